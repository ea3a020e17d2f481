//! A real disk that something else fills to its last byte: the gateway goes on reading and acknowledging, over a kill and a start too.
//!
//! The disk is a tmpfs in a mount namespace of its own, which needs no rights where user namespaces are allowed; where they are not, the test
//! says so and proves nothing. What the views do without room is tested without a real disk as well: `cargo test --lib tests::room`.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use bytes::Bytes;

use crate::site::{Running, Site};

const ALLOCATION: &[u8] = include_bytes!("../../conformance/messages/ijw/JW301/plain/message.xml");
const DECLARATION: &[u8] = include_bytes!("../../conformance/messages/ijw/JW323/plain/message.xml");
const START: &[u8] = include_bytes!("../../conformance/messages/ijw/JW305/plain/message.xml");

/// Size of the disk: what a new store takes, and some more.
const DISK_MIB: u64 = 400;

/// A small disk at `disk` in the folder of a site, seen only by what runs in its namespace. It is there until this is dropped.
struct SmallDisk {
    holder: Child,
    place: PathBuf,
}

impl SmallDisk {
    /// `None`: this machine does not allow it, and said why.
    fn of(site: &Site) -> Option<SmallDisk> {
        let place = site.path("disk");
        std::fs::create_dir(&place).unwrap();
        let script =
            format!("mount -t tmpfs -o size={DISK_MIB}m none \"$0\" && echo ready && exec cat");
        let mut holder = Command::new("unshare")
            .args(["--user", "--map-root-user", "--mount", "sh", "-c", &script])
            .arg(&place)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .ok()?;
        let mut said = String::new();
        let out = holder.stdout.take().unwrap();
        BufReader::new(out).read_line(&mut said).unwrap();
        let disk = SmallDisk { holder, place };
        (said == "ready\n").then_some(disk)
    }

    /// The same command, run where the disk is seen.
    fn inside(&self, command: &Command) -> Command {
        let mut inside = Command::new("nsenter");
        inside
            .args(["--user", "--mount", "--preserve-credentials", "--target"])
            .arg(self.holder.id().to_string())
            .arg("--")
            .arg(command.get_program())
            .args(command.get_args())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        inside
    }

    /// A file on the disk, as this process gets at it.
    fn file(&self, name: &str) -> PathBuf {
        let root = format!("/proc/{}/root", self.holder.id());
        let inside = self.place.strip_prefix("/").unwrap();
        PathBuf::from(root).join(inside).join(name)
    }

    /// Fills it to the last byte.
    fn fill(&self) {
        let mut file = File::create(self.file("something-else")).unwrap();
        for bytes in [1 << 20, 4096, 1] {
            let piece = vec![b'x'; bytes];
            while file.write_all(&piece).is_ok() {}
        }
        let disk = rustix::fs::statvfs(self.file("")).unwrap();
        assert_eq!(disk.f_bavail, 0);
    }

    fn empty(&self) {
        std::fs::remove_file(self.file("something-else")).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}

/// The program, serving from the small disk.
fn starts(site: &Site, disk: &SmallDisk, more: &[&str]) -> Running {
    // With the path of the file in full: a namespace is entered at its root.
    let mut command = Command::new(env!("CARGO_BIN_EXE_knooppunt"));
    command
        .args(["serve", "--config"])
        .arg(site.path("knooppunt.toml"))
        .args(more);
    let running = site.runs(&mut disk.inside(&command)).serving();
    running.unheard()
}

/// Hands a message in: the status, and the id or the code of the problem.
async fn hand_in(running: &Running, party: &str, body: &'static [u8]) -> (u16, String) {
    let mut client = running.client(party);
    let answer = client
        .post_xml("/v1/berichten", Bytes::from_static(body))
        .await
        .unwrap();
    let said: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    let name = if answer.status.is_success() {
        "id"
    } else {
        "code"
    };
    (
        answer.status.as_u16(),
        said[name].as_str().unwrap().to_owned(),
    )
}

/// Hands the same message in until the gateway has noticed how its disk is and answers with one of these statuses.
async fn until_answered(
    running: &Running,
    party: &str,
    body: &'static [u8],
    status: &[u16],
) -> String {
    let mut answers = std::collections::BTreeMap::<_, u32>::new();
    for _ in 0..2_000 {
        let (answered, said) = hand_in(running, party, body).await;
        *answers.entry(answered).or_default() += 1;
        if status.contains(&answered) {
            return said;
        }
    }
    panic!("it never answered {status:?}, but {answers:?}");
}

async fn fetch(running: &Running, party: &str, id: &str) -> Bytes {
    let path = format!("/v1/postvak/{id}/inhoud");
    let answer = running.client(party).get(&path).await.unwrap();
    assert_eq!(answer.status.as_u16(), 200);
    answer.body
}

async fn acknowledge(running: &Running, party: &str, id: &str) {
    let path = format!("/v1/postvak/{id}");
    let answer = running.client(party).delete(&path).await.unwrap();
    assert_eq!(answer.status.as_u16(), 204);
}

/// Ids of what waits for a party.
async fn waiting(running: &Running, party: &str) -> Vec<String> {
    let answer = running.client(party).get("/v1/postvak").await.unwrap();
    let page: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    let messages = page["messages"].as_array().unwrap().iter();
    messages
        .map(|message| message["id"].as_str().unwrap().to_owned())
        .collect()
}

#[allow(clippy::print_stderr, reason = "a test that proves nothing says so")]
#[tokio::test(flavor = "multi_thread")]
async fn with_the_last_byte_taken_it_reads_and_acknowledges_and_refuses_what_is_new_and_starts_again()
 {
    for engine in ["sled", "fjall"] {
        let site = Site::small();
        let Some(disk) = SmallDisk::of(&site) else {
            eprintln!(
                "SKIPPED: no small disk can be mounted here, so a real full disk was not tested"
            );
            return;
        };
        site.configure("store", "folder", "disk/data");
        site.configure("store", "views", engine);
        site.configure("store", "reserve_bytes", 4 << 20);
        // More than the views give back for opening them.
        site.configure("health", "disk_free_min", 64 << 20);
        let running = starts(&site, &disk, &["--create"]);
        let (_, first) = hand_in(&running, "gemeente", ALLOCATION).await;
        let (_, second) = hand_in(&running, "aanbieder", DECLARATION).await;

        disk.fill();
        assert_eq!(fetch(&running, "aanbieder", &first).await, ALLOCATION);
        acknowledge(&running, "aanbieder", &first).await;
        assert_eq!(waiting(&running, "aanbieder").await, [""; 0]);
        let code = until_answered(&running, "aanbieder", START, &[503]).await;
        assert_eq!(code, "disk-nearly-full", "{engine}");
        assert!(
            !running
                .tells("/metrics")
                .contains("knooppunt_views_waiting_rows 0\n")
        );

        running.kill();
        let running = starts(&site, &disk, &[]);
        assert_eq!(waiting(&running, "aanbieder").await, [""; 0], "{engine}");
        assert_eq!(waiting(&running, "gemeente").await.first(), Some(&second));
        assert_eq!(fetch(&running, "gemeente", &second).await, DECLARATION);
        acknowledge(&running, "gemeente", &second).await;
        until_answered(&running, "aanbieder", START, &[503]).await;

        disk.empty();
        // It may have been taken before the gateway noticed: then the same bytes get the first outcome.
        let third = until_answered(&running, "aanbieder", START, &[200, 201]).await;
        assert_eq!(running.stop(), Some(0), "{engine}");
        let running = starts(&site, &disk, &[]);
        assert_eq!(
            waiting(&running, "gemeente").await,
            [third.as_str()],
            "{engine}"
        );
        assert_eq!(fetch(&running, "gemeente", &third).await, START);
        assert_eq!(running.stop(), Some(0));
    }
}
