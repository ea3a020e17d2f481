"""Keys, notes, checkpoints, cosignatures, policies, receipts: SPEC.md, sections 6 to 8."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from log import EMPTY_ROOT, PATH_MAX, Refused, check_inclusion, from_base64, hash_of, leaf_of, number, sha256

# --- Ed25519, strictly -----------------------------------------------------------------------------------------------

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)


def point(data):
    """The point that 32 bytes are, in its one way to be written. None: they are none."""
    value = int.from_bytes(data, "little")
    sign, y = value >> 255, value & ((1 << 255) - 1)
    if len(data) != 32 or y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    return (P - x if x & 1 != sign else x), y


def plus(one, other):
    (x1, y1), (x2, y2) = one, other
    product = D * x1 * x2 * y1 * y2 % P
    return (x1 * y2 + x2 * y1) * pow(1 + product, -1, P) % P, (y1 * y2 + x1 * x2) * pow(1 - product, -1, P) % P


def is_sound(data):
    """Whether 32 bytes are a point, canonical and not of small order."""
    one = point(data)
    if one is None:
        return False
    for _ in range(3):
        one = plus(one, one)
    return one != (0, 1)


def check_signature(public, message, signature):
    if not is_sound(public):
        raise Refused("ed25519-key")
    if len(signature) != 64 or int.from_bytes(signature[32:], "little") >= ORDER or not is_sound(signature[:32]):
        raise Refused("ed25519-signature")
    try:
        # The package works R out and compares its bytes: without the cofactor.
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        raise Refused("ed25519-signature") from None


# --- keys ------------------------------------------------------------------------------------------------------------

NOTE, COSIGNATURE = 1, 4
SPACES = frozenset([*range(0x09, 0x0E), 0x20, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000])


def check_name(name):
    if not 1 <= len(name.encode()) <= 255 or any(c == "+" or c < " " or ord(c) in SPACES for c in name):
        raise Refused("key-name")


class Key:
    """A public key in text: `name+id+key`."""

    def __init__(self, text):
        name, _, rest = text.partition("+")
        identity, plus_sign, key = rest.partition("+")
        if not plus_sign:
            raise Refused("key-text")
        check_name(name)
        if len(identity) != 8 or any(c not in "0123456789abcdef" for c in identity):
            raise Refused("key-text")
        key = from_base64(key)
        if not key:
            raise Refused("key-text")
        if key[0] not in (NOTE, COSIGNATURE):
            raise Refused("key-algorithm")
        if len(key) != 33:
            raise Refused("key-text")
        if not is_sound(key[1:]):
            raise Refused("ed25519-key")
        self.name, self.kind, self.public = name, key[0], key[1:]
        self.id = sha256(name.encode(), b"\n", key)[:4]
        if self.id.hex() != identity:
            raise Refused("key-id")


# --- notes -----------------------------------------------------------------------------------------------------------

NOTE_BYTES_MAX = 524_288
SIGNATURES_MAX = 64


def text_of(data, name):
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise Refused(name) from None


class Note:
    """A text, and name, id and bytes of each signature under it."""

    def __init__(self, data):
        if len(data) > NOTE_BYTES_MAX:
            raise Refused("note-too-long")
        note = text_of(data, "note-utf8")
        if any(c < " " and c != "\n" for c in note):
            raise Refused("note-control")
        text, parted, lines = note.rpartition("\n\n")
        if not parted or not lines.endswith("\n"):
            raise Refused("note-form")
        self.text = text + "\n"
        lines = lines[:-1].split("\n")
        if len(lines) > SIGNATURES_MAX:
            raise Refused("note-signatures")
        self.signatures = [self.signature(line) for line in lines]

    @staticmethod
    def signature(line):
        name, space, signature = line.removeprefix("— ").partition(" ")
        signature = from_base64(signature)
        if not line.startswith("— ") or not space or signature is None or len(signature) < 5:
            raise Refused("note-line")
        check_name(name)
        return name, signature[:4], signature[4:]

    def verify(self, keys):
        """Key and time (None of a key of a log) of each signature of a known key."""
        verified = []
        for name, identity, signature in self.signatures:
            for key in keys:
                if (key.name, key.id) != (name, identity):
                    continue
                try:
                    verified.append((key, self.time_under(key, signature)))
                except Refused:
                    raise Refused("note-signature") from None
        if not verified:
            raise Refused("note-unsigned")
        return verified

    def time_under(self, key, signature):
        if key.kind == NOTE:
            check_signature(key.public, self.text.encode(), signature)
            return None
        time = int.from_bytes(signature[:8], "big")
        if len(signature) != 72 or not 1 <= time < 1 << 63:
            raise Refused("cosignature")
        message = f"cosignature/v1\ntime {time}\n{self.text}"
        check_signature(key.public, message.encode(), signature[8:])
        return time


# --- checkpoints and policies ----------------------------------------------------------------------------------------


class Checkpoint:
    """Origin, size and root, by the text of a note."""

    def __init__(self, text):
        lines = text.removesuffix("\n").split("\n")
        if len(lines) < 3 or not text.endswith("\n"):
            raise Refused("checkpoint-form")
        origin, size, root = lines[:3]
        self.origin, self.size, self.root = origin, number(size), hash_of(root)
        if self.size is None:
            raise Refused("checkpoint-size")
        if self.root is None or (self.size == 0 and self.root != EMPTY_ROOT):
            raise Refused("checkpoint-root")
        if not 1 <= len(origin.encode()) <= 255:
            raise Refused("checkpoint-origin")
        if len(lines) > 19 or "" in lines[3:]:
            raise Refused("checkpoint-extension")


POLICY_BYTES_MAX = 65_536


class Policy:
    """Whom a verifier trusts."""

    def __init__(self, text):
        if len(text.encode()) > POLICY_BYTES_MAX:
            raise Refused("policy-too-long")
        self.logs, self.witnesses, names, group, quorum = [], {}, set(), None, None
        for line in text.split("\n"):
            if any((c < " " and c != "\t") or c == "\x7f" for c in line):
                raise Refused("policy-line")
            words = [word for word in line.replace("\t", " ").split(" ") if word]
            match words:
                case []:
                    pass
                case [first, *_] if first.startswith("#"):
                    pass
                case ["log", key] | ["log", key, _]:
                    self.logs.append(Key(key))
                case ["witness", name, key] | ["witness", name, key, _]:
                    self.define(names, name)
                    self.witnesses[name] = Key(key)
                case ["group", name, needed, *members] if members:
                    self.define(names, name)
                    if group:
                        raise Refused("policy-group")
                    if len(set(members)) != len(members) or any(one not in self.witnesses for one in members):
                        raise Refused("policy-name")
                    needed = {"all": len(members), "any": 1}.get(needed, number(needed))
                    if needed is None:
                        raise Refused("policy-line")
                    if not 1 <= needed <= len(members):
                        raise Refused("policy-quorum")
                    group = name, needed, set(members)
                case ["quorum", name]:
                    if quorum:
                        raise Refused("policy-line")
                    if name != "none" and name not in names:
                        raise Refused("policy-group")
                    quorum = name
                case _:
                    raise Refused("policy-line")
        if not quorum:
            raise Refused("policy-no-quorum")
        self.quorum = self.needed(group, quorum)
        self.check()

    @staticmethod
    def define(names, name):
        if name == "none" or name in names:
            raise Refused("policy-name")
        names.add(name)

    def needed(self, group, name):
        if group:
            if name != group[0] or group[2] != set(self.witnesses):
                raise Refused("policy-group")
            return group[1]
        if name == "none":
            return 0
        if [name] == list(self.witnesses):
            return 1
        raise Refused("policy-group")

    def check(self):
        self.keys = [*self.logs, *self.witnesses.values()]
        if len(self.logs) > 32 or len(self.witnesses) > 32:
            raise Refused("policy-too-long")
        if not self.logs:
            raise Refused("policy-no-log")
        self.origin = self.logs[0].name
        if any(key.name != self.origin for key in self.logs):
            raise Refused("policy-origins")
        if any(key.name == self.origin for key in self.witnesses.values()):
            raise Refused("policy-own-witness")
        if any(key.kind != NOTE for key in self.logs) or any(key.kind != COSIGNATURE for key in self.witnesses.values()):
            raise Refused("policy-kind")
        if len({key.public for key in self.keys}) != len(self.keys) or len({(key.name, key.id) for key in self.keys}) != len(self.keys):
            raise Refused("policy-twice")
        if self.quorum > len({key.name for key in self.witnesses.values()}):
            raise Refused("policy-quorum")

    def take(self, note):
        """What the policy makes of a checkpoint: it, and of each witness that cosigned its name and time, by time."""
        verified = note.verify(self.keys)
        if all(key.kind != NOTE for key, _ in verified):
            raise Refused("checkpoint-not-by-log")
        checkpoint = Checkpoint(note.text)
        if checkpoint.origin != self.origin:
            raise Refused("checkpoint-other-log")
        times = {}
        for key, time in verified:
            if key.kind == COSIGNATURE:
                times[key.name] = min(time, times.get(key.name, time))
        cosigned = sorted((time, name) for name, time in times.items())
        if len(cosigned) < self.quorum:
            raise Refused("checkpoint-quorum")
        checkpoint.cosigned = [(name, time) for time, name in cosigned]
        checkpoint.receipt_time = cosigned[self.quorum - 1][0] if self.quorum else None
        return checkpoint


# --- receipts --------------------------------------------------------------------------------------------------------

RECEIPT_BYTES_MAX = 622_592
EXTRA_BYTES_MAX = 65_536


class Receipt:
    """Index, path and checkpoint of one entry."""

    def __init__(self, data):
        if len(data) > RECEIPT_BYTES_MAX:
            raise Refused("receipt-too-long")
        text = text_of(data, "note-utf8")
        first, _, rest = text.partition("\n")
        if first != "c2sp.org/tlog-proof@v1":
            raise Refused("receipt-version")
        head, parted, note = rest.partition("\n\n")
        if not parted:
            raise Refused("receipt-form")
        lines = head.split("\n")
        self.extra = b""
        if lines[0].startswith("extra "):
            self.extra = from_base64(lines.pop(0).removeprefix("extra "))
            if not self.extra or len(self.extra) > EXTRA_BYTES_MAX:
                raise Refused("receipt-extra")
        if not lines or not lines[0].startswith("index "):
            raise Refused("receipt-form")
        self.index = number(lines.pop(0).removeprefix("index "))
        if self.index is None:
            raise Refused("receipt-index")
        if len(lines) > PATH_MAX:
            raise Refused("receipt-path-too-long")
        self.path = [hash_of(line) for line in lines]
        if None in self.path:
            raise Refused("hash-base64")
        self.note = Note(note.encode())
        Checkpoint(self.note.text)

    def verify(self, entry, policy):
        checkpoint = policy.take(self.note)
        check_inclusion(leaf_of(entry), self.index, checkpoint.size, self.path, checkpoint.root)
        return checkpoint
