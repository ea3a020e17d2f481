//! The formulas against a count day by day, and the worked examples.

use jiff::ToSpan as _;
use jiff::civil::{Date, Weekday, date};
use proptest::prelude::*;

use super::*;
use crate::bericht::value::{Eenheid, Frequentie, Omvang, Periode};

/// The days of a period, one by one.
fn each_day(begin: Date, end: Date) -> impl Iterator<Item = Date> {
    std::iter::successors(Some(begin), |day| day.tomorrow().ok()).take_while(move |day| *day <= end)
}

fn holds(begin: Date, end: Date) {
    let mut weeks = std::collections::BTreeSet::new();
    let (mut counted, mut on_sunday) = (0, 0);
    for day in each_day(begin, end) {
        let week = day.iso_week_date();
        weeks.insert((week.year(), week.week()));
        counted += 1;
        on_sunday += u64::from(day.weekday() == Weekday::Sunday);
    }
    let in_months: std::collections::BTreeSet<_> = each_day(begin, end)
        .map(|day| (day.year(), day.month()))
        .collect();
    assert_eq!(days(begin, end), counted, "days {begin}..{end}");
    assert_eq!(
        weeks_touched(begin, end),
        weeks.len() as u64,
        "weeks {begin}..{end}"
    );
    assert_eq!(sundays(begin, end), on_sunday, "Sundays {begin}..{end}");
    assert_eq!(
        months(begin, end),
        in_months.len() as u64,
        "months {begin}..{end}"
    );
    let term = Term {
        begin,
        end: Some(end),
    };
    assert_eq!(
        last_sunday(term),
        each_day(begin, end)
            .filter(|day| day.weekday() == Weekday::Sunday)
            .last(),
        "last Sunday {begin}..{end}"
    );
}

#[test]
fn counts_equal_a_count_day_by_day_around_every_boundary_of_a_year() {
    for year in 2015..=2035 {
        let middle = date(year, 1, 1);
        let around: Vec<Date> = (-9..=9).map(|day| middle + day.days()).collect();
        for begin in &around {
            for end in &around {
                holds(*begin, *end);
            }
            holds(*begin, date(year, 12, 31));
        }
    }
}

#[test]
fn counts_equal_a_count_day_by_day_from_every_day_of_twenty_one_years() {
    for begin in each_day(date(2015, 1, 1), date(2035, 12, 31)) {
        // Lengths that reach each weekday, and over ends of weeks, of a short and of a long month.
        for length in [-1, 0, 1, 2, 3, 4, 5, 6, 7, 13, 27, 28, 29, 30, 31] {
            holds(begin, begin + length.days());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn counts_equal_a_count_day_by_day(begin in 0i64..7670, length in -3i64..2500) {
        let begin = date(2015, 1, 1) + begin.days();
        holds(begin, begin + length.days());
    }

    #[test]
    fn a_tariff_of_an_hour_is_rounded_as_a_fraction_is(hour in 0u64..=99_999_999, minutes in 0u32..=99_999_999) {
        let cents = Tarief::Hour(hour).amount(minutes);
        // 60 times the error lies in -30..30 (halves go up, so the amount is at most half a cent too high).
        let error = 60 * i128::try_from(cents).unwrap() - i128::from(hour) * i128::from(minutes);
        prop_assert!((-29..=30).contains(&error), "{error}");
        prop_assert!(some_hour_explains(Tarief::Hour(hour).shown(), minutes, u64::try_from(cents).unwrap()));
    }

    #[test]
    fn an_hour_explains_what_a_search_finds(shown in 0u64..60, minutes in 0u32..2000, wrong in -40i64..40) {
        let amount = i64::try_from(shown * u64::from(minutes)).unwrap() + wrong;
        if let Ok(amount) = u64::try_from(amount) {
            let low = (60 * shown).saturating_sub(30);
            let found = (low..=60 * shown + 29).any(|hour| Tarief::Hour(hour).amount(minutes) == u128::from(amount));
            prop_assert_eq!(some_hour_explains(shown, minutes, amount), found);
        }
    }

    #[test]
    fn limits_never_overflow_and_a_term_holds_each_of_its_periods(
        volume in 0u32..=u32::MAX, unit in 0usize..7, often in 0usize..4, begin in 0i64..7000, length in 0i64..1500, part in 0i64..1500,
    ) {
        let begin = date(2015, 1, 1) + begin.days();
        let end = begin + length.days();
        let term = Term { begin, end: Some(end) };
        let eenheid = Eenheid::ALL[unit];
        let size = Size {
            omvang: Omvang { volume, eenheid, frequentie: Frequentie::ALL[often] },
            variant: Variant::of(eenheid),
            household: false,
        };
        let first = begin + (part % (length + 1)).days();
        let periode = Periode { begin: first, end: end.min(first + 30.days()) };
        prop_assert!(size.per_prestatie(term, periode) <= size.over_term(term, periode.end));
        // Output: the periods of a term hold exactly what the term holds.
        if size.variant == Variant::Output && size.omvang.frequentie == Frequentie::Week {
            let mut months = Vec::new();
            let mut from = begin;
            while from <= end {
                let to = last_of_month(from).min(end);
                months.push(size.per_prestatie(term, Periode { begin: from, end: to }));
                from = to.tomorrow().unwrap();
            }
            prop_assert_eq!(months.iter().sum::<u64>(), size.over_term(term, end));
        }
    }
}

#[test]
fn limits_hold_the_largest_numbers_that_can_be_said() {
    let largest = Size {
        omvang: Omvang {
            volume: u32::MAX,
            eenheid: Eenheid::Uur,
            frequentie: Frequentie::Dag,
        },
        variant: Variant::Effort,
        household: false,
    };
    let always = Term {
        begin: Date::MIN,
        end: Some(Date::MAX),
    };
    let exact = u128::from(u32::MAX) * 60 * u128::from(days(Date::MIN, Date::MAX));
    assert_eq!(u128::from(largest.over_term(always, Date::MAX)), exact);
    assert_eq!(
        Tarief::Unit(u64::MAX).amount(u32::MAX),
        u128::from(u64::MAX) * u128::from(u32::MAX)
    );
}

fn size(volume: u32, eenheid: Eenheid, frequentie: Frequentie) -> Size {
    Size {
        omvang: Omvang {
            volume,
            eenheid,
            frequentie,
        },
        variant: Variant::of(eenheid),
        household: false,
    }
}

fn term(begin: Date, end: Date) -> Term {
    Term {
        begin,
        end: Some(end),
    }
}

fn month(year: i16, month: i8, term: Term) -> Periode {
    let first = date(year, month, 1);
    Periode {
        begin: first.max(term.begin),
        end: term.end.unwrap_or(Date::MAX).min(last_of_month(first)),
    }
}

#[test]
fn three_hours_a_week_are_fifteen_in_each_month_and_thirty_nine_over_the_term() {
    let term = term(date(2026, 3, 2), date(2026, 5, 31));
    let size = size(3, Eenheid::Uur, Frequentie::Week);
    for number in 3..=5 {
        assert_eq!(size.per_prestatie(term, month(2026, number, term)), 15 * 60);
    }
    assert_eq!(size.over_term(term, date(2026, 5, 31)), 2340);
}

#[test]
fn output_weeks_go_with_their_sunday_and_the_broken_week_with_the_last_sunday() {
    let term = term(date(2026, 3, 1), date(2026, 6, 6));
    let size = size(30_000, Eenheid::Euro, Frequentie::Week);
    let limits: Vec<u64> = (3..=6)
        .map(|number| size.per_prestatie(term, month(2026, number, term)))
        .collect();
    assert_eq!(limits, [150_000, 120_000, 180_000, 0]);
    assert_eq!(size.over_term(term, date(2026, 6, 6)), 450_000);
}

#[test]
fn an_output_term_without_a_sunday_has_one_week_in_the_period_of_its_last_day() {
    // Monday to Friday, over the end of a month.
    let term = term(date(2026, 6, 29), date(2026, 7, 3));
    let size = size(100, Eenheid::Stuks, Frequentie::Week);
    assert_eq!(last_sunday(term), None);
    assert_eq!(size.per_prestatie(term, month(2026, 6, term)), 0);
    assert_eq!(size.per_prestatie(term, month(2026, 7, term)), 100);
    assert_eq!(size.over_term(term, date(2026, 7, 3)), 100);
}

#[test]
fn an_output_term_that_ends_on_a_sunday_has_no_week_more_than_its_sundays() {
    let term = term(date(2026, 3, 1), date(2026, 3, 29));
    let size = size(1, Eenheid::Stuks, Frequentie::Week);
    assert_eq!(size.per_prestatie(term, month(2026, 3, term)), 5);
    assert_eq!(size.over_term(term, date(2026, 3, 29)), 5);
}

#[test]
fn the_examples_of_the_instructions_that_add_up_come_out() {
    // IV077: 7 October to 30 December 2025.
    let term = term(date(2025, 10, 7), date(2025, 12, 30));
    let weeks: Vec<u64> = (10..=12)
        .map(|number| month(2025, number, term))
        .map(|periode| weeks_touched(periode.begin, periode.end))
        .collect();
    assert_eq!(weeks, [4, 5, 5]);
    assert_eq!(weeks_touched(term.begin, date(2025, 12, 30)), 13);
    assert_eq!(weeks_touched(date(2025, 7, 7), date(2025, 7, 31)), 4);
    assert_eq!(weeks_touched(date(2026, 11, 12), date(2026, 11, 30)), 4);
    assert_eq!(weeks_touched(date(2025, 11, 12), date(2025, 11, 30)), 3);
    assert_eq!(sundays(date(2025, 10, 1), date(2025, 10, 31)), 4);
    assert_eq!(sundays(date(2025, 10, 7), date(2025, 10, 31)), 3);
}

#[test]
fn each_frequency_has_its_own_count() {
    let term = term(date(2026, 1, 15), date(2026, 3, 10));
    let february = month(2026, 2, term);
    let of = |frequentie| size(10, Eenheid::Etmaal, frequentie);
    assert_eq!(of(Frequentie::Dag).per_prestatie(term, february), 280);
    assert_eq!(of(Frequentie::Dag).over_term(term, february.end), 550);
    assert_eq!(of(Frequentie::Maand).per_prestatie(term, february), 10);
    assert_eq!(of(Frequentie::Maand).over_term(term, february.end), 30);
    assert_eq!(of(Frequentie::Totaal).per_prestatie(term, february), 10);
    assert_eq!(of(Frequentie::Totaal).over_term(term, february.end), 10);
}

#[test]
fn an_open_end_counts_to_the_last_day_declared() {
    let open = Term {
        begin: date(2026, 3, 1),
        end: None,
    };
    let size = size(600, Eenheid::Minuut, Frequentie::Maand);
    assert_eq!(size.over_term(open, date(2026, 3, 31)), 600);
    assert_eq!(size.over_term(open, date(2026, 12, 31)), 6000);
}

#[test]
fn household_help_may_put_six_weeks_into_a_period_but_not_more_into_its_term() {
    let term = term(date(2026, 3, 2), date(2026, 12, 31));
    let household = Size {
        household: true,
        ..size(2, Eenheid::Uur, Frequentie::Week)
    };
    let april = month(2026, 4, term);
    assert_eq!(household.per_prestatie(term, april), 12 * 60);
    assert_eq!(
        size(2, Eenheid::Uur, Frequentie::Week).per_prestatie(term, april),
        10 * 60
    );
    assert_eq!(
        household.over_term(term, april.end),
        weeks_touched(date(2026, 3, 2), date(2026, 12, 31)) * 120
    );
}

#[test]
fn minutes_may_be_declared_on_hours_and_not_the_other_way() {
    assert_eq!(factor(Eenheid::Uur, Eenheid::Uur), Some(60));
    assert_eq!(factor(Eenheid::Uur, Eenheid::Minuut), Some(1));
    assert_eq!(factor(Eenheid::Minuut, Eenheid::Uur), None);
    for of in Eenheid::ALL {
        for eenheid in Eenheid::ALL {
            let fits = of == eenheid || (of, eenheid) == (Eenheid::Uur, Eenheid::Minuut);
            assert_eq!(factor(of, eenheid).is_some(), fits, "{of:?} {eenheid:?}");
        }
    }
}

#[test]
fn minutes_under_a_tariff_of_an_hour_round_halves_up() {
    let hour = Tarief::Hour(5550);
    assert_eq!(hour.shown(), 93);
    assert_eq!(hour.amount(7), 648);
    assert!(!some_hour_explains(93, 7, 647) && !some_hour_explains(93, 7, 655));
    assert!(some_hour_explains(93, 7, 651), "5580 an hour");
    assert!(some_hour_explains(93, 0, 0) && !some_hour_explains(93, 0, 1));
    // IV081: 1.455 becomes 1.46.
    assert_eq!(Tarief::Hour(8730).amount(1), 146);
    assert_eq!(Tarief::Unit(5500).amount(15), 82_500);
    assert_eq!(Tarief::Unit(5500).shown(), 5500);
}

#[test]
fn a_period_is_its_month_cut_by_the_allocation() {
    let term = term(date(2026, 3, 2), date(2026, 6, 6));
    for (day, first) in [
        (date(2026, 3, 1), date(2026, 3, 2)),
        (date(2026, 3, 9), date(2026, 3, 2)),
        (date(2026, 4, 2), date(2026, 4, 1)),
        (date(2025, 3, 9), date(2025, 3, 1)),
    ] {
        assert_eq!(expected_begin(day, term), first, "{day}");
    }
    for (day, last) in [
        (date(2026, 6, 30), date(2026, 6, 6)),
        (date(2026, 4, 29), date(2026, 4, 30)),
        (date(2024, 2, 3), date(2024, 2, 29)),
        (date(2025, 6, 6), date(2025, 6, 30)),
    ] {
        assert_eq!(expected_end(day, term), last, "{day}");
    }
    let open = Term { end: None, ..term };
    assert_eq!(expected_end(date(2026, 6, 6), open), date(2026, 6, 30));
}
