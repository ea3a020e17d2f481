//! A municipality that decides on every line itself, and a provider: of what is declared the gateway keeps the one 325 back until all is decided and nothing
//! before it waits. Under load declarations and decisions come in over the API; after every kill each decision that was told stands, no declaration has two
//! answers, none is answered that was not decided, and all that was decided is answered without anybody asking again.
//!
//! Three declarations wait at a time. The second is decided first, so that it waits on for the first and is answered by the decision on that.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use knooppunt::client::{Answer, Client};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::PROVIDERS;
use crate::books::{MUNICIPALITIES, held, sha256};
use crate::judged::{marks, text};
use crate::looks::{get, rows};
use crate::messages::{self, Envelope, Law};
use crate::site::{CODES_EACH, Running, Site};

const GEMEENTE: &str = "gemeente-besluit";
const PROVIDER: &str = "aanbieder-besluit";

/// Lines of each declaration.
const LINES: u64 = 5;
/// In which order the declarations of three are decided.
const ORDER: [u64; 3] = [2, 1, 3];

/// The two, as the register of the whole load has them.
pub(crate) fn parties() -> [(&'static str, &'static str, Vec<String>); 2] {
    [
        (GEMEENTE, "gemeentecode", vec![gemeente()]),
        (PROVIDER, "agb", codes()),
    ]
}

/// All is judged for them, and the municipality is asked of every line, for there is no contract.
pub(crate) fn judging(site: &Site) {
    site.judging(&[gemeente()], &codes());
    let register = site.path("register.toml");
    let register = std::fs::read_to_string(register).expect("a register");
    let asks = "contract_decision = \"broken-or-unknown\"";
    let code = gemeente();
    site.register(&format!(
        "{register}[[reading]]\nfor = \"{code}\"\nsettings = {{ {asks} }}\n\n"
    ));
}

fn gemeente() -> String {
    Site::gemeente(MUNICIPALITIES + 1)
}

fn codes() -> Vec<String> {
    let codes = 0..CODES_EACH;
    codes.map(|k| Site::agb(PROVIDERS + 1, k)).collect()
}

/// A message between the municipality and a code of the provider: the allocations first, then declarations, numbered from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Sent {
    code: usize,
    sequence: u64,
}

impl Sent {
    fn maker(self) -> &'static str {
        if self.sequence == 0 {
            GEMEENTE
        } else {
            PROVIDER
        }
    }

    fn body(self) -> Bytes {
        let envelope = Envelope {
            gemeente: &gemeente(),
            aanbieder: &Site::agb(PROVIDERS + 1, self.code),
            identificatie: &format!("{}{:011}", self.code, self.sequence),
        };
        let body = match self.sequence {
            0 => messages::toewijzing(Law::Jw, envelope, 0),
            number => messages::granted(Law::Jw, envelope, 5, number),
        };
        body.into()
    }

    /// Whether a line of the declaration is granted: of two declarations of three one or two lines are not.
    fn grants(self, line: u64) -> bool {
        self.sequence.is_multiple_of(3) || !(self.sequence + line).is_multiple_of(4)
    }

    fn decision(self) -> Value {
        let lines = (0..LINES).map(|line| {
            let word = if self.grants(line) { "grant" } else { "refuse" };
            let number = line + 1;
            json!({
                "path": format!("/Bericht/Declaratie/Clienten/Client[1]/Prestaties/Prestatie[{number}]"),
                "decision": word,
            })
        });
        json!({ "lines": lines.collect::<Vec<_>>() })
    }

    /// Whether an answer says what was decided, line by line.
    fn is_answered_by(self, answer: &str) -> bool {
        let listed = |line| answer.contains(&format!(">{}-{line}<", self.sequence));
        (0..LINES).all(|line| listed(line) != self.grants(line))
    }
}

/// What comes next between the two.
#[derive(Clone, Copy, Debug)]
enum Work {
    HandIn(Sent),
    Decide(Sent),
}

/// What the two were told.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    taken: BTreeMap<Sent, Told>,
    /// Sent, and no answer came.
    under_way: BTreeSet<Sent>,
    /// By code: how many decisions were answered, in the order in which they are made.
    decided: BTreeMap<usize, u64>,
    /// Id and hash of the answer that each declaration was first found to have.
    answers: BTreeMap<Sent, (String, String)>,
}

#[derive(Debug, PartialEq, Eq)]
struct Told {
    id: String,
    position: u64,
    thread: String,
}

impl Desk {
    /// How many messages were taken from the two.
    pub(crate) fn taken(&self) -> u64 {
        self.taken.len() as u64
    }

    /// How many decisions were answered.
    pub(crate) fn decided(&self) -> u64 {
        self.decided.values().sum()
    }

    /// One line on what there was.
    pub(crate) fn told(&self) -> String {
        format!(
            "{} declarations kept back, {} decided over the API; each answered once, by its one 325, and none before it was decided",
            self.answers.len(),
            self.decided(),
        )
    }

    /// How many declarations of a code were taken, and how many of them were decided.
    fn counts(&self, code: usize) -> (Option<u64>, u64) {
        let of = |sequence| Sent { code, sequence };
        let mut taken = self.taken.range(of(0)..=of(u64::MAX));
        let last = taken.next_back().map(|(sent, _)| sent.sequence);
        (last, self.decided.get(&code).copied().unwrap_or_default())
    }

    fn next(&self, code: usize) -> Work {
        let of = |sequence| Sent { code, sequence };
        match self.counts(code) {
            (None, _) => Work::HandIn(of(0)),
            (Some(declared), decided) if !declared.is_multiple_of(3) || declared == decided => {
                Work::HandIn(of(declared + 1))
            }
            (Some(_), decided) => Work::Decide(of(nth_decided(decided))),
        }
    }

    /// Whether all that a code declared is decided.
    fn is_done(&self, code: usize) -> bool {
        matches!(self.counts(code), (Some(declared), decided) if declared > 0 && declared == decided)
    }

    /// Whether a decision on it was answered.
    fn is_decided(&self, sent: Sent) -> bool {
        let (_, decided) = self.counts(sent.code);
        let (three, place) = place(sent.sequence);
        decided > three * 3 + ORDER.iter().take_while(|nth| **nth != place).count() as u64
    }

    /// Whether a decision on it was answered, and on all before it as well: it has to be answered.
    fn is_closed(&self, sent: Sent) -> bool {
        let (_, decided) = self.counts(sent.code);
        let (three, place) = place(sent.sequence);
        decided >= three * 3 + place.max(2)
    }

    fn note(&mut self, sent: Sent, answer: &[u8]) {
        let answer: Value = serde_json::from_slice(answer).expect("JSON");
        let expected: &[&str] = if sent.sequence == 0 { &[] } else { &["held"] };
        assert_eq!(marks(&answer), expected, "{sent:?}");
        let told = Told {
            id: text(&answer, "id"),
            position: answer["position"].as_u64().expect("a position"),
            thread: text(&answer, "thread"),
        };
        self.under_way.remove(&sent);
        let first = self.taken.entry(sent).or_insert_with(|| Told {
            id: told.id.clone(),
            thread: told.thread.clone(),
            ..told
        });
        assert_eq!(*first, told, "one identity, one outcome");
    }

    /// Every declaration has one answer, and the municipality the copy of that, or none of both; those that were decided have them, and those of which no
    /// decision can have arrived have not.
    fn hold_against(&mut self, waiting: &BTreeMap<(&str, u64), Value>) {
        let mut expected = BTreeSet::new();
        let mut threads: BTreeMap<(&str, String), Vec<(u64, &Value)>> = BTreeMap::new();
        for ((party, position), row) in waiting {
            let thread = threads.entry((*party, text(row, "thread"))).or_default();
            thread.push((*position, row));
        }
        let made = |party, thread: &str, what: &[&str]| {
            let of_thread = threads.get(&(party, thread.to_owned()));
            let made = of_thread.into_iter().flatten();
            let made = made.filter(|(_, row)| marks(row) == what);
            made.copied().collect::<Vec<_>>()
        };
        for (sent, told) in &self.taken {
            let receiver = if sent.maker() == GEMEENTE {
                PROVIDER
            } else {
                GEMEENTE
            };
            let forwarded = waiting.get(&(receiver, told.position));
            let forwarded = forwarded.unwrap_or_else(|| panic!("{sent:?} {told:?} is lost"));
            assert_eq!(text(forwarded, "id"), told.id, "{sent:?}");
            expected.insert((receiver, told.position));
            let answers = made(sent.maker(), &told.thread, &["made-here"]);
            let copies = made(receiver, &told.thread, &["made-here", "copy"]);
            let (answer, copy) = match (&answers[..], &copies[..]) {
                ([answer], [copy]) => (*answer, *copy),
                ([], []) => {
                    assert!(
                        sent.sequence > 0 && !self.is_closed(*sent),
                        "{sent:?} has no answer"
                    );
                    continue;
                }
                other => panic!("{sent:?}: {other:?}"),
            };
            assert_eq!(
                copy.0,
                answer.0 + 1,
                "{sent:?}: the copy comes with the answer"
            );
            assert_eq!(text(copy.1, "sha256"), text(answer.1, "sha256"), "{sent:?}");
            expected.insert((sent.maker(), answer.0));
            expected.insert((receiver, copy.0));
            if sent.sequence == 0 {
                continue;
            }
            // The one that was under way at the kill may have arrived.
            let (_, decided) = self.counts(sent.code);
            let may_be = self.is_decided(*sent) || nth_decided(decided) == sent.sequence;
            assert!(may_be, "{sent:?} is answered, and nobody decided on it");
            let now = (text(answer.1, "id"), text(answer.1, "sha256"));
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

    /// The last answers of each code: to what, id and hash.
    fn newest_answers(&self) -> Vec<(Sent, String, String)> {
        let newest = (0..CODES_EACH).flat_map(|code| {
            let of = |sequence| Sent { code, sequence };
            let of_code = self.answers.range(of(0)..=of(u64::MAX)).rev().take(4);
            of_code.map(|(sent, (id, hash))| (*sent, id.clone(), hash.clone()))
        });
        newest.collect()
    }
}

/// Which three a declaration is of, from 0, and which of them it is, from 1.
const fn place(sequence: u64) -> (u64, u64) {
    let before = sequence.saturating_sub(1);
    (before / 3, before % 3 + 1)
}

/// Which declaration the decision with this number, from 0, is about.
fn nth_decided(number: u64) -> u64 {
    let place = usize::try_from(number % 3).expect("small");
    number / 3 * 3 + ORDER[place]
}

/// The two sides, each with a connection.
struct Sides {
    gemeente: Client,
    provider: Client,
}

impl Sides {
    fn of(running: &Running) -> Self {
        Self {
            gemeente: running.client(GEMEENTE),
            provider: running.client(PROVIDER),
        }
    }

    /// Does what comes next. Whether the gateway answered.
    async fn work(&mut self, work: Work, desk: &Mutex<Desk>) -> bool {
        match work {
            Work::HandIn(sent) => self.hand_in(sent, desk).await,
            Work::Decide(sent) => self.decide(sent, desk).await,
        }
    }

    async fn hand_in(&mut self, sent: Sent, desk: &Mutex<Desk>) -> bool {
        held(desk).under_way.insert(sent);
        let client = if sent.maker() == GEMEENTE {
            &mut self.gemeente
        } else {
            &mut self.provider
        };
        let Ok(Answer { status, body, .. }) = client.post_xml("/v1/berichten", sent.body()).await
        else {
            return false;
        };
        assert!(
            matches!(status.as_u16(), 200 | 201),
            "{sent:?} is taken: {status} {}",
            String::from_utf8_lossy(&body)
        );
        held(desk).note(sent, &body);
        true
    }

    /// Decides on all lines of a declaration. The same again, after a kill, is no second decision.
    async fn decide(&mut self, sent: Sent, desk: &Mutex<Desk>) -> bool {
        let id = held(desk).taken[&sent].id.clone();
        let path = format!("/v1/besluiten/{id}");
        let body = sent.decision().to_string();
        let Ok(Answer { status, body, .. }) = self.gemeente.post_json(&path, body.into()).await
        else {
            return false;
        };
        let said = String::from_utf8_lossy(&body);
        assert_eq!(status.as_u16(), 200, "{sent:?} is decided: {said}");
        let said: Value = serde_json::from_slice(&body).expect("JSON");
        let granted = (0..LINES).filter(|line| sent.grants(*line)).count() as u64;
        assert_eq!(
            (said["granted"].as_u64(), said["refused"].as_u64()),
            (Some(granted), Some(LINES - granted)),
            "{sent:?}: {said}"
        );
        *held(desk).decided.entry(sent.code).or_default() += 1;
        true
    }
}

/// For each code of the provider one who declares and decides until the gateway is gone.
pub(crate) fn senders(running: &Running, desk: &Arc<Mutex<Desk>>) -> Vec<JoinHandle<()>> {
    let each = (0..CODES_EACH).map(|code| {
        let (mut sides, desk) = (Sides::of(running), Arc::clone(desk));
        tokio::spawn(async move {
            loop {
                let work = held(&desk).next(code);
                if !sides.work(work, &desk).await {
                    return;
                }
            }
        })
    });
    each.collect()
}

/// After a restart: hands in again what was under way, waits until what was decided before the kill is answered, and holds both mailboxes against what was
/// told.
pub(crate) async fn settle(running: &Running, desk: &Mutex<Desk>) {
    let mut sides = Sides::of(running);
    let again = held(desk).under_way.clone();
    for sent in again {
        assert!(sides.hand_in(sent, desk).await, "it answers");
    }
    answered(&mut sides.gemeente, desk).await;
    let mut waiting = BTreeMap::new();
    for party in [GEMEENTE, PROVIDER] {
        for message in rows(running, party).await {
            let position = message["position"].as_u64().expect("a position");
            assert!(waiting.insert((party, position), message).is_none());
        }
    }
    held(desk).hold_against(&waiting);
    let newest = held(desk).newest_answers();
    for (sent, id, hash) in newest {
        let answer = get(&mut sides.provider, &format!("/v1/postvak/{id}/inhoud")).await;
        assert_eq!((answer.status.as_u16(), sha256(&answer.body)), (200, hash));
        let said = std::str::from_utf8(&answer.body).expect("text");
        assert!(
            sent.is_answered_by(said),
            "{sent:?} is answered as decided: {said}"
        );
    }
}

/// Declares and decides until nothing waits, and waits until all is answered.
pub(crate) async fn finish(running: &Running, desk: &Mutex<Desk>) {
    let mut sides = Sides::of(running);
    for code in 0..CODES_EACH {
        while !held(desk).is_done(code) {
            let work = held(desk).next(code);
            assert!(sides.work(work, desk).await, "it answers");
        }
    }
    settle(running, desk).await;
    let desk = held(desk);
    let answered = desk.answers.len() as u64;
    assert_eq!(answered, desk.decided(), "each has its answer");
}

/// Waits until nothing that was decided before and behind waits any more: nobody has to ask for that.
async fn answered(gemeente: &mut Client, desk: &Mutex<Desk>) {
    let asked = Instant::now();
    loop {
        let (mut waiting, mut next) = (BTreeSet::new(), Some(String::new()));
        while let Some(cursor) = next {
            let page = get(gemeente, &format!("/v1/besluiten{cursor}")).await;
            let page: Value = serde_json::from_slice(&page.body).expect("JSON");
            let declarations = page["declarations"].as_array().expect("declarations");
            waiting.extend(declarations.iter().map(|one| text(one, "id")));
            next = page["next"].as_str().map(|next| format!("?cursor={next}"));
        }
        let left = {
            let desk = held(desk);
            let mut declared = desk.taken.iter().filter(|(sent, _)| sent.sequence > 0);
            let left =
                declared.find(|(sent, told)| desk.is_closed(**sent) && waiting.contains(&told.id));
            left.map(|(sent, _)| *sent)
        };
        let Some(left) = left else { return };
        assert!(
            asked.elapsed() < Duration::from_mins(1),
            "{left:?} is decided and waits on"
        );
    }
}

/// After every content was erased and every row was made anew: lines that were granted or refused by decision are not declared again, and what is
/// declared then is decided like all before.
pub(crate) async fn goes_on(running: &Running, desk: &Mutex<Desk>) {
    let newest = held(desk).newest_answers();
    let mut sides = Sides::of(running);
    for (sent, id, _) in newest {
        let answer = get(&mut sides.provider, &format!("/v1/postvak/{id}/inhoud")).await;
        assert_eq!(answer.status.as_u16(), 410, "{sent:?}: erased");
    }
    for code in 0..CODES_EACH {
        let (last, _) = held(desk).counts(code);
        let number = last.expect("it declared");
        let envelope = Envelope {
            gemeente: &gemeente(),
            aanbieder: &Site::agb(PROVIDERS + 1, code),
            identificatie: &format!("N{code}"),
        };
        let body = messages::granted(Law::Jw, envelope, 5, number);
        let taken = sides.provider.post_xml("/v1/berichten", body.into()).await;
        let taken = taken.expect("it answers");
        let taken: Value = serde_json::from_slice(&taken.body).expect("JSON");
        assert!(marks(&taken).is_empty(), "it is certain: {taken}");
        let position = taken["position"].as_u64().expect("a position") + 1;
        let waiting = rows(running, PROVIDER).await;
        let answer = waiting.iter().find(|row| row["position"] == position);
        let id = text(answer.expect("its answer"), "id");
        let answer = get(&mut sides.provider, &format!("/v1/postvak/{id}/inhoud")).await;
        let said = std::str::from_utf8(&answer.body).expect("text");
        let listed = |line| said.contains(&format!(">{number}-{line}<"));
        assert!(
            (0..LINES).all(listed),
            "delivered before, so given back: {said}"
        );
        for _ in 0..6 {
            let work = held(desk).next(code);
            assert!(sides.work(work, desk).await, "it answers");
        }
        assert!(held(desk).is_done(code));
    }
    answered(&mut sides.gemeente, desk).await;
}
