//! A UUID as VSP writes it: 36 characters, of any version, upper or lower case; always written in lower case.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::envelope::wire::{uuid_bits, uuid_text};

/// A UUID of any version.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uuid([u8; 16]);

/// The text is no UUID of 36 characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a UUID has 32 hexadecimal digits in groups of 8, 4, 4, 4 and 12 with hyphens between")]
pub struct NotAUuid;

impl Uuid {
    /// With these bits.
    pub const fn from_bytes(bits: [u8; 16]) -> Self {
        Self(bits)
    }

    /// The bits.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl FromStr for Uuid {
    type Err = NotAUuid;

    fn from_str(text: &str) -> Result<Self, NotAUuid> {
        uuid_bits(text).map(Self).ok_or(NotAUuid)
    }
}

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&uuid_text(self.0))
    }
}

impl fmt::Debug for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Uuid({self})")
    }
}

impl Serialize for Uuid {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Uuid {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_version_in_either_case_is_read_and_written_in_lower_case() {
        for text in [
            "7c9e6679-7425-40de-944b-e07fc1f90ae7",
            "00000000-0000-0000-0000-000000000000",
            "FFFFFFFF-ffff-1fff-8FFF-ffffffffffff",
        ] {
            let uuid: Uuid = text.parse().expect("a UUID");
            assert_eq!(uuid.to_string(), text.to_lowercase());
        }
    }

    #[test]
    fn other_forms_are_none() {
        for text in [
            "",
            "7c9e6679742540de944be07fc1f90ae7",
            "{7c9e6679-7425-40de-944b-e07fc1f90ae7}",
            "7c9e6679-7425-40de-944b-e07fc1f90ae",
            "7c9e6679-7425-40de-944b-e07fc1f90aeg",
            "7c9e6679-7425-40de-944be-07fc1f90ae7",
            "7c9e6679-7425-40de-944b-e07fc1f90ae7 ",
            "7c9e6679-7425-40de-944b-e07fc1f90-e7",
            "7c9é679-7425-40de-944b-e07fc1f90ae7",
        ] {
            assert_eq!(text.parse::<Uuid>(), Err(NotAUuid), "{text}");
        }
    }
}
