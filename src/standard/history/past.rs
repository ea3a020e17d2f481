//! The past of one scope in memory: rows that are looked up by rules and changed by messages.

use std::collections::{BTreeSet, HashMap};
use std::fmt;

use super::allocation::{Client, Toewijzing};
use super::care::Care;
use super::change::Change;
use super::declaration::{Credit, Declaratie, Line, Prestatie, Series};
use super::hash::Spread;
use super::key::{ContentKey, RowKey};
use super::pseudonym::Pseudonym;
use super::request::{Honoured, Verzoek};
use super::row::Row;
use super::seen::Seen;
use super::usage::Usage;
use crate::bericht::DebetCredit;

/// Rows of one kind, by what names them.
type Rows<K, R> = HashMap<K, R, Spread>;

/// From the list of all kinds of rows: a map of each, so that a look-up touches no more memory than its own kind takes; typed look-ups and,
/// within this module, the same for writing; and rows of whatever kind by their keys.
macro_rules! records {
    ($($(#[$doc:meta])* $get:ident, $edit:ident: $rows:ident $variant:ident($record:ty) by $($part:ident: $kind:ty),*;)+) => {
        /// Rows of one scope: one law, one municipality, one provider. A row that is not in it does not exist, so
        /// all rows that a message or change asks for must be loaded before ([`super::wanted`], [`Change::rows`]).
        #[derive(Clone, Default)]
        pub struct Past {
            $($rows: Rows<($($kind,)*), $record>,)+
            dirty: BTreeSet<RowKey>,
        }

        impl Past {
            $(
                $(#[$doc])*
                pub fn $get(&self, $($part: $kind),*) -> Option<&$record> {
                    self.$rows.get(&($($part,)*))
                }
            )+

            $(
                /// The record, made when it is not there; marked as changed.
                fn $edit(&mut self, $($part: $kind,)* first: impl FnOnce() -> $record) -> &mut $record {
                    self.dirty.insert(records!(@key $variant $($part)*));
                    self.$rows.entry(($($part,)*)).or_insert_with(first)
                }
            )+

            /// Puts in a row as it was kept, and gives the one that was there. A row of another kind than its key's is a fault of the store: it is
            /// left out.
            pub fn load(&mut self, key: RowKey, row: Row) -> Option<Row> {
                match (key, row) {
                    $((records!(@key $variant $($part)*), Row::$variant(record)) => {
                        self.$rows.insert(($($part,)*), record).map(Row::$variant)
                    })+
                    _ => None,
                }
            }

            /// A row by its key.
            pub fn row(&self, key: &RowKey) -> Option<Row> {
                match *key {
                    $(records!(@key $variant $($part)*) => self.$get($($part),*).cloned().map(Row::$variant),)+
                }
            }

            /// Whether there is a row by a key.
            pub fn has(&self, key: &RowKey) -> bool {
                match *key {
                    $(records!(@key $variant $($part)*) => self.$get($($part),*).is_some(),)+
                }
            }

            fn remove(&mut self, key: &RowKey) -> Option<Row> {
                match *key {
                    $(records!(@key $variant $($part)*) => self.$rows.remove(&($($part,)*)).map(Row::$variant),)+
                }
            }

            /// Number of rows.
            pub fn len(&self) -> usize {
                [$(self.$rows.len()),+].iter().sum()
            }
        }
    };
    (@key Series) => { RowKey::Series };
    (@key Came) => { RowKey::Came };
    (@key Care $client:ident $toewijzing:ident) => { RowKey::Care { client: $client, toewijzing: $toewijzing } };
    (@key $variant:ident $part:ident) => { RowKey::$variant($part) };
}

records! {
    /// A message that came, by its pseudonym ([`dyn Pseudonymise::message`](super::Pseudonymise)).
    message, edit_message: messages Message(Seen) by message: Pseudonym;
    /// An allocation, by ToewijzingNummer.
    toewijzing, edit_toewijzing: toewijzingen Toewijzing(Toewijzing) by nummer: Pseudonym;
    /// A client, by BSN.
    client, edit_client: clients Client(Client) by client: Pseudonym;
    /// A client's care under an allocation, or under none.
    care, edit_care: cares Care(Care) by client: Pseudonym, toewijzing: Option<Pseudonym>;
    /// A request, by ReferentieAanbieder.
    verzoek, edit_verzoek: verzoeken Verzoek(Verzoek) by referentie: Pseudonym;
    /// A processed declaration, by DeclaratieNummer.
    declaratie, edit_declaratie: declaraties Declaratie(Declaratie) by nummer: Pseudonym;
    /// The processed declarations as a series.
    series, edit_series: all_series Series(Series) by;
    /// A line of a processed declaration, or one that a granted credit names, by ReferentieNummer.
    prestatie, edit_prestatie: prestaties Prestatie(Prestatie) by referentie: Pseudonym;
    /// The granted debits of a content that are not credited, by ReferentieNummer.
    content, edit_content: contents Content(BTreeSet<Pseudonym>) by content: ContentKey;
    /// What is used of an allocation, by ToewijzingNummer.
    usage, edit_usage: usages Usage(Usage) by toewijzing: Pseudonym;
    /// How many messages came.
    count, edit_count: counts Came(u64) by;
}

impl Past {
    /// Nothing is known.
    pub fn new() -> Self {
        Self::default()
    }

    /// The place of the message that is judged now: how many of the scope came before it. Each is counted
    /// by its [`Change::Seen`], which is applied at once also when all else waits for an answer. Never below
    /// [`Past::FIRST_PLACE`]: what came over another road before has lower places ([`Change::placed`]).
    pub fn came(&self) -> u64 {
        Self::FIRST_PLACE + self.count().copied().unwrap_or(0)
    }

    /// Puts in a row as it was at another time, so that a message can be judged again as of then; gives the one that was there.
    /// It is no change: who applies changes afterwards puts that one back before.
    pub fn replace(&mut self, key: RowKey, row: Option<Row>) -> Option<Row> {
        match row {
            Some(row) => self.load(key, row),
            None => self.remove(&key),
        }
    }

    /// Puts in a row as it is said to be, whatever stood there: unlike [`Past::replace`] it is a change, and is kept.
    pub fn restate(&mut self, key: RowKey, row: Row) {
        self.load(key, row);
        self.dirty.insert(key);
    }

    /// The place of the first message that came.
    pub const FIRST_PLACE: u64 = 1 << 40;

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The rows that changed since [`Past::clean`], by key.
    pub fn dirty(&self) -> impl Iterator<Item = (&RowKey, Row)> {
        let changed = self.dirty.iter();
        changed.filter_map(|key| Some((key, self.row(key)?)))
    }

    /// Says that what changed has been kept.
    pub fn clean(&mut self) {
        self.dirty.clear();
    }

    /// Applies changes in their order.
    pub fn apply_all<'c>(&mut self, changes: impl IntoIterator<Item = &'c Change>) {
        for change in changes {
            self.apply(change);
        }
    }

    /// Applies one change. Touches no other rows than [`Change::rows`] and [`Change::rows_more`]. Of a line, a
    /// credit and their answers the same rows come out in whatever order they are applied.
    pub fn apply(&mut self, change: &Change) {
        match change {
            Change::Seen { message, seen } => {
                // The first one stays: a second one under its identification is refused (TR056).
                self.edit_message(*message, || seen.clone());
                let count = self.edit_count(|| 0);
                *count = count.saturating_add(1);
            }
            Change::Toewijzing {
                nummer,
                client,
                version,
            } => {
                let first = || Toewijzing::new(*client, version.clone());
                self.edit_toewijzing(*nummer, first)
                    .add(*client, version.clone());
                let client = self.edit_client(*client, Client::default);
                client.toewijzingen.insert(*nummer);
            }
            Change::Honoured {
                verzoek,
                client,
                toewijzing,
                stamp,
            } => {
                let honoured = Honoured {
                    toewijzing: *toewijzing,
                    stamp: *stamp,
                };
                let row = self.edit_verzoek(*verzoek, Verzoek::default);
                row.honoured.insert(honoured);
                self.close(*client, *verzoek);
            }
            Change::Started {
                client,
                toewijzing,
                start,
                came,
            } => {
                let care = self.edit_care(*client, *toewijzing, Care::default);
                care.add_start(*start, *came);
            }
            Change::StartRemoved {
                client,
                toewijzing,
                start,
                came,
            } => {
                let care = self.edit_care(*client, *toewijzing, Care::default);
                care.remove_start(*start, *came);
            }
            Change::Stopped {
                client,
                toewijzing,
                stop,
                came,
            } => {
                let care = self.edit_care(*client, *toewijzing, Care::default);
                care.add_stop(*stop, *came);
            }
            Change::StopRemoved {
                client,
                toewijzing,
                stop,
                came,
            } => {
                let care = self.edit_care(*client, *toewijzing, Care::default);
                care.remove_stop(*stop, *came);
            }
            Change::Requested { verzoek, request } => {
                let row = self.edit_verzoek(*verzoek, Verzoek::default);
                row.request.get_or_insert(*request);
                // Its answer may have been booked before it, when both were pending.
                if row.is_open() {
                    let client = self.edit_client(request.client, Client::default);
                    client.verzoeken.insert(*verzoek);
                }
            }
            Change::Answered {
                verzoek,
                client,
                answer,
            } => {
                let row = self.edit_verzoek(*verzoek, Verzoek::default);
                row.answers.push(*answer);
                if row.is_refused()
                    && let Some(client) = client
                {
                    self.close(*client, *verzoek);
                }
            }
            Change::Declared { nummer, declaratie } => {
                self.edit_declaratie(*nummer, || declaratie.clone());
                self.edit_series(Series::default)
                    .add(declaratie.periode.begin);
            }
            Change::Granted { referentie, line } => {
                let row = self.edit_prestatie(*referentie, Prestatie::default);
                row.declared = true;
                row.granted = Some(*line);
                let credit = row.credit;
                match line.bedrag.direction {
                    DebetCredit::Debet => self.grant_debit(*referentie, line, credit.as_ref()),
                    DebetCredit::Credit => self.grant_credit(*referentie, line),
                }
            }
            Change::Refused { referentie } => {
                self.edit_prestatie(*referentie, Prestatie::default)
                    .declared = true;
            }
            Change::CareAsSent { client, toewijzing } => {
                self.edit_care(*client, *toewijzing, Care::default)
                    .mark_as_sent();
            }
        }
    }

    /// What is used of all allocations in it.
    pub(super) fn usages(&self) -> impl Iterator<Item = &Usage> {
        self.usages.values()
    }

    /// The care of all clients in it.
    pub(super) fn cares(&self) -> impl Iterator<Item = &Care> {
        self.cares.values()
    }

    /// The granted lines in it.
    pub(super) fn granted(&self) -> impl Iterator<Item = &Line> {
        let lines = self.prestaties.values();
        lines.filter_map(|line| line.granted.as_ref())
    }

    fn close(&mut self, client: Pseudonym, verzoek: Pseudonym) {
        let client = self.edit_client(client, Client::default);
        client.verzoeken.remove(&verzoek);
    }

    /// `credit` is the one that was granted before its debit, when both waited for their answers.
    fn grant_debit(&mut self, referentie: Pseudonym, line: &Line, credit: Option<&Credit>) {
        let standing = self.edit_content(line.content(), BTreeSet::new);
        standing.insert(referentie);
        self.edit_usage(line.toewijzing, Usage::default).add(line);
        if let Some(credit) = credit {
            self.take_back(referentie, line, credit);
        }
    }

    fn grant_credit(&mut self, referentie: Pseudonym, line: &Line) {
        let Some(vorig) = line.vorig else { return };
        let row = self.edit_prestatie(vorig, Prestatie::default);
        if row.credit.is_some() {
            return;
        }
        let credit = Credit::of(referentie, line);
        row.credit = Some(credit);
        if let Some(debit) = row.debit().copied() {
            self.take_back(vorig, &debit, &credit);
        }
    }

    /// Takes back the debit with this number.
    fn take_back(&mut self, referentie: Pseudonym, debit: &Line, credit: &Credit) {
        if !credit.takes(debit) {
            return;
        }
        let standing = self.edit_content(debit.content(), BTreeSet::new);
        standing.remove(&referentie);
        self.edit_usage(debit.toewijzing, Usage::default)
            .take_back(debit, credit);
    }
}

impl fmt::Debug for Past {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (rows, changed) = (self.len(), self.dirty.len());
        write!(f, "Past({rows} rows, {changed} of them changed)")
    }
}
