//! Over what an auditor may look: laws, municipalities and days. A [`Scope`] is made by the register alone, and everything that an audit reads is read through
//! one, so that a question which reaches further cannot be put.

use std::collections::BTreeMap;

use jiff::civil::Date;
use knooppunt_standard::Law;

use super::code::PartyCode;
use super::party::{PartyId, Period};

/// A line of the register: what one party may look at. A party may have several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Auditor {
    pub(super) party: PartyId,
    pub(super) laws: Vec<Law>,
    pub(super) gemeenten: Vec<PartyCode>,
    /// Days of receipt; both ends are given.
    pub(super) period: Period,
}

/// Messages of one law between one municipality and whoever, received on days from the first to the last; both count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reach {
    law: Law,
    gemeente: PartyCode,
    first: Date,
    last: Date,
}

impl Reach {
    /// The law.
    pub fn law(&self) -> Law {
        self.law
    }

    /// The municipality.
    pub fn gemeente(&self) -> PartyCode {
        self.gemeente
    }

    /// First and last day of receipt, Europe/Amsterdam; both count.
    pub fn days(&self) -> (Date, Date) {
        (self.first, self.last)
    }

    /// The same on fewer days; `None` when no day is left. It never grows.
    #[must_use]
    pub fn within(self, first: Option<Date>, last: Option<Date>) -> Option<Self> {
        let first = first.map_or(self.first, |day| day.max(self.first));
        let last = last.map_or(self.last, |day| day.min(self.last));
        (first <= last).then_some(Self {
            first,
            last,
            ..self
        })
    }

    fn holds(&self, law: Law, gemeente: PartyCode, day: Date) -> bool {
        self.law == law && self.gemeente == gemeente && self.first <= day && day <= self.last
    }
}

/// Everything that one auditor may look at. Its parts are in order of law, municipality and day, and no two of them share a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope(Vec<Reach>);

impl Scope {
    /// What the lines of a party say together; `None`: it has none.
    pub(super) fn of(lines: &[Auditor], party: &PartyId) -> Option<Self> {
        let mut days: BTreeMap<(Law, PartyCode), Vec<(Date, Date)>> = BTreeMap::new();
        for line in lines.iter().filter(|line| line.party == *party) {
            for law in &line.laws {
                for gemeente in &line.gemeenten {
                    let of = days.entry((*law, *gemeente)).or_default();
                    of.push((line.period.begins(), line.period.ends()));
                }
            }
        }
        let mut reaches = Vec::new();
        for ((law, gemeente), mut days) in days {
            days.sort_unstable();
            let mut joined: Vec<(Date, Date)> = Vec::new();
            for (first, last) in days {
                match joined.last_mut() {
                    // Days that follow on each other are one stretch: lines for each month make no more parts than one for the year.
                    Some(before) if first <= before.1.tomorrow().unwrap_or(before.1) => {
                        before.1 = before.1.max(last);
                    }
                    _ => joined.push((first, last)),
                }
            }
            reaches.extend(joined.into_iter().map(|(first, last)| Reach {
                law,
                gemeente,
                first,
                last,
            }));
        }
        (!reaches.is_empty()).then_some(Self(reaches))
    }

    /// Its parts, in order.
    pub fn reaches(&self) -> &[Reach] {
        &self.0
    }

    /// Whether a message of this law and municipality that was received on a day is in it.
    pub fn holds(&self, law: Law, gemeente: PartyCode, day: Date) -> bool {
        let begun = self.0.partition_point(|reach| {
            (reach.law, reach.gemeente, reach.first) <= (law, gemeente, day)
        });
        let last = begun.checked_sub(1).and_then(|at| self.0.get(at));
        last.is_some_and(|reach| reach.holds(law, gemeente, day))
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn line(laws: &[Law], gemeenten: &[&[u8; 4]], from: Date, until: Date) -> Auditor {
        Auditor {
            party: "toezicht".parse().expect("an id"),
            laws: laws.to_vec(),
            gemeenten: gemeenten
                .iter()
                .map(|code| PartyCode::Gemeente(**code))
                .collect(),
            period: Period {
                from: Some(from),
                until: Some(until),
            },
        }
    }

    #[test]
    fn lines_of_one_party_add_up_and_no_message_is_in_two_parts() {
        let (march, may, july) = (date(2026, 3, 1), date(2026, 5, 31), date(2026, 7, 1));
        let lines = [
            line(&[Law::Jw], &[b"0289"], march, may),
            line(
                &[Law::Jw, Law::Wmo],
                &[b"0289", b"0344"],
                date(2026, 5, 1),
                july,
            ),
        ];
        let scope = Scope::of(&lines, &lines[0].party).expect("an auditor");
        let ours = PartyCode::Gemeente(*b"0289");
        assert_eq!(scope.reaches().len(), 4, "{scope:?}");
        assert_eq!(scope.reaches()[0].days(), (march, july));
        assert!(scope.holds(Law::Jw, ours, march) && scope.holds(Law::Jw, ours, july));
        assert!(!scope.holds(Law::Jw, ours, date(2026, 7, 2)), "a day past");
        assert!(!scope.holds(Law::Wmo, ours, date(2026, 4, 30)));
        assert!(!scope.holds(Law::Jw, PartyCode::Gemeente(*b"0363"), may));
        assert_eq!(Scope::of(&lines, &"ander".parse().expect("an id")), None);
    }

    #[test]
    fn lines_for_each_month_are_one_part_and_a_day_between_makes_two() {
        let months = [
            (date(2026, 3, 1), date(2026, 3, 31)),
            (date(2026, 4, 1), date(2026, 4, 30)),
            (date(2026, 5, 2), date(2026, 5, 31)),
        ];
        let lines = months.map(|(from, until)| line(&[Law::Jw], &[b"0289"], from, until));
        let scope = Scope::of(&lines, &lines[0].party).expect("an auditor");
        let days: Vec<_> = scope.reaches().iter().map(Reach::days).collect();
        let expected = [
            (date(2026, 3, 1), date(2026, 4, 30)),
            (date(2026, 5, 2), date(2026, 5, 31)),
        ];
        assert_eq!(days, expected);
        let ours = PartyCode::Gemeente(*b"0289");
        assert!(!scope.holds(Law::Jw, ours, date(2026, 5, 1)));
        assert!(scope.holds(Law::Jw, ours, date(2026, 4, 1)));
    }

    #[test]
    fn a_part_is_made_smaller_and_never_larger() {
        let lines = [line(
            &[Law::Jw],
            &[b"0289"],
            date(2026, 3, 1),
            date(2026, 3, 31),
        )];
        let scope = Scope::of(&lines, &lines[0].party).expect("an auditor");
        let [reach] = scope.reaches() else {
            panic!("one")
        };
        let wider = reach.within(Some(date(2020, 1, 1)), Some(date(2030, 1, 1)));
        assert_eq!(wider, Some(*reach));
        let less = reach.within(Some(date(2026, 3, 31)), None).expect("a day");
        assert_eq!(less.days(), (date(2026, 3, 31), date(2026, 3, 31)));
        assert_eq!(reach.within(Some(date(2026, 4, 1)), None), None);
    }
}
