//! From the bytes between two tags to the value that XML says they have.
//! Expects input that the reader has found well-formed.

use std::borrow::Cow;

/// The value of content without child elements: references and CDATA sections resolved, comments
/// and processing instructions left out, line ends as LF. Borrows when nothing has to change.
pub(crate) fn value(raw: &str) -> Cow<'_, str> {
    if memchr::memchr3(b'&', b'<', b'\r', raw.as_bytes()).is_none() {
        return Cow::Borrowed(raw);
    }
    let mut value = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = memchr::memchr3(b'&', b'<', b'\r', rest.as_bytes()) {
        let (before, from) = rest.split_at(at);
        value.push_str(before);
        rest = if from.starts_with('\r') {
            value.push('\n');
            from.strip_prefix("\r\n")
                .or_else(|| from.strip_prefix('\r'))
                .unwrap_or_default()
        } else if let Some(cdata) = from.strip_prefix("<![CDATA[") {
            let (text, after) = cdata.split_once("]]>").unwrap_or((cdata, ""));
            push_lines(&mut value, text);
            after
        } else if let Some(comment) = from.strip_prefix("<!--") {
            comment.split_once("-->").map_or("", |(_, after)| after)
        } else if from.starts_with("<?") {
            from.split_once("?>").map_or("", |(_, after)| after)
        } else if let Some(reference) = from.strip_prefix('&') {
            let (name, after) = reference.split_once(';').unwrap_or((reference, ""));
            value.extend(character(name));
            after
        } else {
            from.split_once('>').map_or("", |(_, after)| after)
        };
    }
    value.push_str(rest);
    Cow::Owned(value)
}

/// Appends text with its line ends as LF, as XML 1.0 2.11 says.
fn push_lines(value: &mut String, text: &str) {
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\r') {
        value.push_str(before);
        value.push('\n');
        rest = after.strip_prefix('\n').unwrap_or(after);
    }
    value.push_str(rest);
}

/// The character that a reference stands for; `name` is what stands between `&` and `;`. `None` for
/// an unknown entity or a character that XML does not allow.
pub(crate) fn character(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "apos" => Some('\''),
        "quot" => Some('"'),
        _ => {
            let digits = name.strip_prefix('#')?;
            let (digits, radix) = digits
                .strip_prefix('x')
                .map_or((digits, 10), |hex| (hex, 16));
            if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
                return None;
            }
            u32::from_str_radix(digits, radix)
                .ok()
                .and_then(char::from_u32)
                .filter(|c| is_legal(*c))
        }
    }
}

/// Production Char of XML 1.0.
pub(crate) const fn is_legal(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_is_borrowed() {
        assert!(matches!(
            value("Jansen > de Vries"),
            Cow::Borrowed("Jansen > de Vries")
        ));
    }

    #[test]
    fn references_cdata_comments_and_line_ends_are_resolved() {
        assert_eq!(value("a&amp;b&#65;&#x1F600;"), "a&bA\u{1F600}");
        assert_eq!(value("<![CDATA[a&b\r\n]]>c<!-- d -->e<?f g?>"), "a&b\nce");
        assert_eq!(value("a\r\nb\rc\n"), "a\nb\nc\n");
        assert_eq!(value("a&#13;\nb"), "a\r\nb");
    }

    #[test]
    fn references_to_what_xml_does_not_allow_have_no_character() {
        for name in [
            "#0",
            "#1",
            "#xD800",
            "#xFFFE",
            "#x110000",
            "#",
            "#x",
            "#+5",
            "#99999999999",
            "eacute",
            "",
        ] {
            assert_eq!(character(name), None, "{name}");
        }
        assert_eq!(character("#xD"), Some('\r'));
    }
}
