//! The 307: a provider reports that care ended, for a time or for good.

use std::borrow::Cow;

use jiff::civil::Date;

use super::value::{self, Product};
use crate::xml::tree::Node;

/// Content of a 307 (class Client, iJw and iWmo 3.2), as far as rules ask for it.
#[derive(Clone)]
pub struct Stop<'t> {
    /// The class Client.
    pub client: Node<'t>,
    /// Element Bsn.
    pub bsn: Cow<'t, str>,
    /// The classes StopProduct, in document order.
    pub products: Vec<StopProduct<'t>>,
}

/// One stop of one product.
#[derive(Clone)]
pub struct StopProduct<'t> {
    /// The class itself.
    pub node: Node<'t>,
    /// Element ToewijzingNummer; absent where care is given without allocation (IV096).
    pub toewijzing_nummer: Option<u64>,
    /// Class Product.
    pub product: Option<Product<'t>>,
    /// Element Begindatum: that of the start which ends here.
    pub begindatum: Date,
    /// Element RedenBeeindiging (code list JZ588 or WMO588); 20 is a stop for a time.
    pub reden_beeindiging: Cow<'t, str>,
    /// Element Einddatum.
    pub einddatum: Date,
    /// Element StatusAanlevering: 1 first delivery, 3 removal (2 and 9 break CS058).
    pub status_aanlevering: Cow<'t, str>,
}

impl<'t> Stop<'t> {
    pub(super) fn read(root: Node<'t>) -> Option<Self> {
        let client = root.child("Client")?;
        let products = client.child("StopProducten")?.children();
        Some(Self {
            client,
            bsn: value::text(client, "Bsn")?,
            products: products.map(StopProduct::read).collect::<Option<_>>()?,
        })
    }
}

impl<'t> StopProduct<'t> {
    fn read(node: Node<'t>) -> Option<Self> {
        Some(Self {
            node,
            toewijzing_nummer: value::number(node, "ToewijzingNummer"),
            product: value::product(node),
            begindatum: value::date(node, "Begindatum")?,
            reden_beeindiging: value::text(node, "RedenBeeindiging")?,
            einddatum: value::date(node, "Einddatum")?,
            status_aanlevering: value::text(node, "StatusAanlevering")?,
        })
    }
}
