//! What an endpoint received, and what has to be true of it.

use std::collections::{BTreeMap, BTreeSet};

use super::wire::Letter;

/// A message that arrived, once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Receipt {
    pub(crate) letter: Letter,
    /// SHA-256 of the whole request, hexadecimal.
    pub(crate) request: String,
    /// Whether the endpoint has it from here on.
    pub(crate) kept: bool,
    /// Whether it said so.
    pub(crate) confirmed: bool,
}

/// All that arrived, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Inbox(pub(crate) Vec<Receipt>);

impl Inbox {
    /// Panics unless whatever came again under a number was the same, byte for byte.
    pub(crate) fn same_number_same_bytes(&self) {
        let mut first: BTreeMap<&str, &Receipt> = BTreeMap::new();
        for receipt in &self.0 {
            let known = first.entry(&receipt.letter.number).or_insert(receipt);
            assert_eq!(
                (&known.letter, &known.request),
                (&receipt.letter, &receipt.request),
                "one number, one message"
            );
        }
    }

    /// Panics when something came again after it was confirmed: nobody had a reason to.
    pub(crate) fn nothing_comes_after_its_confirmation(&self) {
        let mut confirmed = BTreeSet::new();
        for Receipt {
            letter,
            confirmed: now,
            ..
        } in &self.0
        {
            assert!(
                !confirmed.contains(&letter.number),
                "{letter:?} was confirmed and comes again"
            );
            if *now {
                confirmed.insert(letter.number.clone());
            }
        }
    }

    /// By pair of parties, numbers in the order in which they came for the first time.
    pub(crate) fn firsts(&self) -> BTreeMap<(String, String), Vec<String>> {
        self.in_order(|_| true)
    }

    /// By pair of parties, numbers in the order in which the endpoint had them for the first time.
    pub(crate) fn kept(&self) -> BTreeMap<(String, String), Vec<String>> {
        self.in_order(|receipt| receipt.kept)
    }

    /// By pair of parties, numbers in the order in which they were confirmed for the first time.
    pub(crate) fn confirmed(&self) -> BTreeMap<(String, String), Vec<String>> {
        self.in_order(|receipt| receipt.confirmed)
    }

    /// How often something came that had come before.
    pub(crate) fn repeats(&self) -> usize {
        let numbers: BTreeSet<&str> = self
            .0
            .iter()
            .map(|one| one.letter.number.as_str())
            .collect();
        self.0.len() - numbers.len()
    }

    fn in_order(
        &self,
        counts: impl Fn(&Receipt) -> bool,
    ) -> BTreeMap<(String, String), Vec<String>> {
        let (mut seen, mut order) = (BTreeSet::new(), BTreeMap::<_, Vec<String>>::new());
        for Receipt { letter, .. } in self.0.iter().filter(|receipt| counts(receipt)) {
            if seen.insert(&letter.number) {
                let of_pair = order.entry(letter.pair.clone()).or_default();
                of_pair.push(letter.number.clone());
            }
        }
        order
    }
}
