#!/usr/bin/env python3
"""Makes the cases in this folder: python3 make.py, beside itself. Standard library only, and nothing of the project: what holds is written here from
RFC 9162 section 2.1, C2SP tlog-tiles and the definition of an entry, in the slowest and plainest form."""

import base64
import hashlib
import json
import pathlib
import struct

HERE = pathlib.Path(__file__).parent


def sha(*pieces):
    return hashlib.sha256(b"".join(pieces)).digest()


def b64(data):
    return base64.b64encode(data).decode()


def leaf(entry):
    return sha(b"\0", entry)


def split(n):
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def root(leaves):
    if not leaves:
        return sha()
    if len(leaves) == 1:
        return leaves[0]
    k = split(len(leaves))
    return sha(b"\1", root(leaves[:k]), root(leaves[k:]))


def inclusion(m, leaves):
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if m < k:
        return inclusion(m, leaves[:k]) + [root(leaves[k:])]
    return inclusion(m - k, leaves[k:]) + [root(leaves[:k])]


def consistency(m, leaves, whole=True):
    if m == len(leaves):
        return [] if whole else [root(leaves)]
    k = split(len(leaves))
    if m <= k:
        return consistency(m, leaves[:k], whole) + [root(leaves[k:])]
    return consistency(m - k, leaves[k:], False) + [root(leaves[:k])]


def turned(data, bit):
    data = bytearray(data)
    data[bit // 8] ^= 1 << bit % 8
    return bytes(data)


def write(name, cases):
    names = [case["name"] for case in cases]
    assert len(set(names)) == len(names), name
    lines = ",\n".join(json.dumps(case) for case in cases)
    (HERE / f"{name}.json").write_text(f"[\n{lines}\n]\n")


# The entries of all trees here: "entry 0", "entry 1", ...
ENTRIES = [b"entry %d" % n for n in range(1000)]
LEAVES = [leaf(entry) for entry in ENTRIES]


def entries():
    salt = bytes(range(32))
    for kind, tag in [("event", b"knooppunt/event/1"), ("statement", b"knooppunt/entry/1")]:
        for what, data in [("no bytes", b""), ("bytes", b"what happened"), ("a kilobyte", bytes(range(256)) * 4)]:
            entry = sha(tag, salt, data)
            case = {"kind": kind, "salt": b64(salt), "bytes": b64(data), "entry": b64(entry), "leaf": b64(leaf(entry))}
            yield {"name": f"{kind} of {what}", **case, "holds": True}
        entry = sha(tag, salt, b"what happened")
        case = {"kind": kind, "salt": b64(salt), "bytes": b64(b"what happened"), "entry": b64(entry), "leaf": b64(leaf(entry))}
        yield {"name": f"{kind} of other bytes", **case, "bytes": b64(b"What happened"), "holds": False}
        yield {"name": f"{kind} with another salt", **case, "salt": b64(turned(salt, 255)), "holds": False}
        yield {"name": f"{kind} as the other kind", **case, "kind": {"event": "statement", "statement": "event"}[kind], "holds": False}
        yield {"name": f"{kind} whose leaf is a node", **case, "leaf": b64(sha(b"\1", entry)), "holds": False}
        yield {"name": f"{kind} whose leaf is the entry", **case, "leaf": b64(entry), "holds": False}
        for byte in (0, 255):
            weak = bytes([byte]) * 32
            entry = sha(tag, weak, b"what happened")
            case = {"kind": kind, "salt": b64(weak), "bytes": b64(b"what happened"), "entry": b64(entry), "leaf": b64(leaf(entry))}
            yield {"name": f"{kind} with a salt of byte {byte} only", **case, "holds": False}
        short = salt[:31]
        entry = sha(tag, short, b"what happened")
        case = {"kind": kind, "salt": b64(short), "bytes": b64(b"what happened"), "entry": b64(entry), "leaf": b64(leaf(entry))}
        yield {"name": f"{kind} with a salt of 31 bytes", **case, "holds": False}


def roots():
    for size in [0, 1, 2, 3, 4, 5, 7, 8, 9, 255, 256, 257, 1000]:
        yield {"name": f"{size} leaves", "entries": size, "root": b64(root(LEAVES[:size])), "holds": True}
    one_short = root(LEAVES[:7])
    yield {"name": "8 leaves, root of 7", "entries": 8, "root": b64(one_short), "holds": False}
    doubled = root(LEAVES[:3] + LEAVES[2:3])
    yield {"name": "3 leaves, the last one doubled to 4", "entries": 3, "root": b64(doubled), "holds": False}
    left = LEAVES[0]
    for node in LEAVES[1:3]:
        left = sha(b"\1", node, left)
    yield {"name": "3 leaves, left and right swapped", "entries": 3, "root": b64(left), "holds": False}
    yield {"name": "no leaves, root of zeros", "entries": 0, "root": b64(bytes(32)), "holds": False}


def inclusions():
    for size, index in [(1, 0), (2, 0), (2, 1), (3, 2), (5, 4), (7, 3), (8, 5), (9, 8), (256, 255), (257, 256), (1000, 0), (1000, 511), (1000, 999)]:
        tree = LEAVES[:size]
        case = {"leaf": b64(tree[index]), "index": index, "size": size, "path": [b64(h) for h in inclusion(index, tree)], "root": b64(root(tree))}
        name = f"leaf {index} of {size}"
        path = case["path"]
        yield {"name": name, **case, "holds": True}
        yield {"name": f"{name}: a bit of the leaf", **case, "leaf": b64(turned(tree[index], index % 256)), "holds": False}
        yield {"name": f"{name}: a bit of the root", **case, "root": b64(turned(root(tree), size % 256)), "holds": False}
        yield {"name": f"{name}: index beyond the tree", **case, "index": size, "holds": False}
        yield {"name": f"{name}: the largest index", **case, "index": 2**64 - 1, "holds": False}
        yield {"name": f"{name}: no leaves", **case, "size": 0, "holds": False}
        yield {"name": f"{name}: path too long by the root", **case, "path": path + [case["root"]], "holds": False}
        yield {"name": f"{name}: 65 hashes", **case, "path": (path + [case["root"]] * 65)[:65], "holds": False}
        if path:
            yield {"name": f"{name}: the last of the path is missing", **case, "path": path[:-1], "holds": False}
            yield {"name": f"{name}: the first of the path is missing", **case, "path": path[1:], "holds": False}
            yield {"name": f"{name}: no path", **case, "path": [], "holds": False}
            yield {"name": f"{name}: the leaf beside it", **case, "index": index ^ 1 if index ^ 1 < size else index - 1, "holds": False}
            spoiled = path[:-1] + [b64(turned(base64.b64decode(path[-1]), 100))]
            yield {"name": f"{name}: a bit of the path", **case, "path": spoiled, "holds": False}
            yield {"name": f"{name}: a tree twice as large", **case, "size": size * 2, "holds": False}
        if len(path) > 1:
            yield {"name": f"{name}: path from the root down", **case, "path": path[::-1], "holds": False}
    tree = LEAVES[:8]
    inner = sha(b"\1", LEAVES[0], LEAVES[1])
    case = {"index": 0, "root": b64(root(tree)), "path": [b64(h) for h in inclusion(0, tree)[1:]], "leaf": b64(inner)}
    yield {"name": "an inner node as leaf 0 of 8", **case, "size": 8, "holds": False}
    # The same hashes are a tree of 4 leaves, of which this would be one: only the size tells them apart.
    yield {"name": "an inner node as leaf 0 of 4", **case, "size": 4, "holds": True}


def consistencies():
    for old, new in [(1, 1), (1, 2), (1, 8), (2, 3), (3, 4), (3, 7), (4, 7), (6, 8), (7, 7), (8, 9), (255, 257), (256, 257), (256, 512), (300, 1000), (999, 1000), (1000, 1000)]:
        tree = LEAVES[:new]
        path = [b64(h) for h in consistency(old, tree)]
        first, second = root(LEAVES[:old]), root(tree)
        case = {"old": old, "old_root": b64(first), "new": new, "new_root": b64(second), "path": path}
        name = f"{old} before {new}"
        yield {"name": name, **case, "holds": True}
        yield {"name": f"{name}: a bit of the old root", **case, "old_root": b64(turned(first, old % 256)), "holds": False}
        yield {"name": f"{name}: a bit of the new root", **case, "new_root": b64(turned(second, new % 256)), "holds": False}
        yield {"name": f"{name}: path too long by a hash", **case, "path": path + [b64(second)], "holds": False}
        yield {"name": f"{name}: 65 hashes", **case, "path": (path + [b64(second)] * 65)[:65], "holds": False}
        yield {"name": f"{name}: nothing before it", **case, "old": 0, "old_root": b64(root([])), "holds": False}
        yield {"name": f"{name}: the newer one is empty", **case, "new": 0, "new_root": b64(root([])), "holds": False}
        if old < new:
            yield {"name": f"{name}: swapped", **case, "old": new, "old_root": b64(second), "new": old, "new_root": b64(first), "holds": False}
            yield {"name": f"{name}: roots swapped", **case, "old_root": b64(second), "new_root": b64(first), "holds": False}
            yield {"name": f"{name}: the last of the path is missing", **case, "path": path[:-1], "holds": False}
            yield {"name": f"{name}: the first of the path is missing", **case, "path": path[1:], "holds": False}
            yield {"name": f"{name}: no path", **case, "path": [], "holds": False}
            spoiled = [b64(turned(base64.b64decode(path[0]), 7))] + path[1:]
            yield {"name": f"{name}: a bit of the path", **case, "path": spoiled, "holds": False}
            forked = LEAVES[: old - 1] + [leaf(b"another entry")]
            yield {"name": f"{name}: the older one had another last leaf", **case, "old_root": b64(root(forked)), "holds": False}
            rewritten = [leaf(b"another entry")] + tree[1:]
            spoiled = {"new_root": b64(root(rewritten)), "path": [b64(h) for h in consistency(old, rewritten)]}
            yield {"name": f"{name}: the first leaf rewritten", **case, **spoiled, "holds": False}
        if old.bit_count() == 1 and old < new:
            yield {"name": f"{name}: the old root repeated in the path", **case, "path": [b64(first)] + path, "holds": False}
        if old < new and old + 1 < new:
            other = {"old": old + 1}
            yield {"name": f"{name}: said to be {old + 1}", **case, **other, "holds": False}


def number(n):
    text = "%03d" % (n % 1000)
    while n >= 1000:
        n //= 1000
        text = "x%03d/%s" % (n % 1000, text)
    return text


def tile_path(level, index, width):
    return f"tile/{level}/{number(index)}" + ("" if width == 256 else f".p/{width}")


def paths():
    for level, index, width in [
        (0, 0, 256), (0, 0, 1), (0, 999, 256), (0, 1000, 256), (1, 1234067, 256), (2, 70000, 255), (63, 0, 17),
        (0, 2**64 - 1, 256), ("entries", 1234067, 256), ("entries", 273, 112),
    ]:  # fmt: skip
        path = tile_path(level, index, width)
        yield {"name": path, "path": path, "level": level, "index": index, "width": width, "holds": True}
    for path in [
        "", "tile", "tile/0", "tile/0/", "/tile/0/000", "tile/0/000/", "tile//000", "tile/64/000", "tile/00/000", "tile/01/000", "tile/+1/000",
        "tile/data/000", "tile/0/0", "tile/0/00", "tile/0/0000", "tile/0/x000", "tile/0/x000/001", "tile/0/001/001", "tile/0/x01/001", "tile/0/X001/001",
        "tile/0/x001/x001", "tile/0/x001//001", "tile/0/+01", "tile/0/000.p/", "tile/0/000.p/0", "tile/0/000.p/01", "tile/0/000.p/256",
        "tile/0/000.p/1/", "tile/0/000.p/1.p/1", "tile/0/000.p", "tile/0/.p/1", "tile/0/000.P/1", "tile/8/0/000", "tile/0/000?", "tile/0/../000",
        "tile/0/x018/x446/x744/x073/x709/x551/616", "tile/0/\u0660\u0660\u0660", " tile/0/000", "tile/0/000\n",
    ]:  # fmt: skip
        yield {"name": f"not {path!a}", "path": path, "holds": False}


def tiles():
    for width in [1, 2, 17, 255, 256]:
        hashes = LEAVES[:width]
        case = {"bytes": b64(b"".join(hashes)), "width": width, "root": b64(root(hashes))}
        yield {"name": f"{width} hashes", **case, "holds": True}
        yield {"name": f"{width} hashes, said to be {width + 1}", **case, "width": width + 1, "holds": False}
        yield {"name": f"{width} hashes, said to be none", **case, "width": 0, "holds": False}
        yield {"name": f"{width} hashes and a byte", **case, "bytes": b64(b"".join(hashes) + b"\0"), "holds": False}
        yield {"name": f"{width} hashes without the last byte", **case, "bytes": b64(b"".join(hashes)[:-1]), "holds": False}
        yield {"name": f"{width} hashes with another root", **case, "root": b64(turned(root(hashes), 3)), "holds": False}
    hashes = LEAVES[:257]
    yield {"name": "257 hashes", "bytes": b64(b"".join(hashes)), "width": 257, "root": b64(root(hashes)), "holds": False}


def bundles():
    def bundle(entries):
        return b"".join(struct.pack(">H", len(entry)) + entry for entry in entries)

    for what, some in [("one entry", ENTRIES[:1]), ("three entries", ENTRIES[:3]), ("empty entries", [b"", b""]), ("256 entries", ENTRIES[:256])]:
        data = bundle(some)
        case = {"bytes": b64(data), "width": len(some), "leaves": [b64(leaf(entry)) for entry in some]}
        yield {"name": what, **case, "holds": True}
        yield {"name": f"{what}, said to be one more", **case, "width": len(some) + 1, "holds": False}
        yield {"name": f"{what}, said to be one fewer", **case, "width": len(some) - 1, "holds": False}
        yield {"name": f"{what} without the last byte", **case, "bytes": b64(data[:-1]), "holds": False}
        yield {"name": f"{what} and a byte", **case, "bytes": b64(data + b"\0"), "holds": False}
    yield {"name": "lengths with the lower byte first", "bytes": b64(struct.pack("<H", 3) + b"abc"), "width": 1, "leaves": [b64(leaf(b"abc"))], "holds": False}
    yield {"name": "257 entries", "bytes": b64(bundle(ENTRIES[:257])), "width": 257, "leaves": [b64(h) for h in LEAVES[:257]], "holds": False}
    longest = b"x" * 65535
    yield {"name": "the longest entry", "bytes": b64(bundle([longest])), "width": 1, "leaves": [b64(leaf(longest))], "holds": True}


def tile_ids(size):
    """Every tile of a tree: level, index, width."""
    level = 0
    while size >> 8 * level:
        hashes = size >> 8 * level
        for index in range((hashes + 255) // 256):
            yield level, index, min(256, hashes - index * 256)
        level += 1


def covers():
    for old, new in [(0, 0), (0, 1), (0, 255), (0, 256), (0, 257), (1, 1), (1, 2), (200, 300), (256, 512), (65535, 65536), (65536, 65537), (69900, 70000)]:
        had = set(tile_ids(old))
        got = [tile_path(*tile) for tile in tile_ids(new) if tile not in had]
        yield {"name": f"new from {old} to {new}", "old": old, "new": new, "tiles": got, "holds": True}
        if got:
            yield {"name": f"new from {old} to {new}, one missing", "old": old, "new": new, "tiles": got[:-1], "holds": False}
    yield {"name": "a wider tile is new, the narrower is not", "old": 1, "new": 2, "tiles": ["tile/0/000.p/1", "tile/0/000.p/2"], "holds": False}


def needed(indices, size):
    """Above each leaf every full tile, and the partial tiles of the tree."""
    found = set()
    for level, index, width in tile_ids(size):
        above = any(leaf >> 8 * (level + 1) == index for leaf in indices)
        if indices and (width < 256 or above):
            found.add((level, index, width))
    return [tile_path(*tile) for tile in sorted(found, key=lambda tile: (-tile[0], tile[1]))]


def bundles_needed():
    for size, indices in [(1, [0]), (256, [0]), (256, [0, 255]), (257, [256]), (300, [5, 299]), (70000, [0]), (70000, [69999]), (70000, [0, 300, 65535, 65536]), (70000, [])]:
        case = {"size": size, "indices": indices, "tiles": needed(indices, size)}
        yield {"name": f"leaves {indices} of {size}", **case, "holds": True}
        if indices:
            yield {"name": f"leaves {indices} of {size}, one missing", **case, "tiles": case["tiles"][:-1], "holds": False}
            yield {"name": f"leaves {indices} of {size}, one too many", **case, "tiles": case["tiles"] + ["tile/0/999"], "holds": False}
    yield {"name": "a leaf that is not there", "size": 300, "indices": [300], "tiles": needed([299], 300), "holds": False}


def trees():
    def tile(level, index, width):
        span = 256**level
        begin = index * 256
        return b"".join(root(LEAVES[(begin + n) * span : (begin + n + 1) * span]) for n in range(width))

    for size, indices in [(1, [0]), (5, [1, 4]), (256, [7]), (300, [0, 256, 299]), (1000, [700])]:
        ids = {tile_path(*id): tile(*id) for id in tile_ids(size)}
        ids = {path: ids[path] for path in needed(indices, size)}
        encoded = {path: b64(data) for path, data in ids.items()}
        case = {"size": size, "root": b64(root(LEAVES[:size])), "tiles": encoded, "indices": indices, "leaves": [b64(LEAVES[n]) for n in indices]}
        yield {"name": f"leaves {indices} of {size}", **case, "holds": True}
        yield {"name": f"leaves {indices} of {size}: another root", **case, "root": b64(turned(root(LEAVES[:size]), 9)), "holds": False}
        other = case["leaves"][:-1] + [b64(turned(LEAVES[indices[-1]], 9))]
        yield {"name": f"leaves {indices} of {size}: another leaf", **case, "leaves": other, "holds": False}
        for path, data in ids.items():
            spoiled = {**encoded, path: b64(turned(data, len(data) * 8 - 1))}
            yield {"name": f"leaves {indices} of {size}: a bit of {path}", **case, "tiles": spoiled, "wrong": path, "holds": False}
            missing = {other: data for other, data in encoded.items() if other != path}
            yield {"name": f"leaves {indices} of {size}: without {path}", **case, "tiles": missing, "wrong": path, "holds": False}
            short = {**encoded, path: b64(data[:-32])}
            yield {"name": f"leaves {indices} of {size}: {path} without its last hash", **case, "tiles": short, "wrong": path, "holds": False}


if __name__ == "__main__":
    write("entry", list(entries()))
    write("root", list(roots()))
    write("inclusion", list(inclusions()))
    write("consistency", list(consistencies()))
    write("path", list(paths()))
    write("tile", list(tiles()))
    write("bundle", list(bundles()))
    write("new", list(covers()))
    write("needed", list(bundles_needed()))
    write("tiled", list(trees()))
