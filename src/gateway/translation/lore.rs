//! What is known of products of earlier messages between two parties: by allocation, and of the message that is answered.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use knooppunt_catalogue::translate::{Memory, Product, Verdict};
use knooppunt_standard::history::{self, Pseudonymise};

use crate::ledger::{Kept, Ledger, LedgerError, Names, Standing, Translation, WaitingAllocation};

/// From which side to which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// From the municipality's product to the provider's.
    Forth,
    /// Back.
    Back,
}

impl Way {
    pub(super) fn other(self) -> Self {
        match self {
            Self::Forth => Self::Back,
            Self::Back => Self::Forth,
        }
    }
}

/// What became of a product by what is known of it.
#[derive(Clone, Copy)]
pub(super) enum Known {
    /// It is this one on the other side.
    Is(Product),
    /// It is known, and cannot be said exactly on the other side; why not.
    Not(&'static str),
}

/// What is remembered of an allocation.
pub(super) struct Remembered {
    pub(super) memory: Memory,
    /// Position of the message that it is of.
    position: u64,
    /// Whether that is a 301 which its provider has not answered. Never so for an answer.
    pub(super) waits: bool,
    /// Whether nothing was remembered of the allocation since, refused or not.
    pub(super) is_last: bool,
}

/// What is known, the last first.
type Memories = Rc<[Remembered]>;

/// What is known of one allocation.
struct Past {
    known: Memories,
    last: Option<Memory>,
}

/// All that is known between two parties under one law.
pub(crate) struct Lore<'l> {
    ledger: &'l Ledger,
    names: &'l Names,
    until: Option<u64>,
    allocates: bool,
    known: RefCell<HashMap<history::Pseudonym, Past>>,
    waiting: RefCell<Option<Rc<[WaitingAllocation]>>>,
}

/// An allocation of a client that its provider has, or may have.
pub(super) struct Running {
    /// ToewijzingNummer.
    pub(super) nummer: history::Pseudonym,
    /// What is said of it last, or may be.
    pub(super) version: history::Version,
    /// Position of the message that says so, of what waits for its provider's answer.
    waits_at: Option<u64>,
}

impl<'l> Lore<'l> {
    /// For an answer as it stood with the message at the position that it answers: what changed since does not change what that said. `allocates`: for a 301.
    pub(crate) fn new(
        ledger: &'l Ledger,
        names: &'l Names,
        until: Option<u64>,
        allocates: bool,
    ) -> Self {
        Self {
            ledger,
            names,
            until,
            allocates,
            known: RefCell::default(),
            waiting: RefCell::default(),
        }
    }

    /// Whether anything is. Err: the ledger cannot be read.
    pub(crate) fn is_any(&self) -> Result<bool, LedgerError> {
        self.ledger.remembers(self.names.scope())
    }

    pub(super) fn name(&self, nummer: u64) -> history::Pseudonym {
        let names: &dyn Pseudonymise = self.names;
        names.toewijzing(nummer)
    }

    /// What is known of an allocation. For an answer, as it stood then. Otherwise what its provider refused decides nothing: it is left out, but where no version
    /// of the allocation stands at all, what he says of it is about what he refused. What is allocated anew never goes by that. Err: the ledger cannot be read.
    pub(super) fn of(&self, toewijzing: history::Pseudonym) -> Result<Memories, LedgerError> {
        self.past(toewijzing, |past| Rc::clone(&past.known))
    }

    /// What was remembered of an allocation last, refused or not. Err: the ledger cannot be read.
    pub(super) fn last(
        &self,
        toewijzing: history::Pseudonym,
    ) -> Result<Option<Memory>, LedgerError> {
        self.past(toewijzing, |past| past.last)
    }

    fn past<T>(
        &self,
        toewijzing: history::Pseudonym,
        of: impl Fn(&Past) -> T,
    ) -> Result<T, LedgerError> {
        if let Some(past) = self.known.borrow().get(&toewijzing) {
            return Ok(of(past));
        }
        let scope = self.names.scope();
        let memories = self.ledger.memories(scope, toewijzing, self.until)?;
        let mut all = Vec::with_capacity(memories.len());
        for (at, (position, bytes)) in memories.into_iter().enumerate() {
            all.push(Remembered {
                memory: read(&bytes)?,
                position,
                waits: false,
                is_last: at == 0,
            });
        }
        let last = all.first().map(|last| last.memory);
        if self.until.is_none() && !all.is_empty() {
            all = self.that_decide(toewijzing, all)?;
        }
        let past = Past {
            known: all.into(),
            last,
        };
        let told = of(&past);
        self.known.borrow_mut().insert(toewijzing, past);
        Ok(told)
    }

    /// Those that were not refused; where they all were and no version stands, all of them decide what its provider means, and none what he is allocated.
    fn that_decide(
        &self,
        toewijzing: history::Pseudonym,
        all: Vec<Remembered>,
    ) -> Result<Vec<Remembered>, LedgerError> {
        let scope = self.names.scope();
        let (mut deciding, mut refused) = (Vec::with_capacity(all.len()), Vec::new());
        for one in all {
            let standing = self.ledger.standing_of(scope, one.position, toewijzing)?;
            match standing {
                Standing::Refused => refused.push(one),
                Standing::Waits | Standing::Stands => deciding.push(Remembered {
                    waits: standing == Standing::Waits,
                    ..one
                }),
            }
        }
        if deciding.is_empty() && !self.allocates && !self.stands(toewijzing)? {
            return Ok(refused);
        }
        Ok(deciding)
    }

    /// Whether an allocation stands or may yet: its provider has it, whatever is known of how it was given. Err: the ledger cannot be read.
    pub(super) fn stands(&self, toewijzing: history::Pseudonym) -> Result<bool, LedgerError> {
        Ok(!self.versions(toewijzing)?.is_empty())
    }

    /// The versions of an allocation that are booked, and those that wait for its provider's answer.
    fn versions(
        &self,
        toewijzing: history::Pseudonym,
    ) -> Result<Vec<history::Version>, LedgerError> {
        let mut past = self.ledger.past(self.names.scope());
        let key = history::RowKey::Toewijzing(toewijzing);
        past.load(&*self.ledger.views, [key])?;
        let booked = past.past().toewijzing(toewijzing);
        let mut versions = booked.map_or_else(Vec::new, |booked| booked.versions().to_vec());
        let waiting = self.waiting()?;
        let waiting = waiting.iter().filter(|waits| waits.nummer == toewijzing);
        versions.extend(waiting.map(|waits| waits.version.clone()));
        Ok(versions)
    }

    /// The allocations of a client, by what each says now and by what it may come to say. Err: the ledger cannot be read.
    pub(super) fn running(&self, bsn: &str) -> Result<Vec<Running>, LedgerError> {
        let names: &dyn Pseudonymise = self.names;
        let client = names.client(bsn);
        let views = &*self.ledger.views;
        let mut past = self.ledger.past(self.names.scope());
        past.load(views, [history::RowKey::Client(client)])?;
        let booked = past.past().client(client);
        let booked: Vec<_> = booked.map_or_else(Vec::new, |known| {
            known.toewijzingen.iter().copied().collect()
        });
        past.load(
            views,
            booked.iter().copied().map(history::RowKey::Toewijzing),
        )?;
        let mut running = Vec::new();
        for nummer in booked {
            let allocation = past.past().toewijzing(nummer);
            let version = allocation.and_then(history::Toewijzing::current);
            running.extend(version.cloned().map(|version| Running {
                nummer,
                version,
                waits_at: None,
            }));
        }
        let waiting = self.waiting()?;
        let waiting = waiting.iter().filter(|waits| waits.client == client);
        running.extend(waiting.map(|waits| Running {
            nummer: waits.nummer,
            version: waits.version.clone(),
            waits_at: Some(waits.position),
        }));
        Ok(running)
    }

    /// What is remembered of the product of an allocation, as its provider has it by this version; `None`: nothing is of that. Err: the ledger cannot be read.
    pub(super) fn given(
        &self,
        running: &Running,
        product: &history::Product,
    ) -> Result<Option<Memory>, LedgerError> {
        let known = self.of(running.nummer)?;
        let mut of_it = known
            .iter()
            .filter(|known| self.is(product, &known.memory.original));
        let found = match running.waits_at {
            Some(position) => of_it.find(|known| known.position <= position),
            None => of_it.clone().find(|known| !known.waits).or(of_it.next()),
        };
        Ok(found.map(|known| known.memory))
    }

    /// Whether these are the pseudonyms of this product.
    pub(super) fn is(&self, known: &history::Product, product: &Product) -> bool {
        let names: &dyn Pseudonymise = self.names;
        let Some(category) = product.category else {
            return false;
        };
        let category = names.of(history::Label::Categorie, &category.to_string());
        let code = product.code.map(|code| code.to_string());
        let code = code.map(|code| names.of(history::Label::Code, &code));
        (known.categorie, known.code) == (category, code)
    }

    fn waiting(&self) -> Result<Rc<[WaitingAllocation]>, LedgerError> {
        if let Some(waiting) = &*self.waiting.borrow() {
            return Ok(Rc::clone(waiting));
        }
        let waiting = self.ledger.waiting_allocations(self.names.scope())?;
        let waiting: Rc<[WaitingAllocation]> = waiting.into();
        *self.waiting.borrow_mut() = Some(Rc::clone(&waiting));
        Ok(waiting)
    }

    /// What was kept of the message at a position; `None`: its products crossed as they were. Err: the ledger cannot be read, or it is damaged.
    pub(super) fn question(&self, position: u64) -> Result<Option<Translation>, LedgerError> {
        let translation = self.ledger.translation(position)?;
        Ok(translation.filter(|translation| translation.form.is_some()))
    }
}

/// What was kept for the answer alone.
pub(super) fn loose(kept: &[Kept]) -> Result<Vec<Memory>, LedgerError> {
    let loose = kept.iter().filter(|kept| kept.toewijzing.is_none());
    loose.map(|kept| read(&kept.memory)).collect()
}

fn read(memory: &[u8]) -> Result<Memory, LedgerError> {
    Memory::from_bytes(memory).map_err(|_| LedgerError::Views {
        what: "a memory of a product that this program does not understand",
    })
}

/// What a product is on the other side by these memories, the first of which that knows it holds; and which that is. Of a size alone (an allocation that is to
/// change) the product is the last one of the allocation; so it is of its category alone, but in a message that says anew what is allocated. `None`: none
/// knows it.
pub(super) fn across<'m>(
    memories: impl IntoIterator<Item = &'m Memory>,
    product: &Product,
    way: Way,
    says_anew: bool,
) -> Option<(usize, Known)> {
    let mut memories = memories.into_iter().enumerate();
    memories.find_map(|(at, memory)| Some((at, by(memory, product, way, says_anew)?)))
}

/// Whether a product is one of these, counted in another unit than it was given in while both sides do not count alike: what it is on the other side nobody knows.
pub(super) fn is_counted_otherwise<'m>(
    memories: impl IntoIterator<Item = &'m Memory>,
    product: &Product,
    way: Way,
) -> bool {
    memories.into_iter().any(|memory| {
        let own = own(memory, way);
        let is_it =
            product.code.is_some() && (product.category, product.code) == (own.category, own.code);
        is_it && counts_otherwise(memory, product, way)
    })
}

/// The side of a memory that a product comes from.
fn own(memory: &Memory, way: Way) -> &Product {
    match way {
        Way::Forth => &memory.original,
        Way::Back => &memory.given,
    }
}

/// Counted in something else than what was given it is another product, unless both sides count alike.
fn counts_otherwise(memory: &Memory, product: &Product, way: Way) -> bool {
    let counts_alike = memory.original.unit == memory.given.unit;
    product.unit.is_some() && product.unit != own(memory, way).unit && !counts_alike
}

fn by(memory: &Memory, product: &Product, way: Way, says_anew: bool) -> Option<Known> {
    if counts_otherwise(memory, product, way) {
        return None;
    }
    let own = own(memory, way);
    let is_size = product.category.is_none() && product.unit.is_some();
    if product.code.is_none() && own.code.is_none() {
        let is_own = is_size || own.category == product.category;
        return is_own.then_some(Known::Is(*product));
    }
    let is_category = !says_anew && product.category.is_some() && product.category == own.category;
    let whole = match product.code {
        None if is_size || is_category => Product {
            category: own.category,
            code: own.code,
            ..*product
        },
        Some(_) | None => *product,
    };
    let answer = match way {
        Way::Forth => memory.forth(whole),
        Way::Back => memory.back(whole),
    }?;
    Some(match answer.verdict {
        Verdict::Apply if product.code.is_none() => Known::Is(Product {
            category: product.category.and(answer.product.category),
            code: None,
            ..answer.product
        }),
        Verdict::Apply => Known::Is(answer.product),
        Verdict::Pass => Known::Is(*product),
        Verdict::Refuse | Verdict::Ambiguous => Known::Not(answer.reason.as_str()),
    })
}
