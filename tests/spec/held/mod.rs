//! Declarations whose 325 the gateway keeps back: lines that wait for a decision of the municipality, outcomes that hang on a message that is not answered yet,
//! and what ends the waiting.

mod again;
mod api;
mod command;
mod damage;
mod ends;
mod lines;
mod rests;
mod told;
mod wire;

use std::sync::Arc;

use bytes::Bytes;
use jiff::SignedDuration;
use knooppunt::api::besluiten::DeclarationBody;
use knooppunt::clock::{Clock as _, day_of};
use knooppunt::decisions::Standing;
use knooppunt::intake::{DecisionError, Wanted};
use knooppunt::ledger::{Event, Mark, Message, MessageId};
use knooppunt::reference::{InForce, References};
use knooppunt::store::PartKind;
use knooppunt::terms::{TermSettings, Terms};
use knooppunt_standard::reference::Reference;
use knooppunt_standard::{Bericht, Limits};

use crate::damage::flip;
use crate::door::{Door, Reply};
use crate::judge::{allocation, codes, declaration, with, without_views};
use crate::modes::MANDATE;
use crate::world::{GEMEENTE_A, PARTIES, RELEASES, World, ZORG_A, intake, judged, register};

/// The municipality leaves judging to the gateway and is asked about other tariffs than those of its contract. The provider answers itself.
pub(crate) const ASKS: &str = r#"
[[mode]]
for = "0289"
mode = "judge"
laws = ["jw"]

[[history]]
gemeente = "0289"
laws = ["jw"]
since = 2015-01-01

[[reading]]
for = "0289"
settings = { contract_decision = "broken" }
"#;

/// A software house that may read for the municipality, and one that may decide for it.
pub(crate) const READERS: &str = r#"
[[party]]
id = "lezer"
name = "Lezer"

[[party]]
id = "besluiter"
name = "Besluiter"

[[mandate]]
party = "lezer"
for = "0289"
direction = "receive"
laws = ["jw"]
from = 2026-01-01

[[mandate]]
party = "besluiter"
for = "0289"
direction = "decide"
laws = ["jw"]
kinds = [323]
from = 2026-01-01
"#;

/// A contract with this tariff for the product that the plain messages are about.
fn contract(tarief: u64) -> InForce {
    let text = format!(
        r#"
title = "Contract"
law = "jw"
gemeente = "0289"
aanbieder = "98980001"

[[line]]
code = "45A04"
eenheid = "04"
product_tarief = {tarief}
"#
    );
    let files = vec![("contracts/a.toml".to_owned(), text.into_bytes())];
    InForce {
        reference: Reference::load(files).expect("a contract"),
        hash: Some([1; 32]),
        ..InForce::default()
    }
}

/// The same of another client, under his allocation.
fn of_other(body: &Bytes) -> Bytes {
    let body = with(body, ">999900420<", ">999900432<");
    with(&body, "Nummer>260001<", "Nummer>260002<")
}

fn other_allocation(id: &str) -> Bytes {
    of_other(&allocation(id))
}

fn declaration_of_other(id: &str) -> Bytes {
    of_other(&declaration(id))
}

/// The declaration of both clients.
pub(crate) fn declaration_of_both(id: &str) -> Bytes {
    let body = declaration(id);
    let text = std::str::from_utf8(&body).expect("text");
    let (from, to) = ("      <jw323:Client>", "    </jw323:Clienten>");
    let client = &text[text.find(from).expect("a client")..text.find(to).expect("its end")];
    let other = client
        .replace("999900420", "999900432")
        .replace("260001", "260002")
        .replace(&format!("P-{id}"), &format!("Q-{id}"));
    let total = "TotaalBedrag>58000<";
    text.replace(to, &format!("{other}{to}"))
        .replace(total, "TotaalBedrag>116000<")
        .into()
}

/// A declaration for the tariff of the contract.
fn at_contract(body: &Bytes) -> Bytes {
    let body = with(body, "Tarief>7250<", "Tarief>7000<");
    let body = with(
        &body,
        "Bedrag>58000</ijw:Bedrag",
        "Bedrag>56000</ijw:Bedrag",
    );
    with(&body, "TotaalBedrag>58000<", "TotaalBedrag>56000<")
}

pub(crate) const LINE: &str = "/Bericht/Declaratie/Clienten/Client[1]/Prestaties/Prestatie[1]";
const OTHER_LINE: &str = "/Bericht/Declaratie/Clienten/Client[2]/Prestaties/Prestatie[1]";

impl World {
    /// What the municipality owes an answer to.
    async fn owed(&self) -> Vec<MessageId> {
        let terms = Terms::new(Arc::clone(&self.ledger), TermSettings::default());
        let owed = terms
            .of(&self.caller("gemeente-a"))
            .await
            .expect("the terms");
        owed.into_iter().map(|open| open.message).collect()
    }

    pub(crate) async fn held(&self, party: &str) -> Vec<Standing> {
        let page = self.deciding().list(&self.caller(party), None, 100).await;
        let page = page.expect("a list");
        assert!(page.next.is_none());
        page.declarations
    }

    pub(crate) async fn decide(
        &self,
        id: MessageId,
        wanted: Wanted,
    ) -> Result<Standing, DecisionError> {
        let caller = self.caller("gemeente-a");
        self.deciding().decide(&caller, id, wanted).await
    }

    pub(crate) async fn decided(&self, id: MessageId, wanted: Wanted) -> Standing {
        self.decide(id, wanted).await.expect("decided")
    }

    /// The same on all that asks now.
    pub(crate) async fn rest(&self, id: MessageId, grant: bool) -> Wanted {
        let caller = self.caller("gemeente-a");
        let seen = self.deciding().one(&caller, id, 0).await.ok();
        let verdict = seen.and_then(|standing| standing.verdict);
        let verdict = verdict.unwrap_or_default();
        Wanted::Rest { grant, verdict }
    }

    /// What runs beside the doors: what waits is judged again.
    pub(crate) async fn judge_again(&self) -> usize {
        let now = || (Arc::clone(&self.register), self.clock.now());
        let (_, at) = now();
        self.intake.queue_on(day_of(at)).await.expect("queued");
        let answered = self.intake.judge_again(&now, &|| true);
        answered.await.expect("judged again")
    }

    /// The 325 that the gateway made for the provider to a declaration, if it did.
    pub(crate) async fn answer_to(&self, id: MessageId) -> Option<String> {
        let thread = self.mailbox.thread(&self.caller("zorg-a"), id).await;
        let thread = thread.expect("a thread");
        let made: Vec<&Message> = thread
            .iter()
            .filter(|message| message.marks == [Mark::MadeHere])
            .collect();
        assert!(made.len() <= 1, "one answer");
        let made = made.first()?;
        let body = self.body("zorg-a", made.id).await;
        let checked = RELEASES.check(body.as_bytes(), &Limits::default());
        assert!(checked.findings.is_empty(), "{:?}", checked.findings);
        assert!(Bericht::read(&checked).is_some());
        Some(body)
    }

    /// The codes in it, sorted.
    pub(crate) async fn codes(&self, id: MessageId) -> Option<Vec<String>> {
        let answer = self.answer_to(id).await?;
        let mut codes = codes(&answer);
        codes.sort();
        Some(codes)
    }

    pub(crate) fn count(&self, of: fn(&Event) -> bool) -> usize {
        self.events().iter().filter(|event| of(event)).count()
    }
}

/// A world in which declarations wait, and who looks at them.
pub(crate) struct Waiting {
    pub(crate) world: World,
    pub(crate) references: Arc<References>,
    pub(crate) parties: String,
}

impl std::ops::Deref for Waiting {
    type Target = World;

    fn deref(&self) -> &World {
        &self.world
    }
}

impl Waiting {
    /// Judged with a contract of 70 euros an hour; `more` stands in the register too.
    fn new(world: World, more: &str) -> Self {
        let references = Arc::new(References::new(contract(7000)));
        Self::of(
            world,
            references,
            &format!("{PARTIES}{MANDATE}{ASKS}{more}"),
        )
    }

    fn of(mut world: World, references: Arc<References>, parties: &str) -> Self {
        let intake = intake(&world.ledger, Limits::default());
        world.intake = Arc::new(intake.with_references(Arc::clone(&references)));
        world.register = register(parties);
        Self {
            world,
            references,
            parties: parties.to_owned(),
        }
    }

    /// With both allocations in force, on the day of the declarations.
    pub(crate) async fn allocated(world: World, more: &str) -> Self {
        let waiting = Self::new(world, &format!("{}{more}", judged(ZORG_A)));
        for body in [allocation("T1"), other_allocation("T2")] {
            let given = waiting.taken("gemeente-a", &body).await;
            assert!(given.marks.is_empty(), "{:?}", given.marks);
        }
        waiting.clock.advance(SignedDuration::from_hours(24 * 5));
        waiting
    }

    /// With an allocation that the provider has not answered yet, on the day of the declarations.
    async fn unanswered(world: World) -> (Self, Message) {
        let waiting = Self::new(world, "");
        let given = waiting.taken("gemeente-a", &allocation("T1")).await;
        waiting.clock.advance(SignedDuration::from_hours(24 * 5));
        (waiting, given)
    }

    /// The provider accepts that allocation.
    async fn accepted(&self) -> Message {
        self.answered("JW302", GEMEENTE_A, ZORG_A, "T1", "R1").await
    }

    fn again(self) -> Self {
        Self::of(self.world.again(), self.references, &self.parties)
    }

    /// After a start over a data folder in which a bit changed in a part of the first record that is such.
    fn damaged(self, kind: PartKind, of: fn(&Event) -> bool) -> Self {
        let number = self.events().iter().position(of).expect("such a record");
        let parts = &self.records()[number].parts;
        let part = parts.iter().find(|part| part.kind == kind).cloned();
        let part = part.expect("the part");
        let world = self.world.again_after(|data| flip(data, &part));
        Self::of(world, self.references, &self.parties)
    }

    fn without_views(self) -> Self {
        let world = self.world.again_after(without_views);
        Self::of(world, self.references, &self.parties)
    }
}

pub(crate) fn line(path: &str, grant: bool) -> Wanted {
    Wanted::Lines(vec![(path.to_owned(), grant)])
}

pub(crate) fn paths(standing: &Standing) -> Vec<&str> {
    let lines = standing.lines.iter();
    lines.map(|line| line.path.as_str()).collect()
}

/// The same world behind the own API.
struct Office {
    door: Door,
    id: String,
}

impl Office {
    /// With one declaration of two lines that wait.
    async fn open() -> Self {
        let waiting = Waiting::allocated(World::new(), READERS).await;
        let taken = waiting.taken("zorg-a", &declaration_of_both("D1")).await;
        Self {
            id: taken.id.to_string(),
            door: Door::above(waiting.world),
        }
    }

    fn path(&self) -> String {
        format!("/v1/besluiten/{}", self.id)
    }

    async fn post(&self, party: &str, body: &str) -> Reply {
        let path = self.path();
        self.door
            .post_as(party, &path, "application/json", body.to_owned())
            .await
    }

    /// This word on all that asks now.
    async fn rest(&self, word: &str) -> String {
        let verdict = self.one("gemeente-a").await.verdict.expect("it waits");
        format!(r#"{{"rest": "{word}", "verdict": {verdict}}}"#)
    }

    async fn one(&self, party: &str) -> DeclarationBody {
        let reply = self.door.get(party, &self.path()).await;
        assert_eq!(reply.status, 200, "{:?}", reply.body);
        reply.json()
    }
}
