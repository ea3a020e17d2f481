//! A 323, and whatever else is sent about it, from the few values that decide a case.

use std::fmt::Write as _;

use jiff::civil::{Date, date};

use crate::bericht::berichtsoort::{Berichtsoort, Law};

pub(super) const BSN1: &str = "999900006";
pub(super) const BSN2: &str = "999900018";
pub(super) const BSN3: &str = "999900031";
pub(super) const UNKNOWN: &str = "999900043";

/// A line of a declaration.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) bsn: &'static str,
    pub(super) referentie: String,
    pub(super) vorig: Option<String>,
    pub(super) nummer: u64,
    pub(super) product: (&'static str, &'static str),
    pub(super) periode: (Date, Date),
    pub(super) volume: u32,
    pub(super) eenheid: &'static str,
    pub(super) tarief: Option<u64>,
    pub(super) cents: u64,
    pub(super) credit: bool,
}

impl Row {
    /// Hours on allocation 1001 (3 hours a week, 2 March to 31 May 2026) in a month, under the contract.
    pub(super) fn hours(referentie: &str, month: i8, volume: u32) -> Self {
        let first = date(2026, month, 1);
        Self {
            bsn: BSN1,
            referentie: referentie.to_owned(),
            vorig: None,
            nummer: 1001,
            product: ("45", "45A04"),
            periode: (first.max(date(2026, 3, 2)), first.last_of_month()),
            volume,
            eenheid: "04",
            tarief: Some(5500),
            cents: u64::from(volume) * 5500,
            credit: false,
        }
    }

    /// The credit of a line.
    pub(super) fn credit_of(&self, referentie: &str) -> Self {
        Self {
            vorig: Some(self.referentie.clone()),
            referentie: referentie.to_owned(),
            credit: true,
            ..self.clone()
        }
    }

    pub(super) fn of(self, bsn: &'static str) -> Self {
        Self { bsn, ..self }
    }

    pub(super) fn on(self, nummer: u64) -> Self {
        Self { nummer, ..self }
    }

    pub(super) fn product(self, categorie: &'static str, code: &'static str) -> Self {
        Self {
            product: (categorie, code),
            ..self
        }
    }

    pub(super) fn periode(self, begin: Date, end: Date) -> Self {
        Self {
            periode: (begin, end),
            ..self
        }
    }

    /// So much of a unit at a tariff, costing their product.
    pub(super) fn size(self, volume: u32, eenheid: &'static str, tarief: u64) -> Self {
        Self {
            volume,
            eenheid,
            tarief: Some(tarief),
            cents: u64::from(volume) * tarief,
            ..self
        }
    }

    /// So many cents of unit 83.
    pub(super) fn euros(self, cents: u32) -> Self {
        Self {
            volume: cents,
            eenheid: "83",
            tarief: None,
            cents: u64::from(cents),
            ..self
        }
    }

    pub(super) fn cents(self, cents: u64) -> Self {
        Self { cents, ..self }
    }

    fn signed(&self) -> i128 {
        let cents = i128::from(self.cents);
        if self.credit { -cents } else { cents }
    }
}

/// A declaration over a month.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    pub(super) law: Law,
    pub(super) id: String,
    pub(super) dagtekening: Date,
    pub(super) nummer: String,
    pub(super) month: Date,
    pub(super) rows: Vec<Row>,
}

impl Sent {
    /// Over a month of 2026, made in the next one, with an identification that is its number.
    pub(super) fn over(nummer: &str, month: i8, rows: impl IntoIterator<Item = Row>) -> Self {
        Self {
            law: Law::Jw,
            id: nummer.to_owned(),
            dagtekening: date(2026, month + 1, 6),
            nummer: nummer.to_owned(),
            month: date(2026, month, 1),
            rows: rows.into_iter().collect(),
        }
    }

    pub(super) fn named(self, id: &str) -> Self {
        Self {
            id: id.to_owned(),
            ..self
        }
    }

    pub(super) fn under(self, law: Law) -> Self {
        Self { law, ..self }
    }

    /// The signed sum of its lines.
    pub(super) fn total(&self) -> i128 {
        self.rows.iter().map(Row::signed).sum()
    }

    /// The message as XML; lines of one client that follow each other stand in one Client.
    pub(super) fn xml(&self) -> String {
        let mut xml = Xml::new(self.law, Berichtsoort::Declaratie);
        xml.header(&self.id, self.dagtekening, "65656055", "0384", "");
        xml.open("Declaratie");
        xml.leaf("DeclaratieNummer", &self.nummer);
        xml.periode(
            "DeclaratiePeriode",
            (self.month, self.month.last_of_month()),
        );
        xml.leaf("DeclaratieDagtekening", &self.dagtekening.to_string());
        xml.amount("TotaalIngediendBedrag", "TotaalBedrag", self.total());
        xml.clients(&self.rows, |_, _| {});
        xml.close("Declaratie");
        xml.finish()
    }
}

/// XML in the order and the namespaces of the schemas.
pub(super) struct Xml {
    out: String,
    prefix: String,
    standard: &'static str,
}

impl Xml {
    /// Elements to be put into a message.
    pub(super) fn part(law: Law, soort: Berichtsoort) -> Self {
        Self {
            out: String::new(),
            prefix: format!("{law}{}", soort.number()),
            standard: law.standard(),
        }
    }

    pub(super) fn text(self) -> String {
        self.out
    }

    pub(super) fn codes(&mut self, codes: &[&str]) {
        self.open("RetourCodes");
        for code in codes {
            self.leaf("RetourCode", code);
        }
        self.close("RetourCodes");
    }

    pub(super) fn new(law: Law, soort: Berichtsoort) -> Self {
        let (standard, prefix) = (law.standard(), format!("{law}{}", soort.number()));
        let space = format!("http://www.istandaarden.nl/{standard}/3_2");
        let mut xml = Self {
            out: format!(
                "<{prefix}:Bericht xmlns:{standard}=\"{space}/basisschema/schema\" xmlns:{prefix}=\"{space}/{prefix}/schema\">"
            ),
            prefix,
            standard,
        };
        xml.begin_header(soort.bericht_code(law));
        xml
    }

    fn begin_header(&mut self, code: &str) {
        self.open("Header");
        self.leaf("BerichtCode", code);
        self.leaf("BerichtVersie", "3");
        self.leaf("BerichtSubversie", "2");
    }

    /// `more` stands between XsdVersie and the end.
    pub(super) fn header(&mut self, id: &str, day: Date, from: &str, to: &str, more: &str) {
        self.leaf("Afzender", from);
        self.leaf("Ontvanger", to);
        self.identification("BerichtIdentificatie", id, day);
        self.versions("XsdVersie", "1.0.0");
        self.out.push_str(more);
        self.close("Header");
    }

    pub(super) fn identification(&mut self, name: &str, id: &str, day: Date) {
        self.open(name);
        self.basis("Identificatie", id);
        self.basis("Dagtekening", &day.to_string());
        self.close(name);
    }

    pub(super) fn versions(&mut self, name: &str, version: &str) {
        self.open(name);
        self.basis("BasisschemaXsdVersie", "1.0.0");
        self.basis("BerichtXsdVersie", version);
        self.close(name);
    }

    pub(super) fn open(&mut self, name: &str) {
        let _ = write!(self.out, "<{}:{name}>", self.prefix);
    }

    pub(super) fn close(&mut self, name: &str) {
        let _ = writeln!(self.out, "</{}:{name}>", self.prefix);
    }

    pub(super) fn leaf(&mut self, name: &str, value: &str) {
        let _ = write!(self.out, "<{0}:{name}>{value}</{0}:{name}>", self.prefix);
    }

    pub(super) fn basis(&mut self, name: &str, value: &str) {
        let _ = write!(self.out, "<{0}:{name}>{value}</{0}:{name}>", self.standard);
    }

    pub(super) fn periode(&mut self, name: &str, (begin, end): (Date, Date)) {
        self.open(name);
        self.basis("Begindatum", &begin.to_string());
        self.basis("Einddatum", &end.to_string());
        self.close(name);
    }

    pub(super) fn amount(&mut self, name: &str, part: &str, signed: i128) {
        self.open(name);
        self.basis(part, &signed.unsigned_abs().to_string());
        self.basis("DebetCredit", if signed < 0 { "C" } else { "D" });
        self.close(name);
    }

    /// `after` adds what stands at the end of a line, or of a client (`None`).
    pub(super) fn clients(&mut self, rows: &[Row], after: impl Fn(&mut Self, Option<&Row>)) {
        self.open("Clienten");
        for rows in rows.chunk_by(|one, next| one.bsn == next.bsn) {
            self.open("Client");
            self.leaf("Bsn", rows[0].bsn);
            self.open("Prestaties");
            for row in rows {
                self.row(row, &after);
            }
            self.close("Prestaties");
            after(self, None);
            self.close("Client");
        }
        self.close("Clienten");
    }

    fn row(&mut self, row: &Row, after: &impl Fn(&mut Self, Option<&Row>)) {
        self.open("Prestatie");
        self.open("ProductReferentie");
        self.basis("ReferentieNummer", &row.referentie);
        if let Some(vorig) = &row.vorig {
            self.basis("VorigReferentieNummer", vorig);
        }
        self.close("ProductReferentie");
        self.leaf("ToewijzingNummer", &row.nummer.to_string());
        self.leaf("ProductCategorie", row.product.0);
        self.leaf("ProductCode", row.product.1);
        self.periode("ProductPeriode", row.periode);
        self.leaf("GeleverdVolume", &row.volume.to_string());
        self.leaf("Eenheid", row.eenheid);
        if let Some(tarief) = row.tarief {
            self.leaf("ProductTarief", &tarief.to_string());
        }
        self.amount("IngediendBedrag", "Bedrag", row.signed());
        after(self, Some(row));
        self.close("Prestatie");
    }

    pub(super) fn finish(mut self) -> String {
        self.close("Bericht");
        self.out
    }
}
