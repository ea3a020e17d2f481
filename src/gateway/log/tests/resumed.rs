//! A log of which nobody here knows what it signed last does not go on by itself: after a copy was put back, and when its folder is lost.

use std::fs;

use super::super::{Heard, LogError, Resumed, Said, resume};
use super::world::{ORIGIN, Site};
use crate::store::Position;
use crate::store::embedded::{KeptLog, KeptLogs, LOGS};

async fn grown(count: i64) -> Site {
    let site = Site::new();
    let log = site.open().unwrap();
    site.records(count);
    log.step().await;
    site
}

/// As a restore of a copy of so many records does, when so many were known of.
fn put_back(site: &Site, records: u64, known: u64) {
    let mut logs = KeptLogs::read(&site.root).unwrap();
    logs.put_back(Position(records), Position(known), None);
    logs.write(&site.root).unwrap();
}

fn resumes(site: &Site, heard: &[Heard], said: bool) -> Result<Resumed, LogError> {
    let records = site.journal.next().0;
    resume(site.root.path(), &site.settings, records, heard, said)
}

fn heard(said: Said) -> [Heard; 1] {
    let witness = "accountant".to_owned();
    [Heard { witness, said }]
}

#[tokio::test]
async fn a_log_that_signed_nothing_is_not_named_and_one_that_did_is() {
    let site = Site::new();
    let log = site.open().unwrap();
    log.step().await;
    assert!(site.root.read(LOGS).unwrap().is_none());
    drop(log);
    let log = site.open().unwrap();
    site.records(1);
    log.step().await;
    let named = KeptLogs::read(&site.root).unwrap();
    assert_eq!(named.of(ORIGIN), Some(KeptLog::Kept));
}

#[tokio::test]
async fn a_log_whose_folder_is_missing_does_not_begin_anew_and_another_origin_does() {
    let mut site = grown(10).await;
    fs::remove_dir_all(site.folder.path()).unwrap();
    let refused = site.open().unwrap_err();
    assert_eq!(refused.code(), "log-missing");
    let said = refused.to_string();
    assert!(
        said.contains(ORIGIN)
            && said.contains("put that folder back")
            && said.contains("log resume"),
        "{said}"
    );
    assert!(!site.folder.path().exists(), "nothing is made");
    site.settings.origin = Some("log.example/second".to_owned());
    let log = site.open().unwrap();
    log.step().await;
    assert_eq!(log.size(), 10);
    let named = KeptLogs::read(&site.root).unwrap();
    assert_eq!(named.of(ORIGIN), Some(KeptLog::Kept), "it is not forgotten");
}

#[tokio::test]
async fn a_log_that_was_put_back_stops_the_start_until_somebody_vouches_for_it() {
    let mut site = grown(10).await;
    put_back(&site, 10, 10);
    let refused = site.open().unwrap_err();
    assert_eq!(refused.code(), "log-put-back");
    let said = refused.to_string();
    assert!(
        said.contains("10 records") && said.contains("log resume"),
        "{said}"
    );
    assert_eq!(resumes(&site, &[], false).unwrap(), Resumed::Unknown);
    assert!(site.open().is_err());
    assert_eq!(resumes(&site, &[], true).unwrap(), Resumed::GoesOn);
    let log = site.open().unwrap();
    site.records(3);
    log.step().await;
    assert_eq!(log.size(), 13);
    assert_eq!(resumes(&site, &[], false).unwrap(), Resumed::NotStopped);
    drop(log);

    put_back(&site, 13, 13);
    site.settings.quorum = 1;
    let mute = heard(Said::Nothing("no answer in time".to_owned()));
    assert_eq!(resumes(&site, &mute, false).unwrap(), Resumed::Unknown);
    let vouches = heard(Said::Size(13));
    assert_eq!(resumes(&site, &vouches, false).unwrap(), Resumed::GoesOn);
}

#[tokio::test]
async fn what_a_witness_knows_ends_a_log_whatever_the_operator_says() {
    let mut site = grown(10).await;
    put_back(&site, 10, 10);
    site.settings.quorum = 1;
    let witness = "accountant".to_owned();
    let (ahead, forked) = (heard(Said::Size(11)), heard(Said::Other(10)));
    for said in [false, true] {
        let resumed = resumes(&site, &ahead, said).unwrap();
        let expected = Resumed::Ahead {
            witness: witness.clone(),
            size: 11,
        };
        assert_eq!(resumed, expected);
        let resumed = resumes(&site, &forked, said).unwrap();
        let expected = Resumed::Forked {
            witness: witness.clone(),
            size: 10,
        };
        assert_eq!(resumed, expected);
    }
    assert!(site.open().is_err());
}

#[tokio::test]
async fn a_log_of_which_records_are_lost_has_ended_whoever_vouches() {
    let site = grown(10).await;
    put_back(&site, 10, 12);
    let refused = site.open().unwrap_err();
    let said = refused.to_string();
    assert_eq!(refused.code(), "log-lost");
    assert!(
        said.contains("although there were 12") && said.contains("another message_log.origin"),
        "{said}"
    );
    // Also when as many came since.
    site.records(5);
    assert!(matches!(site.open(), Err(LogError::Lost { .. })));
    let refused = resumes(&site, &heard(Said::Size(10)), true).unwrap_err();
    assert!(
        matches!(refused, LogError::Lost { known: 12, .. }),
        "{refused}"
    );
}

#[tokio::test]
async fn a_lost_folder_begins_anew_when_nothing_else_was_signed() {
    let site = grown(1_000).await;
    let known = fs::read_to_string(site.file("checkpoint")).unwrap();
    fs::remove_dir_all(site.folder.path()).unwrap();
    assert_eq!(resumes(&site, &[], true).unwrap(), Resumed::GoesOn);
    let log = site.open().unwrap();
    log.step().await;
    assert_eq!(log.checkpoint().unwrap(), known, "it says the same again");
}
