//! A municipality and a provider with the allocations of the worked cases, and messages made between them.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::LazyLock;

use jiff::civil::{Date, date, time};

use crate::assess::{self, Around, Decision, Footing, Judged, Settings};
use crate::bericht::berichtsoort::{Berichtsoort, Law};
use crate::bericht::{Eenheid, Frequentie, Omvang, Product};
use crate::history::{
    self, Change, Past, Pseudonymise, Reden, Settled, Stamp, Unkeyed, Version, seen, settle,
};
use crate::reference::Reference;
use crate::retour::{self, MadeAs};
use crate::rules::Weight;
use crate::{Bericht, Limits, Node, Releases};

pub(super) const BSN1: &str = "999900006";
pub(super) const BSN2: &str = "999900018";
pub(super) const BSN3: &str = "999900031";
pub(super) const UNKNOWN: &str = "999900043";
pub(super) const NAMES: &dyn Pseudonymise = &Unkeyed;

/// A line of a declaration.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) bsn: &'static str,
    pub(super) referentie: String,
    pub(super) vorig: Option<String>,
    pub(super) nummer: u64,
    pub(super) product: (&'static str, &'static str),
    pub(super) periode: (Date, Date),
    pub(super) volume: u32,
    pub(super) eenheid: &'static str,
    pub(super) tarief: Option<u64>,
    pub(super) cents: u64,
    pub(super) credit: bool,
}

impl Row {
    /// Hours on allocation 1001 (3 hours a week, 2 March to 31 May 2026) in a month, under the contract.
    pub(super) fn hours(referentie: &str, month: i8, volume: u32) -> Self {
        let first = date(2026, month, 1);
        Self {
            bsn: BSN1,
            referentie: referentie.to_owned(),
            vorig: None,
            nummer: 1001,
            product: ("45", "45A04"),
            periode: (first.max(date(2026, 3, 2)), first.last_of_month()),
            volume,
            eenheid: "04",
            tarief: Some(5500),
            cents: u64::from(volume) * 5500,
            credit: false,
        }
    }

    /// The credit of a line.
    pub(super) fn credit_of(&self, referentie: &str) -> Self {
        Self {
            vorig: Some(self.referentie.clone()),
            referentie: referentie.to_owned(),
            credit: true,
            ..self.clone()
        }
    }

    pub(super) fn of(self, bsn: &'static str) -> Self {
        Self { bsn, ..self }
    }

    pub(super) fn on(self, nummer: u64) -> Self {
        Self { nummer, ..self }
    }

    pub(super) fn product(self, categorie: &'static str, code: &'static str) -> Self {
        Self {
            product: (categorie, code),
            ..self
        }
    }

    pub(super) fn periode(self, begin: Date, end: Date) -> Self {
        Self {
            periode: (begin, end),
            ..self
        }
    }

    /// So much of a unit at a tariff, costing their product.
    pub(super) fn size(self, volume: u32, eenheid: &'static str, tarief: u64) -> Self {
        Self {
            volume,
            eenheid,
            tarief: Some(tarief),
            cents: u64::from(volume) * tarief,
            ..self
        }
    }

    /// So many cents of unit 83.
    pub(super) fn euros(self, cents: u32) -> Self {
        Self {
            volume: cents,
            eenheid: "83",
            tarief: None,
            cents: u64::from(cents),
            ..self
        }
    }

    pub(super) fn cents(self, cents: u64) -> Self {
        Self { cents, ..self }
    }

    fn signed(&self) -> i128 {
        let cents = i128::from(self.cents);
        if self.credit { -cents } else { cents }
    }
}

/// A declaration over a month.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    pub(super) law: Law,
    pub(super) id: String,
    pub(super) dagtekening: Date,
    pub(super) nummer: String,
    pub(super) month: Date,
    pub(super) rows: Vec<Row>,
}

impl Sent {
    /// Over a month of 2026, made in the next one, with an identification that is its number.
    pub(super) fn over(nummer: &str, month: i8, rows: impl IntoIterator<Item = Row>) -> Self {
        Self {
            law: Law::Jw,
            id: nummer.to_owned(),
            dagtekening: date(2026, month + 1, 6),
            nummer: nummer.to_owned(),
            month: date(2026, month, 1),
            rows: rows.into_iter().collect(),
        }
    }

    pub(super) fn named(self, id: &str) -> Self {
        Self {
            id: id.to_owned(),
            ..self
        }
    }

    pub(super) fn under(self, law: Law) -> Self {
        Self { law, ..self }
    }

    /// The signed sum of its lines.
    pub(super) fn total(&self) -> i128 {
        self.rows.iter().map(Row::signed).sum()
    }

    /// The message as XML; lines of one client that follow each other stand in one Client.
    pub(super) fn xml(&self) -> String {
        let mut xml = Xml::new(self.law, Berichtsoort::Declaratie);
        xml.header(&self.id, self.dagtekening, "65656055", "0384", "");
        xml.open("Declaratie");
        xml.leaf("DeclaratieNummer", &self.nummer);
        xml.periode(
            "DeclaratiePeriode",
            (self.month, self.month.last_of_month()),
        );
        xml.leaf("DeclaratieDagtekening", &self.dagtekening.to_string());
        xml.amount("TotaalIngediendBedrag", "TotaalBedrag", self.total());
        xml.clients(&self.rows, |_, _| {});
        xml.close("Declaratie");
        xml.finish()
    }
}

/// XML in the order and the namespaces of the schemas.
pub(super) struct Xml {
    out: String,
    prefix: String,
    standard: &'static str,
}

impl Xml {
    /// Elements to be put into a message.
    pub(super) fn part(law: Law, soort: Berichtsoort) -> Self {
        Self {
            out: String::new(),
            prefix: format!("{law}{}", soort.number()),
            standard: law.standard(),
        }
    }

    pub(super) fn text(self) -> String {
        self.out
    }

    pub(super) fn codes(&mut self, codes: &[&str]) {
        self.open("RetourCodes");
        for code in codes {
            self.leaf("RetourCode", code);
        }
        self.close("RetourCodes");
    }

    pub(super) fn new(law: Law, soort: Berichtsoort) -> Self {
        let (standard, prefix) = (law.standard(), format!("{law}{}", soort.number()));
        let space = format!("http://www.istandaarden.nl/{standard}/3_2");
        let mut xml = Self {
            out: format!(
                "<{prefix}:Bericht xmlns:{standard}=\"{space}/basisschema/schema\" xmlns:{prefix}=\"{space}/{prefix}/schema\">"
            ),
            prefix,
            standard,
        };
        xml.begin_header(soort.bericht_code(law));
        xml
    }

    fn begin_header(&mut self, code: &str) {
        self.open("Header");
        self.leaf("BerichtCode", code);
        self.leaf("BerichtVersie", "3");
        self.leaf("BerichtSubversie", "2");
    }

    /// `more` stands between XsdVersie and the end.
    pub(super) fn header(&mut self, id: &str, day: Date, from: &str, to: &str, more: &str) {
        self.leaf("Afzender", from);
        self.leaf("Ontvanger", to);
        self.identification("BerichtIdentificatie", id, day);
        self.versions("XsdVersie", "1.0.0");
        self.out.push_str(more);
        self.close("Header");
    }

    pub(super) fn identification(&mut self, name: &str, id: &str, day: Date) {
        self.open(name);
        self.basis("Identificatie", id);
        self.basis("Dagtekening", &day.to_string());
        self.close(name);
    }

    pub(super) fn versions(&mut self, name: &str, version: &str) {
        self.open(name);
        self.basis("BasisschemaXsdVersie", "1.0.0");
        self.basis("BerichtXsdVersie", version);
        self.close(name);
    }

    pub(super) fn open(&mut self, name: &str) {
        let _ = write!(self.out, "<{}:{name}>", self.prefix);
    }

    pub(super) fn close(&mut self, name: &str) {
        let _ = writeln!(self.out, "</{}:{name}>", self.prefix);
    }

    pub(super) fn leaf(&mut self, name: &str, value: &str) {
        let _ = write!(self.out, "<{0}:{name}>{value}</{0}:{name}>", self.prefix);
    }

    pub(super) fn basis(&mut self, name: &str, value: &str) {
        let _ = write!(self.out, "<{0}:{name}>{value}</{0}:{name}>", self.standard);
    }

    pub(super) fn periode(&mut self, name: &str, (begin, end): (Date, Date)) {
        self.open(name);
        self.basis("Begindatum", &begin.to_string());
        self.basis("Einddatum", &end.to_string());
        self.close(name);
    }

    pub(super) fn amount(&mut self, name: &str, part: &str, signed: i128) {
        self.open(name);
        self.basis(part, &signed.unsigned_abs().to_string());
        self.basis("DebetCredit", if signed < 0 { "C" } else { "D" });
        self.close(name);
    }

    /// `after` adds what stands at the end of a line, or of a client (`None`).
    pub(super) fn clients(&mut self, rows: &[Row], after: impl Fn(&mut Self, Option<&Row>)) {
        self.open("Clienten");
        for rows in rows.chunk_by(|one, next| one.bsn == next.bsn) {
            self.open("Client");
            self.leaf("Bsn", rows[0].bsn);
            self.open("Prestaties");
            for row in rows {
                self.row(row, &after);
            }
            self.close("Prestaties");
            after(self, None);
            self.close("Client");
        }
        self.close("Clienten");
    }

    fn row(&mut self, row: &Row, after: &impl Fn(&mut Self, Option<&Row>)) {
        self.open("Prestatie");
        self.open("ProductReferentie");
        self.basis("ReferentieNummer", &row.referentie);
        if let Some(vorig) = &row.vorig {
            self.basis("VorigReferentieNummer", vorig);
        }
        self.close("ProductReferentie");
        self.leaf("ToewijzingNummer", &row.nummer.to_string());
        self.leaf("ProductCategorie", row.product.0);
        self.leaf("ProductCode", row.product.1);
        self.periode("ProductPeriode", row.periode);
        self.leaf("GeleverdVolume", &row.volume.to_string());
        self.leaf("Eenheid", row.eenheid);
        if let Some(tarief) = row.tarief {
            self.leaf("ProductTarief", &tarief.to_string());
        }
        self.amount("IngediendBedrag", "Bedrag", row.signed());
        after(self, Some(row));
        self.close("Prestatie");
    }

    pub(super) fn finish(mut self) -> String {
        self.close("Bericht");
        self.out
    }
}

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
