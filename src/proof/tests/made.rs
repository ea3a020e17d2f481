//! Keys and logs that tests make: nobody's.

use super::naive;
use crate::{
    AddCheckpoint, Checkpoint, Cosigner, Hash, KeyName, LogProof, Policy, SignedNote, SignerKey,
    leaf_hash,
};

/// The log `log.example/knooppunt`.
pub(crate) fn log() -> SignerKey {
    SignerKey::new(KeyName::new("log.example/knooppunt").unwrap(), &[107; 32])
}

/// The witness `wN.example`.
pub(crate) fn witness(number: u8) -> Cosigner {
    let name = KeyName::new(&format!("w{number}.example")).unwrap();
    Cosigner::new(name, &[number; 32])
}

/// The log, the witnesses 1 to `witnesses`, and how many of them must have cosigned.
pub(crate) fn policy(witnesses: u8, quorum: usize) -> Policy {
    let witnesses = (1..=witnesses).map(|n| witness(n).verifier().clone());
    Policy::new(vec![log().verifier().clone()], witnesses.collect(), quorum).unwrap()
}

/// A tree of entries, all at hand.
#[derive(Clone)]
pub(crate) struct Tree(Vec<Hash>);

impl Tree {
    /// With the entries `entry 0`, `entry 1`, ...
    pub(crate) fn of(size: usize) -> Tree {
        Tree((0..size).map(|n| leaf_hash(&entry(n))).collect())
    }

    /// With another entry as its last: what a log would show that has changed it.
    pub(crate) fn forged(size: usize) -> Tree {
        let mut tree = Tree::of(size);
        tree.0[size - 1] = leaf_hash(b"another entry");
        tree
    }

    pub(crate) fn checkpoint(&self) -> Checkpoint {
        let size = self.0.len() as u64;
        Checkpoint::new("log.example/knooppunt", size, naive::root(&self.0)).unwrap()
    }

    pub(crate) fn signed(&self) -> SignedNote {
        self.checkpoint().sign(&log()).unwrap()
    }

    /// With cosignatures of these witnesses at these times.
    pub(crate) fn cosigned(&self, by: &[(u8, u64)]) -> SignedNote {
        let mut note = self.signed();
        for (number, time) in by {
            let cosignature = witness(*number).cosign(&self.checkpoint(), *time);
            note.add(cosignature.unwrap()).unwrap();
        }
        note
    }

    /// The receipt of an entry under `note`.
    pub(crate) fn receipt(&self, index: usize, note: SignedNote) -> LogProof {
        LogProof::new(index as u64, naive::inclusion(index, &self.0), note).unwrap()
    }

    /// The request to a witness that has seen the first `old`.
    pub(crate) fn request(&self, old: usize) -> AddCheckpoint {
        let path = match old {
            0 => vec![],
            _ => naive::consistency(old, &self.0),
        };
        AddCheckpoint::new(old as u64, path, self.signed()).unwrap()
    }
}

pub(crate) fn entry(number: usize) -> Vec<u8> {
    format!("entry {number}").into_bytes()
}
