//! The yearly calendar of changes (protocol of change 2.0, 2017-11-15): suggestions until 1 September, the new national lists on 1 October, the municipality's
//! catalogue fixed by 31 October, new codes from 1 January.

use jiff::civil::{Date, date};

use super::Plan;
use crate::canonical::Release;

/// What the calendar says of this plan and this release, in Dutch.
pub fn warnings(plan: Plan, release: &Release) -> Vec<String> {
    let mut warnings = Vec::new();
    let year = if (plan.from.month(), plan.from.day()) == (1, 1) {
        plan.from.year()
    } else {
        warnings.push(format!(
            "nieuwe codes gaan in op 1 januari; een andere dag ({}) kan alleen als die is aangekondigd.",
            plan.from
        ));
        plan.from.year().saturating_add(1)
    };
    let before = year.saturating_sub(1);
    // Years of releases are those of calendars: none of these days is not there.
    let suggestions = date(before, 9, 1);
    let lists = date(before, 10, 1);
    let fixed = date(before, 10, 31);
    if plan.today <= suggestions {
        warnings.push(format!(
            "suggesties voor de landelijke lijst van {year} kunnen nog tot 1 september ({}).",
            days(plan.today, suggestions)
        ));
    }
    if plan.today < lists {
        warnings.push(format!(
            "de landelijke lijst van {year} komt op 1 oktober {before}; {} kan nog door een nieuwere worden vervangen.",
            release.entry.name
        ));
    } else if release.entry.date < date(before, 1, 1) {
        warnings.push(format!(
            "{} is van {}; kijk of er sinds 1 oktober {before} een nieuwere lijst is.",
            release.entry.name, release.entry.date
        ));
    }
    if plan.today > fixed {
        warnings.push(format!(
            "de catalogus van {year} stond op 31 oktober {before} vast: spreek af en kondig aan wat nu nog verandert."
        ));
    } else if plan.today >= lists {
        warnings.push(format!(
            "de catalogus van {year} wordt uiterlijk 31 oktober {before} vastgesteld ({}).",
            days(plan.today, fixed)
        ));
    }
    warnings
}

fn days(from: Date, to: Date) -> String {
    let days = from.until(to).map_or(0, |span| span.get_days());
    match days {
        0 => "vandaag".to_owned(),
        1 => "nog 1 dag".to_owned(),
        days => format!("nog {days} dagen"),
    }
}
