//! The other validators: libxml2 through `xmllint`, and Xerces-C and Xerces-J through drivers that `tests/second-opinion/xerces/run`
//! makes. Asks them only; what a difference means is weighed elsewhere.

use std::collections::HashSet;
use std::env;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::xmllint;

/// A validator of somebody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Validator {
    Libxml2,
    XercesC,
    XercesJ,
}

impl Validator {
    pub(crate) const ALL: [Self; 3] = [Self::Libxml2, Self::XercesC, Self::XercesJ];

    /// As tests, exceptions and reports name it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Libxml2 => "libxml2",
            Self::XercesC => "xerces_c",
            Self::XercesJ => "xerces_j",
        }
    }

    /// The environment variable that names the command of its driver; none where no driver is needed.
    fn variable(self) -> Option<&'static str> {
        match self {
            Self::Libxml2 => None,
            Self::XercesC => Some("KNOOPPUNT_XERCES_C"),
            Self::XercesJ => Some("KNOOPPUNT_XERCES_J"),
        }
    }

    /// Whether this run asks it: libxml2 always, the others when their drivers are named.
    pub(crate) fn is_wanted(self) -> bool {
        self.variable()
            .is_none_or(|variable| env::var_os(variable).is_some())
    }

    /// Whether it can be started.
    pub(crate) fn is_there(self) -> bool {
        self.is_wanted() && (self != Self::Libxml2 || xmllint::is_there())
    }

    /// The names of those files in `folder` that it finds valid against `schema`.
    pub(crate) fn valid(self, schema: &Path, folder: &Path, names: &[String]) -> HashSet<String> {
        match self.variable() {
            None => xmllint::valid(schema, folder, names),
            Some(variable) => {
                let command = env::var(variable).expect("the driver is named");
                driven(&command, schema, folder, names)
            }
        }
    }
}

/// Asks a driver: the schema is its last argument, names go in a line each, and `valid NAME` or `invalid NAME` comes out of each.
fn driven(command: &str, schema: &Path, folder: &Path, names: &[String]) -> HashSet<String> {
    let asked = folder.join("names.txt");
    let mut list = File::create(&asked).expect("room for the names");
    for name in names {
        writeln!(list, "{name}").expect("room for the names");
    }
    drop(list);
    let mut words = command.split_whitespace();
    let output = Command::new(words.next().expect("a command"))
        .args(words)
        .arg(schema)
        .current_dir(folder)
        .stdin(Stdio::from(File::open(&asked).expect("the names")))
        .stderr(Stdio::inherit())
        .output()
        .expect("the driver starts");
    assert!(output.status.success(), "{command}: {}", output.status);
    let said = String::from_utf8(output.stdout).expect("names are UTF-8");
    assert_eq!(said.lines().count(), names.len(), "{command}: verdicts");
    said.lines()
        .filter_map(|line| line.strip_prefix("valid "))
        .map(str::to_owned)
        .collect()
}
