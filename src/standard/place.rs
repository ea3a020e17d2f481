//! Where an element stands: its path with numbers, as level 1 writes it, and its line and column.
//! Asked in document order, so that many findings in a large message are placed in one walk.

use crate::schema::compile::{Schema, Tables};
use crate::schema::sequence::Content;
use crate::xml::lines::Lines;
use crate::xml::tree::{Node, Tree};

/// Tells places in one message; the elements must come in document order.
pub(crate) struct Places<'t> {
    tree: &'t Tree<'t>,
    tables: &'t Tables,
    root: Content,
    lines: Lines<'t>,
    /// By depth: the element that was counted last, and which of its name it is.
    counted: Vec<Option<(Node<'t>, u32)>>,
}

/// Path, line and column.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) path: String,
    pub(crate) line: u32,
    pub(crate) column: u32,
}

impl<'t> Places<'t> {
    pub(crate) fn new(tree: &'t Tree<'t>, tables: &'t Tables, schema: &Schema) -> Self {
        Self {
            tree,
            tables,
            root: schema.content,
            lines: Lines::new(tree.body()),
            counted: Vec::new(),
        }
    }

    /// The place of an element that is not before the last one asked for. `None`: the tree has no
    /// such element.
    pub(crate) fn of(&mut self, number: u32) -> Option<Place> {
        let node = self.tree.node(number)?;
        let mut above = vec![node];
        while let Some(parent) = above.last().and_then(|node| node.parent()) {
            above.push(parent);
        }
        let mut path = String::new();
        let mut content = Some(self.root);
        for (depth, step) in above.into_iter().rev().enumerate() {
            path.push('/');
            path.push_str(step.name());
            if depth == 0 {
                continue;
            }
            let particle = match content {
                Some(Content::Sequence(sequence)) => {
                    let sequence = self.tables.sequences.get(sequence as usize);
                    sequence.and_then(|sequence| {
                        sequence.particle(sequence.place_of(step.key())?).copied()
                    })
                }
                Some(Content::Value(_)) | None => None,
            };
            if particle.is_some_and(|particle| particle.max > 1) {
                path.push('[');
                path.push_str(&self.ordinal(step, depth).to_string());
                path.push(']');
            }
            content = particle.map(|particle| particle.content);
        }
        let start = node.range().start;
        let at = match content {
            // A class: its start tag. No `<` stands inside a tag.
            Some(Content::Sequence(_)) => self
                .tree
                .body()
                .as_bytes()
                .get(..start)
                .and_then(|before| memchr::memrchr(b'<', before))
                .unwrap_or(start),
            Some(Content::Value(_)) | None => start,
        };
        let (line, column) = self.lines.position(at);
        Some(Place { path, line, column })
    }

    /// Which of its name an element is among its siblings, from 1: counted on from the last one asked for.
    fn ordinal(&mut self, node: Node<'t>, depth: usize) -> u32 {
        if self.counted.len() <= depth {
            self.counted.resize(depth + 1, None);
        }
        let parent = node.parent();
        let before = self.counted.get(depth).copied().flatten();
        let before = before.filter(|(other, _)| {
            other.key() == node.key()
                && other.number() <= node.number()
                && other.parent().map(Node::number) == parent.map(Node::number)
        });
        let (from, count) = match before {
            Some((other, count)) => (other.and_later_siblings(), count - 1),
            None => match parent {
                Some(parent) => (parent.children(), 0),
                None => return 1,
            },
        };
        let further = from
            .take_while(|sibling| sibling.number() <= node.number())
            .filter(|sibling| sibling.key() == node.key())
            .count();
        let ordinal = count.saturating_add(u32::try_from(further).unwrap_or(u32::MAX));
        if let Some(counted) = self.counted.get_mut(depth) {
            *counted = Some((node, ordinal));
        }
        ordinal
    }
}

#[cfg(test)]
mod tests {
    use crate::bericht::berichtsoort::Berichtsoort;
    use crate::rules::{self, Breach, Weight};
    use crate::sample::{RELEASES, Sample};
    use crate::{Law, Limits};

    const PRESTATIE: &str = "Declaratie/Clienten/Client/Prestaties/Prestatie";

    /// Paths, lines and columns of every element called `name`, as findings tell them.
    fn places(body: &[u8], name: &str) -> Vec<(String, u32, u32)> {
        let checked = RELEASES.check(body, &Limits::default());
        let breaches: Vec<Breach> = checked
            .tree
            .nodes()
            .filter(|node| node.name() == name)
            .map(|node| Breach {
                rule: rules::find("TR018").unwrap(),
                at: node.number(),
                weight: Weight::Advises,
            })
            .collect();
        let findings = RELEASES.findings(&checked, &breaches).list.into_iter();
        findings
            .map(|one| (one.path, one.line, one.column))
            .collect()
    }

    #[test]
    fn rows_are_numbered_below_each_parent_anew() {
        let sample = Sample::new(Law::Jw, Berichtsoort::Declaratie)
            .again(PRESTATIE)
            .again(PRESTATIE)
            .again("Declaratie/Clienten/Client")
            .without("Declaratie/Clienten/Client[2]/Prestaties/Prestatie[3]");
        let paths: Vec<String> = places(&sample.body(), "Eenheid")
            .into_iter()
            .map(|(path, ..)| path)
            .collect();
        let expected = [(1, 1), (1, 2), (1, 3), (2, 1), (2, 2)].map(|(client, line)| {
            format!(
                "/Bericht/Declaratie/Clienten/Client[{client}]/Prestaties/Prestatie[{line}]/Eenheid"
            )
        });
        assert_eq!(paths, expected);
    }

    #[test]
    fn a_value_stands_where_it_begins_and_a_class_at_its_start_tag() {
        let body = r#"<m:Bericht xmlns:m="http://www.istandaarden.nl/ijw/3_2/jw319/schema"
  xmlns:b="http://www.istandaarden.nl/ijw/3_2/basisschema/schema"><m:Header></m:Header>
    <m:Antwoord
    ><m:ReferentieAanbieder>Ré</m:ReferentieAanbieder> <m:VerzoekAntwoord>1</m:VerzoekAntwoord></m:Antwoord></m:Bericht>"#;
        let body = body.as_bytes();
        let path = |name: &str| format!("/Bericht/Antwoord{name}");
        assert_eq!(places(body, "Antwoord"), [(path(""), 3, 5)]);
        assert_eq!(
            places(body, "VerzoekAntwoord"),
            [(path("/VerzoekAntwoord"), 4, 75)]
        );
    }

    #[test]
    fn thousands_of_places_are_numbered_in_one_walk() {
        let sample = Sample::new(Law::Wmo, Berichtsoort::Stop);
        let body = String::from_utf8(sample.body()).unwrap();
        let (head, rest) = body.split_once("<StopProduct>").unwrap();
        let (row, tail) = rest.split_once("</StopProduct>").unwrap();
        let rows = format!("<StopProduct>{row}</StopProduct>").repeat(5_000);
        let body = format!("{head}{rows}{tail}");
        let places = places(body.as_bytes(), "StopProduct");
        assert_eq!(places.len(), 5_000);
        for (place, (path, ..)) in places.iter().enumerate() {
            let expected = format!("/Bericht/Client/StopProducten/StopProduct[{}]", place + 1);
            assert_eq!(*path, expected);
        }
    }
}
