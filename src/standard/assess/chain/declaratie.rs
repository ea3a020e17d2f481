//! The 323: which rules are asked of a declaration, in which order, and what a processed one changes.
//!
//! First the declaration as a whole: an error there and it counts as not sent. Then its clients; a client without any allocation takes
//! his lines with him, unjudged. Then the lines: credits before debits, each in document order (OP366), so that a line is judged in the
//! light of those before it that were granted. A line is granted or refused whole.

mod debit;
mod held;
mod line;
#[cfg(test)]
mod tests;
mod used;

use super::{ContractDecision, Judge};
use crate::bericht::{DebetCredit, Declaratie};
use crate::history::{self, Change, Credit, Label, Pseudonym};
use crate::rules::{
    Verdict, Weight, tr135, tr304, tr314, tr318, tr319, tr323, tr333, tr390, tr418,
};
use debit::Debits;
pub use held::{Decision, Held};
use line::Declared;
use used::Credited;

/// Asks the rules of levels 3 and 4 on a 323 below its header, and says what it changes when it is processed.
pub(super) fn judge(judge: &mut Judge<'_, '_>, declaratie: &Declaratie<'_>) {
    let around = judge.around;
    // The rule speaks of the header; that the declaration itself bears a later day has no return code.
    let ahead = tr135::is_ahead(declaratie.declaratie_dagtekening, around.received);
    judge.advise(&tr135::RULE, declaratie.node, ahead);
    let nummer = around
        .pseudonyms
        .of(Label::DeclaratieNummer, &declaratie.declaratie_nummer);
    judge.ask(
        &tr333::RULE,
        declaratie.node,
        Verdict::broken_if(tr333::is_used(around.past, nummer)),
    );
    judge.ask(
        &tr318::RULE,
        declaratie.node,
        Verdict::broken_if(tr318::goes_back(
            declaratie.declaratie_periode,
            around.past.series(),
        )),
    );
    if !judge.assessment.accepts() {
        return;
    }
    let lines = line::read(declaratie, around.pseudonyms);
    let mut lines = Lines {
        granted: vec![false; lines.len()],
        of_known_client: clients(judge, declaratie, &lines),
        used_before: line::used_before(&lines, around.past),
        all: lines,
    };
    let credited = credits(judge, declaratie, &mut lines);
    debits(judge, declaratie, &mut lines, &credited);
    judge.changes.push(declared(judge, declaratie, nummer));
    judge.changes.extend(lines.changes());
}

/// What a 323 changes when it is processed and every line of it granted.
pub(super) fn accept(judge: &mut Judge<'_, '_>, declaratie: &Declaratie<'_>) {
    let around = judge.around;
    let nummer = around
        .pseudonyms
        .of(Label::DeclaratieNummer, &declaratie.declaratie_nummer);
    judge.changes.push(declared(judge, declaratie, nummer));
    for line in line::read(declaratie, around.pseudonyms) {
        judge.changes.push(grant(&line));
    }
}

/// The lines of a declaration, over all clients in document order, and what becomes of them.
struct Lines<'d> {
    all: Vec<Declared<'d>>,
    /// By client: whether his lines can be judged.
    of_known_client: Vec<bool>,
    /// By line: whether its ReferentieNummer is that of another line.
    used_before: Vec<bool>,
    granted: Vec<bool>,
}

impl<'d> Lines<'d> {
    /// The lines in one direction that can be judged, with their places.
    fn judged(&self, direction: DebetCredit) -> impl Iterator<Item = (usize, &Declared<'d>)> {
        self.all.iter().enumerate().filter(move |(_, line)| {
            line.line.bedrag.direction == direction
                && self.of_known_client.get(line.client) == Some(&true)
        })
    }

    /// TR314, which every line is asked first.
    fn reference(&self, judge: &mut Judge<'_, '_>, place: usize, line: &Declared<'_>) {
        let used = self.used_before.get(place) == Some(&true);
        judge.ask(&tr314::RULE, line.node, Verdict::broken_if(used));
    }

    /// What a processed declaration does with its lines.
    fn changes(&self) -> impl Iterator<Item = Change> + '_ {
        self.all.iter().zip(&self.granted).map(|(line, granted)| {
            if *granted {
                grant(line)
            } else {
                let referentie = line.referentie;
                Change::Refused { referentie }
            }
        })
    }

    /// Says of lines that they are granted.
    fn grant(&mut self, places: Vec<usize>) {
        for place in places {
            if let Some(granted) = self.granted.get_mut(place) {
                *granted = true;
            }
        }
    }
}

fn grant(line: &Declared<'_>) -> Change {
    Change::Granted {
        referentie: line.referentie,
        line: line.line,
    }
}

fn declared(judge: &Judge<'_, '_>, declaratie: &Declaratie<'_>, nummer: Pseudonym) -> Change {
    let bericht = judge.bericht;
    Change::Declared {
        nummer,
        declaratie: history::Declaratie {
            message: judge
                .around
                .pseudonyms
                .message(bericht.header.soort, bericht.header.maker_id()),
            dagtekening: bericht.dagtekening,
            basisschema: bericht.xsd_versie.basisschema.clone().into_owned(),
            bericht: bericht.xsd_versie.bericht.clone().into_owned(),
            periode: declaratie.declaratie_periode,
            ingediend: declaratie.totaal_ingediend,
        },
    }
}

/// TR304 of each client: whether his lines can be judged. Those of one without any allocation are not (0233).
fn clients(
    judge: &mut Judge<'_, '_>,
    declaratie: &Declaratie<'_>,
    lines: &[Declared<'_>],
) -> Vec<bool> {
    let around = judge.around;
    let mut known = Vec::with_capacity(declaratie.clients.len());
    // Every client has lines (Prestaties), and they know him.
    let first = lines.chunk_by(|one, next| one.client == next.client);
    let names = first.filter_map(|lines| Some(lines.first()?.line.client));
    for (client, name) in declaratie.clients.iter().zip(names) {
        let has = tr304::has_an_allocation(around, name);
        let holds = judge.ask_once(&tr304::RULE, client.node, has);
        if !holds {
            let lines = client.prestaties.iter().map(|line| line.node.number());
            judge.assessment.unjudged.extend(lines);
        }
        known.push(holds);
    }
    known
}

/// TR390, TR323 and TR319 of each credit. No rule on allocations, volumes or tariffs is asked: a credit repeats a debit that was granted.
fn credits(
    judge: &mut Judge<'_, '_>,
    declaratie: &Declaratie<'_>,
    lines: &mut Lines<'_>,
) -> Credited {
    let around = judge.around;
    let past = around.past;
    let full = around.settings.credit_comparison == super::CreditComparison::Full;
    let mut credited = Credited::default();
    let mut granted = Vec::new();
    for (place, line) in lines.judged(DebetCredit::Credit) {
        let before = judge.assessment.breaches.len();
        lines.reference(judge, place, line);
        let vorig = line.line.vorig;
        let row = vorig.and_then(|vorig| past.prestatie(vorig));
        let twice = tr390::is_credited(row) || vorig.is_some_and(|vorig| credited.has(vorig));
        judge.ask(&tr390::RULE, line.node, Verdict::broken_if(twice));
        let debit = tr323::debit_of(row, line.line.client);
        let differs = debit.is_some_and(|debit| tr323::differs(&line.line, debit));
        let verdict = match (row, debit) {
            (_, Some(_)) => Verdict::broken_if(full && differs),
            (Some(row), None) if row.declared => Verdict::Broken,
            // Only of a copy the debit has the same period, after which it was declared.
            (_, None) => around.absent(full.then_some(line.line.periode.end)),
        };
        judge.ask_once(&tr323::RULE, line.node, verdict);
        judge.advise(&tr323::RULE, line.node, differs && !full);
        period(judge, declaratie, line);
        if refused_since(judge, before) {
            continue;
        }
        if let Some(vorig) = vorig {
            credited.name(vorig);
        }
        if let Some(debit) = debit {
            credited.take(past, debit, &Credit::of(line.referentie, &line.line));
        }
        granted.push(place);
    }
    lines.grant(granted);
    credited
}

/// TR319.
fn period(judge: &mut Judge<'_, '_>, declaratie: &Declaratie<'_>, line: &Declared<'_>) {
    let after = tr319::lies_after(line.line.periode, declaratie.declaratie_periode);
    judge.ask(&tr319::RULE, line.node, Verdict::broken_if(after));
}

fn debits(
    judge: &mut Judge<'_, '_>,
    declaratie: &Declaratie<'_>,
    lines: &mut Lines<'_>,
    credited: &Credited,
) {
    let mut debits = Debits::new(judge.around, judge.agreement, credited, &lines.all);
    let mut granted = Vec::new();
    for (place, line) in lines.judged(DebetCredit::Debet) {
        let before = judge.assessment.breaches.len();
        lines.reference(judge, place, line);
        let asked = debits.ask(judge, declaratie, place, line);
        let refused = refused_since(judge, before);
        let held = asked && !refused_for_more_than_contract(judge, before);
        if held {
            judge.assessment.waiting.insert(line.node.number());
            judge.held.push(Held {
                at: line.node.number(),
                referentie: line.referentie,
                rule: &tr418::RULE,
            });
        }
        if held || !refused {
            debits.grant(place, line);
            granted.push(place);
        }
    }
    lines.grant(granted);
}

/// Whether something refuses that was found after the first `before` breaches.
fn refused_since(judge: &Judge<'_, '_>, before: usize) -> bool {
    let found = judge.assessment.breaches.iter().skip(before);
    found
        .into_iter()
        .any(|breach| breach.weight == Weight::Refuses)
}

fn refused_for_more_than_contract(judge: &Judge<'_, '_>, before: usize) -> bool {
    let found = judge.assessment.breaches.iter().skip(before);
    found
        .into_iter()
        .any(|breach| breach.weight == Weight::Refuses && breach.rule != &tr418::RULE)
}

impl ContractDecision {
    /// Whether the municipality is asked, given what TR418 says.
    const fn asks(self, contract: Verdict) -> bool {
        match self {
            Self::Never => false,
            Self::Broken => matches!(contract, Verdict::Broken),
            Self::BrokenOrUnknown => !matches!(contract, Verdict::Holds),
        }
    }
}
