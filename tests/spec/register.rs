//! The party register: what it takes, what it refuses, and what it answers on a day.

use jiff::civil::{Date, date};
use knooppunt::fault::Fault;
use knooppunt::register::{
    Anchor, Identity, Key, PartyCode, PartyId, Register, RegisterError, Registers, Source,
};
use knooppunt::transport::Peer;
use knooppunt_standard::Law;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

const GOOD: &str = r#"
[[party]]
id = "gemeente-a"
name = "Gemeente A"
code = [{ kind = "gemeentecode", code = "0344", from = 2020-01-01 }]
certificate = [
    { anchor = "pkio-g1", oin = "00000001002220647000" },
    { anchor = "pkio-g4-tls", oin = "00000001002220647000" },
]

[[party]]
id = "zorg-bv"
name = "Zorg B.V."
code = [{ kind = "agb", code = "98765432" }]
certificate = [{ anchor = "operator-ca", uri = "urn:example:party:zorg-bv", note = "kantoor" }]

[[party]]
id = "softwarehuis"
name = "Softwarehuis"

[[mandate]]
party = "softwarehuis"
for = "98765432"
direction = "submit"
laws = ["jw"]
kinds = [305, 323]
from = 2026-01-01
until = 2026-06-30

[[mandate]]
party = "softwarehuis"
for = "98765432"
direction = "receive"
laws = ["jw", "wmo"]
from = 2026-01-01
"#;

const DAY: Date = date(2026, 3, 1);

fn source(name: &str, text: &str) -> Source {
    Source {
        name: name.to_owned(),
        bytes: text.as_bytes().to_vec(),
    }
}

fn register(text: &str) -> Register {
    Register::load(vec![source("register.toml", text)]).unwrap()
}

fn problems(texts: &[(&str, &str)]) -> Vec<String> {
    let sources = texts
        .iter()
        .map(|(name, text)| source(name, text))
        .collect();
    match Register::load(sources) {
        Err(error @ RegisterError::Refused { .. }) => {
            assert_eq!(error.code(), "register-refused");
            assert_eq!(error.fault(), Fault::Ours);
            let RegisterError::Refused { problems } = error else {
                unreachable!()
            };
            problems.iter().map(ToString::to_string).collect()
        }
        other => panic!("not refused: {other:?}"),
    }
}

/// The good register with more behind it is refused for one reason, which is found at that line.
fn refused_for(more: &str, line_in_more: usize, words: &str) {
    let text = format!("{GOOD}{more}");
    let line = GOOD.lines().count() + line_in_more;
    let found = problems(&[("r.toml", &text)]);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(
        found[0].starts_with(&format!("r.toml:{line}: ")) && found[0].contains(words),
        "expected line {line} and {words:?}, got {found:?}"
    );
}

fn id(text: &str) -> PartyId {
    text.parse().unwrap()
}

fn code(text: &str) -> PartyCode {
    text.parse().unwrap()
}

#[test]
fn an_owner_may_submit_and_receive_every_kind_under_its_code() {
    let register = register(GOOD);
    for (law, soort) in [("jw", 301), ("wmo", 323)] {
        assert!(register.may_submit(&id("zorg-bv"), &code("98765432"), law, soort, DAY));
        assert!(register.may_receive(&id("zorg-bv"), &code("98765432"), law, soort, DAY));
    }
    assert_eq!(
        register.party_with(&code("0344"), DAY).unwrap().id,
        id("gemeente-a")
    );
}

#[test]
fn nobody_may_act_under_the_code_of_another_without_a_mandate() {
    let register = register(GOOD);
    for party in ["gemeente-a", "nobody"] {
        assert!(!register.may_submit(&id(party), &code("98765432"), "jw", 305, DAY));
        assert!(!register.may_receive(&id(party), &code("98765432"), "jw", 305, DAY));
    }
    assert!(!register.may_submit(&id("zorg-bv"), &code("11111111"), "jw", 305, DAY));
    assert!(register.party_with(&code("11111111"), DAY).is_none());
}

#[test]
fn a_mandate_holds_for_its_direction_law_kinds_and_days_only() {
    let register = register(GOOD);
    let supplier = id("softwarehuis");
    let agb = code("98765432");
    let may = |law, soort, on| register.may_submit(&supplier, &agb, law, soort, on);
    assert!(may("jw", 305, date(2026, 1, 1)) && may("jw", 323, date(2026, 6, 30)));
    assert!(
        !may("jw", 305, date(2025, 12, 31)),
        "the day before it begins"
    );
    assert!(!may("jw", 305, date(2026, 7, 1)), "the day after it ends");
    assert!(!may("wmo", 305, DAY), "another law");
    assert!(!may("jw", 307, DAY), "another kind");
    assert!(
        register.may_receive(&supplier, &agb, "wmo", 307, date(2030, 1, 1)),
        "all kinds, open end"
    );
    assert!(
        !register.may_receive(&supplier, &code("0344"), "jw", 305, DAY),
        "another code"
    );
}

#[test]
fn files_go_from_who_may_send_them_to_whom_he_may_as_their_line_says() {
    use knooppunt::register::FileCode::{Di01, Du01};
    let more = r#"
[[tekstBestand]]
functie = "BUDGET-CSV"
sender = "0344"
receivers = ["98765432"]
berichtcode = "Di01"
from = 2026-01-01
until = 2026-06-30

[[tekstBestand]]
functie = "LIJST"
sender = "98765432"
"#;
    let register = register(&format!("{GOOD}{more}"));
    let files = register.files();
    let (gemeente, zorg) = (code("0344"), code("98765432"));
    let other = code("0363");
    assert_eq!(files.functie("budget-csv"), Some("BUDGET-CSV"));
    assert_eq!(files.functie("BUDGET"), None);
    let allows = |functie, as_code, between| files.allows(functie, as_code, between, DAY);
    assert!(allows("BUDGET-CSV", Di01, (&gemeente, &zorg)));
    assert!(!allows("BUDGET-CSV", Du01, (&gemeente, &zorg)));
    assert!(!allows("BUDGET-CSV", Di01, (&gemeente, &other)));
    assert!(!allows("BUDGET-CSV", Di01, (&zorg, &gemeente)));
    assert!(!files.allows("BUDGET-CSV", Di01, (&gemeente, &zorg), date(2025, 12, 31)));
    for as_code in [Di01, Du01] {
        assert!(files.goes_as("LIJST", as_code));
        assert!(allows("LIJST", as_code, (&zorg, &other)), "to everybody");
        assert!(!allows("LIJST", as_code, (&gemeente, &zorg)));
    }
}

#[test]
fn a_mandate_holds_for_files_that_it_names_and_for_nothing_else_where_it_names_no_law() {
    use knooppunt::register::Direction::{Receive, Submit};
    let more = r#"
[[tekstBestand]]
functie = "BUDGET-CSV"
sender = "0344"

[[tekstBestand]]
functie = "LIJST"
sender = "0344"

[[mandate]]
party = "softwarehuis"
for = "0344"
direction = "submit"
functies = ["BUDGET-CSV"]
from = 2026-01-01
"#;
    let register = register(&format!("{GOOD}{more}"));
    let (supplier, gemeente) = (id("softwarehuis"), code("0344"));
    let may =
        |direction, functie| register.may_with_files(direction, &supplier, &gemeente, functie, DAY);
    assert!(may(Submit, "BUDGET-CSV"));
    assert!(!may(Submit, "LIJST") && !may(Receive, "BUDGET-CSV"));
    assert!(!register.may_submit(&supplier, &gemeente, "jw", 301, DAY));
    let owner = id("gemeente-a");
    assert!(register.may_with_files(Submit, &owner, &gemeente, "LIJST", DAY));
}

#[test]
fn receivable_codes_are_own_codes_and_those_of_mandates_to_receive() {
    let register = register(GOOD);
    assert_eq!(
        register.receivable_codes(&id("softwarehuis"), DAY),
        [code("98765432")]
    );
    assert_eq!(
        register.receivable_codes(&id("softwarehuis"), date(2025, 12, 31)),
        []
    );
    assert_eq!(
        register.receivable_codes(&id("gemeente-a"), DAY),
        [code("0344")]
    );
    assert_eq!(
        register.receivable_codes(&id("gemeente-a"), date(2019, 12, 31)),
        []
    );
    assert_eq!(register.receivable_codes(&id("nobody"), DAY), []);
}

#[test]
fn a_mandate_ends_with_the_ownership_it_came_from() {
    let register = register(&GOOD.replace(
        r#"{ kind = "agb", code = "98765432" }"#,
        r#"{ kind = "agb", code = "98765432", until = 2026-02-28 }"#,
    ));
    let supplier = id("softwarehuis");
    assert!(register.may_submit(&supplier, &code("98765432"), "jw", 305, date(2026, 2, 28)));
    assert!(!register.may_submit(&supplier, &code("98765432"), "jw", 305, date(2026, 3, 1)));
    assert_eq!(register.receivable_codes(&supplier, date(2026, 3, 1)), []);
}

#[test]
fn a_code_may_pass_to_another_party_on_a_day() {
    let register = register(&format!(
        "{}{}",
        GOOD.replace(
            "code = \"0344\", from = 2020-01-01",
            "code = \"0344\", until = 2026-12-31"
        ),
        "[[party]]\nid = \"gemeente-b\"\nname = \"B\"\ncode = [{ kind = \"gemeentecode\", code = \"0344\", from = 2027-01-01 }]\n"
    ));
    assert_eq!(
        register
            .party_with(&code("0344"), date(2026, 12, 31))
            .unwrap()
            .id,
        id("gemeente-a")
    );
    assert_eq!(
        register
            .party_with(&code("0344"), date(2027, 1, 1))
            .unwrap()
            .id,
        id("gemeente-b")
    );
}

fn peer(keys: Vec<Key>) -> Peer {
    let anchor = Anchor::PkioG1;
    Peer {
        anchor,
        identities: keys
            .into_iter()
            .map(|key| Identity { anchor, key })
            .collect(),
        fingerprint: [1; 32],
        subject: String::new(),
        issuer: String::new(),
        serial: String::new(),
        not_before: "2020-01-01T00:00:00Z".parse().unwrap(),
        not_after: "2030-01-01T00:00:00Z".parse().unwrap(),
    }
}

#[test]
fn an_identity_may_pass_to_another_party_at_midnight_in_amsterdam() {
    let register = register(
        r#"
[[party]]
id = "old"
name = "Old"
certificate = [{ anchor = "pkio-g1", oin = "00000001002220647000", until = 2026-06-30 }]

[[party]]
id = "new"
name = "New"
certificate = [{ anchor = "pkio-g1", oin = "00000001002220647000", from = 2026-07-01, until = 2026-07-31 }]
"#,
    );
    let peer = peer(vec![Key::Oin("00000001002220647000".parse().unwrap())]);
    let whose = |at: &str| {
        register
            .party_of(&peer, at.parse().unwrap())
            .map(|party| party.id.to_string())
    };
    assert_eq!(whose("2026-06-30T21:59:59Z").as_deref(), Some("old"));
    assert_eq!(whose("2026-06-30T22:00:00Z").as_deref(), Some("new"));
    assert_eq!(whose("2026-07-31T22:00:00Z"), None);
}

#[test]
fn an_identity_below_another_anchor_is_not_the_one_in_the_register() {
    let register = register(GOOD);
    let at = "2026-03-01T12:00:00Z".parse().unwrap();
    let mut peer = peer(vec![Key::Oin("00000001002220647000".parse().unwrap())]);
    assert_eq!(register.party_of(&peer, at).unwrap().id, id("gemeente-a"));
    for identity in &mut peer.identities {
        identity.anchor = Anchor::Vecozo;
    }
    assert!(register.party_of(&peer, at).is_none());
}

#[test]
fn the_hash_names_the_content_and_not_the_order_of_the_files() {
    let more = "[[party]]\nid = \"c\"\nname = \"C\"\n";
    let one = Register::load(vec![source("a", GOOD), source("b", more)]).unwrap();
    let two = Register::load(vec![source("b", more), source("a", GOOD)]).unwrap();
    assert_eq!(one.hash(), two.hash());
    let other = Register::load(vec![
        source("a", GOOD),
        source("b", &more.replace('C', "D")),
    ])
    .unwrap();
    assert_ne!(one.hash(), other.hash());
    let moved = Register::load(vec![source("a", &format!("{GOOD}{more}"))]).unwrap();
    assert_ne!(one.hash(), moved.hash());
}

#[test]
fn a_code_of_two_owners_on_one_day_is_refused() {
    refused_for(
        "[[party]]\nid = \"b\"\nname = \"B\"\ncode = [{ kind = \"gemeentecode\", code = \"0344\", until = 2020-01-01 }]\n",
        4,
        "r.toml:5",
    );
}

#[test]
fn a_certificate_identity_of_two_parties_is_refused() {
    refused_for(
        "[[party]]\nid = \"b\"\nname = \"B\"\ncertificate = [{ anchor = \"pkio-g1\", oin = \"00000001002220647000\" }]\n",
        4,
        "one certificate is one party",
    );
}

#[test]
fn the_same_key_under_another_anchor_is_another_identity() {
    let pin = "11".repeat(32);
    let text = format!(
        "{GOOD}[[party]]\nid = \"b\"\nname = \"B\"\ncertificate = [{{ anchor = \"vecozo\", fingerprint = \"{pin}\" }}]\n\
         [[party]]\nid = \"c\"\nname = \"C\"\ncertificate = [{{ anchor = \"operator-ca\", fingerprint = \"{pin}\" }}]\n"
    );
    assert_eq!(register(&text).parties().len(), 5);
}

#[test]
fn two_pinned_certificates_may_be_live_and_a_third_is_refused() {
    let pin = |byte: u8, period: &str| {
        format!(
            "    {{ anchor = \"vecozo\", fingerprint = \"{}\"{period} }},\n",
            format!("{byte:02x}").repeat(32)
        )
    };
    let party =
        |pins: &str| format!("[[party]]\nid = \"b\"\nname = \"B\"\ncertificate = [\n{pins}]\n");
    let two = party(&(pin(1, "") + &pin(2, "")));
    assert!(Register::load(vec![source("r", &format!("{GOOD}{two}"))]).is_ok());
    let replaced =
        party(&(pin(1, ", until = 2026-01-31") + &pin(2, "") + &pin(3, ", from = 2026-02-01")));
    assert!(Register::load(vec![source("r", &format!("{GOOD}{replaced}"))]).is_ok());
    let three = party(&(pin(1, "") + &pin(2, "") + &pin(3, ", from = 2030-01-01")));
    refused_for(&three, 7, "more than 2 pinned");
}

#[test]
fn what_is_wrong_is_named_with_its_line_and_what_to_do() {
    let party = "[[party]]\nid = \"b\"\nname = \"B\"\n";
    let certificate = |entry: &str| format!("{party}certificate = [{entry}]\n");
    let mandate = |line: &str| {
        let mut lines = vec![
            "party = \"zorg-bv\"",
            "for = \"0344\"",
            "direction = \"submit\"",
            "laws = [\"jw\"]",
            "from = 2026-01-01",
        ];
        let key = line.split(' ').next().unwrap_or_default();
        lines.retain(|kept| !kept.starts_with(&format!("{key} ")));
        format!("[[mandate]]\n{line}\n{}\n", lines.join("\n"))
    };
    let file = |line: &str| {
        let mut lines = vec!["functie = \"BUDGET-CSV\"", "sender = \"0344\""];
        let key = line.split(' ').next().unwrap_or_default();
        lines.retain(|kept| !kept.starts_with(&format!("{key} ")));
        format!("[[tekstBestand]]\n{line}\n{}\n", lines.join("\n"))
    };
    let cases: Vec<(String, usize, &str)> = vec![
        (file("functie = \"\""), 2, "1 to 30"),
        (
            file(&format!("functie = \"{}\"", "a".repeat(31))),
            2,
            "1 to 30",
        ),
        (file("functie = \"a b\""), 2, "1 to 30"),
        (file("functie = \"jw301\""), 2, "goes as xmlBestand"),
        (file("sender = \"0999\""), 1, "nobody owns code 0999"),
        (file("receivers = [\"0999\"]"), 1, "nobody owns code 0999"),
        (file("receivers = []"), 2, "leave receivers out"),
        (file("berichtcode = \"Fo01\""), 2, "\"Di01\" or as \"Du01\""),
        (file("until = 2019-12-31"), 1, "nobody owns code 0344"),
        (
            format!(
                "{}{}",
                file("note = \"a\""),
                file("functie = \"Budget-csv\"")
            ),
            5,
            "one way",
        ),
        (
            mandate("functies = [\"BUDGET-CSV\"]"),
            1,
            "no files go under",
        ),
        (mandate("functies = []"), 2, "name functies"),
        (
            format!(
                "{}{}",
                file("note = \"a\""),
                mandate("direction = \"decide\"\nfuncties = [\"BUDGET-CSV\"]")
            ),
            7,
            "nobody decides on files",
        ),
        (
            format!("{party}colour = \"red\"\n"),
            4,
            "unknown field `colour`",
        ),
        ("[[partij]]\n".into(), 1, "unknown field `partij`"),
        (
            "[[party]]\nid = \"B\"\nname = \"B\"\n".into(),
            2,
            "lower-case",
        ),
        (
            "[[party]]\nid = \"b\"\nname = \" \"\n".into(),
            3,
            "fill it in",
        ),
        (
            "[[party]]\nid = \"zorg-bv\"\nname = \"B\"\n".into(),
            2,
            "twice",
        ),
        ("[[party]]\nid = \"b\"\n".into(), 1, "missing field `name`"),
        (
            format!("{party}code = [{{ kind = \"agb\", code = \"1234\" }}]\n"),
            4,
            "is no agb",
        ),
        (
            format!("{party}code = [{{ kind = \"uzi\", code = \"1234\" }}]\n"),
            4,
            "kinds of code",
        ),
        (
            format!("{party}code = [{{ kind = \"agb\", code = \"1\" }}]\n"),
            4,
            "eight (agb)",
        ),
        (
            format!(
                "{party}code = [{{ kind = \"agb\", code = \"12345678\", from = 2026-02-02, until = 2026-02-01 }}]\n"
            ),
            4,
            "before the first day",
        ),
        (
            format!(
                "{party}code = [{{ kind = \"agb\", code = \"12345678\", from = 2026-02-02T10:00:00 }}]\n"
            ),
            4,
            "without a time",
        ),
        (
            certificate("{ anchor = \"pkio\", oin = \"00000001002220647000\" }"),
            4,
            "anchors are",
        ),
        (
            certificate("{ anchor = \"pkio-g1\", oin = \"12345678901234567890\" }"),
            4,
            "an OIN has 20 digits",
        ),
        (
            certificate("{ anchor = \"vecozo\", oin = \"00000001002220647000\" }"),
            4,
            "pin the certificate",
        ),
        (
            certificate("{ anchor = \"pkio-g1\", uri = \"urn:example:party:b\" }"),
            4,
            "only operator-ca",
        ),
        (
            certificate("{ anchor = \"operator-ca\", uri = \"urn:example:party:c\" }"),
            4,
            "make them the same",
        ),
        (
            certificate("{ anchor = \"operator-ca\", uri = \"b\" }"),
            4,
            "urn:<your name>",
        ),
        (
            certificate("{ anchor = \"vecozo\", fingerprint = \"aa:bb\" }"),
            4,
            "64 hexadecimal",
        ),
        (
            certificate("{ anchor = \"vecozo\", serial = \"aabb\" }"),
            4,
            "one way",
        ),
        (certificate("{ anchor = \"vecozo\" }"), 4, "one way"),
        (mandate("party = \"unknown\""), 1, "not in the register"),
        (mandate("for = \"0999\""), 1, "nobody owns code 0999"),
        (
            mandate("direction = \"both\""),
            2,
            "\"submit\", \"receive\", \"decide\" and \"answer\"",
        ),
        (mandate("laws = [\"wlz\"]"), 2, "\"jw\" and \"wmo\""),
        (mandate("laws = []"), 2, "name the laws"),
        (mandate("kinds = [304]"), 2, "no message kind"),
        (mandate("kinds = []"), 2, "leave kinds out"),
        (mandate("from = 2026-02-30"), 2, ""),
        (mandate("until = 2025-12-31"), 2, "before the first day"),
    ];
    for (more, line, words) in cases {
        refused_for(&more, line, words);
    }
}

#[test]
fn everything_that_is_wrong_in_all_files_is_told_at_once() {
    let found = problems(&[
        ("a.toml", GOOD),
        (
            "b.toml",
            "[[party]]\nid = \"X\"\nname = \"x\"\n\n[[party]]\nid = \"y\"\nname = \"\"\n",
        ),
        ("c.toml", "[[party]]\nid = \"zorg-bv\"\nname = \"z\"\n"),
    ]);
    let starts: Vec<&str> = found
        .iter()
        .map(|text| text.split(": ").next().unwrap())
        .collect();
    assert_eq!(starts, ["b.toml:2", "b.toml:7", "c.toml:2"]);
}

#[test]
fn the_example_in_the_manual_is_a_register() {
    let manual = include_str!("../../src/gateway/register/mod.rs");
    let example: Vec<&str> = manual
        .lines()
        .skip_while(|line| *line != "//! ```toml")
        .skip(1)
        .take_while(|line| *line != "//! ```")
        .map(|line| line.trim_start_matches("//!").trim_start())
        .collect();
    let register = register(&example.join("\n"));
    assert!(register.may_submit(&id("zorg-bv"), &code("0344"), "jw", 301, DAY));
    assert!(!register.may_submit(&id("zorg-bv"), &code("0344"), "jw", 305, DAY));
    let scope = register.scope_of(&id("rekenkamer")).expect("an auditor");
    assert!(scope.holds(Law::Wmo, code("0344"), DAY));
    assert_eq!(register.scope_of(&id("zorg-bv")), None);
}

/// Who audits, with what it may look at.
fn auditor(line: &str) -> String {
    let mut lines = vec![
        "party = \"toezicht\"",
        "laws = [\"jw\"]",
        "gemeenten = [\"0344\"]",
        "from = 2026-01-01",
        "until = 2026-12-31",
    ];
    let key = line.split(' ').next().unwrap_or_default();
    lines.retain(|kept| !kept.starts_with(&format!("{key} ")));
    let party = "[[party]]\nid = \"toezicht\"\nname = \"Toezicht\"\n";
    format!("{party}[[auditor]]\n{line}\n{}\n", lines.join("\n"))
}

#[test]
fn an_auditor_may_look_at_what_its_lines_say_and_hand_nothing_in() {
    let register = register(&format!("{GOOD}{}", auditor("laws = [\"jw\"]")));
    let scope = register.scope_of(&id("toezicht")).expect("an auditor");
    let ours = code("0344");
    assert!(scope.holds(Law::Jw, ours, date(2026, 1, 1)));
    assert!(scope.holds(Law::Jw, ours, date(2026, 12, 31)));
    assert!(!scope.holds(Law::Jw, ours, date(2025, 12, 31)));
    assert!(!scope.holds(Law::Jw, ours, date(2027, 1, 1)));
    assert!(!scope.holds(Law::Wmo, ours, DAY));
    assert!(!register.may_submit(&id("toezicht"), &ours, "jw", 301, DAY));
    assert!(!register.may_receive(&id("toezicht"), &ours, "jw", 305, DAY));
}

#[test]
fn an_auditor_that_cannot_be_is_refused_with_the_line_and_what_to_do() {
    let given = "[[mandate]]\nparty = \"toezicht\"\nfor = \"0344\"\ndirection = \"receive\"\nlaws = [\"jw\"]\nfrom = 2026-01-01\n";
    for (more, line, words) in [
        (
            auditor("party = \"niemand\""),
            4,
            "add it or correct the id",
        ),
        (auditor("party = \"zorg-bv\""), 4, "without codes"),
        (auditor("laws = []"), 5, "name the laws"),
        (auditor("laws = [\"pgb\"]"), 5, "\"jw\" and \"wmo\""),
        (auditor("gemeenten = []"), 5, "name the municipalities"),
        (
            auditor("gemeenten = [\"98765432\"]"),
            5,
            "is no gemeentecode",
        ),
        (
            auditor("gemeenten = [\"0999\"]"),
            4,
            "nobody in the register owns code 0999",
        ),
        (auditor("until = 2025-12-31"), 5, "before the first day"),
        (auditor("until = 2026-01-31T00:00:00"), 5, "without a time"),
        (
            format!("{}{given}", auditor("laws = [\"jw\"]")),
            4,
            "without mandates",
        ),
    ] {
        refused_for(&more, line, words);
    }
}

#[test]
fn an_empty_set_is_refused() {
    assert!(problems(&[("a.toml", "# nothing\n")])[0].contains("no party"));
    assert!(problems(&[])[0].contains("no party"));
}

#[test]
fn a_reload_that_fails_leaves_the_register_in_force() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("parties.toml");
    std::fs::write(&file, GOOD).unwrap();
    std::fs::write(folder.path().join("notes.txt"), "not a register").unwrap();
    let paths = [folder.path().to_owned()];
    let registers = Registers::new(Register::read(&paths).unwrap());
    let before = registers.current().hash();

    std::fs::write(&file, GOOD.replace("0344", "034")).unwrap();
    let error = registers.reload(&paths, &[]).unwrap_err();
    assert!(error.to_string().contains("parties.toml:5: "), "{error}");
    assert_eq!(registers.current().hash(), before);

    std::fs::remove_dir_all(folder.path()).unwrap();
    assert_eq!(
        registers.reload(&paths, &[]).unwrap_err().code(),
        "register-unreadable"
    );
    assert_eq!(registers.current().hash(), before);
}

#[test]
fn a_reload_under_load_swaps_in_one_step() {
    // Two registers that differ in two places: no reader may ever see one place of each.
    let here = GOOD.to_owned();
    let there = GOOD.replace("0344", "0355").replace("98765432", "12345678");
    let folder = tempfile::tempdir().unwrap();
    let files = [
        folder.path().join("here.toml"),
        folder.path().join("there.toml"),
    ];
    std::fs::write(&files[0], here).unwrap();
    std::fs::write(&files[1], there).unwrap();
    let registers = Arc::new(Registers::new(Register::read(&files[..1]).unwrap()));
    let stop = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..3)
        .map(|_| {
            let registers = Arc::clone(&registers);
            let stop = Arc::clone(&stop);
            std::thread::spawn(move || {
                let mut seen = [0_u64; 2];
                while !stop.load(Ordering::Relaxed) || seen[0] + seen[1] == 0 {
                    let now = registers.current();
                    let first = now.party_with(&code("0344"), DAY).is_some();
                    let second = now.party_with(&code("98765432"), DAY).is_some();
                    assert_eq!(first, second);
                    assert_eq!(now.party_with(&code("12345678"), DAY).is_some(), !first);
                    seen[usize::from(first)] += 1;
                }
                seen
            })
        })
        .collect();
    for round in 1..=200 {
        registers
            .reload(&files[round % 2..=round % 2], &[])
            .unwrap();
    }
    stop.store(true, Ordering::Relaxed);
    for reader in readers {
        let seen = reader.join().unwrap();
        assert!(seen[0] + seen[1] > 0);
    }
}

/// A party with an endpoint, and what is changed in the lines of the endpoint.
fn with_endpoint(change: impl Fn(&str) -> String) -> Result<Register, RegisterError> {
    let endpoint = r#"
[[endpoint]]
party = "gemeente-utrecht"
kind = "ggk0210"
url = "https://stuf.utrecht.example/ggk/OntvangAsynchroon"
certificate = "us.pem"
key = "us.key"
roots = "utrecht.pem"
"#;
    let party = r#"
[[party]]
id = "gemeente-utrecht"
name = "Gemeente Utrecht"
code = [{ kind = "gemeentecode", code = "0344" }]
"#;
    Register::load(vec![Source {
        name: "site/register.toml".to_owned(),
        bytes: format!("{party}{}", change(endpoint)).into_bytes(),
    }])
}

#[test]
fn an_endpoint_has_its_files_beside_the_register_and_the_usual_settings() {
    let register = with_endpoint(str::to_owned).unwrap();
    let [endpoint] = register.endpoints() else {
        panic!("one endpoint")
    };
    assert_eq!(endpoint.party.as_str(), "gemeente-utrecht");
    assert_eq!(endpoint.kind.as_str(), "ggk0210");
    assert_eq!(endpoint.certificate, Path::new("site/us.pem"));
    assert_eq!((endpoint.timeout_s, endpoint.concurrent_max), (30, 4));
    assert!(!endpoint.empty_200 && !endpoint.later_may_pass && endpoint.crls.is_empty());
    assert!(!endpoint.crl_required);
}

#[test]
fn an_endpoint_that_cannot_be_is_refused_with_the_line_and_what_to_do() {
    for (from, to, words) in [
        ("https:", "http:", "expected https://"),
        ("https://stuf", "https://user@stuf", "without a user"),
        ("Asynchroon\"", "Asynchroon?x=1\"", "without a user"),
        ("ggk0210", "ggk0220", "the kinds of endpoints"),
        (
            "\"gemeente-utrecht\"",
            "\"gemeente-u\"",
            "not in the register",
        ),
        ("ggk0210", "vsp-push", "must have such codes"),
        ("key = ", "timeout_s = 0\nkey = ", "expected 1 to 600"),
        ("key = ", "concurrent_max = 33\nkey = ", "expected 1 to 32"),
        ("key = ", "zip = true\nkey = ", "zip is for vsp-push"),
        (
            "key = ",
            "application = \"GG\"\nkey = ",
            "3 to 50 characters",
        ),
        ("key = ", "colour = \"red\"\nkey = ", "unknown field"),
    ] {
        let error = with_endpoint(|text| text.replacen(from, to, 1)).unwrap_err();
        let text = error.to_string();
        assert!(text.contains(words), "{to}: {text}");
    }
    let twice = with_endpoint(|text| format!("{text}{text}")).unwrap_err();
    assert!(
        twice
            .to_string()
            .contains("has an endpoint at site/register.toml:7"),
        "{twice}"
    );
}
