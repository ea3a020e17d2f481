//! The kinds of statements, and which keys each has.

use super::card::{CardStatement, Revocation};
use super::draw::{Draw, DrawOpen, DrawResult, NonceReveal, Opening};
use super::fields::Fields;
use super::key::{Key, NfKey};
use super::line::LineStatement;
use super::record::DayStatement;
use super::statement::{OPENING_BYTES_MAX, STATEMENT_BYTES_MAX, StatementError};
use super::verdict::Verdict;
use super::writer::Writer;

/// Makes the list of kinds: of each its name in `typ` and its type.
macro_rules! claims {
    ($($(#[$doc:meta])* $name:ident($kind:ty) = $typ:literal,)*) => {
        /// What a statement says: one of the kinds.
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Claim {
            $($(#[$doc])* $name($kind),)*
        }

        impl Claim {
            /// Its kind, as `typ` has it.
            pub fn kind(&self) -> &'static str {
                match self {
                    $(Self::$name(_) => $typ,)*
                }
            }

            pub(super) fn read(kind: &str, fields: &mut Fields) -> Result<Claim, StatementError> {
                match kind {
                    $($typ => <$kind>::read(fields).map(Claim::$name),)*
                    _ => Err(StatementError::Kind),
                }
            }

            pub(super) fn write(&self, to: &mut Writer) {
                match self {
                    $(Self::$name(claim) => claim.write(to),)*
                }
            }
        }

        $(impl From<$kind> for Claim {
            fn from(claim: $kind) -> Claim {
                Claim::$name(claim)
            }
        })*
    };
}

claims! {
    /// A key of a party.
    Key(Key) = "knooppunt-key",
    /// The commitment to a year's key of duplicate values.
    NfKey(NfKey) = "knooppunt-nfkey",
    /// A card.
    Card(CardStatement) = "knooppunt-card",
    /// A card that no longer counts.
    Revoke(Revocation) = "knooppunt-revoke",
    /// The root of a day.
    Day(DayStatement) = "knooppunt-day",
    /// A line.
    Line(LineStatement) = "knooppunt-line",
    /// That draws will be made.
    DrawOpen(DrawOpen) = "knooppunt-draw-open",
    /// What is drawn from.
    Draw(Draw) = "knooppunt-draw",
    /// The nonce of a provider.
    Nonce(NonceReveal) = "knooppunt-nonce",
    /// A drawn record, opened.
    Opening(Opening) = "knooppunt-opening",
    /// What came of a draw.
    Result(DrawResult) = "knooppunt-result",
    /// A verdict.
    Verdict(Verdict) = "knooppunt-verdict",
}

impl Claim {
    /// Whether a list of duplicate values belongs beside it.
    pub(super) fn has_tree(&self) -> bool {
        matches!(self, Self::Line(line) if line.has_tree())
    }

    /// Longest statement of this kind, in bytes.
    pub(super) fn bytes_max(kind: &str) -> usize {
        match kind {
            "knooppunt-opening" => OPENING_BYTES_MAX,
            _ => STATEMENT_BYTES_MAX,
        }
    }
}
