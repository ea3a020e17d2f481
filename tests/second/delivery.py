"""Proofs of delivery: SPEC.md, part II, sections 19 to 27: cards, records, duplicate values, days, sum trees, draws, verdicts."""

import base64
import hashlib
import hmac
import math
import re
from datetime import datetime, timedelta

from log import Refused, check_inclusion, from_base64, leaf_of, sha256

SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
UNITS = {"01": 1, "04": 60, "14": 1440, "16": 240, "82": 1, "83": 1, "84": 1}


def mac(key, *pieces):
    return hmac.new(key, b"".join(pieces), hashlib.sha256).digest()


def big(length, number):
    return number.to_bytes(length, "big")


def lp(*items):
    items = [item if isinstance(item, bytes) else str(item).encode() for item in items]
    return b"".join(big(2, len(item)) + item for item in items)


# --- cards, section 19 -----------------------------------------------------------------------------------------------


class Card:
    """A card as who makes it has it."""

    def __init__(self, secret, facts):
        self.id = sha256(b"knooppunt/card/1", lp(*(facts[key] for key in ("salt", "law", "gem", "agb", "toew", "ver", "eenh", "q", "n"))))[:16]
        self.n, self.top = facts["n"], mac(secret, b"knooppunt/chain/1", self.id)[:16]
        self.code_key = mac(secret, b"knooppunt/codekey/1", self.id)

    @property
    def commitment(self):
        return sha256(b"knooppunt/ckcommit/1", self.code_key)

    def value(self, row):
        return hash_down(self.id, self.n, self.top, row)

    def code(self, row):
        about = big(4, row)
        return symbols(mac(self.code_key, b"knooppunt/code/1", about), about)

    def answer(self, row, answer):
        about = big(4, row) + big(1, answer)
        return symbols(mac(self.code_key, b"knooppunt/answer/1", about), about)


def hash_down(card, row, value, to):
    while row > to:
        value = sha256(b"knooppunt/strip/1", card, big(4, row), value)[:16]
        row -= 1
    return value


def is_value(card, n, known, row, value):
    """Whether this is the value of that row, `known` being rows and their values, row 0 among them."""
    above = [other for other in known if other >= row]
    if not 0 <= row <= n:
        return False
    if above:
        return hash_down(card, min(above), known[min(above)], row) == value
    return hash_down(card, row, value, max(known)) == known[max(known)]


def check_symbol(about, five):
    return SYMBOLS[sha256(b"knooppunt/check/1", about, five.encode())[0] >> 3]


def symbols(made, about):
    top = int.from_bytes(made, "big") >> 231
    five = "".join(SYMBOLS[top >> shift & 31] for shift in (20, 15, 10, 5, 0))
    return five + check_symbol(about, five)


def read_code(typed):
    clean = re.sub("[ -]", "", typed)
    clean = "".join(c.upper() if "a" <= c <= "z" else c for c in clean).translate(str.maketrans("OIL", "011"))
    if len(clean) != 6 or any(c not in SYMBOLS for c in clean):
        raise Refused("code-form")
    return clean


def read_qr(text):
    parts = re.fullmatch("KP1/([A-Z2-7]{26})/([1-9][0-9]{0,3})/([A-Z2-7]{26})", text, re.ASCII)
    if not parts or int(parts[2]) > 4096:
        raise Refused("qr-form")
    card, value = (base64.b32decode(part + "======") for part in (parts[1], parts[3]))
    if [base64.b32encode(data).decode().rstrip("=") for data in (card, value)] != [parts[1], parts[3]]:
        raise Refused("qr-form")
    return card, int(parts[2]), value


# --- records, sections 20 to 22 --------------------------------------------------------------------------------------

PLAIN = "(0|[1-9][0-9]*)"
SPAN_TIME = "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}[+]0[12]:00"


def field(holds):
    if not holds:
        raise Refused("session-field")


def moment(text, form):
    try:
        return datetime.strptime(text, form)
    except ValueError:
        raise Refused("session-field") from None


def utc_minute(text):
    local = moment(text[:16], "%Y-%m-%dT%H:%M")
    minute = (local - timedelta(hours=int(text[17:19])) - datetime(1970, 1, 1)) // timedelta(minutes=1)
    field(minute >= 0)
    return minute


def check_fields(fields):
    f0, f1, f2, f3, f4, f5, f6 = fields
    field(re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", f0, re.ASCII) and moment(f0, "%Y-%m-%d").year >= 1970)
    kind = f6 in ("individueel", "etmaal", "dagdeel", "afronding") or re.fullmatch("resultaat/[^/]{1,64}", f6)
    group = re.fullmatch("groep/[^/]{1,64}/([1-9][0-9]{0,9})", f6, re.ASCII)
    field(kind or group and int(group[1]) < 2**32)
    if f1 or not (f6 == "afronding" or f6.startswith("resultaat/")):
        field(re.fullmatch(f"{SPAN_TIME}/{SPAN_TIME}", f1, re.ASCII) and f1.startswith(f0))
        begin, end = map(utc_minute, f1.split("/"))
        field(begin <= end)
    field(re.fullmatch(PLAIN, f2, re.ASCII) and int(f2) < 2**53)
    field(f3 == "" or re.fullmatch("[A-Za-z0-9_-]{21}[AQgw]", f3, re.ASCII))
    after = re.fullmatch(f"(strip|code)/{PLAIN}/{PLAIN}", f4, re.ASCII)
    field(f4 == "" or after and 1 <= int(after[2]) < 2**32 and 1 <= int(after[3]) <= 4096)
    field(re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-5][0-9]Z", f5, re.ASCII))
    field(moment(f5, "%Y-%m-%dT%H:%M:%SZ").year >= 1970)


def caregiver(provider, staff):
    return mac(provider, b"knooppunt/zorgverlener/1", lp(staff))[:16]


def allocation_key(provider, salt, law, gem, toew, year):
    # RFC 5869: extract, then the first block of expand.
    return mac(mac(salt, provider), b"knooppunt/toew/1", lp(law, gem, toew, year), b"\1")


def commitment(key, uid, fields):
    salts = [mac(key, b"knooppunt/salt/1", uid, big(1, j)) for j in range(7)]
    digests = [sha256(b"knooppunt/field/1", salt, big(1, j), text.encode()) for j, (salt, text) in enumerate(zip(salts, fields, strict=True))]
    return salts, digests, sha256(b"knooppunt/record/1", *digests)


def nf(key, *items):
    return mac(key, b"knooppunt/nf/1", lp(*items))[:16]


def nf_padding(key, line, index):
    return mac(key, b"knooppunt/nfpad/1", lp(*(line[name] for name in ("law", "gem", "toew", "cat", "code", "begin", "end"))), big(4, index))[:16]


def nf_commitment(key):
    return sha256(b"knooppunt/nfcommit/1", key)


def check_day(c, index, path, root):
    if len(path) not in (4, 6, 8, 10, 12):
        raise Refused("day-path")
    check_inclusion(leaf_of(c), index, 1 << len(path), path, root)


# --- sum trees, section 23 -------------------------------------------------------------------------------------------


def context(line):
    return sha256(b"knooppunt/ctx/1", lp(*(line[name] for name in ("law", "gem", "agb", "decl", "ref", "toew", "begin", "end"))))


def leaf_node(ctx, weight, late, value, c):
    if late not in (0, weight):
        raise Refused("tree-sum")
    return weight, late, sha256(b"knooppunt/leaf/1", ctx, big(8, weight), big(8, late), value, c)


def over(level, left, right):
    weight, late = left[0] + right[0], left[1] + right[1]
    if max(weight, late) >= 1 << 64:
        raise Refused("tree-sum")
    below = (big(8, node[0]) + big(8, node[1]) + node[2] for node in (left, right))
    return weight, late, sha256(b"knooppunt/node/1", big(1, level), *below)


def tree_root(nodes):
    if len(nodes) not in (16, 64, 256, 1024):
        raise Refused("tree-size")
    level = 1
    while len(nodes) > 1:
        nodes = [over(level, left, right) for left, right in zip(nodes[::2], nodes[1::2], strict=True)]
        level += 1
    return nodes[0]


def check_minute(node, index, path, root, depth, minute):
    if len(path) != depth or index >> depth:
        raise Refused("opened-path")
    weight, begin = node[0], 0
    for level, sibling in enumerate(path, 1):
        if index & 1:
            begin += sibling[0]
            node = over(level, sibling, node)
        else:
            node = over(level, node, sibling)
        index >>= 1
    if node != root:
        raise Refused("opened-root")
    if not begin <= minute < begin + weight:
        raise Refused("opened-minute")


def nf_list_hash(values):
    if len(set(values)) != len(values):
        raise Refused("nfs-order")
    return sha256(b"knooppunt/nfs/1", *sorted(values))


# --- draws and verdicts, sections 25 and 27 --------------------------------------------------------------------------


def scope(law, gem, agb, month):
    return sha256(b"knooppunt/scope/1", lp(law, gem, agb, month))


def municipality_commitment(law, gem, month, nonce):
    return sha256(b"knooppunt/nonce/1", lp(law, gem, month), nonce)


def population(lines):
    """The lines in their order."""
    lines = sorted(lines, key=lambda line: (line["ref"].encode(), from_base64(line["entry"])))
    if len({line["entry"] for line in lines}) != len(lines):
        raise Refused("population-twice")
    return lines


def below(seed, limit, draw, stage):
    t = 0
    while True:
        number = int.from_bytes(mac(seed, b"knooppunt/draw/1", big(4, draw), big(1, stage), big(4, t))[:8], "big")
        if number < limit * ((1 << 64) // limit):
            return number % limit
        t += 1


def draw(seed, number, lines):
    """The place of the line, and the minute or none."""
    cent = below(seed, sum(line["amt"] for line in lines), number, 0)
    running = 0
    for place, line in enumerate(lines):
        running += line["amt"]
        if running > cent:
            return place, below(seed, line["w"], number, 1) if line["w"] else None
    raise AssertionError("below the sum")


def upper95_bp(k, bad):
    if bad >= k:
        return 10000

    def holds(b):
        return 20 * sum(math.comb(k, i) * b**i * (10000 - b) ** (k - i) for i in range(bad + 1)) <= 10000**k

    low, high = 0, 10000
    while low < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle + 1
    return low


def conclude(level, checks, conf, w, drawn_bad):
    if level < 2 or checks["incl"] == "none":
        return "niet_controleerbaar"
    if "bad" in (checks[name] for name in ("match", "incl", "strip", "nf")) or drawn_bad:
        return "afwijking"
    if level == 3 and checks["strip"] == "none" and 1000 * conf < 900 * w:
        return "niet_controleerbaar"
    if level == 3 and 1000 * conf < 500 * w:
        return "afwijking"
    return "deels" if level == 3 and 1000 * conf < 900 * w else "in_orde"


# --- openings, section 26 --------------------------------------------------------------------------------------------


def check_opening(opening, drawn, line, entry, b64, read_statement):
    """Raises the name of what is wrong; the opening answers the draw otherwise."""
    is_of_scope = all(drawn[name] == line[name] for name in ("law", "gem", "agb"))
    if not is_of_scope or (opening["month"], opening["j"]) != (drawn["month"], drawn["j"]) or b64(opening["entry"]) != entry:
        raise Refused("opening-other-draw")
    if drawn["minute"] is None:
        raise Refused("opening-no-minute")
    c = b64(opening["c"])
    path = [(node["w"], node["late"], b64(node["h"])) for node in opening["path"]]
    try:
        # The length of the path and the index come before sums.
        if len(path) != line["depth"] or opening["index"] >> line["depth"]:
            raise Refused("opened-path")
        leaf = leaf_node(context(line), opening["weight"], opening["late"], b64(opening["nf"]), c)
        check_minute(leaf, opening["index"], path, (line["w"], line["late"], b64(line["root"])), line["depth"], drawn["minute"])
    except Refused as refused:
        raise Refused(refused.name.replace("tree-sum", "opened-sum")) from None
    digests = list(map(b64, opening["d"]))
    if sha256(b"knooppunt/record/1", *digests) != c:
        raise Refused("opening-digests")
    for shown in opening["open"]:
        if sha256(b"knooppunt/field/1", b64(shown["salt"]), big(1, shown["j"]), shown["value"].encode()) != digests[shown["j"]]:
            raise Refused("opening-field")
    try:
        day = read_statement(b64(opening["day"]["bytes"]))
    except Refused:
        day = {}
    if day.get("typ") != "knooppunt-day" or day["agb"] != line["agb"]:
        raise Refused("opening-day")
    try:
        check_day(c, opening["day"]["index"], list(map(b64, opening["day"]["path"])), b64(day["root"]))
    except Refused:
        raise Refused("opening-day-path") from None


def false_record(opening, line, late):
    """What makes the record false."""
    fields = [shown["value"] for shown in opening["open"]]
    try:
        if len(fields) != 7:
            raise Refused("session-field")
        check_fields(fields)
    except Refused:
        return ["opened-no-record"]
    most = {("04", 1): 59}.get((line["eenh"], line["vol"]), 30 if line["eenh"] == "04" else -1)
    misplaced = opening["index"] != (1 << line["depth"]) - 1 or opening["weight"] > most
    is_timed = line["eenh"] in ("01", "04") and fields[1] and fields[6] != "afronding"
    found = {
        "opened-period": not line["begin"] <= fields[0] <= line["end"],
        "opened-weight": opening["weight"] > int(fields[2]) or is_timed and opening["weight"] > utc_minute(fields[1][23:]) - utc_minute(fields[1][:22]),
        "opened-kind": fields[6].startswith("resultaat/") and line["eenh"] not in ("82", "83"),
        "opened-rounding": fields[6] == "afronding" and misplaced,
        "opened-late": late and opening["late"] != opening["weight"],
    }
    return [name for name, holds in found.items() if holds]


# --- lines, section 24 -----------------------------------------------------------------------------------------------


def judge_range(line, strip, card, held, b64):
    """The name of what is wrong with a range, or none."""
    if card is None or any(card[name] != line[name] for name in ("law", "gem", "agb", "toew")):
        return "strip-no-card"
    if card["eenh"] != line["eenh"] and {card["eenh"], line["eenh"]} != {"01", "04"}:
        return "strip-unit"
    if not strip["from"] < strip["to"] <= card["n"]:
        return "strip-range"
    if strip["to"] > card["upto"]:
        return "strip-revoked"
    about = big(4, strip["to"])
    if strip["kind"] == "strip":
        if not is_value(card["id"], card["n"], {0: card["w0"]}, strip["to"], b64(strip["val"])):
            return "strip-value"
    elif card["key"] is None:
        return "strip-no-code-key"
    elif symbols(mac(card["key"], b"knooppunt/code/1", about), about) != strip["val"]:
        return "strip-code"
    overlaps = (other["ver"] == strip["ver"] and other["from"] < strip["to"] and strip["from"] < other["to"] for other, _ in held)
    return "strip-taken" if any(overlaps) else None


def judge_line(line, nfs, declared, cards, taken, b64):
    """Findings, and what is confirmed: all of it, and the part by codes."""
    product = [(one["cat"], one["code"]) for one in (line, declared)]
    period = [(one["begin"], one["end"]) for one in (line, declared)]
    wrong = {f"line-{name}": line[name] != declared[name] for name in ("law", "gem", "agb", "decl", "ref", "toew")}
    wrong |= {"line-product": product[0] != product[1], "line-period": period[0] != period[1], "line-unit": line["eenh"] != declared["eenh"]}
    wrong |= {"line-volume": line["vol"] != declared["vol"], "line-amount": line["amt"] != declared["amt"]}
    wrong |= {"line-weight": line["w"] != line["vol"] * UNITS[line["eenh"]], "line-late": line["late"] > line["w"]}
    findings, held = [name for name, differs in wrong.items() if differs], []
    for strip in line["strips"]:
        card = cards.get(strip["ver"])
        fault = judge_range(line, strip, card, held, b64)
        if fault:
            findings.append(fault)
        else:
            held.append((strip, card["q"]))
    if line["depth"]:
        values = [nfs[place : place + 16] for place in range(0, len(nfs), 16)]
        if len(nfs) != 16 << line["depth"]:
            findings.append("nfs-size")
        elif values != sorted(set(values)):
            findings.append("nfs-order")
        elif sha256(b"knooppunt/nfs/1", nfs) != b64(line["nfh"]):
            findings.append("nfs-hash")
        elif set(values) & set(taken):
            findings.append("dubbel")
    rows = [((strip["to"] - strip["from"]) * q, strip["kind"] == "strip") for strip, q in held]
    confirmed = min(line["w"], sum(weight for weight, _ in rows))
    return findings, confirmed, confirmed - min(confirmed, sum(weight for weight, by_strip in rows if by_strip))
