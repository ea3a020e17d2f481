//! Pseudonyms: what stands in the past instead of a BSN, a number or a code of a message.
//! Does not know a key: whoever keeps a past makes his pseudonyms so that nobody else can.

use std::fmt;
use std::hash::{Hash, Hasher};

use minicbor::{Decode, Encode};
use sha2::{Digest as _, Sha256};

use super::Product;
use crate::bericht;
use crate::bericht::berichtsoort::{Berichtsoort, Law};

/// 128 bits that stand for one value. Equal values under one label have equal pseudonyms.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(transparent)]
pub struct Pseudonym(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 16]);

impl Hash for Pseudonym {
    /// In one word, of which a map's hash is made without looking at sixteen bytes one by one.
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u128(u128::from_le_bytes(self.0));
    }
}

impl fmt::Debug for Pseudonym {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pseudonym(16 bytes)")
    }
}

/// What a value is: values of two labels are never compared, so their pseudonyms must not be either.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Label {
    /// A message: number of its kind, a space, and its maker's identification.
    Identificatie,
    /// Element Bsn.
    Bsn,
    /// Element ToewijzingNummer, in digits without leading zeros.
    ToewijzingNummer,
    /// Element Categorie or ProductCategorie.
    Categorie,
    /// Element Code or ProductCode.
    Code,
    /// Element RedenBeeindiging behind the BSN and a space: the code alone has so few values that counting would tell them.
    RedenBeeindiging,
    /// Element ReferentieAanbieder.
    ReferentieAanbieder,
    /// Element DeclaratieNummer.
    DeclaratieNummer,
    /// Element ReferentieNummer or VorigReferentieNummer.
    ReferentieNummer,
}

/// Whose values a label's are: what the pseudonyms of two of them have in common must not show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Owner {
    /// The municipality of the scope: two municipalities cannot join what they know.
    Gemeente,
    /// The provider of the scope: its own numbers can be noticed over municipalities.
    Aanbieder,
}

impl Label {
    /// A name that never changes, to derive a key by.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Identificatie => "identificatie",
            Self::Bsn => "bsn",
            Self::ToewijzingNummer => "toewijzingnummer",
            Self::Categorie => "categorie",
            Self::Code => "code",
            Self::RedenBeeindiging => "redenbeeindiging",
            Self::ReferentieAanbieder => "referentieaanbieder",
            Self::DeclaratieNummer => "declaratienummer",
            Self::ReferentieNummer => "referentienummer",
        }
    }

    /// Whose values they are.
    pub const fn owner(self) -> Owner {
        match self {
            Self::Identificatie
            | Self::Bsn
            | Self::ToewijzingNummer
            | Self::Categorie
            | Self::Code
            | Self::RedenBeeindiging => Owner::Gemeente,
            Self::ReferentieAanbieder | Self::DeclaratieNummer | Self::ReferentieNummer => {
                Owner::Aanbieder
            }
        }
    }
}

/// Makes the pseudonyms of one scope: of one law, one municipality, one provider.
pub trait Pseudonymise {
    /// The pseudonym of a value; the same each time.
    fn of(&self, label: Label, value: &str) -> Pseudonym;
}

impl dyn Pseudonymise + '_ {
    /// Of a client.
    pub fn client(&self, bsn: &str) -> Pseudonym {
        self.of(Label::Bsn, bsn)
    }

    /// Of an allocation.
    pub fn toewijzing(&self, nummer: u64) -> Pseudonym {
        self.of(
            Label::ToewijzingNummer,
            in_digits(nummer, &mut [0; NUMBER_DIGITS]),
        )
    }

    /// Of a message: its kind and its maker's identification.
    pub fn message(&self, soort: Berichtsoort, id: &str) -> Pseudonym {
        self.of(Label::Identificatie, &format!("{} {id}", soort.number()))
    }

    /// Of a request.
    pub fn verzoek(&self, referentie: &str) -> Pseudonym {
        self.of(Label::ReferentieAanbieder, referentie)
    }

    /// Of the reason of a client's stop.
    pub fn reden_beeindiging(&self, bsn: &str, reden: &str) -> Pseudonym {
        self.of(Label::RedenBeeindiging, &format!("{bsn} {reden}"))
    }

    /// Of a product.
    pub fn product(&self, law: Law, product: &bericht::Product<'_>) -> Product {
        let among = |from: &str, to: &str| {
            law == Law::Wmo && (from..=to).contains(&product.categorie.as_ref())
        };
        Product {
            categorie: self.of(Label::Categorie, &product.categorie),
            code: product
                .code
                .as_deref()
                .map(|code| self.of(Label::Code, code)),
            household: among("01", "01"),
            aid: among("11", "14"),
        }
    }
}

/// Digits of the largest number.
const NUMBER_DIGITS: usize = 20;

/// A number in digits, written from behind into room that costs nothing: a declaration names tens of thousands.
fn in_digits(mut number: u64, room: &mut [u8; NUMBER_DIGITS]) -> &str {
    let mut first = room.len();
    for (place, digit) in room.iter_mut().enumerate().rev() {
        *digit = b'0' + u8::try_from(number % 10).unwrap_or_default();
        first = place;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    let digits = room.get(first..).unwrap_or_default();
    str::from_utf8(digits).unwrap_or_default()
}

/// Pseudonyms without a key, for tests and for scenarios with made-up persons. Never for a store: there
/// are fewer than 10^8 valid BSNs, and anyone can try them all.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unkeyed;

impl Pseudonymise for Unkeyed {
    fn of(&self, label: Label, value: &str) -> Pseudonym {
        let digest = Sha256::new_with_prefix(label.as_str())
            .chain_update([0])
            .chain_update(value)
            .finalize();
        let mut half = [0; 16];
        for (to, from) in half.iter_mut().zip(digest) {
            *to = from;
        }
        Pseudonym(half)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::borrow::Cow;

    #[test]
    fn a_value_has_another_pseudonym_under_another_label() {
        let (names, value) = (Unkeyed, "999900006");
        assert_eq!(names.of(Label::Bsn, value), names.of(Label::Bsn, value));
        assert_ne!(
            names.of(Label::Bsn, value),
            names.of(Label::ReferentieNummer, value)
        );
    }

    #[test]
    fn a_number_is_named_by_its_digits() {
        let names: &dyn Pseudonymise = &Unkeyed;
        for number in [0, 7, 10, 1001, u64::MAX - 1, u64::MAX] {
            let digits = names.of(Label::ToewijzingNummer, &number.to_string());
            assert_eq!(names.toewijzing(number), digits, "{number}");
        }
    }

    #[test]
    fn debug_shows_no_pseudonym() {
        assert_eq!(
            format!("{:?}", Unkeyed.of(Label::Bsn, "1")),
            "Pseudonym(16 bytes)"
        );
    }

    #[test]
    fn aids_and_household_help_are_known_as_such_under_the_wmo_only() {
        let names: &dyn Pseudonymise = &Unkeyed;
        for (categorie, household, aid) in [
            ("01", true, false),
            ("10", false, false),
            ("11", false, true),
            ("14", false, true),
            ("15", false, false),
        ] {
            let product = bericht::Product {
                categorie: Cow::Borrowed(categorie),
                code: None,
            };
            let wmo = names.product(Law::Wmo, &product);
            assert_eq!((wmo.household, wmo.aid), (household, aid), "{categorie}");
            let jw = names.product(Law::Jw, &product);
            assert_eq!((jw.household, jw.aid), (false, false), "{categorie}");
        }
    }
}
