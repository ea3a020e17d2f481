//! What a wire says around a message, independent of SOAP and REST: by which door, from whom to whom, under which numbers, as what kind.
//!
//! Everything here was written by a sender. Only what [`Wire::record`] gives stands in clear in a record; the rest is a part under the content key.

use std::fmt;

use minicbor::{Decode, Encode};
use sha2::{Digest as _, Sha256};

use crate::ledger::{Door, Pseudonym, Pseudonyms, WireMarks, WireRecord, Wired};

/// The version of the part that is written.
const VERSION: u8 = 1;

/// One side of a message: zender or ontvanger, afzender or geadresseerde.
#[derive(Clone, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Side {
    /// organisatie, or the code of a Relatie: four digits of a municipality, eight of a provider, or a published name.
    #[n(0)]
    pub code: String,
    /// The rol of a Relatie.
    #[n(1)]
    pub rol: Option<String>,
    /// Name of the product that sends or receives, at most 50 characters in StUF.
    #[n(2)]
    pub applicatie: Option<String>,
    /// Free text.
    #[n(3)]
    pub administratie: Option<String>,
    /// Free text.
    #[n(4)]
    pub gebruiker: Option<String>,
}

/// One key of the verwerkingscontext with its values, as it was sent.
#[derive(Clone, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Aspect {
    /// sleutel.
    #[n(0)]
    pub key: String,
    /// waarde.
    #[n(1)]
    pub values: Vec<String>,
}

/// What a wire said around one message.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Wire {
    #[n(0)]
    version: u8,
    /// By which door it came.
    #[n(1)]
    pub door: Door,
    /// Who says to have sent it.
    #[n(2)]
    pub sender: Side,
    /// To whom; the first where a wire may name several.
    #[n(3)]
    pub receiver: Side,
    /// Its own number: referentienummer, traceerId. As it was written.
    #[n(4)]
    pub number: String,
    /// conversatieId; absent where the wire has none of its own (then it is the number that is answered, or else its own).
    #[n(5)]
    pub conversation: Option<String>,
    /// The number of the message that is answered: crossRefnummer, alsAntwoordOp.
    #[n(6)]
    pub answers: Option<String>,
    /// The name of its kind: functie, berichtsubtype. `JW301`; not checked.
    #[n(7)]
    pub functie: Option<String>,
    /// functieVersie, berichtversie.
    #[n(8)]
    pub functie_version: Option<u16>,
    /// functieSubversie, berichtsubversie.
    #[n(9)]
    pub functie_subversion: Option<u16>,
    /// actie.
    #[n(10)]
    pub action: Option<String>,
    /// applicatieVersie.
    #[n(11)]
    pub applicatie_version: Option<u16>,
    /// applicatieSubversie.
    #[n(12)]
    pub applicatie_subversion: Option<u16>,
    /// referentieId: the sender's own reference, told to nobody else.
    #[n(13)]
    pub own_reference: Option<String>,
    /// verwerkingscontext.
    #[n(14)]
    pub context: Vec<Aspect>,
    /// tijdstipBericht: `yyyyMMdd[HHmmss[SSS]]`.
    #[n(15)]
    pub sent_at: Option<String>,
    /// Name of a file that is no message of the standards: bestandsnaam of a tekstBestand.
    #[n(16)]
    pub file_name: Option<String>,
    /// Whether the content came in a ZIP.
    #[n(17)]
    pub zipped: bool,
    /// berichttype: `JW`, `WMO`.
    #[n(18)]
    pub berichttype: Option<String>,
    /// SHA-256 of the whole that was sent, envelope and content, in one form that does not hang on how it was written: tells a repeat from another message
    /// under the same number. [`Wire::with_content`] makes it.
    #[cbor(n(19), with = "minicbor::bytes")]
    pub content: [u8; 32],
}

impl fmt::Debug for Wire {
    /// The door alone: the rest was written by a sender, and is never logged.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Wire({})", self.door.as_str())
    }
}

impl fmt::Debug for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Side")
    }
}

impl fmt::Debug for Aspect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Aspect")
    }
}

impl Wire {
    /// The least that a wire says: door, sides and number.
    pub fn new(door: Door, sender: Side, receiver: Side, number: String) -> Self {
        Self {
            version: VERSION,
            door,
            sender,
            receiver,
            number,
            conversation: None,
            answers: None,
            functie: None,
            functie_version: None,
            functie_subversion: None,
            action: None,
            applicatie_version: None,
            applicatie_subversion: None,
            own_reference: None,
            context: Vec::new(),
            sent_at: None,
            file_name: None,
            zipped: false,
            berichttype: None,
            content: [0; 32],
        }
    }

    /// The same, with what tells it from another message under its number: everything it says, and the content as it was sent (what base64 or ZIP carried,
    /// or a hash of it).
    #[must_use]
    pub fn with_content(mut self, content: &[u8]) -> Self {
        self.content = [0; 32];
        let said = self.part();
        let mut hash = Sha256::new();
        hash.update((said.len() as u64).to_be_bytes());
        hash.update(&said);
        hash.update(Sha256::digest(content));
        self.content = hash.finalize().into();
        self
    }

    /// The conversation by which the chain knows it: what is said, else the number that is answered, else its own.
    pub fn conversation(&self) -> &str {
        let said = self.conversation.as_deref().or(self.answers.as_deref());
        said.unwrap_or(&self.number)
    }

    /// What a record says of it in clear.
    pub fn record(&self) -> WireRecord {
        let uuid = |text: &Option<String>| text.as_deref().and_then(uuid_bits);
        let conversation = self.conversation.as_ref();
        let own = conversation.is_some_and(|of| same_number(of, &self.number));
        WireRecord {
            door: self.door,
            number: uuid_bits(&self.number),
            conversation: uuid(&self.conversation).filter(|_| !own),
            answers: uuid(&self.answers),
            version: self.functie_version,
            subversion: self.functie_subversion,
        }
    }

    /// The bytes of the envelope part.
    pub fn part(&self) -> Vec<u8> {
        let encoded = minicbor::to_vec(self);
        debug_assert!(encoded.is_ok(), "writing into memory cannot fail");
        encoded.unwrap_or_default()
    }

    /// Reads an envelope part; `None`: it is of a later program, or not one of ours.
    pub fn read(part: &[u8]) -> Option<Self> {
        let wire: Self = minicbor::decode(part).ok()?;
        (wire.version == VERSION).then_some(wire)
    }

    /// All that is recorded of it. Its identity on the GGk is of one party: whoever names another as the sender uses up none of his numbers.
    pub(crate) fn wired(&self, pseudonyms: &Pseudonyms, party: &str) -> Wired {
        let own = pseudonyms.wire_number(&plain(&self.number));
        let conversation = pseudonyms.wire_conversation(&plain(self.conversation()));
        let answers = self.answers.as_deref();
        let answers = answers.map(|of| pseudonyms.wire_answer(&plain(of)));
        let numbers = [Some(own), Some(conversation), answers];
        Wired {
            record: self.record(),
            marks: WireMarks {
                identity: self.identity(pseudonyms, party),
                content: self.content,
                numbers: numbers.into_iter().flatten().collect(),
            },
            part: self.part(),
        }
    }

    /// Its identity: the number within door, party and sender as StUF has it (organisatie, applicatie, administratie, gebruiker); on the VSP within the sender.
    pub(crate) fn identity(&self, pseudonyms: &Pseudonyms, party: &str) -> Pseudonym {
        let of = |text: &Option<String>| text.clone().unwrap_or_default();
        let Side {
            code,
            rol: _,
            applicatie,
            administratie,
            gebruiker,
        } = &self.sender;
        let none = String::new;
        let (party, within) = match self.door {
            Door::Ggk0210 | Door::Ggk0310 => (
                party,
                [
                    code.clone(),
                    of(applicatie),
                    of(administratie),
                    of(gebruiker),
                ],
            ),
            // A number there is unique for its sender: in whatever role, and whoever hands it in for him. The door has seen that he may.
            Door::Vsp => ("", [code.clone(), none(), none(), none()]),
        };
        let within: Vec<&str> = within.iter().map(String::as_str).collect();
        pseudonyms.wire(self.door.family(), party, &within, &plain(&self.number))
    }
}

/// Whether two numbers are one: a UUID is the same in capitals.
pub fn same_number(one: &str, other: &str) -> bool {
    plain(one) == plain(other)
}

/// The form in which numbers are compared.
pub(crate) fn plain(number: &str) -> String {
    match uuid_bits(number) {
        Some(bits) => uuid_text(bits),
        None => number.to_owned(),
    }
}

/// The bits of a UUID of any version, in any case; `None`: the text is none.
pub fn uuid_bits(text: &str) -> Option<[u8; 16]> {
    let bytes = text.as_bytes();
    if bytes.len() != 36 {
        return None;
    }
    let mut digits = Vec::with_capacity(32);
    for (at, byte) in bytes.iter().enumerate() {
        if matches!(at, 8 | 13 | 18 | 23) {
            if *byte != b'-' {
                return None;
            }
        } else {
            digits.push(byte.to_ascii_lowercase());
        }
    }
    let bits = data_encoding::HEXLOWER.decode(&digits).ok()?;
    bits.try_into().ok()
}

/// A UUID in the one form that we write: lower case.
pub fn uuid_text(bits: [u8; 16]) -> String {
    let mut text = data_encoding::HEXLOWER.encode(&bits);
    for at in [8, 13, 18, 23] {
        text.insert(at, '-');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const NUMBER: &str = "9c0f7b90-5c69-41e5-a837-0800200c9a66";

    fn wire() -> Wire {
        let side = |code: &str| Side {
            code: code.to_owned(),
            applicatie: Some("Wmo Applicatie".to_owned()),
            ..Side::default()
        };
        let mut wire = Wire::new(
            Door::Ggk0210,
            side("0289"),
            side("98980001"),
            NUMBER.to_owned(),
        );
        wire.functie = Some("JW301".to_owned());
        wire.own_reference = Some("van Mila Zonneveld".to_owned());
        wire
    }

    #[test]
    fn a_uuid_is_one_in_capitals_and_nothing_else_is_one() {
        assert!(same_number(NUMBER, &NUMBER.to_uppercase()));
        assert_eq!(uuid_bits(NUMBER).map(uuid_text).as_deref(), Some(NUMBER));
        for text in [
            "",
            "9c0f7b905c6941e5a8370800200c9a66",
            "9c0f7b90-5c69-41e5-a837-0800200c9a6g",
            "9c0f7b90_5c69-41e5-a837-0800200c9a66",
            "9c0f7b90-5c69-41e5-a837-0800200c9a6é",
        ] {
            assert_eq!(uuid_bits(text), None, "{text}");
        }
        assert!(!same_number("A1", "a1"), "what is no UUID is a text");
    }

    #[test]
    fn what_is_recorded_in_clear_has_nothing_that_a_sender_can_fill() {
        let wire = wire();
        let shown = format!("{:?} {:?} {:?}", wire, wire.sender, wire.record());
        for word in ["Zonneveld", "Applicatie", "0289"] {
            assert!(!shown.contains(word), "{shown}");
        }
        assert_eq!(wire.record().number, uuid_bits(NUMBER));
        let free = Wire {
            number: "999900420".to_owned(),
            ..wire
        };
        assert_eq!(free.record().number, None, "a number may be anything");
    }

    #[test]
    fn a_part_comes_back_as_it_was_and_another_program_s_is_not_taken() {
        let wire = wire();
        assert_eq!(Wire::read(&wire.part()).as_ref(), Some(&wire));
        let later = Wire {
            version: VERSION + 1,
            ..wire
        };
        assert_eq!(Wire::read(&later.part()), None);
        assert_eq!(Wire::read(b"x"), None);
    }

    #[test]
    fn a_repeat_is_told_from_another_message_by_envelope_and_content() {
        let first = wire().with_content(b"<a/>");
        assert_eq!(first, wire().with_content(b"<a/>"));
        assert_ne!(first.content, wire().with_content(b"<b/>").content);
        let mut other = wire();
        other.functie = Some("JW302".to_owned());
        assert_ne!(first.content, other.with_content(b"<a/>").content);
    }

    #[test]
    fn a_number_is_of_one_party_and_sender_and_of_both_envelopes_of_the_ggk() {
        let names = Pseudonyms::new(&[1; 32]);
        let wire = wire();
        let own = wire.identity(&names, "gemeente-a");
        assert_ne!(own, wire.identity(&names, "gemeente-b"));
        let as_0310 = Wire {
            door: Door::Ggk0310,
            ..wire.clone()
        };
        assert_eq!(own, as_0310.identity(&names, "gemeente-a"));
        let mut user = wire.clone();
        user.sender.gebruiker = Some("b".to_owned());
        assert_ne!(own, user.identity(&names, "gemeente-a"));
        let mut capitals = wire.clone();
        capitals.number = NUMBER.to_uppercase();
        assert_eq!(own, capitals.identity(&names, "gemeente-a"));
        let on_vsp = |rol: &str| {
            let mut wire = Wire {
                door: Door::Vsp,
                ..wire.clone()
            };
            wire.sender.rol = Some(rol.to_owned());
            wire
        };
        assert_eq!(
            on_vsp("Instelling").identity(&names, "zorg-a"),
            on_vsp("Praktijk").identity(&names, "softwarehuis")
        );
    }
}
