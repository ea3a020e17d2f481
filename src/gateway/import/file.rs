//! One file of an import: what it says of itself. It is read twice, once to find its place and once to be applied, so that memory holds no bodies.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use knooppunt_standard::history::{self, Pseudonymise};
use knooppunt_standard::{Bericht, Code, Header, Kind, Release};
use sha2::{Digest as _, Sha256};

use super::{Import, Why};
use crate::ledger::Pseudonym;
use crate::register::{Pair, PartyCode};

/// What is remembered of a file.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) path: PathBuf,
    pub(super) kind: Kind,
    pub(super) pair: Pair,
    pub(super) maker: PartyCode,
    pub(super) receiver: PartyCode,
    pub(super) identity: Pseudonym,
    /// Its identity towards its receiver: what it is known by when it is imported.
    pub(super) towards: Pseudonym,
    /// Its number in the past of the two parties.
    pub(super) number: history::Pseudonym,
    /// Identity of what it answers.
    pub(super) answers: Option<Pseudonym>,
    /// Of its Dagtekening; of a retour that of what it answers.
    pub(super) day: Date,
    /// SHA-256 of the file.
    pub(super) hash: [u8; 32],
}

impl Entry {
    /// Reads a file: a message that is valid at level 1, of a release with rules. Err: why it is left out.
    pub(super) fn read(path: &Path, import: &Import) -> Result<Self, Why> {
        let bytes = bytes_of(path, import.limits.body_bytes)?;
        let checked = import.releases.check(&bytes, &import.limits);
        let unknown = |code: &str| code == Code::UnknownKind.as_str();
        if checked
            .findings
            .list
            .iter()
            .any(|found| unknown(found.code))
        {
            return Err(Why::NoMessage);
        }
        if !checked.findings.is_empty() {
            return Err(Why::Level1(checked.findings.count()));
        }
        let kind = checked.kind.clone().ok_or(Why::NoMessage)?;
        let release = import.releases.release_of(&kind);
        if !release.is_some_and(Release::has_rules) {
            return Err(Why::NoRules);
        }
        let header = Header::read(&checked).ok_or(Why::NoMessage)?;
        let day = Bericht::read(&checked).ok_or(Why::NoMessage)?.dagtekening;
        let code = |text: &str| text.parse::<PartyCode>().map_err(|_| Why::NoMessage);
        let (maker, receiver) = (code(header.maker())?, code(header.receiver())?);
        let pair = Pair::of(maker, receiver).ok_or(Why::NoMessage)?;
        let names = &import.ledger.pseudonyms;
        let identity = |soort: u16, maker: &str, id: &str| {
            names.identity(header.law.as_str(), soort, maker, id)
        };
        let of_it = identity(header.soort.number(), header.maker(), header.maker_id());
        let of_pair = names.scope(header.law.as_str(), pair);
        let of_pair: &dyn Pseudonymise = &of_pair;
        Ok(Self {
            path: path.to_owned(),
            identity: of_it,
            towards: names.towards(of_it, receiver.as_str()),
            number: of_pair.message(header.soort, header.maker_id()),
            answers: header
                .answers()
                .map(|asked| identity(asked.soort.number(), &asked.maker, &asked.id)),
            kind,
            pair,
            maker,
            receiver,
            day,
            hash: Sha256::digest(&bytes).into(),
        })
    }

    /// The law and the two parties: what a past is kept for.
    pub(super) fn scope(&self) -> (&'static str, [&str; 2]) {
        let Pair {
            gemeente,
            aanbieder,
        } = &self.pair;
        let codes = [gemeente.as_str(), aanbieder.as_str()];
        (self.kind.law.as_str(), codes)
    }

    /// The bytes again. Err: they are others now.
    pub(super) fn again(&self, bytes_max: usize) -> Result<Vec<u8>, Why> {
        let bytes = bytes_of(&self.path, bytes_max)?;
        let hash: [u8; 32] = Sha256::digest(&bytes).into();
        if hash == self.hash {
            Ok(bytes)
        } else {
            Err(Why::Changed)
        }
    }
}

/// The bytes of a file, of which no more are read than a message may have.
fn bytes_of(path: &Path, bytes_max: usize) -> Result<Vec<u8>, Why> {
    let file = fs::File::open(path).map_err(|_| Why::Unreadable)?;
    let mut bytes = Vec::new();
    let read = file.take(bytes_max as u64 + 1).read_to_end(&mut bytes);
    read.map_err(|_| Why::Unreadable)?;
    if bytes.len() > bytes_max {
        Err(Why::TooLarge)
    } else {
        Ok(bytes)
    }
}
