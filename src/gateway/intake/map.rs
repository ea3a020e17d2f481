//! The step between level 2 and level 3: the form of a message that its receiver gets, where products between its two parties are translated. Rules across
//! messages and the ledger see the municipality's form, answers to the sender are made over his own bytes.

use bytes::Bytes;
use knooppunt_standard::{Assessment, Berichtsoort, Checked, Detached};

use super::IntakeError;
use super::decide::{Asked, Asking, asked};
use super::places::places;
use super::read::Parsed;
use crate::lanes::Panicked;
use crate::ledger::{LedgerError, Left, Translation};
use crate::register::Pair;
use crate::translation::{self, Done, Lore, why};

/// What became of the products of a message.
#[derive(Default)]
pub(in crate::intake) struct Mapped {
    /// The form that its receiver gets, where that is another.
    pub(in crate::intake) body: Option<Bytes>,
    /// What is kept of it.
    pub(in crate::intake) translation: Translation,
    /// Whether it was to be translated and could not be.
    pub(in crate::intake) left: bool,
    /// Whether its receiver has something of it twice.
    pub(in crate::intake) twice: bool,
    /// Whether a table was asked.
    pub(in crate::intake) by_table: bool,
}

impl Mapped {
    /// Of a message that goes to nobody: no form of it is kept, and nothing follows on it. Why it was not translated is.
    pub(in crate::intake) fn not_forwarded(self) -> Self {
        Self {
            translation: Translation {
                form: None,
                kept: Vec::new(),
                ..self.translation
            },
            by_table: self.by_table,
            ..Self::default()
        }
    }
}

impl Asking {
    /// Translates the products of a message, and gives back what was read of it; beside it what level 1 left of the other form. Err: the ledger cannot be read.
    pub(in crate::intake) fn map(
        &self,
        pair: Pair,
        question: Option<Asked>,
        parsed: Parsed,
    ) -> Result<(Parsed, Mapped, Option<Detached>), IntakeError> {
        let Parsed { checked, second } = parsed;
        let checked = checked.attach(&self.body).ok_or(Panicked)?;
        let done = asked(|| {
            let mut done = self.translated(pair, question, &checked, second.as_ref().ok())?;
            if let Some(done) = &mut done {
                self.place(&mut done.translation.left, &checked);
            }
            Ok(done)
        });
        let parsed = Parsed {
            checked: checked.detach(),
            second,
        };
        let done = match done {
            Ok(done) => done.unwrap_or_default(),
            Err(IntakeError::Bug(_)) => {
                tracing::error!(
                    bericht = self.kind.name(),
                    "the products of a message were not translated: a fault of ours"
                );
                Done::untold(why::FAULT)
            }
            Err(error @ IntakeError::Ledger(_)) => return Err(error),
        };
        let Done {
            form,
            translation,
            left,
            twice,
            by_table,
        } = done;
        let bericht = self.kind.name();
        let said = |outcome: &'static str| {
            metrics::counter!("knooppunt_translations_total", "bericht" => bericht, "outcome" => outcome).increment(1);
        };
        if left {
            let mut reasons = translation.left.iter().map(|left| left.reason.as_str());
            let reason = reasons.find(|reason| *reason != why::TWICE);
            tracing::info!(message = %self.id, bericht, reason, "products are not translated: the message crosses as it was sent");
            said("left");
        } else if form.is_some() {
            said("translated");
        }
        if twice {
            tracing::info!(message = %self.id, bericht, reason = why::TWICE, "a product stands twice with its receiver, by a translation of before");
            said("twice");
        }
        let (body, other) = form.map_or((None, None), |(body, other)| {
            (Some(Bytes::from(body)), Some(other))
        });
        let mapped = Mapped {
            body,
            translation,
            left,
            twice,
            by_table,
        };
        Ok((parsed, mapped, other))
    }

    /// Says of products where they stand.
    fn place(&self, left: &mut [Left], checked: &Checked<'_>) {
        // The root is none: what is told of it is no product's.
        let of_products = left.iter().map(|left| left.at).filter(|at| *at != 0);
        let mut places = places(&self.releases, checked, of_products);
        for left in left {
            left.place = places.remove(&left.at);
        }
    }

    fn translated(
        &self,
        pair: Pair,
        question: Option<Asked>,
        checked: &Checked<'_>,
        second: Option<&Assessment>,
    ) -> Result<Option<Done>, LedgerError> {
        let law = self.kind.law.as_str();
        let names = self.ledger.pseudonyms.scope(law, pair);
        let question = question
            .filter(|asked| asked.is_mapped)
            .map(|asked| asked.position);
        let allocates = self.kind.soort == Berichtsoort::Toewijzing;
        translation::Asking {
            tables: &self.tables,
            lore: &Lore::new(&self.ledger, &names, question, allocates),
            pair,
            maker: self.maker,
            agreed: self.register.translates(law, &pair, self.day),
            question,
            releases: &self.releases,
            limits: &self.limits,
        }
        .translate(&self.body, checked, second)
    }

    /// Whether the other form is the municipality's, by which rules across messages and the ledger go.
    pub(in crate::intake) fn judged_by_other_form(&self) -> bool {
        self.pair.is_some_and(|pair| self.maker != pair.gemeente)
    }
}
