//! What proofs of delivery cost: a line made by its provider (records, tree, statement, signature) and verified by its municipality (statement, signature, facts, strips,
//! duplicate values, path in the log), a draw opened and verified, a card made. Each figure stands beside its goal.
//!
//! `cargo bench -p knooppunt-proof --bench delivery`. Nothing is read from a disk: what is measured is computing. Look-ups of cards and duplicate values are not in it.
//! Medians of what the thread had of the processor, whatever else the machine does.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a bench prints, and stops at the first surprise"
)]

#[path = "../support/processor.rs"]
mod processor;

use std::hint::black_box;
use std::time::Duration;

use knooppunt_proof::delivery::{
    AllocationKey, CardFacts, Commitment, DeclaredLine, Entry, Issued, Key, Law, Layout, LineName,
    LineStatement, Name, NfList, NfSecret, ProviderSecret, Released, Role, Secret, Session, Signed,
    Statement, StatementSigner, StripClaim, StripProof, Subject, SumTree, Uid, Unit, admit,
    check_line, upper95_bp,
};
use knooppunt_proof::{
    Accepted, Checkpoint, Cosigner, Hash, KeyName, LogProof, MemoryTree, Policy, Salt, SignerKey,
    inclusion, leaf_hash, verify_inclusion,
};
use processor::{median, timed};

const ROUNDS: usize = 301;
/// Sessions of a line: the middle of what lines have.
const SESSIONS: u32 = 8;
/// Leaves of the log: a month of a large gateway.
const LEAVES: u64 = 1 << 16;

fn main() {
    let world = World::new();
    let made: Vec<(Signed, Duration)> = (0..ROUNDS).map(|_| timed(|| world.make())).collect();
    row("a line of 8 sessions made", times(&made), "100 us");
    let signed = &made[0].0;
    let text = signed.to_json();
    println!("{:<58} {:>16}", "bytes of a signed line", text.len());
    let (receipt, policy) = logged(signed);
    // Many lines stand under one checkpoint, which is taken once.
    let receipt = LogProof::parse(receipt.as_bytes()).expect("a receipt");
    let taken: Vec<(Accepted, Duration)> = (0..ROUNDS)
        .map(|_| timed(|| policy.accept(receipt.note()).expect("a checkpoint")))
        .collect();
    row("a checkpoint with 2 witnesses taken", times(&taken), "-");
    let checkpoint = taken[0].0.checkpoint();
    let verified: Vec<((), Duration)> = (0..ROUNDS)
        .map(|_| timed(|| world.verify(&text, &receipt, checkpoint)))
        .collect();
    row(
        "a line verified, its path under a checkpoint included",
        times(&verified),
        "50 us",
    );
    let without: Vec<(Hash, Duration)> =
        (0..ROUNDS).map(|_| timed(|| world.judge(&text))).collect();
    row("a line verified without its path", times(&without), "50 us");
    let minutes: Vec<((), Duration)> = (0..ROUNDS).map(|_| timed(|| world.open())).collect();
    row(
        "a minute opened and verified, 16 leaves",
        times(&minutes),
        "-",
    );
    let cards: Vec<(Issued, Duration)> = (0..ROUNDS)
        .map(|_| timed(|| Issued::new(world.card.statement.facts.clone(), &Secret::new([1; 32]))))
        .collect();
    row("a card of 400 rows made", times(&cards), "-");
    let bounds: Vec<(u32, Duration)> = (0..ROUNDS)
        .map(|_| timed(|| upper95_bp(black_box(59), 1)))
        .collect();
    row("upper95_bp of 1 bad in 59", times(&bounds), "-");
}

fn times<T>(made: &[(T, Duration)]) -> Vec<Duration> {
    made.iter().map(|(_, time)| *time).collect()
}

fn row(what: &str, times: Vec<Duration>, goal: &str) {
    let figure = format!("{:.1} us", median(times).as_secs_f64() * 1e6);
    println!("{what:<58} {figure:>16}   goal {goal}");
}

struct World {
    name: LineName,
    subject: Subject,
    card: Issued,
    released: Released,
    key: AllocationKey,
    nf: NfSecret,
    staff: Name,
    signer: StatementSigner,
    enrolled: Key,
}

fn first(hash: &Hash) -> [u8; 16] {
    std::array::from_fn(|n| hash.as_bytes()[n])
}

impl World {
    fn new() -> World {
        let gem = || "0363".parse().expect("a municipality");
        let agb = || "41234567".parse().expect("a provider");
        let signer = StatementSigner::new(&[1; 32]);
        let card = Issued::new(
            CardFacts {
                law: Law::Jw,
                gem: gem(),
                agb: agb(),
                toew: 123_456_789,
                ver: 1,
                unit: Unit::Hour,
                quantum: 15,
                rows: 400,
                salt: [3; 16],
            },
            &Secret::new([2; 32]),
        );
        World {
            name: LineName {
                law: Law::Jw,
                gem: gem(),
                agb: agb(),
                decl: "D202610A0001".parse().expect("a number"),
                reference: "PR-2026-10-000123".parse().expect("a reference"),
            },
            subject: Subject {
                toew: 123_456_789,
                category: "45".parse().expect("a category"),
                code: "45A03".parse().expect("a code"),
                begin: "2026-10-01".parse().expect("a day"),
                end: "2026-10-31".parse().expect("a day"),
            },
            released: Released::new(card.statement.clone(), None),
            card,
            key: ProviderSecret::new(Secret::new([4; 32])).allocation(
                &[5; 16],
                Law::Jw,
                &gem(),
                1,
                2026,
            ),
            nf: NfSecret::new(Secret::new([6; 32])),
            staff: "Z1".parse().expect("a name"),
            enrolled: Key {
                party: "41234567".parse().expect("a party"),
                role: Role::Provider,
                public: signer.public(),
                hpke: None,
                from: "2026-01-01T00:00:00Z".parse().expect("an instant"),
                until: "2027-01-01T00:00:00Z".parse().expect("an instant"),
            },
            signer,
        }
    }

    fn tree(&self) -> SumTree {
        let bsn = "999990019".parse().expect("nine digits");
        let sessions = (0..SESSIONS).map(|number| {
            let date = format!("2026-10-{:02}", number + 1);
            let span = format!("{date}T09:00+02:00/{date}T10:00+02:00");
            let session = Session::read([
                &date,
                &span,
                "60",
                "",
                "",
                "2026-10-30T20:00:00Z",
                "individueel",
            ]);
            let session = session.expect("a record");
            let uid = Uid(first(&Hash::over(&[&number.to_be_bytes()])));
            let begin = session.span().map(|span| span.begin);
            Entry {
                begin,
                uid,
                weight: session.weight(),
                is_late: false,
                nf: self.nf.visit(&bsn, Some(&self.staff), begin.unwrap_or(0)),
                c: Commitment::new(&session, &self.key, uid).c,
            }
        });
        let sessions: Vec<Entry> = sessions.collect();
        let layout = Layout {
            unit: Unit::Hour,
            volume: u64::from(SESSIONS),
        };
        let padding = |index| {
            self.nf
                .padding(Law::Jw, &self.name.gem, &self.subject, index)
        };
        let leaves = layout.leaves(&sessions, None, padding, || [7; 32]);
        let statement = self.statement(0, Hash::EMPTY_ROOT, Hash::EMPTY_ROOT);
        SumTree::new(&statement.context(), leaves.expect("hours")).expect("a tree")
    }

    fn statement(&self, depth: u8, root: Hash, nfh: Hash) -> LineStatement {
        let to = SESSIONS * 4;
        LineStatement {
            name: self.name.clone(),
            subject: self.subject.clone(),
            unit: Unit::Hour,
            volume: u64::from(SESSIONS),
            amount: 64_000,
            w: u64::from(SESSIONS) * 60,
            late: 0,
            depth,
            root,
            nfh,
            nc: self.name.commit(&Secret::new([8; 32])),
            strips: vec![StripClaim {
                ver: 1,
                from: 0,
                to,
                proof: StripProof::Strip(self.card.strip(to).expect("a row")),
            }],
            prev: None,
        }
    }

    fn make(&self) -> Signed {
        let tree = self.tree();
        let list = NfList::of(tree.leaves()).expect("other visits");
        let line = self.statement(tree.depth(), tree.root().hash, list.hash());
        let statement = Statement::of(line).expect("a statement");
        let salt =
            Salt::new(std::array::from_fn(|n| u8::try_from(n).unwrap_or(0))).expect("a salt");
        Signed::sign(statement, &self.signer, salt, Some(list.to_bytes())).expect("a line")
    }

    fn judge(&self, text: &str) -> Hash {
        let signed = Signed::parse(text.as_bytes()).expect("a signed line");
        let line = admit(&signed, &self.enrolled, 1_790_000_000).expect("its key");
        let declared = DeclaredLine {
            name: self.name.clone(),
            subject: self.subject.clone(),
            unit: Unit::Hour,
            volume: u64::from(SESSIONS),
            amount: 64_000,
        };
        let card = |_| Some(&self.released);
        let report = check_line(line, signed.entry(), signed.nfs(), &declared, card, |_| {
            false
        });
        assert!(report.findings.is_empty(), "{:?}", report.findings);
        signed.entry()
    }

    fn verify(&self, text: &str, receipt: &LogProof, checkpoint: &Checkpoint) {
        let leaf = leaf_hash(self.judge(text).as_bytes());
        let (size, root) = (checkpoint.size(), checkpoint.root());
        verify_inclusion(&leaf, receipt.index(), size, receipt.path(), root).expect("in the log");
    }

    fn open(&self) {
        // The tree is the provider's, made once.
        thread_local! {
            static TREE: std::cell::OnceCell<SumTree> = const { std::cell::OnceCell::new() };
        }
        TREE.with(|tree| {
            let tree = tree.get_or_init(|| self.tree());
            let context = self
                .statement(0, Hash::EMPTY_ROOT, Hash::EMPTY_ROOT)
                .context();
            let opened = tree.open(black_box(200)).expect("a minute");
            opened
                .verify(&context, tree.root(), tree.depth(), 200)
                .expect("its leaf");
        });
    }
}

/// The receipt of a statement in a large log, and the policy that takes it.
fn logged(signed: &Signed) -> (String, Policy) {
    let name = |text: &str| KeyName::new(text).expect("a name");
    let log = SignerKey::new(name("log.example/knooppunt"), &[107; 32]);
    let entry = signed.entry();
    let leaf = |n: u64| match n {
        12_345 => leaf_hash(entry.as_bytes()),
        other => leaf_hash(&other.to_be_bytes()),
    };
    let tree: MemoryTree = (0..LEAVES).map(leaf).collect();
    let checkpoint =
        Checkpoint::new("log.example/knooppunt", LEAVES, tree.root()).expect("a checkpoint");
    let mut note = checkpoint.sign(&log).expect("a note");
    let witnesses: Vec<Cosigner> = (1..=3u8)
        .map(|n| Cosigner::new(name(&format!("w{n}.example")), &[n; 32]))
        .collect();
    for witness in &witnesses[..2] {
        note.add(witness.cosign(&checkpoint, 1_790_000_000).expect("a time"))
            .expect("room");
    }
    let keys = witnesses.iter().map(|witness| witness.verifier().clone());
    let policy = Policy::new(vec![log.verifier().clone()], keys.collect(), 2).expect("a policy");
    let path = inclusion(&tree, 12_345, LEAVES).expect("a path");
    let receipt = LogProof::new(12_345, path, note).expect("a receipt");
    (receipt.to_string(), policy)
}
