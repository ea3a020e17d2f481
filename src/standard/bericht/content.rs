//! One message as rules see it: kind, header and content.

use std::borrow::Cow;

use jiff::civil::Date;

use super::berichtsoort::{Berichtsoort, Kind};
use super::declaratie::{DeclaratieAntwoord, retour_codes};
use super::header::Header;
use super::value;
use super::{Antwoord, Declaratie, Start, Stop, Toewijzing, VerzoekToewijzing, VerzoekWijziging};
use crate::Checked;
use crate::rules::conditions::Plan;
use crate::xml::tree::Node;

/// A message that is valid at level 1, read through its published names. Borrows from the body.
#[derive(Clone)]
pub struct Bericht<'t> {
    /// Law, release and kind.
    pub kind: Kind,
    /// The element Bericht.
    pub root: Node<'t>,
    /// The class Header.
    pub header: Header,
    /// BerichtIdentificatie/Dagtekening.
    pub dagtekening: Date,
    /// Header/XsdVersie.
    pub xsd_versie: Versions<'t>,
    /// What the header is followed by.
    pub content: Content<'t>,
    /// Conditions on the content; `None` when no rules are built for the release.
    pub(crate) plan: Option<&'t Plan>,
}

/// Versions of the schemas that a message was made with (CDT_XsdVersie).
#[derive(Clone, PartialEq, Eq)]
pub struct Versions<'t> {
    /// Element BasisschemaXsdVersie: `1.0.0`.
    pub basisschema: Cow<'t, str>,
    /// Element BerichtXsdVersie.
    pub bericht: Cow<'t, str>,
}

/// Content by kind.
#[derive(Clone)]
pub enum Content<'t> {
    /// 301.
    Toewijzing(Toewijzing<'t>),
    /// 305.
    Start(Start<'t>),
    /// 307.
    Stop(Stop<'t>),
    /// 315.
    VerzoekToewijzing(VerzoekToewijzing<'t>),
    /// 317.
    VerzoekWijziging(VerzoekWijziging<'t>),
    /// 319.
    Antwoord(Antwoord<'t>),
    /// 323.
    Declaratie(Declaratie<'t>),
    /// 325.
    DeclaratieAntwoord(DeclaratieRetour<'t>),
    /// 302, 306, 308, 316, 318 and 320: an answer that repeats what it answers.
    Retour(Retour<'t>),
}

/// What a retour says.
#[derive(Clone)]
pub struct Retour<'t> {
    /// Header/RetourCodes; empty: the message is accepted.
    pub retour_codes: Vec<Cow<'t, str>>,
    /// The repeated class Client or Antwoord, when it says something below the header.
    pub body: Option<Node<'t>>,
}

/// What the header of a 325 says beside other headers, and its content.
#[derive(Clone)]
pub struct DeclaratieRetour<'t> {
    /// DeclaratieIdentificatie/Dagtekening: that of the 323.
    pub declaratie_dagtekening: Date,
    /// XsdVersieDeclaratie: that of the 323.
    pub xsd_versie_declaratie: Versions<'t>,
    /// Header/RetourCodes.
    pub retour_codes: Vec<Cow<'t, str>>,
    /// Class DeclaratieAntwoord; absent when the header was refused.
    pub antwoord: Option<DeclaratieAntwoord<'t>>,
}

impl<'t> Bericht<'t> {
    /// Reads a checked message. `None` when it has findings of level 1: then it cannot be relied on.
    pub fn read(checked: &'t Checked<'_>) -> Option<Self> {
        if !checked.findings.is_empty() {
            return None;
        }
        let kind = checked.kind.clone()?;
        let root = checked.tree.root()?;
        let header = Header::read(checked)?;
        let top = root.child("Header")?;
        let content = match kind.soort {
            Berichtsoort::Toewijzing => Content::Toewijzing(Toewijzing::read(root)?),
            Berichtsoort::Start => Content::Start(Start::read(root)?),
            Berichtsoort::Stop => Content::Stop(Stop::read(root)?),
            Berichtsoort::VerzoekToewijzing => {
                Content::VerzoekToewijzing(VerzoekToewijzing::read(root)?)
            }
            Berichtsoort::VerzoekWijziging => {
                Content::VerzoekWijziging(VerzoekWijziging::read(root)?)
            }
            Berichtsoort::Antwoord => Content::Antwoord(Antwoord::read(root)?),
            Berichtsoort::Declaratie => Content::Declaratie(Declaratie::read(root)?),
            Berichtsoort::DeclaratieAntwoord => {
                Content::DeclaratieAntwoord(DeclaratieRetour::read(root, top)?)
            }
            Berichtsoort::ToewijzingRetour
            | Berichtsoort::StartRetour
            | Berichtsoort::StopRetour
            | Berichtsoort::VerzoekToewijzingRetour
            | Berichtsoort::VerzoekWijzigingRetour
            | Berichtsoort::AntwoordRetour => Content::Retour(Retour {
                retour_codes: retour_codes(top),
                body: root.child("Client").or_else(|| root.child("Antwoord")),
            }),
        };
        Some(Self {
            dagtekening: header.dagtekening?,
            xsd_versie: versions(top.child("XsdVersie")?)?,
            kind,
            root,
            header,
            content,
            plan: checked.plan.as_deref(),
        })
    }
}

impl<'t> DeclaratieRetour<'t> {
    fn read(root: Node<'t>, top: Node<'t>) -> Option<Self> {
        let antwoord = match root.child("DeclaratieAntwoord") {
            Some(_) => Some(DeclaratieAntwoord::read(root)?),
            None => None,
        };
        Some(Self {
            declaratie_dagtekening: value::date(
                top.child("DeclaratieIdentificatie")?,
                "Dagtekening",
            )?,
            xsd_versie_declaratie: versions(top.child("XsdVersieDeclaratie")?)?,
            retour_codes: retour_codes(top),
            antwoord,
        })
    }
}

fn versions(node: Node<'_>) -> Option<Versions<'_>> {
    Some(Versions {
        basisschema: value::text(node, "BasisschemaXsdVersie")?,
        bericht: value::text(node, "BerichtXsdVersie")?,
    })
}
