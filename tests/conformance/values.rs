//! Values at the edges of what a simple type takes, on both sides of each facet.
//! Does not know which of them are valid: the oracle says.

use knooppunt_standard::{Base, ValueDescription};

use crate::random::Random;

/// Values that mean something somewhere: in the wrong place they are worth a try too.
const ANYWHERE: &[&str] = &[
    "",
    " ",
    "\t",
    "\n",
    "0",
    "1",
    "x",
    "é",
    "😀",
    "a b",
    "a\nb",
    "\u{a0}",
    "\u{2003}",
    "\u{85}",
    "\u{feff}",
    "-1",
    "+1",
    "1.0.0",
    "01.0.0",
    "1.0",
    "1.0.0 ",
    "436",
    "3",
    "03",
    "2",
    "NL",
    "nl",
    "999900006",
    "2026-02-28",
    "12:00:00",
    "&",
    "<",
    "]]>",
    "\u{fffd}",
    "\u{10ffff}",
    ".",
    "..",
    "0200",
    "D",
    "true",
];

const DATES: &[&str] = &[
    "2026-02-28",
    "2026-02-29",
    "2024-02-29",
    "2000-02-29",
    "1900-02-28",
    "1900-02-29",
    "2100-02-29",
    "2026-04-31",
    "2026-00-10",
    "2026-13-10",
    "2026-01-00",
    "2026-01-32",
    "2026-12-31",
    "1899-12-31",
    "1900-01-01",
    "2199-12-31",
    "2200-01-01",
    "0000-01-01",
    "0001-01-01",
    "-0001-01-01",
    "-2026-01-01",
    "12026-01-01",
    "02026-01-01",
    "026-01-01",
    "26-01-01",
    "2026-1-1",
    "20260101",
    "2026/01/01",
    "2026-01-01Z",
    "2026-01-01+01:00",
    "2026-01-01-05:00",
    "2026-01-01T00:00:00",
    " 2026-01-01 ",
    "\n2026-01-01\n",
    "\t2026-01-01",
    "2026 -01-01",
    "2026-01-0１",
    "\u{a0}2026-01-01",
    "+2026-01-01",
    "2026-01-01 2026-01-02",
    "99999999-01-01",
    "2026-06-30",
    "2026-06-31",
    "",
    " ",
    "today",
];

const TIMES: &[&str] = &[
    "00:00:00",
    "23:59:59",
    "24:00:00",
    "24:00:01",
    "24:00:00.0",
    "24:00:00.1",
    "23:59:60",
    "23:60:00",
    "12:34",
    "12:34:56.789",
    "12:34:56.",
    "12:34:56,7",
    "1:02:03",
    "12:34:56Z",
    "12:34:56+01:00",
    "12:34:56-05:00",
    " 12:34:56 ",
    "\n12:34:56",
    "123456",
    "-12:00:00",
    "12:34:5",
    "12:34:56.12345678901234567890",
    "",
    "12 :34:56",
];

const INTEGERS: &[&str] = &[
    "0",
    "-0",
    "+0",
    "00",
    "-1",
    "+1",
    "+",
    "-",
    "",
    " ",
    "5.0",
    "5.",
    "1e3",
    "0x10",
    "1 2",
    " 5 ",
    "\t5\n",
    "\r5",
    "--5",
    "+-5",
    "5-",
    "５",
    "٥",
    "\u{a0}5",
    "1_000",
    "1,000",
    "0000000000005",
    "+007",
    "99",
    "100",
    "99999",
    "100000",
    "99999999",
    "100000000",
    "999999999",
    "1000000000",
    "999999999999",
    "1000000000000",
    "18446744073709551616",
    "340282366920938463463374607431768211456",
    "00000000000000000000000000000000000000000000000000000000000000000000000000000001",
];

/// A value near an edge of the type.
pub(crate) fn edge(random: &mut Random, value: &ValueDescription) -> String {
    if random.chance(8) {
        return one(random, ANYWHERE);
    }
    match value.base {
        Base::Date => one(random, DATES),
        Base::Time => one(random, TIMES),
        Base::Integer => integer(random, value),
        Base::String => text(random, value),
        _ => one(random, ANYWHERE),
    }
}

/// A value for an element whose type is not known.
pub(crate) fn anything(random: &mut Random) -> String {
    one(random, ANYWHERE)
}

fn one(random: &mut Random, from: &[&str]) -> String {
    random
        .pick(from)
        .map_or_else(String::new, |text| (*text).to_owned())
}

fn integer(random: &mut Random, value: &ValueDescription) -> String {
    let bounds: Vec<i128> = [value.min, value.max]
        .into_iter()
        .flatten()
        .map(i128::from)
        .collect();
    let Some(bound) = random.pick(&bounds).filter(|_| random.clone().chance(60)) else {
        return fixed_or(random, value, INTEGERS);
    };
    let near = bound + [-1, 0, 0, 1][random.below(4)];
    match random.below(6) {
        0 => format!("+{near}"),
        1 => format!("000{near}"),
        2 => format!(" {near}\n"),
        _ => near.to_string(),
    }
}

/// A pattern without operators is a value (`436`); it comes with neighbours.
fn fixed_or(random: &mut Random, value: &ValueDescription, others: &[&str]) -> String {
    let fixed: Vec<&String> = value
        .patterns
        .iter()
        .filter(|pattern| pattern.bytes().all(|b| b.is_ascii_digit()))
        .collect();
    match random.pick(&fixed) {
        Some(pattern) if random.chance(70) => match random.below(6) {
            0 => format!(" {pattern} "),
            1 => format!("0{pattern}"),
            2 => format!("+{pattern}"),
            3 => format!("{pattern}0"),
            _ => (*pattern).clone(),
        },
        _ => one(random, others),
    }
}

fn text(random: &mut Random, value: &ValueDescription) -> String {
    if !value.codes.is_empty() {
        let code = random.pick(&value.codes).cloned().unwrap_or_default();
        return match random.below(10) {
            0 => format!(" {code}"),
            1 => format!("{code} "),
            2 => format!("{code}{code}"),
            3 => code.to_lowercase(),
            4 => code.chars().skip(1).collect(),
            5 => one(random, ANYWHERE),
            _ => code,
        };
    }
    if random.chance(20) {
        return fixed_or(random, value, ANYWHERE);
    }
    let longest = value.max_length.unwrap_or(40);
    let length = match random.below(6) {
        0 => 1,
        1 | 2 => longest,
        3 => longest + 1,
        4 => longest.saturating_sub(1),
        _ => longest / 2,
    };
    let alphabets: [&str; 10] = [
        "0123456789",
        "x",
        "😀",
        "aZ",
        "éÀỳß",
        "×÷ΩЖ",
        "a b",
        "０１２３",
        " ",
        "x\u{301}",
    ];
    let alphabet = if value
        .patterns
        .iter()
        .any(|pattern| pattern.starts_with("[0-9]"))
        && random.chance(70)
    {
        alphabets[0]
    } else {
        alphabets[random.below(alphabets.len())]
    };
    let mut made: Vec<char> = alphabet
        .chars()
        .cycle()
        .skip(random.below(10))
        .take(length)
        .collect();
    if random.chance(15) && !made.is_empty() {
        let odd = ['\n', '\t', '\r', ' ', '\u{a0}', '-', '.', '&', '<'];
        let at = random.below(made.len());
        made[at] = odd[random.below(odd.len())];
    }
    made.into_iter().collect()
}
