//! The check of one body: one pass that finds everything wrong and builds the tree.
//! After a misfit it goes on in the way that gives one finding for one mistake.

mod leaf;
mod misfit;
mod order;

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::explain;
use crate::finding::{Code, Findings};
use crate::limits::Limits;
use crate::xml::Malformed;
use crate::xml::name::{Name, Vocabulary};
use crate::xml::prolog::{Decoded, decode};
use crate::xml::reader::{Event, Reader, Scanned, Start, is_blank_event};
use crate::xml::scope::{Attribute, Scope};
use crate::xml::text;
use crate::xml::tree::Tree;

use super::compile::{Schema, Tables};
use super::record::{Key, Recorder};
use super::sequence::{Content, Particle, Sequence, State};
use super::value::ValueType;

use misfit::{Implied, Stranger, Taken};
use order::Arrival;

const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// What a body is checked against.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Against<'s> {
    pub(crate) words: &'s Arc<Vocabulary>,
    pub(crate) tables: &'s Tables,
    /// The schema of a root's namespace.
    pub(crate) find: &'s dyn FindSchema,
}

/// Finds the schema of the messages in a namespace.
pub(crate) trait FindSchema: std::fmt::Debug {
    /// The schema, by the number of the namespace.
    fn schema(&self, space: u16) -> Option<&Schema>;
    /// The namespaces that are taken, in words; empty when no schema is loaded.
    fn taken(&self) -> &str;
}

/// Checks a body. Gives the number of the root's namespace when it is that of a known message.
pub(crate) fn check<'b>(
    body: &'b [u8],
    limits: &Limits,
    against: Against<'_>,
) -> (Option<u16>, Findings, Tree<'b>) {
    #[expect(
        clippy::redundant_closure_for_method_calls,
        reason = "the method itself is of one lifetime only"
    )]
    check_with(body, limits, against, |reader| reader.scan())
}

/// Checks a body as [`check`] does, but every element in steps and every token through quick-xml.
#[cfg(any(test, fuzzing))]
pub(crate) fn check_in_steps<'b>(
    body: &'b [u8],
    limits: &Limits,
    against: Against<'_>,
) -> (Option<u16>, Findings, Tree<'b>) {
    check_with(body, limits, against, |reader| {
        reader.next().map(Scanned::Event)
    })
}

/// Checks a body; `next` takes what comes next from the reader.
fn check_with<'b>(
    body: &'b [u8],
    limits: &Limits,
    against: Against<'_>,
    next: impl Fn(&mut Reader<'b, '_>) -> Result<Scanned<'b>, Malformed>,
) -> (Option<u16>, Findings, Tree<'b>) {
    let mut recorder = Recorder::new(limits.findings);
    let decoded = if body.len() > limits.body_bytes || u32::try_from(body.len()).is_err() {
        Err(Malformed {
            code: Code::LimitBody,
            at: 0,
        })
    } else {
        decode(body)
    };
    let decoded = match decoded {
        Ok(decoded) => decoded,
        Err(malformed) => {
            recorder.add(malformed.code, malformed.at, String::new, || {
                explain::malformed(malformed.code, limits)
            });
            return (
                None,
                recorder.finish(""),
                Tree::new("", Arc::clone(against.words)),
            );
        }
    };
    let text = decoded.text;
    let mut check = Check {
        body: text,
        // A body without CR needs no look at the line ends of its values.
        has_cr: memchr::memchr(b'\r', text.as_bytes()).is_some(),
        against,
        schema: None,
        recorder,
        tree: Tree::new(text, Arc::clone(against.words)),
        frames: Vec::with_capacity(limits.depth.min(64)),
        skipped: 0,
        tallies: Vec::new(),
        arrivals: Vec::with_capacity(64),
        strangers: Vec::new(),
        stranger_counts: HashMap::new(),
        implied: Vec::new(),
        told_namespaces: HashSet::new(),
    };
    check.run(&decoded, limits, next);
    let findings = check.recorder.finish(text);
    (
        check.schema.map(|schema| schema.root.space),
        findings,
        check.tree,
    )
}

/// An open element that the schema knows.
#[derive(Debug)]
struct Frame<'s> {
    name: Name,
    /// Which of its name, from 1; 0 when it may not be repeated.
    ordinal: u32,
    node: u32,
    /// Byte after the start tag.
    content_start: usize,
    kind: FrameKind<'s>,
    /// A finding about its content as a whole stands already.
    is_spoilt: bool,
    /// That finding.
    finding: Option<Key>,
    /// It has `xsi:nil`.
    is_nil: bool,
    /// It is not in the body, but elements of it are.
    is_implied: bool,
    first_tally: usize,
    first_arrival: usize,
    first_stranger: usize,
    first_implied: usize,
}

#[derive(Clone, Copy, Debug)]
enum FrameKind<'s> {
    Sequence {
        sequence: &'s Sequence,
        state: State,
        /// An element did not come in its place: the class is judged at its end.
        is_judged: bool,
    },
    Value {
        number: u32,
        content: &'s ValueType,
    },
}

/// How often an element that may be repeated came, or one that may not came too often.
#[derive(Debug)]
struct Tally {
    place: u32,
    count: u32,
}

#[derive(Debug)]
struct Check<'b, 's> {
    body: &'b str,
    has_cr: bool,
    against: Against<'s>,
    schema: Option<&'s Schema>,
    recorder: Recorder,
    tree: Tree<'b>,
    frames: Vec<Frame<'s>>,
    /// Open elements of a subtree that is passed over.
    skipped: usize,
    tallies: Vec<Tally>,
    arrivals: Vec<Arrival>,
    strangers: Vec<Stranger<'b>>,
    /// Unknown elements by the class that they stand in (the byte where its content begins) and name.
    stranger_counts: HashMap<(usize, &'b str), u32>,
    implied: Vec<Implied>,
    /// Pairs of a wrong and a right namespace that a finding tells of.
    told_namespaces: HashSet<(u32, u16)>,
}

impl<'b, 's> Check<'b, 's> {
    fn run(
        &mut self,
        decoded: &Decoded<'b>,
        limits: &Limits,
        next: impl Fn(&mut Reader<'b, '_>) -> Result<Scanned<'b>, Malformed>,
    ) {
        let mut reader = Reader::new(decoded, self.against.words, limits);
        loop {
            let event = match next(&mut reader) {
                Ok(Scanned::Leaf(leaf)) => {
                    if self.skipped == 0 {
                        self.leaf(leaf, reader.scope());
                    }
                    continue;
                }
                Ok(Scanned::Event(event)) => event,
                Err(malformed) => return self.malformed(malformed, limits),
            };
            match event {
                Event::Start(start) => {
                    if self.skipped > 0 {
                        self.skipped += usize::from(!start.empty);
                    } else {
                        self.start(start, reader.attributes(), reader.scope());
                    }
                }
                Event::End { at, is_plain } => {
                    if self.skipped > 0 {
                        self.skipped -= 1;
                    } else {
                        self.end(at, is_plain);
                    }
                }
                Event::Text { at } | Event::CData { at, .. } | Event::Reference { at, .. } => {
                    self.text(event, at);
                }
                Event::Eof => return,
            }
        }
    }

    fn start(&mut self, start: Start<'b>, attributes: &[Attribute<'b>], scope: &Scope<'b>) {
        let taken = loop {
            match self.take(start, scope) {
                Taken::As(ordinal, content) => break Some((ordinal, content)),
                Taken::Not => break None,
                Taken::Again => {}
            }
        };
        match taken {
            None => self.skipped = usize::from(!start.empty),
            Some((ordinal, content)) => {
                self.open(start, ordinal, content);
                if !attributes.is_empty() {
                    self.attributes(attributes, scope);
                }
                if start.empty {
                    self.end(start.end, true);
                }
            }
        }
    }

    /// How to go on with an element, in the class or value that is open.
    fn take(&mut self, start: Start<'b>, scope: &Scope<'b>) -> Taken {
        match self.frames.last_mut() {
            None => self
                .root(start)
                .map_or(Taken::Not, |content| Taken::As(0, content)),
            Some(Frame {
                kind:
                    FrameKind::Sequence {
                        sequence, state, ..
                    },
                ..
            }) => match sequence.take(state, start.name) {
                Some(place) => match sequence.particle(place) {
                    Some(particle) => {
                        let particle = *particle;
                        Taken::As(self.admit(place, particle, start.at), particle.content)
                    }
                    None => Taken::Not,
                },
                None => self.misfit(start, scope),
            },
            Some(Frame {
                kind: FrameKind::Value { content, .. },
                is_spoilt,
                ..
            }) => {
                let content = *content;
                if !std::mem::replace(is_spoilt, true) {
                    self.add(Code::ElementInValue, start.at, None, || {
                        explain::element_in_value(content)
                    });
                }
                Taken::Not
            }
        }
    }

    /// The root element: it chooses the schema.
    fn root(&mut self, start: Start<'b>) -> Option<Content> {
        let Some(schema) = self.against.find.schema(start.name.space) else {
            let find = self.against.find;
            self.add(
                Code::UnknownKind,
                start.at,
                Some((shown_name(start.qname, self.against.words), 0)),
                || explain::unknown_kind(find.taken()),
            );
            return None;
        };
        self.schema = Some(schema);
        if schema.root != start.name {
            let expected = self.against.words.local_text(schema.root.local);
            self.add(
                Code::Root,
                start.at,
                Some((shown_name(start.qname, self.against.words), 0)),
                || explain::root(expected),
            );
            return None;
        }
        Some(schema.content)
    }

    fn open(&mut self, start: Start<'b>, ordinal: u32, content: Content) {
        let node = self.node(start);
        self.push(start.name, ordinal, node, start.end, content);
    }

    /// The element in the tree, below the innermost open one.
    fn node(&mut self, start: Start<'b>) -> u32 {
        let parent = self
            .frames
            .last()
            .map_or(Tree::outside(), |frame| frame.node);
        // The tree of a message with more findings than are kept is of no use to anyone, and a
        // hostile body must not make it large.
        if self.recorder.is_full() {
            Tree::outside()
        } else {
            self.tree.open(start.name, parent, start.end)
        }
    }

    /// Begins a class that is not in the body, before the first element of it that is.
    fn push_implied(&mut self, particle: Particle, ordinal: u32, at: usize) {
        let node = self
            .frames
            .last()
            .map_or(Tree::outside(), |frame| frame.node);
        self.push(particle.name, ordinal, node, at, particle.content);
        if let Some(frame) = self.frames.last_mut() {
            frame.is_implied = true;
        }
    }

    fn push(
        &mut self,
        name: Name,
        ordinal: u32,
        node: u32,
        content_start: usize,
        content: Content,
    ) {
        let tables = self.against.tables;
        let kind = match content {
            Content::Sequence(number) => {
                tables
                    .sequences
                    .get(number as usize)
                    .map(|sequence| FrameKind::Sequence {
                        sequence,
                        state: State::START,
                        is_judged: false,
                    })
            }
            Content::Value(number) => tables
                .values
                .get(number as usize)
                .map(|content| FrameKind::Value { number, content }),
        };
        let Some(kind) = kind else { return };
        self.frames.push(Frame {
            name,
            ordinal,
            node,
            content_start,
            kind,
            is_spoilt: false,
            finding: None,
            is_nil: false,
            is_implied: false,
            first_tally: self.tallies.len(),
            first_arrival: self.arrivals.len(),
            first_stranger: self.strangers.len(),
            first_implied: self.implied.len(),
        });
    }

    fn pop(&mut self) -> Option<Frame<'s>> {
        let frame = self.frames.pop()?;
        self.tallies.truncate(frame.first_tally);
        self.arrivals.truncate(frame.first_arrival);
        self.strangers.truncate(frame.first_stranger);
        self.implied.truncate(frame.first_implied);
        Some(frame)
    }

    /// The end tag at a byte. `is_plain`: nothing but text stands before it in the element.
    fn end(&mut self, at: usize, is_plain: bool) {
        while self.frames.last().is_some_and(|frame| frame.is_implied) {
            self.end_implied(at);
        }
        let Some(frame) = self.frames.last() else {
            return;
        };
        match frame.kind {
            FrameKind::Value { number, content } => {
                let raw = self.body.get(frame.content_start..at).unwrap_or_default();
                let is_told = frame.is_spoilt || frame.is_nil && raw.is_empty();
                if !is_told {
                    let value = if is_plain && !self.has_cr {
                        Cow::Borrowed(raw)
                    } else {
                        text::value(raw)
                    };
                    if let Some(code) = content.fault(&value) {
                        let content_start = frame.content_start;
                        self.wrong_value(code, number, content, content_start);
                    }
                }
            }
            FrameKind::Sequence {
                sequence,
                state,
                is_judged,
            } => {
                let is_short = sequence.missing(state, sequence.len()).next().is_some();
                if is_judged || is_short && !(frame.is_nil && state.seen == 0) {
                    self.judge(Some(at));
                }
            }
        }
        if let Some(frame) = self.pop() {
            self.tree.close(frame.node, at);
        }
    }

    /// Ends a class that is not in the body.
    fn end_implied(&mut self, at: usize) {
        self.judge(Some(at));
        self.pop();
    }

    fn wrong_value(&mut self, code: Code, number: u32, content: &'s ValueType, at: usize) {
        // Bericht/Header/BerichtCode: the one value that must fit the namespace.
        let is_bericht_code = self.frames.len() == 3
            && code != Code::DateRange
            && self
                .schema
                .is_some_and(|schema| schema.bericht_code == Some(number));
        let code = if is_bericht_code {
            Code::BerichtCode
        } else {
            code
        };
        self.add(code, at, None, || explain::value(code, content));
    }

    fn text(&mut self, event: Event<'b>, at: usize) {
        if self.skipped > 0 {
            return;
        }
        let Some(frame) = self.frames.last_mut() else {
            return;
        };
        let is_between = matches!(frame.kind, FrameKind::Sequence { .. });
        if is_between && !frame.is_spoilt && !is_blank_event(event) {
            frame.is_spoilt = true;
            let finding = self.add(Code::TextUnexpected, at, None, explain::text_between);
            if let Some(frame) = self.frames.last_mut() {
                frame.finding = finding;
            }
        }
    }

    fn attributes(&mut self, attributes: &[Attribute<'b>], scope: &Scope<'b>) {
        for attribute in attributes {
            let is_xsi = !attribute.prefix.is_empty() && scope.uri(attribute.prefix) == Some(XSI);
            let (code, text): (Code, fn() -> String) = match attribute.local {
                "schemaLocation" | "noNamespaceSchemaLocation" if is_xsi => continue,
                "type" if is_xsi => (Code::XsiType, explain::xsi_type),
                "nil" if is_xsi => (Code::XsiNil, explain::xsi_nil),
                _ => (Code::Attribute, explain::attribute),
            };
            self.add(code, attribute.at, None, text);
            if code == Code::XsiNil
                && let Some(frame) = self.frames.last_mut()
            {
                frame.is_nil = true;
            }
        }
    }

    fn malformed(&mut self, malformed: Malformed, limits: &Limits) {
        let Malformed { code, at } = malformed;
        self.add(code, at, None, || explain::malformed(code, limits));
        self.judge_open();
    }

    fn sequence(&self) -> Option<(&'s Sequence, State)> {
        match self.frames.last()?.kind {
            FrameKind::Sequence {
                sequence, state, ..
            } => Some((sequence, state)),
            FrameKind::Value { .. } => None,
        }
    }

    /// Counts one more of the element in a place of the innermost class; gives the count.
    fn tally(&mut self, place: u32) -> u32 {
        let first = self.frames.last().map_or(0, |frame| frame.first_tally);
        let here = self.tallies.get_mut(first..).unwrap_or_default();
        if let Some(tally) = here.iter_mut().rev().find(|tally| tally.place == place) {
            tally.count += 1;
            return tally.count;
        }
        self.tallies.push(Tally { place, count: 1 });
        1
    }

    /// How often the element in a place, one that may be repeated, came in the innermost class.
    fn count(&self, place: u32) -> u32 {
        let first = self.frames.last().map_or(0, |frame| frame.first_tally);
        let here = self.tallies.get(first..).unwrap_or_default();
        let tally = here.iter().find(|tally| tally.place == place);
        tally.map_or(0, |tally| tally.count)
    }

    /// Records a finding about the innermost open element or, with `child`, about one inside it.
    fn add(
        &mut self,
        code: Code,
        at: usize,
        child: Option<(&str, u32)>,
        text: impl FnOnce() -> String,
    ) -> Option<Key> {
        let (frames, words) = (&self.frames, &**self.against.words);
        self.recorder
            .add(code, at, || path(frames, words, child), text)
    }

    fn path(&self, child: Option<(&str, u32)>) -> String {
        path(&self.frames, self.against.words, child)
    }
}

/// Where an element stands in the body: the open elements, and one inside them.
fn path(frames: &[Frame<'_>], words: &Vocabulary, child: Option<(&str, u32)>) -> String {
    let open = frames
        .iter()
        .filter(|frame| !frame.is_implied)
        .map(|frame| (words.local_text(frame.name.local), frame.ordinal));
    let mut path = String::new();
    for (name, ordinal) in open.chain(child) {
        path.push('/');
        path.push_str(name);
        if ordinal > 0 {
            path.push('[');
            path.push_str(&ordinal.to_string());
            path.push(']');
        }
    }
    path
}

/// What stands for the name of an element that no schema knows: a name can hold a value.
pub(crate) const HIDDEN: &str = "?";

/// The local part of a name from a message when it is, but for a slip, one that a schema knows; else `?`.
fn shown_name<'b>(qname: &'b str, words: &Vocabulary) -> &'b str {
    let local = qname.rsplit(':').next().unwrap_or_default();
    if words.resembles_local(local) {
        local
    } else {
        HIDDEN
    }
}
