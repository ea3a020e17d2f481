//! What an outcome hangs on that is not settled, and how it is said of the lines of a declaration.

use std::collections::{BTreeSet, HashMap, HashSet};

use knooppunt_standard::assess;
use knooppunt_standard::history::{Change, RowKey, Series};
use knooppunt_standard::{Bericht, Checked, Content, Releases};

use crate::intake::places::places;
use crate::ledger::{Asked, Awaited, Unclear, Waiting};

/// Most lines that are named of each message that is waited for; the rest is counted.
const PATHS_MAX: usize = 100;
/// What the outcome of a message hangs on that is not settled.
#[derive(Default)]
pub(in crate::intake) struct Open {
    /// Lines on which the receiver has to decide.
    pub(in crate::intake) lines: Vec<assess::Held>,
    /// Messages that wait for an answer, by position, with the rows of the past that they and the message both touch.
    pub(in crate::intake) messages: Vec<(u64, HashSet<RowKey>)>,
    /// Set when not all of those were looked at.
    pub(in crate::intake) unclear: Option<Unclear>,
    /// Whether it rests on what its receiver accepted in other words than his own, so that nothing that is settled makes it certain.
    pub(in crate::intake) on_as_sent: bool,
}

impl Open {
    pub(in crate::intake) fn is_empty(&self) -> bool {
        self.lines.is_empty()
            && self.messages.is_empty()
            && self.unclear.is_none()
            && !self.on_as_sent
    }

    /// Whether nobody can be named who settles it, so that it is left to its receiver: all that is known is that not everything was looked at, or what it rests on
    /// is there in other words.
    pub(in crate::intake) fn is_left(&self) -> bool {
        let is_unclear = self.unclear.is_some();
        self.on_as_sent || is_unclear && self.lines.is_empty() && self.messages.is_empty()
    }

    /// The same in the words of the ledger: with the paths of the lines. `changes` is what the declaration changes when all of it is accepted.
    pub(in crate::intake) fn waiting(
        self,
        releases: &Releases,
        checked: &Checked<'_>,
        bericht: &Bericht<'_>,
        changes: &[Change],
    ) -> Waiting {
        let touched = touched(&self.messages, bericht, changes);
        let named = touched
            .iter()
            .flat_map(|lines| lines.iter().take(PATHS_MAX));
        let asked = self.lines.iter().map(|line| line.at);
        let places = places(releases, checked, named.copied().chain(asked));
        let path = |at: &u32| {
            places
                .get(at)
                .map_or_else(String::new, |place| place.path.clone())
        };
        let lines = self.lines.iter().map(|line| Asked {
            at: line.at,
            path: path(&line.at),
            rule: line.rule.id.to_owned(),
        });
        let messages = self.messages.iter().zip(&touched);
        let messages = messages.map(|((position, _), lines)| Awaited {
            position: *position,
            paths: lines.iter().take(PATHS_MAX).map(path).collect(),
            more: lines.len().saturating_sub(PATHS_MAX) as u64,
        });
        Waiting {
            lines: lines.collect(),
            messages: messages.collect(),
            unclear: self.unclear,
            series: Series::default(),
        }
    }
}

/// By message that is waited for: the elements of the lines that it may change, in document order; none when it may change the declaration as a whole.
fn touched(
    messages: &[(u64, HashSet<RowKey>)],
    bericht: &Bericht<'_>,
    changes: &[Change],
) -> Vec<Vec<u32>> {
    let Content::Declaratie(declaratie) = &bericht.content else {
        return vec![Vec::new(); messages.len()];
    };
    if messages.is_empty() {
        return Vec::new();
    }
    let lines = declaratie
        .clients
        .iter()
        .flat_map(|client| &client.prestaties);
    // When all of it is accepted every line is granted, in document order.
    let granted = changes.iter().filter_map(|change| {
        if let Change::Granted { line, .. } = change {
            Some((change, line))
        } else {
            None
        }
    });
    let mut by_row: HashMap<RowKey, Vec<u32>> = HashMap::new();
    for (element, (change, line)) in lines.zip(granted) {
        let own = [
            RowKey::Toewijzing(line.toewijzing),
            RowKey::Client(line.client),
        ];
        for row in change.rows().into_iter().chain(own) {
            by_row.entry(row).or_default().push(element.node.number());
        }
    }
    let of_one = |rows: &HashSet<RowKey>| {
        let lines: BTreeSet<u32> = rows
            .iter()
            .filter_map(|row| by_row.get(row))
            .flatten()
            .copied()
            .collect();
        lines.into_iter().collect()
    };
    messages.iter().map(|(_, rows)| of_one(rows)).collect()
}
