//! Who asks and after what: as settled for this request by the connection it came over, with his place among the requests under way.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;

use super::Api;
use super::problem::ApiError;
use super::settings::ApiSettings;
use crate::budget::{NoRoom, Permit};
use crate::ledger::MessageId;
use crate::route::Caller;
use crate::transport::{Admitted, Peer};

/// A recognised caller.
pub(crate) struct Asker {
    /// The party, the register and the moment that this request is decided by.
    pub(crate) caller: Caller,
    /// The certificate of the connection.
    pub(crate) peer: Arc<Peer>,
    /// His place; memory for bodies is added to it.
    pub(crate) permit: Permit,
}

impl Asker {
    /// Waits for room for the content of a message on its way out. Err: there is none.
    pub(crate) async fn make_room(
        &mut self,
        length: u64,
        settings: &ApiSettings,
    ) -> Result<(), NoRoom> {
        self.widen(length, settings);
        self.permit.reserve_body(length).await
    }

    /// The same, waiting for nothing. Err: there is none now.
    pub(crate) fn make_room_now(
        &mut self,
        length: u64,
        settings: &ApiSettings,
    ) -> Result<(), NoRoom> {
        self.widen(length, settings);
        self.permit.reserve_now(length)
    }

    fn widen(&mut self, length: u64, settings: &ApiSettings) {
        if length > settings.body_bytes_max {
            // It was taken, so there is room for it.
            self.permit.widen(length);
        }
    }
}

impl FromRequestParts<Arc<Api>> for Asker {
    type Rejection = ApiError;

    /// Err: the connection did not say who asks, or too many requests of the party are under way.
    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Self, ApiError> {
        let admitted = parts
            .extensions
            .get::<Arc<Admitted>>()
            .ok_or(ApiError::NoCertificate)?;
        let permit = api.budget.admit(admitted.party.as_str())?;
        let caller = Caller {
            party: admitted.party.clone(),
            register: Arc::clone(&admitted.register),
            at: admitted.at,
        };
        Ok(Self {
            caller,
            peer: Arc::clone(&admitted.peer),
            permit,
        })
    }
}

/// The message that the address names. What is no id is answered like an id that does not exist.
pub(super) struct Named(pub(super) MessageId);

impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = ApiError;

    /// Err: not found.
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Path(text) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|_| ApiError::NotFound)?;
        text.parse().map(Self).map_err(|_| ApiError::NotFound)
    }
}
