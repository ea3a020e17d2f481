//! Plays messages and decisions one after the other: checks, judges, answers, and remembers what each changes.
//! What waits for its receiver's own answer makes what hangs on it wait too, as in the gateway. Judges twice: on the whole past, and on only the rows that the
//! message is known to need, as the gateway does; and holds what a message changes against what is recorded of it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use jiff::civil::Date;
use knooppunt_standard::assess::{self, Around, Decision, Footing, Judged};
use knooppunt_standard::history::{self, Past, Pseudonym, RowKey, Settled, Unkeyed};
use knooppunt_standard::reference::Reference;
use knooppunt_standard::retour;
use knooppunt_standard::rules::{Breach, Weight};
use knooppunt_standard::{
    Assessment, Bericht, Berichtsoort, Checked, Content, Law, Limits, Releases,
};

use super::format::{AnsweredBy, Scenario};
use super::held::{self, Held};
use super::pending::{Answered, Pending, Scope, Waiting};
use super::{LoadedMessage, LoadedStep, What};

/// A scenario being played.
pub(super) struct Play<'a> {
    pub(super) releases: &'a Releases,
    reference: &'a Reference,
    scenario: &'a Scenario,
    pub(super) pasts: HashMap<Scope, Past>,
    pub(super) waiting: Waiting<'a>,
    /// Identifications that are used, whoever they were used towards: law, kind, maker and identification.
    used: HashSet<(Law, Berichtsoort, String, String)>,
    /// The municipality towards which a provider used a number of its own last.
    numbers: HashMap<(Law, String, Pseudonym), String>,
}

/// A message as it came in.
#[derive(Clone, Copy)]
pub(super) struct Came<'a> {
    /// Its file.
    pub(super) name: &'a str,
    pub(super) message: &'a LoadedMessage,
    pub(super) received: Date,
    /// Which one it is, from 1.
    number: u32,
}

/// What came of one message, or of a decision on it.
#[derive(Debug, Default)]
pub(super) struct Played {
    /// It was refused by its schema.
    pub(super) schema: bool,
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
    /// Declarations that were judged again because of it, in the order in which they came: their files, and what came of them.
    pub(super) again: Vec<(String, Played)>,
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
            waiting: Waiting::default(),
            used: HashSet::new(),
            numbers: HashMap::new(),
        }
    }

    pub(super) fn step(&mut self, step: &'a LoadedStep, number: u32) -> Played {
        let (name, received) = (step.name.as_str(), step.received);
        match &step.what {
            What::Message(message) => self.message(Came {
                name,
                message,
                received,
                number,
            }),
            What::Decision { grant, refuse } => self.decide(name, received, (grant, refuse)),
        }
    }

    fn message(&mut self, came: Came<'a>) -> Played {
        let checked = self.releases.check(&came.message.body, &Limits::default());
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
        let past = self.pasts.remove(&scope).unwrap_or_default();
        let around = self.around(&past, came.received, used_up);
        let (judged, footing) = played.judge(&bericht, &around, &[]);
        let here = came.message.answered_by == AnsweredBy::Gateway;
        let is_owed = soort.answered_by().is_some();
        let (mut awaited, mut asked) = (Vec::new(), BTreeMap::new());
        if here && is_owed && !assess::message(&bericht).refused_at_message() {
            awaited = self.waiting.hit(&scope, &footing, &past, None);
            asked = held::asked(&checked.tree, &judged.held);
        }
        played.wait(&asked, &awaited);
        // What the receiver accepts is what the message says, whatever the rules say of it.
        let pending = (!here || played.is_open()).then(|| assess::when_accepted(&bericht, &around));
        let series = past.series().copied().unwrap_or_default();
        played.take(&judged.assessment);
        if played.is_open() {
            played.advise();
        }
        let mut past = past;
        past.apply(&history::seen(&bericht, &Unkeyed));
        self.pasts.insert(scope.clone(), past);
        let elsewhere = self.elsewhere(&bericht, !judged.changes.is_empty());
        played.note(&elsewhere);
        match pending {
            _ if !is_owed => self.settle(&bericht, &judged.assessment, came.received, &mut played),
            Some(changes) => {
                let is_held = played.is_open() && matches!(bericht.content, Content::Declaratie(_));
                self.waiting.add(Pending {
                    answered: (scope, soort, maker.to_owned(), id.to_owned()),
                    changes,
                    waits: true,
                    held: is_held.then(|| Held::new(came, asked, awaited, series)),
                });
            }
            None => {
                self.answer((came, came.received), &bericht, &judged, &mut played);
                played.again = self.judge_again(&scope, None, &judged.changes, came.received);
            }
        }
        played
    }

    /// What a message of this day is judged against.
    pub(super) fn around<'b>(
        &'b self,
        past: &'b Past,
        received: Date,
        used_up: bool,
    ) -> Around<'b> {
        Around {
            past,
            pseudonyms: &Unkeyed,
            reference: self.reference,
            settings: &self.scenario.settings,
            received,
            history_from: Some(self.scenario.history_from.unwrap_or(Around::FIRST_DAY)),
            used_up,
        }
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

    /// Answers a message here, on this day; what it changes counts from now on.
    pub(super) fn answer(
        &mut self,
        (came, day): (Came<'_>, Date),
        bericht: &Bericht<'_>,
        judged: &Judged,
        played: &mut Played,
    ) {
        let made_as = &came.message.made_as;
        let identificatie = made_as.identificatie.clone();
        let identificatie = identificatie.unwrap_or_else(|| format!("A{}", came.number));
        let made_as = retour::MadeAs {
            identificatie: &identificatie,
            dagtekening: made_as.dagtekening.unwrap_or(day),
        };
        match retour::answer(self.releases, bericht, &judged.assessment, made_as) {
            Ok(bytes) => played.answer = Some(bytes),
            Err(error) => played
                .faults
                .push(format!("er is geen antwoord te maken: {error}")),
        }
        let past = self.pasts.entry(scope(bericht)).or_default();
        past.apply_all(&judged.changes);
    }

    /// An answer of the receiver itself.
    fn settle(
        &mut self,
        bericht: &Bericht<'_>,
        assessment: &Assessment,
        day: Date,
        played: &mut Played,
    ) {
        let Some(answered) = bericht.header.answers() else {
            return;
        };
        let scope = scope(bericht);
        let key: Answered = (scope.clone(), answered.soort, answered.maker, answered.id);
        let reported = |assessment: &Assessment| {
            let mut breaches = assessment.breaches.iter();
            breaches.any(|breach| breach.weight == Weight::Reports)
        };
        played.booked = Some(false);
        if reported(assessment) {
            return;
        }
        let place = self.waiting.find(&key);
        let pending = place.and_then(|place| self.waiting.at_mut(place));
        // An answer to what nobody sent is told so by settling nothing with it.
        let changes = pending.as_ref().map(|pending| pending.changes.clone());
        let settled = match history::settle(changes.unwrap_or_default(), bericht, &Unkeyed) {
            Settled::Apply(changes) => changes,
            Settled::Drop => Vec::new(),
            Settled::Report(assessment) => {
                played.take(&assessment);
                return;
            }
        };
        let Some(pending) = pending else {
            return;
        };
        pending.waits = false;
        pending.held = None;
        self.pasts
            .entry(scope.clone())
            .or_default()
            .apply_all(&settled);
        played.booked = Some(true);
        // What waited for it is certain now, perhaps.
        if let Some(place) = place {
            played.again = self.judge_again(&scope, Some(place), &settled, day);
        }
    }
}

impl Played {
    /// All levels after the schema: judging stops at the first with errors. Gives what the outcome rests on as well.
    pub(super) fn judge(
        &mut self,
        bericht: &Bericht<'_>,
        around: &Around<'_>,
        decisions: &[Decision],
    ) -> (Judged, Footing) {
        let judged = judge(bericht, around, decisions);
        let (part, keys) = needed(bericht, around.past);
        let around = Around {
            past: &part,
            ..*around
        };
        if judge(bericht, &around, decisions) != judged {
            let fault =
                "met alleen de rijen die het bericht nodig zegt te hebben is het oordeel anders";
            self.faults.push(fault.to_owned());
        }
        let recorded = history::decode(&history::encode(&judged.changes));
        if recorded.as_ref() != Ok(&judged.changes) {
            let fault = "wat het bericht verandert, komt niet zo terug als het wordt vastgelegd";
            self.faults.push(fault.to_owned());
        }
        let footing = Footing::of(bericht, &judged, around.past, keys);
        (judged, footing)
    }

    /// What its outcome hangs on: a decision on these lines, and these messages.
    pub(super) fn wait(&mut self, asked: &BTreeMap<String, u32>, awaited: &[usize]) {
        self.held = asked.keys().cloned().collect();
        self.waits = !awaited.is_empty();
    }

    /// Whether it hangs on anything.
    pub(super) fn is_open(&self) -> bool {
        self.waits || !self.held.is_empty()
    }

    pub(super) fn take(&mut self, assessment: &Assessment) {
        self.note(&assessment.breaches);
    }

    /// What is not certain refuses nothing yet: it is told as advice.
    pub(super) fn advise(&mut self) {
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

fn judge(bericht: &Bericht<'_>, around: &Around<'_>, decisions: &[Decision]) -> Judged {
    let content = assess::message(bericht);
    if content.refused_at_message() {
        return Judged {
            assessment: content,
            ..Judged::default()
        };
    }
    let mut judged = assess::decided(bericht, around, decisions);
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
                part.load(*key, row);
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
