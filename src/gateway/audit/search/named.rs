//! Messages that the question names: those of a thread, and those to which their makers gave a number.

use std::collections::BTreeSet;

use knooppunt_standard::Law;

use super::super::error::AuditError;
use super::Search;
use crate::ledger::{Listed, MessageId, Place};
use crate::register::{CodeKind, PartyCode};

/// Most makers and kinds for which a reference is tried, and most providers that are looked up for it.
const TRIES_MAX: usize = 10_000;

impl Search<'_> {
    /// The messages of the thread or with the reference that the question names, within the scope, newest first.
    pub(super) fn named(&mut self, behind: Option<Place>) -> Result<Vec<Listed>, AuditError> {
        let mut ids = Vec::new();
        if let Some(thread) = self.question.thread {
            ids.extend(self.ledger.thread(thread)?.into_iter().map(|(id, _)| id));
        }
        if let Some(reference) = &self.question.reference {
            let with: Vec<MessageId> = self.with_reference(reference)?;
            if self.question.thread.is_some() {
                ids.retain(|id| with.contains(id));
            } else {
                ids = with;
            }
        }
        let mut listed = Vec::new();
        for id in ids {
            if let Some(row) = self.ledger.message_row(id)? {
                listed.extend(Listed::within(self.scope, id, &row));
            }
        }
        listed.sort_by_key(|listed| std::cmp::Reverse(listed.place()));
        listed.dedup();
        listed.retain(|listed| behind.is_none_or(|behind| listed.place() < behind));
        Ok(listed)
    }

    /// Messages to which their makers gave this number: it is tried for the makers that the other conditions leave. Err: they leave too many.
    fn with_reference(&mut self, reference: &str) -> Result<Vec<MessageId>, AuditError> {
        let question = self.question;
        let kinds: Vec<u16> = if question.kinds.is_empty() {
            let all = knooppunt_standard::Berichtsoort::ALL.into_iter();
            all.map(knooppunt_standard::Berichtsoort::number).collect()
        } else {
            question.kinds.iter().copied().collect()
        };
        let makers = self.makers(kinds.len())?;
        let mut found = Vec::new();
        for (law, maker) in makers {
            for kind in &kinds {
                found.extend(
                    self.ledger
                        .numbered_by_maker(law, *kind, &maker, reference)?,
                );
            }
        }
        Ok(found)
    }

    /// Who may have made what is searched for, by law. Err: too many for so many kinds, which is told before they are all looked up.
    fn makers(&self, kinds: usize) -> Result<BTreeSet<(Law, PartyCode)>, AuditError> {
        let most = TRIES_MAX / kinds.max(1);
        let mut makers = BTreeSet::new();
        let some = |makers: &BTreeSet<_>| {
            if makers.len() > most {
                return Err(AuditError::TooMany);
            }
            Ok(())
        };
        for reach in &self.reaches {
            makers.insert((reach.law(), reach.gemeente()));
        }
        some(&makers)?;
        if let Some(code) = self
            .question
            .party
            .filter(|code| code.kind() == CodeKind::Agb)
        {
            makers.extend(self.reaches.iter().map(|reach| (reach.law(), code)));
            some(&makers)?;
            return Ok(makers);
        }
        // One provider may work for many municipalities: looking them up counts too.
        let mut looked_up = 0;
        for reach in &self.reaches {
            let providers = self.ledger.providers(reach, TRIES_MAX - looked_up)?;
            looked_up += providers.len() + 1;
            if looked_up >= TRIES_MAX {
                return Err(AuditError::TooMany);
            }
            makers.extend(providers.into_iter().map(|code| (reach.law(), code)));
            some(&makers)?;
        }
        Ok(makers)
    }
}
