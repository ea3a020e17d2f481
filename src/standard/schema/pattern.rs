//! Patterns of XSD, translated once: the shapes that occur as byte checks, the rest by `regex`.
//! Refuses what it does not translate (`\d`, `\p{..}`, class subtraction); never backtracks.

use regex::Regex;

/// A pattern that a whole value must match.
#[derive(Clone, Debug)]
pub(crate) enum Pattern {
    /// Exactly this text.
    Literal(Box<str>),
    /// A number of characters, all of one class.
    Class {
        class: Class,
        min: usize,
        max: Option<usize>,
    },
    /// `.*[^\s].*`: one line with something in it that is not white space.
    SolidLine,
    /// `([.\s]*\S+[.\s]*)+`: something in it that is not white space.
    Solid,
    /// Anything else.
    Regex { source: Box<str>, regex: Regex },
    /// One of several: patterns of one derivation step.
    Any(Box<[Pattern]>),
}

impl Pattern {
    /// Translates a pattern of XSD 1.0. `Err` says in English what is not supported.
    pub(crate) fn new(source: &str) -> Result<Self, String> {
        if !source.is_empty() && source.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Ok(Self::Literal(source.into()));
        }
        match source {
            r".*[^\s].*" => return Ok(Self::SolidLine),
            r"([.\s]*\S+[.\s]*)+" => return Ok(Self::Solid),
            _ => {}
        }
        if let Some((class, min, max)) = repeated_class(source) {
            return Ok(Self::Class { class, min, max });
        }
        let translated = translate(source)?;
        let regex = Regex::new(&format!(r"\A(?:{translated})\z"));
        // The message of `regex` has several lines and shows our translation; the source says enough.
        let regex = regex.map_err(|_| format!("pattern {source} is not a regular expression"))?;
        Ok(Self::Regex {
            source: source.into(),
            regex,
        })
    }

    /// Several patterns of one derivation step: one of them must match.
    pub(crate) fn any(mut patterns: Vec<Self>) -> Option<Self> {
        match patterns.len() {
            0 => None,
            1 => patterns.pop(),
            _ => Some(Self::Any(patterns.into())),
        }
    }

    /// Whether the whole value matches.
    pub(crate) fn matches(&self, value: &str) -> bool {
        match self {
            Self::Literal(text) => value == &**text,
            Self::Class { class, min, max } => class.holds_all(value, *min, *max),
            Self::SolidLine => {
                memchr::memchr2(b'\n', b'\r', value.as_bytes()).is_none() && is_solid(value)
            }
            Self::Solid => is_solid(value),
            Self::Regex { regex, .. } => regex.is_match(value),
            Self::Any(patterns) => patterns.iter().any(|pattern| pattern.matches(value)),
        }
    }
}

fn is_solid(value: &str) -> bool {
    value
        .bytes()
        .any(|byte| !matches!(byte, b' ' | b'\t' | b'\n' | b'\r'))
}

/// A set of characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Class {
    /// Bit n: character n of ASCII.
    ascii: u128,
    /// Ranges that go beyond ASCII, both ends included.
    ranges: Box<[(char, char)]>,
    negated: bool,
}

impl Class {
    /// The digits 0 to 9.
    pub(crate) fn is_digits(&self) -> bool {
        self.is_ascii(|c| c.is_ascii_digit())
    }

    /// The letters a to z and A to Z and the digits.
    pub(crate) fn is_alphanumeric(&self) -> bool {
        self.is_ascii(|c| c.is_ascii_alphanumeric())
    }

    /// All letters of ASCII and more beyond it.
    pub(crate) fn is_letters(&self) -> bool {
        !self.negated
            && !self.ranges.is_empty()
            && self.ascii == ascii_set(|c| c.is_ascii_alphabetic())
    }

    fn is_ascii(&self, wanted: fn(char) -> bool) -> bool {
        !self.negated && self.ranges.is_empty() && self.ascii == ascii_set(wanted)
    }

    fn holds_all(&self, value: &str, min: usize, max: Option<usize>) -> bool {
        let mut count = 0;
        if value.is_ascii() {
            count = value.len();
            let wanted = if self.negated {
                !self.ascii
            } else {
                self.ascii
            };
            if !value.bytes().all(|byte| wanted >> byte & 1 == 1) {
                return false;
            }
        } else {
            for c in value.chars() {
                if !self.holds(c) {
                    return false;
                }
                count += 1;
            }
        }
        min <= count && max.is_none_or(|max| count <= max)
    }

    fn holds(&self, c: char) -> bool {
        let listed = if c.is_ascii() {
            self.ascii >> u32::from(c) & 1 == 1
        } else {
            self.ranges
                .iter()
                .any(|(from, to)| (*from..=*to).contains(&c))
        };
        listed != self.negated
    }
}

fn ascii_set(wanted: fn(char) -> bool) -> u128 {
    ('\0'..='\x7F')
        .filter(|c| wanted(*c))
        .fold(0, |set, c| set | 1 << u32::from(c))
}

/// Takes `[class]`, `([class])` and what follows of `+`, `*`, `{n}` and `{n,m}`, when that is all.
fn repeated_class(source: &str) -> Option<(Class, usize, Option<usize>)> {
    let open = source
        .strip_prefix("([")
        .or_else(|| source.strip_prefix('['))?;
    let (body, after) = open.split_once(']')?;
    let quantifier = if source.starts_with('(') {
        after.strip_prefix(')')?
    } else {
        after
    };
    let (min, max) = match quantifier {
        "" => (1, Some(1)),
        "+" => (1, None),
        "*" => (0, None),
        _ => {
            let counts = quantifier.strip_prefix('{')?.strip_suffix('}')?;
            match counts.split_once(',') {
                None => (counts.parse().ok()?, Some(counts.parse().ok()?)),
                Some((min, "")) => (min.parse().ok()?, None),
                Some((min, max)) => (min.parse().ok()?, Some(max.parse().ok()?)),
            }
        }
    };
    let (negated, body) = body
        .strip_prefix('^')
        .map_or((false, body), |body| (true, body));
    // Escapes and nested classes are left to the translation.
    if body.is_empty() || body.contains(['\\', '[']) {
        return None;
    }
    let mut class = Class {
        ascii: 0,
        ranges: Box::default(),
        negated,
    };
    let mut ranges = Vec::new();
    let chars: Vec<char> = body.chars().collect();
    let mut rest = chars.as_slice();
    while let [from, after @ ..] = rest {
        let (to, after) = match after {
            ['-', to, after @ ..] => (to, after),
            _ => (from, after),
        };
        if from > to || *from == '-' && !after.is_empty() && rest.len() != chars.len() {
            return None;
        }
        class.ascii |= (*from..=*to)
            .take_while(char::is_ascii)
            .fold(0, |set, c| set | 1 << u32::from(c));
        if !to.is_ascii() {
            ranges.push((*from, *to));
        }
        rest = after;
    }
    class.ranges = ranges.into();
    Some((class, min, max))
}

/// XSD syntax to that of `regex`, for the part of the syntax that schemas of the standards use.
fn translate(source: &str) -> Result<String, String> {
    let refuse = |what: &str| Err(format!("pattern {source}: {what} is not supported"));
    let mut out = String::with_capacity(source.len() * 2);
    let mut chars = source.chars().peekable();
    let mut in_class = false;
    let mut class_start = 0;
    while let Some(c) = chars.next() {
        match (c, in_class) {
            ('\\', _) => match chars.next() {
                Some('s') if in_class => out.push_str(r" \t\n\r"),
                Some('s') => out.push_str(r"[ \t\n\r]"),
                Some('S') if !in_class => out.push_str(r"[^ \t\n\r]"),
                Some('n') => out.push_str(r"\n"),
                Some('r') => out.push_str(r"\r"),
                Some('t') => out.push_str(r"\t"),
                Some(
                    c @ ('\\' | '|' | '.' | '-' | '^' | '?' | '*' | '+' | '{' | '}' | '(' | ')'
                    | '[' | ']'),
                ) => {
                    push_literal(&mut out, c);
                }
                _ => return refuse("this escape"),
            },
            ('[', false) => {
                in_class = true;
                out.push('[');
                if chars.next_if_eq(&'^').is_some() {
                    out.push('^');
                }
                class_start = out.len();
                if chars.peek().is_none_or(|c| *c == ']') {
                    return refuse("an empty class");
                }
            }
            ('[', true) => return refuse("class subtraction"),
            (']', true) => {
                in_class = false;
                out.push(']');
            }
            (']' | '}', false) => return refuse("a bracket without its partner"),
            ('-', true) => {
                // A hyphen at an end of the class stands for itself.
                let last = chars.peek() == Some(&']');
                let first = out.len() == class_start;
                out.push_str(if first || last { r"\-" } else { "-" });
            }
            ('.', false) => out.push_str(r"[^\n\r]"),
            ('(', false) if chars.peek() == Some(&'?') => return refuse("(?"),
            ('(', false) => out.push_str("(?:"),
            ('*' | '+' | '?' | '{', false) => {
                out.push(c);
                if c == '{' {
                    out.extend(std::iter::from_fn(|| {
                        chars.next_if(|c| c.is_ascii_digit() || *c == ',')
                    }));
                    if chars.next() != Some('}') {
                        return refuse("this count");
                    }
                    out.push('}');
                }
                if matches!(chars.peek(), Some('?' | '+' | '*')) {
                    return refuse("a quantifier after a quantifier");
                }
            }
            (')' | '|', false) => out.push(c),
            (_, _) => push_literal(&mut out, c),
        }
    }
    if in_class {
        refuse("a class without end")
    } else {
        Ok(out)
    }
}

fn push_literal(out: &mut String, c: char) {
    if c.is_ascii_punctuation() {
        out.push('\\');
    }
    out.push(c);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(source: &str, good: &[&str], bad: &[&str]) {
        let pattern = Pattern::new(source).unwrap();
        for value in good {
            assert!(pattern.matches(value), "{source} should take {value:?}");
        }
        for value in bad {
            assert!(!pattern.matches(value), "{source} should refuse {value:?}");
        }
    }

    #[test]
    fn the_shapes_that_occur_mean_what_xsd_says() {
        holds("436", &["436"], &["437", "4366", ""]);
        holds(
            "[0-9]{9}",
            &["999900006"],
            &[
                "99990000",
                "9999000060",
                "99990000a",
                "９９９９０００００６",
            ],
        );
        holds("[0-9]*", &["", "06"], &["+31", " 06"]);
        holds(
            r".*[^\s].*",
            &["a", " a ", "\u{A0}", "a\tb"],
            &["", " ", "a\nb", "a\rb", "\t"],
        );
        holds(
            r"([.\s]*\S+[.\s]*)+",
            &["a", "a\nb", " . ", "."],
            &["", " \n\t\r"],
        );
        holds(
            "([a-zA-ZÀ-ỳ])+",
            &["abc", "é", "×", "Ω"],
            &["", "a1", "a b", "\u{1EF4}"],
        );
        holds("([a-zA-Z0-9])+", &["a1"], &["", "a-1", "é"]);
        holds("[^:Z]*", &["2026-01-01", ""], &["2026-01-01Z", "12:00"]);
        holds(
            "[^Z+-]+",
            &["12:00:00"],
            &["", "12:00:00Z", "12:00:00+01:00", "-"],
        );
        let number = "(0|[1-9][0-9]*)";
        holds(
            &format!(r"{number}\.{number}\.{number}"),
            &["0.1.0", "10.20.30"],
            &["1.0", "01.0.0", "1.0.0.", "1a0a0"],
        );
        holds(r"[^\s][0-9]*", &["a12", "1"], &[" 12", "", "a1b"]);
    }

    #[test]
    fn fast_shapes_and_regex_agree() {
        for source in [
            "[0-9]{2,3}",
            "[a-c]+",
            "[^a-c]*",
            "[-a]+",
            "[^Z+-]+",
            "([a-zA-ZÀ-ỳ])+",
        ] {
            let fast = Pattern::new(source).unwrap();
            assert!(matches!(fast, Pattern::Class { .. }), "{source}");
            let regex = Regex::new(&format!(r"\A(?:{})\z", translate(source).unwrap())).unwrap();
            for value in [
                "", "1", "12", "123", "1234", "a", "abc", "-", "-a", "+", "Z", "é", "\n", "d",
                "aé", "ab-",
            ] {
                assert_eq!(
                    fast.matches(value),
                    regex.is_match(value),
                    "{source} {value:?}"
                );
            }
        }
    }

    #[test]
    fn what_is_not_translated_is_refused() {
        for source in [
            r"\d+",
            r"\p{L}",
            r"\i\c*",
            r"[a-z-[aeiou]]",
            "(?i)a",
            "a+?",
            "a**",
            "[",
            "[]",
            "a]",
            "(",
            r"\",
            "a{2",
            "a}",
            "a{x}",
        ] {
            assert!(Pattern::new(source).is_err(), "{source}");
        }
    }
}
