"""The cases in conformance/proof/delivery, a function for each file."""

import delivery
import statement as statements
from delivery import Card
from log import Refused, from_base64, sha256


def must(holds):
    if not holds:
        raise Refused("differs")


def data(case, key):
    return from_base64(case[key])


def card(case):
    made = Card(data(case, "secret"), {**case, "salt": data(case, "salt")})
    must((made.id, made.value(0), made.commitment) == (data(case, "id"), data(case, "w0"), data(case, "ck")))
    for row in case["rows"]:
        value = made.value(row["row"])
        must(value == data(row, "value") and made.code(row["row"]) == row["code"] and delivery.read_qr(row["qr"]) == (made.id, row["row"], value))
    for row in case["answers"]:
        must((made.answer(row["row"], 1), made.answer(row["row"], 0)) == (row["yes"], row["no"]))


def code(case):
    typed = delivery.read_code(case["typed"])
    must(typed == case["code"] and typed[5] == delivery.check_symbol(delivery.big(4, case["row"]), typed[:5]))


def qr(case):
    must(delivery.read_qr(case["qr"]) == (data(case, "card"), case["row"], data(case, "value")))


def strip(case):
    known = {0: data(case, "w0"), **{one["row"]: data(one, "value") for one in case["known"]}}
    must(delivery.is_value(data(case, "id"), case["n"], known, case["row"], data(case, "value")))


def record(case):
    delivery.check_fields(case["fields"])
    key = delivery.allocation_key(data(case, "provider"), data(case, "salt"), case["law"], case["gem"], case["toew"], case["year"])
    if "staff" in case:
        must(statements.b64(case["fields"][3]) == delivery.caregiver(data(case, "provider"), case["staff"]))
    salts, digests, c = delivery.commitment(key, data(case, "uid"), case["fields"])
    must((key, c) == (data(case, "key"), data(case, "c")))
    must((salts, digests) == (list(map(from_base64, case["salts"])), list(map(from_base64, case["digests"]))))


def nf(case):
    key = data(case, "key")
    if case["kind"] == "visit":
        made = delivery.nf(key, case["bsn"], case["staff"], case["begin"])
    elif case["kind"] == "result":
        made = delivery.nf(key, case["bsn"], case["law"], case["gem"], case["toew"], case["number"])
    else:
        made = delivery.nf_padding(key, case, case["index"])
    must(made == data(case, "nf") and delivery.nf_commitment(key) == data(case, "commit"))


def day(case):
    delivery.check_day(data(case, "c"), case["index"], list(map(from_base64, case["path"])), data(case, "root"))


def leaf(ctx, case):
    return delivery.leaf_node(ctx, case["weight"], case["late"], data(case, "nf"), data(case, "c"))


def root(case):
    return case["weight"], case["late"], data(case, "root")


def tree(case):
    ctx = delivery.context(case)
    must(ctx == data(case, "ctx"))
    must(delivery.tree_root([leaf(ctx, one) for one in case["leaves"]]) == root(case))
    must(delivery.nf_list_hash([data(one, "nf") for one in case["leaves"]]) == data(case, "nfh"))


def minute(case):
    path = [(one["w"], one["late"], data(one, "h")) for one in case["path"]]
    delivery.check_minute(leaf(delivery.context(case), case["leaf"]), case["index"], path, root(case), case["depth"], case["minute"])


def draw(case):
    lines = delivery.population(case["lines"])
    scope = [case[name] for name in ("law", "gem", "agb", "month")]
    nonces = data(case, "nonce_m"), data(case, "nonce_p")
    seed = sha256(b"knooppunt/seed/1", delivery.scope(*scope), data(case, "root"), *nonces)
    must(seed == data(case, "seed") and sum(line["amt"] for line in lines) == case["amt"])
    must(delivery.municipality_commitment(case["law"], case["gem"], case["month"], nonces[0]) == data(case, "nc"))
    must(sha256(b"knooppunt/population/1", *(data(line, "entry") for line in lines)) == data(case, "pop"))
    must([list(delivery.draw(seed, number, lines)) for number in range(len(case["drawn"]))] == case["drawn"])


def bound(case):
    must(delivery.upper95_bp(case["k"], case["bad"]) == case["bp"])


def statement(case):
    read = statements.read_statement(data(case, "statement"))
    assert read["typ"] == case.get("typ", read["typ"])


def signed(case):
    one = statements.Signed(case["signed"].encode())
    one.verify(data(case, "public"))
    must(one.entry == data(case, "entry"))


def outcome(case):
    must(delivery.conclude(case["level"], case["checks"], case["conf"], case["w"], case["drawn_bad"]) == case["result"])


def opening(case):
    line, shown = (statements.read_statement(case[name].encode()) for name in ("line", "opening"))
    try:
        delivery.check_opening(shown, case, line, data(case, "entry"), statements.b64, statements.read_statement)
    except Refused as refused:
        assert refused.name == case["error"], refused.name
        raise
    found = delivery.false_record(shown, line, case["late"])
    assert found == case["findings"], found


def line(case):
    stated = statements.read_statement(case["line"].encode())
    cards = {}
    for one in case["cards"]:
        made = Card(b"", {**one, "salt": data(one, "salt")})
        cards[one["ver"]] = {**one, "id": made.id, "w0": data(one, "w0"), "key": one["key"] and data(one, "key")}
    nfs = data(case, "nfs") if case["nfs"] else b""
    said = delivery.judge_line(stated, nfs, case["declared"], cards, list(map(from_base64, case["taken"])), statements.b64)
    assert said == (case["findings"], case["conf"], case["code"]), said
    must(not said[0])


CASES = [card, code, qr, strip, record, nf, day, tree, minute, draw, bound, statement, signed, opening, line, outcome]
