//! The codes of Fo01, one row each: what a municipality sends over the GGk, confirmed with Bv03, and with which code its endpoint is told afterwards by either list.

use knooppunt::clock::{Clock as _, ManualClock};
use knooppunt::envelope::tables::Generation;

use super::ggk::{bv03, courier_by, to_gemeente};
use super::server::Server;
use crate::codes::is_a_text;
use crate::door::Door;
use crate::ggk::{Sent, stored};
use crate::world::{
    self, GEMEENTE_A, GEMEENTE_B, PARTIES, Store, World, ZORG_A, ZORG_B, broken, changed, message,
    register,
};

/// What is different in the gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Setup {
    Usual,
    /// It is before the first release is taken.
    Early,
    /// It takes no body of more than a hundred bytes.
    Small,
}

/// What provokes a code.
pub(crate) struct Row {
    /// By the list in force, and by that of 2018.
    pub(crate) codes: [&'static str; 2],
    setup: Setup,
    sent: fn() -> Sent,
}

const fn row(codes: [&'static str; 2], sent: fn() -> Sent) -> Row {
    Row {
        codes,
        setup: Setup::Usual,
        sent,
    }
}

fn given(id: &str) -> bytes::Bytes {
    message("JW301", GEMEENTE_A, ZORG_A, id)
}

fn file(to: &str) -> Sent {
    Sent {
        to: to.to_owned(),
        ..Sent::file("BUDGET-CSV", "a.csv", &[b'a'; 101])
    }
}

/// Of the published ones all that can arise.
pub(crate) const ROWS: &[Row] = &[
    row(["IB001", "RIN001"], || Sent {
        bericht: "<GGK:xmlBestand>*</GGK:xmlBestand>".to_owned(),
        ..Sent::di01(b"")
    }),
    row(["IB004", "IB240"], || {
        let body = given("K1");
        let text = std::str::from_utf8(&body).expect("text");
        Sent::di01(text.replace("jw301", "jw399").as_bytes())
    }),
    row(["IB005", "IB210"], || file("9999")),
    row(["IB007", "IB234"], || file(ZORG_B)),
    row(["IB007", "IB234"], || Sent {
        functie: "JW319".to_owned(),
        ..Sent::di01(&given("K2"))
    }),
    row(["IB009", "BRS03"], || Sent {
        from: GEMEENTE_B.to_owned(),
        ..Sent::di01(&message("JW301", GEMEENTE_B, ZORG_A, "K3"))
    }),
    row(["IB010", "IB210"], || Sent {
        to: "99999999".to_owned(),
        ..Sent::di01(&message("JW301", GEMEENTE_A, "99999999", "K4"))
    }),
    row(["IB010", "CC09"], || Sent {
        to: ZORG_B.to_owned(),
        ..Sent::di01(&given("K5"))
    }),
    Row {
        setup: Setup::Small,
        ..row(["IB012", "CC03"], || file(ZORG_A))
    },
    row(["IB014", "CC02"], || Sent::di01(&broken(&given("K6")))),
    row(["IB014", "CC02"], || Sent::di01(b"no xml at all")),
    row(["IB016", "CC08"], || Sent::di01(&changed(&given("K0")))),
    Row {
        setup: Setup::Early,
        ..row(["IB023", "IB103"], || Sent::di01(&given("K7")))
    },
];

/// A door with what is different; the usual one has taken an allocation.
async fn door(setup: Setup) -> Door {
    let mut world = match setup {
        Setup::Usual => World::new(),
        Setup::Small => World::new().taking_at_most(100),
        Setup::Early => {
            let clock = ManualClock::at(world::time("2015-03-01T09:00:00Z"));
            World::at(Store::memory(), clock)
        }
    };
    let files = "[[tekstBestand]]\nfunctie = \"BUDGET-CSV\"\nsender = \"0289\"\nreceivers = [\"98980001\"]\n";
    world.register = register(&format!("{PARTIES}{files}"));
    let door = Door::above(world);
    if setup == Setup::Usual {
        stored(&Sent::di01(&given("K0")).to(&door).await);
    }
    door
}

#[tokio::test]
async fn each_code_of_fo01_is_told_at_the_endpoint_of_the_sender_by_either_list() {
    for (list, codes) in [Generation::Current, Generation::Of2018]
        .into_iter()
        .enumerate()
    {
        for setup in [Setup::Usual, Setup::Early, Setup::Small] {
            let door = door(setup).await;
            let rows = ROWS.iter().filter(|row| row.setup == setup);
            let mut expected = Vec::new();
            for (at, row) in rows.enumerate() {
                let number = format!("{at:08x}-5c69-41e5-a837-0800200c9a66");
                let sent = Sent {
                    number: number.clone(),
                    ..(row.sent)()
                };
                stored(&sent.to(&door).await);
                expected.push((number, row.codes[list].to_owned()));
            }
            assert!(!expected.is_empty(), "{setup:?}");
            let server = Server::start(door.world.clock.now()).await;
            server.script(&[], bv03("{number}"));
            let register = to_gemeente(&server, "");
            let mut courier = courier_by(&door.world, &register, codes);
            assert_eq!(courier.until_idle().await, None);
            let mut told = Vec::new();
            for request in server.requests() {
                assert!(request.head.contains("/Fo01\""), "{}", request.head);
                let text = request.value("omschrijving");
                assert!(is_a_text(&text), "{text}");
                told.push((request.value("crossRefnummer"), request.value("code")));
            }
            // Order is kept per pair of parties.
            told.sort();
            assert_eq!(told, expected, "{codes:?} {setup:?}");
        }
    }
}
