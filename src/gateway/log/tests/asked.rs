//! Witnesses that are asked over the network: how many are enough, what they notice, and what they keep.

use std::net::SocketAddr;
use std::os::unix::fs::MetadataExt as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::post;
use jiff::SignedDuration;
use knooppunt_proof::{Checkpoint, Hash, KeyName, Policy, SignedNote, SignerKey, conflict};
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
    let said = log.health().unwrap_err();
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
    assert!(log.health().is_ok());
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
        let said = log.health().unwrap_err();
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
        let said = second.health().unwrap_err();
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
    let refused = opened(&watching.state, 0).unwrap_err();
    assert_eq!(refused.code(), "witness-in-use", "two from one folder");
    // As after its machine stopped.
    let again = tempfile::tempdir().unwrap();
    let (from, to) = (watching.state.path().join("0"), again.path().join("0"));
    std::fs::create_dir(&to).unwrap();
    for entry in std::fs::read_dir(&from).unwrap() {
        let name = entry.unwrap().file_name();
        std::fs::copy(from.join(&name), to.join(&name)).unwrap();
    }
    let witness = opened(&again, 0).unwrap();
    assert_eq!(witness.logs().await, [(ORIGIN.to_owned(), 8)]);
    drop(witness);
    let mut files = std::fs::read_dir(&to).unwrap();
    let file = files
        .find_map(|entry| Some(entry.unwrap().path()).filter(|file| file.extension().is_some()));
    let file = file.unwrap();
    let whole = std::fs::read(&file).unwrap();
    for spoiled in [&whole[..whole.len() - 1], b"", b"other bytes\n"] {
        std::fs::write(&file, spoiled).unwrap();
        let refused = opened(&again, 0).unwrap_err();
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

/// A witness that answers everything alike: to be asked to cosign, and to show what it cosigned. How often it was asked to cosign.
async fn liar(
    status: u16,
    said: &'static str,
    shown: Option<String>,
) -> (String, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let status = StatusCode::from_u16(status).unwrap();
    let add = move || async move {
        counted.fetch_add(1, Ordering::SeqCst);
        (status, said)
    };
    let last = move || async move { shown.ok_or(StatusCode::NOT_FOUND) };
    let pages = Router::new()
        .route("/add-checkpoint", post(add))
        .route("/last-checkpoint", post(last));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (limits, stop) = (ConnectionLimits::default(), CancellationToken::new());
    tokio::spawn(serve_plain(listener, pages, limits, stop));
    (format!("http://{address}"), asked)
}

/// Three witnesses, of which the first is this one.
async fn beside_two(url: &str, quorum: usize) -> (Site, Watching) {
    let watching = Watching::new(3).await;
    let mut site = Site::new();
    watching.ask(&mut site, &[0, 1, 2], quorum);
    let first = site.settings.witnesses.get_mut(&name(0)).unwrap();
    url.clone_into(&mut first.url);
    (site, watching)
}

/// A checkpoint of the log by this key.
fn checkpoint(secret: &[u8; 32], size: u64, root: Hash) -> String {
    let key = SignerKey::new(KeyName::new(ORIGIN).unwrap(), secret);
    let checkpoint = Checkpoint::new(ORIGIN, size, root).unwrap();
    checkpoint.sign(&key).unwrap().to_string()
}

#[tokio::test]
async fn a_witness_that_only_says_that_we_show_two_histories_stops_nothing_and_is_called_faulty() {
    let forged = checkpoint(&[9; 32], 999, Hash::new([9; 32]));
    let empty = checkpoint(&Site::SECRET, 0, Hash::EMPTY_ROOT);
    for (status, said, shown) in [
        (409, "999999999\n", None),
        (409, "999999999\n", Some(forged.clone())),
        (409, "999999999\n", Some("no note".to_owned())),
        (409, "999999999\n", Some(empty)),
        (409, "5\n", None),
        (409, "5\n", Some(forged)),
    ] {
        println!("{status} {said:?} {shown:?}");
        let (url, _) = liar(status, said, shown).await;
        let (site, watching) = beside_two(&url, 2).await;
        let log = site.open().unwrap();
        for more in [5, 7] {
            site.records(more);
            log.step().await;
        }
        assert_eq!((log.size(), watching.size(1).await), (12, 12));
        assert_eq!(cosigned(&log), 2);
        // Nobody waits for it; what it said is told when it has said it.
        let mut said = log.health().unwrap();
        while !said.contains("witness w0.example/witness: it says that") {
            tokio::task::yield_now().await;
            said = log.health().unwrap();
        }
        assert!(!site.file("evidence").exists());
    }
    // One that turns down every path.
    let (url, _) = liar(422, "", None).await;
    let (site, _watching) = beside_two(&url, 2).await;
    let log = site.open().unwrap();
    site.records(5);
    log.step().await;
    assert_eq!(log.size(), 5);
    assert!(log.health().is_ok());
}

#[tokio::test]
async fn what_we_signed_ourselves_raises_the_alarm_whoever_shows_it_and_is_kept() {
    for (size, told) in [
        (999, "over 999 records, and there are 12"),
        (4, "other first 4 records"),
    ] {
        let theirs = checkpoint(&Site::SECRET, size, Hash::new([9; 32]));
        let (url, _) = liar(409, "999\n", Some(theirs.clone())).await;
        // All are needed, so all are heard.
        let (site, _watching) = beside_two(&url, 3).await;
        let log = site.open().unwrap();
        site.records(12);
        log.step().await;
        assert_eq!(log.size(), 0);
        let said = log.health().unwrap_err();
        assert!(said.contains(told), "{said}");
        let kept = std::fs::read_to_string(site.file("evidence")).unwrap();
        assert_eq!(kept, theirs);
    }
}

#[tokio::test]
async fn while_too_few_cosign_they_are_asked_ever_less_often_and_nothing_is_signed_again() {
    let (url, asked) = liar(500, "", None).await;
    let watching = Watching::new(1).await;
    let mut site = Site::new();
    watching.ask(&mut site, &[0], 1);
    site.settings.witnesses.get_mut(&name(0)).unwrap().url = url;
    let log = site.open().unwrap();
    site.records(3);
    log.step().await;
    let asked = || asked.load(Ordering::SeqCst);
    assert_eq!(asked(), 1);
    let signed = std::fs::metadata(site.file("signed")).unwrap().ino();
    let mut times = 1;
    for pause in [250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000] {
        site.clock.advance(SignedDuration::from_millis(pause - 1));
        log.step().await;
        assert_eq!(asked(), times, "before {pause} ms have passed");
        site.clock.advance(SignedDuration::from_millis(1));
        log.step().await;
        times += 1;
        assert_eq!(asked(), times, "after {pause} ms");
    }
    let after = std::fs::metadata(site.file("signed")).unwrap().ino();
    assert_eq!(after, signed, "it is the same file");
    // More records are signed with the next question, and not before.
    site.records(2);
    log.step().await;
    assert_eq!(asked(), times);
    site.clock.advance(SignedDuration::from_secs(30));
    log.step().await;
    assert_eq!(asked(), times + 1);
    let signed = std::fs::read_to_string(site.file("signed")).unwrap();
    assert!(signed.contains("\n5\n"), "{signed}");
}

#[tokio::test]
async fn with_hashes_of_ours_that_are_wrong_no_witness_is_asked_and_they_are_mended() {
    let watching = Watching::new(1).await;
    let mut site = Site::new();
    watching.ask(&mut site, &[0], 1);
    let log = site.open().unwrap();
    site.records(600);
    log.step().await;
    let mut bytes = std::fs::read(site.file("hashes-1")).unwrap();
    bytes[0] ^= 1;
    std::fs::write(site.file("hashes-1"), bytes).unwrap();
    site.records(100);
    log.step().await;
    assert_eq!((log.size(), watching.size(0).await), (600, 600));
    let said = log.health().unwrap_err();
    assert!(said.contains("made anew"), "{said}");
    site.clock.advance(SignedDuration::from_secs(1));
    log.step().await;
    assert_eq!((log.size(), watching.size(0).await), (700, 700));
    assert!(log.health().is_ok());
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
    let said = log.health().unwrap_err();
    assert!(said.contains("another key"), "{said}");
}
