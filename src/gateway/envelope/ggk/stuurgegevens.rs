//! The routing part of a StUF message: read as far as it can be, so that even what is wrong can be answered, and then held against its form.

use knooppunt_standard::markup::Element;

use super::{Operation, STUF};
use crate::envelope::mapping::is_ggk_number;
use crate::envelope::wire::Side;

/// stuurgegevens as they were sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stuurgegevens {
    /// berichtcode.
    pub code: String,
    /// zender.
    pub sender: Side,
    /// ontvanger.
    pub receiver: Side,
    /// referentienummer.
    pub number: String,
    /// tijdstipBericht.
    pub sent_at: String,
    /// crossRefnummer.
    pub answers: Option<String>,
    /// functie.
    pub functie: Option<String>,
    /// The first thing that is not as the schema has it: the name of an element.
    pub wrong: Option<&'static str>,
    /// Whether the elements are in another namespace of StUF.
    pub other_stuf: bool,
}

/// The elements that stuurgegevens may have, in their order, as far as the GGk uses them.
const NAMES: [&str; 7] = [
    "berichtcode",
    "zender",
    "ontvanger",
    "referentienummer",
    "tijdstipBericht",
    "crossRefnummer",
    "functie",
];

const PARTS: [&str; 4] = ["organisatie", "applicatie", "administratie", "gebruiker"];

impl Stuurgegevens {
    /// Reads them, whatever namespace they are in.
    pub(super) fn of(element: Element<'_>) -> Self {
        let mut read = Self::default();
        let mut last = None;
        read.note(element.has_text(), "stuurgegevens");
        for child in element.children() {
            read.other_stuf |= is_other_stuf(child.namespace());
            let place = NAMES.iter().position(|name| *name == child.name());
            let name = place.and_then(|place| NAMES.get(place)).copied();
            let in_order = place.is_some() && place > last;
            read.note(
                !in_order || child.namespace() != STUF,
                name.unwrap_or("stuurgegevens"),
            );
            last = last.max(place);
            let text = || child.text().into_owned();
            match name {
                Some("zender") => read.sender = side(child, "zender", &mut read.wrong),
                Some("ontvanger") => read.receiver = side(child, "ontvanger", &mut read.wrong),
                Some("berichtcode") => read.code = text(),
                Some("referentienummer") => read.number = text(),
                Some("tijdstipBericht") => read.sent_at = text(),
                Some("crossRefnummer") => read.answers = Some(text()),
                Some("functie") => read.functie = Some(text()),
                _ => {}
            }
        }
        read
    }

    fn note(&mut self, is_wrong: bool, name: &'static str) {
        note(&mut self.wrong, is_wrong, name);
    }

    /// Whether an answer can be addressed: sender, receiver and number are there and fit into one.
    pub fn can_be_answered(&self) -> bool {
        let fits = |side: &Side| {
            let applicatie = side.applicatie.as_deref().unwrap_or_default();
            let within = |text: &Option<String>, most| chars(text.as_deref().unwrap_or("")) <= most;
            (1..=200).contains(&chars(&side.code))
                && (3..=50).contains(&chars(applicatie))
                && within(&side.administratie, 50)
                && within(&side.gebruiker, 100)
        };
        fits(&self.sender) && fits(&self.receiver) && (1..=40).contains(&chars(&self.number))
    }

    /// Holds them against the form of a message. `uuids`: whether numbers must be lower-case UUIDs of version 4, as in ggk0210. Gives the name of the first
    /// element that is not as the schema has it.
    pub(super) fn against(&self, operation: Operation, uuids: bool) -> Option<&'static str> {
        let mut wrong = self.wrong;
        let form = |number: &str| chars(number) <= 40 && (!uuids || is_ggk_number(number));
        let time = (8..=17).contains(&self.sent_at.len())
            && self.sent_at.bytes().all(|byte| byte.is_ascii_digit());
        note(&mut wrong, !form(&self.number), "referentienummer");
        note(&mut wrong, !time, "tijdstipBericht");
        let crossed = match (operation, &self.answers) {
            (Operation::Di01, answers) => answers.is_none(),
            (Operation::Du01 | Operation::Fo01, answers) => answers.as_deref().is_some_and(form),
        };
        note(&mut wrong, !crossed, "crossRefnummer");
        let functie = match (operation, &self.functie) {
            (Operation::Fo01, functie) => functie.is_none(),
            (Operation::Di01 | Operation::Du01, functie) => functie
                .as_deref()
                .is_some_and(|functie| chars(functie) <= 30),
        };
        note(&mut wrong, !functie, "functie");
        wrong
    }
}

fn note(wrong: &mut Option<&'static str>, is_wrong: bool, name: &'static str) {
    if is_wrong && wrong.is_none() {
        *wrong = Some(name);
    }
}

fn side(element: Element<'_>, name: &'static str, wrong: &mut Option<&'static str>) -> Side {
    let mut side = Side::default();
    let mut last = None;
    note(wrong, element.has_text(), name);
    for child in element.children() {
        let place = PARTS.iter().position(|part| *part == child.name());
        note(
            wrong,
            place.is_none() || place <= last || child.namespace() != STUF,
            name,
        );
        last = last.max(place);
        let text = child.text().into_owned();
        match place {
            Some(0) => side.code = text,
            Some(1) => side.applicatie = Some(text),
            Some(2) => side.administratie = Some(text),
            Some(3) => side.gebruiker = Some(text),
            _ => {}
        }
    }
    side
}

/// Whether a namespace is one of StUF, and not the one that is taken here.
pub(super) fn is_other_stuf(namespace: &str) -> bool {
    namespace.starts_with("http://www.egem.nl/StUF/StUF") && namespace != STUF
}

fn chars(text: &str) -> usize {
    text.chars().count()
}
