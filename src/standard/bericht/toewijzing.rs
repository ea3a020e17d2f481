//! The 301: what a municipality allocates to a client at one provider.

use std::borrow::Cow;

use jiff::civil::{Date, Time};

use super::value::{self, Omvang, Product};
use crate::xml::tree::Node;

/// Content of a 301 (class Client, iJw and iWmo 3.2), as far as rules ask for it.
#[derive(Clone)]
pub struct Toewijzing<'t> {
    /// The class Client.
    pub client: Node<'t>,
    /// Element Bsn.
    pub bsn: Cow<'t, str>,
    /// The classes ToegewezenProduct, in document order.
    pub products: Vec<ToegewezenProduct<'t>>,
}

/// One allocated product: one version of one allocation.
#[derive(Clone)]
pub struct ToegewezenProduct<'t> {
    /// The class itself.
    pub node: Node<'t>,
    /// Element ToewijzingNummer.
    pub toewijzing_nummer: u64,
    /// Element ReferentieAanbieder: the request it honours.
    pub referentie_aanbieder: Option<Cow<'t, str>>,
    /// Class Product; absent for an allocation of a budget only.
    pub product: Option<Product<'t>>,
    /// Element Toewijzingsdatum; with the time it orders the versions of an allocation (IV013).
    pub toewijzingsdatum: Date,
    /// Element Toewijzingstijd.
    pub toewijzingstijd: Time,
    /// Element Ingangsdatum.
    pub ingangsdatum: Date,
    /// Element Einddatum; absent: no end.
    pub einddatum: Option<Date>,
    /// Element RedenWijziging (code list WJ002 of the law), two digits.
    pub reden_wijziging: Option<Cow<'t, str>>,
    /// Class Omvang.
    pub omvang: Option<Omvang>,
    /// Element Budget, cents.
    pub budget: Option<u64>,
}

impl<'t> Toewijzing<'t> {
    pub(super) fn read(root: Node<'t>) -> Option<Self> {
        let client = root.child("Client")?;
        let products = client.child("ToegewezenProducten")?.children();
        Some(Self {
            client,
            bsn: value::text(client, "Bsn")?,
            products: products
                .map(ToegewezenProduct::read)
                .collect::<Option<_>>()?,
        })
    }
}

impl<'t> ToegewezenProduct<'t> {
    fn read(node: Node<'t>) -> Option<Self> {
        Some(Self {
            node,
            toewijzing_nummer: value::number(node, "ToewijzingNummer")?,
            referentie_aanbieder: value::text(node, "ReferentieAanbieder"),
            product: value::product(node),
            toewijzingsdatum: value::date(node, "Toewijzingsdatum")?,
            toewijzingstijd: value::time(node, "Toewijzingstijd")?,
            ingangsdatum: value::date(node, "Ingangsdatum")?,
            einddatum: value::date(node, "Einddatum"),
            reden_wijziging: value::text(node, "RedenWijziging"),
            omvang: value::omvang(node),
            budget: value::number(node, "Budget"),
        })
    }
}
