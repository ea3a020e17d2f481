//! The published codes of the wires: each that we can give is provoked at its door by a row of a table (`fo01`, `fo03` and `vsp`, one file each), and each that
//! cannot arise stands here with the reason.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use knooppunt::envelope::tables::{Condition, Generation};

use crate::{deliver, ggk, vsp};

/// Which list a code is of. One number has another meaning in another list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum List {
    /// Of an Fo01, the list in force.
    Fo01,
    /// The same, the list of 2018.
    Fo01Of2018,
    /// Of an Fo03: what StUF has checked at once.
    Fo03,
    /// Of the VSP.
    Vsp,
}

/// The lists as they are published.
const PUBLISHED: &[(List, &[&str])] = &[
    (
        List::Fo01,
        &[
            "IB001", "IB002", "IB003", "IB004", "IB005", "IB006", "IB007", "IB008", "IB009",
            "IB010", "IB011", "IB012", "IB013", "IB014", "IB015", "IB016", "IB017", "IB018",
            "IB019", "IB020", "IB021", "IB022", "IB023", "IB901", "IB902", "IB903", "IB904",
            "IB905", "StUF052", "StUF055", "StUF058",
        ],
    ),
    (
        List::Fo01Of2018,
        &[
            "IB007", "IB009", "IB101", "IB102", "IB103", "IB210", "IB213", "IB216", "IB234",
            "IB240", "IB798", "RIN001", "StUF055", "CC02", "CC03", "CC04", "CC05", "CC06", "CC07",
            "CC08", "CC09", "CC11", "BRS02", "BRS03", "BRS04", "BRS05",
        ],
    ),
    (
        List::Fo03,
        &[
            "StUF001", "StUF004", "StUF007", "StUF010", "StUF013", "StUF016", "StUF019", "StUF022",
            "StUF025", "StUF028", "StUF031", "StUF034", "StUF037", "StUF040", "StUF043", "StUF046",
        ],
    ),
    (
        List::Vsp,
        &[
            "BRS01", "BRS02", "BRS03", "BRS04", "BRS05", "BRS06", "BRS12", "BRS13", "BRS14",
            "BRS15", "BRS16", "BRS17", "BRS18", "BRS19", "BRS20", "BRS21", "BRS28", "BRS29",
            "BRS33", "BRS114",
        ],
    ),
];

/// What cannot arise, and why.
const CANNOT: &[(List, &[&str], &str)] = &[
    (
        List::Fo01,
        &["IB002"],
        "whom the register does not know is told at once, StUF013",
    ),
    (
        List::Fo01,
        &["IB003"],
        "an envelope that is too large is not read, so nothing in it can be answered: a fault with status 413",
    ),
    (
        List::Fo01,
        &["IB006"],
        "a functie that does not go with its berichtcode is told at once, StUF040",
    ),
    (
        List::Fo01,
        &["IB008", "IB011"],
        "the GGk has no roles: who does not make or get a kind is not the one that the message names, IB009 and IB010",
    ),
    (List::Fo01, &["IB013"], "nobody looks for viruses here"),
    (
        List::Fo01,
        &["IB015"],
        "nobody can tell whether a person is made up",
    ),
    (
        List::Fo01,
        &["IB017", "IB018"],
        "an envelope without an application is a fault that names the element, one without its version IB001",
    ),
    (
        List::Fo01,
        &["IB019", "IB020"],
        "a second answer is carried and told in the thread",
    ),
    (
        List::Fo01,
        &["IB021", "IB022"],
        "an answer to what is not known is told at once, StUF043",
    ),
    (
        List::Fo01,
        &["IB901", "IB902", "IB903", "IB904", "IB905"],
        "nothing comes in a ZIP file over the GGk",
    ),
    (
        List::Fo01,
        &["StUF052"],
        "who may not hand in is told more exactly, IB009",
    ),
    (
        List::Fo01,
        &["StUF055"],
        "that content breaks its schema is told more exactly, IB014; a receiver's own is passed on to the VSP as BRS13",
    ),
    (
        List::Fo01,
        &["StUF058"],
        "of what we could not do nothing is confirmed; it stands for reasons that a later program recorded",
    ),
    (
        List::Fo01Of2018,
        &["IB007"],
        "an envelope that is too large is not read, so nothing in it can be answered: a fault with status 413",
    ),
    (
        List::Fo01Of2018,
        &["IB009", "CC04", "CC05"],
        "a number that does not fit its envelope is a fault that names the element",
    ),
    (
        List::Fo01Of2018,
        &["IB101"],
        "there is no ebMS here, so no CPA",
    ),
    (
        List::Fo01Of2018,
        &["IB102"],
        "over the GGk there is a route to every receiver that is known: his mailbox",
    ),
    (
        List::Fo01Of2018,
        &["IB213"],
        "whom the register does not know is told at once, StUF013",
    ),
    (
        List::Fo01Of2018,
        &["IB216"],
        "a number that is taken is told at once, StUF016",
    ),
    (
        List::Fo01Of2018,
        &["IB798"],
        "either version of the envelope is taken from everybody",
    ),
    (
        List::Fo01Of2018,
        &["BRS02", "BRS05"],
        "the GGk has no roles: who does not make or get a kind is not the one that the message names, BRS03 and CC09",
    ),
    (
        List::Fo01Of2018,
        &["BRS04"],
        "that list has IB210 for a receiver who is not known",
    ),
    (
        List::Fo01Of2018,
        &["CC06"],
        "an envelope without an application is a fault that names the element, one without its version RIN001",
    ),
    (
        List::Fo01Of2018,
        &["CC07"],
        "an answer to what is not known is told at once, StUF043",
    ),
    (
        List::Fo01Of2018,
        &["CC11"],
        "a second answer is carried and told in the thread",
    ),
    (
        List::Fo01Of2018,
        &["StUF052", "StUF055", "StUF058"],
        "as in the list in force",
    ),
    (
        List::Fo03,
        &["StUF010"],
        "a receiver who is not known shows in the content: it is confirmed, and told by an Fo01 with IB005 or IB010",
    ),
    (
        List::Fo03,
        &["StUF019"],
        "processing in order of sending is preferred by StUF and not required: a time that is not later is taken",
    ),
    (
        List::Fo03,
        &["StUF028", "StUF031"],
        "the messages of the GGk have no type of entity",
    ),
    (List::Vsp, &["BRS12"], "nobody looks for viruses here"),
    (
        List::Vsp,
        &["BRS18"],
        "nobody can tell whether a person is made up",
    ),
];

/// What is provoked by a test of its own, since it takes more than one message: file and test.
const ELSEWHERE: &[(List, &str, &str, &str)] = &[(
    List::Fo03,
    "StUF052",
    "tests/spec/held/wire.rs",
    "who_only_reads_ends_no_declaration_that_waits_and_who_may_decide_does",
)];

/// What rows provoke.
fn provoked() -> BTreeSet<(List, &'static str)> {
    let fo01 = deliver::codes::ROWS.iter();
    let fo01 = fo01.flat_map(|row| [(List::Fo01, row.codes[0]), (List::Fo01Of2018, row.codes[1])]);
    let fo03 = ggk::codes::ROWS.iter().map(|row| (List::Fo03, row.code));
    let vsp = vsp::codes::ROWS.iter().map(|row| (List::Vsp, row.code));
    let elsewhere = ELSEWHERE.iter().map(|(list, code, file, test)| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        let text = std::fs::read_to_string(path).expect("readable");
        let (_, after) = text.split_once(test).expect("the test is there");
        let own = after.split("\n}\n").next().expect("a text");
        assert!(own.contains(&format!("\"{code}\"")), "{test}: no {code}");
        (*list, *code)
    });
    fo01.chain(fo03).chain(vsp).chain(elsewhere).collect()
}

/// What our tables can say, and the one code that stands in none of them.
fn ours() -> BTreeSet<(List, &'static str)> {
    let of = |condition: Condition| {
        let fo01 = [true, false].map(|municipality| {
            let code = |list| condition.fo01(list, municipality);
            [
                (List::Fo01, code(Generation::Current)),
                (List::Fo01Of2018, code(Generation::Of2018)),
            ]
        });
        let others = [(List::Fo03, condition.fo03()), (List::Vsp, condition.vsp())];
        fo01.into_iter().flatten().chain(others)
    };
    let mut ours: BTreeSet<_> = Condition::ALL
        .into_iter()
        .flat_map(of)
        .filter_map(|(list, code)| Some((list, code?)))
        .collect();
    ours.insert((List::Vsp, "BRS28"));
    ours
}

#[test]
fn every_code_that_is_published_or_that_we_have_is_provoked_by_a_row_or_cannot_arise() {
    let provoked = provoked();
    let mut cannot: BTreeMap<(List, &str), &str> = BTreeMap::new();
    for (list, codes, because) in CANNOT {
        for code in *codes {
            let twice = cannot.insert((*list, code), because);
            assert_eq!(twice, None, "{list:?} {code} is listed twice");
        }
    }
    let listed = |(list, codes): &(List, &'static [&'static str])| {
        let list = *list;
        codes.iter().map(move |code| (list, *code))
    };
    let published: BTreeSet<_> = PUBLISHED.iter().flat_map(listed).collect();
    let known: BTreeSet<_> = published.union(&ours()).copied().collect();
    for code in &known {
        assert!(
            provoked.contains(code) || cannot.contains_key(code),
            "{code:?} is provoked by no row, and not listed as one that cannot arise"
        );
    }
    for code in &provoked {
        assert!(!cannot.contains_key(code), "{code:?} arises: {cannot:?}");
        assert!(known.contains(code), "{code:?} stands on no list");
    }
    for code in cannot.keys() {
        assert!(known.contains(code), "{code:?} stands on no list");
    }
}

/// What a code is told with: the text of a condition that has it.
pub(crate) fn is_a_text(text: &str) -> bool {
    Condition::ALL.into_iter().any(|of| of.text() == text)
}
