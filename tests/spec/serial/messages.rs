//! What is sent: allocations of eight hours, and declarations, starts, stops and answers on them in any order. A line is declared in hours or in minutes, and
//! may take back another.

use std::fmt::Write as _;

use bytes::Bytes;

use crate::random::Random;
use crate::world::{GEMEENTE_A, ZORG_A, ZORG_B, answer, message};

/// Each has an allocation of 8 hours for February with each provider, the last a budget of their price for any product of the category.
pub(super) const CLIENTS: [(&str, &str); 3] = [
    ("999900420", "260001"),
    ("999900432", "260002"),
    ("999900006", "260003"),
];
const WITH_BUDGET: usize = 2;
pub(super) const HOURS: u64 = 8;
/// Eenheid of a line that is declared in minutes.
pub(super) const MINUTES: &str = "01";
/// Cents for an hour: a whole number of cents for a minute too.
const TARIEF: u64 = 7_200;

/// A message, and the party that hands it in.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) party: &'static str,
    pub(crate) body: Bytes,
}

/// One line: whose, under which number; a credit takes back the debit of that number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line {
    pub(crate) client: usize,
    pub(crate) number: usize,
    pub(crate) is_credit: bool,
}

impl Line {
    pub(super) fn drawn(random: &mut Random) -> Self {
        Self {
            client: random.below(CLIENTS.len()),
            number: random.below(6),
            is_credit: random.chance(25),
        }
    }

    /// The same for a debit and its credit.
    fn hours(self) -> u64 {
        2 + self.number as u64 % 4
    }

    /// Under the budget only two numbers have the same product, which is declared once; the others share what there is.
    fn product(self) -> String {
        let other = if self.client == WITH_BUDGET {
            self.number.saturating_sub(1)
        } else {
            0
        };
        format!("45A0{}", 4 + other)
    }

    fn debit(self) -> String {
        format!("P{}-{}", self.client, self.number)
    }

    fn cents(self) -> i64 {
        let cents = i64::try_from(self.hours() * TARIEF).expect("small");
        if self.is_credit { -cents } else { cents }
    }

    /// GeleverdVolume, Eenheid and ProductTarief: every third number is declared in minutes.
    fn volume(self) -> (u64, &'static str, u64) {
        if self.number % 3 == 1 {
            (self.hours() * 60, MINUTES, TARIEF / 60)
        } else {
            (self.hours(), "04", TARIEF)
        }
    }

    fn xml(self, nth: usize, declaratie: &str) -> String {
        let (bsn, toewijzing) = CLIENTS[self.client];
        let (volume, eenheid, tarief) = self.volume();
        let side = if self.is_credit { "C" } else { "D" };
        let references = if self.is_credit {
            format!(
                "<ijw:ReferentieNummer>C{nth}{declaratie}</ijw:ReferentieNummer><ijw:VorigReferentieNummer>{}</ijw:VorigReferentieNummer>",
                self.debit()
            )
        } else {
            format!(
                "<ijw:ReferentieNummer>{}</ijw:ReferentieNummer>",
                self.debit()
            )
        };
        format!(
            "<jw323:Client><jw323:Bsn>{bsn}</jw323:Bsn><jw323:Prestaties><jw323:Prestatie>\
             <jw323:ProductReferentie>{references}</jw323:ProductReferentie>\
             <jw323:ToewijzingNummer>{toewijzing}</jw323:ToewijzingNummer>\
             <jw323:ProductCategorie>45</jw323:ProductCategorie><jw323:ProductCode>{}</jw323:ProductCode>\
             <jw323:ProductPeriode><ijw:Begindatum>2026-02-01</ijw:Begindatum><ijw:Einddatum>2026-02-28</ijw:Einddatum></jw323:ProductPeriode>\
             <jw323:GeleverdVolume>{volume}</jw323:GeleverdVolume><jw323:Eenheid>{eenheid}</jw323:Eenheid><jw323:ProductTarief>{tarief}</jw323:ProductTarief>\
             <jw323:IngediendBedrag><ijw:Bedrag>{}</ijw:Bedrag><ijw:DebetCredit>{side}</ijw:DebetCredit></jw323:IngediendBedrag>\
             </jw323:Prestatie></jw323:Prestaties></jw323:Client>",
            self.product(),
            self.cents().unsigned_abs()
        )
    }
}

/// A declaration of some lines of different clients.
pub(crate) fn declaration(aanbieder: &str, id: &str, nummer: &str, lines: &[Line]) -> Bytes {
    let body = message("JW323", GEMEENTE_A, aanbieder, id);
    let text = std::str::from_utf8(&body).expect("text");
    let sum: i64 = lines.iter().map(|line| line.cents()).sum();
    let side = if sum < 0 { "C" } else { "D" };
    let total = format!(
        "<ijw:TotaalBedrag>{}</ijw:TotaalBedrag>\n      <ijw:DebetCredit>{side}</ijw:DebetCredit>",
        sum.unsigned_abs()
    );
    let was =
        "<ijw:TotaalBedrag>58000</ijw:TotaalBedrag>\n      <ijw:DebetCredit>D</ijw:DebetCredit>";
    assert!(text.contains(was), "the sum of the plain declaration");
    let text = text.replacen(was, &total, 1).replace("DN260001", nummer);
    let (before, rest) = text.split_once("<jw323:Client>").expect("a client");
    let (_, after) = rest.rsplit_once("</jw323:Client>").expect("its end");
    let mut all = before.to_owned();
    for (nth, line) in lines.iter().enumerate() {
        write!(all, "{}", line.xml(nth, id)).expect("a string takes all");
    }
    (all + after).into()
}

/// A message of one client, made from one of the first.
pub(crate) fn of_client(body: &Bytes, client: usize) -> Bytes {
    let (bsn, toewijzing) = CLIENTS[client];
    std::str::from_utf8(body)
        .expect("text")
        .replace(">999900420<", &format!(">{bsn}<"))
        .replace(">260001<", &format!(">{toewijzing}<"))
        .replace(">2026-06-30<", ">2026-02-20<")
        .into()
}

pub(crate) fn allocation(aanbieder: &str, id: &str, client: usize) -> Bytes {
    let body = message("JW301", GEMEENTE_A, aanbieder, id);
    let text = std::str::from_utf8(&body).expect("text");
    let requested = "<jw301:ReferentieAanbieder>VOT-2025-0001</jw301:ReferentieAanbieder>";
    let text = text
        .replace(requested, "")
        .replace(">2026-12-31<", ">2026-02-28<");
    let text = if client == WITH_BUDGET {
        let (before, rest) = text.split_once("<jw301:Omvang>").expect("an amount");
        let (_, after) = rest.split_once("</jw301:Omvang>").expect("its end");
        let budget = format!("<jw301:Budget>{}</jw301:Budget>", HOURS * TARIEF);
        [before, &budget, after]
            .concat()
            .replace("<ijw:Code>45A04</ijw:Code>", "")
    } else {
        text
    };
    of_client(&text.into(), client)
}

/// Messages of two scopes in any order, with repeats, another message under a used number, and answers that the receiver has no part in.
pub(super) fn at_one_moment(random: &mut Random) -> Vec<Sent> {
    let mut sent = Vec::new();
    for (party, aanbieder, declarations) in [("zorg-a", ZORG_A, 26), ("zorg-b", ZORG_B, 10)] {
        for number in 0..declarations {
            let mut lines = vec![Line::drawn(random)];
            let second = Line::drawn(random);
            if random.chance(40) && second.client != lines[0].client {
                lines.push(second);
            }
            lines.sort_by_key(|line| line.client);
            // Some declarations have the number of another.
            let nummer = if random.chance(10) { 0 } else { number };
            let body = declaration(
                aanbieder,
                &format!("D{number}"),
                &format!("DN{nummer}"),
                &lines,
            );
            sent.push(Sent { party, body });
        }
        for number in 0..6 {
            let client = random.below(CLIENTS.len());
            let kind = ["JW305", "JW305", "JW307"][random.below(3)];
            let body = message(kind, GEMEENTE_A, aanbieder, &format!("S{number}"));
            sent.push(Sent {
                party,
                body: of_client(&body, client),
            });
        }
        // What the municipality makes has a number of its own, whoever it is for.
        let first = if aanbieder == ZORG_A { 10 } else { 20 };
        for number in first..first + 3 {
            let body = allocation(
                aanbieder,
                &format!("T{number}"),
                random.below(CLIENTS.len()),
            );
            sent.push(Sent {
                party: "gemeente-a",
                body,
            });
            let question = format!("D{}", random.below(declarations));
            let body = answer(
                "JW325",
                GEMEENTE_A,
                aanbieder,
                &question,
                &format!("A{number}"),
            );
            sent.push(Sent {
                party: "gemeente-a",
                body,
            });
        }
    }
    for _ in 0..8 {
        let again = random.pick(&sent).expect("some").clone();
        sent.push(again);
    }
    let other = message("JW305", GEMEENTE_A, ZORG_A, "S0");
    let other = String::from_utf8(other.to_vec())
        .expect("text")
        .replace(">Mila<", ">Noor<");
    sent.push(Sent {
        party: "zorg-a",
        body: other.into(),
    });
    // Any order: each goes to a place below its own.
    for last in (1..sent.len()).rev() {
        sent.swap(last, random.below(last + 1));
    }
    sent
}
