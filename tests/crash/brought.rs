//! Messages that are brought to endpoints while the program is killed: two municipalities over GGk and two providers over VSP, of which one each fails in every
//! way by turns. The endpoints live here, so they remember: after every kill what came was taken here, came in order, and was always the same under its number;
//! at the end every message that was taken came, nothing waits, and each was recorded once as brought.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use knooppunt::client::{Answer, Client};
use knooppunt::envelope::mapping::{ggk_number, vsp_number};
use knooppunt::ledger::{Event, MessageId};
use knooppunt::store::{Embedded, Journal as _, Position};
use serde_json::Value;
use tokio::task::JoinHandle;

use crate::PROVIDERS;
use crate::books::{MUNICIPALITIES, held, sha256};
use crate::endpoint::Endpoint;
use crate::endpoint::fault::Fault;
use crate::endpoint::inbox::Inbox;
use crate::endpoint::wire::Wire;
use crate::judged::text;
use crate::looks::rows;
use crate::messages::{self, Envelope, Law};
use crate::site::{self, CODES_EACH, Running, Site};

/// A municipality and a provider each, with endpoints of which those of the second pair fail.
const PAIRS: usize = 2;
const GEMEENTEN: [&str; PAIRS] = ["gemeente-gebracht", "gemeente-haperend"];
const AANBIEDERS: [&str; PAIRS] = ["aanbieder-gebracht", "aanbieder-haperend"];
/// Most messages of a code that one round hands in, so that a round of many minutes does not end in hours of bringing.
const EACH_ROUND: u64 = 30;
/// Faults of requests, by turns.
const FAULTS: [Fault; 6] = [
    Fault::Half,
    Fault::OtherAnswer,
    Fault::Hangs,
    Fault::Bare500,
    Fault::Told500,
    // The answer is not even begun.
    Fault::Refuses,
];

fn gemeente(pair: usize) -> String {
    Site::gemeente(MUNICIPALITIES + 2 + pair)
}

fn agb(pair: usize, code: usize) -> String {
    Site::agb(PROVIDERS + 2 + pair, code)
}

/// The parties, as the register of the whole load has them.
pub(crate) fn parties() -> Vec<(&'static str, &'static str, Vec<String>)> {
    let pairs = (0..PAIRS).flat_map(|pair| {
        let codes = (0..CODES_EACH).map(|code| agb(pair, code));
        [
            (GEMEENTEN[pair], "gemeentecode", vec![gemeente(pair)]),
            (AANBIEDERS[pair], "agb", codes.collect()),
        ]
    });
    pairs.collect()
}

/// A message between the two of a pair: from the municipality when its number is even, else from the provider under one of his codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Sent {
    pair: usize,
    code: usize,
    sequence: u64,
}

impl Sent {
    fn is_from_gemeente(self) -> bool {
        self.sequence.is_multiple_of(2)
    }

    fn maker(self) -> &'static str {
        if self.is_from_gemeente() {
            GEMEENTEN[self.pair]
        } else {
            AANBIEDERS[self.pair]
        }
    }

    /// Codes of who made it and of whom it is for.
    fn way(self) -> (String, String) {
        let (gemeente, aanbieder) = (gemeente(self.pair), agb(self.pair, self.code));
        if self.is_from_gemeente() {
            (gemeente, aanbieder)
        } else {
            (aanbieder, gemeente)
        }
    }

    fn body(self) -> Bytes {
        let envelope = Envelope {
            gemeente: &gemeente(self.pair),
            aanbieder: &agb(self.pair, self.code),
            identificatie: &format!("{}{:011}", self.code, self.sequence),
        };
        let body = if self.is_from_gemeente() {
            messages::toewijzing(Law::Jw, envelope, 0)
        } else {
            messages::declaratie(Law::Jw, envelope, 1)
        };
        body.into()
    }

    fn number(self, id: MessageId) -> String {
        if self.is_from_gemeente() {
            vsp_number(id, None)
        } else {
            ggk_number(id, None)
        }
    }
}

/// What the parties were told.
#[derive(Debug, Default)]
struct Told {
    taken: BTreeMap<Sent, MessageId>,
    /// Sent, and no answer came.
    under_way: BTreeSet<Sent>,
}

/// The endpoints and the books.
pub(crate) struct Brought {
    told: Arc<Mutex<Told>>,
    endpoints: Vec<Endpoint>,
}

impl Brought {
    /// Opens the endpoints and adds them to the register of the site. On a runtime.
    pub(crate) async fn at(site: &Site) -> Self {
        let register = site.path("register.toml");
        let mut register = std::fs::read_to_string(register).expect("a register");
        let mut endpoints = Vec::new();
        for pair in 0..PAIRS {
            for (party, wire) in [(GEMEENTEN[pair], Wire::Ggk), (AANBIEDERS[pair], Wire::Vsp)] {
                let mut endpoint = Endpoint::start(wire, site::now());
                if pair == 1 {
                    endpoint.goes_by(by_turns()).await;
                }
                register.push_str(&endpoint.lines(party, "timeout_s = 1"));
                endpoints.push(endpoint);
            }
        }
        site.register(&register);
        for setting in ["again_after_s", "again_at_most_s", "rest_s"] {
            site.configure("deliver", setting, 1);
        }
        Self {
            told: Arc::default(),
            endpoints,
        }
    }

    /// How many messages were taken from these parties.
    pub(crate) fn taken(&self) -> u64 {
        held(&self.told).taken.len() as u64
    }

    /// For each pair and code one who hands in one message after the other, for both sides, until the gateway is gone or it is enough for this round.
    pub(crate) fn senders(&self, running: &Running) -> Vec<JoinHandle<()>> {
        let codes = (0..PAIRS).flat_map(|pair| (0..CODES_EACH).map(move |code| (pair, code)));
        let each = codes.map(|(pair, code)| {
            let mut gemeente = running.client(GEMEENTEN[pair]);
            let mut aanbieder = running.client(AANBIEDERS[pair]);
            let told = Arc::clone(&self.told);
            tokio::spawn(async move {
                for _ in 0..EACH_ROUND {
                    let sent = held(&told).next(pair, code);
                    let client = if sent.is_from_gemeente() {
                        &mut gemeente
                    } else {
                        &mut aanbieder
                    };
                    if !hand_in(client, sent, &told).await {
                        return;
                    }
                }
            })
        });
        each.collect()
    }

    /// After a restart: hands in again what was under way, then holds what the endpoints received against what was told.
    pub(crate) async fn settle(&self, running: &Running) {
        let again = held(&self.told).under_way.clone();
        for sent in again {
            let mut client = running.client(sent.maker());
            assert!(hand_in(&mut client, sent, &self.told).await, "it answers");
        }
        self.hold();
    }

    fn hold(&self) {
        let told = held(&self.told);
        let mut known: BTreeMap<String, Sent> = BTreeMap::new();
        let mut expected: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
        for (sent, id) in &told.taken {
            let number = sent.number(*id);
            expected.entry(sent.way()).or_default().push(number.clone());
            known.insert(number, *sent);
        }
        for endpoint in &self.endpoints {
            let inbox = endpoint.inbox();
            inbox.same_number_same_bytes();
            for receipt in &inbox.0 {
                let letter = &receipt.letter;
                let sent = known.get(&letter.number).unwrap_or_else(|| {
                    panic!("{letter:?} was brought, but nobody was told that it was taken")
                });
                assert_eq!(letter.pair, sent.way(), "{sent:?}");
            }
            for (pair, numbers) in inbox.firsts() {
                assert!(
                    expected[&pair].starts_with(&numbers),
                    "in order, and none is passed over: {pair:?}"
                );
            }
        }
        self.newest_are_what_was_handed_in(&known);
    }

    /// The bodies of the last ones that came: those of which nobody knows yet.
    fn newest_are_what_was_handed_in(&self, known: &BTreeMap<String, Sent>) {
        for endpoint in &self.endpoints {
            for receipt in endpoint.inbox().0.iter().rev().take(20) {
                let sent = known[&receipt.letter.number];
                assert_eq!(receipt.letter.content, sha256(&sent.body()), "{sent:?}");
            }
        }
    }

    /// The endpoints are well from here on: waits until nothing is left to be brought.
    pub(crate) async fn finish(&mut self, running: &Running) {
        for endpoint in &mut self.endpoints {
            endpoint.fails(None).await;
        }
        let asked = Instant::now();
        for party in GEMEENTEN.into_iter().chain(AANBIEDERS) {
            loop {
                let waiting = rows(running, party).await.len();
                if waiting == 0 {
                    break;
                }
                assert!(
                    asked.elapsed() < Duration::from_mins(2),
                    "{waiting} messages still wait for {party}"
                );
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        self.hold();
        let told = held(&self.told);
        let inbox = self.inbox();
        let kept: BTreeSet<String> = inbox.kept().into_values().flatten().collect();
        for (sent, id) in &told.taken {
            assert!(kept.contains(&sent.number(*id)), "{sent:?} {id} is lost");
        }
        assert!(inbox.repeats() > 0, "some answers were lost");
    }

    fn inbox(&self) -> Inbox {
        let inboxes = self.endpoints.iter().map(|endpoint| endpoint.inbox().0);
        Inbox(inboxes.flatten().collect())
    }

    /// Opens the stopped store: of each message that was taken there is one record that it was brought.
    pub(crate) fn each_is_recorded_once(&self, site: &Site) {
        let config = site.config();
        let (folder, keys) = (&config.store.folder, &config.store.keys);
        let store = Embedded::open(folder, keys, config.store.options(), site::now());
        let store = store.expect("the store opens");
        let mut brought: BTreeMap<MessageId, u64> = BTreeMap::new();
        let mut from = Position(0);
        loop {
            let records = store.journal.read_from(from, 10_000).expect("records");
            let Some(last) = records.last() else { break };
            from = Position(last.position.0 + 1);
            for record in &records {
                if let Event::Acknowledged(event) = Event::decode(&record.event).expect("ours")
                    && event.over.is_some()
                {
                    *brought.entry(event.message).or_default() += 1;
                }
            }
        }
        store.close().expect("a clean close");
        let told = held(&self.told);
        let expected: BTreeMap<MessageId, u64> = told.taken.values().map(|id| (*id, 1)).collect();
        assert_eq!(brought, expected, "brought, and recorded so, once each");
    }

    /// One line on what there was.
    pub(crate) fn told(&self) -> String {
        let inbox = self.inbox();
        let lost = inbox.0.iter().filter(|one| one.kept && !one.confirmed);
        format!(
            "{} messages brought to four endpoints, two of which failed by turns: each came, in order, always the same; {} came again, {} of the answers never came",
            self.taken(),
            inbox.repeats(),
            lost.count(),
        )
    }
}

impl Told {
    fn next(&self, pair: usize, code: usize) -> Sent {
        let of = |sequence| Sent {
            pair,
            code,
            sequence,
        };
        let last = self.taken.range(of(0)..=of(u64::MAX)).next_back();
        of(last.map_or(0, |(sent, _)| sent.sequence + 1))
    }
}

/// Every fourth request goes wrong, and every fifth connection.
fn by_turns() -> impl FnMut(Option<&crate::endpoint::wire::Letter>) -> Option<Fault> + Send {
    let (mut requests, mut connections) = (0_usize, 0_usize);
    move |letter| {
        if letter.is_some() {
            requests += 1;
            let nth = requests / 4;
            return requests
                .is_multiple_of(4)
                .then(|| FAULTS[nth % FAULTS.len()]);
        }
        connections += 1;
        let fault = [Fault::Tls, Fault::Revoked][connections / 5 % 2];
        connections.is_multiple_of(5).then_some(fault)
    }
}

/// Hands one in. Whether the gateway answered.
async fn hand_in(client: &mut Client, sent: Sent, told: &Mutex<Told>) -> bool {
    held(told).under_way.insert(sent);
    let Ok(Answer { status, body, .. }) = client.post_xml("/v1/berichten", sent.body()).await
    else {
        return false;
    };
    assert!(
        matches!(status.as_u16(), 200 | 201),
        "{sent:?} is taken: {status} {}",
        String::from_utf8_lossy(&body)
    );
    let answer: Value = serde_json::from_slice(&body).expect("JSON");
    let id: MessageId = text(&answer, "id").parse().expect("an id");
    let mut told = held(told);
    told.under_way.remove(&sent);
    let first = *told.taken.entry(sent).or_insert(id);
    assert_eq!(first, id, "one identity, one id");
    true
}
