//! Bringing messages to the endpoints of their receivers.

mod couriers;
mod desk;
mod ggk;
mod refusals;
mod served;
mod server;
mod vsp;
