//! The figures, and how they are shown: in Dutch, with what the engine was given and what is missing.

use std::fmt;

use super::Outcome;
use super::data::{Data, Labelled, Origin, Query};
use super::split::{HELD_OUT, Half, TUNED};
use crate::law::Law;
use crate::relation::Relation;
use crate::suggest::CONFIDENCE_MIN;

/// What the engine is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variation {
    /// Words and letters of the name.
    Words,
    /// And the unit.
    Unit,
    /// And the category, without the unit.
    Category,
    /// Unit and category.
    Both,
    /// The name and the lexicon.
    LexiconAlone,
    /// All but what the lexicon had from reading before the halves were made.
    WithoutEarly,
    /// Unit, category and the lexicon.
    All,
    /// And what other owners of the tuned half have for the same name or nearly the same.
    WithOthers,
}

impl Variation {
    /// All, from least to most.
    pub const ALL: [Self; 8] = [
        Self::Words,
        Self::Unit,
        Self::Category,
        Self::Both,
        Self::LexiconAlone,
        Self::WithoutEarly,
        Self::All,
        Self::WithOthers,
    ];

    pub(crate) const fn has_unit(self) -> bool {
        matches!(
            self,
            Self::Unit | Self::Both | Self::WithoutEarly | Self::All | Self::WithOthers
        )
    }

    pub(crate) const fn has_category(self) -> bool {
        matches!(
            self,
            Self::Category | Self::Both | Self::WithoutEarly | Self::All | Self::WithOthers
        )
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Words => "woorden en letterdrietallen",
            Self::Unit => "met eenheid",
            Self::Category => "met categorie",
            Self::Both => "met eenheid en categorie",
            Self::LexiconAlone => "woorden met lexicon",
            Self::WithoutEarly => "alles zonder voorkennis",
            Self::All => "alles",
            Self::WithOthers => "alles en keuzes van anderen",
        }
    }

    /// What was measured before with a plain comparison of words, over both halves together, where that was measured.
    const fn baseline(self) -> Option<[f64; 3]> {
        match self {
            Self::Words => Some([0.24, 0.52, 0.65]),
            Self::Unit => Some([0.32, 0.61, 0.71]),
            Self::Category => Some([0.25, 0.61, 0.75]),
            Self::Both => Some([0.36, 0.70, 0.81]),
            Self::LexiconAlone | Self::WithoutEarly | Self::All | Self::WithOthers => None,
        }
    }
}

/// Shares of local products whose counterpart stood first, among the first five, among the ten.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Figures {
    /// How many products.
    pub products: usize,
    /// First.
    pub first: usize,
    /// Among five.
    pub five: usize,
    /// Among ten.
    pub ten: usize,
}

impl Figures {
    fn of<'o>(outcomes: impl IntoIterator<Item = &'o Outcome<'o>>) -> Self {
        let mut figures = Self::default();
        for outcome in outcomes {
            if outcome.query.targets.is_empty() {
                continue;
            }
            figures.products += 1;
            let within = |most| usize::from(outcome.place.is_some_and(|place| place <= most));
            figures.first += within(1);
            figures.five += within(5);
            figures.ten += within(10);
        }
        figures
    }

    /// The three shares, 0 to 1.
    pub fn shares(&self) -> [f64; 3] {
        [self.first, self.five, self.ten].map(|hits| share(hits, self.products))
    }
}

/// What became of products without a counterpart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NoneFigures {
    /// Products without a counterpart.
    pub products: usize,
    /// Of these, those for which none was expected.
    pub found: usize,
    /// All products for which none was expected.
    pub expected: usize,
    /// Products asked for with the whole category of their counterpart taken out of the list.
    pub withheld: usize,
    /// Of these, those for which none was expected.
    pub withheld_found: usize,
}

/// Why the first candidate was not the right one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Miss {
    /// The owner has this name with this unit for several codes, and another of these stood first: nobody could tell which without the code.
    Twin,
    /// The right kind of care, in another step, level, form or variant.
    Step,
    /// Another kind of care in the right category.
    Kind,
    /// Another category.
    Category,
}

impl Miss {
    const ALL: [Self; 4] = [Self::Twin, Self::Step, Self::Kind, Self::Category];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Twin => "de eigenaar heeft deze naam bij meer codes",
            Self::Step => "goede soort zorg, andere trede, vorm of variant",
            Self::Kind => "goede categorie, andere soort zorg",
            Self::Category => "andere categorie",
        }
    }

    fn of(outcome: &Outcome<'_>, data: &Data) -> Option<Self> {
        if outcome.place == Some(1) || outcome.query.targets.is_empty() {
            return None;
        }
        let first = &outcome.suggestions.candidates.first()?.product;
        let is_twin = |query: &Query| {
            query.owner == outcome.query.owner
                && query.local == outcome.query.local
                && query.targets.contains(&first.code)
        };
        if data.queries.iter().any(is_twin) {
            return Some(Self::Twin);
        }
        let targets = data.products.iter().filter(|product| {
            product.law == outcome.query.local.law && outcome.query.targets.contains(&product.code)
        });
        let kind = |name: &str| {
            let kind = name.split([':', '(']).next().unwrap_or_default();
            let kind = kind.trim().to_lowercase();
            let steps = [" regulier", " specialistisch", " laag tarief"];
            let bare = steps.iter().find_map(|step| kind.strip_suffix(step));
            bare.unwrap_or(&kind).to_owned()
        };
        let nearest = targets.map(|target| {
            if target.category != first.category {
                Self::Category
            } else if kind(&target.name) == kind(&first.name) {
                Self::Step
            } else {
                Self::Kind
            }
        });
        nearest.min()
    }
}

/// Figures of a part of the products, in one half.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Which half.
    pub half: Half,
    /// Which part: `wet jw`, `relatie exact`.
    pub part: String,
    /// Its figures.
    pub figures: Figures,
}

/// How good suggestions are.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// National products to choose from.
    pub products: usize,
    /// By variation: tuned half, held-out half, both.
    pub variations: Vec<(Variation, [Figures; 3])>,
    /// Parts of the halves, by the engine as in use.
    pub lines: Vec<Line>,
    /// Products without a counterpart: tuned half, held-out half.
    pub none: [NoneFigures; 2],
    /// Misses by kind: tuned half, held-out half.
    pub misses: Vec<(Miss, [usize; 2])>,
    /// Right first candidates whose relation was guessed as labelled, and all of them: tuned half, held-out half.
    pub relations: [(usize, usize); 2],
    /// Products whose category the engine was given, and all: tuned half, held-out half.
    pub with_category: [(usize, usize); 2],
}

const HALVES: [Half; 2] = [Half::Tuned, Half::HeldOut];

impl Report {
    pub(super) fn of(
        data: &Data,
        variations: &[(Variation, Vec<Outcome<'_>>)],
        withheld: &[Outcome<'_>],
    ) -> Self {
        let in_half = |outcomes: &[Outcome<'_>], half: Option<Half>| {
            Figures::of(
                outcomes
                    .iter()
                    .filter(|outcome| half.is_none_or(|half| outcome.query.half == half)),
            )
        };
        let by_variation = variations
            .iter()
            .map(|(variation, outcomes)| {
                let figures = [Some(Half::Tuned), Some(Half::HeldOut), None]
                    .map(|half| in_half(outcomes, half));
                (*variation, figures)
            })
            .collect();
        let all = variations
            .iter()
            .find(|(variation, _)| *variation == Variation::All)
            .map_or(&[][..], |(_, outcomes)| outcomes);
        let mut lines = Vec::new();
        for half in HALVES {
            for (part, is_in) in parts() {
                let chosen = all
                    .iter()
                    .filter(|outcome| outcome.query.half == half && is_in(outcome.query));
                let figures = Figures::of(chosen);
                if figures.products > 0 {
                    lines.push(Line {
                        half,
                        part,
                        figures,
                    });
                }
            }
        }
        let none = HALVES.map(|half| {
            let mut figures = NoneFigures::default();
            for outcome in all.iter().filter(|outcome| outcome.query.half == half) {
                let is_none = outcome.query.targets.is_empty();
                let is_expected = outcome.suggestions.expects_none();
                figures.products += usize::from(is_none);
                figures.found += usize::from(is_none && is_expected);
                figures.expected += usize::from(is_expected);
            }
            for outcome in withheld.iter().filter(|outcome| outcome.query.half == half) {
                figures.withheld += 1;
                figures.withheld_found += usize::from(outcome.suggestions.expects_none());
            }
            figures
        });
        let relations = HALVES.map(|half| {
            let right = all
                .iter()
                .filter(|outcome| outcome.query.half == half && outcome.place == Some(1));
            right.fold((0, 0), |(same, count), outcome| {
                (same + usize::from(has_relation(outcome)), count + 1)
            })
        });
        let misses = Miss::ALL
            .into_iter()
            .map(|miss| {
                let count = HALVES.map(|half| {
                    all.iter()
                        .filter(|outcome| outcome.query.half == half)
                        .filter(|outcome| Miss::of(outcome, data) == Some(miss))
                        .count()
                });
                (miss, count)
            })
            .collect();
        let with_category = HALVES.map(|half| {
            let queries = data.queries.iter().filter(|query| query.half == half);
            queries.fold((0, 0), |(with, all), query| {
                (with + usize::from(query.local.category.is_some()), all + 1)
            })
        });
        Self {
            products: data.products.len(),
            variations: by_variation,
            lines,
            none,
            misses,
            relations,
            with_category,
        }
    }

    /// The figures of the engine as in use on the half that was kept apart.
    pub fn held_out(&self) -> Figures {
        self.variations
            .iter()
            .find(|(variation, _)| *variation == Variation::All)
            .map(|(_, [_, held_out, _])| *held_out)
            .unwrap_or_default()
    }
}

/// Whether the relation of the first candidate is the labelled one.
fn has_relation(outcome: &Outcome<'_>) -> bool {
    let first = outcome.suggestions.candidates.first();
    first.is_some_and(|first| match outcome.query.relation {
        Labelled::Exact => first.relation == Relation::Exact,
        Labelled::Narrower => first.relation == Relation::LocalNarrower,
        Labelled::Broader => first.relation == Relation::LocalBroader,
        Labelled::Related => matches!(first.relation, Relation::Close | Relation::Partial),
        Labelled::None => false,
    })
}

type IsIn = Box<dyn Fn(&Query) -> bool>;

fn parts() -> Vec<(String, IsIn)> {
    let mut parts: Vec<(String, IsIn)> = Vec::new();
    for law in Law::ALL {
        parts.push((
            format!("wet {law}"),
            Box::new(move |query| query.local.law == law),
        ));
    }
    for (name, origin) in [("eigenaar", Origin::Owner), ("hand", Origin::Hand)] {
        parts.push((
            format!("herkomst {name}"),
            Box::new(move |query| query.origin == origin),
        ));
    }
    for (name, relation) in [
        ("exact", Labelled::Exact),
        ("eigen product nauwer", Labelled::Narrower),
        ("eigen product ruimer", Labelled::Broader),
        ("verwant", Labelled::Related),
    ] {
        parts.push((
            format!("relatie {name}"),
            Box::new(move |query| query.relation == relation),
        ));
    }
    for (name, has) in [("bekend", true), ("onbekend", false)] {
        parts.push((
            format!("categorie {name}"),
            Box::new(move |query| query.local.category.is_some() == has),
        ));
    }
    parts
}

/// A part of a whole; 0 of nothing.
fn share(part: usize, whole: usize) -> f64 {
    let small = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    if whole == 0 {
        0.0
    } else {
        small(part) / small(whole)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shares = |[first, five, ten]: [f64; 3]| format!("{first:.2} {five:.2} {ten:.2}");
        writeln!(
            f,
            "Voorstellen, gemeten op eigen producten van gemeenten tegen {} landelijke codes",
            self.products
        )?;
        writeln!(f)?;
        writeln!(
            f,
            "Lexicon en gewichten zijn gemaakt met de fouten in beeld van: {}.",
            TUNED.join(", ")
        )?;
        writeln!(
            f,
            "Apart gehouden, alleen in sommen bekeken: {}.",
            HELD_OUT.join(", ")
        )?;
        writeln!(
            f,
            "Wat het programma krijgt: wet, naam en eenheid, nooit de eigen code. De categorie alleen waar de eigen code met een categorie van de wet begint"
        )?;
        let [(tuned, of_tuned), (held, of_held)] = self.with_category;
        writeln!(
            f,
            "({tuned} van {of_tuned} en {held} van {of_held} producten); in berichten staat zij er altijd. Tarieven van anderen doen hier niet mee."
        )?;
        writeln!(f)?;
        writeln!(
            f,
            "Per rij: eerste goed, goed bij de eerste 5, goed bij de 10."
        )?;
        writeln!(
            f,
            "{:<28} {:<15} {:<15} {:<15} {:<15}",
            "wat meedoet", "afgestemd", "apart", "samen", "eerdere meting"
        )?;
        for (variation, [tuned, held, both]) in &self.variations {
            writeln!(
                f,
                "{:<28} {:<15} {:<15} {:<15} {:<15}",
                variation.as_str(),
                shares(tuned.shares()),
                shares(held.shares()),
                shares(both.shares()),
                variation.baseline().map_or_else(String::new, shares)
            )?;
        }
        writeln!(
            f,
            "Eerdere meting: gewone vergelijking van woorden, beide helften samen; met twintig regels die na inzage van alles waren gemaakt 0.45 0.78 0.91."
        )?;
        for half in HALVES {
            writeln!(f)?;
            writeln!(f, "Alles, de helft die is {}:", half.as_str())?;
            for line in self.lines.iter().filter(|line| line.half == half) {
                writeln!(
                    f,
                    "  {:<28} {:>3} producten  {}",
                    line.part,
                    line.figures.products,
                    shares(line.figures.shares())
                )?;
            }
        }
        writeln!(f)?;
        writeln!(
            f,
            "Geen tegenhanger (zekerheid onder {CONFIDENCE_MIN:.2}): gevonden van wat er geen heeft; terecht van wat zo genoemd werd; en gevonden van de andere producten als de hele categorie van hun tegenhanger uit de lijst is gehaald"
        )?;
        for (half, none) in HALVES.iter().zip(self.none) {
            writeln!(
                f,
                "  {:<28} {} van {}; {} van {}; {} van {}",
                half.as_str(),
                none.found,
                none.products,
                none.found,
                none.expected,
                none.withheld_found,
                none.withheld
            )?;
        }
        let [(same, count), (held_same, held_count)] = self.relations;
        writeln!(
            f,
            "Relatie goed geraden waar de eerste goed was: {same} van {count}, apart gehouden {held_same} van {held_count}."
        )?;
        writeln!(f)?;
        writeln!(f, "Waarom de eerste niet goed was (afgestemd, apart):")?;
        for (miss, [tuned, held]) in &self.misses {
            writeln!(f, "  {:<52} {tuned:>3} {held:>3}", miss.as_str())?;
        }
        Ok(())
    }
}
