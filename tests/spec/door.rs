//! The own API above the gateway without doors: requests of recognised parties straight into the router, for the tests of the API and of hostile input.

use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header, request};
use bytes::Bytes;
use http_body_util::BodyExt;
use jiff::SignedDuration;
use knooppunt::api::berichten::TakenBody;
use knooppunt::api::postvak::PageBody;
use knooppunt::api::problem::Problem;
use knooppunt::api::{Api, ApiSettings, router};
use knooppunt::audit::Audit;
use knooppunt::budget::{Budget, BudgetSettings};
use knooppunt::clock::Clock;
use knooppunt::deliver::Desk;
use knooppunt::envelope::tables::Generation;
use knooppunt::figures::Figures;
use knooppunt::ggk::{self, Ggk, GgkSettings};
use knooppunt::health::{Health, HealthSettings};
use knooppunt::log::{Asking, Ground, Log, LogSettings};
use knooppunt::register::{Anchor, Identity, Key};
use knooppunt::terms::{TermSettings, Terms, Warning};
use knooppunt::transport::{Admitted, Peer, Revocation, TlsSettings};
use serde::de::DeserializeOwned;
use tempfile::TempDir;
use tower::ServiceExt;

use crate::world::{GEMEENTE_A, World, ZORG_A, message};

pub(crate) struct Door {
    pub(crate) world: World,
    pub(crate) api: Arc<Api>,
    router: Router,
    /// Where figures are kept.
    _figures: TempDir,
}

/// An answer, whole.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Door {
    pub(crate) fn new() -> Self {
        Self::with(ApiSettings::default(), BudgetSettings::default())
    }

    pub(crate) fn with(settings: ApiSettings, budget: BudgetSettings) -> Self {
        Self::on(World::new(), settings, budget)
    }

    /// Above this gateway.
    pub(crate) fn above(world: World) -> Self {
        Self::on(world, ApiSettings::default(), BudgetSettings::default())
    }

    /// The gateway below, with nobody else on it.
    pub(crate) fn into_world(self) -> World {
        self.world
    }

    /// Telling the codes of this list.
    pub(crate) fn telling(codes: Generation) -> Self {
        let (settings, budget) = (ApiSettings::default(), BudgetSettings::default());
        Self::set(World::new(), settings, budget, codes, None)
    }

    /// The same gateway with a log, which it keeps in this folder; every record so far is under its checkpoint.
    pub(crate) async fn logged(self, folder: &Path) -> Self {
        let Self { world, api, .. } = self;
        let clock: Arc<dyn Clock> = Arc::new(world.clock.clone());
        let settings = LogSettings {
            origin: Some("log.example/knooppunt".to_owned()),
            receipt_within_ms: 0,
            ..LogSettings::default()
        };
        let asking = Asking {
            tls: &TlsSettings::default(),
            revocation: &Revocation::none(&clock),
            clock: &clock,
        };
        let ground = Ground {
            journal: Arc::clone(&world.store.journal),
            clock: Arc::clone(&clock),
        };
        let log = Log::open(folder, &[5; 32], settings, &asking, ground).expect("a log");
        let log = Arc::new(log);
        log.step().await;
        let (settings, budget) = (api.settings.clone(), BudgetSettings::default());
        Self::set(world, settings, budget, api.codes, Some(log))
    }

    /// Above this gateway, with these limits.
    pub(crate) fn on(world: World, settings: ApiSettings, budget: BudgetSettings) -> Self {
        Self::set(world, settings, budget, Generation::default(), None)
    }

    fn set(
        world: World,
        settings: ApiSettings,
        budget: BudgetSettings,
        codes: Generation,
        log: Option<Arc<Log>>,
    ) -> Self {
        let folder = TempDir::new().expect("a folder");
        let api = Arc::new(Api {
            desk: Desk::new(Arc::clone(&world.ledger)),
            audit: Arc::new(
                Audit::new(
                    Arc::clone(&world.ledger),
                    Arc::clone(&world.receipts),
                    Warning::of(&TermSettings::default()),
                )
                .with_log(log.clone()),
            ),
            figures: Arc::new(Figures::new(Arc::clone(&world.ledger), folder.path())),
            intake: Arc::clone(&world.intake),
            translations: Arc::clone(world.intake.translations()),
            mailbox: Arc::clone(&world.mailbox),
            terms: Arc::new(Terms::new(
                Arc::clone(&world.ledger),
                TermSettings::default(),
            )),
            decisions: Arc::new(world.deciding()),
            receipts: Arc::clone(&world.receipts),
            log,
            budget: Budget::new(budget),
            health: Arc::new(Health::new(
                HealthSettings::default(),
                Arc::new(world.clock.clone()),
            )),
            settings,
            codes,
        });
        let ggk = Ggk::new(Arc::clone(&api), GgkSettings::default());
        let router = router(Arc::clone(&api)).merge(ggk::router(Arc::new(ggk)));
        Self {
            world,
            api,
            router,
            _figures: folder,
        }
    }

    /// With these routes beside its own, as the gateway serves them.
    pub(crate) fn beside(self, routes: Router) -> Self {
        Self {
            router: self.router.merge(routes),
            ..self
        }
    }

    /// The router alone, for a listener of its own.
    pub(crate) fn router(&self) -> Router {
        self.router.clone()
    }

    /// The beginning of a request of this party, as the transport hands it over.
    pub(crate) fn request(&self, party: &str, method: Method, path: &str) -> request::Builder {
        let now = self.world.clock.now();
        let identity = Identity {
            anchor: Anchor::OperatorCa,
            key: Key::Fingerprint([5; 32]),
        };
        let peer = Arc::new(Peer {
            anchor: Anchor::OperatorCa,
            identities: vec![identity.clone()],
            fingerprint: [5; 32],
            subject: format!("CN={party}"),
            issuer: "CN=ca".to_owned(),
            serial: "0a".to_owned(),
            not_before: now - SignedDuration::from_hours(24),
            not_after: now + SignedDuration::from_hours(24 * 90),
        });
        let admitted = Admitted {
            peer: Arc::clone(&peer),
            identity,
            party: party.parse().expect("a party id"),
            register: Arc::clone(&self.world.register),
            at: now,
        };
        Request::builder()
            .method(method)
            .uri(path)
            .extension(peer)
            .extension(Arc::new(admitted))
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Reply {
        let response = self
            .router
            .clone()
            .oneshot(request)
            .await
            .expect("an answer");
        let (parts, body) = response.into_parts();
        let body = body.collect().await.expect("a whole answer").to_bytes();
        Reply {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }

    /// Hands in a body at `path` with its length.
    pub(crate) async fn post(&self, party: &str, path: &str, body: impl Into<Bytes>) -> Reply {
        self.post_as(party, path, "application/xml", body).await
    }

    /// The same of another media type.
    pub(crate) async fn post_as(
        &self,
        party: &str,
        path: &str,
        media: &str,
        body: impl Into<Bytes>,
    ) -> Reply {
        let body = body.into();
        let request = self
            .request(party, Method::POST, path)
            .header(header::CONTENT_TYPE, media)
            .header(header::CONTENT_LENGTH, body.len())
            .body(Body::from(body))
            .expect("a request");
        self.send(request).await
    }

    pub(crate) async fn hand_in(&self, party: &str, body: impl Into<Bytes>) -> Reply {
        self.post(party, "/v1/berichten", body).await
    }

    pub(crate) async fn get(&self, party: &str, path: &str) -> Reply {
        let request = self.request(party, Method::GET, path).body(Body::empty());
        self.send(request.expect("a request")).await
    }

    pub(crate) async fn delete(&self, party: &str, path: &str) -> Reply {
        let request = self
            .request(party, Method::DELETE, path)
            .body(Body::empty());
        self.send(request.expect("a request")).await
    }
}

impl Reply {
    pub(crate) fn json<T: DeserializeOwned>(&self) -> T {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error} in {}: {:?}", self.status, self.body))
    }

    /// The problem that this answer is; whatever goes for every problem is checked.
    pub(crate) fn problem(&self) -> Problem {
        assert_eq!(self.header("content-type"), "application/problem+json");
        let problem: Problem = self.json();
        assert_eq!(problem.status, self.status.as_u16());
        assert_eq!(
            problem.type_urn,
            format!("urn:knooppunt:problem:{}", problem.code)
        );
        assert!(!problem.title.is_empty() && !problem.detail.is_empty());
        assert!(["sender", "peer", "ours"].contains(&problem.fault.as_str()));
        problem
    }

    /// Status and code of the problem that this answer is.
    pub(crate) fn refusal(&self) -> (u16, String) {
        let problem = self.problem();
        (problem.status, problem.code)
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .unwrap_or_else(|| panic!("no {name} in {:?}", self.headers))
            .to_str()
            .expect("text")
    }
}

/// Status and code, as [`Reply::refusal`] gives them.
pub(crate) fn is(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

/// An allocation of gemeente-a to zorg-a.
pub(crate) fn allocation(id: &str) -> Bytes {
    message("JW301", GEMEENTE_A, ZORG_A, id)
}

/// Hands in what must be taken.
pub(crate) async fn taken(door: &Door, party: &str, body: Bytes) -> TakenBody {
    let reply = door.hand_in(party, body).await;
    assert_eq!(reply.status, StatusCode::CREATED, "{:?}", reply.body);
    reply.json()
}

/// The ids of what waits for a party.
pub(crate) async fn waiting(door: &Door, party: &str, query: &str) -> Vec<String> {
    let reply = door.get(party, &format!("/v1/postvak{query}")).await;
    assert_eq!(reply.status, StatusCode::OK, "{:?}", reply.body);
    let page: PageBody = reply.json();
    page.messages
        .into_iter()
        .map(|message| message.id)
        .collect()
}
