//! One message on its way from the form of its sender to that of its receiver, whole or not at all.
//!
//! | message | goes by |
//! |---|---|
//! | 301 | what is known of the allocation; a new one by the table of the municipality. One that stands and of which nothing is known is of before, and stays |
//! | 305, 307, 323, 317 of an allocation | what is known of it; a code that was chosen under one without a code by the way back of the table. One of which nothing is known is of before, and stays |
//! | 315, 317 of something new, care without allocation | the way back of the table |
//! | 302 to 320, 325 | what is known of the allocation, and what was kept of the message that they answer; of one that crossed as it was they stay as well |
//!
//! What comes out is made once more the other way round, from its own bytes: it must be what came in, byte for byte, or the message stays as it is.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use knooppunt_catalogue::compiled::Compiled;
use knooppunt_catalogue::translate::{Answer, Memory, Product, Question, Verdict};
use knooppunt_catalogue::{Law, Municipality};
use knooppunt_standard::{
    Assessment, Bericht, Checked, Detached, Limits, Releases, assess, history,
};
use sha2::{Digest as _, Sha256};

use super::apart::{keep_apart, running, stacked};
use super::lore::{Known, Lore, Remembered, Way, across, is_counted_otherwise, loose};
use super::said::Said;
use super::{Tables, why};
use crate::ledger::{
    Kept, LEFT_MAX, LedgerError, Left, MEMORIES_MAX, TABLE_ROWS_MAX, TableRow, Translation,
};
use crate::product::{self, Edit, Occurrence, rewrite};
use crate::register::{Pair, PartyCode};

/// Most products without allocation that one message may add to what is known: each of its lines is held against all of them.
const LOOSE_MAX: usize = 1_000;

/// A message of which the products may have to be translated.
pub(crate) struct Asking<'a> {
    /// The tables in force.
    pub(crate) tables: &'a Tables,
    /// What is known between its two parties.
    pub(crate) lore: &'a Lore<'a>,
    /// The two of them.
    pub(crate) pair: Pair,
    /// Who made it.
    pub(crate) maker: PartyCode,
    /// Whether both agree, on the day of receipt.
    pub(crate) agreed: bool,
    /// Position of the message that it answers, when that is known and was translated itself.
    pub(crate) question: Option<u64>,
    /// The releases to check the other form by.
    pub(crate) releases: &'a Releases,
    /// The limits of a message between these two.
    pub(crate) limits: &'a Limits,
}

/// What became of the products of a message.
#[derive(Default)]
pub(crate) struct Done {
    /// The form that its receiver gets, with what level 1 left of it; `None`: as it was sent.
    pub(crate) form: Option<(Vec<u8>, Detached)>,
    /// What is to be kept of it.
    pub(crate) translation: Translation,
    /// Whether it was to be translated and could not be, so that it crosses as it is.
    pub(crate) left: bool,
    /// Whether its receiver has something of it twice: as it is, and as what another product of the client became before.
    pub(crate) twice: bool,
    /// Whether a table was asked.
    pub(crate) by_table: bool,
}

/// What becomes of one product.
pub(super) enum Fate {
    Stays,
    Becomes(Product, Vec<Edit>),
    Left(&'static str),
}

/// A product on its way.
pub(super) struct Going<'o, 't> {
    pub(super) from: &'o Occurrence<'t>,
    pub(super) said: Said,
    pub(super) fate: Fate,
    /// Whether its receiver has the same already, as what another product of the client became, when it crosses as it is.
    pub(super) twice: bool,
}

impl Going<'_, '_> {
    /// What it is on the other side, as far as is known.
    pub(super) fn given(&self) -> Product {
        match &self.fate {
            Fate::Becomes(to, _) => *to,
            Fate::Stays | Fate::Left(_) => self.said.product,
        }
    }

    /// Whether it crosses as it is, and its receiver has it twice.
    pub(super) fn is_twice(&self) -> bool {
        self.twice && matches!(self.fate, Fate::Stays)
    }

    /// What its two sides are told of it, where it crosses as it is.
    fn told(&self) -> impl Iterator<Item = Left> + use<> {
        let left = match self.fate {
            Fate::Left(reason) => Some(reason),
            Fate::Stays | Fate::Becomes(..) => None,
        };
        let at = self.from.node;
        let reasons = left.into_iter().chain(self.twice.then_some(why::TWICE));
        reasons.map(move |reason| Left {
            at,
            reason: reason.to_owned(),
            place: None,
        })
    }
}

/// One message while its products are looked at.
struct Step<'a, 'k> {
    asking: &'a Asking<'k>,
    compiled: Option<&'a Compiled>,
    law: Law,
    gemeente: Municipality,
    way: Way,
    is_answer: bool,
    /// What this message adds to what is known, the first first.
    new: BTreeMap<Option<history::Pseudonym>, Vec<Memory>>,
    /// Of the message that it answers.
    asked: Vec<Memory>,
    rows: BTreeSet<TableRow>,
    table: Option<[u8; 32]>,
    by_table: bool,
}

impl Asking<'_> {
    /// Translates a message; `second` is what level 2 says of it, absent where that failed by a fault of ours: then nothing can be compared, and it crosses as it
    /// is. `None`: nothing was to be asked about it. Err: the ledger cannot be read.
    pub(crate) fn translate(
        &self,
        body: &[u8],
        checked: &Checked<'_>,
        second: Option<&Assessment>,
    ) -> Result<Option<Done>, LedgerError> {
        let Some(kind) = &checked.kind else {
            return Ok(None);
        };
        let (Ok(law), Ok(gemeente)) = (
            kind.law.as_str().parse::<Law>(),
            self.pair.gemeente.as_str().parse::<Municipality>(),
        ) else {
            return Ok(None);
        };
        if product::table::rows(kind.soort).next().is_none() {
            return Ok(None);
        }
        let is_answer = kind.soort.answers().is_some();
        let compiled = self.tables.compiled.as_ref();
        let compiled = compiled.filter(|compiled| {
            let terms = compiled.terms(gemeente);
            terms.is_some_and(|terms| terms.enabled)
        });
        let mut asked = Vec::new();
        if is_answer {
            let Some(position) = self.question else {
                return Ok(None);
            };
            match self.lore.question(position) {
                Ok(Some(translation)) => asked = loose(&translation.kept)?,
                Ok(None) => return Ok(None),
                Err(error) if error.damaged() => return Ok(Some(Done::untold(why::DAMAGED))),
                Err(error) => return Err(error),
            }
        } else {
            let by_table = self.agreed && compiled.is_some();
            if !by_table && !self.lore.is_any()? {
                return Ok(None);
            }
        }
        let Some(occurrences) = product::read(checked).filter(|found| !found.is_empty()) else {
            return Ok(None);
        };
        let Some(second) = second else {
            return Ok(Some(Done::untold(why::FAULT)));
        };
        let step = Step {
            asking: self,
            compiled,
            law,
            gemeente,
            way: if self.maker == self.pair.gemeente {
                Way::Forth
            } else {
                Way::Back
            },
            is_answer,
            new: BTreeMap::new(),
            asked,
            rows: BTreeSet::new(),
            table: None,
            by_table: false,
        };
        step.take(body, checked, second, &occurrences).map(Some)
    }
}

impl Done {
    /// It crosses as it is for what is wrong with us.
    pub(crate) fn untold(reason: &str) -> Self {
        let left = Left {
            at: 0,
            reason: reason.to_owned(),
            place: None,
        };
        Self {
            translation: Translation {
                left: vec![left],
                ..Translation::default()
            },
            left: true,
            ..Self::default()
        }
    }
}

impl Step<'_, '_> {
    fn take(
        mut self,
        body: &[u8],
        checked: &Checked<'_>,
        second: &Assessment,
        occurrences: &[Occurrence<'_>],
    ) -> Result<Done, LedgerError> {
        let mut going = Vec::with_capacity(occurrences.len());
        for from in occurrences {
            let said = Said::read(from);
            let fate = self.fate(from, &said)?;
            going.push(Going {
                from,
                said,
                fate,
                twice: false,
            });
        }
        let soort = checked.kind.as_ref().map(|kind| kind.soort);
        if !self.is_answer
            && let Some(stacked) = soort.and_then(stacked)
        {
            let running = running(self.asking.lore, checked, &going)?;
            keep_apart(&mut going, stacked, &running);
        }
        self.must_come_back(&mut going)?;
        if going.iter().any(|one| matches!(one.fate, Fate::Left(_))) {
            return self.left(&going);
        }
        let edits = going.iter().flat_map(|one| match &one.fate {
            Fate::Becomes(_, edits) => edits.as_slice(),
            Fate::Stays | Fate::Left(_) => &[],
        });
        let edits: Vec<Edit> = edits.cloned().collect();
        if edits.is_empty() {
            return Ok(self.done(&going, None));
        }
        match self.made(body, checked, second, (&going, edits))? {
            Ok(form) => Ok(self.done(&going, Some(form))),
            Err(reason) => {
                for one in &mut going {
                    if let Fate::Becomes(..) = one.fate {
                        one.fate = Fate::Left(reason);
                    }
                }
                self.left(&going)
            }
        }
    }

    /// What becomes of one product, by itself.
    fn fate(&mut self, from: &Occurrence<'_>, said: &Said) -> Result<Fate, LedgerError> {
        let product = said.product;
        if product.code.is_none() && product.unit.is_none() && from.categorie.is_none() {
            // A budget alone, or nothing that a table could say anything about.
            self.begins(from, said)?;
            return Ok(Fate::Stays);
        }
        if from.code.is_some() && product.code.is_none() {
            // No table has such a code, and nothing was given in its place.
            return Ok(Fate::Stays);
        }
        if let Some((_, known)) = self.known(from, &product, self.way)? {
            self.begins(from, said)?;
            return Ok(fate_of(from, said, known));
        }
        if self.is_answer {
            return Ok(Fate::Stays);
        }
        match self.way {
            Way::Forth => self.first(from, said),
            Way::Back => self.chosen(from, said),
        }
    }

    /// An allocation, or a version of one, of which nothing is known.
    fn first(&mut self, from: &Occurrence<'_>, said: &Said) -> Result<Fate, LedgerError> {
        let toewijzing = from.nummer.map(|nummer| self.asking.lore.name(nummer));
        // One that stands, and of which nothing is known, was given as it is before anybody agreed: so it runs to its end.
        let is_of_before = match toewijzing {
            Some(toewijzing) => {
                self.asking.lore.of(toewijzing)?.is_empty()
                    && self.asking.lore.stands(toewijzing)?
            }
            None => false,
        };
        let agreed = self
            .compiled
            .filter(|_| self.asking.agreed && !is_of_before);
        let (Some(compiled), Some(on)) = (agreed, from.begin) else {
            self.begins(from, said)?;
            return Ok(Fate::Stays);
        };
        let question = self.question(&said.product, on);
        let answer = compiled.forth(&question, None);
        self.used(&answer);
        let fate = match answer.verdict {
            Verdict::Apply => fate_of(from, said, Known::Is(answer.product)),
            Verdict::Pass => Fate::Stays,
            Verdict::Refuse | Verdict::Ambiguous => Fate::Left(answer.reason.as_str()),
        };
        if said.is_exact
            && !matches!(fate, Fate::Left(_))
            && let Some(memory) = compiled.remember(&question, &answer)
            && !self.keep(from, memory, 0)
        {
            return Ok(Fate::Left(why::MANY));
        }
        Ok(fate)
    }

    /// Remembers of a version of an allocation that it says again what is known, so that it is the last again; and of one that crosses as it is that it did.
    fn begins(&mut self, from: &Occurrence<'_>, said: &Said) -> Result<(), LedgerError> {
        if self.way != Way::Forth || self.is_answer || !said.is_exact {
            return Ok(());
        }
        let (Some(nummer), Some(on)) = (from.nummer, from.begin) else {
            return Ok(());
        };
        let toewijzing = self.asking.lore.name(nummer);
        let known = self.asking.lore.of(toewijzing)?;
        let found = across(plain(&known), &said.product, Way::Forth, self.says_anew());
        if let Some((at, _)) = found {
            // What is known of it last already, unless that may be refused yet.
            let last = known.get(at).filter(|last| !last.is_last || last.waits);
            if let Some(Remembered { memory, .. }) = last {
                self.keep(from, *memory, 0);
            }
            return Ok(());
        }
        let terms = self
            .compiled
            .and_then(|compiled| compiled.terms(self.gemeente));
        let agreed = terms
            .filter(|_| self.asking.agreed)
            .map(|terms| terms.version);
        // Of an allocation of before nothing is remembered, as long as nothing of it was translated.
        let last = self.asking.lore.last(toewijzing)?;
        if let Some(version) = agreed.or(last.map(|last| last.version)) {
            let question = self.question(&said.product, on);
            self.keep(from, Memory::untouched(&question, version), 0);
        }
        Ok(())
    }

    /// A product that a provider chose.
    fn chosen(&mut self, from: &Occurrence<'_>, said: &Said) -> Result<Fate, LedgerError> {
        let mut before = 0;
        let on = match from.nummer {
            None if self.asking.agreed => from.begin,
            None => None,
            Some(nummer) => {
                let known = self.asking.lore.of(self.asking.lore.name(nummer))?;
                before = known.len();
                if is_counted_otherwise(plain(&known), &said.product, self.way)
                    && plain(&known).all(|memory| memory.original.code.is_some())
                {
                    return Ok(Fate::Left(why::OTHER_UNIT));
                }
                // Under an allocation that names a code no other is chosen, and of one of before nobody knows what its provider was given.
                let mut open = plain(&known).filter(|memory| memory.original.code.is_none());
                open.next().map(|memory| memory.on)
            }
        };
        let Some(on) = on.filter(|_| said.product.code.is_some()) else {
            return Ok(Fate::Stays);
        };
        let Some(compiled) = self.compiled else {
            // Another code of the same allocation may have been translated, and this one may be when there is a table again.
            let is_missed = from.nummer.is_some() && self.asking.agreed;
            return Ok(if is_missed {
                Fate::Left(why::NO_TABLE)
            } else {
                Fate::Stays
            });
        };
        let question = self.question(&said.product, on);
        let answer = compiled.back(&question, None);
        self.used(&answer);
        let (fate, original) = match answer.verdict {
            Verdict::Apply => {
                let fate = fate_of(from, said, Known::Is(answer.product));
                (fate, answer.product)
            }
            Verdict::Pass => (Fate::Stays, said.product),
            Verdict::Refuse | Verdict::Ambiguous => {
                return Ok(Fate::Left(answer.reason.as_str()));
            }
        };
        if said.is_exact
            && !matches!(fate, Fate::Left(_))
            && let Some(terms) = compiled.terms(self.gemeente)
        {
            let memory = Memory {
                original,
                daypart_minutes: terms.daypart_minutes,
                ..Memory::untouched(&question, terms.version)
            };
            if !self.keep(from, memory, before) {
                return Ok(Fate::Left(why::MANY));
            }
        }
        Ok(fate)
    }

    /// By what is known and what this message adds to it, each product must come back as it was.
    fn must_come_back(&self, going: &mut [Going<'_, '_>]) -> Result<(), LedgerError> {
        for one in going {
            let product = match &one.fate {
                Fate::Becomes(product, _) => *product,
                Fate::Stays => one.said.product,
                Fate::Left(_) => continue,
            };
            let back = self.known(one.from, &product, self.way.other())?;
            let comes = match (&one.fate, back) {
                (_, Some((_, Known::Is(back)))) => back == one.said.product,
                (Fate::Stays, None) => true,
                (Fate::Becomes(..) | Fate::Left(_), None) | (_, Some((_, Known::Not(_)))) => false,
            };
            if !comes {
                one.fate = Fate::Left(why::NO_WAY_BACK);
            }
        }
        Ok(())
    }

    /// The other form, if every level that needs nothing else says the same of it and its own bytes give back what was sent.
    fn made(
        &self,
        body: &[u8],
        checked: &Checked<'_>,
        second: &Assessment,
        (going, edits): (&[Going<'_, '_>], Vec<Edit>),
    ) -> Result<Result<(Vec<u8>, Detached), &'static str>, LedgerError> {
        let Some(mapped) = rewrite(body, edits) else {
            return Ok(Err(why::FIELDS));
        };
        if mapped.len() > self.asking.limits.body_bytes {
            return Ok(Err(why::TOO_LARGE));
        }
        let other = self.asking.releases.check(&mapped, self.asking.limits);
        let alike = other.kind == checked.kind && other.tree.len() == checked.tree.len();
        let Some(bericht) = Bericht::read(&other).filter(|_| alike) else {
            return Ok(Err(why::OTHER_FINDINGS));
        };
        if assess::message(&bericht) != *second {
            return Ok(Err(why::OTHER_FINDINGS));
        }
        let occurrences = product::read(&other).unwrap_or_default();
        if occurrences.len() != going.len() {
            return Ok(Err(why::NO_WAY_BACK));
        }
        let mut edits = Vec::new();
        for (from, one) in occurrences.iter().zip(going) {
            let said = Said::read(from);
            let back = match self.known(from, &said.product, self.way.other())? {
                Some((_, Known::Is(back))) => back,
                None if matches!(one.fate, Fate::Stays) => continue,
                None | Some((_, Known::Not(_))) => return Ok(Err(why::NO_WAY_BACK)),
            };
            if back == said.product {
                continue;
            }
            match said.becoming(from, &back) {
                Ok(some) => edits.extend(some),
                Err(_) => return Ok(Err(why::NO_WAY_BACK)),
            }
        }
        if rewrite(&mapped, edits).as_deref() != Some(body) {
            return Ok(Err(why::NO_WAY_BACK));
        }
        drop(occurrences);
        drop(bericht);
        let other = other.detach();
        Ok(Ok((mapped, other)))
    }

    /// What a product is on the other side by what is known of its allocation, or of the message that is answered, and by what this message adds. Without an
    /// allocation a product without a code is one of its own and no other of its message: in a question it crosses as it is, and so in the answer.
    fn known(
        &self,
        from: &Occurrence<'_>,
        product: &Product,
        way: Way,
    ) -> Result<Option<(usize, Known)>, LedgerError> {
        let toewijzing = from.nummer.map(|nummer| self.asking.lore.name(nummer));
        let new = self.new.get(&toewijzing);
        // Of several that this message adds, the last.
        let new = new.into_iter().flatten().rev();
        Ok(match toewijzing {
            Some(toewijzing) => {
                let known = self.asking.lore.of(toewijzing)?;
                across(new.chain(plain(&known)), product, way, self.says_anew())
            }
            None if product.code.is_none() => None,
            None => across(new.chain(&self.asked), product, way, self.says_anew()),
        })
    }

    /// Whether it says what is allocated: then a category alone is a product of its own.
    fn says_anew(&self) -> bool {
        self.way == Way::Forth && !self.is_answer
    }

    fn question(&self, product: &Product, on: Date) -> Question {
        Question {
            law: self.law,
            municipality: self.gemeente,
            product: *product,
            on,
        }
    }

    /// Keeps it beside what is known and must not be lost by it. False: there is no room, so that it would not be known when it comes back.
    fn keep(&mut self, from: &Occurrence<'_>, memory: Memory, before: usize) -> bool {
        let toewijzing = from.nummer.map(|nummer| self.asking.lore.name(nummer));
        let most = if toewijzing.is_some() {
            MEMORIES_MAX
        } else {
            LOOSE_MAX
        };
        let new = self.new.entry(toewijzing).or_default();
        let fits = before + new.len() < most;
        if fits {
            new.push(memory);
        }
        fits
    }

    fn used(&mut self, answer: &Answer) {
        self.by_table = true;
        self.table = self.table.or(answer.version.map(|version| version.0));
        for row in &answer.rows {
            if self.rows.len() < TABLE_ROWS_MAX {
                self.rows.insert(TableRow {
                    file: row.file.to_string(),
                    line: row.line,
                });
            }
        }
    }

    fn kept(&self) -> Vec<Kept> {
        let kept = self.new.iter().flat_map(|(toewijzing, memories)| {
            memories.iter().map(|memory| Kept {
                toewijzing: *toewijzing,
                memory: memory.to_bytes(),
            })
        });
        kept.collect()
    }

    fn done(self, going: &[Going<'_, '_>], form: Option<(Vec<u8>, Detached)>) -> Done {
        let kept = self.kept().into_iter();
        let is_other = form.is_some();
        // For an answer alone: of a message that crosses as it is the answer does so too.
        let kept = kept.filter(|kept| is_other || kept.toewijzing.is_some());
        let twice = going.iter().filter(|one| one.is_twice());
        let told: Vec<Left> = twice.flat_map(Going::told).take(LEFT_MAX).collect();
        Done {
            translation: Translation {
                form: form.as_ref().map(|(bytes, _)| Sha256::digest(bytes).into()),
                kept: kept.collect(),
                table: self.table,
                rows: self.rows.into_iter().collect(),
                left: told,
            },
            form,
            left: false,
            twice: going.iter().any(Going::is_twice),
            by_table: self.by_table,
        }
    }

    /// Nothing of it is translated. Of an allocation of which its provider was given something before, that he is given this now is remembered; of a new one
    /// nothing is, so that it can be translated once the table can.
    fn left(mut self, going: &[Going<'_, '_>]) -> Result<Done, LedgerError> {
        self.new.clear();
        for one in going {
            self.crossed(one)?;
        }
        let kept = self.kept();
        let left = going.iter().flat_map(Going::told);
        Ok(Done {
            translation: Translation {
                left: left.take(LEFT_MAX).collect(),
                kept,
                table: self.table,
                rows: self.rows.into_iter().collect(),
                ..Translation::default()
            },
            form: None,
            left: true,
            twice: going.iter().any(|one| one.twice),
            by_table: self.by_table,
        })
    }

    /// Remembers of a version of an allocation of which something was remembered, refused or not, that it crossed as it is, unless that is what is known of it last
    /// and cannot be refused any more.
    fn crossed(&mut self, one: &Going<'_, '_>) -> Result<(), LedgerError> {
        let (product, nummer) = (&one.said.product, one.from.nummer);
        let (Some(nummer), Some(on)) = (nummer, one.from.begin) else {
            return Ok(());
        };
        if self.way != Way::Forth || self.is_answer || !one.said.is_exact {
            return Ok(());
        }
        let toewijzing = self.asking.lore.name(nummer);
        let known = self.asking.lore.of(toewijzing)?;
        let stays = |way| {
            let last = plain(&known).take(1);
            let found = across(last, product, way, self.says_anew());
            matches!(found, Some((_, Known::Is(is))) if is == *product)
        };
        let is_settled = known
            .first()
            .is_some_and(|last| last.is_last && !last.waits);
        if stays(Way::Forth) && stays(Way::Back) && is_settled {
            return Ok(());
        }
        if let Some(last) = self.asking.lore.last(toewijzing)? {
            let question = self.question(product, on);
            self.keep(one.from, Memory::untouched(&question, last.version), 0);
        }
        Ok(())
    }
}

fn fate_of(from: &Occurrence<'_>, said: &Said, known: Known) -> Fate {
    match known {
        Known::Not(reason) => Fate::Left(reason),
        Known::Is(product) if product == said.product => Fate::Stays,
        Known::Is(product) => match said.becoming(from, &product) {
            Ok(edits) => Fate::Becomes(product, edits),
            Err(reason) => Fate::Left(reason),
        },
    }
}

/// The memories alone.
fn plain(known: &[Remembered]) -> impl Iterator<Item = &Memory> {
    known.iter().map(|known| &known.memory)
}
