//! What the VSP is told of a message, whichever door it came by: between whom it goes, what it is, its numbers, and the software it was made with.

use std::collections::BTreeMap;

use super::metadata::{
    Berichtstroom, Referentiegegevens, Relatie, Routeringgegevens, SleutelWaardePaar,
};
use super::uuid::Uuid;
use crate::envelope::mapping::{self, Numbers};
use crate::envelope::tables::Functie;
use crate::envelope::wire::Wire;
use crate::ledger::{Door, MessageKind};
use crate::register::PartyCode;

/// Names of what a context says of the software, as seen on the wire.
pub(crate) const APPLICATIE: &str = "Applicatie";
pub(crate) const APPLICATIE_VERSIE: &str = "ApplicatieVersie";
pub(crate) const APPLICATIE_SUBVERSIE: &str = "ApplicatieSubversie";
const REFERENTIENUMMER: &str = "Referentienummer";
/// The same for the name of a file; ours, since none is published.
const BESTANDSNAAM: &str = "Bestandsnaam";
/// Most characters of one value.
const WAARDE_CHARS_MAX: usize = 250;
/// What stands there for a message that came without.
const OUR_NAME: &str = "Knooppunt";

/// A message on its way to a party of the VSP.
#[derive(Debug, Clone, Copy)]
pub struct Outgoing<'m> {
    /// What it is.
    pub kind: &'m MessageKind,
    /// Who made it.
    pub maker: &'m PartyCode,
    /// Whom it is for.
    pub receiver: &'m PartyCode,
    /// Its numbers on the VSP.
    pub numbers: &'m Numbers,
    /// What its wire said; `None`: it came by the own API, or was made here.
    pub wire: Option<&'m Wire>,
    /// Other words for `actie` than ours, by kind: `JW301`.
    pub acties: &'m BTreeMap<String, String>,
}

impl Outgoing<'_> {
    /// Between whom it goes, and what it is. A word of the sender's own is kept where he sent it over the VSP.
    pub fn routeringgegevens(&self) -> Routeringgegevens {
        let over_vsp = self.wire.filter(|wire| wire.door == Door::Vsp);
        let relatie = |code: &PartyCode, rol: Option<&String>| Relatie {
            rol: rol
                .map(String::as_str)
                .or_else(|| mapping::rol(code.as_str()))
                .unwrap_or(mapping::INSTELLING)
                .to_owned(),
            code: Some(code.to_string()),
        };
        Routeringgegevens {
            afzender: relatie(
                self.maker,
                over_vsp.and_then(|wire| wire.sender.rol.as_ref()),
            ),
            geadresseerden: vec![relatie(
                self.receiver,
                over_vsp.and_then(|wire| wire.receiver.rol.as_ref()),
            )],
            berichtstroom: berichtstroom(
                self.kind,
                over_vsp.and_then(|wire| wire.action.as_deref()),
                self.acties,
            ),
        }
    }

    /// Its numbers. Its sender's own reference is told to nobody else.
    pub fn referentiegegevens(&self) -> Referentiegegevens {
        referentiegegevens(self.numbers)
    }

    /// The software it was made with, and what else its sender wrote there.
    pub fn verwerkingscontext(&self) -> Vec<SleutelWaardePaar> {
        let paar = |sleutel: &str, waarde: String| SleutelWaardePaar {
            sleutel: sleutel.to_owned(),
            waarde: vec![waarde],
        };
        if let Some(wire) = self.wire.filter(|wire| wire.door == Door::Vsp) {
            let context = wire.context.iter().map(|aspect| SleutelWaardePaar {
                sleutel: aspect.key.clone(),
                waarde: aspect.values.clone(),
            });
            return context.collect();
        }
        let mut version = env!("CARGO_PKG_VERSION").split('.');
        let mut own = || version.next().unwrap_or("0").to_owned();
        let (major, minor) = (own(), own());
        let said =
            |number: Option<u16>, own: String| number.map_or(own, |number| number.to_string());
        let name = self.wire.and_then(|wire| wire.sender.applicatie.clone());
        let mut context = vec![
            paar(APPLICATIE, name.unwrap_or_else(|| OUR_NAME.to_owned())),
            paar(
                APPLICATIE_VERSIE,
                said(self.wire.and_then(|wire| wire.applicatie_version), major),
            ),
            paar(
                APPLICATIE_SUBVERSIE,
                said(self.wire.and_then(|wire| wire.applicatie_subversion), minor),
            ),
            paar(REFERENTIENUMMER, self.numbers.number.clone()),
        ];
        let name = self.wire.and_then(|wire| wire.file_name.as_deref());
        context.extend(name.map(bestandsnaam));
        context
    }

    /// What its payload is called in a ZIP file: by its published name, or as its sender called a file that is no message of the standards.
    pub fn file_name(&self) -> String {
        let name = self.kind.name();
        match self.kind {
            MessageKind::Standard(_) => format!("{name}.xml"),
            MessageKind::File(_) => {
                let own = self.wire.and_then(|wire| wire.file_name.as_deref());
                own.unwrap_or(name).to_owned()
            }
        }
    }
}

/// What a kind of message is on the VSP.
pub fn berichtstroom(
    kind: &MessageKind,
    said: Option<&str>,
    acties: &BTreeMap<String, String>,
) -> Berichtstroom {
    let name = kind.name();
    let functie = Functie::of_message(kind);
    let (major, minor) = mapping::versions(kind.release()).unwrap_or_default();
    let actie = said
        .or_else(|| acties.get(name).map(String::as_str))
        .or(functie.map(|functie| functie.actie));
    Berichtstroom {
        berichttype: functie
            .map_or(name, |functie| functie.berichttype)
            .to_owned(),
        berichtsubtype: Some(name.to_owned()),
        berichtversie: i32::from(major),
        berichtsubversie: i32::from(minor),
        actie: actie.unwrap_or(name).to_owned(),
    }
}

/// The name of a file that is no message of the standards: this wire has no place for it, so it has a key of its own. It stands there and not only in a ZIP file,
/// since not everybody fetches those; a name of more than 250 characters is in two values, to be put behind each other.
pub(crate) fn bestandsnaam(name: &str) -> SleutelWaardePaar {
    let mut rest = name;
    let mut waarde = Vec::new();
    while let Some((first, more)) = rest.split_at_checked(WAARDE_CHARS_MAX) {
        waarde.push(first.to_owned());
        rest = more;
    }
    if !rest.is_empty() {
        waarde.push(rest.to_owned());
    }
    SleutelWaardePaar {
        sleutel: BESTANDSNAAM.to_owned(),
        waarde,
    }
}

/// Numbers as the VSP writes them.
pub fn referentiegegevens(numbers: &Numbers) -> Referentiegegevens {
    let uuid = |text: &str| text.parse::<Uuid>().unwrap_or(Uuid::from_bytes([0; 16]));
    Referentiegegevens {
        conversatie_id: uuid(&numbers.conversation),
        traceer_id: uuid(&numbers.number),
        als_antwoord_op: numbers.answers.as_deref().map(uuid),
        referentie_id: None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use knooppunt_standard::{Berichtsoort, Kind, Law};

    use super::*;
    use crate::envelope::wire::{Aspect, Side};

    const NUMBER: &str = "9c0f7b90-5c69-41e5-a837-0800200c9a66";

    fn numbers() -> Numbers {
        Numbers {
            number: NUMBER.to_owned(),
            conversation: NUMBER.to_owned(),
            answers: None,
        }
    }

    fn told(
        wire: Option<&Wire>,
        acties: &BTreeMap<String, String>,
    ) -> (Routeringgegevens, Vec<SleutelWaardePaar>) {
        let kind = MessageKind::Standard(Kind {
            law: Law::Jw,
            release: Arc::from("3.2"),
            soort: Berichtsoort::from_number(301).expect("a kind"),
        });
        let outgoing = Outgoing {
            kind: &kind,
            maker: &"0289".parse().expect("a code"),
            receiver: &"98980001".parse().expect("a code"),
            numbers: &numbers(),
            wire,
            acties,
        };
        (outgoing.routeringgegevens(), outgoing.verwerkingscontext())
    }

    #[test]
    fn what_came_by_the_own_api_is_told_in_full() {
        let (routering, context) = told(None, &BTreeMap::new());
        assert_eq!(
            (
                routering.afzender.rol.as_str(),
                routering.afzender.code.as_deref()
            ),
            ("Gemeente", Some("0289"))
        );
        let to = &routering.geadresseerden[0];
        assert_eq!(
            (to.rol.as_str(), to.code.as_deref()),
            ("Instelling", Some("98980001"))
        );
        let stroom = &routering.berichtstroom;
        assert_eq!(
            (
                stroom.berichttype.as_str(),
                stroom.berichtsubtype.as_deref()
            ),
            ("JW", Some("JW301"))
        );
        assert_eq!(
            (
                stroom.berichtversie,
                stroom.berichtsubversie,
                stroom.actie.as_str()
            ),
            (3, 2, "Toewijzing")
        );
        let keys: Vec<_> = context.iter().map(|paar| paar.sleutel.as_str()).collect();
        assert_eq!(
            keys,
            [
                APPLICATIE,
                APPLICATIE_VERSIE,
                APPLICATIE_SUBVERSIE,
                REFERENTIENUMMER
            ]
        );
        let set = BTreeMap::from([("JW301".to_owned(), "Anders".to_owned())]);
        assert_eq!(told(None, &set).0.berichtstroom.actie, "Anders");
    }

    #[test]
    fn a_context_that_was_sent_is_told_as_it_was_and_the_software_of_a_municipality_is_named() {
        let side = |code: &str| Side {
            code: code.to_owned(),
            rol: Some("Praktijk".to_owned()),
            applicatie: Some("Wmo App".to_owned()),
            ..Side::default()
        };
        let mut vsp = Wire::new(Door::Vsp, side("98980001"), side("0289"), NUMBER.to_owned());
        vsp.action = Some("EigenActie".to_owned());
        vsp.context = vec![Aspect {
            key: "K".to_owned(),
            values: vec!["1".to_owned(), "2".to_owned()],
        }];
        let (routering, context) = told(Some(&vsp), &BTreeMap::new());
        assert_eq!(routering.afzender.rol, "Praktijk");
        assert_eq!(routering.berichtstroom.actie, "EigenActie");
        assert_eq!(
            (
                context.len(),
                context[0].sleutel.as_str(),
                context[0].waarde.len()
            ),
            (1, "K", 2)
        );
        let mut ggk = Wire::new(
            Door::Ggk0210,
            side("0289"),
            side("98980001"),
            NUMBER.to_owned(),
        );
        ggk.applicatie_version = Some(12);
        let (routering, context) = told(Some(&ggk), &BTreeMap::new());
        assert_eq!(routering.afzender.rol, "Gemeente", "the GGk has no roles");
        let values: Vec<_> = context.iter().map(|paar| paar.waarde[0].as_str()).collect();
        assert_eq!(values[..2], ["Wmo App", "12"]);
    }
}
