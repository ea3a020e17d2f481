//! The cases of `conformance/proof/delivery`, which were made from the specification without this library and which another implementation reads as well.

use data_encoding::BASE64;
use serde_json::Value;

use crate::Hash;
use crate::delivery::{
    Answer, Bounds, Bsn, CardFacts, CardId, CardStatement, Check, Checks, Claim, Code, CodeKey,
    Commitment, Context, DayStatement, DeclaredLine, DrawScope, Drawable, Drawn, DrawnLine, Issued,
    Leaf, Level, LineName, LineStatement, Name, Nf, NfKey, NfList, NfSecret, Node, Opened,
    Population, ProviderSecret, Released, Secret, Seed, Session, Sibling, Signed, Statement, Strip,
    StripQr, Subject, SumTree, Uid, check_line, conclude, upper95_bp,
};
use crate::tests::published::{bytes, hash, hashes, number, own, text};

/// Runs every case of a file, and sees to it that there are so many and that some of both kinds are among them.
fn run(file: &str, count: usize, holds: impl Fn(&Value) -> bool) {
    let cases = own(&format!("delivery/{file}.json"));
    assert_eq!(cases.len(), count, "{file}");
    let expected = |case: &Value| case["holds"].as_bool().unwrap();
    assert!(cases.iter().any(expected) && !cases.iter().all(expected));
    for case in &cases {
        let name = text(case, "name");
        assert_eq!(holds(case), expected(case), "{file}: {name}");
    }
}

fn array<const N: usize>(case: &Value, name: &str) -> [u8; N] {
    bytes(case, name).try_into().unwrap()
}

fn small(case: &Value, name: &str) -> u32 {
    u32::try_from(number(case, name)).unwrap()
}

fn list<'c>(case: &'c Value, name: &str) -> &'c [Value] {
    case[name].as_array().unwrap()
}

fn value<T: std::str::FromStr>(case: &Value, name: &str) -> T {
    text(case, name).parse().ok().unwrap()
}

fn facts(case: &Value) -> CardFacts {
    CardFacts {
        law: value(case, "law"),
        gem: value(case, "gem"),
        agb: value(case, "agb"),
        toew: small(case, "toew"),
        ver: small(case, "ver"),
        unit: value(case, "eenh"),
        quantum: small(case, "q"),
        rows: small(case, "n"),
        salt: array(case, "salt"),
    }
}

#[test]
fn cards_have_their_values_and_codes() {
    run("card", 42, |case| {
        let card = Issued::new(facts(case), &Secret::new(array(case, "secret")));
        let row = |case: &Value| {
            let row = small(case, "row");
            let strip = card.strip(row).unwrap();
            let qr = StripQr {
                card: card.id,
                row,
                strip,
            };
            strip == Strip(array(case, "value"))
                && card.codes.of_row(row).to_string() == text(case, "code")
                && qr.to_string() == text(case, "qr")
        };
        let answer = |case: &Value| {
            let of = |answer| card.codes.of_answer(small(case, "row"), answer).to_string();
            of(Answer::Yes) == text(case, "yes") && of(Answer::No) == text(case, "no")
        };
        card.id == CardId(array(case, "id"))
            && card.statement.anchor == Strip(array(case, "w0"))
            && card.statement.code_commitment == hash(case, "ck")
            && list(case, "rows").iter().all(row)
            && list(case, "answers").iter().all(answer)
    });
}

#[test]
fn codes_are_cleaned_and_checked() {
    run("code", 59, |case| {
        Code::from_typed(text(case, "typed")).is_ok_and(|code| {
            code.to_string() == text(case, "code") && code.is_of_row(small(case, "row"))
        })
    });
}

#[test]
fn qr_codes_have_one_writing() {
    run("qr", 12, |case| {
        let expected = StripQr {
            card: CardId(array(case, "card")),
            row: small(case, "row"),
            strip: Strip(array(case, "value")),
        };
        text(case, "qr").parse() == Ok(expected)
    });
}

#[test]
fn values_are_those_of_their_rows() {
    run("strip", 73, |case| {
        // The facts of the example, of which the cases give the id.
        let facts = super::made::card_facts();
        assert_eq!(facts.id(), CardId(array(case, "id")));
        assert_eq!(u64::from(facts.rows), number(case, "n"));
        let mut released = Released::new(
            CardStatement {
                facts,
                anchor: Strip(array(case, "w0")),
                code_commitment: CodeKey::new(Secret::new([0; 32])).commitment(),
            },
            None,
        );
        for known in list(case, "known") {
            assert!(released.keep(small(known, "row"), Strip(array(known, "value"))));
        }
        released.is_value_of(small(case, "row"), Strip(array(case, "value")))
    });
}

#[test]
fn records_have_their_commitments() {
    run("record", 45, |case| {
        let provider = ProviderSecret::new(Secret::new(array(case, "provider")));
        let year = u16::try_from(number(case, "year")).unwrap();
        let (law, gem) = (value(case, "law"), value(case, "gem"));
        let salt = array(case, "salt");
        let key = provider.allocation(&salt, law, &gem, small(case, "toew"), year);
        let fields = list(case, "fields")
            .iter()
            .map(|field| field.as_str().unwrap());
        let fields: Vec<&str> = fields.collect();
        let Ok(session) = Session::read(fields.try_into().unwrap()) else {
            return false;
        };
        if case["staff"].is_string() {
            let caregiver = provider.caregiver(&value(case, "staff"));
            let caregiver = data_encoding::BASE64URL_NOPAD.encode(&caregiver);
            assert_eq!(session.texts()[3], caregiver);
        }
        let made = Commitment::new(&session, &key, Uid(array(case, "uid")));
        *key.as_bytes() == array(case, "key")
            && made.salts.map(Hash::new).to_vec() == hashes(case, "salts")
            && made.digests.to_vec() == hashes(case, "digests")
            && made.c == hash(case, "c")
    });
}

fn subject(case: &Value) -> Subject {
    let or = |name: &str, other: &str| case[name].as_str().unwrap_or(other).to_owned();
    Subject {
        toew: small(case, "toew"),
        category: or("cat", "45").parse().unwrap(),
        code: or("code", "").parse().unwrap(),
        begin: value(case, "begin"),
        end: value(case, "end"),
    }
}

#[test]
fn visits_have_their_duplicate_values() {
    run("nf", 18, |case| {
        let secret = Secret::new(array(case, "key"));
        let commitment = NfKey::commit(&secret);
        let key = NfSecret::new(secret);
        assert_eq!(key.commitment(), commitment);
        let bsn: Bsn = value(case, "bsn");
        let made = match text(case, "kind") {
            "visit" => {
                let staff: Option<Name> = text(case, "staff").parse().ok();
                key.visit(&bsn, staff.as_ref(), number(case, "begin"))
            }
            "result" => {
                let (law, gem) = (value(case, "law"), value(case, "gem"));
                key.result(&bsn, law, &gem, small(case, "toew"), &value(case, "number"))
            }
            _ => {
                let (law, gem) = (value(case, "law"), value(case, "gem"));
                key.padding(law, &gem, &subject(case), small(case, "index"))
            }
        };
        made == Nf(array(case, "nf")) && commitment == hash(case, "commit")
    });
}

#[test]
fn records_stand_under_their_day_roots() {
    run("day", 46, |case| {
        let day = DayStatement {
            agb: "41234567".parse().unwrap(),
            day: "2026-10-03".parse().unwrap(),
            root: hash(case, "root"),
        };
        let path = hashes(case, "path");
        day.holds(&hash(case, "c"), number(case, "index"), &path)
            .is_ok()
    });
}

fn name(case: &Value) -> LineName {
    LineName {
        law: value(case, "law"),
        gem: value(case, "gem"),
        agb: value(case, "agb"),
        decl: value(case, "decl"),
        reference: value(case, "ref"),
    }
}

fn context(case: &Value) -> Context {
    Context::new(&name(case), &subject(case))
}

fn leaf(case: &Value) -> Leaf {
    Leaf {
        weight: number(case, "weight"),
        late: number(case, "late"),
        nf: Nf(array(case, "nf")),
        c: hash(case, "c"),
    }
}

#[test]
fn trees_have_their_sums_and_roots() {
    run("tree", 40, |case| {
        let context = context(case);
        let leaves: Vec<Leaf> = list(case, "leaves").iter().map(leaf).collect();
        let Ok(nfs) = NfList::of(&leaves) else {
            return false;
        };
        let root = Node {
            weight: number(case, "weight"),
            late: number(case, "late"),
            hash: hash(case, "root"),
        };
        let made = SumTree::new(&context, leaves);
        context.0 == hash(case, "ctx")
            && made.is_ok_and(|made| *made.root() == root)
            && nfs.hash() == hash(case, "nfh")
    });
}

#[test]
fn minutes_lead_to_their_leaves() {
    run("minute", 240, |case| {
        let sibling = |case: &Value| {
            Sibling(Node {
                weight: number(case, "w"),
                late: number(case, "late"),
                hash: hash(case, "h"),
            })
        };
        let opened = Opened {
            leaf: leaf(&case["leaf"]),
            index: small(case, "index"),
            path: list(case, "path").iter().map(sibling).collect(),
        };
        let root = Node {
            weight: number(case, "weight"),
            late: number(case, "late"),
            hash: hash(case, "root"),
        };
        let depth = u8::try_from(number(case, "depth")).unwrap();
        let minute = number(case, "minute");
        opened.verify(&context(case), &root, depth, minute).is_ok()
    });
}

#[test]
fn draws_fall_where_they_must() {
    run("draw", 60, |case| {
        let scope = DrawScope {
            law: value(case, "law"),
            gem: value(case, "gem"),
            agb: value(case, "agb"),
            month: value(case, "month"),
        };
        let line = |case: &Value| Drawable {
            reference: value(case, "ref"),
            entry: hash(case, "entry"),
            amount: number(case, "amt"),
            w: number(case, "w"),
        };
        let lines = list(case, "lines").iter().map(line);
        let Ok(population) = Population::new(lines.collect()) else {
            return false;
        };
        let nonce = |name| Secret::new(array(case, name));
        let (municipality, provider) = (nonce("nonce_m"), nonce("nonce_p"));
        let seed = Seed::new(&scope, &hash(case, "root"), &municipality, &provider);
        let commitment = DrawScope::commit(scope.law, &scope.gem, scope.month, &municipality);
        let drawn = (0..).zip(list(case, "drawn")).all(|(number, expected)| {
            let drawn = seed.draw(number, &population).unwrap();
            let line = u64::try_from(drawn.line).unwrap();
            (Some(line), drawn.minute) == (expected[0].as_u64(), expected[1].as_u64())
        });
        drawn
            && *seed.as_bytes() == array(case, "seed")
            && commitment == hash(case, "nc")
            && population.digest() == hash(case, "pop")
            && population.amount() == number(case, "amt")
    });
}

#[test]
fn bounds_are_exact() {
    run("bound", 66, |case| {
        upper95_bp(small(case, "k"), small(case, "bad")) == small(case, "bp")
    });
}

#[test]
fn statements_are_read_or_refused() {
    run("statement", 728, |case| {
        let read = Statement::parse(&bytes(case, "statement"));
        read.is_ok_and(|read| {
            assert_eq!(read.claim().kind(), text(case, "typ"));
            assert!(Statement::of(read.claim().clone()).unwrap().claim() == read.claim());
            true
        })
    });
}

#[test]
fn signed_statements_are_taken_or_refused() {
    run("signed", 160, |case| {
        let public = crate::PublicKey::new(&array(case, "public")).unwrap();
        let Ok(signed) = Signed::parse(text(case, "signed").as_bytes()) else {
            return false;
        };
        if let Claim::Line(line) = signed.statement().claim() {
            assert_eq!(line.has_tree(), signed.nfs().is_some());
        }
        signed.verify(&public).is_ok() && signed.entry() == hash(case, "entry")
    });
}

#[test]
fn results_follow_from_checks() {
    run("outcome", 387, |case| {
        let check = |name: &str| match text(&case["checks"], name) {
            "ok" => Check::Ok,
            "bad" => Check::Bad,
            _ => Check::None,
        };
        let checks = Checks {
            matches: check("match"),
            strip: check("strip"),
            incl: check("incl"),
            witness: check("witness"),
            nf: check("nf"),
            late: check("late"),
        };
        let level = Level::from_number(number(case, "level")).unwrap();
        let (confirmed, w) = (number(case, "conf"), number(case, "w"));
        let is_drawn_bad = case["drawn_bad"].as_bool().unwrap();
        let outcome = conclude(
            level,
            &checks,
            confirmed,
            w,
            is_drawn_bad,
            Bounds::default(),
        );
        outcome.as_str() == text(case, "result")
    });
}

#[test]
fn the_cases_hold_the_examples_of_the_design() {
    // Those values were published before either implementation was.
    let cards = own("delivery/card.json");
    let example = cards.iter().find(|case| case["name"] == "example").unwrap();
    let hex = |name| data_encoding::HEXLOWER.encode(&bytes(example, name));
    assert_eq!(hex("id"), "f54b3d83d26f9cd3b95360ac3526f6c1");
    assert_eq!(hex("w0"), "a4ef31930606803fb623bb4df751754d");
    let root = "da0ac6411d9f3eb55f0448cd64be97b5b731d466c1e09956ced2aa92cdca229d";
    let root = data_encoding::HEXLOWER.decode(root.as_bytes()).unwrap();
    assert_eq!(own("delivery/tree.json")[0]["root"], BASE64.encode(&root));
}

/// The statement of a line, in a text.
fn line_in(case: &Value) -> LineStatement {
    let statement = Statement::parse(text(case, "line").as_bytes()).unwrap();
    let Claim::Line(line) = statement.claim() else {
        panic!("no line");
    };
    line.clone()
}

fn codes(findings: &Value) -> Vec<&str> {
    let findings = findings.as_array().unwrap().iter();
    findings.map(|finding| finding.as_str().unwrap()).collect()
}

#[test]
fn openings_answer_draws_or_say_why_not() {
    run("opening", 48, |case| {
        let statement = Statement::parse(text(case, "opening").as_bytes()).unwrap();
        let Claim::Opening(opening) = statement.claim() else {
            panic!("no opening");
        };
        let scope = DrawScope {
            law: value(case, "law"),
            gem: value(case, "gem"),
            agb: value(case, "agb"),
            month: value(case, "month"),
        };
        let line = line_in(case);
        let drawn = Drawn {
            number: small(case, "j"),
            line: 0,
            minute: case["minute"].as_u64(),
        };
        let answered = opening.verify(&DrawnLine {
            scope: &scope,
            drawn,
            line: &line,
            entry: hash(case, "entry"),
        });
        match answered {
            Ok(_) => {
                let late = case["late"].as_bool().unwrap();
                let findings = opening.judge(&line, !late, None);
                let findings: Vec<&str> = findings.iter().map(|finding| finding.code()).collect();
                assert_eq!(findings, codes(&case["findings"]), "{}", text(case, "name"));
                true
            }
            Err(error) => {
                assert_eq!(error.code(), text(case, "error"), "{}", text(case, "name"));
                false
            }
        }
    });
}

#[test]
fn lines_are_judged_with_the_same_findings() {
    run("line", 46, |case| {
        let card = |case: &Value| {
            let key = case["key"]
                .is_string()
                .then(|| Secret::new(array(case, "key")));
            let key = key.map(CodeKey::new);
            let commitment = key.as_ref().map(CodeKey::commitment);
            let statement = CardStatement {
                facts: facts(case),
                anchor: Strip(array(case, "w0")),
                code_commitment: commitment.unwrap_or(Hash::EMPTY_ROOT),
            };
            let mut released = Released::new(statement, key);
            released.revoke(small(case, "upto"));
            released
        };
        let cards: Vec<Released> = list(case, "cards").iter().map(card).collect();
        let taken: Vec<Nf> = hashed(&case["taken"]);
        let about = &case["declared"];
        let declared = DeclaredLine {
            name: name(about),
            subject: subject(about),
            unit: value(about, "eenh"),
            volume: number(about, "vol"),
            amount: number(about, "amt"),
        };
        let nfs = case["nfs"].is_string().then(|| bytes(case, "nfs"));
        let report = check_line(
            &line_in(case),
            Hash::EMPTY_ROOT,
            nfs.as_deref(),
            &declared,
            |ver| cards.iter().find(|card| card.card().facts.ver == ver),
            |nf| taken.contains(nf),
        );
        let findings: Vec<&str> = report
            .findings
            .iter()
            .map(|finding| finding.code())
            .collect();
        assert_eq!(findings, codes(&case["findings"]), "{}", text(case, "name"));
        let confirmed = (report.confirmed.weight, report.confirmed.by_codes);
        assert_eq!(confirmed, (number(case, "conf"), number(case, "code")));
        findings.is_empty()
    });
}

fn hashed(values: &Value) -> Vec<Nf> {
    let values = values.as_array().unwrap().iter();
    let nf = |value: &Value| BASE64.decode(value.as_str().unwrap().as_bytes()).unwrap();
    values
        .map(|value| Nf(nf(value).try_into().unwrap()))
        .collect()
}
