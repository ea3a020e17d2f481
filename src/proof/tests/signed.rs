//! The cases of `conformance/proof/signed`, which were made without this library and which another implementation reads as well.

use serde_json::{Value, json};

use super::published::{bytes, own, text};
use crate::{
    Accepted, AddCheckpoint, LogProof, Policy, PublicKey, Seen, SignedNote, VerifierKey, consider,
};

/// Runs every case of a file, and sees to it that there are so many. Of a case that holds, what is read stands in the case as well.
fn run(file: &str, count: usize, read: impl Fn(&Value) -> Option<Value>) {
    let cases = own(&format!("signed/{file}.json"));
    assert_eq!(cases.len(), count, "{file}");
    for case in &cases {
        let name = text(case, "name");
        let got = read(case);
        assert_eq!(got.is_some(), case["holds"] == true, "{file}: {name}");
        for (key, value) in got.iter().flat_map(|got| got.as_object().unwrap()) {
            assert_eq!(*value, case[key], "{file}: {name}: {key}");
        }
    }
}

fn policy(case: &Value) -> Policy {
    text(case, "policy").parse().unwrap()
}

fn vkeys(keys: &[VerifierKey]) -> Vec<String> {
    keys.iter().map(ToString::to_string).collect()
}

fn time_of(accepted: &Accepted) -> Value {
    json!(accepted.receipt_time())
}

#[test]
fn signatures_are_strict() {
    run("ed25519", 15, |case| {
        let key = PublicKey::new(&bytes(case, "public").try_into().ok()?).ok()?;
        let signature = bytes(case, "signature").try_into().ok()?;
        key.verify(&bytes(case, "message"), &signature).ok()?;
        Some(json!({}))
    });
}

#[test]
fn keys_are_read() {
    run("key", 24, |case| {
        let key: VerifierKey = text(case, "key").parse().ok()?;
        Some(json!({
            "key": key.to_string(),
            "key_name": key.name().as_str(),
            "id": key.id().to_string(),
            "kind": key.algorithm().byte(),
            "public": data_encoding::BASE64.encode(key.public().as_bytes()),
        }))
    });
}

#[test]
fn notes_are_opened() {
    run("note", 42, |case| {
        let keys = case["keys"].as_array().unwrap().iter();
        let keys: Vec<VerifierKey> = keys
            .map(|key| key.as_str().unwrap().parse().unwrap())
            .collect();
        let note = SignedNote::parse(text(case, "note").as_bytes()).ok()?;
        let signed = note.open(&keys).ok()?;
        let signed = signed
            .iter()
            .map(|one| json!([one.key.to_string(), one.time]));
        Some(json!({
            "note": note.to_string(),
            "text": note.text(),
            "signed": signed.collect::<Vec<_>>(),
        }))
    });
}

#[test]
fn policies_are_read() {
    run("policy", 47, |case| {
        let policy: Policy = text(case, "policy").parse().ok()?;
        assert_eq!(policy.to_string().parse(), Ok(policy.clone()));
        Some(json!({
            "origin": policy.origin().as_str(),
            "logs": vkeys(policy.logs()),
            "witnesses": vkeys(policy.witnesses()),
            "quorum": policy.quorum(),
        }))
    });
}

#[test]
fn checkpoints_are_taken_by_policies() {
    run("checkpoint", 39, |case| {
        let note = SignedNote::parse(text(case, "note").as_bytes()).ok()?;
        let accepted = policy(case).accept(&note).ok()?;
        let checkpoint = accepted.checkpoint();
        let cosigned = accepted.cosigned().iter();
        let cosigned = cosigned.map(|one| json!([one.witness.as_str(), one.time]));
        Some(json!({
            "origin": checkpoint.origin(),
            "size": checkpoint.size(),
            "root": checkpoint.root().to_base64(),
            "receipt_time": time_of(&accepted),
            "cosigned": cosigned.collect::<Vec<_>>(),
        }))
    });
}

#[test]
fn receipts_are_verified() {
    run("receipt", 56, |case| {
        let receipt = LogProof::parse(text(case, "receipt").as_bytes()).ok()?;
        let accepted = receipt.verify(&bytes(case, "entry"), &policy(case)).ok()?;
        Some(json!({
            "receipt": receipt.to_string(),
            "index": receipt.index(),
            "size": accepted.checkpoint().size(),
            "receipt_time": time_of(&accepted),
            "extra": data_encoding::BASE64.encode(receipt.extra_untrusted()),
        }))
    });
}

#[test]
fn witnesses_answer() {
    run("witness", 36, |case| {
        let policy = policy(case);
        let latest = case["latest"].as_str();
        let latest = latest.map(|note| Seen::parse(note.as_bytes(), &policy).unwrap());
        let Ok(request) = AddCheckpoint::parse(text(case, "request").as_bytes()) else {
            assert_eq!(case["status"], 400, "{}", text(case, "name"));
            return None;
        };
        match consider(latest.as_ref(), &request, &policy) {
            Ok(seen) => Some(json!({ "status": 200, "kept": seen.to_string() })),
            Err(refused) => {
                assert_eq!(case["status"], refused.status(), "{}", text(case, "name"));
                if refused.status() == 409 {
                    assert_eq!(case["body"], refused.body().1, "{}", text(case, "name"));
                }
                None
            }
        }
    });
}
