//! Made-up declarations of any size, for benches and load.
//!
//! Every message is valid against the schemas of release 3.2 and distinct by its identification. Persons
//! are made up; a Bsn is drawn from the test range 999900006..=999999990 and passes the eleven-proof.

use std::fmt::Write as _;

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

/// The `n`th Bsn of the test range that passes the eleven-proof.
pub(crate) fn bsn(n: u32) -> String {
    let mut left = n % 9_000;
    let mut number = 999_900_006_u32;
    loop {
        if eleven_proof(number) {
            if left == 0 {
                return number.to_string();
            }
            left -= 1;
        }
        number += 1;
    }
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

/// A 323 (declaratie) with `prestaties` lines, five to a client: about 820 bytes a line.
pub(crate) fn declaratie(law: Law, envelope: Envelope<'_>, prestaties: u32) -> Vec<u8> {
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
    xml.basis("TotaalBedrag", &(u64::from(prestaties) * 5_000).to_string());
    xml.basis("DebetCredit", "D");
    xml.close("TotaalIngediendBedrag");
    xml.open("Clienten");
    let lines: Vec<u32> = (0..prestaties).collect();
    for (client, lines) in lines.chunks(5).enumerate() {
        xml.open("Client");
        xml.leaf("Bsn", &bsn(u32::try_from(client % 50).unwrap_or(0)));
        xml.open("Prestaties");
        for line in lines {
            xml.prestatie(law, *line);
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

    fn prestatie(&mut self, law: Law, line: u32) {
        self.open("Prestatie");
        self.open("ProductReferentie");
        self.basis("ReferentieNummer", &format!("RN{line:09}"));
        self.close("ProductReferentie");
        self.leaf("ToewijzingNummer", &(10_000 + line % 900_000).to_string());
        self.leaf("ProductCategorie", law.category());
        self.leaf("ProductCode", "45A03");
        self.periode("ProductPeriode");
        self.leaf("GeleverdVolume", "4");
        self.leaf("Eenheid", "04");
        self.leaf("ProductTarief", "1250");
        self.open("IngediendBedrag");
        self.basis("Bedrag", "5000");
        self.basis("DebetCredit", "D");
        self.close("IngediendBedrag");
        self.close("Prestatie");
    }
}
