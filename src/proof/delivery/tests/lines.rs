//! Statements of lines: their form beyond single values, and what travels beside them.

use super::made::{example_tree, line, nfs, salt, signer};
use crate::Hash;
use crate::delivery::{
    Claim, LineStatement, STRIPS_MAX, Signed, SignedError, Statement, StatementError, StripClaim,
    StripProof,
};

fn made(change: impl FnOnce(&mut LineStatement)) -> Result<Statement, StatementError> {
    let mut line = line();
    change(&mut line);
    Statement::of(line)
}

fn wrong(change: impl FnOnce(&mut LineStatement)) -> Option<&'static str> {
    match made(change) {
        Err(StatementError::Value { key }) => Some(key),
        _ => None,
    }
}

/// What is done to a good line.
type Spoil = fn(&mut LineStatement);

fn without_tree(line: &mut LineStatement) {
    let zeros = Hash::new([0; 32]);
    (line.depth, line.late, line.strips) = (0, 0, vec![]);
    (line.root, line.nfh, line.nc) = (zeros, zeros, zeros);
}

#[test]
fn the_statement_of_the_specification_is_read() {
    // As it stands there, on several lines, with the values of its other examples.
    let text = r#"{"v":1,"typ":"knooppunt-line","law":"jw","gem":"0363","agb":"41234567","decl":"D202610A0001","ref":"PR-2026-10-000123","toew":123456789,"cat":"45","code":"45A03",
 "begin":"2026-10-01","end":"2026-10-31","eenh":"04","vol":12,"amt":96000,"w":720,"late":60,"depth":4,"root":"ROOT","nfh":"NFH","nc":"NC",
 "strips":[{"ver":1,"from":0,"to":46,"kind":"strip","val":"VAL"}]}"#;
    let encode = |bytes: &[u8]| data_encoding::BASE64URL_NOPAD.encode(bytes);
    let StripProof::Strip(strip) = line().strips[0].proof else {
        panic!("no strip");
    };
    let root = encode(example_tree().root().hash.as_bytes());
    let text = text
        .replace("ROOT", &root)
        .replace("NFH", &encode(line().nfh.as_bytes()))
        .replace("NC", &encode(line().nc.as_bytes()))
        .replace("VAL", &encode(&strip.0));
    let read = Statement::parse(text.as_bytes()).unwrap();
    let line = made(|_| {}).unwrap();
    assert!(read.claim() == line.claim());
    let Claim::Line(read) = line.claim() else {
        panic!("no line");
    };
    assert_eq!(
        (read.volume, read.amount, read.w, read.late, read.depth),
        (12, 96_000, 720, 60, 4)
    );
    // As long as the design reckons with.
    assert!(
        (500..700).contains(&line.bytes().len()),
        "{}",
        line.bytes().len()
    );
}

#[test]
fn a_statement_of_totals_alone_has_nothing_where_a_tree_would_speak() {
    assert!(made(without_tree).is_ok());
    let spoiled: [(&str, Spoil); 4] = [
        ("root", |line| line.root = Hash::new([1; 32])),
        ("nfh", |line| line.nfh = Hash::new([1; 32])),
        ("nc", |line| line.nc = Hash::new([1; 32])),
        ("late", |line| line.late = 1),
    ];
    for (key, spoil) in spoiled {
        let found = wrong(|line| {
            without_tree(line);
            spoil(line);
        });
        assert_eq!(found, Some(key));
    }
}

#[test]
fn a_depth_is_one_of_five() {
    for depth in 1..=255 {
        let fits = matches!(depth, 4 | 6 | 8 | 10);
        assert_eq!(made(|line| line.depth = depth).is_ok(), fits, "{depth}");
    }
}

#[test]
fn ranges_stand_by_card_and_first_row_and_there_are_eight_at_most() {
    let range = |ver, from| StripClaim {
        ver,
        from,
        to: from + 1,
        ..line().strips[0]
    };
    let many: Vec<StripClaim> = (0..9).map(|from| range(1, from)).collect();
    assert!(made(|line| line.strips = many[..STRIPS_MAX].to_vec()).is_ok());
    assert!(made(|line| line.strips = vec![range(1, 5), range(2, 0)]).is_ok());
    for strips in [
        many,
        vec![range(2, 0), range(1, 5)],
        vec![range(1, 5), range(1, 4)],
        vec![range(1, 5); 2],
    ] {
        assert_eq!(wrong(|line| line.strips = strips), Some("strips"));
    }
}

#[test]
fn a_period_does_not_end_before_it_begins() {
    let found = wrong(|line| line.subject.end = "2026-09-30".parse().unwrap());
    assert_eq!(found, Some("end"));
}

#[test]
fn a_statement_names_the_one_it_replaces_or_none() {
    let statement = made(|line| line.prev = Some(Hash::new([8; 32]))).unwrap();
    let again = Statement::parse(statement.bytes()).unwrap();
    assert!(again == statement);
    let text = std::str::from_utf8(statement.bytes()).unwrap();
    for wrong in ["\"prev\":\"\"", "\"prev\":1", "\"prev\":[]"] {
        let (before, _) = text.split_once("\"prev\"").unwrap();
        let text = format!("{before}{wrong}}}");
        let error = Err(StatementError::Value { key: "prev" });
        assert_eq!(Statement::parse(text.as_bytes()).map(|_| ()), error);
    }
}

#[test]
fn its_list_of_duplicate_values_travels_with_a_line_that_has_a_tree() {
    let sign = |statement: Statement, nfs| Signed::sign(statement, &signer(1), salt(2), nfs);
    let signed = sign(made(|_| {}).unwrap(), Some(nfs())).unwrap();
    let read = Signed::parse(signed.to_json().as_bytes()).unwrap();
    assert_eq!(read.nfs(), Some(&nfs()[..]));
    assert_eq!(sign(made(|_| {}).unwrap(), None), Err(SignedError::NfList));
    assert!(sign(made(without_tree).unwrap(), None).is_ok());
    assert_eq!(
        sign(made(without_tree).unwrap(), Some(nfs())),
        Err(SignedError::NfList)
    );
}
