#!/usr/bin/env python3
"""The body of a push byte for byte as .NET's HttpClient writes a MultipartFormDataContent: a quoted boundary in the header, names without quotes, a file name
twice, no types of parts. Writes it to `body`, and its Content-Type and number to `media` and `number`, for curl to send as they are.
"""
import json
import os
import uuid

NUMBER, BOUNDARY = str(uuid.uuid4()), str(uuid.uuid4())
METADATA = {
    "routeringgegevens": {
        "afzender": {"rol": "Instelling", "code": "98980001"},
        "geadresseerden": [{"rol": "Gemeente", "code": "0289"}],
        "berichtstroom": {"berichttype": "JW", "berichtsubtype": "JW315", "berichtversie": 3, "berichtsubversie": 2, "actie": "VerzoekToewijzing"},
    },
    "referentiegegevens": {"conversatieId": NUMBER, "traceerId": NUMBER},
}
with open(os.path.join(os.environ["MESSAGES"], "JW315", "plain", "message.xml"), "rb") as file:
    payload = file.read()
head = "--{}\r\nContent-Disposition: form-data; name={}\r\n\r\n".format
body = head(BOUNDARY, "berichtMetadata") + json.dumps(METADATA) + "\r\n" + head(BOUNDARY, "payload; filename=payload; filename*=utf-8''payload")
for name, content in (
    ("body", body.encode() + payload + f"\r\n--{BOUNDARY}--\r\n".encode()),
    ("media", f'multipart/form-data; boundary="{BOUNDARY}"'.encode()),
    ("number", NUMBER.encode()),
):
    with open(name, "wb") as file:
        file.write(content)
