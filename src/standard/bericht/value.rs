//! Values that several classes share: product, size, period, amount; and how a field is read from the tree.
//! Reads what the schema has found right (level 1); a field that is not as the schema says reads as absent.

use std::borrow::Cow;

use jiff::civil::{Date, Time};

use crate::opaque::opaque;
use crate::xml::tree::Node;

/// Product: Categorie, and Code when one product of it is meant (CDT_Product, iJw and iWmo 3.2).
#[derive(Clone, PartialEq, Eq)]
pub struct Product<'t> {
    /// Element Categorie, two characters.
    pub categorie: Cow<'t, str>,
    /// Element Code, five characters.
    pub code: Option<Cow<'t, str>>,
}

/// Omvang: how much, of what, how often (CDT_Omvang, iJw and iWmo 3.2).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Omvang {
    /// Element Volume, in units of `eenheid`; cents when that is euro.
    pub volume: u32,
    /// Element Eenheid.
    pub eenheid: Eenheid,
    /// Element Frequentie.
    pub frequentie: Frequentie,
}

/// Unit of care (code list WMO756, used by both standards).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Eenheid {
    /// 01.
    Minuut,
    /// 04.
    Uur,
    /// 14.
    Etmaal,
    /// 16, four hours.
    Dagdeel,
    /// 82, a piece of output.
    Stuks,
    /// 83; volumes in it are cents.
    Euro,
    /// 84, a piece of effort.
    StuksInspanning,
}

impl Eenheid {
    /// All units, by code.
    pub const ALL: [Self; 7] = [
        Self::Minuut,
        Self::Uur,
        Self::Etmaal,
        Self::Dagdeel,
        Self::Stuks,
        Self::Euro,
        Self::StuksInspanning,
    ];

    /// Its code: `04`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Minuut => "01",
            Self::Uur => "04",
            Self::Etmaal => "14",
            Self::Dagdeel => "16",
            Self::Stuks => "82",
            Self::Euro => "83",
            Self::StuksInspanning => "84",
        }
    }

    /// The unit with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|unit| unit.code() == code)
    }
}

/// How often a volume is meant (code list WMO757, used by both standards).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Frequentie {
    /// 1, per day.
    Dag,
    /// 2, per week.
    Week,
    /// 4, per month.
    Maand,
    /// 6, in all, within the term of the allocation.
    Totaal,
}

impl Frequentie {
    /// All frequencies, by code.
    pub const ALL: [Self; 4] = [Self::Dag, Self::Week, Self::Maand, Self::Totaal];

    /// Its code: `2`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Dag => "1",
            Self::Week => "2",
            Self::Maand => "4",
            Self::Totaal => "6",
        }
    }

    /// The frequency with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|often| often.code() == code)
    }
}

/// Begindatum and Einddatum, both days included (CDT_GeslotenPeriode).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Periode {
    /// First day.
    pub begin: Date,
    /// Last day.
    pub end: Date,
}

/// Whether an amount is charged (D) or given back (C): element DebetCredit (code list COD043).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DebetCredit {
    /// D.
    Debet,
    /// C.
    Credit,
}

impl DebetCredit {
    /// Its code, `D` or `C`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Debet => "D",
            Self::Credit => "C",
        }
    }
}

/// An amount with its direction: Bedrag or TotaalBedrag with DebetCredit.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Bedrag {
    /// Cents, without sign.
    pub cents: u64,
    /// Direction.
    pub direction: DebetCredit,
}

impl Bedrag {
    /// Cents with sign: debits positive, credits negative.
    pub const fn signed(self) -> i128 {
        match self.direction {
            DebetCredit::Debet => self.cents as i128,
            DebetCredit::Credit => -(self.cents as i128),
        }
    }
}

/// Value of the child element `name`, as the schema sees it.
pub(crate) fn text<'t>(node: Node<'t>, name: &str) -> Option<Cow<'t, str>> {
    node.child(name).map(Node::text)
}

/// Value of the child element `name` of a type that collapses white space (numbers, dates) or is a code.
fn read<T>(node: Node<'_>, name: &str, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
    parse(node.child(name)?.text().trim())
}

/// A date.
pub(crate) fn date(node: Node<'_>, name: &str) -> Option<Date> {
    read(node, name, parse_date)
}

/// A time of the day.
pub(crate) fn time(node: Node<'_>, name: &str) -> Option<Time> {
    read(node, name, parse_time)
}

/// `xs:time` without time zone. Its end of the day, 24:00:00, is its beginning; of the seconds nine
/// decimals count, as many as a time here has.
fn parse_time(text: &str) -> Option<Time> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    if whole == "24:00:00" {
        return Some(Time::midnight());
    }
    let fraction = fraction.get(..9).unwrap_or(fraction);
    format!("{whole}.{fraction}").parse().ok()
}

/// A whole number from 0.
pub(crate) fn number(node: Node<'_>, name: &str) -> Option<u64> {
    read(node, name, parse_number)
}

pub(crate) fn parse_date(text: &str) -> Option<Date> {
    text.trim().parse().ok()
}

/// `xs:integer` from 0: a plus sign and leading zeros are allowed (Rust reads both), `-0` is 0.
pub(crate) fn parse_number(text: &str) -> Option<u64> {
    let text = text.trim();
    match text.strip_prefix('-') {
        Some(zeros) => (zeros.parse::<u64>().ok()? == 0).then_some(0),
        None => text.parse().ok(),
    }
}

/// The class Product below `node`.
pub(crate) fn product(node: Node<'_>) -> Option<Product<'_>> {
    let product = node.child("Product")?;
    Some(Product {
        categorie: text(product, "Categorie")?,
        code: text(product, "Code"),
    })
}

/// The class Omvang below `node`.
pub(crate) fn omvang(node: Node<'_>) -> Option<Omvang> {
    let omvang = node.child("Omvang")?;
    Some(Omvang {
        volume: u32::try_from(number(omvang, "Volume")?).ok()?,
        eenheid: read(omvang, "Eenheid", Eenheid::from_code)?,
        frequentie: read(omvang, "Frequentie", Frequentie::from_code)?,
    })
}

/// A closed period: the class with Begindatum and Einddatum.
pub(crate) fn periode(node: Node<'_>) -> Option<Periode> {
    Some(Periode {
        begin: date(node, "Begindatum")?,
        end: date(node, "Einddatum")?,
    })
}

/// An amount: the class with Bedrag or TotaalBedrag (`name`) and DebetCredit.
pub(crate) fn bedrag(node: Node<'_>, name: &str) -> Option<Bedrag> {
    Some(Bedrag {
        cents: number(node, name)?,
        direction: read(node, "DebetCredit", |code| match code {
            "D" => Some(DebetCredit::Debet),
            "C" => Some(DebetCredit::Credit),
            _ => None,
        })?,
    })
}

opaque!(Omvang, Periode, Bedrag);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_read_as_the_schema_reads_them() {
        for (text, number) in [
            ("7", Some(7)),
            (" +007\n", Some(7)),
            ("-0", Some(0)),
            ("-1", None),
            ("++1", None),
            ("", None),
        ] {
            assert_eq!(parse_number(text), number, "{text:?}");
        }
    }

    #[test]
    fn times_are_read_as_the_schema_allows_them() {
        for (text, time) in [
            ("09:30:01", Time::new(9, 30, 1, 0)),
            ("09:30:01.5", Time::new(9, 30, 1, 500_000_000)),
            ("09:30:01.1234567899", Time::new(9, 30, 1, 123_456_789)),
            ("24:00:00", Time::new(0, 0, 0, 0)),
            ("24:00:00.000", Time::new(0, 0, 0, 0)),
        ] {
            assert_eq!(parse_time(text), time.ok(), "{text}");
        }
    }

    #[test]
    fn credits_count_down() {
        let amount = |direction| Bedrag {
            cents: 5,
            direction,
        };
        assert_eq!(amount(DebetCredit::Debet).signed(), 5);
        assert_eq!(amount(DebetCredit::Credit).signed(), -5);
    }
}
