//! Behaviour of the gateway, as sentences. One binary for all integration tests.

#[path = "spec/register.rs"]
mod register;

#[path = "spec/cli.rs"]
mod cli;
#[path = "spec/dependencies.rs"]
mod dependencies;
