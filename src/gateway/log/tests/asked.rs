//! Witnesses that are asked over the network: how many are enough, what they notice, and what they keep.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use knooppunt_proof::{KeyName, Policy, SignedNote, SignerKey, conflict};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::super::{
    Asking, Log, Said, Witness, WitnessFault, WitnessSettings, newest, witness_router,
};
use super::world::{First, ORIGIN, Site};
use crate::clock::{Clock, ManualClock};
use crate::store::contract::at;
use crate::transport::{ConnectionLimits, Revocation, TlsSettings, serve_plain};

/// Witnesses, each on an address of its own.
struct Watching {
    each: Vec<Arc<Witness>>,
    addresses: Vec<SocketAddr>,
    state: tempfile::TempDir,
    stop: CancellationToken,
}

/// The keys of the log alone: a witness has nothing to do with other witnesses.
fn policy() -> Policy {
    let key = SignerKey::new(KeyName::new(ORIGIN).unwrap(), &Site::SECRET);
    Policy::new(vec![key.verifier().clone()], Vec::new(), 0).unwrap()
}

fn name(number: usize) -> String {
    format!("w{number}.example/witness")
}

fn opened(state: &tempfile::TempDir, number: usize) -> Result<Witness, WitnessFault> {
    let secret = [u8::try_from(number + 1).unwrap(); 32];
    let folder = state.path().join(number.to_string());
    let key = KeyName::new(&name(number)).unwrap();
    let clock = Arc::new(ManualClock::at(at(100)));
    Witness::open((key, &secret), &folder, vec![policy()], clock)
}

impl Watching {
    async fn new(count: usize) -> Watching {
        let mut watching = Watching {
            each: Vec::new(),
            addresses: Vec::new(),
            state: tempfile::tempdir().unwrap(),
            stop: CancellationToken::new(),
        };
        for number in 0..count {
            let witness = Arc::new(opened(&watching.state, number).unwrap());
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            watching.addresses.push(listener.local_addr().unwrap());
            let pages = witness_router(Arc::clone(&witness));
            watching.each.push(witness);
            let limits = ConnectionLimits::default();
            tokio::spawn(serve_plain(listener, pages, limits, watching.stop.clone()));
        }
        watching
    }

    /// The settings of a log that asks these, of which so many must cosign.
    fn ask(&self, site: &mut Site, which: &[usize], quorum: usize) {
        site.settings.quorum = quorum;
        site.settings.witnesses.clear();
        for number in which {
            let settings = WitnessSettings {
                url: format!("http://{}", self.addresses[*number]),
                key: self.each[*number].key().to_string(),
                roots: None,
            };
            site.settings.witnesses.insert(name(*number), settings);
        }
    }

    async fn size(&self, number: usize) -> u64 {
        self.each[number].logs().await[0].1
    }
}

fn cosigned(log: &Log) -> usize {
    let note = SignedNote::parse(log.checkpoint().unwrap().as_bytes()).unwrap();
    log.policy().accept(&note).unwrap().cosigned().len()
}

#[tokio::test]
async fn what_enough_witnesses_cosigned_is_made_known_whether_the_others_answer_or_not() {
    let watching = Watching::new(3).await;
    let mut site = Site::new();
    watching.ask(&mut site, &[0, 1, 2], 2);
    // One that nobody listens for.
    let nobody = "http://127.0.0.1:1".to_owned();
    let third = site.settings.witnesses.get_mut(&name(2)).unwrap();
    third.url.clone_from(&nobody);
    let log = site.open().unwrap();
    for more in [3, 1, 300] {
        site.records(more);
        log.step().await;
        assert_eq!(log.size(), site.tree().size());
        assert_eq!(cosigned(&log), 2);
    }
    assert_eq!((watching.size(0).await, watching.size(2).await), (304, 0));
    let proved = log.prove(7, Duration::ZERO).await.unwrap().unwrap();
    let leaf = site.tree().leaves()[7];
    let accepted = proved.proof.verify_leaf(&leaf, log.policy()).unwrap();
    let time = u64::try_from(at(100).as_second()).unwrap();
    assert_eq!(accepted.receipt_time(), Some(time));
}

#[tokio::test]
async fn with_too_few_witnesses_nothing_is_made_known_and_health_says_who_did_not_answer() {
    let watching = Watching::new(2).await;
    let mut site = Site::new();
    watching.ask(&mut site, &[0, 1], 2);
    let right = site.settings.witnesses[&name(1)].url.clone();
    let other = site.settings.witnesses.get_mut(&name(1)).unwrap();
    other.url = "http://127.0.0.1:1".to_owned();
    let log = site.open().unwrap();
    site.records(5);
    log.step().await;
    assert_eq!((log.checkpoint(), log.size()), (None, 0));
    site.clock.advance(SignedDuration::from_secs(11));
    let said = log.health(site.clock.now()).unwrap_err();
    assert!(
        said.contains("w1.example") && said.contains("connect"),
        "{said}"
    );
    drop(log);
    site.settings.witnesses.get_mut(&name(1)).unwrap().url = right;
    let log = site.open().unwrap();
    // The first knows of five already, and says so; it is asked again from there.
    site.records(2);
    log.step().await;
    assert_eq!((log.size(), cosigned(&log)), (7, 2));
    assert!(log.health(site.clock.now()).is_ok());
}

#[tokio::test]
async fn an_older_data_folder_is_noticed_by_a_witness_and_nothing_more_is_made_known() {
    let watching = Watching::new(1).await;
    let mut site = Site::new();
    watching.ask(&mut site, &[0], 1);
    let log = site.open().unwrap();
    site.records(6);
    log.step().await;
    let older = tempfile::tempdir().unwrap();
    for file in ["checkpoint", "signed", "hashes-0"] {
        std::fs::copy(site.file(file), older.path().join(file)).unwrap();
    }
    site.records(4);
    log.step().await;
    assert_eq!(watching.size(0).await, 10);
    drop(log);
    // Journal and folder of the log as they were, and then one record more than then.
    for file in ["checkpoint", "signed", "hashes-0"] {
        std::fs::copy(older.path().join(file), site.file(file)).unwrap();
    }
    site.journal = Arc::new(First(Arc::clone(&site.journal), 7));
    let log = site.open().unwrap();
    for _ in 0..2 {
        log.step().await;
        assert_eq!(log.size(), 6, "nothing more is made known");
        let said = log.health(site.clock.now()).unwrap_err();
        assert!(
            said.contains("over 10 records, and there are 7") && said.contains("put back"),
            "{said}"
        );
    }
}

#[tokio::test]
async fn of_two_gateways_on_one_log_the_second_is_stopped_by_the_witness() {
    for (mine, others) in [(10, 12), (10, 10), (10, 700)] {
        let watching = Watching::new(1).await;
        let (mut site, mut other) = (Site::new(), Site::new());
        watching.ask(&mut site, &[0], 1);
        watching.ask(&mut other, &[0], 1);
        let (log, second) = (site.open().unwrap(), other.open().unwrap());
        site.records(mine);
        log.step().await;
        other.records(others);
        second.step().await;
        assert_eq!((log.size(), second.size()), (10, 0));
        let said = second.health(other.clock.now()).unwrap_err();
        assert!(said.contains("other first 10 records"), "{said}");
        site.records(5);
        log.step().await;
        assert_eq!(log.size(), 15, "the first goes on");
    }
}

#[tokio::test]
async fn a_fork_cannot_be_shown_to_two_clients_who_want_most_of_the_witnesses() {
    let watching = Watching::new(3).await;
    let (mut site, mut other) = (Site::new(), Site::new());
    watching.ask(&mut site, &[0, 1], 2);
    watching.ask(&mut other, &[1, 2], 2);
    let (log, second) = (site.open().unwrap(), other.open().unwrap());
    site.records(9);
    other.records(9);
    log.step().await;
    second.step().await;
    assert_eq!((log.size(), second.size()), (9, 0));
    // The witness that saw both has kept the two, which convict the log.
    let kept = std::fs::read_dir(watching.state.path().join("1")).unwrap();
    let names = kept.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(names.filter(|name| name.contains(".fork")).count(), 1);
}

#[tokio::test]
async fn a_log_without_witnesses_that_shows_two_histories_is_convicted_by_its_own_signatures() {
    let (site, other) = (Site::new(), Site::new());
    let (log, second) = (site.open().unwrap(), other.open().unwrap());
    site.records(9);
    other.records(9);
    log.step().await;
    second.step().await;
    let seen = [&log, &second].map(|log| {
        let note = SignedNote::parse(log.checkpoint().unwrap().as_bytes()).unwrap();
        log.policy().accept(&note).unwrap()
    });
    let [one, two] = &seen;
    assert_eq!(conflict(one, two).unwrap().size, 9);
    assert!(conflict(one, one).is_none());
}

#[tokio::test]
async fn a_witness_remembers_after_a_restart_and_does_not_begin_anew_when_its_file_is_damaged() {
    let watching = Watching::new(1).await;
    let mut site = Site::new();
    watching.ask(&mut site, &[0], 1);
    let log = site.open().unwrap();
    site.records(8);
    log.step().await;
    let again = opened(&watching.state, 0).unwrap();
    assert_eq!(again.logs().await, [(ORIGIN.to_owned(), 8)]);
    let folder = watching.state.path().join("0");
    let file = std::fs::read_dir(&folder).unwrap().next().unwrap().unwrap();
    let whole = std::fs::read(file.path()).unwrap();
    for spoiled in [&whole[..whole.len() - 1], b"", b"other bytes\n"] {
        std::fs::write(file.path(), spoiled).unwrap();
        let refused = opened(&watching.state, 0).unwrap_err();
        assert_eq!(refused.code(), "witness-damaged", "{refused}");
    }
}

/// What the witnesses of a log say to what it signed last.
async fn hears(site: &Site, signed: &[Vec<u8>]) -> Vec<Said> {
    let clock: Arc<dyn Clock> = Arc::new(site.clock.clone());
    let asking = Asking {
        tls: &TlsSettings::default(),
        revocation: &Revocation::none(&clock),
        clock: &clock,
    };
    let note = newest(&site.settings, &site.secret, signed).unwrap();
    let heard = asking.hear(&site.settings, &note).await.unwrap();
    heard.into_iter().map(|heard| heard.said).collect()
}

#[tokio::test]
async fn witnesses_tell_how_much_they_cosigned_to_who_knows_less_and_nothing_new_is_signed_for_it()
{
    let watching = Watching::new(3).await;
    let mut site = Site::new();
    watching.ask(&mut site, &[0, 1], 2);
    let log = site.open().unwrap();
    site.records(6);
    log.step().await;
    let six = std::fs::read(site.file("checkpoint")).unwrap();
    site.records(4);
    log.step().await;
    let ten = std::fs::read(site.file("checkpoint")).unwrap();
    // One that never saw the log, and one that nobody listens for.
    watching.ask(&mut site, &[0, 1, 2], 2);
    let second = site.settings.witnesses.get_mut(&name(1)).unwrap();
    second.url = "http://127.0.0.1:1".to_owned();
    for (signed, unseen) in [
        (vec![six.clone()], 6),
        (vec![ten.clone(), six.clone()], 10),
        (vec![], 10),
        (vec![b"no note".to_vec()], 10),
    ] {
        let said = hears(&site, &signed).await;
        assert_eq!(said[0], Said::Size(10));
        assert!(
            matches!(&said[1], Said::Nothing(why) if why.contains("connect")),
            "{said:?}"
        );
        let Said::Size(third) = said[2] else {
            panic!("{said:?}")
        };
        assert!(third <= unseen);
    }
    assert_eq!(watching.size(0).await, 10);
}

#[tokio::test]
async fn a_witness_of_another_history_says_so() {
    let watching = Watching::new(1).await;
    let (mut site, mut other) = (Site::new(), Site::new());
    watching.ask(&mut site, &[0], 1);
    watching.ask(&mut other, &[0], 0);
    let log = site.open().unwrap();
    site.records(6);
    log.step().await;
    other.records(6);
    let second = other.open().unwrap();
    second.step().await;
    let signed = std::fs::read(other.file("signed")).unwrap();
    assert_eq!(hears(&other, &[signed]).await, [Said::Other(6)]);
}

#[tokio::test]
async fn a_witness_with_another_key_than_the_one_that_is_set_counts_for_nothing() {
    let watching = Watching::new(2).await;
    let mut site = Site::new();
    watching.ask(&mut site, &[0], 1);
    let wrong = watching.each[1].key().to_string();
    site.settings.witnesses.get_mut(&name(0)).unwrap().key = wrong;
    let log = site.open().unwrap();
    site.records(1);
    log.step().await;
    assert_eq!(log.size(), 0);
    site.clock.advance(SignedDuration::from_secs(11));
    let said = log.health(site.clock.now()).unwrap_err();
    assert!(said.contains("another key"), "{said}");
}
