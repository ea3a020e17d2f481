//! The numbers that a provider gives to what it sends and that it may use once: towards one municipality a rule of level 3 refuses the second use, towards
//! another one the standard leaves nobody to notice it. Names them with the advice that is due; whether a number was used is known by the caller.

use crate::bericht::{Bericht, Content};
use crate::history::{Label, Pseudonym, Pseudonymise};
use crate::rules::{self, Breach, Rule, Weight, op283, op349, op361};
use crate::xml::tree::Node;

/// A provider's own number in a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnNumber {
    number: Pseudonym,
    rule: &'static Rule,
    at: u32,
}

impl OwnNumber {
    fn new(number: Pseudonym, rule: &'static Rule, at: Node<'_>) -> Self {
        Self {
            number,
            rule,
            at: at.number(),
        }
    }

    /// Its pseudonym: the same towards every municipality.
    pub const fn number(&self) -> Pseudonym {
        self.number
    }

    /// The advice when it was used towards another municipality.
    pub const fn used_elsewhere(&self) -> Breach {
        Breach {
            rule: self.rule,
            at: self.at,
            weight: Weight::Advises,
        }
    }
}

/// The numbers of the provider in a 315, 317 or 323, in document order; none in other kinds, and none where no rules are built for the release.
pub fn own_numbers(bericht: &Bericht<'_>, names: &dyn Pseudonymise) -> Vec<OwnNumber> {
    if !rules::are_built_for(&bericht.kind) {
        return Vec::new();
    }
    match &bericht.content {
        Content::VerzoekToewijzing(content) => {
            let of = |value: &str| names.verzoek(value);
            let rows = content.products.iter();
            rows.map(|row| OwnNumber::new(of(&row.referentie_aanbieder), &op361::RULE, row.node))
                .collect()
        }
        Content::VerzoekWijziging(content) => {
            let number = names.verzoek(&content.referentie_aanbieder);
            vec![OwnNumber::new(number, &op361::RULE, content.verzoek)]
        }
        Content::Declaratie(content) => {
            let number = names.of(Label::DeclaratieNummer, &content.declaratie_nummer);
            let lines = content.prestaties().map(|line| {
                let number = names.of(Label::ReferentieNummer, &line.referentie_nummer);
                OwnNumber::new(number, &op283::RULE, line.node)
            });
            std::iter::once(OwnNumber::new(number, &op349::RULE, content.node))
                .chain(lines)
                .collect()
        }
        Content::Toewijzing(_)
        | Content::Start(_)
        | Content::Stop(_)
        | Content::Antwoord(_)
        | Content::DeclaratieAntwoord(_)
        | Content::Retour(_) => Vec::new(),
    }
}
