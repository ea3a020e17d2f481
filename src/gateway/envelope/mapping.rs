//! How the wires say the same: numbers, versions, roles and applications from one to the other and back, with one identity through the chain.
//!
//! Nothing is rewritten silently. A number that does not fit on a wire is replaced by one that follows from the message's own id, so that it is always the same,
//! and is found back from it.

use knooppunt_standard::Kind;

use super::tables::{Condition, Functie};
use super::wire::{Wire, plain, uuid_bits, uuid_text};
use crate::ledger::{MessageId, WireRecord};
use crate::register::{CodeKind, PartyCode};

/// rol of a municipality on the VSP.
pub const GEMEENTE: &str = "Gemeente";
/// rol of a provider on the VSP of whom the register says nothing else.
pub const INSTELLING: &str = "Instelling";
/// The roles that a provider may have on the VSP.
pub const ROLES: [&str; 3] = [INSTELLING, "Praktijk", "Zorgverlener"];
/// Names that stand where a code does, for the parties of the GGk that have none; each is its own rol.
pub const FIXED: [&str; 5] = ["CAK", "CBS", "SVB", "UWV", "VWS"];

/// Under which numbers a message is known on a wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Numbers {
    /// referentienummer, traceerId.
    pub number: String,
    /// conversatieId; on the GGk the crossRefnummer of an answer, else its own number.
    pub conversation: String,
    /// alsAntwoordOp, crossRefnummer.
    pub answers: Option<String>,
}

/// What a message is to the numbers: its id here and the wire that it came over.
pub type Known<'w> = (MessageId, Option<&'w WireRecord>);

impl Numbers {
    /// Those of a message on ggk0210: lower-case UUIDs of version 4. The message that it answers is known here, or only by what its sender wrote.
    pub fn on_ggk0210(own: Known<'_>, question: Option<Known<'_>>) -> Self {
        Self::with(ggk_number, own, question)
    }

    /// Those of a message on ggk0310, which takes any text of 40 characters. `asked_under`: the number of the message that it answers as whoever made that one
    /// wrote it on the GGk, where that is still kept; he must find it back.
    pub fn on_ggk0310(
        own: Known<'_>,
        question: Option<Known<'_>>,
        asked_under: Option<&str>,
    ) -> Self {
        let mut numbers = Self::with(vsp_number, own, question);
        if let (Some(_), Some(written)) = (question, asked_under) {
            written.clone_into(&mut numbers.conversation);
            numbers.answers = Some(written.to_owned());
        }
        numbers
    }

    /// Those of a message on the VSP: UUIDs of any version.
    pub fn on_vsp((id, wire): Known<'_>, question: Option<Known<'_>>) -> Self {
        let mut numbers = Self::with(vsp_number, (id, wire), question);
        if let Some(said) = wire.and_then(|wire| wire.conversation) {
            numbers.conversation = uuid_text(said);
        }
        numbers
    }

    fn with(
        form: fn(MessageId, Option<&WireRecord>) -> String,
        (id, wire): Known<'_>,
        question: Option<Known<'_>>,
    ) -> Self {
        let number = form(id, wire);
        let answers = match question {
            Some((question, of)) => Some(form(question, of)),
            None => wire.and_then(|wire| wire.answers).map(uuid_text),
        };
        Self {
            conversation: answers.clone().unwrap_or_else(|| number.clone()),
            number,
            answers,
        }
    }
}

/// The number of a message on ggk0210: its own when that is a UUID of version 4, else the one that follows from its id.
pub fn ggk_number(id: MessageId, wire: Option<&WireRecord>) -> String {
    let own = wire.and_then(|wire| wire.number);
    uuid_text(own.filter(is_v4).unwrap_or_else(|| minted(id)))
}

/// The number of a message on the VSP, and on ggk0310: its own when that is a UUID, else the one that follows from its id.
pub fn vsp_number(id: MessageId, wire: Option<&WireRecord>) -> String {
    let own = wire.and_then(|wire| wire.number);
    uuid_text(own.unwrap_or_else(|| minted(id)))
}

/// The UUID of version 4 that follows from an id: its bits, but for the six that say version and variant.
pub fn minted(id: MessageId) -> [u8; 16] {
    let mut bits = *id.as_bytes();
    bits[6] = bits[6] & 0x0f | 0x40;
    bits[8] = bits[8] & 0x3f | 0x80;
    bits
}

/// The ids from which a number may follow: 64, of which at most one is in use. None for what is no UUID of version 4.
pub fn may_be_minted_from(number: &str) -> Vec<MessageId> {
    let Some(bits) = uuid_bits(number).filter(is_v4) else {
        return Vec::new();
    };
    let ids = (0..64_u8).map(|hidden| {
        let mut id = bits;
        id[6] = id[6] & 0x0f | (hidden >> 2) << 4;
        id[8] = id[8] & 0x3f | hidden << 6;
        MessageId::from_bytes(id)
    });
    ids.collect()
}

/// The number that a message answers as its sender wrote it: of a UUID as it is recorded, of other text as long as what was written is kept.
pub fn answered(record: Option<&WireRecord>, wire: Option<&Wire>) -> Option<String> {
    let recorded = record.and_then(|record| record.answers).map(uuid_text);
    recorded.or_else(|| wire?.answers.as_deref().map(plain))
}

fn is_v4(bits: &[u8; 16]) -> bool {
    bits[6] >> 4 == 4 && bits[8] >> 6 == 0b10
}

/// Whether a text is a number as ggk0210 takes it: a UUID of version 4 in lower case.
pub fn is_ggk_number(text: &str) -> bool {
    plain(text) == text && uuid_bits(text).is_some_and(|bits| is_v4(&bits))
}

/// A version as StUF writes it: four digits. `None`: it has more.
pub fn version_text(version: u16) -> Option<String> {
    (version <= 9999).then(|| format!("{version:04}"))
}

/// A version as StUF writes it. `None`: not four digits.
pub fn version_of(text: &str) -> Option<u16> {
    let four = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    four.then(|| text.parse().ok()).flatten()
}

/// Version and subversion of a release: 3 and 2 of 3.2. `None`: it is not two numbers.
pub fn versions(release: &str) -> Option<(u16, u16)> {
    let (version, subversion) = release.split_once('.')?;
    Some((version.parse().ok()?, subversion.parse().ok()?))
}

/// The rol that goes with the form of a code. `None`: it is no code and no published name.
pub fn rol(code: &str) -> Option<&'static str> {
    match code.parse::<PartyCode>() {
        Ok(code) => Some(match code.kind() {
            CodeKind::Gemeentecode => GEMEENTE,
            CodeKind::Agb => INSTELLING,
        }),
        Err(_) => FIXED.into_iter().find(|name| *name == code),
    }
}

/// Whether a rol can be that of who has this code.
pub fn rol_fits(rol: &str, code: &str) -> bool {
    match code.parse::<PartyCode>() {
        Ok(code) => match code.kind() {
            CodeKind::Gemeentecode => rol == GEMEENTE,
            CodeKind::Agb => ROLES.contains(&rol),
        },
        Err(_) => rol == code && FIXED.contains(&code),
    }
}

/// The name of an application as StUF takes it, 3 to 50 characters: a longer one is cut, a shorter one filled up with dots.
pub fn applicatie(name: &str) -> String {
    let mut fits: String = name.trim().chars().take(50).collect();
    while fits.chars().count() < 3 {
        fits.push('.');
    }
    fits
}

/// Whether what an envelope says is what the message says of itself: who made it, for whom, and as what. Err: the condition that is broken.
pub fn agrees(
    wire: &Wire,
    kind: &Kind,
    maker: &PartyCode,
    receiver: &PartyCode,
) -> Result<(), Condition> {
    if wire.sender.code != maker.as_str() || wire.receiver.code != receiver.as_str() {
        return Err(Condition::ReceiverOther);
    }
    let said = wire.functie.as_deref();
    let same_kind = said
        .is_none_or(|said| Functie::named(said).map(|functie| functie.name) == Some(kind.name()));
    let (version, subversion) = versions(&kind.release).unzip();
    let same = |said: Option<u16>, is: Option<u16>| said.is_none() || is.is_none() || said == is;
    if same_kind && same(wire.functie_version, version) && same(wire.functie_subversion, subversion)
    {
        Ok(())
    } else {
        Err(Condition::PayloadOther)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::Door;

    const V4: &str = "9c0f7b90-5c69-41e5-a837-0800200c9a66";
    const V1: &str = "9c0f7b90-5c69-11e5-a837-0800200c9a66";

    fn record(number: &str) -> WireRecord {
        WireRecord {
            door: Door::Vsp,
            number: uuid_bits(number),
            conversation: None,
            answers: None,
            version: None,
            subversion: None,
        }
    }

    #[test]
    fn one_number_goes_through_the_chain_and_one_that_does_not_fit_is_replaced_by_one_that_is_found_back()
     {
        let id = MessageId::from_bytes([0xfe; 16]);
        let fits = record(V4);
        assert_eq!(ggk_number(id, Some(&fits)), V4);
        assert_eq!(vsp_number(id, Some(&fits)), V4);
        for wire in [Some(record(V1)), Some(record("x")), None] {
            let number = ggk_number(id, wire.as_ref());
            assert!(is_ggk_number(&number), "{number}");
            assert!(may_be_minted_from(&number).contains(&id));
        }
        assert_eq!(vsp_number(id, Some(&record(V1))), V1);
        assert!(may_be_minted_from(V1).is_empty());
    }

    #[test]
    fn the_conversation_of_a_first_message_is_its_own_number_and_of_an_answer_that_of_its_question()
    {
        let (first, answer) = (
            MessageId::from_bytes([1; 16]),
            MessageId::from_bytes([2; 16]),
        );
        let asked = record(V4);
        let numbers = Numbers::on_ggk0210((first, Some(&asked)), None);
        assert_eq!((numbers.conversation.as_str(), numbers.answers), (V4, None));
        let numbers = Numbers::on_vsp((answer, None), Some((first, Some(&asked))));
        assert_eq!(numbers.conversation, V4);
        assert_eq!(numbers.answers.as_deref(), Some(V4));
        assert_ne!(numbers.number, V4);
    }

    #[test]
    fn what_ggk0310_takes_is_named_there_as_it_was_written_and_on_ggk0210_as_it_fits() {
        let (first, answer) = (
            MessageId::from_bytes([1; 16]),
            MessageId::from_bytes([2; 16]),
        );
        let (asked, own) = (record(V1), record(V1));
        for (written, named) in [
            (None, V1.to_owned()),
            (Some(V1.to_uppercase()), V1.to_uppercase()),
        ] {
            let question = Some((first, Some(&asked)));
            let numbers = Numbers::on_ggk0310((answer, Some(&own)), question, written.as_deref());
            assert_eq!(numbers.number, V1);
            assert_eq!(numbers.conversation, named);
            assert_eq!(numbers.answers, Some(named));
            let numbers = Numbers::on_ggk0210((answer, Some(&own)), question);
            for number in [&numbers.number, &numbers.conversation] {
                assert!(is_ggk_number(number), "{number}");
            }
        }
        let free = record("WMO-2026-000123");
        let question = Some((first, Some(&free)));
        let numbers = Numbers::on_ggk0310((answer, None), question, Some("WMO-2026-000123"));
        assert_eq!(numbers.answers.as_deref(), Some("WMO-2026-000123"));
        let numbers = Numbers::on_ggk0310((first, Some(&asked)), None, None);
        assert_eq!((numbers.conversation.as_str(), numbers.answers), (V1, None));
    }

    #[test]
    fn only_a_lower_case_uuid_of_version_4_is_a_number_of_ggk0210() {
        assert!(is_ggk_number(V4));
        for text in [V1, &V4.to_uppercase(), "", "123"] {
            assert!(!is_ggk_number(text), "{text}");
        }
    }

    #[test]
    fn versions_are_four_digits_on_one_wire_and_a_number_on_the_other() {
        for (version, text) in [(0, "0000"), (3, "0003"), (9999, "9999")] {
            assert_eq!(version_text(version).as_deref(), Some(text));
            assert_eq!(version_of(text), Some(version));
        }
        assert_eq!(version_text(10_000), None);
        for text in ["3", "00003", "+003", " 003", "000x"] {
            assert_eq!(version_of(text), None, "{text}");
        }
    }

    #[test]
    fn the_form_of_a_code_says_its_rol() {
        assert_eq!(rol("0289"), Some(GEMEENTE));
        assert_eq!(rol("98980001"), Some(INSTELLING));
        assert_eq!(rol("CAK"), Some("CAK"));
        assert_eq!(rol("IB"), None);
        assert!(rol_fits("Praktijk", "98980001") && !rol_fits(GEMEENTE, "98980001"));
        assert!(rol_fits(GEMEENTE, "0289") && rol_fits("CAK", "CAK") && !rol_fits("CAK", "CBS"));
    }

    #[test]
    fn the_name_of_an_application_is_made_to_fit() {
        assert_eq!(applicatie("Wmo Applicatie"), "Wmo Applicatie");
        assert_eq!(applicatie("é"), "é..");
        assert_eq!(applicatie(&"é".repeat(60)).chars().count(), 50);
    }
}
