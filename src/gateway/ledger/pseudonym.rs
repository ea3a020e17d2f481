//! Pseudonyms: what stands in effects and views instead of a BSN or a message's own number, as ARCHITECTURE 4 has it.
//!
//! The *inner* key stays for life, because effects outlive payloads: the store guards it in the keys folder, never in the data folder. Under it every (law, owner,
//! label) has a key of its own, so that what two municipalities know of one person cannot be joined. Views hold a second HMAC over that one, under an
//! *outer* key that is made anew with every rebuild. Whoever holds the inner key can try all BSNs in seconds: it is as secret as payload.

use std::fmt;

use hkdf::Hkdf;
use hmac::{Hmac, Mac as _};
use knooppunt_standard::history::{self, Label, Owner, Pseudonymise};
use minicbor::{Decode, Encode};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::id::NoRandomness;
use crate::register::Pair;

const KEY_BYTES: usize = 32;
const SALT: &[u8] = b"knooppunt/pseudonym/1";

/// 128 bits that stand for one value under the inner key. Equal values of one (law, owner, label) have equal pseudonyms; nothing else can be told from it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct Pseudonym(#[cbor(n(0), with = "minicbor::bytes")] pub(crate) [u8; 16]);

impl fmt::Debug for Pseudonym {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pseudonym(16 bytes)")
    }
}

/// Makes pseudonyms under the inner key of this deployment.
pub struct Pseudonyms {
    root: Hkdf<Sha256>,
}

impl fmt::Debug for Pseudonyms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pseudonyms(key hidden)")
    }
}

impl Pseudonyms {
    /// Under this inner key (32 random bytes, for life).
    pub fn new(key: &[u8; KEY_BYTES]) -> Self {
        Self {
            root: Hkdf::new(Some(SALT), key),
        }
    }

    /// The pseudonym of a client towards one municipality.
    pub fn client(&self, law: &str, municipality: &str, bsn: &str) -> Pseudonym {
        self.make(&["client", law, municipality], bsn)
    }

    /// The pseudonym of a message's identity: `id` is the maker's own number for it.
    pub fn identity(&self, law: &str, soort: u16, maker: &str, id: &str) -> Pseudonym {
        self.make(&["identity", law, maker, &soort.to_string()], id)
    }

    /// The pseudonym of a message's identity on a wire: its number within whose numbers it is (`family`), the party that hands it in, and its sender.
    pub(crate) fn wire(
        &self,
        family: &str,
        party: &str,
        sender: &[&str],
        number: &str,
    ) -> Pseudonym {
        let scope = [&["wire", family, party], sender].concat();
        self.make(&scope, number)
    }

    /// The pseudonym of a number by which messages of wires are found again.
    pub(crate) fn wire_number(&self, number: &str) -> Pseudonym {
        self.make(&["wire-number"], number)
    }

    /// The same of a conversation.
    pub(crate) fn wire_conversation(&self, conversation: &str) -> Pseudonym {
        self.make(&["wire-conversation"], conversation)
    }

    /// The same of the number that a message answers.
    pub(crate) fn wire_answer(&self, number: &str) -> Pseudonym {
        self.make(&["wire-answer"], number)
    }

    /// The pseudonym of a message's identity towards one receiver.
    pub(crate) fn towards(&self, identity: Pseudonym, receiver: &str) -> Pseudonym {
        let whole = [&identity.0[..], receiver.as_bytes()].concat();
        Pseudonym(first_half(&self.full(&["towards"], &whole)))
    }

    /// The pseudonym of the copy that the maker of an answer gets of it.
    pub(crate) fn copy(&self, identity: Pseudonym) -> Pseudonym {
        Pseudonym(first_half(&self.full(&["copy"], &identity.0)))
    }

    /// The pseudonym of a second message under an identity that another one has: it is told apart by its bytes.
    pub(crate) fn other(&self, identity: Pseudonym, body_hash: &[u8; 32]) -> Pseudonym {
        let whole = self.full(&["other"], &[&identity.0[..], body_hash].concat());
        Pseudonym(first_half(&whole))
    }

    /// The name of a scope.
    pub(crate) fn scope_name(&self, law: &str, pair: Pair) -> Pseudonym {
        let Pair {
            gemeente,
            aanbieder,
        } = &pair;
        self.make(&["scope", law, gemeente.as_str()], aanbieder.as_str())
    }

    /// The names of everything in the past of one scope.
    pub(crate) fn scope(&self, law: &str, pair: Pair) -> Names {
        let key = |label: Label| {
            let owner = match label.owner() {
                Owner::Gemeente => &pair.gemeente,
                Owner::Aanbieder => &pair.aanbieder,
            };
            let key = self.key(&["past", label.as_str(), law, owner.as_str()]);
            (label, under(&key))
        };
        Names {
            scope: self.scope_name(law, pair),
            keys: LABELS.map(key),
        }
    }

    /// The pseudonym of a number by which an auditor asked for a message.
    pub(crate) fn asked_for(&self, reference: &str) -> Pseudonym {
        self.make(&["asked-for"], reference)
    }

    /// The proof that a page of an answer is this asker's and of this question: who has no inner key can make none.
    pub(crate) fn page(&self, party: &str, question: &[u8], place: &[u8]) -> [u8; 16] {
        let length = (question.len() as u64).to_be_bytes();
        let whole = [&length[..], question, place].concat();
        first_half(&self.full(&["audit-page", party], &whole))
    }

    /// The keyed hash by which a refusal names the bytes that were refused without keeping them: who has the bytes and this key can show that it was these;
    /// who has the record alone cannot try contents. The salt comes first and is made anew each time, so that equal bodies have hashes that are not.
    /// Err: the operating system gives no random bytes.
    pub fn refused(&self, body_hash: &[u8; 32]) -> Result<([u8; 16], [u8; 32]), NoRandomness> {
        let mut salt = [0; 16];
        getrandom::fill(&mut salt).map_err(|_| NoRandomness)?;
        let hash = self.full(&["refused"], &[&salt[..], body_hash].concat());
        Ok((salt, hash))
    }

    fn make(&self, scope: &[&str], value: &str) -> Pseudonym {
        Pseudonym(first_half(&self.full(scope, value.as_bytes())))
    }

    fn full(&self, scope: &[&str], value: &[u8]) -> [u8; 32] {
        keyed(&self.key(scope), value)
    }

    fn key(&self, scope: &[&str]) -> Zeroizing<[u8; KEY_BYTES]> {
        let mut info = Vec::new();
        for part in scope {
            // Each part with its length, so that no two scopes spell the same bytes.
            info.extend_from_slice(&(part.len() as u64).to_be_bytes());
            info.extend_from_slice(part.as_bytes());
        }
        let mut key = Zeroizing::new([0_u8; KEY_BYTES]);
        let expanded = self.root.expand(&info, key.as_mut_slice());
        assert!(
            expanded.is_ok(),
            "HKDF-SHA-256 gives up to 8,160 bytes and 32 were asked"
        );
        key
    }
}

/// Every label of the past.
const LABELS: [Label; 9] = [
    Label::Identificatie,
    Label::Bsn,
    Label::ToewijzingNummer,
    Label::Categorie,
    Label::Code,
    Label::RedenBeeindiging,
    Label::ReferentieAanbieder,
    Label::DeclaratieNummer,
    Label::ReferentieNummer,
];

/// The pseudonyms of one scope: its law, municipality and provider. The key of each label is worked out once, and so is the half of an HMAC that rests on
/// the key alone: a declaration has tens of thousands of values.
pub(crate) struct Names {
    scope: Pseudonym,
    keys: [(Label, Hmac<Sha256>); LABELS.len()],
}

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Names(keys hidden)")
    }
}

impl Names {
    /// The scope itself.
    pub(crate) fn scope(&self) -> Pseudonym {
        self.scope
    }
}

impl Pseudonymise for Names {
    fn of(&self, label: Label, value: &str) -> history::Pseudonym {
        let key = self.keys.iter().find(|(of, _)| *of == label);
        debug_assert!(key.is_some(), "every label has a key");
        let whole = key.map(|(_, key)| of(key.clone(), value.as_bytes()));
        history::Pseudonym(first_half(&whole.unwrap_or_default()))
    }
}

/// The second layer: what views hold. Made anew with every rebuild.
#[derive(Clone)]
pub(crate) struct Outer(Zeroizing<[u8; KEY_BYTES]>);

impl fmt::Debug for Outer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Outer(key hidden)")
    }
}

impl Outer {
    pub(crate) fn random() -> Result<Self, NoRandomness> {
        let mut key = Zeroizing::new([0_u8; KEY_BYTES]);
        getrandom::fill(key.as_mut_slice()).map_err(|_| NoRandomness)?;
        Ok(Self(key))
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        <[u8; KEY_BYTES]>::try_from(bytes)
            .ok()
            .map(|key| Self(Zeroizing::new(key)))
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_slice()
    }

    /// The form of a pseudonym that a view may hold.
    pub(crate) fn hide(&self, pseudonym: Pseudonym) -> [u8; 16] {
        first_half(&keyed(&self.0, &pseudonym.0))
    }

    /// The same of a key that is made of more than one pseudonym, and a secret that only who has all of them and the outer key can work out.
    pub(super) fn pair(&self, key: &[u8]) -> ([u8; 16], Zeroizing<[u8; 16]>) {
        let whole = Zeroizing::new(keyed(&self.0, key));
        let mut second = Zeroizing::new([0; 16]);
        for (to, from) in second.iter_mut().zip(whole.iter().skip(16)) {
            *to = *from;
        }
        (first_half(&whole), second)
    }
}

fn keyed(key: &[u8; KEY_BYTES], value: &[u8]) -> [u8; 32] {
    of(under(key), value)
}

/// What an HMAC under a key begins with.
fn under(key: &[u8; KEY_BYTES]) -> Hmac<Sha256> {
    // HMAC fills a shorter key up with zeros to the block of its hash.
    let mut block = Zeroizing::new([0_u8; 64]);
    for (to, from) in block.iter_mut().zip(key) {
        *to = *from;
    }
    <Hmac<Sha256> as hmac::digest::KeyInit>::new(&(*block).into())
}

fn of(mut mac: Hmac<Sha256>, value: &[u8]) -> [u8; 32] {
    mac.update(value);
    mac.finalize().into_bytes().into()
}

fn first_half(whole: &[u8; 32]) -> [u8; 16] {
    let mut half = [0; 16];
    for (to, from) in half.iter_mut().zip(whole) {
        *to = *from;
    }
    half
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::register::PartyCode;

    const BSN: &str = "999900006";

    #[test]
    fn one_person_has_another_pseudonym_under_each_municipality_law_label_and_key() {
        let here = Pseudonyms::new(&[1; 32]);
        let elsewhere = Pseudonyms::new(&[2; 32]);
        let first = here.client("jw", "0344", BSN);
        assert_eq!(first, here.client("jw", "0344", BSN));
        let others = [
            here.client("jw", "0363", BSN),
            here.client("wmo", "0344", BSN),
            here.client("jw", "0344", "999900018"),
            here.identity("jw", 301, "0344", BSN),
            elsewhere.client("jw", "0344", BSN),
        ];
        assert!(others.iter().all(|other| *other != first));
    }

    #[test]
    fn what_a_municipality_knows_is_joined_with_nobody_and_a_provider_s_own_numbers_over_municipalities()
     {
        let here = Pseudonyms::new(&[1; 32]);
        let scope = |gemeente: &[u8; 4]| {
            let aanbieder = PartyCode::Agb(*b"98980001");
            let pair = Pair::of(PartyCode::Gemeente(*gemeente), aanbieder);
            here.scope("jw", pair.expect("a municipality and a provider"))
        };
        let (one, two) = (scope(b"0344"), scope(b"0363"));
        assert_ne!(one.scope(), two.scope());
        for label in LABELS {
            let same = one.of(label, BSN) == two.of(label, BSN);
            assert_eq!(same, label.owner() == Owner::Aanbieder, "{label:?}");
            for other in LABELS.into_iter().filter(|other| *other != label) {
                assert_ne!(one.of(label, BSN), one.of(other, BSN));
            }
        }
    }

    #[test]
    fn a_name_is_the_first_half_of_the_hmac_of_its_value_under_the_key_of_its_label() {
        let here = Pseudonyms::new(&[1; 32]);
        let (gemeente, aanbieder) = (PartyCode::Gemeente(*b"0344"), PartyCode::Agb(*b"98980001"));
        let pair = Pair::of(gemeente, aanbieder).expect("a municipality and a provider");
        let names = here.scope("jw", pair);
        for label in LABELS {
            let owner = match label.owner() {
                Owner::Gemeente => "0344",
                Owner::Aanbieder => "98980001",
            };
            // Once more: a name does not hang on those made before.
            for value in [BSN, "", BSN] {
                let made = here.make(&["past", label.as_str(), "jw", owner], value);
                assert_eq!(names.of(label, value).0, made.0, "{label:?}");
            }
        }
    }

    #[test]
    fn scopes_that_spell_the_same_letters_are_not_the_same_scope() {
        let here = Pseudonyms::new(&[1; 32]);
        assert_ne!(here.make(&["a", "bc"], "x"), here.make(&["ab", "c"], "x"));
    }

    #[test]
    fn the_outer_layer_changes_with_its_key_and_hides_the_inner_one() {
        let inner = Pseudonyms::new(&[1; 32]).client("jw", "0344", BSN);
        let one = Outer::random().expect("random bytes");
        let two = Outer::random().expect("random bytes");
        assert_eq!(one.hide(inner), one.hide(inner));
        assert_ne!(one.hide(inner), two.hide(inner));
        assert_ne!(one.hide(inner), inner.0);
    }
}
