//! Declarations whose answer is kept back: for a decision of the municipality on some of their lines, or for a message that is not answered yet. Judged again
//! as the gateway does, in the order in which they came, each by the past as it is then; nothing waits for what came after it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use knooppunt_standard::assess::{self, Decision};
use knooppunt_standard::history::{
    Change, Past, Pseudonym, Pseudonymise, Row, RowKey, Series, Unkeyed,
};
use knooppunt_standard::{Bericht, Limits, Tree};

use super::compare::{self, plain};
use super::pending::{Scope, Waiting};
use super::play::{Came, Play, Played};

/// Why an answer is kept back.
pub(super) struct Held<'a> {
    /// The declaration as it came in.
    pub(super) came: Came<'a>,
    /// Lines on which a decision is asked, by path.
    asked: BTreeMap<String, u32>,
    decisions: Vec<Decision>,
    /// Messages that its outcome hangs on, by their places among those that wait.
    awaited: Vec<usize>,
    /// The declarations that came before it.
    series: Series,
}

/// The lines on which the municipality is asked, by path.
pub(super) fn asked(tree: &Tree<'_>, held: &[assess::Held]) -> BTreeMap<String, u32> {
    let nodes = held
        .iter()
        .filter_map(|held| Some((compare::path(tree.node(held.at)?), held.at)));
    nodes.collect()
}

impl<'a> Held<'a> {
    pub(super) fn new(
        came: Came<'a>,
        asked: BTreeMap<String, u32>,
        awaited: Vec<usize>,
        series: Series,
    ) -> Self {
        Self {
            came,
            asked,
            decisions: Vec::new(),
            awaited,
            series,
        }
    }

    /// The declarations that came before it, as a series: those that were booked when it was last judged, and those that it waited for and that were booked
    /// since.
    fn series_before(&self, waiting: &Waiting<'_>, past: &Past) -> Series {
        let mut series = self.series;
        let awaited = self.awaited.iter().filter_map(|place| waiting.at(*place));
        for change in awaited.flat_map(|awaited| &awaited.changes) {
            if let Change::Declared { nummer, declaratie } = change
                && past.declaratie(*nummer).is_some()
            {
                series.latest = series.latest.max(Some(declaratie.periode.begin));
            }
        }
        series
    }

    /// Notes what is decided; gives what cannot be.
    fn decide(&mut self, paths: &BTreeSet<String>, grant: bool) -> Vec<String> {
        let mut faults = Vec::new();
        for path in paths {
            match self.asked.remove(&plain(path)) {
                Some(at) => self.decisions.push(Decision { at, grant }),
                None => faults.push(format!("{path} vraagt geen besluit")),
            }
        }
        faults
    }
}

impl Play<'_> {
    /// The municipality decides on lines of a declaration; with the last of them it is judged again.
    pub(super) fn decide(
        &mut self,
        name: &str,
        day: Date,
        (grant, refuse): (&BTreeSet<String>, &BTreeSet<String>),
    ) -> Played {
        let mut played = Played::default();
        let place = self.waiting.held_as(name);
        let pending = place.and_then(|place| self.waiting.at_mut(place));
        let (Some(place), Some(pending)) = (place, pending) else {
            played
                .faults
                .push("er wacht niets op een besluit".to_owned());
            return played;
        };
        let scope = pending.answered.0.clone();
        let Some(held) = &mut pending.held else {
            return played;
        };
        played.faults.extend(held.decide(grant, true));
        played.faults.extend(held.decide(refuse, false));
        played.held = held.asked.keys().cloned().collect();
        if !played.held.is_empty() || !played.faults.is_empty() {
            let awaited = held.awaited.clone();
            let mut awaited = awaited.iter().filter_map(|place| self.waiting.at(*place));
            played.waits = awaited.any(|awaited| awaited.waits);
            return played;
        }
        let mut played = self.again(place, &scope, day);
        if played.answer.is_some() {
            played.again = self.judge_again(&scope, Some(place), &[], day);
        }
        played
    }

    /// Judges again what waited for a message that was settled, or asks for a decision under an allocation that these changes touch, and what waited for what is
    /// answered by that: the files, and what came of each.
    pub(super) fn judge_again(
        &mut self,
        scope: &Scope,
        settled: Option<usize>,
        changes: &[Change],
        day: Date,
    ) -> Vec<(String, Played)> {
        let mut settled: BTreeSet<usize> = settled.into_iter().collect();
        let allocated = changes.iter().filter_map(|change| {
            if let Change::Toewijzing { nummer, .. } = change {
                Some(*nummer)
            } else {
                None
            }
        });
        let allocated: BTreeSet<Pseudonym> = allocated.collect();
        let mut again = Vec::new();
        for place in self.waiting.held_in(scope) {
            let pending = self.waiting.at(place);
            let Some(held) = pending.and_then(|pending| pending.held.as_ref()) else {
                continue;
            };
            let mut changes = pending.into_iter().flat_map(|pending| &pending.changes);
            let under = changes.any(|change| matches!(change, Change::Granted { line, .. } if allocated.contains(&line.toewijzing)));
            let waited = held.awaited.iter().any(|awaited| settled.contains(awaited));
            if !waited && (held.asked.is_empty() || !under) {
                continue;
            }
            let name = held.came.name.to_owned();
            let played = self.again(place, scope, day);
            if played.answer.is_some() {
                settled.insert(place);
            }
            again.push((name, played));
        }
        again
    }

    fn again(&mut self, place: usize, scope: &Scope, day: Date) -> Played {
        let mut played = Played::default();
        let Some(held) = self
            .waiting
            .at(place)
            .and_then(|pending| pending.held.as_ref())
        else {
            return played;
        };
        let came = held.came;
        let checked = self.releases.check(&came.message.body, &Limits::default());
        let Some(bericht) = Bericht::read(&checked) else {
            played.faults.push("het is niet meer te lezen".to_owned());
            return played;
        };
        let mut past = self.pasts.get(scope).cloned().unwrap_or_default();
        let series = held.series_before(&self.waiting, &past);
        // It is no second message under its own identification, and goes back behind none that came after it.
        let names: &dyn Pseudonymise = &Unkeyed;
        let own = names.message(bericht.header.soort, bericht.header.maker_id());
        past.replace(RowKey::Message(own), None);
        past.replace(RowKey::Series, Some(Row::Series(series)));
        let around = self.around(&past, came.received, false);
        let (judged, footing) = played.judge(&bericht, &around, &held.decisions);
        let awaited = self.waiting.hit(scope, &footing, &past, Some(place));
        let asked = asked(&checked.tree, &judged.held);
        played.wait(&asked, &awaited);
        played.take(&judged.assessment);
        let Some(pending) = self.waiting.at_mut(place) else {
            return played;
        };
        if played.is_open() {
            played.advise();
            if let Some(held) = &mut pending.held {
                held.asked = asked;
                held.awaited = awaited;
                held.series = series;
            }
            return played;
        }
        pending.waits = false;
        pending.held = None;
        self.answer((came, day), &bericht, &judged, &mut played);
        played
    }
}
