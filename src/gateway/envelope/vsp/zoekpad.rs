//! What a receiver asks for (`Zoekpad` of REST pull V1 1.0.1): one of three forms, told apart by `zoekpadType`, which may stand first or last.
//!
//! The published schemas contradict themselves here: each of them forbids what the others add. What is meant is the union.

use std::fmt;

use serde::Deserialize;

use super::metadata::{Referentiegegevens, Relatie, Routeringgegevens, Wrong, published};
use super::uuid::Uuid;

/// What is asked for.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(
    tag = "zoekpadType",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum Zoekpad {
    /// By kind of message, and for whom.
    #[serde(rename = "ZoekpadOpBerichtstroom")]
    Berichtstroom {
        /// Exactly this.
        berichttype: String,
        /// And this, where given; as all below.
        #[serde(default)]
        berichtsubtype: Option<String>,
        /// First number of the release.
        #[serde(default)]
        berichtversie: Option<i32>,
        /// Second number of the release.
        #[serde(default)]
        berichtsubversie: Option<i32>,
        /// What is asked with it.
        #[serde(default)]
        actie: Option<String>,
        /// Role of an addressee.
        #[serde(default)]
        geadresseerde_rol: Option<String>,
        /// Code of that same addressee.
        #[serde(default)]
        geadresseerde_code: Option<String>,
    },
    /// By conversation.
    #[serde(rename = "ZoekpadOpConversatieId")]
    ConversatieId {
        /// Its name.
        conversatie_id: Uuid,
    },
    /// Answers to a message.
    #[serde(rename = "ZoekpadOpAlsAntwoordOp")]
    AlsAntwoordOp {
        /// The name of that message.
        als_antwoord_op: Uuid,
    },
}

impl fmt::Debug for Zoekpad {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Zoekpad")
    }
}

impl Zoekpad {
    /// Reads what was asked. Err: it is no JSON, of no published form, or a field is out of its bounds.
    pub fn read(json: &[u8]) -> Result<Self, Wrong> {
        published("zoekpad", json, Self::wrong)
    }

    fn wrong(&self) -> Wrong {
        let mut wrong = Wrong::default();
        let Self::Berichtstroom {
            berichttype,
            berichtsubtype,
            berichtversie,
            berichtsubversie,
            actie,
            geadresseerde_rol,
            geadresseerde_code,
        } = self
        else {
            return wrong;
        };
        for (place, text, characters_max) in [
            ("berichttype", Some(berichttype), 60),
            ("berichtsubtype", berichtsubtype.as_ref(), 60),
            ("actie", actie.as_ref(), 60),
            ("geadresseerdeRol", geadresseerde_rol.as_ref(), 100),
            ("geadresseerdeCode", geadresseerde_code.as_ref(), 100),
        ] {
            if let Some(text) = text {
                wrong.text(text, characters_max, || place.to_owned());
            }
        }
        for (place, number) in [
            ("berichtversie", berichtversie),
            ("berichtsubversie", berichtsubversie),
        ] {
            if let Some(number) = number {
                wrong.version(*number, || place.to_owned());
            }
        }
        wrong
    }

    /// Whether this message is asked for.
    pub fn takes(&self, routering: &Routeringgegevens, names: &Referentiegegevens) -> bool {
        match self {
            Self::ConversatieId { conversatie_id } => names.conversatie_id == *conversatie_id,
            Self::AlsAntwoordOp { als_antwoord_op } => {
                names.als_antwoord_op == Some(*als_antwoord_op)
            }
            Self::Berichtstroom {
                berichttype,
                berichtsubtype,
                berichtversie,
                berichtsubversie,
                actie,
                geadresseerde_rol,
                geadresseerde_code,
            } => {
                let Routeringgegevens {
                    geadresseerden,
                    berichtstroom,
                    ..
                } = routering;
                let is = |wanted: &Option<String>, have: Option<&String>| {
                    wanted.is_none() || wanted.as_ref() == have
                };
                let addressed = |Relatie { rol, code }: &Relatie| {
                    is(geadresseerde_rol, Some(rol)) && is(geadresseerde_code, code.as_ref())
                };
                berichtstroom.berichttype == *berichttype
                    && is(berichtsubtype, berichtstroom.berichtsubtype.as_ref())
                    && berichtversie.is_none_or(|wanted| wanted == berichtstroom.berichtversie)
                    && berichtsubversie
                        .is_none_or(|wanted| wanted == berichtstroom.berichtsubversie)
                    && is(actie, Some(&berichtstroom.actie))
                    && geadresseerden.iter().any(addressed)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "7c9e6679-7425-40de-944b-e07fc1f90ae7";

    fn read(json: &str) -> Result<Zoekpad, Wrong> {
        Zoekpad::read(json.as_bytes())
    }

    #[test]
    fn the_type_may_stand_first_or_last() {
        let expected = Zoekpad::ConversatieId {
            conversatie_id: ID.parse().expect("a UUID"),
        };
        for json in [
            format!(r#"{{"zoekpadType":"ZoekpadOpConversatieId","conversatieId":"{ID}"}}"#),
            format!(r#"{{"conversatieId":"{ID}","zoekpadType":"ZoekpadOpConversatieId"}}"#),
        ] {
            assert_eq!(read(&json), Ok(expected.clone()));
        }
        let stroom =
            r#"{"berichttype":"JW","berichtversie":3,"zoekpadType":"ZoekpadOpBerichtstroom"}"#;
        assert!(matches!(
            read(stroom),
            Ok(Zoekpad::Berichtstroom {
                berichtversie: Some(3),
                ..
            })
        ));
    }

    #[test]
    fn what_is_of_no_published_form_is_refused() {
        for json in [
            String::new(),
            "{}".to_owned(),
            "[]".to_owned(),
            r#"{"zoekpadType":""}"#.to_owned(),
            r#"{"zoekpadType":"ZoekpadOpBerichtstroom"}"#.to_owned(),
            r#"{"zoekpadType":"ZoekpadOpBerichtstroom","berichttype":""}"#.to_owned(),
            r#"{"zoekpadType":"ZoekpadOpBerichtstroom","berichttype":"JW","berichtversie":1000}"#
                .to_owned(),
            r#"{"zoekpadType":"ZoekpadOpBerichtstroom","berichttype":"JW","canary":1}"#.to_owned(),
            r#"{"zoekpadType":"ZoekpadOpConversatieId","conversatieId":"canary"}"#.to_owned(),
            format!(r#"{{"zoekpadType":"ZoekpadOpConversatieId","alsAntwoordOp":"{ID}"}}"#),
            format!(
                r#"{{"zoekpadType":"ZoekpadOpConversatieId","conversatieId":"{ID}","alsAntwoordOp":"{ID}"}}"#
            ),
            format!(
                r#"{{"zoekpadType":"ZoekpadOpConversatieId","zoekpadType":"ZoekpadOpAlsAntwoordOp","conversatieId":"{ID}"}}"#
            ),
            format!(
                r#"{{"zoekpadType":"ZoekpadOpConversatieId","conversatieId":"{ID}","conversatieId":"{ID}"}}"#
            ),
        ] {
            let wrong = read(&json).expect_err(&json);
            assert!(
                !wrong.0.is_empty() && !format!("{wrong:?}").contains("canary"),
                "{wrong:?}"
            );
        }
    }
}
