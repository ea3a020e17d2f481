//! The same message with other values in some of its elements: every other byte stays as it was sent.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use super::Field;

/// A value that comes in the place of what an element says.
#[derive(Clone, PartialEq, Eq)]
pub struct Edit {
    /// Bytes of the body that it replaces.
    pub range: Range<usize>,
    /// The value, as a reader of XML gets it.
    pub text: String,
}

impl Edit {
    /// That a field says this; `None`: it says so already.
    pub fn of(field: &Field<'_>, text: impl Into<String>) -> Option<Self> {
        let text = text.into();
        (field.text != text).then(|| Self {
            range: field.range(),
            text,
        })
    }
}

impl fmt::Debug for Edit {
    /// Where, never what.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Edit({:?})", self.range)
    }
}

/// The body with these edits. `None`: two of them overlap, or one is not inside the body; nothing is made then.
///
/// ```
/// use knooppunt::product::{Edit, rewrite};
/// let edits = vec![Edit { range: 3..8, text: "A<1".to_owned() }];
/// assert_eq!(rewrite(b"<a>45A48</a>", edits).unwrap(), b"<a>A&lt;1</a>");
/// ```
pub fn rewrite(body: &[u8], mut edits: Vec<Edit>) -> Option<Vec<u8>> {
    edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
    let more: usize = edits.iter().map(|edit| edit.text.len()).sum();
    let mut out = Vec::with_capacity(body.len() + more);
    let mut done = 0;
    for Edit { range, text } in edits {
        if range.end < range.start {
            return None;
        }
        // From where the last one ended: an edit that begins before is none that can be made.
        out.extend_from_slice(body.get(done..range.start)?);
        out.extend_from_slice(escaped(&text).as_bytes());
        done = range.end;
    }
    out.extend_from_slice(body.get(done..)?);
    Some(out)
}

/// A value between two tags.
pub(super) fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>', '\r']) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\r' => out.push_str("&#13;"),
            _ => out.push(character),
        }
    }
    Cow::Owned(out)
}
