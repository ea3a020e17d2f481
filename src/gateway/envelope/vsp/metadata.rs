//! The metadata of a message as VSP publishes them (REST push V1 1.0.3, REST pull V1 1.0.1), with the bounds of every field. A field that is not published is
//! refused; a field that may be absent may also be `null`, as serializers that write every property send it.
//!
//! What is said of a wrong field is its place and what is expected there, never its value. Knows nothing of what the fields mean.

use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::uuid::Uuid;

/// Most addressees of one message.
pub const GEADRESSEERDEN_MAX: usize = 100;
/// Most pairs in a context, and most values of one key.
const PAREN_MAX: usize = 100;
/// Most places that are named of one text that is wrong.
const WRONG_MAX: usize = 50;

/// What a sender says of a message that it pushes.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BerichtMetadata {
    /// Between whom it goes, and what it is.
    pub routeringgegevens: Routeringgegevens,
    /// Its names.
    pub referentiegegevens: Referentiegegevens,
    /// What the software of the sender adds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verwerkingscontext: Option<Vec<SleutelWaardePaar>>,
}

/// What a receiver is told of a message that waits.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WaitingMetadata {
    /// When it came and where its payload is.
    pub basisgegevens: Basisgegevens,
    /// Between whom it goes, and what it is.
    pub routeringgegevens: Routeringgegevens,
    /// Its names.
    pub referentiegegevens: Referentiegegevens,
    /// What the software of the sender added.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verwerkingscontext: Option<Vec<SleutelWaardePaar>>,
}

/// Between whom a message goes, and what it is.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Routeringgegevens {
    /// Who sends it.
    pub afzender: Relatie,
    /// Whom it is for. Push allows none, pull asks for one.
    pub geadresseerden: Vec<Relatie>,
    /// What kind of message it is.
    pub berichtstroom: Berichtstroom,
}

/// A party in a role.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Relatie {
    /// `Instelling`, `Praktijk`, `Zorgverlener`, `Gemeente`, ...: 1 to 100 characters.
    pub rol: String,
    /// Its code in that role: 1 to 100 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// A kind of message.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Berichtstroom {
    /// `JW` or `WMO`: 1 to 60 characters.
    pub berichttype: String,
    /// `JW315`: 1 to 60 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub berichtsubtype: Option<String>,
    /// First number of the release, 0 to 999.
    pub berichtversie: i32,
    /// Second number of the release, 0 to 999.
    pub berichtsubversie: i32,
    /// What is asked with it: 1 to 60 characters.
    pub actie: String,
}

/// The names of a message.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Referentiegegevens {
    /// Of the conversation it belongs to.
    pub conversatie_id: Uuid,
    /// Of itself.
    pub traceer_id: Uuid,
    /// Of the message it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub als_antwoord_op: Option<Uuid>,
    /// The sender's own: 1 to 150 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referentie_id: Option<String>,
}

/// A key with its values.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SleutelWaardePaar {
    /// 1 to 100 characters.
    pub sleutel: String,
    /// 1 to 100 values of 1 to 250 characters.
    pub waarde: Vec<String>,
}

/// When a message came and where its payload is.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Basisgegevens {
    /// RFC 3339 with an offset.
    pub ontvangen_op: String,
    /// The payload.
    pub payload: HttpsDownload,
}

/// Bytes to be fetched.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HttpsDownload {
    /// Absolute.
    pub url: String,
    /// Length, at least 1.
    pub grootte: u64,
    /// Over the bytes as they are fetched.
    pub checksum: Checksum,
}

/// A hash of bytes.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Checksum {
    /// `SHA256`.
    pub algoritme: String,
    /// Lower-case hexadecimal.
    pub waarde: String,
}

impl Checksum {
    /// Of these 32 bytes of SHA-256.
    pub fn sha256(hash: &[u8; 32]) -> Self {
        Self {
            algoritme: "SHA256".to_owned(),
            waarde: data_encoding::HEXLOWER.encode(hash),
        }
    }
}

/// Metadata are content: what is shown of them is that they are there.
macro_rules! closed {
    ($($name:ident),*) => { $(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(stringify!($name))
            }
        }
    )* };
}
closed!(
    BerichtMetadata,
    WaitingMetadata,
    Routeringgegevens,
    Relatie,
    Berichtstroom,
    Referentiegegevens,
    SleutelWaardePaar,
    Basisgegevens,
    HttpsDownload,
    Checksum
);

/// What is wrong with a text from outside: places, and what is expected there, Dutch. Never empty as an `Err`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wrong(pub Vec<(String, &'static str)>);

impl Wrong {
    /// One thing at one place.
    pub fn at(place: &str, expected: &'static str) -> Self {
        Self(vec![(place.to_owned(), expected)])
    }

    pub(super) fn unless(
        &mut self,
        holds: bool,
        place: impl FnOnce() -> String,
        expected: &'static str,
    ) {
        if !holds && self.0.len() < WRONG_MAX {
            self.0.push((place(), expected));
        }
    }

    pub(super) fn text(
        &mut self,
        value: &str,
        characters_max: usize,
        place: impl FnOnce() -> String,
    ) {
        let characters = value.chars().take(characters_max + 1).count();
        let holds = (1..=characters_max).contains(&characters);
        self.unless(holds, place, length(characters_max));
    }

    pub(super) fn version(&mut self, number: i32, place: impl FnOnce() -> String) {
        let holds = (0..=999).contains(&number);
        self.unless(holds, place, "Een geheel getal van 0 tot en met 999.");
    }
}

const fn length(characters_max: usize) -> &'static str {
    match characters_max {
        60 => "1 tot en met 60 tekens.",
        100 => "1 tot en met 100 tekens.",
        150 => "1 tot en met 150 tekens.",
        _ => "1 tot en met 250 tekens.",
    }
}

/// Reads a text of a published form. Err: it is no JSON, not of that form, or what `wrong` says of a field out of its bounds.
pub(super) fn published<T: DeserializeOwned>(
    what: &str,
    json: &[u8],
    wrong: fn(&T) -> Wrong,
) -> Result<T, Wrong> {
    let read: T = serde_json::from_slice(json).map_err(|error| unreadable(what, &error))?;
    let wrong = wrong(&read);
    if wrong.0.is_empty() {
        Ok(read)
    } else {
        Err(wrong)
    }
}

/// Why a text is not the JSON that is published, at a place of the text.
fn unreadable(what: &str, error: &serde_json::Error) -> Wrong {
    let expected = match error.classify() {
        serde_json::error::Category::Syntax => "Geldige JSON in UTF-8.",
        serde_json::error::Category::Eof => "JSON die niet voor het einde ophoudt.",
        // What serde says of data may hold a piece of it.
        serde_json::error::Category::Data | serde_json::error::Category::Io => {
            "De velden zoals gepubliceerd: alle verplichte, geen andere, elk een keer en van de beschreven soort."
        }
    };
    Wrong::at(
        &format!("{what} (regel {}, kolom {})", error.line(), error.column()),
        expected,
    )
}

impl BerichtMetadata {
    /// Reads what was pushed. Err: it is no JSON, not of the published form, or a field is out of its bounds.
    pub fn read(json: &[u8]) -> Result<Self, Wrong> {
        published("berichtMetadata", json, Self::wrong)
    }

    fn wrong(&self) -> Wrong {
        let mut wrong = Wrong::default();
        let Routeringgegevens {
            afzender,
            geadresseerden,
            berichtstroom,
        } = &self.routeringgegevens;
        let routering = "routeringgegevens";
        afzender.look(&mut wrong, || format!("{routering}.afzender"));
        wrong.unless(
            geadresseerden.len() <= GEADRESSEERDEN_MAX,
            || format!("{routering}.geadresseerden"),
            "Ten hoogste 100 geadresseerden.",
        );
        for (number, relatie) in geadresseerden.iter().take(GEADRESSEERDEN_MAX).enumerate() {
            relatie.look(&mut wrong, || {
                format!("{routering}.geadresseerden[{number}]")
            });
        }
        berichtstroom.look(&mut wrong, || format!("{routering}.berichtstroom"));
        if let Some(referentie) = &self.referentiegegevens.referentie_id {
            wrong.text(referentie, 150, || {
                "referentiegegevens.referentieId".to_owned()
            });
        }
        if let Some(paren) = &self.verwerkingscontext {
            wrong.unless(
                (1..=PAREN_MAX).contains(&paren.len()),
                || "verwerkingscontext".to_owned(),
                "1 tot en met 100 sleutels.",
            );
            for (number, paar) in paren.iter().take(PAREN_MAX).enumerate() {
                paar.look(&mut wrong, || format!("verwerkingscontext[{number}]"));
            }
        }
        wrong
    }
}

impl Relatie {
    fn look(&self, wrong: &mut Wrong, place: impl Fn() -> String) {
        wrong.text(&self.rol, 100, || format!("{}.rol", place()));
        if let Some(code) = &self.code {
            wrong.text(code, 100, || format!("{}.code", place()));
        }
    }
}

impl Berichtstroom {
    fn look(&self, wrong: &mut Wrong, place: impl Fn() -> String) {
        wrong.text(&self.berichttype, 60, || format!("{}.berichttype", place()));
        if let Some(subtype) = &self.berichtsubtype {
            wrong.text(subtype, 60, || format!("{}.berichtsubtype", place()));
        }
        wrong.version(self.berichtversie, || format!("{}.berichtversie", place()));
        wrong.version(self.berichtsubversie, || {
            format!("{}.berichtsubversie", place())
        });
        wrong.text(&self.actie, 60, || format!("{}.actie", place()));
    }
}

impl SleutelWaardePaar {
    fn look(&self, wrong: &mut Wrong, place: impl Fn() -> String) {
        wrong.text(&self.sleutel, 100, || format!("{}.sleutel", place()));
        wrong.unless(
            (1..=PAREN_MAX).contains(&self.waarde.len()),
            || format!("{}.waarde", place()),
            "1 tot en met 100 waarden.",
        );
        for (number, value) in self.waarde.iter().take(PAREN_MAX).enumerate() {
            wrong.text(value, 250, || format!("{}.waarde[{number}]", place()));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn whole() -> Value {
        json!({
            "routeringgegevens": {
                "afzender": {"rol": "Instelling", "code": "98980001"},
                "geadresseerden": [{"rol": "Gemeente", "code": "0289"}],
                "berichtstroom": {
                    "berichttype": "JW", "berichtsubtype": "JW315", "berichtversie": 3, "berichtsubversie": 2, "actie": "VerzoekToewijzing"
                }
            },
            "referentiegegevens": {
                "conversatieId": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
                "traceerId": "7C9E6679-7425-40DE-944B-E07FC1F90AE7",
                "alsAntwoordOp": null,
                "referentieId": "r"
            },
            "verwerkingscontext": [{"sleutel": "Applicatie", "waarde": ["Zorgpakket"]}]
        })
    }

    fn read(value: &Value) -> Result<BerichtMetadata, Wrong> {
        BerichtMetadata::read(value.to_string().as_bytes())
    }

    #[test]
    fn a_published_form_is_read_and_written_back_without_what_is_absent() {
        let metadata = read(&whole()).expect("as published");
        let written = serde_json::to_value(&metadata).expect("JSON");
        let mut expected = whole();
        expected["referentiegegevens"]
            .as_object_mut()
            .expect("an object")
            .remove("alsAntwoordOp");
        expected["referentiegegevens"]["traceerId"] = "7c9e6679-7425-40de-944b-e07fc1f90ae7".into();
        assert_eq!(written, expected);
    }

    #[test]
    fn every_bound_is_kept_and_named_with_its_place() {
        let long = |characters: usize| Value::from("é".repeat(characters));
        let pair = json!({"sleutel": "s", "waarde": ["w"]});
        for (pointer, right, wrong, place) in [
            (
                "/routeringgegevens/afzender/rol",
                long(100),
                long(101),
                "routeringgegevens.afzender.rol",
            ),
            (
                "/routeringgegevens/afzender/code",
                long(1),
                long(0),
                "routeringgegevens.afzender.code",
            ),
            (
                "/routeringgegevens/geadresseerden/0/code",
                long(100),
                long(101),
                "routeringgegevens.geadresseerden[0].code",
            ),
            (
                "/routeringgegevens/geadresseerden",
                json!([]),
                Value::from(vec![json!({"rol": "x"}); 101]),
                "routeringgegevens.geadresseerden",
            ),
            (
                "/routeringgegevens/berichtstroom/berichttype",
                long(60),
                long(61),
                "routeringgegevens.berichtstroom.berichttype",
            ),
            (
                "/routeringgegevens/berichtstroom/berichtsubtype",
                long(60),
                long(61),
                "routeringgegevens.berichtstroom.berichtsubtype",
            ),
            (
                "/routeringgegevens/berichtstroom/berichtversie",
                json!(0),
                json!(-1),
                "routeringgegevens.berichtstroom.berichtversie",
            ),
            (
                "/routeringgegevens/berichtstroom/berichtsubversie",
                json!(999),
                json!(1000),
                "routeringgegevens.berichtstroom.berichtsubversie",
            ),
            (
                "/routeringgegevens/berichtstroom/actie",
                long(60),
                long(0),
                "routeringgegevens.berichtstroom.actie",
            ),
            (
                "/referentiegegevens/referentieId",
                long(150),
                long(151),
                "referentiegegevens.referentieId",
            ),
            (
                "/verwerkingscontext",
                Value::from(vec![pair.clone(); 100]),
                json!([]),
                "verwerkingscontext",
            ),
            (
                "/verwerkingscontext",
                json!(null),
                Value::from(vec![pair; 101]),
                "verwerkingscontext",
            ),
            (
                "/verwerkingscontext/0/sleutel",
                long(100),
                long(101),
                "verwerkingscontext[0].sleutel",
            ),
            (
                "/verwerkingscontext/0/waarde",
                Value::from(vec!["w"; 100]),
                json!([]),
                "verwerkingscontext[0].waarde",
            ),
            (
                "/verwerkingscontext/0/waarde/0",
                long(250),
                long(251),
                "verwerkingscontext[0].waarde[0]",
            ),
        ] {
            let mut metadata = whole();
            *metadata.pointer_mut(pointer).expect("a place") = right;
            assert!(read(&metadata).is_ok(), "{pointer}");
            let mut metadata = whole();
            *metadata.pointer_mut(pointer).expect("a place") = wrong;
            let wrong = read(&metadata).expect_err(pointer);
            assert_eq!(wrong.0.len(), 1, "{wrong:?}");
            assert_eq!(wrong.0[0].0, place);
        }
    }

    #[test]
    fn what_is_not_published_doubled_missing_or_of_another_kind_is_refused_without_its_value() {
        let text = whole().to_string();
        for (what, with) in [
            ("\"rol\":\"Gemeente\"", "\"rol\":\"Gemeente\",\"canary\":1"),
            (
                "\"rol\":\"Gemeente\"",
                "\"rol\":\"Gemeente\",\"rol\":\"canary\"",
            ),
            ("\"rol\":\"Gemeente\"", "\"rol\":7"),
            (",\"rol\":\"Gemeente\"", ""),
            ("\"rol\":\"Gemeente\"", "\"rol\":null"),
            ("\"berichtversie\":3", "\"berichtversie\":\"canary\""),
            ("\"berichtversie\":3", "\"berichtversie\":99999999999"),
            ("7c9e6679-7425-40de-944b-e07fc1f90ae7", "canary"),
            (
                "7c9e6679-7425-40de-944b-e07fc1f90ae7",
                "{7c9e6679-7425-40de-944b-e07fc1f90ae7}",
            ),
        ] {
            assert!(text.contains(what), "{what}");
            let changed = text.replacen(what, with, 1);
            let wrong = BerichtMetadata::read(changed.as_bytes()).expect_err(with);
            let said = format!("{wrong:?}");
            assert!(
                said.contains("regel 1, kolom") && !said.contains("canary"),
                "{said}"
            );
        }
        for junk in [
            "",
            "{",
            "[]",
            "null",
            "\"canary\"",
            "{}x",
            &"[".repeat(100_000),
        ] {
            assert!(
                BerichtMetadata::read(junk.as_bytes()).is_err(),
                "{junk:.10}"
            );
        }
    }

    #[test]
    fn of_many_wrong_fields_the_first_are_named() {
        let mut metadata = whole();
        let pair = json!({"sleutel": "", "waarde": [""]});
        metadata["verwerkingscontext"] = Value::from(vec![pair; 100]);
        assert_eq!(read(&metadata).expect_err("wrong").0.len(), WRONG_MAX);
    }

    #[test]
    fn nothing_of_it_is_shown() {
        let metadata = read(&whole()).expect("as published");
        assert_eq!(format!("{metadata:?}"), "BerichtMetadata");
    }
}
