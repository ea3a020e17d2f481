//! `/v1/partij`: who the gateway takes the caller for, what he may do, and how long his certificate lasts.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use data_encoding::HEXLOWER;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Api;
use super::asker::Asker;
use super::problem::ApiError;
use super::responses::Always;
use crate::register::{Direction, Mandate};
use crate::transport::Peer;

/// The caller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PartyBody {
    /// The register's own name for the party.
    #[schema(example = "gemeente-utrecht")]
    pub party: String,
    /// Name for people.
    pub name: String,
    /// The codes it owns today.
    pub codes: Vec<CodeBody>,
    /// The codes whose mailboxes it may read today, for all kinds or some.
    pub mailboxes: Vec<String>,
    /// For whom else it may act: mandates that it holds, past and future ones too.
    pub mandates: Vec<MandateBody>,
    /// The certificate of this connection.
    pub certificate: CertificateBody,
}

/// A code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CodeBody {
    /// `gemeentecode` or `agb`.
    pub kind: String,
    /// 4 digits or 8.
    pub code: String,
}

/// A mandate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MandateBody {
    /// The code that it may act for.
    #[serde(rename = "for")]
    pub code: String,
    /// `submit`, `receive` or `decide`.
    pub direction: String,
    /// `jw`, `wmo` or both; empty where it is for files alone.
    pub laws: Vec<String>,
    /// Numbers of the kinds of these laws; empty for all.
    pub kinds: Vec<u16>,
    /// Files (`tekstBestand`) that it holds for, by their functie; absent for none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub functies: Vec<String>,
    /// First day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(format = Date)]
    pub from: Option<String>,
    /// Last day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(format = Date)]
    pub until: Option<String>,
}

/// A client certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CertificateBody {
    /// Its subject.
    pub subject: String,
    /// Its issuer.
    pub issuer: String,
    /// Its serial number, hexadecimal.
    pub serial: String,
    /// SHA-256 of it, hexadecimal.
    pub fingerprint: String,
    /// The set of roots that it was verified with.
    pub anchor: String,
    /// Its last moment.
    #[schema(format = DateTime)]
    pub not_after: String,
    /// Whole days that it still lasts.
    pub days_left: i64,
    /// What to do when it ends soon, in Dutch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warning: Option<String>,
}

/// Who am I
#[utoipa::path(
    get, path = "/v1/partij", tag = "partij",
    responses(
        (status = 200, description = "The caller", body = PartyBody),
        Always,
    ),
)]
pub(super) async fn who_am_i(
    State(api): State<Arc<Api>>,
    asker: Asker,
) -> Result<Json<PartyBody>, ApiError> {
    let caller = &asker.caller;
    let party = caller.register.party(&caller.party).ok_or(ApiError::Bug)?;
    Ok(Json(PartyBody {
        party: party.id.to_string(),
        name: party.name.clone(),
        codes: party
            .codes_on(caller.day())
            .map(|code| CodeBody {
                kind: code.kind().as_str().to_owned(),
                code: code.to_string(),
            })
            .collect(),
        mailboxes: caller
            .receivable_codes()
            .iter()
            .map(ToString::to_string)
            .collect(),
        mandates: caller
            .register
            .mandates_of(&caller.party)
            .iter()
            .map(mandate)
            .collect(),
        certificate: certificate(
            &asker.peer,
            caller.at,
            api.settings.certificate_warning_days,
        ),
    }))
}

fn mandate(mandate: &Mandate) -> MandateBody {
    MandateBody {
        code: mandate.code.to_string(),
        direction: direction(mandate.direction).to_owned(),
        laws: mandate.laws.clone(),
        kinds: mandate.kinds.clone(),
        functies: mandate.functies.clone(),
        from: mandate.period.from.map(|day| day.to_string()),
        until: mandate.period.until.map(|day| day.to_string()),
    }
}

fn direction(direction: Direction) -> &'static str {
    match direction {
        Direction::Submit => "submit",
        Direction::Receive => "receive",
        Direction::Decide => "decide",
    }
}

fn certificate(peer: &Peer, now: Timestamp, warning_days: u32) -> CertificateBody {
    let left = peer.not_after.duration_since(now);
    let warning = (left < SignedDuration::from_hours(24 * i64::from(warning_days))).then(|| {
        format!(
            "Het certificaat eindigt op {}. Vraag nu een nieuw certificaat aan en laat de beheerder het aanmelden; twee certificaten mogen naast elkaar gelden.",
            crate::clock::day_of(peer.not_after)
        )
    });
    CertificateBody {
        subject: peer.subject.clone(),
        issuer: peer.issuer.clone(),
        serial: peer.serial.clone(),
        fingerprint: HEXLOWER.encode(&peer.fingerprint),
        anchor: peer.anchor.as_str().to_owned(),
        not_after: peer.not_after.to_string(),
        days_left: left.as_hours() / 24,
        warning,
    }
}
