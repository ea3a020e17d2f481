//! The 305: a provider reports that care began.

use std::borrow::Cow;

use jiff::civil::Date;

use super::value::{self, Product};
use crate::xml::tree::Node;

/// Content of a 305 (class Client, iJw and iWmo 3.2), as far as rules ask for it.
#[derive(Clone)]
pub struct Start<'t> {
    /// The class Client.
    pub client: Node<'t>,
    /// Element Bsn.
    pub bsn: Cow<'t, str>,
    /// The classes StartProduct, in document order.
    pub products: Vec<StartProduct<'t>>,
}

/// One start of one product.
#[derive(Clone)]
pub struct StartProduct<'t> {
    /// The class itself.
    pub node: Node<'t>,
    /// Element ToewijzingNummer; absent where care is given without allocation (IV096).
    pub toewijzing_nummer: Option<u64>,
    /// Class Product.
    pub product: Option<Product<'t>>,
    /// Element Begindatum.
    pub begindatum: Date,
    /// Element StatusAanlevering: 1 first delivery, 3 removal (2 and 9 break CS058).
    pub status_aanlevering: Cow<'t, str>,
}

impl<'t> Start<'t> {
    pub(super) fn read(root: Node<'t>) -> Option<Self> {
        let client = root.child("Client")?;
        let products = client.child("StartProducten")?.children();
        Some(Self {
            client,
            bsn: value::text(client, "Bsn")?,
            products: products.map(StartProduct::read).collect::<Option<_>>()?,
        })
    }
}

impl<'t> StartProduct<'t> {
    fn read(node: Node<'t>) -> Option<Self> {
        Some(Self {
            node,
            toewijzing_nummer: value::number(node, "ToewijzingNummer"),
            product: value::product(node),
            begindatum: value::date(node, "Begindatum")?,
            status_aanlevering: value::text(node, "StatusAanlevering")?,
        })
    }
}
