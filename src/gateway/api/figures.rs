//! Figures that are worked out when somebody looks: where the journal and its views stand, what waits in mailboxes and since when, and what
//! is due to be erased. A mailbox is named by its code; no figure has a label of a message.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

use super::ops::{Gauges, as_figure, gauge};
use crate::clock::Clock;
use crate::deliver::Deliveries;
use crate::ledger::{Ledger, LedgerError};
use crate::register::Registers;
use crate::retention::Retention;
use crate::scrub::Scrub;
use crate::terms::{self, Count, Told};

/// Most waiting messages that are counted in one mailbox: a figure at it means "this many or more". Small, because every scrape counts every mailbox.
const WAITING_MAX: usize = 1000;
/// Most erasures due that are counted, once a sweep.
const COUNTED_MAX: usize = 10_000;

/// The figures of the ledger. What cannot be read is left as it was and logged.
pub fn of_ledger(
    ledger: Arc<Ledger>,
    registers: Arc<Registers>,
    clock: Arc<dyn Clock>,
) -> Box<Gauges> {
    let told = Mutex::new(Told::default());
    Box::new(move || {
        let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = set(&ledger, &registers, &*clock, &mut told) {
            tracing::warn!(
                code = error.code(),
                "the figures of the ledger could not be read"
            );
        }
    })
}

fn set(
    ledger: &Ledger,
    registers: &Registers,
    clock: &dyn Clock,
    told: &mut Told,
) -> Result<(), LedgerError> {
    gauge("knooppunt_journal_position", ledger.next().0);
    gauge("knooppunt_views_position", ledger.views.position()?.0);
    let now = clock.now();
    let register = registers.current();
    let today = crate::clock::day_of(now);
    for code in register
        .parties()
        .into_iter()
        .flat_map(|party| party.codes_on(today))
    {
        let waiting = ledger.waiting_count(&code, WAITING_MAX)?;
        let oldest = match ledger.waiting(&code, 0, 1)?.first() {
            Some(row) => ledger
                .message_row(row.message)?
                .map(|row| now.duration_since(row.received).as_secs()),
            None => None,
        };
        let oldest = oldest
            .and_then(|seconds| u64::try_from(seconds).ok())
            .unwrap_or(0);
        let held = ledger.held(&code, 0, WAITING_MAX)?;
        let asking = held.iter().map(|row| row.lines).sum::<u64>();
        metrics::gauge!("knooppunt_declarations_held", "code" => code.to_string())
            .set(as_figure(held.len() as u64));
        metrics::gauge!("knooppunt_declaration_lines_held", "code" => code.to_string())
            .set(as_figure(asking));
        let counts = told.with(code, terms::counts(ledger, &code, today)?);
        for (term, Count { open, over }) in counts {
            let (code, term) = (code.to_string(), term.as_str());
            metrics::gauge!("knooppunt_terms_open", "code" => code.clone(), "term" => term)
                .set(as_figure(open as u64));
            metrics::gauge!("knooppunt_terms_over", "code" => code, "term" => term)
                .set(as_figure(over as u64));
        }
        metrics::gauge!("knooppunt_mailbox_waiting", "code" => code.to_string())
            .set(as_figure(waiting as u64));
        metrics::gauge!("knooppunt_mailbox_oldest_seconds", "code" => code.to_string())
            .set(as_figure(oldest));
    }
    Ok(())
}

/// The figures of the scrub.
pub fn of_scrub(scrub: Arc<Scrub>) -> Box<Gauges> {
    Box::new(move || {
        gauge("knooppunt_scrub_position", scrub.position());
        gauge("knooppunt_scrub_damaged_records", scrub.damaged());
    })
}

/// When the last copy of the store was made, as far as was ever seen.
#[derive(Debug, Default)]
pub struct LastBackup(Mutex<Option<Timestamp>>);

impl LastBackup {
    /// A copy was seen that was made then.
    pub fn seen(&self, made: Timestamp) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(made);
    }
}

/// The age of the last copy of the store, in seconds; none before one was seen.
pub fn of_backup(last: Arc<LastBackup>, clock: Arc<dyn Clock>) -> Box<Gauges> {
    Box::new(move || {
        let made = *last.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(made) = made {
            let age = clock.now().duration_since(made).as_secs();
            gauge("knooppunt_backup_age_seconds", age.max(0).unsigned_abs());
        }
    })
}

/// The figures of deliveries. What cannot be read is left as it was and logged.
pub fn of_deliveries(deliveries: Arc<Deliveries>) -> Box<Gauges> {
    Box::new(move || {
        if let Err(error) = deliveries.figures() {
            tracing::warn!(
                code = error.code(),
                "the figures of deliveries could not be read"
            );
        }
    })
}

/// Counts what is due to be erased now; for the task that sweeps, which knows the moment.
pub async fn erasures_due(retention: &Retention, clock: &dyn Clock) {
    match retention.due(clock.now(), COUNTED_MAX).await {
        Ok(due) => gauge("knooppunt_erasures_due", due.len() as u64),
        Err(error) => tracing::warn!(
            code = error.code(),
            "what is due to be erased could not be read"
        ),
    }
}
