//! What auditors find in random worlds, against a model that looks at every message; and that nothing outside a scope changes anything an auditor is told.

mod damaged;
mod export;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::*;
use crate::clock::{ManualClock, day_of};
use crate::ledger::{
    Acknowledged, DeadLettered, Effect, Event, Foundation, Held, Inputs, KindRecord, Mark, Named,
    Pseudonyms, Received, Submission,
};
use crate::register::{Mode, Register, Source};
use crate::store::{Memory, Position};
use crate::terms::TermSettings;

/// One that sees a municipality under one law in March, and one that sees both under both, but on other days.
const REGISTER: &str = r#"
[[party]]
id = "a"
name = "Gemeente A"
code = [{ kind = "gemeentecode", code = "0289" }]
[[party]]
id = "b"
name = "Gemeente B"
code = [{ kind = "gemeentecode", code = "0344" }]
[[party]]
id = "c"
name = "Gemeente C"
code = [{ kind = "gemeentecode", code = "0363" }]
[[party]]
id = "narrow"
name = "Rekenkamer"
[[party]]
id = "wide"
name = "Toezicht"
[[auditor]]
party = "narrow"
laws = ["jw"]
gemeenten = ["0289"]
from = 2026-03-02
until = 2026-03-20
[[auditor]]
party = "wide"
laws = ["jw", "wmo"]
gemeenten = ["0289", "0344"]
from = 2026-03-05
until = 2026-12-31
"#;

const LAWS: [&str; 2] = ["jw", "wmo"];
const GEMEENTEN: [&str; 3] = ["0289", "0344", "0363"];
const PROVIDERS: [&str; 2] = ["98980001", "98980002"];
/// A kind, whether the municipality makes it, and its answer.
const KINDS: [(u16, bool, u16); 3] = [(301, true, 302), (305, false, 306), (323, false, 325)];
const CODES: [&str; 3] = ["9074", "9021", "TR381"];
const BSNS: [&str; 2] = ["999900006", "999900018"];
/// Of messages of each municipality: what a provider uses towards one is taken for the other.
const REFERENCES: [[&str; 2]; 3] = [["A1", "A2"], ["B1", "B2"], ["C1", "C2"]];
const ASKED: [&str; 4] = ["A1", "A2", "B1", "C1"];

/// What becomes of a message after it was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    Waits,
    Acknowledged,
    Dead,
    Answered,
}

/// A message that is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Taken {
    law: usize,
    gemeente: usize,
    provider: usize,
    kind: usize,
    code: Option<usize>,
    bsn: usize,
    reference: usize,
    hours: i64,
    then: Then,
}

fn taken() -> impl Strategy<Value = Taken> {
    let then = prop_oneof![
        Just(Then::Waits),
        Just(Then::Acknowledged),
        Just(Then::Dead),
        Just(Then::Answered)
    ];
    let of = (0..2_usize, 0..3_usize, 0..2_usize, 0..3_usize);
    let about = (proptest::option::of(0..3_usize), 0..2_usize, 0..2_usize);
    (of, about, 0..40_i64, then).prop_map(|(of, about, hours, then)| Taken {
        law: of.0,
        gemeente: of.1,
        provider: of.2,
        kind: of.3,
        code: about.0,
        bsn: about.1,
        reference: about.2,
        hours,
        then,
    })
}

/// A message as the model knows it.
#[derive(Debug, Clone)]
struct Known {
    id: MessageId,
    thread: ThreadId,
    law: &'static str,
    gemeente: &'static str,
    provider: &'static str,
    soort: u16,
    code: Option<&'static str>,
    bsn: &'static str,
    reference: Option<String>,
    day: Date,
    status: &'static str,
    open: bool,
}

struct World {
    audit: Audit,
    journal: Arc<damaged::Spoiled>,
    ledger: Arc<Ledger>,
    clock: ManualClock,
    register: Arc<Register>,
    known: Vec<Known>,
    keys: Arc<Pseudonyms>,
}

fn register() -> Arc<Register> {
    let source = Source {
        name: "register.toml".to_owned(),
        bytes: REGISTER.as_bytes().to_vec(),
    };
    Arc::new(Register::load(vec![source]).expect("a register"))
}

fn inputs() -> Inputs {
    Inputs {
        program: "0.1.0".to_owned(),
        schemas: None,
        register: [0; 32],
        reference: None,
        rules: None,
        working_days: None,
        came_at: None,
        catalogue: None,
    }
}

impl World {
    fn new() -> Self {
        let Memory { journal, views } = Memory::new();
        let journal = Arc::new(damaged::Spoiled {
            under: journal,
            bad: std::sync::Mutex::default(),
        });
        let start: Timestamp = "2026-03-01T09:00:00Z".parse().expect("a moment");
        let clock = ManualClock::at(start);
        let keys = Arc::new(Pseudonyms::new(&[7; 32]));
        let foundation = Foundation {
            journal: Arc::clone(&journal) as _,
            views,
            pseudonyms: Arc::clone(&keys),
            clock: Arc::new(clock.clone()),
        };
        let ledger = Ledger::open(foundation, Arc::new(|_| ()), &mut |_| ()).expect("it opens");
        let receipts = Arc::new(Receipts::new(&[9; 32], "knooppunt.example"));
        let warning = Warning::of(&TermSettings::default());
        Self {
            audit: Audit::new(Arc::clone(&ledger), receipts, warning),
            journal,
            ledger,
            clock,
            register: register(),
            known: Vec::new(),
            keys,
        }
    }

    async fn of(all: &[Taken]) -> Self {
        let mut world = Self::new();
        for one in all {
            world.take(*one).await;
        }
        world
    }

    fn id(&self) -> MessageId {
        let number = self.ledger.next().0 + 1;
        let mut bits = [0; 16];
        bits[..8].copy_from_slice(&number.to_be_bytes());
        MessageId::from_bytes(bits)
    }

    async fn commit(&self, event: Event, effect: Option<Effect>) -> Position {
        let submission = Submission {
            effect,
            ..Submission::fact(event, Held::default())
        };
        self.ledger.commit(submission).await.expect("recorded").0
    }

    async fn take(&mut self, one: Taken) {
        self.take_of(one, PROVIDERS[one.provider]).await;
    }

    /// A start of another provider, without more.
    async fn taken_from(&mut self, provider: &'static str) {
        let start = Taken {
            kind: 1,
            code: None,
            reference: 1,
            hours: 0,
            then: Then::Waits,
            ..ONE
        };
        self.take_of(start, provider).await;
    }

    async fn take_of(&mut self, one: Taken, provider: &'static str) {
        self.clock.advance(SignedDuration::from_hours(one.hours));
        let (soort, by_gemeente, answered_by) = KINDS[one.kind];
        let (law, gemeente) = (LAWS[one.law], GEMEENTEN[one.gemeente]);
        let parties = if by_gemeente {
            [gemeente, provider]
        } else {
            [provider, gemeente]
        };
        let id = self.id();
        let thread = ThreadId::from_bytes(*id.as_bytes());
        let code = one.code.map(|code| CODES[code]);
        let identity = self.keys.identity(
            law,
            soort,
            parties[0],
            REFERENCES[one.gemeente][one.reference],
        );
        // A number is used once: the model knows who has it.
        let holder = self.known.iter().find(|known| {
            let key = (known.law, known.soort, known.reference.as_deref());
            key == (law, soort, Some(REFERENCES[one.gemeente][one.reference]))
                && (if by_gemeente {
                    known.gemeente
                } else {
                    known.provider
                }) == parties[0]
        });
        let free = holder.is_none();
        let client = self.keys.client(law, gemeente, BSNS[one.bsn]);
        let identity = if free {
            identity
        } else {
            self.keys.identity(law, soort, parties[0], &id.to_string())
        };
        let received = |soort, parties: [&str; 2], id, question: Option<Named>| {
            Event::Received(Received {
                message: id,
                thread,
                kind: KindRecord {
                    law: law.to_owned(),
                    release: "3.2".to_owned(),
                    soort,
                    functie: None,
                },
                maker: parties[0].to_owned(),
                receiver: parties[1].to_owned(),
                party: "iemand".to_owned(),
                mode: Mode::Carry,
                marks: Vec::<Mark>::new(),
                question: question.map(|question| question.message),
                inputs: inputs(),
                counts: match (question, code) {
                    (None, Some(code)) => BTreeMap::from([(code.to_owned(), 2)]),
                    _ => BTreeMap::new(),
                },
                body_bytes: 10,
                wire: None,
                question_at: question.map(|question| question.position),
                mapped_bytes: None,
            })
        };
        let effect = Effect::new(identity, [1; 32], None, vec![client]);
        let position = self
            .commit(received(soort, parties, id, None), Some(effect))
            .await;
        let mut known = Known {
            id,
            thread,
            law,
            gemeente,
            provider,
            soort,
            code,
            bsn: BSNS[one.bsn],
            reference: free.then(|| REFERENCES[one.gemeente][one.reference].to_owned()),
            day: day_of(crate::clock::Clock::now(&self.clock)),
            status: "waiting",
            open: true,
        };
        let named = Named {
            message: id,
            position: position.0,
        };
        let receiver = parties[1].to_owned();
        match one.then {
            Then::Waits => self.known.push(known),
            Then::Acknowledged => {
                let event = Event::Acknowledged(Acknowledged {
                    message: id,
                    position: position.0,
                    receiver,
                    party: "iemand".to_owned(),
                    closes: Vec::new(),
                    over: None,
                });
                self.commit(event, None).await;
                known.status = "acknowledged";
                self.known.push(known);
            }
            Then::Dead => {
                let event = Event::DeadLettered(DeadLettered {
                    message: named,
                    receiver,
                });
                self.commit(event, None).await;
                known.status = "dead";
                self.known.push(known);
            }
            Then::Answered => {
                let answer = self.id();
                let own = self
                    .keys
                    .identity(law, answered_by, parties[1], &answer.to_string());
                let effect = Effect::new(own, [2; 32], Some(identity), vec![client]);
                let parties = [parties[1], parties[0]];
                let event = received(answered_by, parties, answer, Some(named));
                self.commit(event, Some(effect)).await;
                (known.status, known.open) = ("answered", false);
                let answer = Known {
                    id: answer,
                    soort: answered_by,
                    code: None,
                    reference: None,
                    status: "waiting",
                    open: false,
                    ..known.clone()
                };
                self.known.extend([known, answer]);
            }
        }
    }

    /// One more answer to a question of 0289, in its thread.
    async fn answer_again(&mut self, question: &Known) {
        let id = self.id();
        let identity = self
            .keys
            .identity("jw", 302, question.provider, &id.to_string());
        let received = Received {
            message: id,
            thread: question.thread,
            kind: KindRecord {
                law: "jw".to_owned(),
                release: "3.2".to_owned(),
                soort: 302,
                functie: None,
            },
            maker: question.provider.to_owned(),
            receiver: question.gemeente.to_owned(),
            party: "iemand".to_owned(),
            mode: Mode::Carry,
            marks: vec![Mark::SecondAnswer],
            question: Some(question.id),
            inputs: inputs(),
            counts: BTreeMap::new(),
            body_bytes: 10,
            wire: None,
            question_at: Some(0),
            mapped_bytes: None,
        };
        let effect = Effect::new(identity, [2; 32], None, Vec::new());
        self.commit(Event::Received(received), Some(effect)).await;
    }

    fn caller(&self, party: &str) -> Caller {
        Caller {
            party: party.parse().expect("an id"),
            register: Arc::clone(&self.register),
            at: crate::clock::Clock::now(&self.clock),
        }
    }

    /// Every page of an answer, less what tells where a look was written down; or the code of the error.
    async fn all(
        &self,
        party: &str,
        ask: &Ask,
    ) -> Result<Vec<(Vec<Message>, Option<String>)>, &'static str> {
        let (mut pages, mut page) = (Vec::new(), None);
        loop {
            let ask = Ask {
                page: page.take(),
                purpose: Some("Onderzoek".to_owned()),
                ..ask.clone()
            };
            let answer = self.audit.search(&self.caller(party), ask).await;
            let Answer { messages, next, .. } = answer.map_err(|error| error.code())?;
            page.clone_from(&next);
            pages.push((messages, next));
            assert!(pages.len() < 500, "pages come to an end");
            if page.is_none() {
                return Ok(pages);
            }
        }
    }
}

/// Whether the model says that a message is in the scope of a party.
fn in_scope(party: &str, known: &Known) -> bool {
    let days = |from, until| (from..=until).contains(&known.day);
    if party == "narrow" {
        known.law == "jw" && known.gemeente == "0289" && days(date(2026, 3, 2), date(2026, 3, 20))
    } else {
        known.gemeente != "0363" && days(date(2026, 3, 5), date(2026, 12, 31))
    }
}

/// Whether the model says that the conditions hold for it.
fn holds(ask: &Ask, known: &Known, standing: impl Fn(&Known) -> &'static str) -> bool {
    let one_of =
        |list: &[String], value: &str| list.is_empty() || list.iter().any(|one| one == value);
    let same =
        |asked: &Option<String>, value: &str| asked.as_deref().is_none_or(|asked| asked == value);
    let day = |text: &String| text.parse::<Date>().expect("a day");
    let terms = |asked: &String| known.open && (asked == "open" || asked == standing(known));
    one_of(&ask.laws, known.law)
        && one_of(&ask.gemeenten, known.gemeente)
        && ask
            .party
            .as_deref()
            .is_none_or(|code| code == known.gemeente || code == known.provider)
        && (ask.kinds.is_empty() || ask.kinds.contains(&known.soort))
        && ask.from.as_ref().is_none_or(|from| day(from) <= known.day)
        && ask
            .until
            .as_ref()
            .is_none_or(|until| known.day <= day(until))
        && same(&ask.thread, &known.thread.to_string())
        && (ask.reference.is_none() || ask.reference == known.reference)
        && (ask.codes.is_empty() || known.code.is_some_and(|code| one_of(&ask.codes, code)))
        && same(&ask.status, known.status)
        && same(&ask.bsn, known.bsn)
        && ask.terms.as_ref().is_none_or(terms)
}

const PARTY: [&str; 4] = ["0289", "0344", "98980001", "98980002"];
const STATUS: [&str; 5] = ["waiting", "acknowledged", "answered", "rejected", "dead"];
const TERMS: [&str; 3] = ["open", "due", "over"];

fn ask() -> impl Strategy<Value = Ask> {
    let pick =
        |from: &'static [&'static str]| proptest::sample::select(from).prop_map(str::to_owned);
    let list = move |from: &'static [&'static str]| {
        proptest::option::weighted(0.2, pick(from))
            .prop_map(|one| one.into_iter().collect::<Vec<_>>())
    };
    let day = (1..31_i8).prop_map(|day| date(2026, 3, day).to_string());
    let kinds = proptest::sample::subsequence(vec![301_u16, 302, 305, 306, 323, 325], 0..3);
    (
        (
            list(&LAWS),
            list(&GEMEENTEN),
            proptest::option::weighted(0.3, pick(&PARTY)),
        ),
        (
            proptest::option::weighted(0.4, kinds),
            proptest::option::weighted(0.2, day.clone()),
            proptest::option::weighted(0.2, day),
        ),
        (
            list(&CODES),
            proptest::option::weighted(0.2, pick(&STATUS)),
            proptest::option::weighted(0.2, pick(&TERMS)),
        ),
        (
            proptest::option::weighted(0.3, pick(&BSNS)),
            proptest::option::weighted(0.2, pick(&ASKED)),
            1..6_usize,
        ),
    )
        .prop_map(|(of, when, how, about)| Ask {
            laws: of.0,
            gemeenten: of.1,
            party: of.2,
            kinds: when.0.unwrap_or_default(),
            from: when.1,
            until: when.2,
            codes: how.0,
            status: how.1,
            terms: how.2,
            bsn: about.0,
            reference: about.1,
            limit: Some(about.2),
            ..Ask::default()
        })
}

fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.expect("a runtime").block_on(future)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_combination_finds_what_the_model_finds_newest_first_and_nothing_outside_the_scope(
        all in prop::collection::vec(taken(), 1..40),
        asks in prop::collection::vec(ask(), 1..12),
        thread in any::<prop::sample::Index>(),
    ) {
        run(async {
            let world = World::of(&all).await;
            let warning = Warning::of(&TermSettings::default());
            let today = world.caller("wide").day();
            let standing = |known: &Known| {
                let soort = knooppunt_standard::Berichtsoort::from_number(known.soort).expect("a kind");
                let term = knooppunt_standard::terms::Term::for_answer_to(soort).expect("open");
                let days = knooppunt_standard::terms::WorkingDays::built_in();
                match warning.standing(term.last_day(known.day, &days), today).code() {
                    "over" => "over",
                    "soon" | "last-day" => "due",
                    _ => "runs",
                }
            };
            let of_thread = Ask {
                thread: Some(thread.get(&world.known).thread.to_string()),
                limit: Some(1),
                ..Ask::default()
            };
            for ask in asks.iter().chain([&of_thread]) {
                for party in ["narrow", "wide"] {
                    let found = match world.all(party, ask).await {
                        Ok(pages) => pages,
                        Err(code) => {
                            prop_assert_eq!(code, "over-scope");
                            continue;
                        }
                    };
                    let found: Vec<MessageId> = found.iter().flat_map(|page| &page.0).map(|one| one.id).collect();
                    let known = world.known.iter().rev();
                    let expected: Vec<MessageId> = known
                        .filter(|known| in_scope(party, known) && holds(ask, known, standing))
                        .map(|known| known.id)
                        .collect();
                    prop_assert_eq!(found, expected, "{}: {:?}", party, serde_json::to_string(ask));
                }
            }
            let scratch = Memory::new();
            prop_assert!(world.ledger.views_are_sound(&*scratch.views).expect("readable"), "a replay makes the same rows");
            Ok(())
        })?;
    }

    /// Two worlds that differ outside the scope alone: every answer, page, count and error is the same.
    #[test]
    fn what_lies_outside_a_scope_changes_nothing_that_an_auditor_is_told(
        all in prop::collection::vec((taken(), taken()), 1..40),
        asks in prop::collection::vec(ask(), 1..12),
    ) {
        run(async {
            let first: Vec<Taken> = all.iter().map(|(one, _)| *one).collect();
            let second: Vec<Taken> = all
                .iter()
                .map(|(one, other)| {
                    let inside = LAWS[one.law] == "jw" && GEMEENTEN[one.gemeente] == "0289";
                    // As many records at the same moments, and another message.
                    let elsewhere = Taken { gemeente: 2, then: one.then, hours: one.hours, ..*other };
                    if inside { *one } else { elsewhere }
                })
                .collect();
            let shared = |known: &&Known| !(known.law == "jw" && known.gemeente == "0289");
            let (one, other) = (World::of(&first).await, World::of(&second).await);
            prop_assert_eq!(one.ledger.next(), other.ledger.next());
            for ask in &asks {
                prop_assert_eq!(one.all("narrow", ask).await, other.all("narrow", ask).await);
            }
            // What exists outside is answered as what exists nowhere.
            let nowhere = MessageId::from_bytes([0xee; 16]);
            let mut answers = std::collections::BTreeSet::new();
            let outside = one.known.iter().filter(shared).map(|known| known.id);
            for id in outside.chain([nowhere]) {
                let purpose = Some("Onderzoek".to_owned());
                let caller = one.caller("narrow");
                let message = one.audit.message(&caller, Some(id), purpose.clone()).await;
                let thread = ThreadId::from_bytes(*id.as_bytes());
                let thread = one.audit.thread(&caller, Some(thread), purpose, None).await;
                answers.insert(message.map(|_| ()).map_err(|error| error.to_string()));
                answers.insert(thread.map(|_| ()).map_err(|error| error.to_string()));
            }
            prop_assert_eq!(answers.len(), 1, "{:?}", answers);
            Ok(())
        })?;
    }
}

/// The looks that were written down, oldest first.
fn looks(world: &World) -> Vec<Viewed> {
    let positions = 0..world.ledger.next().0;
    let events = positions.map(|position| world.ledger.event_at(position).expect("readable"));
    events
        .filter_map(|event| {
            let Event::Viewed(viewed) = event else {
                return None;
            };
            Some(viewed)
        })
        .collect()
}

const ONE: Taken = Taken {
    law: 0,
    gemeente: 0,
    provider: 0,
    kind: 0,
    code: Some(0),
    bsn: 0,
    reference: 0,
    hours: 48,
    then: Then::Answered,
};

fn purpose() -> Ask {
    Ask {
        purpose: Some("Onderzoek".to_owned()),
        ..Ask::default()
    }
}

#[test]
fn every_look_and_every_attempt_is_written_down_with_who_how_and_what_was_shown() {
    run(async {
        let world = World::of(&[ONE, ONE]).await;
        let narrow = world.caller("narrow");
        let first = Ask {
            limit: Some(1),
            ..purpose()
        };
        let answer = world
            .audit
            .search(&narrow, first.clone())
            .await
            .expect("found");
        let page = answer.next.expect("more");
        let others = Ask {
            page: Some(page.clone()),
            kinds: vec![301],
            ..first.clone()
        };
        let of_other = Ask {
            page: Some(page),
            ..first.clone()
        };
        let with = |change: fn(&mut Ask)| {
            let mut ask = purpose();
            change(&mut ask);
            ask
        };
        for (party, ask, code) in [
            ("narrow", Ask::default(), "no-purpose"),
            (
                "narrow",
                with(|ask| ask.purpose = Some("voor 999900006".to_owned())),
                "purpose-names-a-client",
            ),
            (
                "narrow",
                with(|ask| ask.purpose = Some("x".repeat(501))),
                "purpose-too-long",
            ),
            (
                "narrow",
                with(|ask| ask.gemeenten = vec!["0344".to_owned()]),
                "over-scope",
            ),
            (
                "narrow",
                with(|ask| ask.gemeenten = vec!["9999".to_owned()]),
                "over-scope",
            ),
            (
                "narrow",
                with(|ask| ask.laws = vec!["wmo".to_owned()]),
                "over-scope",
            ),
            (
                "narrow",
                with(|ask| ask.party = Some("0344".to_owned())),
                "over-scope",
            ),
            (
                "narrow",
                with(|ask| ask.from = Some("2026-03-01".to_owned())),
                "over-scope",
            ),
            (
                "narrow",
                with(|ask| ask.until = Some("2026-03-21".to_owned())),
                "over-scope",
            ),
            (
                "narrow",
                with(|ask| ask.bsn = Some("999900007".to_owned())),
                "wrong-condition",
            ),
            (
                "narrow",
                with(|ask| ask.codes = vec!["999900006".to_owned()]),
                "wrong-condition",
            ),
            (
                "narrow",
                with(|ask| ask.limit = Some(101)),
                "wrong-condition",
            ),
            (
                "narrow",
                with(|ask| ask.kinds = vec![300]),
                "wrong-condition",
            ),
            (
                "narrow",
                with(|ask| ask.status = Some("weg".to_owned())),
                "wrong-condition",
            ),
            ("narrow", others, "wrong-page"),
            ("wide", of_other, "wrong-page"),
            ("a", purpose(), "no-auditor"),
        ] {
            let before = looks(&world).len();
            let refused = world.audit.search(&world.caller(party), ask).await;
            let error = refused.expect_err(code);
            assert_eq!(error.code(), code);
            let looks = looks(&world);
            assert_eq!(looks.len(), before + 1, "{code} is written down");
            let last = looks.last().expect("one");
            assert_eq!(
                (last.party.as_str(), last.refused.as_deref()),
                (party, Some(code))
            );
            assert!(last.shown.is_empty() && last.count == 0);
        }
        let looks = looks(&world);
        let shown = looks.first().expect("the first");
        assert_eq!(
            (shown.look, shown.count, shown.refused.as_ref()),
            (Look::Search, 1, None)
        );
        assert_eq!(shown.scope[0].gemeenten, ["0289"]);
        assert_eq!(shown.shown[0].messages, [3], "the newest, an answer");
    });
}

#[test]
fn who_was_looked_at_sees_who_looked_and_nobody_else_does() {
    run(async {
        let elsewhere = Taken {
            gemeente: 1,
            bsn: 1,
            hours: 90,
            ..ONE
        };
        let world = World::of(&[ONE, elsewhere]).await;
        let wide = world.caller("narrow");
        let ask = Ask {
            bsn: Some(BSNS[0].to_owned()),
            ..purpose()
        };
        world.audit.search(&wide, ask).await.expect("found");
        let id = world.known[0].id;
        world
            .audit
            .message(&wide, Some(id), Some("Dossier 7".to_owned()))
            .await
            .expect("seen");
        let seen = world
            .audit
            .looks(&world.caller("a"), None)
            .await
            .expect("looks")
            .looks;
        let told: Vec<_> = seen
            .iter()
            .map(|seen| {
                (
                    seen.look.viewed.look,
                    seen.look.purpose.as_deref(),
                    seen.count,
                )
            })
            .collect();
        let expected = [
            (Look::Message, Some("Dossier 7"), 1),
            (Look::Search, Some("Onderzoek"), 2),
        ];
        assert_eq!(told, expected, "newest first");
        assert_eq!(seen[0].messages, [id]);
        let none = world
            .audit
            .looks(&world.caller("b"), None)
            .await
            .expect("looks");
        assert_eq!(none, Looks::default());
        let client = |party: &'static str, gemeente: &'static str, bsn: &'static str| {
            let code = gemeente.parse().expect("a code");
            let world = &world;
            async move {
                world
                    .audit
                    .looks_for(&world.caller(party), code, bsn.to_owned(), None)
                    .await
            }
        };
        let of = client("a", "0289", BSNS[0]).await.expect("looks");
        assert_eq!(of.looks.len(), 2);
        let other = client("a", "0289", BSNS[1]).await.expect("looks");
        assert_eq!(other, Looks::default());
        let not_his = client("b", "0289", BSNS[0]).await.expect_err("not his");
        assert_eq!(not_his.code(), "not-found");
        let no_bsn = client("a", "0289", "999900007").await.expect_err("none");
        assert_eq!(no_bsn.code(), "wrong-condition");
    });
}

#[test]
fn a_search_for_a_client_of_whom_there_is_nothing_is_told_to_the_client_too() {
    run(async {
        let world = World::of(&[ONE]).await;
        let ask = Ask {
            bsn: Some(BSNS[1].to_owned()),
            ..purpose()
        };
        let answer = world
            .audit
            .search(&world.caller("narrow"), ask)
            .await
            .expect("nothing");
        assert!(answer.messages.is_empty());
        let code = "0289".parse().expect("a code");
        let of = world
            .audit
            .looks_for(&world.caller("a"), code, BSNS[1].to_owned(), None)
            .await;
        assert_eq!(of.expect("looks").looks.len(), 1);
    });
}

#[test]
fn looks_come_in_pages_and_none_twice() {
    run(async {
        let world = World::of(&[ONE]).await;
        let narrow = world.caller("narrow");
        for _ in 0..LOOKS_MAX + 5 {
            world.audit.search(&narrow, purpose()).await.expect("found");
        }
        let caller = world.caller("a");
        let first = world.audit.looks(&caller, None).await.expect("looks");
        assert_eq!(first.looks.len(), LOOKS_MAX);
        let second = world.audit.looks(&caller, first.next).await.expect("looks");
        assert_eq!((second.looks.len(), second.next), (5, None));
        let last = first.looks.last().expect("one").look.position;
        assert!(second.looks.iter().all(|seen| seen.look.position < last));
    });
}

#[test]
fn a_reference_is_tried_for_so_many_makers_and_a_narrower_question_is_answered() {
    run(async {
        let mut world = World::of(&[ONE]).await;
        for number in 0..1_500 {
            let provider: &'static str = format!("{:08}", 10_000_000 + number).leak();
            world.taken_from(provider).await;
        }
        let of = |change: fn(&mut Ask)| {
            let mut ask = Ask {
                reference: Some("A1".to_owned()),
                ..purpose()
            };
            change(&mut ask);
            ask
        };
        let narrow = world.caller("narrow");
        let wide = world.audit.search(&narrow, of(|_| ())).await;
        assert_eq!(wide.expect_err("too many").code(), "too-wide");
        for ask in [
            of(|ask| ask.kinds = vec![301]),
            of(|ask| ask.party = Some("98980001".to_owned())),
        ] {
            let found = world.audit.search(&narrow, ask).await.expect("found");
            assert_eq!(found.messages.len(), 1);
        }
    });
}

#[test]
fn a_thread_comes_in_pages_each_of_which_is_a_look_and_none_twice() {
    run(async {
        let mut world = World::of(&[ONE]).await;
        let question = world.known[0].clone();
        for _ in 0..2 * THREAD_MAX {
            world.answer_again(&question).await;
        }
        let narrow = world.caller("narrow");
        let thread = Some(question.thread);
        let (mut page, mut positions, mut pages) = (None, Vec::new(), 0);
        loop {
            let purpose = Some("Onderzoek".to_owned());
            let shown = world.audit.thread(&narrow, thread, purpose, page).await;
            let shown = shown.expect("a page");
            assert!(shown.messages.len() <= THREAD_MAX);
            positions.extend(shown.messages.iter().map(|one| one.message.position));
            pages += 1;
            page = shown.next;
            if page.is_none() {
                break;
            }
        }
        assert_eq!((pages, positions.len()), (3, 2 * THREAD_MAX + 2));
        assert!(positions.is_sorted_by(|one, next| one < next));
        let counts: Vec<u64> = looks(&world).iter().map(|look| look.count).collect();
        assert_eq!(counts, [20, 20, 2]);
        for wrong in ["AAAA".to_owned(), String::new()] {
            let purpose = Some("Onderzoek".to_owned());
            let refused = world
                .audit
                .thread(&narrow, thread, purpose, Some(wrong))
                .await;
            assert_eq!(refused.expect_err("no page").code(), "wrong-page");
        }
    });
}

/// Lines for the days of so many stretches, with a day between each two.
fn in_stretches(stretches: usize, gemeenten: usize) -> Arc<Register> {
    use std::fmt::Write as _;
    let codes: Vec<String> = (0..gemeenten)
        .map(|number| format!("\"{:04}\"", 1_000 + number))
        .collect();
    let mut text = "[[party]]\nid = \"narrow\"\nname = \"Rekenkamer\"\n".to_owned();
    for code in &codes {
        let _ = writeln!(
            text,
            "[[party]]\nid = \"g{0}\"\nname = \"G\"\ncode = [{{ kind = \"gemeentecode\", code = {code} }}]",
            code.trim_matches('"')
        );
    }
    let mut day = date(2020, 1, 1);
    for _ in 0..stretches {
        let _ = writeln!(
            text,
            "[[auditor]]\nparty = \"narrow\"\nlaws = [\"jw\"]\ngemeenten = [{}]\nfrom = {day}\nuntil = {day}",
            codes.join(", ")
        );
        day = day.tomorrow().and_then(Date::tomorrow).expect("a day");
    }
    let source = Source {
        name: "register.toml".to_owned(),
        bytes: text.into_bytes(),
    };
    Arc::new(Register::load(vec![source]).expect("a register"))
}

#[test]
fn a_scope_in_very_many_parts_is_told_to_be_too_wide_and_its_looks_are_written_down_all_the_same() {
    run(async {
        let mut world = World::of(&[ONE]).await;
        // More parts than a record of a look has room for, and as many lists as may lead.
        world.register = in_stretches(100, 200);
        let narrow = world.caller("narrow");
        let found = world
            .audit
            .search(&narrow, purpose())
            .await
            .expect("searched");
        assert!(found.messages.is_empty());
        let last = looks(&world).pop().expect("written down");
        let seen_in = last.scope_in.expect("where it stands");
        assert_eq!((last.scope.len(), seen_in.parts), (0, 20_000));
        assert_eq!(seen_in.register, world.register.hash());
        // One more.
        world.register = in_stretches(101, 200);
        let narrow = world.caller("narrow");
        let wide = world.audit.search(&narrow, purpose()).await;
        assert_eq!(wide.expect_err("too wide").code(), "too-wide");
        assert_eq!(
            looks(&world).pop().and_then(|look| look.refused).as_deref(),
            Some("too-wide")
        );
        let of_one = Ask {
            gemeenten: vec!["1000".to_owned()],
            ..purpose()
        };
        world
            .audit
            .search(&narrow, of_one)
            .await
            .expect("narrow enough");
    });
}
