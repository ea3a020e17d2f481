//! The rows that hold for one kind of message, compiled against the names of its schema, and one walk over a message
//! that holds it against all of them: fields are picked up on the way, so that a line of a declaration is read once.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use super::{CONDITIONS, Row, Test};
use crate::bericht::berichtsoort::Berichtsoort;
use crate::bericht::value;
use crate::rules::Rule;
use crate::xml::name::Vocabulary;
use crate::xml::tree::Node;

/// What is asked of one kind of message.
#[derive(Debug)]
pub(crate) struct Plan {
    /// Elements on the way to something that is asked for; the first is Bericht.
    steps: Vec<Step>,
    classes: Vec<Class>,
    /// How many fields are picked up.
    fields: usize,
}

#[derive(Debug, Default)]
struct Step {
    /// Child elements that lead on, by local name.
    children: Vec<(u16, usize)>,
    /// The fields that it is, each of another class around it.
    fields: Vec<usize>,
    /// Whether a test asks for its value, and not only whether it is there.
    is_read: bool,
    /// The class that it is.
    class: Option<usize>,
}

#[derive(Debug)]
struct Class {
    step: usize,
    /// Its fields, by path; they stand together.
    first: usize,
    fields: BTreeMap<&'static str, usize>,
    checks: Vec<Check>,
}

#[derive(Debug)]
struct Check {
    rule: &'static Rule,
    element: &'static str,
    when: Compiled,
    must: Compiled,
    only_then: bool,
}

/// A [`Test`] whose paths are places of fields.
#[derive(Debug)]
enum Compiled {
    Always,
    Present(usize),
    Absent(usize),
    In(usize, &'static [&'static str]),
    NotIn(usize, &'static [&'static str]),
    On(usize, &'static str),
    From(usize, &'static str),
    OpenOrAfter(usize, &'static str),
    NotBefore(usize, usize),
    SameDay(usize, usize),
    SameMonth(usize, usize),
    FirstOfMonth(usize),
    FirstOfYear(usize),
    LastOfMonth(usize),
    Zero(usize),
    SameNumber(usize, usize),
    ElevenProof(usize),
    DutchPostcode(usize),
    All(Vec<Compiled>),
}

impl Plan {
    /// The rows for a kind of message, the same under both laws. `words`: the names of all schemas.
    pub(crate) fn new(soort: Berichtsoort, words: &Vocabulary) -> Self {
        let mut rows: BTreeMap<&str, Vec<(&'static Rule, &'static Row)>> = BTreeMap::new();
        for condition in CONDITIONS {
            let here = condition
                .rows
                .iter()
                .filter(|row| row.soorten.contains(&soort));
            for row in here {
                for class in row.class.split('|') {
                    rows.entry(class).or_default().push((&condition.rule, row));
                }
            }
        }
        let mut plan = Self {
            steps: vec![Step::default()],
            classes: Vec::new(),
            fields: 0,
        };
        for (path, rows) in rows {
            plan.add_class(path, &rows, words);
        }
        plan
    }

    fn add_class(
        &mut self,
        path: &str,
        rows: &[(&'static Rule, &'static Row)],
        words: &Vocabulary,
    ) {
        let step = self.step(0, path, words);
        let number = self.classes.len();
        if let Some(step) = self.steps.get_mut(step) {
            step.class = Some(number);
        }
        let mut class = Class {
            step,
            first: self.fields,
            fields: BTreeMap::new(),
            checks: Vec::new(),
        };
        for (rule, row) in rows {
            let check = Check {
                rule,
                element: row.element,
                when: self.compile(&mut class, row.when, words),
                must: self.compile(&mut class, row.must, words),
                only_then: row.only_then,
            };
            class.checks.push(check);
        }
        self.classes.push(class);
    }

    /// The step at a path below another one.
    fn step(&mut self, from: usize, path: &str, words: &Vocabulary) -> usize {
        path.split('/').fold(from, |at, name| {
            let local = words.local(name);
            let known = self.steps.get(at).and_then(|step| step.child(local));
            known.unwrap_or_else(|| {
                let new = self.steps.len();
                self.steps.push(Step::default());
                if let Some(step) = self.steps.get_mut(at) {
                    step.children.push((local, new));
                }
                new
            })
        })
    }

    /// The place of a field of a class.
    fn field(&mut self, class: &mut Class, path: &'static str, words: &Vocabulary) -> usize {
        if let Some(field) = class.fields.get(path) {
            return *field;
        }
        let step = self.step(class.step, path, words);
        let field = self.fields;
        self.fields += 1;
        class.fields.insert(path, field);
        if let Some(step) = self.steps.get_mut(step) {
            step.fields.push(field);
        }
        field
    }

    /// The place of a field whose value is asked for.
    fn value(&mut self, class: &mut Class, path: &'static str, words: &Vocabulary) -> usize {
        let step = self.step(class.step, path, words);
        if let Some(step) = self.steps.get_mut(step) {
            step.is_read = true;
        }
        self.field(class, path, words)
    }

    fn compile(&mut self, class: &mut Class, test: Test, words: &Vocabulary) -> Compiled {
        let mut field = |path| self.value(class, path, words);
        match test {
            Test::Always => Compiled::Always,
            Test::Present(path) => Compiled::Present(self.field(class, path, words)),
            Test::Absent(path) => Compiled::Absent(self.field(class, path, words)),
            Test::In(path, codes) => Compiled::In(field(path), codes),
            Test::NotIn(path, codes) => Compiled::NotIn(field(path), codes),
            Test::On(path, day) => Compiled::On(field(path), day),
            Test::From(path, day) => Compiled::From(field(path), day),
            Test::OpenOrAfter(path, day) => Compiled::OpenOrAfter(field(path), day),
            Test::NotBefore(end, begin) => Compiled::NotBefore(field(end), field(begin)),
            Test::SameDay(one, other) => Compiled::SameDay(field(one), field(other)),
            Test::SameMonth(one, other) => Compiled::SameMonth(field(one), field(other)),
            Test::FirstOfMonth(path) => Compiled::FirstOfMonth(field(path)),
            Test::FirstOfYear(path) => Compiled::FirstOfYear(field(path)),
            Test::LastOfMonth(path) => Compiled::LastOfMonth(field(path)),
            Test::Zero(path) => Compiled::Zero(field(path)),
            Test::SameNumber(one, other) => Compiled::SameNumber(field(one), field(other)),
            Test::ElevenProof(path) => Compiled::ElevenProof(field(path)),
            Test::DutchPostcode(path) => Compiled::DutchPostcode(field(path)),
            Test::All(tests) => Compiled::All(
                tests
                    .iter()
                    .map(|test| self.compile(class, *test, words))
                    .collect(),
            ),
        }
    }

    /// Tells every rule that a message breaks, with the element: that of the row, or what is there of the way to it.
    pub(crate) fn judge<'t>(
        &self,
        root: Node<'t>,
        breaks: &mut impl FnMut(&'static Rule, Node<'t>),
    ) {
        let mut fields = Fields(vec![None; self.fields]);
        if let Some(step) = self.steps.first() {
            self.walk(root, step, &mut fields, breaks);
        }
    }

    fn walk<'t>(
        &self,
        node: Node<'t>,
        step: &Step,
        fields: &mut Fields<'t>,
        breaks: &mut impl FnMut(&'static Rule, Node<'t>),
    ) {
        let class = step.class.and_then(|class| self.classes.get(class));
        if let Some(class) = class {
            fields.clear(class.first..class.first + class.fields.len());
        }
        for child in node.children() {
            let Some(next) = step.child(child.key().local) else {
                continue;
            };
            let Some(next) = self.steps.get(next) else {
                continue;
            };
            for field in &next.fields {
                fields.pick_up(*field, child, next.is_read);
            }
            if !next.children.is_empty() || next.class.is_some() {
                self.walk(child, next, fields, breaks);
            }
        }
        for check in class.map_or(&[][..], |class| &class.checks) {
            if check.is_broken(fields) {
                breaks(check.rule, nearest(node, check.element));
            }
        }
    }
}

/// The element at a path below a class, or the last one on the way that is there.
fn nearest<'t>(class: Node<'t>, path: &str) -> Node<'t> {
    let mut at = class;
    for name in path.split('/') {
        match at.child(name) {
            Some(child) => at = child,
            None => break,
        }
    }
    at
}

impl Step {
    fn child(&self, local: u16) -> Option<usize> {
        let here = self.children.iter();
        here.copied()
            .find(|(name, _)| *name == local)
            .map(|(_, step)| step)
    }
}

impl Check {
    fn is_broken(&self, fields: &Fields<'_>) -> bool {
        if self.when.holds(fields) {
            !self.must.holds(fields)
        } else {
            self.only_then && self.must.holds(fields)
        }
    }
}

impl Compiled {
    fn holds(&self, fields: &Fields<'_>) -> bool {
        let date = |place: &usize| fields.date(*place);
        let number = |place: &usize| value::parse_number(fields.text(*place)?);
        match self {
            Self::Always => true,
            Self::Present(place) => fields.text(*place).is_some(),
            Self::Absent(place) => fields.text(*place).is_none(),
            Self::In(place, codes) => fields.is_one_of(*place, codes),
            Self::NotIn(place, codes) => !fields.is_one_of(*place, codes),
            Self::On(place, day) => date(place).is_some_and(|date| date == *day),
            Self::From(place, day) => date(place).is_some_and(|date| date >= *day),
            Self::OpenOrAfter(place, day) => date(place).is_none_or(|date| date > *day),
            Self::NotBefore(end, begin) => match (date(end), date(begin)) {
                (Some(end), Some(begin)) => end >= begin,
                _ => true,
            },
            Self::SameDay(one, other) => match (date(one), date(other)) {
                (Some(one), Some(other)) => one == other,
                _ => false,
            },
            Self::SameMonth(one, other) => match (date(one), date(other)) {
                (Some(one), Some(other)) => month(one) == month(other),
                _ => false,
            },
            Self::FirstOfMonth(place) => date(place).is_some_and(|date| date.ends_with("-01")),
            Self::FirstOfYear(place) => date(place).is_some_and(|date| date.ends_with("-01-01")),
            Self::LastOfMonth(place) => date(place)
                .and_then(value::parse_date)
                .is_some_and(|date| date == date.last_of_month()),
            Self::Zero(place) => number(place) == Some(0),
            Self::SameNumber(one, other) => number(one) == number(other),
            Self::ElevenProof(place) => fields.text(*place).is_some_and(passes_eleven_proof),
            Self::DutchPostcode(place) => fields.text(*place).is_none_or(is_dutch_postcode),
            Self::All(tests) => tests.iter().all(|test| test.holds(fields)),
        }
    }
}

/// The fields of the classes that the walk is in, as far as they are there: with their values, when these are asked for. They are read on the way: in
/// the order of the message, which is how memory is read fastest.
struct Fields<'t>(Vec<Option<Cow<'t, str>>>);

impl<'t> Fields<'t> {
    fn clear(&mut self, places: Range<usize>) {
        if let Some(fields) = self.0.get_mut(places) {
            fields.fill(None);
        }
    }

    fn pick_up(&mut self, place: usize, node: Node<'t>, is_read: bool) {
        if let Some(field) = self.0.get_mut(place) {
            *field = Some(if is_read {
                node.text()
            } else {
                Cow::Borrowed("")
            });
        }
    }

    fn text(&self, place: usize) -> Option<&str> {
        self.0.get(place)?.as_deref()
    }

    /// A date, without the white space that the schema lets stand around it.
    fn date(&self, place: usize) -> Option<&str> {
        self.text(place).map(str::trim_ascii)
    }

    fn is_one_of(&self, place: usize, codes: &[&str]) -> bool {
        self.text(place).is_some_and(|text| codes.contains(&text))
    }
}

/// Year and month of a date: `2026-03` of `2026-03-31`.
fn month(date: &str) -> &str {
    date.rsplit_once('-').map_or(date, |(month, _)| month)
}

/// Nine digits that, multiplied by 9, 8, ... 2 and -1, add up to a multiple of eleven (CS002).
fn passes_eleven_proof(bsn: &str) -> bool {
    let weights = [9, 8, 7, 6, 5, 4, 3, 2, -1];
    let digits = bsn.bytes().zip(weights);
    let sum: i32 = digits
        .map(|(digit, weight)| i32::from(digit.wrapping_sub(b'0')) * weight)
        .sum();
    let are_nine_digits = bsn.len() == weights.len() && bsn.bytes().all(|c| c.is_ascii_digit());
    are_nine_digits && sum % 11 == 0
}

/// `1234AB`: four digits of which the first is not 0, and two letters of either case (CS089).
fn is_dutch_postcode(postcode: &str) -> bool {
    match postcode.as_bytes() {
        [first, second, third, fourth, letters @ ..] => {
            matches!(first, b'1'..=b'9')
                && [second, third, fourth]
                    .iter()
                    .all(|digit| digit.is_ascii_digit())
                && letters.len() == 2
                && letters.iter().all(u8::is_ascii_alphabetic)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_nine_digits_can_pass_the_eleven_proof() {
        assert!(passes_eleven_proof("999900006"));
        assert!(!passes_eleven_proof("999900007"));
        // Sums of nothing and of eleven, and a letter that counts as one of both.
        for other in ["", "00000000", "9999000060", "00000000\u{3b}", "99990000x"] {
            assert!(!passes_eleven_proof(other), "{other}");
        }
    }
}
