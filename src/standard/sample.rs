//! Small messages for tests of rules: one that every rule of level 2 accepts, changed by path.
//! Written in the order and namespaces of the schema, so that a change stays valid at level 1.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::LazyLock;

use crate::description::{ContentDescription, ElementDescription};
use crate::{Bericht, Berichtsoort, Law, Limits, Releases, assess};

/// The releases of this repository.
pub(crate) static RELEASES: LazyLock<Releases> = LazyLock::new(|| {
    let schemas = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas");
    let mut files = Vec::new();
    let mut folders = vec![schemas.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(&schemas).unwrap().to_str().unwrap();
                files.push((name.to_owned(), std::fs::read(&path).unwrap()));
            }
        }
    }
    Releases::load(files).unwrap()
});

/// An element of a message that is being made.
#[derive(Clone, Debug, Default)]
struct Element {
    name: String,
    text: String,
    children: Vec<Element>,
}

/// A message that can be changed. Paths go down from below Bericht; `[2]` names the second of a
/// name, no number the first.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    law: Law,
    soort: Berichtsoort,
    root: Element,
}

impl Sample {
    /// A message of this kind that keeps every rule of level 2. Dagtekening is 2026-04-01.
    pub(crate) fn new(law: Law, soort: Berichtsoort) -> Self {
        let root = Element {
            name: "Bericht".to_owned(),
            ..Element::default()
        };
        let mut sample = Self { law, soort, root };
        let (municipality, provider) = ("0363", "12345678");
        let from_municipality = matches!(
            soort,
            Berichtsoort::Toewijzing
                | Berichtsoort::ToewijzingRetour
                | Berichtsoort::Antwoord
                | Berichtsoort::AntwoordRetour
                | Berichtsoort::DeclaratieAntwoord
        );
        let (from, to) = if from_municipality {
            (municipality, provider)
        } else {
            (provider, municipality)
        };
        let header = [
            ("BerichtCode", soort.bericht_code(law)),
            ("BerichtVersie", "3"),
            ("BerichtSubversie", "2"),
            ("Afzender", from),
            ("Ontvanger", to),
            ("BerichtIdentificatie/Identificatie", "M1"),
            ("BerichtIdentificatie/Dagtekening", "2026-04-01"),
            ("XsdVersie/BasisschemaXsdVersie", "1.0.0"),
            ("XsdVersie/BerichtXsdVersie", "1.0.0"),
        ];
        for (path, text) in header {
            sample = sample.with(&format!("Header/{path}"), text);
        }
        for line in content(soort).lines().map(str::trim) {
            if let Some((path, text)) = line.split_once(" = ") {
                // iWmo has no category 45.
                let text = match (law, text) {
                    (Law::Wmo, "45") => "05",
                    (Law::Wmo, "45A04") => "05A04",
                    _ => text,
                };
                sample = sample.with(path, text);
            }
        }
        sample
    }

    /// The law it is sent under.
    pub(crate) fn law(&self) -> Law {
        self.law
    }

    /// The same with this value at a path; what is missing on the way is made.
    pub(crate) fn with(mut self, path: &str, text: &str) -> Self {
        let mut here = &mut self.root;
        for step in path.split('/') {
            let (name, wanted) = parse(step);
            let existing: Vec<usize> = places(here, name);
            let at = existing.get(wanted - 1).copied().unwrap_or_else(|| {
                here.children.push(Element {
                    name: name.to_owned(),
                    ..Element::default()
                });
                here.children.len() - 1
            });
            here = &mut here.children[at];
        }
        text.clone_into(&mut here.text);
        self
    }

    /// A 301 with someone around the client, who has a telephone and no address.
    pub(crate) fn with_relatie(self) -> Self {
        let relatie = [
            ("Nummer", "1"),
            ("Soort", "03"),
            ("Naam/Geslachtsnaam/Achternaam", "Vos"),
            ("Naam/NaamGebruik", "1"),
            ("Contact/Soort", "02"),
            ("Contact/Telefoon/Telefoon01/Telefoonnummer", "0612345678"),
            ("Contact/Telefoon/Telefoon01/Landnummer", "0031"),
        ];
        relatie.iter().fold(self, |sample, (path, text)| {
            sample.with(&format!("Client/Relaties/Relatie/{path}"), text)
        })
    }

    /// A 323 with its line once more, as R2; another debit, or the credit of the line with this number.
    pub(crate) fn with_second_line(self, credit_of: Option<&str>) -> Self {
        let line = "Declaratie/Clienten/Client/Prestaties/Prestatie";
        let second = |element: &str| format!("{line}[2]/{element}");
        let total = "Declaratie/TotaalIngediendBedrag/TotaalBedrag";
        let twice = self
            .again(line)
            .with(&second("ProductReferentie/ReferentieNummer"), "R2");
        let Some(debit) = credit_of else {
            return twice.with(total, "165000");
        };
        twice
            .with(&second("ProductReferentie/VorigReferentieNummer"), debit)
            .with(&second("IngediendBedrag/DebetCredit"), "C")
            .with(total, "0")
    }

    /// The same without the element at a path, which must be there.
    pub(crate) fn without(mut self, path: &str) -> Self {
        let (parent, step) = path.rsplit_once('/').unwrap_or(("", path));
        let (name, wanted) = parse(step);
        let here = self.at(parent);
        let place = places(here, name)[wanted - 1];
        here.children.remove(place);
        self
    }

    /// The same with the element at a path once more, behind the last of its name.
    pub(crate) fn again(mut self, path: &str) -> Self {
        let (parent, step) = path.rsplit_once('/').unwrap_or(("", path));
        let (name, wanted) = parse(step);
        let here = self.at(parent);
        let all = places(here, name);
        let copy = here.children[all[wanted - 1]].clone();
        here.children.insert(all[all.len() - 1] + 1, copy);
        self
    }

    fn at(&mut self, path: &str) -> &mut Element {
        let mut here = &mut self.root;
        for step in path.split('/').filter(|step| !step.is_empty()) {
            let (name, wanted) = parse(step);
            let place = *places(here, name)
                .get(wanted - 1)
                .unwrap_or_else(|| panic!("there is no {step} of {path}"));
            here = &mut here.children[place];
        }
        here
    }

    /// The message as bytes, one element a line.
    pub(crate) fn body(&self) -> Vec<u8> {
        let spaces = format!(
            "http://www.istandaarden.nl/{}/3_2/{}/schema",
            self.law.standard(),
            self.soort.name(self.law).to_lowercase()
        );
        let described = RELEASES.describe();
        let schema = described
            .iter()
            .find(|schema| schema.namespace == spaces)
            .unwrap();
        let mut out = String::new();
        write(&self.root, &schema.root, "", &mut out);
        out.into_bytes()
    }

    /// What breaks at level 2: rule and path below Bericht, in document order. The message must be valid at level 1.
    pub(crate) fn broken(&self) -> Vec<String> {
        let body = self.body();
        let checked = RELEASES.check(&body, &Limits::default());
        let bericht = Bericht::read(&checked)
            .unwrap_or_else(|| panic!("not valid at level 1: {:?}", checked.findings));
        let assessment = assess::message(&bericht);
        let findings = RELEASES.findings(&checked, &assessment.breaches);
        let below = |path: &str| path.strip_prefix("/Bericht/").unwrap().to_owned();
        findings
            .list
            .iter()
            .map(|finding| format!("{} {}", finding.rule, below(&finding.path)))
            .collect()
    }
}

/// The same messages under both laws.
pub(crate) fn both(soort: Berichtsoort) -> [Sample; 2] {
    [Law::Jw, Law::Wmo].map(|law| Sample::new(law, soort))
}

fn parse(step: &str) -> (&str, usize) {
    match step.split_once('[') {
        Some((name, number)) => (name, number.trim_end_matches(']').parse().unwrap()),
        None => (step, 1),
    }
}

fn places(element: &Element, name: &str) -> Vec<usize> {
    let children = element.children.iter().enumerate();
    children
        .filter(|(_, child)| child.name == name)
        .map(|(place, _)| place)
        .collect()
}

fn write(element: &Element, described: &ElementDescription, outside: &str, out: &mut String) {
    let space = &described.namespace;
    let _ = write!(out, "<{}", element.name);
    if space != outside {
        let _ = write!(out, " xmlns=\"{space}\"");
    }
    out.push('>');
    if let ContentDescription::Elements(list) = &described.content {
        out.push('\n');
        let mut written = 0;
        for inner in list {
            for child in element
                .children
                .iter()
                .filter(|child| child.name == inner.name)
            {
                write(child, inner, space, out);
                written += 1;
            }
        }
        assert_eq!(
            written,
            element.children.len(),
            "{} has a child that the schema does not know",
            element.name
        );
    } else {
        out.push_str(&element.text);
    }
    let _ = writeln!(out, "</{}>", element.name);
}

/// Content by kind: a path and its value a line. Persons are made up, a BSN is of the test range.
fn content(soort: Berichtsoort) -> &'static str {
    match soort {
        Berichtsoort::Toewijzing => {
            "Client/Bsn = 999900006
            Client/Geboortedatum/Datum = 2010-01-01
            Client/Geslacht = 1
            Client/Naam/Geslachtsnaam/Achternaam = Vos
            Client/Naam/NaamGebruik = 1
            Client/Contactgegevens/Contact/Soort = 01
            Client/Contactgegevens/Contact/Adres/Huis/Huisnummer = 1
            Client/Contactgegevens/Contact/Adres/Postcode = 1234AB
            Client/Contactgegevens/Contact/Adres/LandCode = NL
            Client/ToegewezenProducten/ToegewezenProduct/ToewijzingNummer = 1001
            Client/ToegewezenProducten/ToegewezenProduct/Product/Categorie = 45
            Client/ToegewezenProducten/ToegewezenProduct/Product/Code = 45A04
            Client/ToegewezenProducten/ToegewezenProduct/Toewijzingsdatum = 2026-03-01
            Client/ToegewezenProducten/ToegewezenProduct/Toewijzingstijd = 12:00:00
            Client/ToegewezenProducten/ToegewezenProduct/Ingangsdatum = 2026-03-02
            Client/ToegewezenProducten/ToegewezenProduct/Einddatum = 2026-12-31
            Client/ToegewezenProducten/ToegewezenProduct/Omvang/Volume = 3
            Client/ToegewezenProducten/ToegewezenProduct/Omvang/Eenheid = 04
            Client/ToegewezenProducten/ToegewezenProduct/Omvang/Frequentie = 2"
        }
        Berichtsoort::Start => {
            "Client/Bsn = 999900006
            Client/Geboortedatum/Datum = 2010-01-01
            Client/Geslacht = 1
            Client/Naam/Geslachtsnaam/Achternaam = Vos
            Client/StartProducten/StartProduct/ToewijzingNummer = 1001
            Client/StartProducten/StartProduct/Product/Categorie = 45
            Client/StartProducten/StartProduct/Product/Code = 45A04
            Client/StartProducten/StartProduct/Begindatum = 2026-03-05
            Client/StartProducten/StartProduct/StatusAanlevering = 1"
        }
        Berichtsoort::Stop => {
            "Client/Bsn = 999900006
            Client/Geboortedatum/Datum = 2010-01-01
            Client/Geslacht = 1
            Client/Naam/Geslachtsnaam/Achternaam = Vos
            Client/StopProducten/StopProduct/ToewijzingNummer = 1001
            Client/StopProducten/StopProduct/Product/Categorie = 45
            Client/StopProducten/StopProduct/Product/Code = 45A04
            Client/StopProducten/StopProduct/Begindatum = 2026-03-05
            Client/StopProducten/StopProduct/RedenBeeindiging = 20
            Client/StopProducten/StopProduct/Einddatum = 2026-03-20
            Client/StopProducten/StopProduct/StatusAanlevering = 1"
        }
        Berichtsoort::VerzoekToewijzing => {
            "Client/Bsn = 999900006
            Client/Geboortedatum/Datum = 2010-01-01
            Client/Geslacht = 1
            Client/Naam/Geslachtsnaam/Achternaam = Vos
            Client/AangevraagdeProducten/AangevraagdProduct/ReferentieAanbieder = V1
            Client/AangevraagdeProducten/AangevraagdProduct/Product/Categorie = 45
            Client/AangevraagdeProducten/AangevraagdProduct/Product/Code = 45A04
            Client/AangevraagdeProducten/AangevraagdProduct/ToewijzingIngangsdatum = 2026-05-01
            Client/AangevraagdeProducten/AangevraagdProduct/ToewijzingEinddatum = 2026-12-31
            Client/AangevraagdeProducten/AangevraagdProduct/Omvang/Volume = 3
            Client/AangevraagdeProducten/AangevraagdProduct/Omvang/Eenheid = 04
            Client/AangevraagdeProducten/AangevraagdProduct/Omvang/Frequentie = 2
            Client/AangevraagdeProducten/AangevraagdProduct/Verwijzer/Type = 01"
        }
        Berichtsoort::VerzoekWijziging => {
            "Client/Bsn = 999900006
            Client/Verzoek/ReferentieAanbieder = W1
            Client/Verzoek/RedenVerzoek = 1
            Client/Verzoek/OngewijzigdeProducten/OngewijzigdProduct/ToewijzingNummer = 1001
            Client/Verzoek/TeWijzigenProducten/TeWijzigenProduct/ToewijzingNummer = 1002
            Client/Verzoek/TeWijzigenProducten/TeWijzigenProduct/GewensteIngangsdatum = 2026-05-01
            Client/Verzoek/TeWijzigenProducten/TeWijzigenProduct/Einddatum = 2026-12-31
            Client/Verzoek/TeWijzigenProducten/TeWijzigenProduct/Omvang/Volume = 5
            Client/Verzoek/TeWijzigenProducten/TeWijzigenProduct/Omvang/Eenheid = 04
            Client/Verzoek/TeWijzigenProducten/TeWijzigenProduct/Omvang/Frequentie = 2
            Client/Verzoek/NieuweProducten/NieuwProduct/Product/Categorie = 45
            Client/Verzoek/NieuweProducten/NieuwProduct/Product/Code = 45A04
            Client/Verzoek/NieuweProducten/NieuwProduct/GewensteIngangsdatum = 2026-05-01
            Client/Verzoek/NieuweProducten/NieuwProduct/Einddatum = 2026-12-31
            Client/Verzoek/NieuweProducten/NieuwProduct/Omvang/Volume = 3
            Client/Verzoek/NieuweProducten/NieuwProduct/Omvang/Eenheid = 04
            Client/Verzoek/NieuweProducten/NieuwProduct/Omvang/Frequentie = 2"
        }
        Berichtsoort::Antwoord => {
            "Antwoord/ReferentieAanbieder = W1
            Antwoord/VerzoekAntwoord = 2"
        }
        Berichtsoort::Declaratie => {
            "Declaratie/DeclaratieNummer = DN1
            Declaratie/DeclaratiePeriode/Begindatum = 2026-03-01
            Declaratie/DeclaratiePeriode/Einddatum = 2026-03-31
            Declaratie/DeclaratieDagtekening = 2026-04-01
            Declaratie/TotaalIngediendBedrag/TotaalBedrag = 82500
            Declaratie/TotaalIngediendBedrag/DebetCredit = D
            Declaratie/Clienten/Client/Bsn = 999900006
            Declaratie/Clienten/Client/Prestaties/Prestatie/ProductReferentie/ReferentieNummer = R1
            Declaratie/Clienten/Client/Prestaties/Prestatie/ToewijzingNummer = 1001
            Declaratie/Clienten/Client/Prestaties/Prestatie/ProductCategorie = 45
            Declaratie/Clienten/Client/Prestaties/Prestatie/ProductCode = 45A04
            Declaratie/Clienten/Client/Prestaties/Prestatie/ProductPeriode/Begindatum = 2026-03-02
            Declaratie/Clienten/Client/Prestaties/Prestatie/ProductPeriode/Einddatum = 2026-03-31
            Declaratie/Clienten/Client/Prestaties/Prestatie/GeleverdVolume = 15
            Declaratie/Clienten/Client/Prestaties/Prestatie/Eenheid = 04
            Declaratie/Clienten/Client/Prestaties/Prestatie/ProductTarief = 5500
            Declaratie/Clienten/Client/Prestaties/Prestatie/IngediendBedrag/Bedrag = 82500
            Declaratie/Clienten/Client/Prestaties/Prestatie/IngediendBedrag/DebetCredit = D"
        }
        Berichtsoort::DeclaratieAntwoord => {
            "Header/DeclaratieIdentificatie/Identificatie = M1
            Header/DeclaratieIdentificatie/Dagtekening = 2026-04-01
            Header/XsdVersieDeclaratie/BasisschemaXsdVersie = 1.0.0
            Header/XsdVersieDeclaratie/BerichtXsdVersie = 1.0.0
            Header/RetourCodes/RetourCode = 0200
            DeclaratieAntwoord/DeclaratieNummer = DN1
            DeclaratieAntwoord/TotaalIngediendBedrag/TotaalBedrag = 100000
            DeclaratieAntwoord/TotaalIngediendBedrag/DebetCredit = D
            DeclaratieAntwoord/TotaalToegekendBedrag/TotaalBedrag = 17500
            DeclaratieAntwoord/TotaalToegekendBedrag/DebetCredit = D
            DeclaratieAntwoord/Clienten/Client/Bsn = 999900006
            DeclaratieAntwoord/Clienten/Client/Prestaties/Prestatie/ProductReferentie/ReferentieNummer = R1
            DeclaratieAntwoord/Clienten/Client/Prestaties/Prestatie/ToewijzingNummer = 1001
            DeclaratieAntwoord/Clienten/Client/Prestaties/Prestatie/ProductCategorie = 45
            DeclaratieAntwoord/Clienten/Client/Prestaties/Prestatie/ProductCode = 45A04
            DeclaratieAntwoord/Clienten/Client/Prestaties/Prestatie/ProductPeriode/Begindatum = 2026-03-02
            DeclaratieAntwoord/Clienten/Client/Prestaties/Prestatie/ProductPeriode/Einddatum = 2026-03-31
            DeclaratieAntwoord/Clienten/Client/Prestaties/Prestatie/GeleverdVolume = 15
            DeclaratieAntwoord/Clienten/Client/Prestaties/Prestatie/Eenheid = 04
            DeclaratieAntwoord/Clienten/Client/Prestaties/Prestatie/ProductTarief = 5500
            DeclaratieAntwoord/Clienten/Client/Prestaties/Prestatie/IngediendBedrag/Bedrag = 82500
            DeclaratieAntwoord/Clienten/Client/Prestaties/Prestatie/IngediendBedrag/DebetCredit = D
            DeclaratieAntwoord/Clienten/Client/Prestaties/Prestatie/RetourCodes/RetourCode = 9322
            DeclaratieAntwoord/Clienten/Client/RetourCodes/RetourCode = 0200
            DeclaratieAntwoord/RetourCodes/RetourCode = 0200"
        }
        Berichtsoort::ToewijzingRetour
        | Berichtsoort::StartRetour
        | Berichtsoort::StopRetour
        | Berichtsoort::VerzoekToewijzingRetour
        | Berichtsoort::VerzoekWijzigingRetour
        | Berichtsoort::AntwoordRetour => {
            "Header/IdentificatieRetour = M2
            Header/DagtekeningRetour = 2026-04-02
            Header/XsdVersieRetour/BasisschemaXsdVersie = 1.0.0
            Header/XsdVersieRetour/BerichtXsdVersie = 1.0.0"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_keeps_every_rule_of_level_2() {
        for soort in Berichtsoort::ALL {
            for sample in both(soort) {
                assert_eq!(
                    sample.broken(),
                    [] as [String; 0],
                    "{soort:?} {:?}",
                    sample.law
                );
            }
        }
    }
}
