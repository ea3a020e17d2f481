//! The header of a message: who made it, for whom, under which identification, and what it answers.
//! Reads the tree only; whether the values are right is the schema's matter.

use std::borrow::Cow;

use super::berichtsoort::{Berichtsoort, Law};
use crate::Checked;
use crate::xml::tree::Node;

/// Fields of the class Header (iJw and iWmo 3.2), with white space as in the message.
///
/// `Afzender` and `Ontvanger` do not always mean what they say: a retour repeats them unchanged from
/// the message it answers (IV028). Use [`Header::maker`] and [`Header::receiver`] instead.
#[derive(Clone, PartialEq, Eq)]
pub struct Header {
    /// Law of the message.
    pub law: Law,
    /// Kind of the message.
    pub soort: Berichtsoort,
    /// Element Afzender: gemeentecode (4 digits) or AGB code (8 digits).
    pub afzender: String,
    /// Element Ontvanger: gemeentecode (4 digits) or AGB code (8 digits).
    pub ontvanger: String,
    /// BerichtIdentificatie/Identificatie, 1 to 12 characters.
    pub identificatie: String,
    /// BerichtIdentificatie/Dagtekening, `None` when it is not a calendar date.
    pub dagtekening: Option<jiff::civil::Date>,
    /// IdentificatieRetour, in a retour only.
    pub identificatie_retour: Option<String>,
    /// DeclaratieIdentificatie/Identificatie, the 323 that a 325 answers.
    pub declaratie_identificatie: Option<String>,
}

/// Which message a message answers.
#[derive(Clone, PartialEq, Eq)]
pub struct Answered {
    /// Kind of the answered message.
    pub soort: Berichtsoort,
    /// Code of the party that made it.
    pub maker: String,
    /// Its identification.
    pub id: String,
}

impl Header {
    /// Reads the header of a checked message. `None` when the kind is unknown or a field that says
    /// who, to whom or under which identification is absent; the findings then tell so.
    pub fn read(checked: &Checked<'_>) -> Option<Self> {
        let kind = checked.kind.as_ref()?;
        let header = checked.tree.root()?.child("Header")?;
        let text = |path: &str| header.find(path).map(|node| node.text().into_owned());
        let soort = kind.soort;
        let identificatie_retour = text("IdentificatieRetour");
        let declaratie_identificatie = text("DeclaratieIdentificatie/Identificatie");
        if soort.is_retour() && identificatie_retour.is_none()
            || soort == Berichtsoort::DeclaratieAntwoord && declaratie_identificatie.is_none()
        {
            return None;
        }
        Some(Self {
            law: kind.law,
            soort,
            afzender: text("Afzender")?,
            ontvanger: text("Ontvanger")?,
            identificatie: text("BerichtIdentificatie/Identificatie")?,
            dagtekening: header
                .find("BerichtIdentificatie/Dagtekening")
                .map(Node::text)
                .and_then(|text: Cow<'_, str>| text.trim().parse().ok()),
            identificatie_retour,
            declaratie_identificatie,
        })
    }

    /// Code of the party that made the message: Afzender, but Ontvanger for a retour.
    pub fn maker(&self) -> &str {
        if self.soort.is_retour() {
            &self.ontvanger
        } else {
            &self.afzender
        }
    }

    /// The maker's identification of it: Identificatie, but IdentificatieRetour for a retour.
    pub fn maker_id(&self) -> &str {
        match &self.identificatie_retour {
            Some(id) if self.soort.is_retour() => id,
            _ => &self.identificatie,
        }
    }

    /// Code of the party it is for: Ontvanger, but Afzender for a retour.
    pub fn receiver(&self) -> &str {
        if self.soort.is_retour() {
            &self.afzender
        } else {
            &self.ontvanger
        }
    }

    /// The municipality and the provider of the message, by their codes: with the law the scope in which
    /// it is judged (OP095). Municipalities have four digits, providers eight.
    pub fn scope(&self) -> (&str, &str) {
        if self.afzender.len() == 4 {
            (&self.afzender, &self.ontvanger)
        } else {
            (&self.ontvanger, &self.afzender)
        }
    }

    /// The message it answers: of a retour the heen message whose header it repeats, of a 325 the
    /// 323 of the party it is sent to. `None` for all others.
    pub fn answers(&self) -> Option<Answered> {
        let soort = self.soort.answers()?;
        Some(if self.soort.is_retour() {
            Answered {
                soort,
                maker: self.afzender.clone(),
                id: self.identificatie.clone(),
            }
        } else {
            Answered {
                soort,
                maker: self.ontvanger.clone(),
                id: self.declaratie_identificatie.clone()?,
            }
        })
    }
}

impl std::fmt::Debug for Header {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Header")
            .field("soort", &self.soort)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Answered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answered")
            .field("soort", &self.soort)
            .finish_non_exhaustive()
    }
}
