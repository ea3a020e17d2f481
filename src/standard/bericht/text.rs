//! The value of an element with little in it: a number of a line, a BSN, a code.
//! Holds what is short in itself, so that who compares ten thousand lines need not go back to each in the message.

use std::borrow::Cow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;

/// Bytes of what is short. With this many a value takes no more room than a reference to a text that may be its own.
const SHORT: usize = 22;

/// A value as the schema sees it, compared and read as the text that it is.
#[derive(Clone)]
pub struct Text<'t>(Kept<'t>);

#[derive(Clone)]
enum Kept<'t> {
    Short {
        bytes: [u8; SHORT],
        len: u8,
    },
    Long(&'t str),
    /// As the message does not write it: with a reference or a CDATA section.
    Made(Box<str>),
}

impl<'t> From<Cow<'t, str>> for Text<'t> {
    fn from(text: Cow<'t, str>) -> Self {
        let mut bytes = [0; SHORT];
        Self(
            match (bytes.get_mut(..text.len()), u8::try_from(text.len())) {
                (Some(short), Ok(len)) => {
                    short.copy_from_slice(text.as_bytes());
                    Kept::Short { bytes, len }
                }
                _ => match text {
                    Cow::Borrowed(text) => Kept::Long(text),
                    Cow::Owned(text) => Kept::Made(text.into_boxed_str()),
                },
            },
        )
    }
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match &self.0 {
            Kept::Short { bytes, len } => {
                let text = bytes.get(..usize::from(*len)).unwrap_or_default();
                str::from_utf8(text).unwrap_or_default()
            }
            Kept::Long(text) => text,
            Kept::Made(text) => text,
        }
    }
}

impl PartialEq for Text<'_> {
    fn eq(&self, other: &Self) -> bool {
        // What is short is in one place in both, with zeros behind it.
        match (&self.0, &other.0) {
            (Kept::Short { bytes, len }, Kept::Short { bytes: of, len: so }) => {
                len == so && bytes == of
            }
            _ => **self == **other,
        }
    }
}

impl Eq for Text<'_> {}

impl Hash for Text<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Text({} bytes)", self.len())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_text_is_what_it_was_made_from_whatever_its_length() {
        for count in 0..=2 * SHORT {
            // Letters of two bytes: what is cut would be no text any more.
            for letter in ["x", "\u{e9}"] {
                let text = letter.repeat(count);
                let borrowed = Text::from(Cow::Borrowed(&*text));
                let owned = Text::from(Cow::<str>::Owned(text.clone()));
                assert_eq!((&*borrowed, &*owned), (&*text, &*text));
                assert_eq!(borrowed, owned);
                assert_eq!(HashSet::from([borrowed, owned]).len(), 1);
            }
        }
    }

    #[test]
    fn texts_differ_in_a_letter_and_in_length() {
        let text = |text: &'static str| Text::from(Cow::Borrowed(text));
        assert_ne!(text("45A04"), text("45A05"));
        assert_ne!(text("45A04"), text("45A0"));
        assert_ne!(text(""), text("\0"));
        let long = "0123456789012345678901234567890";
        assert_ne!(text(long), text("0123456789012345678901234567891"));
        assert_ne!(text(long), text("0123456789012345678901"));
    }

    #[test]
    fn it_takes_the_room_of_a_reference_and_shows_no_content() {
        assert_eq!(size_of::<Text<'_>>(), size_of::<Cow<'_, str>>());
        let shown = format!("{:?}", Text::from(Cow::Borrowed("999900006")));
        assert_eq!(shown, "Text(9 bytes)");
    }
}
