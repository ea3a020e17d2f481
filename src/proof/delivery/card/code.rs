//! Codes that people type: of a row of the card, which stands for all rows up to it, and of an answer, yes or no. Five symbols that only who holds the key of the
//! codes can make, and a sixth that catches 31 of 32 slips without it.

use std::fmt;
use std::str::FromStr;

use super::strip::CardId;
use crate::delivery::bytes::Secret;
use crate::delivery::tag;
use crate::hash::Hash;

/// The symbols: no I, L, O and U.
const SYMBOLS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Why a text is no code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CodeError {
    /// Not six symbols.
    #[error("a code has six letters and digits")]
    Form,
}

impl CodeError {
    /// Stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Form => "code-form",
        }
    }
}

/// What a client answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It did not happen so.
    No,
    /// It did.
    Yes,
}

impl Answer {
    fn byte(self) -> u8 {
        match self {
            Self::No => 0,
            Self::Yes => 1,
        }
    }
}

/// Six symbols.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Code([u8; 6]);

impl Code {
    /// Of what somebody typed: spaces and hyphens do not count, small letters are capitals, O is 0, I and L are 1. Err: then not six symbols.
    pub fn from_typed(text: &str) -> Result<Code, CodeError> {
        let typed = text.chars().filter(|c| !matches!(c, ' ' | '-'));
        let clean = typed.map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        });
        // One more than a code has is enough to see that it is none.
        let clean: String = clean.take(7).collect();
        clean.parse()
    }

    /// Whether its last symbol is that of a code of this row.
    pub fn is_of_row(self, row: u32) -> bool {
        self.checks(&row.to_be_bytes())
    }

    /// Whether its last symbol is that of this answer in this row.
    pub fn is_of_answer(self, row: u32, answer: Answer) -> bool {
        let [a, b, c, d] = row.to_be_bytes();
        self.checks(&[a, b, c, d, answer.byte()])
    }

    fn checks(self, about: &[u8]) -> bool {
        let parts = self.0.split_last();
        parts.is_some_and(|(check, five)| *check == check_symbol(about, five))
    }

    fn new(mac: &[u8; 32], about: &[u8]) -> Code {
        let top = mac
            .iter()
            .take(4)
            .fold(0, |bits, byte| bits << 8 | u32::from(*byte));
        let bits = top >> 7;
        let five = [20, 15, 10, 5, 0].map(|shift| symbol(bits >> shift));
        let check = check_symbol(about, &five);
        let mut code = [check; 6];
        for (to, from) in code.iter_mut().zip(five) {
            *to = from;
        }
        Code(code)
    }
}

/// The symbol of the last five bits.
fn symbol(bits: u32) -> u8 {
    let place = usize::try_from(bits & 31).unwrap_or(0);
    SYMBOLS.get(place).copied().unwrap_or(b'0')
}

fn check_symbol(about: &[u8], five: &[u8]) -> u8 {
    let hash = Hash::over(&[tag::CHECK, about, five]);
    let [first, ..] = *hash.as_bytes();
    symbol(u32::from(first >> 3))
}

impl FromStr for Code {
    type Err = CodeError;

    /// Reads six symbols as they are printed and stand in statements. Err: anything else.
    fn from_str(text: &str) -> Result<Code, CodeError> {
        let six: [u8; 6] = text.as_bytes().try_into().map_err(|_| CodeError::Form)?;
        if six.iter().all(|symbol| SYMBOLS.contains(symbol)) {
            Ok(Code(six))
        } else {
            Err(CodeError::Form)
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|symbol| write!(f, "{}", char::from(*symbol)))
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(6 symbols)")
    }
}

/// The key of the codes of one card, which the municipality keeps: with it codes are checked, and could be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeKey(Secret);

impl CodeKey {
    /// Of its 32 bytes, as they were kept.
    pub fn new(secret: Secret) -> CodeKey {
        CodeKey(secret)
    }

    pub(super) fn of(secret: &Secret, id: CardId) -> CodeKey {
        CodeKey(Secret::new(secret.mac(&[tag::CODE_KEY, &id.0])))
    }

    /// Its bytes, for whoever keeps it.
    pub fn secret(&self) -> &Secret {
        &self.0
    }

    /// What the card statement says of it.
    pub fn commitment(&self) -> Hash {
        Hash::over(&[tag::CODE_KEY_COMMITMENT, self.0.as_bytes()])
    }

    /// The code of a row of the card.
    pub fn of_row(&self, row: u32) -> Code {
        let about = row.to_be_bytes();
        Code::new(&self.0.mac(&[tag::CODE, &about]), &about)
    }

    /// The code of an answer in a row of the answer sheet.
    pub fn of_answer(&self, row: u32, answer: Answer) -> Code {
        let [a, b, c, d] = row.to_be_bytes();
        let about = [a, b, c, d, answer.byte()];
        Code::new(&self.0.mac(&[tag::ANSWER, &about]), &about)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> CodeKey {
        CodeKey::new(Secret::new([3; 32]))
    }

    #[test]
    fn what_people_type_is_cleaned() {
        let code: Code = "01AZ10".parse().unwrap();
        for typed in ["01az10", "ol-AZ 1O", " 0 I a z L o ", "01AZ10"] {
            assert_eq!(Code::from_typed(typed), Ok(code), "{typed}");
        }
        for wrong in [
            "", "01AZ1", "01AZ100", "01AU10", "01AZ1é", "01AZ1.", "01AZ1\n",
        ] {
            assert_eq!(Code::from_typed(wrong), Err(CodeError::Form), "{wrong}");
        }
        for wrong in ["01az10", "O1AZ10", "01-AZ10"] {
            assert_eq!(wrong.parse::<Code>(), Err(CodeError::Form), "{wrong}");
        }
    }

    #[test]
    fn a_code_is_of_its_row_and_nearly_never_of_another() {
        let mut others = 0;
        for row in 1..=400 {
            let code = key().of_row(row);
            assert!(code.is_of_row(row));
            assert_eq!(code.to_string().parse(), Ok(code));
            others += (1..=400)
                .filter(|other| *other != row && code.is_of_row(*other))
                .count();
        }
        // One of 32 by chance: 159,600 tries, so about 4,988, with a standard deviation of 70.
        assert!((4_600..5_400).contains(&others), "{others}");
    }

    #[test]
    fn yes_and_no_and_rows_have_other_codes() {
        let (yes, no) = (
            key().of_answer(1, Answer::Yes),
            key().of_answer(1, Answer::No),
        );
        assert!(yes != no && yes != key().of_row(1) && yes != key().of_answer(2, Answer::Yes));
        assert!(yes.is_of_answer(1, Answer::Yes) && no.is_of_answer(1, Answer::No));
    }
}
