//! The requests of a provider: 315 for an allocation, 317 to change what is allocated.

use std::borrow::Cow;

use jiff::civil::Date;

use super::value::{self, Omvang, Product};
use crate::xml::tree::Node;

/// Content of a 315 (class Client, iJw and iWmo 3.2), as far as rules ask for it.
#[derive(Clone)]
pub struct VerzoekToewijzing<'t> {
    /// The class Client.
    pub client: Node<'t>,
    /// Element Bsn.
    pub bsn: Cow<'t, str>,
    /// The classes AangevraagdProduct, in document order; each is a request of its own.
    pub products: Vec<AangevraagdProduct<'t>>,
}

/// One product that is asked for.
#[derive(Clone)]
pub struct AangevraagdProduct<'t> {
    /// The class itself.
    pub node: Node<'t>,
    /// Element ReferentieAanbieder.
    pub referentie_aanbieder: Cow<'t, str>,
    /// Class Product.
    pub product: Option<Product<'t>>,
    /// Element ToewijzingIngangsdatum.
    pub ingangsdatum: Date,
    /// Element ToewijzingEinddatum; absent: no end.
    pub einddatum: Option<Date>,
    /// Class Omvang.
    pub omvang: Option<Omvang>,
    /// Element Budget, cents.
    pub budget: Option<u64>,
}

/// Content of a 317 (classes Client and Verzoek, iJw and iWmo 3.2), as far as rules ask for it.
#[derive(Clone)]
pub struct VerzoekWijziging<'t> {
    /// The class Client.
    pub client: Node<'t>,
    /// Element Bsn.
    pub bsn: Cow<'t, str>,
    /// The class Verzoek.
    pub verzoek: Node<'t>,
    /// Element ReferentieAanbieder.
    pub referentie_aanbieder: Cow<'t, str>,
    /// The classes OngewijzigdProduct, in document order.
    pub unchanged: Vec<OngewijzigdProduct<'t>>,
    /// The classes TeWijzigenProduct, in document order.
    pub changed: Vec<TeWijzigenProduct<'t>>,
    /// The classes NieuwProduct, in document order.
    pub new: Vec<NieuwProduct<'t>>,
}

/// An allocation that stays as it is.
#[derive(Clone)]
pub struct OngewijzigdProduct<'t> {
    /// The class itself.
    pub node: Node<'t>,
    /// Element ToewijzingNummer.
    pub toewijzing_nummer: u64,
}

/// An allocation that is to change.
#[derive(Clone)]
pub struct TeWijzigenProduct<'t> {
    /// The class itself.
    pub node: Node<'t>,
    /// Element ToewijzingNummer.
    pub toewijzing_nummer: u64,
    /// Element GewensteIngangsdatum.
    pub gewenste_ingangsdatum: Date,
    /// Element Einddatum; absent: no end.
    pub einddatum: Option<Date>,
    /// Class Omvang.
    pub omvang: Option<Omvang>,
    /// Element Budget, cents.
    pub budget: Option<u64>,
}

/// A product that is to come beside the others.
#[derive(Clone)]
pub struct NieuwProduct<'t> {
    /// The class itself.
    pub node: Node<'t>,
    /// Class Product.
    pub product: Option<Product<'t>>,
    /// Element GewensteIngangsdatum.
    pub gewenste_ingangsdatum: Date,
    /// Element Einddatum; absent: no end.
    pub einddatum: Option<Date>,
    /// Class Omvang.
    pub omvang: Option<Omvang>,
    /// Element Budget, cents.
    pub budget: Option<u64>,
}

impl<'t> VerzoekToewijzing<'t> {
    pub(super) fn read(root: Node<'t>) -> Option<Self> {
        let client = root.child("Client")?;
        let products = client.child("AangevraagdeProducten")?.children();
        Some(Self {
            client,
            bsn: value::text(client, "Bsn")?,
            products: products
                .map(AangevraagdProduct::read)
                .collect::<Option<_>>()?,
        })
    }
}

impl<'t> AangevraagdProduct<'t> {
    fn read(node: Node<'t>) -> Option<Self> {
        Some(Self {
            node,
            referentie_aanbieder: value::text(node, "ReferentieAanbieder")?,
            product: value::product(node),
            ingangsdatum: value::date(node, "ToewijzingIngangsdatum")?,
            einddatum: value::date(node, "ToewijzingEinddatum"),
            omvang: value::omvang(node),
            budget: value::number(node, "Budget"),
        })
    }
}

impl<'t> VerzoekWijziging<'t> {
    pub(super) fn read(root: Node<'t>) -> Option<Self> {
        let client = root.child("Client")?;
        let verzoek = client.child("Verzoek")?;
        Some(Self {
            client,
            bsn: value::text(client, "Bsn")?,
            verzoek,
            referentie_aanbieder: value::text(verzoek, "ReferentieAanbieder")?,
            unchanged: rows(verzoek, "OngewijzigdeProducten", OngewijzigdProduct::read)?,
            changed: rows(verzoek, "TeWijzigenProducten", TeWijzigenProduct::read)?,
            new: rows(verzoek, "NieuweProducten", NieuwProduct::read)?,
        })
    }
}

/// The rows of a list class that may be absent.
fn rows<'t, T>(
    verzoek: Node<'t>,
    list: &str,
    read: impl Fn(Node<'t>) -> Option<T>,
) -> Option<Vec<T>> {
    let list = verzoek.child(list).map(Node::children);
    list.into_iter().flatten().map(read).collect()
}

impl<'t> OngewijzigdProduct<'t> {
    fn read(node: Node<'t>) -> Option<Self> {
        Some(Self {
            node,
            toewijzing_nummer: value::number(node, "ToewijzingNummer")?,
        })
    }
}

impl<'t> TeWijzigenProduct<'t> {
    fn read(node: Node<'t>) -> Option<Self> {
        Some(Self {
            node,
            toewijzing_nummer: value::number(node, "ToewijzingNummer")?,
            gewenste_ingangsdatum: value::date(node, "GewensteIngangsdatum")?,
            einddatum: value::date(node, "Einddatum"),
            omvang: value::omvang(node),
            budget: value::number(node, "Budget"),
        })
    }
}

impl<'t> NieuwProduct<'t> {
    fn read(node: Node<'t>) -> Option<Self> {
        Some(Self {
            node,
            product: value::product(node),
            gewenste_ingangsdatum: value::date(node, "GewensteIngangsdatum")?,
            einddatum: value::date(node, "Einddatum"),
            omvang: value::omvang(node),
            budget: value::number(node, "Budget"),
        })
    }
}
