//! REST pull V1: what waits for the caller's providers, oldest first, whichever door it came by; its payload; and saying that he has it. One mailbox with the own
//! API: what is confirmed here waits there no more.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts as _, Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use bytes::Bytes;

use super::answer::Answer;
use super::body::{read_away, require_json};
use super::packed::{self, Size};
use super::{Vsp, parameters};
use crate::api::ApiSettings;
use crate::api::asker::Asker;
use crate::api::body::{announced, read};
use crate::api::download::Download;
use crate::api::problem::ApiError;
use crate::envelope::tables::Functie;
use crate::envelope::vsp::metadata::{Basisgegevens, Checksum, HttpsDownload, WaitingMetadata};
use crate::envelope::vsp::outgoing::Outgoing;
use crate::envelope::vsp::uuid::Uuid;
use crate::envelope::vsp::zoekpad::Zoekpad;
use crate::mailbox::{Content, Filter, Known, MailboxError, OnVsp, Sought};
use crate::register::CodeKind;
use crate::route::Caller;

/// Most messages in one answer, and how many are given when none are asked for.
const LIMIT_MAX: usize = 250;
/// Messages that may have one number: its maker has it once, and others may have it too.
const NUMBERED_MAX: usize = 50;

/// The number in an address, if it is text.
type Number = Result<Path<String>, PathRejection>;

/// `GET /berichten`.
pub(super) async fn list(
    State(vsp): State<Arc<Vsp>>,
    request: Request,
) -> Result<Json<Vec<WaitingMetadata>>, Answer> {
    let limit = limit(&request)?;
    let (mut head, _) = request.into_parts();
    let mut asker = Asker::from_request_parts(&mut head, &vsp.api).await?;
    let waiting = vsp.waiting(&mut asker, None, limit).await?;
    Ok(Json(waiting))
}

/// `POST /berichten/zoeken`.
pub(super) async fn search(
    State(vsp): State<Arc<Vsp>>,
    request: Request,
) -> Result<Json<Vec<WaitingMetadata>>, Answer> {
    let limit = limit(&request)?;
    let (mut head, mut body) = request.into_parts();
    let settings = ApiSettings {
        body_bytes_max: vsp.settings.json_bytes_max,
        ..vsp.api.settings.clone()
    };
    let unread = |error| {
        if matches!(error, ApiError::TooLarge { .. }) {
            Answer::wrong("zoekpad", "Ten hoogste 1 MB.")
        } else {
            error.into()
        }
    };
    let read = async {
        let mut asker = Asker::from_request_parts(&mut head, &vsp.api).await?;
        require_json(&head.headers)?;
        let length = announced(&head.headers, head.version, &settings).map_err(unread)?;
        let json = read(&mut body, length, &mut asker.permit, &settings);
        let json = json.await.map_err(unread)?;
        Ok((asker, Zoekpad::read(&json)?))
    };
    let (mut asker, zoekpad) = match read.await {
        Ok(read) => read,
        Err(answer) => {
            read_away(body, &head.headers, &answer, &vsp.api.settings);
            return Err(answer);
        }
    };
    let waiting = vsp.waiting(&mut asker, Some(zoekpad), limit).await?;
    Ok(Json(waiting))
}

/// `GET /berichten/{traceerId}/payload`.
pub(super) async fn payload(
    State(vsp): State<Arc<Vsp>>,
    number: Number,
    request: Request,
) -> Result<Response, Answer> {
    let (mut asker, own) = vsp.numbered(request, number).await?;
    let on = own.into_iter().find(OnVsp::waits).ok_or(Answer::Absent)?;
    let room = asker.make_room(on.message.given_bytes(), &vsp.api.settings);
    room.await.map_err(ApiError::from)?;
    let body = vsp.body(&mut asker, &on).await?.ok_or(Answer::Absent)?;
    let bytes = if packs_for(&asker) {
        let (packed, _) = vsp.pack(&asker, &on, body).await?;
        Bytes::from(packed)
    } else {
        body
    };
    Ok(Download::new(bytes, asker.permit).answer("application/octet-stream"))
}

/// `DELETE /berichten/{traceerId}`: the caller has it. Once is enough, and again is the same: 404 is published for what is not found or not the caller's, and what
/// he confirmed before is found and his.
pub(super) async fn acknowledge(
    State(vsp): State<Arc<Vsp>>,
    number: Number,
    request: Request,
) -> Result<StatusCode, Answer> {
    let (asker, own) = vsp.numbered(request, number).await?;
    let confirmed = |on: &OnVsp| on.may_read && on.message.state.acknowledged.is_some();
    if let Some(on) = own.iter().find(|on| on.waits()) {
        let mailbox = &vsp.api.mailbox;
        mailbox
            .acknowledge(&asker.caller, on.message.id)
            .await
            .map_err(ApiError::of_acknowledging)?;
        tracing::info!(message = %on.message.id, "acknowledged");
    } else if !own.iter().any(confirmed) {
        return Err(Answer::Absent);
    }
    Ok(StatusCode::ACCEPTED)
}

/// The parameter `limit`. Err: it is no number of 1 to 250, or stands there twice.
fn limit(request: &Request) -> Result<usize, Answer> {
    let wrong = || Answer::wrong("limit", "Een geheel getal van 1 tot en met 250.");
    let parameters = parameters(request)?;
    let mut given = parameters.iter().filter(|(name, _)| name == "limit");
    let Some((_, text)) = given.next() else {
        return Ok(LIMIT_MAX);
    };
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let limit = text
        .parse()
        .ok()
        .filter(|_| digits && given.next().is_none());
    limit
        .filter(|limit| (1..=LIMIT_MAX).contains(limit))
        .ok_or_else(wrong)
}

impl Vsp {
    /// What waits for the caller, or of that what he asks for: oldest first, at most `limit`.
    async fn waiting(
        &self,
        asker: &mut Asker,
        zoekpad: Option<Zoekpad>,
        limit: usize,
    ) -> Result<Vec<WaitingMetadata>, Answer> {
        let mut found = Shown::default();
        if let Some(sought) = zoekpad.as_ref().and_then(sought) {
            let known = self.api.mailbox.sought(&asker.caller, sought, usize::MAX);
            for known in known.await? {
                if let Known::Taken(on) = known
                    && on.waits()
                    && is_for_provider(&on)
                    && found.list.len() < limit
                {
                    found.add(self.metadata(asker, &on, zoekpad.as_ref()).await)?;
                }
            }
            return found.list();
        }
        let Some(filter) = filter(zoekpad.as_ref(), &asker.caller) else {
            return Ok(Vec::new());
        };
        let mut after = None;
        loop {
            let page = self
                .api
                .mailbox
                .list(&asker.caller, filter.clone(), after, limit);
            let page = page.await?;
            let messages = self.api.mailbox.on_vsp(&asker.caller, page.messages);
            for on in messages.await? {
                found.add(self.metadata(asker, &on, zoekpad.as_ref()).await)?;
                if found.list.len() == limit {
                    return found.list();
                }
            }
            after = page.next;
            if after.is_none() {
                return found.list();
            }
        }
    }

    /// What a list says of a message; `None`: it is not asked for, or its content is damaged or erased.
    async fn metadata(
        &self,
        asker: &mut Asker,
        on: &OnVsp,
        zoekpad: Option<&Zoekpad>,
    ) -> Result<Option<WaitingMetadata>, Answer> {
        let outgoing = self.outgoing(on);
        let routeringgegevens = outgoing.routeringgegevens();
        let referentiegegevens = outgoing.referentiegegevens();
        let asked = |zoekpad: &Zoekpad| zoekpad.takes(&routeringgegevens, &referentiegegevens);
        if !zoekpad.is_none_or(asked) {
            return Ok(None);
        }
        let Some(size) = self.size(asker, on).await? else {
            return Ok(None);
        };
        let context = outgoing.verwerkingscontext();
        Ok(Some(WaitingMetadata {
            basisgegevens: Basisgegevens {
                ontvangen_op: super::moment(on.message.received),
                payload: HttpsDownload {
                    url: self.payload_url(&on.numbers.number),
                    grootte: size.bytes,
                    checksum: Checksum::sha256(&size.hash),
                },
            },
            routeringgegevens,
            referentiegegevens,
            verwerkingscontext: (!context.is_empty()).then_some(context),
        }))
    }

    fn outgoing<'m>(&'m self, on: &'m OnVsp) -> Outgoing<'m> {
        Outgoing {
            kind: &on.message.kind,
            maker: &on.message.maker,
            receiver: &on.message.receiver,
            numbers: &on.numbers,
            wire: on.wire.as_ref(),
            acties: &self.settings.acties,
        }
    }

    /// Who asks, and the messages for his providers under a number, waiting or not.
    async fn numbered(
        &self,
        request: Request,
        number: Number,
    ) -> Result<(Asker, Vec<OnVsp>), Answer> {
        let (mut head, _) = request.into_parts();
        let asker = Asker::from_request_parts(&mut head, &self.api).await?;
        let Path(number) = number.map_err(|_| Answer::Absent)?;
        let number: Uuid = number.parse().map_err(|_| Answer::Absent)?;
        let sought = Sought::Number(number.to_string());
        let known = self.api.mailbox.sought(&asker.caller, sought, NUMBERED_MAX);
        let known = known.await?.into_iter().filter_map(|known| match known {
            Known::Taken(on) if is_for_provider(&on) => Some(*on),
            Known::Taken(_) | Known::GivenBack(_) => None,
        });
        let own = known.collect();
        Ok((asker, own))
    }

    /// Length and hash of a payload as the caller fetches it; `None`: it is damaged or erased.
    async fn size(&self, asker: &mut Asker, on: &OnVsp) -> Result<Option<Size>, Answer> {
        let message = &on.message;
        if !packs_for(asker) {
            return Ok(message.given_hash().map(|hash| Size {
                bytes: message.given_bytes(),
                hash,
            }));
        }
        if let Some(known) = self.packed.known(message.id) {
            return Ok(Some(known));
        }
        let Some(body) = self.body(asker, on).await? else {
            return Ok(None);
        };
        let (_, size) = self.pack(asker, on, body).await?;
        Ok(Some(size))
    }

    /// The message itself, within the caller's memory that there is now: a list waits for nobody. `None`: it is damaged or erased.
    async fn body(&self, asker: &mut Asker, on: &OnVsp) -> Result<Option<Bytes>, Answer> {
        let length = on.message.given_bytes();
        let room = asker.make_room_now(length, &self.api.settings);
        room.map_err(ApiError::from)?;
        match self.api.mailbox.body(&asker.caller, on.message.id).await {
            Ok(Content::Whole { body, .. }) => Ok(Some(body.into())),
            Ok(Content::Erased { .. }) | Err(MailboxError::Damaged) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The message in a ZIP file, of which length and hash are remembered.
    async fn pack(
        &self,
        asker: &Asker,
        on: &OnVsp,
        body: Bytes,
    ) -> Result<(Vec<u8>, Size), Answer> {
        let name = self.outgoing(on).file_name();
        let pack = move || packed::pack(&name, &body);
        let bytes = usize::try_from(on.message.given_bytes()).unwrap_or(usize::MAX);
        let (packed, size) = self
            .api
            .intake
            .in_lane(&asker.caller, bytes, pack)
            .await??;
        self.packed.remember(on.message.id, size);
        Ok((packed, size))
    }
}

/// A list as it comes about.
#[derive(Default)]
struct Shown {
    list: Vec<WaitingMetadata>,
    /// Why the first that is left out is: there is no room for it now, or a bug of ours stops at it. It waits on and is in a later list.
    left_out: Option<ApiError>,
}

impl Shown {
    /// One that waits keeps nothing else out of the list. Err: what would stop at the others as well.
    fn add(&mut self, one: Result<Option<WaitingMetadata>, Answer>) -> Result<(), Answer> {
        match one {
            Ok(one) => self.list.extend(one),
            Err(Answer::Other(error @ (ApiError::NoRoom(_) | ApiError::Bug))) => {
                tracing::warn!(
                    code = error.code(),
                    "a message that waits is left out of a list"
                );
                self.left_out.get_or_insert(error);
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Err: all that waits was left out, which must not look like an empty mailbox.
    fn list(self) -> Result<Vec<WaitingMetadata>, Answer> {
        match self.left_out {
            Some(error) if self.list.is_empty() => Err(error.into()),
            _ => Ok(self.list),
        }
    }
}

/// Whether the caller fetches payloads in ZIP files.
fn packs_for(asker: &Asker) -> bool {
    asker.caller.register.pulls_zip(&asker.caller.party)
}

fn is_for_provider(on: &OnVsp) -> bool {
    on.message.receiver.kind() == CodeKind::Agb
}

/// What is looked up by a number and not in the whole mailbox.
fn sought(zoekpad: &Zoekpad) -> Option<Sought> {
    match zoekpad {
        Zoekpad::ConversatieId { conversatie_id } => {
            Some(Sought::Conversation(conversatie_id.to_string()))
        }
        Zoekpad::AlsAntwoordOp { als_antwoord_op } => {
            Some(Sought::Answers(als_antwoord_op.to_string()))
        }
        Zoekpad::Berichtstroom { .. } => None,
    }
}

/// The mailboxes of providers, and of their messages those of a kind, or the files under a functie, when one is named. `None`: there is no such kind, and nobody
/// sends files under that name.
fn filter(zoekpad: Option<&Zoekpad>, caller: &Caller) -> Option<Filter> {
    let mut filter = Filter {
        of: Some(CodeKind::Agb),
        ..Filter::default()
    };
    if let Some(Zoekpad::Berichtstroom {
        berichtsubtype: Some(subtype),
        ..
    }) = zoekpad
    {
        if let Some((law, soort)) = Functie::named(subtype).and_then(Functie::kind) {
            filter.law = Some(law);
            filter.soort = Some(soort);
        } else {
            let functie = caller.register.files().functie(subtype)?;
            filter.functie = Some(functie.to_owned());
        }
    }
    Some(filter)
}
