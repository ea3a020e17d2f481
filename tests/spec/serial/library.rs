//! The library alone, which judges the same messages one by one: what the gateway answered must be what it answers.

use std::collections::HashMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use knooppunt::ledger::Received;
use knooppunt_standard::assess::{self, Around, Judged, Settings};
use knooppunt_standard::history::{self, Past, Unkeyed};
use knooppunt_standard::reference::Reference;
use knooppunt_standard::retour::{self, MadeAs};
use knooppunt_standard::{Bericht, Limits};

use crate::world::{RELEASES, World};

/// The library alone, message by message.
#[derive(Default)]
pub(super) struct Library {
    pasts: HashMap<String, Past>,
}

impl Library {
    /// The answer that follows from what came before, made as the gateway's own was; `None` where none is owed. Both sides judge and nothing waits here, so
    /// where one is owed the gateway must have made it.
    fn hears(
        &mut self,
        body: &[u8],
        aanbieder: &str,
        day: Date,
        made: Option<&str>,
    ) -> Option<String> {
        let checked = RELEASES.check(body, &Limits::default());
        let bericht = Bericht::read(&checked).expect("valid at level 1");
        let past = self.pasts.entry(aanbieder.to_owned()).or_default();
        let around = Around {
            past,
            pseudonyms: &Unkeyed,
            reference: &Reference::default(),
            settings: &Settings::default(),
            received: day,
            history_from: Some(Around::FIRST_DAY),
            used_up: false,
        };
        let content = assess::message(&bericht);
        let judged = if content.refused_at_message() {
            Judged {
                assessment: content,
                ..Judged::default()
            }
        } else {
            let mut judged = assess::chain(&bericht, &around);
            judged.assessment.breaches.extend(content.breaches);
            judged.assessment.sort();
            judged
        };
        assert!(judged.held.is_empty(), "no line waits here");
        past.apply(&history::seen(&bericht, &Unkeyed));
        bericht.kind.soort.answered_by()?;
        past.apply_all(&judged.changes);
        let made = made.unwrap_or_else(|| panic!("a {} is answered", bericht.kind));
        let identificatie = element(made, "Identificatie", "IdentificatieRetour");
        let made_as = MadeAs {
            identificatie: &identificatie,
            dagtekening: day,
        };
        let bytes = retour::answer(&RELEASES, &bericht, &judged.assessment, made_as);
        Some(String::from_utf8(bytes.expect("an answer")).expect("text"))
    }

    /// Judges a message that the gateway took, and holds the answer that was made to it against its own. Gives the provider, and the answer.
    pub(super) async fn agrees(
        &mut self,
        world: &World,
        received: &Received,
        body: &[u8],
        seed: u64,
    ) -> (String, Option<String>) {
        let seen = world.seen(&received.party, received.message).await;
        let made = world.answer_made(&received.party, &seen).await;
        let day = seen
            .received
            .to_zoned(TimeZone::get("Europe/Amsterdam").expect("built in"))
            .date();
        let aanbieder = [&received.maker, &received.receiver]
            .into_iter()
            .find(|code| code.len() == 8);
        let aanbieder = aanbieder.expect("a provider").clone();
        let expected = self.hears(body, &aanbieder, day, made.as_deref());
        assert_eq!(
            made, expected,
            "seed {seed}: {} of {aanbieder}",
            received.message
        );
        if let Some(expected) = &expected {
            self.hears(expected.as_bytes(), &aanbieder, day, None);
        }
        (aanbieder, made)
    }
}

/// The identification that an answer has of its own: of a 325 in the first of these elements, of a retour in the second.
fn element(answer: &str, of_325: &str, of_retour: &str) -> String {
    let value = |name: &str| {
        let (_, rest) = answer.split_once(&format!(":{name}>"))?;
        rest.split_once('<').map(|(value, _)| value.to_owned())
    };
    value(of_retour)
        .or_else(|| value(of_325))
        .expect("an identification")
}
