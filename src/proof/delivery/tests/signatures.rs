//! Who signed, and what exactly.

use ed25519_dalek::{Signer as _, SigningKey};

use super::made::{key, nf_key, signed, signer};
use crate::delivery::{JsonFault, Secret, Signed, SignedError, Statement, StatementError};
use crate::{Ed25519Error, EntryError, PublicKey, Salt, statement_entry};

fn good() -> Signed {
    signed(Statement::of(key()).unwrap())
}

fn parse(text: &str) -> Result<Signed, SignedError> {
    Signed::parse(text.as_bytes())
}

#[test]
fn a_signed_statement_reads_back_and_its_key_signed_it() {
    let read = parse(&good().to_json()).unwrap();
    assert!(read == good());
    assert_eq!(read.verify(&signer(1).public()), Ok(()));
    assert_eq!(read.verify_own(), Ok(()));
    assert_eq!(
        read.entry(),
        statement_entry(read.salt(), read.statement().bytes())
    );
}

#[test]
fn the_signature_is_over_the_tag_and_the_exact_bytes() {
    let signed = good();
    let message = [b"knooppunt/sig/1", signed.statement().bytes()].concat();
    let expected = SigningKey::from_bytes(&[1; 32]).sign(&message).to_bytes();
    let sig = data_encoding::BASE64URL_NOPAD.encode(&expected);
    assert!(signed.to_json().contains(&sig));
}

#[test]
fn reordered_json_under_an_old_signature_is_refused() {
    let signed = good();
    let text = std::str::from_utf8(signed.statement().bytes()).unwrap();
    let other = text.replacen(
        "\"v\":1,\"typ\":\"knooppunt-key\"",
        "\"typ\":\"knooppunt-key\",\"v\":1",
        1,
    );
    let other = Statement::parse(other.as_bytes()).unwrap();
    assert!(other.claim() == signed.statement().claim());
    let encode = |statement: &Statement| data_encoding::BASE64URL_NOPAD.encode(statement.bytes());
    let text = signed
        .to_json()
        .replace(&encode(signed.statement()), &encode(&other));
    let error = Err(SignedError::Signature(Ed25519Error::Signature));
    assert_eq!(parse(&text).unwrap().verify(&signer(1).public()), error);
}

#[test]
fn another_key_is_told_before_the_signature_is_looked_at() {
    assert_eq!(good().verify(&signer(2).public()), Err(SignedError::Key));
    // A key statement that another key signed shows nothing of the key that it names.
    let foreign = Signed::sign(
        Statement::of(key()).unwrap(),
        &signer(2),
        super::made::salt(1),
        None,
    );
    assert_eq!(foreign.unwrap().verify_own(), Err(SignedError::Key));
    assert_eq!(
        signed(Statement::of(nf_key()).unwrap()).verify_own(),
        Err(SignedError::Key)
    );
}

#[test]
fn a_signature_that_holds_only_loosely_is_refused() {
    // s and s plus the order of the group say the same to a verifier that is not strict.
    let text = good().to_json();
    let sig = text
        .split("\"sig\":\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let mut bytes = data_encoding::BASE64URL_NOPAD
        .decode(sig.as_bytes())
        .unwrap();
    let order = data_encoding::HEXLOWER
        .decode(b"edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010")
        .unwrap();
    let mut carry = 0;
    for (byte, add) in bytes[32..].iter_mut().zip(order) {
        let sum = u16::from(*byte) + u16::from(add) + carry;
        *byte = u8::try_from(sum & 0xff).unwrap();
        carry = sum >> 8;
    }
    let loose = text.replace(sig, &data_encoding::BASE64URL_NOPAD.encode(&bytes));
    let error = Err(SignedError::Signature(Ed25519Error::Signature));
    assert_eq!(parse(&loose).unwrap().verify(&signer(1).public()), error);
}

#[test]
fn a_key_of_small_order_is_no_key() {
    let text = String::from_utf8(Statement::of(key()).unwrap().bytes().to_vec()).unwrap();
    let public = data_encoding::BASE64URL_NOPAD.encode(signer(1).public().as_bytes());
    let mut weak = [0; 32];
    weak[0] = 1;
    assert!(PublicKey::new(&weak).is_err());
    let text = text.replace(&public, &data_encoding::BASE64URL_NOPAD.encode(&weak));
    let error = Err(StatementError::Value { key: "pub" });
    assert_eq!(Statement::parse(text.as_bytes()).map(|_| ()), error);
}

#[test]
fn a_salt_that_hides_nothing_is_refused() {
    let zeros = data_encoding::BASE64URL_NOPAD.encode(&[0; 32]);
    let salt = data_encoding::BASE64URL_NOPAD.encode(super::made::salt(2).as_bytes());
    let text = good().to_json().replace(&salt, &zeros);
    assert_eq!(parse(&text).map(|_| ()), Err(SignedError::Salt));
    assert_eq!(Salt::new([0; 32]).map(|_| ()), Err(EntryError::WeakSalt));
}

#[test]
fn a_list_of_duplicate_values_stands_beside_a_line_with_a_tree_only() {
    let text = good().to_json().replacen('{', "{\"nfs\":\"\",", 1);
    assert_eq!(parse(&text).map(|_| ()), Err(SignedError::NfList));
}

#[test]
fn what_is_around_a_statement_is_as_strict_as_it() {
    let text = good().to_json();
    let around = |text: &str| match parse(text) {
        Err(SignedError::Around(error)) => Some(error),
        _ => None,
    };
    let behind = Some(StatementError::Json {
        fault: JsonFault::Behind,
        at: text.len(),
    });
    assert_eq!(around(&format!("{text} ")), behind);
    let more = text.replacen('{', "{\"x\":1,", 1);
    assert_eq!(around(&more), Some(StatementError::Unknown { names: 1 }));
    let missing = text.replace("\"kid\"", "\"kit\"");
    assert_eq!(
        around(&missing),
        Some(StatementError::Missing { key: "kid" })
    );
    let padded = text.replacen("\",", "=\",", 1);
    assert_eq!(
        around(&padded),
        Some(StatementError::Value { key: "statement" })
    );
}

#[test]
fn a_key_signs_from_its_first_moment_until_before_its_last() {
    let key = key();
    let (from, until) = (key.from.seconds(), key.until.seconds());
    let moments = [from - 1, from, until - 1, until];
    assert_eq!(
        moments.map(|moment| key.is_valid_at(moment)),
        [false, true, true, false]
    );
}

#[test]
fn the_key_of_a_year_is_the_one_that_was_committed_to() {
    let statement = nf_key();
    assert!(statement.opens_with(&Secret::new([9; 32])));
    assert!(!statement.opens_with(&Secret::new([8; 32])));
}

#[test]
fn no_bit_of_a_signed_line_can_be_turned() {
    let line = Statement::of(super::made::line()).unwrap();
    let nfs = Some(super::made::nfs());
    let good = Signed::sign(line, &signer(1), super::made::salt(2), nfs).unwrap();
    let list = |signed: &Signed| signed.nfs().map(<[u8]>::to_vec);
    let text = good.to_json().into_bytes();
    let mut held = 0;
    for at in 0..text.len() {
        let mut turned = text.clone();
        turned[at] ^= 1;
        let Ok(read) = Signed::parse(&turned) else {
            continue;
        };
        // What the signature does not cover changes the entry in the log, or is bound by the statement.
        if read.verify(&signer(1).public()).is_ok() {
            assert!(read.statement() == good.statement());
            assert!(read.entry() != good.entry() || list(&read) != list(&good));
            held += 1;
        }
    }
    // Salt and list alone: 43 characters and 342, of which some turn into no base64.
    assert!((100..=385).contains(&held), "{held}");
}
