//! What changes do to rows.

mod forms;

use jiff::civil::{date, time};
use proptest::strategy::Strategy as _;

use super::*;
use crate::bericht::{Bedrag, DebetCredit, Eenheid, Frequentie, Omvang, Periode};

fn pseudonym(n: u8) -> Pseudonym {
    Pseudonym([n; 16])
}

fn stamp() -> Stamp {
    Stamp {
        date: date(2026, 2, 20),
        time: time(9, 30, 1, 0),
    }
}

fn product() -> Product {
    Product {
        categorie: pseudonym(0x45),
        code: Some(pseudonym(0xa4)),
        household: false,
        aid: false,
    }
}

fn version() -> Version {
    Version {
        stamp: stamp(),
        product: Some(product()),
        ingangsdatum: date(2026, 3, 2),
        einddatum: None,
        reden: Reden::Other,
        omvang: Some(Omvang {
            volume: 3,
            eenheid: Eenheid::Uur,
            frequentie: Frequentie::Week,
        }),
        budget: None,
        referentie: None,
    }
}

fn stop() -> StopKey {
    StopKey {
        start: StartKey {
            product: Some(product()),
            begindatum: date(2026, 3, 5),
        },
        reden: pseudonym(0x20),
        temporary: true,
        einddatum: date(2026, 4, 10),
    }
}

fn line(direction: DebetCredit, vorig: Option<Pseudonym>) -> Line {
    Line {
        vorig,
        ..Line::sample(direction)
    }
}

/// One change of each kind.
fn changes() -> Vec<Change> {
    let (client, toewijzing) = (pseudonym(1), Some(pseudonym(2)));
    let start = stop().start;
    vec![
        Change::Seen {
            message: pseudonym(9),
            seen: Seen {
                dagtekening: date(2026, 2, 20),
                basisschema: "1.0.0".to_owned(),
                bericht: "1.0.1".to_owned(),
            },
        },
        Change::Toewijzing {
            nummer: pseudonym(2),
            client,
            version: version(),
        },
        Change::Honoured {
            verzoek: pseudonym(3),
            client,
            toewijzing: pseudonym(2),
            stamp: stamp(),
        },
        Change::Started {
            client,
            toewijzing,
            start,
            came: 7,
        },
        Change::StartRemoved {
            client,
            toewijzing: None,
            start,
            came: 7,
        },
        Change::Stopped {
            client,
            toewijzing,
            stop: stop(),
            came: 7,
        },
        Change::StopRemoved {
            client,
            toewijzing: None,
            stop: stop(),
            came: 7,
        },
        Change::Requested {
            verzoek: pseudonym(4),
            request: Request {
                client,
                kind: RequestKind::Wijziging,
                dagtekening: date(2026, 4, 15),
            },
        },
        Change::Answered {
            verzoek: pseudonym(4),
            client: Some(client),
            answer: Answer::Investigating,
        },
        Change::Declared {
            nummer: pseudonym(5),
            declaratie: Declaratie {
                message: pseudonym(8),
                dagtekening: date(2026, 4, 3),
                basisschema: "1.0.0".to_owned(),
                bericht: "1.0.0".to_owned(),
                periode: Periode {
                    begin: date(2026, 3, 1),
                    end: date(2026, 3, 31),
                },
                ingediend: Bedrag {
                    cents: 82_500,
                    direction: DebetCredit::Debet,
                },
            },
        },
        Change::Granted {
            referentie: pseudonym(6),
            line: line(DebetCredit::Debet, None),
        },
        Change::Granted {
            referentie: pseudonym(7),
            line: Line {
                volume: 10,
                bedrag: Bedrag {
                    cents: 90_000,
                    direction: DebetCredit::Credit,
                },
                code: pseudonym(0xa5),
                ..line(DebetCredit::Credit, Some(pseudonym(6)))
            },
        },
        Change::Refused {
            referentie: pseudonym(10),
        },
    ]
}

#[test]
fn a_change_touches_the_rows_that_it_names_and_no_others() {
    let mut past = Past::new();
    for change in changes() {
        past.clean();
        let before = past.clone();
        past.apply(&change);
        let rows = [change.rows(), change.rows_more(&before)].concat();
        for (key, _) in past.dirty() {
            assert!(rows.contains(key), "{change:?} touched {key:?}");
        }
    }
}

#[test]
fn changes_apply_alike_where_only_their_own_rows_are_loaded() {
    let mut whole = Past::new();
    for change in changes() {
        let mut part = Past::new();
        for key in [change.rows(), change.rows_more(&whole)].concat() {
            if let Some(row) = whole.row(&key) {
                part.load(key, row);
            }
        }
        whole.clean();
        whole.apply(&change);
        part.apply(&change);
        assert!(part.dirty().eq(whole.dirty()), "{change:?}");
    }
}

#[test]
fn a_credit_takes_back_what_it_names_and_never_more_than_the_debit() {
    let mut past = Past::new();
    let changes = changes();
    past.apply_all(&changes[..11]);
    let usage = past.usage(pseudonym(2)).unwrap();
    assert_eq!(
        (usage.volumes(), usage.cents()),
        (&[(Eenheid::Minuut, 900)][..], 82_500)
    );
    assert_eq!(usage.end(), Some(date(2026, 3, 31)));
    let content = line(DebetCredit::Debet, None).content();
    assert_eq!(past.content(content), Some(&[pseudonym(6)].into()));

    // The credit names 10 hours and 900.00 of a debit of 15 hours and 825.00.
    past.apply(&changes[11]);
    let usage = past.usage(pseudonym(2)).unwrap();
    assert_eq!(
        (usage.volumes(), usage.cents()),
        (&[(Eenheid::Minuut, 300)][..], 0)
    );
    assert!(usage.is_empty(), "no debit is left");
    assert_eq!(past.content(content), Some(&[].into()));
    let debit = past.prestatie(pseudonym(6)).unwrap();
    assert_eq!(debit.credit.unwrap().referentie, pseudonym(7));
}

#[test]
fn a_credit_in_minutes_takes_minutes_of_a_debit_in_hours_and_the_other_way() {
    let sized = |direction, volume, eenheid, vorig| Line {
        volume,
        eenheid,
        ..line(direction, vorig)
    };
    let left = |debit: (u32, Eenheid), credit: (u32, Eenheid)| {
        let mut past = Past::new();
        let debit = sized(DebetCredit::Debet, debit.0, debit.1, None);
        let credit = sized(DebetCredit::Credit, credit.0, credit.1, Some(pseudonym(6)));
        past.apply_all(&[granted(6, debit), granted(7, credit)]);
        past.usage(pseudonym(2)).unwrap().volumes().to_vec()
    };
    let minutes = |volume| vec![(Eenheid::Minuut, volume)];
    assert_eq!(left((1, Eenheid::Uur), (30, Eenheid::Minuut)), minutes(30));
    assert_eq!(left((90, Eenheid::Minuut), (1, Eenheid::Uur)), minutes(30));
    assert_eq!(left((1, Eenheid::Uur), (90, Eenheid::Minuut)), []);
    assert_eq!(
        left((3, Eenheid::Stuks), (1, Eenheid::Stuks)),
        [(Eenheid::Stuks, 2)]
    );
}

#[test]
fn a_second_credit_of_one_debit_takes_nothing_back() {
    let mut past = Past::new();
    let changes = changes();
    past.apply_all(&changes[..12]);
    let again = Change::Granted {
        referentie: pseudonym(11),
        line: line(DebetCredit::Credit, Some(pseudonym(6))),
    };
    let before = past.usage(pseudonym(2)).cloned();
    past.apply(&again);
    assert_eq!(past.usage(pseudonym(2)).cloned(), before);
}

/// The granted line with this number.
fn granted(referentie: u8, line: Line) -> Change {
    Change::Granted {
        referentie: pseudonym(referentie),
        line,
    }
}

#[test]
fn what_is_granted_leaves_the_same_rows_in_whatever_order_the_answers_come() {
    let debit = line(DebetCredit::Debet, None);
    // It names another product and 10 of the 15 hours.
    let credit = Line {
        volume: 10,
        code: pseudonym(0xa5),
        ..line(DebetCredit::Credit, Some(pseudonym(6)))
    };
    let changes = [granted(6, debit), granted(7, credit), granted(8, debit)];
    let after = |order: [usize; 3]| {
        let mut past = Past::new();
        past.apply_all(order.iter().map(|place| &changes[*place]));
        past
    };
    let first = after([0, 1, 2]);
    let usage = first.usage(pseudonym(2)).unwrap();
    assert_eq!(usage.cents(), 82_500, "one debit is left");
    assert_eq!(usage.periods().len(), 1);
    let standing = first.content(debit.content());
    assert_eq!(standing, Some(&[pseudonym(8)].into()));
    for order in [[0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        assert!(after(order).dirty().eq(first.dirty()), "{order:?}");
    }
}

#[test]
fn an_open_request_closes_when_it_is_refused_or_honoured() {
    let (client, verzoek) = (pseudonym(1), pseudonym(4));
    let changes = changes();
    let open = |past: &Past| past.client(client).unwrap().verzoeken.clone();
    let mut past = Past::new();
    past.apply(&changes[7]);
    past.apply(&changes[8]);
    assert_eq!(open(&past), [verzoek].into(), "looked into is still open");
    let mut refused = past.clone();
    refused.apply(&Change::Answered {
        verzoek,
        client: Some(client),
        answer: Answer::Refused,
    });
    assert_eq!(open(&refused), [].into());
    past.apply(&Change::Honoured {
        verzoek,
        client,
        toewijzing: pseudonym(2),
        stamp: stamp(),
    });
    assert_eq!(open(&past), [].into());
}

#[test]
fn a_request_that_was_refused_before_it_was_booked_is_not_open() {
    let (client, verzoek) = (pseudonym(1), pseudonym(4));
    let mut past = Past::new();
    past.apply(&Change::Answered {
        verzoek,
        client: None,
        answer: Answer::Refused,
    });
    past.apply(&changes()[7]);
    assert!(past.verzoek(verzoek).unwrap().request.is_some());
    assert_eq!(past.client(client), None);
}

#[test]
fn a_start_that_any_stop_ends_is_not_actual() {
    let changes = changes();
    let mut past = Past::new();
    past.apply(&changes[3]);
    let care = |past: &Past| past.care(pseudonym(1), Some(pseudonym(2))).unwrap().clone();
    assert_eq!(care(&past).actual().count(), 1);
    past.apply(&changes[5]);
    assert_eq!(care(&past).actual().count(), 0);
    assert!(care(&past).has_start(&stop().start));
    past.apply(&Change::StopRemoved {
        client: pseudonym(1),
        toewijzing: Some(pseudonym(2)),
        stop: stop(),
        came: 8,
    });
    assert_eq!(care(&past).actual().count(), 1);
    assert!(!care(&past).has_stop(&stop()));
}

/// A start, its stop, the removal of each, and the start again: what five messages do one after another.
fn deliveries() -> [Change; 5] {
    let (client, toewijzing) = (pseudonym(1), Some(pseudonym(2)));
    let (start, stop) = (stop().start, stop());
    [
        Change::Started {
            client,
            toewijzing,
            start,
            came: 1,
        },
        Change::Stopped {
            client,
            toewijzing,
            stop,
            came: 2,
        },
        Change::StopRemoved {
            client,
            toewijzing,
            stop,
            came: 3,
        },
        Change::StartRemoved {
            client,
            toewijzing,
            start,
            came: 4,
        },
        Change::Started {
            client,
            toewijzing,
            start,
            came: 5,
        },
    ]
}

/// Whether the start and the stop of [`deliveries`] stand.
fn standing(past: &Past) -> (bool, bool) {
    let care = past.care(pseudonym(1), Some(pseudonym(2))).unwrap();
    (care.has_start(&stop().start), care.has_stop(&stop()))
}

#[test]
fn what_is_removed_before_its_delivery_is_answered_never_stands() {
    let [start, stop, no_stop, no_start, again] = deliveries();
    let mut past = Past::new();
    past.apply_all([&no_start, &start, &no_stop, &stop]);
    assert_eq!(standing(&past), (false, false));
    past.apply(&again);
    assert_eq!(standing(&past), (true, false));
}

#[test]
fn every_message_of_the_scope_has_a_place_of_its_own() {
    let mut past = Past::new();
    let seen = &changes()[0];
    assert_eq!(past.came(), Past::FIRST_PLACE);
    past.apply_all([seen, seen]);
    assert_eq!(past.came(), Past::FIRST_PLACE + 2);
}

proptest::proptest! {
    #[test]
    fn the_order_of_answers_makes_no_difference_to_care(
        order in proptest::strategy::Just(vec![0, 1, 2, 3, 4]).prop_shuffle(),
        accepted: [bool; 5],
    ) {
        let changes = deliveries();
        let accepted = |at: &usize| accepted[*at];
        let (mut one, mut other) = (Past::new(), Past::new());
        one.apply_all((0..5).filter(accepted).map(|at| &changes[at]));
        other.apply_all(order.into_iter().filter(accepted).map(|at| &changes[at]));
        proptest::prop_assert!(one.dirty().eq(other.dirty()));
    }

    #[test]
    fn a_byte_that_changed_is_told_or_gives_what_is_written_as_well(at: proptest::sample::Index, byte: u8) {
        let mut written = encode(&changes());
        let at = at.index(written.len());
        written[at] = byte;
        if let Ok(read) = decode(&written) {
            // Another value, but one of ours: what is read of it is read again.
            proptest::prop_assert_eq!(decode(&encode(&read)), Ok(read));
        }
    }

    #[test]
    fn bytes_of_nobody_are_no_row(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..40)) {
        if let Ok(row) = Row::decode(&bytes) {
            proptest::prop_assert_eq!(Row::decode(&row.encode()), Ok(row));
        }
    }
}

#[test]
fn what_came_over_another_road_before_changes_nothing_that_came_here_though_it_is_told_later() {
    let [started, .., removed, _] = deliveries();
    let mut past = Past::new();
    let here = past.came();
    past.apply(&started.clone().placed(here));
    past.apply(&removed.clone().placed(5));
    assert!(standing(&past).0, "the later message holds");
    let mut past = Past::new();
    past.apply(&started.placed(4));
    past.apply(&removed.placed(5));
    assert!(
        !standing(&past).0,
        "of two of before the later holds as well"
    );
}

#[test]
fn a_row_of_another_kind_than_its_key_is_left_out() {
    let mut past = Past::new();
    let client = RowKey::Client(pseudonym(1));
    assert_eq!(past.load(client, Row::Came(3)), None);
    assert!(past.is_empty() && !past.has(&client));
    let row = Row::Client(Client::default());
    assert_eq!(past.load(client, row.clone()), None);
    assert_eq!(past.load(client, row.clone()), Some(row.clone()));
    assert!(past.has(&client) && past.len() == 1);
    assert_eq!(past.replace(client, None), Some(row));
    assert!(past.is_empty());
}

#[test]
fn a_credit_takes_back_no_debit_of_another_client_in_whatever_order() {
    let debit = Change::Granted {
        referentie: pseudonym(6),
        line: line(DebetCredit::Debet, None),
    };
    let credit = Change::Granted {
        referentie: pseudonym(7),
        line: Line {
            client: pseudonym(0x11),
            ..line(DebetCredit::Credit, Some(pseudonym(6)))
        },
    };
    for order in [[&debit, &credit], [&credit, &debit]] {
        let mut past = Past::new();
        past.apply_all(order);
        let content = line(DebetCredit::Debet, None).content();
        assert!(past.content(content).unwrap().contains(&pseudonym(6)));
        assert_eq!(past.usage(pseudonym(2)).unwrap().cents(), 82_500);
    }
}

#[test]
fn a_line_of_nothing_leaves_no_volume_of_its_unit() {
    let mut usage = Usage::default();
    usage.add(&Line {
        volume: 0,
        ..line(DebetCredit::Debet, None)
    });
    assert!(usage.volumes().is_empty());
    assert_eq!(usage.periods().len(), 1);
}

#[test]
fn a_debit_that_was_booked_as_it_was_sent_is_told_of_its_allocation_until_it_is_credited() {
    let mut past = Past::new();
    let debit = Change::Granted {
        referentie: pseudonym(6),
        line: line(DebetCredit::Debet, None),
    };
    past.apply_all(&as_sent(vec![debit.clone()]));
    let told = |past: &Past| past.usage(pseudonym(2)).map(|usage| usage.as_sent().len());
    assert_eq!(told(&past), Some(1));
    assert!(past.has_as_sent());
    // Its credit is in the municipality's words, or is not: the debit is taken back all the same.
    past.apply(&Change::Granted {
        referentie: pseudonym(7),
        line: line(DebetCredit::Credit, Some(pseudonym(6))),
    });
    assert_eq!(told(&past), Some(0));

    let mut past = Past::new();
    past.apply(&debit);
    assert_eq!(told(&past), Some(0));
    assert!(!past.has_as_sent());
}
