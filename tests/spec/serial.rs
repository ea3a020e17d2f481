//! Whatever arrives at the same moment: every acknowledged outcome is the one that the library alone gives when it judges the same messages one
//! by one, in the order of the journal; and whatever the library says, no volume and no debit passes twice. The same holds of what comes after every
//! content was erased and every row was made anew from the journal.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;
use std::sync::{Arc, LazyLock, Mutex};

use bytes::Bytes;
use jiff::SignedDuration;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use knooppunt::clock::Clock as _;
use knooppunt::intake::Outcome;
use knooppunt::ledger::{Event, Mark, Message, MessageId, Received};
use knooppunt::mailbox::Content;
use knooppunt::retention::RetentionSettings;
use knooppunt::schemas;
use knooppunt_standard::assess::{self, Around, Judged, Settings};
use knooppunt_standard::history::{self, Past, Unkeyed};
use knooppunt_standard::reference::Reference;
use knooppunt_standard::retour::{self, MadeAs};
use knooppunt_standard::{Bericht, Limits, Releases};
use tokio::task::JoinSet;

use crate::judge::{JUDGED, without_views};
use crate::modes::MANDATE;
use crate::random::Random;
use crate::world::{
    GEMEENTE_A, PARTIES, World, ZORG_A, ZORG_B, answer, message, on_both_stores, register,
};

static RELEASES: LazyLock<Releases> =
    LazyLock::new(|| schemas::releases(None).expect("the releases of this repository"));

/// The second provider leaves judging to the gateway too: a scope of its own beside the first.
const ANOTHER: &str = r#"
[[mandate]]
for = "98980002"
direction = "answer"
laws = ["jw"]
from = 2026-01-01

[[mode]]
for = "98980002"
mode = "judge"
laws = ["jw"]
"#;

/// Each has an allocation of 8 hours for February with each provider, the last a budget of their price for any product of the category.
const CLIENTS: [(&str, &str); 3] = [
    ("999900420", "260001"),
    ("999900432", "260002"),
    ("999900006", "260003"),
];
const WITH_BUDGET: usize = 2;
const HOURS: u64 = 8;
/// Cents for an hour.
const TARIEF: u64 = 7_250;

/// A message, and the party that hands it in.
#[derive(Clone, Debug)]
struct Sent {
    party: &'static str,
    body: Bytes,
}

/// One line: whose, under which number; a credit takes back the debit of that number.
#[derive(Clone, Copy, Debug)]
struct Line {
    client: usize,
    number: usize,
    is_credit: bool,
}

impl Line {
    fn drawn(random: &mut Random) -> Self {
        Self {
            client: random.below(CLIENTS.len()),
            number: random.below(6),
            is_credit: random.chance(25),
        }
    }

    /// The same for a debit and its credit.
    fn hours(self) -> u64 {
        2 + self.number as u64 % 4
    }

    /// Under the budget only two numbers have the same product, which is declared once; the others share what there is.
    fn product(self) -> String {
        let other = if self.client == WITH_BUDGET {
            self.number.saturating_sub(1)
        } else {
            0
        };
        format!("45A0{}", 4 + other)
    }

    fn debit(self) -> String {
        format!("P{}-{}", self.client, self.number)
    }

    fn cents(self) -> i64 {
        let cents = i64::try_from(self.hours() * TARIEF).expect("small");
        if self.is_credit { -cents } else { cents }
    }

    fn xml(self, nth: usize, declaratie: &str) -> String {
        let (bsn, toewijzing) = CLIENTS[self.client];
        let side = if self.is_credit { "C" } else { "D" };
        let references = if self.is_credit {
            format!(
                "<ijw:ReferentieNummer>C{nth}{declaratie}</ijw:ReferentieNummer><ijw:VorigReferentieNummer>{}</ijw:VorigReferentieNummer>",
                self.debit()
            )
        } else {
            format!(
                "<ijw:ReferentieNummer>{}</ijw:ReferentieNummer>",
                self.debit()
            )
        };
        format!(
            "<jw323:Client><jw323:Bsn>{bsn}</jw323:Bsn><jw323:Prestaties><jw323:Prestatie>\
             <jw323:ProductReferentie>{references}</jw323:ProductReferentie>\
             <jw323:ToewijzingNummer>{toewijzing}</jw323:ToewijzingNummer>\
             <jw323:ProductCategorie>45</jw323:ProductCategorie><jw323:ProductCode>{}</jw323:ProductCode>\
             <jw323:ProductPeriode><ijw:Begindatum>2026-02-01</ijw:Begindatum><ijw:Einddatum>2026-02-28</ijw:Einddatum></jw323:ProductPeriode>\
             <jw323:GeleverdVolume>{}</jw323:GeleverdVolume><jw323:Eenheid>04</jw323:Eenheid><jw323:ProductTarief>{TARIEF}</jw323:ProductTarief>\
             <jw323:IngediendBedrag><ijw:Bedrag>{}</ijw:Bedrag><ijw:DebetCredit>{side}</ijw:DebetCredit></jw323:IngediendBedrag>\
             </jw323:Prestatie></jw323:Prestaties></jw323:Client>",
            self.product(),
            self.hours(),
            self.cents().unsigned_abs()
        )
    }
}

/// A declaration of some lines of different clients.
fn declaration(aanbieder: &str, id: &str, nummer: &str, lines: &[Line]) -> Bytes {
    let body = message("JW323", GEMEENTE_A, aanbieder, id);
    let text = std::str::from_utf8(&body).expect("text");
    let sum: i64 = lines.iter().map(|line| line.cents()).sum();
    let side = if sum < 0 { "C" } else { "D" };
    let total = format!(
        "<ijw:TotaalBedrag>{}</ijw:TotaalBedrag>\n      <ijw:DebetCredit>{side}</ijw:DebetCredit>",
        sum.unsigned_abs()
    );
    let was =
        "<ijw:TotaalBedrag>58000</ijw:TotaalBedrag>\n      <ijw:DebetCredit>D</ijw:DebetCredit>";
    assert!(text.contains(was), "the sum of the plain declaration");
    let text = text.replacen(was, &total, 1).replace("DN260001", nummer);
    let (before, rest) = text.split_once("<jw323:Client>").expect("a client");
    let (_, after) = rest.rsplit_once("</jw323:Client>").expect("its end");
    let mut all = before.to_owned();
    for (nth, line) in lines.iter().enumerate() {
        write!(all, "{}", line.xml(nth, id)).expect("a string takes all");
    }
    (all + after).into()
}

/// A message of one client, made from one of the first.
fn of_client(body: &Bytes, client: usize) -> Bytes {
    let (bsn, toewijzing) = CLIENTS[client];
    std::str::from_utf8(body)
        .expect("text")
        .replace(">999900420<", &format!(">{bsn}<"))
        .replace(">260001<", &format!(">{toewijzing}<"))
        .replace(">2026-06-30<", ">2026-02-20<")
        .into()
}

fn allocation(aanbieder: &str, id: &str, client: usize) -> Bytes {
    let body = message("JW301", GEMEENTE_A, aanbieder, id);
    let text = std::str::from_utf8(&body).expect("text");
    let requested = "<jw301:ReferentieAanbieder>VOT-2025-0001</jw301:ReferentieAanbieder>";
    let text = text
        .replace(requested, "")
        .replace(">2026-12-31<", ">2026-02-28<");
    let text = if client == WITH_BUDGET {
        let (before, rest) = text.split_once("<jw301:Omvang>").expect("an amount");
        let (_, after) = rest.split_once("</jw301:Omvang>").expect("its end");
        let budget = format!("<jw301:Budget>{}</jw301:Budget>", HOURS * TARIEF);
        [before, &budget, after]
            .concat()
            .replace("<ijw:Code>45A04</ijw:Code>", "")
    } else {
        text
    };
    of_client(&text.into(), client)
}

/// Messages of two scopes in any order, with repeats, another message under a used number, and answers that the receiver has no part in.
fn at_one_moment(random: &mut Random) -> Vec<Sent> {
    let mut sent = Vec::new();
    for (party, aanbieder, declarations) in [("zorg-a", ZORG_A, 26), ("zorg-b", ZORG_B, 10)] {
        for number in 0..declarations {
            let mut lines = vec![Line::drawn(random)];
            let second = Line::drawn(random);
            if random.chance(40) && second.client != lines[0].client {
                lines.push(second);
            }
            lines.sort_by_key(|line| line.client);
            // Some declarations have the number of another.
            let nummer = if random.chance(10) { 0 } else { number };
            let body = declaration(
                aanbieder,
                &format!("D{number}"),
                &format!("DN{nummer}"),
                &lines,
            );
            sent.push(Sent { party, body });
        }
        for number in 0..6 {
            let client = random.below(CLIENTS.len());
            let kind = ["JW305", "JW305", "JW307"][random.below(3)];
            let body = message(kind, GEMEENTE_A, aanbieder, &format!("S{number}"));
            sent.push(Sent {
                party,
                body: of_client(&body, client),
            });
        }
        // What the municipality makes has a number of its own, whoever it is for.
        let first = if aanbieder == ZORG_A { 10 } else { 20 };
        for number in first..first + 3 {
            let body = allocation(
                aanbieder,
                &format!("T{number}"),
                random.below(CLIENTS.len()),
            );
            sent.push(Sent {
                party: "gemeente-a",
                body,
            });
            let question = format!("D{}", random.below(declarations));
            let body = answer(
                "JW325",
                GEMEENTE_A,
                aanbieder,
                &question,
                &format!("A{number}"),
            );
            sent.push(Sent {
                party: "gemeente-a",
                body,
            });
        }
    }
    for _ in 0..8 {
        let again = random.pick(&sent).expect("some").clone();
        sent.push(again);
    }
    let other = message("JW305", GEMEENTE_A, ZORG_A, "S0");
    let other = String::from_utf8(other.to_vec())
        .expect("text")
        .replace(">Mila<", ">Noor<");
    sent.push(Sent {
        party: "zorg-a",
        body: other.into(),
    });
    // Any order: each goes to a place below its own.
    for last in (1..sent.len()).rev() {
        sent.swap(last, random.below(last + 1));
    }
    sent
}

/// The library alone, message by message.
#[derive(Default)]
struct Library {
    pasts: HashMap<String, Past>,
}

impl Library {
    /// The answer that follows from what came before, made as the gateway's own was; `None` where none is owed. Both sides judge and nothing waits here, so
    /// where one is owed the gateway must have made it.
    fn hears(
        &mut self,
        body: &[u8],
        aanbieder: &str,
        day: Date,
        made: Option<&str>,
    ) -> Option<String> {
        let checked = RELEASES.check(body, &Limits::default());
        let bericht = Bericht::read(&checked).expect("valid at level 1");
        let past = self.pasts.entry(aanbieder.to_owned()).or_default();
        let around = Around {
            past,
            pseudonyms: &Unkeyed,
            reference: &Reference::default(),
            settings: &Settings::default(),
            received: day,
            history_from: Some(Around::FIRST_DAY),
            used_up: false,
        };
        let content = assess::message(&bericht);
        let judged = if content.refused_at_message() {
            Judged {
                assessment: content,
                ..Judged::default()
            }
        } else {
            let mut judged = assess::chain(&bericht, &around);
            judged.assessment.breaches.extend(content.breaches);
            judged.assessment.sort();
            judged
        };
        assert!(judged.held.is_empty(), "no line waits here");
        past.apply(&history::seen(&bericht, &Unkeyed));
        bericht.kind.soort.answered_by()?;
        past.apply_all(&judged.changes);
        let made = made.unwrap_or_else(|| panic!("a {} is answered", bericht.kind));
        let identificatie = element(made, "Identificatie", "IdentificatieRetour");
        let made_as = MadeAs {
            identificatie: &identificatie,
            dagtekening: day,
        };
        let bytes = retour::answer(&RELEASES, &bericht, &judged.assessment, made_as);
        Some(String::from_utf8(bytes.expect("an answer")).expect("text"))
    }
}

impl Library {
    /// Judges a message that the gateway took, and holds the answer that was made to it against its own. Gives the provider, and the answer.
    async fn agrees(
        &mut self,
        world: &World,
        received: &Received,
        body: &[u8],
        seed: u64,
    ) -> (String, Option<String>) {
        let seen = world.seen(&received.party, received.message).await;
        let made = made_answer(world, &received.party, &seen).await;
        let day = seen
            .received
            .to_zoned(TimeZone::get("Europe/Amsterdam").expect("built in"))
            .date();
        let aanbieder = [&received.maker, &received.receiver]
            .into_iter()
            .find(|code| code.len() == 8);
        let aanbieder = aanbieder.expect("a provider").clone();
        let expected = self.hears(body, &aanbieder, day, made.as_deref());
        assert_eq!(
            made, expected,
            "seed {seed}: {} of {aanbieder}",
            received.message
        );
        if let Some(expected) = &expected {
            self.hears(expected.as_bytes(), &aanbieder, day, None);
        }
        (aanbieder, made)
    }
}

/// The identification that an answer has of its own: of a 325 in the first of these elements, of a retour in the second.
fn element(answer: &str, of_325: &str, of_retour: &str) -> String {
    let value = |name: &str| {
        let (_, rest) = answer.split_once(&format!(":{name}>"))?;
        rest.split_once('<').map(|(value, _)| value.to_owned())
    };
    value(of_retour)
        .or_else(|| value(of_325))
        .expect("an identification")
}

/// What a provider was granted, by its own reckoning from the answers.
#[derive(Debug, Default)]
struct Granted {
    /// Hours by client, credits taken off.
    hours: [i64; 3],
    debits: BTreeMap<String, i64>,
    /// What made it so, in the order of the journal.
    story: Vec<String>,
}

/// Gives the codes of all answers.
async fn keeps_one_order(world: World, seed: u64) -> BTreeSet<String> {
    let world = judged(world);
    let random = &mut Random::new(seed, 1);
    let mut bodies: HashMap<MessageId, Bytes> = HashMap::new();
    for (aanbieder, first) in [(ZORG_A, 1), (ZORG_B, 4)] {
        for client in 0..CLIENTS.len() {
            let body = allocation(aanbieder, &format!("T{}", first + client), client);
            let given = world.taken("gemeente-a", &body).await;
            assert!(given.marks.is_empty(), "{:?}", given.marks);
            bodies.insert(given.id, body);
        }
    }
    world.clock.advance(SignedDuration::from_hours(24 * 5));

    let sent = at_one_moment(random);
    let mut tasks = JoinSet::new();
    for Sent { party, body } in sent.clone() {
        let (intake, caller) = (Arc::clone(&world.intake), world.caller(party));
        tasks.spawn(async move { (intake.accept(&caller, body.clone()).await, body) });
    }
    let mut repeats = 0;
    while let Some(done) = tasks.join_next().await {
        let (outcome, body) = done.expect("no panic");
        match outcome.expect("intake does its work") {
            Outcome::Accepted(message, _) => {
                assert!(
                    bodies.insert(message.id, body).is_none(),
                    "one outcome each"
                );
            }
            Outcome::Repeat(_) => repeats += 1,
            other @ (Outcome::Refused(_) | _) => panic!("not taken but: {other:?}"),
        }
    }
    let distinct: BTreeSet<&Bytes> = sent.iter().map(|sent| &sent.body).collect();
    assert_eq!(
        repeats,
        sent.len() - distinct.len(),
        "the same bytes are one message"
    );

    let mut library = Library::default();
    let mut granted: BTreeMap<String, Granted> = BTreeMap::new();
    let mut codes = BTreeSet::new();
    for event in world.events() {
        let Event::Received(received) = event else {
            continue;
        };
        let Some(body) = bodies.get(&received.message) else {
            assert!(
                received.marks.contains(&Mark::MadeHere),
                "{:?}",
                received.marks
            );
            continue;
        };
        let (aanbieder, made) = library.agrees(&world, &received, body, seed).await;
        if let Some(made) = &made {
            codes.extend(codes_of(made));
            if received.kind.soort == 323 {
                granted
                    .entry(aanbieder)
                    .or_default()
                    .read(std::str::from_utf8(body).expect("text"), made);
            }
        }
    }
    let was_granted = |granted: &Granted| !granted.debits.is_empty();
    assert!(
        granted.values().any(was_granted),
        "seed {seed}: nothing was granted"
    );
    for (aanbieder, granted) in granted {
        for hours in granted.hours {
            let most = i64::try_from(HOURS).expect("small");
            assert!(
                (0..=most).contains(&hours),
                "seed {seed}: {aanbieder} {granted:?}"
            );
        }
        for (debit, times) in &granted.debits {
            assert!(
                (0..=1).contains(times),
                "seed {seed}: {aanbieder} {debit} {granted:?}"
            );
        }
    }
    assert!(codes.len() > 3, "seed {seed}: rules were broken: {codes:?}");
    assert!(world.is_sound(), "seed {seed}: the journal makes the rows");
    codes.extend(goes_on_from_the_journal_alone(world, library, seed).await);
    codes
}

/// Both providers and the municipality leave judging to the gateway.
fn judged(mut world: World) -> World {
    world.register = register(&format!("{PARTIES}{MANDATE}{JUDGED}{ANOTHER}"));
    world
}

/// Erases every content, throws the views away, and goes on: what is declared then is judged as if nothing had happened. The library never forgot.
async fn goes_on_from_the_journal_alone(
    world: World,
    mut library: Library,
    seed: u64,
) -> BTreeSet<String> {
    world.clock.advance(SignedDuration::from_hours(24 * 61));
    let retention = world.retention(RetentionSettings::default());
    retention.sweep(world.clock.now()).await.expect("erased");
    for event in world.events() {
        if let Event::Received(received) = event {
            // Of an answer that was made here one party has the answer, and the other the copy.
            let mut erased = Vec::new();
            for party in ["gemeente-a", "zorg-a", "zorg-b"] {
                let caller = world.caller(party);
                let seen = world.mailbox.message(&caller, received.message).await;
                erased.extend(seen.ok().map(|seen| seen.state.erased));
            }
            assert!(
                !erased.is_empty() && erased.iter().all(Option::is_some),
                "{erased:?}"
            );
        }
    }
    assert!(
        world.is_sound(),
        "seed {seed}: also with every payload erased"
    );
    let world = judged(world.again_after(without_views));
    assert!(world.is_sound(), "seed {seed}: made anew from the journal");

    let random = &mut Random::new(seed, 2);
    let mut codes = BTreeSet::new();
    for number in 0..12 {
        for (party, aanbieder) in [("zorg-a", ZORG_A), ("zorg-b", ZORG_B)] {
            let lines = [Line::drawn(random)];
            let body = declaration(
                aanbieder,
                &format!("E{number}"),
                &format!("EN{number}"),
                &lines,
            );
            let taken = world.taken(party, &body).await;
            let mut events = world.events().into_iter().rev();
            let received = events.find_map(|event| {
                let Event::Received(received) = event else {
                    return None;
                };
                (received.message == taken.id).then_some(received)
            });
            let received = received.expect("its record");
            let (_, made) = library.agrees(&world, &received, &body, seed).await;
            codes.extend(codes_of(&made.expect("an answer")));
        }
    }
    assert!(world.is_sound());
    codes
}

/// The answer that the gateway made to a message: the record after it.
async fn made_answer(world: &World, party: &str, of: &Message) -> Option<String> {
    let thread = world
        .mailbox
        .thread(&world.caller(party), of.id)
        .await
        .expect("a thread");
    let made = thread
        .iter()
        .find(|message| message.marks == [Mark::MadeHere] && message.position == of.position + 1)?;
    match world.content(party, made.id).await {
        Content::Whole { body, .. } => Some(String::from_utf8(body).expect("text")),
        other @ Content::Erased { .. } => panic!("no body but {other:?}"),
    }
}

/// The return codes in an answer.
fn codes_of(answer: &str) -> impl Iterator<Item = String> {
    let mut pieces = answer.split(":RetourCode>").skip(1).step_by(2);
    std::iter::from_fn(move || pieces.next().map(|code| code[..4].to_owned()))
}

impl Granted {
    /// A line is granted when the declaration is processed and the answer does not give the line back.
    fn read(&mut self, declaration: &str, answer: &str) {
        // The last code is that of the declaration itself: all is granted, or some of it.
        let of_all = codes_of(answer).last();
        if !of_all.is_some_and(|code| ["8001", "0200"].contains(&code.as_str())) {
            return;
        }
        for (client, (bsn, _)) in CLIENTS.iter().enumerate() {
            let Some((_, line)) = declaration.split_once(&format!("<jw323:Bsn>{bsn}<")) else {
                continue;
            };
            let value = |name: &str| {
                let (_, rest) = line.split_once(&format!(":{name}>")).expect("an element");
                rest.split_once('<').expect("its end").0.to_owned()
            };
            let number = value("ReferentieNummer");
            if answer.contains(&format!("ReferentieNummer>{number}<")) {
                continue;
            }
            let hours: i64 = value("GeleverdVolume").parse().expect("a volume");
            let before_credit = line.split_once("DebetCredit>C");
            let is_credit =
                before_credit.is_some_and(|(before, _)| !before.contains("</jw323:Client>"));
            let (debit, sign) = if is_credit {
                (value("VorigReferentieNummer"), -1)
            } else {
                (number, 1)
            };
            self.hours[client] += sign * hours;
            self.story.push(format!("{debit} {sign:+} of {hours}"));
            *self.debits.entry(debit).or_default() += sign;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_whatever_arrives_at_once_every_outcome_is_that_of_one_serial_order() {
    let codes = Mutex::new(BTreeSet::new());
    for seed in [1, 2, 3, 4] {
        on_both_stores(async |world: World| {
            let given = keeps_one_order(world, seed).await;
            codes.lock().expect("no panic").extend(given);
        })
        .await;
    }
    let codes = codes.into_inner().expect("no panic");
    for code in ["8001", "8017", "9074", "9322", "9389"] {
        assert!(codes.contains(code), "no answer has {code}: {codes:?}");
    }
}
