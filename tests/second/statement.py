"""Statements of proofs of delivery: SPEC.md, sections 16 to 18, and the forms of 24, 26 and 27."""

import base64
import binascii
import datetime
import json
import re

from delivery import SYMBOLS, UNITS, upper95_bp
from log import Refused, check_salt, sha256, statement_entry
from signed import check_name, check_signature, is_sound

NUMBER_MAX = 2**53 - 1
MOST, OPENING_MOST, SIGNED_MOST = 4096, 65536, 131072


# --- JSON, strictly --------------------------------------------------------------------------------------------------


def members(pairs):
    if len({name for name, _ in pairs}) != len(pairs) or len(pairs) > 64:
        raise Refused("statement-json")
    return dict(pairs)


def whole(text):
    if text.startswith("-") or len(text) > 16 or int(text) > NUMBER_MAX:
        raise Refused("statement-json")
    return int(text)


def refuse(_):
    raise Refused("statement-json")


def look(value, depth):
    """What the reader of Python takes and a statement does not have."""
    if value is None or isinstance(value, bool):
        raise Refused("statement-json")
    if isinstance(value, str) and any("\ud800" <= c <= "\udfff" for c in value):
        raise Refused("statement-json")
    if isinstance(value, (dict, list)):
        if depth > 8:
            raise Refused("statement-json")
        for item in [*value, *value.values()] if isinstance(value, dict) else value:
            look(item, depth + 1)


DECODER = json.JSONDecoder(object_pairs_hook=members, parse_int=whole, parse_float=refuse, parse_constant=refuse, strict=True)


def read_json(data):
    try:
        text = data.decode()
        begin = len(text) - len(text.lstrip(" \t\n\r"))
        if text[begin : begin + 1] != "{":
            raise Refused("statement-json")
        value, end = DECODER.raw_decode(text, begin)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError):
        raise Refused("statement-json") from None
    if end != len(text):
        raise Refused("statement-json")
    look(value, 1)
    return value


# --- values ----------------------------------------------------------------------------------------------------------


def must(holds):
    if not holds:
        raise Refused("statement-value")


def text(value):
    must(isinstance(value, str))
    return value


def b64(value):
    try:
        data = base64.b64decode(text(value) + "=" * (-len(value) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise Refused("statement-value") from None
    must(base64.urlsafe_b64encode(data).decode().rstrip("=") == value)
    return data


def of_bytes(length):
    def check(value):
        must(len(b64(value)) == length)

    return check


def from_to(least, most):
    def check(value):
        must(isinstance(value, int) and least <= value <= most)

    return check


def one_of(*values):
    def check(value):
        must(text(value) in values)

    return check


def digits(length):
    def check(value):
        must(re.fullmatch(f"[0-9]{{{length}}}", text(value), re.ASCII))

    return check


def characters(least, most):
    def check(value):
        must(least <= len(text(value)) <= most and all(c in "\t\n\r" or c >= " " and c not in "\ufffe\uffff" for c in value))

    return check


def date(value):
    must(re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text(value), re.ASCII) and value >= "1970")
    try:
        return datetime.date.fromisoformat(value)
    except ValueError:
        raise Refused("statement-value") from None


def month(value):
    date(text(value) + "-01")


def instant(value):
    must(re.fullmatch(r"[^T]*T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z", text(value), re.ASCII))
    date(value.split("T")[0])


def each(check, most=OPENING_MOST):
    def checked(value):
        must(isinstance(value, list) and len(value) <= most)
        for item in value:
            check(item)

    return checked


def keys(value, form, optional=()):
    """An object with these keys and no others."""
    must(isinstance(value, dict))
    for key, check in form.items():
        if key not in value and key not in optional:
            raise Refused("statement-missing")
        if key in value:
            check(value[key])
    if value.keys() - form.keys():
        raise Refused("statement-unknown")


def an_object(form):
    return lambda value: keys(value, form)


# --- kinds -----------------------------------------------------------------------------------------------------------

ANY, B16, B32 = from_to(0, NUMBER_MAX), of_bytes(16), of_bytes(32)
HEAD = {"law": one_of("jw", "wmo"), "gem": digits(4), "agb": digits(8)}
NAME = {**HEAD, "decl": characters(1, 12), "ref": characters(1, 20)}
CARD = {**HEAD, "toew": from_to(1, 999999999), "ver": from_to(1, 2**32 - 1)}
SCOPE = {**HEAD, "month": month}
CHECK = one_of("ok", "bad", "none")


def value_of_range(strip):
    if strip["kind"] == "strip":
        B16(strip["val"])
    else:
        must(len(text(strip["val"])) == 6 and all(c in SYMBOLS for c in strip["val"]))


RANGE = {"ver": from_to(1, 2**32 - 1), "from": from_to(0, 4096), "to": from_to(0, 4096), "kind": one_of("strip", "code"), "val": text}
LINE = {
    **NAME, "toew": CARD["toew"], "cat": characters(2, 2), "code": characters(0, 5), "begin": date, "end": date, "eenh": one_of(*UNITS), "vol": from_to(0, 99999999), "amt": from_to(0, 99999999), "w": ANY,
    "late": ANY, "depth": from_to(0, 10), "root": B32, "nfh": B32, "nc": B32, "strips": each(an_object(RANGE), 8), "prev": B32,
}


def line(value):
    must(value["begin"] <= value["end"] and value["depth"] in (0, 4, 6, 8, 10))
    places = [(strip["ver"], strip["from"]) for strip in value["strips"]]
    must(places == sorted(set(places)))
    for strip in value["strips"]:
        value_of_range(strip)
    if value["depth"] == 0:
        must(value["late"] == 0 and all(b64(value[key]) == bytes(32) for key in ("root", "nfh", "nc")))


def key(value):
    must(is_sound(b64(value["pub"])) and value["from"] < value["until"])
    {"aanbieder": digits(8), "gemeente": digits(4), "opener": characters(1, 64)}[value["role"]](value["party"])
    must(len(b64(value["hpke"])) == (32 if value["role"] == "opener" else 0))


def opening(value):
    numbers = [field["j"] for field in value["open"]]
    must(numbers == sorted(set(numbers)) and len(value["d"]) == 7 and len(b64(value["knf"])) in (0, 32))
    check_salt(b64(value["day"]["salt"]))


def verdict(value):
    drawn = value["population"]
    must(value["code"] <= value["conf"] <= value["w"] and value["late"] <= value["w"] and drawn["bad"] + drawn["silent"] <= drawn["k"])
    must(drawn["upper95_bp"] == upper95_bp(drawn["k"], drawn["bad"] + drawn["silent"]))
    must(len(set(value["reasons"])) == len(value["reasons"]) and all(re.fullmatch("[a-z0-9_-]{1,32}", reason) for reason in value["reasons"]))
    if value["origin"]:
        check_name(value["origin"])


KINDS = {
    "key": ({"party": text, "role": one_of("aanbieder", "gemeente", "opener"), "pub": B32, "hpke": text, "from": instant, "until": instant}, key),
    "nfkey": ({"agb": HEAD["agb"], "year": from_to(1970, 9999), "commit": B32}, None),
    "card": ({**CARD, "eenh": one_of(*UNITS), "q": from_to(1, 99999999), "n": from_to(1, 4096), "salt": B16, "w0": B16, "ck": B32}, None),
    "revoke": ({**CARD, "upto": from_to(0, 4096)}, None),
    "day": ({"agb": HEAD["agb"], "day": date, "root": B32}, None),
    "line": (LINE, line),
    "draw-open": ({"law": HEAD["law"], "gem": HEAD["gem"], "month": month, "nc": B32, "k": from_to(1, 1000), "f_bp": from_to(1, 10000), "at": instant}, None),
    "draw": ({**SCOPE, "nonce": B32, "size": ANY, "root": B32, "n": ANY, "amt": ANY, "pop": B32}, None),
    "nonce": ({**SCOPE, "nonce": B32}, None),
    "opening": (
        {
            "month": month, "j": from_to(0, 999), "entry": B32, "index": from_to(0, 2**32 - 1), "weight": ANY, "late": ANY, "nf": B16, "c": B32, "knf": text, "d": each(B32),
            "open": each(an_object({"j": from_to(0, 6), "salt": B32, "value": text})), "path": each(an_object({"w": ANY, "late": ANY, "h": B32})),
            "day": an_object({"bytes": b64, "salt": B32, "index": ANY, "path": each(B32), "receipt": b64}),
        },
        opening,
    ),
    "result": ({**SCOPE, "j": from_to(0, 999), "entry": B32, "step": one_of("S1", "S2", "S3", "S4"), "result": one_of("ok", "bad", "silent")}, None),
    "verdict": (
        {
            **NAME, "level": from_to(0, 3), "w": ANY, "conf": ANY, "code": ANY, "late": ANY, "index": ANY, "origin": text, "reasons": each(text, 16),
            "checks": an_object(dict.fromkeys(("match", "strip", "incl", "witness", "nf", "late"), CHECK)), "result": one_of("niet_controleerbaar", "afwijking", "deels", "in_orde"),
            "population": an_object({"month": month, "k": from_to(0, 1000), "bad": ANY, "silent": ANY, "upper95_bp": ANY}),
        },
        verdict,
    ),
}


def read_statement(data):
    """The object of a statement."""
    if len(data) > OPENING_MOST:
        raise Refused("statement-too-long")
    value = read_json(data)
    if value.get("v") != 1:
        raise Refused("statement-version")
    kind = KINDS.get(text(value.get("typ", "")).removeprefix("knooppunt-"))
    if kind is None or not value["typ"].startswith("knooppunt-"):
        raise Refused("statement-kind")
    if len(data) > MOST and value["typ"] != "knooppunt-opening":
        raise Refused("statement-too-long")
    form, check = kind
    keys(value, {"v": ANY, "typ": text, **form}, ("prev",))
    if check:
        check(value)
    return value


class Signed:
    """A signed statement on its way."""

    def __init__(self, data):
        if len(data) > SIGNED_MOST:
            raise Refused("signed-form")
        value = read_json(data)
        keys(value, {"statement": b64, "sig": of_bytes(64), "kid": of_bytes(8), "salt": B32, "nfs": b64}, ("nfs",))
        self.bytes, self.signature, self.kid, self.salt = (b64(value[name]) for name in ("statement", "sig", "kid", "salt"))
        self.statement = read_statement(self.bytes)
        check_salt(self.salt)
        if ("nfs" in value) != (self.statement.get("depth", 0) > 0):
            raise Refused("signed-nfs")

    def verify(self, public):
        if sha256(public)[:8] != self.kid:
            raise Refused("signed-key")
        check_signature(public, b"knooppunt/sig/1" + self.bytes, self.signature)

    @property
    def entry(self):
        return statement_entry(self.salt, self.bytes)
