"""proofbundle against the cases of conformance/proof/signed: foreign.py checkpoints|receipts|make FOLDER. Or against a receipt from anywhere:
foreign.py receipt FILE ENTRY POLICY, files all three."""

import base64
import hashlib
import json
import pathlib
import sys

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from proofbundle import checkpoint, tlogproof
from proofbundle.errors import ProofBundleError

# Cases that proofbundle judges otherwise, and why both may.
OTHERWISE = {
    "two keys of one witness are not two": "it counts keys; here a witness is a name, so that a new key of one does not make two",
    "one known witness of three whose cosignature does not hold": "it reads over it; C2SP says that a note SHOULD be refused",
    "signed by the log: a size of 2^64": "its numbers have no last one",
    "signed by the log: a root that is short": "it hands the bytes of the root on as they are",
    "signed by the log: an empty tree with a root": "it holds the root of an empty tree against nothing",
    "signed by the log: an empty extension line": "it does not read extension lines",
    "signed by the log: an empty line at its end": "it does not read extension lines",
    "signed by the log: seventeen extension lines": "the limit is ours",
    "extra without data": "C2SP omits the line then, and does not say that it must be",
}


def read_policy(text):
    """Keys of the log and of witnesses, and how many must have cosigned. The policies of the cases are written one way: this reads no other."""
    logs, witnesses, quorum = [], [], 0
    for line in text.splitlines():
        match line.split():
            case ["log", key]:
                logs.append(key)
            case ["witness", _, key]:
                witnesses.append(key)
            case ["group", _, number, *_]:
                quorum = int(number)
            case ["quorum", _]:
                pass
    return logs, witnesses, quorum


def origin(key):
    return key.split("+")[0]


def takes_checkpoint(case):
    """One key of the log that signed is enough, under its own name as origin."""
    logs, witnesses, quorum = read_policy(case["policy"])
    for log in logs:
        try:
            if quorum:
                judged = checkpoint.verify_witnessed_checkpoint(
                    case["note"], log, witnesses, threshold=quorum, expected_origin=origin(log))
            else:
                judged = checkpoint.verify_checkpoint(case["note"], log)
        except ProofBundleError:
            continue
        if judged["ok"] and judged["origin"] == origin(log):
            return True
    return False


def takes_receipt(case):
    logs, witnesses, quorum = read_policy(case["policy"])
    entry = base64.b64decode(case["entry"])
    return any(
        tlogproof.verify_tlog_proof(case["receipt"], entry, log, witnesses, threshold=quorum, expected_origin=origin(log))["ok"]
        for log in logs)


def judge(folder, file, takes):
    wrong = 0
    for case in json.loads((folder / "signed" / f"{file}.json").read_text()):
        name = case["name"]
        agrees = takes(case) == case["holds"]
        if agrees and name not in OTHERWISE:
            print("ok  ", name)
        elif not agrees and name in OTHERWISE:
            print("ok  ", name, "-- otherwise:", OTHERWISE[name])
        else:
            wrong += 1
            print("NOT ", name, "it holds here:", case["holds"])
    return wrong


def secret(name):
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest())


def made(case):
    """The receipt of a case as proofbundle makes it from the secrets, the root and the path."""
    parsed = tlogproof.parse_tlog_proof(case["receipt"])
    name, size, root = parsed["checkpoint"].split("\n")[:3]
    note = checkpoint.sign_checkpoint(name, int(size), base64.b64decode(root), secret(name), name)
    for witness, time in (("w1.example", 100), ("w2.example", 200)):
        note = checkpoint.cosign_checkpoint(note, secret(witness), witness, time)
    return tlogproof.format_tlog_proof(parsed["index"], parsed["proof"], note, parsed["extra"])


def make(folder):
    wrong = 0
    cases = json.loads((folder / "signed" / "receipt.json").read_text())
    for case in (case for case in cases if case["holds"]):
        same = made(case) == case["receipt"]
        wrong += not same
        print("ok  " if same else "NOT ", case["name"])
    keys = {}
    for line in cases[0]["policy"].splitlines():
        match line.split():
            case ["log", key] | ["witness", _, key]:
                keys[origin(key)] = key
    for name, key in keys.items():
        public = secret(name).public_key().public_bytes_raw()
        written = checkpoint.cosign_vkey(name, public) if name.startswith("w") else checkpoint.vkey(name, public)
        wrong += written != key
        print("ok  " if written == key else "NOT ", "the key of", name)
    return wrong


match sys.argv[1:]:
    case ["checkpoints", folder]:
        sys.exit(judge(pathlib.Path(folder), "checkpoint", takes_checkpoint))
    case ["receipts", folder]:
        sys.exit(judge(pathlib.Path(folder), "receipt", takes_receipt))
    case ["make", folder]:
        sys.exit(make(pathlib.Path(folder)))
    case ["receipt", receipt, entry, policy]:
        text = {name: pathlib.Path(file).read_text() for name, file in (("receipt", receipt), ("policy", policy))}
        holds = takes_receipt({**text, "entry": base64.b64encode(pathlib.Path(entry).read_bytes()).decode()})
        print("ok   it holds" if holds else "NOT  it does not hold")
        sys.exit(not holds)
    case _:
        sys.exit(__doc__)
