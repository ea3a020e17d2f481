//! What a search finds as a bundle that anybody verifies offline: the records of the messages and of what happened to each, with all that shows that they stand
//! in the log. Everything is found, and every look written down, before the first byte goes out; then records are read and sent one by one.
//!
//! A record is given whole or not at all, because its bytes are what the log holds. So one that names a message outside the scope as well, as the erasure of
//! many does, is left out. Places of records are those in the whole log: how many records it has is known to anybody who has its checkpoint.

mod gather;
mod view;
mod zipped;

use std::fmt;
use std::io::Write;
use std::sync::Arc;

use knooppunt_proof::export::{ABOUT_BYTES_MAX, About, Manifest};
use tokio::sync::OwnedSemaphorePermit;

pub(super) use gather::{Found, PAGE, gather};
use zipped::Zipped;

use super::ask::Question;
use crate::ledger::{Ledger, Seen, Shown};
use crate::log::{ExportFault, Log};

/// Most records in a bundle that an auditor takes.
pub const EXPORT_RECORDS_MAX: usize = 2_000_000;
/// Bundles that are made at the same time.
pub const EXPORTS_MAX: usize = 2;
/// Most bytes of messages that stand in one record of a look, about: with a scope it stays far below what a record may have.
const SHOWN_BYTES: usize = 36_000;
/// What a message, and what two parties, take of that at most.
const MESSAGE_BYTES: usize = 9;
const PAIR_BYTES: usize = 36;
/// Most values of a condition that the manifest names; of more it says how many.
const VALUES_NAMED: usize = 8;

/// A bundle that was found and written down as looked at, and is to be sent.
pub struct Export {
    pub(super) log: Arc<Log>,
    pub(super) ledger: Arc<Ledger>,
    /// In ascending order.
    pub(super) positions: Vec<u64>,
    pub(super) about: About,
    /// Position of the last record that says that this was looked at.
    pub look: u64,
    /// How many of these are made at once.
    pub(super) _place: OwnedSemaphorePermit,
}

impl fmt::Debug for Export {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Export")
            .field("records", &self.positions.len())
            .finish_non_exhaustive()
    }
}

impl Export {
    /// Writes it as a ZIP file, from its first byte to its last; waits for the disk and for `out`. Err: what was written is no ZIP file, and no bundle.
    pub fn write(self, out: impl Write) -> Result<Manifest, ExportFault> {
        let mut zipped = Zipped::new(out);
        let view = |record: &_| view::of(&self.ledger, record);
        let (positions, about) = (self.positions.iter().copied(), self.about.clone());
        let manifest =
            self.log
                .export_selection(positions, about, &mut zipped, &view, &mut |_| ())?;
        zipped.finish()?;
        Ok(manifest)
    }
}

/// Messages by who made and received them, in pieces that each fit in a record of a look.
pub(super) fn pieces(found: &Found) -> Vec<Vec<Shown>> {
    let (mut pieces, mut piece, mut bytes) = (Vec::new(), Vec::<Shown>::new(), 0);
    let mut messages = found.messages.clone();
    messages.sort_unstable();
    let mut last = None;
    for (pair, position) in messages {
        if bytes + MESSAGE_BYTES + PAIR_BYTES > SHOWN_BYTES {
            pieces.push(std::mem::take(&mut piece));
            (bytes, last) = (0, None);
        }
        if let Some(shown) = piece.last_mut().filter(|_| last == Some(pair)) {
            shown.messages.push(position);
        } else {
            let between = found.pairs.get(pair as usize);
            let (maker, receiver) = between.cloned().unwrap_or_default();
            piece.push(Shown {
                maker,
                receiver,
                messages: vec![position],
            });
            bytes += PAIR_BYTES;
        }
        (bytes, last) = (bytes + MESSAGE_BYTES, Some(pair));
    }
    // Also of nothing: that was told.
    pieces.push(piece);
    pieces
}

/// What the manifest says of what was asked: the scope, and the conditions without what tells of a client.
pub(super) fn asked(scope: &[Seen], parts: u64, question: &Question, left_out: u64) -> String {
    let mut said = Vec::new();
    if scope.is_empty() {
        said.push(format!("bevoegdheid in {parts} delen"));
    }
    for seen in scope {
        let gemeenten = few(&seen.gemeenten);
        said.push(format!(
            "{} {gemeenten} {}-{}",
            seen.law, seen.first, seen.last
        ));
    }
    for (name, values) in question.filters() {
        said.push(format!("{name}={}", few(&values)));
    }
    let unnamed = [
        ("thread", question.thread.is_some()),
        ("reference", question.reference.is_some()),
        ("bsn", question.bsn.is_some()),
    ];
    said.extend(
        unnamed
            .iter()
            .filter(|(_, asked)| *asked)
            .map(|(name, _)| format!("{name} gevraagd")),
    );
    if left_out > 0 {
        said.push(format!("{left_out} records beschadigd en weggelaten"));
    }
    let mut said = said.join("; ");
    if said.len() > ABOUT_BYTES_MAX {
        let mut end = ABOUT_BYTES_MAX - 4;
        while !said.is_char_boundary(end) {
            end -= 1;
        }
        said.truncate(end);
        said.push_str("...");
    }
    said
}

fn few(values: &[String]) -> String {
    if values.len() <= VALUES_NAMED {
        values.join(",")
    } else {
        format!("({} waarden)", values.len())
    }
}
