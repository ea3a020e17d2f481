//! Whatever came and whenever it is forgotten: views that were withdrawn from are those that the journal makes, in both ways of making them.

use std::sync::Arc;

use jiff::civil::{Date, time};
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use knooppunt_standard::bericht::{Bedrag, DebetCredit, Eenheid, Periode};
use knooppunt_standard::history::{
    Answer, Change, Declaratie, Line, Pseudonym as Named16, Reden, Request, RequestKind, Row,
    RowKey, Stamp, StartKey, StopKey, Version,
};
use proptest::prelude::*;

use super::super::effect::{Doing, Effect};
use super::super::events::{Erased, Event, Inputs, KindRecord, Named, Received};
use super::super::id::{MessageId, ThreadId};
use super::super::index::INDEX;
use super::super::replay::{digest, rebuild_under};
use super::super::translation::{Kept, MEMORIES, Translation};
use super::super::views::{IDENTITIES, NUMBERS, PAST};
use super::super::{Foundation, Ledger, Pseudonyms};
use super::*;
use crate::clock::{Clock as _, ManualClock};
use crate::register::Mode;
use crate::store::{Journal as _, Memory, PartKind, Views as _};

const GEMEENTE: &str = "0289";
const ZORG: [&str; 2] = ["98980001", "98980002"];

/// What one message does, to a client and an allocation of few.
#[derive(Debug, Clone, Copy)]
enum Does {
    /// An allocation that ends so many months later, or has no end.
    Allocates {
        months: Option<u8>,
    },
    Starts,
    Stops,
    Requests,
    Answers {
        is_refused: bool,
    },
    Declares {
        pending: bool,
    },
    /// Takes back what was declared so many lines ago, known or not.
    Credits {
        back: u8,
    },
}

#[derive(Debug, Clone, Copy)]
struct Step {
    /// Days since the one before.
    days: u8,
    zorg: usize,
    client: u8,
    toewijzing: u8,
    does: Does,
    forgets: bool,
}

fn step() -> impl Strategy<Value = Step> {
    let does = prop_oneof![
        3 => proptest::option::of(0..30_u8).prop_map(|months| Does::Allocates { months }),
        2 => Just(Does::Starts),
        2 => Just(Does::Stops),
        1 => Just(Does::Requests),
        1 => any::<bool>().prop_map(|is_refused| Does::Answers { is_refused }),
        4 => any::<bool>().prop_map(|pending| Does::Declares { pending }),
        2 => (0..4_u8).prop_map(|back| Does::Credits { back }),
    ];
    (0..200_u8, 0..2_usize, 0..3_u8, 0..4_u8, does, 0..6_u8).prop_map(
        |(days, zorg, client, toewijzing, does, forgets)| Step {
            days,
            zorg,
            client,
            toewijzing,
            does,
            forgets: forgets == 0,
        },
    )
}

/// A ledger in memory, and what was declared in it.
struct Life {
    store: Memory,
    clock: ManualClock,
    ledger: Arc<Ledger>,
    walk: Walk,
    count: u64,
    /// Lines by scope: their numbers, what they say, and whether they were taken back.
    lines: [Vec<(Named16, Line, bool)>; 2],
    /// Requests by scope that were not answered, with their client.
    asked: [Vec<(Named16, Named16)>; 2],
    content: Vec<Named>,
}

fn named(label: u8, number: u64) -> Named16 {
    let mut bytes = [label; 16];
    bytes[8..].copy_from_slice(&number.to_be_bytes());
    Named16(bytes)
}

impl Life {
    fn new() -> Self {
        let store = Memory::new();
        let clock = ManualClock::at(Timestamp::from_second(1_300_000_000).expect("a moment"));
        let foundation = Foundation {
            journal: Arc::clone(&store.journal) as _,
            views: Arc::clone(&store.views) as _,
            pseudonyms: Arc::new(Pseudonyms::new(&[7; 32])),
            clock: Arc::new(clock.clone()),
        };
        let fatal = Arc::new(|error: &LedgerError| panic!("the store works: {error}"));
        let ledger = Ledger::open(foundation, fatal, &mut |_| ()).expect("opened");
        Self {
            store,
            clock,
            ledger,
            walk: Walk::default(),
            count: 0,
            lines: [Vec::new(), Vec::new()],
            asked: [Vec::new(), Vec::new()],
            content: Vec::new(),
        }
    }

    fn scope(&self, zorg: usize) -> Pseudonym {
        let parties = Parties {
            law: "jw".to_owned(),
            gemeente: GEMEENTE.to_owned(),
            aanbieder: ZORG[zorg].to_owned(),
        };
        self.ledger.scope_between(&parties).expect("two parties")
    }

    fn today(&self) -> Date {
        day_of(self.clock.now())
    }

    /// The changes of a step, and whether they wait for an answer, which then comes in a record of its own.
    fn changes(&mut self, step: Step) -> (Vec<Change>, bool) {
        let (number, today) = (self.count, self.today());
        let client = named(1, step.client.into());
        // An allocation is of one client.
        let toewijzing = named(2, u64::from(step.client) * 10 + u64::from(step.toewijzing));
        let stamp = Stamp {
            date: today,
            time: time(9, 0, 0, i32::try_from(number).expect("few")),
        };
        let start = StartKey {
            begindatum: today,
            product: None,
        };
        let mut pending = false;
        let own = match step.does {
            Does::Allocates { months } => {
                let version = Version {
                    stamp,
                    product: None,
                    ingangsdatum: today,
                    einddatum: months.map(|months| today + i32::from(months).months()),
                    reden: Reden::Other,
                    omvang: None,
                    budget: None,
                    referentie: None,
                };
                let mut changes = vec![Change::Toewijzing {
                    nummer: toewijzing,
                    client,
                    version,
                }];
                let mut asked = self.asked[step.zorg].iter();
                let asked = asked.find(|(of, _)| *of == client);
                changes.extend(asked.map(|(client, verzoek)| Change::Honoured {
                    verzoek: *verzoek,
                    client: *client,
                    toewijzing,
                    stamp,
                }));
                changes
            }
            Does::Starts => vec![Change::Started {
                client,
                toewijzing: (step.toewijzing > 0).then_some(toewijzing),
                start,
                came: number,
            }],
            Does::Stops => vec![Change::Stopped {
                client,
                toewijzing: (step.toewijzing > 0).then_some(toewijzing),
                stop: StopKey {
                    start,
                    reden: named(5, 0),
                    temporary: false,
                    einddatum: today,
                },
                came: number,
            }],
            Does::Requests => {
                let verzoek = named(3, number);
                self.asked[step.zorg].push((client, verzoek));
                let request = Request {
                    client,
                    kind: RequestKind::Toewijzing,
                    dagtekening: today,
                };
                vec![Change::Requested { verzoek, request }]
            }
            Does::Answers { is_refused } => {
                let Some((client, verzoek)) = self.asked[step.zorg].pop() else {
                    return (Vec::new(), false);
                };
                let answer = if is_refused {
                    Answer::Refused
                } else {
                    Answer::Investigating
                };
                vec![Change::Answered {
                    verzoek,
                    client: Some(client),
                    answer,
                }]
            }
            Does::Declares { pending: waits } => {
                pending = waits;
                let line = Line {
                    client,
                    toewijzing,
                    categorie: named(6, 0),
                    code: named(7, 0),
                    periode: Periode {
                        begin: today.first_of_month(),
                        end: today.last_of_month(),
                    },
                    volume: 15,
                    eenheid: Eenheid::Uur,
                    tarief: Some(5500),
                    bedrag: Bedrag {
                        cents: 82_500,
                        direction: DebetCredit::Debet,
                    },
                    vorig: None,
                    as_sent: number % 3 == 0,
                };
                let referentie = named(8, number);
                self.lines[step.zorg].push((referentie, line, false));
                let declaratie = Declaratie {
                    message: named(9, number),
                    dagtekening: today,
                    basisschema: "3.2".to_owned(),
                    bericht: "3.2".to_owned(),
                    periode: line.periode,
                    ingediend: line.bedrag,
                };
                vec![
                    Change::Declared {
                        nummer: named(10, number),
                        declaratie,
                    },
                    Change::Granted { referentie, line },
                    Change::Refused {
                        referentie: named(8, 1_000_000 + number),
                    },
                ]
            }
            Does::Credits { back } => {
                let lines = &mut self.lines[step.zorg];
                let place = lines.len().checked_sub(1 + usize::from(back));
                let Some((vorig, line, taken)) = place.and_then(|at| lines.get_mut(at)) else {
                    return (Vec::new(), false);
                };
                if std::mem::replace(taken, true) {
                    return (Vec::new(), false);
                }
                let credit = Line {
                    bedrag: Bedrag {
                        direction: DebetCredit::Credit,
                        ..line.bedrag
                    },
                    vorig: Some(*vorig),
                    ..*line
                };
                vec![Change::Granted {
                    referentie: named(8, number),
                    line: credit,
                }]
            }
        };
        (own, pending)
    }

    async fn come(&mut self, step: Step) {
        let (changes, waits) = self.changes(step);
        let (maker, receiver) = (ZORG[step.zorg], GEMEENTE);
        let question = MessageId::from_bytes(u128::from(self.count).to_be_bytes());
        let client = Pseudonym([0xc0 + step.client; 16]);
        let scope = self.scope(step.zorg);
        let (applied, pending) = if waits {
            (Vec::new(), changes.clone())
        } else {
            (changes.clone(), Vec::new())
        };
        let kept = Kept {
            toewijzing: Some(named(
                2,
                u64::from(step.client) * 10 + u64::from(step.toewijzing),
            )),
            memory: vec![step.toewijzing],
        };
        let translation = Translation {
            form: Some([8; 32]),
            kept: vec![kept],
            ..Translation::default()
        };
        let doing = Doing {
            applied,
            pending,
            settles: None,
        };
        let identity = Pseudonym(named(0xd0, self.count).0);
        let effect = Effect::new(identity, [2; 32], None, vec![client])
            .doing(scope, &doing)
            .using(vec![Pseudonym([step.client; 16])])
            .translated(scope, translation);
        let at = self
            .take(
                question,
                question,
                (maker, receiver),
                305,
                effect,
                &doing.applied,
            )
            .await;
        if waits {
            let answer = MessageId::from_bytes(u128::from(self.count).to_be_bytes());
            self.clock.advance(SignedDuration::from_hours(24 * 3));
            let doing = Doing {
                applied: changes,
                pending: Vec::new(),
                settles: Some(at),
            };
            let own = Pseudonym(named(0xd0, self.count).0);
            let effect = Effect::new(own, [3; 32], Some(identity), Vec::new()).doing(scope, &doing);
            self.take(
                answer,
                question,
                (receiver, maker),
                306,
                effect,
                &doing.applied,
            )
            .await;
        }
    }

    async fn take(
        &mut self,
        message: MessageId,
        thread: MessageId,
        (maker, receiver): (&str, &str),
        soort: u16,
        effect: Effect,
        applied: &[Change],
    ) -> u64 {
        self.count += 1;
        let question_at = effect.settles;
        let mut past = self.ledger.past(effect.scope.expect("of a scope"));
        past.apply(&*self.store.views, applied).expect("applied");
        let event = Event::Received(Received {
            message,
            thread: ThreadId::from_bytes(*thread.as_bytes()),
            kind: KindRecord {
                law: "jw".to_owned(),
                release: "3.2".to_owned(),
                soort,
                functie: None,
            },
            maker: maker.to_owned(),
            receiver: receiver.to_owned(),
            party: "zorg-a".to_owned(),
            mode: Mode::Carry,
            marks: Vec::new(),
            question: (message != thread).then_some(thread),
            inputs: Inputs {
                program: "0.1.0".to_owned(),
                schemas: None,
                register: [0; 32],
                reference: None,
                rules: None,
                working_days: None,
                came_at: None,
                catalogue: None,
            },
            counts: BTreeMap::new(),
            body_bytes: 10,
            wire: None,
            question_at,
            mapped_bytes: None,
        });
        let submission = Submission {
            effect: Some(effect),
            findings: Some(b"what was found".to_vec()),
            past: past.into_rows(),
            ..Submission::fact(event, Held::default())
        };
        let (position, _) = self.ledger.commit(submission).await.expect("recorded");
        self.content.push(Named {
            message,
            position: position.0,
        });
        position.0
    }

    /// Erases all content, and the effects of what came seven years ago or before.
    async fn forget(&mut self) -> u64 {
        if !self.content.is_empty() {
            let messages = std::mem::take(&mut self.content);
            let keys = messages.iter().map(|named| KeyId {
                position: Position(named.position),
                kind: KeyKind::Content,
            });
            let erased = Submission {
                erases: keys.collect(),
                ..Submission::fact(Event::Erased(Erased { messages }), Held::default())
            };
            self.ledger.commit(erased).await.expect("recorded");
        }
        let before = self.today().first_of_month() - 7.years();
        let mut forgotten = 0;
        while let Some(lanes) = self.walk.next(&self.ledger, before).expect("walked") {
            for lane in lanes {
                forgotten += self.ledger.forget(lane, before).await.expect("forgotten");
            }
        }
        forgotten
    }

    fn is_sound(&self) {
        let own = digest(&*self.store.views).expect("rows");
        let scratch = Memory::new();
        let is_sound = self.ledger.views_are_sound(&*scratch.views);
        let differ = super::super::views::ALL.into_iter().filter(|collection| {
            let rows = |views: &dyn crate::store::Views| {
                let rows = views.range(*collection, &[], &[0xff; 64], usize::MAX);
                rows.expect("rows")
            };
            rows(&*scratch.views) != rows(&*self.store.views)
        });
        let differ: Vec<&str> = differ.map(Collection::name).collect();
        assert!(
            is_sound.expect("replayed"),
            "record by record: {differ:?} differ"
        );
        let scratch = Memory::new();
        let outer = &self.ledger.outer;
        rebuild_under(&*self.store.journal, &*scratch.views, outer, &mut |_| ()).expect("rebuilt");
        assert_eq!(digest(&*scratch.views).expect("rows"), own, "all at once");
    }

    fn rows(&self, collection: Collection) -> usize {
        let rows = self
            .store
            .views
            .range(collection, &[], &[0xff; 64], usize::MAX);
        rows.expect("rows").len()
    }

    fn past(&self, zorg: usize, key: RowKey) -> Option<Row> {
        let mut past = self.ledger.past(self.scope(zorg));
        past.load(&*self.store.views, [key]).expect("read");
        past.past().row(&key)
    }
}

fn run<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.expect("a runtime").block_on(work)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Life goes on after each forgetting, with what is still known of before; at the end so much time passes that nothing is left to be known.
    #[test]
    fn views_from_which_was_withdrawn_are_those_that_the_journal_makes(
        steps in prop::collection::vec(step(), 1..60),
    ) {
        run(async {
            let mut life = Life::new();
            for step in steps {
                life.clock.advance(SignedDuration::from_hours(24 * i64::from(step.days)));
                life.come(step).await;
                if step.forgets {
                    life.clock.advance(SignedDuration::from_hours(24 * 2_000));
                    life.forget().await;
                    life.is_sound();
                }
            }
            for _ in 0..4 {
                life.clock.advance(SignedDuration::from_hours(24 * 1_500));
                life.forget().await;
                life.is_sound();
            }
            assert_eq!(life.rows(IDENTITIES), 0);
            assert_eq!(life.rows(NUMBERS), 0);
            for record in life.store.journal.read_from(Position(0), usize::MAX).expect("read") {
                if matches!(event_of(&record).expect("an event"), Event::Forgotten(_)) {
                    continue;
                }
                for kind in [PartKind::Effect, PartKind::Findings] {
                    let part = life.store.journal.part(&record, kind).expect("read");
                    assert!(!matches!(part, Some(Part::Whole(_))), "{kind:?} of {}", record.position);
                }
            }
        });
    }
}

fn stepping(client: u8, toewijzing: u8, does: Does) -> Step {
    Step {
        days: 0,
        zorg: 0,
        client,
        toewijzing,
        does,
        forgets: false,
    }
}

#[test]
fn what_has_not_ended_goes_on_and_what_ended_leaves_nothing() {
    run(async {
        let mut life = Life::new();
        let declares = Does::Declares { pending: false };
        for (client, months) in [(0, Some(2)), (1, None)] {
            let allocates = Does::Allocates { months };
            life.come(stepping(client, 1, allocates)).await;
            life.come(stepping(client, 1, declares)).await;
        }
        let year = SignedDuration::from_hours(24 * 366);
        life.clock.advance(year * 6);
        assert_eq!(life.forget().await, 0, "not yet seven years");
        life.clock.advance(year * 2);
        // One client goes on.
        life.come(stepping(1, 1, declares)).await;
        let usage = |client: u64| RowKey::Usage(named(2, client * 10 + 1));
        let before = life.past(0, usage(1)).expect("used");
        assert_eq!(life.forget().await, 4);
        life.is_sound();
        assert_eq!(life.past(0, usage(0)), None, "it ended");
        assert_eq!(life.past(0, usage(1)), Some(before), "it goes on");
        assert_eq!(life.rows(MEMORIES), 3, "of what goes on, each");
        assert_eq!(life.rows(IDENTITIES), 1);
        let clients = |client: u8| {
            let hidden = life.ledger.name(Pseudonym([0xc0 + client; 16]));
            let rows = life.store.views.range(INDEX, &[], &[0xff; 64], usize::MAX);
            let rows = rows.expect("rows").into_iter();
            rows.filter(|(key, _)| key.windows(16).any(|seen| seen == hidden))
                .count()
        };
        assert_eq!([clients(0), clients(1)], [0, 1]);
        assert_eq!(life.forget().await, 0, "once");
        // What goes on ends at last.
        let ends = Does::Allocates { months: Some(0) };
        life.come(stepping(1, 1, ends)).await;
        life.clock.advance(year * 8);
        assert_eq!(
            life.forget().await,
            3,
            "both records, and what was carried on"
        );
        life.clock.advance(year);
        life.forget().await;
        life.is_sound();
        assert_eq!(life.past(0, usage(1)), None);
        assert_eq!(life.rows(MEMORIES), 0);
        assert_eq!(life.rows(PAST), 1, "the series of months of the two alone");
    });
}

#[test]
fn a_message_whose_content_is_kept_keeps_its_effect_and_those_that_came_after_it() {
    run(async {
        let mut life = Life::new();
        let allocates = Does::Allocates { months: Some(1) };
        life.come(stepping(0, 1, allocates)).await;
        life.forget().await;
        life.come(stepping(1, 1, allocates)).await;
        let kept = std::mem::take(&mut life.content);
        life.come(stepping(2, 1, allocates)).await;
        life.clock.advance(SignedDuration::from_hours(24 * 366 * 8));
        assert_eq!(life.forget().await, 1);
        life.is_sound();
        life.content = kept;
        assert_eq!(life.forget().await, 3, "both, and what was carried on");
        life.is_sound();
    });
}

#[test]
fn after_a_crash_that_left_the_views_without_a_withdrawal_they_are_made_anew() {
    run(async {
        let mut life = Life::new();
        let allocates = Does::Allocates { months: Some(1) };
        life.come(stepping(0, 1, allocates)).await;
        life.clock.advance(SignedDuration::from_hours(24 * 366 * 8));
        life.forget().await;
        let own = life.rows(IDENTITIES);
        // As the views were when the record was durable and not yet applied.
        let at = Position(life.ledger.journal.next().0 - 1);
        let mut batch = Batch::new();
        batch.put(IDENTITIES, [1; 16], [2; 3]);
        life.store.views.apply(at, batch).expect("applied");
        let (journal, views) = (&*life.store.journal, &*life.store.views);
        super::super::replay::catch_up(journal, views, &mut |_| ()).expect("caught up");
        assert_eq!(life.rows(IDENTITIES), own);
        assert_eq!(own, 0);
    });
}
