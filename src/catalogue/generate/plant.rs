//! Conflicts between rows (M01 to M15; M11 shows in a message that names both of its rows): each in rows that nothing else has to do with, so that it is the only thing wrong there.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan as _;
use jiff::civil::date;

use super::line::{Line, Standing};
use super::list::DEVIATES;
use super::national::{National, Product};
use super::random::Random;
use super::sizes::Size;
use crate::code::{Category, Code};
use crate::factor::Factor;
use crate::finding::Class;
use crate::law::Law;
use crate::relation::{Relation, State};
use crate::unit::{Unit, Variant};

const CLASSES: [Class; 15] = [
    Class::M01,
    Class::M02,
    Class::M03,
    Class::M04,
    Class::M05,
    Class::M06,
    Class::M07,
    Class::M08,
    Class::M09,
    Class::M10,
    Class::M11,
    Class::M12,
    Class::M13,
    Class::M14,
    Class::M15,
];
/// Of a thousand municipalities, how many have conflicts; and of a thousand rows, how many a spreadsheet damaged.
const HAVE: u32 = 650;
const DAMAGED: u32 = 2;

/// Plants conflicts among the rows of a municipality, or leaves it clean.
pub(super) fn plant(
    national: &[National<'_>; 2],
    size: &Size,
    random: &mut Random,
    lines: &mut Vec<Line>,
) {
    if !random.chance(HAVE) {
        return;
    }
    let mut rows_of: BTreeMap<(Law, &str), usize> = BTreeMap::new();
    for line in &*lines {
        *rows_of.entry((line.law, &line.code)).or_default() += 1;
    }
    let fits = |line: &Line| {
        line.standing == Standing::Alone
            && line.relation == Relation::Exact
            && line.code != line.canonical
            && !line.collision
            && line.to.is_none()
            && line.c_unit.is_none()
            && line.category.is_some()
            && line.variant.is_none()
            && matches!(line.unit, Some(unit) if unit != Unit::Output)
            && rows_of.get(&(line.law, line.code.as_str())) == Some(&1)
    };
    let mut free: Vec<usize> = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        if fits(line) {
            free.push(index);
        }
    }
    let mut targets: BTreeSet<String> = BTreeSet::new();
    targets.extend(
        lines
            .iter()
            .flat_map(|line| [line.canonical.clone(), line.code.clone()]),
    );
    let mut planting = Planting {
        national,
        random,
        lines,
        free,
        targets,
        added: BTreeMap::new(),
        number: 0,
    };
    let count = 1 + planting.random.index(6);
    for class in CLASSES
        .iter()
        .cycle()
        .skip(size.rank % CLASSES.len())
        .take(count)
    {
        planting.number += 1;
        // A class for which the lists have nothing to plant is left out.
        let _ = planting.plant(*class);
    }
    for _ in 0..planting.lines.len() {
        if planting.random.chance(DAMAGED) {
            planting.number += 1;
            let _ = planting.malformed(Class::M12);
        }
    }
    let added = planting.added;
    let old = std::mem::take(lines);
    for (index, line) in old.into_iter().enumerate() {
        lines.push(line);
        lines.extend(added.get(&index).cloned());
    }
}

struct Planting<'p, 'c> {
    national: &'p [National<'c>; 2],
    random: &'p mut Random,
    lines: &'p mut Vec<Line>,
    /// Rows that may still be spoilt.
    free: Vec<usize>,
    /// Every code that some row uses, on either side.
    targets: BTreeSet<String>,
    /// Rows to stand after the one of this index.
    added: BTreeMap<usize, Line>,
    number: u32,
}

impl<'c> Planting<'_, 'c> {
    /// Plants a conflict of this class. None when there is nothing to plant it in.
    fn plant(&mut self, class: Class) -> Option<()> {
        let fault = (class, self.number);
        match class {
            Class::M01 => {
                let (index, line) = self.row()?;
                let other = self.fresh(&line, |other| {
                    other.category == line.category && suits(other, line.unit)
                })?;
                self.add(index, fault, |line| line.canonical = other.code.to_string())
            }
            Class::M02 => {
                let (index, line) = self.row()?;
                let (other, _) = self.row_where(|other| other.law == line.law)?;
                let to = line.canonical.clone();
                self.mark(index, fault, |_| {})?;
                self.mark(other, fault, |other| {
                    other.canonical = to;
                    other.category = line.category;
                    other.unit = line.unit;
                    other.tariff = line.tariff;
                })
            }
            Class::M03 => {
                let (index, line) = self.row()?;
                let other = self.fresh(&line, |other| {
                    other.category == line.category && suits(other, line.unit)
                })?;
                self.mark(index, fault, |line| line.relation = Relation::LocalBroader)?;
                self.add(index, fault, |line| line.canonical = other.code.to_string())
            }
            Class::M04 => {
                let (index, line) = self.row_where(may_be_renamed)?;
                let pool = &self.of(line.law).pool;
                let target = pool
                    .iter()
                    .find(|target| target.code.as_str() == line.canonical);
                let meant = target.map(|target| target.name)?;
                let other = self.fresh(&line, |other| {
                    other.category == line.category && letters(other.name) != letters(meant)
                })?;
                self.mark(index, fault, |line| {
                    line.code = other.code.to_string();
                    "Iets van de gemeente zelf".clone_into(&mut line.label);
                })
            }
            Class::M05 => {
                let (index, line) = self.row()?;
                let other = self.fresh(&line, |other| {
                    other.category.is_some()
                        && other.category != line.category
                        && suits(other, line.unit)
                })?;
                self.mark(index, fault, |line| {
                    line.canonical = other.code.to_string();
                    line.tariff = None;
                })
            }
            Class::M06 => {
                let (index, _) = self.row()?;
                let wrong = [
                    (Unit::Hour, Unit::Minute, 59, 1),
                    (Unit::Day, Unit::Hour, 24, 1),
                    (Unit::Minute, Unit::Hour, 60, 1),
                    (Unit::Hour, Unit::Effort, 1, 1),
                ];
                let &(unit, to, over, under) = self.random.pick(&wrong)?;
                let factor = Factor::new(over, under)?;
                self.mark(index, fault, |line| {
                    line.unit = Some(unit);
                    line.c_unit = Some(to);
                    line.factor = factor;
                    line.tariff = None;
                })
            }
            Class::M07 => {
                let (index, line) = self.row()?;
                let other = self.fresh(&line, |other| {
                    other.category == line.category && other.variant == Some(Variant::Output)
                })?;
                self.mark(index, fault, |line| {
                    line.canonical = other.code.to_string();
                    line.tariff = None;
                })
            }
            Class::M08 => self.out_of_time(fault),
            Class::M09 => {
                let (index, line) = self.row()?;
                let gone = &self.of(line.law).withdrawn;
                let unused = gone
                    .iter()
                    .find(|code| !self.targets.contains(code.as_str()));
                let gone = unused?.to_string();
                self.targets.insert(gone.clone());
                self.mark(index, fault, |line| {
                    line.canonical = gone;
                    // Whatever category and variant it had.
                    (line.category, line.unit, line.tariff) = (None, None, None);
                })
            }
            Class::M10 => {
                let (index, line) = self.row()?;
                let mut changed = self.of(line.law).changed.iter();
                let other = *changed.find(|other| {
                    other.category.is_some() && !self.targets.contains(other.code.as_str())
                })?;
                self.targets.insert(other.code.to_string());
                self.mark(index, fault, |line| {
                    line.canonical = other.code.to_string();
                    line.category = other.category;
                    (line.unit, line.tariff) = (None, None);
                    // Before any release changed it.
                    line.from = date(2015, 1, 1);
                })
            }
            Class::M11 => {
                // Aids may overlap.
                let (index, line) = self.row_where(|line| {
                    let category = line.category.map(Category::number);
                    category.is_some_and(|category| !(11..=14).contains(&category))
                })?;
                let other = self.code_of_its_own(&line)?;
                // The way back is told; both in one message are not.
                self.mark(index, fault, |line| line.preferred = true)?;
                self.add(index, fault, |copy| {
                    copy.code = other;
                    copy.preferred = false;
                })
            }
            Class::M12 => self.malformed(class),
            Class::M13 => {
                let (index, line) = self.row()?;
                let every = &self.of(line.law).every;
                let code = (0..100).map(|serial| format!("99Z{serial:02}"));
                let mut unknown = code.filter(|code| {
                    code.parse::<Code>()
                        .is_ok_and(|code| !every.contains(&code))
                });
                let unknown = unknown.find(|code| !self.targets.contains(code))?;
                self.targets.insert(unknown.clone());
                self.mark(index, fault, |line| {
                    line.canonical = unknown;
                    line.tariff = None;
                })
            }
            Class::M14 => {
                let open = |line: &Line| {
                    line.standing == Standing::Anchor && line.to.is_none() && line.law == Law::Wmo
                };
                let index = self.lines.iter().position(open)?;
                self.mark(index, fault, |line| {
                    line.tariff = line.tariff.map(|cents| cents * 25);
                })
            }
            Class::M15 => {
                let (index, _) = self.row()?;
                self.mark(index, fault, |line| {
                    line.state = State::Suggested;
                    "reused gm0363".clone_into(&mut line.justification);
                })
            }
            Class::F01
            | Class::F02
            | Class::F03
            | Class::F04
            | Class::F05
            | Class::F06
            | Class::F07
            | Class::F08
            | Class::F09
            | Class::F10 => None,
        }
    }

    /// A gap between two rows of a code, an overlap, or a row from before the table was published.
    fn out_of_time(&mut self, fault: (Class, u32)) -> Option<()> {
        let (index, line) = self.row()?;
        let cut = line.from.checked_add(2.years()).ok()?;
        match self.random.below(3) {
            0 => self.mark(index, fault, |line| line.from = date(2014, 1, 1)),
            way => {
                let away = if way == 1 { 31.days() } else { -31.days() };
                let from = cut.checked_add(away).ok()?;
                self.mark(index, fault, |line| line.to = cut.yesterday().ok())?;
                self.add(index, fault, |line| {
                    line.from = from;
                    line.to = None;
                })
            }
        }
    }

    /// A code as a spreadsheet or a hurried hand leaves it.
    fn malformed(&mut self, class: Class) -> Option<()> {
        let way = self.random.below(5);
        let has_zero = |line: &Line| {
            let category = line.category.map(|category| category.to_string());
            line.code.starts_with('0')
                && line
                    .code
                    .parse::<Code>()
                    .is_ok_and(|code| code.form() == "NNLNN")
                && category.is_some_and(|category| line.code.starts_with(&category))
        };
        let (index, line) = match way {
            0 => self.row_where(|line| has_zero(line) && may_be_renamed(line))?,
            _ => self.row_where(may_be_renamed)?,
        };
        let (head, tail) = (line.code.get(..2)?, line.code.get(2..)?);
        let code = match way {
            0 => line.code.get(1..)?.to_owned(),
            1 => format!("{}15", line.code),
            2 => format!("{head}e{}", tail.get(1..)?),
            3 => format!("{head} {tail}"),
            _ => "45E10".to_owned(),
        };
        // Too long for a code of three characters is five.
        let shows = way == 0 || code.parse::<Code>().is_err();
        shows.then_some(())?;
        self.mark(index, (class, self.number), |line| line.code = code)
    }

    /// A row that may be spoilt; it may be no more.
    fn row(&mut self) -> Option<(usize, Line)> {
        self.row_where(|_| true)
    }

    fn row_where(&mut self, holds: impl Fn(&Line) -> bool) -> Option<(usize, Line)> {
        let first = self.random.index(self.free.len());
        let count = self.free.len();
        let mut places = (0..count).map(|step| (first + step) % count);
        let place = places.find(|place| {
            let index = self.free.get(*place);
            index
                .and_then(|index| self.lines.get(*index))
                .is_some_and(&holds)
        })?;
        let index = self.free.swap_remove(place);
        Some((index, self.lines.get(index)?.clone()))
    }

    /// A code of the municipality's for the category of a row, that no row has and that means nothing nationally.
    fn code_of_its_own(&mut self, line: &Line) -> Option<String> {
        let category = line.category?.number();
        let codes = (0..100).map(|serial| format!("{category:02}Q{serial:02}"));
        let every = &self.of(line.law).every;
        let mut free = codes.filter(|code| {
            let parsed = code.parse::<Code>();
            parsed.is_ok_and(|parsed| !every.contains(&parsed)) && !self.targets.contains(code)
        });
        let code = free.next()?;
        self.targets.insert(code.clone());
        Some(code)
    }

    fn of(&self, law: Law) -> &National<'c> {
        let [jw, wmo] = self.national;
        match law {
            Law::Jw => jw,
            Law::Wmo => wmo,
        }
    }

    /// A national product that no row uses, nor will.
    fn fresh(&mut self, line: &Line, holds: impl Fn(&Product<'c>) -> bool) -> Option<Product<'c>> {
        let pool = self.of(line.law).pool.iter();
        let early = line.from;
        let mut free = pool.filter(|product| {
            !self.targets.contains(product.code.as_str())
                && product.from.is_none_or(|from| from <= early)
        });
        let found = free.find(|product| holds(product)).copied()?;
        self.targets.insert(found.code.to_string());
        Some(found)
    }

    fn mark(
        &mut self,
        index: usize,
        fault: (Class, u32),
        change: impl FnOnce(&mut Line),
    ) -> Option<()> {
        let line = self.lines.get_mut(index)?;
        change(line);
        line.planted.push(fault);
        Some(())
    }

    /// Puts a changed copy of a row after it.
    fn add(
        &mut self,
        index: usize,
        fault: (Class, u32),
        change: impl FnOnce(&mut Line),
    ) -> Option<()> {
        let line = self.lines.get_mut(index)?;
        if !line.planted.contains(&fault) {
            line.planted.push(fault);
        }
        let mut copy = line.clone();
        change(&mut copy);
        self.added.insert(index, copy);
        Some(())
    }
}

/// Whether another code in its place leaves nothing else behind: below a row that stands for one of the region's list, that one would show again.
fn may_be_renamed(line: &Line) -> bool {
    line.justification != DEVIATES
}

/// Whether this unit counts what the product is paid for.
fn suits(product: &Product<'_>, unit: Option<Unit>) -> bool {
    product.variant.is_none() || unit.and_then(Unit::variant) == product.variant
}

/// A name without what is no letter or digit, and without case.
pub(super) fn letters(name: &str) -> String {
    let letters = name.chars().filter(|letter| letter.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}
