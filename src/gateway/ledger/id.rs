//! The names of messages and threads: 128 random bits, so that nobody can guess another party's. They mean nothing.

use std::fmt;
use std::str::FromStr;

use data_encoding::{BASE32_NOPAD, Encoding, Specification};
use std::sync::LazyLock;

/// Bytes of an id.
pub(crate) const ID_BYTES: usize = 16;
/// Characters of an id in text.
const TEXT_CHARS: usize = 26;

static TEXT: LazyLock<Encoding> = LazyLock::new(|| {
    let mut form = Specification::new();
    form.symbols.push_str("abcdefghijklmnopqrstuvwxyz234567");
    form.encoding().unwrap_or(BASE32_NOPAD)
});

/// The text is not an id in the one form we write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an id: {TEXT_CHARS} characters a-z and 2-7 are expected")]
pub struct NotAnId;

/// No random bytes were to be had from the operating system.
#[derive(Debug, thiserror::Error)]
#[error("the operating system gives no random bytes")]
pub struct NoRandomness;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; ID_BYTES]);

        impl $name {
            /// The id with these bits.
            pub const fn from_bytes(bits: [u8; ID_BYTES]) -> Self {
                Self(bits)
            }

            /// The bits.
            pub const fn as_bytes(&self) -> &[u8; ID_BYTES] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&TEXT.encode(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;

            fn from_str(text: &str) -> Result<Self, NotAnId> {
                if text.len() != TEXT_CHARS {
                    return Err(NotAnId);
                }
                let bits = TEXT.decode(text.as_bytes()).map_err(|_| NotAnId)?;
                bits.try_into().map(Self).map_err(|_| NotAnId)
            }
        }
    };
}

id! {
    /// Names one accepted message: 128 random bits; in text 26 characters, as `5xq4z3y2kq6d7m4a2b3c4d5e6a`.
    MessageId
}

id! {
    /// Names one thread (a question and its answers): the bits of the message that opened it.
    ThreadId
}

impl MessageId {
    /// A new id. Err: the operating system gives no random bytes.
    pub fn random() -> Result<Self, NoRandomness> {
        let mut bits = [0; ID_BYTES];
        getrandom::fill(&mut bits).map_err(|_| NoRandomness)?;
        Ok(Self(bits))
    }

    /// The thread that this message opens.
    pub(crate) fn opens(self) -> ThreadId {
        ThreadId(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_survives_its_text_and_only_its_one_text_is_taken() {
        let id = MessageId::random().expect("random bytes");
        let text = id.to_string();
        assert_eq!(text.len(), TEXT_CHARS);
        assert_eq!(text.parse::<MessageId>(), Ok(id));
        assert_eq!(
            text.to_uppercase().parse::<MessageId>(),
            Err(NotAnId),
            "one id has one text"
        );
        assert_eq!("".parse::<MessageId>(), Err(NotAnId));
        assert_eq!(format!("{text}a").parse::<MessageId>(), Err(NotAnId));
        let mut stray = MessageId::from_bytes([0; 16]).to_string();
        stray.replace_range(25..26, "b");
        assert_eq!(
            stray.parse::<MessageId>(),
            Err(NotAnId),
            "bits past the 128 must be zero"
        );
    }
}
