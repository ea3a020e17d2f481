//! What became of a message in the words of berichtstatus V2 (2.2.1) and V3 (3.0.0). V2 has eight of the ten; what it lacks is said in the nearest of them.

use std::fmt;

use serde::Serialize;

use super::metadata::{Berichtstroom, Referentiegegevens};

/// Most items in one answer, and most meldingen of one item.
pub const ITEMS_MAX: usize = 250;
/// Most meldingen of one item.
pub const MELDINGEN_MAX: usize = 100;

/// Which words are spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// Until 2027-01-01.
    V2,
    /// Its successor.
    V3,
}

/// Where a message is. The published words that this gateway has no state for are not here: it takes a message whole and judges it before it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Berichtstatus {
    /// It was refused for its content and not forwarded.
    AfgekeurdDoorDienst,
    /// It waits for its receiver.
    WordtAangeboden,
    /// Its receiver has it.
    Bezorgd,
    /// It is not brought any more, and could be tried again.
    AanbiedenMislukt,
    /// It was given up.
    BezorgingAfgebroken,
}

impl Berichtstatus {
    /// The published word.
    pub const fn word(self, version: Version) -> &'static str {
        match (self, version) {
            (Self::AfgekeurdDoorDienst, _) => "AfgekeurdDoorDienst",
            (Self::Bezorgd, _) => "Bezorgd",
            // The published V2 has no word for what failed: it is still on offer there.
            (
                Self::WordtAangeboden | Self::AanbiedenMislukt | Self::BezorgingAfgebroken,
                Version::V2,
            ) => "Aangeboden",
            (Self::WordtAangeboden, Version::V3) => "WordtAangeboden",
            (Self::AanbiedenMislukt, Version::V3) => "AanbiedenMislukt",
            (Self::BezorgingAfgebroken, Version::V3) => "BezorgingAfgebroken",
        }
    }
}

/// Where one message is.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BerichtstatusGegevens {
    /// Its names.
    pub referentiegegevens: Referentiegegevens,
    /// What it is.
    pub berichtstroom: Berichtstroom,
    /// See [`Berichtstatus::word`].
    pub berichtstatus: &'static str,
    /// RFC 3339 with an offset.
    pub berichtstatus_gewijzigd_op: String,
    /// Why it was refused; left out when there is nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub meldingen: Vec<Melding>,
    /// RFC 3339 with an offset.
    pub bericht_ontvangen_op: String,
}

impl fmt::Debug for BerichtstatusGegevens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BerichtstatusGegevens({})", self.berichtstatus)
    }
}

/// One reason of a refusal. Places and expectations, never a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Melding {
    /// Published code.
    pub code: String,
    /// What is wrong, Dutch.
    pub omschrijving: String,
    /// Where and what to do, Dutch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub toelichting: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Berichtstatus; 5] = [
        Berichtstatus::AfgekeurdDoorDienst,
        Berichtstatus::WordtAangeboden,
        Berichtstatus::Bezorgd,
        Berichtstatus::AanbiedenMislukt,
        Berichtstatus::BezorgingAfgebroken,
    ];

    #[test]
    fn each_version_says_its_own_published_words_only() {
        let v2 = [
            "Ontvangen",
            "DeelsOntvangen",
            "DeelberichtAanleveringAfgekeurd",
            "WordtVerwerkt",
            "AfgekeurdDoorDienst",
            "VerwerkingVoltooid",
            "Aangeboden",
            "Bezorgd",
        ];
        let v3 = [
            "Ontvangen",
            "DeelsOntvangen",
            "DeelberichtAanleveringAfgekeurd",
            "WordtVerwerkt",
            "AfgekeurdDoorDienst",
            "VerwerkingVoltooid",
            "WordtAangeboden",
            "Bezorgd",
            "AanbiedenMislukt",
            "BezorgingAfgebroken",
        ];
        for status in ALL {
            assert!(v2.contains(&status.word(Version::V2)), "{status:?}");
            assert!(v3.contains(&status.word(Version::V3)), "{status:?}");
        }
    }
}
