//! What an operator may set about the wires of others, whichever of them.

use serde::{Deserialize, Serialize};

use super::tables::Generation;
use crate::setting::Setting;

crate::settings! {
    /// The wires of others: what holds for all of them.
    pub struct WireSettings {
        /// The list that the codes of an Fo01 are from: `current`, or `2018`, which gives some numbers another meaning.
        pub codes: Generation = Generation::default(),
        /// What happens to a message whose envelope names another sender, receiver, kind or version than the message itself: `refuse`, or `take`, by what
        /// the message says.
        pub mismatch: Mismatch = Mismatch::default(),
    }
}

/// What happens to a message whose envelope says something else than the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mismatch {
    /// It is refused.
    #[default]
    Refuse,
    /// It is taken by what the message says.
    Take,
}

impl Setting for Mismatch {}
