//! The client of VSP's REST push V1 (1.0.3): one POST with two parts, and what its status means.

use bytes::Bytes;
use data_encoding::HEXLOWER;
use http::HeaderName;
use http::header::{ACCEPT, CONTENT_TYPE};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

use super::said::Said;
use super::{Reason, Verdict};
use crate::envelope::mapping::rol;
use crate::envelope::vsp::metadata::{
    BerichtMetadata, Berichtstroom, Referentiegegevens, Relatie, Routeringgegevens,
    SleutelWaardePaar,
};
use crate::envelope::vsp::outgoing::bestandsnaam;
use crate::envelope::vsp::zip;
use crate::transport::Answer;

/// Where is posted, below the address of the endpoint.
pub(super) const BELOW: &str = "/berichten";
/// Most bytes of a payload (BRS06).
const PAYLOAD_BYTES_MAX: usize = 26_214_400;

/// A request, ready to be posted.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Push {
    pub(super) headers: Vec<(HeaderName, String)>,
    pub(super) body: Bytes,
}

impl Push {
    /// The push of a message: the same bytes every time. Err: it cannot be said on this wire.
    pub(super) fn of(said: &Said<'_>) -> Result<Self, Reason> {
        let metadata = metadata(said)?;
        let metadata =
            serde_json::to_vec(&metadata).map_err(|_| Reason::new("metadata-not-written"))?;
        let name = said.functie.name;
        let own = said
            .file_name
            .map_or_else(|| format!("{name}.xml"), str::to_owned);
        let packed;
        let (file, payload) = if said.zip {
            packed = zip::pack(&own, said.body).map_err(|_| Reason::new("zip-not-written"))?;
            (format!("{name}.zip"), packed.as_slice())
        } else {
            (own, said.body)
        };
        if payload.len() > PAYLOAD_BYTES_MAX {
            return Err(Reason::new("payload-too-large"));
        }
        let boundary = boundary(&metadata, payload);
        let mut body = Vec::with_capacity(metadata.len() + payload.len() + 512);
        let part = |body: &mut Vec<u8>, disposition: &str, media: &str, content: &[u8]| {
            body.extend_from_slice(
                format!(
                    "--{boundary}\r\nContent-Disposition: form-data; {disposition}\r\nContent-Type: {media}\r\n\r\n"
                )
                .as_bytes(),
            );
            body.extend_from_slice(content);
            body.extend_from_slice(b"\r\n");
        };
        part(
            &mut body,
            "name=\"berichtMetadata\"",
            "application/json",
            &metadata,
        );
        let disposition = format!("name=\"payload\"; filename=\"{file}\"");
        part(&mut body, &disposition, "application/octet-stream", payload);
        body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        Ok(Self {
            headers: vec![
                (
                    CONTENT_TYPE,
                    format!("multipart/form-data; boundary=\"{boundary}\""),
                ),
                (ACCEPT, "application/json".to_owned()),
            ],
            body: body.into(),
        })
    }
}

fn metadata(said: &Said<'_>) -> Result<BerichtMetadata, Reason> {
    let relatie = |code: &str| {
        let rol = rol(code).ok_or_else(|| Reason::new("no-role"))?;
        Ok::<_, Reason>(Relatie {
            rol: rol.to_owned(),
            code: Some(code.to_owned()),
        })
    };
    let uuid = |text: &str| text.parse().map_err(|_| Reason::new("number-invalid"));
    let afzender = Relatie {
        rol: match &said.sender_rol {
            Some(rol) => rol.clone(),
            None => relatie(said.maker)?.rol,
        },
        code: Some(said.maker.to_owned()),
    };
    let aspect = |sleutel: &str, waarde: String| SleutelWaardePaar {
        sleutel: sleutel.to_owned(),
        waarde: vec![waarde],
    };
    let mut context = vec![
        aspect("Applicatie", said.application.clone()),
        aspect("ApplicatieVersie", said.application_versions.0.to_string()),
        aspect(
            "ApplicatieSubversie",
            said.application_versions.1.to_string(),
        ),
        aspect("Referentienummer", said.numbers.number.clone()),
    ];
    context.extend(said.file_name.map(bestandsnaam));
    Ok(BerichtMetadata {
        routeringgegevens: Routeringgegevens {
            afzender,
            geadresseerden: vec![relatie(said.receiver)?],
            berichtstroom: Berichtstroom {
                berichttype: said.functie.berichttype.to_owned(),
                berichtsubtype: Some(said.functie.name.to_owned()),
                berichtversie: i32::from(said.versions.0),
                berichtsubversie: i32::from(said.versions.1),
                actie: said.action.clone(),
            },
        },
        referentiegegevens: Referentiegegevens {
            conversatie_id: uuid(&said.numbers.conversation)?,
            traceer_id: uuid(&said.numbers.number)?,
            als_antwoord_op: said.numbers.answers.as_deref().map(uuid).transpose()?,
            referentie_id: None,
        },
        verwerkingscontext: Some(context),
    })
}

/// A boundary that stands in neither part, whoever wrote them: nobody can write the hash of what he writes into it.
fn boundary(metadata: &[u8], payload: &[u8]) -> String {
    let mut hash = Sha256::new();
    hash.update((metadata.len() as u64).to_be_bytes());
    hash.update(metadata);
    hash.update(payload);
    let hash = HEXLOWER.encode(&hash.finalize());
    hash.chars().take(40).collect()
}

/// ValidationProblemDetails, as far as it is read.
#[derive(Deserialize)]
struct Problem {
    #[serde(default)]
    errors: BTreeMap<String, serde_json::Value>,
}

/// What an answer means: 204 has it; 400 and 422 never will; anything else may be tried again.
pub(super) fn verdict(answer: &Answer, empty_200: bool) -> Verdict {
    match answer.status.as_u16() {
        204 => Verdict::Taken { confirmed: true },
        200 | 202 if empty_200 && answer.body.is_empty() => Verdict::Taken { confirmed: false },
        status @ (400 | 422) => {
            let problem: Option<Problem> = serde_json::from_slice(&answer.body).ok();
            let code = problem.and_then(|problem| {
                let mut keys = problem.errors.into_keys();
                keys.find(|key| {
                    key.strip_prefix("BRS")
                        .is_some_and(|digits| (1..=3).contains(&digits.len()))
                })
            });
            Verdict::Refused(match code {
                Some(code) => Reason::published(&code),
                None => Reason::new(&format!("http-{status}")),
            })
        }
        status => Verdict::NotTaken(Reason::new(&format!("http-{status}"))),
    }
}
