//! The own API, `/v1`: one file a resource. It puts HTTP and JSON around intake and mailboxes; it judges nothing, and nothing that it
//! answers contains anything from a message except the content itself to the one it is for.

pub(crate) mod asker;
pub mod audit;
pub mod berichten;
pub mod besluiten;
pub mod bevindingen;
pub(crate) mod body;
pub mod catalogus;
pub mod cijfers;
pub(crate) mod download;
pub mod figures;
pub mod finding;
pub mod inzagen;
mod json;
pub mod leveringen;
pub(crate) mod media;
pub mod message;
pub mod ontvangstbewijs;
mod openapi;
pub mod ops;
mod parameter;
pub mod partij;
pub mod postvak;
pub mod problem;
pub(crate) mod request;
mod responses;
mod settings;
pub mod termijnen;
pub mod uitvoer;
pub mod weigeringen;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;

use crate::audit::Audit;
use crate::budget::Budget;
use crate::decisions::Decisions;
use crate::deliver::Desk;
use crate::envelope::tables::Generation;
use crate::figures::Figures;
use crate::health::Health;
use crate::intake::Intake;
use crate::log::Log;
use crate::mailbox::Mailbox;
use crate::receipt::Receipts;
use crate::terms::Terms;
use crate::translation::Translations;

pub use crate::mailbox::PAGE_MAX;
pub use openapi::document;
pub use settings::ApiSettings;

/// What the own API stands on.
#[derive(Debug)]
pub struct Api {
    /// Takes messages in.
    pub intake: Arc<Intake>,
    /// What waits, and what became of it.
    pub mailbox: Arc<Mailbox>,
    /// Which answers are owed.
    pub terms: Arc<Terms>,
    /// What waits for a decision.
    pub decisions: Arc<Decisions>,
    /// What waits to be brought.
    pub desk: Desk,
    /// What auditors ask.
    pub audit: Arc<Audit>,
    /// How many messages there were in closed months.
    pub figures: Arc<Figures>,
    /// The tables of product codes in force.
    pub translations: Arc<Translations>,
    /// Whose key the receipts are signed with.
    pub receipts: Arc<Receipts>,
    /// The log, where one is kept.
    pub log: Option<Arc<Log>>,
    /// Room for bodies.
    pub budget: Budget,
    /// Whether messages may be taken now.
    pub health: Arc<Health>,
    /// Limits.
    pub settings: ApiSettings,
    /// The list that published codes of refusals are from.
    pub codes: Generation,
}

/// The routes of the own API. Every request must carry `Arc<Admitted>` in its extensions, as `transport::serve` sees to.
pub fn router(api: Arc<Api>) -> Router {
    let (router, _) = openapi::routes().split_for_parts();
    router
        .route("/v1/openapi.json", axum::routing::get(openapi::serve))
        .fallback(async || problem::ApiError::NotFound)
        .method_not_allowed_fallback(async || problem::ApiError::Method)
        .layer(from_fn_with_state(
            Arc::clone(&api.health),
            request::surround,
        ))
        .with_state(api)
}
