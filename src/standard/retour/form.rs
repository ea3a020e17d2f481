//! The form of an answer: the compiled schema of its kind, with names for its namespaces.
//! Says what a class can hold and in which order; what is put there is decided by the others.

use crate::bericht::berichtsoort::Berichtsoort;
use crate::schema::compile::{Schema, Tables};
use crate::schema::sequence::{Content, Particle, Sequence};
use crate::xml::name::Vocabulary;
use crate::xml::writer::Writer;
use crate::{Bericht, Releases};

use super::NoAnswer;
use super::codes::Codes;

/// Class that holds the codes of the class around it (all kinds of answers).
const RETOUR_CODES: &str = "RetourCodes";

/// The compiled schema of one kind of answer.
pub(super) struct Form<'r> {
    /// Kind of the answer.
    pub(super) soort: Berichtsoort,
    /// Versions of basisschema and message schema that an answer made by it names.
    pub(super) versions: &'r (String, String),
    schema: &'r Schema,
    tables: &'r Tables,
    words: &'r Vocabulary,
    /// Number of the local name RetourCodes.
    retour_codes: u16,
}

/// An element of a class of the answer that is now to be written.
#[derive(Clone, Copy)]
pub(super) struct Part<'r> {
    pub(super) name: &'r str,
    pub(super) particle: &'r Particle,
}

impl<'r> Form<'r> {
    /// The form of what answers a message, in the message's release.
    pub(super) fn find(releases: &'r Releases, bericht: &Bericht<'_>) -> Result<Self, NoAnswer> {
        let soort = bericht.kind.soort.answered_by().ok_or(NoAnswer::NotOwed)?;
        let (schema, tables, words) = releases
            .schema_of(&bericht.kind, soort)
            .ok_or(NoAnswer::NoSchema)?;
        Ok(Self {
            soort,
            versions: schema.versions.as_ref().ok_or(NoAnswer::NoSchema)?,
            schema,
            tables,
            words,
            retour_codes: words.local(RETOUR_CODES),
        })
    }

    /// Writes an answer: `part` is called for each element that Bericht can hold, in order.
    pub(super) fn write(
        &self,
        bericht: &Bericht<'_>,
        part: impl FnMut(&mut Writer<'r>, Part<'r>),
    ) -> Vec<u8> {
        let room = bericht.root.range().len() + ROOM_FOR_HEADER;
        let mut writer = Writer::new(self.words, self.prefixes(bericht), room);
        writer.class(self.schema.root, |inside| {
            self.parts(self.schema.content, inside, part);
        });
        writer.finish()
    }

    /// Calls `part` for each element that a class can hold, in order.
    pub(super) fn parts(
        &self,
        class: Content,
        writer: &mut Writer<'r>,
        mut part: impl FnMut(&mut Writer<'r>, Part<'r>),
    ) {
        for particle in self.particles(class) {
            let name = self.words.local_text(particle.name.local);
            part(writer, Part { name, particle });
        }
    }

    /// What a class holds; `None` for an element that holds a value.
    pub(super) fn sequence(&self, content: Content) -> Option<&'r Sequence> {
        match content {
            Content::Sequence(number) => self.tables.sequences.get(number as usize),
            Content::Value(_) => None,
        }
    }

    /// The element RetourCodes of a class, when the class can hold codes.
    pub(super) fn retour_codes(&self, sequence: &'r Sequence) -> Option<&'r Particle> {
        let place = sequence.place_of_local(self.retour_codes)?;
        sequence.particle(place)
    }

    /// Writes RetourCodes.
    pub(super) fn write_codes(&self, writer: &mut Writer<'r>, element: &Particle, codes: &Codes) {
        writer.class(element.name, |inside| {
            self.parts(element.content, inside, |writer, part| {
                for code in codes {
                    writer.value(part.particle.name, code);
                }
            });
        });
    }

    /// Writes a class of values: each element gets the value that stands in its place.
    pub(super) fn write_values(&self, writer: &mut Writer<'r>, class: &Particle, values: &[&str]) {
        writer.class(class.name, |inside| {
            for (particle, value) in self.particles(class.content).iter().zip(values) {
                inside.value(particle.name, value);
            }
        });
    }

    fn particles(&self, class: Content) -> &'r [Particle] {
        self.sequence(class)
            .map_or(&[], |sequence| &sequence.particles)
    }

    /// `jw306` for the answer's own namespace, `ijw` for the basisschema's, as in the published examples.
    fn prefixes(&self, bericht: &Bericht<'_>) -> Vec<(u16, String)> {
        let own = self.schema.root.space;
        let law = bericht.kind.law;
        let mut prefixes = vec![(own, self.soort.name(law).to_lowercase())];
        let mut others = Vec::new();
        self.spaces(self.schema.content, own, &mut others, 0);
        for (place, space) in (1..).zip(others) {
            let standard = law.standard();
            prefixes.push((
                space,
                if place == 1 {
                    standard.to_owned()
                } else {
                    format!("{standard}{place}")
                },
            ));
        }
        prefixes
    }

    /// The namespaces of the elements in a class, other than its message's own, in order of appearance.
    fn spaces(&self, class: Content, own: u16, found: &mut Vec<u16>, depth: usize) {
        if depth > DEEPEST {
            return;
        }
        for particle in self.particles(class) {
            let space = particle.name.space;
            if space != own && !found.contains(&space) {
                found.push(space);
            }
            self.spaces(particle.content, own, found, depth + 1);
        }
    }
}

/// Classes inside each other that are looked at; messages have half of it.
const DEEPEST: usize = 16;
/// Bytes that the header of an answer needs beside what it repeats.
const ROOM_FOR_HEADER: usize = 2_000;
