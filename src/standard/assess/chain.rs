//! Levels 3 and 4: a message judged against what came before it and against sources outside the messages.
//! Says in which order rules are asked and what an accepted message changes; what each rule asks is in its
//! own file under `rules`.

mod accepted;
mod care;
mod declaratie;
mod declaratie_antwoord;
mod header;
mod toewijzing;
mod verzoek;

use jiff::civil::Date;
use serde::Deserialize;

use super::Assessment;
use crate::bericht::{self, Bericht, Content};
use crate::history::{self, Change, Past, Pseudonym, Pseudonymise, Toewijzing};
use crate::reference::{Agreement, Reference};
use crate::rules::{self, Rule, Verdict, Weight, tr381};
use crate::xml::tree::Node;

pub use accepted::when_accepted;
pub use declaratie::{Decision, Held};
pub(crate) use declaratie_antwoord::declaratie_antwoord;

/// What a message is judged against.
#[derive(Clone, Copy)]
pub struct Around<'a> {
    /// What came before in its scope: at least the rows of [`history::wanted`](crate::history::wanted).
    pub past: &'a Past,
    /// Makes the pseudonyms of the scope.
    pub pseudonyms: &'a dyn Pseudonymise,
    /// Sources outside the messages.
    pub reference: &'a Reference,
    /// Readings of rules whose text leaves room.
    pub settings: &'a Settings,
    /// The calendar day in Europe/Amsterdam on which the message came in.
    pub received: Date,
    /// The first day since which all traffic of the scope is in the past; `None`: never was all of it.
    ///
    /// No message is refused for the absence of something that may be older. A start or a stop is sent on
    /// or after the day it tells of (TR134), so the absence of a later one is certain. When an allocation
    /// or a request was sent no message tells: its absence is certain only when this is the first day of
    /// both laws, [`Around::FIRST_DAY`], or before.
    pub history_from: Option<Date>,
    /// Whether the identification of the message is known to be used up although the past of its scope does not say so: towards another receiver, or by a
    /// message of which no more than its identity was kept (TR056).
    pub used_up: bool,
}

/// The outcome of judging a message at levels 3 and 4.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judged {
    /// What is broken, advised, or could not be assessed.
    pub assessment: Assessment,
    /// What the message changes when it is accepted. Empty when it is refused: one error refuses the
    /// whole message (IV032, OP286); of a declaration only an error on its header or as a whole does.
    pub changes: Vec<Change>,
    /// Lines of a declaration that wait for a decision, in document order: see [`Settings::contract_decision`].
    pub held: Vec<Held>,
}

/// Readings of rules whose text leaves room; each default is what the text supports best.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// How a credit is compared with its debit (TR323).
    pub credit_comparison: CreditComparison,
    /// Which lines of a declaration wait for a decision of the municipality on its contract (TR418).
    pub contract_decision: ContractDecision,
}

/// Which lines of a declaration wait for a decision of the municipality on its contract (TR418). Only those that nothing else refuses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ContractDecision {
    /// None: another tariff than that of the contract refuses, and without a contract nothing does.
    #[default]
    Never,
    /// Those with another tariff than that of the contract.
    Broken,
    /// Those too for which no tariff is known.
    BrokenOrUnknown,
}

/// How a credit is compared with its debit (TR323).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CreditComparison {
    /// By key: a granted debit of the client has the number that the credit names. Other differences are
    /// advice, since IV091, which wants a full copy, has no return code.
    #[default]
    Key,
    /// A difference in any field refuses the credit.
    Full,
}

/// Judges a message at levels 3 and 4 (iJw and iWmo 3.2). It must have passed level 2.
///
/// Errors of the header are found together; then the body is not judged. A retour (302 to 320) has no
/// rules at these levels and changes nothing: it settles what it answers
/// ([`history::settle`](crate::history::settle)). Nor has a message of a release that no rules are built for
/// ([`rules::are_built_for`](crate::rules::are_built_for)).
pub fn chain(bericht: &Bericht<'_>, around: &Around<'_>) -> Judged {
    decided(bericht, around, &[])
}

/// Judges a message as [`chain`] does, in the light of what the municipality decided on lines that waited
/// ([`Judged::held`]). A decision changes what is left for the lines after it, so that all is judged again and
/// another line may wait now. A decision stands: also on a line that would not ask for it any more, since its
/// contract or a reading is another now.
pub fn decided(bericht: &Bericht<'_>, around: &Around<'_>, decisions: &[Decision]) -> Judged {
    let mut decisions = decisions.to_vec();
    decisions.sort_unstable();
    let mut judge = Judge::new(bericht, around, &decisions);
    if matches!(bericht.content, Content::Retour(_)) || !rules::are_built_for(&bericht.kind) {
        return judge.done();
    }
    header::judge(&mut judge);
    if !judge.assessment.accepts() {
        return judge.done();
    }
    match &bericht.content {
        Content::Toewijzing(content) => toewijzing::judge(&mut judge, content),
        Content::Start(content) => care::judge_starts(&mut judge, content),
        Content::Stop(content) => care::judge_stops(&mut judge, content),
        Content::VerzoekToewijzing(content) => verzoek::judge_toewijzing(&mut judge, content),
        Content::VerzoekWijziging(content) => verzoek::judge_wijziging(&mut judge, content),
        Content::Antwoord(content) => verzoek::judge_antwoord(&mut judge, content),
        Content::Declaratie(content) => {
            declaratie::judge(&mut judge, content);
            // A line that is refused leaves the others granted: what follows is in the changes already.
            return judge.done();
        }
        Content::DeclaratieAntwoord(_) | Content::Retour(_) => {}
    }
    if !judge.assessment.accepts() {
        judge.changes.clear();
    }
    judge.done()
}

impl<'a> Around<'a> {
    /// The first day of both laws (Jeugdwet, Wmo 2015): no message is older.
    pub const FIRST_DAY: Date = jiff::civil::date(2015, 1, 1);

    /// What follows when something is not in the past that cannot have been sent before `earliest`, or
    /// of which nothing says when it was sent.
    pub(crate) fn absent(&self, earliest: Option<Date>) -> Verdict {
        let earliest = earliest.unwrap_or(Self::FIRST_DAY);
        match self.history_from {
            Some(from) if from <= earliest => Verdict::Broken,
            _ => Verdict::NotAssessed,
        }
    }

    /// The allocation with this number.
    pub(crate) fn toewijzing(&self, nummer: u64) -> Option<&'a Toewijzing> {
        self.past.toewijzing(self.pseudonyms.toewijzing(nummer))
    }

    /// The client with this BSN.
    pub(crate) fn client(&self, bsn: &str) -> Pseudonym {
        self.pseudonyms.client(bsn)
    }
}

/// One message being judged.
pub(crate) struct Judge<'a, 't> {
    pub(crate) bericht: &'a Bericht<'t>,
    pub(crate) around: &'a Around<'a>,
    pub(crate) agreement: Agreement<'a>,
    pub(crate) assessment: Assessment,
    pub(crate) changes: Vec<Change>,
    pub(crate) held: Vec<Held>,
    /// What the municipality decided on lines that waited, by element.
    pub(crate) decisions: &'a [Decision],
    /// Rules of which it is said once a message, and not at every element, that what they rest on is not known.
    unknown: Vec<&'static Rule>,
}

impl<'a, 't> Judge<'a, 't> {
    fn new(bericht: &'a Bericht<'t>, around: &'a Around<'a>, decisions: &'a [Decision]) -> Self {
        let header = &bericht.header;
        let (gemeente, aanbieder) = header.scope();
        Self {
            bericht,
            around,
            agreement: around.reference.between(header.law, gemeente, aanbieder),
            assessment: Assessment::default(),
            changes: Vec::new(),
            held: Vec::new(),
            decisions,
            unknown: Vec::new(),
        }
    }

    /// Takes what a rule says of an element; says whether the element may go on as if it holds.
    pub(crate) fn ask(&mut self, rule: &'static Rule, at: Node<'_>, verdict: Verdict) -> bool {
        let weight = match verdict {
            Verdict::Holds => return true,
            Verdict::Broken => Weight::Refuses,
            Verdict::NotAssessed => Weight::NotAssessed,
        };
        self.assessment.add(rule, at, weight);
        weight != Weight::Refuses
    }

    /// As [`Judge::ask`], but that it could not be assessed is told at the first element only: a message may
    /// have a hundred thousand.
    pub(crate) fn ask_once(&mut self, rule: &'static Rule, at: Node<'_>, verdict: Verdict) -> bool {
        if verdict == Verdict::NotAssessed {
            if self.unknown.contains(&rule) {
                return true;
            }
            self.unknown.push(rule);
        }
        self.ask(rule, at, verdict)
    }

    /// Takes what a rule says that never refuses.
    pub(crate) fn advise(&mut self, rule: &'static Rule, at: Node<'_>, broken: bool) {
        if broken {
            self.assessment.add(rule, at, Weight::Advises);
        }
    }

    /// Asks TR381 of the code of a product that begins on a day; without a code there is nothing to ask.
    pub(crate) fn ask_product(
        &mut self,
        at: Node<'_>,
        product: Option<&bericht::Product<'_>>,
        day: Date,
    ) -> bool {
        let Some((categorie, code)) =
            product.and_then(|product| Some((&product.categorie, product.code.as_ref()?)))
        else {
            return true;
        };
        let verdict = tr381::is_agreed(&self.agreement, categorie, code, day);
        self.ask(&tr381::RULE, at, verdict)
    }

    /// A product as the past keeps it.
    pub(crate) fn product(&self, product: &bericht::Product<'_>) -> history::Product {
        let law = self.bericht.header.law;
        self.around.pseudonyms.product(law, product)
    }

    fn done(mut self) -> Judged {
        self.assessment.sort();
        Judged {
            assessment: self.assessment,
            changes: self.changes,
            held: self.held,
        }
    }
}

impl std::fmt::Debug for Around<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Around")
            .field("past", self.past)
            .field("received", &self.received)
            .field("history_from", &self.history_from)
            .finish_non_exhaustive()
    }
}
