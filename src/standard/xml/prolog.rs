//! What comes before the first tag: byte order mark, encoding, XML declaration; and the bytes that
//! may stand nowhere. Does not look at elements.

use crate::finding::Code;

use super::Malformed;
use super::chars::is_space;

const BOM: &[u8] = b"\xEF\xBB\xBF";

/// A body as text: the part before the first byte that may not be there, and what that byte is.
#[derive(Debug)]
pub(crate) struct Decoded<'b> {
    /// The whole body, or the part before the first illegal byte.
    pub(crate) text: &'b str,
    /// Where the content begins: after a byte order mark.
    pub(crate) start: usize,
    /// Why the text ends before the body does.
    pub(crate) cut: Option<Malformed>,
}

/// Takes a body as UTF-8. `Err` when it is in another encoding, as far as its first bytes tell.
pub(crate) fn decode(body: &[u8]) -> Result<Decoded<'_>, Malformed> {
    if matches!(
        body,
        [0xFE, 0xFF, ..]
            | [0xFF, 0xFE, ..]
            | [0, b'<', ..]
            | [b'<', 0, ..]
            | [0, 0, 0xFE, 0xFF, ..]
            | [0, 0, 0, b'<', ..]
    ) {
        return Err(Malformed {
            code: Code::XmlUtf16,
            at: 0,
        });
    }
    let start = if body.starts_with(BOM) { BOM.len() } else { 0 };
    let (text, mut cut) = match std::str::from_utf8(body) {
        Ok(text) => (text, None),
        Err(error) => {
            let at = error.valid_up_to();
            let text = body
                .get(..at)
                .and_then(|valid| std::str::from_utf8(valid).ok())
                .unwrap_or_default();
            (
                text,
                Some(Malformed {
                    code: Code::XmlNotUtf8,
                    at,
                }),
            )
        }
    };
    let text = match illegal_character(text) {
        Some(at) => {
            cut = Some(Malformed {
                code: Code::XmlCharacter,
                at,
            });
            text.get(..at).unwrap_or_default()
        }
        None => text,
    };
    Ok(Decoded { text, start, cut })
}

/// Place of the first character outside production Char: C0 controls, U+FFFE, U+FFFF.
fn illegal_character(text: &str) -> Option<usize> {
    const CHUNK: usize = 256;
    const fn is_control(byte: u8) -> bool {
        byte < 0x20 && byte != b'\t' && byte != b'\n' && byte != b'\r'
    }
    let bytes = text.as_bytes();
    // Whole chunks without early exit, so that the compiler can use vectors.
    let control = bytes.chunks(CHUNK).position(|chunk| {
        chunk
            .iter()
            .fold(false, |bad, byte| bad | is_control(*byte))
    });
    let control = control.and_then(|chunk| {
        let from = chunk * CHUNK;
        bytes
            .get(from..)?
            .iter()
            .position(|byte| is_control(*byte))
            .map(|at| from + at)
    });
    let noncharacter = memchr::memchr_iter(0xEF, bytes)
        .find(|at| matches!(bytes.get(*at..), Some([0xEF, 0xBF, 0xBE | 0xBF, ..])));
    match (control, noncharacter) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

/// Checks an XML declaration; `content` is what stands between `<?xml` and `?>`.
pub(crate) fn check_declaration(content: &str) -> Result<(), Code> {
    let mut rest = content;
    let version = pseudo_attribute(&mut rest, "version").ok_or(Code::XmlDeclaration)?;
    let minor = version.strip_prefix("1.").ok_or(Code::XmlDeclaration)?;
    if minor.is_empty() || !minor.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Code::XmlDeclaration);
    }
    let encoding = pseudo_attribute(&mut rest, "encoding");
    let standalone = pseudo_attribute(&mut rest, "standalone");
    if !rest.bytes().all(is_space) || standalone.is_some_and(|word| word != "yes" && word != "no") {
        return Err(Code::XmlDeclaration);
    }
    match encoding {
        None => Ok(()),
        Some(name) if name.eq_ignore_ascii_case("utf-8") => Ok(()),
        Some(name) => {
            let mut bytes = name.bytes();
            let legal = bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic())
                && bytes
                    .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'));
            Err(if legal {
                Code::XmlEncoding
            } else {
                Code::XmlDeclaration
            })
        }
    }
}

/// Takes ` name = "value"` off the front of `rest`; leaves `rest` alone when it is something else.
fn pseudo_attribute<'a>(rest: &mut &'a str, name: &str) -> Option<&'a str> {
    let space: &[char] = &[' ', '\t', '\n', '\r'];
    let after = rest.trim_start_matches(space);
    if after.len() == rest.len() {
        return None;
    }
    let after = after
        .strip_prefix(name)?
        .trim_start_matches(space)
        .strip_prefix('=')?
        .trim_start_matches(space);
    let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let (value, after) = after.get(1..)?.split_once(quote)?;
    *rest = after;
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declarations_are_as_xml_says_and_in_utf_8() {
        for good in [
            " version=\"1.0\"",
            " version='1.0' encoding='utf-8'",
            "\n version = \"1.0\"\tencoding=\"UTF-8\" standalone='yes' ",
            " version=\"1.0\" standalone=\"no\"",
        ] {
            assert_eq!(check_declaration(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            " encoding=\"UTF-8\"",
            "version=\"1.0\"",
            " version=\"2.0\"",
            " version=\"1.\"",
            " version=\"1.0\"encoding=\"UTF-8\"",
            " version=\"1.0\" standalone=\"maybe\"",
            " version=\"1.0\" standalone=\"yes\" encoding=\"UTF-8\"",
            " version=\"1.0\" x=\"y\"",
            " version=\"1.0",
            " version=\"1.0\" encoding=\"8\"",
        ] {
            assert_eq!(check_declaration(bad), Err(Code::XmlDeclaration), "{bad}");
        }
        assert_eq!(
            check_declaration(" version=\"1.0\" encoding=\"ISO-8859-1\""),
            Err(Code::XmlEncoding)
        );
    }

    #[test]
    fn the_first_illegal_byte_cuts_the_text() {
        let cut = |body: &[u8]| decode(body).unwrap().cut.map(|cut| (cut.code, cut.at));
        assert_eq!(cut(b"<a>\t\r\n\x7F</a>"), None);
        assert_eq!(cut(b"<a>\0</a>"), Some((Code::XmlCharacter, 3)));
        assert_eq!(cut(b"<a>\xFF</a>"), Some((Code::XmlNotUtf8, 3)));
        assert_eq!(cut(b"<a>\x01\xFF</a>"), Some((Code::XmlCharacter, 3)));
        assert_eq!(
            cut("<a>\u{FFFD}\u{FFFE}</a>".as_bytes()),
            Some((Code::XmlCharacter, 6))
        );
        let late = [vec![b' '; 1000], vec![0x1F]].concat();
        assert_eq!(cut(&late), Some((Code::XmlCharacter, 1000)));
    }
}
