//! Bringing messages to the endpoints of their receivers.

pub(crate) mod codes;
mod copies;
mod couriers;
mod desk;
mod edges;
mod files;
mod ggk;
mod idle;
mod killed;
mod mapped;
mod memory;
mod numbers;
mod outage;
mod play;
mod post;
mod refusals;
mod reload;
mod revoked;
mod served;
mod server;
mod time;
mod vsp;
mod watched;
mod words;
