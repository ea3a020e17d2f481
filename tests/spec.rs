//! Behaviour of the gateway, as sentences. One binary for all integration tests.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test, and what helps it, stops at the first surprise"
)]

#[path = "spec/api.rs"]
mod api;
#[path = "spec/architecture.rs"]
mod architecture;
#[path = "spec/audit.rs"]
mod audit;
#[path = "spec/bad_input.rs"]
mod bad_input;
#[path = "spec/bodies.rs"]
mod bodies;
#[path = "spec/canaries.rs"]
mod canaries;
#[path = "spec/catalogue.rs"]
mod catalogue;
#[path = "spec/certificates.rs"]
mod certificates;
#[path = "spec/cli.rs"]
mod cli;
#[path = "spec/client_commands.rs"]
mod client_commands;
#[path = "spec/codes.rs"]
mod codes;
#[path = "spec/conditions.rs"]
mod conditions;
#[path = "spec/damage.rs"]
mod damage;
#[path = "spec/deliver/mod.rs"]
mod deliver;
#[path = "spec/dependencies.rs"]
mod dependencies;
#[path = "spec/door.rs"]
mod door;
#[path = "spec/dry_run.rs"]
mod dry_run;
#[path = "support/endpoint/mod.rs"]
mod endpoint;
#[path = "spec/fair.rs"]
mod fair;
#[path = "spec/figures.rs"]
mod figures;
#[path = "spec/framing.rs"]
mod framing;
#[path = "spec/full_disk.rs"]
mod full_disk;
#[path = "spec/ggk/mod.rs"]
mod ggk;
#[path = "spec/glossary.rs"]
mod glossary;
#[path = "spec/hanging_disk.rs"]
mod hanging_disk;
#[path = "spec/held/mod.rs"]
mod held;
#[path = "spec/holes.rs"]
mod holes;
#[path = "spec/hostile.rs"]
mod hostile;
#[path = "spec/import.rs"]
mod import;
#[path = "spec/inputs.rs"]
mod inputs;
#[path = "spec/intake.rs"]
mod intake;
#[path = "spec/judge.rs"]
mod judge;
#[path = "spec/large.rs"]
mod large;
#[path = "spec/ledger.rs"]
mod ledger;
#[path = "spec/limits.rs"]
mod limits;
#[path = "spec/log_served.rs"]
mod log_served;
#[path = "spec/lookups.rs"]
mod lookups;
#[path = "spec/mailbox.rs"]
mod mailbox;
#[path = "spec/mapping/mod.rs"]
mod mapping;
#[path = "spec/mark.rs"]
mod mark;
#[path = "spec/model.rs"]
mod model;
#[path = "spec/modes.rs"]
mod modes;
#[path = "spec/mutual_tls.rs"]
mod mutual_tls;
#[path = "spec/pki.rs"]
mod pki;
#[path = "support/products.rs"]
mod products;
#[path = "conformance/random.rs"]
mod random;
#[path = "spec/readme.rs"]
mod readme;
#[path = "spec/receipt.rs"]
mod receipt;
#[path = "spec/register.rs"]
mod register;
#[path = "spec/restore_drill.rs"]
mod restore_drill;
#[path = "spec/restored_log.rs"]
mod restored_log;
#[path = "spec/retention.rs"]
mod retention;
#[path = "spec/revocation/mod.rs"]
mod revocation;
#[path = "spec/room.rs"]
mod room;
#[path = "spec/routes.rs"]
mod routes;
#[path = "spec/scopes.rs"]
mod scopes;
#[path = "spec/serial/mod.rs"]
mod serial;
#[path = "spec/serve.rs"]
mod serve;
#[path = "spec/silence.rs"]
mod silence;
#[path = "support/site.rs"]
mod site;
#[path = "spec/store_command.rs"]
mod store_command;
#[path = "spec/store_full_disk.rs"]
mod store_full_disk;
#[path = "support/tables.rs"]
mod tables;
#[path = "spec/terms.rs"]
mod terms;
#[path = "spec/threads.rs"]
mod threads;
#[path = "spec/tls_world.rs"]
mod tls_world;
#[path = "spec/transport.rs"]
mod transport;
#[path = "spec/verdict.rs"]
mod verdict;
#[path = "spec/vsp/mod.rs"]
mod vsp;
#[path = "spec/wires.rs"]
mod wires;
#[path = "spec/world.rs"]
mod world;
