//! Products in a message: which elements say what care is meant, how much of it, in what unit and at what tariff, and the same message with other products in
//! these elements. Where they stand is in [`table`]; nobody is asked here what a product should become, and nothing is judged.

mod rewrite;
pub mod table;

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use jiff::civil::Date;
use knooppunt_standard::{Checked, Node};

pub use rewrite::{Edit, rewrite};
use table::Row;

/// What an element of a product says, and where.
#[derive(Clone, PartialEq, Eq)]
pub struct Field<'t> {
    /// Its value, as XML says it.
    pub text: Cow<'t, str>,
    /// Whether the body says it in the one way in which [`rewrite`] would: no comment, no CDATA, no reference that need not be one.
    pub is_plain: bool,
    start: u32,
    end: u32,
}

impl Field<'_> {
    /// Bytes of the body between the tags.
    pub fn range(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// The whole number that it says in the one way in which we would write it: digits without sign, space or leading zero.
    pub fn number(&self) -> Option<u64> {
        let number: u64 = self.text.parse().ok()?;
        (number.to_string() == self.text).then_some(number)
    }
}

impl fmt::Debug for Field<'_> {
    /// Where it stands, never what it says.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Field({} bytes)", self.end.saturating_sub(self.start))
    }
}

/// One product in a message: an allocated, requested, started, stopped or declared one.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Occurrence<'t> {
    /// Number of its class in the tree of the message.
    pub node: u32,
    /// Number of the class Client that it is of.
    pub client: u32,
    /// Element ToewijzingNummer.
    pub nummer: Option<u64>,
    /// Element ReferentieAanbieder of a request, or ReferentieNummer of a declared line.
    pub referentie: Option<Cow<'t, str>>,
    /// First day: what the message says of the product itself.
    pub begin: Option<Date>,
    /// Last day; absent: no end, or not said.
    pub end: Option<Date>,
    /// Element Categorie or ProductCategorie.
    pub categorie: Option<Field<'t>>,
    /// Element Code or ProductCode; absent where a category or a budget is meant.
    pub code: Option<Field<'t>>,
    /// Element Volume or GeleverdVolume.
    pub volume: Option<Field<'t>>,
    /// Element Eenheid.
    pub eenheid: Option<Field<'t>>,
    /// Element ProductTarief, cents a unit.
    pub tarief: Option<Field<'t>>,
    /// Element Bedrag of IngediendBedrag, cents.
    pub bedrag: Option<Field<'t>>,
}

impl fmt::Debug for Occurrence<'_> {
    /// Its place, never what it says.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Occurrence")
            .field("node", &self.node)
            .finish_non_exhaustive()
    }
}

/// Every product of a message that is valid at level 1, in document order; none of a kind that has none. `None`: it has findings, or is of a kind that the
/// table does not know.
pub fn read<'t>(checked: &'t Checked<'_>) -> Option<Vec<Occurrence<'t>>> {
    if !checked.findings.is_empty() {
        return None;
    }
    let soort = checked.kind.as_ref()?.soort;
    let mut found = Vec::new();
    let root = checked.tree.root()?;
    for row in table::rows(soort) {
        let path: Vec<&str> = row.at.split('/').collect();
        below(root, &path, root.number(), &mut |node, client| {
            found.push(occurrence(node, client, row));
        });
    }
    found.sort_by_key(|occurrence| occurrence.node);
    Some(found)
}

/// Every element down a path, each with the class Client around it.
fn below<'t>(node: Node<'t>, path: &[&str], client: u32, take: &mut impl FnMut(Node<'t>, u32)) {
    let Some((name, rest)) = path.split_first() else {
        take(node, client);
        return;
    };
    for child in node.children().filter(|child| child.name() == *name) {
        let client = if *name == "Client" {
            child.number()
        } else {
            client
        };
        below(child, rest, client, take);
    }
}

fn occurrence<'t>(node: Node<'t>, client: u32, row: &Row) -> Occurrence<'t> {
    let find = |path: Option<&str>| node.find(path?);
    let text = |path: Option<&str>| find(path).map(Node::text);
    let date = |path: Option<&str>| text(path)?.trim().parse::<Date>().ok();
    let field = |path: Option<&str>| find(path).map(field);
    let referentie = match row.referentie {
        Some(path) => match path.strip_prefix("../../") {
            Some(above) => node
                .parent()
                .and_then(Node::parent)
                .and_then(|class| class.find(above))
                .map(Node::text),
            None => text(Some(path)),
        },
        None => None,
    };
    Occurrence {
        node: node.number(),
        client,
        nummer: text(row.nummer).and_then(|text| whole(&text)),
        referentie,
        begin: date(row.begin),
        end: date(row.end),
        categorie: field(row.categorie),
        code: field(row.code),
        volume: field(row.volume),
        eenheid: field(row.eenheid),
        tarief: field(row.tarief),
        bedrag: field(row.bedrag),
    }
}

/// `xs:integer` from 0, as the schema reads it: leading zeros and a plus sign mean nothing.
fn whole(text: &str) -> Option<u64> {
    let text = text.trim();
    match text.strip_prefix('-') {
        Some(zeros) => (zeros.parse::<u64>().ok()? == 0).then_some(0),
        None => text.parse().ok(),
    }
}

fn field(node: Node<'_>) -> Field<'_> {
    let text = node.text();
    let is_plain = rewrite::escaped(&text) == node.raw();
    let Range { start, end } = node.range();
    // A body has fewer than 2^32 bytes: the check sees to it.
    let narrow = |number| u32::try_from(number).unwrap_or(u32::MAX);
    Field {
        text,
        is_plain,
        start: narrow(start),
        end: narrow(end),
    }
}

#[cfg(test)]
mod tests;
