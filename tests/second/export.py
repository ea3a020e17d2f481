"""Exports: SPEC.md, section 9."""

import hashlib
import json
import unicodedata

from log import (
    RECORD_BYTES_MAX,
    Refused,
    check_salt,
    edge,
    event_entry,
    from_base64,
    full_tiles_above,
    hash_of,
    hashes_of_tile,
    leaf_of,
    number,
    proving_tiles,
    read_record,
    root_from_edge,
    root_over,
    sha256,
    tile_path,
)
from signed import NOTE_BYTES_MAX, POLICY_BYTES_MAX, Note, Policy

RECORDS_MAX = 10_000_000
ABOUT_BYTES_MAX = 1_000
VIEW_BYTES_MAX = 262_144
VIEW_DEPTH_MAX = 32
LINE_BYTES_MAX = 349_784
CLOCK_SLACK_S = 60
RECORDS = "records.jsonl"
TILE_BYTES_MAX = 8_192
BYTES_MAX = {"manifest": NOTE_BYTES_MAX, "checkpoint": NOTE_BYTES_MAX, "policy": POLICY_BYTES_MAX}


class Manifest:
    """What an export holds, by the text of a note."""

    def __init__(self, text):
        self.lines = text.removesuffix("\n").split("\n")
        first = self.lines.pop(0)
        if first != "knooppunt/export/1":
            raise Refused("manifest-version" if first.startswith("knooppunt/export/") else "manifest-malformed")
        self.must(text.endswith("\n"))
        self.origin = self.value("origin")
        self.must(1 <= len(self.origin.encode()) <= 255)
        self.size = self.number("size")
        self.records = self.number("records")
        self.must(self.records <= min(self.size, RECORDS_MAX))
        self.erased = self.number("erased")
        self.must(self.erased <= self.records)
        self.range = None
        if self.lines[:1] == ["selection"]:
            self.lines.pop(0)
        else:
            words = self.value("range").split(" ")
            self.must(len(words) == 2)
            start, end = (number(word) for word in words)
            self.must(start is not None and end is not None and end <= self.size and end - start == self.records)
            self.range = start, end
        self.made = self.number("made")
        self.about = {key: self.text(key) for key in ("by", "purpose", "scope")}
        self.files = {}
        for path in ["checkpoint", "policy", RECORDS, *(tile_path(*tile) for tile in edge(self.size))]:
            words = self.value("file").split(" ")
            self.must(len(words) == 3 and words[0] == path)
            length, digest = number(words[1]), hash_of(words[2])
            self.must(length is not None and digest is not None)
            self.files[path] = length, digest
        self.must(not self.lines)

    @staticmethod
    def must(holds):
        if not holds:
            raise Refused("manifest-malformed")

    def value(self, key):
        self.must(self.lines and self.lines[0].startswith(f"{key} "))
        return self.lines.pop(0).removeprefix(f"{key} ")

    def number(self, key):
        value = number(self.value(key))
        self.must(value is not None)
        return value

    def text(self, key):
        if not self.lines or not self.lines[0].startswith(f"{key} "):
            return None
        text = self.value(key)
        self.must(1 <= len(text.encode()) <= ABOUT_BYTES_MAX and text.strip() == text)
        self.must(all(unicodedata.category(c) != "Cc" for c in text))
        return text


def check_view(text):
    """Whether a text is one JSON object on one line, not too deep."""

    def depth_of(text):
        depth = deepest = 0
        in_string = escaped = False
        for c in text:
            if escaped:
                escaped = False
            elif in_string and c == "\\":
                escaped = True
            elif c == '"':
                in_string = not in_string
            elif not in_string and c in "{[":
                depth += 1
                deepest = max(deepest, depth)
            elif not in_string and c in "}]":
                depth -= 1
        return deepest

    def constant(_):
        raise ValueError

    if not (text.startswith("{") and text.endswith("}")) or len(text.encode()) > VIEW_BYTES_MAX:
        return False
    if any(c < " " for c in text) or depth_of(text) > VIEW_DEPTH_MAX:
        return False
    try:
        # Numbers stay texts: their size is not looked at.
        json.loads(text, parse_constant=constant, parse_int=str, parse_float=str)
    except ValueError:
        return False
    return True


class Line:
    """Index, and leaf or salt, record and view, of a line without its newline."""

    def __init__(self, line):
        self.leaf = self.view = None
        rest = self.behind(line, b'{"index":')
        digits, comma, rest = rest.partition(b",")
        self.index = number(digits.decode("ascii", "replace"))
        self.must(comma and self.index is not None)
        if rest.startswith(b'"leaf":"'):
            self.leaf = self.hash(rest[8:52])
            self.must(rest[52:] == b'"}')
            return
        rest = self.behind(rest, b'"salt":"')
        self.salt = self.hash(rest[:44])
        rest = self.behind(rest[44:], b'","record":"')
        record, quote, rest = rest.partition(b'"')
        self.record = from_base64(record)
        self.must(quote and self.record is not None and len(self.record) <= RECORD_BYTES_MAX)
        if rest == b"}":
            return
        rest = self.behind(rest, b',"view":')
        self.must(rest.endswith(b"}"))
        try:
            self.view = rest[:-1].decode()
        except UnicodeDecodeError:
            raise Refused("line-malformed") from None
        self.must(check_view(self.view))

    @staticmethod
    def must(holds):
        if not holds:
            raise Refused("line-malformed")

    def behind(self, text, prefix):
        self.must(text.startswith(prefix))
        return text.removeprefix(prefix)

    def hash(self, text):
        data = from_base64(text)
        self.must(data is not None and len(data) == 32)
        return data


class Export:
    """An export that is being verified. `read(path)` gives the bytes of a file, or None; `lines` are those of records.jsonl, each with its newline."""

    def __init__(self, read, trusted):
        self.read, self.trusted = read, trusted
        self.manifest = self.at("manifest", lambda: self.read_manifest())
        self.policy = self.at("policy", lambda: self.read_policy())
        self.checkpoint = self.at("checkpoint", lambda: self.read_checkpoint())
        receipt_time = self.checkpoint.receipt_time
        if receipt_time is not None and self.manifest.made + CLOCK_SLACK_S < receipt_time:
            raise Refused("manifest-too-early", "manifest")
        self.edge = {}
        for tile in edge(self.manifest.size):
            path = tile_path(*tile)
            self.edge[tile[:2]] = self.at(path, lambda path=path, tile=tile: hashes_of_tile(self.named(path), tile[2]))
        if root_from_edge(list(self.edge.values())) != self.checkpoint.root:
            raise Refused("root-differs", "checkpoint")
        self.full = {}
        self.indices, self.salts, self.erased, self.time = [], {}, 0, None

    @staticmethod
    def at(file, step, record=None):
        """Does a step; what it refuses is found in this file, and at this record."""
        try:
            return step()
        except Refused as refused:
            if refused.file:
                raise
            raise Refused(refused.name, file, record) from None

    def wanted(self, path):
        data = self.read(path)
        if data is None:
            raise Refused("file-missing", path)
        return data

    def named(self, path):
        data = self.wanted(path)
        if self.manifest.files[path] != (len(data), sha256(data)):
            raise Refused("file-changed", path)
        return data

    def read_manifest(self):
        note = Note(self.wanted("manifest"))
        note.verify(self.trusted.logs)
        manifest = Manifest(note.text)
        if manifest.origin != self.trusted.origin:
            raise Refused("manifest-other-log")
        return manifest

    def read_policy(self):
        try:
            policy = Policy(self.named("policy").decode())
        except UnicodeDecodeError:
            raise Refused("file-changed") from None
        if policy.origin != self.manifest.origin:
            raise Refused("policy-other-log")
        return policy

    def read_checkpoint(self):
        checkpoint = self.trusted.take(Note(self.named("checkpoint")))
        if checkpoint.size != self.manifest.size:
            raise Refused("checkpoint-other-size")
        return checkpoint

    def hash_at(self, level, place):
        for tiles in (self.edge, self.full):
            hashes = tiles.get((level, place >> 8))
            if hashes:
                return hashes[place & 255]
        raise AssertionError("a tile above was read before")

    def leaf_at(self, index):
        for level, tile in reversed(full_tiles_above(index, self.manifest.size)):
            if (level, tile) in self.full:
                continue
            path = tile_path(level, tile, 256)
            hashes = self.at(path, lambda path=path: hashes_of_tile(self.wanted(path), 256))
            if root_over(hashes) != self.hash_at(level + 1, tile):
                raise Refused("tile-differs", path)
            # One tile of each level is enough: indices ascend.
            self.full = {key: value for key, value in self.full.items() if key[0] != level}
            self.full[level, tile] = hashes
        return self.hash_at(0, index)

    def records(self, lines):
        """Verifies the lines one by one and gives each: the line, and what its record says (None where it was erased)."""
        digest, length, last = hashlib.sha256(), 0, None
        for data in lines:
            digest.update(data)
            length += len(data)
            last = data
            if not data.endswith(b"\n"):
                if len(data) >= LINE_BYTES_MAX:
                    raise Refused("line-too-long", RECORDS)
                break
            yield self.at(RECORDS, lambda data=data: self.line(data[:-1]))
        if last and not last.endswith(b"\n"):
            raise Refused("line-cut", RECORDS)
        if len(self.indices) != self.manifest.records:
            raise Refused("records-missing", RECORDS)
        if self.erased != self.manifest.erased:
            raise Refused("erased-count", RECORDS)
        if (length, digest.digest()) != self.manifest.files[RECORDS]:
            raise Refused("file-changed", RECORDS)

    def line(self, data):
        if len(self.indices) == self.manifest.records:
            raise Refused("records-extra")
        if len(data) >= LINE_BYTES_MAX:
            raise Refused("line-too-long")
        line = Line(data)
        head = self.at(RECORDS, lambda: self.placed(line), line.index)
        self.indices.append(line.index)
        return line, head

    def placed(self, line):
        index = line.index
        if self.indices:
            if index == self.indices[-1]:
                raise Refused("index-twice")
            if index < self.indices[-1]:
                raise Refused("index-order")
        if self.manifest.range:
            expected = self.manifest.range[0] + len(self.indices)
            if not expected <= index < self.manifest.range[1]:
                raise Refused("index-outside")
            if index != expected:
                raise Refused("index-gap", RECORDS, expected)
        elif index >= self.manifest.size:
            raise Refused("index-outside")
        held = self.leaf_at(index)
        if line.leaf is not None:
            if line.leaf != held:
                raise Refused("leaf-differs")
            self.erased += 1
            return None
        check_salt(line.salt)
        if leaf_of(event_entry(line.salt, line.record)) != held:
            raise Refused("leaf-differs")
        if line.salt[:16] in self.salts:
            raise Refused("salt-twice")
        self.salts[line.salt[:16]] = index
        head = read_record(line.record)
        if head["position"] != index:
            raise Refused("record-position")
        if self.time is not None and head["time"] < self.time:
            raise Refused("record-time-back")
        receipt_time = self.checkpoint.receipt_time
        if receipt_time is not None and head["time"] > (receipt_time + CLOCK_SLACK_S) * 1_000_000:
            raise Refused("record-time-ahead")
        self.time = head["time"]
        return head

    def check_paths(self, paths):
        """That nothing else is there: the paths of all files."""
        own = {"manifest", "policy", "checkpoint", RECORDS}
        own.update(tile_path(*tile) for tile in proving_tiles(self.indices, self.manifest.size))
        seen = set()
        for path in paths:
            if path not in own:
                raise Refused("file-extra", path)
            if path in seen:
                raise Refused("file-twice", path)
            seen.add(path)


def verify_folder(folder, trusted, each=lambda line, head: None):
    """Verifies the export in a folder (a pathlib.Path) and gives it back."""

    def read(path):
        file = folder / path
        if not file.is_file():
            return None
        # A byte more than there may be tells that it is too long.
        with file.open("rb") as data:
            return data.read(BYTES_MAX.get(path, TILE_BYTES_MAX) + 1)

    export = Export(read, trusted)
    file = folder / RECORDS
    if not file.is_file():
        raise Refused("file-missing", RECORDS)
    with file.open("rb") as records:
        for line, head in export.records(iter(lambda: records.readline(LINE_BYTES_MAX + 1), b"")):
            each(line, head)
    export.check_paths(sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_symlink() or not path.is_dir()))
    return export
