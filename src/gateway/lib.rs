//! The gateway: carries, judges and proves messages between municipalities and care providers.

pub mod api;
pub mod audit;
pub mod budget;
pub mod cli;
pub mod client;
pub mod clock;
pub mod config;
pub mod decisions;
pub mod deliver;
pub mod envelope;
pub mod fault;
pub mod figures;
pub mod ggk;
pub mod grounds;
pub mod health;
pub mod import;
pub mod intake;
pub mod lanes;
pub mod ledger;
pub mod log;
pub mod mailbox;
pub mod pki;
pub mod product;
pub mod receipt;
pub mod reference;
pub mod register;
pub mod retention;
pub mod route;
pub mod scenario;
pub mod schemas;
pub mod scrub;
pub mod serve;
pub mod setting;
pub mod store;
pub mod tables;
pub mod telemetry;
pub mod terms;
pub mod translation;
pub mod transport;
mod turns;
pub mod verdict;
pub mod vsp;
pub mod xml;

#[cfg(test)]
mod tests;
// The tests of behaviour name this package from outside; what they share with tests inside names it so too.
#[cfg(test)]
extern crate self as knooppunt;
