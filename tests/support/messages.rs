//! Made-up declarations of any size, for benches and load.
//!
//! Every message is valid against the schemas of release 3.2 and distinct by its identification. Persons
//! are made up; a Bsn is drawn from the test range 999900006..=999999990 and passes the eleven-proof.

#![allow(
    dead_code,
    reason = "every program that uses this file uses a part of it"
)]

use std::fmt::Write as _;
use std::sync::LazyLock;

/// The law a message is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Law {
    /// Youth Act, iJw.
    Jw,
    /// Social Support Act, iWmo.
    Wmo,
}

impl Law {
    fn standard(self) -> &'static str {
        match self {
            Law::Jw => "ijw",
            Law::Wmo => "iwmo",
        }
    }

    fn prefix(self) -> &'static str {
        match self {
            Law::Jw => "jw",
            Law::Wmo => "wmo",
        }
    }

    /// A category for each allocation of a client: no two of one category may hold on one day (TR302).
    fn categories(self) -> [&'static str; ALLOCATIONS] {
        match self {
            Law::Jw => ["43", "44", "45", "46", "50"],
            Law::Wmo => ["02", "03", "04", "05", "06"],
        }
    }

    fn category(self) -> &'static str {
        match self {
            Law::Jw => "45",
            Law::Wmo => "02",
        }
    }
}

/// Between whom a message goes and how it is called.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Envelope<'a> {
    /// CBS code, four digits.
    pub(crate) gemeente: &'a str,
    /// AGB code, eight digits.
    pub(crate) aanbieder: &'a str,
    /// BerichtIdentificatie, 1 to 12 characters, unique for its maker and kind.
    pub(crate) identificatie: &'a str,
}

/// Allocations of each client in [`toewijzing`], and lines of each in a declaration.
const ALLOCATIONS: usize = 5;

/// Every Bsn of the test range that passes the eleven-proof; there are a little more than 9,000.
static BSNS: LazyLock<Vec<u32>> = LazyLock::new(|| {
    let range = 999_900_006..=999_999_990;
    range.filter(|number| eleven_proof(*number)).collect()
});

/// The `n`th Bsn of the test range that passes the eleven-proof.
pub(crate) fn bsn(n: u32) -> String {
    let place = usize::try_from(n % 9_000).unwrap_or(0);
    BSNS.get(place).copied().unwrap_or_default().to_string()
}

fn eleven_proof(number: u32) -> bool {
    let mut rest = number;
    let mut sum = 0_i64;
    for weight in [-1_i64, 2, 3, 4, 5, 6, 7, 8, 9] {
        sum += weight * i64::from(rest % 10);
        rest /= 10;
    }
    sum % 11 == 0
}

/// A 323 (declaratie) with `prestaties` lines, five to a client: about 820 bytes a line. Nothing was allocated for them, and every one has
/// the same numbers.
pub(crate) fn declaratie(law: Law, envelope: Envelope<'_>, prestaties: u32) -> Vec<u8> {
    let line = |line: u32| Declared {
        bsn: bsn(line / 5 % 50),
        referentie: format!("RN{line:09}"),
        toewijzing: 10_000 + line % 900_000,
        product: (law.category(), "45A03".to_owned()),
        cents: 5_000,
    };
    declared(law, envelope, prestaties, line)
}

/// A 301 (toewijzing) that gives the `n`th client an allocation of each of five categories for ten years, each with the largest budget.
pub(crate) fn toewijzing(law: Law, envelope: Envelope<'_>, n: u32) -> Vec<u8> {
    let mut xml = Writer::start(law, 301);
    let code = if law == Law::Jw { "436" } else { "414" };
    xml.header(
        code,
        envelope.gemeente,
        envelope.aanbieder,
        envelope.identificatie,
    );
    xml.open("Client");
    xml.leaf("Bsn", &bsn(n));
    xml.open("Geboortedatum");
    xml.basis("Datum", "2010-01-01");
    xml.close("Geboortedatum");
    xml.leaf("Geslacht", "1");
    xml.open("Naam");
    xml.open_basis("Geslachtsnaam");
    xml.basis("Achternaam", "Vos");
    xml.close_basis("Geslachtsnaam");
    xml.basis("NaamGebruik", "1");
    xml.close("Naam");
    xml.open("Contactgegevens");
    xml.open("Contact");
    xml.leaf("Soort", "01");
    xml.open("Adres");
    xml.open_basis("Huis");
    xml.basis("Huisnummer", "1");
    xml.close_basis("Huis");
    xml.basis("Postcode", "1234AB");
    xml.basis("LandCode", "NL");
    xml.close("Adres");
    xml.close("Contact");
    xml.close("Contactgegevens");
    xml.open("ToegewezenProducten");
    for (place, categorie) in (0..).zip(law.categories()) {
        xml.open("ToegewezenProduct");
        xml.leaf("ToewijzingNummer", &allocation(n, place).to_string());
        xml.open("Product");
        xml.basis("Categorie", categorie);
        xml.close("Product");
        xml.leaf("Toewijzingsdatum", "2020-01-01");
        xml.leaf("Toewijzingstijd", "09:00:00");
        xml.leaf("Ingangsdatum", "2020-01-01");
        xml.leaf("Einddatum", "2029-12-31");
        xml.leaf("Budget", "99999999");
        xml.close("ToegewezenProduct");
    }
    xml.close("ToegewezenProducten");
    xml.close("Client");
    xml.finish()
}

/// A 323 of which every rule grants every line when [`toewijzing`] came before for as many clients: a line on each of their allocations, under a
/// product code and numbers that no other message has (`number`, below 60 million).
pub(crate) fn granted(law: Law, envelope: Envelope<'_>, prestaties: u32, number: u64) -> Vec<u8> {
    let categories = law.categories();
    let line = |line: u32| {
        let (client, place) = (line / 5, line % 5);
        let categorie = categories.get(place as usize).copied();
        Declared {
            bsn: bsn(client),
            referentie: format!("{number}-{line}"),
            toewijzing: allocation(client, place),
            product: (categorie.unwrap_or_default(), in_base_36(number)),
            cents: 4,
        }
    };
    declared(law, envelope, prestaties, line)
}

/// ToewijzingNummer of a client's allocation.
const fn allocation(client: u32, place: u32) -> u32 {
    1 + client * 5 + place
}

/// Five digits and letters that no other number has.
fn in_base_36(mut number: u64) -> String {
    let mut code = String::new();
    for _ in 0..5 {
        let digit = u32::try_from(number % 36).unwrap_or(0);
        code.extend(char::from_digit(digit, 36).map(|digit| digit.to_ascii_uppercase()));
        number /= 36;
    }
    code
}

/// What a line of a declaration says of its own.
struct Declared {
    bsn: String,
    referentie: String,
    toewijzing: u32,
    /// ProductCategorie and ProductCode.
    product: (&'static str, String),
    /// IngediendBedrag of four hours; a multiple of four.
    cents: u64,
}

/// A 323 with so many lines, five to a client.
fn declared(
    law: Law,
    envelope: Envelope<'_>,
    prestaties: u32,
    line: impl Fn(u32) -> Declared,
) -> Vec<u8> {
    let mut xml = Writer::start(law, 323);
    let code = if law == Law::Jw { "490" } else { "484" };
    xml.header(
        code,
        envelope.aanbieder,
        envelope.gemeente,
        envelope.identificatie,
    );
    xml.open("Declaratie");
    xml.leaf("DeclaratieNummer", envelope.identificatie);
    xml.periode("DeclaratiePeriode");
    xml.leaf("DeclaratieDagtekening", "2026-05-06");
    xml.open("TotaalIngediendBedrag");
    let sum: u64 = (0..prestaties).map(|number| line(number).cents).sum();
    xml.basis("TotaalBedrag", &sum.to_string());
    xml.basis("DebetCredit", "D");
    xml.close("TotaalIngediendBedrag");
    xml.open("Clienten");
    let lines: Vec<u32> = (0..prestaties).collect();
    for lines in lines.chunks(ALLOCATIONS) {
        let lines: Vec<Declared> = lines.iter().map(|number| line(*number)).collect();
        xml.open("Client");
        xml.leaf("Bsn", lines.first().map_or("", |line| &line.bsn));
        xml.open("Prestaties");
        for line in &lines {
            xml.prestatie(line);
        }
        xml.close("Prestaties");
        xml.close("Client");
    }
    xml.close("Clienten");
    xml.close("Declaratie");
    xml.finish()
}

struct Writer {
    out: String,
    depth: usize,
    prefix: String,
    basis: &'static str,
}

impl Writer {
    fn start(law: Law, number: u16) -> Self {
        let basis = law.standard();
        let prefix = format!("{}{number}", law.prefix());
        let mut writer = Writer {
            out: String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"),
            depth: 0,
            prefix,
            basis,
        };
        let root = format!(
            "<{p}:Bericht xmlns:{basis}=\"http://www.istandaarden.nl/{basis}/3_2/basisschema/schema\" xmlns:{p}=\"http://www.istandaarden.nl/{basis}/3_2/{p}/schema\">\n",
            p = writer.prefix
        );
        writer.out.push_str(&root);
        writer.depth = 1;
        writer
    }

    fn finish(mut self) -> Vec<u8> {
        self.close("Bericht");
        self.out.into_bytes()
    }

    fn line(&mut self, text: std::fmt::Arguments<'_>) {
        for _ in 0..self.depth {
            self.out.push('\t');
        }
        let _ = self.out.write_fmt(text);
        self.out.push('\n');
    }

    fn open(&mut self, name: &str) {
        let prefix = self.prefix.clone();
        self.line(format_args!("<{prefix}:{name}>"));
        self.depth += 1;
    }

    fn close(&mut self, name: &str) {
        self.depth -= 1;
        let prefix = self.prefix.clone();
        self.line(format_args!("</{prefix}:{name}>"));
    }

    fn open_basis(&mut self, name: &str) {
        let basis = self.basis;
        self.line(format_args!("<{basis}:{name}>"));
        self.depth += 1;
    }

    fn close_basis(&mut self, name: &str) {
        self.depth -= 1;
        let basis = self.basis;
        self.line(format_args!("</{basis}:{name}>"));
    }

    fn leaf(&mut self, name: &str, value: &str) {
        let prefix = self.prefix.clone();
        self.line(format_args!("<{prefix}:{name}>{value}</{prefix}:{name}>"));
    }

    fn basis(&mut self, name: &str, value: &str) {
        let basis = self.basis;
        self.line(format_args!("<{basis}:{name}>{value}</{basis}:{name}>"));
    }

    fn header(&mut self, code: &str, afzender: &str, ontvanger: &str, identificatie: &str) {
        self.open("Header");
        self.leaf("BerichtCode", code);
        self.leaf("BerichtVersie", "3");
        self.leaf("BerichtSubversie", "2");
        self.leaf("Afzender", afzender);
        self.leaf("Ontvanger", ontvanger);
        self.open("BerichtIdentificatie");
        self.basis("Identificatie", identificatie);
        self.basis("Dagtekening", "2026-05-06");
        self.close("BerichtIdentificatie");
        self.open("XsdVersie");
        self.basis("BasisschemaXsdVersie", "1.0.0");
        self.basis("BerichtXsdVersie", "1.0.0");
        self.close("XsdVersie");
        self.close("Header");
    }

    fn periode(&mut self, name: &str) {
        self.open(name);
        self.basis("Begindatum", "2026-04-01");
        self.basis("Einddatum", "2026-04-30");
        self.close(name);
    }

    fn prestatie(&mut self, line: &Declared) {
        self.open("Prestatie");
        self.open("ProductReferentie");
        self.basis("ReferentieNummer", &line.referentie);
        self.close("ProductReferentie");
        self.leaf("ToewijzingNummer", &line.toewijzing.to_string());
        self.leaf("ProductCategorie", line.product.0);
        self.leaf("ProductCode", &line.product.1);
        self.periode("ProductPeriode");
        self.leaf("GeleverdVolume", "4");
        self.leaf("Eenheid", "04");
        self.leaf("ProductTarief", &(line.cents / 4).to_string());
        self.open("IngediendBedrag");
        self.basis("Bedrag", &line.cents.to_string());
        self.basis("DebetCredit", "D");
        self.close("IngediendBedrag");
        self.close("Prestatie");
    }
}
