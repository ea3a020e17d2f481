//! The edits that make a mutant out of a message, each under one category.
//! An edit gives `None` where the text has no place for it; whether the result is valid it does not know.

use knooppunt_standard::{ContentDescription, ElementDescription};

use crate::random::Random;
use crate::scan::{Element, scan};
use crate::surface;
use crate::values;

/// What a mutant is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Category {
    LeafDropped,
    LeafDoubled,
    ClassDropped,
    ClassDoubled,
    Reordered,
    Moved,
    Renamed,
    Value,
    Text,
    Namespace,
    Prefix,
    Attribute,
    Whitespace,
    Encoding,
    Comment,
    Cdata,
    Entity,
    CharacterReference,
    Instruction,
    Truncated,
}

/// All of them, with how often each is drawn.
pub(crate) const CATEGORIES: [(Category, usize); 20] = [
    (Category::LeafDropped, 7),
    (Category::LeafDoubled, 5),
    (Category::ClassDropped, 4),
    (Category::ClassDoubled, 4),
    (Category::Reordered, 5),
    (Category::Moved, 4),
    (Category::Renamed, 2),
    (Category::Value, 26),
    (Category::Text, 2),
    (Category::Namespace, 5),
    (Category::Prefix, 5),
    (Category::Attribute, 4),
    (Category::Whitespace, 6),
    (Category::Encoding, 4),
    (Category::Comment, 4),
    (Category::Cdata, 4),
    (Category::Entity, 3),
    (Category::CharacterReference, 4),
    (Category::Instruction, 3),
    (Category::Truncated, 1),
];

/// Those that mostly leave the message as valid as it was.
pub(crate) const HARMLESS: [(Category, usize); 9] = [
    (Category::Value, 20),
    (Category::Prefix, 3),
    (Category::Whitespace, 6),
    (Category::Comment, 5),
    (Category::Cdata, 3),
    (Category::CharacterReference, 5),
    (Category::Instruction, 4),
    (Category::ClassDoubled, 3),
    (Category::LeafDropped, 4),
];

/// The bytes of a mutant after one more edit of this category.
pub(crate) fn apply(
    category: Category,
    random: &mut Random,
    text: &str,
    shape: &ElementDescription,
) -> Option<Vec<u8>> {
    let elements = scan(text)?;
    let edit = Edit {
        text,
        elements: &elements,
        shape,
    };
    if category == Category::Encoding {
        return edit.encoding(random);
    }
    let edited = match category {
        Category::LeafDropped => edit.drop(random, true),
        Category::LeafDoubled => edit.double(random, true),
        Category::ClassDropped => edit.drop(random, false),
        Category::ClassDoubled => edit.double(random, false),
        Category::Reordered => edit.reorder(random),
        Category::Moved => edit.shift(random),
        Category::Renamed => Some(edit.rename(random)),
        Category::Value => edit.value(random),
        Category::Text => edit.stray_text(random),
        Category::Namespace => edit.namespace(random),
        Category::Prefix => edit.prefix(random),
        Category::Attribute => Some(edit.attribute(random)),
        Category::Whitespace => edit.whitespace(random),
        Category::Encoding => None,
        Category::Comment => edit.between_or_inside(random, surface::COMMENTS, 70),
        Category::Cdata => edit.cdata(random),
        Category::Entity => edit.entity(random),
        Category::CharacterReference => edit.character_reference(random),
        Category::Instruction => edit.between_or_inside(random, surface::INSTRUCTIONS, 70),
        Category::Truncated => edit.truncate(random),
    };
    edited.map(String::into_bytes)
}

/// A message that can be edited.
pub(crate) struct Edit<'a> {
    pub(crate) text: &'a str,
    pub(crate) elements: &'a [Element],
    pub(crate) shape: &'a ElementDescription,
}

impl Edit<'_> {
    pub(crate) fn replaced(&self, range: std::ops::Range<usize>, with: &str) -> String {
        let mut text = String::with_capacity(self.text.len() + with.len());
        text.push_str(&self.text[..range.start]);
        text.push_str(with);
        text.push_str(&self.text[range.end..]);
        text
    }

    pub(crate) fn inserted(&self, at: usize, what: &str) -> String {
        self.replaced(at..at, what)
    }

    pub(crate) fn some(
        &self,
        random: &mut Random,
        keep: impl Fn(&Element) -> bool,
    ) -> Option<usize> {
        let all: Vec<usize> = (0..self.elements.len())
            .filter(|index| keep(&self.elements[*index]))
            .collect();
        random.pick(&all).copied()
    }

    /// An element that holds no other.
    pub(crate) fn leaf(&self, random: &mut Random) -> Option<usize> {
        self.some(random, Element::is_leaf)
    }

    /// What the schema says of an element, found by the local names above it.
    fn shape_of(&self, index: usize) -> Option<&ElementDescription> {
        let element = &self.elements[index];
        let Some(parent) = element.parent else {
            return Some(self.shape);
        };
        match &self.shape_of(parent)?.content {
            ContentDescription::Elements(children) => children
                .iter()
                .find(|child| child.name == element.local(self.text)),
            ContentDescription::Value(_) => None,
        }
    }

    fn drop(&self, random: &mut Random, leaf: bool) -> Option<String> {
        let optional = random.chance(50);
        let fits = |index: &usize| {
            let element = &self.elements[*index];
            element.is_leaf() == leaf
                && element.parent.is_some()
                && (!optional || self.shape_of(*index).is_some_and(|shape| shape.min == 0))
        };
        let all: Vec<usize> = (0..self.elements.len()).filter(fits).collect();
        let index = random.pick(&all)?;
        Some(self.replaced(self.elements[*index].span(), ""))
    }

    fn double(&self, random: &mut Random, leaf: bool) -> Option<String> {
        let repeatable = random.chance(60);
        let fits = |index: &usize| {
            let element = &self.elements[*index];
            element.is_leaf() == leaf
                && (!repeatable
                    || self
                        .shape_of(*index)
                        .is_some_and(|shape| shape.max.is_none()))
        };
        let all: Vec<usize> = (0..self.elements.len()).filter(fits).collect();
        let element = &self.elements[*random.pick(&all)?];
        Some(self.inserted(element.end, &self.text[element.span()]))
    }

    fn reorder(&self, random: &mut Random) -> Option<String> {
        let parent = &self.elements[self.some(random, |element| element.children.len() > 1)?];
        let at = random.below(parent.children.len() - 1);
        let other = if random.chance(70) {
            at + 1
        } else {
            at + 1 + random.below(parent.children.len() - at - 1)
        };
        let (first, second) = (
            &self.elements[parent.children[at]],
            &self.elements[parent.children[other]],
        );
        let mut text = self.text[..first.start].to_owned();
        text.push_str(&self.text[second.span()]);
        text.push_str(&self.text[first.end..second.start]);
        text.push_str(&self.text[first.span()]);
        text.push_str(&self.text[second.end..]);
        Some(text)
    }

    fn shift(&self, random: &mut Random) -> Option<String> {
        let moved = &self.elements[self.some(random, |element| element.parent.is_some())?];
        let target = &self.elements[self.some(random, |element| {
            !element.is_empty_tag && !(moved.span().contains(&element.start))
        })?];
        let at = match random.pick(&target.children) {
            Some(child) => {
                let child = &self.elements[*child];
                if random.chance(50) {
                    child.start
                } else {
                    child.end
                }
            }
            None => target.content.start,
        };
        if moved.span().contains(&at) {
            return None;
        }
        let cut = self.text[moved.span()].to_owned();
        let (mut text, at) = if at <= moved.start {
            (self.replaced(moved.span(), ""), at)
        } else {
            (self.replaced(moved.span(), ""), at - cut.len())
        };
        text.insert_str(at, &cut);
        Some(text)
    }

    /// The same element with other names in its tags.
    pub(crate) fn with_name(&self, element: &Element, name: &str, attributes: &str) -> String {
        let rest = &self.text[element.name.end..element.content.start];
        let mut text = self.text[..element.name.start].to_owned();
        text.push_str(name);
        text.push_str(attributes);
        if element.is_empty_tag {
            text.push_str(&self.text[element.name.end..]);
            return text;
        }
        text.push_str(rest);
        text.push_str(&self.text[element.content.clone()]);
        text.push_str("</");
        text.push_str(name);
        text.push('>');
        text.push_str(&self.text[element.end..]);
        text
    }

    fn rename(&self, random: &mut Random) -> String {
        let element = &self.elements[random.below(self.elements.len())];
        let other = &self.elements[random.below(self.elements.len())];
        let local = element.local(self.text);
        let name = match random.below(6) {
            0 => local.to_lowercase(),
            1 => format!("{local}x"),
            2 => "Onbekend".to_owned(),
            3 => format!("1{local}"),
            4 => format!("{local}é"),
            _ => other.local(self.text).to_owned(),
        };
        let prefix = element.prefix(self.text);
        self.with_name(element, &format!("{prefix}:{name}"), "")
    }

    fn value(&self, random: &mut Random) -> Option<String> {
        let index = self
            .leaf_of_some_type(random)
            .or_else(|| self.leaf(random))?;
        let element = &self.elements[index];
        if element.is_empty_tag {
            return None;
        }
        let value = match self.shape_of(index).map(|shape| &shape.content) {
            Some(ContentDescription::Value(value)) => values::edge(random, value),
            _ => values::anything(random),
        };
        if value.is_empty() && random.chance(50) && element.start + 1 == element.name.start {
            let tag = format!("<{}/>", &self.text[element.name.clone()]);
            return Some(self.replaced(element.span(), &tag));
        }
        Some(self.replaced(element.content.clone(), &escape(random, &value)))
    }

    /// A leaf of a type that is drawn first, so that rare types get their share; half of the time none.
    fn leaf_of_some_type(&self, random: &mut Random) -> Option<usize> {
        if random.chance(50) {
            return None;
        }
        let name_of = |index: usize| self.shape_of(index)?.type_name.as_deref();
        let leafs: Vec<usize> = (0..self.elements.len())
            .filter(|index| self.elements[*index].is_leaf())
            .collect();
        let mut names: Vec<&str> = leafs.iter().filter_map(|index| name_of(*index)).collect();
        names.sort_unstable();
        names.dedup();
        let name = *random.pick(&names)?;
        let fitting: Vec<usize> = leafs
            .into_iter()
            .filter(|index| name_of(*index) == Some(name))
            .collect();
        random.pick(&fitting).copied()
    }

    fn stray_text(&self, random: &mut Random) -> Option<String> {
        let what = ["x", "0", "&amp;", "\u{a0}", "é", "]]>", ">"][random.below(7)];
        if random.chance(15) {
            let root = self.elements.first()?;
            return Some(self.inserted(
                if random.chance(50) {
                    root.start
                } else {
                    root.end
                },
                what,
            ));
        }
        let at = self.gap(random)?;
        Some(self.inserted(at, what))
    }

    /// A place between elements, inside the root.
    pub(crate) fn gap(&self, random: &mut Random) -> Option<usize> {
        let parent = &self.elements[self.some(random, |element| !element.is_leaf())?];
        let child = &self.elements[*random.pick(&parent.children)?];
        Some(if random.chance(50) {
            child.start
        } else {
            child.end
        })
    }

    fn truncate(&self, random: &mut Random) -> Option<String> {
        let root = self.elements.first()?;
        if random.chance(20) {
            return Some(format!("{}{}", self.text, &self.text[root.span()]));
        }
        let mut at = random.below(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        Some(self.text[..at].to_owned())
    }
}

/// The value as it may stand between tags; now and then with references that were not needed.
fn escape(random: &mut Random, value: &str) -> String {
    let needless = random.chance(10);
    value
        .chars()
        .map(|c| match c {
            '&' => "&amp;".to_owned(),
            '<' => "&lt;".to_owned(),
            '>' => "&gt;".to_owned(),
            '\r' => "&#13;".to_owned(),
            c if needless => format!("&#x{:x};", u32::from(c)),
            c => c.to_string(),
        })
        .collect()
}
