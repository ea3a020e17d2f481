//! Which rows of the past have come to an end: what was known by them is over, and a day that lies far enough behind it is the day on which they may go.
//!
//! An allocation ends with its version that holds, and with it what is used of it and the starts and stops that name it. A line ends with its ProductPeriode, a
//! declaration with its DeclaratiePeriode, a request on its Dagtekening (what nobody answered for years nobody answers), a client with the last of his allocations
//! and requests. That a message came is over when it came. What the scope has one of, a count and a month, ends never: it tells of nobody.

use jiff::civil::Date;

use super::care::Care;
use super::key::RowKey;
use super::past::Past;
use super::pseudonym::Pseudonym;

impl Past {
    /// The rows that tell, beside itself, whether a row has ended: those that exist must be in the past before [`Past::has_ended`] is asked.
    pub fn rows_of_end(&self, key: &RowKey) -> Vec<RowKey> {
        match key {
            RowKey::Client(client) => {
                let Some(client) = self.client(*client) else {
                    return Vec::new();
                };
                let allocations = client.toewijzingen.iter();
                let requests = client.verzoeken.iter();
                allocations
                    .map(|of| RowKey::Toewijzing(*of))
                    .chain(requests.map(|of| RowKey::Verzoek(*of)))
                    .collect()
            }
            RowKey::Usage(toewijzing) => vec![RowKey::Toewijzing(*toewijzing)],
            RowKey::Care { toewijzing, .. } => {
                toewijzing.iter().copied().map(RowKey::Toewijzing).collect()
            }
            RowKey::Message(_)
            | RowKey::Toewijzing(_)
            | RowKey::Verzoek(_)
            | RowKey::Declaratie(_)
            | RowKey::Series
            | RowKey::Prestatie(_)
            | RowKey::Content(_)
            | RowKey::Came => Vec::new(),
        }
    }

    /// Whether what a row tells of ended before this day. A row that is not there has.
    pub fn has_ended(&self, key: &RowKey, day: Date) -> bool {
        match key {
            RowKey::Message(_) => true,
            RowKey::Toewijzing(nummer) => self.allocation_ended(*nummer, day).unwrap_or(true),
            RowKey::Client(client) => self.client(*client).is_none_or(|client| {
                let mut allocations = client.toewijzingen.iter();
                let mut requests = client.verzoeken.iter();
                allocations.all(|of| self.has_ended(&RowKey::Toewijzing(*of), day))
                    && requests.all(|of| self.has_ended(&RowKey::Verzoek(*of), day))
            }),
            RowKey::Care { client, toewijzing } => {
                let of_allocation = toewijzing.and_then(|of| self.allocation_ended(of, day));
                let of_itself = || {
                    let care = self.care(*client, *toewijzing);
                    care.is_none_or(|care| care.has_ended(day))
                };
                of_allocation.unwrap_or_else(of_itself)
            }
            RowKey::Verzoek(of) => {
                let request = self.verzoek(*of).and_then(|row| row.request);
                request.is_none_or(|request| request.dagtekening < day)
            }
            RowKey::Declaratie(of) => {
                let row = self.declaratie(*of);
                row.is_none_or(|row| row.periode.end < day)
            }
            RowKey::Prestatie(of) => {
                let line = self.prestatie(*of).and_then(|row| row.granted);
                line.is_none_or(|line| line.periode.end < day)
            }
            RowKey::Content(content) => content.periode.end < day,
            RowKey::Usage(of) => {
                let of_itself = || {
                    let end = self.usage(*of).and_then(super::Usage::end);
                    end.is_none_or(|end| end < day)
                };
                self.allocation_ended(*of, day).unwrap_or_else(of_itself)
            }
            RowKey::Series | RowKey::Came => false,
        }
    }

    /// The rows of the debit that a line of a row stands for, when it was credited: what they are hangs on both, whichever came first.
    pub fn rows_of_credit(&self, key: &RowKey) -> Vec<RowKey> {
        let RowKey::Prestatie(of) = key else {
            return Vec::new();
        };
        let row = self.prestatie(*of).filter(|row| row.credit.is_some());
        let debit = row.and_then(|row| row.debit());
        debit.map_or_else(Vec::new, |debit| {
            vec![
                RowKey::Content(debit.content()),
                RowKey::Usage(debit.toewijzing),
            ]
        })
    }

    /// `None`: the allocation is not known.
    fn allocation_ended(&self, nummer: Pseudonym, day: Date) -> Option<bool> {
        let current = self.toewijzing(nummer)?.current();
        Some(current.is_none_or(|version| !version.is_actual_on(day)))
    }
}

impl Care {
    /// Whether all of it was stopped, and ended before this day.
    fn has_ended(&self, day: Date) -> bool {
        self.starts()
            .all(|start| start.begindatum < day && !self.is_actual(start))
            && self.stops().all(|stop| stop.einddatum < day)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date, time};

    use super::*;
    use crate::bericht::DebetCredit;
    use crate::history::{
        Change, Line, Product, Reden, Request, RequestKind, Stamp, StartKey, StopKey, Version,
    };

    const CLIENT: Pseudonym = Pseudonym([1; 16]);
    const TOEWIJZING: Pseudonym = Pseudonym([2; 16]);

    fn allocated(day: i8, einddatum: Option<Date>, reden: Reden) -> Change {
        Change::Toewijzing {
            nummer: TOEWIJZING,
            client: CLIENT,
            version: Version {
                stamp: Stamp {
                    date: date(2026, 2, day),
                    time: time(9, 0, 0, 0),
                },
                product: None,
                ingangsdatum: date(2026, 3, 1),
                einddatum,
                reden,
                omvang: None,
                budget: None,
                referentie: None,
            },
        }
    }

    fn past(changes: &[Change]) -> Past {
        let mut past = Past::new();
        past.apply_all(changes);
        past
    }

    #[test]
    fn an_allocation_ends_with_its_version_that_holds_and_takes_all_that_names_it_along() {
        let line = Change::Granted {
            referentie: Pseudonym([3; 16]),
            line: Line {
                toewijzing: TOEWIJZING,
                ..Line::sample(DebetCredit::Debet)
            },
        };
        let start = Change::Started {
            client: CLIENT,
            toewijzing: Some(TOEWIJZING),
            start: StartKey {
                begindatum: date(2026, 3, 1),
                product: None,
            },
            came: 1,
        };
        let end = date(2026, 5, 31);
        let first = allocated(1, None, Reden::Other);
        let keys = [
            RowKey::Toewijzing(TOEWIJZING),
            RowKey::Client(CLIENT),
            RowKey::Usage(TOEWIJZING),
            RowKey::Care {
                client: CLIENT,
                toewijzing: Some(TOEWIJZING),
            },
        ];
        let open = past(&[first.clone(), line.clone(), start.clone()]);
        let ended = past(&[
            first.clone(),
            line,
            start,
            allocated(2, Some(end), Reden::Other),
        ]);
        for key in keys {
            assert!(!open.has_ended(&key, date(2099, 1, 1)), "{key:?}");
            assert!(!ended.has_ended(&key, end), "{key:?}: on its last day");
            assert!(ended.has_ended(&key, date(2026, 6, 1)), "{key:?}");
        }
        let removed = allocated(2, Some(date(2026, 3, 1)), Reden::Removed);
        let removed = past(&[first, removed]);
        assert!(removed.has_ended(&keys[0], date(2020, 1, 1)), "at once");
        assert_eq!(
            open.rows_of_end(&RowKey::Client(CLIENT)),
            [RowKey::Toewijzing(TOEWIJZING)]
        );
    }

    #[test]
    fn a_line_ends_with_its_period_and_one_that_was_credited_names_what_hangs_on_both() {
        let (debit, credit) = (Pseudonym([3; 16]), Pseudonym([4; 16]));
        let line = Line::sample(DebetCredit::Debet);
        let granted = Change::Granted {
            referentie: debit,
            line,
        };
        let taken_back = Change::Granted {
            referentie: credit,
            line: Line {
                vorig: Some(debit),
                ..Line::sample(DebetCredit::Credit)
            },
        };
        let key = RowKey::Prestatie(debit);
        let alone = past(std::slice::from_ref(&granted));
        assert!(!alone.has_ended(&key, date(2026, 3, 31)));
        assert!(alone.has_ended(&key, date(2026, 4, 1)));
        assert!(alone.has_ended(&RowKey::Content(line.content()), date(2026, 4, 1)));
        assert_eq!(alone.rows_of_credit(&key), []);
        for changes in [[&granted, &taken_back], [&taken_back, &granted]] {
            let mut both = Past::new();
            both.apply_all(changes);
            assert_eq!(
                both.rows_of_credit(&key),
                [
                    RowKey::Content(line.content()),
                    RowKey::Usage(line.toewijzing)
                ]
            );
        }
    }

    #[test]
    fn care_without_an_allocation_ends_with_its_last_stop() {
        let start = StartKey {
            begindatum: date(2026, 3, 2),
            product: Some(Product {
                categorie: Pseudonym([5; 16]),
                code: None,
                household: false,
                aid: false,
            }),
        };
        let started = Change::Started {
            client: CLIENT,
            toewijzing: None,
            start,
            came: 1,
        };
        let stopped = Change::Stopped {
            client: CLIENT,
            toewijzing: None,
            stop: StopKey {
                start,
                reden: Pseudonym([6; 16]),
                temporary: false,
                einddatum: date(2026, 4, 1),
            },
            came: 2,
        };
        let key = RowKey::Care {
            client: CLIENT,
            toewijzing: None,
        };
        let began = past(std::slice::from_ref(&started));
        assert!(!began.has_ended(&key, date(2099, 1, 1)));
        let ended = past(&[started, stopped]);
        assert!(!ended.has_ended(&key, date(2026, 4, 1)));
        assert!(ended.has_ended(&key, date(2026, 4, 2)));
    }

    #[test]
    fn a_request_is_over_when_it_was_made_and_what_tells_of_nobody_never_is() {
        let verzoek = Pseudonym([7; 16]);
        let asked = past(&[Change::Requested {
            verzoek,
            request: Request {
                client: CLIENT,
                kind: RequestKind::Toewijzing,
                dagtekening: date(2026, 2, 27),
            },
        }]);
        for key in [RowKey::Verzoek(verzoek), RowKey::Client(CLIENT)] {
            assert!(!asked.has_ended(&key, date(2026, 2, 27)), "{key:?}");
            assert!(asked.has_ended(&key, date(2026, 2, 28)), "{key:?}");
        }
        assert!(asked.has_ended(&RowKey::Message(verzoek), date(2000, 1, 1)));
        for key in [RowKey::Series, RowKey::Came] {
            assert!(!asked.has_ended(&key, date(2099, 1, 1)));
        }
    }
}
