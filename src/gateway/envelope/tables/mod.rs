//! The published codes of the wires as data, written by us from the published lists: one condition in its spellings, and what each wire calls a kind.

use std::sync::LazyLock;

use knooppunt_standard::{Berichtsoort, Law};
use serde::{Deserialize, Serialize};

use crate::ledger::MessageKind;
use crate::register::{CodeKind, PartyCode};
use crate::setting::Setting;

const CONDITIONS: &str = include_str!("conditions.tsv");
const FUNCTIES: &str = include_str!("functies.tsv");
/// berichttype and actie of files that are no messages of the standards.
const FILE: &str = "tekstBestand";

/// Why a wire refuses: one condition, whatever each wire calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(
    missing_docs,
    reason = "the table says what each is; its names are these"
)]
pub enum Condition {
    EnvelopeInvalid,
    SenderUnknown,
    SenderNotOwn,
    SenderWithoutRole,
    ReceiverUnknown,
    ReceiverWithoutRole,
    ReceiverOther,
    NoRoute,
    PayloadTooLarge,
    PayloadInvalid,
    PayloadNotXml,
    PayloadOther,
    KindUnknown,
    KindUnsupported,
    KindInactive,
    KindNotAllowed,
    KindAndCode,
    NumberTaken,
    IdentityTaken,
    AnswersNothing,
    ZipInvalid,
    ZipManyFiles,
    ZipPassword,
    ZipTooLarge,
    ZipNoFile,
    ZipFolder,
    StufUnsupported,
    ModelUnknown,
    ModelVersionUnsupported,
    CodeUnknown,
    CodeUnsupported,
    NotStored,
    NotAuthorised,
    BodyInvalid,
    NotProcessed,
}

/// Which list the codes of an Fo01 are from: the lists of 2018 and of now give one number different meanings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Generation {
    /// The list in force.
    #[default]
    Current,
    /// The list of 2018.
    #[serde(rename = "2018")]
    Of2018,
}

impl Setting for Generation {}

impl Generation {
    /// Its name in settings and records.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Of2018 => "2018",
        }
    }

    /// The one of this name; of any other the list in force.
    pub fn named(name: &str) -> Self {
        let of_2018 = name == Self::Of2018.as_str();
        if of_2018 { Self::Of2018 } else { Self::Current }
    }
}

/// Where what was wrong stands: `plek`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plek {
    /// With the sender.
    Client,
    /// Here.
    Server,
}

impl Plek {
    /// As StUF writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Server => "server",
        }
    }
}

/// One line of the table of conditions.
#[derive(Debug, Clone, Copy)]
struct Row {
    name: &'static str,
    current: &'static str,
    of_2018: &'static str,
    vsp: &'static str,
    stuf: &'static str,
    plek: Plek,
}

/// Codes on the lists, of now and of 2018, that we have no condition for, since nothing here gives them; another may.
const OTHERS: [&str; 14] = [
    "IB003", "IB013", "IB015", "IB017", "IB018", "IB019", "IB020", "IB022", "IB101", "IB798",
    "CC04", "CC05", "CC06", "CC11",
];

/// Whether a code of a refusal is on a published list.
pub fn is_published(code: &str) -> bool {
    let told = |row: &Row| {
        let mut codes = row.current.split('/').chain([row.of_2018]);
        codes.any(|known| given(known) == Some(code))
    };
    OTHERS.contains(&code) || ROWS.iter().any(told)
}

static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| lines(CONDITIONS).filter_map(row).collect());

static KINDS: LazyLock<Vec<Functie<'static>>> =
    LazyLock::new(|| lines(FUNCTIES).filter_map(functie).collect());

impl Condition {
    /// Every condition, in the order of the table.
    pub const ALL: [Self; 35] = [
        Self::EnvelopeInvalid,
        Self::SenderUnknown,
        Self::SenderNotOwn,
        Self::SenderWithoutRole,
        Self::ReceiverUnknown,
        Self::ReceiverWithoutRole,
        Self::ReceiverOther,
        Self::NoRoute,
        Self::PayloadTooLarge,
        Self::PayloadInvalid,
        Self::PayloadNotXml,
        Self::PayloadOther,
        Self::KindUnknown,
        Self::KindUnsupported,
        Self::KindInactive,
        Self::KindNotAllowed,
        Self::KindAndCode,
        Self::NumberTaken,
        Self::IdentityTaken,
        Self::AnswersNothing,
        Self::ZipInvalid,
        Self::ZipManyFiles,
        Self::ZipPassword,
        Self::ZipTooLarge,
        Self::ZipNoFile,
        Self::ZipFolder,
        Self::StufUnsupported,
        Self::ModelUnknown,
        Self::ModelVersionUnsupported,
        Self::CodeUnknown,
        Self::CodeUnsupported,
        Self::NotStored,
        Self::NotAuthorised,
        Self::BodyInvalid,
        Self::NotProcessed,
    ];

    /// Stable name, as in the table and in records.
    pub fn name(self) -> &'static str {
        match self {
            Self::EnvelopeInvalid => "envelope-invalid",
            Self::SenderUnknown => "sender-unknown",
            Self::SenderNotOwn => "sender-not-own",
            Self::SenderWithoutRole => "sender-without-role",
            Self::ReceiverUnknown => "receiver-unknown",
            Self::ReceiverWithoutRole => "receiver-without-role",
            Self::ReceiverOther => "receiver-other",
            Self::NoRoute => "no-route",
            Self::PayloadTooLarge => "payload-too-large",
            Self::PayloadInvalid => "payload-invalid",
            Self::PayloadNotXml => "payload-not-xml",
            Self::PayloadOther => "payload-other",
            Self::KindUnknown => "kind-unknown",
            Self::KindUnsupported => "kind-unsupported",
            Self::KindInactive => "kind-inactive",
            Self::KindNotAllowed => "kind-not-allowed",
            Self::KindAndCode => "kind-and-code",
            Self::NumberTaken => "number-taken",
            Self::IdentityTaken => "identity-taken",
            Self::AnswersNothing => "answers-nothing",
            Self::ZipInvalid => "zip-invalid",
            Self::ZipManyFiles => "zip-many-files",
            Self::ZipPassword => "zip-password",
            Self::ZipTooLarge => "zip-too-large",
            Self::ZipNoFile => "zip-no-file",
            Self::ZipFolder => "zip-folder",
            Self::StufUnsupported => "stuf-unsupported",
            Self::ModelUnknown => "model-unknown",
            Self::ModelVersionUnsupported => "model-version-unsupported",
            Self::CodeUnknown => "code-unknown",
            Self::CodeUnsupported => "code-unsupported",
            Self::NotStored => "not-stored",
            Self::NotAuthorised => "not-authorised",
            Self::BodyInvalid => "body-invalid",
            Self::NotProcessed => "not-processed",
        }
    }

    /// The condition of this name; `None`: there is none.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|condition| condition.name() == name)
    }

    fn row(self) -> Option<&'static Row> {
        ROWS.iter().find(|row| row.name == self.name())
    }

    /// Its code in an Fo01; `None`: it is not told in one. `municipality`: whether it is about a municipality.
    pub fn fo01(self, generation: Generation, municipality: bool) -> Option<&'static str> {
        let row = self.row()?;
        let codes = match generation {
            Generation::Current => row.current,
            Generation::Of2018 => row.of_2018,
        };
        let (first, second) = codes.split_once('/').unwrap_or((codes, codes));
        given(if municipality { first } else { second })
    }

    /// Its code as an Fo01 tells it: what the list has no code for is told as a message that could not be processed.
    pub fn told(self, generation: Generation, municipality: bool) -> &'static str {
        let code = self.fo01(generation, municipality);
        code.or_else(|| Self::NotProcessed.fo01(generation, municipality))
            .unwrap_or("StUF058")
    }

    /// Whether what is broken is about a municipality, of a message from `sender` to `receiver`, codes as they were written: some codes of an Fo01 differ by
    /// that.
    pub fn is_about_municipality(self, sender: &str, receiver: Option<&str>) -> bool {
        let about_sender = matches!(
            self,
            Self::SenderUnknown | Self::SenderNotOwn | Self::SenderWithoutRole
        );
        let about = if about_sender { Some(sender) } else { receiver };
        let code = about.and_then(|code| code.parse::<PartyCode>().ok());
        code.is_some_and(|code| code.kind() == CodeKind::Gemeentecode)
    }

    /// Its code on the VSP; `None`: it has none there.
    pub fn vsp(self) -> Option<&'static str> {
        given(self.row()?.vsp)
    }

    /// Its code in an Fo03; `None`: it is not told in one.
    pub fn fo03(self) -> Option<&'static str> {
        given(self.row()?.stuf)
    }

    /// Where what was wrong stands.
    pub fn plek(self) -> Plek {
        self.row().map_or(Plek::Server, |row| row.plek)
    }

    /// What is wrong and what to do, Dutch, at most 200 characters; never a value from a message.
    pub fn text(self) -> &'static str {
        match self {
            Self::EnvelopeInvalid => {
                "De envelop voldoet niet aan het schema. Herstel de envelop en lever het bericht opnieuw aan."
            }
            Self::SenderUnknown => {
                "De verzendende organisatie is hier niet bekend. Controleer de code van de afzender."
            }
            Self::SenderNotOwn => {
                "De afzender hoort niet bij het gebruikte certificaat en gaf geen machtiging. Laat de houder van de code een machtiging vastleggen."
            }
            Self::SenderWithoutRole => {
                "De indiener heeft niet de rol die bij deze berichtsoort hoort. Vraag de beheerder de rol vast te leggen."
            }
            Self::ReceiverUnknown => {
                "De ontvangende organisatie is hier niet aangesloten. Controleer de code van de ontvanger."
            }
            Self::ReceiverWithoutRole => {
                "De ontvanger heeft niet de rol die bij deze berichtsoort hoort. Controleer ontvanger en berichtsoort."
            }
            Self::ReceiverOther => {
                "Afzender of ontvanger van de envelop is een andere dan die van het bericht. Maak ze gelijk en lever opnieuw aan."
            }
            Self::NoRoute => {
                "Voor deze ontvanger en berichtsoort is geen route. Vraag de beheerder."
            }
            Self::PayloadTooLarge => {
                "De inhoud is groter dan is toegestaan. Verdeel de inhoud over meer berichten."
            }
            Self::PayloadInvalid => {
                "De inhoud voldoet niet aan het schema van de berichtsoort. Herstel het bericht en geef het een nieuw nummer."
            }
            Self::PayloadNotXml => {
                "De inhoud is geen welgevormde XML in UTF-8. Herstel het bericht en geef het een nieuw nummer."
            }
            Self::PayloadOther => {
                "Functie of versie van de envelop is een andere dan die van het bericht. Maak ze gelijk en lever opnieuw aan."
            }
            Self::KindUnknown => {
                "Deze functie is hier niet bekend. Controleer de functie van de envelop."
            }
            Self::KindUnsupported => {
                "Deze functie wordt hier niet ondersteund. Controleer de functie van de envelop."
            }
            Self::KindInactive => {
                "Berichten van deze release worden vandaag niet aangenomen. Gebruik een release die nu geldig is."
            }
            Self::KindNotAllowed => {
                "Bestanden van deze functie mogen niet van deze afzender naar deze ontvanger. Vraag de beheerder de functie vast te leggen."
            }
            Self::KindAndCode => {
                "Deze functie hoort niet bij deze berichtcode. Stuur een heenbericht als Di01 en een retourbericht als Du01."
            }
            Self::NumberTaken => {
                "Onder dit nummer is al een ander bericht ontvangen. Geef een gewijzigd bericht een nieuw nummer."
            }
            Self::IdentityTaken => {
                "Er is al een bericht met deze identificatie ontvangen. Geef een nieuw bericht een nieuwe identificatie."
            }
            Self::AnswersNothing => {
                "Het bericht waarop dit antwoordt is hier niet bekend. Controleer het nummer van het heenbericht."
            }
            Self::ZipInvalid => "De inhoud is geen geldig ZIP-bestand. Maak het bestand opnieuw.",
            Self::ZipManyFiles => {
                "Het ZIP-bestand bevat meer dan een bestand. Lever per bericht een bestand aan."
            }
            Self::ZipPassword => {
                "Het ZIP-bestand heeft een wachtwoord. Lever het zonder wachtwoord aan."
            }
            Self::ZipTooLarge => {
                "Het bestand in het ZIP-bestand is te groot. Verdeel de inhoud over meer berichten."
            }
            Self::ZipNoFile => "Het ZIP-bestand bevat geen bestand. Maak het bestand opnieuw.",
            Self::ZipFolder => "Het ZIP-bestand bevat mappen. Lever het bestand zonder mappen aan.",
            Self::StufUnsupported => {
                "Deze versie van StUF wordt niet ondersteund. Gebruik StUF 03.01."
            }
            Self::ModelUnknown => {
                "Dit sectormodel is hier niet bekend. Gebruik ggk0210 of ggk0310."
            }
            Self::ModelVersionUnsupported => {
                "Deze versie van het sectormodel wordt niet ondersteund. Gebruik ggk0210 of ggk0310."
            }
            Self::CodeUnknown => {
                "Deze berichtcode is hier niet bekend. Gebruik Di01, Du01 of Fo01."
            }
            Self::CodeUnsupported => {
                "Deze berichtcode wordt hier niet ondersteund. Gebruik Di01, Du01 of Fo01."
            }
            Self::NotStored => {
                "Het bericht kon nu niet worden opgeslagen. Bied het later ongewijzigd opnieuw aan."
            }
            Self::NotAuthorised => {
                "De afzender is niet bevoegd tot dit bericht. Vraag de beheerder."
            }
            Self::BodyInvalid => {
                "De ontvanger meldt dat de inhoud niet voldoet aan het schema. Neem contact op met de ontvanger."
            }
            Self::NotProcessed => {
                "Het bericht kon niet worden verwerkt. Neem contact op met de beheerder."
            }
        }
    }
}

/// With which berichtcode of the GGk a kind goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Di01.
    First,
    /// Du01.
    Answer,
    /// Either: 325 answers a message by its contents and is none by its form; of files the register says it.
    Both,
}

/// What the wires call a kind, or a file that is no message of the standards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Functie<'n> {
    /// functie and berichtsubtype: `JW301`.
    pub name: &'n str,
    /// berichttype.
    pub berichttype: &'static str,
    /// actie, unless it is set otherwise.
    pub actie: &'static str,
    /// With which berichtcode it goes.
    pub way: Way,
}

impl Functie<'static> {
    /// By its name in any case; `None`: the wires know no such kind.
    pub fn named(name: &str) -> Option<Self> {
        KINDS
            .iter()
            .find(|functie| functie.name.eq_ignore_ascii_case(name))
            .copied()
    }

    /// Of a kind of the standard.
    pub fn of(law: Law, soort: Berichtsoort) -> Option<Self> {
        Self::named(soort.name(law))
    }

    /// The kind of the standard.
    pub fn kind(self) -> Option<(Law, Berichtsoort)> {
        let laws = [Law::Jw, Law::Wmo].into_iter();
        laws.flat_map(|law| Berichtsoort::ALL.into_iter().map(move |soort| (law, soort)))
            .find(|(law, soort)| soort.name(*law) == self.name)
    }
}

impl<'n> Functie<'n> {
    /// Of files under this functie. The VSP has no words for them: these are ours.
    pub fn of_files(name: &'n str) -> Self {
        Self {
            name,
            berichttype: FILE,
            actie: FILE,
            way: Way::Both,
        }
    }

    /// Of what was taken; `None`: the wires have no name for it.
    pub fn of_message(kind: &'n MessageKind) -> Option<Self> {
        match kind {
            MessageKind::Standard(kind) => Functie::of(kind.law, kind.soort),
            MessageKind::File(file) => Some(Self::of_files(&file.functie)),
        }
    }
}

fn lines(table: &'static str) -> impl Iterator<Item = &'static str> {
    table
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn given(code: &'static str) -> Option<&'static str> {
    (code != "-").then_some(code)
}

fn row(line: &'static str) -> Option<Row> {
    let mut cells = line.split('\t');
    let row = Row {
        name: cells.next()?,
        current: cells.next()?,
        of_2018: cells.next()?,
        vsp: cells.next()?,
        stuf: cells.next()?,
        plek: match cells.next()? {
            "client" => Plek::Client,
            "server" => Plek::Server,
            _ => return None,
        },
    };
    cells.next().is_none().then_some(row)
}

fn functie(line: &'static str) -> Option<Functie<'static>> {
    let mut cells = line.split('\t');
    let functie = Functie {
        name: cells.next()?,
        berichttype: cells.next()?,
        actie: cells.next()?,
        way: match cells.next()? {
            "Di01" => Way::First,
            "Du01" => Way::Answer,
            "both" => Way::Both,
            _ => return None,
        },
    };
    cells.next().is_none().then_some(functie)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_condition_has_its_line_and_every_line_its_condition() {
        assert_eq!(ROWS.len(), lines(CONDITIONS).count(), "a line is not read");
        let names: Vec<_> = Condition::ALL.iter().map(|of| of.name()).collect();
        let lines: Vec<_> = ROWS.iter().map(|row| row.name).collect();
        assert_eq!(names, lines);
    }

    #[test]
    fn every_text_and_every_code_fits_where_it_is_written() {
        for condition in Condition::ALL {
            let text = condition.text();
            assert!(text.chars().count() <= 200 && text.ends_with('.'), "{text}");
            let codes = [
                condition.fo01(Generation::Current, true),
                condition.fo01(Generation::Current, false),
                condition.fo01(Generation::Of2018, true),
                condition.fo03(),
                condition.vsp(),
            ];
            assert!(codes.iter().any(Option::is_some), "{condition:?}");
            for code in codes.into_iter().flatten() {
                assert!(code.len() <= 7 && !code.contains('/'), "{code}");
            }
        }
    }

    #[test]
    fn one_number_means_another_thing_in_the_list_of_2018() {
        let not_own = Condition::SenderNotOwn;
        assert_eq!(not_own.fo01(Generation::Current, false), Some("IB009"));
        assert_eq!(not_own.fo01(Generation::Of2018, false), Some("BRS03"));
        let other = Condition::PayloadOther;
        assert_eq!(other.fo01(Generation::Current, false), Some("IB007"));
        assert_eq!(other.fo01(Generation::Of2018, false), Some("IB234"));
        let unknown = Condition::ReceiverUnknown;
        assert_eq!(unknown.fo01(Generation::Current, true), Some("IB005"));
        assert_eq!(unknown.fo01(Generation::Current, false), Some("IB010"));
    }

    #[test]
    fn a_code_is_published_when_a_list_has_it_whoever_gives_it() {
        for code in [
            "IB014", "IB002", "IB005", "CC02", "StUF055", "IB003", "CC11",
        ] {
            assert!(is_published(code), "{code}");
        }
        for code in ["", "-", "IB014/IB002", "IB999", "ib014"] {
            assert!(!is_published(code), "{code}");
        }
        let own = Condition::ALL.into_iter().flat_map(|condition| {
            let codes = |of| [condition.fo01(of, true), condition.fo01(of, false)];
            [codes(Generation::Current), codes(Generation::Of2018)].concat()
        });
        for code in own.flatten() {
            assert!(!OTHERS.contains(&code), "{code} is given");
        }
    }

    #[test]
    fn every_kind_of_the_standard_has_its_functie_with_the_berichtcode_that_fits() {
        assert_eq!(KINDS.len(), lines(FUNCTIES).count(), "a line is not read");
        for law in [Law::Jw, Law::Wmo] {
            for soort in Berichtsoort::ALL {
                let functie = Functie::of(law, soort).expect("a line");
                assert_eq!(functie.kind(), Some((law, soort)));
                assert!(functie.name.starts_with(functie.berichttype));
                // The answer to a declaration goes both ways.
                let way = match (soort.number(), soort.answers()) {
                    (325, _) => Way::Both,
                    (_, Some(_)) => Way::Answer,
                    (_, None) => Way::First,
                };
                assert_eq!(functie.way, way, "{}", functie.name);
            }
        }
        assert_eq!(Functie::named("wmo399"), None);
        assert_eq!(Functie::named("jw301").map(|of| of.name), Some("JW301"));
    }
}
