//! A throw-away installation: certificates, a register of made-up parties, a configuration and the real program.
//!
//! The smallest has one party a side. For load every provider is a party with four AGB codes and a certificate of its own, and one joint body holds
//! all gemeentecodes.

#![allow(
    dead_code,
    reason = "every program that uses this file uses a part of it"
)]

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};

use jiff::Timestamp;
use knooppunt::client::{Client, Credentials};
use knooppunt::config::Config;
use knooppunt::pki::{self, Holder, Options, Pki};
use rustix::process::{Pid, Signal, kill_process};

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
}

/// A party with its codes, as the register has it.
pub(crate) fn party(id: &str, kind: &str, codes: &[String]) -> String {
    let codes: Vec<String> = codes
        .iter()
        .map(|code| format!("{{ kind = \"{kind}\", code = \"{code}\" }}"))
        .collect();
    let codes = codes.join(", ");
    format!(
        "[[party]]\nid = \"{id}\"\nname = \"{id}\"\ncode = [{codes}]\n\
         certificate = [{{ anchor = \"operator-ca\", uri = \"urn:knooppunt:party:{id}\" }}]\n\n"
    )
}

impl Site {
    /// One party a side: `gemeente` with 0289 and `aanbieder` with 98980001, between whom the plain messages go.
    pub(crate) fn small() -> Self {
        let parties = [
            party("gemeente", "gemeentecode", &["0289".to_owned()]),
            party("aanbieder", "agb", &["98980001".to_owned()]),
        ];
        Self::of(&["gemeente", "aanbieder"], &parties.concat())
    }

    /// The same, and a party `toezicht` that audits the messages of the municipality.
    pub(crate) fn audited() -> Self {
        let parties = [
            party("gemeente", "gemeentecode", &["0289".to_owned()]),
            party("aanbieder", "agb", &["98980001".to_owned()]),
            party("toezicht", "agb", &[]),
            "[[auditor]]\nparty = \"toezicht\"\nlaws = [\"jw\"]\ngemeenten = [\"0289\"]\n\
             from = 2020-01-01\nuntil = 2099-12-31\n"
                .to_owned(),
        ];
        Self::of(&["gemeente", "aanbieder", "toezicht"], &parties.concat())
    }

    /// Parties `aanbieder-0`, `aanbieder-1`, ... and `gemeenten`.
    pub(crate) fn large(providers: usize, municipalities: usize) -> Self {
        Self::large_beside(providers, municipalities, &[])
    }

    /// The same, and more parties: id, kind of code and codes of each.
    pub(crate) fn large_beside(
        providers: usize,
        municipalities: usize,
        more: &[(&str, &str, Vec<String>)],
    ) -> Self {
        let (mut names, mut register) = (Vec::new(), String::new());
        for provider in 0..providers {
            let name = format!("aanbieder-{provider}");
            let codes: Vec<String> = (0..CODES_EACH).map(|k| Self::agb(provider, k)).collect();
            let _ = write!(register, "{}", party(&name, "agb", &codes));
            names.push(name);
        }
        let codes: Vec<String> = (0..municipalities).map(Self::gemeente).collect();
        let _ = write!(register, "{}", party("gemeenten", "gemeentecode", &codes));
        names.push("gemeenten".to_owned());
        for (name, kind, codes) in more {
            let _ = write!(register, "{}", party(name, kind, codes));
            names.push((*name).to_owned());
        }
        Self::of(&names, &register)
    }

    /// Adds to the register of [`Site::large`] that the gateway judges everything for all of them, and that their past is whole.
    pub(crate) fn judged(&self, providers: usize, municipalities: usize) {
        let gemeenten: Vec<String> = (0..municipalities).map(Self::gemeente).collect();
        let providers = (0..providers).flat_map(|n| (0..CODES_EACH).map(move |k| Self::agb(n, k)));
        self.judging(&gemeenten, &providers.collect::<Vec<_>>());
    }

    /// The same for these codes alone.
    pub(crate) fn judging(&self, gemeenten: &[String], providers: &[String]) {
        let file = self.path("register.toml");
        let mut register = std::fs::read_to_string(file).expect("a register");
        for code in gemeenten.iter().chain(providers) {
            let _ = write!(
                register,
                "[[mandate]]\nfor = \"{code}\"\ndirection = \"answer\"\nlaws = [\"jw\", \"wmo\"]\nfrom = 2020-01-01\n\n\
                 [[mode]]\nfor = \"{code}\"\nmode = \"judge\"\nlaws = [\"jw\", \"wmo\"]\n\n"
            );
        }
        for code in gemeenten {
            let _ = write!(
                register,
                "[[history]]\ngemeente = \"{code}\"\nlaws = [\"jw\", \"wmo\"]\nsince = 2015-01-01\n\n"
            );
        }
        self.register(&register);
    }

    /// Certificates for these parties, this register, and a configuration.
    fn of(names: &[impl AsRef<str>], register: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let clients = names
            .iter()
            .map(|name| pki::Client {
                name: name.as_ref().to_owned(),
                holder: Holder::Party(name.as_ref().parse().expect("a party id")),
            })
            .collect();
        let options = Options {
            clients,
            ..Options::default()
        };
        let pki = pki::create(&folder.path().join("pki"), &options, now()).expect("certificates");
        let site = Self { folder, pki };
        site.register(register);
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

    /// Writes the register anew.
    pub(crate) fn register(&self, text: &str) {
        std::fs::write(self.path("register.toml"), text).expect("register written");
    }

    /// Sets a key in a section of the configuration.
    pub(crate) fn configure(&self, section: &str, key: &str, value: impl Into<toml::Value>) {
        let file = self.path("knooppunt.toml");
        let text = std::fs::read_to_string(&file).expect("a configuration");
        let mut config: toml::Table = toml::from_str(&text).expect("TOML");
        let section = config
            .entry(section)
            .or_insert_with(|| toml::Table::new().into());
        let section = section.as_table_mut().expect("a section");
        section.insert(key.to_owned(), value.into());
        std::fs::write(&file, config.to_string()).expect("configuration written");
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

    /// The certificates.
    pub(crate) fn pki(&self) -> &Pki {
        &self.pki
    }

    /// The configuration, read as the program reads it.
    pub(crate) fn config(&self) -> Config {
        Config::load(&self.path("knooppunt.toml")).expect("the configuration is right")
    }

    /// `knooppunt serve` as an operator types it: every path in the file counts from its folder.
    pub(crate) fn command(&self, more: &[&str]) -> Command {
        let mut command = Command::new(Path::new(env!("CARGO_BIN_EXE_knooppunt")));
        command
            .current_dir(self.folder.path())
            .args(["serve", "--config", "knooppunt.toml"])
            .args(more)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        command
    }

    /// A start that must fail: its exit code and what it said.
    pub(crate) fn fails(&self, more: &[&str]) -> (Option<i32>, String) {
        let output = self.command(more).output().expect("the program runs");
        let said = String::from_utf8(output.stderr).expect("text");
        (output.status.code(), said)
    }

    /// Starts the program and waits until it serves. Somebody has to read its log on, or a full pipe stops it: see [`Running::unheard`].
    pub(crate) fn starts(&self, more: &[&str]) -> Running {
        self.runs(&mut self.command(more)).serving()
    }

    /// Starts a command of the program, and waits for nothing.
    pub(crate) fn runs(&self, command: &mut Command) -> Running {
        let mut child = command.spawn().expect("the program starts");
        let log = BufReader::new(child.stderr.take().expect("piped"));
        Running {
            url: String::new(),
            ops: String::new(),
            pki: self.pki.clone(),
            log: Some(log),
            child,
        }
    }
}

/// The program, running.
#[derive(Debug)]
pub(crate) struct Running {
    /// `https://address:port` of the parties' door.
    pub(crate) url: String,
    /// Address of health and metrics.
    pub(crate) ops: String,
    pki: Pki,
    log: Option<BufReader<ChildStderr>>,
    child: Child,
}

impl Running {
    /// Waits until it serves.
    pub(crate) fn serving(mut self) -> Self {
        let line = self.until("serving");
        let address = |door| text(&line, door).expect("an address").to_owned();
        self.url = format!("https://{}", address("parties"));
        self.ops = address("ops");
        self
    }

    /// Reads the log up to the line whose message begins so.
    pub(crate) fn until(&mut self, message: &str) -> serde_json::Value {
        let log = self.log.as_mut().expect("it is heard");
        let (mut seen, mut line) = (String::new(), String::new());
        loop {
            line.clear();
            let read = log.read_line(&mut line).expect("log lines are text");
            assert!(read > 0, "it ended and never said {message:?}:\n{seen}");
            let value: serde_json::Value = serde_json::from_str(&line).unwrap_or_default();
            if text(&value, "message").is_some_and(|said| said.starts_with(message)) {
                return value;
            }
            seen.push_str(&line);
        }
    }

    /// From here on its log is read by a thread that shows what is an error and forgets the rest.
    #[allow(clippy::print_stderr, reason = "shown when a test fails")]
    pub(crate) fn unheard(mut self) -> Self {
        if let Some(log) = self.log.take() {
            std::thread::spawn(move || {
                let lines = log.lines().map_while(Result::ok);
                for line in lines.filter(|line| line.contains("ERROR")) {
                    eprintln!("{line}");
                }
            });
        }
        self
    }

    /// What the listener for operators answers to a GET of a path, head and body.
    pub(crate) fn tells(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.ops).expect("a connection");
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("written");
        let mut said = String::new();
        stream.read_to_string(&mut said).expect("text");
        said
    }

    /// Process id.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
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

    /// A client with the certificate of a party.
    pub(crate) fn client(&self, party: &str) -> Client {
        Client::new(&self.url, &self.credentials(party)).expect("certificate files are there")
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("it runs");
    }

    /// The most memory that the program had resident at any moment, in bytes.
    pub(crate) fn resident_peak_bytes(&self) -> u64 {
        let status = format!("/proc/{}/status", self.pid());
        let status = std::fs::read_to_string(status).expect("it runs");
        let line = status.lines().find(|line| line.starts_with("VmHWM:"));
        let kib = line.and_then(|line| line.split_whitespace().nth(1));
        let kib: u64 = kib.and_then(|kib| kib.parse().ok()).expect("a number");
        kib * 1024
    }

    /// Kills it with SIGKILL: no handler runs, nothing is flushed.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }

    /// Asks it to stop; the exit code.
    pub(crate) fn stop(self) -> Option<i32> {
        self.signal(Signal::TERM);
        self.ends()
    }

    /// Waits until it ended; the exit code.
    pub(crate) fn ends(mut self) -> Option<i32> {
        self.child.wait().expect("it ends").code()
    }

    /// Asks it to stop; every line that was logged since it was last listened to.
    pub(crate) fn stop_and_tell(mut self) -> String {
        self.signal(Signal::TERM);
        let mut said = String::new();
        let log = self.log.as_mut().expect("it is heard");
        log.read_to_string(&mut said).expect("log lines are text");
        said
    }
}

/// A text in a line of the log.
fn text<'l>(line: &'l serde_json::Value, name: &str) -> Option<&'l str> {
    line.get(name)?.as_str()
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
