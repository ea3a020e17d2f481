//! The 319: a municipality answers a request without an allocation.

use std::borrow::Cow;

use super::value;
use crate::xml::tree::Node;

/// Content of a 319 (class Antwoord, iJw and iWmo 3.2), as far as rules ask for it.
#[derive(Clone)]
pub struct Antwoord<'t> {
    /// The class itself.
    pub node: Node<'t>,
    /// Element ReferentieAanbieder: the request it answers.
    pub referentie_aanbieder: Cow<'t, str>,
    /// Element VerzoekAntwoord: 1 refused, 2 being looked into.
    pub verzoek_antwoord: Cow<'t, str>,
    /// Element RedenAfwijzingVerzoek.
    pub reden_afwijzing: Option<Cow<'t, str>>,
    /// Class Woonplaatsbeginsel (iJw only) and its Gemeente.
    pub woonplaatsbeginsel: Option<(Node<'t>, Cow<'t, str>)>,
}

impl<'t> Antwoord<'t> {
    pub(super) fn read(root: Node<'t>) -> Option<Self> {
        let node = root.child("Antwoord")?;
        let woonplaatsbeginsel = match node.child("Woonplaatsbeginsel") {
            Some(class) => Some((class, value::text(class, "Gemeente")?)),
            None => None,
        };
        Some(Self {
            node,
            referentie_aanbieder: value::text(node, "ReferentieAanbieder")?,
            verzoek_antwoord: value::text(node, "VerzoekAntwoord")?,
            reden_afwijzing: value::text(node, "RedenAfwijzingVerzoek"),
            woonplaatsbeginsel,
        })
    }
}
