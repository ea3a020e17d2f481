//! An opening: the leaf that a drawn minute leads to, its path, the fields of its record that are asked for, and where the record stands in a day root. Made by the provider,
//! judged by who may see it; none of it goes to the municipality.

use super::scope::DrawScope;
use super::seed::Drawn;
use super::statements::DRAWS_MAX;
use crate::delivery::bytes::{Secret, decode, decode_array, encode};
use crate::delivery::claim::Claim;
use crate::delivery::date::Month;
use crate::delivery::fields::Fields;
use crate::delivery::json::Value;
use crate::delivery::line::LineStatement;
use crate::delivery::record::{
    DayStatement, FIELDS, Nf, RecordKind, Session, Span, commitment_of, field_digest,
};
use crate::delivery::statement::{Statement, StatementError};
use crate::delivery::tree::{Leaf, Node, Opened, OpenedError, Sibling, rounding_max};
use crate::delivery::value::Unit;
use crate::delivery::writer::Writer;
use crate::entry::{Salt, statement_entry};
use crate::hash::Hash;
use crate::policy::Policy;
use crate::receipt::{LogProof, ReceiptError};

/// A field that is shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Field {
    /// Which: 0 to 6.
    pub number: u8,
    /// Its salt.
    pub salt: [u8; 32],
    /// Its text.
    pub text: String,
}

impl std::fmt::Debug for Field {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Field(f{})", self.number)
    }
}

/// Where a record stands under a day root, and where that stands in the log.
#[derive(Clone, PartialEq, Eq)]
pub struct DayProof {
    /// The statement of the day, exactly as it was signed.
    pub bytes: Vec<u8>,
    /// The salt of its entry.
    pub salt: Salt,
    /// Index of the record in the tree of the day.
    pub index: u64,
    /// Its path there, from the sibling of the leaf up.
    pub path: Vec<Hash>,
    /// The receipt of the statement's entry: the bytes of a `tlog-proof`.
    pub receipt: Vec<u8>,
}

impl std::fmt::Debug for DayProof {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DayProof({} bytes)", self.bytes.len())
    }
}

/// An opening: `knooppunt-opening`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// The month that names the draw.
    pub month: Month,
    /// Number of the draw, from 0.
    pub number: u32,
    /// Entry of the statement of the line.
    pub entry: Hash,
    /// The leaf with its index and path.
    pub opened: Opened,
    /// The fields that are shown, by number.
    pub fields: Vec<Field>,
    /// The digests of all fields.
    pub digests: [Hash; FIELDS],
    /// The provider's key of duplicate values; to an opener, and to nobody else.
    pub nf_key: Option<Secret>,
    /// Where the record stands under a day root.
    pub day: DayProof,
}

/// The line that was drawn.
#[derive(Debug, Clone, Copy)]
pub struct DrawnLine<'a> {
    /// Over what was drawn.
    pub scope: &'a DrawScope,
    /// What was drawn.
    pub drawn: Drawn,
    /// The statement of the line.
    pub line: &'a LineStatement,
    /// Its entry.
    pub entry: Hash,
}

/// Why an opening does not answer a draw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpeningError {
    /// It is of another draw or another line, or the line is none of the scope.
    #[error("of another draw or line")]
    OtherDraw,
    /// The line has no such minute.
    #[error("the line has no minute to open")]
    NoMinute,
    /// The leaf is not the one that the minute leads to.
    #[error(transparent)]
    Leaf(#[from] OpenedError),
    /// The digests are not those of the record that was committed to.
    #[error("the digests are not those of the record")]
    Digests,
    /// A field that is shown is not the one that was committed to.
    #[error("field f{field} is not the one that was committed to")]
    Field {
        /// Which.
        field: u8,
    },
    /// What is said to be the statement of a day is none of this provider.
    #[error("no statement of a day of this provider")]
    Day,
    /// The record does not stand under the day root.
    #[error("the record does not stand under the day root")]
    DayPath,
}

impl OpeningError {
    /// Stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::OtherDraw => "opening-other-draw",
            Self::NoMinute => "opening-no-minute",
            Self::Leaf(error) => error.code(),
            Self::Digests => "opening-digests",
            Self::Field { .. } => "opening-field",
            Self::Day => "opening-day",
            Self::DayPath => "opening-day-path",
        }
    }
}

/// What makes an opened record a false one by the rules of lines, whatever the provider's file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum OpeningFinding {
    /// What is shown is no record.
    NoRecord,
    /// The day of delivery is outside the period of the line.
    Period,
    /// The leaf has more weight than was delivered, or, where weight is time, more minutes than lie between begin and end.
    Weight,
    /// A result in a line that declares none: it would need neither begin nor end, and its duplicate value would not be that of a visit.
    Kind,
    /// A rounding where none belongs, or of more than a line can be rounded by.
    Rounding,
    /// Counted as in time, and not in a day root in time.
    Late,
    /// The duplicate value is not that of the record.
    Nf,
}

impl OpeningFinding {
    /// Stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::NoRecord => "opened-no-record",
            Self::Period => "opened-period",
            Self::Weight => "opened-weight",
            Self::Kind => "opened-kind",
            Self::Rounding => "opened-rounding",
            Self::Late => "opened-late",
            Self::Nf => "opened-nf",
        }
    }
}

impl Opening {
    /// That it answers this draw: the leaf is the one that the minute leads to, the fields are those of its record, and the record stands under a day root of the provider.
    /// Gives the statement of that day. Whether it is in the log, and since when, is another question ([`Opening::day_receipt_time`]). Err: the first thing that is wrong.
    pub fn verify(&self, of: &DrawnLine<'_>) -> Result<DayStatement, OpeningError> {
        let (scope, name) = (of.scope, &of.line.name);
        let is_of_scope = (scope.law, &scope.gem, &scope.agb) == (name.law, &name.gem, &name.agb);
        let is_of_draw = (self.month, self.number) == (scope.month, of.drawn.number);
        if !is_of_scope || !is_of_draw || self.entry != of.entry {
            return Err(OpeningError::OtherDraw);
        }
        let minute = of.drawn.minute.ok_or(OpeningError::NoMinute)?;
        let line = of.line;
        self.opened
            .verify(&line.context(), &line.node(), line.depth, minute)?;
        if commitment_of(&self.digests) != self.opened.leaf.c {
            return Err(OpeningError::Digests);
        }
        for field in &self.fields {
            let digest = self.digests.get(usize::from(field.number));
            if digest != Some(&field_digest(&field.salt, field.number, &field.text)) {
                let field = field.number;
                return Err(OpeningError::Field { field });
            }
        }
        let day = Statement::parse(&self.day.bytes).map_err(|_| OpeningError::Day)?;
        let Claim::Day(day) = day.claim() else {
            return Err(OpeningError::Day);
        };
        if day.agb != name.agb {
            return Err(OpeningError::Day);
        }
        let shown = day.holds(&self.opened.leaf.c, self.day.index, &self.day.path);
        shown.map_err(|_| OpeningError::DayPath)?;
        Ok(day.clone())
    }

    /// When the day root was in a log that the policy takes, in seconds since 1970. Err: no receipt of it that the policy takes. None: the policy asks for no witnesses.
    pub fn day_receipt_time(&self, policy: &Policy) -> Result<Option<u64>, ReceiptError> {
        let receipt = LogProof::parse(&self.day.receipt)?;
        let entry = statement_entry(&self.day.salt, &self.day.bytes);
        Ok(receipt.verify(entry.as_bytes(), policy)?.receipt_time())
    }

    /// The record, where all of its fields are shown and are written as fields are.
    pub fn session(&self) -> Option<Session> {
        let mut texts = [""; FIELDS];
        for (field, text) in self.fields.iter().zip(&mut texts) {
            *text = &field.text;
        }
        let all = self.fields.len() == FIELDS;
        all.then(|| Session::read(texts).ok()).flatten()
    }

    /// What the rules of lines say against the record, once all of its fields are shown. `in_time` is whether the day root was there in time ([`super::super::is_late`]),
    /// `nf` the duplicate value that the opener made of the record and the key, where he can.
    pub fn judge(
        &self,
        line: &LineStatement,
        in_time: bool,
        nf: Option<Nf>,
    ) -> Vec<OpeningFinding> {
        let leaf = &self.opened.leaf;
        let Some(session) = self.session() else {
            return vec![OpeningFinding::NoRecord];
        };
        let mut findings = Vec::new();
        let mut note = |holds: bool, finding| {
            if !holds {
                findings.push(finding);
            }
        };
        let period = line.subject.begin..=line.subject.end;
        note(period.contains(&session.date()), OpeningFinding::Period);
        note(
            leaf.weight <= delivered(&session, line.unit),
            OpeningFinding::Weight,
        );
        let has_results = matches!(line.unit, Unit::Output | Unit::Euro);
        let is_result = session.kind() == RecordKind::Result;
        note(has_results || !is_result, OpeningFinding::Kind);
        if session.kind() == RecordKind::Rounding {
            let is_last = u64::from(self.opened.index) + 1 == 1u64 << line.depth.min(32);
            let most = rounding_max(line.unit, line.volume);
            let fits = is_last && most.is_some_and(|most| leaf.weight <= most);
            note(fits, OpeningFinding::Rounding);
        }
        note(in_time || leaf.late == leaf.weight, OpeningFinding::Late);
        note(nf.is_none_or(|nf| nf == leaf.nf), OpeningFinding::Nf);
        findings
    }

    pub(in crate::delivery) fn read(fields: &mut Fields) -> Result<Opening, StatementError> {
        let leaf = Leaf {
            weight: fields.number("weight")?,
            late: fields.number("late")?,
            nf: Nf(fields.bytes("nf")?),
            c: fields.hash("c")?,
        };
        let path = fields.objects("path", |fields| {
            Ok(Sibling(Node {
                weight: fields.number("w")?,
                late: fields.number("late")?,
                hash: fields.hash("h")?,
            }))
        })?;
        let opened = Opened {
            leaf,
            index: fields.within("index", 0..=u64::from(u32::MAX))?,
            path,
        };
        let open = fields.objects("open", |fields| {
            Ok(Field {
                number: fields.within("j", 0..=6)?,
                salt: fields.bytes("salt")?,
                text: fields.text("value")?,
            })
        })?;
        if !open.is_sorted_by(|one, next| one.number < next.number) {
            return Err(StatementError::Value { key: "open" });
        }
        let digests: Vec<Hash> = hashes(fields, "d")?;
        let wrong = StatementError::Value { key: "d" };
        let nf_key = match fields.text("knf")?.as_str() {
            "" => None,
            text => {
                let bytes = decode_array(text).ok_or(StatementError::Value { key: "knf" })?;
                Some(Secret::new(bytes))
            }
        };
        Ok(Opening {
            month: fields.read("month")?,
            number: fields.within("j", 0..=u64::from(DRAWS_MAX - 1))?,
            entry: fields.hash("entry")?,
            opened,
            fields: open,
            digests: digests.try_into().map_err(|_| wrong)?,
            nf_key,
            day: fields.object("day", |fields| {
                let salt = Salt::new(fields.bytes("salt")?);
                Ok(DayProof {
                    bytes: bytes_of(fields, "bytes")?,
                    salt: salt.map_err(|_| StatementError::Value { key: "salt" })?,
                    index: fields.number("index")?,
                    path: hashes(fields, "path")?,
                    receipt: bytes_of(fields, "receipt")?,
                })
            })?,
        })
    }

    pub(in crate::delivery) fn write(&self, to: &mut Writer) {
        let (leaf, day) = (&self.opened.leaf, &self.day);
        let texts = |hashes: &[Hash]| -> Vec<String> {
            hashes.iter().map(|hash| encode(hash.as_bytes())).collect()
        };
        to.text("month", &self.month.to_string())
            .number("j", u64::from(self.number))
            .bytes("entry", self.entry.as_bytes())
            .number("index", u64::from(self.opened.index))
            .number("weight", leaf.weight)
            .number("late", leaf.late)
            .bytes("nf", &leaf.nf.0)
            .bytes("c", leaf.c.as_bytes())
            .objects("open", &self.fields, |to, field| {
                to.number("j", u64::from(field.number))
                    .bytes("salt", &field.salt)
                    .text("value", &field.text);
            })
            .texts("d", texts(&self.digests))
            .bytes(
                "knf",
                self.nf_key.as_ref().map_or(&[], |key| &key.as_bytes()[..]),
            )
            .objects("path", &self.opened.path, |to, Sibling(node)| {
                to.number("w", node.weight)
                    .number("late", node.late)
                    .bytes("h", node.hash.as_bytes());
            })
            .object("day", |to| {
                to.bytes("bytes", &day.bytes)
                    .bytes("salt", day.salt.as_bytes())
                    .number("index", day.index)
                    .texts("path", texts(&day.path))
                    .bytes("receipt", &day.receipt);
            });
    }
}

/// The weight that a record can have in a line of this unit: what it says, and of a visit in minutes or hours no more than passed.
fn delivered(session: &Session, unit: Unit) -> u64 {
    let is_timed = matches!(unit, Unit::Minute | Unit::Hour);
    let is_visit = session.kind() != RecordKind::Rounding;
    let passed = session.span().filter(|_| is_timed && is_visit);
    let passed = passed.map_or(u64::MAX, Span::minutes);
    session.weight().min(passed)
}

fn bytes_of(fields: &mut Fields, key: &'static str) -> Result<Vec<u8>, StatementError> {
    let text = fields.text(key)?;
    decode(&text).ok_or(StatementError::Value { key })
}

fn hashes(fields: &mut Fields, key: &'static str) -> Result<Vec<Hash>, StatementError> {
    let read = |item| match item {
        Value::Text(text) => decode_array(&text).map(Hash::new),
        Value::Number(_) | Value::List(_) | Value::Object(_) => None,
    };
    let items = fields.list(key)?.into_iter();
    let hashes: Option<Vec<Hash>> = items.map(read).collect();
    hashes.ok_or(StatementError::Value { key })
}
