//! What a municipality and a provider between whom products are translated say to each other, in the form of either side.

use bytes::Bytes;

use crate::messages;
use crate::translated::{GEMEENTE, PROVIDER, agb, gemeente};

/// Messages of each client: an allocation, its start, a declaration, the 325 that gives its line back, and an allocation that cannot be translated.
pub(crate) const EACH: u64 = 5;

/// The plain messages of a law, in that order, and how its products are called.
struct Plain {
    bodies: [&'static str; 5],
    category: &'static str,
    code: &'static str,
    bsn: &'static str,
    prefix: &'static str,
}

const LAWS: [Plain; 2] = [
    Plain {
        bodies: [
            include_str!("../../conformance/messages/ijw/JW301/plain/message.xml"),
            include_str!("../../conformance/messages/ijw/JW305/plain/message.xml"),
            include_str!("../../conformance/messages/ijw/JW323/plain/message.xml"),
            include_str!("../../conformance/answers/ijw/JW325/line/answer.xml"),
            include_str!("../../conformance/messages/ijw/JW301/plain/message.xml"),
        ],
        category: "45",
        code: "45A04",
        bsn: "999900420",
        prefix: "jw325",
    },
    Plain {
        bodies: [
            include_str!("../../conformance/messages/iwmo/WMO301/plain/message.xml"),
            include_str!("../../conformance/messages/iwmo/WMO305/plain/message.xml"),
            include_str!("../../conformance/messages/iwmo/WMO323/plain/message.xml"),
            include_str!("../../conformance/answers/iwmo/WMO325/line/answer.xml"),
            include_str!("../../conformance/messages/iwmo/WMO301/plain/message.xml"),
        ],
        category: "02",
        code: "02A03",
        bsn: "999900365",
        prefix: "wmo325",
    },
];

/// Tables of one start: the own code X48 is A48 in minutes, or A53 as it is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Tables {
    #[default]
    Minutes,
    AsCounted,
}

impl Tables {
    /// Those of a round, by turns.
    pub(crate) fn of(round: u64) -> Self {
        if round.is_multiple_of(2) {
            Self::Minutes
        } else {
            Self::AsCounted
        }
    }

    pub(crate) fn rows(self) -> Vec<String> {
        let of = |law, category| match self {
            Self::Minutes => {
                format!("{law} {category} {category}X48 04 exact {category}A48 01 60/1 2020-01-01")
            }
            Self::AsCounted => {
                format!("{law} {category} {category}X48 - exact {category}A53 - - 2020-01-01")
            }
        };
        vec![of("jw", "45"), of("wmo", "02")]
    }

    /// What the provider is to have of what the municipality has.
    fn canonical(self, own: &str, category: &str) -> String {
        let code = |code: &str| format!(">{category}{code}<");
        match self {
            Self::Minutes => own
                .replace(&code("X48"), &code("A48"))
                .replace("Volume>8<", "Volume>480<")
                .replace("Eenheid>04<", "Eenheid>01<")
                .replace(">5580<", ">93<"),
            Self::AsCounted => own.replace(&code("X48"), &code("A53")),
        }
    }
}

/// A message between the municipality and a code of the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Sent {
    pub(crate) code: usize,
    pub(crate) sequence: u64,
}

/// What is handed in, and what its receiver is to get.
pub(crate) struct Forms {
    pub(crate) sent: Bytes,
    pub(crate) given: Bytes,
}

impl Sent {
    fn law(self) -> &'static Plain {
        &LAWS[self.code % LAWS.len()]
    }

    pub(crate) fn kind(self) -> u64 {
        self.sequence % EACH
    }

    fn client(self) -> u64 {
        self.sequence / EACH
    }

    /// The allocation of the same client.
    pub(crate) fn allocation(self) -> Self {
        Self {
            sequence: self.client() * EACH,
            ..self
        }
    }

    /// The party that hands it in and the one it is for.
    pub(crate) fn way(self) -> (&'static str, &'static str) {
        match self.kind() {
            1 | 2 => (PROVIDER, GEMEENTE),
            _ => (GEMEENTE, PROVIDER),
        }
    }

    pub(crate) fn stays(self) -> bool {
        self.kind() == 4
    }

    /// Its forms by these tables.
    pub(crate) fn forms(self, tables: Tables) -> Forms {
        self.forms_as(tables, &self.identificatie(self.sequence))
    }

    fn identificatie(self, sequence: u64) -> String {
        format!("{}{sequence:011}", self.code)
    }

    pub(crate) fn forms_as(self, tables: Tables, identificatie: &str) -> Forms {
        let law = self.law();
        let kind = usize::try_from(self.kind()).expect("small");
        let client = u32::try_from(self.client()).expect("small");
        let second = if self.stays() { 500_000 } else { 0 };
        let number = format!(">{}<", 1 + second + client);
        let (sides, bsn) = ((agb(self.code), gemeente()), messages::bsn(client));
        let code = if self.stays() {
            // With a comment inside it would not come back.
            format!(">{}<!-- -->X48<", law.category)
        } else {
            format!(">{}X48<", law.category)
        };
        let mut changes = vec![
            (">98980001<".to_owned(), format!(">{}<", sides.0)),
            (">0289<".to_owned(), format!(">{}<", sides.1)),
            (format!(">{}<", law.bsn), format!(">{bsn}<")),
            (format!(">{}<", law.code), code),
        ];
        let own = |text: &str| format!(">{text}<");
        let text = |from: &str, to: &str| (own(from), own(to));
        let identification = ["T260003", "S260004", "D260007", "A323-4", "T260003"][kind];
        changes.push(text(identification, identificatie));
        let allocation = if kind == 3 { "260002" } else { "260001" };
        changes.push((own(allocation), number));
        let asked = self.identificatie(self.sequence.saturating_sub(1));
        match kind {
            2 => changes.extend([
                text("7250", "5580"),
                text("58000", "44640"),
                text("P-2602-1", &format!("P{identificatie}")),
                text("DN260001", identificatie),
            ]),
            3 => changes.extend([
                text("D260007F", &asked),
                text("DN260002", &asked),
                text("P-2602-2", &format!("P{asked}")),
                text("39000", "44640"),
                text("2000", "0"),
                (">C<".to_owned(), ">D<".to_owned()),
                text("41000", "44640"),
                ("Volume>44640<".to_owned(), "Volume>8<".to_owned()),
                (
                    format!(">83</{}:Eenheid>", law.prefix),
                    format!(
                        ">04</{0}:Eenheid><{0}:ProductTarief>5580</{0}:ProductTarief>",
                        law.prefix
                    ),
                ),
            ]),
            _ => {}
        }
        let mut own = law.bodies[kind].to_owned();
        for (from, to) in changes {
            assert!(own.contains(&from), "{from} is in message {kind}");
            own = own.replace(&from, &to);
        }
        let canonical = if self.stays() {
            own.clone()
        } else {
            tables.canonical(&own, law.category)
        };
        let (sent, given) = if self.way().0 == GEMEENTE {
            (own, canonical)
        } else {
            (canonical, own)
        };
        Forms {
            sent: sent.into(),
            given: given.into(),
        }
    }
}
