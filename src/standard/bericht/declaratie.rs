//! The 323, a provider's declaration, and the 325 that answers it: they share their clients and lines.

use std::borrow::Cow;

use jiff::civil::Date;

use super::text::Text;
use super::value::{self, Bedrag, Eenheid, Periode};
use crate::xml::tree::Node;

/// Content of a 323 (class Declaratie, iJw and iWmo 3.2).
#[derive(Clone)]
pub struct Declaratie<'t> {
    /// The class itself.
    pub node: Node<'t>,
    /// Element DeclaratieNummer.
    pub declaratie_nummer: Cow<'t, str>,
    /// Class DeclaratiePeriode.
    pub declaratie_periode: Periode,
    /// Element DeclaratieDagtekening.
    pub declaratie_dagtekening: Date,
    /// Class TotaalIngediendBedrag.
    pub totaal_ingediend: Bedrag,
    /// The classes Client, in document order.
    pub clients: Vec<Client<'t>>,
}

/// Content of a 325 (class DeclaratieAntwoord, iJw and iWmo 3.2).
#[derive(Clone)]
pub struct DeclaratieAntwoord<'t> {
    /// The class itself.
    pub node: Node<'t>,
    /// Element DeclaratieNummer.
    pub declaratie_nummer: Cow<'t, str>,
    /// Class TotaalIngediendBedrag.
    pub totaal_ingediend: Bedrag,
    /// Class TotaalToegekendBedrag.
    pub totaal_toegekend: Bedrag,
    /// The classes Client that hold a refusal, in document order.
    pub clients: Vec<Client<'t>>,
    /// Its RetourCodes.
    pub retour_codes: Vec<Cow<'t, str>>,
}

/// A client with the care that is declared for him.
#[derive(Clone)]
pub struct Client<'t> {
    /// The class itself.
    pub node: Node<'t>,
    /// Element Bsn.
    pub bsn: Text<'t>,
    /// The classes Prestatie, in document order.
    pub prestaties: Vec<Prestatie<'t>>,
    /// Its RetourCodes; only in a 325.
    pub retour_codes: Vec<Cow<'t, str>>,
}

/// One declared line.
#[derive(Clone)]
pub struct Prestatie<'t> {
    /// The class itself.
    pub node: Node<'t>,
    /// ProductReferentie/ReferentieNummer.
    pub referentie_nummer: Text<'t>,
    /// ProductReferentie/VorigReferentieNummer: of a credit, the debit that it takes back.
    pub vorig_referentie_nummer: Option<Text<'t>>,
    /// Element ToewijzingNummer.
    pub toewijzing_nummer: u64,
    /// Element ProductCategorie.
    pub categorie: Text<'t>,
    /// Element ProductCode.
    pub code: Text<'t>,
    /// Class ProductPeriode.
    pub periode: Periode,
    /// Element GeleverdVolume, in units of `eenheid`; cents when that is euro.
    pub geleverd_volume: u32,
    /// Element Eenheid.
    pub eenheid: Eenheid,
    /// Element ProductTarief, cents a unit.
    pub product_tarief: Option<u64>,
    /// Class IngediendBedrag.
    pub ingediend: Bedrag,
    /// Its RetourCodes; only in a 325.
    pub retour_codes: Vec<Cow<'t, str>>,
}

impl<'t> Declaratie<'t> {
    /// Every line of every client, in document order.
    pub fn prestaties(&self) -> impl Iterator<Item = &Prestatie<'t>> {
        self.clients.iter().flat_map(|client| &client.prestaties)
    }

    pub(super) fn read(root: Node<'t>) -> Option<Self> {
        let node = root.child("Declaratie")?;
        Some(Self {
            node,
            declaratie_nummer: value::text(node, "DeclaratieNummer")?,
            declaratie_periode: value::periode(node.child("DeclaratiePeriode")?)?,
            declaratie_dagtekening: value::date(node, "DeclaratieDagtekening")?,
            totaal_ingediend: value::bedrag(node.child("TotaalIngediendBedrag")?, "TotaalBedrag")?,
            clients: read_clients(node)?,
        })
    }
}

impl<'t> DeclaratieAntwoord<'t> {
    pub(super) fn read(root: Node<'t>) -> Option<Self> {
        let node = root.child("DeclaratieAntwoord")?;
        Some(Self {
            node,
            declaratie_nummer: value::text(node, "DeclaratieNummer")?,
            totaal_ingediend: value::bedrag(node.child("TotaalIngediendBedrag")?, "TotaalBedrag")?,
            totaal_toegekend: value::bedrag(node.child("TotaalToegekendBedrag")?, "TotaalBedrag")?,
            clients: read_clients(node)?,
            retour_codes: retour_codes(node),
        })
    }
}

/// The clients of a declaration or its answer; none when the list class is absent.
fn read_clients(node: Node<'_>) -> Option<Vec<Client<'_>>> {
    let list = node.child("Clienten").map(Node::children);
    list.into_iter().flatten().map(Client::read).collect()
}

/// The codes in the class RetourCodes of `node`.
pub(crate) fn retour_codes(node: Node<'_>) -> Vec<Cow<'_, str>> {
    let list = node.child("RetourCodes").map(Node::children);
    list.into_iter().flatten().map(Node::text).collect()
}

impl<'t> Client<'t> {
    fn read(node: Node<'t>) -> Option<Self> {
        let prestaties = node.child("Prestaties")?.children();
        Some(Self {
            node,
            bsn: value::text(node, "Bsn")?.into(),
            prestaties: prestaties.map(Prestatie::read).collect::<Option<_>>()?,
            retour_codes: retour_codes(node),
        })
    }
}

impl<'t> Prestatie<'t> {
    /// One walk over the children: a declaration has tens of thousands of these.
    fn read(node: Node<'t>) -> Option<Self> {
        let mut reference = None;
        let (mut toewijzing_nummer, mut categorie, mut code, mut periode) =
            (None, None, None, None);
        let (mut volume, mut eenheid, mut product_tarief, mut ingediend) = (None, None, None, None);
        for child in node.children() {
            match child.name() {
                "ProductReferentie" => reference = Some(child),
                "ToewijzingNummer" => toewijzing_nummer = value::parse_number(&child.text()),
                "ProductCategorie" => categorie = Some(child.text().into()),
                "ProductCode" => code = Some(child.text().into()),
                "ProductPeriode" => periode = value::periode(child),
                "GeleverdVolume" => volume = value::parse_number(&child.text()),
                "Eenheid" => eenheid = Eenheid::from_code(child.text().trim()),
                "ProductTarief" => product_tarief = value::parse_number(&child.text()),
                "IngediendBedrag" => ingediend = value::bedrag(child, "Bedrag"),
                _ => {}
            }
        }
        let reference = reference?;
        Some(Self {
            node,
            referentie_nummer: value::text(reference, "ReferentieNummer")?.into(),
            vorig_referentie_nummer: value::text(reference, "VorigReferentieNummer")
                .map(Text::from),
            toewijzing_nummer: toewijzing_nummer?,
            categorie: categorie?,
            code: code?,
            periode: periode?,
            geleverd_volume: u32::try_from(volume?).ok()?,
            eenheid: eenheid?,
            product_tarief,
            ingediend: ingediend?,
            retour_codes: retour_codes(node),
        })
    }
}
