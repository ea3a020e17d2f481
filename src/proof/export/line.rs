//! A line of `records.jsonl`: a record with its salt, or the leaf of one whose salt was erased. JSON for whoever reads it, and one way only to write it:
//!
//! ```text
//! {"index":7,"salt":"<44 characters>","record":"<base64>"}
//! {"index":7,"salt":"<44 characters>","record":"<base64>","view":{"event":"received"}}
//! {"index":7,"leaf":"<44 characters>"}
//! ```

use data_encoding::BASE64;
use serde::de::IgnoredAny;

use super::record::RECORD_BYTES_MAX;
use crate::hash::Hash;

/// Longest readable form of a record, in bytes.
pub const VIEW_BYTES_MAX: usize = 262_144;

/// How deep arrays and objects of a readable form may stand in each other.
pub const VIEW_DEPTH_MAX: usize = 32;

/// Longest line in bytes, its newline counted.
pub const LINE_BYTES_MAX: usize = VIEW_BYTES_MAX + RECORD_BYTES_MAX.div_ceil(3) * 4 + 256;

/// Why a readable form of a record cannot stand in a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the readable form is not one JSON object on one line, of at most {VIEW_BYTES_MAX} bytes and {VIEW_DEPTH_MAX} levels"
)]
pub struct ViewError;

impl ViewError {
    /// Stable code.
    pub fn code(self) -> &'static str {
        "view-malformed"
    }
}

/// What a line says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line<'a> {
    pub(super) index: u64,
    pub(super) body: Body<'a>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Body<'a> {
    /// A record, with the salt of its entry.
    Opened {
        salt: [u8; 32],
        record: &'a [u8],
        view: Option<&'a str>,
    },
    /// The leaf of a record without salt.
    Erased { leaf: Hash },
}

/// Reads a line without its newline; the record's bytes are put into `scratch`. Err: what is wrong with it.
pub(super) fn read<'a>(line: &'a [u8], scratch: &'a mut Vec<u8>) -> Result<Line<'a>, &'static str> {
    let rest = line
        .strip_prefix(br#"{"index":"#)
        .ok_or("it does not begin with an index")?;
    let (index, rest) = number(rest).ok_or("its index is no number without leading zeros")?;
    if let Some(rest) = rest.strip_prefix(br#","leaf":""#) {
        let (leaf, rest) = hash(rest).ok_or("its leaf is no hash in base64")?;
        return match rest {
            br#""}"# => Ok(Line {
                index,
                body: Body::Erased { leaf: leaf.into() },
            }),
            _ => Err("something stands behind its leaf"),
        };
    }
    let rest = rest
        .strip_prefix(br#","salt":""#)
        .ok_or("neither salt nor leaf stands behind its index")?;
    let (salt, rest) = hash(rest).ok_or("its salt is not 32 bytes in base64")?;
    let rest = rest
        .strip_prefix(br#"","record":""#)
        .ok_or("no record stands behind its salt")?;
    let end = rest
        .iter()
        .position(|byte| *byte == b'"')
        .ok_or("its record does not end")?;
    let (text, rest) = rest.split_at_checked(end).unwrap_or_default();
    let record = base64(text, scratch).ok_or("its record is not base64 of at most 65536 bytes")?;
    let view = match rest {
        br#""}"# => None,
        more => Some(
            more.strip_prefix(br#"","view":"#)
                .and_then(|more| more.strip_suffix(b"}"))
                .and_then(|view| std::str::from_utf8(view).ok())
                .filter(|view| check_view(view).is_ok())
                .ok_or("what stands behind its record is no readable form")?,
        ),
    };
    Ok(Line {
        index,
        body: Body::Opened { salt, record, view },
    })
}

/// Appends a line, with its newline.
pub(super) fn write(line: &Line<'_>, out: &mut Vec<u8>) {
    let mut put = |text: &str| out.extend_from_slice(text.as_bytes());
    put(&format!(r#"{{"index":{},"#, line.index));
    match &line.body {
        Body::Erased { leaf } => put(&format!("\"leaf\":\"{leaf}\"}}\n")),
        Body::Opened { salt, record, view } => {
            put(&format!(r#""salt":"{}","record":""#, BASE64.encode(salt)));
            put(&BASE64.encode(record));
            match view {
                None => put("\"}\n"),
                Some(view) => {
                    put(r#"","view":"#);
                    put(view);
                    put("}\n");
                }
            }
        }
    }
}

/// Whether a text is one JSON object on one line, not too long and not too deep.
pub(super) fn check_view(view: &str) -> Result<(), ViewError> {
    let is_one_line = view.starts_with('{')
        && view.ends_with('}')
        && view.len() <= VIEW_BYTES_MAX
        && view.bytes().all(|byte| byte >= b' ');
    if !is_one_line || depth(view) > VIEW_DEPTH_MAX {
        return Err(ViewError);
    }
    serde_json::from_str::<IgnoredAny>(view)
        .map(|_| ())
        .map_err(|_| ViewError)
}

/// How deep brackets stand in each other, outside texts.
fn depth(json: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let (mut in_text, mut escaped) = (false, false);
    for byte in json.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'{' | b'[' if !in_text => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// A decimal number without leading zeros, and what stands behind it.
fn number(text: &[u8]) -> Option<(u64, &[u8])> {
    let digits = text
        .iter()
        .position(|byte| !byte.is_ascii_digit())
        .unwrap_or(text.len());
    let (digits, rest) = text.split_at_checked(digits)?;
    if digits.is_empty() || (digits.len() > 1 && digits.starts_with(b"0")) {
        return None;
    }
    let digits = std::str::from_utf8(digits).ok()?;
    Some((digits.parse().ok()?, rest))
}

/// 32 bytes in base64, and what stands behind them.
fn hash(text: &[u8]) -> Option<([u8; 32], &[u8])> {
    let (text, rest) = text.split_at_checked(44)?;
    let bytes = crate::base64::decode(text)?.try_into().ok()?;
    Some((bytes, rest))
}

fn base64<'a>(text: &[u8], scratch: &'a mut Vec<u8>) -> Option<&'a [u8]> {
    let length = BASE64.decode_len(text.len()).ok()?;
    if !crate::base64::is_single(text) {
        return None;
    }
    if length > RECORD_BYTES_MAX + 2 {
        return None;
    }
    scratch.resize(length, 0);
    let length = BASE64.decode_mut(text, scratch).ok()?;
    scratch
        .get(..length)
        .filter(|record| record.len() <= RECORD_BYTES_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SALT: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    fn salt() -> [u8; 32] {
        std::array::from_fn(|at| u8::try_from(at).unwrap())
    }

    fn told(line: &str) -> Result<u64, &'static str> {
        read(line.as_bytes(), &mut Vec::new()).map(|line| line.index)
    }

    #[test]
    fn a_line_comes_back_as_it_was_written() {
        for body in [
            Body::Erased {
                leaf: Hash::new([9; 32]),
            },
            Body::Opened {
                salt: salt(),
                record: b"record",
                view: None,
            },
            Body::Opened {
                salt: salt(),
                record: &[0xff; 1_000],
                view: Some(r#"{"event":"received","parties":["a","b"]}"#),
            },
        ] {
            let line = Line {
                index: u64::MAX,
                body,
            };
            let mut bytes = Vec::new();
            write(&line, &mut bytes);
            let text = bytes.strip_suffix(b"\n").unwrap();
            assert_eq!(read(text, &mut Vec::new()), Ok(line));
        }
    }

    #[test]
    fn the_three_forms_are_these() {
        let leaf = Hash::new(salt());
        for line in [
            format!(r#"{{"index":0,"leaf":"{leaf}"}}"#),
            format!(r#"{{"index":10,"salt":"{SALT}","record":"cmVjb3Jk"}}"#),
            format!(r#"{{"index":10,"salt":"{SALT}","record":"cmVjb3Jk","view":{{}}}}"#),
        ] {
            assert!(told(&line).is_ok(), "{line}");
        }
    }

    #[test]
    fn json_that_says_the_same_in_other_bytes_is_refused() {
        for line in [
            String::new(),
            format!(r#" {{"index":7,"leaf":"{SALT}"}}"#),
            format!(r#"{{"index": 7,"leaf":"{SALT}"}}"#),
            format!(r#"{{"index":07,"leaf":"{SALT}"}}"#),
            format!(r#"{{"index":+7,"leaf":"{SALT}"}}"#),
            format!(r#"{{"index":-7,"leaf":"{SALT}"}}"#),
            format!(r#"{{"index":7.0,"leaf":"{SALT}"}}"#),
            format!(r#"{{"index":"7","leaf":"{SALT}"}}"#),
            format!(r#"{{"index":18446744073709551616,"leaf":"{SALT}"}}"#),
            format!(r#"{{"index":7,"leaf":"{SALT}"}} "#),
            format!(r#"{{"index":7,"leaf":"{SALT}"}}{{}}"#),
            format!(r#"{{"leaf":"{SALT}","index":7}}"#),
            format!(r#"{{"index":7,"salt":"{SALT}"}}"#),
            format!(r#"{{"index":7,"record":"cmVj","salt":"{SALT}"}}"#),
            format!(r#"{{"index":7,"salt":"{SALT}","record":"cmV"}}"#),
            format!(r#"{{"index":7,"salt":"{SALT}","record":"cmV="}}"#).replace('V', "W"),
            format!(r#"{{"index":7,"salt":"{SALT}","record":"cm Vj"}}"#),
            format!(r#"{{"index":7,"salt":"{SALT}","record":"cmVj"#),
            format!(r#"{{"index":7,"salt":"{SALT}","record":"cmVj","more":{{}}}}"#),
            format!(r#"{{"index":7,"leaf":"{SALT}","view":{{}}}}"#),
            // The last character before the padding has bits that are not used: they are zero.
            format!(r#"{{"index":7,"leaf":"{}"}}"#, SALT.replace("8=", "9=")),
            // Padding within, as if two texts stood one after the other.
            r#"{"index":7,"leaf":"AAE=AgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"}"#.to_owned(),
            format!(r#"{{"index":7,"salt":"{SALT}","record":"cg==Vg=="}}"#),
        ] {
            assert!(told(&line).is_err(), "{line}");
        }
    }

    #[test]
    fn a_readable_form_is_one_json_object() {
        let with = |view: &str| {
            told(&format!(
                r#"{{"index":7,"salt":"{SALT}","record":"cmVj","view":{view}}}"#
            ))
        };
        assert!(with(r#"{"a":[1,{"b":"\"}{"}],"c":null}"#).is_ok());
        for view in [
            "",
            "[]",
            "7",
            "{",
            r#"{"a"}"#,
            r#"{"a":NaN}"#,
            r#"{"a":1}x{}"#,
            // What would be read as another index by others.
            r#"{},"index":8,"view":{}"#,
            "{\t}",
        ] {
            assert!(with(view).is_err(), "{view}");
        }
        let deep = |levels: usize| {
            let (open, close) = (r#"{"a":"#.repeat(levels - 1), "}".repeat(levels - 1));
            with(&format!("{open}{{}}{close}"))
        };
        assert!(deep(VIEW_DEPTH_MAX).is_ok());
        assert!(deep(VIEW_DEPTH_MAX + 1).is_err());
        let long = |bytes: usize| with(&format!(r#"{{"a":"{}"}}"#, "x".repeat(bytes - 8)));
        assert!(long(VIEW_BYTES_MAX).is_ok());
        assert!(long(VIEW_BYTES_MAX + 1).is_err());
    }

    #[test]
    fn the_longest_line_that_can_be_written_may_be_read() {
        let view = format!(r#"{{"a":"{}"}}"#, "x".repeat(VIEW_BYTES_MAX - 8));
        let line = Line {
            index: u64::MAX,
            body: Body::Opened {
                salt: salt(),
                record: &vec![1; RECORD_BYTES_MAX],
                view: Some(&view),
            },
        };
        let mut bytes = Vec::new();
        write(&line, &mut bytes);
        assert!(bytes.len() <= LINE_BYTES_MAX, "{}", bytes.len());
        assert_eq!(
            read(bytes.strip_suffix(b"\n").unwrap(), &mut Vec::new()),
            Ok(line)
        );
        let text = BASE64.encode(&vec![1; RECORD_BYTES_MAX + 1]);
        assert!(
            told(&format!(
                r#"{{"index":7,"salt":"{SALT}","record":"{text}"}}"#
            ))
            .is_err()
        );
    }
}
