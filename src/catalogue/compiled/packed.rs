//! A row in 24 bytes and its key in 8.

use jiff::civil::Date;

use crate::code::{Category, Code};
use crate::factor::Factor;
use crate::law::Municipality;
use crate::relation::{Relation, State};
use crate::row::Row;
use crate::unit::{Unit, Variant};

/// What rows are sorted by: of a municipality, by code, those for any unit first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) municipality: Municipality,
    pub(crate) code: Code,
    /// None: any.
    pub(crate) unit: Option<Unit>,
}

impl Key {
    /// From the highest: two bytes municipality, five code, one unit (0: any).
    pub(super) fn pack(self) -> u64 {
        let code = self.code.to_bytes();
        let bytes = code.into_iter().chain([self.unit.map_or(0, Unit::code)]);
        let number = u64::from(self.municipality.number());
        bytes.fold(number, |key, byte| key << 8 | u64::from(byte))
    }

    /// None: it is none that [`Key::pack`] made.
    pub(super) fn unpack(key: u64) -> Option<Self> {
        let [high, low, code @ .., unit] = key.to_be_bytes();
        Some(Self {
            municipality: Municipality::new(u16::from_be_bytes([high, low]))?,
            code: Code::from_bytes(code)?,
            unit: match unit {
                0 => None,
                unit => Some(Unit::of(unit)?),
            },
        })
    }

    pub(super) fn unit_of(key: u64) -> Option<Unit> {
        let [.., unit] = key.to_be_bytes();
        Unit::of(unit)
    }

    pub(super) const fn is_of_same_code(one: u64, other: u64) -> bool {
        one >> 8 == other >> 8
    }
}

/// No category: any, or the same.
const NO_CATEGORY: u8 = 0xff;
/// No last day.
const OPEN: i32 = i32::MAX;

const CONFIRMED: u8 = 1 << 3;
const PREFERRED: u8 = 1 << 4;
const ONE_TARIFF: u8 = 1 << 5;
const EFFORT: u8 = 1 << 6;
const OUTPUT: u8 = 1 << 7;
const RELATION: u8 = 0b111;

/// Target, its category, units and relation of a row.
pub(crate) type Says = ([u8; 5], u8, u8, u8);

/// A row, less its key. Sorts as rows of one key are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Packed {
    /// First and last day; they sort as days do ([`day`]).
    from: i32,
    to: i32,
    /// The line in its file.
    line: u32,
    file: u16,
    /// Zeros: none.
    target: [u8; 5],
    category: u8,
    target_category: u8,
    /// What the release says of the target.
    national_category: u8,
    /// Bits 0 to 2: place of the target's unit in [`Unit::ALL`] plus one, 0: the same. Bits 4 to 6: the factor ([`factors`]).
    units: u8,
    /// Bits 0 to 2: place in [`Relation::ALL`]; then the flags above.
    flags: u8,
}

const _: () = assert!(size_of::<Packed>() == 24, "a row takes 24 bytes");

impl Packed {
    pub(super) const BYTES: usize = 24;

    pub(crate) fn of(
        row: &Row,
        file: u16,
        national: Option<Category>,
        has_one_tariff: bool,
        daypart_minutes: Option<u32>,
    ) -> Self {
        let number = |category: Option<Category>| category.map_or(NO_CATEGORY, Category::number);
        let flag = |is: bool, bit: u8| if is { bit } else { 0 };
        let target = row.target;
        let factor = factors(daypart_minutes)
            .iter()
            .position(|known| *known == Some(row.factor))
            .map_or(0, |at| at + 1);
        let unit = target.and_then(|target| target.unit);
        let unit = unit
            .and_then(|unit| Unit::ALL.iter().position(|known| *known == unit))
            .map_or(0, |at| at + 1);
        Self {
            from: day(row.period.from),
            to: row.period.to.map_or(OPEN, day),
            line: row.place.line,
            file,
            target: target.map_or([0; 5], |target| target.code.to_bytes()),
            category: number(row.key.category),
            target_category: number(target.and_then(|target| target.category)),
            national_category: number(national),
            units: narrow(unit) | narrow(factor) << 4,
            flags: number_of(row.relation)
                | flag(row.state == State::Confirmed, CONFIRMED)
                | flag(row.preferred, PREFERRED)
                | flag(has_one_tariff, ONE_TARIFF)
                | flag(row.key.variant == Some(Variant::Effort), EFFORT)
                | flag(row.key.variant == Some(Variant::Output), OUTPUT),
        }
    }

    pub(super) fn to_bytes(self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        let fields = self
            .from
            .to_le_bytes()
            .into_iter()
            .chain(self.to.to_le_bytes())
            .chain(self.line.to_le_bytes())
            .chain(self.file.to_le_bytes())
            .chain(self.target)
            .chain([
                self.category,
                self.target_category,
                self.national_category,
                self.units,
                self.flags,
            ]);
        for (place, byte) in bytes.iter_mut().zip(fields) {
            *place = byte;
        }
        bytes
    }

    pub(super) fn from_bytes(bytes: &[u8; Self::BYTES]) -> Self {
        #[rustfmt::skip]
        let [f0, f1, f2, f3, t0, t1, t2, t3, l0, l1, l2, l3, n0, n1, target @ .., category, target_category, national_category, units, flags] = *bytes;
        Self {
            from: i32::from_le_bytes([f0, f1, f2, f3]),
            to: i32::from_le_bytes([t0, t1, t2, t3]),
            line: u32::from_le_bytes([l0, l1, l2, l3]),
            file: u16::from_le_bytes([n0, n1]),
            target,
            category,
            target_category,
            national_category,
            units,
            flags,
        }
    }

    /// Whether it is what [`Packed::of`] makes, where there are so many files.
    pub(super) fn is_sound(&self, files: usize) -> bool {
        let relation = Relation::ALL.get(usize::from(self.flags & RELATION));
        let has_target = self.target != [0; 5];
        let is_category = |number: u8| number == NO_CATEGORY || number <= 99;
        relation.is_some_and(|relation| (*relation == Relation::None) != has_target)
            && (!has_target || self.target().is_some())
            && [self.category, self.target_category, self.national_category]
                .into_iter()
                .all(is_category)
            && self.units & !0b0111_0111 == 0
            && self.flags & (EFFORT | OUTPUT) != EFFORT | OUTPUT
            && is_day(self.from)
            && (self.to == OPEN || is_day(self.to) && self.from <= self.to)
            && usize::from(self.file) < files
    }

    /// Whether this row, of a key for this unit, means a product with these fields: its rank, as of [`crate::row::Key::rank`].
    pub(crate) fn matches(
        &self,
        key: Option<Unit>,
        unit: Option<Unit>,
        category: Option<Category>,
    ) -> Option<u8> {
        let variant = self.variant();
        let is_meant = (key.is_none() || key == unit)
            && (self.category == NO_CATEGORY
                || category.is_some_and(|category| category.number() == self.category))
            && (variant.is_none() || variant == unit.and_then(Unit::variant));
        let has_category = self.category != NO_CATEGORY;
        is_meant.then(|| {
            u8::from(key.is_some()) << 2 | u8::from(has_category) << 1 | u8::from(variant.is_some())
        })
    }

    pub(crate) fn holds(&self, on: Date) -> bool {
        let on = day(on);
        self.from <= on && on <= self.to
    }

    pub(crate) const fn line(&self) -> u32 {
        self.line
    }

    pub(super) const fn file(&self) -> u16 {
        self.file
    }

    pub(crate) const fn is_confirmed(&self) -> bool {
        self.flags & CONFIRMED != 0
    }

    pub(crate) const fn is_preferred(&self) -> bool {
        self.flags & PREFERRED != 0
    }

    /// Whether all that has this target has one tariff.
    pub(crate) const fn has_one_tariff(&self) -> bool {
        self.flags & ONE_TARIFF != 0
    }

    /// Whether it translates anything, once its relation is applied: what is narrower only while its target has one tariff.
    pub(crate) fn may_be_translated(&self) -> bool {
        self.relation() != Relation::LocalNarrower || self.has_one_tariff()
    }

    pub(crate) fn relation(&self) -> Relation {
        let at = usize::from(self.flags & RELATION);
        Relation::ALL.get(at).copied().unwrap_or(Relation::None)
    }

    fn variant(&self) -> Option<Variant> {
        match (self.flags & EFFORT != 0, self.flags & OUTPUT != 0) {
            (true, _) => Some(Variant::Effort),
            (_, true) => Some(Variant::Output),
            (false, false) => None,
        }
    }

    /// The category it asks for; none: any.
    pub(crate) const fn category(&self) -> Option<Category> {
        Category::new(self.category)
    }

    pub(crate) fn target(&self) -> Option<Code> {
        Code::from_bytes(self.target)
    }

    pub(super) const fn target_bytes(&self) -> [u8; 5] {
        self.target
    }

    /// The category it gives; none: the product's.
    pub(crate) const fn target_category(&self) -> Option<Category> {
        Category::new(self.target_category)
    }

    /// The category of the target by its release; none: it has none there.
    pub(crate) const fn national_category(&self) -> Option<Category> {
        Category::new(self.national_category)
    }

    /// The unit it gives; none: the product's.
    pub(crate) fn target_unit(&self) -> Option<Unit> {
        let at = usize::from(self.units & 0b111).checked_sub(1)?;
        Unit::ALL.get(at).copied()
    }

    /// Its factor. None: it is not what any unit of time is in another.
    pub(crate) fn factor(&self, daypart_minutes: Option<u32>) -> Option<Factor> {
        let at = usize::from(self.units >> 4).checked_sub(1)?;
        factors(daypart_minutes).get(at).copied().flatten()
    }

    /// Whether the two make the same of a product.
    pub(crate) fn says_the_same(&self, other: &Self) -> bool {
        self.says() == other.says()
    }

    /// What it makes of a product: the same for rows that make the same.
    pub(crate) const fn says(&self) -> Says {
        (
            self.target,
            self.target_category,
            self.units,
            self.flags & RELATION,
        )
    }
}

/// Every factor there is between units that are time, by the minutes of a dagdeel.
fn factors(daypart_minutes: Option<u32>) -> [Option<Factor>; 7] {
    let of = |over, under| Factor::new(over?, under?);
    let (minute, hour, daypart) = (Some(1), Some(60), daypart_minutes);
    [
        of(minute, minute),
        of(hour, minute),
        of(minute, hour),
        of(daypart, minute),
        of(minute, daypart),
        of(daypart, hour),
        of(hour, daypart),
    ]
}

/// Place in [`Relation::ALL`].
pub(super) fn number_of(relation: Relation) -> u8 {
    let at = Relation::ALL.iter().position(|known| *known == relation);
    narrow(at.unwrap_or_default())
}

/// A day as year, month and day in 23, 4 and 5 bits: sorts as days do.
fn day(date: Date) -> i32 {
    i32::from(date.year()) << 9 | i32::from(date.month()) << 5 | i32::from(date.day())
}

fn is_day(day: i32) -> bool {
    let (year, month) = (i16::try_from(day >> 9), i8::try_from(day >> 5 & 0b1111));
    let day = i8::try_from(day & 0b1_1111);
    matches!((year, month, day), (Ok(year), Ok(month), Ok(day)) if Date::new(year, month, day).is_ok())
}

/// Of a place in a short list.
fn narrow(at: usize) -> u8 {
    u8::try_from(at).unwrap_or(u8::MAX)
}
