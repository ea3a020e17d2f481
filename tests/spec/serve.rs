//! `knooppunt serve` as an operator meets it: the real program, its exit codes, its signals and what it says.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};

use bytes::Bytes;
use jiff::Timestamp;
use knooppunt::client::{Client, Credentials};
use knooppunt::pki::{self, Holder, Options, Pki};

const DECLARATIE: &[u8] = include_bytes!("../../conformance/messages/ijw/JW323/plain/message.xml");

/// A folder with certificates, a register and a configuration.
pub(crate) struct Site {
    folder: tempfile::TempDir,
    pki: Pki,
}

const PARTIES: &str = r#"
[[party]]
id = "gemeente"
name = "Gemeente"
code = [{ kind = "gemeentecode", code = "0289" }]
certificate = [{ anchor = "operator-ca", uri = "urn:knooppunt:party:gemeente" }]
"#;
const AANBIEDER: &str = r#"
[[party]]
id = "aanbieder"
name = "Aanbieder"
code = [{ kind = "agb", code = "98980001" }]
certificate = [{ anchor = "operator-ca", uri = "urn:knooppunt:party:aanbieder" }]
"#;

#[allow(
    clippy::disallowed_methods,
    reason = "the program under test runs by the clock of the machine"
)]
fn now() -> Timestamp {
    Timestamp::now()
}

impl Site {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let client = |name: &str| pki::Client {
            name: name.to_owned(),
            holder: Holder::Party(name.parse().unwrap()),
        };
        let options = Options {
            clients: vec![client("gemeente"), client("aanbieder")],
            ..Options::default()
        };
        let pki = pki::create(&folder.path().join("pki"), &options, now()).unwrap();
        let site = Self { folder, pki };
        site.register(&format!("{PARTIES}{AANBIEDER}"));
        let tls = toml::Value::try_from(site.pki.tls_settings()).unwrap();
        let mut config: toml::Table = toml::from_str(
            "[listen]\nparties = '127.0.0.1:0'\nops = '127.0.0.1:0'\n[register]\nfiles = ['register.toml']\n\
             [health]\ndisk_free_min = 0\n[log]\nformat = 'json'\n",
        )
        .unwrap();
        config.insert("tls".to_owned(), tls);
        fs::write(site.path("knooppunt.toml"), config.to_string()).unwrap();
        site
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn register(&self, text: &str) {
        fs::write(self.path("register.toml"), text).unwrap();
    }

    fn command(&self, more: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_knooppunt"));
        // As an operator types it: every path in the file counts from its folder.
        command
            .current_dir(self.folder.path())
            .args(["serve", "--config", "knooppunt.toml"])
            .args(more);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        command
    }

    /// A start that must fail: its exit code and what it said.
    fn fails(&self, more: &[&str]) -> (Option<i32>, String) {
        let output = self.command(more).output().unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stderr).unwrap(),
        )
    }

    pub(crate) fn starts(&self, more: &[&str]) -> Running<'_> {
        let mut child = self.command(more).spawn().unwrap();
        let log = BufReader::new(child.stderr.take().unwrap());
        let mut running = Running {
            site: self,
            child,
            log,
            url: String::new(),
            ops: String::new(),
        };
        let line = running.until("serving");
        running.url = format!("https://{}", line["parties"].as_str().unwrap());
        line["ops"].as_str().unwrap().clone_into(&mut running.ops);
        running
    }
}

/// A gateway that serves.
pub(crate) struct Running<'s> {
    site: &'s Site,
    child: Child,
    log: BufReader<ChildStderr>,
    url: String,
    /// Address of health and metrics.
    pub(crate) ops: String,
}

impl Running<'_> {
    /// Reads the log up to the line with this message.
    fn until(&mut self, message: &str) -> serde_json::Value {
        let mut seen = String::new();
        loop {
            let mut line = String::new();
            assert!(
                self.log.read_line(&mut line).unwrap() > 0,
                "no {message:?} in\n{seen}"
            );
            let value: serde_json::Value = serde_json::from_str(&line).unwrap_or_default();
            if value["message"]
                .as_str()
                .is_some_and(|text| text.starts_with(message))
            {
                return value;
            }
            seen.push_str(&line);
        }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Certificate, key and root of the server for a party.
    pub(crate) fn certificates(&self, name: &str) -> (PathBuf, PathBuf, PathBuf) {
        let (cert, key) = self.site.pki.client(name);
        (cert, key, self.site.pki.server_root())
    }

    pub(crate) fn client(&self, name: &str) -> Client {
        let (cert, key, ca) = self.certificates(name);
        Client::new(&self.url, &Credentials { cert, key, ca }).unwrap()
    }

    fn signal(&self, name: &str) {
        let status = Command::new("kill")
            .args([name, &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(status.success());
    }

    /// The most memory that the program had resident at any moment, in bytes.
    pub(crate) fn resident_peak_bytes(&self) -> u64 {
        let status = format!("/proc/{}/status", self.child.id());
        let status = fs::read_to_string(status).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmHWM:"));
        let kib = line.unwrap().split_whitespace().nth(1).unwrap();
        kib.parse::<u64>().unwrap() * 1024
    }

    /// SIGTERM; every line that was logged since it served.
    pub(crate) fn stop_and_tell(mut self) -> String {
        self.signal("-TERM");
        let mut said = String::new();
        self.log.read_to_string(&mut said).unwrap();
        said
    }

    /// SIGTERM; the exit code.
    pub(crate) fn stop(mut self) -> Option<i32> {
        self.signal("-TERM");
        self.child.wait().unwrap().code()
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn get(client: &mut Client, path: &str) -> (u16, String) {
    let answer = client.get(path).await.unwrap();
    (
        answer.status.as_u16(),
        String::from_utf8(answer.body.to_vec()).unwrap(),
    )
}

#[test]
fn without_a_data_folder_it_does_not_start_and_says_how_one_is_made() {
    let site = Site::new();
    let (code, said) = site.fails(&[]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("--create"), "{said}");
    assert!(
        !site.path("data").join("store").exists() && !site.path("keys").join("top.key").exists()
    );
}

#[test]
fn a_store_is_made_once_and_never_over_another() {
    let site = Site::new();
    assert_eq!(site.starts(&["--create"]).stop(), Some(0));
    let (code, said) = site.fails(&["--create"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("not empty"), "{said}");
}

#[test]
fn a_missing_or_wrong_key_file_stops_the_start_and_nothing_is_made_anew() {
    for name in ["top.key", "pseudonym.key", "receipt.key"] {
        let site = Site::new();
        assert_eq!(site.starts(&["--create"]).stop(), Some(0));
        let file = site.path("keys").join(name);
        let right = fs::read(&file).unwrap();
        fs::remove_file(&file).unwrap();
        let (code, said) = site.fails(&[]);
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains(name) && said.contains("missing"), "{said}");
        assert!(!file.exists());
        fs::write(&file, right.iter().map(|byte| byte ^ 1).collect::<Vec<_>>()).unwrap();
        let (code, said) = site.fails(&[]);
        assert_eq!(code, Some(2), "{said}");
        assert!(
            said.contains(name) && said.contains("does not belong"),
            "{said}"
        );
        fs::write(&file, right).unwrap();
        assert_eq!(site.starts(&[]).stop(), Some(0));
    }
}

#[test]
fn a_wrong_configuration_register_or_address_stops_the_start_with_its_place() {
    let site = Site::new();
    site.register(&PARTIES.replace("id = \"gemeente\"", "id = \"Not An Id\""));
    let (code, said) = site.fails(&["--create"]);
    assert_eq!(code, Some(2));
    assert!(said.contains("register.toml:3"), "{said}");

    let site = Site::new();
    let running = site.starts(&["--create"]);
    let other = Site::new();
    let text = fs::read_to_string(other.path("knooppunt.toml")).unwrap();
    let taken = running.url.trim_start_matches("https://");
    fs::write(
        other.path("knooppunt.toml"),
        text.replacen("127.0.0.1:0", taken, 2),
    )
    .unwrap();
    let (code, said) = other.fails(&["--create"]);
    assert_eq!(code, Some(2));
    assert!(
        said.contains("cannot listen on") && said.contains(taken),
        "{said}"
    );

    fs::write(other.path("knooppunt.toml"), "colour = 1\n").unwrap();
    let (code, said) = other.fails(&[]);
    assert_eq!(code, Some(2));
    assert!(said.contains("knooppunt.toml:1:1"), "{said}");
}

#[tokio::test]
async fn what_was_acknowledged_is_there_after_a_stop_and_after_a_kill() {
    let site = Site::new();
    let running = site.starts(&["--create"]);
    let answer = running
        .client("aanbieder")
        .post_xml("/v1/berichten", Bytes::from_static(DECLARATIE))
        .await
        .unwrap();
    assert_eq!(answer.status.as_u16(), 201);
    let taken: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    let path = format!("/v1/postvak/{}/inhoud", taken["id"].as_str().unwrap());
    assert_eq!(running.stop(), Some(0));

    let running = site.starts(&[]);
    assert_eq!(
        running.client("gemeente").get(&path).await.unwrap().body,
        DECLARATIE
    );
    running.signal("-KILL");
    drop(running);

    let running = site.starts(&[]);
    assert_eq!(
        running.client("gemeente").get(&path).await.unwrap().body,
        DECLARATIE
    );
    assert_eq!(running.stop(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_of_the_xml_section_decides_what_is_taken() {
    let site = Site::new();
    let file = site.path("knooppunt.toml");
    let config = fs::read_to_string(&file).unwrap();
    fs::write(&file, format!("{config}\n[xml]\ndepth_max = 3\n")).unwrap();
    let hand_in = async |running: &Running<'_>| {
        let body = Bytes::from_static(DECLARATIE);
        let mut client = running.client("aanbieder");
        let answer = client.post_xml("/v1/berichten", body).await.unwrap();
        (
            answer.status.as_u16(),
            String::from_utf8(answer.body.to_vec()).unwrap(),
        )
    };
    let running = site.starts(&["--create"]);
    let (status, said) = hand_in(&running).await;
    assert_eq!(status, 422, "{said}");
    assert!(said.contains("depth"), "{said}");
    assert_eq!(running.stop(), Some(0));
    fs::write(&file, config).unwrap();
    let running = site.starts(&[]);
    assert_eq!(hand_in(&running).await.0, 201);
    assert_eq!(running.stop(), Some(0));
}

#[test]
fn a_second_sigterm_ends_a_stop_that_waits_for_someone() {
    let site = Site::new();
    let mut running = site.starts(&["--create"]);
    // A plain connection that begins a request and never ends it: the stop waits for it.
    let mut stuck = TcpStream::connect(&running.ops).unwrap();
    stuck.write_all(b"GET /gezond HTTP/1.1\r\nHost").unwrap();
    running.signal("-TERM");
    running.until("stopping");
    running.signal("-TERM");
    running.until("a second signal");
    assert_eq!(running.child.wait().unwrap().code(), Some(1));
}

#[tokio::test]
async fn sighup_takes_a_good_register_at_once_and_leaves_the_old_one_when_the_new_one_is_wrong() {
    let site = Site::new();
    site.register(PARTIES);
    let mut running = site.starts(&["--create"]);
    let mut aanbieder = running.client("aanbieder");
    assert_eq!(get(&mut aanbieder, "/v1/partij").await.0, 403);

    site.register(&format!("{PARTIES}{AANBIEDER}"));
    running.signal("-HUP");
    running.until("register reloaded");
    assert_eq!(
        get(&mut running.client("aanbieder"), "/v1/partij").await.0,
        200
    );

    site.register("this is no register");
    running.signal("-HUP");
    running.until("register not reloaded");
    assert_eq!(
        get(&mut running.client("aanbieder"), "/v1/partij").await.0,
        200
    );
    assert_eq!(running.stop(), Some(0));
}

#[tokio::test]
async fn sighup_puts_a_revocation_in_force_also_on_an_open_connection() {
    let site = Site::new();
    let mut running = site.starts(&["--create"]);
    let mut aanbieder = running.client("aanbieder");
    assert_eq!(get(&mut aanbieder, "/v1/partij").await.0, 200);
    site.pki.revoke("aanbieder", now()).unwrap();
    running.signal("-HUP");
    running.until("certificates and revocation lists reloaded");
    let refused = aanbieder.get("/v1/partij").await;
    assert!(refused.is_err() || refused.unwrap().status.as_u16() == 403);
    assert!(running.client("aanbieder").get("/v1/partij").await.is_err());
    assert_eq!(running.stop(), Some(0));
}

#[test]
fn the_demo_comes_out_as_it_should_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_knooppunt"))
        .arg("demo")
        .env("TMPDIR", folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(
        output.status.code(),
        Some(0),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    for name in ["JW301", "JW302", "JW305", "JW306", "JW323", "JW325"] {
        assert!(said.contains(name), "{said}");
    }
    assert!(!said.contains("FOUT"), "{said}");
    assert!(
        left_in(folder.path()).is_empty(),
        "{:?}",
        left_in(folder.path())
    );
}

fn left_in(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect()
}
