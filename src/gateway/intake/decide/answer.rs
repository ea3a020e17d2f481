//! The answer that the gateway makes in the receiver's name.

use bytes::Bytes;
use knooppunt_standard::history;
use knooppunt_standard::retour::{self, MadeAs};
use knooppunt_standard::{Assessment, Bericht, Berichtsoort, Kind};
use sha2::{Digest as _, Sha256};

use super::{Asking, Judged};
use crate::intake::read::Identified;
use crate::ledger::{Effect, Ledger, LedgerError, MessageId, Names, Pseudonym, Translation};
use crate::register::{Mode, PartyCode};

/// The identification of an answer that may be made, chosen before the locks are taken.
#[derive(Clone)]
pub(in crate::intake) struct Naming {
    pub(in crate::intake) soort: Berichtsoort,
    pub(in crate::intake) id: String,
    pub(in crate::intake) identity: Pseudonym,
}

/// An answer that was made in the receiver's name.
pub(in crate::intake) struct Answer {
    pub(in crate::intake) kind: Kind,
    pub(in crate::intake) body: Bytes,
    pub(in crate::intake) effect: Effect,
    /// Of the copy for the receiver.
    pub(in crate::intake) copy: Effect,
    /// That copy in the receiver's own form, where that is another.
    pub(in crate::intake) copy_mapped: Option<Vec<u8>>,
    /// That its identification is used up.
    pub(in crate::intake) seen: history::Change,
}

impl Naming {
    /// For the answer to a message of this kind to this receiver; `None` where none is owed. Err: no random bytes.
    pub(in crate::intake) fn random(
        ledger: &Ledger,
        kind: &Kind,
        receiver: PartyCode,
    ) -> Result<Option<Self>, LedgerError> {
        let Some(soort) = kind.soort.answered_by() else {
            return Ok(None);
        };
        // 60 random bits in 12 characters: all that an IdentificatieRetour may have.
        let id = MessageId::random()?.to_string();
        let id: String = id.chars().take(12).collect();
        let identity =
            ledger
                .pseudonyms
                .identity(kind.law.as_str(), soort.number(), receiver.as_str(), &id);
        Ok(Some(Self {
            soort,
            id,
            identity,
        }))
    }
}

impl Asking {
    pub(super) fn may_answer(&self, mode: Mode, judged: &Judged) -> bool {
        self.naming.is_some()
            && match mode {
                Mode::Carry => false,
                Mode::Guard => judged.assessment.refused_at_message(),
                Mode::Judge => judged.assessment.refused_at_message() || judged.open.is_none(),
            }
    }

    /// The answer in the receiver's name, itself valid at level 1. `None`: none can be made that may be sent, so the receiver answers. That is so for one
    /// that would be larger than a message may be (OP179), and never a reason to take the message in later.
    /// `forms`: the message as it was sent, which is what is answered, and the form that its receiver gets, where that is another.
    pub(in crate::intake) fn answer(
        &self,
        (bericht, other): (&Bericht<'_>, Option<&Bericht<'_>>),
        assessment: &Assessment,
        mode: Mode,
        names: &Names,
    ) -> Option<Answer> {
        let naming = self.naming.as_ref()?;
        let made_as = MadeAs {
            identificatie: &naming.id,
            dagtekening: self.today,
        };
        let none = |reason: &'static str| {
            metrics::counter!("knooppunt_answers_not_made_total", "bericht" => self.kind.name(), "reason" => reason).increment(1);
        };
        let body = match retour::answer(&self.releases, bericht, assessment, made_as) {
            Ok(body) => body,
            Err(why) => {
                none("no-form");
                tracing::warn!(%why, bericht = self.kind.name(), %mode, "no answer can be made: the receiver answers");
                return None;
            }
        };
        if body.len() > self.limits.body_bytes {
            none("too-large");
            tracing::warn!(bytes = body.len(), bericht = self.kind.name(), %mode, "the answer is larger than a message may be: the receiver answers");
            return None;
        }
        let mut answer = self.answer_of(body, naming, names);
        if let (Some(answer), Some(other)) = (&mut answer, other) {
            let copy = retour::answer(&self.releases, other, assessment, made_as).ok();
            let copy = copy.filter(|copy| *copy != answer.body && self.is_answer(copy, naming));
            if let Some(copy) = copy {
                let form = Translation {
                    form: Some(Sha256::digest(&copy).into()),
                    ..Translation::default()
                };
                answer.copy = answer.copy.clone().translated(names.scope(), form);
                answer.copy_mapped = Some(copy);
            }
        }
        if answer.is_none() {
            none("not-valid");
            tracing::error!(bericht = self.kind.name(), %mode, "an answer of ours is not valid: the receiver answers");
        }
        answer
    }

    /// Whether these bytes are valid at level 1, within the limits, and of the kind that is owed.
    fn is_answer(&self, body: &[u8], naming: &Naming) -> bool {
        let checked = self.releases.check(body, &self.limits);
        let kind = checked.kind.as_ref();
        checked.findings.is_empty() && kind.is_some_and(|kind| kind.soort == naming.soort)
    }

    /// An answer of these bytes; `None`: they are not valid at level 1, or not of the kind that is owed.
    fn answer_of(&self, body: Vec<u8>, naming: &Naming, names: &Names) -> Option<Answer> {
        let checked = self.releases.check(&body, &self.limits);
        let kind = checked
            .kind
            .clone()
            .filter(|kind| checked.findings.is_empty() && kind.soort == naming.soort)?;
        let hash = Sha256::digest(&body).into();
        let Identified { effect, .. } = Identified::of(&checked, hash, &self.ledger.pseudonyms)?;
        let seen = history::seen(&Bericht::read(&checked)?, names);
        let copy = Effect::new(
            self.ledger.pseudonyms.copy(effect.identity),
            hash,
            effect.question,
            effect.clients.clone(),
        );
        drop(checked);
        Some(Answer {
            kind,
            body: body.into(),
            effect,
            copy,
            copy_mapped: None,
            seen,
        })
    }
}
