//! The compiled tables as plain data: see `description`.
//! Reads them and nothing else, so that what is described is what checks.

use crate::description::{
    Base as DescribedBase, ContentDescription, ElementDescription, SchemaDescription,
    ValueDescription,
};
use crate::xml::name::{Name, Vocabulary};

use super::compile::{Schema, Tables};
use super::sequence::Content;
use super::value::{Base, ValueType};

/// A class that holds itself is described this deep.
const DEEPEST: usize = 32;

/// What one schema says.
pub(crate) fn describe(schema: &Schema, tables: &Tables, words: &Vocabulary) -> SchemaDescription {
    let described = Described { tables, words };
    SchemaDescription {
        namespace: words.space_text(schema.root.space).to_owned(),
        root: described.element(schema.root, (1, 1), schema.content, 0),
    }
}

struct Described<'t> {
    tables: &'t Tables,
    words: &'t Vocabulary,
}

impl Described<'_> {
    fn element(
        &self,
        name: Name,
        (min, max): (u32, u32),
        content: Content,
        depth: usize,
    ) -> ElementDescription {
        let (type_name, content) = match content {
            Content::Sequence(number) => {
                let sequence = self
                    .tables
                    .sequences
                    .get(number as usize)
                    .filter(|_| depth < DEEPEST);
                let particles = sequence.map_or(&[][..], |sequence| &sequence.particles);
                let child = |particle: &super::sequence::Particle| {
                    self.element(
                        particle.name,
                        (particle.min, particle.max),
                        particle.content,
                        depth + 1,
                    )
                };
                (
                    None,
                    ContentDescription::Elements(particles.iter().map(child).collect()),
                )
            }
            Content::Value(number) => {
                let value = self.tables.values.get(number as usize);
                let type_name = value.map(|value| value.name.to_string());
                (
                    type_name,
                    value.map_or(ContentDescription::Elements(Vec::new()), |value| {
                        ContentDescription::Value(describe_value(value))
                    }),
                )
            }
        };
        ElementDescription {
            name: self.words.local_text(name.local).to_owned(),
            namespace: self.words.space_text(name.space).to_owned(),
            type_name,
            min,
            max: (max != u32::MAX).then_some(max),
            content,
        }
    }
}

fn describe_value(value: &ValueType) -> ValueDescription {
    ValueDescription {
        base: match value.base {
            Base::Text => DescribedBase::String,
            Base::Integer => DescribedBase::Integer,
            Base::Date => DescribedBase::Date,
            Base::Time => DescribedBase::Time,
        },
        min_length: value.min_length,
        max_length: value.max_length,
        min: value.min,
        max: value.max,
        patterns: value
            .pattern_sources
            .iter()
            .map(ToString::to_string)
            .collect(),
        codes: value
            .codes
            .iter()
            .flatten()
            .map(ToString::to_string)
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use crate::{ContentDescription, Releases};

    const SCHEMA: &str = "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema' xmlns:t='urn:x/jw301/schema'
        targetNamespace='urn:x/jw301/schema' elementFormDefault='qualified'>
        <xs:element name='Bericht' type='t:Root'/>
        <xs:complexType name='Root'><xs:sequence>
          <xs:element name='Getal' minOccurs='0' maxOccurs='unbounded'>
            <xs:simpleType><xs:restriction base='t:G'><xs:pattern value='[0-9]'/></xs:restriction></xs:simpleType>
          </xs:element>
          <xs:element name='Root' type='t:Root' minOccurs='0'/>
        </xs:sequence></xs:complexType>
        <xs:simpleType name='G'><xs:restriction base='xs:string'><xs:pattern value='.*'/><xs:maxLength value='3'/></xs:restriction></xs:simpleType>
        </xs:schema>";

    fn described() -> crate::ElementDescription {
        let source = "standard = \"ijw\"\nlaw = \"jw\"\nrelease = \"1\"\naccepted_from = \"2026-01-01\"\n[[file]]\nname = \"JW301.xsd\"\nsource = \"x\"\npublished = false";
        let files = [("ijw/1/source.toml", source), ("ijw/1/JW301.xsd", SCHEMA)];
        let releases =
            Releases::load(files.map(|(path, text)| (path.to_owned(), text.into()))).unwrap();
        let mut list = releases.describe();
        assert_eq!(list[0].namespace, "urn:x/jw301/schema");
        list.remove(0).root
    }

    #[test]
    fn patterns_of_each_derivation_step_are_told_as_written() {
        let ContentDescription::Elements(children) = described().content else {
            panic!("a class")
        };
        assert_eq!((children[0].min, children[0].max), (0, None));
        assert_eq!(children[0].type_name.as_deref(), Some("G"));
        let ContentDescription::Value(value) = &children[0].content else {
            panic!("a value")
        };
        assert_eq!(
            (value.patterns.join(" "), value.max_length),
            (".* [0-9]".to_owned(), Some(3))
        );
    }

    #[test]
    fn a_class_that_holds_itself_is_described_to_a_fixed_depth() {
        let mut depth = 0;
        let mut element = described();
        while let ContentDescription::Elements(children) = element.content {
            let Some(inner) = children.into_iter().nth(1) else {
                break;
            };
            element = inner;
            depth += 1;
        }
        assert_eq!(depth, super::DEEPEST);
    }
}
