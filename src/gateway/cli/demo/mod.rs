//! `knooppunt demo`: the real thing on this machine, with throw-away certificates and a throw-away data folder. A municipality
//! and a care provider exchange the chain 301, 302, 305, 306, 323, 325 over mTLS; every outcome is checked. Then the same
//! under another law, where the gateway judges and answers for both, and translates the municipality's own product code; and two others, of whom each speaks the wire that its
//! software knows. At last somebody audits what was refused, takes it along, and verifies it without the gateway.

mod audit;
mod endpoint;
mod judged;
mod play;
mod products;
mod software;
mod wires;
mod world;

use bytes::Bytes;
use clap::Args;

use super::screen::Screen;
use super::{Exit, Stop, serve};
use play::{Play, Side};
use world::World;

/// Speel de keten van toewijzing tot declaratie na, op deze machine
#[derive(Debug, Args)]
#[command(after_help = "\
Voorbeelden:
  knooppunt demo           speelt de keten na, controleert elke uitkomst en ruimt op
  knooppunt demo --keep    blijft daarna draaien en toont adressen, certificaten en opdrachten

De certificaten en de gegevens zijn van deze demo alleen; er gaat niets van deze machine af.

Eindcode: 0 alles zoals verwacht; 1 iets was anders; 2 de demo kon niet beginnen.")]
pub(super) struct Arguments {
    /// Blijf draaien tot Ctrl-C, met een declaratie in het postvak van de gemeente
    #[arg(long)]
    keep: bool,
}

/// What the municipality and the provider send each other, in this order.
const CHAIN: [(Side, &str, &str); 6] = [
    (
        Side::Gemeente,
        "JW301",
        include_str!("../../../../conformance/messages/ijw/JW301/plain/message.xml"),
    ),
    (
        Side::Aanbieder,
        "JW302",
        include_str!("../../../../conformance/messages/ijw/JW302/plain/message.xml"),
    ),
    (
        Side::Aanbieder,
        "JW305",
        include_str!("../../../../conformance/messages/ijw/JW305/plain/message.xml"),
    ),
    (
        Side::Gemeente,
        "JW306",
        include_str!("../../../../conformance/messages/ijw/JW306/plain/message.xml"),
    ),
    (Side::Aanbieder, "JW323", DECLARATIE),
    (
        Side::Gemeente,
        "JW325",
        include_str!("../../../../conformance/messages/ijw/JW325/plain/message.xml"),
    ),
];
const DECLARATIE: &str =
    include_str!("../../../../conformance/messages/ijw/JW323/plain/message.xml");
const START: &str = include_str!("../../../../conformance/messages/ijw/JW305/plain/message.xml");
/// What waits for the municipality under `--keep`.
const WAITING: &str =
    include_str!("../../../../conformance/messages/iwmo/WMO323/plain/message.xml");

pub(super) fn run(arguments: &Arguments, screen: &mut Screen) -> Result<Exit, Stop> {
    serve::runtime()?.block_on(async {
        let signals = arguments.keep.then(serve::Signals::listen).transpose()?;
        let world = World::make(arguments.keep).await?;
        let mut play = Play::new(&world, screen)?;
        play.introduce().await?;
        for (sender, name, body) in CHAIN {
            play.exchange(sender, name, Bytes::from_static(body.as_bytes()))
                .await?;
        }
        play.thread_of("JW323", "JW325").await?;
        play.again(Side::Aanbieder, "JW323", DECLARATIE).await?;
        play.same_identity_other_bytes(Side::Aanbieder, &altered(DECLARATIE, "58000", "58001"))
            .await?;
        play.invalid(Side::Aanbieder, &altered(START, "2026-02-02", "2 februari"))
            .await?;
        play.judge().await?;
        play.translate().await?;
        play.wires(START).await?;
        play.not_the_reader("JW301").await?;
        play.strangers().await?;
        play.audit().await?;
        play.summary()?;
        if let Some(signals) = signals {
            let id = play.leave_waiting(WAITING).await?;
            world.say_how_to_go_on(&id, WAITING, play.screen())?;
            signals.until_stopped(&world.gateway).await;
        }
        let exit = play.exit();
        drop(play);
        world.end(screen).await?;
        Ok(exit)
    })
}

fn altered(message: &str, from: &str, to: &str) -> Bytes {
    Bytes::from(message.replacen(from, to, 1))
}
