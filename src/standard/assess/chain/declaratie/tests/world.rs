//! A municipality and a provider with the allocations of the worked cases, and what becomes of a message between them.

use std::path::Path;
use std::sync::LazyLock;

use jiff::civil::{Date, date, time};

use super::message::{BSN1, BSN2, BSN3, Sent};
use crate::assess::{self, Around, Decision, Footing, Judged, Settings};
use crate::bericht::berichtsoort::Law;
use crate::bericht::{Eenheid, Frequentie, Omvang, Product};
use crate::history::{
    self, Change, Past, Pseudonymise, Reden, Settled, Stamp, Unkeyed, Version, seen, settle,
};
use crate::reference::Reference;
use crate::retour::{self, MadeAs};
use crate::rules::Weight;
use crate::{Bericht, Limits, Node, Releases};

pub(super) const NAMES: &dyn Pseudonymise = &Unkeyed;

/// The releases of this repository.
static RELEASES: LazyLock<Releases> = LazyLock::new(|| {
    let schemas = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas");
    let mut files = Vec::new();
    for folder in ["ijw/3.2", "iwmo/3.2"] {
        for entry in std::fs::read_dir(schemas.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                let name = path.file_name().unwrap().to_str().unwrap();
                files.push((format!("{folder}/{name}"), std::fs::read(&path).unwrap()));
            }
        }
    }
    Releases::load(files).unwrap()
});

/// What a message is made into.
pub(super) fn with_bericht<T>(xml: &str, then: impl FnOnce(&Bericht<'_>) -> T) -> T {
    let checked = RELEASES.check(xml.as_bytes(), &Limits::default());
    assert!(
        checked.findings.is_empty(),
        "{:?}\n{xml}",
        checked.findings.list
    );
    then(&Bericht::read(&checked).expect("it is read"))
}

/// The outcome of judging, in words.
#[derive(Debug)]
pub(super) struct Outcome {
    /// `Client[1]/Prestatie[2] 9321`, in document order.
    pub(super) refused: Vec<String>,
    pub(super) advised: Vec<String>,
    pub(super) unknown: Vec<String>,
    /// Elements whose basis fell away.
    pub(super) unjudged: Vec<String>,
    pub(super) held: Vec<String>,
    pub(super) judged: Judged,
}

impl Outcome {
    /// The signed sum of what is granted; `None` when the declaration is not processed.
    pub(super) fn granted(&self) -> Option<i128> {
        let changes = &self.judged.changes;
        let mut granted = changes.iter().filter_map(|change| {
            if let Change::Granted { line, .. } = change {
                Some(line.bedrag.signed())
            } else {
                None
            }
        });
        let sum = granted.by_ref().sum();
        (!changes.is_empty()).then_some(sum)
    }
}

/// What is known on both sides.
#[derive(Clone)]
pub(super) struct World {
    pub(super) law: Law,
    pub(super) past: Past,
    pub(super) reference: Reference,
    pub(super) settings: Settings,
    pub(super) history_from: Option<Date>,
    /// Toewijzingsdatum of what is allocated.
    pub(super) stamp: Date,
}

impl World {
    /// The allocations and agreements of the worked cases.
    pub(super) fn new() -> Self {
        Self::under(Law::Jw)
    }

    pub(super) fn under(law: Law) -> Self {
        let mut world = Self {
            law,
            past: Past::new(),
            reference: reference(5500, ""),
            settings: Settings::default(),
            history_from: Some(Around::FIRST_DAY),
            stamp: date(2026, 2, 20),
        };
        let year = Some(date(2026, 12, 31));
        let first = date(2026, 3, 1);
        world.allocate_1001(date(2026, 5, 31));
        world.allocate(
            1002,
            BSN1,
            Some(("45", Some("45A03"))),
            (first, None),
            size(600, "01", "4"),
        );
        world.allocate(
            1003,
            BSN2,
            Some(("44", None)),
            (first, year),
            (None, Some(500_000)),
        );
        let saturday = Some(date(2026, 6, 6));
        world.allocate(
            1004,
            BSN1,
            Some(("50", Some("50A01"))),
            (first, saturday),
            size(30_000, "83", "2"),
        );
        world.allocate(
            1005,
            BSN1,
            Some(("43", Some("43A05"))),
            (date(2026, 4, 1), None),
            size(40, "14", "6"),
        );
        world.allocate(
            1006,
            BSN2,
            Some(("45", Some("45A04"))),
            (first, Some(first)),
            size(3, "04", "2"),
        );
        world.allocate(
            1007,
            BSN3,
            None,
            (date(2026, 1, 1), year),
            (None, Some(100_000)),
        );
        world.allocate(
            2001,
            BSN1,
            Some(("01", Some("01A01"))),
            (date(2026, 3, 2), year),
            size(2, "04", "2"),
        );
        world
    }

    /// Three hours a week from 2 March to a last day.
    pub(super) fn allocate_1001(&mut self, last: Date) {
        let term = (date(2026, 3, 2), Some(last));
        self.allocate(
            1001,
            BSN1,
            Some(("45", Some("45A04"))),
            term,
            size(3, "04", "2"),
        );
    }

    /// Allocation 1006 is removed, all others are not.
    pub(super) fn allocate(
        &mut self,
        nummer: u64,
        bsn: &str,
        product: Option<(&str, Option<&str>)>,
        (ingangsdatum, einddatum): (Date, Option<Date>),
        (omvang, budget): (Option<Omvang>, Option<u64>),
    ) {
        let product = product.map(|(categorie, code)| {
            let product = Product {
                categorie: categorie.into(),
                code: code.map(Into::into),
            };
            NAMES.product(self.law, &product)
        });
        self.past.apply(&Change::Toewijzing {
            nummer: NAMES.toewijzing(nummer),
            client: NAMES.client(bsn),
            version: Version {
                stamp: Stamp {
                    date: self.stamp,
                    time: time(9, 0, 0, 0),
                },
                product,
                ingangsdatum,
                einddatum,
                reden: Reden::read((nummer == 1006).then_some("13")),
                omvang,
                budget,
                referentie: None,
            },
        });
    }

    /// Another tariff for an hour of 45A04.
    pub(super) fn contract(mut self, tarief: u64) -> Self {
        self.reference = reference(tarief, "");
        self
    }

    /// A contract in which hours of 45A04 are counted by output.
    pub(super) fn by_output(mut self) -> Self {
        self.reference = reference(5500, ", variant = 'output'");
        self
    }

    pub(super) fn judge(&self, sent: &Sent) -> Outcome {
        self.decide(sent, &[])
    }

    /// Judges after the municipality decided on lines that waited.
    pub(super) fn decide(&self, sent: &Sent, decisions: &[Decision]) -> Outcome {
        with_bericht(&sent.xml(), |bericht| {
            outcome(
                bericht,
                assess::decided(bericht, &self.around(sent), decisions),
            )
        })
    }

    /// What is booked of a declaration by who judges it, and by who waits for its answer: the 325 that is made of the judgement, valid and
    /// right by itself (TR342 among others), settles what waits.
    pub(super) fn booked_on_both_sides(&self, sent: &Sent) -> [Vec<Change>; 2] {
        with_bericht(&sent.xml(), |bericht| {
            let around = self.around(sent);
            let judged = assess::chain(bericht, &around);
            let made_as = MadeAs {
                identificatie: "A1",
                dagtekening: sent.dagtekening,
            };
            let answer = retour::answer(&RELEASES, bericht, &judged.assessment, made_as);
            let answer = String::from_utf8(answer.unwrap()).unwrap();
            let waiting = assess::when_accepted(bericht, &around);
            let settled = with_bericht(&answer, |answer| {
                assert_eq!(assess::message(answer).breaches, []);
                settle(waiting, answer, NAMES)
            });
            match settled {
                Settled::Apply(changes) => [judged.changes, changes],
                other @ (Settled::Drop | Settled::Report(_)) => panic!("{other:?}\n{answer}"),
            }
        })
    }

    /// Whether the outcome of a declaration hangs on one that waits for its receiver's own answer.
    pub(super) fn hangs(&self, sent: &Sent, waits: &Sent) -> bool {
        let waits = with_bericht(&waits.xml(), |bericht| {
            assess::when_accepted(bericht, &self.around(waits))
        });
        with_bericht(&sent.xml(), |bericht| {
            let mut keys = history::wanted(bericht, NAMES);
            keys.extend(history::wanted_more(bericht, NAMES, &self.past));
            let judged = assess::chain(bericht, &self.around(sent));
            let footing = Footing::of(bericht, &judged, &self.past, keys);
            let mut waits = waits.iter();
            waits.any(|waits| !footing.hit_by(waits, &self.past).is_empty())
        })
    }

    pub(super) fn around(&self, sent: &Sent) -> Around<'_> {
        Around {
            past: &self.past,
            pseudonyms: NAMES,
            reference: &self.reference,
            settings: &self.settings,
            received: sent.dagtekening,
            history_from: self.history_from,
            used_up: false,
        }
    }

    /// Judges, and keeps what follows.
    pub(super) fn take(&mut self, sent: &Sent) -> Outcome {
        let outcome = self.judge(sent);
        self.past.apply_all(&outcome.judged.changes);
        let came = with_bericht(&sent.xml(), |bericht| seen(bericht, NAMES));
        self.past.apply(&came);
        outcome
    }
}

/// Agreed products, and a contract with this tariff for an hour of 45A04 and what else it says of it.
fn reference(tarief: u64, more: &str) -> Reference {
    let mut files = vec![(
        "gemeenten/2026.toml".to_owned(),
        "title = 'CBS'\nedition = '2026-01-01'\ncode = [{ code = '0384', meaning = 'x' }]"
            .to_owned(),
    )];
    for law in ["jw", "wmo"] {
        let parties =
            format!("title = 'x'\nlaw = '{law}'\ngemeente = '0384'\naanbieder = '65656055'\n");
        let products = [
            "45A03", "45A04", "45A05", "44A01", "44A07", "50A01", "43A05", "01A01",
        ];
        let products = products.map(|code| {
            format!(
                "{{ categorie = '{}', code = '{code}' }}",
                code.get(..2).unwrap()
            )
        });
        files.push((
            format!("products/{law}.toml"),
            format!("{parties}product = [{}]", products.join(", ")),
        ));
        files.push((
            format!("contracts/{law}.toml"),
            format!(
                "{parties}line = [{{ code = '45A04', eenheid = '04', product_tarief = {tarief}{more} }}]"
            ),
        ));
    }
    let files = files.into_iter();
    Reference::load(files.map(|(path, text)| (path, text.into_bytes()))).unwrap()
}

pub(super) fn size(volume: u32, eenheid: &str, frequentie: &str) -> (Option<Omvang>, Option<u64>) {
    let omvang = Omvang {
        volume,
        eenheid: Eenheid::from_code(eenheid).unwrap(),
        frequentie: Frequentie::from_code(frequentie).unwrap(),
    };
    (Some(omvang), None)
}

fn outcome(bericht: &Bericht<'_>, judged: Judged) -> Outcome {
    let name = |number: u32| place(bericht, number);
    let of = |weight: Weight| {
        let found = judged.assessment.breaches.iter();
        let found = found.filter(|breach| breach.weight == weight);
        found
            .map(|breach| format!("{} {}", name(breach.at), breach.rule.code))
            .collect()
    };
    Outcome {
        refused: of(Weight::Refuses),
        advised: of(Weight::Advises),
        unknown: of(Weight::NotAssessed),
        unjudged: judged
            .assessment
            .unjudged
            .iter()
            .map(|at| name(*at))
            .collect(),
        held: judged.held.iter().map(|held| name(held.at)).collect(),
        judged,
    }
}

/// `Client[1]/Prestatie[2]` or the name of the class.
pub(super) fn place(bericht: &Bericht<'_>, number: u32) -> String {
    let mut steps = Vec::new();
    let mut here = find(bericht.root, number);
    while let Some(node) = here {
        let parent = node.parent();
        if matches!(node.name(), "Client" | "Prestatie") {
            let siblings = parent.into_iter().flat_map(Node::children);
            let index = siblings
                .filter(|sibling| sibling.name() == node.name())
                .position(|sibling| sibling.number() == node.number())
                .unwrap();
            steps.push(format!("{}[{}]", node.name(), index + 1));
        } else if steps.is_empty() {
            steps.push(node.name().to_owned());
        }
        here = parent;
    }
    steps.reverse();
    steps.join("/")
}

fn find(node: Node<'_>, number: u32) -> Option<Node<'_>> {
    if node.number() == number {
        return Some(node);
    }
    node.children().find_map(|child| find(child, number))
}
