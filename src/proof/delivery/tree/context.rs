//! What binds a leaf to its line: no leaf of one line is one of another.

use crate::delivery::bytes::Lp;
use crate::delivery::line::LineName;
use crate::delivery::subject::Subject;
use crate::delivery::tag;
use crate::hash::Hash;

/// The hash over law, municipality, provider, declaration, reference, allocation and ProductPeriode of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Context(pub Hash);

impl Context {
    /// Of this line.
    pub fn new(line: &LineName, subject: &Subject) -> Context {
        let about = line
            .onto(Lp::new())
            .number(u64::from(subject.toew))
            .text(&subject.begin.to_string())
            .text(&subject.end.to_string());
        Context(Hash::over(&[tag::CONTEXT, about.as_bytes()]))
    }
}
