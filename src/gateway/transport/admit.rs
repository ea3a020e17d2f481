//! Lets a request through or not: the certificate of its connection must hold now, and the register
//! in force now must know whose it is. What is refused learns nothing but that.

use super::peer::Peer;
use super::standing::Standing;
use super::stream::Activity;
use super::tls::TlsState;
use crate::register::{Identity, Party, PartyId, Register, Registers};
use axum::Router;
use axum::body::Body;
use http::header::{CONNECTION, CONTENT_TYPE};
use http::{HeaderValue, Request, Response, StatusCode, Version};
use hyper::body::Incoming;
use jiff::Timestamp;
use std::convert::Infallible;
use std::sync::Arc;
use tower::ServiceExt;

/// Who is asking, settled for one request; stands in its extensions beside `Arc<Peer>`. Every look
/// into the register for this request goes into this snapshot.
#[derive(Debug, Clone)]
pub struct Admitted {
    /// The certificate.
    pub peer: Arc<Peer>,
    /// What it was known by.
    pub identity: Identity,
    /// Whose it is.
    pub party: PartyId,
    /// The register that says so.
    pub register: Arc<Register>,
    /// When the request came.
    pub at: Timestamp,
}

impl Admitted {
    /// The party in the register.
    pub fn party(&self) -> Option<&Party> {
        self.register.party(&self.party)
    }
}

/// Handles the requests of one connection.
#[derive(Debug)]
pub(super) struct Door {
    pub(super) tls: Arc<TlsState>,
    pub(super) registers: Arc<Registers>,
    pub(super) standing: Standing,
    pub(super) activity: Arc<Activity>,
    pub(super) router: Router,
}

impl Door {
    pub(super) async fn answer(
        self: Arc<Self>,
        request: Request<Incoming>,
    ) -> Result<Response<Body>, Infallible> {
        let _at_work = self.activity.work();
        let version = request.version();
        match self.admit() {
            Ok(admitted) => {
                let mut request = request.map(Body::new);
                request.extensions_mut().insert(Arc::clone(&admitted.peer));
                request.extensions_mut().insert(Arc::new(admitted));
                self.router.clone().oneshot(request).await
            }
            Err(reason) => {
                metrics::counter!("knooppunt_requests_not_admitted_total", "reason" => reason)
                    .increment(1);
                tracing::info!(reason, "request not admitted");
                self.activity.close.notify_one();
                Ok(refusal(version))
            }
        }
    }

    /// Err: a stable name of the reason, for logs.
    fn admit(&self) -> Result<Admitted, &'static str> {
        let at = self.tls.clock().now();
        let peer = self
            .standing
            .peer(&self.tls)
            .map_err(|error| error.code())?;
        let register = self.registers.current();
        let (party, identity) = register.recognise(&peer, at).ok_or("party-unknown")?;
        Ok(Admitted {
            identity: identity.clone(),
            party: party.id.clone(),
            peer: Arc::clone(&peer),
            register: Arc::clone(&register),
            at,
        })
    }
}

/// A problem like those of the own API, and the same bytes for every reason: who has no access does not learn why.
const NO_ACCESS: &str = concat!(
    r#"{"type":"urn:knooppunt:problem:no-access","title":"Geen toegang","status":403,"detail":""#,
    "Uw certificaat geeft hier geen toegang: het is niet (meer) aangemeld, of het geldt niet (meer). Vraag het de beheerder van het knooppunt.",
    r#"","code":"no-access","fault":"sender"}"#
);

fn refusal(version: Version) -> Response<Body> {
    let mut response = Response::new(Body::from(NO_ACCESS));
    *response.status_mut() = StatusCode::FORBIDDEN;
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/problem+json"),
    );
    if version < Version::HTTP_2 {
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}
