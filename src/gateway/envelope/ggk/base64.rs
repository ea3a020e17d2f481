//! base64Binary decoded in the buffer that it stands in: white space may stand anywhere, and what is decoded is never longer than what was read.

use std::ops::Range;

/// Decodes what stands in `range` of the buffer, and gives where the content stands now. `None`: it is not base64 (or the range not in the buffer).
pub fn decode_in_place(buffer: &mut [u8], range: Range<usize>) -> Option<Range<usize>> {
    let start = range.start;
    let text = buffer.get_mut(range)?;
    let (mut bits, mut held, mut written, mut padding) = (0_u32, 0_u32, 0_usize, 0_u32);
    for at in 0..text.len() {
        let byte = *text.get(at)?;
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b' ' | b'\t' | b'\n' | b'\r' => continue,
            b'=' => {
                padding += 1;
                continue;
            }
            _ => return None,
        };
        if padding > 0 {
            return None;
        }
        bits = bits << 6 | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            let [.., byte] = (bits >> held).to_be_bytes();
            *text.get_mut(written)? = byte;
            written += 1;
        }
    }
    // What is left of the last character must be zeros, and the padding as much as it takes to fill four characters.
    let rest = bits & ((1 << held) - 1);
    let wants = match held {
        0 => 0,
        2 => 1,
        4 => 2,
        _ => return None,
    };
    (rest == 0 && padding == wants).then(|| start..start + written)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decoded(text: &str) -> Option<Vec<u8>> {
        let mut buffer = format!("<x>{text}</x>").into_bytes();
        let range = 3..3 + text.len();
        let content = decode_in_place(&mut buffer, range)?;
        Some(buffer[content].to_vec())
    }

    #[test]
    fn white_space_is_left_out_and_nothing_else() {
        assert_eq!(decoded("PGEv\r\n Pg ==\n"), Some(b"<a/>".to_vec()));
        assert_eq!(decoded(""), Some(Vec::new()));
        for wrong in [
            "P",
            "PG",
            "PGE",
            "PGEv=",
            "PGEvPg=",
            "PGEvPg===",
            "PGEvPh==",
            "PG=Ev",
            "PGEv*",
            "====",
            "PGEv-_==",
            "é",
        ] {
            assert_eq!(decoded(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn what_was_encoded_comes_back(content in prop::collection::vec(any::<u8>(), 0..200)) {
            let text = data_encoding::BASE64.encode(&content);
            prop_assert_eq!(decoded(&text), Some(content));
        }
    }
}
