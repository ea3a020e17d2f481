//! Made-up tables in the form in which tables are read.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::line::{Line, Local, Standing};
use super::national::National;
use super::random::Random;
use super::sizes::{Size, Sizes};
use super::{Plan, Planted, Regions};
use crate::factor::Factor;
use crate::load::Catalogue;
use crate::row::COLUMNS;
use crate::source::Source;

/// The day on which every made-up table is published: before the first row holds.
pub(super) const PUBLISHED: &str = "2014-10-31";
/// The line of a table on which its first row stands.
pub(super) const FIRST_ROW: usize = 3;

/// The national lists as they are, and the names of all municipalities.
pub(super) fn base(catalogue: &Catalogue, sizes: &Sizes, sources: &mut Vec<Source>) {
    let national = catalogue
        .files
        .iter()
        .filter(|file| file.path.starts_with("canonical/"));
    sources.extend(national.map(|file| Source {
        path: file.path.to_string(),
        bytes: file.text.clone().into_bytes(),
    }));
    let mut names = "code\tname\tregion\n".to_owned();
    for size in &sizes.all {
        let _ = writeln!(
            names,
            "{}\t{}\t{}",
            size.municipality, size.name, size.region
        );
    }
    sources.push(Source {
        path: "municipalities.tsv".to_owned(),
        bytes: names.into_bytes(),
    });
}

/// A table: a remark that it is made up, the header, the rows.
pub(super) fn table(seed: u64, lines: &[Line]) -> String {
    let mut text = format!(
        "# verzonnen, voor proeven: zaad {seed}\n{}\n",
        COLUMNS.join("\t")
    );
    for line in lines {
        row(line, &mut text);
    }
    text
}

fn row(line: &Line, text: &mut String) {
    let shown =
        |of: Option<&dyn std::fmt::Display>| of.map(ToString::to_string).unwrap_or_default();
    let category = line.category.as_ref().map(|of| of as _);
    let (unit, c_unit) = (
        line.unit.as_ref().map(|of| of as _),
        line.c_unit.as_ref().map(|of| of as _),
    );
    let factor = if line.factor == Factor::ONE {
        String::new()
    } else {
        line.factor.to_string()
    };
    let cents = |cents: u32| format!("{}.{:02}", cents / 100, cents % 100);
    let cells: [String; 21] = [
        line.law.to_string(),
        shown(category),
        line.code.clone(),
        shown(unit),
        shown(line.variant.as_ref().map(|of| of as _)),
        line.relation.to_string(),
        line.canonical.clone(),
        shown(line.c_category.as_ref().map(|of| of as _)),
        shown(c_unit),
        factor,
        line.from.to_string(),
        shown(line.to.as_ref().map(|of| of as _)),
        if line.preferred { "yes" } else { "no" }.to_owned(),
        if line.collision { "accepted" } else { "" }.to_owned(),
        line.group.clone(),
        line.state.to_string(),
        line.justification.clone(),
        line.tariff.map(cents).unwrap_or_default(),
        "verzinner".to_owned(),
        PUBLISHED.to_owned(),
        line.label.clone(),
    ];
    text.push_str(&cells.join("\t"));
    text.push('\n');
}

/// What a manifest says of the use of its table.
pub(super) struct Terms {
    pub(super) daypart_minutes: Option<u32>,
    /// Whether rows that are narrower than their target may be applied.
    pub(super) applies_narrower: bool,
}

/// The manifest of a municipality.
pub(super) fn manifest(
    plan: &Plan,
    national: &[National<'_>; 2],
    size: &Size,
    terms: &Terms,
    random: &mut Random,
) -> String {
    let releases: Vec<_> = national
        .iter()
        .flat_map(|national| &national.releases)
        .collect();
    let include: &[&str] = match plan.regions {
        Regions::Included => &[&size.region],
        Regions::Copied => &[],
    };
    let apply: &[&str] = match random.below(3) {
        0 => &["exact"],
        _ if terms.applies_narrower => &["exact", "close", "local-narrower"],
        _ => &["exact", "close"],
    };
    let enabled = random.chance(500);
    let daypart = terms
        .daypart_minutes
        .map(|minutes| format!("daypart_minutes = {minutes}\n"));
    format!(
        "municipality = \"{}\"\nname = {:?}\nmade_up = true\npublished = {PUBLISHED}\ncanonical = {releases:?}\ninclude = {include:?}\napply = {apply:?}\n{}enabled = {enabled}\n",
        size.municipality,
        size.name,
        daypart.unwrap_or_default(),
    )
}

/// What a local code is.
pub(super) fn gold(municipality: &str, local: &Local, text: &mut String) {
    let targets: Vec<&str> = local
        .lines
        .iter()
        .map(|line| line.canonical.as_str())
        .collect();
    let mut known: Vec<&str> = Vec::new();
    for target in targets {
        if !known.contains(&target) {
            known.push(target);
        }
    }
    if let Some(first) = local.lines.first() {
        let _ = writeln!(
            text,
            "{municipality}\t{}\t{}\t{}\t{}\t{}",
            first.law,
            local.code,
            local.operator.as_str(),
            first.relation,
            known.join(" ")
        );
    }
}

/// The line of a row that may be lost without doing anything to others: the only one of its code and target.
pub(super) fn row_that_may_go(lines: &[Line]) -> usize {
    let is_only = |line: &Line| {
        let of_code = lines.iter().filter(|other| other.code == line.code);
        line.standing == Standing::Alone && of_code.count() == 1
    };
    FIRST_ROW + lines.iter().position(is_only).unwrap_or_default()
}

/// What was planted among these rows, with the lines they stand on.
pub(super) fn planted(size: &Size, lines: &[Line], planted: &mut Vec<Planted>) {
    let mut faults = BTreeMap::new();
    for (index, line) in lines.iter().enumerate() {
        for fault in &line.planted {
            let at = u32::try_from(index + FIRST_ROW).unwrap_or(u32::MAX);
            faults.insert(*fault, at);
        }
    }
    let file = format!("gm{}/map.tsv", size.municipality);
    planted.extend(faults.into_iter().map(|((class, _), line)| Planted {
        file: file.clone(),
        line,
        class,
    }));
}
