//! What changed between two national releases, or two tables: added, removed, merged, split, relabelled, moved to another category, given another target.
//!
//! A code that is absent from a copy which is not complete for its form ([`Release::is_complete_for`]) was not therefore withdrawn: such codes are counted apart.
//! What a table should do about a change is [`crate::migrate`]'s.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use jiff::civil::Date;
use serde_json::json;

use crate::canonical::Release;
use crate::code::{Category, Code};
use crate::law::Law;
use crate::load::{Catalogue, Table};
use crate::relation::{Relation, State};
use crate::row::Target;

/// What happened to a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// It is new.
    Added,
    /// It went, and nothing has its text.
    Removed,
    /// It went, and its text stands at other codes of its category.
    Merged,
    /// It went, and its text with more behind it stands at two or more new codes of its category.
    Split,
    /// It has another text.
    Relabelled,
    /// It has another category; or it went and its text stands at a new code of another category.
    Moved,
    /// Of tables: the local code leads elsewhere.
    Retargeted,
}

impl Kind {
    /// All.
    pub const ALL: [Self; 7] = [
        Self::Added,
        Self::Removed,
        Self::Merged,
        Self::Split,
        Self::Relabelled,
        Self::Moved,
        Self::Retargeted,
    ];

    /// In Dutch, for people; the same word for machines.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Added => "nieuw",
            Self::Removed => "vervallen",
            Self::Merged => "samengevoegd",
            Self::Split => "gesplitst",
            Self::Relabelled => "andere tekst",
            Self::Moved => "andere categorie",
            Self::Retargeted => "ander doel",
        }
    }

    /// Whether the code is gone.
    pub const fn is_gone(self) -> bool {
        matches!(self, Self::Removed | Self::Merged | Self::Split)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What happened to one code.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// What.
    pub kind: Kind,
    /// The law.
    pub law: Law,
    /// The code.
    pub code: Code,
    /// Its category before and after, where known.
    pub categories: (Option<Category>, Option<Category>),
    /// Its text before; none where it is new.
    pub old: Option<String>,
    /// Its text after; none where it is gone.
    pub new: Option<String>,
    /// How alike the two texts are, 0 to 1.
    pub similarity: Option<f64>,
    /// Where its text or its meaning went.
    pub into: Vec<Code>,
}

impl Change {
    /// As one line of JSON: `soort`, `wet`, `code`, `categorie_was`, `categorie`, `tekst_was`, `tekst`, `gelijkenis`, `naar`.
    pub fn to_json(&self) -> String {
        let category = |category: Option<Category>| category.map(|category| category.to_string());
        json!({
            "soort": self.kind.as_str(),
            "wet": self.law.as_str(),
            "code": self.code.as_str(),
            "categorie_was": category(self.categories.0),
            "categorie": category(self.categories.1),
            "tekst_was": self.old,
            "tekst": self.new,
            "gelijkenis": self.similarity.map(|similarity| (similarity * 100.0).round() / 100.0),
            "naar": self.into.iter().map(Code::as_str).collect::<Vec<_>>(),
        })
        .to_string()
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code, self.kind)?;
        if self.kind == Kind::Moved
            && let (Some(before), Some(after)) = self.categories
        {
            write!(f, " ({before} wordt {after})")?;
        }
        match (&self.old, &self.new) {
            (Some(old), Some(new)) if old != new => write!(f, ": {old} -> {new}")?,
            (Some(text), _) | (None, Some(text)) => write!(f, ": {text}")?,
            (None, None) => {}
        }
        if let Some(similarity) = self.similarity {
            write!(f, " (gelijkenis {similarity:.2})")?;
        }
        for (index, code) in self.into.iter().enumerate() {
            write!(f, "{}{code}", if index == 0 { " => " } else { ", " })?;
        }
        Ok(())
    }
}

/// What changed, by law and code.
#[derive(Debug, Clone, PartialEq)]
pub struct Diff {
    /// What was compared: names of the older and of the newer.
    pub names: (String, String),
    /// The changes, by law, code and kind.
    pub changes: Vec<Change>,
    /// Codes that stand in one of the two, of which the other says nothing since it is not complete for their form.
    pub not_judged: Vec<(Law, Code)>,
}

impl Diff {
    /// What changed between two releases of a list. The texts of both must come from this catalogue.
    pub fn of_releases(catalogue: &Catalogue, old: &Release, new: &Release) -> Self {
        let items = |release: &'_ Release| -> Items<'_> {
            let item = |product: &crate::canonical::Product| {
                let item = Item {
                    category: product.category,
                    name: catalogue.name(release, product),
                    targets: Vec::new(),
                };
                ((release.entry.law, product.code), item)
            };
            release.products.iter().map(item).collect()
        };
        let (old_items, new_items) = (items(old), items(new));
        let names_of_categories: HashMap<_, _> = catalogue
            .categories
            .iter()
            .map(|named| ((named.law, named.category), plain(&named.name)))
            .collect();
        compare(
            (old.entry.name.clone(), new.entry.name.clone()),
            &old_items,
            &new_items,
            &names_of_categories,
            (&|code| old.is_complete_for(code), &|code| {
                new.is_complete_for(code)
            }),
        )
    }

    /// What changed between two tables, each as it stands on its day: of one municipality before and after, or of two municipalities.
    pub fn of_tables(old: (&Catalogue, &Table, Date), new: (&Catalogue, &Table, Date)) -> Self {
        let name = |(_, table, day): (&Catalogue, &Table, Date)| {
            format!("gm{} op {day}", table.municipality)
        };
        compare(
            (name(old), name(new)),
            &items_of_table(old),
            &items_of_table(new),
            &HashMap::new(),
            (&|_| true, &|_| true),
        )
    }

    /// What happened to this code, if anything.
    pub fn of(&self, law: Law, code: Code) -> &[Change] {
        let key = |change: &Change| (change.law, change.code);
        let start = self
            .changes
            .partition_point(|change| key(change) < (law, code));
        let end = self
            .changes
            .partition_point(|change| key(change) <= (law, code));
        self.changes.get(start..end).unwrap_or_default()
    }

    /// How many changes of this kind.
    pub fn count(&self, kind: Kind) -> usize {
        let is_it = |change: &&Change| change.kind == kind;
        self.changes.iter().filter(is_it).count()
    }

    /// One line of JSON a change.
    pub fn to_json_lines(&self) -> String {
        let line = |change: &Change| change.to_json() + "\n";
        self.changes.iter().map(line).collect()
    }
}

impl fmt::Display for Diff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Van {} naar {}:", self.names.0, self.names.1)?;
        for kind in Kind::ALL {
            let count = self.count(kind);
            if count > 0 {
                writeln!(f, "  {kind}: {count}")?;
            }
        }
        if !self.not_judged.is_empty() {
            writeln!(
                f,
                "  niet te beoordelen, want een van de twee is niet volledig voor deze vorm van code: {}",
                self.not_judged.len()
            )?;
        }
        self.changes
            .iter()
            .try_for_each(|change| writeln!(f, "{change}"))
    }
}

/// A text without case, punctuation and double spaces: what of it says something.
pub(crate) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for word in text.split(|c: char| !c.is_alphanumeric()) {
        if word.is_empty() {
            continue;
        }
        if !plain.is_empty() {
            plain.push(' ');
        }
        plain.extend(word.chars().flat_map(char::to_lowercase));
    }
    plain
}

/// How alike two texts are, 0 to 1: pairs of letters in common (Sørensen and Dice), without case and punctuation.
pub fn similarity(one: &str, other: &str) -> f64 {
    strsim::sorensen_dice(&plain(one), &plain(other))
}

struct Item<'c> {
    category: Option<Category>,
    name: &'c str,
    targets: Vec<(Relation, Option<Target>)>,
}

type Items<'c> = BTreeMap<(Law, Code), Item<'c>>;

/// What a table says of its codes on a day: rows that are confirmed. The first text of a code is its text.
fn items_of_table<'c>((catalogue, table, day): (&'c Catalogue, &'c Table, Date)) -> Items<'c> {
    let mut items = Items::new();
    for row in catalogue.rows(table) {
        if row.state != State::Confirmed || !row.period.holds(day) {
            continue;
        }
        let item = items
            .entry((row.key.law, row.key.code))
            .or_insert_with(|| Item {
                category: row.key.category,
                name: catalogue.text(row, row.label),
                targets: Vec::new(),
            });
        item.targets.push((row.relation, row.target));
    }
    for item in items.values_mut() {
        item.targets.sort_unstable();
        item.targets.dedup();
    }
    items
}

fn compare(
    names: (String, String),
    old: &Items<'_>,
    new: &Items<'_>,
    names_of_categories: &HashMap<(Law, Category), String>,
    is_complete: (&dyn Fn(Code) -> bool, &dyn Fn(Code) -> bool),
) -> Diff {
    let mut changes = Vec::new();
    let mut not_judged = Vec::new();
    let newer = Newer::of(old, new);
    for &Added {
        law, code, item, ..
    } in &newer.added
    {
        if is_complete.0(code) {
            changes.push(Change {
                kind: Kind::Added,
                law,
                code,
                categories: (None, item.category),
                old: None,
                new: Some(item.name.to_owned()),
                similarity: None,
                into: Vec::new(),
            });
        } else {
            not_judged.push((law, code));
        }
    }
    for (&(law, code), before) in old {
        let change = |kind, after: Option<&Item<'_>>, into| Change {
            kind,
            law,
            code,
            categories: (before.category, after.and_then(|after| after.category)),
            old: Some(before.name.to_owned()),
            new: after.map(|after| after.name.to_owned()),
            similarity: None,
            into,
        };
        if let Some(after) = new.get(&(law, code)) {
            if let (Some(was), Some(is)) = (before.category, after.category)
                && was != is
            {
                changes.push(change(Kind::Moved, Some(after), Vec::new()));
            }
            if before.name != after.name {
                let similarity = Some(similarity(before.name, after.name));
                let relabelled = change(Kind::Relabelled, Some(after), Vec::new());
                changes.push(Change {
                    similarity,
                    ..relabelled
                });
            }
            if before.targets != after.targets {
                let targets = after.targets.iter();
                let into = targets.filter_map(|(_, target)| Some(target.as_ref()?.code));
                changes.push(change(Kind::Retargeted, Some(after), into.collect()));
            }
            continue;
        }
        if !is_complete.1(code) {
            not_judged.push((law, code));
            continue;
        }
        let (kind, into) = newer.where_it_went(old, (law, before), names_of_categories);
        changes.push(change(kind, None, into));
    }
    changes.sort_by_key(|change| (change.law, change.code, change.kind));
    not_judged.sort_unstable();
    Diff {
        names,
        changes,
        not_judged,
    }
}

/// What the older of the two has not, with its text as it is compared.
struct Added<'c> {
    law: Law,
    code: Code,
    item: &'c Item<'c>,
    text: String,
}

/// The newer of the two, by what its items say.
struct Newer<'c> {
    items: &'c Items<'c>,
    by_text: HashMap<(Law, String), Vec<Code>>,
    /// By law, text and code.
    added: Vec<Added<'c>>,
}

impl<'c> Newer<'c> {
    fn of(old: &Items<'_>, new: &'c Items<'c>) -> Self {
        let mut by_text: HashMap<_, Vec<Code>> = HashMap::new();
        let mut added = Vec::new();
        for (&(law, code), item) in new {
            let text = plain(item.name);
            if !old.contains_key(&(law, code)) {
                added.push(Added {
                    law,
                    code,
                    item,
                    text: text.clone(),
                });
            }
            by_text.entry((law, text)).or_default().push(code);
        }
        added.sort_by(|a, b| (a.law, &a.text, a.code).cmp(&(b.law, &b.text, b.code)));
        Self {
            items: new,
            by_text,
            added,
        }
    }

    /// What became of an item that is here no more.
    fn where_it_went(
        &self,
        old: &Items<'_>,
        (law, before): (Law, &Item<'_>),
        names_of_categories: &HashMap<(Law, Category), String>,
    ) -> (Kind, Vec<Code>) {
        let text = plain(before.name);
        if text.is_empty() {
            return (Kind::Removed, Vec::new());
        }
        let longer = format!("{text} ");
        let name_of_category = before
            .category
            .and_then(|category| names_of_categories.get(&(law, category)));
        let is_text_of_category = name_of_category == Some(&text);
        let equal = self.by_text.get(&(law, text));
        let equal = || equal.into_iter().flatten().copied();
        let has_category = |code: &Code| {
            let item = self.items.get(&(law, *code));
            item.is_some_and(|item| item.category == before.category)
        };
        let merged: Vec<Code> = equal().filter(has_category).collect();
        if !merged.is_empty() {
            return (Kind::Merged, merged);
        }
        let is_added = |code: &Code| !old.contains_key(&(law, *code));
        let moved: Vec<Code> = equal().filter(is_added).collect();
        if !moved.is_empty() {
            return (Kind::Moved, moved);
        }
        let first = self
            .added
            .partition_point(|part| (part.law, &*part.text) < (law, &*longer));
        let parts = self
            .added
            .iter()
            .skip(first)
            .take_while(|part| part.law == law && part.text.starts_with(&longer))
            .filter(|part| part.item.category == before.category);
        let mut parts: Vec<Code> = parts.map(|part| part.code).collect();
        // What only repeated its category's name stood for all of it; the new codes below it are not its parts.
        if is_text_of_category || parts.len() < 2 {
            return (Kind::Removed, Vec::new());
        }
        parts.sort_unstable();
        (Kind::Split, parts)
    }
}
