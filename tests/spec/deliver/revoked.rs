//! Endpoints and the revocation lists that the gateway fetches: the same lists as for who connects.

use std::sync::Arc;

use jiff::SignedDuration;
use knooppunt::clock::Clock;
use knooppunt::deliver::{Carrier, Courier, DeliverSettings, Route};
use knooppunt::envelope::tables::Generation;
use knooppunt::register::Register;
use knooppunt::transport::{FetchSettings, Revocation, Stale, TlsSettings};
use tempfile::TempDir;

use super::ggk::{bv03, to_gemeente, tries};
use super::server::Server;
use crate::revocation::lists::{Act, Lists};
use crate::world::{GEMEENTE_A, World, ZORG_A};

const LIST: &str = "/endpoint.crl";
/// Of the same issuer with another key; nothing is there in most tests.
const RENEWED: &str = "/renewed.crl";

/// A gateway that fetches the list of the endpoint's issuer.
struct Fetching {
    _kept: TempDir,
    lists: Lists,
    revocation: Arc<Revocation>,
}

impl Fetching {
    async fn by(world: &World, crl_stale: Stale) -> Self {
        let (lists, kept) = (Lists::start().await, tempfile::tempdir().unwrap());
        let clock: Arc<dyn Clock> = Arc::new(world.clock.clone());
        let settings = TlsSettings {
            crl_stale,
            fetch: FetchSettings {
                urls: vec![lists.url(LIST), lists.url(RENEWED)],
                kept: kept.path().to_owned(),
                ..FetchSettings::default()
            },
            ..TlsSettings::default()
        };
        Self {
            revocation: Revocation::open(&settings, &clock).unwrap(),
            _kept: kept,
            lists,
        }
    }

    /// A courier to the one endpoint of a register, which goes by these lists.
    fn courier(&self, world: &World, register: &Register) -> Courier {
        let clock: Arc<dyn Clock> = Arc::new(world.clock.clone());
        let [endpoint] = register.endpoints() else {
            panic!("one endpoint")
        };
        let settings = DeliverSettings::default();
        let codes = Generation::default();
        let carrier =
            Carrier::checked_by(&self.revocation, endpoint, &settings, codes, &clock).unwrap();
        self.revocation.endpoints_have(carrier.certificates());
        let party = register.party(&endpoint.party).unwrap();
        let route = Route {
            party: party.id.clone(),
            codes: party.codes.clone(),
            kind: endpoint.kind.as_str(),
            later_may_pass: endpoint.later_may_pass,
            concurrent_max: 4,
        };
        let ledger = Arc::clone(&world.ledger);
        Courier::new(ledger, clock, Arc::new(carrier), route, settings, 7)
    }

    /// Fetches the list with the endpoint's certificate on it or not, of so many seconds after ten minutes ago.
    async fn fetch(&self, world: &World, server: &Server, revoked: bool, second: i64, days: u32) {
        let from = world.clock.now() - SignedDuration::from_secs(600 - second);
        server.papers.write_crl(revoked, from, days);
        let list = std::fs::read(server.papers.file("endpoint.crl")).unwrap();
        self.lists.put(LIST, Act::List(list));
        for looked in self.revocation.fetch_all().await {
            if looked.source.ends_with(LIST) {
                looked.outcome.expect("it is right");
            }
        }
    }
}

fn failure(courier: &Courier) -> Option<String> {
    courier.standing().lock().unwrap().failure.clone()
}

#[tokio::test]
async fn an_endpoint_whose_certificate_is_revoked_gets_nothing_and_all_of_it_when_it_is_no_longer()
{
    let world = World::new();
    let server = Server::start(world.clock.now()).await;
    server.script(&[], bv03("{number}"));
    let gateway = Fetching::by(&world, Stale::Refuse).await;
    let mut courier = gateway.courier(&world, &to_gemeente(&server, ""));
    gateway.fetch(&world, &server, false, 1, 30).await;
    world.sent("JW305", GEMEENTE_A, ZORG_A, "1").await;
    assert_eq!(courier.until_idle().await, None);
    assert_eq!(server.requests().len(), 1, "it is not on the list");

    // The connection of before is still open.
    gateway.fetch(&world, &server, true, 2, 30).await;
    let held_back = world.sent("JW307", GEMEENTE_A, ZORG_A, "2").await;
    tries(&world, &mut courier, 3).await;
    assert_eq!(failure(&courier).as_deref(), Some("certificate-revoked"));
    assert_eq!(server.requests().len(), 1, "it was told nothing");
    assert_eq!(world.waiting("gemeente-a").await, [held_back.id]);

    gateway.fetch(&world, &server, false, 3, 30).await;
    tries(&world, &mut courier, 2).await;
    assert_eq!(server.requests().len(), 2);
    assert!(world.waiting("gemeente-a").await.is_empty());
}

#[tokio::test]
async fn an_endpoint_with_a_list_that_has_ended_gets_nothing_but_within_the_grace() {
    for (stale, reason) in [
        (Stale::Refuse, Some("certificate-crl-stale")),
        (Stale::Grace { hours: 24 }, None),
    ] {
        let world = World::new();
        let server = Server::start(world.clock.now()).await;
        server.script(&[], bv03("{number}"));
        let gateway = Fetching::by(&world, stale).await;
        let mut courier = gateway.courier(&world, &to_gemeente(&server, ""));
        gateway.fetch(&world, &server, false, 1, 1).await;
        world.clock.advance(SignedDuration::from_hours(25));
        world.sent("JW305", GEMEENTE_A, ZORG_A, "1").await;
        courier.until_idle().await;
        assert_eq!(failure(&courier).as_deref(), reason);
        assert_eq!(server.requests().len(), usize::from(reason.is_none()));
        world.clock.advance(SignedDuration::from_hours(24));
        world.sent("JW307", GEMEENTE_A, ZORG_A, "2").await;
        let before = server.requests().len();
        courier.until_idle().await;
        assert_eq!(failure(&courier).as_deref(), Some("certificate-crl-stale"));
        assert_eq!(server.requests().len(), before);
    }
}

#[tokio::test]
async fn without_a_list_of_its_issuer_an_endpoint_is_called_unless_the_register_requires_one() {
    for (line, reason) in [
        ("", None),
        ("crl_required = true", Some("certificate-no-crl")),
    ] {
        let world = World::new();
        let server = Server::start(world.clock.now()).await;
        server.script(&[], bv03("{number}"));
        let gateway = Fetching::by(&world, Stale::Refuse).await;
        let mut courier = gateway.courier(&world, &to_gemeente(&server, line));
        world.sent("JW305", GEMEENTE_A, ZORG_A, "1").await;
        courier.until_idle().await;
        assert_eq!(failure(&courier).as_deref(), reason);
        gateway.fetch(&world, &server, false, 1, 30).await;
        tries(&world, &mut courier, 2).await;
        assert!(world.waiting("gemeente-a").await.is_empty());
    }
}

#[tokio::test]
async fn the_list_of_a_renewed_root_holds_nothing_back_from_an_endpoint_below_the_former_key() {
    for required in ["", "crl_required = true"] {
        let world = World::new();
        let server = Server::start(world.clock.now()).await;
        server.script(&[], bv03("{number}"));
        let gateway = Fetching::by(&world, Stale::Refuse).await;
        let newer = world.clock.now() - SignedDuration::from_secs(60);
        let list = server.papers.renew_root(newer, 30);
        gateway.lists.put(RENEWED, Act::List(list.into_bytes()));
        let mut courier = gateway.courier(&world, &to_gemeente(&server, required));
        gateway.fetch(&world, &server, false, 1, 30).await;
        assert_eq!(gateway.revocation.kept().len(), 2, "one of each key");
        world.sent("JW305", GEMEENTE_A, ZORG_A, "1").await;
        assert_eq!(courier.until_idle().await, None, "{required}");
        assert_eq!(server.requests().len(), 1, "{:?}", failure(&courier));

        gateway.fetch(&world, &server, true, 2, 30).await;
        world.sent("JW307", GEMEENTE_A, ZORG_A, "2").await;
        tries(&world, &mut courier, 3).await;
        assert_eq!(failure(&courier).as_deref(), Some("certificate-revoked"));
    }
}

#[tokio::test]
async fn of_the_lists_of_two_keys_in_files_of_an_endpoint_that_of_its_own_key_counts() {
    let world = World::new();
    let server = Server::start(world.clock.now()).await;
    server.script(&[], bv03("{number}"));
    let gateway = Fetching::by(&world, Stale::Refuse).await;
    let newer = world.clock.now() - SignedDuration::from_secs(60);
    let list = server.papers.renew_root(newer, 30);
    std::fs::write(server.papers.file("renewed.crl"), list).unwrap();
    let files = ["endpoint.crl", "renewed.crl"].map(|file| server.papers.file(file));
    let register = to_gemeente(&server, &format!("crls = {files:?}"));
    let mut courier = gateway.courier(&world, &register);
    world.sent("JW305", GEMEENTE_A, ZORG_A, "1").await;
    assert_eq!(courier.until_idle().await, None, "{:?}", failure(&courier));
    assert_eq!(server.requests().len(), 1);
}
