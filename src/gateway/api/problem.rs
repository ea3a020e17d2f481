//! Everything the own API answers when it does not do what was asked, as RFC 9457 problem bodies.
//! Status, retry advice, log level and text follow from one enum; none of it contains anything from a message.

use std::collections::BTreeMap;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::finding::{FindingBody, FindingsBody};
use crate::budget::NoRoom;
use crate::fault::Fault;
use crate::health::NotNow;
use crate::intake::{DecisionError, IntakeError};
use crate::ledger::LedgerError;
use crate::mailbox::MailboxError;

/// Seconds after which a request that found no room may be repeated.
const RETRY_SOON_S: u32 = 2;
/// Seconds after which a request may be repeated when somebody has to do something first.
const RETRY_LATER_S: u32 = 60;

/// Why a request was not done.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ApiError {
    /// The connection carries no certificate that the gateway has checked.
    #[error("no client certificate")]
    NoCertificate,
    /// Does not exist, or is not the caller's to see: the answer is the same.
    #[error("not found")]
    NotFound,
    /// The address exists and the method does not.
    #[error("method not allowed")]
    Method,
    /// The payload was erased.
    #[error("the payload was erased")]
    Erased,
    /// What is kept of the message is damaged.
    #[error("what is kept is damaged")]
    Damaged,
    /// A parameter of the address is not what the description says.
    #[error("parameter {name} is wrong")]
    Parameter {
        /// Name of the parameter.
        name: &'static str,
        /// What it should be, in Dutch.
        expected: &'static str,
    },
    /// The caller may see the declaration and not decide on it.
    #[error("no mandate to decide")]
    MayNotDecide,
    /// A decision that is not `application/json`.
    #[error("not JSON")]
    JsonType,
    /// The body is no decision.
    #[error("no decision in the body")]
    NoDecision,
    /// A decision that cannot be taken.
    #[error("not decided: {0}")]
    NotDecided(DecisionError),
    /// Neither `application/xml` nor `text/xml`, or a charset other than UTF-8, or compressed.
    #[error("media type not taken")]
    MediaType,
    /// HTTP/1 request with neither Content-Length nor chunked coding.
    #[error("no length")]
    LengthRequired,
    /// Content-Length is not a number, is given twice or does not match.
    #[error("framing is wrong")]
    Framing,
    /// Larger than a message may be.
    #[error("body larger than {bytes_max} bytes")]
    TooLarge {
        /// The limit.
        bytes_max: u64,
    },
    /// The body came more slowly than the gateway waits.
    #[error("body too slow")]
    TooSlow,
    /// The body ended before its announced length, or the connection broke.
    #[error("body broken off")]
    Truncated,
    /// No room for the request now.
    #[error(transparent)]
    NoRoom(#[from] NoRoom),
    /// The disk has less free space than `disk_free_min`.
    #[error("disk nearly full")]
    DiskLow,
    /// The gateway is stopping.
    #[error("stopping")]
    Stopping,
    /// The clock went back; nothing is taken until it is right.
    #[error("clock stepped back")]
    ClockBack,
    /// The engine that answers from the views does not return; what was begun goes on when it does.
    #[error("the view engine hangs")]
    ViewsHang,
    /// What the caller acknowledged cannot be recorded now; the message stays in his mailbox.
    #[error("not acknowledged: {0}")]
    Unacknowledged(Unrecorded),
    /// The message was judged and refused.
    #[error("message refused: {}", .0.code)]
    Refused(Box<RefusedMessage>),
    /// The store or another part of the gateway could not do its work.
    #[error("failed: {code}")]
    Failed {
        /// Code of the error below.
        code: &'static str,
    },
    /// An assertion did not hold.
    #[error("bug")]
    Bug,
}

/// Why an acknowledgement could not be recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unrecorded {
    /// The disk has no room, also not of what is held back.
    #[error("disk full")]
    DiskLow,
    /// The gateway is stopping.
    #[error("stopping")]
    Stopping,
}

/// What there is to say about a message that was refused.
#[derive(Clone, Debug)]
pub struct RefusedMessage {
    /// HTTP status: 403, 409 or 422.
    pub status: StatusCode,
    /// Stable code of the reason.
    pub code: &'static str,
    /// What to do about it, in Dutch.
    pub detail: String,
    /// Published name of the kind, such as `JW301`; `None` when it was not recognised.
    pub bericht: Option<String>,
    /// When the message with the same identity was received, for a 409.
    pub first_received: Option<Timestamp>,
    /// Whether it was only tried.
    pub dry_run: bool,
    /// Findings of level 1.
    pub findings: FindingsBody,
}

/// RFC 9457 problem body. `type` is stable and ends in `code`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// URN of the kind of problem.
    #[serde(rename = "type")]
    #[schema(example = "urn:knooppunt:problem:not-the-maker")]
    pub type_urn: String,
    /// The same for every problem of this type, in Dutch.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// Who must do what, in Dutch.
    pub detail: String,
    /// Stable code.
    pub code: String,
    /// Who has to do something before the same request can succeed: `sender`, `peer` or `ours`.
    pub fault: String,
    /// Published name of the kind of message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "JW301")]
    pub bericht: Option<String>,
    /// When the message with the same identity was received.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub first_received: Option<String>,
    /// `true` when the message was only tried. Absent otherwise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dry_run: bool,
    /// The first findings in document order, when its form is wrong; at most 100 unless the gateway is set otherwise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<FindingBody>,
    /// How many findings there are beyond those shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub findings_more: Option<u64>,
    /// How many findings there are of each code, among the first 1,000.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub findings_by_code: BTreeMap<String, u64>,
}

impl ApiError {
    /// Stable code; the last piece of the problem's URN.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoCertificate => "no-certificate",
            Self::NotFound => "not-found",
            Self::Method => "method-not-allowed",
            Self::Erased => "erased",
            Self::Damaged => "damaged",
            Self::Parameter { .. } => "wrong-parameter",
            Self::MediaType | Self::JsonType => "media-type-not-taken",
            Self::MayNotDecide => "no-mandate-to-decide",
            Self::NoDecision => "no-decision",
            Self::NotDecided(error) => match error {
                DecisionError::NotAsked { .. } | DecisionError::NothingAsked => "no-decision-asked",
                DecisionError::Otherwise { .. } => "decided-otherwise",
                DecisionError::Changed => "judged-again",
                DecisionError::Over => "not-waiting",
                DecisionError::NotFound => "not-found",
                DecisionError::NoMandate => "no-mandate-to-decide",
                DecisionError::Damaged => "damaged",
                DecisionError::Failed(error) => error.code(),
            },
            Self::LengthRequired => "length-required",
            Self::Framing => "wrong-framing",
            Self::TooLarge { .. } => "body-too-large",
            Self::TooSlow => "body-too-slow",
            Self::Truncated => "body-broken-off",
            Self::NoRoom(no_room) => no_room.code(),
            Self::DiskLow | Self::Unacknowledged(Unrecorded::DiskLow) => "disk-nearly-full",
            Self::Stopping | Self::Unacknowledged(Unrecorded::Stopping) => "stopping",
            Self::ClockBack => "clock-stepped-back",
            Self::ViewsHang => "views-hang",
            Self::Refused(refused) => refused.code,
            Self::Failed { code } => code,
            Self::Bug => "bug",
        }
    }

    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::NoCertificate
            | Self::NotFound
            | Self::Method
            | Self::Erased
            | Self::Parameter { .. }
            | Self::MediaType
            | Self::MayNotDecide
            | Self::JsonType
            | Self::NoDecision
            | Self::NotDecided(
                DecisionError::NotFound
                | DecisionError::NoMandate
                | DecisionError::Over
                | DecisionError::Otherwise { .. }
                | DecisionError::Changed
                | DecisionError::NotAsked { .. }
                | DecisionError::NothingAsked,
            )
            | Self::LengthRequired
            | Self::Framing
            | Self::TooLarge { .. }
            | Self::TooSlow
            | Self::Truncated
            | Self::NoRoom(NoRoom::PartyShare | NoRoom::PartyRequests)
            | Self::Refused(_) => Fault::Sender,
            Self::NoRoom(NoRoom::InAll)
            | Self::DiskLow
            | Self::Stopping
            | Self::ClockBack
            | Self::ViewsHang
            | Self::Damaged
            | Self::NotDecided(DecisionError::Damaged | DecisionError::Failed(_))
            | Self::Unacknowledged(_)
            | Self::Failed { .. }
            | Self::Bug => Fault::Ours,
        }
    }

    /// HTTP status.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NoCertificate
            | Self::MayNotDecide
            | Self::NotDecided(DecisionError::NoMandate) => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::Erased => StatusCode::GONE,
            Self::Parameter { .. } | Self::Framing | Self::Truncated | Self::NoDecision => {
                StatusCode::BAD_REQUEST
            }
            Self::NotDecided(DecisionError::NotAsked { .. } | DecisionError::NothingAsked) => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            Self::NotDecided(
                DecisionError::NotFound
                | DecisionError::Over
                | DecisionError::Otherwise { .. }
                | DecisionError::Changed,
            ) => StatusCode::CONFLICT,
            Self::MediaType | Self::JsonType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::LengthRequired => StatusCode::LENGTH_REQUIRED,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::NoRoom(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::DiskLow
            | Self::Stopping
            | Self::ClockBack
            | Self::ViewsHang
            | Self::Unacknowledged(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Refused(refused) => refused.status,
            Self::Damaged
            | Self::NotDecided(DecisionError::Damaged | DecisionError::Failed(_))
            | Self::Failed { .. }
            | Self::Bug => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Seconds after which the same request may succeed; `None` when repeating it unchanged is of no use.
    pub fn retry_after_s(&self) -> Option<u32> {
        match self {
            Self::NoRoom(_) | Self::Stopping | Self::Unacknowledged(Unrecorded::Stopping) => {
                Some(RETRY_SOON_S)
            }
            Self::DiskLow | Self::ClockBack | Self::ViewsHang | Self::Unacknowledged(_) => {
                Some(RETRY_LATER_S)
            }
            Self::NoCertificate
            | Self::NotFound
            | Self::Method
            | Self::Erased
            | Self::Damaged
            | Self::Parameter { .. }
            | Self::MediaType
            | Self::MayNotDecide
            | Self::JsonType
            | Self::NoDecision
            | Self::NotDecided(_)
            | Self::LengthRequired
            | Self::Framing
            | Self::TooLarge { .. }
            | Self::TooSlow
            | Self::Truncated
            | Self::Refused(_)
            | Self::Failed { .. }
            | Self::Bug => None,
        }
    }

    fn title(&self) -> &'static str {
        match self {
            Self::NoCertificate => "Geen clientcertificaat",
            Self::NotFound => "Niet gevonden",
            Self::Method => "Methode bestaat hier niet",
            Self::Erased => "Inhoud is gewist",
            Self::Damaged => "Bericht is beschadigd",
            Self::Parameter { .. } => "Parameter klopt niet",
            Self::MediaType | Self::JsonType => "Mediatype wordt niet aangenomen",
            Self::MayNotDecide | Self::NotDecided(DecisionError::NoMandate) => {
                "Geen machtiging om te besluiten"
            }
            Self::NoDecision => "Besluit is niet leesbaar",
            Self::NotDecided(DecisionError::NotAsked { .. }) => "Regel vraagt geen besluit",
            Self::NotDecided(DecisionError::NothingAsked) => "Geen regel vraagt een besluit",
            Self::NotDecided(DecisionError::Damaged) => "Declaratie is beschadigd",
            Self::NotDecided(DecisionError::Over) => "Declaratie wacht niet meer",
            Self::NotDecided(DecisionError::Changed) => "Declaratie is opnieuw beoordeeld",
            Self::NotDecided(_) => "Er is al anders besloten",
            Self::LengthRequired => "Lengte ontbreekt",
            Self::Framing => "Lengte klopt niet",
            Self::TooLarge { .. } => "Bericht is te groot",
            Self::TooSlow => "Bericht komt te langzaam binnen",
            Self::Truncated => "Bericht is afgebroken",
            Self::NoRoom(_) => "Nu geen ruimte",
            Self::DiskLow | Self::Stopping | Self::ClockBack => "Nu geen aanname van berichten",
            Self::ViewsHang => "Het knooppunt antwoordt nu niet",
            Self::Unacknowledged(_) => "Nu geen bevestiging van berichten",
            Self::Refused(_) => "Bericht is niet aangenomen",
            Self::Failed { .. } | Self::Bug => "Fout in het knooppunt",
        }
    }

    fn detail(&self) -> String {
        match self {
            Self::NoCertificate => "Maak verbinding met het certificaat dat bij het knooppunt is aangemeld.".into(),
            Self::NotFound => "Hier is niets, of niets dat voor uw partij bestemd is. Controleer het adres en het certificaat.".into(),
            Self::Method => "Gebruik een methode die in /v1/openapi.json bij dit adres staat.".into(),
            Self::Erased => "De bewaartermijn is voorbij en de inhoud is gewist. Vraag de maker het bericht met een nieuwe identificatie opnieuw aan te bieden als u het nog nodig hebt.".into(),
            Self::Damaged => "Wat het knooppunt van dit bericht bewaart is beschadigd en wordt niet gegeven; andere berichten zijn er niet door geraakt. Vraag de maker het met een nieuwe identificatie opnieuw aan te bieden, en noem de beheerder de waarde van de kop X-Request-Id.".into(),
            Self::Parameter { name, expected } => format!("Parameter {name}: verwacht is {expected}. Pas het verzoek aan."),
            Self::MediaType => "Stuur het bericht als application/xml of text/xml, in UTF-8 en niet gecomprimeerd.".into(),
            Self::MayNotDecide => "U mag dit postvak lezen, maar niet namens deze gemeente over deze declaratie besluiten. Laat de gemeente zelf besluiten. Een machtiging om te besluiten (decide) telt alleen voor declaraties die binnenkwamen toen zij al gold: een nieuwe helpt voor deze niet, wel voor volgende.".into(),
            Self::JsonType => "Stuur het besluit als application/json, niet gecomprimeerd.".into(),
            Self::NoDecision => "Stuur {\"rest\": \"grant\", \"verdict\": N} of {\"rest\": \"refuse\", \"verdict\": N} voor alle regels die nog een besluit vragen, met als N het getal verdict uit GET /v1/besluiten/{id}, of {\"lines\": [{\"path\": \"...\", \"decision\": \"grant\"}]} met het pad van elke regel. Er is niets vastgelegd.".into(),
            Self::NotDecided(error) => not_decided(error),
            Self::LengthRequired => "Stuur Content-Length mee, of gebruik Transfer-Encoding: chunked.".into(),
            Self::Framing => "Stuur precies een Content-Length, met het aantal bytes dat volgt.".into(),
            Self::TooLarge { bytes_max } => format!("Een bericht is ten hoogste {bytes_max} bytes (OP179). Verdeel het over meer berichten."),
            Self::TooSlow => "Het bericht kwam niet op tijd geheel binnen en is niet aangenomen. Controleer de verbinding en bied het opnieuw aan.".into(),
            Self::Truncated => "Er kwamen minder bytes dan aangekondigd; het bericht is niet aangenomen. Bied het opnieuw aan.".into(),
            Self::NoRoom(NoRoom::InAll) => "Het knooppunt verwerkt nu zoveel als het kan. Doe hetzelfde verzoek na de genoemde tijd opnieuw.".into(),
            Self::NoRoom(NoRoom::PartyShare) => "Uw partij heeft nu zoveel bytes onderweg als haar deel is. Wacht op de antwoorden en doe hetzelfde verzoek dan opnieuw.".into(),
            Self::NoRoom(NoRoom::PartyRequests) => "Uw partij heeft nu zoveel verzoeken onderweg als zij mag hebben. Wacht op de antwoorden en doe hetzelfde verzoek dan opnieuw.".into(),
            Self::DiskLow => "Het knooppunt heeft te weinig schijfruimte om een bericht te beloven; de beheerder moet ruimte maken. Lezen en bevestigen gaan door. Bied het bericht later opnieuw aan.".into(),
            Self::Stopping => "Het knooppunt wordt gestopt of opnieuw gestart. Bied hetzelfde bericht na de genoemde tijd opnieuw aan.".into(),
            Self::ClockBack => "De klok van het knooppunt is teruggezet; de beheerder moet haar herstellen. Bied het bericht later opnieuw aan.".into(),
            Self::ViewsHang => "De opslag van het knooppunt antwoordt niet; de beheerder moet ingrijpen. Wat u aanbood of bevestigde kan al vastgelegd zijn: doe hetzelfde verzoek na de genoemde tijd opnieuw, dan krijgt u de uitkomst.".into(),
            Self::Unacknowledged(Unrecorded::Stopping) => "Het knooppunt wordt gestopt of opnieuw gestart. Het bericht blijft in uw postvak; bevestig het na de genoemde tijd opnieuw.".into(),
            Self::Unacknowledged(Unrecorded::DiskLow) => "Het knooppunt heeft geen schijfruimte om uw bevestiging vast te leggen; de beheerder moet ruimte maken. Het bericht blijft in uw postvak; bevestig het later opnieuw.".into(),
            Self::Refused(refused) => refused.detail.clone(),
            Self::Failed { .. } | Self::Bug => "Het knooppunt kon zijn werk niet doen; dit ligt niet aan uw verzoek. Herhaal het later; blijft het fout, noem de beheerder dan de waarde van de kop X-Request-Id.".into(),
        }
    }

    /// The body as it is sent.
    pub fn problem(&self) -> Problem {
        let refused = if let Self::Refused(refused) = self {
            Some(refused)
        } else {
            None
        };
        let findings =
            refused.map_or_else(FindingsBody::default, |refused| refused.findings.clone());
        Problem {
            type_urn: format!("urn:knooppunt:problem:{}", self.code()),
            title: self.title().to_owned(),
            status: self.status().as_u16(),
            detail: self.detail(),
            code: self.code().to_owned(),
            fault: self.fault().as_str().to_owned(),
            bericht: refused.and_then(|refused| refused.bericht.clone()),
            first_received: refused
                .and_then(|refused| refused.first_received)
                .map(|time| time.to_string()),
            dry_run: refused.is_some_and(|refused| refused.dry_run),
            findings_more: (!findings.findings.is_empty()).then_some(findings.findings_more),
            findings: findings.findings,
            findings_by_code: findings.findings_by_code,
        }
    }
}

impl ApiError {
    /// What a caller is told whose acknowledgement was not recorded: his message is still there.
    pub(crate) fn of_acknowledging(error: MailboxError) -> Self {
        match error {
            MailboxError::NotFound => Self::NotFound,
            MailboxError::Damaged => Self::Damaged,
            MailboxError::Ledger(error) if error.disk_full() => {
                Self::Unacknowledged(Unrecorded::DiskLow)
            }
            MailboxError::Ledger(LedgerError::Stopped) => {
                Self::Unacknowledged(Unrecorded::Stopping)
            }
            MailboxError::Ledger(error) => error.into(),
        }
    }
}

/// Why a decision was not taken, and what to do. A path names a place in the message, as the gateway itself wrote it down.
fn not_decided(error: &DecisionError) -> String {
    match error {
        DecisionError::NotAsked { number } => format!(
            "Regel {number} van het verzoek vraagt geen besluit: het pad klopt niet, of de regel wacht op een ander bericht. Haal de declaratie opnieuw op en \
             besluit over de regels die zij toont. Er is niets vastgelegd."
        ),
        DecisionError::Otherwise { path: Some(path) } => format!(
            "Over {path} is eerder anders besloten; een besluit blijft staan. Laat deze regel weg. Er is niets vastgelegd."
        ),
        DecisionError::Otherwise { path: None } => {
            "Over de regels die een besluit vroegen is al anders besloten, in een keer of in delen; een besluit blijft staan. Er is niets vastgelegd.".to_owned()
        }
        DecisionError::Changed => "Sinds u de declaratie ophaalde is zij opnieuw beoordeeld, en er kunnen andere regels een besluit vragen. Haal haar opnieuw op en \
                                   besluit over de regels die zij dan toont, met het nummer (verdict) van het oordeel dat zij dan noemt. Er is niets vastgelegd."
            .to_owned(),
        DecisionError::Over => "De declaratie is beantwoord, of het antwoord is aan de gemeente zelf gelaten. Besluiten kan niet meer; een correctie gaat met \
                                een creditering of een volgende declaratie."
            .to_owned(),
        DecisionError::NothingAsked => {
            "Geen regel van deze declaratie vraagt een besluit: zij wacht op het antwoord op andere berichten. Haal de declaratie op; waits_for noemt die \
             berichten. Zijn zij beantwoord, dan beoordeelt het knooppunt de declaratie vanzelf opnieuw. Er is niets vastgelegd."
                .to_owned()
        }
        DecisionError::Damaged => {
            "Wat het knooppunt van deze declaratie bewaart is beschadigd, dus het kan haar niet meer beoordelen. Beantwoord haar zelf met een 325; vraag niet \
             om een nieuwe declaratie, want die wacht dan op deze. Noem de beheerder de waarde van de kop X-Request-Id."
                .to_owned()
        }
        DecisionError::NotFound | DecisionError::NoMandate | DecisionError::Failed(_) => {
            String::new()
        }
    }
}

impl From<DecisionError> for ApiError {
    fn from(error: DecisionError) -> Self {
        match error {
            DecisionError::NotFound => Self::NotFound,
            DecisionError::NoMandate => Self::MayNotDecide,
            DecisionError::Failed(error) => error.into(),
            error @ (DecisionError::NotAsked { .. }
            | DecisionError::NothingAsked
            | DecisionError::Damaged
            | DecisionError::Otherwise { .. }
            | DecisionError::Changed
            | DecisionError::Over) => Self::NotDecided(error),
        }
    }
}

impl From<NotNow> for ApiError {
    fn from(not_now: NotNow) -> Self {
        match not_now {
            NotNow::Stopping => Self::Stopping,
            NotNow::DiskLow => Self::DiskLow,
            NotNow::ClockBack => Self::ClockBack,
        }
    }
}

impl From<IntakeError> for ApiError {
    fn from(error: IntakeError) -> Self {
        match error {
            IntakeError::Bug(_) => Self::Bug,
            IntakeError::Ledger(error) => error.into(),
        }
    }
}

impl From<MailboxError> for ApiError {
    /// Of a read, which needs nothing that stops: one that did not end was a bug.
    fn from(error: MailboxError) -> Self {
        match error {
            MailboxError::NotFound => Self::NotFound,
            MailboxError::Damaged => Self::Damaged,
            MailboxError::Ledger(LedgerError::Stopped) => Self::Bug,
            MailboxError::Ledger(error) => error.into(),
        }
    }
}

impl From<LedgerError> for ApiError {
    fn from(error: LedgerError) -> Self {
        if error.disk_full() {
            return Self::DiskLow;
        }
        if matches!(error, LedgerError::Stopped) {
            return Self::Stopping;
        }
        // What the store says names files and positions, never content.
        tracing::error!(code = error.code(), %error, "the ledger could not do its work");
        Self::Failed { code: error.code() }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let code = self.code();
        match (self.fault(), self.retry_after_s()) {
            (Fault::Ours, None) => tracing::error!(code, "request not done"),
            // Busy, stopping or short of disk: health and figures tell it once, not each request anew.
            (Fault::Ours, Some(_)) => tracing::warn!(code, "request not done now"),
            (Fault::Sender | Fault::Peer, _) => tracing::info!(code, "request not done"),
        }
        metrics::counter!("knooppunt_problems_total", "code" => self.code(), "fault" => self.fault().as_str()).increment(1);
        // A problem is strings, numbers and lists of them, which JSON can always say.
        let body = serde_json::to_vec(&self.problem()).unwrap_or_default();
        let mut response = (self.status(), body).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(retry_after_s) = self.retry_after_s() {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(retry_after_s));
        }
        response
    }
}
