//! Writing what statements are read from: one JSON object without white space, its members in the order in which they are given.

use super::bytes::encode;

/// Writes one object, member by member, without white space.
#[derive(Debug, Default)]
pub(super) struct Writer(String);

impl Writer {
    /// Begins the object.
    pub(super) fn new() -> Writer {
        Writer("{".to_owned())
    }

    pub(super) fn text(&mut self, name: &str, value: &str) -> &mut Writer {
        self.name(name);
        self.quoted(value);
        self
    }

    pub(super) fn bytes(&mut self, name: &str, value: &[u8]) -> &mut Writer {
        self.text(name, &encode(value))
    }

    pub(super) fn number(&mut self, name: &str, value: u64) -> &mut Writer {
        self.name(name);
        self.0.push_str(&value.to_string());
        self
    }

    /// A list of objects.
    pub(super) fn objects<T>(
        &mut self,
        name: &str,
        items: impl IntoIterator<Item = T>,
        write: impl Fn(&mut Writer, T),
    ) -> &mut Writer {
        let written = items.into_iter().map(|item| {
            let mut inner = Writer::new();
            write(&mut inner, item);
            inner.end()
        });
        let written: Vec<String> = written.collect();
        self.name(name);
        self.0.push('[');
        self.0.push_str(&written.join(","));
        self.0.push(']');
        self
    }

    /// An object.
    pub(super) fn object(&mut self, name: &str, write: impl FnOnce(&mut Writer)) -> &mut Writer {
        let mut inner = Writer::new();
        write(&mut inner);
        self.name(name);
        self.0.push_str(&inner.end());
        self
    }

    /// A list of texts.
    pub(super) fn texts(
        &mut self,
        name: &str,
        items: impl IntoIterator<Item = String>,
    ) -> &mut Writer {
        self.name(name);
        self.0.push('[');
        for (number, item) in items.into_iter().enumerate() {
            if number > 0 {
                self.0.push(',');
            }
            self.quoted(&item);
        }
        self.0.push(']');
        self
    }

    /// Ends the object and gives it.
    pub(super) fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }

    fn name(&mut self, name: &str) {
        if !self.0.ends_with('{') {
            self.0.push(',');
        }
        self.quoted(name);
        self.0.push(':');
    }

    fn quoted(&mut self, text: &str) {
        self.0.push('"');
        for c in text.chars() {
            match c {
                '"' | '\\' => self.0.extend(['\\', c]),
                control if control < ' ' => {
                    let escape = format!("\\u{:04x}", u32::from(control));
                    self.0.push_str(&escape);
                }
                plain => self.0.push(plain),
            }
        }
        self.0.push('"');
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Writer;
    use crate::delivery::json::{NUMBER_MAX, Value, parse};

    proptest! {
        #[test]
        fn what_is_written_reads_back(name: String, text: String, number in 0..=NUMBER_MAX) {
            prop_assume!(name != "n" && name != "o");
            let mut writer = Writer::new();
            writer.text(&name, &text).number("n", number);
            writer.objects("o", [1], |inner, item| { inner.number("i", item); });
            let read = parse(writer.end().as_bytes()).unwrap();
            let inner = Value::Object(vec![("i".into(), Value::Number(1))]);
            let expected = vec![
                (name, Value::Text(text)),
                ("n".into(), Value::Number(number)),
                ("o".into(), Value::List(vec![inner])),
            ];
            prop_assert!(read == expected);
        }
    }
}
