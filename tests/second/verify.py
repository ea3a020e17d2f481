"""Verifies what a log of Knooppunt gave out, by SPEC.md alone.

    verify.py export FOLDER [--policy FILE]
    verify.py receipt FILE.tlog-proof --policy FILE (--entry BASE64 | --salt BASE64 --record BASE64)

Exit code 0: it holds; 1: it does not; 2: it could not be read.
"""

import argparse
import sys
from datetime import datetime, timezone
from pathlib import Path

from export import verify_folder
from log import Refused, event_entry, from_base64
from signed import Policy, Receipt


def when(seconds):
    if seconds is None:
        return "at no time that a witness saw"
    try:
        return datetime.fromtimestamp(seconds, timezone.utc).isoformat()
    except (OverflowError, ValueError, OSError):
        # After the year 9999.
        return f"{seconds} seconds after 1970"


def data(text):
    value = from_base64(text)
    if value is None:
        raise argparse.ArgumentTypeError("not base64")
    return value


def export(arguments):
    own = arguments.policy or arguments.folder / "policy"
    policy = Policy(own.read_bytes().decode())
    shown = verify_folder(arguments.folder, policy)
    if not arguments.policy:
        print("the keys are those of the export itself: this shows that it is whole, not whose it is")
    manifest, checkpoint = shown.manifest, shown.checkpoint
    print(f"log {manifest.origin}: {manifest.records} records of {manifest.size}, {manifest.erased} of them erased")
    print(f"seen by {', '.join(name for name, _ in checkpoint.cosigned) or 'no witness'}; there since {when(checkpoint.receipt_time)}")
    for key, value in manifest.about.items():
        if value is not None:
            print(f"the log says: {key} {value}")


def receipt(arguments):
    policy = Policy(arguments.policy.read_bytes().decode())
    entry = arguments.entry or event_entry(arguments.salt, arguments.record)
    read = Receipt(arguments.file.read_bytes())
    checkpoint = read.verify(entry, policy)
    print(f"log {checkpoint.origin}: entry {read.index} of {checkpoint.size}")
    print(f"seen by {', '.join(name for name, _ in checkpoint.cosigned) or 'no witness'}; there since {when(checkpoint.receipt_time)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    one = commands.add_parser("export")
    one.add_argument("folder", type=Path)
    one.add_argument("--policy", type=Path)
    one.set_defaults(run=export)
    one = commands.add_parser("receipt")
    one.add_argument("file", type=Path)
    one.add_argument("--policy", type=Path, required=True)
    one.add_argument("--entry", type=data)
    one.add_argument("--salt", type=data)
    one.add_argument("--record", type=data)
    one.set_defaults(run=receipt)
    arguments = parser.parse_args()
    if arguments.run is receipt and not arguments.entry and (arguments.salt is None or arguments.record is None):
        parser.error("an entry, or salt and record, is needed")
    try:
        arguments.run(arguments)
    except Refused as refused:
        print(f"does not hold: {refused}")
        return 1
    except (OSError, UnicodeDecodeError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
