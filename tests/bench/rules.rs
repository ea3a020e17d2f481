//! What judging a declaration costs beside checking its form: levels 2 to 4 of a 323 with its past in memory against the XSD check of the same
//! bytes, in interleaved rounds. Then the same for ten times the lines. Prints medians of processor time, and ratios; and the most memory that judging takes,
//! which a program of its own measures for each size, so that nothing is counted that was freed before.
//!
//! `cargo bench -p knooppunt-standard --bench rules`. Each client has five allocations with a line on each, and three months of earlier lines. Pseudonyms
//! are HMAC-SHA-256, as in the gateway. There are 9,000 BSNs for tests, so that the large one has eleven lines a client, on five allocations.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a bench prints, and stops at the first surprise"
)]

#[path = "../support/processor.rs"]
mod processor;

use std::fmt::Write as _;
use std::hint::black_box;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use hmac::{Hmac, Mac as _};
use jiff::civil::{Date, date, time};
use knooppunt_standard::assess::{self, Around, Settings};
use knooppunt_standard::bericht::{
    Bedrag, DebetCredit, Eenheid, Frequentie, Omvang, Periode, Product,
};
use knooppunt_standard::history::{
    self, Change, Label, Line, Past, Pseudonym, Pseudonymise, Reden, Stamp, Version,
};
use knooppunt_standard::reference::Reference;
use knooppunt_standard::{Bericht, Law, Limits, Releases};
use sha2::Sha256;

use processor::{median, timed};

const ROUNDS: usize = 21;
const ALLOCATIONS: u32 = 5;
const GEMEENTE: &str = "0289";
const AANBIEDER: &str = "98980001";

/// Clients and lines a client.
const SMALL: (u32, u32) = (2_000, 5);
const LARGE: (u32, u32) = (9_000, 11);

fn main() {
    let releases = releases();
    let reference = reference();
    if std::env::args().any(|argument| argument == MEMORY) {
        let is_large = std::env::args().any(|argument| argument == "large");
        return memory(&releases, &reference, if is_large { LARGE } else { SMALL });
    }
    let small = measure(&releases, &reference, SMALL, ROUNDS);
    let large = measure(&releases, &reference, LARGE, ROUNDS / 4);
    println!();
    memory_of("small");
    memory_of("large");
    let lines = f64::from(LARGE.0 * LARGE.1) / f64::from(SMALL.0 * SMALL.1);
    let ratio = large.as_secs_f64() / small.as_secs_f64();
    println!(
        "\n{lines:.1} times the lines take {ratio:.1} times as long to judge (goal: at most 11 for 10)"
    );
}

/// One interleaved run over a declaration; what the rules took.
fn measure(
    releases: &Releases,
    reference: &Reference,
    (clients, lines): (u32, u32),
    rounds: usize,
) -> Duration {
    let body = declaratie(clients, lines);
    let names = Keyed::new();
    let past = past(clients, &names);
    let settings = Settings::default();
    let around = Around {
        past: &past,
        pseudonyms: &names,
        reference,
        settings: &settings,
        received: date(2026, 5, 6),
        history_from: Some(Around::FIRST_DAY),
        used_up: false,
    };
    let limits = Limits {
        body_bytes: usize::MAX,
        ..Limits::default()
    };
    let mut took: [Vec<Duration>; 5] = Default::default();
    let mut granted = 0;
    for _ in 0..rounds {
        let (checked, time) = timed(|| releases.check(black_box(&body), &limits));
        took[0].push(time);
        assert!(checked.findings.is_empty(), "{:?}", checked.findings.list);
        let (bericht, time) = timed(|| Bericht::read(&checked).expect("it is read"));
        took[1].push(time);
        let (second, time) = timed(|| assess::message(&bericht));
        took[2].push(time);
        assert!(second.accepts(), "level 2 accepts");
        let (judged, time) = timed(|| assess::chain(&bericht, &around));
        took[3].push(time);
        assert!(
            judged.assessment.accepts(),
            "{:?}",
            judged.assessment.breaches.first()
        );
        granted = judged.changes.len() - 1;
        let (keys, time) = timed(|| history::wanted(&bericht, &names));
        took[4].push(time);
        black_box(keys);
    }
    let [form, read, second, chain, wanted] = took.map(median);
    let rules = second + chain;
    println!(
        "\n323 of {granted} lines over {clients} clients, {} bytes, a past of {} rows, {rounds} rounds",
        body.len(),
        past.len()
    );
    for (what, time) in [
        ("XSD check, tree included", form),
        ("read through its names", read),
        ("level 2", second),
        ("levels 3 and 4", chain),
        ("levels 2 to 4", rules),
        ("which rows of the past (beside)", wanted),
    ] {
        let (ms, each) = (time.as_secs_f64() * 1e3, time.as_secs_f64() * 1e6);
        let each = each / f64::from(clients * lines);
        let ratio = time.as_secs_f64() / form.as_secs_f64();
        println!("  {what:32} {ms:8.1} ms {each:6.2} us a line   {ratio:.2} of the XSD check");
    }
    rules
}

/// Asks this program for what judging one size takes at most.
const MEMORY: &str = "--memory";

/// Runs this program for one size. What it frees goes back to the system at once, so that its peak is that of what it holds.
fn memory_of(size: &str) {
    let program = std::env::current_exe().expect("this program");
    let status = Command::new(program)
        .args([MEMORY, size])
        .env("MALLOC_MMAP_THRESHOLD_", "65536")
        .env("MALLOC_TRIM_THRESHOLD_", "0")
        .status();
    assert!(status.expect("it runs").success(), "it measures");
}

/// The most that levels 2 to 4 hold beside the message, its tree and the past.
fn memory(releases: &Releases, reference: &Reference, (clients, lines): (u32, u32)) {
    let body = declaratie(clients, lines);
    let names = Keyed::new();
    let past = past(clients, &names);
    let limits = Limits {
        body_bytes: usize::MAX,
        ..Limits::default()
    };
    let checked = releases.check(&body, &limits);
    let bericht = Bericht::read(&checked).expect("it is read");
    let settings = Settings::default();
    let around = Around {
        past: &past,
        pseudonyms: &names,
        reference,
        settings: &settings,
        used_up: false,
        received: date(2026, 5, 6),
        history_from: Some(Around::FIRST_DAY),
    };
    // From here on the peak is counted anew (proc(5), clear_refs).
    std::fs::write("/proc/self/clear_refs", "5").expect("Linux lets it");
    let before = resident("VmRSS:");
    let second = assess::message(&bericht);
    let judged = assess::chain(&bericht, &around);
    let more = resident("VmHWM:") - before;
    assert!(second.accepts() && judged.assessment.accepts());
    let count = f64::from(clients * lines);
    println!(
        "judging {count} lines holds {:.1} MB more at most: {:.0} bytes a line, {:.2} of the message",
        more / 1e6,
        more / count,
        more / u32::try_from(body.len()).map_or(f64::MAX, f64::from)
    );
}

/// A line of this program's status, in bytes.
fn resident(name: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find(|line| line.starts_with(name));
    let kib = line.and_then(|line| line.split_whitespace().nth(1));
    kib.and_then(|kib| kib.parse::<f64>().ok())
        .expect("a number")
        * 1024.0
}

fn releases() -> Releases {
    let schemas = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/ijw/3.2");
    let mut files = Vec::new();
    for entry in std::fs::read_dir(schemas).expect("our schemas") {
        let path = entry.expect("a file").path();
        if let (true, Some(name)) = (
            path.is_file(),
            path.file_name().and_then(|name| name.to_str()),
        ) {
            files.push((
                format!("ijw/3.2/{name}"),
                std::fs::read(&path).expect("is read"),
            ));
        }
    }
    Releases::load(files).expect("our schemas load")
}

fn reference() -> Reference {
    let parties =
        format!("title = 'x'\nlaw = 'jw'\ngemeente = '{GEMEENTE}'\naanbieder = '{AANBIEDER}'\n");
    let gemeenten = format!(
        "title = 'x'\nedition = '2026-01-01'\ncode = [{{ code = '{GEMEENTE}', meaning = 'x' }}]"
    );
    let files = [
        ("gemeenten/2026.toml", gemeenten),
        (
            "products/a.toml",
            format!("{parties}product = [{{ categorie = '45', code = '45A04' }}]"),
        ),
        (
            "contracts/a.toml",
            format!(
                "{parties}line = [{{ code = '45A04', eenheid = '04', product_tarief = 1250 }}]"
            ),
        ),
    ];
    Reference::load(files.map(|(path, text)| (path.to_owned(), text.into_bytes()))).expect("loads")
}

/// Pseudonyms as a gateway makes them.
struct Keyed(Hmac<Sha256>);

impl Keyed {
    fn new() -> Self {
        Self(Hmac::new_from_slice(&[7; 32]).expect("any length"))
    }
}

impl Pseudonymise for Keyed {
    fn of(&self, label: Label, value: &str) -> Pseudonym {
        let mut mac = self.0.clone();
        mac.update(label.as_str().as_bytes());
        mac.update(value.as_bytes());
        let whole = mac.finalize().into_bytes();
        let mut half = [0; 16];
        half.copy_from_slice(&whole[..16]);
        Pseudonym(half)
    }
}

/// The `n`th BSN of the test range that passes the eleven-proof; there are a little more than 9,000.
fn bsns(count: u32) -> Vec<u32> {
    let proof = |number: &u32| {
        let (mut rest, mut sum) = (*number, 0_i64);
        for weight in [-1_i64, 2, 3, 4, 5, 6, 7, 8, 9] {
            sum += weight * i64::from(rest % 10);
            rest /= 10;
        }
        sum % 11 == 0
    };
    let range = 999_900_006..=999_999_990;
    range.filter(proof).take(count as usize).collect()
}

const fn allocation(client: u32, line: u32) -> u32 {
    1 + client * ALLOCATIONS + line % ALLOCATIONS
}

/// The month of a line: lines of one allocation are of different months.
fn month(line: u32) -> Periode {
    let number = i8::try_from(4 - line / ALLOCATIONS).expect("a month");
    let first = date(2026, number, 1);
    Periode {
        begin: first,
        end: first.last_of_month(),
    }
}

/// Every allocation of 100 hours a month from 2020, with four hours granted in each of three months of 2025.
fn past(clients: u32, names: &dyn Pseudonymise) -> Past {
    let mut past = Past::new();
    let product = Product {
        categorie: "45".into(),
        code: Some("45A04".into()),
    };
    let product = names.product(Law::Jw, &product);
    for (place, bsn) in (0_u32..).zip(bsns(clients)) {
        let client = names.client(&bsn.to_string());
        for line in 0..ALLOCATIONS {
            let nummer = names.toewijzing(u64::from(allocation(place, line)));
            past.apply(&Change::Toewijzing {
                nummer,
                client,
                version: Version {
                    stamp: Stamp {
                        date: date(2020, 1, 1),
                        time: time(9, 0, 0, 0),
                    },
                    product: Some(product),
                    ingangsdatum: date(2020, 1, 1),
                    einddatum: Some(date(2026, 12, 31)),
                    reden: Reden::Other,
                    omvang: Some(Omvang {
                        volume: 100,
                        eenheid: Eenheid::Uur,
                        frequentie: Frequentie::Maand,
                    }),
                    budget: None,
                    referentie: None,
                },
            });
            for number in 1..=3_i8 {
                let first: Date = date(2025, number, 1);
                past.apply(&Change::Granted {
                    referentie: names.of(
                        Label::ReferentieNummer,
                        &format!("O{place}-{line}-{number}"),
                    ),
                    line: Line {
                        client,
                        toewijzing: nummer,
                        categorie: product.categorie,
                        code: product.code.expect("it has one"),
                        periode: Periode {
                            begin: first,
                            end: first.last_of_month(),
                        },
                        volume: 4,
                        eenheid: Eenheid::Uur,
                        tarief: Some(1250),
                        bedrag: Bedrag {
                            cents: 5000,
                            direction: DebetCredit::Debet,
                        },
                        vorig: None,
                        as_sent: false,
                    },
                });
            }
        }
    }
    past.clean();
    past
}

/// A valid JW323 that every rule accepts.
fn declaratie(clients: u32, lines: u32) -> Vec<u8> {
    let space = "http://www.istandaarden.nl/ijw/3_2";
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<jw323:Bericht xmlns:ijw=\"{space}/basisschema/schema\" xmlns:jw323=\"{space}/jw323/schema\">\n"
    );
    let header = format!(
        "<Header><BerichtCode>490</BerichtCode><BerichtVersie>3</BerichtVersie><BerichtSubversie>2</BerichtSubversie>\
         <Afzender>{AANBIEDER}</Afzender><Ontvanger>{GEMEENTE}</Ontvanger><BerichtIdentificatie><~Identificatie>D1</~Identificatie>\
         <~Dagtekening>2026-05-06</~Dagtekening></BerichtIdentificatie><XsdVersie><~BasisschemaXsdVersie>1.0.0</~BasisschemaXsdVersie>\
         <~BerichtXsdVersie>1.0.0</~BerichtXsdVersie></XsdVersie></Header>\
         <Declaratie><DeclaratieNummer>DN1</DeclaratieNummer><DeclaratiePeriode><~Begindatum>2026-04-01</~Begindatum>\
         <~Einddatum>2026-04-30</~Einddatum></DeclaratiePeriode><DeclaratieDagtekening>2026-05-06</DeclaratieDagtekening>\
         <TotaalIngediendBedrag><~TotaalBedrag>{}</~TotaalBedrag><~DebetCredit>D</~DebetCredit></TotaalIngediendBedrag><Clienten>",
        u64::from(clients * lines) * 5000
    );
    put(&mut xml, &header);
    for (client, bsn) in (0_u32..).zip(bsns(clients)) {
        put(&mut xml, &format!("<Client><Bsn>{bsn}</Bsn><Prestaties>"));
        for line in 0..lines {
            let Periode { begin, end } = month(line);
            let number = allocation(client, line);
            put(
                &mut xml,
                &format!(
                    "<Prestatie><ProductReferentie><~ReferentieNummer>RN{:09}</~ReferentieNummer></ProductReferentie>\
                     <ToewijzingNummer>{number}</ToewijzingNummer><ProductCategorie>45</ProductCategorie><ProductCode>45A04</ProductCode>\
                     <ProductPeriode><~Begindatum>{begin}</~Begindatum><~Einddatum>{end}</~Einddatum></ProductPeriode>\
                     <GeleverdVolume>4</GeleverdVolume><Eenheid>04</Eenheid><ProductTarief>1250</ProductTarief>\
                     <IngediendBedrag><~Bedrag>5000</~Bedrag><~DebetCredit>D</~DebetCredit></IngediendBedrag></Prestatie>",
                    client * lines + line
                ),
            );
        }
        put(&mut xml, "</Prestaties></Client>");
    }
    put(&mut xml, "</Clienten></Declaratie></Bericht>");
    xml.into_bytes()
}

/// Adds elements, each on a line of its own as senders write them; `~` stands for the namespace of the basis schema.
fn put(xml: &mut String, elements: &str) {
    for element in elements.split_inclusive('>') {
        let element = element.trim_start();
        for (at, part) in element.split('<').enumerate() {
            if at == 0 {
                xml.push_str(part);
                continue;
            }
            let (close, name) = part
                .strip_prefix('/')
                .map_or(("", part), |name| ("/", name));
            let (prefix, name) = name
                .strip_prefix('~')
                .map_or(("jw323", name), |name| ("ijw", name));
            let _ = write!(xml, "<{close}{prefix}:{name}");
        }
        if element.starts_with("</") || element.contains("</") {
            xml.push_str("\n\t\t\t");
        }
    }
}
