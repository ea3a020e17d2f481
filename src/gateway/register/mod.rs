//! Who the parties are: which certificates stand for them, which codes they own, and for whom
//! they may act. Read from TOML files into a snapshot that never changes and is swapped in one
//! step; it reads no certificates and makes no decisions about messages.
//!
//! ```toml
//! [[party]]
//! id = "gemeente-utrecht"            # own name: lower-case letters, digits, hyphens
//! name = "Gemeente Utrecht"
//! code = [{ kind = "gemeentecode", code = "0344", from = 2015-01-01 }]
//! certificate = [
//!     { anchor = "pkio-g1", oin = "00000001002220647000" },
//!     { anchor = "pkio-g4-tls", oin = "00000001002220647000" },
//! ]
//!
//! [[party]]
//! id = "zorg-bv"
//! name = "Zorg B.V."
//! code = [{ kind = "agb", code = "98765432" }]
//! certificate = [{ anchor = "operator-ca", uri = "urn:example:party:zorg-bv" }]
//!
//! [[mandate]]                        # zorg-bv hands in for the owner of 0344
//! party = "zorg-bv"
//! for = "0344"
//! direction = "submit"               # or "receive", or "decide" (on declarations that wait)
//! laws = ["jw", "wmo"]
//! kinds = [301]                      # leave out for all kinds
//! from = 2026-01-01                  # both days count; Europe/Amsterdam
//! until = 2026-12-31
//!
//! [[mandate]]                        # the gateway may answer in the name of 0344; so it names no party. Like
//!                                    # every mandate it ends when its giver owns the code no more
//! for = "0344"
//! direction = "answer"
//! laws = ["jw"]
//! from = 2026-01-01
//!
//! [[mode]]                           # how far the gateway judges what is sent to 0344; without a line: guard
//! for = "0344"                       # where there is a mandate to answer, else carry
//! mode = "judge"                     # or "guard", or "carry"; "judge" asks for a [[history]], and is "guard" without
//! laws = ["jw"]
//! kinds = [305, 307]                 # leave out for all kinds that are answered
//! from = 2026-02-01                  # leave days out for always
//!
//! [[history]]                        # since this day all traffic between these two passes here, in both directions;
//! gemeente = "0344"                  # what may be older is not held against anybody
//! aanbieder = "98765432"             # leave out for every provider
//! laws = ["jw"]
//! since = 2026-02-01
//!
//! [[reading]]                        # how 0344 reads rules whose text leaves room; what is left out is read as we do
//! for = "0344"
//! settings = { credit_comparison = "full" }
//!
//! [[tekstBestand]]                   # a file that is no message of the standards (csv, xls, text), sent over the GGk: carried as it
//! functie = "BUDGET-CSV"             # is, never judged. As envelopes name it; without a line no file is taken. The mandates of others
//! sender = "0344"                    # name it too: functies = ["BUDGET-CSV"], beside laws or without them
//! receivers = ["98765432"]           # leave out for everybody
//! berichtcode = "Di01"               # or "Du01"; leave out for both
//! from = 2026-02-01                  # leave days out for always
//!
//! [[pull]]                           # how zorg-bv fetches payloads over the VSP: as they are; without a line, or with
//! party = "zorg-bv"                  # true, as a ZIP file with one file
//! zip = false
//!
//! [[large]]                          # messages between these two, who both use the own API, may be larger than
//! gemeente = "0344"                  # api.body_bytes_max, in both directions: at most 268435456 bytes, and only as
//! aanbieder = "98765432"             # much as budget.in_flight_bytes_max and lanes.judging_bytes_max have room for
//! body_bytes_max = 28000000
//! from = 2026-02-01                  # leave days out for always
//!
//! [[translation]]                    # 0344 agrees that products in messages with zorg-bv are translated by its table. Nothing
//! for = "0344"                       # is, unless the other side has such a line too: for = "98765432", with = "0344"
//! with = "98765432"                  # leave out for everybody
//! laws = ["jw"]
//! from = 2026-02-01                  # days of receipt; leave them out for always. What was given under an allocation
//!                                    # while it held comes back afterwards as well
//!
//! [[endpoint]]                       # messages to the codes of gemeente-utrecht are brought there; its mailbox stays as it is
//! party = "gemeente-utrecht"
//! kind = "ggk0210"                   # or "ggk0310"; "vsp-push" for a provider
//! url = "https://stuf.gemeente.example/ggk/OntvangAsynchroon"
//! certificate = "us.pem"             # what we present; paths count from the folder of this file
//! key = "us.key"
//! roots = "gemeente-roots.pem"       # what the endpoint's own certificate must lead to
//! crls = ["crl"]                     # beside those that the gateway fetches; where named, one of every issuer of its chain
//! crl_required = false               # true: one of every issuer also where no files are named, or it gets nothing
//! timeout_s = 30                     # of a whole call
//! concurrent_max = 4                 # messages under way to it at once; never two of one pair of parties
//! empty_200 = false                  # true: an empty 200, or a 202, counts as taken
//! later_may_pass = false             # true: later ones between the same two parties do not wait for one that is not taken
//! application = "GGk"                # ggk: ontvanger.applicatie
//! # zip = false                      # vsp-push: a payload is the message as it is, not a ZIP with one file
//!
//! [[party]]                          # who audits is a party of its own: it owns no code and has no mandate
//! id = "rekenkamer"
//! name = "Rekenkamer"
//! certificate = [{ anchor = "operator-ca", uri = "urn:example:party:rekenkamer" }]
//!
//! [[auditor]]                        # and what it may look at; several lines of one party add up
//! party = "rekenkamer"
//! laws = ["jw", "wmo"]
//! gemeenten = ["0344"]               # messages from and to these
//! from = 2026-01-01                  # days of receipt; both are asked for, and both count
//! until = 2026-12-31
//! ```
//! A certificate is named by `oin` (PKIoverheid), `uri` (the operator's CA), `fingerprint` (SHA-256
//! of the certificate), or `issuer` (SHA-256 of the issuer's name) and `serial` together.

pub mod auditor;
pub mod code;
pub mod endpoint;
pub mod files;
pub mod identity;
pub mod judging;
pub mod large;
mod load;
pub mod mandate;
pub mod party;
mod seen;
pub mod translation;

pub use auditor::{Reach, Scope};
pub use code::{CodeKind, Pair, PartyCode};
pub use endpoint::{Endpoint, EndpointKind};
pub use files::{FileCode, Files, functie_wrong};
pub use identity::{Anchor, Identity, Key, Oin};
pub use judging::{Judging, Mode};
pub use large::{LARGE_BYTES_MAX, Large};
pub use load::PINS_LIVE_MAX;
pub use mandate::{Direction, Mandate};
pub use party::{Held, Party, PartyId, Period};
pub use seen::{Expiring, Warning};
pub use translation::Agreed;

use crate::clock::day_of;
use crate::fault::Fault;
use crate::transport::peer::Peer;
use arc_swap::ArcSwap;
use jiff::Timestamp;
use jiff::civil::Date;
use knooppunt_standard::{Law, Release};
use seen::Seen;
use sha2::{Digest, Sha256};
use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

crate::settings! {
    /// Who the parties are.
    pub struct RegisterSettings {
        /// Files with parties and mandates (TOML), or folders of them (their `*.toml`). They are one register: it is
        /// refused as a whole when anything in it is wrong.
        pub files: Vec<PathBuf> = vec![PathBuf::from("register")],
    }
}

/// One register file as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Name for messages, usually the path.
    pub name: String,
    /// Its bytes, UTF-8 TOML.
    pub bytes: Vec<u8>,
}

/// One thing that is wrong with the files. Displayed as `file:line: what is wrong and what to do`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Name of the source.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// What is wrong and what to do.
    pub text: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.text)
    }
}

/// Why there is no register. The one in force, if any, stays in force.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegisterError {
    /// A file or folder could not be read.
    #[error("cannot read register file {path}: {source}")]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// The gateway is to judge messages of a release for which it has no rules.
    #[error(
        "the register is refused: release {release} of the {law} has no rules here, so messages to {code} of it cannot be judged: choose \"carry\" for them with a [[mode]], or take the release away"
    )]
    NoRules {
        /// The law of the release.
        law: &'static str,
        /// The release.
        release: String,
        /// To whom the messages would be.
        code: PartyCode,
    },
    /// Two parties may exchange messages that find no room in memory here.
    #[error(
        "the register is refused: messages of {bytes} bytes between {gemeente} and {aanbieder} ([[large]]) would never find room in memory: the configuration has room for {bytes_max}. Raise budget.in_flight_bytes_max and lanes.judging_bytes_max, or lower body_bytes_max"
    )]
    NoRoom {
        /// The municipality.
        gemeente: PartyCode,
        /// The provider.
        aanbieder: PartyCode,
        /// Largest message between them.
        bytes: u64,
        /// Largest message that there is room for.
        bytes_max: u64,
    },
    /// Something is wrong with the set, so all of it is refused.
    #[error("the register is refused as a whole, {} to correct:\n{}", problems.len(), lines(problems))]
    Refused {
        /// Everything that is wrong, in the order of files and lines.
        problems: Vec<Problem>,
    },
}

impl RegisterError {
    /// Stable name of the error: `register-unreadable`, `register-no-rules`, `register-no-room` or `register-refused`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "register-unreadable",
            Self::NoRules { .. } => "register-no-rules",
            Self::NoRoom { .. } => "register-no-room",
            Self::Refused { .. } => "register-refused",
        }
    }

    /// Whose fault it is: always ours, the operator's.
    pub fn fault(&self) -> Fault {
        Fault::Ours
    }
}

fn lines(problems: &[Problem]) -> String {
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

/// An immutable snapshot of all parties, codes and mandates.
#[derive(Debug)]
pub struct Register {
    parties: HashMap<PartyId, Party>,
    owners: HashMap<PartyCode, Vec<Held<PartyId>>>,
    holders: HashMap<Identity, Vec<Held<PartyId>>>,
    mandates: HashMap<PartyId, Vec<Mandate>>,
    judging: Judging,
    unpacked: BTreeSet<PartyId>,
    large: Vec<Large>,
    agreed: Vec<Agreed>,
    endpoints: Vec<Endpoint>,
    files: Files,
    auditors: Vec<auditor::Auditor>,
    sources: Vec<Source>,
    hash: [u8; 32],
}

impl Register {
    /// Reads a set of files. Err: anything is wrong with any of them; nothing of the set is used.
    pub fn load(mut sources: Vec<Source>) -> Result<Self, RegisterError> {
        sources.sort_by(|a, b| (&a.name, &a.bytes).cmp(&(&b.name, &b.bytes)));
        let loaded =
            load::load(&sources).map_err(|problems| RegisterError::Refused { problems })?;
        let mut owners: HashMap<PartyCode, Vec<Held<PartyId>>> = HashMap::new();
        let mut holders: HashMap<Identity, Vec<Held<PartyId>>> = HashMap::new();
        let mut mandates: HashMap<PartyId, Vec<Mandate>> = HashMap::new();
        for party in &loaded.parties {
            for held in &party.codes {
                owners.entry(held.what).or_default().push(Held {
                    what: party.id.clone(),
                    period: held.period,
                });
            }
            for held in &party.identities {
                holders.entry(held.what.clone()).or_default().push(Held {
                    what: party.id.clone(),
                    period: held.period,
                });
            }
        }
        for mandate in loaded.mandates {
            mandates
                .entry(mandate.party.clone())
                .or_default()
                .push(mandate);
        }
        Ok(Self {
            hash: hash_of(&sources),
            parties: loaded
                .parties
                .into_iter()
                .map(|party| (party.id.clone(), party))
                .collect(),
            owners,
            holders,
            mandates,
            judging: loaded.judging,
            unpacked: loaded.unpacked,
            large: loaded.large,
            agreed: loaded.agreed,
            endpoints: loaded.endpoints,
            files: loaded.files,
            auditors: loaded.auditors,
            sources,
        })
    }

    /// What a party may look at as an auditor; `None`: it is none.
    pub fn scope_of(&self, party: &PartyId) -> Option<Scope> {
        Scope::of(&self.auditors, party)
    }

    /// What a party may look at of who looked: messages of the municipalities whose codes it owns on a day, of every law and day. `None`: it owns none.
    pub fn own_scope(&self, party: &PartyId, on: Date) -> Option<Scope> {
        let codes = self.party(party)?.codes_on(on);
        let gemeenten: Vec<_> = codes
            .filter(|code| code.kind() == CodeKind::Gemeentecode)
            .collect();
        let own = auditor::Auditor {
            party: party.clone(),
            laws: vec![Law::Jw, Law::Wmo],
            gemeenten,
            period: Period::default(),
        };
        Scope::of(&[own], party)
    }

    /// Whether both sides agree that products in messages between them are translated, on the day of receipt.
    pub fn translates(&self, law: &str, pair: &Pair, on: Date) -> bool {
        translation::both(&self.agreed, law, pair, on)
    }

    /// Reads files from disk; of a folder, its `*.toml` files. Err: unreadable or refused.
    pub fn read(paths: &[PathBuf]) -> Result<Self, RegisterError> {
        let mut sources = Vec::new();
        for path in paths {
            for file in files_in(path)? {
                let bytes = std::fs::read(&file).map_err(|source| unreadable(&file, source))?;
                sources.push(Source {
                    name: file.display().to_string(),
                    bytes,
                });
            }
        }
        Self::load(sources)
    }

    /// The register, if nothing of a release without rules is to be judged by it. Err: something is.
    pub fn judging_by(self, releases: &[Release]) -> Result<Self, RegisterError> {
        for release in releases.iter().filter(|release| !release.has_rules()) {
            let taken = Period {
                from: Some(release.accepted_from),
                until: release.accepted_until,
            };
            let law = release.law.as_str();
            if let Some(reach) = self.judging.judged(law, &taken) {
                return Err(RegisterError::NoRules {
                    law,
                    release: release.release.to_string(),
                    code: reach.code,
                });
            }
        }
        Ok(self)
    }

    /// The register, if every message that it lets through finds room in memory: at most so many bytes. Err: one would not.
    pub fn with_room_for(self, bytes_max: u64) -> Result<Self, RegisterError> {
        match self
            .large
            .iter()
            .find(|line| line.body_bytes_max > bytes_max)
        {
            None => Ok(self),
            Some(line) => Err(RegisterError::NoRoom {
                gemeente: line.pair.gemeente,
                aanbieder: line.pair.aanbieder,
                bytes: line.body_bytes_max,
                bytes_max,
            }),
        }
    }

    /// Largest message between two codes on a day, in bytes: `of_others`, or more where these two may.
    pub fn body_bytes_max(&self, pair: Option<&Pair>, on: Date, of_others: usize) -> usize {
        let line = pair.and_then(|pair| large::of(&self.large, pair, on));
        let large = line.map(|line| usize::try_from(line.body_bytes_max).unwrap_or(usize::MAX));
        of_others.max(large.unwrap_or_default())
    }

    /// Largest message that a party may hand in on a day for any of its codes, its own or by mandate, where that is more than for others.
    pub fn body_bytes_max_of(&self, party: &PartyId, on: Date) -> Option<u64> {
        let codes = self.codes_to(Direction::Submit, party, on);
        let lines = self.large.iter().filter(|line| {
            let ends = [line.pair.gemeente, line.pair.aanbieder];
            line.period.contains(on) && ends.iter().any(|code| codes.contains(code))
        });
        lines.map(|line| line.body_bytes_max).max()
    }

    /// SHA-256 over the files, each as length (8 bytes, big-endian) and bytes, in the order of
    /// [`Self::sources`]; records name the register by it.
    pub fn hash(&self) -> [u8; 32] {
        self.hash
    }

    /// The files it was read from, in the order of their names.
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// All parties, in the order of their ids.
    pub fn parties(&self) -> Vec<&Party> {
        let mut parties: Vec<&Party> = self.parties.values().collect();
        parties.sort_by(|a, b| a.id.cmp(&b.id));
        parties
    }

    /// A party by its id.
    pub fn party(&self, id: &PartyId) -> Option<&Party> {
        self.parties.get(id)
    }

    /// The party whose certificate this is at that moment, if the register says so without contradiction.
    pub fn party_of(&self, peer: &Peer, now: Timestamp) -> Option<&Party> {
        self.recognise(peer, now).map(|(party, _)| party)
    }

    /// The same with the identity by which it is known. `None` also when two identities of one
    /// certificate stand for different parties: then nobody knows whose it is.
    pub fn recognise<'p>(&self, peer: &'p Peer, now: Timestamp) -> Option<(&Party, &'p Identity)> {
        let today = day_of(now);
        let mut found: Option<(&PartyId, &'p Identity)> = None;
        for identity in &peer.identities {
            let Some(id) = held_on(self.holders.get(identity), today) else {
                continue;
            };
            match found {
                Some((other, _)) if other != id => return None,
                Some(_) => {}
                None => found = Some((id, identity)),
            }
        }
        found.and_then(|(id, identity)| Some((self.parties.get(id)?, identity)))
    }

    /// The party that owns the code on that day.
    pub fn party_with(&self, code: &PartyCode, on: Date) -> Option<&Party> {
        held_on(self.owners.get(code), on).and_then(|id| self.parties.get(id))
    }

    /// Whether the party may hand in messages made under the code: it owns it, or has a mandate
    /// to submit from its owner. `law` is `jw` or `wmo`, `soort` the number of the kind (305).
    pub fn may_submit(
        &self,
        party: &PartyId,
        code: &PartyCode,
        law: &str,
        soort: u16,
        on: Date,
    ) -> bool {
        self.may(Direction::Submit, party, code, law, soort, on)
    }

    /// Whether the party may read and acknowledge messages addressed to the code.
    pub fn may_receive(
        &self,
        party: &PartyId,
        code: &PartyCode,
        law: &str,
        soort: u16,
        on: Date,
    ) -> bool {
        self.may(Direction::Receive, party, code, law, soort, on)
    }

    /// Whether the party may decide on lines of messages addressed to the code: it owns it, or has a mandate to decide. One to receive is not enough.
    pub fn may_decide(
        &self,
        party: &PartyId,
        code: &PartyCode,
        law: &str,
        soort: u16,
        on: Date,
    ) -> bool {
        self.may(Direction::Decide, party, code, law, soort, on)
    }

    /// The codes for which the party may receive at least some kind on that day, in order.
    pub fn receivable_codes(&self, party: &PartyId, on: Date) -> Vec<PartyCode> {
        self.codes_to(Direction::Receive, party, on)
    }

    /// The codes for which the party may decide on at least some kind on that day, in order.
    pub fn decidable_codes(&self, party: &PartyId, on: Date) -> Vec<PartyCode> {
        self.codes_to(Direction::Decide, party, on)
    }

    fn codes_to(&self, direction: Direction, party: &PartyId, on: Date) -> Vec<PartyCode> {
        let own = self
            .parties
            .get(party)
            .into_iter()
            .flat_map(|party| party.codes_on(on));
        let mandated = self
            .mandates_of(party)
            .iter()
            .filter(|m| m.direction == direction && m.period.contains(on))
            .filter(|m| self.party_with(&m.code, on).is_some())
            .map(|m| m.code);
        own.chain(mandated)
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect()
    }

    /// The mandates a party holds, past and future ones too.
    pub fn mandates_of(&self, party: &PartyId) -> &[Mandate] {
        self.mandates.get(party).map_or(&[], Vec::as_slice)
    }

    /// How far messages are judged, and since when the past is whole.
    pub fn judging(&self) -> &Judging {
        &self.judging
    }

    /// Whether a party fetches payloads over the VSP as ZIP files with one file.
    pub fn pulls_zip(&self, party: &PartyId) -> bool {
        !self.unpacked.contains(party)
    }

    /// Where messages are brought to, in the order of the files; each party has at most one.
    pub fn endpoints(&self) -> &[Endpoint] {
        &self.endpoints
    }

    /// Where the messages to a code are brought to on a day: the endpoint of its owner, if he has one.
    pub fn endpoint_of(&self, code: &PartyCode, on: Date) -> Option<&Endpoint> {
        let owner = self.party_with(code, on)?;
        let mut endpoints = self.endpoints.iter();
        endpoints.find(|endpoint| endpoint.party == owner.id)
    }

    /// Under which functie who may send files to whom.
    pub fn files(&self) -> &Files {
        &self.files
    }

    /// Whether the party may act under the code with files of a functie: it owns it, or has a mandate that names the functie.
    pub fn may_with_files(
        &self,
        direction: Direction,
        party: &PartyId,
        code: &PartyCode,
        functie: &str,
        on: Date,
    ) -> bool {
        self.acts(direction, party, code, on, |m| m.covers_files(functie, on))
    }

    fn may(
        &self,
        direction: Direction,
        party: &PartyId,
        code: &PartyCode,
        law: &str,
        soort: u16,
        on: Date,
    ) -> bool {
        self.acts(direction, party, code, on, |m| m.covers(law, soort, on))
    }

    fn acts(
        &self,
        direction: Direction,
        party: &PartyId,
        code: &PartyCode,
        on: Date,
        covers: impl Fn(&Mandate) -> bool,
    ) -> bool {
        // A code without an owner on that day has nobody who could have given the mandate.
        let Some(owner) = self.party_with(code, on) else {
            return false;
        };
        owner.id == *party
            || self
                .mandates_of(party)
                .iter()
                .any(|m| m.direction == direction && m.code == *code && covers(m))
    }
}

/// The register in force. Whoever took a snapshot keeps it until done; the next asks again.
#[derive(Debug)]
pub struct Registers {
    current: ArcSwap<Register>,
    seen: Mutex<Seen>,
}

impl Registers {
    /// Begins with a register.
    pub fn new(register: Register) -> Self {
        Self {
            current: ArcSwap::from_pointee(register),
            seen: Mutex::default(),
        }
    }

    /// The snapshot in force now.
    pub fn current(&self) -> Arc<Register> {
        self.current.load_full()
    }

    /// Puts another register in force in one step.
    pub fn swap(&self, register: Register) {
        self.current.store(Arc::new(register));
    }

    /// Reads the files anew and puts them in force, if nothing of these releases is to be judged without rules. Err: the one in force stays.
    pub fn reload(
        &self,
        paths: &[PathBuf],
        releases: &[Release],
    ) -> Result<Arc<Register>, RegisterError> {
        let register = Arc::new(Register::read(paths)?.judging_by(releases)?);
        self.current.store(Arc::clone(&register));
        Ok(register)
    }

    /// Remembers that a party came with this certificate; the transport tells, once a connection.
    pub fn saw(&self, party: &PartyId, peer: &Peer) {
        self.seen().add(party, peer);
    }

    /// The certificates that were seen since the start and end within 60 days, the first to end first.
    pub fn expiring(&self, now: Timestamp) -> Vec<Expiring> {
        self.seen().expiring(now)
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn held_on(held: Option<&Vec<Held<PartyId>>>, day: Date) -> Option<&PartyId> {
    held?
        .iter()
        .find(|held| held.period.contains(day))
        .map(|held| &held.what)
}

fn hash_of(sources: &[Source]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for source in sources {
        hasher.update((source.bytes.len() as u64).to_be_bytes());
        hasher.update(&source.bytes);
    }
    hasher.finalize().into()
}

fn files_in(path: &Path) -> Result<Vec<PathBuf>, RegisterError> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).map_err(|source| unreadable(path, source))? {
        let file = entry.map_err(|source| unreadable(path, source))?.path();
        if file
            .extension()
            .is_some_and(|extension| extension == "toml")
        {
            files.push(file);
        }
    }
    files.sort();
    Ok(files)
}

fn unreadable(path: &Path, source: std::io::Error) -> RegisterError {
    RegisterError::Unreadable {
        path: path.to_owned(),
        source,
    }
}
