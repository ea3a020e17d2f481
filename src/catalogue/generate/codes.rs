//! Codes of one's own: of the forms that were seen, never one that means something nationally, never the same twice in a list.

use std::collections::BTreeSet;

use super::list::Model;
use super::random::Random;
use crate::code::{Category, Code};
use crate::law::Law;

/// Letters of codes. Without E, in which a spreadsheet reads an exponent, and without I and O, which people read as digits.
const LETTERS: &[u8] = b"ABCDFGHJKLMNPQRSTUVWXYZ";
/// Letters that no national list uses for a generation of its own.
const FREE: &[u8] = b"CDFGHJKMNQRSTUVWXYZ";
/// Of a thousand codes, how many have a form that nobody expects.
const ODD: u32 = 40;

/// The codes of a list.
pub(super) struct Codes<'n> {
    law: Law,
    model: Model,
    every: &'n BTreeSet<Code>,
    taken: BTreeSet<Code>,
    letter: u8,
}

impl<'n> Codes<'n> {
    pub(super) fn new(
        law: Law,
        model: Model,
        every: &'n BTreeSet<Code>,
        random: &mut Random,
    ) -> Self {
        Self {
            law,
            model,
            every,
            taken: BTreeSet::new(),
            letter: random.pick(FREE).copied().unwrap_or(b'X'),
        }
    }

    /// Takes this code, if the list has it not yet.
    pub(super) fn take(&mut self, code: Code) -> bool {
        self.taken.insert(code)
    }

    /// Whether the list has this code.
    pub(super) fn has(&self, code: Code) -> bool {
        self.taken.contains(&code)
    }

    /// A new code for a product of this category. None when there is none left.
    pub(super) fn own(&mut self, category: Option<Category>, random: &mut Random) -> Option<Code> {
        let category = category.map_or(self.fallback(), Category::number);
        let [tens, ones] = [b'0' + category / 10, b'0' + category % 10];
        for attempt in 0..64 {
            let digits =
                [(); 3].map(|()| b'0' + u8::try_from(random.below(10)).unwrap_or_default());
            let letters = [(); 2].map(|()| random.pick(LETTERS).copied().unwrap_or(b'X'));
            let ([a, b, c], [left, right]) = (digits, letters);
            let any = random.pick(FREE).copied().unwrap_or(b'X');
            let bytes = match self.model {
                _ if random.chance(ODD) => match self.law {
                    Law::Jw => [b'7', a, b, 0, 0],
                    Law::Wmo if random.chance(500) => [tens, ones, any, left, right],
                    Law::Wmo => [any, left, right, 0, 0],
                },
                Model::Matrix if random.chance(500) => [tens, ones, any, a, left],
                Model::Matrix => [tens, ones, a, left, right],
                Model::Digits => [tens, ones, a, b, c],
                Model::Own if attempt < 32 => [tens, ones, self.letter, a, b],
                Model::Own | Model::Standard | Model::Aspecific => [tens, ones, any, a, b],
            };
            if let Some(code) = self.free(bytes) {
                return Some(code);
            }
        }
        // A crowded category: the first that is free.
        let third = LETTERS
            .iter()
            .flat_map(|x| LETTERS.iter().map(move |y| (*x, *y)));
        let all = third.flat_map(|(x, y)| LETTERS.iter().map(move |z| [tens, ones, x, y, *z]));
        for bytes in all {
            if let Some(code) = self.free(bytes) {
                return Some(code);
            }
        }
        None
    }

    /// Takes the code of these bytes, if it is one and free.
    fn free(&mut self, bytes: [u8; 5]) -> Option<Code> {
        // Read as a table is: what the reader refuses is no code of a clean table.
        let code = Code::from_bytes(bytes).filter(|code| code.as_str().parse() == Ok(*code))?;
        (!self.every.contains(&code) && self.taken.insert(code)).then_some(code)
    }

    /// The category that codes of products without one begin with.
    const fn fallback(&self) -> u8 {
        match self.law {
            Law::Jw => 50,
            Law::Wmo => 10,
        }
    }
}
