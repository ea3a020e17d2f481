//! How long an auditor waits for the first page, over so many messages: a store is filled by a seeded generator, its views are made from the journal, and a mix of
//! questions is asked through the audit itself, each written down before it is answered. Then the months are counted, and sums over all of them are asked.
//!
//! `cargo bench --bench audit`; `-- --messages N` (default 1,000,000), `-- --views sled` (default `fjall`), `-- --asks N` (of each kind, default 200), `-- --seed N`.
#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::indexing_slicing,
    reason = "a bench prints, and stops at the first surprise"
)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use knooppunt::audit::{Ask, AskFigures, Audit};
use knooppunt::clock::{Clock as _, ManualClock};
use knooppunt::figures::Figures;
use knooppunt::ledger::{
    Acknowledged, DeadLettered, Effect, Event, Foundation, Inputs, KindRecord, Ledger, MessageId,
    Named, Pseudonyms, Received, ThreadId,
};
use knooppunt::receipt::Receipts;
use knooppunt::register::{Mode, Register, Source};
use knooppunt::route::Caller;
use knooppunt::store::embedded::{Options, ViewsEngine};
use knooppunt::store::{Embedded, Entry, Journal, PartKind};
use knooppunt::terms::{TermSettings, Warning};
use knooppunt_standard::Law;

/// Municipalities, of which the first have most messages; providers; clients of each municipality.
const GEMEENTEN: u64 = 343;
const PROVIDERS: u64 = 3_000;
const CLIENTS: u64 = 2_000;
/// Records that are appended at once.
const GROUP: usize = 2_000;
/// Over how long the messages come.
const DAYS: u64 = 365;
/// Kinds, the kind that answers, whether the municipality makes it, and how many of a hundred.
const KINDS: [(u16, u16, bool, u64); 6] = [
    (301, 302, true, 38),
    (305, 306, false, 20),
    (307, 308, false, 18),
    (323, 325, false, 20),
    (315, 316, false, 3),
    (319, 320, true, 1),
];
/// Codes that are found, and in how many of ten thousand messages.
const CODES: [(&str, u64); 4] = [("9074", 300), ("0001", 150), ("9021", 20), ("TR381", 1)];

fn main() {
    let messages = option("--messages").map_or(1_000_000, |text| text.parse().expect("a number"));
    let asks = option("--asks").map_or(200, |text| text.parse().expect("a number"));
    let seed = option("--seed").map_or(20_261_122, |text| text.parse().expect("a number"));
    let engine = option("--views").unwrap_or_else(|| "fjall".to_owned());
    let folder = tempfile::tempdir().expect("a folder");
    let options = Options {
        views_engine: match engine.as_str() {
            "sled" => ViewsEngine::Sled,
            _ => ViewsEngine::Fjall,
        },
        reserve_bytes: 0,
        views_reserve_bytes: 0,
        ..Options::default()
    };
    let start: Timestamp = "2026-01-01T00:00:00Z".parse().expect("a moment");
    let (data, keys) = (folder.path().join("data"), folder.path().join("keys"));
    let store = Embedded::create(&data, &keys, &[], options, start).expect("a new store");
    let journal: Arc<dyn Journal> = Arc::clone(&store.journal) as _;
    let mut world = World {
        random: Random(seed),
        keys: Arc::new(Pseudonyms::new(&[7; 32])),
        journal: Arc::clone(&journal),
        clock: ManualClock::at(start),
        group: Vec::new(),
        next: 0,
        threads: Vec::new(),
    };
    let began = Instant::now();
    let records = world.fill(messages);
    let filled = began.elapsed();
    let began = Instant::now();
    Ledger::rebuild(&*journal, &*store.views, &mut |_| ()).expect("views");
    let rebuilt = began.elapsed();
    println!(
        "{messages} messages ({records} records) over {DAYS} days, {GEMEENTEN} municipalities, {PROVIDERS} providers; views in {engine}\n\
         journal written in {:.0} s; views made in {:.0} s ({:.0} records/s)",
        filled.as_secs_f64(),
        rebuilt.as_secs_f64(),
        records as f64 / rebuilt.as_secs_f64()
    );
    let foundation = Foundation {
        journal,
        views: Arc::clone(&store.views) as _,
        pseudonyms: Arc::clone(&world.keys),
        clock: Arc::new(world.clock.clone()),
    };
    let ledger = Ledger::open(foundation, Arc::new(|_| ()), &mut |_| ()).expect("it opens");
    let receipts = Arc::new(Receipts::new(&[9; 32], "bench"));
    let warning = Warning::of(&TermSettings::default());
    let audit = Audit::new(Arc::clone(&ledger), receipts, warning);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let register = Arc::new(register());
    for auditor in ["land", "gemeente"] {
        let caller = Caller {
            party: auditor.parse().expect("an id"),
            register: Arc::clone(&register),
            at: world.clock.now(),
        };
        println!(
            "auditor of {}",
            if auditor == "land" {
                "all municipalities"
            } else {
                "the largest municipality"
            }
        );
        let mut all = Vec::new();
        for (what, ask) in QUESTIONS {
            let (mut times, mut found, mut short) = (Vec::new(), 0, 0);
            for _ in 0..asks {
                let mut asked = ask(&mut world);
                if auditor == "gemeente" {
                    asked.gemeenten = Vec::new();
                }
                asked.purpose = Some("Meting".to_owned());
                let began = Instant::now();
                let answer = runtime
                    .block_on(audit.search(&caller, asked))
                    .expect("an answer");
                times.push(began.elapsed());
                found += answer.messages.len();
                short += usize::from(answer.next.is_some() && answer.messages.len() < 50);
            }
            all.extend(times.iter().copied());
            say(what, &mut times, Some((found, short)));
        }
        say("all", &mut all, None);
    }
    let before = peak_mb();
    let figures = Arc::new(Figures::new(Arc::clone(&ledger), &data));
    let began = Instant::now();
    while figures.step().expect("a step") {}
    println!(
        "months counted in {:.0} s, {:.0} MB more of memory",
        began.elapsed().as_secs_f64(),
        peak_mb() - before
    );
    let caller = Caller {
        party: "land".parse().expect("an id"),
        register: Arc::clone(&register),
        at: world.clock.now(),
    };
    for (what, by, kinds) in SUMS {
        let mut times = Vec::new();
        for _ in 0..asks {
            let ask = AskFigures {
                purpose: Some("Meting".to_owned()),
                kinds: kinds.to_vec(),
                by: by.iter().map(|name| (*name).to_owned()).collect(),
                ..AskFigures::default()
            };
            let began = Instant::now();
            let told = audit.figures(&caller, &figures, ask);
            runtime.block_on(told).expect("sums");
            times.push(began.elapsed());
        }
        say(what, &mut times, None);
    }
    println!("highest mark of memory {:.0} MB", peak_mb());
    ledger.stop();
}

/// Sums over every closed month: for what they are made one by one, and of which kinds.
const SUMS: [(&str, &[&str], &[u16]); 4] = [
    ("sums of everything", &[], &[]),
    ("sums by month and kind", &["month", "kind"], &[]),
    ("sums by municipality", &["gemeente"], &[]),
    ("sums of a kind by month", &["month"], &[323]),
];

type Question = (&'static str, fn(&mut World) -> Ask);

/// The mix.
const QUESTIONS: [Question; 13] = [
    ("the newest", |_| Ask::default()),
    ("a provider", |world| Ask {
        party: Some(world.provider()),
        ..Ask::default()
    }),
    ("a kind", |_| of_kinds(&[323])),
    ("a rare kind and a period", |_| Ask {
        from: Some("2026-03-01".to_owned()),
        until: Some("2026-03-31".to_owned()),
        ..of_kinds(&[319])
    }),
    ("a code", |_| of_code("9074")),
    ("a rare code", |_| of_code("TR381")),
    ("a code and a provider", |world| Ask {
        party: Some(world.provider()),
        ..of_code("9074")
    }),
    ("a client", |world| Ask {
        bsn: Some(world.bsn()),
        ..Ask::default()
    }),
    ("a client and a kind", |world| Ask {
        bsn: Some(world.bsn()),
        ..of_kinds(&[301, 323])
    }),
    ("a reference of a party", |world| Ask {
        party: Some(world.provider()),
        reference: Some("N5".to_owned()),
        ..Ask::default()
    }),
    ("dead letters", |_| Ask {
        status: Some("dead".to_owned()),
        ..Ask::default()
    }),
    ("terms over, of a kind", |_| Ask {
        terms: Some("over".to_owned()),
        ..of_kinds(&[323])
    }),
    ("a thread", |world| Ask {
        thread: Some(world.thread()),
        ..Ask::default()
    }),
];

fn of_kinds(kinds: &[u16]) -> Ask {
    Ask {
        kinds: kinds.to_vec(),
        ..Ask::default()
    }
}

fn of_code(code: &str) -> Ask {
    Ask {
        codes: vec![code.to_owned()],
        ..Ask::default()
    }
}

struct World {
    random: Random,
    keys: Arc<Pseudonyms>,
    journal: Arc<dyn Journal>,
    clock: ManualClock,
    group: Vec<Entry>,
    next: u64,
    threads: Vec<ThreadId>,
}

/// The same numbers every time, from a seed (SplitMix64).
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % end
    }

    /// Small numbers far more often than large ones.
    fn skewed(&mut self, end: u64) -> u64 {
        let below = self.below(end) + 1;
        self.below(below)
    }
}

fn gemeente(n: u64) -> String {
    format!("{:04}", 1_000 + n)
}

fn provider(n: u64) -> String {
    format!("{:08}", 90_000_000 + n)
}

/// A BSN of the test range: the last digit is what the elfproef asks; some numbers have none, and the next one is taken.
fn bsn(n: u64) -> String {
    let mut number = 99_990_000 + n;
    loop {
        let digits = format!("{number:08}");
        let sum: u64 = digits
            .bytes()
            .zip((2..=9).rev())
            .map(|(digit, weight)| u64::from(digit - b'0') * weight)
            .sum();
        if sum % 11 < 10 {
            return format!("{digits}{}", sum % 11);
        }
        // By as many as there are clients, so that no two of them have one; it stays in the test range.
        number += CLIENTS;
    }
}

impl World {
    fn provider(&mut self) -> String {
        provider(self.random.skewed(PROVIDERS))
    }

    fn bsn(&mut self) -> String {
        bsn(self.random.below(CLIENTS))
    }

    fn thread(&mut self) -> String {
        let at = self.random.below(self.threads.len() as u64) as usize;
        self.threads[at].to_string()
    }

    /// Appends so many messages, half of them answers, with what became of them. Gives the number of records.
    fn fill(&mut self, messages: u64) -> u64 {
        let apart = SignedDuration::from_millis((DAYS * 86_400_000 / messages.max(1)) as i64 * 2);
        let mut taken = 0;
        while taken < messages {
            self.clock.advance(apart);
            taken += self.exchange(taken);
        }
        self.flush();
        self.next
    }

    /// A message and what became of it. Gives how many messages that are.
    fn exchange(&mut self, number: u64) -> u64 {
        let law = if self.random.below(2) == 0 {
            Law::Jw
        } else {
            Law::Wmo
        };
        let gemeente = gemeente(self.random.skewed(GEMEENTEN));
        let provider = self.provider();
        let mut share = self.random.below(100);
        let (kind, answered_by, by_gemeente, _) = *KINDS
            .iter()
            .find(|(.., of)| {
                let here = share < *of;
                share = share.saturating_sub(*of);
                here
            })
            .unwrap_or(&KINDS[0]);
        let parties = if by_gemeente {
            [gemeente.as_str(), &provider]
        } else {
            [provider.as_str(), &gemeente]
        };
        let mut counts = BTreeMap::new();
        for (code, of) in CODES {
            if self.random.below(10_000) < of {
                counts.insert(code.to_owned(), 1);
            }
        }
        let bsn = self.bsn();
        let client = self.keys.client(law.as_str(), &gemeente, &bsn);
        let identity = self
            .keys
            .identity(law.as_str(), kind, parties[0], &format!("N{number}"));
        let (position, id) = self.take(
            law,
            kind,
            parties,
            None,
            counts,
            &Effect::new(identity, [1; 32], None, vec![client]),
        );
        if number.is_multiple_of(997) {
            self.threads.push(ThreadId::from_bytes(*id.as_bytes()));
        }
        match self.random.below(1_000) {
            0 => {
                let message = Named {
                    message: id,
                    position,
                };
                self.put(
                    &Event::DeadLettered(DeadLettered {
                        message,
                        receiver: parties[1].to_owned(),
                    }),
                    None,
                );
                1
            }
            1..40 => 1,
            _ => {
                self.put(&acknowledged(id, position, parties[1]), None);
                if self.random.below(100) < 4 {
                    return 1;
                }
                let own = self.keys.identity(
                    law.as_str(),
                    answered_by,
                    parties[1],
                    &format!("N{number}"),
                );
                let effect = Effect::new(own, [2; 32], Some(identity), vec![client]);
                let question = Some(Named {
                    message: id,
                    position,
                });
                let parties = [parties[1], parties[0]];
                let (position, id) = self.take(
                    law,
                    answered_by,
                    parties,
                    question,
                    BTreeMap::new(),
                    &effect,
                );
                self.put(&acknowledged(id, position, parties[1]), None);
                2
            }
        }
    }

    fn take(
        &mut self,
        law: Law,
        soort: u16,
        parties: [&str; 2],
        question: Option<Named>,
        counts: BTreeMap<String, u64>,
        effect: &Effect,
    ) -> (u64, MessageId) {
        let id = MessageId::random().expect("random bytes");
        let thread = question.map_or(id, |question| question.message);
        let received = Received {
            message: id,
            thread: ThreadId::from_bytes(*thread.as_bytes()),
            kind: KindRecord {
                law: law.as_str().to_owned(),
                release: "3.2".to_owned(),
                soort,
                functie: None,
            },
            maker: parties[0].to_owned(),
            receiver: parties[1].to_owned(),
            party: "iemand".to_owned(),
            mode: Mode::Carry,
            marks: Vec::new(),
            question: question.map(|question| question.message),
            inputs: Inputs {
                program: "0.1.0".to_owned(),
                schemas: Some([1; 32]),
                register: [2; 32],
                reference: None,
                rules: Some([3; 32]),
                working_days: Some([4; 32]),
                came_at: None,
                catalogue: None,
            },
            counts,
            body_bytes: 6_000,
            wire: None,
            question_at: question.map(|question| question.position),
            mapped_bytes: None,
        };
        let position = self.next;
        self.put(&Event::Received(received), Some(effect));
        (position, id)
    }

    fn put(&mut self, event: &Event, effect: Option<&Effect>) {
        self.group.push(Entry {
            time: self.clock.now(),
            event: event.encode(),
            parts: effect
                .map(|effect| (PartKind::Effect, effect.encode()))
                .into_iter()
                .collect(),
            erases: Vec::new(),
        });
        self.next += 1;
        if self.group.len() == GROUP {
            self.flush();
        }
    }

    fn flush(&mut self) {
        let group = std::mem::take(&mut self.group);
        self.journal.append(group).expect("written");
    }
}

fn acknowledged(message: MessageId, position: u64, receiver: &str) -> Event {
    Event::Acknowledged(Acknowledged {
        message,
        position,
        receiver: receiver.to_owned(),
        party: "iemand".to_owned(),
        closes: Vec::new(),
        over: None,
    })
}

fn register() -> Register {
    let mut text = String::new();
    let mut all = String::new();
    for n in 0..GEMEENTEN {
        let code = gemeente(n);
        let _ = write!(
            text,
            "[[party]]\nid = \"g{code}\"\nname = \"{code}\"\ncode = [{{ kind = \"gemeentecode\", code = \"{code}\" }}]\n"
        );
        let _ = write!(all, "\"{code}\",");
    }
    for (auditor, gemeenten) in [("land", all), ("gemeente", format!("\"{}\"", gemeente(0)))] {
        let _ = write!(
            text,
            "[[party]]\nid = \"{auditor}\"\nname = \"{auditor}\"\n[[auditor]]\nparty = \"{auditor}\"\nlaws = [\"jw\", \"wmo\"]\n\
             gemeenten = [{gemeenten}]\nfrom = 2020-01-01\nuntil = 2099-12-31\n"
        );
    }
    let source = Source {
        name: "register.toml".to_owned(),
        bytes: text.into_bytes(),
    };
    Register::load(vec![source]).expect("a register")
}

fn say(what: &str, times: &mut [Duration], found: Option<(usize, usize)>) {
    times.sort_unstable();
    let at =
        |share: usize| times[(times.len() * share / 100).min(times.len() - 1)].as_secs_f64() * 1e3;
    let found = found.map_or_else(String::new, |(found, short)| {
        format!(
            "; {} found, {short} pages cut short",
            found / times.len().max(1)
        )
    });
    println!(
        "  {what:26} p50 {:7.1} ms, p95 {:7.1} ms, most {:7.1} ms{found}",
        at(50),
        at(95),
        at(100)
    );
}

/// Highest mark of the memory of this process, in MB.
fn peak_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kilobytes.unwrap_or_default() / 1e3
}

fn option(name: &str) -> Option<String> {
    let mut arguments = std::env::args().skip_while(|argument| argument != name);
    arguments.nth(1)
}
