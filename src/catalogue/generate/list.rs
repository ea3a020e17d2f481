//! A list of local products: national ones, each with what an operator made of it, and how that changed over the years.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, date};

use super::Operator;
use super::codes::Codes;
use super::line::{Line, Local, Standing};
use super::national::{National, Product};
use super::random::Random;
use super::{tariff, words};
use crate::code::{Category, Code};
use crate::factor::Factor;
use crate::relation::{Relation, State};
use crate::unit::{Unit, Variant};

/// When lists are renewed: between these a row stays as it is.
pub(super) const CUTS: [Date; 4] = [
    date(2015, 1, 1),
    date(2018, 1, 1),
    date(2021, 1, 1),
    date(2024, 1, 1),
];
/// Since when pieces of effort can be counted.
const EFFORT: Date = date(2021, 1, 1);
/// Of a thousand names, how many have noise.
const NOISY: u32 = 60;

/// What the own codes of a list look like, and whether it has any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Model {
    /// Two digits, any letter, two digits.
    Standard,
    /// The same with one letter of its own.
    Own,
    /// Profiles: digits that name the profile, letters for intensity and complexity.
    Matrix,
    /// Digits alone, as in 2015.
    Digits,
    /// Categories alone are assigned; providers choose national codes.
    Aspecific,
}

impl Model {
    pub(super) fn of(random: &mut Random) -> Self {
        match random.below(100) {
            0..45 => Self::Standard,
            45..70 => Self::Own,
            70..85 => Self::Matrix,
            85..95 => Self::Digits,
            _ => Self::Aspecific,
        }
    }

    /// Of a list for support, which always has products.
    pub(super) fn of_wmo(self) -> Self {
        if self == Self::Aspecific {
            Self::Standard
        } else {
            self
        }
    }
}

/// What a list is to be.
pub(super) struct Shape {
    pub(super) model: Model,
    /// How many codes.
    pub(super) codes: u32,
    /// How many of them aids.
    pub(super) aids: u32,
    /// Minutes of a dagdeel by the contracts.
    pub(super) daypart_minutes: Option<u32>,
    /// Whether all local products behind one national one have one tariff, so that narrower ones may be applied.
    pub(super) one_tariff: bool,
    /// Whether names are typed carelessly.
    pub(super) noisy: bool,
}

/// Makes a list.
pub(super) fn make(
    national: &National<'_>,
    shape: &Shape,
    seed: u64,
    random: &mut Random,
    drawn: &mut BTreeMap<Operator, usize>,
) -> Vec<Local> {
    let codes = Codes::new(national.law, shape.model, &national.every, random);
    let mut maker = Maker {
        national,
        shape,
        random,
        codes,
        locals: Vec::new(),
        groups: 0,
        used: BTreeSet::new(),
        reserved: BTreeSet::new(),
        converted: BTreeSet::new(),
    };
    maker.anchor(seed);
    maker.aids();
    while maker.left() > 0 {
        let operator = maker.operator();
        let before = maker.locals.len();
        maker.draw(operator);
        if maker.locals.len() == before {
            break;
        }
        if shape.model != Model::Aspecific
            && let Some(local) = maker.locals.get(before)
        {
            *drawn.entry(local.operator).or_default() += 1;
        }
    }
    let fresh = maker.share();
    maker.renew(fresh);
    let mut locals = maker.locals;
    locals.sort_by_key(|local| local.code);
    locals
}

/// What is said of a row that stands for one of the region's list.
pub(super) const DEVIATES: &str = "afwijking van de regio";

/// The list of a region as one of its municipalities has it: most as it is, some with other tariffs and names in places. Also which codes those are, by index.
pub(super) fn deviate(region: &[Local], random: &mut Random) -> (Vec<Local>, BTreeSet<usize>) {
    let mut locals = region.to_vec();
    let mut deviating = BTreeSet::new();
    if !random.chance(150) {
        return (locals, deviating);
    }
    let share = 50 + random.below(151);
    for (index, local) in locals.iter_mut().enumerate() {
        let is_fixed = local.lines.iter().any(|line| {
            line.standing == Standing::Anchor || line.relation == Relation::LocalNarrower
        });
        if is_fixed || !random.chance(share) {
            continue;
        }
        deviating.insert(index);
        for line in &mut local.lines {
            line.label = words::reword(&line.label, random);
            DEVIATES.clone_into(&mut line.justification);
            if let (Some(unit), Some(cents)) = (line.unit, line.tariff) {
                let percent = 94 + u64::from(random.below(13));
                line.tariff = Some(tariff::raised(cents, percent, unit, random));
            }
        }
    }
    (locals, deviating)
}

/// A list that is being made.
pub(super) struct Maker<'n, 'c> {
    pub(super) national: &'n National<'c>,
    pub(super) shape: &'n Shape,
    pub(super) random: &'n mut Random,
    codes: Codes<'n>,
    pub(super) locals: Vec<Local>,
    groups: u32,
    /// National products that some row is translated to.
    used: BTreeSet<Code>,
    /// Those that nothing else may be translated to.
    reserved: BTreeSet<Code>,
    /// Those that a product in another unit is translated to.
    converted: BTreeSet<Code>,
}

impl<'c> Maker<'_, 'c> {
    fn left(&self) -> usize {
        (self.shape.codes as usize).saturating_sub(self.locals.len())
    }

    /// The product that every list of this law begins with, in the same unit.
    fn anchor(&mut self, seed: u64) {
        let law = self.national.law;
        let of = Random::of(seed, "anchor", law.as_str()).index(self.national.pool.len());
        let Some(&product) = self.national.pool.get(of) else {
            return;
        };
        let unit = match product.variant {
            Some(Variant::Output) => Unit::Output,
            Some(Variant::Effort) | None => Unit::Hour,
        };
        self.codes.take(product.code);
        self.reserved.insert(product.code);
        let mut line = self.line(product, product.code);
        line.from = CUTS[0].max(line.from);
        line.unit = Some(unit);
        line.variant = None;
        line.tariff = Some(self.tariff(product, unit));
        line.standing = Standing::Anchor;
        self.push(product.code, Operator::Keep, vec![line]);
    }

    fn aids(&mut self) {
        let aids = self.national.aids.iter().take(self.shape.aids as usize);
        for &product in aids {
            if self.left() > 0 && self.codes.take(product.code) {
                let line = self.line(product, product.code);
                self.push(product.code, Operator::Keep, vec![line]);
            }
        }
    }

    fn operator(&mut self) -> Operator {
        if self.shape.model == Model::Aspecific {
            return Operator::Keep;
        }
        let mut drawn = self.random.below(100);
        for operator in Operator::ALL {
            if drawn < operator.percent() {
                return operator;
            }
            drawn -= operator.percent();
        }
        Operator::Keep
    }

    fn draw(&mut self, operator: Operator) {
        match operator {
            Operator::Keep | Operator::LocalName => self.national_code(operator),
            Operator::OwnCode | Operator::Budget => self.own(operator),
            Operator::Unit => self.unit(),
            Operator::Split => self.several(operator, &[" licht", " midden", " zwaar"]),
            Operator::Bands => {
                self.several(operator, &[" tot 10 km", " 10 tot 25 km", " vanaf 25 km"]);
            }
            Operator::Lump => self.lump(operator, Relation::LocalBroader),
            Operator::Bundle => self.lump(operator, Relation::Partial),
            Operator::Matrix => self.matrix(),
            Operator::None => self.none(),
            Operator::Collision => self.collision(),
        }
    }

    /// A national product, any.
    fn product(&mut self) -> Option<Product<'c>> {
        self.product_where(|_, _| true)
    }

    /// A national product for which this holds, from a random place on.
    fn product_where(
        &mut self,
        holds: impl Fn(&Self, &Product<'c>) -> bool,
    ) -> Option<Product<'c>> {
        let national = self.national;
        let first = self.random.index(national.pool.len());
        let from = national.pool.iter().cycle().skip(first);
        let mut free = from
            .take(national.pool.len())
            .filter(|product| !self.reserved.contains(&product.code));
        free.find(|product| holds(self, product)).copied()
    }

    /// A national product that nothing else will be translated to, if narrower ones are applied; else any.
    fn product_for_narrower(&mut self) -> Option<Product<'c>> {
        if !self.shape.one_tariff {
            return self.product();
        }
        // Half of the list stays for all others.
        if self.reserved.len() * 2 > self.national.pool.len() {
            return None;
        }
        let product = self.product_where(|maker, product| !maker.used.contains(&product.code))?;
        self.reserved.insert(product.code);
        Some(product)
    }

    fn national_code(&mut self, operator: Operator) {
        let Some(product) = self.product_where(|maker, product| !maker.codes.has(product.code))
        else {
            return self.own(Operator::OwnCode);
        };
        self.codes.take(product.code);
        let mut line = self.line(product, product.code);
        if operator == Operator::LocalName {
            line.label = words::reword(product.name, self.random);
        }
        self.push(product.code, operator, vec![line]);
    }

    fn own(&mut self, operator: Operator) {
        let relation = match (operator, self.random.below(10)) {
            (Operator::Budget, _) | (_, 7..9) => Relation::Close,
            (_, 9) => Relation::LocalNarrower,
            _ => Relation::Exact,
        };
        let narrower = if relation == Relation::LocalNarrower {
            self.product_for_narrower()
        } else {
            None
        };
        let relation = match narrower {
            None if relation == Relation::LocalNarrower => Relation::Exact,
            _ => relation,
        };
        let Some(product) = narrower.or_else(|| self.product()) else {
            return;
        };
        let Some(code) = self.codes.own(product.category, self.random) else {
            return;
        };
        let mut line = self.line(product, code);
        line.relation = relation;
        line.label = words::reword(product.name, self.random);
        if operator == Operator::Budget {
            line.label.push_str(" (pgb)");
        }
        self.push(code, operator, vec![line]);
    }

    /// One product in another unit than the canonical form is counted in, or in two units side by side.
    fn unit(&mut self) {
        let is_time = |maker: &Self, product: &Product<'_>| {
            product.variant != Some(Variant::Output) && !maker.converted.contains(&product.code)
        };
        let Some(product) = self.product_where(is_time) else {
            return self.own(Operator::OwnCode);
        };
        self.converted.insert(product.code);
        let national = self.random.chance(300) && self.codes.take(product.code);
        let code = if national {
            Some(product.code)
        } else {
            self.codes.own(product.category, self.random)
        };
        let Some(code) = code else { return };
        let mut line = self.line(product, code);
        line.label = words::reword(product.name, self.random);
        line.variant = None;
        let ways = if self.shape.daypart_minutes.is_some() {
            4
        } else {
            3
        };
        let (unit, to) = match self.random.below(ways) {
            0 => (Unit::Hour, Some(Unit::Minute)),
            1 => (Unit::Minute, Some(Unit::Hour)),
            2 => (Unit::Hour, None),
            _ => (Unit::Daypart, Some(Unit::Hour)),
        };
        line.unit = Some(unit);
        line.tariff = Some(self.tariff(product, unit));
        let Some(to) = to else {
            let mut minutes = line.clone();
            minutes.unit = Some(Unit::Minute);
            minutes.tariff = line.tariff.map(|cents| (cents / 60).max(1));
            return self.push(code, Operator::Unit, vec![line, minutes]);
        };
        line.c_unit = Some(to);
        let minutes = |unit: Unit| unit.minutes(self.shape.daypart_minutes).unwrap_or(1);
        line.factor = Factor::new(minutes(unit), minutes(to)).unwrap_or(Factor::ONE);
        self.push(code, Operator::Unit, vec![line]);
    }

    /// One national product under two or three local codes.
    fn several(&mut self, operator: Operator, endings: &[&str]) {
        let Some(product) = self.product_for_narrower() else {
            return self.own(Operator::OwnCode);
        };
        let count = (2 + self.random.index(endings.len() - 1)).min(self.left());
        let first = self.line(product, product.code);
        for (step, ending) in endings.iter().take(count).enumerate() {
            let Some(code) = self.codes.own(product.category, self.random) else {
                return;
            };
            let mut line = first.clone();
            line.code = code.to_string();
            line.relation = Relation::LocalNarrower;
            line.label.push_str(ending);
            if let (Some(cents), Some(unit), false) =
                (line.tariff, line.unit, self.shape.one_tariff)
            {
                let percent = 85 + 15 * step as u64;
                line.tariff = Some(tariff::raised(cents, percent, unit, self.random));
            }
            self.push(code, operator, vec![line]);
        }
    }

    /// Several national products under one code.
    fn lump(&mut self, operator: Operator, relation: Relation) {
        let Some(product) = self.product() else {
            return;
        };
        let Some(code) = self.codes.own(product.category, self.random) else {
            return;
        };
        let mut targets = vec![product];
        let more = 1 + self.random.index(2);
        for _ in 0..more {
            let known: Vec<Code> = targets.iter().map(|target| target.code).collect();
            let near = |_: &Self, other: &Product<'_>| {
                !known.contains(&other.code)
                    && other.variant == product.variant
                    && (relation == Relation::Partial || other.category == product.category)
            };
            targets.extend(self.product_where(near));
        }
        let mut first = self.line(product, code);
        first.relation = relation;
        first.label = words::reword(product.name, self.random);
        if targets.len() > 1 {
            self.groups += 1;
            first.group = format!("{}{}", self.national.law, self.groups);
        }
        let lines = targets.iter().map(|target| {
            let mut line = first.clone();
            line.canonical = target.code.to_string();
            if target.category != product.category {
                line.c_category = target.category;
            }
            line.from = line.from.max(start(target.from));
            line
        });
        let mut lines: Vec<Line> = lines.collect();
        // What belongs together holds together.
        let from = lines.iter().map(|line| line.from).max();
        for line in &mut lines {
            line.from = from.unwrap_or(line.from);
        }
        self.push(code, operator, lines);
    }

    fn matrix(&mut self) {
        if self.random.chance(400) {
            return self.lump(Operator::Matrix, Relation::LocalBroader);
        }
        let Some(product) = self.product() else {
            return;
        };
        let Some(code) = self.codes.own(product.category, self.random) else {
            return;
        };
        let mut line = self.line(product, code);
        let profile = 1 + self.random.below(9);
        let intensity = ["perspectief", "intensief", "duurzaam", "acuut"];
        let complexity = ["laagcomplex", "hoogcomplex"];
        let intensity = self.random.pick(&intensity).copied().unwrap_or_default();
        let complexity = self.random.pick(&complexity).copied().unwrap_or_default();
        line.label = format!("Profiel {profile} {intensity} {complexity}");
        self.push(code, Operator::Matrix, vec![line]);
    }

    fn none(&mut self) {
        let Some(product) = self.product() else {
            return;
        };
        let Some(code) = self.codes.own(product.category, self.random) else {
            return;
        };
        let mut line = self.line(product, code);
        line.relation = Relation::None;
        line.canonical = String::new();
        line.label = format!(
            "{} zonder landelijke code",
            words::reword(product.name, self.random)
        );
        self.push(code, Operator::None, vec![line]);
    }

    /// A national code that is used for something else. The table says that it knows.
    fn collision(&mut self) {
        let Some(product) = self.product() else {
            return;
        };
        let other = self.product_where(|maker, other| {
            !maker.codes.has(other.code)
                && other.category == product.category
                && other.name != product.name
        });
        let Some(other) = other else {
            return self.own(Operator::OwnCode);
        };
        self.codes.take(other.code);
        let mut line = self.line(product, other.code);
        line.collision = true;
        self.push(other.code, Operator::Collision, vec![line]);
    }

    /// A row for this product under this code, exact, with a unit that its variant has, or with none.
    fn line(&mut self, product: Product<'c>, code: Code) -> Line {
        let drawn = self.random.below(100);
        let cut = match drawn {
            0..70 => CUTS[0],
            70..82 => CUTS[1],
            82..92 => CUTS[2],
            _ => CUTS[3],
        };
        let from = cut.max(start(product.from));
        let effort = [
            Unit::Hour,
            Unit::Hour,
            Unit::Hour,
            Unit::Minute,
            Unit::Minute,
            Unit::Day,
            Unit::Daypart,
            Unit::Effort,
        ];
        let unit = match product.variant {
            Some(Variant::Output) => Unit::Output,
            Some(Variant::Effort) | None => {
                self.random.pick(&effort).copied().unwrap_or(Unit::Hour)
            }
        };
        let unit = if unit == Unit::Effort && from < EFFORT {
            Unit::Hour
        } else {
            unit
        };
        let has_unit = !self.random.chance(250);
        let category = product.category.filter(|_| !self.random.chance(150));
        let variant = product
            .variant
            .filter(|_| !has_unit && self.random.chance(300));
        Line {
            law: self.national.law,
            category,
            code: code.to_string(),
            unit: has_unit.then_some(unit),
            variant,
            relation: Relation::Exact,
            canonical: product.code.to_string(),
            c_category: None,
            c_unit: None,
            factor: Factor::ONE,
            from,
            to: None,
            preferred: false,
            collision: false,
            group: String::new(),
            state: State::Confirmed,
            justification: "verzonnen".to_owned(),
            tariff: has_unit.then(|| self.tariff(product, unit)),
            label: product.name.to_owned(),
            standing: Standing::Among,
            planted: Vec::new(),
        }
    }

    fn tariff(&mut self, product: Product<'_>, unit: Unit) -> u32 {
        let category = product.category.map(Category::number);
        let middle = tariff::middle(self.national.law, category, unit);
        tariff::around(middle, unit, self.random)
    }

    fn push(&mut self, code: Code, operator: Operator, mut lines: Vec<Line>) {
        if self.shape.noisy {
            for line in &mut lines {
                if self.random.chance(NOISY) {
                    line.label = words::noise(&line.label, self.random);
                }
            }
        }
        let applied = lines.iter().filter(|line| line.relation.may_be_applied());
        self.used
            .extend(applied.filter_map(|line| line.canonical.parse::<Code>().ok()));
        self.locals.push(Local {
            code,
            operator,
            lines,
        });
    }
}

/// The cut from which a product can be in a list.
pub(super) fn start(from: Option<Date>) -> Date {
    let from = from.unwrap_or(CUTS[0]);
    CUTS.into_iter().find(|cut| *cut >= from).unwrap_or(from)
}
