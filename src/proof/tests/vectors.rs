//! Public test vectors for the primitives that the project stands on. They are no part of it: where `../shared/vectors` is not there, the vectors of this project in
//! the modules' own tests remain.

use data_encoding::HEXLOWER;
use hkdf::Hkdf;
use hmac::{Hmac, Mac as _};
use serde_json::Value;
use sha2::Sha256;

use super::published::{folder, text};
use crate::PublicKey;

/// A file of them.
fn vectors(file: &str) -> Option<Value> {
    let text = std::fs::read_to_string(folder("")?.join(file)).unwrap();
    Some(serde_json::from_str(&text).unwrap())
}

fn bytes(of: &Value, key: &str) -> Vec<u8> {
    HEXLOWER.decode(text(of, key).as_bytes()).unwrap()
}

fn number(of: &Value, key: &str) -> usize {
    usize::try_from(of[key].as_u64().unwrap()).unwrap()
}

fn holds(key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let (Ok(key), Ok(signature)) = (key.try_into(), signature.try_into()) else {
        return false;
    };
    PublicKey::new(key).is_ok_and(|key| key.verify(message, signature).is_ok())
}

/// Every test of every group of a Wycheproof file, with its group.
fn wycheproof(file: &str, check: impl Fn(&Value, &Value) -> bool) {
    let Some(vectors) = vectors(&format!("wycheproof/{file}")) else {
        return;
    };
    let mut run = 0;
    for group in vectors["testGroups"].as_array().unwrap() {
        for test in group["tests"].as_array().unwrap() {
            let expected = text(test, "result") == "valid";
            assert_eq!(check(group, test), expected, "{file} {test}");
            run += 1;
        }
    }
    assert_eq!(run, number(&vectors, "numberOfTests"), "{file}");
}

#[test]
fn signatures_are_judged_as_wycheproof_judges_them() {
    wycheproof("ed25519_test.json", |group, test| {
        let key = bytes(&group["publicKey"], "pk");
        holds(&key, &bytes(test, "msg"), &bytes(test, "sig"))
    });
}

#[test]
fn message_codes_are_judged_as_wycheproof_judges_them() {
    wycheproof("hmac_sha256_test.json", |group, test| {
        let mut mac = Hmac::<Sha256>::new_from_slice(&bytes(test, "key")).unwrap();
        mac.update(&bytes(test, "msg"));
        let code = mac.finalize().into_bytes();
        code[..number(group, "tagSize") / 8] == bytes(test, "tag")
    });
}

#[test]
fn derived_keys_are_judged_as_wycheproof_judges_them() {
    wycheproof("hkdf_sha256_test.json", |_, test| {
        let mut derived = vec![0; number(test, "size")];
        Hkdf::<Sha256>::new(Some(&bytes(test, "salt")), &bytes(test, "ikm"))
            .expand(&bytes(test, "info"), &mut derived)
            .is_ok_and(|()| derived == bytes(test, "okm"))
    });
}

/// The file names for each signature what is odd about it, and leaves the judgement to the rules of who verifies.
#[test]
fn odd_signatures_are_judged_by_the_strict_rules() {
    let Some(vectors) = vectors("ed25519-cctv/ed25519vectors.json") else {
        return;
    };
    let (mut taken, mut refused) = (0, 0);
    for test in vectors.as_array().unwrap() {
        let flags = test["flags"].as_array();
        let expected = flags.into_iter().flatten().all(|flag| match flag.as_str() {
            // A part of small order beside one of large order is no point of small order, and without multiplying by the cofactor the equation holds or does not.
            Some("low_order_component_A" | "low_order_component_R") => true,
            // Points of small order and points written in a second way are refused as such; the last two hold only after multiplying by the cofactor, or after
            // writing a point anew before hashing.
            Some(
                "low_order_A" | "low_order_R" | "non_canonical_A" | "non_canonical_R"
                | "low_order_residue" | "reencoded_k",
            ) => false,
            other => panic!("a flag that was not thought about: {other:?}"),
        });
        let message = text(test, "msg").as_bytes();
        let got = holds(&bytes(test, "key"), message, &bytes(test, "sig"));
        assert_eq!(got, expected, "{test}");
        *(if got { &mut taken } else { &mut refused }) += 1;
    }
    assert!(
        taken > 1 && refused > 100,
        "{taken} taken, {refused} refused"
    );
}
