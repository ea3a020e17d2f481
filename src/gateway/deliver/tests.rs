//! What is posted, to the byte, for the words that were ever recorded: a message that waits must be said by a later program as it was by an earlier one.

use jiff::Timestamp;

use super::said::Said;
use super::{Owed, Question, Refusal, ggk, vsp};
use crate::envelope::tables::Condition;
use crate::envelope::wire::uuid_bits;
use crate::intake::RefusalReason;
use crate::ledger::{Door, KindRecord, MessageId, ThreadId, WireRecord, Words};
use crate::register::EndpointKind;

/// A name and hexadecimal bytes a line, in the order of the test. Lines are added, never changed: who changes what is written gives [`Words`] a field that tells the new form from this one.
const GOLDEN: &str = include_str!("../../../tests/golden/letters-1.txt");

const RECEIVED: Timestamp = Timestamp::constant(1_772_355_600, 123_000_000);

fn words(zip: bool) -> Words {
    Words {
        application: "Knooppunt".to_owned(),
        version: 0,
        subversion: 1,
        receiver_application: "GGk".to_owned(),
        zip,
        codes: "current".to_owned(),
    }
}

fn owed(soort: u16, zip: bool) -> Owed {
    let kind = KindRecord {
        law: "jw".to_owned(),
        release: "3.2".to_owned(),
        soort,
        functie: None,
    };
    let (gemeente, zorg) = ("0289".parse(), "98980001".parse());
    let (gemeente, zorg) = (gemeente.expect("a code"), zorg.expect("a code"));
    let to_zorg = soort == 301;
    Owed {
        id: MessageId::from_bytes([0xa1; 16]),
        thread: ThreadId::from_bytes([0xb2; 16]),
        kind,
        maker: if to_zorg { gemeente } else { zorg },
        receiver: if to_zorg { zorg } else { gemeente },
        received: RECEIVED,
        position: 7,
        asked: None,
        wire_record: None,
        wire: None,
        marks: Vec::new(),
        body: b"<a>\xc3\xa9</a>".repeat(20).into(),
        words: words(zip),
    }
}

fn answer() -> Owed {
    let number = "9c0f7b90-5c69-11e5-a837-0800200c9a66";
    Owed {
        asked: Some(Question {
            id: MessageId::from_bytes([0xc3; 16]),
            wire_record: Some(WireRecord {
                door: Door::Ggk0310,
                number: uuid_bits(number),
                conversation: None,
                answers: None,
                version: Some(3),
                subversion: Some(2),
            }),
            number: Some(number.to_uppercase()),
        }),
        ..owed(302, false)
    }
}

fn refusal() -> Refusal {
    Refusal {
        id: MessageId::from_bytes([0xa1; 16]),
        position: 7,
        at: RECEIVED,
        sender: "0289".to_owned(),
        number: "9c0f7b90-5c69-41e5-a837-0800200c9a66".to_owned(),
        application: Some("Suite & Co".to_owned()),
        condition: Condition::PayloadInvalid,
        about_municipality: false,
        details: Some("JW301-00020010".to_owned()),
        words: words(false),
    }
}

fn letter(owed: &Owed, kind: EndpointKind) -> Vec<u8> {
    let said = Said::of(owed, kind).expect("it can be said");
    let post = ggk::Post::of(&said, kind, owed.received);
    post.expect("it can be written").body.to_vec()
}

fn push(owed: &Owed) -> Vec<u8> {
    let said = Said::of(owed, EndpointKind::VspPush).expect("it can be said");
    let push = vsp::Push::of(&said).expect("it can be written");
    push.body.to_vec()
}

#[test]
fn every_letter_of_the_first_form_is_written_as_ever() {
    let fo01 = ggk::Post::fo01(&refusal()).expect("it can be written");
    let letters = [
        (
            "di01-ggk0210",
            letter(&owed(305, false), EndpointKind::Ggk0210),
        ),
        (
            "di01-ggk0310",
            letter(&owed(305, false), EndpointKind::Ggk0310),
        ),
        ("du01-ggk0210", letter(&answer(), EndpointKind::Ggk0210)),
        ("du01-ggk0310", letter(&answer(), EndpointKind::Ggk0310)),
        ("fo01", fo01.body.to_vec()),
        ("push", push(&owed(301, false))),
        ("push-zip", push(&owed(301, true))),
    ];
    let lines = letters.map(|(name, bytes)| {
        let bytes = data_encoding::HEXLOWER.encode(&bytes);
        format!("{name} {bytes}\n")
    });
    assert_eq!(lines.concat(), GOLDEN);
}

#[test]
fn a_reason_that_no_list_has_a_code_for_is_told_as_not_processed() {
    let told = |condition, codes: &str| {
        let words = Words {
            codes: codes.to_owned(),
            ..words(false)
        };
        let refusal = Refusal {
            condition,
            words,
            ..refusal()
        };
        let post = ggk::Post::fo01(&refusal).expect("it can be written");
        String::from_utf8(post.body.to_vec()).expect("text")
    };
    let code = format!("<StUF:code>{}</StUF:code>", "StUF058");
    let later = RefusalReason::condition_told("a-reason-of-a-later-program");
    assert!(told(later, "current").contains(&code));
    assert!(told(Condition::ZipInvalid, "2018").contains(&code));
    assert!(told(Condition::ZipInvalid, "current").contains(">IB901<"));
}
