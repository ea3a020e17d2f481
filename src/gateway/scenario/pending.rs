//! Messages whose receiver's own answer is still to come, in the order in which they came: what each changes counts when he accepts it, and until then leaves
//! open what may hang on it. Knows no rule of its own.

use knooppunt_standard::assess::Footing;
use knooppunt_standard::history::{Change, Past};
use knooppunt_standard::{Berichtsoort, Law};

use super::held::Held;

/// A law, a municipality and a provider: the past of one is not seen by another.
pub(super) type Scope = (Law, String, String);

/// What is answered later: its scope, kind, maker and identification. Who is in another scope cannot answer it.
pub(super) type Answered = (Scope, Berichtsoort, String, String);

/// A message that waits, or waited.
pub(super) struct Pending<'a> {
    pub(super) answered: Answered,
    /// What it changes when all of it is accepted.
    pub(super) changes: Vec<Change>,
    /// Whether no answer settled it yet.
    pub(super) waits: bool,
    /// Set as long as its answer is kept back here.
    pub(super) held: Option<Held<'a>>,
}

/// All of them. A message is known by its place among them.
#[derive(Default)]
pub(super) struct Waiting<'a>(Vec<Pending<'a>>);

impl<'a> Waiting<'a> {
    pub(super) fn add(&mut self, pending: Pending<'a>) {
        self.0.push(pending);
    }

    pub(super) fn at(&self, place: usize) -> Option<&Pending<'a>> {
        self.0.get(place)
    }

    pub(super) fn at_mut(&mut self, place: usize) -> Option<&mut Pending<'a>> {
        self.0.get_mut(place)
    }

    /// The one that waits for this answer.
    pub(super) fn find(&self, answered: &Answered) -> Option<usize> {
        let mut all = self.0.iter();
        all.position(|pending| pending.waits && pending.answered == *answered)
    }

    /// Those of a scope whose answer is kept back, oldest first.
    pub(super) fn held_in(&self, scope: &Scope) -> Vec<usize> {
        let all = self.0.iter().enumerate();
        let held = all.filter(|(_, pending)| {
            pending.waits && pending.held.is_some() && pending.answered.0 == *scope
        });
        held.map(|(place, _)| place).collect()
    }

    /// The newest whose answer is kept back and whose file is called so.
    pub(super) fn held_as(&self, name: &str) -> Option<usize> {
        let mut all = self.0.iter();
        all.rposition(|pending| {
            let held = pending.held.as_ref().filter(|_| pending.waits);
            held.is_some_and(|held| held.came.name == name)
        })
    }

    /// Those of a scope that wait and may change an outcome; of a message that is judged again only those that came before it.
    pub(super) fn hit(
        &self,
        scope: &Scope,
        footing: &Footing,
        past: &Past,
        before: Option<usize>,
    ) -> Vec<usize> {
        let before = before.unwrap_or(self.0.len());
        let all = self.0.iter().enumerate().take(before);
        let hit = all.filter(|(_, pending)| {
            let mut changes = pending.changes.iter();
            pending.waits
                && pending.answered.0 == *scope
                && changes.any(|change| !footing.hit_by(change, past).is_empty())
        });
        hit.map(|(place, _)| place).collect()
    }
}
