//! Where the next page of an answer begins, as a text that is good for this asker and this question alone.

use data_encoding::BASE64URL_NOPAD;
use jiff::civil::Date;

use crate::ledger::{Place, Pseudonyms};

/// Bytes of a place and of the proof behind it.
const PLACE_BYTES: usize = 12;
const PROOF_BYTES: usize = 16;

/// The text for a place in the answer to a question.
pub(super) fn write(place: Place, party: &str, question: &[u8], pseudonyms: &Pseudonyms) -> String {
    let mut bytes = number(place.day).to_be_bytes().to_vec();
    bytes.extend(place.position.to_be_bytes());
    let proof = pseudonyms.page(party, question, &bytes);
    bytes.extend(proof);
    BASE64URL_NOPAD.encode(&bytes)
}

/// The place; `None`: the text is of another question or asker, or of nobody.
pub(super) fn read(
    text: &str,
    party: &str,
    question: &[u8],
    pseudonyms: &Pseudonyms,
) -> Option<Place> {
    let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
    let (place, proof) = bytes.split_at_checked(PLACE_BYTES)?;
    let ours = pseudonyms.page(party, question, place);
    // Every byte is looked at, so that a proof is not found byte by byte.
    let differ = ours
        .iter()
        .zip(proof)
        .fold(0, |differ, (a, b)| differ | (a ^ b));
    if proof.len() != PROOF_BYTES || differ != 0 {
        return None;
    }
    let (days, position) = (place.first_chunk::<4>()?, place.last_chunk::<8>()?);
    Some(Place {
        day: day(i32::from_be_bytes(*days))?,
        position: u64::from_be_bytes(*position),
    })
}

fn number(day: Date) -> i32 {
    i32::from(day.year()) * 10_000 + i32::from(day.month()) * 100 + i32::from(day.day())
}

fn day(number: i32) -> Option<Date> {
    let part = |of: i32| i8::try_from(of % 100).ok();
    let year = i16::try_from(number / 10_000).ok()?;
    Date::new(year, part(number / 100)?, part(number)?).ok()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_page_is_good_for_its_asker_and_its_question_only() {
        let keys = Pseudonyms::new(&[1; 32]);
        let place = Place {
            day: date(2026, 3, 1),
            position: 70_000,
        };
        let text = write(place, "toezicht", b"kinds", &keys);
        assert_eq!(read(&text, "toezicht", b"kinds", &keys), Some(place));
        assert_eq!(read(&text, "toezicht", b"kindt", &keys), None);
        assert_eq!(read(&text, "rekenkamer", b"kinds", &keys), None);
        let others = Pseudonyms::new(&[2; 32]);
        assert_eq!(read(&text, "toezicht", b"kinds", &others), None);
        for wrong in [
            "",
            "AAAA",
            "é",
            text.get(1..).unwrap_or_default(),
            &format!("{text}AAAA"),
        ] {
            assert_eq!(read(wrong, "toezicht", b"kinds", &keys), None, "{wrong}");
        }
        let mut bytes = BASE64URL_NOPAD.decode(text.as_bytes()).expect("ours");
        for at in 0..bytes.len() {
            bytes[at] ^= 1;
            let changed = BASE64URL_NOPAD.encode(&bytes);
            assert_eq!(
                read(&changed, "toezicht", b"kinds", &keys),
                None,
                "byte {at}"
            );
            bytes[at] ^= 1;
        }
    }
}
