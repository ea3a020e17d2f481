//! A disk that hangs under the real program: health is red, nothing is promised, nothing is lost, and the program can be ended.
//!
//! The C library's calls that sync are put before those of the system; they wait for as long as a file is there that names what hangs.

use std::fs;
use std::process::Command;
use std::time::Instant;

use bytes::Bytes;
use rustix::process::Signal;

use crate::site::{Running, Site};

const DECLARATIE: &[u8] = include_bytes!("../../conformance/messages/ijw/JW323/plain/message.xml");

const SYNCS: &str = r#"
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/syscall.h>

/* Whether the path of an open file holds the text that the file of the test has; an empty text is all of them. */
static int hangs(int file) {
    char text[256] = "", link[64], path[PATH_MAX] = "";
    const char *name = getenv("KNOOPPUNT_TEST_HANGS");
    int test = name ? open(name, O_RDONLY) : -1;
    if (test < 0) return 0;
    if (read(test, text, sizeof text - 1) < 0) text[0] = 0;
    close(test);
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    if (readlink(link, path, sizeof path - 1) < 0) path[0] = 0;
    return strstr(path, text) != 0;
}

static void wait_while_it_hangs(int file) { while (hangs(file)) usleep(1000); }

/* Views are written without a sync: what hangs there is the write itself. */
static void wait_while_writes_hang(int file) {
    const char *writes = getenv("KNOOPPUNT_TEST_WRITES_HANG");
    if (writes) wait_while_it_hangs(file);
}

ssize_t write(int file, const void *bytes, size_t length) {
    wait_while_writes_hang(file);
    return syscall(SYS_write, file, bytes, length);
}

int fdatasync(int file) { wait_while_it_hangs(file); return syscall(SYS_fdatasync, file); }
int fsync(int file) { wait_while_it_hangs(file); return syscall(SYS_fsync, file); }
"#;
const HANGS: &str = "the-disk-hangs";

/// A gateway on a disk of which hangs what the file [`HANGS`] names; its health is green.
fn on_such_a_disk(site: &Site) -> Running {
    on_such_a_disk_with(site, &[])
}

/// The same, with more in the environment.
fn on_such_a_disk_with(site: &Site, environment: &[(&str, &str)]) -> Running {
    site.configure("health", "written_within_s", 1);
    site.configure("health", "probe_every_s", 1);
    let (source, library) = (site.path("syncs.c"), site.path("syncs.so"));
    fs::write(&source, SYNCS).unwrap();
    let compiled = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-o"])
        .args([&library, &source])
        .status()
        .unwrap();
    assert!(compiled.success());
    let mut command = site.command(&["--create"]);
    command
        .env("LD_PRELOAD", library)
        .env("KNOOPPUNT_TEST_HANGS", site.path(HANGS))
        .envs(environment.iter().copied());
    let running = site.runs(&mut command).serving();
    health_until(&running, "HTTP/1.1 200");
    running
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_view_engine_hangs_health_is_red_and_requests_get_503_and_nothing_is_lost() {
    let site = Site::small();
    site.configure("store", "views", "fjall");
    site.configure("health", "views_return_within_s", 0);
    let mut running = on_such_a_disk_with(&site, &[("KNOOPPUNT_TEST_WRITES_HANG", "yes")]);

    fs::write(site.path(HANGS), "views-1").unwrap();
    let mut aanbieder = running.client("aanbieder");
    let body = Bytes::from_static(DECLARATIE);
    let waited = aanbieder.post_xml("/v1/berichten", body.clone()).await;
    let waited = waited.unwrap();
    assert_eq!(waited.status.as_u16(), 503);
    assert!(waited.headers.contains_key("retry-after"));
    assert!(String::from_utf8_lossy(&waited.body).contains("views-hang"));
    let said = health_until(&running, "HTTP/1.1 503");
    assert!(said.contains("does not return"), "{said}");
    let mut gemeente = running.client("gemeente");
    let comes = gemeente.get("/v1/postvak").await.unwrap();
    assert_eq!(comes.status.as_u16(), 503);

    fs::remove_file(site.path(HANGS)).unwrap();
    health_until(&running, "HTTP/1.1 200");
    let again = aanbieder.post_xml("/v1/berichten", body).await.unwrap();
    assert_eq!(again.status.as_u16(), 200, "the first outcome again");
    let waiting = gemeente.get("/v1/postvak").await.unwrap();
    assert!(String::from_utf8_lossy(&waiting.body).contains("JW323"));

    // One that hangs for ever does not keep the program from ending, and a start has what the journal has.
    fs::write(site.path(HANGS), "views-1").unwrap();
    running.signal(Signal::TERM);
    running.until("stopping");
    running.signal(Signal::TERM);
    running.until("a second signal");
    assert_eq!(running.ends(), Some(1));
    let running = site.starts(&[]);
    let waiting = running.client("gemeente").get("/v1/postvak").await.unwrap();
    assert!(String::from_utf8_lossy(&waiting.body).contains("JW323"));
    assert_eq!(running.stop(), Some(0));
}

/// Asks for health until it is as expected; what it said then.
fn health_until(running: &Running, expected: &str) -> String {
    let asked = Instant::now();
    loop {
        let said = running.tells("/gezond");
        if said.starts_with(expected) {
            return said;
        }
        assert!(asked.elapsed().as_secs() < 60, "it stays {said}");
        std::thread::yield_now();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_disk_hangs_health_is_red_and_nothing_is_promised_and_a_second_sigterm_ends_it() {
    let site = Site::small();
    let mut running = on_such_a_disk(&site);

    fs::write(site.path(HANGS), "").unwrap();
    let mut aanbieder = running.client("aanbieder");
    let handing_in = tokio::spawn(async move {
        let body = Bytes::from_static(DECLARATIE);
        aanbieder.post_xml("/v1/berichten", body).await
    });
    let said = health_until(&running, "HTTP/1.1 503");
    assert!(said.contains("written"), "{said}");
    let mut gemeente = running.client("gemeente");
    let waiting = gemeente.get("/v1/postvak").await.unwrap();
    assert_eq!(waiting.status.as_u16(), 200, "reading goes on");
    assert!(
        !String::from_utf8_lossy(&waiting.body).contains("JW323"),
        "what is not on the disk is shown to nobody"
    );
    assert!(!handing_in.is_finished(), "and nobody was told it is taken");

    fs::remove_file(site.path(HANGS)).unwrap();
    let answer = handing_in.await.unwrap().unwrap();
    assert_eq!(answer.status.as_u16(), 201);
    health_until(&running, "HTTP/1.1 200");

    fs::write(site.path(HANGS), "").unwrap();
    running.signal(Signal::TERM);
    running.until("stopping");
    running.signal(Signal::TERM);
    running.until("a second signal");
    assert_eq!(running.ends(), Some(1));

    let running = site.starts(&[]);
    let waiting = running.client("gemeente").get("/v1/postvak").await.unwrap();
    assert!(String::from_utf8_lossy(&waiting.body).contains("JW323"));
    assert_eq!(running.stop(), Some(0));
}

#[test]
fn a_probe_that_hangs_does_not_keep_a_gateway_whose_store_is_closed_from_ending() {
    let site = Site::small();
    let mut running = on_such_a_disk(&site);
    fs::write(site.path(HANGS), "data/probe").unwrap();
    health_until(&running, "HTTP/1.1 503");
    running.signal(Signal::TERM);
    running.until("stopped");
    assert_eq!(running.ends(), Some(0));
}
