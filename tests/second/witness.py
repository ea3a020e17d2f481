"""What a witness answers: SPEC.md, section 15."""

from log import Refused, check_consistency, hash_of, number
from signed import Checkpoint, Note

PATH_MAX = 63


def read_request(data):
    """Old size, path, note and checkpoint."""
    try:
        head, parted, note = data.decode().partition("\n\n")
    except UnicodeDecodeError:
        raise Refused("witness-form") from None
    lines = head.split("\n")
    old = number(lines[0].removeprefix("old ")) if lines[0].startswith("old ") else None
    path = [hash_of(line) for line in lines[1:]]
    if not parted or old is None or None in path or len(path) > PATH_MAX:
        raise Refused("witness-form")
    note = Note(note.encode())
    return old, path, note, Checkpoint(note.text)


def consider(latest, request, policy):
    """Status, and with 200 the note that is kept from now on, with 409 the body. `latest` is the note that is kept, or None."""
    try:
        old, path, note, checkpoint = read_request(request)
    except Refused:
        return 400, None
    if checkpoint.origin != policy.origin:
        return 404, None
    try:
        note.verify(policy.logs)
    except Refused:
        return 403, None
    if old > checkpoint.size:
        return 400, None
    kept = Checkpoint(Note(latest).text) if latest else None
    size = kept.size if kept else 0
    is_fork = kept and kept.size == checkpoint.size and kept.root != checkpoint.root
    if is_fork or old != size:
        return 409, f"{size}\n"
    try:
        if size:
            check_consistency(size, kept.root, checkpoint.size, checkpoint.root, path)
        elif path:
            return 422, None
    except Refused:
        return 422, None
    logs = {(key.name, key.id) for key in policy.logs}
    lines = [line + "\n" for line in request.decode().rpartition("\n\n")[2].split("\n")[:-1]]
    own = [line for line, (name, identity, _) in zip(lines, note.signatures, strict=True) if (name, identity) in logs]
    return 200, note.text + "\n" + "".join(own)
