//! Messages made from the few values that decide a case; all else is filled in so that levels 1 and 2 hold.

use knooppunt_standard::{Berichtsoort, Law};

pub(crate) const GEMEENTE: &str = "0384";
pub(crate) const AANBIEDER: &str = "65656055";
pub(crate) const BSN1: &str = "999900006";
pub(crate) const BSN2: &str = "999900018";
pub(crate) const BSN3: &str = "999900031";
pub(crate) const BSN4: &str = "999900043";

/// A message. An empty text, a zero or an empty list is an element that is left out.
#[derive(Clone)]
pub(crate) struct Message {
    pub(crate) law: Law,
    pub(crate) soort: Berichtsoort,
    pub(crate) id: String,
    pub(crate) dagtekening: String,
    pub(crate) gemeente: &'static str,
    body: String,
}

impl Message {
    pub(crate) fn new(soort: Berichtsoort, id: &str, dagtekening: &str, body: String) -> Self {
        Self {
            law: Law::Jw,
            soort,
            id: id.to_owned(),
            dagtekening: dagtekening.to_owned(),
            gemeente: GEMEENTE,
            body,
        }
    }

    pub(crate) fn under(self, law: Law) -> Self {
        Self { law, ..self }
    }

    pub(crate) fn with_gemeente(self, gemeente: &'static str) -> Self {
        Self { gemeente, ..self }
    }

    pub(crate) fn xml(&self) -> String {
        let from_gemeente = matches!(
            self.soort,
            Berichtsoort::Toewijzing
                | Berichtsoort::ToewijzingRetour
                | Berichtsoort::Antwoord
                | Berichtsoort::AntwoordRetour
        );
        let (from, to) = if from_gemeente {
            (self.gemeente, AANBIEDER)
        } else {
            (AANBIEDER, self.gemeente)
        };
        let standard = self.law.standard();
        let name = self.soort.name(self.law).to_lowercase();
        let versions = |word: &str| {
            format!(
                "<s:{word}><b:BasisschemaXsdVersie>1.0.0</b:BasisschemaXsdVersie>\
                 <b:BerichtXsdVersie>1.0.0</b:BerichtXsdVersie></s:{word}>"
            )
        };
        let (retour, body) = if self.soort.is_retour() {
            let own = format!(
                "<s:IdentificatieRetour>R{0}</s:IdentificatieRetour>\
                 <s:DagtekeningRetour>{1}</s:DagtekeningRetour>{2}",
                self.id,
                self.dagtekening,
                versions("XsdVersieRetour")
            );
            (own + &self.body, "")
        } else {
            (String::new(), self.body.as_str())
        };
        format!(
            "<s:Bericht xmlns:s=\"http://www.istandaarden.nl/{standard}/3_2/{name}/schema\" \
             xmlns:b=\"http://www.istandaarden.nl/{standard}/3_2/basisschema/schema\">\n\
             <s:Header><s:BerichtCode>{code}</s:BerichtCode><s:BerichtVersie>3</s:BerichtVersie>\
             <s:BerichtSubversie>2</s:BerichtSubversie><s:Afzender>{from}</s:Afzender>\
             <s:Ontvanger>{to}</s:Ontvanger><s:BerichtIdentificatie>\
             <b:Identificatie>{id}</b:Identificatie><b:Dagtekening>{day}</b:Dagtekening>\
             </s:BerichtIdentificatie>{xsd}{retour}</s:Header>\n{body}\n</s:Bericht>",
            code = self.soort.bericht_code(self.law),
            id = self.id,
            day = self.dagtekening,
            xsd = versions("XsdVersie"),
        )
    }
}

/// A row of a 301.
#[derive(Clone, Copy)]
pub(crate) struct Row {
    pub(crate) nummer: u64,
    pub(crate) reference: &'static str,
    pub(crate) product: &'static str,
    pub(crate) made: &'static str,
    pub(crate) from: &'static str,
    pub(crate) to: &'static str,
    pub(crate) reason: &'static str,
    pub(crate) size: &'static str,
    pub(crate) budget: u64,
}

/// A row of a 301 that was made on 2026-02-20.
pub(crate) const ROW: Row = Row {
    nummer: 0,
    reference: "",
    product: "",
    made: "2026-02-20",
    from: "",
    to: "",
    reason: "",
    size: "",
    budget: 0,
};

/// A row of a 305.
#[derive(Clone, Copy)]
pub(crate) struct Begin {
    pub(crate) nummer: u64,
    pub(crate) product: &'static str,
    pub(crate) begins: &'static str,
    pub(crate) status: &'static str,
}

/// A row of a 307.
#[derive(Clone, Copy)]
pub(crate) struct End {
    pub(crate) nummer: u64,
    pub(crate) product: &'static str,
    pub(crate) begins: &'static str,
    pub(crate) reason: &'static str,
    pub(crate) ends: &'static str,
    pub(crate) status: &'static str,
}

/// A row of a 317 that changes an allocation.
#[derive(Clone, Copy)]
pub(crate) struct Changed {
    pub(crate) nummer: u64,
    pub(crate) from: &'static str,
    pub(crate) to: &'static str,
    pub(crate) size: &'static str,
    pub(crate) budget: u64,
}

/// A row of a 317 that adds a product.
#[derive(Clone, Copy)]
pub(crate) struct New {
    pub(crate) product: &'static str,
    pub(crate) from: &'static str,
    pub(crate) to: &'static str,
    pub(crate) size: &'static str,
}

/// A 301.
pub(crate) fn allocates(id: &str, day: &str, bsn: &str, rows: &[Row]) -> Message {
    let list = elements("ToegewezenProduct", rows, |row| {
        [
            element("ToewijzingNummer", &row.nummer.to_string()),
            element("ReferentieAanbieder", row.reference),
            product(row.product),
            element("Toewijzingsdatum", row.made),
            element("Toewijzingstijd", "09:00:00"),
            element("Ingangsdatum", row.from),
            element("Einddatum", row.to),
            element("RedenWijziging", row.reason),
            size(row.size),
            budget(row.budget),
        ]
        .concat()
    });
    let name = "<s:Naam><b:Geslachtsnaam><b:Achternaam>Vos</b:Achternaam></b:Geslachtsnaam>\
        <b:NaamGebruik>1</b:NaamGebruik></s:Naam>";
    let contact = "<s:Contactgegevens><s:Contact><s:Soort>01</s:Soort><s:Adres><b:Huis>\
        <b:Huisnummer>1</b:Huisnummer></b:Huis><b:Postcode>1234AB</b:Postcode>\
        <b:LandCode>NL</b:LandCode></s:Adres></s:Contact></s:Contactgegevens>";
    let rows = format!("{contact}\n<s:ToegewezenProducten>{list}</s:ToegewezenProducten>");
    Message::new(Berichtsoort::Toewijzing, id, day, client(bsn, name, &rows))
}

/// A 305.
pub(crate) fn starts(id: &str, day: &str, bsn: &str, rows: &[Begin]) -> Message {
    let list = elements("StartProduct", rows, |row| {
        [
            number(row.nummer),
            product(row.product),
            element("Begindatum", row.begins),
            element("StatusAanlevering", row.status),
        ]
        .concat()
    });
    let rows = format!("<s:StartProducten>{list}</s:StartProducten>");
    Message::new(Berichtsoort::Start, id, day, client(bsn, NAME, &rows))
}

/// A 307.
pub(crate) fn stops(id: &str, day: &str, bsn: &str, rows: &[End]) -> Message {
    let list = elements("StopProduct", rows, |row| {
        [
            number(row.nummer),
            product(row.product),
            element("Begindatum", row.begins),
            element("RedenBeeindiging", row.reason),
            element("Einddatum", row.ends),
            element("StatusAanlevering", row.status),
        ]
        .concat()
    });
    let rows = format!("<s:StopProducten>{list}</s:StopProducten>");
    Message::new(Berichtsoort::Stop, id, day, client(bsn, NAME, &rows))
}

/// A 315 for hours a month of one product each, of which no two overlap by themselves.
pub(crate) fn asks(id: &str, day: &str, bsn: &str, rows: &[(&str, &str)]) -> Message {
    let list = elements("AangevraagdProduct", rows, |(reference, code)| {
        [
            element("ReferentieAanbieder", reference),
            product(code),
            element("ToewijzingIngangsdatum", "2026-05-01"),
            size("2x04x4"),
            "<s:Verwijzer><b:Type>01</b:Type></s:Verwijzer>".to_owned(),
        ]
        .concat()
    });
    let rows = format!("<s:AangevraagdeProducten>{list}</s:AangevraagdeProducten>");
    let body = client(bsn, NAME, &rows);
    Message::new(Berichtsoort::VerzoekToewijzing, id, day, body)
}

/// A 317.
pub(crate) fn wishes(
    id: &str,
    day: &str,
    bsn: &str,
    reference: &str,
    unchanged: &[u64],
    changed: &[Changed],
    new: &[New],
) -> Message {
    let unchanged = elements("OngewijzigdProduct", unchanged, |nummer| number(*nummer));
    let changed = elements("TeWijzigenProduct", changed, |row| {
        [
            number(row.nummer),
            element("GewensteIngangsdatum", row.from),
            element("Einddatum", row.to),
            size(row.size),
            budget(row.budget),
        ]
        .concat()
    });
    let new = elements("NieuwProduct", new, |row| {
        [
            product(row.product),
            element("GewensteIngangsdatum", row.from),
            element("Einddatum", row.to),
            size(row.size),
        ]
        .concat()
    });
    let body = format!(
        "<s:Client><s:Bsn>{bsn}</s:Bsn><s:Verzoek>{}{}{}{}{}</s:Verzoek></s:Client>",
        element("ReferentieAanbieder", reference),
        element("RedenVerzoek", "1"),
        element("OngewijzigdeProducten", &unchanged),
        element("TeWijzigenProducten", &changed),
        element("NieuweProducten", &new),
    );
    Message::new(Berichtsoort::VerzoekWijziging, id, day, body)
}

/// A 319: `gemeente` is that of Woonplaatsbeginsel.
pub(crate) fn answers(
    id: &str,
    day: &str,
    reference: &str,
    answer: &str,
    reason: &str,
    gemeente: &str,
) -> Message {
    let body = [
        element("ReferentieAanbieder", reference),
        element("VerzoekAntwoord", answer),
        element("RedenAfwijzingVerzoek", reason),
        element("Woonplaatsbeginsel", &element("Gemeente", gemeente)),
    ];
    let body = element("Antwoord", &body.concat());
    Message::new(Berichtsoort::Antwoord, id, day, body)
}

/// The header-only retour on a message, with these codes.
pub(crate) fn answered(message: &Message, codes: &[&str]) -> Message {
    let soort = Berichtsoort::from_number(message.soort.number() + 1).unwrap();
    let codes: String = codes
        .iter()
        .map(|code| element("RetourCode", code))
        .collect();
    Message {
        soort,
        body: element("RetourCodes", &codes),
        ..message.clone()
    }
}

const NAME: &str =
    "<s:Naam><b:Geslachtsnaam><b:Achternaam>Vos</b:Achternaam></b:Geslachtsnaam></s:Naam>";

fn client(bsn: &str, name: &str, rows: &str) -> String {
    format!(
        "<s:Client><s:Bsn>{bsn}</s:Bsn><s:Geboortedatum><b:Datum>2010-01-01</b:Datum></s:Geboortedatum>\
         <s:Geslacht>1</s:Geslacht>{name}\n{rows}</s:Client>"
    )
}

fn element(name: &str, text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    format!("<s:{name}>{text}</s:{name}>")
}

/// One element for each row, each on a line of its own.
fn elements<R>(name: &str, rows: &[R], content: impl Fn(&R) -> String) -> String {
    let lines = rows.iter().map(|row| element(name, &content(row)) + "\n");
    lines.collect()
}

fn number(nummer: u64) -> String {
    unless_zero("ToewijzingNummer", nummer)
}

fn budget(cents: u64) -> String {
    unless_zero("Budget", cents)
}

fn unless_zero(name: &str, number: u64) -> String {
    if number == 0 {
        return String::new();
    }
    element(name, &number.to_string())
}

/// `45/45A04`, or `45` for a category without a code.
fn product(product: &str) -> String {
    let (categorie, code) = product.split_once('/').unwrap_or((product, ""));
    if categorie.is_empty() {
        return String::new();
    }
    let code = if code.is_empty() {
        String::new()
    } else {
        format!("<b:Code>{code}</b:Code>")
    };
    format!("<s:Product><b:Categorie>{categorie}</b:Categorie>{code}</s:Product>")
}

/// `3x04x2`: volume, unit, frequency.
fn size(size: &str) -> String {
    let parts: Vec<&str> = size.split('x').collect();
    let [volume, unit, often] = parts[..] else {
        return String::new();
    };
    format!(
        "<s:Omvang><b:Volume>{volume}</b:Volume><b:Eenheid>{unit}</b:Eenheid>\
         <b:Frequentie>{often}</b:Frequentie></s:Omvang>"
    )
}
