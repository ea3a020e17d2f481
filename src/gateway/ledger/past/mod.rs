//! The past of every scope as a view: rows of [`history`](knooppunt_standard::history) under hidden keys. What a message does to them is said by the
//! standard's `Change`s, recorded in its effect; a replay applies the same changes with the same code.
//!
//! A row holds pseudonyms of the inner key, and the views hold the outer key. So its value is encrypted under a key that follows from the outer key and the
//! pseudonyms of the row's own key, which the views do not hold: who has the views alone opens none of them.

mod rows;

use std::collections::{BTreeMap, BTreeSet};

use knooppunt_standard::Bericht;
use knooppunt_standard::history::{self, Change, Past, Row, RowKey};

pub(crate) use rows::PastRows;
pub(super) use rows::{Span, undo};

use super::LedgerError;
use super::carried::Carried;
use super::effect::Effect;
use super::forget;
use super::pseudonym::{Names, Outer, Pseudonym};
use super::sealed::Sealed;
use super::views::PAST;
use crate::store::Views;
use rows::Changed;

/// Rows of one scope in memory, with what they were when they were read.
pub(crate) struct Loaded {
    scope: Pseudonym,
    /// The name of the scope in the view.
    hidden_scope: [u8; 16],
    outer: Outer,
    past: Past,
    were: BTreeMap<RowKey, Was>,
    /// Whether the views hold nothing of this scope, so that they need not be asked.
    nothing_stands: bool,
}

/// A row as it was read.
struct Was {
    /// Its key in the view.
    hidden: Vec<u8>,
    /// What its value is encrypted with.
    sealed: Sealed,
    /// Its value in the view.
    value: Option<Vec<u8>>,
}

impl std::fmt::Debug for Loaded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Loaded({} rows)", self.were.len())
    }
}

impl Loaded {
    /// Nothing of this scope yet.
    pub(crate) fn new(scope: Pseudonym, outer: &Outer) -> Self {
        Self {
            scope,
            hidden_scope: outer.hide(scope),
            outer: outer.clone(),
            past: Past::new(),
            were: BTreeMap::new(),
            nothing_stands: false,
        }
    }

    /// Nothing of this scope yet, nor in the views.
    pub(super) fn from_nothing(scope: Pseudonym, outer: &Outer) -> Self {
        Self {
            nothing_stands: true,
            ..Self::new(scope, outer)
        }
    }

    /// Reads the rows that judging a message can need. Err: as of [`Loaded::load`].
    pub(crate) fn load_wanted(
        &mut self,
        views: &dyn Views,
        bericht: &Bericht<'_>,
        names: &Names,
    ) -> Result<(), LedgerError> {
        self.load(views, history::wanted(bericht, names))?;
        // Which others there are stands in those.
        let more = history::wanted_more(bericht, names, self.past());
        self.load(views, more)
    }

    /// Reads these rows, in the order of their keys in the view, unless they were read before. Err: the views cannot be read, or hold what we do not write.
    pub(crate) fn load(
        &mut self,
        views: &dyn Views,
        keys: impl IntoIterator<Item = RowKey>,
    ) -> Result<(), LedgerError> {
        let keys: BTreeSet<RowKey> = keys
            .into_iter()
            .filter(|key| !self.were.contains_key(key))
            .collect();
        let mut wanted: Vec<(Vec<u8>, Sealed, RowKey)> = keys
            .into_iter()
            .map(|key| {
                let (hidden, sealed) = self.hidden(&key);
                (hidden, sealed, key)
            })
            .collect();
        wanted.sort_unstable_by(|(one, ..), (other, ..)| one.cmp(other));
        for (hidden, sealed, key) in wanted {
            let value = if self.nothing_stands {
                None
            } else {
                views.get(PAST, &hidden)?
            };
            if let Some(value) = &value {
                let row = sealed.open(value).ok_or_else(unfit)?;
                self.past.load(key, Row::decode(&row).map_err(|_| unfit())?);
            }
            self.were.insert(
                key,
                Was {
                    hidden,
                    sealed,
                    value,
                },
            );
        }
        Ok(())
    }

    /// Puts in a row that was read as it was at another time, and gives the one that was there. What stands in the view stays; before changes are applied
    /// the one that was there must be put back.
    pub(crate) fn replace(&mut self, key: RowKey, row: Option<Row>) -> Option<Row> {
        self.past.replace(key, row)
    }

    /// How many rows were read, there or not.
    pub(super) fn len(&self) -> usize {
        self.were.len()
    }

    /// The keys of all rows that were read, there or not.
    pub(crate) fn keys(&self) -> impl Iterator<Item = RowKey> {
        self.were.keys().copied()
    }

    /// The rows.
    pub(crate) fn past(&self) -> &Past {
        &self.past
    }

    /// Applies changes, loading what they need first. Err: the views cannot be read.
    pub(crate) fn apply(
        &mut self,
        views: &dyn Views,
        changes: &[Change],
    ) -> Result<(), LedgerError> {
        self.load(views, changes.iter().flat_map(Change::rows))?;
        let more: Vec<RowKey> = changes
            .iter()
            .flat_map(|change| change.rows_more(&self.past))
            .collect();
        self.load(views, more)?;
        self.past.apply_all(changes);
        Ok(())
    }

    /// Puts rows in as they are said to be, whatever stood there. Err: the views cannot be read.
    pub(super) fn restate(
        &mut self,
        views: &dyn Views,
        rows: impl IntoIterator<Item = (RowKey, Row)>,
    ) -> Result<(), LedgerError> {
        let rows: Vec<(RowKey, Row)> = rows.into_iter().collect();
        self.load(views, rows.iter().map(|(key, _)| *key))?;
        for (key, row) in rows {
            self.past.restate(key, row);
        }
        Ok(())
    }

    /// Of the rows that were read these go.
    pub(super) fn without(mut self, keys: impl IntoIterator<Item = RowKey>) -> PastRows {
        let were = keys.into_iter().filter_map(|key| self.were.remove(&key));
        were.map(|was| Changed {
            key: was.hidden,
            was: was.value,
            becomes: None,
        })
        .collect()
    }

    /// What changed since the rows were read.
    pub(crate) fn into_rows(mut self) -> PastRows {
        let mut rows = Vec::new();
        for (key, row) in self.past.dirty() {
            let Some(was) = self.were.remove(key) else {
                debug_assert!(false, "a change touches only the rows it names");
                continue;
            };
            let becomes = (!row.is_empty()).then(|| was.sealed.seal(row.encode()));
            if was.value != becomes {
                rows.push(Changed {
                    key: was.hidden,
                    was: was.value,
                    becomes,
                });
            }
        }
        rows.into_iter().collect()
    }

    /// Its key in the view (the scope, then the key: both hidden) and what its value is encrypted with.
    fn hidden(&self, key: &RowKey) -> (Vec<u8>, Sealed) {
        let (name, sealed) = Sealed::of(&self.outer, self.scope, &key.to_bytes());
        ([self.hidden_scope, name].concat(), sealed)
    }
}

/// Applies the effects of many records, scope by scope, and gives their rows at the end.
pub(super) struct Replayed<'v> {
    views: &'v dyn Views,
    outer: &'v Outer,
    scopes: BTreeMap<Pseudonym, Loaded>,
}

impl<'v> Replayed<'v> {
    pub(super) fn new(views: &'v dyn Views, outer: &'v Outer) -> Self {
        Self {
            views,
            outer,
            scopes: BTreeMap::new(),
        }
    }

    /// What one record did. Err: the views cannot be read, or the changes are of a later program.
    pub(super) fn apply(&mut self, effect: &Effect, position: u64) -> Result<(), LedgerError> {
        let (Some(scope), Some(changes)) = (effect.scope, effect.applied(position)?) else {
            return Ok(());
        };
        self.scopes
            .entry(scope)
            .or_insert_with(|| Loaded::new(scope, self.outer))
            .apply(self.views, &changes)
    }

    /// What one record carries on. Err: the views cannot be read, or it is not ours.
    pub(super) fn restate(&mut self, carried: &Carried) -> Result<(), LedgerError> {
        let rows: Result<Vec<_>, _> = carried.rows.iter().map(forget::read).collect();
        self.scopes
            .entry(carried.scope)
            .or_insert_with(|| Loaded::new(carried.scope, self.outer))
            .restate(self.views, rows?)
    }

    pub(super) fn into_rows(self) -> PastRows {
        let mut rows = PastRows::default();
        for loaded in self.scopes.into_values() {
            rows.extend(loaded.into_rows());
        }
        rows
    }
}

fn unfit() -> LedgerError {
    LedgerError::Views {
        what: "a row of the past that is not one of ours",
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date, time};
    use knooppunt_standard::history::{Product, Pseudonym as Named, Stamp, StartKey, StopKey};

    use super::super::effect::Doing;
    use super::super::replay::digest;
    use super::super::views::UNDO;
    use super::*;
    use crate::store::{Batch, Collection, Memory, Position};

    /// Refuses so many lines that their undo takes more than one chunk.
    fn changes(from: u16, to: u16) -> Vec<Change> {
        (from..to)
            .map(|number| {
                let mut referentie = [0; 16];
                referentie[..2].copy_from_slice(&number.to_be_bytes());
                Change::Refused {
                    referentie: Named(referentie),
                }
            })
            .collect()
    }

    fn rows(views: &dyn Views, outer: &Outer, changes: &[Change]) -> PastRows {
        let mut loaded = Loaded::new(Pseudonym([1; 16]), outer);
        loaded.apply(views, changes).expect("applied");
        loaded.into_rows()
    }

    #[test]
    fn a_batch_that_was_cut_off_is_put_back_and_applied_again() {
        let outer = Outer::from_bytes(&[5; 32]).expect("a key");
        let (first, second) = (changes(0, 700), changes(300, 1500));
        let apply = |views: &dyn Views, changes: &[Change], at, next| {
            rows(views, &outer, changes)
                .apply(views, Position(at), Position(next), Batch::default())
                .expect("applied");
        };
        let once = Memory::new();
        apply(&*once.views, &first, 0, 1);
        apply(&*once.views, &second, 1, 2);

        let cut = Memory::new();
        apply(&*cut.views, &first, 0, 1);
        let before = digest(&*cut.views).expect("rows");
        // All rows are there and the position is not yet moved.
        Span::from(Position(1))
            .add(
                &*cut.views,
                rows(&*cut.views, &outer, &second),
                Batch::default(),
            )
            .expect("written, and its undo not yet deleted");
        assert_ne!(digest(&*cut.views).expect("rows"), before);
        undo(&*cut.views, Position(1)).expect("put back");
        assert_eq!(digest(&*cut.views).expect("rows"), before);
        apply(&*cut.views, &second, 1, 2);
        assert_eq!(
            digest(&*cut.views).expect("rows"),
            digest(&*once.views).expect("rows")
        );
        undo(&*cut.views, Position(2)).expect("nothing to put back");
        assert_eq!(
            digest(&*cut.views).expect("rows"),
            digest(&*once.views).expect("rows")
        );
    }

    #[test]
    fn no_view_shows_a_pseudonym_of_the_inner_key() {
        let outer = Outer::from_bytes(&[5; 32]).expect("a key");
        let inner = [
            *b"inner of verzoek",
            *b"inner of client.",
            *b"inner allocation",
            *b"inner reden here",
            *b"inner categorie.",
        ];
        let [verzoek, client, toewijzing, reden, categorie] = inner.map(Named);
        let start = StartKey {
            begindatum: date(2026, 3, 2),
            product: Some(Product {
                categorie,
                code: None,
                household: false,
                aid: false,
            }),
        };
        let stamp = Stamp {
            date: date(2026, 2, 20),
            time: time(9, 30, 1, 0),
        };
        let stop = StopKey {
            start,
            reden,
            temporary: false,
            einddatum: date(2026, 4, 1),
        };
        let changes = [
            Change::Honoured {
                verzoek,
                client,
                toewijzing,
                stamp,
            },
            Change::Started {
                client,
                toewijzing: Some(toewijzing),
                start,
                came: 1,
            },
            Change::Stopped {
                client,
                toewijzing: Some(toewijzing),
                stop,
                came: 2,
            },
        ];
        let store = Memory::new();
        let shown = |collection: Collection, views: &dyn Views| {
            let rows = views.range(collection, &[], &[0xff; 40], 1000);
            let rows = rows.expect("rows");
            for (key, value) in &rows {
                for bytes in [key, value] {
                    let of_inner = bytes
                        .windows(16)
                        .any(|seen| inner.iter().any(|name| name == seen));
                    assert!(!of_inner, "in {}", collection.name());
                }
            }
            rows.len()
        };
        // Twice, so that there are rows to be undone.
        for (at, of) in [(0, &changes[..2]), (1, &changes[2..])] {
            let next = Position(at + 1);
            let rows = rows(&*store.views, &outer, of);
            let mut span = Span::from(Position(at));
            span.add(&*store.views, rows, Batch::default())
                .expect("applied");
            assert!(shown(UNDO, &*store.views) > 0, "its undo is looked at");
            span.end(&*store.views, next, PastRows::default(), Batch::default())
                .expect("applied");
            assert!(shown(PAST, &*store.views) > 0, "rows are looked at");
            assert_eq!(shown(UNDO, &*store.views), 0, "deleted after its batch");
        }
        let read = |names: [u8; 16]| {
            let mut loaded = Loaded::new(Pseudonym(names), &outer);
            loaded
                .load(&*store.views, changes.iter().flat_map(Change::rows))
                .expect("read");
            loaded.past().care(client, Some(toewijzing)).is_some()
        };
        assert!(read([1; 16]));
        assert!(!read([2; 16]), "another scope has none of it");
    }

    #[test]
    fn records_of_many_scopes_replayed_together_make_the_rows_of_each() {
        let outer = Outer::from_bytes(&[5; 32]).expect("a key");
        let effect = |scope, changes: Vec<Change>| {
            let doing = Doing {
                applied: changes,
                ..Doing::default()
            };
            Effect::new(Pseudonym([scope; 16]), [0; 32], None, Vec::new())
                .doing(Pseudonym([scope; 16]), &doing)
        };
        let effects = [
            effect(1, changes(0, 3)),
            effect(2, changes(0, 3)),
            effect(1, changes(2, 5)),
        ];
        let replay = |step: usize| {
            let store = Memory::new();
            let mut at = 0;
            for some in effects.chunks(step) {
                let mut replayed = Replayed::new(&*store.views, &outer);
                for effect in some {
                    replayed.apply(effect, 0).expect("applied");
                }
                let rows = replayed.into_rows();
                let next = at + some.len() as u64;
                rows.apply(
                    &*store.views,
                    Position(at),
                    Position(next),
                    Batch::default(),
                )
                .expect("applied");
                at = next;
            }
            digest(&*store.views).expect("rows")
        };
        assert_eq!(replay(1), replay(3));
        assert_eq!(replay(1), replay(2));
    }
}
