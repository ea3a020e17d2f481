#!/usr/bin/env python3
"""Makes the cases in this folder: python3 make.py, beside itself. Needs the package cryptography for Ed25519 and nothing of the project: what holds is written here
from C2SP signed-note, tlog-checkpoint, tlog-cosignature, tlog-witness, tlog-proof and tlog-policy in their plainest form. Keys are of nobody: each is the hash of its own name."""

import base64
import json
import pathlib
import sys

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
from tree.make import b64, consistency, inclusion, leaf, root, sha  # noqa: E402
DASH = "\u2014 "
ORIGIN = "log.example/knooppunt"
# The field's prime and the order of the group, RFC 8032 section 5.1.
PRIME = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493


def tree(size):
    return [leaf(f"entry {n}".encode()) for n in range(size)]


def forged(size):
    """The same tree with another last entry."""
    return tree(size - 1) + [leaf(b"another entry")]


def u64(number):
    return number.to_bytes(8, "big")


# --- keys and notes --------------------------------------------------------------------------------------------------


class Key:
    def __init__(self, name, kind, secret=None):
        self.name, self.kind = name, kind
        self.secret = Ed25519PrivateKey.from_private_bytes(sha((secret or name).encode()))
        public = self.secret.public_key()
        self.public = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)

    @property
    def id(self):
        return key_id(self.name, self.kind, self.public)

    @property
    def vkey(self):
        return f"{self.name}+{self.id.hex()}+{b64(bytes([self.kind]) + self.public)}"

    def line(self, text):
        return f"{DASH}{self.name} {b64(self.id + self.secret.sign(text.encode()))}\n"

    def cosigned(self, text, time):
        """A cosignature at `time`, whatever that is."""
        signature = self.secret.sign(f"cosignature/v1\ntime {time}\n{text}".encode())
        return f"{DASH}{self.name} {b64(self.id + u64(time) + signature)}\n"


def key_id(name, kind, public):
    return sha(name.encode(), b"\n", bytes([kind]), public)[:4]


LOG = Key(ORIGIN, 1)
NEW = Key(ORIGIN, 1, "the log's next key")
FORGER = Key(ORIGIN, 1, "forger")
OTHER = Key("log.example/other", 1)
W1, W2, W3 = (Key(f"w{n}.example", 4) for n in (1, 2, 3))
W1_NEW = Key("w1.example", 4, "the first witness's next key")
W1_TWICE = Key("second.example", 4, "w1.example")
STRANGER = Key("stranger.example", 4)


def checkpoint(leaves, origin=ORIGIN, more=""):
    return f"{origin}\n{len(leaves)}\n{b64(root(leaves))}\n{more}"


def signed(text, *lines):
    return text + "\n" + "".join(lines)


def cosigned(leaves, *by):
    """The checkpoint of these leaves, signed by the log and cosigned by witnesses at times."""
    text = checkpoint(leaves)
    return signed(text, LOG.line(text), *(key.cosigned(text, time) for key, time in by))


def policy(witnesses=(W1, W2, W3), quorum="2", logs=(LOG,)):
    lines = [f"log {key.vkey}" for key in logs]
    lines += [f"witness w{n} {key.vkey}" for n, key in enumerate(witnesses, 1)]
    if quorum == "none":
        lines.append("quorum none")
    else:
        members = " ".join(f"w{n}" for n in range(1, len(witnesses) + 1))
        lines += [f"group enough {quorum} {members}", "quorum enough"]
    return "".join(f"{line}\n" for line in lines)


# --- cases -----------------------------------------------------------------------------------------------------------

files = {}


def case(file, name, holds, **fields):
    files.setdefault(file, []).append({"name": name, "holds": holds, **fields})


def changed(text, old, new):
    assert old in text, (old, text)
    return text.replace(old, new, 1)


def ed25519():
    message, key = b"a message", LOG
    signature = key.secret.sign(message)
    r, s = signature[:32], int.from_bytes(signature[32:], "little")

    def add(name, holds, public=key.public, message=message, signature=signature):
        case("ed25519", name, holds, public=b64(public), message=b64(message), signature=b64(signature))

    add("a signature", True)
    add("a signature of nothing", True, message=b"", signature=key.secret.sign(b""))
    add("over another message", False, message=b"another message")
    add("of another key", False, public=OTHER.public)
    add("s with the order of the group added", False, signature=r + (s + ORDER).to_bytes(32, "little"))
    add("R with a bit turned", False, signature=bytes([r[0] ^ 1]) + signature[1:])
    add("a byte short", False, signature=signature[:63])
    add("a byte long", False, signature=signature + b"\0")
    # R = s * B holds for the neutral point as key and every message, where points of small order are let in.
    add("the neutral point as key, and a signature that needs no secret", False, public=(1).to_bytes(32, "little"))
    for name, y in (("order 2", PRIME - 1), ("order 4", 0)):
        add(f"a key of {name}", False, public=y.to_bytes(32, "little"))
    order_8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
    add("a key of order 8", False, public=order_8.to_bytes(32, "little"))
    add("a key of which y is written with the prime added", False, public=(PRIME + 3).to_bytes(32, "little"))
    add("a key that is no point", False, public=(2).to_bytes(32, "little"))
    add("zeros", False, signature=bytes(64))


def keys():
    def add(name, key, **fields):
        case("key", name, bool(fields), key=key, **fields)

    for name, key in (("of a log", LOG), ("of a witness", W1), ("with a name in another script", Key("één.example/логи", 1))):
        add(f"a key {name}", key.vkey, key_name=key.name, id=key.id.hex(), kind=key.kind, public=b64(key.public))
    text = LOG.vkey
    material = text.split("+", 2)[2]
    add("an id of another key", changed(text, LOG.id.hex(), OTHER.id.hex()))
    add("another name under the id", changed(text, "knooppunt", "other"))
    add("an id in capitals", text.replace(LOG.id.hex(), LOG.id.hex().upper()))
    add("an id of seven digits", changed(text, LOG.id.hex(), LOG.id.hex()[:7]))
    add("without an id", changed(text, f"+{LOG.id.hex()}", ""))
    add("without a name", text[len(ORIGIN):])
    for what, name in (("a space", "log example"), ("a no-break space", "log\u00a0example"), ("a control character", "log\1example")):
        add(f"a name with {what}", f"{name}+{key_id(name, 1, LOG.public).hex()}+{material}")
    add("a name of 256 bytes", f"{'a' * 256}+{key_id('a' * 256, 1, LOG.public).hex()}+{material}")
    for kind in (2, 6, 0xFF):
        add(f"kind {kind}", f"{ORIGIN}+{key_id(ORIGIN, kind, LOG.public).hex()}+{b64(bytes([kind]) + LOG.public)}")
    for what, public in (("a byte short", LOG.public[:31]), ("a byte long", LOG.public + b"\0"), ("empty", b""), ("of small order", (1).to_bytes(32, "little")), ("no point", (2).to_bytes(32, "little"))):
        add(f"a key that is {what}", f"{ORIGIN}+{key_id(ORIGIN, 1, public).hex()}+{b64(bytes([1]) + public)}")
    add("base64 without its padding" if material.endswith("=") else "base64 with padding too many", material.endswith("=") and text.rstrip("=") or text + "=")
    two = base64.b64decode(material)
    add("base64 in two texts one after the other", text[: -len(material)] + b64(two[:1]) + b64(two[1:]))
    add("a newline at the end", text + "\n")


def notes():
    def add(name, note, keys=(LOG,), text=None, by=None):
        fields = {} if text is None else {"text": text, "signed": [[key.vkey, time] for key, time in by]}
        case("note", name, text is not None, note=note, keys=[key.vkey for key in keys], **fields)

    text = "one\n\ntwo\n"
    line = LOG.line(text)
    note = signed(text, line)
    add("a note", note, text=text, by=[(LOG, None)])
    add("a note signed by two", signed(text, line, OTHER.line(text)), (LOG, OTHER), text, [(LOG, None), (OTHER, None)])
    add("a note signed twice by one", signed(text, line, line), (LOG,), text, [(LOG, None), (LOG, None)])
    add("signatures of strangers are read over", signed(text, STRANGER.cosigned(text, 5), line, FORGER.line(text)), (LOG,), text, [(LOG, None)])
    long = f"{DASH}post-quantum.example {b64(bytes(4 + 4900))}\n"
    add("sixteen signatures, most long and of strangers", signed(text, *[long] * 15, line), (LOG,), text, [(LOG, None)])
    add("sixty-four signatures", signed(text, *[long] * 63, line), (LOG,), text, [(LOG, None)])
    add("sixty-five signatures", signed(text, *[long] * 64, line))
    add("a cosignature tells its time", signed(text, W1.cosigned(text, 1800000000)), (W1,), text, [(W1, 1800000000)])
    add("the last time that can be written", signed(text, W1.cosigned(text, 2**63 - 1)), (W1,), text, [(W1, 2**63 - 1)])
    inner = signed(note + "\n", OTHER.line(note + "\n"))
    add("the last empty line parts text and signatures", inner, (OTHER,), note + "\n", [(OTHER, None)])
    add("a note within a note is not signed by the key of the outer one", inner, (LOG,))
    add("nobody is known", note, ())
    add("signed by strangers alone", signed(text, STRANGER.cosigned(text, 5)))
    add("the signature is of another text", signed("one\n\nthree\n", line))
    add("one of two known keys signed another text", signed(text, line, OTHER.line("three\n")), (LOG, OTHER))
    add("one of two signatures of a known key does not hold", signed(text, line, LOG.line("three\n")))
    add("signed with another key under the id", signed(text, line.replace(line.split(" ")[2], b64(LOG.id + OTHER.secret.sign(text.encode())) + "\n")))
    raw = base64.b64decode(line.split(" ")[2])
    for what, data in (("a byte long", raw + b"\0"), ("a byte short", raw[:-1]), ("an id alone", raw[:4]), ("an id and a byte", raw[:5])):
        add(f"a signature that is {what}", signed(text, f"{DASH}{LOG.name} {b64(data)}\n"))
    add("base64 without padding", note.replace("=", "")) if "=" in line else None
    two = b64(raw[:1]) + b64(raw[1:])
    add("base64 in two texts one after the other", signed(text, f"{DASH}{LOG.name} {two}\n"))
    add("no newline at the end", note[:-1])
    add("an empty line at the end", note + "\n")
    add("no signature", text + "\n")
    add("no empty line before the signatures", "one\n" + LOG.line("one\n"))
    add("a line under the text that is no signature", note + "more\n")
    add("a hyphen for the dash", note.replace(DASH, "- "))
    add("two spaces after the name", note.replace(LOG.name + " ", LOG.name + "  "))
    add("a space at the end of the line", note[:-1] + " \n")
    add("a name with a plus sign", note + f"{DASH}a+b {b64(bytes(68))}\n")
    add("a name with a no-break space", note + f"{DASH}a\u00a0b {b64(bytes(68))}\n")
    for what, odd in (("a tab", "one\ttwo\n"), ("a carriage return", "one\r\ntwo\n"), ("a zero", "one\0two\n")):
        add(f"a text with {what}", signed(odd, LOG.line(odd)))
    for time in (0, 2**63):
        add(f"a cosignature at the time {time}", signed(text, W1.cosigned(text, time)), (W1,))
    add("a cosignature where the key signs notes", signed(text, W1.cosigned(text, 5)), (Key(W1.name, 1),))
    as_note = f"{DASH}{W1.name} {b64(W1.id + W1.secret.sign(text.encode()))}\n"
    add("a signature of a note under the id of a witness", signed(text, as_note), (W1,))
    add("no text", "\n" + LOG.line(""))
    add("a text of one empty line", "\n\n" + LOG.line("\n"), text="\n", by=[(LOG, None)])


def policies():
    def add(name, text, fields=None):
        if fields is not None:
            logs, witnesses, quorum = fields
            fields = {"origin": ORIGIN, "logs": [k.vkey for k in logs], "witnesses": [k.vkey for k in witnesses], "quorum": quorum}
        case("policy", name, fields is not None, policy=text, **(fields or {}))

    log, w1, w2 = f"log {LOG.vkey}\n", f"witness w1 {W1.vkey}\n", f"witness w2 {W2.vkey}\n"
    add("two of three", policy(), ((LOG,), (W1, W2, W3), 2))
    add("all", policy(quorum="all"), ((LOG,), (W1, W2, W3), 3))
    add("any", policy(quorum="any"), ((LOG,), (W1, W2, W3), 1))
    add("none", policy(quorum="none"), ((LOG,), (W1, W2, W3), 0))
    add("no witnesses", log + "quorum none\n", ((LOG,), (), 0))
    add("one witness without a group", log + w1 + "quorum w1\n", ((LOG,), (W1,), 1))
    add("two keys of the log", policy((W1,), "1", (LOG, NEW)), ((LOG, NEW), (W1,), 1))
    add("comments, tabs, empty lines and addresses", f"# a\n\n\t log\t{LOG.vkey}  https://log.example/ \n  # b\nwitness w1 {W1.vkey} https://w1.example\nquorum w1", ((LOG,), (W1,), 1))
    add("two keys of one witness are one witness", policy((W1, W1_NEW), "1"), ((LOG,), (W1, W1_NEW), 1))
    add("two keys of one witness do not make two", policy((W1, W1_NEW), "2"))
    add("one key under two names", policy((W1, W1_TWICE), "1"))
    add("a witness twice", policy((W1, W1), "1"))
    add("the key of the log twice", policy((W1,), "1", (LOG, LOG)))
    add("the key of the log as that of a witness", policy((Key("own.example", 4, ORIGIN),), "1"))
    add("a witness with the name of the log", policy((Key(ORIGIN, 4, "the log's other key"),), "1"))
    add("logs of two names", policy((W1,), "1", (LOG, OTHER)))
    add("no log", w1 + "quorum w1\n")
    add("no quorum", log + w1)
    add("two quorums", log + w1 + "quorum w1\nquorum w1\n")
    add("a log with the key of a witness", f"log {W1.vkey}\nquorum none\n")
    add("a witness with the key of a log", log + f"witness w1 {OTHER.vkey}\nquorum w1\n")
    add("a quorum that is not defined", log + w1 + "quorum w2\n")
    add("a group with one that is not defined", log + w1 + "group g 1 w1 w2\nquorum g\n")
    add("a group that is used before it is defined", log + w1 + "quorum g\ngroup g 1 w1\n")
    add("a witness behind the quorum", log + w1 + "quorum w1\n" + w2)
    add("a witness behind the quorum of a group", log + w1 + "group g 1 w1\nquorum g\n" + w2)
    add("a group behind the quorum", log + w1 + "quorum none\ngroup g 1 w1\n")
    add("a group with one twice", log + w1 + "group g 1 w1 w1\nquorum g\n")
    add("a group without members", log + w1 + "group g 1\nquorum g\n")
    add("a group of some of the witnesses", log + w1 + w2 + "group g 1 w1\nquorum g\n")
    add("a group of a group", log + w1 + w2 + "group g 1 w1 w2\ngroup h 1 g\nquorum h\n")
    add("one of two witnesses as quorum", log + w1 + w2 + "quorum w1\n")
    for number in ("0", "3", "01", "-1", "1.0", "two"):
        add(f"a number of {number} of two", log + w1 + w2 + f"group g {number} w1 w2\nquorum g\n")
    add("a name that is taken", log + w1 + f"witness w1 {W2.vkey}\nquorum none\n")
    add("a witness named none", log + f"witness none {W1.vkey}\nquorum none\n")
    add("a word that is none", log + w1 + "quorum w1\nrule x\n")
    add("words too many", log + w1 + "quorum w1 w1\n")
    add("a carriage return", policy().replace("\n", "\r\n"))
    add("a no-break space between words", log + "quorum\u00a0none\n")
    add("a key that is none", "log x+y+z\nquorum none\n")
    many = [Key(f"w{n}.example", 4) for n in range(1, 34)]
    add("thirty-two witnesses", policy(many[:32], "32"), ((LOG,), many[:32], 32))
    add("thirty-three witnesses", policy(many, "1"))


def checkpoints():
    def add(name, note, leaves=None, time=None, by=(), policy=policy()):
        fields = {}
        if leaves is not None:
            fields = {"origin": ORIGIN, "size": len(leaves), "root": b64(root(leaves)), "receipt_time": time, "cosigned": [[k.name, t] for k, t in by]}
        case("checkpoint", name, leaves is not None, policy=policy, note=note, **fields)

    three = tree(3)
    note = cosigned(three, (W1, 100), (W2, 200))
    none = policy(quorum="none")
    one = policy(quorum="1")
    add("two of three", note, three, 200, [(W1, 100), (W2, 200)])
    add("three of two, the time of the second", cosigned(three, (W3, 300), (W1, 1), (W2, 200)), three, 200, [(W1, 1), (W2, 200), (W3, 300)])
    add("the time of the first where one is enough", cosigned(three, (W2, 200), (W1, 100)), three, 100, [(W1, 100), (W2, 200)], policy=one)
    add("no quorum, no time", cosigned(three, (W1, 100)), three, None, [(W1, 100)], policy=none)
    add("no cosignature and no quorum", cosigned(three), three, None, policy=none)
    add("an empty tree", cosigned([]), [], None, policy=none)
    add("a stranger's cosignature is read over", cosigned(three, (STRANGER, 1), (W1, 100), (W2, 200)), three, 200, [(W1, 100), (W2, 200)])
    add("one that cosigned twice counts once, with its earlier time", cosigned(three, (W1, 300), (W1, 100), (W2, 200)), three, 200, [(W1, 100), (W2, 200)])
    rotated = policy((W1, W1_NEW, W2), "2")
    add("two keys of one witness count once", cosigned(three, (W1, 300), (W1_NEW, 100), (W2, 200)), three, 200, [(W1, 100), (W2, 200)], policy=rotated)
    both = policy((), "none", (LOG, NEW))
    text = checkpoint(three)
    add("signed by the new key of the log", signed(text, NEW.line(text)), three, policy=both)
    add("signed by both keys of the log", signed(text, LOG.line(text), NEW.line(text)), three, policy=both)
    more = checkpoint(three, more="an extension\n\u2014 another\n")
    add("extension lines", signed(more, LOG.line(more), W1.cosigned(more, 100)), three, 100, [(W1, 100)], policy=one)
    add("fewer than the quorum", cosigned(three, (W1, 100)))
    add("one that cosigned twice is not two", cosigned(three, (W1, 100), (W1, 200)))
    add("two keys of one witness are not two", cosigned(three, (W1, 100), (W1_NEW, 100)), policy=rotated)
    add("one key under a second name is not two", cosigned(three, (W1, 100), (W1_TWICE, 100)))
    add("the witnesses alone", signed(text, W1.cosigned(text, 100), W2.cosigned(text, 200)))
    add("a forger under the name of the log", signed(text, FORGER.line(text), W1.cosigned(text, 100), W2.cosigned(text, 200)))
    other = checkpoint(three, origin=OTHER.name)
    add("a checkpoint of another log", signed(other, OTHER.line(other)), policy=none)
    add("the key of the log under another origin", signed(other, LOG.line(other)), policy=none)
    add("another size under the signatures", note.replace("\n3\n", "\n4\n"))
    add("another root under the signatures", note.replace(b64(root(three)), b64(root(forged(3)))))
    add("an extension under the signatures", note.replace("\n\n", "\nan extension\n\n"))
    add("a cosignature of another checkpoint", signed(text, LOG.line(text), W1.cosigned(text, 100), W2.cosigned(checkpoint(tree(2)), 100)))
    at_100 = W1.cosigned(text, 100)
    moved = base64.b64decode(at_100.split(" ")[2])
    moved = f"{DASH}{W1.name} {b64(moved[:4] + u64(99) + moved[12:])}\n"
    add("a cosignature with an earlier time", signed(text, LOG.line(text), moved, W2.cosigned(text, 200)))
    add("one known witness of three whose cosignature does not hold", note + W3.cosigned(other, 5))
    root_3, root_0 = b64(root(three)), b64(sha())
    for what, odd in (
        ("zeros before the size", f"{ORIGIN}\n03\n{root_3}\n"),
        ("a plus sign before the size", f"{ORIGIN}\n+3\n{root_3}\n"),
        ("a size of 2^64", f"{ORIGIN}\n{2**64}\n{root_3}\n"),
        ("no size", f"{ORIGIN}\n\n{root_3}\n"),
        ("a root that is short", f"{ORIGIN}\n3\n{b64(root(three)[:31])}\n"),
        ("an empty tree with a root", f"{ORIGIN}\n0\n{root_3}\n"),
        ("no root", f"{ORIGIN}\n3\n"),
        ("an empty extension line", f"{ORIGIN}\n3\n{root_3}\n\nmore\n"),
        ("an empty line at its end", f"{ORIGIN}\n3\n{root_3}\n\n"),
        ("seventeen extension lines", f"{ORIGIN}\n3\n{root_3}\n" + "more\n" * 17),
        ("no origin", f"\n3\n{root_3}\n"),
        ("something that is no checkpoint", "something else\n"),
    ):
        add(f"signed by the log: {what}", signed(odd, LOG.line(odd)), policy=none)
    large = f"{ORIGIN}\n{2**64 - 1}\n{root_0}\n"
    case("checkpoint", "the largest size", True, policy=none, note=signed(large, LOG.line(large)), origin=ORIGIN, size=2**64 - 1, root=root_0, receipt_time=None, cosigned=[])


def receipt(index, leaves, note, extra=None, path=None):
    path = inclusion(index, leaves) if path is None else path
    extra = "" if extra is None else f"extra {b64(extra)}\n"
    return f"c2sp.org/tlog-proof@v1\n{extra}index {index}\n" + "".join(f"{b64(h)}\n" for h in path) + "\n" + note


def receipts():
    def add(name, text, index=None, size=None, extra=b"", entry=b"entry 3", policy=policy()):
        fields = {} if index is None else {"index": index, "size": size, "receipt_time": 200, "extra": b64(extra)}
        case("receipt", name, index is not None, policy=policy, receipt=text, entry=b64(entry), **fields)

    seven = tree(7)
    note = cosigned(seven, (W1, 100), (W2, 200))
    good = receipt(3, seven, note)
    for size in (1, 2, 3, 5, 8, 11):
        leaves = tree(size)
        for index in sorted({0, size // 2, size - 1}):
            of = cosigned(leaves, (W1, 100), (W2, 200))
            add(f"entry {index} of {size}", receipt(index, leaves, of), index, size, entry=f"entry {index}".encode())
    add("with extra data", receipt(3, seven, note, b"read me"), 3, 7, b"read me")
    add("another entry", good, entry=b"entry 4")
    add("the leaf in place of the entry", good, entry=seven[3])
    for index in (0, 2, 4, 6, 7, 2**64 - 1):
        add(f"index {index} in place of 3", changed(good, "index 3", f"index {index}"))
    path = inclusion(3, seven)
    add("the first hash of the path is missing", receipt(3, seven, note, path=path[1:]))
    add("the last hash of the path is missing", receipt(3, seven, note, path=path[:-1]))
    add("no path", receipt(3, seven, note, path=[]))
    add("a hash too many", receipt(3, seven, note, path=path + [sha()]))
    add("two hashes of the path have changed places", receipt(3, seven, note, path=[path[1], path[0], path[2]]))
    add("a node of the tree as entry", receipt(1, seven, note, path=path[1:]), entry=seven[2] + seven[3])
    add("the path of another tree", receipt(3, tree(8), note))
    add("the checkpoint of another tree", receipt(3, seven, cosigned(forged(7), (W1, 100), (W2, 200)), path=inclusion(3, seven)))
    text = checkpoint(seven, origin=OTHER.name)
    add("the checkpoint of another log", receipt(3, seven, signed(text, OTHER.line(text), W1.cosigned(text, 100), W2.cosigned(text, 200))))
    text = checkpoint(seven)
    add("a forger's checkpoint", receipt(3, seven, signed(text, FORGER.line(text), W1.cosigned(text, 100), W2.cosigned(text, 200))))
    add("too few cosignatures", receipt(3, seven, cosigned(seven, (W1, 100))))
    one = b64(path[0])
    for what, old, new in (
        ("another version", "@v1", "@v2"),
        ("no first line", "c2sp.org/tlog-proof@v1\n", ""),
        ("a space after the first line", "@v1\n", "@v1 \n"),
        ("no index", "index 3\n", ""),
        ("zeros before the index", "index 3", "index 03"),
        ("an index of 2^64", "index 3", f"index {2**64}"),
        ("a minus sign before the index", "index 3", "index -3"),
        ("extra without data", "index 3", "extra \nindex 3"),
        ("extra that is not base64", "index 3", "extra ***\nindex 3"),
        ("extra twice", "index 3", "extra AAAA\nextra AAAA\nindex 3"),
        ("extra after the index", "index 3", "index 3\nextra AAAA"),
        ("a hash that is short", one, b64(path[0][:31])),
        ("a hash without padding", one, one.rstrip("=")),
        ("a space after a hash", one, one + " "),
        ("a hash in two texts one after the other", one, b64(path[0][:1]) + b64(path[0][1:])),
        ("extra in two texts one after the other", "index 3", "extra AA==AAA=\nindex 3"),
        ("a path of sixty-five hashes", one, "\n".join([one] * 63)),
        ("no empty line before the checkpoint", "\n\n", "\n"),
        ("two empty lines before the checkpoint", "\n\n", "\n\n\n"),
        ("carriage returns", "\n", "\r\n"),
    ):
        add(what, changed(good, old, new))
    add("no checkpoint", good[: good.index("\n\n") + 2])


def witnesses():
    def ask(old, leaves, path=None, note=None):
        path = (consistency(old, leaves) if 0 < old <= len(leaves) else []) if path is None else path
        return f"old {old}\n" + "".join(f"{b64(h)}\n" for h in path) + "\n" + (note or cosigned(leaves))

    def add(name, latest, request, status, size=None):
        """`latest` and, when it holds, `kept`: the notes that the witness keeps before and after."""
        fields = {"body": f"{size}\n"} if size is not None else {}
        if status == 200:
            fields = {"kept": request[request.index("\n\n") + 2 :]}
        case("witness", name, status == 200, policy=policy((), "none"), latest=latest, request=request, status=status, **fields)

    for old, new in ((0, 0), (0, 1), (0, 7), (1, 2), (3, 7), (4, 7), (4, 8), (6, 11), (7, 7)):
        add(f"from {old} to {new}", cosigned(tree(old)) if old else None, ask(old, tree(new)), 200)
    add("from an empty tree that was cosigned", cosigned([]), ask(0, tree(3)), 200)
    last = cosigned(tree(5))
    nine = tree(9)
    for old in (0, 4, 6):
        add(f"old {old} where the last is 5", last, ask(old, nine), 409, 5)
    add("old 4 where there is none", None, ask(4, nine), 409, 0)
    add("a smaller tree than the last", last, ask(3, tree(3)), 409, 5)
    add("another tree of the size of the last", last, ask(5, forged(5)), 409, 5)
    add("another tree of the size of the last, with another old size", last, ask(3, forged(5)), 409, 5)
    path = consistency(5, nine)
    add("the path is short", last, ask(5, nine, path[1:]), 422)
    add("no path", last, ask(5, nine, []), 422)
    add("a hash too many", last, ask(5, nine, path + [sha()]), 422)
    add("a path from nothing", None, ask(0, nine, path), 422)
    add("a path to the same size", last, ask(5, tree(5), path), 422)
    add("a tree that does not continue the last", last, ask(5, forged(6)[:4] + [leaf(b"x")] + tree(9)[5:]), 422)
    add("the old size is above the new one", last, ask(5, tree(3), []), 400)
    text = checkpoint(nine, origin=OTHER.name)
    add("an unknown log", None, ask(0, nine, note=signed(text, OTHER.line(text))), 404)
    add("an unknown log, signed by the key of a known one", None, ask(0, nine, note=signed(text, LOG.line(text))), 404)
    text = checkpoint(nine)
    add("signed by a forger", last, ask(5, nine, note=signed(text, FORGER.line(text))), 403)
    add("the signature of the log is of another checkpoint", last, ask(5, nine, note=signed(text, LOG.line(checkpoint(tree(8))))), 403)
    good = ask(5, nine)
    for what, old, new in (
        ("no old size", "old 5\n", ""),
        ("zeros before the old size", "old 5", "old 05"),
        ("two spaces", "old 5", "old  5"),
        ("a hash that is short", b64(path[0]), b64(path[0][:31])),
        ("sixty-four hashes", b64(path[0]), "\n".join([b64(path[0])] * (65 - len(path)))),
        ("no empty line before the checkpoint", "\n\n", "\n"),
        ("a checkpoint with zeros before its size", "\n9\n", "\n09\n"),
        ("no signature", "\n\u2014", "\u2014"),
    ):
        add(what, last, changed(good, old, new), 400)


if __name__ == "__main__":
    for make in (ed25519, keys, notes, policies, checkpoints, receipts, witnesses):
        make()
    for name, cases in files.items():
        assert len({case["name"] for case in cases}) == len(cases), name
        (HERE / f"{name}.json").write_text(json.dumps(cases, indent=1, ensure_ascii=False) + "\n")
        print(name, len(cases), "cases,", sum(case["holds"] for case in cases), "hold")
