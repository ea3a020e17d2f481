//! A gateway without doors: parties, messages and a clock, for the tests of intake, mailboxes, threads, retention and receipts.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};

use bytes::Bytes;
use jiff::Timestamp;
use knooppunt::clock::{Clock as _, ManualClock};
use knooppunt::decisions::Decisions;
use knooppunt::intake::{Intake, Outcome, Refusal};
use knooppunt::lanes::{LaneSettings, Lanes};
use knooppunt::ledger::{Event, Foundation, Ledger, Message, MessageId, Pseudonyms};
use knooppunt::mailbox::{Content, Filter, Mailbox, Page};
use knooppunt::receipt::Receipts;
use knooppunt::register::{PartyCode, Register, Source};
use knooppunt::retention::{Retention, RetentionSettings};
use knooppunt::route::Caller;
use knooppunt::schemas;
use knooppunt::store::embedded::{self, Embedded, Options};
use knooppunt::store::{Journal, Memory, Position, Record, Views};
use knooppunt_standard::{Limits, Releases};
use tempfile::TempDir;

/// Two municipalities, two providers, and a software house that acts for the first provider.
pub(crate) const PARTIES: &str = r#"
[[party]]
id = "gemeente-a"
name = "Gemeente A"
code = [{ kind = "gemeentecode", code = "0289" }]

[[party]]
id = "gemeente-b"
name = "Gemeente B"
code = [{ kind = "gemeentecode", code = "0344" }]

[[party]]
id = "zorg-a"
name = "Zorg A"
code = [{ kind = "agb", code = "98980001" }, { kind = "agb", code = "98980003" }]

[[party]]
id = "zorg-b"
name = "Zorg B"
code = [{ kind = "agb", code = "98980002" }]

[[party]]
id = "softwarehuis"
name = "Softwarehuis"

[[mandate]]
party = "softwarehuis"
for = "98980001"
direction = "submit"
laws = ["jw"]
kinds = [305, 323]
from = 2026-01-01
until = 2026-06-30

[[mandate]]
party = "softwarehuis"
for = "98980001"
direction = "receive"
laws = ["jw"]
kinds = [301]
from = 2026-01-01
until = 2026-06-30
"#;

/// When every test begins: 1 March 2026, 10 in the morning in Amsterdam.
const START: Timestamp = Timestamp::constant(1_772_355_600, 0);

pub(crate) const GEMEENTE_A: &str = "0289";
pub(crate) const GEMEENTE_B: &str = "0344";
pub(crate) const ZORG_A: &str = "98980001";
pub(crate) const ZORG_A_TOO: &str = "98980003";
pub(crate) const ZORG_B: &str = "98980002";

/// Lines of a register by which the gateway judges what goes to a code under the youth act and answers it.
pub(crate) fn judged(code: &str) -> String {
    format!(
        "
[[mandate]]
for = \"{code}\"
direction = \"answer\"
laws = [\"jw\"]
from = 2026-01-01

[[mode]]
for = \"{code}\"
mode = \"judge\"
laws = [\"jw\"]
"
    )
}

/// Lines of a register by which all that a municipality ever sent or was sent passed here.
pub(crate) fn whole(gemeente: &str) -> String {
    format!("\n[[history]]\ngemeente = \"{gemeente}\"\nlaws = [\"jw\"]\nsince = 2015-01-01\n")
}

pub(crate) static RELEASES: LazyLock<Arc<Releases>> =
    LazyLock::new(|| Arc::new(schemas::releases(None).expect("the releases of this repository")));

/// Of all releases, over lanes as they are without settings.
pub(crate) fn intake(ledger: &Arc<Ledger>, limits: Limits) -> Intake {
    Intake::new(
        Arc::clone(ledger),
        Arc::clone(&RELEASES),
        limits,
        Lanes::new(&LaneSettings::default()),
    )
}

/// Where the journal and the views are.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    pub(crate) journal: Arc<dyn Journal>,
    pub(crate) views: Arc<dyn Views>,
    disk: Option<Arc<OnDisk>>,
}

/// The folders of a store on disk, and the store while it is open.
#[derive(Debug)]
struct OnDisk {
    folder: TempDir,
    open: Mutex<Option<Embedded>>,
}

impl Store {
    pub(crate) fn memory() -> Self {
        let Memory { journal, views } = Memory::new();
        Self::of(journal, views)
    }

    pub(crate) fn of(journal: Arc<dyn Journal>, views: Arc<dyn Views>) -> Self {
        Self {
            journal,
            views,
            disk: None,
        }
    }

    pub(crate) fn on_disk() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (data, keys) = (folder.path().join("data"), folder.path().join("keys"));
        let open = Embedded::create(&data, &keys, &[], small(), START).expect("a new store");
        Self::opened(folder, open)
    }

    fn opened(folder: TempDir, open: Embedded) -> Self {
        let (journal, views) = (Arc::clone(&open.journal), Arc::clone(&open.views));
        let disk = OnDisk {
            folder,
            open: Mutex::new(Some(open)),
        };
        Self {
            journal,
            views,
            disk: Some(Arc::new(disk)),
        }
    }

    /// As after a clean stop and a start, with something done to the data folder in between.
    fn again(self, now: Timestamp, meanwhile: impl FnOnce(&Path)) -> Self {
        let Some(disk) = self.disk else { return self };
        drop((self.journal, self.views));
        let OnDisk { folder, open } =
            Arc::into_inner(disk).expect("nobody else has the store open");
        let open = open.into_inner().expect("no panic").expect("it is open");
        open.close().expect("a clean stop");
        let (data, keys) = (folder.path().join("data"), folder.path().join("keys"));
        meanwhile(&data);
        let open = Embedded::open(&data, &keys, small(), now).expect("it opens again");
        Self::opened(folder, open)
    }
}

fn small() -> Options {
    Options {
        journal_segment_bytes: 1 << 20,
        part_segment_bytes: 1 << 20,
        key_slots: 64,
        reserve_bytes: 0,
        ..Options::default()
    }
}

pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) intake: Arc<Intake>,
    pub(crate) mailbox: Arc<Mailbox>,
    pub(crate) clock: ManualClock,
    pub(crate) register: Arc<Register>,
    pub(crate) receipts: Arc<Receipts>,
    /// How often the process would have ended.
    pub(crate) fatal: Arc<AtomicUsize>,
}

/// The same on a store in memory and on one on disk; a failure says on which.
#[allow(clippy::print_stderr, reason = "shown when a test fails")]
pub(crate) async fn on_both_stores(test: impl AsyncFn(World)) {
    eprintln!("on the store in memory:");
    test(World::new()).await;
    eprintln!("on the store on disk:");
    test(World::on(Store::on_disk())).await;
}

impl World {
    /// On 1 March 2026, in memory.
    pub(crate) fn new() -> Self {
        Self::on(Store::memory())
    }

    /// On 1 March 2026, on this store.
    pub(crate) fn on(store: Store) -> Self {
        Self::at(store, ManualClock::at(START))
    }

    pub(crate) fn at(store: Store, clock: ManualClock) -> Self {
        let fatal = Arc::new(AtomicUsize::new(0));
        let foundation = Foundation {
            journal: Arc::clone(&store.journal),
            views: Arc::clone(&store.views),
            pseudonyms: Arc::new(Pseudonyms::new(&[7; 32])),
            clock: Arc::new(clock.clone()),
        };
        let ended = Arc::clone(&fatal);
        let on_fatal = Arc::new(move |_: &_| {
            ended.fetch_add(1, Ordering::SeqCst);
        });
        let ledger = Ledger::open(foundation, on_fatal, &mut |_| ()).expect("the ledger opens");
        let receipts = Arc::new(Receipts::new(&[9; 32], "knooppunt.example"));
        Self {
            intake: Arc::new(intake(&ledger, Limits::default())),
            mailbox: Arc::new(Mailbox::new(Arc::clone(&ledger), Arc::clone(&receipts))),
            ledger,
            store,
            clock,
            register: register(PARTIES),
            receipts,
            fatal,
        }
    }

    /// The same, taking no body larger than this.
    pub(crate) fn taking_at_most(mut self, body_bytes: usize) -> Self {
        self.intake = Arc::new(self.intake_of_at_most(body_bytes));
        self
    }

    /// An intake that takes no body larger than this.
    pub(crate) fn intake_of_at_most(&self, body_bytes: usize) -> Intake {
        let limits = Limits {
            body_bytes,
            ..Limits::default()
        };
        intake(&self.ledger, limits)
    }

    /// Stops, and starts anew on the same store.
    pub(crate) fn again(self) -> Self {
        self.again_after(|_| ())
    }

    /// The same, with something done to the data folder (of a store on disk) in between.
    pub(crate) fn again_after(self, meanwhile: impl FnOnce(&Path)) -> Self {
        self.ledger.stop();
        let Self { store, clock, .. } = self;
        let store = store.again(clock.now(), meanwhile);
        Self::at(store, clock)
    }

    /// Stops, and has the store (on disk) checked.
    pub(crate) fn checked(self) -> embedded::Report {
        self.ledger.stop();
        let Self { store, clock, .. } = self;
        let mut report = None;
        store.again(clock.now(), |data| {
            let keys = data.with_file_name("keys");
            report = Some(embedded::check(data, &keys, &mut |_| ()).expect("it can be checked"));
        });
        report.expect("a store on disk")
    }

    /// Deciding by the register and the clock of this moment.
    pub(crate) fn deciding(&self) -> Decisions {
        let (register, clock) = (Arc::clone(&self.register), self.clock.clone());
        let now = move || (Arc::clone(&register), clock.now());
        Decisions::new(
            Arc::clone(&self.ledger),
            Arc::clone(&self.intake),
            Arc::new(now),
        )
    }

    pub(crate) fn retention(&self, settings: RetentionSettings) -> Retention {
        Retention::new(Arc::clone(&self.ledger), settings)
    }

    /// This party, now.
    pub(crate) fn caller(&self, party: &str) -> Caller {
        Caller {
            party: party.parse().expect("a party id"),
            register: Arc::clone(&self.register),
            at: self.clock.now(),
        }
    }

    pub(crate) async fn hand_in(&self, party: &str, body: &Bytes) -> Outcome {
        self.intake
            .accept(&self.caller(party), body.clone())
            .await
            .expect("intake does its work")
    }

    /// Hands in what must be taken.
    pub(crate) async fn taken(&self, party: &str, body: &Bytes) -> Message {
        let outcome = self.hand_in(party, body).await;
        let Outcome::Accepted(message, _) = outcome else {
            panic!("{party} was not taken but: {outcome:?}")
        };
        message
    }

    /// Hands in a message that must be taken, made by the party whose code it says. See [`message`].
    pub(crate) async fn sent(
        &self,
        bericht: &str,
        gemeente: &str,
        aanbieder: &str,
        id: &str,
    ) -> Message {
        let maker = maker(bericht, gemeente, aanbieder);
        let body = message(bericht, gemeente, aanbieder, id);
        self.taken(maker, &body).await
    }

    /// The same for an answer. See [`answer`].
    pub(crate) async fn answered(
        &self,
        bericht: &str,
        gemeente: &str,
        aanbieder: &str,
        asked: &str,
        id: &str,
    ) -> Message {
        let maker = maker(bericht, gemeente, aanbieder);
        let body = answer(bericht, gemeente, aanbieder, asked, id);
        self.taken(maker, &body).await
    }

    /// Hands in what must be refused.
    pub(crate) async fn refused(&self, party: &str, body: &Bytes) -> Refusal {
        let outcome = self.hand_in(party, body).await;
        let Outcome::Refused(refusal) = outcome else {
            panic!("{party} was not refused but: {outcome:?}")
        };
        refusal
    }

    /// Everything that waits for a party, on one page.
    pub(crate) async fn waiting(&self, party: &str) -> Vec<MessageId> {
        ids(&self.list(party, Filter::default()).await)
    }

    pub(crate) async fn list(&self, party: &str, filter: Filter) -> Page {
        self.mailbox
            .list(&self.caller(party), filter, None, 1000)
            .await
            .expect("the mailbox does its work")
    }

    /// A message as its maker or receiver sees it.
    pub(crate) async fn seen(&self, party: &str, id: MessageId) -> Message {
        let message = self.mailbox.message(&self.caller(party), id).await;
        message.expect("a message of this party")
    }

    /// The content of a message, for its receiver.
    pub(crate) async fn content(&self, party: &str, id: MessageId) -> Content {
        let content = self.mailbox.body(&self.caller(party), id).await;
        content.expect("the content is there, or known to be erased")
    }

    pub(crate) async fn acknowledge(&self, party: &str, id: MessageId) -> Timestamp {
        self.mailbox
            .acknowledge(&self.caller(party), id)
            .await
            .expect("the receiver acknowledges")
    }

    pub(crate) fn records(&self) -> Vec<Record> {
        self.store
            .journal
            .read_from(Position(0), 100_000)
            .expect("records")
    }

    pub(crate) fn events(&self) -> Vec<Event> {
        self.records()
            .iter()
            .map(|record| Event::decode(&record.event).expect("one of our records"))
            .collect()
    }
}

pub(crate) fn register(text: &str) -> Arc<Register> {
    let source = Source {
        name: "parties.toml".to_owned(),
        bytes: text.into(),
    };
    Arc::new(Register::load(vec![source]).expect("a register"))
}

pub(crate) fn ids(page: &Page) -> Vec<MessageId> {
    page.messages.iter().map(|message| message.id).collect()
}

pub(crate) fn time(text: &str) -> Timestamp {
    text.parse().expect("a moment")
}

pub(crate) fn code(text: &str) -> PartyCode {
    text.parse().expect("a code")
}

/// The party that makes a message of this kind.
fn maker(bericht: &str, gemeente: &str, aanbieder: &str) -> &'static str {
    let number = bericht.trim_start_matches(|letter: char| letter.is_ascii_uppercase());
    let is_of_gemeente = ["301", "306", "308", "316", "318", "319", "325"].contains(&number);
    match if is_of_gemeente { gemeente } else { aanbieder } {
        GEMEENTE_A => "gemeente-a",
        GEMEENTE_B => "gemeente-b",
        ZORG_A | ZORG_A_TOO => "zorg-a",
        ZORG_B => "zorg-b",
        other => panic!("{other} is no code of a party here"),
    }
}

/// The standard of a kind of message: its folder, and the prefix of what all its kinds have.
fn standard(bericht: &str) -> &'static str {
    if bericht.starts_with("WMO") {
        "iwmo"
    } else {
        "ijw"
    }
}

/// A message that is no answer: `JW301` or `WMO301` under the identification `id`. Who sends it follows from its kind.
pub(crate) fn message(bericht: &str, gemeente: &str, aanbieder: &str, id: &str) -> Bytes {
    let element = format!("{}:Identificatie", standard(bericht));
    set(&template(bericht, gemeente, aanbieder), &element, 0, id).into()
}

/// The answer `id` to the message `answered`: a retour, or a 325.
pub(crate) fn answer(
    bericht: &str,
    gemeente: &str,
    aanbieder: &str,
    answered: &str,
    id: &str,
) -> Bytes {
    let text = template(bericht, gemeente, aanbieder);
    let element = format!("{}:Identificatie", standard(bericht));
    if bericht.ends_with("325") {
        set(&set(&text, &element, 0, id), &element, 1, answered).into()
    } else {
        let retour = format!("{}:IdentificatieRetour", bericht.to_lowercase());
        set(&set(&text, &element, 0, answered), &retour, 0, id).into()
    }
}

/// The same message with a change that its schema allows and that nobody would see: another first name.
pub(crate) fn changed(body: &Bytes) -> Bytes {
    let text = std::str::from_utf8(body).expect("text");
    assert!(
        text.contains("<ijw:Voornamen>Mila"),
        "the plain messages are about Mila"
    );
    text.replace("<ijw:Voornamen>Mila", "<ijw:Voornamen>Noor")
        .into()
}

/// A message with one obligatory element missing.
pub(crate) fn broken(body: &Bytes) -> Bytes {
    let text = std::str::from_utf8(body).expect("text");
    let start = text
        .find(":BerichtSubversie>")
        .and_then(|at| text[..at].rfind('<'))
        .expect("an opening tag");
    let end = text[start..].find('\n').expect("a line") + start;
    format!("{}{}", &text[..start], &text[end..]).into()
}

fn template(bericht: &str, gemeente: &str, aanbieder: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("conformance/messages")
        .join(standard(bericht))
        .join(bericht)
        .join("plain/message.xml");
    let text = std::fs::read_to_string(&path).expect("a plain message of this kind");
    // The tests begin before the day of the 325, and a message that is ahead of the clock is told (TR135).
    text.replace(">2026-03-10<", ">2026-03-01<")
        .replace(">0289<", &format!(">{gemeente}<"))
        .replace(">98980001<", &format!(">{aanbieder}<"))
}

/// Puts a value in the `nth` element of this name.
fn set(text: &str, element: &str, nth: usize, value: &str) -> String {
    let open = format!("<{element}>");
    let (at, _) = text
        .match_indices(&open)
        .nth(nth)
        .expect("the element is there");
    let start = at + open.len();
    let end = text[start..].find('<').expect("it ends") + start;
    format!("{}{}{}", &text[..start], value, &text[end..])
}
