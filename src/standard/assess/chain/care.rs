//! A client's starts and stops while one message is judged: rows are taken one by one, and each sees what
//! those before it did.

use std::collections::{BTreeMap, BTreeSet};

use super::Judge;
use crate::bericht::{Start, StartProduct, Stop, StopProduct};
use crate::history::{Care, Change, Past, Product, Pseudonym, StartKey, StopKey};
use crate::rules::{
    Verdict, iv075, op289, tr019, tr063, tr071, tr074, tr326, tr382, tr413, tr414, tr415,
};

/// StatusAanlevering of a row that removes an earlier one.
const REMOVAL: &str = "3";

/// Judges a 305: removals first, then first deliveries, both in document order.
pub(super) fn judge_starts(judge: &mut Judge<'_, '_>, content: &Start<'_>) {
    let mut cares = Cares::new(judge, &content.bsn);
    let is_removal = |row: &&StartProduct<'_>| row.status_aanlevering == REMOVAL;
    for row in content.products.iter().filter(is_removal) {
        cares.remove_start(judge, row);
    }
    for row in content.products.iter().filter(|row| !is_removal(row)) {
        cares.start(judge, row);
    }
}

/// Judges a 307: removals first, then stops for a time, then the others, each in document order.
pub(super) fn judge_stops(judge: &mut Judge<'_, '_>, content: &Stop<'_>) {
    let mut cares = Cares::new(judge, &content.bsn);
    let is_removal = |row: &&StopProduct<'_>| row.status_aanlevering == REMOVAL;
    for row in content.products.iter().filter(is_removal) {
        cares.remove_stop(judge, row);
    }
    for temporary in [true, false] {
        let deliveries = content.products.iter().filter(|row| !is_removal(row));
        for row in deliveries.filter(|row| is_temporary(row) == temporary) {
            cares.stop(judge, row);
        }
    }
}

/// What a 305 changes when all of it is accepted, in the order in which it is judged.
pub(super) fn accept_starts(judge: &mut Judge<'_, '_>, content: &Start<'_>) {
    let client = judge.around.client(&content.bsn);
    let came = judge.around.past.came();
    for removals in [true, false] {
        for row in &content.products {
            if (row.status_aanlevering == REMOVAL) != removals {
                continue;
            }
            let (toewijzing, start) = (judge.toewijzing(row.toewijzing_nummer), judge.start(row));
            judge.changes.push(if removals {
                Change::StartRemoved {
                    client,
                    toewijzing,
                    start,
                    came,
                }
            } else {
                Change::Started {
                    client,
                    toewijzing,
                    start,
                    came,
                }
            });
        }
    }
}

/// What a 307 changes when all of it is accepted, in the order in which it is judged.
pub(super) fn accept_stops(judge: &mut Judge<'_, '_>, content: &Stop<'_>) {
    let client = judge.around.client(&content.bsn);
    let came = judge.around.past.came();
    let place = |row: &&StopProduct<'_>| (row.status_aanlevering != REMOVAL, !is_temporary(row));
    let mut rows: Vec<&StopProduct<'_>> = content.products.iter().collect();
    rows.sort_by_key(place);
    for row in rows {
        let toewijzing = judge.toewijzing(row.toewijzing_nummer);
        let stop = judge.stop(row, &content.bsn);
        judge.changes.push(if row.status_aanlevering == REMOVAL {
            Change::StopRemoved {
                client,
                toewijzing,
                stop,
                came,
            }
        } else {
            Change::Stopped {
                client,
                toewijzing,
                stop,
                came,
            }
        });
    }
}

/// RedenBeeindiging 20: stopped for a time.
fn is_temporary(row: &StopProduct<'_>) -> bool {
    row.reden_beeindiging == "20"
}

/// Care of one client, by allocation, as the rows before left it.
struct Cares<'a> {
    past: &'a Past,
    bsn: &'a str,
    client: Pseudonym,
    by_toewijzing: BTreeMap<Option<Pseudonym>, Care>,
    /// Products of the actual starts, where a start was judged. Removals are over by then, so they only
    /// grow: nothing is counted anew for each row of a message that may have 100,000.
    actual: BTreeMap<Option<Pseudonym>, BTreeSet<Option<Product>>>,
}

impl<'a> Cares<'a> {
    fn new(judge: &Judge<'a, '_>, bsn: &'a str) -> Self {
        Self {
            past: judge.around.past,
            bsn,
            client: judge.around.client(bsn),
            by_toewijzing: BTreeMap::new(),
            actual: BTreeMap::new(),
        }
    }

    fn of(&mut self, toewijzing: Option<Pseudonym>) -> &mut Care {
        let (past, client) = (self.past, self.client);
        self.by_toewijzing
            .entry(toewijzing)
            .or_insert_with(|| past.care(client, toewijzing).cloned().unwrap_or_default())
    }

    fn actual(&mut self, toewijzing: Option<Pseudonym>) -> &mut BTreeSet<Option<Product>> {
        if !self.actual.contains_key(&toewijzing) {
            let actual = self.of(toewijzing).actual();
            let products = actual.map(|start| start.product).collect();
            self.actual.insert(toewijzing, products);
        }
        self.actual.entry(toewijzing).or_default()
    }

    fn remove_start(&mut self, judge: &mut Judge<'_, '_>, row: &StartProduct<'_>) {
        let (toewijzing, start) = (judge.toewijzing(row.toewijzing_nummer), judge.start(row));
        let (client, came) = (self.client, self.past.came());
        let care = self.of(toewijzing);
        let delivered = tr063::start_was_delivered(judge.around, care, &start);
        let stopped = Verdict::broken_if(tr071::has_stop(care, &start));
        if judge.ask(&tr063::RULE, row.node, delivered)
            && judge.ask(&tr071::RULE, row.node, stopped)
        {
            care.remove_start(start, came);
            judge.changes.push(Change::StartRemoved {
                client,
                toewijzing,
                start,
                came,
            });
        }
    }

    fn start(&mut self, judge: &mut Judge<'_, '_>, row: &StartProduct<'_>) {
        let (toewijzing, start) = (judge.toewijzing(row.toewijzing_nummer), judge.start(row));
        let (client, came) = (self.client, self.past.came());
        if let Some(nummer) = row.toewijzing_nummer {
            let verdict =
                tr019::names_own_allocation(judge.around, client, nummer, Verdict::Broken);
            if !judge.ask(&tr019::RULE, row.node, verdict) {
                return;
            }
            let known = judge.around.toewijzing(nummer);
            let misfit = iv075::does_not_fit(known, start.product.as_ref());
            judge.advise(&iv075::RULE, row.node, misfit);
        }
        let known = tr074::start_is_known(self.of(toewijzing), &start);
        let mut taken = judge.ask(&tr074::RULE, row.node, Verdict::broken_if(known));
        let actual = self.actual(toewijzing);
        if toewijzing.is_some() {
            let has_one = Verdict::broken_if(tr326::has_actual_start(actual));
            taken &= judge.ask(&tr326::RULE, row.node, has_one);
        } else {
            let has_one = op289::has_actual_start_of(actual, start.product.as_ref());
            judge.advise(&op289::RULE, row.node, has_one);
        }
        taken &= judge.ask_product(row.node, row.product.as_ref(), row.begindatum);
        if taken {
            let care = self.of(toewijzing);
            care.add_start(start, came);
            if care.is_actual(&start) {
                self.actual(toewijzing).insert(start.product);
            }
            judge.changes.push(Change::Started {
                client,
                toewijzing,
                start,
                came,
            });
        }
    }

    fn remove_stop(&mut self, judge: &mut Judge<'_, '_>, row: &StopProduct<'_>) {
        let (toewijzing, stop) = (
            judge.toewijzing(row.toewijzing_nummer),
            judge.stop(row, self.bsn),
        );
        let (client, came) = (self.client, self.past.came());
        let care = self.of(toewijzing);
        let delivered = tr063::stop_was_delivered(judge.around, care, &stop);
        if judge.ask(&tr063::RULE, row.node, delivered) {
            care.remove_stop(stop, came);
            judge.changes.push(Change::StopRemoved {
                client,
                toewijzing,
                stop,
                came,
            });
        }
    }

    fn stop(&mut self, judge: &mut Judge<'_, '_>, row: &StopProduct<'_>) {
        let (toewijzing, stop) = (
            judge.toewijzing(row.toewijzing_nummer),
            judge.stop(row, self.bsn),
        );
        let (client, came) = (self.client, self.past.came());
        let care = self.of(toewijzing);
        if let Some(nummer) = row.toewijzing_nummer {
            let started = tr382::has_its_start(judge.around, care, &stop.start);
            let verdict = tr019::names_own_allocation(judge.around, client, nummer, started);
            if !judge.ask(&tr019::RULE, row.node, verdict) {
                return;
            }
            let known = judge.around.toewijzing(nummer);
            let misfit = iv075::does_not_fit(known, stop.start.product.as_ref());
            judge.advise(&iv075::RULE, row.node, misfit);
        }
        let by_product = toewijzing.is_none();
        let known = tr074::stop_is_known(care, &stop);
        let again = tr413::is_stopped_for_a_time_again(care, &stop, by_product);
        let before = tr414::ends_before_an_earlier_stop(care, &stop, by_product);
        let for_good = tr415::is_stopped_for_good(care, &stop, by_product);
        let mut taken = true;
        for (rule, verdict) in [
            (&tr074::RULE, Verdict::broken_if(known)),
            (
                &tr382::RULE,
                tr382::has_its_start(judge.around, care, &stop.start),
            ),
            (&tr413::RULE, Verdict::broken_if(again)),
            (&tr414::RULE, Verdict::broken_if(before)),
            (&tr415::RULE, Verdict::broken_if(for_good)),
        ] {
            taken &= judge.ask(rule, row.node, verdict);
        }
        taken &= judge.ask_product(row.node, row.product.as_ref(), row.begindatum);
        if taken {
            care.add_stop(stop, came);
            judge.changes.push(Change::Stopped {
                client,
                toewijzing,
                stop,
                came,
            });
        }
    }
}

impl Judge<'_, '_> {
    fn toewijzing(&self, nummer: Option<u64>) -> Option<Pseudonym> {
        nummer.map(|nummer| self.around.pseudonyms.toewijzing(nummer))
    }

    fn start(&self, row: &StartProduct<'_>) -> StartKey {
        StartKey {
            product: row.product.as_ref().map(|product| self.product(product)),
            begindatum: row.begindatum,
        }
    }

    fn stop(&self, row: &StopProduct<'_>, bsn: &str) -> StopKey {
        StopKey {
            start: StartKey {
                product: row.product.as_ref().map(|product| self.product(product)),
                begindatum: row.begindatum,
            },
            reden: self
                .around
                .pseudonyms
                .reden_beeindiging(bsn, &row.reden_beeindiging),
            temporary: is_temporary(row),
            einddatum: row.einddatum,
        }
    }
}
