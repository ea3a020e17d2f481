//! A throw-away installation: certificates, a register of made-up parties, a configuration and the real program.
//!
//! Every provider is a party with four AGB codes and a certificate of its own; one joint body holds all gemeentecodes.

#![allow(
    dead_code,
    reason = "every program that uses this file uses a part of it"
)]

use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;

use jiff::Timestamp;
use knooppunt::client::{Client, Credentials};
use knooppunt::config::Config;
use knooppunt::pki::{self, Holder, Options, Pki};

/// AGB codes of a provider.
pub(crate) const CODES_EACH: usize = 4;

/// The time of the machine, which the program under test runs by.
#[allow(
    clippy::disallowed_methods,
    reason = "the program under test runs by the clock of the machine"
)]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

/// A folder with everything the program needs.
#[derive(Debug)]
pub(crate) struct Site {
    folder: tempfile::TempDir,
    pki: Pki,
    municipalities: usize,
}

impl Site {
    /// Makes the folder, with parties `aanbieder-0`, `aanbieder-1`, ... and `gemeenten`.
    pub(crate) fn new(providers: usize, municipalities: usize) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let names: Vec<String> = (0..providers)
            .map(|n| format!("aanbieder-{n}"))
            .chain(std::iter::once("gemeenten".to_owned()))
            .collect();
        let clients = names
            .iter()
            .map(|name| pki::Client {
                name: name.clone(),
                holder: Holder::Party(name.parse().expect("a party id")),
            })
            .collect();
        let options = Options {
            clients,
            ..Options::default()
        };
        let pki = pki::create(&folder.path().join("pki"), &options, now()).expect("certificates");
        let site = Self {
            folder,
            pki,
            municipalities,
        };
        std::fs::write(site.path("register.toml"), site.register(&names))
            .expect("register written");
        let tls = toml::Value::try_from(site.pki.tls_settings()).expect("TLS settings are TOML");
        let mut config: toml::Table = toml::from_str(
            "[listen]\nparties = '127.0.0.1:0'\nops = '127.0.0.1:0'\n[register]\nfiles = ['register.toml']\n\
             [health]\ndisk_free_min = 0\n[log]\nformat = 'json'\n",
        )
        .expect("TOML");
        config.insert("tls".to_owned(), tls);
        std::fs::write(site.path("knooppunt.toml"), config.to_string())
            .expect("configuration written");
        site
    }

    fn register(&self, names: &[String]) -> String {
        let mut text = String::new();
        for name in names {
            let codes: Vec<String> =
                match name.strip_prefix("aanbieder-").and_then(|n| n.parse().ok()) {
                    Some(n) => (0..CODES_EACH)
                        .map(|k| format!("{{ kind = \"agb\", code = \"{}\" }}", Self::agb(n, k)))
                        .collect(),
                    None => (0..self.municipalities)
                        .map(|m| {
                            format!(
                                "{{ kind = \"gemeentecode\", code = \"{}\" }}",
                                Self::gemeente(m)
                            )
                        })
                        .collect(),
                };
            let _ = writeln!(
                text,
                "[[party]]\nid = \"{name}\"\nname = \"{name}\"\ncode = [{}]\n\
                 certificate = [{{ anchor = \"operator-ca\", uri = \"urn:knooppunt:party:{name}\" }}]\n",
                codes.join(", ")
            );
        }
        text
    }

    /// The `k`th AGB code of provider `n`.
    pub(crate) fn agb(n: usize, k: usize) -> String {
        format!("{:08}", 98_000_000 + n * CODES_EACH + k)
    }

    /// The code of municipality `m`.
    pub(crate) fn gemeente(m: usize) -> String {
        format!("{:04}", 9_000 + m)
    }

    /// A file of the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The configuration, read as the program reads it.
    pub(crate) fn config(&self) -> Config {
        Config::load(&self.path("knooppunt.toml")).expect("the configuration is right")
    }

    /// Certificate, key and authority of a party.
    pub(crate) fn credentials(&self, party: &str) -> Credentials {
        let (cert, key) = self.pki.client(party);
        Credentials {
            cert,
            key,
            ca: self.pki.server_root(),
        }
    }

    /// Starts the program and waits until it serves.
    pub(crate) fn start(&self, create: bool) -> Running {
        let mut command = Command::new(Path::new(env!("CARGO_BIN_EXE_knooppunt")));
        command
            .args(["serve", "--config"])
            .arg(self.path("knooppunt.toml"));
        if create {
            command.arg("--create");
        }
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut log = BufReader::new(child.stderr.take().expect("piped"));
        let parties = until_serving(&mut log);
        // Somebody has to read on, or a full pipe stops the program.
        let rest = std::thread::spawn(move || {
            log.lines()
                .map_while(Result::ok)
                .filter(|line| line.contains("ERROR"))
                .collect()
        });
        Running {
            url: format!("https://{parties}"),
            child,
            rest,
        }
    }
}

/// Reads the log until the program serves; the address of the parties' door.
fn until_serving(log: &mut impl BufRead) -> String {
    let (mut said, mut line) = (String::new(), String::new());
    loop {
        line.clear();
        let read = log.read_line(&mut line).expect("log lines are text");
        assert!(read > 0, "the program ended instead of serving:\n{said}");
        said.push_str(&line);
        if let Some(parties) = serving(&line) {
            return parties;
        }
    }
}

/// The address of the parties' door, when this line announces it.
fn serving(line: &str) -> Option<String> {
    let line: serde_json::Value = serde_json::from_str(line).ok()?;
    if line.get("message")?.as_str()? == "serving" {
        Some(line.get("parties")?.as_str()?.to_owned())
    } else {
        None
    }
}

/// The program, serving.
#[derive(Debug)]
pub(crate) struct Running {
    /// `https://address:port` of the parties' door.
    pub(crate) url: String,
    child: Child,
    /// Error lines of its log.
    rest: JoinHandle<Vec<String>>,
}

impl Running {
    /// Process id.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// A client with the certificate of a party.
    pub(crate) fn client(&self, site: &Site, party: &str) -> Client {
        Client::new(&self.url, &site.credentials(party)).expect("certificate files are there")
    }

    /// Kills it with SIGKILL: no handler runs, nothing is flushed.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }

    /// Asks it to stop and waits until it did, in good order.
    pub(crate) fn stop(mut self) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("it runs");
        let status = self.child.wait().expect("it ends");
        let errors = self.rest.join().expect("the log is read to its end");
        assert!(status.success(), "a clean stop: {status}, {errors:?}");
    }
}
