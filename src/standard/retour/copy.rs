//! Repeats classes of a message in its answer: unchanged in value, each with its codes as last child.
//! Elements that the answer's schema does not know are left out; there are none in the published releases.

use std::collections::BTreeSet;

use crate::Node;
use crate::schema::sequence::Particle;
use crate::xml::writer::Writer;

use super::codes::{self, Below, Codes};
use super::form::Form;

/// Repeats classes of one message.
pub(super) struct Copier<'f, 'r> {
    form: &'f Form<'r>,
    refused: &'f Below,
    unjudged: &'f BTreeSet<u32>,
    left_out: Option<&'f BTreeSet<u32>>,
}

impl<'f, 'r> Copier<'f, 'r> {
    /// `unjudged`: classes that get 0233 when they have no code of their own.
    pub(super) fn new(form: &'f Form<'r>, refused: &'f Below, unjudged: &'f BTreeSet<u32>) -> Self {
        Self {
            form,
            refused,
            unjudged,
            left_out: None,
        }
    }

    /// The same, but these classes are not repeated.
    pub(super) fn without(self, left_out: &'f BTreeSet<u32>) -> Self {
        Self {
            left_out: Some(left_out),
            ..self
        }
    }

    /// Repeats an element where the answer has `as_element`.
    pub(super) fn copy(&self, writer: &mut Writer<'r>, as_element: &Particle, node: Node<'_>) {
        // The outermost classes have codes of their own, so nothing is left over.
        self.element(writer, as_element, node);
    }

    /// Repeats an element; gives back the codes of refusals in it that no class in it can hold.
    fn element(&self, writer: &mut Writer<'r>, as_element: &Particle, node: Node<'_>) -> Codes {
        let mut codes: Codes = self.refused.at(node.number()).collect();
        let Some(sequence) = self.form.sequence(as_element.content) else {
            writer.value(as_element.name, &node.text());
            return codes;
        };
        let mut left = Codes::new();
        writer.class(as_element.name, |inside| {
            for child in node.children() {
                if self
                    .left_out
                    .is_some_and(|out| out.contains(&child.number()))
                {
                    continue;
                }
                let place = sequence.place_of_local(child.local());
                if let Some(particle) = place.and_then(|place| sequence.particle(place)) {
                    codes.append(&mut self.element(inside, particle, child));
                }
            }
            match self.form.retour_codes(sequence) {
                Some(element) => {
                    if codes.is_empty() {
                        codes.insert(if self.unjudged.contains(&node.number()) {
                            codes::NOT_JUDGED
                        } else {
                            codes::GOOD
                        });
                    }
                    self.form.write_codes(inside, element, &codes);
                }
                None => left = codes,
            }
        });
        left
    }
}
