//! The header of an answer. That of a retour repeats the header that came, with Afzender and Ontvanger as they were
//! (IV028); a 325 is a message of its own, and there they turn.

use crate::xml::writer::Writer;
use crate::{Bericht, Node};

use super::MadeAs;
use super::codes::Codes;
use super::form::{Form, Part};

/// Header of a 302, 306, 308, 316, 318 or 320. XsltVersie is left out: it names transformations that were not used here.
pub(super) fn retour<'r>(
    form: &Form<'r>,
    writer: &mut Writer<'r>,
    header: Part<'r>,
    bericht: &Bericht<'_>,
    codes: Option<&Codes>,
    made_as: MadeAs<'_>,
) {
    let came = bericht.root.child(header.name);
    writer.class(header.particle.name, |inside| {
        form.parts(header.particle.content, inside, |writer, part| {
            let element = part.particle;
            match part.name {
                "BerichtCode" => {
                    writer.value(element.name, form.soort.bericht_code(bericht.kind.law));
                }
                "IdentificatieRetour" => writer.value(element.name, made_as.identificatie),
                "DagtekeningRetour" => {
                    writer.value(element.name, &made_as.dagtekening.to_string());
                }
                "XsdVersieRetour" => versions(form, writer, part),
                "RetourCodes" => {
                    if let Some(codes) = codes {
                        form.write_codes(writer, element, codes);
                    }
                }
                name => repeat(form, writer, part, came.and_then(|came| came.child(name))),
            }
        });
    });
}

/// Header of a 325.
pub(super) fn declaratie_antwoord<'r>(
    form: &Form<'r>,
    writer: &mut Writer<'r>,
    header: Part<'r>,
    bericht: &Bericht<'_>,
    codes: &Codes,
    made_as: MadeAs<'_>,
) {
    let came = |name: &str| {
        bericht
            .root
            .child("Header")
            .and_then(|header| header.child(name))
    };
    writer.class(header.particle.name, |inside| {
        form.parts(header.particle.content, inside, |writer, part| {
            let element = part.particle;
            match part.name {
                "BerichtCode" => {
                    writer.value(element.name, form.soort.bericht_code(bericht.kind.law));
                }
                "Afzender" => repeat(form, writer, part, came("Ontvanger")),
                "Ontvanger" => repeat(form, writer, part, came("Afzender")),
                "BerichtIdentificatie" => {
                    let day = made_as.dagtekening.to_string();
                    form.write_values(writer, element, &[made_as.identificatie, &day]);
                }
                "XsdVersie" => versions(form, writer, part),
                "DeclaratieIdentificatie" => {
                    repeat(form, writer, part, came("BerichtIdentificatie"));
                }
                "XsdVersieDeclaratie" => repeat(form, writer, part, came("XsdVersie")),
                "RetourCodes" => form.write_codes(writer, element, codes),
                name => repeat(form, writer, part, came(name)),
            }
        });
    });
}

/// Repeats an element of the header that came under the name that it has in the answer; an absent one stays absent.
pub(super) fn repeat<'r>(
    form: &Form<'r>,
    writer: &mut Writer<'r>,
    part: Part<'r>,
    node: Option<Node<'_>>,
) {
    let Some(node) = node else { return };
    let element = part.particle;
    if form.sequence(element.content).is_some() {
        let values: Vec<_> = node.children().map(Node::text).collect();
        let values: Vec<&str> = values.iter().map(AsRef::as_ref).collect();
        form.write_values(writer, element, &values);
    } else {
        writer.value(element.name, &node.text());
    }
}

/// The versions of the schema that the answer is made by (IV034).
fn versions<'r>(form: &Form<'r>, writer: &mut Writer<'r>, part: Part<'r>) {
    let (basisschema, bericht) = form.versions;
    form.write_values(writer, part.particle, &[basisschema, bericht]);
}
