//! Files that are no message of the standards (tekstBestand of the GGk: csv, xls, text): under which functie who may send them to whom.
//! It says what is carried and opens no file.

use std::str::FromStr;

use jiff::civil::Date;
use knooppunt_standard::{Berichtsoort, Law};

use super::code::PartyCode;
use super::party::Period;

/// Most characters of a functie, as StUF has it.
pub const FUNCTIE_CHARS_MAX: usize = 30;

/// Why files cannot go under a name; `None`: they can.
pub fn functie_wrong(name: &str) -> Option<String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    if !(1..=FUNCTIE_CHARS_MAX).contains(&name.len()) || !name.bytes().all(plain) {
        let text = "a functie has 1 to 30 letters, digits, dots, hyphens and underscores";
        return Some(text.to_owned());
    }
    let is_of_standards = [Law::Jw, Law::Wmo].into_iter().any(|law| {
        let mut kinds = Berichtsoort::ALL.into_iter();
        kinds.any(|soort| soort.name(law).eq_ignore_ascii_case(name))
    });
    is_of_standards
        .then(|| format!("{name} is a kind of message of the standards, and goes as xmlBestand"))
}

/// With which berichtcode of the GGk a file goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileCode {
    /// A first message.
    Di01,
    /// An answer.
    Du01,
}

/// The word is no berichtcode with which files go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a file goes as \"Di01\" or as \"Du01\"; leave berichtcode out for both")]
pub struct FileCodeError;

impl FromStr for FileCode {
    type Err = FileCodeError;

    /// Err: another word.
    fn from_str(text: &str) -> Result<Self, FileCodeError> {
        match text {
            "Di01" => Ok(Self::Di01),
            "Du01" => Ok(Self::Du01),
            _ => Err(FileCodeError),
        }
    }
}

/// Which files one sender may send under one functie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileLine {
    /// functie, 1 to 30 letters, digits, dots, hyphens and underscores; no kind of the standards.
    pub functie: String,
    /// Code of who sends them.
    pub sender: PartyCode,
    /// To whom; nobody named: everybody in the register.
    pub receivers: Vec<PartyCode>,
    /// With which berichtcode; absent: both.
    pub code: Option<FileCode>,
    /// Days of receipt.
    pub period: Period,
}

impl FileLine {
    fn goes_as(&self, functie: &str, code: FileCode) -> bool {
        self.functie == functie && self.code.is_none_or(|own| own == code)
    }
}

/// All files that are carried.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Files(pub(super) Vec<FileLine>);

impl Files {
    /// A functie as the register spells it, by its name in any case, whatever the days of its lines: what came on its days is repeated and sought after them.
    /// `None`: nobody sends files under it.
    pub fn functie(&self, name: &str) -> Option<&str> {
        let mut lines = self.0.iter();
        let line = lines.find(|line| line.functie.eq_ignore_ascii_case(name))?;
        Some(&line.functie)
    }

    /// Whether somebody sends files under this functie with this berichtcode, on whatever day.
    pub fn goes_as(&self, functie: &str, code: FileCode) -> bool {
        self.0.iter().any(|line| line.goes_as(functie, code))
    }

    /// Whether this sender may send files under this functie to this receiver with this berichtcode on that day.
    pub fn allows(
        &self,
        functie: &str,
        code: FileCode,
        (sender, receiver): (&PartyCode, &PartyCode),
        on: Date,
    ) -> bool {
        self.0.iter().any(|line| {
            line.goes_as(functie, code)
                && line.period.contains(on)
                && line.sender == *sender
                && (line.receivers.is_empty() || line.receivers.contains(receiver))
        })
    }
}
