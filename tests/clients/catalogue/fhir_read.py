"""Reads each file as a ConceptMap of FHIR R5, which refuses what the standard does not have, and writes it again beside it: the same, value by value."""

import json
import sys

from fhir.resources.conceptmap import ConceptMap

for path in sys.argv[1:]:
    with open(path, encoding="utf-8") as file:
        text = file.read()
    read = ConceptMap.model_validate_json(text)
    again = read.model_dump_json()
    assert json.loads(again) == json.loads(text), path
    elements = sum(len(group.element) for group in read.group)
    assert elements, path
    with open(path.replace(".json", ".again"), "w", encoding="utf-8") as file:
        file.write(again)
    print(f"ok   {path}: {elements} elements")
