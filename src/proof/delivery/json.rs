//! JSON (RFC 8259) as statements have it: one object, every value of it read in one way by everybody. What other readers take in different ways is refused: a name
//! twice, numbers that are no small whole ones, halves of characters, anything behind the end. What a value means is no matter of this module.

use std::fmt;

/// Deepest nesting of objects and lists. No form of a statement has more than four.
const DEPTH_MAX: usize = 8;
/// Most names in one object. No form of a statement has more than thirty.
const NAMES_MAX: usize = 64;
/// Largest number: 2^53 - 1, which every program that reads JSON keeps exactly.
pub(super) const NUMBER_MAX: u64 = (1 << 53) - 1;

/// Why bytes are not read as JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum JsonFault {
    /// Not UTF-8.
    Utf8,
    /// Not JSON, or not one object.
    Form,
    /// Something behind the closing brace.
    Behind,
    /// A name stands twice in one object.
    Twice,
    /// A number that is not whole, has a sign, an exponent or a zero before it, or is above 2^53 - 1.
    Number,
    /// `null`, `true` or `false`, which no statement has.
    Word,
    /// Half of a character that takes two escapes.
    Surrogate,
    /// Nested too deeply, or too many names.
    Large,
}

impl JsonFault {
    fn text(self) -> &'static str {
        match self {
            Self::Utf8 => "not UTF-8",
            Self::Form => "not one JSON object",
            Self::Behind => "something stands behind the object",
            Self::Twice => "a name stands there twice",
            Self::Number => "a number that is not a whole one from 0 to 2^53 - 1, written plainly",
            Self::Word => "null, true or false",
            Self::Surrogate => "half of a character",
            Self::Large => "nested too deeply, or too many names",
        }
    }
}

impl fmt::Display for JsonFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

/// A value.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Value {
    Text(String),
    Number(u64),
    List(Vec<Value>),
    Object(Vec<(String, Value)>),
}

/// Reads one object: its names and values in their order. Err: what is wrong, and at which byte.
pub(super) fn parse(bytes: &[u8]) -> Result<Vec<(String, Value)>, (JsonFault, usize)> {
    let text =
        std::str::from_utf8(bytes).map_err(|error| (JsonFault::Utf8, error.valid_up_to()))?;
    let mut reader = Reader { text, at: 0 };
    let read = reader.whole();
    read.map_err(|fault| (fault, reader.at))
}

/// What is read, and up to where. `at` always is the beginning of a character.
struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn whole(&mut self) -> Result<Vec<(String, Value)>, JsonFault> {
        self.space();
        self.expect('{')?;
        let object = self.object(1)?;
        match self.peek() {
            None => Ok(object),
            Some(_) => Err(JsonFault::Behind),
        }
    }

    fn peek(&self) -> Option<char> {
        self.text.get(self.at..)?.chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    fn take(&mut self, expected: char) -> bool {
        let there = self.peek() == Some(expected);
        if there {
            self.at += expected.len_utf8();
        }
        there
    }

    fn expect(&mut self, expected: char) -> Result<(), JsonFault> {
        if self.take(expected) {
            Ok(())
        } else {
            Err(JsonFault::Form)
        }
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(' ' | '\t' | '\n' | '\r')) {
            self.at += 1;
        }
    }

    fn value(&mut self, depth: usize) -> Result<Value, JsonFault> {
        match self.peek().ok_or(JsonFault::Form)? {
            '"' => self.string().map(Value::Text),
            '{' | '[' if depth == DEPTH_MAX => Err(JsonFault::Large),
            '{' => {
                self.at += 1;
                self.object(depth + 1).map(Value::Object)
            }
            '[' => {
                self.at += 1;
                self.list(depth + 1).map(Value::List)
            }
            '0'..='9' | '-' => self.number().map(Value::Number),
            'n' | 't' | 'f' => Err(JsonFault::Word),
            _ => Err(JsonFault::Form),
        }
    }

    /// Behind its opening brace.
    fn object(&mut self, depth: usize) -> Result<Vec<(String, Value)>, JsonFault> {
        let mut members: Vec<(String, Value)> = Vec::new();
        self.space();
        if self.take('}') {
            return Ok(members);
        }
        loop {
            self.space();
            let at = self.at;
            let name = self.string()?;
            if members.iter().any(|(other, _)| *other == name) {
                self.at = at;
                return Err(JsonFault::Twice);
            }
            if members.len() == NAMES_MAX {
                return Err(JsonFault::Large);
            }
            self.space();
            self.expect(':')?;
            self.space();
            members.push((name, self.value(depth)?));
            self.space();
            if self.take('}') {
                return Ok(members);
            }
            self.expect(',')?;
        }
    }

    /// Behind its opening bracket.
    fn list(&mut self, depth: usize) -> Result<Vec<Value>, JsonFault> {
        let mut items = Vec::new();
        self.space();
        if self.take(']') {
            return Ok(items);
        }
        loop {
            self.space();
            items.push(self.value(depth)?);
            self.space();
            if self.take(']') {
                return Ok(items);
            }
            self.expect(',')?;
        }
    }

    fn number(&mut self) -> Result<u64, JsonFault> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let number = |c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.' | 'e' | 'E');
        let end = rest.find(|c| !number(c)).unwrap_or(rest.len());
        let written = rest.get(..end).unwrap_or_default();
        let plain = written == "0" || !written.starts_with('0');
        let digits = written.bytes().all(|byte| byte.is_ascii_digit());
        let value = written.parse().ok().filter(|value| *value <= NUMBER_MAX);
        let value = value.filter(|_| plain && digits).ok_or(JsonFault::Number)?;
        self.at += end;
        Ok(value)
    }

    fn string(&mut self) -> Result<String, JsonFault> {
        self.expect('"')?;
        let mut string = String::new();
        loop {
            let at = self.at;
            match self.next().ok_or(JsonFault::Form)? {
                '"' => return Ok(string),
                '\\' => string.push(self.escape()?),
                control if control < ' ' => {
                    self.at = at;
                    return Err(JsonFault::Form);
                }
                plain => string.push(plain),
            }
        }
    }

    /// Behind its backslash.
    fn escape(&mut self) -> Result<char, JsonFault> {
        Ok(match self.next().ok_or(JsonFault::Form)? {
            plain @ ('"' | '\\' | '/') => plain,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let first = self.hex()?;
                // The first half of a pair is followed by its second half, and that stands behind nothing else.
                let second = match first {
                    0xd800..=0xdbff if self.take('\\') && self.take('u') => self.hex()?,
                    0xd800..=0xdbff => return Err(JsonFault::Surrogate),
                    _ => return char::from_u32(first).ok_or(JsonFault::Surrogate),
                };
                if !(0xdc00..=0xdfff).contains(&second) {
                    return Err(JsonFault::Surrogate);
                }
                let code = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                char::from_u32(code).ok_or(JsonFault::Surrogate)?
            }
            _ => return Err(JsonFault::Form),
        })
    }

    fn hex(&mut self) -> Result<u32, JsonFault> {
        let mut value = 0;
        for _ in 0..4 {
            let digit = self.next().and_then(|c| c.to_digit(16));
            value = value << 4 | digit.ok_or(JsonFault::Form)?;
        }
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fault(text: impl AsRef<[u8]>) -> Option<JsonFault> {
        parse(text.as_ref()).err().map(|(fault, _)| fault)
    }

    fn one(text: &str) -> Value {
        let mut members = parse(format!("{{\"a\":{text}}}").as_bytes()).unwrap();
        members.pop().unwrap().1
    }

    #[test]
    fn names_stand_in_any_order_with_any_white_space() {
        let members = parse(b" \n{\t\"b\" : 1 ,\r\n \"a\":[ \"x\" , { } ,[ ]] }").unwrap();
        assert!(
            matches!(&members[..], [(b, Value::Number(1)), (a, Value::List(list))]
            if b == "b" && a == "a" && list.len() == 3)
        );
    }

    #[test]
    fn numbers_are_whole_and_plain_and_small() {
        for (text, value) in [("0", 0), ("10", 10), ("9007199254740991", NUMBER_MAX)] {
            assert!(one(text) == Value::Number(value));
        }
        for text in [
            "9007199254740992",
            "99999999999999999999999",
            "-1",
            "-0",
            "-",
            "00",
            "01",
            "1.0",
            "1.",
            "1e0",
            "1E2",
            "1+1",
        ] {
            assert_eq!(
                fault(format!("{{\"a\":{text}}}")),
                Some(JsonFault::Number),
                "{text}"
            );
        }
        for text in ["+1", ".5", "NaN", "Infinity", "0x1"] {
            assert!(fault(format!("{{\"a\":{text}}}")).is_some(), "{text}");
        }
    }

    #[test]
    fn a_name_stands_once_however_it_is_written() {
        assert_eq!(fault(r#"{"a":1,"a":1}"#), Some(JsonFault::Twice));
        assert_eq!(fault(r#"{"a":1,"\u0061":1}"#), Some(JsonFault::Twice));
        assert_eq!(fault(r#"{"b":{"a":1,"a":1}}"#), Some(JsonFault::Twice));
        assert_eq!(fault(r#"{"b":{"a":1},"a":1}"#), None);
    }

    #[test]
    fn null_true_and_false_are_refused() {
        for word in ["null", "true", "false"] {
            assert_eq!(fault(format!("{{\"a\":{word}}}")), Some(JsonFault::Word));
        }
    }

    #[test]
    fn nothing_stands_before_or_behind_the_object() {
        assert_eq!(fault("\u{feff}{}"), Some(JsonFault::Form));
        for behind in ["{} ", "{}\n", "{}{}", "{}\0"] {
            assert_eq!(fault(behind), Some(JsonFault::Behind), "{behind:?}");
        }
        for other in [
            "",
            " ",
            "[]",
            "1",
            "\"a\"",
            "{",
            "{\"a\"",
            "{\"a\":1",
            "{\"a\":1,}",
        ] {
            assert_eq!(fault(other), Some(JsonFault::Form), "{other:?}");
        }
    }

    #[test]
    fn a_character_is_whole() {
        assert!(one(r#""\ud83d\ude00\u00e9\n\/""#) == Value::Text("😀é\n/".into()));
        for half in [
            r"\ud83d",
            r"\ude00",
            r"\ud83dx",
            r"\ud83d\n",
            r"\ud83d\ud83d",
            r"\ude00\ud83d",
        ] {
            let text = format!("{{\"a\":\"{half}\"}}");
            assert_eq!(fault(text), Some(JsonFault::Surrogate), "{half}");
        }
        assert_eq!(fault(b"{\"a\":\"\xed\xa0\x80\"}"), Some(JsonFault::Utf8));
        assert_eq!(fault(b"{\"a\":\"\xff\"}"), Some(JsonFault::Utf8));
    }

    #[test]
    fn a_text_has_no_bare_control_character_and_no_unknown_escape() {
        for wrong in ["\n", "\0", "\\x", "\\", "\\u12", "\\u+123"] {
            assert_eq!(
                fault(format!("{{\"a\":\"{wrong}\"}}")),
                Some(JsonFault::Form),
                "{wrong:?}"
            );
        }
    }

    #[test]
    fn what_is_too_deep_or_too_wide_is_refused() {
        let deep =
            |levels: usize| format!("{{\"a\":{}{}}}", "[".repeat(levels), "]".repeat(levels));
        assert_eq!(fault(deep(DEPTH_MAX - 1)), None);
        for levels in [DEPTH_MAX, 1_000, 100_000] {
            assert_eq!(fault(deep(levels)), Some(JsonFault::Large));
        }
        let wide = |names: usize| {
            let members: Vec<String> = (0..names).map(|n| format!("\"{n}\":0")).collect();
            format!("{{{}}}", members.join(","))
        };
        assert_eq!(fault(wide(NAMES_MAX)), None);
        assert_eq!(fault(wide(NAMES_MAX + 1)), Some(JsonFault::Large));
    }

    #[test]
    fn a_fault_is_told_with_its_place() {
        assert_eq!(
            parse(br#"{"a":1,"a":1}"#).err(),
            Some((JsonFault::Twice, 7))
        );
        assert_eq!(parse(br#"{"a":-1}"#).err(), Some((JsonFault::Number, 5)));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_fall(bytes: Vec<u8>) {
            let _ = parse(&bytes);
        }
    }
}
