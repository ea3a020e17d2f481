"""Holds this implementation against the cases in conformance/proof: `cases.py FOLDER`. One line for each file of cases, and for each export."""

import json
import sys
import traceback
from pathlib import Path

import delivery_cases
from export import verify_folder
from log import (
    Refused,
    check_consistency,
    check_inclusion,
    edge,
    event_entry,
    from_base64,
    full_tiles_above,
    hashes_of_tile,
    leaf_of,
    level_width,
    new_tiles,
    proving_tiles,
    read_bundle,
    read_tile_path,
    root_from_edge,
    root_over,
    statement_entry,
    tile_path,
)
from signed import COSIGNATURE, Key, Note, Policy, Receipt, check_signature
from verify import when
from witness import consider


def must(holds):
    if not holds:
        raise Refused("differs")


def bytes_of(case, key):
    data = from_base64(case[key])
    assert data is not None, key
    return data


def hash_in(case, key):
    data = from_base64(case[key])
    must(data is not None and len(data) == 32)
    return data


def path_in(case):
    return [bytes.fromhex(hash.hex()) for hash in map(from_base64, case["path"])]


def entries(count):
    return [leaf_of(f"entry {n}".encode()) for n in range(count)]


def entry(case):
    make = event_entry if case["kind"] == "event" else statement_entry
    made = make(bytes_of(case, "salt"), bytes_of(case, "bytes"))
    must(made == bytes_of(case, "entry") and leaf_of(made) == bytes_of(case, "leaf"))


def root(case):
    must(root_over(entries(case["entries"])) == bytes_of(case, "root"))


def inclusion(case):
    check_inclusion(bytes_of(case, "leaf"), case["index"], case["size"], path_in(case), bytes_of(case, "root"))


def consistency(case):
    check_consistency(case["old"], bytes_of(case, "old_root"), case["new"], bytes_of(case, "new_root"), path_in(case))


def path(case):
    level, index, width = read_tile_path(case["path"])
    must((str(level), index, width) == (str(case["level"]), case["index"], case["width"]))


def tile(case):
    must(1 <= case["width"] <= 256)
    must(root_over(hashes_of_tile(bytes_of(case, "bytes"), case["width"])) == bytes_of(case, "root"))


def needed(case):
    indices, size = case["indices"], case["size"]
    must(all(index < size for index in indices))
    made = [tile_path(*tile) for tile in proving_tiles(indices, size)] if indices else []
    must(made == case["tiles"])


def tiled(case):
    size, tiles = case["size"], {path: from_base64(data) for path, data in case["tiles"].items()}
    known = {}
    for level, index, width in edge(size):
        known[level, index] = hashes_of_tile(tiles.pop(tile_path(level, index, width), b""), width)
    must(root_from_edge(list(known.values())) == bytes_of(case, "root"))
    for path in sorted(tiles, key=lambda path: (-read_tile_path(path)[0], path)):
        level, index, width = read_tile_path(path)
        hashes = hashes_of_tile(tiles[path], width)
        must(width == 256 and index < level_width(level + 1, size))
        above = known.get((level + 1, index >> 8))
        must(above is not None and above[index & 255] == root_over(hashes))
        known[level, index] = hashes
    for index, leaf in zip(case["indices"], map(from_base64, case["leaves"]), strict=True):
        must(index < size and all(above in known for above in full_tiles_above(index, size)))
        must((0, index >> 8) in known and known[0, index >> 8][index & 255] == leaf)


def new(case):
    made = [tile_path(*tile) for tile in new_tiles(case["old"], case["new"])]
    must(made == case["tiles"])


def bundle(case):
    must(1 <= case["width"] <= 256)
    made = [leaf_of(entry) for entry in read_bundle(bytes_of(case, "bytes"), case["width"])]
    must(made == [from_base64(leaf) for leaf in case["leaves"]])


def witness(case):
    latest = case["latest"] and case["latest"].encode()
    status, said = consider(latest, case["request"].encode(), Policy(case["policy"]))
    assert status == case["status"], f"{case['name']}: {status} and not {case['status']}"
    if status in (200, 409):
        assert said == case["kept" if status == 200 else "body"], case["name"]
    must(status == 200)


def ed25519(case):
    check_signature(bytes_of(case, "public"), bytes_of(case, "message"), bytes_of(case, "signature"))


def key(case):
    one = Key(case["key"])
    must((one.name, one.id.hex(), one.kind) == (case["key_name"], case["id"], case["kind"]) and one.public == bytes_of(case, "public"))


def note(case):
    one = Note(case["note"].encode())
    keys = [Key(text) for text in case["keys"]]
    texts = {id(key): text for key, text in zip(keys, case["keys"], strict=True)}
    signed = [[texts[id(key)], time] for key, time in one.verify(keys)]
    must(one.text == case["text"] and signed == case["signed"])
    # Any time that a witness may write can be shown.
    assert all(when(time) for _, time in signed)


def policy(case):
    one = Policy(case["policy"])
    witnesses = {(key.name, key.id.hex()) for key in one.witnesses.values()}
    expected = {(Key(text).name, Key(text).id.hex()) for text in case["witnesses"]}
    must((one.origin, one.quorum, len(one.logs), witnesses) == (case["origin"], case["quorum"], len(case["logs"]), expected))
    must(all(key.kind == COSIGNATURE for key in one.witnesses.values()))


def checkpoint(case):
    taken = Policy(case["policy"]).take(Note(case["note"].encode()))
    must((taken.origin, taken.size, taken.receipt_time) == (case["origin"], case["size"], case["receipt_time"]))
    must(taken.root == hash_in(case, "root"))
    must([tuple(one.values()) if isinstance(one, dict) else tuple(one) for one in case["cosigned"]] == taken.cosigned)


def receipt(case):
    one = Receipt(case["receipt"].encode())
    taken = one.verify(bytes_of(case, "entry"), Policy(case["policy"]))
    must((one.index, taken.size, taken.receipt_time) == (case["index"], case["size"], case["receipt_time"]))
    must(one.extra == (from_base64(case["extra"]) if case["extra"] else b""))


FILES = {
    "tree": [entry, root, inclusion, consistency, path, tile, bundle, new, needed, tiled],
    "signed": [ed25519, key, note, policy, checkpoint, receipt, witness],
    "delivery": delivery_cases.CASES,
}


def run(file, check):
    cases = json.loads(file.read_text(encoding="utf-8"))
    kinds = {case["holds"] for case in cases}
    assert kinds == {True, False}, "cases of both kinds"
    for case in cases:
        try:
            check(case)
            holds = True
        except Refused:
            holds = False
        assert holds == case["holds"], f"{file.name}: {case['name']}"
    return len(cases)


def run_export(folder):
    case = json.loads((folder / "case.json").read_text(encoding="utf-8"))
    trusted = Policy((folder / "trusted").read_bytes().decode())
    try:
        checkpoint = verify_folder(folder / "export", trusted).checkpoint
        said = {"holds": True, "receipt_time": checkpoint.receipt_time, "witnesses": [name for name, _ in checkpoint.cosigned]}
    except Refused as refused:
        said = {"holds": False, "error": refused.name, "file": refused.file, "record": refused.record}
    expected = {key: value for key, value in case.items() if key != "title"}
    assert said == expected, f"{said} and not {expected}"
    return 1


def main(root):
    tests = [(f"{folder}::{check.__name__}", run, root / folder / f"{check.__name__}.json", check) for folder, checks in FILES.items() for check in checks]
    exports = sorted((root / "exports").iterdir())
    assert len(exports) > 60, "exports"
    tests += [(f"exports::{folder.name}", run_export, folder) for folder in exports]
    failed = 0
    for name, test, *arguments in tests:
        try:
            count = test(*arguments)
            print(f"test second::{name} ... ok" + (f" ({count} cases)" if count > 1 else ""))
        except Exception:
            failed += 1
            print(f"test second::{name} ... FAILED")
            traceback.print_exc(file=sys.stdout)
    print(f"ran {len(tests) - failed} {failed}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
