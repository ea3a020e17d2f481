//! `GET /berichtstatussen` of berichtstatus V2 and V3: where the messages of a number or a conversation are, and why one was refused.

use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRequestParts as _, Request, State};
use jiff::Timestamp;
use knooppunt_standard::Finding;
use knooppunt_standard::rules::Weight;

use super::answer::Answer;
use super::{Vsp, moment, parameters};
use crate::api::asker::Asker;
use crate::envelope::tables::Condition;
use crate::envelope::vsp::metadata::Berichtstroom;
use crate::envelope::vsp::outgoing::{berichtstroom, referentiegegevens};
use crate::envelope::vsp::status::{
    Berichtstatus, BerichtstatusGegevens, ITEMS_MAX, MELDINGEN_MAX, Melding, Version,
};
use crate::envelope::vsp::uuid::Uuid;
use crate::envelope::wire::Wire;
use crate::intake::RefusalReason;
use crate::ledger::{Door, Found, KindRecord, Mark};
use crate::mailbox::{GivenBack, Halted, Known, OnVsp, Sought};

/// Said of a message that breaks rules of its content.
const RULES: &str = "BRS28";
/// Said where no other code fits: it cannot be delivered.
const NO_ROUTE: &str = "BRS33";
/// The code by which a municipality says that content is wrong, and what is recorded for one that is on no list.
const OF_CONTENT: [&str; 2] = ["StUF055", "other"];

/// Of V2.
pub(super) async fn v2(
    State(vsp): State<Arc<Vsp>>,
    request: Request,
) -> Result<Json<Vec<BerichtstatusGegevens>>, Answer> {
    statussen(&vsp, request, Version::V2).await
}

/// Of V3.
pub(super) async fn v3(
    State(vsp): State<Arc<Vsp>>,
    request: Request,
) -> Result<Json<Vec<BerichtstatusGegevens>>, Answer> {
    statussen(&vsp, request, Version::V3).await
}

async fn statussen(
    vsp: &Vsp,
    request: Request,
    version: Version,
) -> Result<Json<Vec<BerichtstatusGegevens>>, Answer> {
    let sought = sought(&request)?;
    let (mut head, _) = request.into_parts();
    let asker = Asker::from_request_parts(&mut head, &vsp.api).await?;
    let mailbox = &vsp.api.mailbox;
    let mut items = Vec::new();
    for known in mailbox.sought(&asker.caller, sought, ITEMS_MAX).await? {
        items.push(match known {
            Known::Taken(on) => {
                let refused = on.message.marks.contains(&Mark::Refused);
                let found = if refused && on.is_own {
                    let id = on.message.id;
                    mailbox.found(&asker.caller, id, Found::FIRST_MAX).await?
                } else {
                    Found::default()
                };
                vsp.taken(version, &on, &found)
            }
            Known::GivenBack(back) => vsp.given_back(version, &back),
        });
    }
    Ok(Json(items))
}

/// What is asked for. Err: not exactly one of the two, or no UUID.
fn sought(request: &Request) -> Result<Sought, Answer> {
    let parameters = parameters(request)?;
    let known = |name: &str| ["traceerId", "conversatieId"].contains(&name);
    let mut given = parameters.iter().filter(|(name, _)| known(name));
    let (Some((name, value)), None) = (given.next(), given.next()) else {
        return Err(Answer::wrong(
            "traceerId",
            "Precies een van traceerId en conversatieId, een keer.",
        ));
    };
    let Ok(uuid) = value.parse::<Uuid>() else {
        return Err(Answer::wrong(name, "Een UUID."));
    };
    let number = uuid.to_string();
    Ok(if name == "traceerId" {
        Sought::NumberOrAnswers(number)
    } else {
        Sought::Conversation(number)
    })
}

impl Vsp {
    fn taken(&self, version: Version, on: &OnVsp, found: &Found) -> BerichtstatusGegevens {
        let message = &on.message;
        let (status, changed, meldingen) = standing(on, found);
        let over_vsp = on.wire.as_ref().filter(|wire| wire.door == Door::Vsp);
        let mut referentiegegevens = referentiegegevens(&on.numbers);
        if on.is_own {
            referentiegegevens.referentie_id = over_vsp.and_then(|wire| wire.own_reference.clone());
        }
        let actie = over_vsp.and_then(|wire| wire.action.as_deref());
        BerichtstatusGegevens {
            referentiegegevens,
            berichtstroom: berichtstroom(&message.kind, actie, &self.settings.acties),
            berichtstatus: status.word(version),
            berichtstatus_gewijzigd_op: moment(changed),
            meldingen,
            bericht_ontvangen_op: moment(message.received),
        }
    }

    fn given_back(&self, version: Version, back: &GivenBack) -> BerichtstatusGegevens {
        let mut referentiegegevens = referentiegegevens(&back.numbers);
        referentiegegevens.referentie_id = back
            .wire
            .as_ref()
            .and_then(|wire| wire.own_reference.clone());
        BerichtstatusGegevens {
            referentiegegevens,
            berichtstroom: self.stroom(back),
            berichtstatus: Berichtstatus::AfgekeurdDoorDienst.word(version),
            berichtstatus_gewijzigd_op: moment(back.at),
            meldingen: reasons(back),
            bericht_ontvangen_op: moment(back.at),
        }
    }

    /// As it was sent; when that is erased, by what the record knows of it.
    fn stroom(&self, back: &GivenBack) -> Berichtstroom {
        let number = |version: Option<u16>| i32::from(version.unwrap_or_default());
        if let Some(Wire {
            berichttype: Some(berichttype),
            action: Some(actie),
            functie,
            functie_version,
            functie_subversion,
            ..
        }) = &back.wire
        {
            return Berichtstroom {
                berichttype: berichttype.clone(),
                berichtsubtype: functie.clone(),
                berichtversie: number(*functie_version),
                berichtsubversie: number(*functie_subversion),
                actie: actie.clone(),
            };
        }
        if let Some(kind) = back.kind.as_ref().and_then(KindRecord::what) {
            return berichtstroom(&kind, None, &self.settings.acties);
        }
        Berichtstroom {
            berichttype: "onbekend".to_owned(),
            berichtsubtype: None,
            berichtversie: number(back.record.version),
            berichtsubversie: number(back.record.subversion),
            actie: "onbekend".to_owned(),
        }
    }
}

/// Where a message is, and since when.
fn standing(on: &OnVsp, found: &Found) -> (Berichtstatus, Timestamp, Vec<Melding>) {
    let (state, received) = (&on.message.state, on.message.received);
    if on.message.marks.contains(&Mark::Refused) {
        let meldingen = broken(found);
        return (Berichtstatus::AfgekeurdDoorDienst, received, meldingen);
    }
    if let Some((code, at)) = &on.rejected {
        let meldingen = vec![rejection(code)];
        return (Berichtstatus::AfgekeurdDoorDienst, *at, meldingen);
    }
    if let Some(dead) = state.dead {
        return (Berichtstatus::BezorgingAfgebroken, dead, Vec::new());
    }
    let (status, changed) = match (state.acknowledged, on.halted) {
        (Some(at), _) => (Berichtstatus::Bezorgd, at),
        (None, Some(Halted { at, dropped: true })) => (Berichtstatus::BezorgingAfgebroken, at),
        (None, Some(Halted { at, .. })) => (Berichtstatus::AanbiedenMislukt, at),
        (None, None) => (Berichtstatus::WordtAangeboden, received),
    };
    (status, changed, Vec::new())
}

/// A refusal by the receiver, on his own wire.
fn rejection(code: &str) -> Melding {
    let condition = Condition::BodyInvalid;
    let (code, omschrijving) = if OF_CONTENT.contains(&code) {
        (condition.vsp().unwrap_or(NO_ROUTE), condition.text())
    } else {
        (
            code,
            "De ontvanger heeft het bericht afgekeurd. Neem contact op met de ontvanger.",
        )
    };
    Melding {
        code: code.to_owned(),
        omschrijving: omschrijving.to_owned(),
        toelichting: None,
    }
}

/// What the rules say of a message that was refused in its receiver's name.
fn broken(found: &Found) -> Vec<Melding> {
    let refuses = |finding: &&Finding| finding.weight == Weight::Refuses;
    let meldingen: Vec<Melding> = found
        .first
        .iter()
        .filter(refuses)
        .map(|finding| Melding {
            code: RULES.to_owned(),
            omschrijving: finding.text().to_owned(),
            toelichting: Some(place(finding)),
        })
        .collect();
    let count = meldingen.len() as u64;
    cut(meldingen, count, RULES)
}

fn place(finding: &Finding) -> String {
    let Finding {
        rule,
        code,
        path,
        line,
        ..
    } = finding;
    let retour = if code.is_empty() {
        String::new()
    } else {
        format!(", retourcode {code}")
    };
    let remedy = finding.remedy().unwrap_or_default();
    format!("Regel {line}, {path} ({rule}{retour}). {remedy}")
        .trim_end()
        .to_owned()
}

/// Why a message was refused after its receipt.
fn reasons(back: &GivenBack) -> Vec<Melding> {
    let condition = RefusalReason::condition_told(&back.reason);
    let code = condition.vsp().unwrap_or(NO_ROUTE);
    if back.meldingen.is_empty() {
        return vec![Melding {
            code: code.to_owned(),
            omschrijving: condition.text().to_owned(),
            toelichting: None,
        }];
    }
    let meldingen = back.meldingen.iter().map(|melding| Melding {
        code: code.to_owned(),
        omschrijving: melding.text.clone(),
        toelichting: Some(format!(
            "Regel {}, {} ({})",
            melding.line, melding.path, melding.code
        )),
    });
    cut(meldingen.collect(), back.found, code)
}

/// At most as many as the wire takes; the last one then says how many more there are.
fn cut(mut meldingen: Vec<Melding>, count: u64, code: &str) -> Vec<Melding> {
    if count > meldingen.len() as u64 || meldingen.len() > MELDINGEN_MAX {
        meldingen.truncate(MELDINGEN_MAX - 1);
        let more = count.saturating_sub(meldingen.len() as u64);
        meldingen.push(Melding {
            code: code.to_owned(),
            omschrijving: format!("En nog {more} bevindingen."),
            toelichting: None,
        });
    }
    meldingen
}

#[cfg(test)]
mod tests {
    use super::*;

    fn melding(number: usize) -> Melding {
        Melding {
            code: "BRS13".to_owned(),
            omschrijving: number.to_string(),
            toelichting: None,
        }
    }

    #[test]
    fn a_hundred_meldingen_are_told_and_of_one_more_the_last_says_how_many() {
        let all = |number| (0..number).map(melding).collect::<Vec<_>>();
        assert_eq!(cut(all(100), 100, "BRS13"), all(100));
        let cut_off = cut(all(101), 101, "BRS13");
        assert_eq!(cut_off.len(), MELDINGEN_MAX);
        assert_eq!(cut_off[99].omschrijving, "En nog 2 bevindingen.");
        let kept = cut(all(100), 1000, "BRS13");
        assert_eq!(kept[99].omschrijving, "En nog 901 bevindingen.");
        assert_eq!(
            cut(all(3), 5, "BRS13")[3].omschrijving,
            "En nog 2 bevindingen."
        );
    }

    #[test]
    fn a_refusal_of_a_municipality_is_told_with_its_code() {
        assert_eq!(
            OF_CONTENT.map(|code| rejection(code).code),
            ["BRS13", "BRS13"]
        );
        assert_eq!(rejection("IB014").code, "IB014");
    }
}
