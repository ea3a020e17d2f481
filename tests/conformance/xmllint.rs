//! libxml2's verdicts, many files a process. What it refuses to read counts as refused.
//! Does not say why a file is refused.

use std::collections::HashSet;
use std::path::Path;
use std::process::Command;

/// Whether `xmllint` can be started.
pub(crate) fn is_there() -> bool {
    Command::new("xmllint")
        .arg("--version")
        .output()
        .is_ok_and(|output| output.status.success())
}

/// The names of those files in `folder` that are valid against `schema`.
pub(crate) fn valid(schema: &Path, folder: &Path, names: &[String]) -> HashSet<String> {
    let mut valid = HashSet::new();
    for some in names.chunks(500) {
        let output = Command::new("xmllint")
            .args(["--noout", "--nonet", "--nowarning", "--schema"])
            .arg(schema)
            .args(some)
            .current_dir(folder)
            .output()
            .expect("xmllint starts");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            !said.contains("WXS schema") && !said.contains("failed to compile"),
            "{} does not load in xmllint",
            schema.display()
        );
        valid.extend(
            said.lines()
                .filter_map(|line| line.strip_suffix(" validates"))
                .map(str::to_owned),
        );
    }
    valid
}
