//! What the wires of others cost beside the own API, and the way from one to the other.
//!
//! A 301 of a municipality by `POST` and as a Di01 of the GGk, a 323 of a provider by `POST` and as a push of the VSP: in rounds, one after the other, so
//! that what else the machine does is in all of them. Then so many 301 a second as Di01, which the providers list, fetch and confirm over the VSP.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use http::StatusCode;
use knooppunt::client::Client;
use knooppunt::clock::{Clock as _, SystemClock};
use knooppunt::envelope::ggk::Stuurgegevens;
use knooppunt::envelope::ggk::write::{self, Versions, tijdstip};
use knooppunt::envelope::wire::{Side, uuid_text};
use knooppunt::ledger;
use serde_json::{Value, json};

use super::load::{self, BOUNDARY, Door, Figures, Plan};
use super::messages::{self, Envelope, Law};
use super::site::{CODES_EACH, Running, Site};
use super::{Line, MUNICIPALITIES, NUMBER, measured, small};

const ROUNDS: u32 = 6;
/// Providers that hand in, and that messages go to.
const HERE: usize = 16;
/// Messages a second from one wire to the other.
pub(super) const THROUGH: u32 = 500;
/// The name of the gateway in what providers are told.
const URL: &str = "https://knooppunt.example";
const PULL: &str = "/berichtenservice/berichten/rest-pull/v1/berichten";

/// Opens the door of the VSP, and lets the providers fetch there.
pub(super) fn open(site: &Site) {
    site.configure("vsp", "url", URL);
    let file = site.path("register.toml");
    let mut register = std::fs::read_to_string(file).expect("a register");
    for provider in 0..HERE {
        let _ = write!(
            register,
            "[[pull]]\nparty = \"aanbieder-{provider}\"\nzip = false\n\n"
        );
    }
    site.register(&register);
}

/// A kind of message at a door.
#[derive(Debug, Clone, Copy)]
struct Way {
    what: &'static str,
    door: Door,
    of_provider: bool,
}

/// Each wire behind the own API with the same message.
const WAYS: [Way; 4] = [
    Way {
        what: "301, POST of the own API",
        door: Door::Own,
        of_provider: false,
    },
    Way {
        what: "301, Di01 of the GGk",
        door: Door::Ggk,
        of_provider: false,
    },
    Way {
        what: "323, POST of the own API",
        door: Door::Own,
        of_provider: true,
    },
    Way {
        what: "323, push of the VSP",
        door: Door::Vsp,
        of_provider: true,
    },
];

impl Way {
    fn clients(self, running: &Running, connections: usize) -> Vec<Client> {
        let party = |n: usize| {
            if self.of_provider {
                format!("aanbieder-{}", n % HERE)
            } else {
                "gemeenten".to_owned()
            }
        };
        (0..connections)
            .map(|n| running.client(&party(n)))
            .collect()
    }

    fn body(self, index: usize) -> Vec<u8> {
        match (self.door, self.of_provider) {
            (Door::Own, true) => small(index % HERE),
            (Door::Own, false) => Allocation::new().content,
            (Door::Ggk, _) => Allocation::new().di01(),
            (Door::Vsp, _) => push(index % HERE),
        }
    }
}

/// Every way on 1 and on 16 connections, and what a wire costs of what the own API costs.
pub(super) async fn measure(running: &Running, length: Duration) {
    for connections in [1, 16] {
        let mut sums: Vec<(Figures, f64)> = WAYS.iter().map(|_| Default::default()).collect();
        for _ in 0..ROUNDS {
            for (way, (figures, busy)) in WAYS.into_iter().zip(&mut sums) {
                let clients = way.clients(running, connections);
                let plan = Plan {
                    door: way.door,
                    ..Plan::full(length / ROUNDS)
                };
                let load = load::planned(clients, plan, move |index, _| way.body(index));
                let line = measured(running, String::new(), load).await;
                *busy += line.gateway * line.figures.elapsed.as_secs_f64();
                figures.add(line.figures);
            }
        }
        let sums = WAYS.into_iter().zip(sums).map(|(way, (figures, busy))| {
            let line = Line {
                what: format!("{}, {connections} connections", way.what),
                gateway: busy / figures.elapsed.as_secs_f64(),
                load: 0.0,
                figures,
            };
            let each = busy / line.figures.latencies.len().max(1) as f64;
            println!("{line}, {:.0} us of processor a message", each * 1e6);
            (each, line.figures.permille(500).as_secs_f64())
        });
        let sums: Vec<_> = sums.collect();
        for (pair, name) in sums.chunks(2).zip(["Di01", "push"]) {
            if let [own, wire] = pair {
                println!(
                    "{name} to POST, {connections} connections: processor {:.2}, p50 {:.2}",
                    wire.0 / own.0,
                    wire.1 / own.1
                );
            }
        }
    }
}

/// From SOAP to REST, as planned. A latency is the time from a Di01 being made until its provider had fetched and confirmed it over the VSP.
pub(super) async fn through(running: &Running, plan: Plan) -> Line {
    let sent: Arc<Mutex<HashMap<String, Instant>>> = Arc::default();
    let over = Arc::new(AtomicBool::new(false));
    let pulls: Vec<_> = (0..HERE)
        .map(|n| {
            let client = running.client(&format!("aanbieder-{n}"));
            tokio::spawn(pull(client, Arc::clone(&sent), Arc::clone(&over)))
        })
        .collect();
    let way = WAYS[1];
    let plan = Plan {
        door: way.door,
        ..plan
    };
    let note = Arc::clone(&sent);
    let load = load::planned(way.clients(running, HERE), plan, move |_, _| {
        let allocation = Allocation::new();
        let mut note = note.lock().unwrap_or_else(PoisonError::into_inner);
        note.insert(allocation.number.clone(), Instant::now());
        allocation.di01()
    });
    let mut line = measured(running, String::new(), load).await;
    over.store(true, Ordering::Relaxed);
    let taken = std::mem::take(&mut line.figures.latencies);
    for pull in pulls {
        let latencies = pull.await.expect("a fetching provider does not panic");
        line.figures.latencies.extend(latencies);
    }
    line.figures.latencies.sort_unstable();
    assert_eq!(
        line.figures.latencies.len(),
        taken.len(),
        "each comes out once"
    );
    line.what = format!(
        "SOAP in (p99 {:.1} ms), REST out",
        taken
            .get(taken.len() * 99 / 100)
            .map_or(0.0, |took| took.as_secs_f64() * 1e3)
    );
    line
}

/// Lists, fetches and confirms until nothing waits any more and nothing is sent.
async fn pull(
    mut client: Client,
    sent: Arc<Mutex<HashMap<String, Instant>>>,
    over: Arc<AtomicBool>,
) -> Vec<Duration> {
    let text = |value: &Value, place: &str| value.pointer(place)?.as_str().map(str::to_owned);
    let mut latencies = Vec::new();
    loop {
        let is_last = over.load(Ordering::Relaxed);
        let answer = client.get(PULL).await.expect("the gateway is there");
        assert_eq!(answer.status, StatusCode::OK, "a list");
        let waiting: Vec<Value> = serde_json::from_slice(&answer.body).expect("a list");
        if waiting.is_empty() {
            if is_last {
                return latencies;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        for message in waiting {
            let number = text(&message, "/referentiegegevens/traceerId").expect("a number");
            let url = text(&message, "/basisgegevens/payload/url").expect("an address");
            let path = url.strip_prefix(URL).expect("an address of ours");
            let payload = client.get(path).await.expect("the gateway is there");
            assert_eq!(payload.status, StatusCode::OK, "a payload");
            let gone = client.delete(&format!("{PULL}/{number}")).await;
            let status = gone.expect("the gateway is there").status;
            assert_eq!(status, StatusCode::ACCEPTED, "a confirmation");
            let due = sent.lock().unwrap_or_else(PoisonError::into_inner);
            latencies.push(due.get(&number).expect("it was sent").elapsed());
        }
    }
}

/// A 301 with its number on the wires.
struct Allocation {
    number: String,
    gemeente: String,
    aanbieder: String,
    content: Vec<u8>,
}

impl Allocation {
    fn new() -> Self {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let spread = usize::try_from(number).unwrap_or(0);
        let gemeente = Site::gemeente(spread / CODES_EACH % MUNICIPALITIES);
        let aanbieder = Site::agb(spread % HERE, spread / HERE % CODES_EACH);
        let content = messages::toewijzing(
            Law::Jw,
            Envelope {
                gemeente: &gemeente,
                aanbieder: &aanbieder,
                identificatie: &format!("{number:012}"),
            },
            u32::try_from(number % 1_000).unwrap_or(0),
        );
        Self {
            number: wire_number(number),
            gemeente,
            aanbieder,
            content,
        }
    }

    fn di01(&self) -> Vec<u8> {
        let side = |code: &str, applicatie: &str| Side {
            code: code.to_owned(),
            applicatie: Some(applicatie.to_owned()),
            ..Side::default()
        };
        let of = Stuurgegevens {
            code: "Di01".to_owned(),
            sender: side(&self.gemeente, "Jeugdapplicatie"),
            receiver: side(&self.aanbieder, "GGk"),
            number: self.number.clone(),
            sent_at: tijdstip(SystemClock.now()),
            functie: Some("JW301".to_owned()),
            ..Stuurgegevens::default()
        };
        let versions = Versions {
            applicatie: (4, 1),
            functie: (3, 2),
        };
        write::letter(ledger::Door::Ggk0210, &of, versions, &self.content, None)
            .expect("versions of at most four digits")
            .into_bytes()
    }
}

/// A version 4 UUID that no other message of this run has.
fn wire_number(number: u64) -> String {
    let mut bits = [0x4d; 16];
    bits[6] = 0x40;
    bits[8..].copy_from_slice(&number.to_be_bytes());
    bits[8] = 0x80;
    uuid_text(bits)
}

/// The push of a declaration of a provider.
fn push(provider: usize) -> Vec<u8> {
    let content = small(provider);
    let text = |name: &str| {
        let content = String::from_utf8_lossy(&content);
        let (_, after) = content.split_once(&format!(":{name}>")).expect("a header");
        let (value, _) = after.split_once('<').expect("a header");
        value.to_owned()
    };
    let (gemeente, aanbieder) = (text("Ontvanger"), text("Afzender"));
    let is_jw = content.windows(5).any(|window| window == b"/ijw/");
    let law = if is_jw { "JW" } else { "WMO" };
    let number = wire_number(NUMBER.fetch_add(1, Ordering::Relaxed));
    let metadata = json!({
        "routeringgegevens": {
            "afzender": {"rol": "Instelling", "code": aanbieder},
            "geadresseerden": [{"rol": "Gemeente", "code": gemeente}],
            "berichtstroom": {
                "berichttype": law, "berichtsubtype": format!("{law}323"),
                "berichtversie": 3, "berichtsubversie": 2, "actie": "Declaratie"
            }
        },
        "referentiegegevens": {"conversatieId": number, "traceerId": number},
        "verwerkingscontext": [{"sleutel": "Applicatie", "waarde": ["Zorgpakket"]}]
    });
    let mut body = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"berichtMetadata\"\r\nContent-Type: application/json\r\n\r\n{metadata}\r\n\
         --{BOUNDARY}\r\nContent-Disposition: form-data; name=\"payload\"; filename=\"declaratie.xml\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(&content);
    body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
    body
}
