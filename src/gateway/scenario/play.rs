//! Plays messages one after the other: checks, judges, answers, and remembers what each changes.
//! What waits for its receiver's own answer makes what hangs on it wait too, as in the gateway. Judges twice: on the whole past, and on only the rows that the message is known to need, as the gateway does; and holds what
//! a message changes against what is recorded of it.

use std::collections::{BTreeSet, HashMap, HashSet};

use knooppunt_standard::assess::{self, Around, Footing, Judged};
use knooppunt_standard::history::{self, Change, Past, Pseudonym, RowKey, Settled, Unkeyed};
use knooppunt_standard::reference::Reference;
use knooppunt_standard::retour;
use knooppunt_standard::rules::{Breach, Weight};
use knooppunt_standard::{Assessment, Bericht, Berichtsoort, Checked, Law, Limits, Releases, Tree};

use super::LoadedStep;
use super::compare;
use super::format::{AnsweredBy, Scenario};

/// A law, a municipality and a provider: the past of one is not seen by another.
type Scope = (Law, String, String);

/// What is answered later: its scope, kind, maker and identification. Who is in another scope cannot answer it.
type Answered = (Scope, Berichtsoort, String, String);

/// A scenario being played.
pub(super) struct Play<'a> {
    releases: &'a Releases,
    reference: &'a Reference,
    scenario: &'a Scenario,
    pasts: HashMap<Scope, Past>,
    pending: HashMap<Answered, Vec<Change>>,
    /// Identifications that are used, whoever they were used towards: law, kind, maker and identification.
    used: HashSet<(Law, Berichtsoort, String, String)>,
    /// The municipality towards which a provider used a number of its own last.
    numbers: HashMap<(Law, String, Pseudonym), String>,
}

/// What came of one message.
#[derive(Debug, Default)]
pub(super) struct Played {
    /// It was refused by its schema.
    pub(super) schema: bool,
    pub(super) accepted: bool,
    /// Rules by what follows from them.
    pub(super) rules: HashMap<Weight, BTreeSet<String>>,
    /// The answer made here.
    pub(super) answer: Option<Vec<u8>>,
    /// Its outcome hangs on what waits for its receiver's own answer.
    pub(super) waits: bool,
    /// Paths of the lines that wait for a decision.
    pub(super) held: BTreeSet<String>,
    /// Of an answer that came in: whether what it answers was settled.
    pub(super) booked: Option<bool>,
    /// What went wrong in a way that no scenario can expect.
    pub(super) faults: Vec<String>,
}

impl<'a> Play<'a> {
    pub(super) fn new(
        releases: &'a Releases,
        reference: &'a Reference,
        scenario: &'a Scenario,
    ) -> Self {
        Self {
            releases,
            reference,
            scenario,
            pasts: HashMap::new(),
            pending: HashMap::new(),
            used: HashSet::new(),
            numbers: HashMap::new(),
        }
    }

    pub(super) fn step(&mut self, step: &LoadedStep, number: u32) -> Played {
        let checked = self.releases.check(&step.body, &Limits::default());
        let mut played = Played::default();
        if let Some(standard) = standard(&checked)
            && standard != self.scenario.standard
        {
            let wanted = &self.scenario.standard;
            played.faults.push(format!(
                "het bericht is van {standard}, het scenario van {wanted}"
            ));
        }
        let Some(bericht) = Bericht::read(&checked) else {
            played.schema = true;
            return played;
        };
        let header = &bericht.header;
        let (soort, maker, id) = (header.soort, header.maker(), header.maker_id());
        let identity = (bericht.kind.law, soort, maker.to_owned(), id.to_owned());
        let used_up = !self.used.insert(identity);
        let scope = scope(&bericht);
        let waiting = self.pending.iter().filter(|(of, _)| of.0 == scope);
        let waiting: Vec<&Change> = waiting.flat_map(|(_, changes)| changes).collect();
        let past = self.pasts.entry(scope.clone()).or_default();
        let around = Around {
            past,
            pseudonyms: &Unkeyed,
            reference: self.reference,
            settings: &self.scenario.settings,
            received: step.received,
            history_from: Some(self.scenario.history_from.unwrap_or(Around::FIRST_DAY)),
            used_up,
        };
        let judged = judge(&bericht, &around);
        let (part, keys) = needed(&bericht, past);
        if judge(
            &bericht,
            &Around {
                past: &part,
                ..around
            },
        ) != judged
        {
            let fault =
                "met alleen de rijen die het bericht nodig zegt te hebben is het oordeel anders";
            played.faults.push(fault.to_owned());
        }
        let recorded = history::decode(&history::encode(&judged.changes));
        if recorded.as_ref() != Ok(&judged.changes) {
            let fault = "wat het bericht verandert, komt niet zo terug als het wordt vastgelegd";
            played.faults.push(fault.to_owned());
        }
        let here = step.answered_by == AnsweredBy::Gateway;
        if here && soort.answered_by().is_some() && !assess::message(&bericht).refused_at_message()
        {
            let footing = Footing::of(&bericht, &judged, past, keys);
            let mut waiting = waiting.into_iter();
            played.waits = waiting.any(|waits| !footing.hit_by(waits, past).is_empty());
        }
        // What the receiver accepts is what the message says, whatever the rules say of it.
        let pending = (!here || played.waits).then(|| assess::when_accepted(&bericht, &around));
        past.apply(&history::seen(&bericht, &Unkeyed));
        played.take(&judged.assessment);
        if played.waits {
            played.advise();
        }
        played.accepted = judged.assessment.accepts();
        let elsewhere = self.elsewhere(&bericht, !judged.changes.is_empty());
        played.note(&elsewhere);
        if soort.answered_by().is_some() {
            let tree = &checked.tree;
            match pending {
                Some(changes) => self.wait(&bericht, changes),
                None => self.answer((step, number), tree, &bericht, &judged, &mut played),
            }
        } else {
            self.settle(&bericht, &judged.assessment, &mut played);
        }
        played
    }

    /// A message that is not answered here, or not yet.
    fn wait(&mut self, bericht: &Bericht<'_>, changes: Vec<Change>) {
        let header = &bericht.header;
        let (maker, id) = (header.maker().to_owned(), header.maker_id().to_owned());
        let key = (scope(bericht), header.soort, maker, id);
        self.pending.insert(key, changes);
    }

    /// Advice on the provider's own numbers that it used towards another municipality. Those of a message that is processed are used from now on.
    fn elsewhere(&mut self, bericht: &Bericht<'_>, processed: bool) -> Vec<Breach> {
        let (law, gemeente, aanbieder) = scope(bericht);
        let mut advice = Vec::new();
        for number in assess::own_numbers(bericht, &Unkeyed) {
            let key = (law, aanbieder.clone(), number.number());
            let before = self.numbers.get(&key);
            if before.is_some_and(|before| *before != gemeente) {
                advice.push(number.used_elsewhere());
            }
            if processed {
                self.numbers.insert(key, gemeente.clone());
            }
        }
        advice
    }

    /// A message that is answered here.
    fn answer(
        &mut self,
        (step, number): (&LoadedStep, u32),
        tree: &Tree<'_>,
        bericht: &Bericht<'_>,
        judged: &Judged,
        played: &mut Played,
    ) {
        let held = judged.held.iter().filter_map(|held| tree.node(held.at));
        played.held = held.map(compare::path).collect();
        if !played.held.is_empty() {
            // Debits that wait count as granted meanwhile.
            self.apply(bericht, &judged.changes);
            return;
        }
        let identificatie = step.made_as.identificatie.clone();
        let identificatie = identificatie.unwrap_or_else(|| format!("A{number}"));
        let made_as = retour::MadeAs {
            identificatie: &identificatie,
            dagtekening: step.made_as.dagtekening.unwrap_or(step.received),
        };
        match retour::answer(self.releases, bericht, &judged.assessment, made_as) {
            Ok(bytes) => played.answer = Some(bytes),
            Err(error) => played
                .faults
                .push(format!("er is geen antwoord te maken: {error}")),
        }
        self.apply(bericht, &judged.changes);
    }

    fn apply(&mut self, bericht: &Bericht<'_>, changes: &[Change]) {
        if let Some(past) = self.pasts.get_mut(&scope(bericht)) {
            past.apply_all(changes);
        }
    }

    /// An answer of the receiver itself.
    fn settle(&mut self, bericht: &Bericht<'_>, assessment: &Assessment, played: &mut Played) {
        let Some(answered) = bericht.header.answers() else {
            return;
        };
        let key = (scope(bericht), answered.soort, answered.maker, answered.id);
        let reported = |assessment: &Assessment| {
            let mut breaches = assessment.breaches.iter();
            breaches.any(|breach| breach.weight == Weight::Reports)
        };
        played.booked = Some(false);
        if reported(assessment) {
            return;
        }
        let pending = self.pending.get(&key).cloned();
        let is_known = pending.is_some();
        // An answer to what nobody sent is told so by settling nothing with it.
        let settled = match history::settle(pending.unwrap_or_default(), bericht, &Unkeyed) {
            Settled::Apply(changes) => changes,
            Settled::Drop => Vec::new(),
            Settled::Report(assessment) => {
                played.take(&assessment);
                return;
            }
        };
        if !is_known {
            return;
        }
        self.apply(bericht, &settled);
        self.pending.remove(&key);
        played.booked = Some(true);
    }
}

impl Played {
    fn take(&mut self, assessment: &Assessment) {
        self.note(&assessment.breaches);
    }

    /// What is not certain refuses nothing yet: it is told as advice.
    fn advise(&mut self) {
        let refuses = self.rules.remove(&Weight::Refuses).unwrap_or_default();
        self.rules
            .entry(Weight::Advises)
            .or_default()
            .extend(refuses);
    }

    fn note(&mut self, breaches: &[Breach]) {
        for breach in breaches {
            let ids = self.rules.entry(breach.weight).or_default();
            ids.insert(breach.rule.id.to_owned());
        }
    }
}

/// All levels after the schema: judging stops at the first with errors.
fn judge(bericht: &Bericht<'_>, around: &Around<'_>) -> Judged {
    let content = assess::message(bericht);
    if content.refused_at_message() {
        return Judged {
            assessment: content,
            ..Judged::default()
        };
    }
    let mut judged = assess::chain(bericht, around);
    judged.assessment.breaches.extend(content.breaches);
    judged.assessment.sort();
    judged
}

/// The rows of a past that a message says it can need, and their keys, there or not.
fn needed(bericht: &Bericht<'_>, past: &Past) -> (Past, Vec<RowKey>) {
    let mut part = Past::new();
    let load = |part: &mut Past, keys: &[RowKey]| {
        for key in keys {
            if let Some(row) = past.row(key) {
                part.load(*key, row.clone());
            }
        }
    };
    let mut keys = history::wanted(bericht, &Unkeyed);
    load(&mut part, &keys);
    let more = history::wanted_more(bericht, &Unkeyed, &part);
    load(&mut part, &more);
    keys.extend(more);
    (part, keys)
}

fn scope(bericht: &Bericht<'_>) -> Scope {
    let (one, other) = (&bericht.header.afzender, &bericht.header.ontvanger);
    // A municipality has four digits, a provider eight.
    let (gemeente, aanbieder) = if one.trim().len() == 4 {
        (one, other)
    } else {
        (other, one)
    };
    (bericht.kind.law, gemeente.clone(), aanbieder.clone())
}

fn standard(checked: &Checked<'_>) -> Option<String> {
    let kind = checked.kind.as_ref()?;
    Some(format!("{}/{}", kind.law.standard(), kind.release))
}
