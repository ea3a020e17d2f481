//! What one pass over a body leaves: its hash, its kind, what is wrong with it, and what its header says, with the pseudonyms that the ledger keeps instead.
//!
//! Judges nobody but by the message itself (levels 1 and 2), and reads no history.

use knooppunt_standard::{
    Assessment, Bericht, Detached, Findings, Header, Kind, Limits, Release, Releases, assess,
};
use sha2::{Digest as _, Sha256};

use crate::lanes::{Panicked, caught};
use crate::ledger::{Effect, Pseudonyms};
use crate::register::PartyCode;

/// What one pass over a body leaves.
pub(super) struct Read {
    pub(super) body_hash: [u8; 32],
    pub(super) kind: Option<Kind>,
    pub(super) findings: Findings,
    pub(super) header: Option<Identified>,
    /// Of a message that is valid at level 1 and of a release with rules.
    pub(super) parsed: Option<Parsed>,
}

/// A message that is valid at level 1, without its body, and what level 2 says of it.
pub(super) struct Parsed {
    pub(super) checked: Detached,
    /// Err: the rules failed.
    pub(super) second: Result<Assessment, Panicked>,
}

/// What the header says, by kind, with the pseudonyms that the ledger keeps instead of it.
pub(super) struct Identified {
    pub(super) maker: Option<PartyCode>,
    pub(super) receiver: Option<PartyCode>,
    pub(super) effect: Effect,
}

impl Read {
    pub(super) fn of(
        body: &[u8],
        releases: &Releases,
        limits: &Limits,
        pseudonyms: &Pseudonyms,
    ) -> Self {
        let body_hash = Sha256::digest(body).into();
        let checked = releases.check(body, limits);
        let header = if checked.findings.is_empty() {
            Identified::of(&checked, body_hash, pseudonyms)
        } else {
            None
        };
        let (kind, findings) = (checked.kind.clone(), checked.findings.clone());
        let with_rules = kind
            .as_ref()
            .and_then(|kind| releases.release_of(kind))
            .is_some_and(Release::has_rules);
        let asked = caught(|| {
            #[cfg(test)]
            super::tests::panic_in(super::tests::Step::Message, body);
            let bericht = Bericht::read(&checked).filter(|_| with_rules)?;
            Some(assess::message(&bericht))
        });
        let parsed = match asked {
            Ok(None) => None,
            Ok(Some(second)) => Some(Ok(second)),
            Err(bug) => with_rules.then_some(Err(bug)),
        };
        let parsed = parsed.map(|second| Parsed {
            checked: checked.detach(),
            second,
        });
        Self {
            body_hash,
            kind,
            findings,
            header,
            parsed,
        }
    }
}

impl Identified {
    pub(super) fn of(
        checked: &knooppunt_standard::Checked<'_>,
        body_hash: [u8; 32],
        pseudonyms: &Pseudonyms,
    ) -> Option<Self> {
        let header = Header::read(checked)?;
        let law = header.law.as_str();
        let maker = header.maker().parse::<PartyCode>().ok();
        let receiver = header.receiver().parse::<PartyCode>().ok();
        let identity = pseudonyms.identity(
            law,
            header.soort.number(),
            header.maker(),
            header.maker_id(),
        );
        let question = header
            .answers()
            .map(|asked| pseudonyms.identity(law, asked.soort.number(), &asked.maker, &asked.id));
        let municipality = [maker, receiver]
            .into_iter()
            .flatten()
            .find(|code| matches!(code, PartyCode::Gemeente(_)));
        let clients = municipality.map_or_else(Vec::new, |municipality| {
            let people = checked.tree.nodes().filter(|node| node.name() == "Bsn");
            people
                .map(|bsn| pseudonyms.client(law, municipality.as_str(), &bsn.text()))
                .collect()
        });
        Some(Self {
            maker,
            receiver,
            effect: Effect::new(identity, body_hash, question, clients),
        })
    }
}
