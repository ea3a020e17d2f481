"""Reads each file with sssom-py, validates it, holds it against the lines of the file, and writes it again beside it."""

import csv
import logging
import sys

from sssom.constants import SchemaValidationType
from sssom.parsers import parse_sssom_table
from sssom.validators import validate
from sssom.writers import write_table

# That it keeps no extension slots it says of each row.
logging.getLogger("sssom").setLevel(logging.ERROR)
VALIDATIONS = [
    SchemaValidationType.JsonSchema,
    SchemaValidationType.PrefixMapCompleteness,
    SchemaValidationType.StrictCurieFormat,
]
SLOTS = ["subject_id", "predicate_id", "object_id", "mapping_justification"]


def written(path):
    with open(path, encoding="utf-8", newline="") as file:
        rows = csv.DictReader((line for line in file if not line.startswith("#")), delimiter="\t")
        return sorted(tuple(row[slot] for slot in SLOTS) for row in rows)


for path in sys.argv[1:]:
    read = parse_sssom_table(path)
    for kind, report in validate(read, VALIDATIONS, fail_on_error=False).items():
        assert not report.results, (path, kind, report.results)
    rows = sorted(tuple(row) for row in read.df[SLOTS].itertuples(index=False))
    assert rows and rows == written(path), path
    with open(path.replace(".tsv", ".again"), "w", encoding="utf-8") as file:
        write_table(read, file)
    print(f"ok   {path}: {len(rows)} rows")
