//! A municipality and a provider that leave every answer to the gateway: what one hands in for the other is taken together with its answer and the copy
//! of that, or not at all. Nobody acknowledges anything here, so that all of it stands in the two mailboxes for as long as the load lasts.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use knooppunt::client::{Answer, Client};
use serde_json::Value;
use tokio::task::JoinHandle;

use crate::PROVIDERS;
use crate::books::{MUNICIPALITIES, held, sha256};
use crate::looks::{get, rows};
use crate::messages::{self, Envelope, Law};
use crate::site::{CODES_EACH, Running, Site};
use crate::{brought, deciding, translated};

const GEMEENTE: &str = "gemeente-beoordeeld";
const PROVIDER: &str = "aanbieder-beoordeeld";

const START: &str = include_str!("../../conformance/messages/ijw/JW305/plain/message.xml");

/// The parties of the whole load: those whose receivers answer themselves, these two, those between whom lines are decided, those with endpoints, and those
/// between whom products are translated.
pub(crate) fn site() -> Site {
    let gemeente = vec![Site::gemeente(MUNICIPALITIES)];
    let codes: Vec<String> = (0..CODES_EACH).map(|k| Site::agb(PROVIDERS, k)).collect();
    let mut more = vec![
        (GEMEENTE, "gemeentecode", gemeente.clone()),
        (PROVIDER, "agb", codes.clone()),
    ];
    more.extend(deciding::parties());
    more.extend(brought::parties());
    more.extend(translated::parties());
    let site = Site::large_beside(PROVIDERS, MUNICIPALITIES, &more);
    site.judging(&gemeente, &codes);
    deciding::judging(&site);
    translated::agreeing(&site);
    site
}

/// A message of the pair of the municipality and a code of the provider; enough to make its body again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Sent {
    code: usize,
    sequence: u64,
}

impl Sent {
    /// Five messages a client: an allocation, a start, a declaration, the same lines declared again, and a start without an allocation.
    fn client(self) -> u32 {
        u32::try_from(self.sequence / 5).expect("small")
    }

    /// The party that hands it in and the one it is for, and the kind of its answer.
    fn way(self) -> (&'static str, &'static str, &'static str) {
        match self.sequence % 5 {
            0 => (GEMEENTE, PROVIDER, "JW302"),
            2 | 3 => (PROVIDER, GEMEENTE, "JW325"),
            _ => (PROVIDER, GEMEENTE, "JW306"),
        }
    }

    /// The number in its lines, if it declares: that of the message before it when it declares the same lines again.
    fn declares(self) -> Option<u64> {
        match self.sequence % 5 {
            2 => Some(self.sequence),
            3 => Some(self.sequence - 1),
            _ => None,
        }
    }

    fn identificatie(self) -> String {
        format!("{}{:011}", self.code, self.sequence)
    }

    fn body(self) -> Bytes {
        let envelope = Envelope {
            gemeente: &Site::gemeente(MUNICIPALITIES),
            aanbieder: &Site::agb(PROVIDERS, self.code),
            identificatie: &self.identificatie(),
        };
        let body = match self.sequence % 5 {
            0 => messages::toewijzing(Law::Jw, envelope, self.client()),
            1 => start(envelope, self.client()),
            4 => start(envelope, self.client() + 1),
            // Always lines of the first client: they share its budgets.
            _ => {
                let declared = self.declares().unwrap_or_default();
                messages::granted(Law::Jw, envelope, 5, declared)
            }
        };
        body.into()
    }
}

/// A start of care on the first allocation of a client.
fn start(envelope: Envelope<'_>, client: u32) -> Vec<u8> {
    let Envelope {
        gemeente,
        aanbieder,
        identificatie,
    } = envelope;
    let number = 1 + client * 5;
    let changes = [
        (">98980001<", format!(">{aanbieder}<")),
        (">0289<", format!(">{gemeente}<")),
        (">S260004<", format!(">{identificatie}<")),
        (">999900420<", format!(">{}<", messages::bsn(client))),
        (">260001<", format!(">{number}<")),
        (">2012-05-17<", ">2010-01-01<".to_owned()),
        (">2026-02-01<", ">2020-01-01<".to_owned()),
        (">45<", ">43<".to_owned()),
        ("<ijw:Code>45A04</ijw:Code>", String::new()),
    ];
    let mut text = START.to_owned();
    for (was, is) in changes {
        assert!(text.contains(was), "{was} is in the plain start");
        text = text.replace(was, &is);
    }
    text.into_bytes()
}

/// What the two were told.
#[derive(Debug, Default)]
pub(crate) struct Pairs {
    taken: BTreeMap<Sent, Told>,
    /// Sent, and no answer came.
    under_way: BTreeSet<Sent>,
    /// Id and hash of the answer that each message was first found to have.
    answers: BTreeMap<Sent, (String, String)>,
    /// How often the outcome was only heard when it was handed in again, and found to have been taken before.
    unheard: u64,
}

#[derive(Debug, PartialEq, Eq)]
struct Told {
    id: String,
    position: u64,
    thread: String,
    is_refused: bool,
}

impl Pairs {
    /// How many messages were taken from the two.
    pub(crate) fn taken(&self) -> u64 {
        self.taken.len() as u64
    }

    /// Panics when an outcome is missing: of an allocation, a start and a declaration that are right, and of a start that is not.
    pub(crate) fn had_each_outcome(&self) {
        let outcomes: BTreeSet<(u64, bool)> = self
            .taken
            .iter()
            .map(|(sent, told)| (sent.sequence % 5, told.is_refused))
            .collect();
        for expected in [(0, false), (1, false), (2, false), (4, true)] {
            assert!(outcomes.contains(&expected), "{expected:?} of {outcomes:?}");
        }
    }

    /// One line on what there was.
    pub(crate) fn told(&self) -> String {
        let refused = self.taken.values().filter(|told| told.is_refused).count();
        format!(
            "{} messages answered by the gateway itself, {refused} of them refused; each with its one answer and the copy of it after every kill; {} were taken and answered without anybody hearing of it",
            self.taken.len(),
            self.unheard
        )
    }

    fn next(&self, code: usize) -> Sent {
        let of = |sequence| Sent { code, sequence };
        let last = self.taken.range(of(0)..=of(u64::MAX)).next_back();
        of(last.map_or(0, |(sent, _)| sent.sequence + 1))
    }

    fn note(&mut self, sent: Sent, status: u16, answer: &[u8]) {
        let answer: Value = serde_json::from_slice(answer).expect("JSON");
        let told = Told {
            id: text(&answer, "id"),
            position: answer["position"].as_u64().expect("a position"),
            thread: text(&answer, "thread"),
            is_refused: marks(&answer) == ["refused"],
        };
        assert!(
            told.is_refused || marks(&answer).is_empty(),
            "judged and answered: {answer}"
        );
        self.under_way.remove(&sent);
        self.unheard += u64::from(status == 200 && !self.taken.contains_key(&sent));
        let first = self.taken.entry(sent).or_insert_with(|| Told {
            id: told.id.clone(),
            thread: told.thread.clone(),
            ..told
        });
        assert_eq!(*first, told, "one identity, one outcome");
    }

    /// Every message that was taken has its answer right behind it and the copy behind that; what was refused was not forwarded; nothing else waits.
    fn hold_against(&mut self, waiting: &BTreeMap<(&str, u64), Value>) {
        let mut expected = BTreeSet::new();
        for (sent, told) in &self.taken {
            let (sender, receiver, kind) = sent.way();
            let found = |party: &'static str, position: u64| {
                let found = waiting.get(&(party, position));
                found.unwrap_or_else(|| {
                    panic!("{sent:?} {told:?}: nothing at {position} for {party}")
                })
            };
            if !told.is_refused {
                assert_eq!(text(found(receiver, told.position), "id"), told.id);
                expected.insert((receiver, told.position));
            }
            let answer = found(sender, told.position + 1);
            assert_eq!(
                (text(answer, "bericht").as_str(), &marks(answer)[..]),
                (kind, &["made-here"][..]),
                "the answer to {sent:?}"
            );
            let copy = found(receiver, told.position + 2);
            assert_eq!(marks(copy), ["made-here", "copy"], "{sent:?}");
            for message in [answer, copy] {
                assert_eq!(text(message, "thread"), told.thread, "{sent:?}");
            }
            let hash = text(answer, "sha256");
            assert_eq!(text(copy, "sha256"), hash, "the copy of the answer");
            expected.insert((sender, told.position + 1));
            expected.insert((receiver, told.position + 2));
            let now = (text(answer, "id"), hash);
            let first = self.answers.entry(*sent).or_insert_with(|| now.clone());
            assert_eq!(*first, now, "the answer stays what it was");
        }
        for (place, message) in waiting {
            assert!(
                expected.contains(place),
                "it belongs to nothing that was taken: {message}"
            );
        }
    }
}

pub(crate) fn text(message: &Value, name: &str) -> String {
    message[name].as_str().expect("text").to_owned()
}

pub(crate) fn marks(message: &Value) -> Vec<&str> {
    let marks = message["marks"].as_array().expect("marks");
    marks.iter().filter_map(Value::as_str).collect()
}

/// Hands one in. Whether the gateway answered.
async fn hand_in(client: &mut Client, sent: Sent, pairs: &Mutex<Pairs>) -> bool {
    held(pairs).under_way.insert(sent);
    let Ok(Answer { status, body, .. }) = client.post_xml("/v1/berichten", sent.body()).await
    else {
        return false;
    };
    assert!(
        matches!(status.as_u16(), 200 | 201),
        "{sent:?} is taken: {status} {}",
        String::from_utf8_lossy(&body)
    );
    held(pairs).note(sent, status.as_u16(), &body);
    true
}

/// For each code of the provider one who hands in one message after the other, for both sides, until the gateway is gone.
pub(crate) fn senders(running: &Running, pairs: &Arc<Mutex<Pairs>>) -> Vec<JoinHandle<()>> {
    let each = (0..CODES_EACH).map(|code| {
        let mut gemeente = running.client(GEMEENTE);
        let mut provider = running.client(PROVIDER);
        let pairs = Arc::clone(pairs);
        tokio::spawn(async move {
            loop {
                let sent = held(&pairs).next(code);
                let client = if sent.way().0 == GEMEENTE {
                    &mut gemeente
                } else {
                    &mut provider
                };
                if !hand_in(client, sent, &pairs).await {
                    return;
                }
            }
        })
    });
    each.collect()
}

/// After a restart: hands in again what was under way, then holds both mailboxes against what was told. An answer, or a copy, that was left without its
/// question, or a question without them, is found by that: what is handed in again is taken at a place of its own, or has to have all of them.
pub(crate) async fn settle(running: &Running, pairs: &Mutex<Pairs>) {
    let again = held(pairs).under_way.clone();
    for sent in again {
        let mut client = running.client(sent.way().0);
        assert!(hand_in(&mut client, sent, pairs).await, "it answers");
    }
    let mut waiting = BTreeMap::new();
    for party in [GEMEENTE, PROVIDER] {
        for message in rows(running, party).await {
            let position = message["position"].as_u64().expect("a position");
            assert!(waiting.insert((party, position), message).is_none());
        }
    }
    held(pairs).hold_against(&waiting);
    newest_are_right(running, pairs).await;
}

/// Fetches the newest answers: those of which nobody knows yet.
async fn newest_are_right(running: &Running, pairs: &Mutex<Pairs>) {
    let newest = newest_answers(&held(pairs));
    for (sent, id, hash) in newest {
        let mut client = running.client(sent.way().0);
        let answer = get(&mut client, &format!("/v1/postvak/{id}/inhoud")).await;
        assert_eq!((answer.status.as_u16(), sha256(&answer.body)), (200, hash));
        let said = std::str::from_utf8(&answer.body).expect("text");
        let question = format!(">{}<", sent.identificatie());
        assert!(said.contains(&question), "{sent:?} is what it answers");
        if let Some(declared) = sent.declares() {
            let line = format!(">{declared}-0<");
            assert_eq!(
                said.contains(&line),
                declared != sent.sequence,
                "{sent:?}: granted once, and given back when it is declared again"
            );
        }
    }
}

/// The last answers of each code: to what, id and hash.
fn newest_answers(pairs: &Pairs) -> Vec<(Sent, String, String)> {
    let newest = (0..CODES_EACH).flat_map(|code| {
        let of = |sequence| Sent { code, sequence };
        let of_code = pairs.answers.range(of(0)..=of(u64::MAX)).rev().take(3);
        of_code.map(|(sent, (id, hash))| (*sent, id.clone(), hash.clone()))
    });
    newest.collect()
}

/// After every content was erased and every row was made anew: the answers are erased, what was taken is still known, and what was granted still counts:
/// lines that were are given back when they are declared again.
pub(crate) async fn goes_on(running: &Running, pairs: &Mutex<Pairs>) {
    let newest = newest_answers(&held(pairs));
    for (sent, id, _) in newest {
        let mut client = running.client(sent.way().0);
        let answer = get(&mut client, &format!("/v1/postvak/{id}/inhoud")).await;
        assert_eq!(answer.status.as_u16(), 410, "{sent:?}: erased");
        assert!(hand_in(&mut client, sent, pairs).await, "it answers");
    }
    for code in 0..CODES_EACH {
        again(running, code, pairs).await;
        for _ in 0..5 {
            let sent = held(pairs).next(code);
            let mut client = running.client(sent.way().0);
            assert!(hand_in(&mut client, sent, pairs).await, "it answers");
        }
    }
    assert!(held(pairs).under_way.is_empty(), "all was answered");
}

/// Declares under a new identification the last lines of a code that were granted before the contents were erased.
async fn again(running: &Running, code: usize, pairs: &Mutex<Pairs>) {
    let granted = held(pairs).next(code).sequence.checked_sub(5);
    let Some(number) = granted.map(|sequence| sequence / 5 * 5 + 2) else {
        return;
    };
    let envelope = Envelope {
        gemeente: &Site::gemeente(MUNICIPALITIES),
        aanbieder: &Site::agb(PROVIDERS, code),
        identificatie: &format!("N{code}"),
    };
    let body = messages::granted(Law::Jw, envelope, 5, number);
    let mut client = running.client(PROVIDER);
    let taken = client.post_xml("/v1/berichten", Bytes::from(body)).await;
    let taken = taken.expect("it answers");
    assert_eq!(taken.status.as_u16(), 201, "it is taken");
    let taken: Value = serde_json::from_slice(&taken.body).expect("JSON");
    let position = taken["position"].as_u64().expect("a position") + 1;
    let waiting = rows(running, PROVIDER).await;
    let answer = waiting.iter().find(|row| row["position"] == position);
    let id = text(answer.expect("its answer"), "id");
    let answer = get(&mut client, &format!("/v1/postvak/{id}/inhoud")).await;
    let said = std::str::from_utf8(&answer.body).expect("text");
    assert!(
        said.contains(&format!(">{number}-0<")),
        "granted before, so given back: {said}"
    );
}
