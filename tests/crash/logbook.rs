//! The log through all kills: every checkpoint that was made known at any moment is of a tree that the tree of the end continues, and the leaves of that are those of
//! the records. Each start holds the newest against the journal besides, and would be refused.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use knooppunt::log::verify_export;
use knooppunt_proof::{Checkpoint, Hash, MemoryTree, Policy, SignedNote, root};

use crate::site::Site;

/// Sizes and roots that were made known.
#[derive(Debug, Default)]
pub(crate) struct Logbook(BTreeMap<u64, Hash>);

/// Turns the log on, quick enough for short lives.
pub(crate) fn kept(site: &Site) {
    site.configure("message_log", "origin", "log.example/crash");
    site.configure("message_log", "every_ms", 20);
}

impl Logbook {
    /// Notes what was made known last, after a kill.
    pub(crate) fn note(&mut self, site: &Site) {
        let Ok(bytes) = fs::read(site.path("data/log/checkpoint")) else {
            return;
        };
        let note = SignedNote::parse(&bytes).expect("it is whole whenever the kill came");
        let checkpoint = Checkpoint::parse(note.text()).expect("a checkpoint");
        let before = self.0.insert(checkpoint.size(), *checkpoint.root());
        let same = before.is_none_or(|before| before == *checkpoint.root());
        assert!(same, "two trees of {} leaves", checkpoint.size());
    }

    /// Exports the whole log of the stopped gateway, verifies it, and holds every checkpoint against it. How many there were, and leaves in the end.
    pub(crate) fn holds(&self, site: &Site) -> (usize, u64) {
        let mut export = Command::new(env!("CARGO_BIN_EXE_knooppunt"));
        export.args(["log", "export", "--config"]);
        export.arg(site.path("knooppunt.toml"));
        export.arg("--out").arg(site.path("export"));
        let output = export.output().expect("it runs");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{said}");
        let folder = site.path("export");
        let policy = fs::read_to_string(folder.join("policy")).expect("a policy");
        let policy: Policy = policy.parse().expect("a policy");
        let mut tree = MemoryTree::new();
        let verified = verify_export(&folder, &policy, &mut |shown| tree.push(shown.leaf));
        let verified = verified.expect("the export holds");
        assert_eq!(verified.manifest.size, tree.size());
        for (size, known) in &self.0 {
            let made = root(&tree, *size).expect("no longer than the last");
            assert_eq!(made, *known, "the first {size} records are others");
        }
        (self.0.len(), tree.size())
    }
}
