//! A provider's month with real records: sessions, the day root in a log with witnesses, the statement of a line, and what a draw asks.

use data_encoding::BASE64URL_NOPAD;

use super::made::{card, draw_open, example_subject, name, nonce_of_provider, salt, scope};
use crate::delivery::{
    Bsn, Commitment, DayProof, DayStatement, DayTree, Drawn, DrawnLine, Entry, Field, Law, Layout,
    LineStatement, Nf, NfList, NfSecret, Opening, ProviderSecret, Secret, Session, Statement,
    StripClaim, StripProof, SumTree, Uid, Unit,
};
use crate::tests::made::{log, policy, witness};
use crate::{Checkpoint, Hash, LogProof, MemoryTree, Policy, inclusion, leaf_hash};

/// When the witnesses saw the day root: 4 October 2026, noon.
pub(super) const SEEN: u64 = 1_791_115_200;

pub(super) struct World {
    pub(super) line: LineStatement,
    pub(super) entry: Hash,
    pub(super) tree: SumTree,
    pub(super) nf_key: NfSecret,
    /// Of every record its number and commitment, the rounding last.
    records: Vec<(Session, Commitment)>,
    day: DayStatement,
    day_tree: DayTree,
    receipt: String,
}

pub(super) fn bsn() -> Bsn {
    "999990019".parse().unwrap()
}

/// The texts of a record on 3 October: number 0 to 11 is a visit, 12 the rounding.
fn texts(number: u64) -> [String; 7] {
    let caregiver = ProviderSecret::new(Secret::new([7; 32])).caregiver(&"Z1".parse().unwrap());
    let is_visit = number < 12;
    let time = |minutes: u64| format!("2026-10-03T{:02}:{:02}+02:00", minutes / 60, minutes % 60);
    let weight = [60, 45][usize::from(number == 11)];
    let span = format!("{}/{}", time(number * 70), time(number * 70 + weight));
    [
        "2026-10-03".into(),
        if is_visit { span } else { String::new() },
        if is_visit {
            weight.to_string()
        } else {
            "15".into()
        },
        if is_visit {
            BASE64URL_NOPAD.encode(&caregiver)
        } else {
            String::new()
        },
        if is_visit {
            format!("strip/1/{}", (number + 1) * 3)
        } else {
            String::new()
        },
        "2026-10-03T20:00:00Z".into(),
        if is_visit {
            "individueel".into()
        } else {
            "afronding".into()
        },
    ]
}

fn random(number: u64) -> [u8; 32] {
    *Hash::over(&[b"random", &number.to_be_bytes()]).as_bytes()
}

impl World {
    pub(super) fn new() -> World {
        World::with(|_, _| {})
    }

    /// With records and leaves as a dishonest provider makes them.
    pub(super) fn with(change: impl Fn(u64, &mut [String; 7])) -> World {
        let gem = "0363".parse().unwrap();
        let secret = ProviderSecret::new(Secret::new([7; 32]));
        let key = secret.allocation(&[1; 16], Law::Jw, &gem, 123_456_789, 2026);
        let nf_key = NfSecret::new(Secret::new([9; 32]));
        let of = |number: u64| {
            let mut texts = texts(number);
            change(number, &mut texts);
            let session = Session::read(texts.each_ref().map(String::as_str)).unwrap();
            let uid = Uid(random(number)[..16].try_into().unwrap());
            let commitment = Commitment::new(&session, &key, uid);
            (session, commitment)
        };
        let records: Vec<(Session, Commitment)> = (0..13).map(of).collect();
        let entry = |(number, (session, commitment)): (usize, &(Session, Commitment))| {
            let begin = session.span().map(|span| span.begin);
            Entry {
                begin,
                uid: Uid([0; 16]),
                weight: [60, 45][usize::from(number == 11)],
                is_late: false,
                nf: nf_key.visit(&bsn(), Some(&"Z1".parse().unwrap()), begin.unwrap_or(0)),
                c: commitment.c,
            }
        };
        let entries: Vec<Entry> = records[..12].iter().enumerate().map(entry).collect();
        let layout = Layout {
            unit: Unit::Hour,
            volume: 12,
        };
        let mut count = 100;
        let leaves = layout
            .leaves(
                &entries,
                Some((records[12].1.c, false)),
                |index| nf_key.padding(Law::Jw, &gem, &example_subject(), index),
                || {
                    count += 1;
                    random(count)
                },
            )
            .unwrap();
        let line = LineStatement {
            depth: 0,
            ..super::made::bare_line()
        };
        let tree = SumTree::new(&line.context(), leaves).unwrap();
        let line = LineStatement {
            w: tree.root().weight,
            late: tree.root().late,
            depth: tree.depth(),
            root: tree.root().hash,
            nfh: NfList::of(tree.leaves()).unwrap().hash(),
            nc: name().commit(&nonce_of_provider()),
            strips: vec![StripClaim {
                ver: 1,
                from: 0,
                to: 36,
                proof: StripProof::Strip(card().strip(36).unwrap()),
            }],
            ..line
        };
        let entry = Statement::of(line.clone()).unwrap().entry(&salt(3));
        let commitments: Vec<Hash> = records.iter().map(|(_, made)| made.c).collect();
        let mut count = 1_000;
        let day_tree = DayTree::new(&commitments, || {
            count += 1;
            random(count)
        });
        let day_tree = day_tree.unwrap();
        let day = DayStatement {
            agb: "41234567".parse().unwrap(),
            day: "2026-10-03".parse().unwrap(),
            root: day_tree.root(),
        };
        let receipt = receipt(&Statement::of(day.clone()).unwrap());
        World {
            line,
            entry,
            tree,
            nf_key,
            records,
            day,
            day_tree,
            receipt,
        }
    }

    pub(super) fn policy() -> Policy {
        policy(3, 2)
    }

    /// What is drawn, as number 0 of November's draw.
    pub(super) fn drawn(minute: u64) -> Drawn {
        Drawn {
            number: 0,
            line: 0,
            minute: Some(minute),
        }
    }

    pub(super) fn verify(
        &self,
        opening: &Opening,
        minute: u64,
    ) -> Result<DayStatement, crate::delivery::OpeningError> {
        let scope = scope();
        assert_eq!(draw_open().month, scope.month);
        opening.verify(&DrawnLine {
            scope: &scope,
            drawn: World::drawn(minute),
            line: &self.line,
            entry: self.entry,
        })
    }

    /// The record that a minute leads to.
    fn record(&self, c: &Hash) -> &(Session, Commitment) {
        self.records.iter().find(|(_, made)| made.c == *c).unwrap()
    }

    /// The duplicate value of a visit as an opener makes it.
    pub(super) fn nf(&self, opening: &Opening) -> Option<Nf> {
        let span = opening.session()?.span()?;
        Some(
            self.nf_key
                .visit(&bsn(), Some(&"Z1".parse().unwrap()), span.begin),
        )
    }

    pub(super) fn opening(&self, minute: u64) -> Opening {
        let opened = self.tree.open(minute).unwrap();
        let (session, made) = self.record(&opened.leaf.c);
        let fields = (0u8..).zip(session.texts()).zip(made.salts);
        let fields = fields.map(|((number, text), salt)| Field {
            number,
            salt,
            text: text.clone(),
        });
        let (index, path) = self.day_tree.path(&opened.leaf.c).unwrap();
        Opening {
            month: scope().month,
            number: 0,
            entry: self.entry,
            opened,
            fields: fields.collect(),
            digests: made.digests,
            nf_key: Some(Secret::new([9; 32])),
            day: DayProof {
                bytes: Statement::of(self.day.clone()).unwrap().bytes().to_vec(),
                salt: salt(4),
                index,
                path,
                receipt: self.receipt.clone().into_bytes(),
            },
        }
    }
}

/// The receipt of a statement that stands in the log between two others.
fn receipt(statement: &Statement) -> String {
    let entry = statement.entry(&salt(4));
    let tree: MemoryTree = [b"a", &entry.as_bytes()[..], b"b"]
        .into_iter()
        .map(leaf_hash)
        .collect();
    let checkpoint = Checkpoint::new("log.example/knooppunt", 3, tree.root()).unwrap();
    let mut note = checkpoint.sign(&log()).unwrap();
    for (number, time) in [(1, SEEN - 5), (2, SEEN)] {
        note.add(witness(number).cosign(&checkpoint, time).unwrap())
            .unwrap();
    }
    let path = inclusion(&tree, 1, 3).unwrap();
    LogProof::new(1, path, note).unwrap().to_string()
}
