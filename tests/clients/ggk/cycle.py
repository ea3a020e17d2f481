#!/usr/bin/env python3
"""zeep against the door of the GGk: the description as published where it is there, and as the gateway gives it; over mutual TLS.

Surroundings: KNOOPPUNT_URL, KNOOPPUNT_CERT, KNOOPPUNT_KEY, KNOOPPUNT_CA of a municipality (as `knooppunt demo --keep` prints them), MESSAGE: a JW301 of it,
PUBLISHED: folder with the published descriptions, may be absent. Ends with 0 when all came out as it should.
"""
import os
import re
import sys
import uuid

import requests
import zeep
from zeep.transports import Transport

URL = os.environ["KNOOPPUNT_URL"]
STUF = "http://www.egem.nl/StUF/StUF0301"
session = requests.Session()
session.trust_env = False
session.cert = (os.environ["KNOOPPUNT_CERT"], os.environ["KNOOPPUNT_KEY"])
session.verify = os.environ["KNOOPPUNT_CA"]

with open(os.environ["MESSAGE"], encoding="utf-8") as file:
    MESSAGE = file.read()
SENDER = re.search(r"Afzender>(\d+)<", MESSAGE).group(1)
RECEIVER = re.search(r"Ontvanger>(\d+)<", MESSAGE).group(1)

failed = 0


def check(what, is_right):
    global failed
    failed += not is_right
    print(("ok   " if is_right else "NOT  ") + what)


def payload():
    """The message under an identification of its own."""
    own = uuid.uuid4().hex[:12]
    return re.sub(r"(Identificatie>)[^<]+(</[^>]*:?Identificatie>\s*<[^>]*Dagtekening)", rf"\g<1>{own}\g<2>", MESSAGE, count=1).encode()


def routing(code, functie, number, answers=None):
    own = dict(
        berichtcode=code,
        zender=dict(organisatie=SENDER, applicatie="Jeugd Applicatie"),
        ontvanger=dict(organisatie=RECEIVER, applicatie="GGk"),
        referentienummer=number,
        tijdstipBericht="20260301100000",
    )
    if answers:
        own["crossRefnummer"] = answers
    if functie:
        own["functie"] = functie
    return own


def parameters(bericht):
    return dict(applicatieVersie="0001", applicatieSubversie="0000", functieVersie="0003", functieSubversie="0002", bericht=bericht)


def fault_of(call):
    """Code of the Fo03 in a fault; empty for a fault without; None for none."""
    try:
        call()
    except zeep.exceptions.Fault as fault:
        code = fault.detail.findtext(f".//{{{STUF}}}code") if fault.detail is not None else None
        return code or ""
    return None


def play(name, wsdl, binding, path, older):
    client = zeep.Client(wsdl, transport=Transport(session=session))
    service = client.create_service(binding, URL + path)

    def bericht(content):
        return dict(_value_1=content, contentType="application/xml") if older else dict(xmlBestand=content)

    number, content = str(uuid.uuid4()), payload()

    def send(functie="JW301", number=number):
        return service.ggk_Di01(stuurgegevens=routing("Di01", functie, number), parameters=parameters(bericht(content)))

    first = send()
    check(f"{name}: Bv03 on a Di01", first.berichtcode == "Bv03" and first.crossRefnummer == number)
    check(f"{name}: zender and ontvanger changed places", first.zender.organisatie == RECEIVER)
    check(f"{name}: the same again has the same answer", send().referentienummer == first.referentienummer)
    check(f"{name}: the same number with another functie is StUF016", fault_of(lambda: send("JW319")) == "StUF016")
    check(f"{name}: a functie that nobody knows is StUF034", fault_of(lambda: send("JW399", str(uuid.uuid4()))) == "StUF034")
    version_1 = str(uuid.uuid1())
    if older:
        check(f"{name}: a number of version 1 is taken", send(number=version_1).berichtcode == "Bv03")
    else:
        check(f"{name}: a number of version 1 is a fault without Fo03", fault_of(lambda: send(number=version_1)) == "")
    unknown = str(uuid.uuid4())
    answer = lambda: service.ggk_Du01(
        stuurgegevens=routing("Du01", "JW306", str(uuid.uuid4()), unknown), parameters=parameters(bericht(content))
    )
    check(f"{name}: a Du01 to what is not known is StUF043", fault_of(answer) == "StUF043")
    refusal = lambda: service.Fo01(
        stuurgegevens=routing("Fo01", None, str(uuid.uuid4()), unknown),
        body=dict(code="StUF055", plek="client", omschrijving="Bericht voldoet niet aan het schema"),
    )
    check(f"{name}: a Fo01 about what is not known is StUF043", fault_of(refusal) == "StUF043")


MODELS = [
    (
        "ggk0210",
        "{http://www.stufstandaarden.nl/koppelvlak/ggk0210}SOAPOntvangAsynchroon",
        "/ggk/OntvangAsynchroon",
        "ggk0210/ggkberichten/ggk0210_OntvangAsynchroon_ggkberichten.wsdl",
    ),
    (
        "ggk0310",
        "{http://www.stufstandaarden.nl/sectormodel/ggk/0210}SOAPOntvangAsynchroon",
        "/ggk/ggk0310/OntvangAsynchroon",
        "ggk0310_21/ggkberichten/ggk0310_OntvangAsynchroon.wsdl",
    ),
]
for model, binding, path, published in MODELS:
    older = model == "ggk0310"
    play(f"{model}, our description", f"{URL}{path}?wsdl", binding, path, older)
    folder = os.environ.get("PUBLISHED")
    if folder:
        play(f"{model}, the published description", os.path.join(folder, published), binding, path, older)
    else:
        print(f"--   {model}: the published description is not here")
sys.exit(1 if failed else 0)
