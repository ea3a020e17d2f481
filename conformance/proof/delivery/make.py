#!/usr/bin/env python3
"""Makes the cases in this folder: python3 make.py, beside itself. Needs the package cryptography for Ed25519 and nothing of the project: what holds is written here from part II of
src/proof/SPEC.md, in its plainest form. Keys, salts and numbers are of nobody: each is the hash of its own name."""

import base64
import fractions
import hmac
import json
import math
import pathlib
import sys

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
from tree.make import b64, inclusion, leaf as log_leaf, root as log_root, sha  # noqa: E402

LINE = {"law": "jw", "gem": "0363", "agb": "41234567", "decl": "D202610A0001", "ref": "PR-2026-10-000123", "toew": 123456789, "cat": "45", "code": "45A03", "begin": "2026-10-01",
        "end": "2026-10-31", "eenh": "04", "vol": 12, "amt": 96000, "w": 720, "late": 60}


def url(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def mac(key, *pieces):
    return hmac.digest(key, b"".join(pieces), "sha256")


def u8(number):
    return number.to_bytes(1, "big")


def u32(number):
    return number.to_bytes(4, "big")


def u64(number):
    return number.to_bytes(8, "big")


def lp(*items):
    made = b""
    for item in items:
        item = item if isinstance(item, bytes) else str(item).encode()
        made += len(item).to_bytes(2, "big") + item
    return made


def tag(name):
    return f"knooppunt/{name}/1".encode()


def named(name, length=32):
    return sha(name.encode())[:length]


# --- cards -----------------------------------------------------------------------------------------------------------

SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def card_id(f):
    return sha(tag("card"), lp(f["salt"], f["law"], f["gem"], f["agb"], f["toew"], f["ver"], f["eenh"], f["q"], f["n"]))[:16]


def chain(secret, card, n):
    values = {n: mac(secret, tag("chain"), card)[:16]}
    for row in range(n, 0, -1):
        values[row - 1] = sha(tag("strip"), card, u32(row), values[row])[:16]
    return values


def code(made, about):
    bits = "".join(f"{byte:08b}" for byte in made)
    five = "".join(SYMBOLS[int(bits[place : place + 5], 2)] for place in range(0, 25, 5))
    return five + SYMBOLS[sha(tag("check"), about, five.encode())[0] >> 3]


def row_code(key, row):
    return code(mac(key, tag("code"), u32(row)), u32(row))


def answer_code(key, row, answer):
    return code(mac(key, tag("answer"), u32(row), u8(answer)), u32(row) + u8(answer))


def qr(card, row, value):
    base32 = [base64.b32encode(data).decode().rstrip("=") for data in (card, value)]
    return f"KP1/{base32[0]}/{row}/{base32[1]}"


def made_card(name, **facts):
    facts = {"law": "jw", "gem": "0363", "agb": "41234567", "toew": 123456789, "ver": 1, "eenh": "04", "q": 15, "n": 48, "salt": named(f"{name} salt", 16), **facts}
    secret = named(f"{name} secret")
    if name == "example":
        facts["salt"], secret = bytes(range(16)), bytes(range(32))
    card = card_id(facts)
    key = mac(secret, tag("codekey"), card)
    return facts, secret, card, chain(secret, card, facts["n"]), key


def cards():
    for name, facts in [("example", {}), ("one row", {"n": 1}), ("most rows", {"n": 4096, "q": 1, "eenh": "84"}), ("another law", {"law": "wmo"}), ("toew 12, ver 3", {"toew": 12, "ver": 3}),
                        ("toew 1, ver 23", {"toew": 1, "ver": 23})]:
        facts, secret, card, values, key = made_card(name, **facts)
        n = facts["n"]
        rows = sorted({1, n, (n + 1) // 2, min(46, n)})
        case = {**facts, "salt": b64(facts["salt"]), "secret": b64(secret), "id": b64(card), "w0": b64(values[0]), "ck": b64(sha(tag("ckcommit"), key)),
                "rows": [{"row": row, "value": b64(values[row]), "code": row_code(key, row), "qr": qr(card, row, values[row])} for row in rows],
                "answers": [{"row": row, "yes": answer_code(key, row, 1), "no": answer_code(key, row, 0)} for row in (1, 2, 60)]}
        yield name, True, case
        for spoiled, value in [("id", b64(card[1:] + card[:1])), ("w0", b64(values[1])), ("ck", b64(sha(key))), ("agb", "41234568"), ("ver", facts["ver"] + 1), ("q", facts["q"] + 1)]:
            yield f"{name}, another {spoiled}", False, {**case, spoiled: value}


def codes():
    *_, key = made_card("example")
    good = row_code(key, 46)
    yield "as printed", True, {"typed": good, "code": good, "row": 46}
    for typed in ["4bk2na", " 4BK-2na ", "4 B K 2 N A"]:
        yield f"typed {typed!r}", True, {"typed": typed, "code": good, "row": 46}
    soft = next(row for row in range(1, 4000) if "0" in row_code(key, row)[:5] and "1" in row_code(key, row)[:5])
    text = row_code(key, soft)
    yield "O for 0, I for 1", True, {"typed": text.replace("0", "O").replace("1", "I"), "code": text, "row": soft}
    yield "o for 0, l for 1", True, {"typed": text.replace("0", "o").replace("1", "l"), "code": text, "row": soft}
    for typed in ["", "4BK2N", "4BK2NAA", "4BK2NU", "4BK2N.", "4BK2N\n", "4BK2N\u00c4"]:
        yield f"typed {typed!r}", False, {"typed": typed, "code": good, "row": 46}
    for row in range(1, 47):
        holds = code(mac(key, tag("code"), u32(46)), u32(row)) == good
        yield f"check symbol of 46 in row {row}", holds, {"typed": good, "code": good, "row": row}


def qrs():
    _, _, card, values, _ = made_card("example")
    good = qr(card, 46, values[46])
    case = {"card": b64(card), "row": 46, "value": b64(values[46])}
    yield "row 46", True, {"qr": good, **case}
    for name, text in [("small letters", good.lower()), ("zero before the row", good.replace("/46/", "/046/")), ("another version", good.replace("KP1", "KP2")), ("padded", good + "======"),
                       ("unused bits", good[:-1] + "F"), ("one part more", good + "/"), ("row 0", good.replace("/46/", "/0/")), ("row 4097", good.replace("/46/", "/4097/")), ("sign", good.replace("/46/", "/+46/")),
                       ("short", good[:-1]), ("empty", "")]:
        yield name, False, {"qr": text, **case}


def strips():
    facts, _, card, values, _ = made_card("example")
    *_, others, _ = made_card("example", ver=2)
    base = {"id": b64(card), "w0": b64(values[0]), "n": 48}
    for known in ([], [46], [10, 30], [48]):
        shown = {**base, "known": [{"row": row, "value": b64(values[row])} for row in known]}
        for row in (1, 10, 11, 30, 46, 48):
            yield f"row {row}, known {known}", True, {**shown, "row": row, "value": b64(values[row])}
            yield f"row {row} as {row - 1}, known {known}", False, {**shown, "row": row - 1, "value": b64(values[row])}
            yield f"row {row} of card 2, known {known}", False, {**shown, "row": row, "value": b64(others[row])}
    yield "beyond the card", False, {**base, "known": [], "row": 49, "value": b64(values[48])}


# --- records ---------------------------------------------------------------------------------------------------------

FIELDS = ["2026-10-03", "2026-10-03T09:00+02:00/2026-10-03T09:45+02:00", "45", "", "strip/1/3", "2026-10-03T08:01:12Z", "individueel"]


def allocation_key(provider, salt, law, gem, toew, year):
    extracted = mac(salt, provider)
    return mac(extracted, tag("toew"), lp(law, gem, toew, year), u8(1))


def committed(key, uid, fields):
    salts = [mac(key, tag("salt"), uid, u8(j)) for j in range(7)]
    digests = [sha(tag("field"), salts[j], u8(j), fields[j].encode()) for j in range(7)]
    return salts, digests, sha(tag("record"), *digests)


def records():
    provider, salt, uid = named("K_P"), named("allocation", 16), named("uid", 16)
    key = allocation_key(provider, salt, "jw", "0363", 123456789, 2026)
    pseudonym = url(mac(provider, tag("zorgverlener"), lp("M. Voorbeeld"))[:16])
    given = {"provider": b64(provider), "salt": b64(salt), "law": "jw", "gem": "0363", "toew": 123456789, "year": 2026, "uid": b64(uid)}

    def case(fields, key=key):
        salts, digests, c = committed(key, uid, fields)
        return {**given, "fields": fields, "key": b64(key), "salts": list(map(b64, salts)), "digests": list(map(b64, digests)), "c": b64(c)}

    def other(j, text):
        return [*FIELDS[:j], text, *FIELDS[j + 1 :]]

    yield "a visit", True, case(FIELDS)
    yield "by whom", True, {**case(other(3, pseudonym)), "staff": "M. Voorbeeld"}
    night = "2026-10-03T23:00+02:00/2026-10-04T07:00+02:00"
    for j, text in [(1, night), (1, FIELDS[1].replace("+02:00", "+01:00")), (2, "0"), (4, ""), (4, "code/2/4096"), (6, "groep/G7/4"), (6, "etmaal"), (6, "dagdeel"), (6, "resultaat/M2")]:
        yield f"f{j} {text!r}", True, case(other(j, text))
    for kind in ["afronding", "resultaat/M2"]:
        yield f"{kind} without begin", True, case([FIELDS[0], "", *FIELDS[2:6], kind])
    for j, text in [(0, "2026-02-29"), (0, "1969-12-31"), (1, ""), (1, FIELDS[1].replace("+02:00", "Z")), (1, "2026-10-04T09:00+02:00/2026-10-04T09:45+02:00"),
                    (1, "2026-10-03T09:45+02:00/2026-10-03T09:00+02:00"), (1, FIELDS[1].replace("+02:00", "-00:00")), (1, FIELDS[1].replace("+02:00", "+00:00")), (1, FIELDS[1].replace("+02:00", "+23:00")), (1, FIELDS[1].replace("+02:00", "-05:00")),
                    (1, FIELDS[1].replace("+02:00", "+02:30")), (2, "045"), (2, "4.5"), (2, ""), (2, "9007199254740992"), (3, "Jansen"), (3, pseudonym + "=="),
                    (4, "strip/0/3"), (4, "strip/1/4097"), (4, "strip/1/03"), (5, "2026-10-03T08:01:60Z"), (5, "2026-10-03"), (6, "groep/G7"), (6, "resultaat/a/b"), (6, "thuis"), (6, "groep/G7/0")]:
        yield f"f{j} {text!r}", False, case(other(j, text))
    good = case(FIELDS)
    for name, value in [("key", b64(named("x"))), ("c", b64(named("x"))), ("year", 2027), ("law", "wmo"), ("uid", b64(named("x", 16))), ("digests", good["digests"][::-1])]:
        yield f"another {name}", False, {**good, name: value}


def nfs_of():
    key = named("K_nf")
    commit = b64(sha(tag("nfcommit"), key))
    base = {"key": b64(key), "commit": commit, "bsn": "999990019"}

    def value(*items):
        return b64(mac(key, tag("nf"), lp(*items))[:16])

    visit = {**base, "kind": "visit", "staff": "M. Voorbeeld", "begin": 29849700, "nf": value("999990019", "M. Voorbeeld", 29849700)}
    nobody = {**base, "kind": "visit", "staff": "", "begin": 29849700, "nf": value("999990019", "", 29849700)}
    result = {**base, "kind": "result", "law": "jw", "gem": "0363", "toew": 123456789, "number": "M2", "nf": value("999990019", "jw", "0363", 123456789, "M2")}
    about = lp("jw", "0363", 123456789, "45", "45A03", "2026-10-01", "2026-10-31")
    padding = {**base, "kind": "padding", **{k: LINE[k] for k in ("law", "gem", "toew", "cat", "code", "begin", "end")}, "index": 12, "nf": b64(mac(key, tag("nfpad"), about, u32(12))[:16])}
    for name, case in [("a visit", visit), ("a visit, nobody recorded", nobody), ("a result", result), ("padding", padding)]:
        yield name, True, case
        yield f"{name}, of another client", case["kind"] == "padding", {**case, "bsn": "999990020"}
        yield f"{name}, another key", False, {**case, "key": b64(named("x"))}
        yield f"{name}, another commitment", False, {**case, "commit": b64(named("x"))}
    yield "a visit a minute later", False, {**visit, "begin": 29849701}
    yield "padding elsewhere", False, {**padding, "index": 13}


def days():
    for size in (16, 64, 256):
        commitments = [named(f"c {n}") for n in range(size)]
        leaves = list(map(log_leaf, commitments))
        for index in (0, 7, size - 1):
            case = {"c": b64(commitments[index]), "index": index, "path": list(map(b64, inclusion(index, leaves))), "root": b64(log_root(leaves))}
            yield f"{index} of {size}", True, case
            yield f"{index} of {size}, another index", False, {**case, "index": index ^ 1}
            yield f"{index} of {size}, short", False, {**case, "path": case["path"][1:]}
            yield f"{index} of {size}, another record", False, {**case, "c": b64(named("x"))}
            yield f"{index} of {size}, outside", False, {**case, "index": index + size}
    leaves = [log_leaf(named(f"c {n}")) for n in range(32)]
    path = list(map(b64, inclusion(3, leaves)))
    yield "a tree of 32, which no day has", False, {"c": b64(named("c 3")), "index": 3, "path": path, "root": b64(log_root(leaves))}


# --- trees -----------------------------------------------------------------------------------------------------------


def context(line):
    return sha(tag("ctx"), lp(*(line[key] for key in ("law", "gem", "agb", "decl", "ref", "toew", "begin", "end"))))


def node_of_leaf(ctx, leaf):
    return leaf["weight"], leaf["late"], sha(tag("leaf"), ctx, u64(leaf["weight"]), u64(leaf["late"]), leaf["nf"], leaf["c"])


def node_over(level, left, right):
    pieces = [piece for w, late, h in (left, right) for piece in (u64(w), u64(late), h)]
    return left[0] + right[0], left[1] + right[1], sha(tag("node"), u8(level), *pieces)


def levels(ctx, leaves):
    made = [[node_of_leaf(ctx, leaf) for leaf in leaves]]
    while len(made[-1]) > 1:
        below = made[-1]
        made.append([node_over(len(made), *below[place : place + 2]) for place in range(0, len(below), 2)])
    return made


def leaves_of(weights, late=()):
    return [{"weight": w, "late": w if n in late else 0, "nf": named(f"nf {n}", 16), "c": named(f"c {n}")} for n, w in enumerate(weights)]


def example_leaves():
    weights = [60] * 11 + [45, 0, 0, 0, 15]
    return [{"weight": w, "late": w if n == 3 else 0, "nf": bytes([n] * 16), "c": bytes([n] * 32)} for n, w in enumerate(weights)]


def shown(leaf):
    return {**leaf, "nf": b64(leaf["nf"]), "c": b64(leaf["c"])}


NAMES = ("law", "gem", "agb", "decl", "ref", "toew", "begin", "end")
TREES = [("example", example_leaves()), ("one session", leaves_of([60] + [0] * 15)), ("64", leaves_of([n % 7 * 15 for n in range(64)], {5, 6})), ("256", leaves_of([(n * 37) % 120 for n in range(256)], set(range(0, 256, 9))))]


def trees():
    line = {key: LINE[key] for key in NAMES}
    for name, leaves in TREES:
        weight, late, h = levels(context(line), leaves)[-1][0]
        nfs = b"".join(sorted(leaf["nf"] for leaf in leaves))
        case = {**line, "ctx": b64(context(line)), "leaves": list(map(shown, leaves)), "weight": weight, "late": late, "root": b64(h), "nfh": b64(sha(tag("nfs"), nfs))}
        yield name, True, case
        if len(leaves) > 64:
            continue
        for key, value in [("weight", weight + 1), ("late", late + 1), ("root", b64(named("x"))), ("ctx", b64(named("x"))), ("nfh", b64(sha(nfs))), ("ref", "another"), ("law", "wmo"), ("leaves", case["leaves"][::-1]),
                           ("leaves", case["leaves"][:-1])]:
            yield f"{name}, another {key} {len(value) if isinstance(value, list) else ''}", False, {**case, key: value}
        part = [dict(leaf) for leaf in case["leaves"]]
        heavy = max(part, key=lambda leaf: leaf["weight"])
        heavy["late"] = heavy["weight"] - 1
        yield f"{name}, late in part", False, {**case, "leaves": part}
        huge = [dict(leaf) for leaf in case["leaves"]]
        huge[0]["weight"] = huge[1]["weight"] = 2**63
        yield f"{name}, beyond 64 bits", False, {**case, "leaves": huge}
        twice = [dict(leaf) for leaf in case["leaves"]]
        twice[1]["nf"] = twice[0]["nf"]
        yield f"{name}, a visit twice", False, {**case, "leaves": twice}


def minutes():
    line = {key: LINE[key] for key in NAMES}
    for name, leaves in TREES:
        made = levels(context(line), leaves)
        total = made[-1][0]
        for minute in sorted({0, 1, total[0] // 3, total[0] // 2, total[0] - 1}):
            index, begin = 0, 0
            while begin + leaves[index]["weight"] <= minute:
                begin += leaves[index]["weight"]
                index += 1
            path = [made[level][(index >> level) ^ 1] for level in range(len(made) - 1)]
            path = [{"w": w, "late": late, "h": b64(h)} for w, late, h in path]
            case = {**line, "weight": total[0], "late": total[1], "root": b64(total[2]), "depth": len(path), "minute": minute, "index": index, "leaf": shown(leaves[index]), "path": path}
            label = f"{name}, minute {minute}"
            yield label, True, case
            yield f"{label}, replayed in another line", False, {**case, "ref": "another"}
            yield f"{label}, another leaf's minute", False, {**case, "minute": begin + leaves[index]["weight"]}
            yield f"{label}, another index", False, {**case, "index": index ^ 1}
            yield f"{label}, an index outside", False, {**case, "index": index + (1 << len(path))}
            yield f"{label}, short", False, {**case, "path": path[1:]}
            yield f"{label}, another depth", False, {**case, "depth": len(path) + 2}
            yield f"{label}, levels swapped", False, {**case, "path": [path[1], path[0], *path[2:]]}
            yield f"{label}, more minutes", False, {**case, "leaf": {**case["leaf"], "weight": case["leaf"]["weight"] + 1}}
            yield f"{label}, more in the root", False, {**case, "weight": total[0] + 1}
            yield f"{label}, wrapping", False, {**case, "path": [{**path[0], "w": 2**64 - 1}, *path[1:]]}
            yield f"{label}, another visit", False, {**case, "leaf": {**case["leaf"], "nf": b64(named("x", 16))}}


# --- draws -----------------------------------------------------------------------------------------------------------


def below(seed, limit, number, stage):
    top, t = limit * (2**64 // limit), 0
    while True:
        x = int.from_bytes(mac(seed, tag("draw"), u32(number), u8(stage), u32(t))[:8], "big")
        if x < top:
            return x % limit
        t += 1


def draws():
    populations = {
        "one line": [("PR-2026-10-000123", 96000, 720)],
        "some lines": [("b", 30, 60), ("B", 0, 60), ("\u00e9", 10, 45), ("a", 60, 1440), ("Z z", 1, 1)],
        "large": [("x", 99999999, 99999999 * 1440), ("y", 99999999, 1)],
        "without weight": [("x", 5, 0), ("y", 5, 7)],
        "a reference of two declarations": [("x", 5, 60), ("x", 7, 120), ("x", 0, 9), ("a", 3, 4)],
    }
    for name, lines in populations.items():
        scope = {"law": "jw", "gem": "0363", "agb": "41234567", "month": "2026-11"}
        nonces, tree = (b"\2" * 32, b"\3" * 32), b"\1" * 32
        refs = [ref for ref, *_ in lines]
        entries = [named(f"entry {ref}" if refs.count(ref) == 1 else f"entry {ref} of {amt}") for ref, amt, _ in lines]
        lines = sorted(({"ref": ref, "entry": entry, "amt": amt, "w": w} for entry, (ref, amt, w) in zip(entries, lines)), key=lambda line: (line["ref"].encode(), line["entry"]))
        seed = sha(tag("seed"), sha(tag("scope"), lp(*scope.values())), tree, *nonces)
        drawn = []
        for number in range(20):
            cent, place = below(seed, sum(line["amt"] for line in lines), number, 0), 0
            while cent >= lines[place]["amt"]:
                cent -= lines[place]["amt"]
                place += 1
            w = lines[place]["w"]
            drawn.append([place, below(seed, w, number, 1) if w else None])
        case = {**scope, "root": b64(tree), "nonce_m": b64(nonces[0]), "nonce_p": b64(nonces[1]), "lines": [{**line, "entry": b64(line["entry"])} for line in lines],
                "nc": b64(sha(tag("nonce"), lp(scope["law"], scope["gem"], scope["month"]), nonces[0])), "seed": b64(seed), "amt": sum(line["amt"] for line in lines),
                "pop": b64(sha(tag("population"), *(line["entry"] for line in lines))), "drawn": drawn}
        yield name, True, case
        yield f"{name}, lines given in another order", True, {**case, "lines": case["lines"][::-1]}
        for key, value in [("month", "2026-12"), ("root", b64(named("x"))), ("nonce_m", b64(named("x"))), ("nonce_p", b64(named("x"))), ("seed", b64(named("x"))), ("nc", b64(named("x"))), ("pop", b64(named("x"))),
                           ("amt", case["amt"] + 1), ("drawn", drawn[::-1])]:
            yield f"{name}, another {key}", False, {**case, key: value}
        yield f"{name}, a line twice", False, {**case, "lines": [*case["lines"], case["lines"][0]]}


def exact_bound(k, bad):
    """The least b, by halving, in fractions."""
    if bad >= k:
        return 10000

    def seldom(b):
        p = fractions.Fraction(b, 10000)
        return sum(math.comb(k, i) * p**i * (1 - p) ** (k - i) for i in range(bad + 1)) <= fractions.Fraction(1, 20)

    low, high = 0, 10000
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if seldom(middle) else (middle + 1, high)
    return low


def bounds():
    for k, bad in [(0, 0), (0, 3), (1, 0), (1, 1), (2, 1), (5, 0), (5, 1), (5, 4), (5, 5), (29, 0), (59, 0), (59, 1), (59, 5), (59, 58), (90, 0), (99, 2), (149, 0), (299, 0), (299, 7), (459, 1), (1000, 0), (1000, 50)]:
        b = exact_bound(k, bad)
        yield f"{bad} of {k}", True, {"k": k, "bad": bad, "bp": b}
        yield f"{bad} of {k}, one less", False, {"k": k, "bad": bad, "bp": b - 1}
        yield f"{bad} of {k}, one more", False, {"k": k, "bad": bad, "bp": b + 1}


# --- statements ------------------------------------------------------------------------------------------------------


class Key:
    def __init__(self, name):
        self.secret = Ed25519PrivateKey.from_private_bytes(named(name))
        self.public = self.secret.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)

    def sign(self, statement):
        return self.secret.sign(b"knooppunt/sig/1" + statement)


def typed(typ, **keys):
    return {"v": 1, "typ": f"knooppunt-{typ}", **keys}


def kinds():
    """One of every kind."""
    facts, _, card, values, key = made_card("example")
    head = {k: LINE[k] for k in ("law", "gem", "agb")}
    name = {k: LINE[k] for k in ("law", "gem", "agb", "decl", "ref")}
    scope = {**head, "month": "2026-11"}
    leaves = example_leaves()
    weight, late, root = levels(context(LINE), leaves)[-1][0]
    nfh = sha(tag("nfs"), *sorted(leaf["nf"] for leaf in leaves))
    nonce = b"\3" * 32
    line = typed("line", **LINE, depth=4, root=url(root), nfh=url(nfh), nc=url(sha(tag("nonce"), lp(*name.values()), nonce)), strips=[{"ver": 1, "from": 0, "to": 46, "kind": "strip", "val": url(values[46])}])
    zeros = url(bytes(32))
    provider = allocation_key(named("K_P"), named("allocation", 16), "jw", "0363", 123456789, 2026)
    salts, digests, c = committed(provider, named("uid", 16), FIELDS)
    day = json.dumps(typed("day", agb="41234567", day="2026-10-03", root=url(named("root")))).encode()
    opening = typed("opening", month="2026-11", j=0, entry=url(named("entry")), index=0, weight=45, late=0, nf=url(named("nf", 16)), c=url(c), knf="",
                    open=[{"j": j, "salt": url(salts[j]), "value": FIELDS[j]} for j in (0, 1, 2, 6)], d=list(map(url, digests)), path=[{"w": 60, "late": 60, "h": url(named(f"h {n}"))} for n in range(4)],
                    day={"bytes": url(day), "salt": url(named("salt")), "index": 3, "path": [url(named(f"p {n}")) for n in range(4)], "receipt": url(b"c2sp.org/tlog-proof@v1\n")})
    return {
        "key": typed("key", party="41234567", role="aanbieder", pub=url(Key("provider").public), hpke="", **{"from": "2026-01-01T00:00:00Z"}, until="2027-01-01T00:00:00Z"),
        "key of an opener": typed("key", party="Accountant B.V.", role="opener", pub=url(Key("opener").public), hpke=url(named("hpke")), **{"from": "2026-01-01T00:00:00Z"}, until="2027-01-01T00:00:00Z"),
        "nfkey": typed("nfkey", agb="41234567", year=2026, commit=url(sha(tag("nfcommit"), named("K_nf")))),
        "card": typed("card", **{**facts, "salt": url(facts["salt"])}, w0=url(values[0]), ck=url(sha(tag("ckcommit"), key))),
        "revoke": typed("revoke", **head, toew=123456789, ver=1, upto=30),
        "day": typed("day", agb="41234567", day="2026-10-03", root=url(named("root"))),
        "line": line,
        "line of totals": {**line, "depth": 0, "late": 0, "root": zeros, "nfh": zeros, "nc": zeros, "strips": []},
        "line that replaces": {**line, "prev": url(named("prev"))},
        "line with a code": {**line, "strips": [{"ver": 2, "from": 0, "to": 46, "kind": "code", "val": row_code(key, 46)}]},
        "draw-open": typed("draw-open", law="jw", gem="0363", month="2026-11", nc=url(named("nc")), k=59, f_bp=500, at="2026-11-20T12:00:00Z"),
        "draw": typed("draw", **scope, nonce=url(b"\2" * 32), size=1000, root=url(b"\1" * 32), n=1, amt=96000, pop=url(named("pop"))),
        "nonce": typed("nonce", **scope, nonce=url(nonce)),
        "opening": opening,
        "result": typed("result", **scope, j=3, entry=url(named("entry")), step="S2", result="ok"),
        "verdict": typed("verdict", **name, level=3, w=720, conf=690, code=90, late=60, index=17, origin="log.example/knooppunt", checks={"match": "ok", "strip": "ok", "incl": "ok", "witness": "ok", "nf": "ok", "late": "bad"},
                         result="in_orde", reasons=["code"], population={"month": "2026-11", "k": 59, "bad": 1, "silent": 0, "upper95_bp": 779}),
    }


def text_of(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def statements():
    def case(text):
        return {"statement": b64(text.encode() if isinstance(text, str) else text)}

    for name, value in kinds().items():
        text = text_of(value)
        yield name, True, {**case(text), "typ": value["typ"]}
        yield f"{name}, in another order", True, {**case(json.dumps(dict(reversed(value.items())), indent=2)), "typ": value["typ"]}
        for key in value:
            if key != "prev":
                yield f"{name}, without {key}", False, case(text_of({k: v for k, v in value.items() if k != key}))
        yield f"{name}, a key more", False, case(text_of({**value, "mede": 1}))
        yield f"{name}, of another version", False, case(text_of({**value, "v": 2}))
        for key in value:
            for wrong in (-1, "\0") if len(text) < 1000 else ({},):
                yield f"{name}, {key} {wrong!r}", False, case(text_of({**value, key: wrong}))
    good = text_of(kinds()["revoke"])
    for name, text in [("byte order mark", "\ufeff" + good), ("newline behind", good + "\n"), ("space behind", good + " "), ("twice", good + good), ("a key twice", good.replace('{"v":1', '{"v":1,"v":1')),
                       ("a key twice, once escaped", good.replace('{"v":1', '{"v":1,"\\u0076":1')), ("exponent", good.replace('"ver":1', '"ver":1e0')), ("fraction", good.replace('"ver":1', '"ver":1.0')),
                       ("zero before a number", good.replace('"ver":1', '"ver":01')), ("sign", good.replace('"upto":30', '"upto":-0')), ("beyond 2^53", good.replace('"ver":1', '"ver":9007199254740992')),
                       ("half a surrogate", good.replace("0363", "\\ud800")), ("an escape that is none", good.replace("0363", "\\x30363")), ("comma at the end", good[:-1] + ",}"), ("cut", good[:-1]), ("a list", f"[{good}]"),
                       ("too long", good.replace(",", "," + " " * 4096, 1)), ("bare control character", good.replace("0363", "03\t63")), ("unknown kind", good.replace("revoke", "intrek")), ("empty", "")]:
        yield name, False, case(text)
    yield "escapes", True, {**case(good.replace("0363", "\\u00303\\u0036\\u0033")), "typ": "knooppunt-revoke"}
    yield "white space before", True, {**case(" \n" + good), "typ": "knooppunt-revoke"}
    yield "as long as may be", True, {**case(good.replace(",", "," + " " * (4096 - len(good)), 1)), "typ": "knooppunt-revoke"}
    yield "bad UTF-8", False, case(good.encode().replace(b"0363", b"03\xff3"))
    line = kinds()["line"]
    strip = line["strips"][0]
    for name, change in [("depth 5", {"depth": 5}), ("depth 12", {"depth": 12}), ("ends before it begins", {"end": "2026-09-30"}), ("no such day", {"end": "2026-11-31"}), ("nine ranges", {"strips": [{**strip, "from": n} for n in range(9)]}),
                         ("ranges in another order", {"strips": [{**strip, "from": 5}, strip]}), ("a range twice", {"strips": [strip, strip]}), ("a value too short", {"strips": [{**strip, "val": "AA"}]}), ("kind streep", {"strips": [{**strip, "kind": "streep"}]}),
                         ("a code in small letters", {"strips": [{**strip, "kind": "code", "val": "4bk2na"}]}), ("unit 02", {"eenh": "02"}), ("volume of nine digits", {"vol": 100000000}), ("toew 0", {"toew": 0}), ("ref of 21", {"ref": "a" * 21}),
                         ("padded root", {"root": line["root"] + "="}), ("short root", {"root": line["root"][:-1]}), ("totals with a root", {"depth": 0, "late": 0, "nfh": url(bytes(32)), "nc": url(bytes(32)), "strips": []}), ("law zvw", {"law": "zvw"})]:
        yield f"line, {name}", False, case(text_of({**line, **change}))
    verdict = kinds()["verdict"]
    for name, change in [("more confirmed than there is", {"conf": 721}), ("level 4", {"level": 4}), ("a reason twice", {"reasons": ["code", "code"]}), ("a bound that is not exact", {"population": {**verdict["population"], "upper95_bp": 780}}),
                         ("more bad than drawn", {"population": {**verdict["population"], "bad": 60}}), ("goed", {"result": "goed"})]:
        yield f"verdict, {name}", False, case(text_of({**verdict, **change}))
    key = kinds()["key"]
    weak = bytes([1]) + bytes(31)
    for name, change in [("of small order", {"pub": url(weak)}), ("hpke of a provider", {"hpke": url(named("hpke"))}), ("until before from", {"until": "2026-01-01T00:00:00Z"}), ("an opener without hpke", {"role": "opener"}), ("gemeente 41234567", {"role": "gemeente"})]:
        yield f"key, {name}", False, case(text_of({**key, **change}))
    opening = kinds()["opening"]
    for name, change in [("fields in another order", {"open": opening["open"][::-1]}), ("six digests", {"d": opening["d"][:-1]}), ("field 7", {"open": [{**opening["open"][0], "j": 7}]}), ("knf too short", {"knf": "AA"})]:
        yield f"opening, {name}", False, case(text_of({**opening, **change}))
    long = "a" * 60000
    yield "opening, long", True, {**case(text_of({**opening, "day": {**opening["day"], "receipt": url(long.encode())[:44000]}})), "typ": "knooppunt-opening"}
    yield "opening, too long", False, case(text_of({**opening, "day": {**opening["day"], "receipt": url(long.encode())}}))


def signed():
    provider, salt = Key("provider"), named("salt")
    for name, value in kinds().items():
        statement = text_of(value).encode()
        envelope = {"statement": url(statement), "sig": url(provider.sign(statement)), "kid": url(sha(provider.public)[:8]), "salt": url(salt)}
        nfs = b"".join(sorted(leaf["nf"] for leaf in example_leaves()))
        if value.get("depth", 0) > 0:
            envelope["nfs"] = url(nfs)
        entry = sha(b"knooppunt/entry/1", salt, statement)

        def case(envelope):
            return {"signed": envelope if isinstance(envelope, str) else text_of(envelope), "public": b64(provider.public), "entry": b64(entry)}

        yield name, True, case(envelope)
        other = Key("another")
        yield f"{name}, by another key", False, case({**envelope, "sig": url(other.sign(statement))})
        yield f"{name}, kid of another key", False, case({**envelope, "kid": url(sha(other.public)[:8])})
        yield f"{name}, without the tag", False, case({**envelope, "sig": url(provider.secret.sign(statement))})
        yield f"{name}, reordered", False, case({**envelope, "statement": url(json.dumps(dict(reversed(value.items()))).encode())})
        yield f"{name}, weak salt", False, case({**envelope, "salt": url(bytes([7] * 32))})
        yield f"{name}, another salt", False, case({**envelope, "salt": url(named("x"))})
        if "nfs" in envelope:
            yield f"{name}, without nfs", False, case({key: value for key, value in envelope.items() if key != "nfs"})
        else:
            yield f"{name}, with nfs", False, case({**envelope, "nfs": url(nfs)})
        yield f"{name}, padded", False, case({**envelope, "salt": envelope["salt"] + "="})
        yield f"{name}, something behind", False, case(text_of(envelope) + "\n")


# --- openings and lines ----------------------------------------------------------------------------------------------


class World:
    """A line of twelve visits on one day and a rounding, and what opens it."""

    def __init__(self, change=None):
        key = allocation_key(named("K_P"), named("allocation", 16), "jw", "0363", 123456789, 2026)
        self.records = []
        for n in range(13):
            length = 45 if n == 11 else 60
            begin, end = (f"2026-10-03T{minutes // 60:02}:{minutes % 60:02}+02:00" for minutes in (70 * n, 70 * n + length))
            visit = ["2026-10-03", f"{begin}/{end}", str(length), "", f"strip/1/{3 * n + 3}", "2026-10-03T20:00:00Z", "individueel"]
            fields = visit if n < 12 else ["2026-10-31", "", "15", "", "", "2026-10-31T20:00:00Z", "afronding"]
            if change:
                fields = change(n, fields)
            self.records.append((fields, *committed(key, named(f"uid {n}", 16), fields)))
        weights = [60] * 11 + [45]
        self.leaves = [{"weight": w, "late": 60 if n == 3 else 0, "nf": named(f"nf {n}", 16), "c": self.records[n][3]} for n, w in enumerate(weights)]
        self.leaves += [{"weight": 0, "late": 0, "nf": named(f"nf {n}", 16), "c": named(f"c {n}")} for n in range(12, 15)]
        self.leaves += [{"weight": 15, "late": 0, "nf": named("nf 15", 16), "c": self.records[12][3]}]
        self.levels = levels(context(LINE), self.leaves)
        self.nfs = b"".join(sorted(leaf["nf"] for leaf in self.leaves))
        self.line = {**kinds()["line"], "root": url(self.levels[-1][0][2]), "nfh": url(sha(tag("nfs"), self.nfs))}
        self.entry = sha(b"knooppunt/entry/1", named("salt of the line"), text_of(self.line).encode())
        self.day = sorted([c for *_, c in self.records] + [named(f"padding {n}") for n in range(3)])

    def opening(self, minute, shown=range(7)):
        index, begin = 0, 0
        while begin + self.leaves[index]["weight"] <= minute:
            begin += self.leaves[index]["weight"]
            index += 1
        leaf = self.leaves[index]
        fields, salts, digests, c = self.records[min(index, 12)]
        path = [self.levels[level][(index >> level) ^ 1] for level in range(4)]
        leaves = list(map(log_leaf, self.day))
        day = typed("day", agb="41234567", day="2026-10-03", root=url(log_root(leaves)))
        place = self.day.index(c)
        return typed("opening", month="2026-11", j=7, entry=url(self.entry), index=index, weight=leaf["weight"], late=leaf["late"], nf=url(leaf["nf"]), c=url(c), knf="",
                     open=[{"j": j, "salt": url(salts[j]), "value": fields[j]} for j in shown], d=list(map(url, digests)), path=[{"w": w, "late": late, "h": url(h)} for w, late, h in path],
                     day={"bytes": url(text_of(day).encode()), "salt": url(named("salt of the day")), "index": place, "path": list(map(url, inclusion(place, leaves))), "receipt": ""})


def openings():
    world = World()
    scope = {"law": "jw", "gem": "0363", "agb": "41234567", "month": "2026-11"}
    base = {**scope, "j": 7, "line": text_of(world.line), "entry": b64(world.entry)}

    def good(name, minute, opening, findings, late=False, world=world):
        return name, True, {**base, "line": text_of(world.line), "entry": b64(world.entry), "minute": minute, "opening": text_of(opening), "late": late, "findings": findings}

    for minute in (0, 59, 60, 240, 704, 705, 719):
        yield good(f"minute {minute}", minute, world.opening(minute), [])
    yield good("late, and said so", 180, world.opening(180), [], late=True)
    yield good("late, and not said so", 0, world.opening(0), ["opened-late"], late=True)
    yield good("some fields only", 0, world.opening(0, (0, 1, 2)), ["opened-no-record"])

    def lying(n, j, text):
        return World(lambda number, fields: [*fields[:j], text, *fields[j + 1 :]] if number == n else fields)

    for name, n, j, text, findings in [("less delivered", 0, 2, "59", ["opened-weight"]), ("more than between begin and end", 6, 1, "2026-10-03T07:00+02:00/2026-10-03T07:45+02:00", ["opened-weight"]), ("a result among hours", 5, 6, "resultaat/M2", ["opened-kind"]), ("a rounding in the middle", 4, 6, "afronding", ["opened-rounding"]), ("no record", 2, 6, "thuis", ["opened-no-record"]),
                                       ("outside the period", 12, 0, "2026-11-01", ["opened-period"])]:
        other = lying(n, j, text)
        minute = 719 if n == 12 else n * 60
        yield good(name, minute, other.opening(minute), findings, world=other)
    opening = world.opening(0)

    def bad(name, error, minute=0, **change):
        return name, False, {**base, "minute": minute, "opening": text_of({**opening, **change}), "error": error}

    yield bad("another draw", "opening-other-draw", j=8)
    yield bad("another month", "opening-other-draw", month="2026-12")
    yield bad("another line", "opening-other-draw", entry=url(named("x")))
    yield "another provider's draw", False, {**base, "agb": "41234568", "minute": 0, "opening": text_of(opening), "error": "opening-other-draw"}
    yield bad("another minute", "opened-minute", minute=60)
    yield "no minute", False, {**base, "minute": None, "opening": text_of(opening), "error": "opening-no-minute"}
    yield bad("another index", "opened-root", index=1)
    yield bad("an index outside", "opened-path", index=16)
    yield bad("short", "opened-path", path=opening["path"][1:])
    yield bad("late in part", "opened-sum", late=1)
    yield bad("more weight", "opened-root", weight=61)
    yield bad("another visit", "opened-root", nf=url(named("x", 16)))
    yield bad("another digest", "opening-digests", d=[*opening["d"][:6], url(named("x"))])
    for j in range(7):
        field = opening["open"][j]
        yield bad(f"another text of f{j}", "opening-field", open=[*opening["open"][:j], {**field, "value": field["value"] + "x"}, *opening["open"][j + 1 :]])
        yield bad(f"another salt of f{j}", "opening-field", open=[*opening["open"][:j], {**field, "salt": url(named("x"))}, *opening["open"][j + 1 :]])
    day = opening["day"]
    yield bad("no statement of a day", "opening-day", day={**day, "bytes": url(text_of(kinds()["revoke"]).encode())})
    yield bad("another provider's day", "opening-day", day={**day, "bytes": url(text_of({**kinds()["day"], "agb": "41234568"}).encode())})
    yield bad("another day", "opening-day-path", day={**day, "bytes": url(text_of(kinds()["day"]).encode())})
    yield bad("another place in the day", "opening-day-path", day={**day, "index": day["index"] ^ 1})
    yield bad("a short path in the day", "opening-day-path", day={**day, "path": day["path"][1:]})


def lines():
    facts, _, card, values, key = made_card("example")
    world = World()
    declared = {name: LINE[name] for name in LINE if name not in ("w", "late")}
    shown = {**facts, "salt": b64(facts["salt"]), "w0": b64(values[0]), "key": b64(key), "upto": 48}
    base = {"declared": declared, "cards": [shown], "taken": [], "nfs": b64(world.nfs)}

    def case(name, findings, conf, by_codes=0, line=world.line, **change):
        return name, not findings, {**base, "line": text_of(line), "findings": findings, "conf": conf, "code": by_codes, **change}

    def stated(**change):
        return {**world.line, **change}

    def row(first, last, kind="strip", ver=1, val=None):
        return {"ver": ver, "from": first, "to": last, "kind": kind, "val": val or (url(values[last]) if kind == "strip" else row_code(key, last))}

    yield case("all holds", [], 690)
    yield case("by a code", [], 690, 690, stated(strips=[row(0, 46, "code")]))
    yield case("strips and codes", [], 720, 45, stated(strips=[row(0, 45), row(45, 48, "code")]))
    yield case("strips come first", [], 720, 0, stated(strips=[row(0, 48)]))
    yield case("no card", [], 0, 0, stated(strips=[]), cards=[])
    yield case("minutes on a card of hours", ["line-unit", "line-weight"], 690, 0, stated(eenh="01"))
    yield case("totals alone", [], 0, 0, kinds()["line of totals"], nfs=None)
    for name, finding, other in [("law", "line-law", "wmo"), ("gem", "line-gem", "0364"), ("agb", "line-agb", "41234568"), ("decl", "line-decl", "D2"), ("ref", "line-ref", "R2"), ("toew", "line-toew", 12), ("cat", "line-product", "46"),
                                 ("code", "line-product", ""), ("begin", "line-period", "2026-10-02"), ("end", "line-period", "2026-10-30"), ("eenh", "line-unit", "16"), ("vol", "line-volume", 13), ("amt", "line-amount", 1)]:
        yield case(f"another {name} declared", [finding], 690, declared={**declared, name: other})
    yield case("weight of other hours", ["line-weight"], 690, 0, stated(w=780))
    yield case("more late than there is", ["line-late"], 690, 0, stated(late=721))
    yield case("unknown card", ["strip-no-card"], 0, 0, stated(strips=[row(0, 46, ver=2)]))
    for name, other in [("law", "wmo"), ("gem", "0364"), ("agb", "41234568"), ("toew", 12)]:
        yield case(f"a card of another {name}", ["strip-no-card"], 0, cards=[{**shown, name: other}])
    yield case("a card of day parts", ["strip-unit"], 0, cards=[{**shown, "eenh": "16"}])
    yield case("an empty range", ["strip-range"], 0, 0, stated(strips=[row(46, 46)]))
    yield case("a range downwards", ["strip-range"], 0, 0, stated(strips=[row(47, 46)]))
    yield case("beyond the card", ["strip-range"], 0, 0, stated(strips=[{**row(0, 48), "to": 49}]))
    yield case("beyond its revocation", ["strip-revoked"], 0, cards=[{**shown, "upto": 45}])
    yield case("as far as its revocation", [], 690, cards=[{**shown, "upto": 46}])
    yield case("the value of a lower row", ["strip-value"], 0, 0, stated(strips=[row(0, 46, val=url(values[45]))]))
    yield case("the code of a lower row", ["strip-code"], 0, 0, stated(strips=[row(0, 46, "code", val=row_code(key, 45))]))
    yield case("a code without its key", ["strip-no-code-key"], 0, 0, stated(strips=[row(0, 46, "code")]), cards=[{**shown, "key": None}])
    yield case("ranges that overlap", ["strip-taken"], 300, 0, stated(strips=[row(0, 20), row(19, 46)]))
    yield case("one range that does not hold", ["strip-value"], 300, 0, stated(strips=[row(0, 20), row(20, 46, val=url(values[45]))]))
    yield case("no list", ["nfs-size"], 690, nfs=None)
    yield case("a short list", ["nfs-size"], 690, nfs=b64(world.nfs[16:]))
    yield case("a visit twice", ["nfs-order"], 690, nfs=b64(world.nfs[16:32] + world.nfs[16:]))
    yield case("a list in another order", ["nfs-order"], 690, nfs=b64(world.nfs[16:32] + world.nfs[:16] + world.nfs[32:]))
    yield case("another list", ["nfs-hash"], 690, nfs=b64(world.nfs[:-1] + bytes([world.nfs[-1] ^ 1])))
    yield case("a visit of another line", ["dubbel"], 690, taken=[b64(world.leaves[5]["nf"])])
    yield case("visits of others", [], 690, taken=[b64(named("nf of another", 16))])
    yield case("all of it", ["line-volume", "line-amount", "line-weight", "strip-value", "dubbel"], 0, 0, stated(w=721, strips=[row(0, 46, val=url(values[45]))]), declared={**declared, "vol": 13, "amt": 1},
               taken=[b64(world.leaves[5]["nf"])])


def outcomes():
    ok = {"match": "ok", "strip": "ok", "incl": "ok", "witness": "ok", "nf": "ok", "late": "ok"}
    for level in range(4):
        for check in [None, "match", "strip", "incl", "nf", "late", "receipt", "unseen codes"]:
            for conf in (0, 359, 360, 647, 648, 720):
                for drawn in (False, True):
                    unseen = {"receipt": {"incl": "none"}, "unseen codes": {"strip": "none"}, None: {}}
                    checks = {**ok, **unseen.get(check, {check: "bad"})}
                    if level < 2 or check == "receipt":
                        result = "niet_controleerbaar"
                    elif check in ("match", "incl", "strip", "nf") or drawn:
                        result = "afwijking"
                    elif level == 3 and check == "unseen codes" and conf < 648:
                        result = "niet_controleerbaar"
                    elif level == 3 and conf < 360:
                        result = "afwijking"
                    else:
                        result = "deels" if level == 3 and conf < 648 else "in_orde"
                    case = {"level": level, "checks": checks, "w": 720, "conf": conf, "drawn_bad": drawn, "result": result}
                    yield f"level {level}, {check} bad, {conf} of 720, drawn {drawn}", True, case
    for wrong in ("niet_controleerbaar", "afwijking", "deels"):
        yield f"all in order is not {wrong}", False, {"level": 3, "checks": ok, "w": 720, "conf": 720, "drawn_bad": False, "result": wrong}


if __name__ == "__main__":
    for file, cases in [("card", cards), ("code", codes), ("qr", qrs), ("strip", strips), ("record", records), ("nf", nfs_of), ("day", days), ("tree", trees), ("minute", minutes), ("draw", draws), ("bound", bounds),
                        ("statement", statements), ("signed", signed), ("opening", openings), ("line", lines), ("outcome", outcomes)]:
        made = [{"name": name, "holds": holds, **case} for name, holds, case in cases()]
        assert len({case["name"] for case in made}) == len(made), file
        (HERE / f"{file}.json").write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n")
        print(file, len(made), "cases,", sum(case["holds"] for case in made), "hold")
