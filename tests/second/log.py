"""Hashes, records, trees and tiles of the log: SPEC.md, sections 1 to 5."""

import base64
import binascii
import hashlib


class Refused(Exception):
    """What was given is not taken. `name` is that of SPEC.md section 12."""

    def __init__(self, name, file=None, record=None):
        super().__init__(name)
        self.name, self.file, self.record = name, file, record

    def __str__(self):
        place = self.file or ""
        if self.record is not None:
            place += f" record {self.record}"
        return f"{place}: {self.name}" if place else self.name


def sha256(*pieces):
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    return digest.digest()


def from_base64(text):
    """The bytes of strict base64. None: anything else."""
    if isinstance(text, str):
        if not text.isascii():
            return None
        text = text.encode()
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    # Padding and unused bits: there is one way to write them.
    return data if base64.b64encode(data) == text else None


def to_base64(data):
    return base64.b64encode(data).decode()


def hash_of(text):
    """32 bytes in base64. None: anything else."""
    data = from_base64(text)
    return data if data is not None and len(data) == 32 else None


def number(text):
    """A number in a text. None: anything else."""
    if not text or len(text) > 20 or not (text.isascii() and text.isdigit()):
        return None
    if text[0] == "0" and len(text) > 1:
        return None
    value = int(text)
    return value if value < 1 << 64 else None


# --- entries (2) -----------------------------------------------------------------------------------------------------

EMPTY_ROOT = sha256()


def check_salt(salt):
    if len(salt) != 32 or len(set(salt)) == 1:
        raise Refused("salt-weak")


def event_entry(salt, record):
    check_salt(salt)
    return sha256(b"knooppunt/event/1", salt, record)


def statement_entry(salt, statement):
    check_salt(salt)
    return sha256(b"knooppunt/entry/1", salt, statement)


def leaf_of(entry):
    return sha256(b"\x00", entry)


def node(left, right):
    return sha256(b"\x01", left, right)


# --- records (3) -----------------------------------------------------------------------------------------------------

RECORD_BYTES_MAX = 65_536


class Cbor:
    """Reads deterministic CBOR; whatever is not is `record-malformed`."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def head(self):
        first = self.take(1)[0]
        major, short = first >> 5, first & 31
        if short < 24:
            return major, short
        if short > 27:
            raise Refused("record-malformed")
        value = int.from_bytes(self.take(1 << (short - 24)), "big")
        if value < (24, 1 << 8, 1 << 16, 1 << 32)[short - 24]:
            raise Refused("record-malformed")
        return major, value

    def take(self, length):
        data = self.data[self.at : self.at + length]
        if len(data) != length:
            raise Refused("record-malformed")
        self.at += length
        return data

    def expect(self, major, most=(1 << 64) - 1):
        found, value = self.head()
        if found != major or value > most:
            raise Refused("record-malformed")
        return value

    def just(self, major, value):
        if self.expect(major) != value:
            raise Refused("record-malformed")

    def bytes(self):
        return self.take(self.expect(2))


def read_record(data):
    """Position, time in microseconds, event, parts and erased keys of a record."""
    if len(data) > RECORD_BYTES_MAX:
        raise Refused("record-too-long")
    cbor = Cbor(data)
    pairs = cbor.expect(5)
    cbor.just(0, 0)
    if cbor.expect(0) != 1:
        raise Refused("record-version")
    if pairs != 6:
        raise Refused("record-malformed")
    cbor.just(0, 1)
    position = cbor.expect(0)
    cbor.just(0, 2)
    major, value = cbor.head()
    if major > 1 or value >= 1 << 63:
        raise Refused("record-malformed")
    time = value if major == 0 else -1 - value
    cbor.just(0, 3)
    event = cbor.bytes()
    cbor.just(0, 4)
    parts = []
    for _ in range(cbor.expect(4)):
        cbor.just(4, 5)
        part = cbor.expect(0, 255), cbor.expect(0, (1 << 32) - 1), cbor.expect(0), cbor.expect(0), cbor.bytes()
        if len(part[4]) != 32:
            raise Refused("record-malformed")
        parts.append(part)
    cbor.just(0, 5)
    erases = []
    for _ in range(cbor.expect(4)):
        cbor.just(4, 2)
        # Keys of earlier records: of record 0 there are none.
        erases.append((cbor.expect(0, position - 1), cbor.expect(0, 255)))
    if cbor.at != len(data):
        raise Refused("record-malformed")
    return {"position": position, "time": time, "event": event, "parts": parts, "erases": erases}


# --- the tree (4) ----------------------------------------------------------------------------------------------------

PATH_MAX = 64


def root_over(hashes):
    """The root of the tree with these leaves, by its definition but without the recursion: what stands alone at the right of a level goes up as it is."""
    if not hashes:
        return EMPTY_ROOT
    while len(hashes) > 1:
        pairs = [node(hashes[at], hashes[at + 1]) for at in range(0, len(hashes) - 1, 2)]
        hashes = pairs + hashes[len(pairs) * 2 :]
    return hashes[0]


def check_inclusion(leaf, index, size, path, root):
    if index >= size:
        raise Refused("proof-index-beyond")
    if len(path) > PATH_MAX:
        raise Refused("proof-path-length")
    fn, sn, r = index, size - 1, leaf
    for p in path:
        if sn == 0:
            raise Refused("proof-path-length")
        if fn & 1 or fn == sn:
            r = node(p, r)
            while fn & 1 == 0 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = node(r, p)
        fn, sn = fn >> 1, sn >> 1
    if sn:
        raise Refused("proof-path-length")
    if r != root:
        raise Refused("proof-root-differs")


def check_consistency(old, old_root, new, new_root, path):
    if old == 0:
        raise Refused("proof-old-empty")
    if old > new:
        raise Refused("proof-old-beyond")
    if old == new:
        if path:
            raise Refused("proof-path-length")
        if old_root != new_root:
            raise Refused("proof-new-root-differs")
        return
    if len(path) > PATH_MAX + 1:
        raise Refused("proof-path-length")
    if old & (old - 1) == 0:
        path = [old_root, *path]
    if not path:
        raise Refused("proof-path-length")
    fn, sn = old - 1, new - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for c in path[1:]:
        if sn == 0:
            raise Refused("proof-path-length")
        if fn & 1 or fn == sn:
            fr, sr = node(c, fr), node(c, sr)
            while fn & 1 == 0 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node(sr, c)
        fn, sn = fn >> 1, sn >> 1
    if sn:
        raise Refused("proof-path-length")
    if fr != old_root:
        raise Refused("proof-old-root-differs")
    if sr != new_root:
        raise Refused("proof-new-root-differs")


# --- tiles (5) -------------------------------------------------------------------------------------------------------


def tile_path(level, index, width):
    groups = [f"{index % 1000:03}"]
    while index >= 1000:
        index //= 1000
        groups.insert(0, f"x{index % 1000:03}")
    path = "/".join(["tile", str(level), *groups])
    return path if width == 256 else f"{path}.p/{width}"


def read_tile_path(path):
    """Level (a number or `entries`), index and width. `tile-path` where it is no path, or not written as that of its tile is."""
    words = path.split("/")
    width = "256"
    if len(words) > 3 and words[-2].endswith(".p"):
        width = words.pop()
        words[-1] = words[-1][:-2]
    if len(words) < 3 or words[0] != "tile":
        raise Refused("tile-path")
    level = words[1] if words[1] == "entries" else number(words[1])
    groups = "".join(group.removeprefix("x") for group in words[2:])
    width = number(width)
    if level is None or width is None or not (groups.isascii() and groups.isdigit()):
        raise Refused("tile-path")
    index = int(groups) if len(groups) <= 24 else 1 << 64
    if (level != "entries" and level > 63) or not 1 <= width <= 256 or index >= 1 << 64 or tile_path(level, index, width) != path:
        raise Refused("tile-path")
    return level, index, width


def hashes_of_tile(data, width):
    if len(data) != width * 32:
        raise Refused("tile-hash-bytes")
    return [data[at : at + 32] for at in range(0, len(data), 32)]


def level_width(level, size):
    return size >> (8 * level)


def edge(size):
    """Level, index and width of the partial tiles, from the highest level down."""
    tiles = []
    for level in range(7, -1, -1):
        hashes = level_width(level, size)
        if hashes % 256:
            tiles.append((level, hashes // 256, hashes % 256))
    return tiles


def root_from_edge(tiles):
    """The root by the hashes of the tiles of the edge, from the highest level down."""
    root = None
    for hashes in reversed(tiles):
        root = root_over(hashes + [root] if root else hashes)
    return root or EMPTY_ROOT


def full_tiles_above(index, size):
    """Level and index of the full tiles above a leaf, from level 0 up."""
    tiles, level = [], 0
    while True:
        index >>= 8
        if index >= level_width(level + 1, size):
            return tiles
        tiles.append((level, index))
        level += 1


def proving_tiles(indices, size):
    """The tiles that confirm these leaves: the highest level first."""
    tiles = set(edge(size))
    for index in indices:
        tiles.update((level, at, 256) for level, at in full_tiles_above(index, size))
    return sorted(tiles, key=lambda tile: (-tile[0], tile[1]))


def new_tiles(old, new):
    """The tiles that a tree has at its new size and had not at its old one, level by level from the leaves."""
    tiles = []
    for level in range(8):
        before, after = level_width(level, old), level_width(level, new)
        if after > before:
            tiles += [(level, at, min(256, after - at * 256)) for at in range(before // 256, -(-after // 256))]
    return tiles


def read_bundle(data, width):
    """The entries of a bundle."""
    entries, at = [], 0
    for _ in range(width):
        length = int.from_bytes(data[at : at + 2], "big")
        entries.append(data[at + 2 : at + 2 + length])
        if len(data) < at + 2 + length or len(data) < at + 2:
            raise Refused("tile-entry-bytes")
        at += 2 + length
    if at != len(data):
        raise Refused("tile-entry-bytes")
    return entries
