//! The rules on a debit, which rest on its allocation, on what is used of it, and on what the parties have agreed.

use std::collections::{BTreeSet, HashMap};

use jiff::civil::Date;

use super::held::Decision;
use super::line::Declared;
use super::period;
use super::used::{Credited, Used};
use crate::assess::chain::{Around, Judge};
use crate::bericht::{Declaratie, Eenheid};
use crate::history::{Pseudonym, Spread, Toewijzing, Usage, Version};
use crate::measure::{self, Size, Tarief, Term, Variant};
use crate::reference::Agreement;
use crate::rules::{
    Verdict, tr304, tr307, tr308, tr321, tr322, tr338, tr339, tr340, tr341, tr346, tr369, tr381,
    tr384, tr387, tr388, tr389, tr418,
};

/// The debits of a declaration, as they are judged one after the other.
pub(super) struct Debits<'a> {
    around: &'a Around<'a>,
    agreement: Agreement<'a>,
    credited: &'a Credited,
    allocations: Vec<Allocation<'a>>,
    /// By line: what its allocation is, and the granted debits that stand for its content (TR389).
    found: Vec<Found<'a>>,
    /// What was agreed on the product of the line before.
    last: Option<Product>,
}

/// What the parties have agreed on a product in a unit on a day.
#[derive(Clone, Copy)]
struct Product {
    categorie: Pseudonym,
    code: Pseudonym,
    eenheid: Eenheid,
    /// Unit of the allocation, in which its size is counted.
    allocated: Option<Eenheid>,
    day: Date,
    listed: Verdict,
    contract: Option<Tarief>,
    /// How the contract counts what is allocated, when it says so.
    variant: Option<Variant>,
}

/// An allocation that a debit names.
struct Allocation<'a> {
    /// Whose it is; `None`: it is not known.
    client: Option<Pseudonym>,
    /// The days that a period should have change with the allocation only.
    may_have_changed: bool,
    /// What holds of it now: a copy, so that all are fetched one after the other.
    version: Option<Version>,
    /// As the past and the credits of this message leave it.
    usage: Option<&'a Usage>,
    used: Used,
}

/// What is found of a line before it is judged.
#[derive(Clone, Copy)]
struct Found<'a> {
    /// Place of its allocation among all that are named.
    allocation: usize,
    /// Granted debits of its content.
    standing: Option<&'a BTreeSet<Pseudonym>>,
}

impl<'a> Debits<'a> {
    /// Looks up all that the lines name, one kind after the other: what is found one by one while rules are asked makes the
    /// processor wait for memory at each line.
    pub(super) fn new(
        around: &'a Around<'a>,
        agreement: Agreement<'a>,
        credited: &'a Credited,
        lines: &[Declared<'_>],
    ) -> Self {
        let past = around.past;
        let mut places: HashMap<Pseudonym, usize, Spread> = HashMap::default();
        let mut names = Vec::new();
        let mut found = Vec::with_capacity(lines.len());
        for line in lines {
            let allocation = *places.entry(line.line.toewijzing).or_insert_with(|| {
                names.push(line.line.toewijzing);
                names.len() - 1
            });
            found.push(Found {
                allocation,
                standing: past.content(line.line.content()),
            });
        }
        let known: Vec<_> = names.iter().map(|name| past.toewijzing(*name)).collect();
        let usages: Vec<_> = names
            .iter()
            .map(|name| credited.usage(past, *name))
            .collect();
        let allocations = known.into_iter().zip(usages);
        Self {
            around,
            agreement,
            credited,
            allocations: allocations
                .map(|(toewijzing, usage)| Allocation::of(toewijzing, usage))
                .collect(),
            found,
            last: None,
        }
    }

    /// Asks every rule on a debit but TR314; says whether the municipality has to decide on its contract (TR418).
    pub(super) fn ask(
        &mut self,
        judge: &mut Judge<'_, '_>,
        declaratie: &Declaratie<'_>,
        place: usize,
        line: &Declared<'_>,
    ) -> bool {
        let Some(found) = self.found.get(place).copied() else {
            return false;
        };
        let Some(allocation) = self.allocations.get(found.allocation) else {
            return false;
        };
        let known = tr338::known(allocation.client.is_some(), self.around);
        if !judge.ask_once(&tr338::RULE, line.node, known) {
            return false;
        }
        let other_client = allocation
            .client
            .is_some_and(|client| tr304::is_of_another(client, line.line.client));
        if !judge.ask(&tr304::RULE, line.node, Verdict::broken_if(other_client)) {
            return false;
        }
        let version = allocation.version.as_ref();
        if let Some(version) = version {
            allocated(judge, line, version);
        }
        period(judge, declaratie, line);
        let agreed = Product::of(line, version, &self.agreement, self.last);
        self.last = Some(agreed);
        if let Some(version) = version {
            Self::amounts(judge, line, version, allocation.used, &agreed);
        }
        let usage = allocation.usage.filter(|_| allocation.may_have_changed);
        self.content(judge, line, found.standing, usage);
        self.agreed(judge, line, version, &agreed)
    }

    /// Counts a debit as granted for those after it.
    pub(super) fn grant(&mut self, place: usize, line: &Declared<'_>) {
        let found = self.found.get(place);
        let Some(allocation) = found.and_then(|found| self.allocations.get_mut(found.allocation))
        else {
            return;
        };
        let version = allocation.version.as_ref();
        let volume = version.and_then(|version| base_volume(line, version));
        allocation.used.add(
            volume.unwrap_or(0),
            line.line.bedrag.cents,
            line.line.periode,
        );
    }

    /// TR321, and TR369 or TR322.
    fn amounts(
        judge: &mut Judge<'_, '_>,
        line: &Declared<'_>,
        version: &Version,
        used: Used,
        agreed: &Product,
    ) {
        let term = term_of(version);
        let periode = line.line.periode;
        if let (Some(omvang), Some(volume)) = (version.omvang, base_volume(line, version)) {
            let size = Size {
                omvang,
                variant: agreed.variant.unwrap_or(Variant::of(omvang.eenheid)),
                household: version.product.is_some_and(|product| product.household),
            };
            judge.ask(
                &tr321::RULE,
                line.node,
                Verdict::broken_if(tr321::is_over(volume, &size, term, periode)),
            );
            let last = used.last_with(periode);
            judge.ask(
                &tr322::RULE,
                line.node,
                Verdict::broken_if(tr322::is_over(used.volume, volume, &size, term, last)),
            );
        }
        if let Some(budget) = version.budget {
            let over = tr369::is_over(used.cents, line.line.bedrag.cents, budget);
            judge.ask(&tr369::RULE, line.node, Verdict::broken_if(over));
        }
    }

    /// TR389. Periods are compared to the day, so that a month could be declared twice when its end was changed in between: that is advice.
    /// `usage` is given when it may have been.
    fn content(
        &self,
        judge: &mut Judge<'_, '_>,
        line: &Declared<'_>,
        standing: Option<&BTreeSet<Pseudonym>>,
        usage: Option<&Usage>,
    ) {
        let standing = standing.into_iter().flatten();
        let stands = tr389::stands(standing, |debit| self.credited.has(debit));
        judge.ask(&tr389::RULE, line.node, Verdict::broken_if(stands));
        let overlaps = usage.is_some_and(|usage| tr389::overlaps(usage, line.line.periode));
        judge.advise(&tr389::RULE, line.node, overlaps);
    }

    /// TR381, TR418 and TR346; says whether the municipality has to decide on TR418, as it did not yet.
    fn agreed(
        &self,
        judge: &mut Judge<'_, '_>,
        line: &Declared<'_>,
        version: Option<&Version>,
        product: &Product,
    ) -> bool {
        let (content, contract) = (&line.line, product.contract);
        judge.ask_once(&tr381::RULE, line.node, product.listed);
        let found = tr418::agreed(content.eenheid, content.tarief, contract);
        let asks = self.around.settings.contract_decision.asks(found);
        let decided = Decision::verdict(judge.decisions, line.node.number());
        let agreed = decided.unwrap_or(found);
        judge.ask_once(&tr418::RULE, line.node, agreed);
        let declared = tr346::Declared {
            eenheid: content.eenheid,
            volume: content.volume,
            tarief: content.tarief,
            cents: content.bedrag.cents,
        };
        let omvang = version.and_then(|version| version.omvang);
        let by_the_hour = omvang.is_none_or(|omvang| omvang.eenheid == Eenheid::Uur);
        let wrong = tr346::is_wrong(declared, by_the_hour, contract);
        judge.ask(&tr346::RULE, line.node, Verdict::broken_if(wrong));
        asks && decided.is_none()
    }
}

impl Product {
    /// What is agreed on the product of a line. Lines that follow each other mostly have the same as the `last`.
    fn of(
        line: &Declared<'_>,
        version: Option<&Version>,
        agreement: &Agreement<'_>,
        last: Option<Self>,
    ) -> Self {
        let (categorie, code) = (line.line.categorie, line.line.code);
        let (eenheid, day) = (line.line.eenheid, line.line.periode.begin);
        let omvang = version.and_then(|version| version.omvang);
        let allocated = omvang.map(|omvang| omvang.eenheid);
        if let Some(last) = last
            && (last.day, last.eenheid, last.code, last.categorie)
                == (day, eenheid, code, categorie)
            && last.allocated == allocated
        {
            return last;
        }
        let text = &line.prestatie.code;
        Self {
            categorie,
            code,
            eenheid,
            allocated,
            day,
            listed: tr381::is_agreed(agreement, &line.prestatie.categorie, text, day),
            contract: agreement.tarief(text, eenheid, day),
            variant: allocated.and_then(|eenheid| agreement.variant(text, eenheid, day)),
        }
    }
}

impl<'a> Allocation<'a> {
    fn of(toewijzing: Option<&'a Toewijzing>, usage: Option<&'a Usage>) -> Self {
        let version = toewijzing.and_then(Toewijzing::current);
        Self {
            client: toewijzing.map(|toewijzing| toewijzing.client),
            may_have_changed: toewijzing.is_none_or(|known| known.versions().len() > 1),
            version: version.cloned(),
            usage,
            used: Used::of(usage, version),
        }
    }
}

/// What the allocation says itself: TR384, its product, its unit and its term.
fn allocated(judge: &mut Judge<'_, '_>, line: &Declared<'_>, version: &Version) {
    let (product, term) = (version.product.as_ref(), term_of(version));
    let periode = line.line.periode;
    for (rule, broken) in [
        (&tr384::RULE, tr384::is_removed(version)),
        (&tr339::RULE, tr339::is_other(product, line.line.categorie)),
        (&tr340::RULE, tr340::is_other(product, line.line.code)),
        (
            &tr341::RULE,
            tr341::is_other(version.omvang, line.line.eenheid),
        ),
        (&tr307::RULE, tr307::begins_before(periode, term)),
        (&tr308::RULE, tr308::ends_after(periode, term)),
        (&tr387::RULE, tr387::is_other_day(periode, term)),
        (&tr388::RULE, tr388::is_other_day(periode, term)),
    ] {
        judge.ask(rule, line.node, Verdict::broken_if(broken));
    }
}

const fn term_of(version: &Version) -> Term {
    Term {
        begin: version.ingangsdatum,
        end: version.einddatum,
    }
}

/// The volume of a line in base units; `None` without Omvang or when the units do not fit (TR341).
fn base_volume(line: &Declared<'_>, version: &Version) -> Option<u64> {
    let factor = measure::factor(version.omvang?.eenheid, line.line.eenheid)?;
    Some(u64::from(line.line.volume) * factor)
}
