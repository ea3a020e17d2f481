#!/usr/bin/env python3
"""zeep against the door of the GGk: the description as published where it is there, and as the gateway gives it; over mutual TLS.

Surroundings: URL, CA and CERTIFICATES of the gateway, MESSAGES, QUESTIONS: a file with a line for each start that the provider pushed (its number and its
Identificatie), PUBLISHED: folder with the published descriptions, may be empty. Ends with 0 when all came out as it should.
"""
import os
import re
import sys
import uuid

import requests
import zeep
from zeep.transports import Transport

URL = os.environ["URL"]
STUF = "http://www.egem.nl/StUF/StUF0301"
SENDER, RECEIVER = "0289", "98980001"
PULL = URL + "/berichtenservice/berichten/rest-pull/v1/berichten"
STATUS = URL + "/berichtenservice/berichtstatus/rest-pull/v3/berichtstatussen"


def known_as(party):
    session = requests.Session()
    session.trust_env = False
    session.cert = tuple(os.path.join(os.environ["CERTIFICATES"], party + end) for end in (".pem", ".key"))
    session.verify = os.environ["CA"]
    return session


gemeente, aanbieder = known_as("gemeente"), known_as("aanbieder")
with open(os.environ["QUESTIONS"], encoding="utf-8") as file:
    questions = [line.split() for line in file]
failed = 0


def check(what, is_right):
    global failed
    failed += not is_right
    print(("ok   " if is_right else "NOT  ") + what)


def message(kind, **other):
    """A message of this kind with other texts in these elements."""
    with open(os.path.join(os.environ["MESSAGES"], kind, "plain", "message.xml"), encoding="utf-8") as file:
        text = file.read()
    for name, value in other.items():
        text = re.sub(rf"(:{name}>)[^<]+", rf"\g<1>{value}", text, count=1)
    return text.encode()


def routing(code, number, functie=None, answers=None):
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


def fault_of(call):
    """Code of the Fo03 in a fault; empty for a fault without; None for none."""
    try:
        call()
    except zeep.exceptions.Fault as fault:
        code = fault.detail.findtext(f".//{{{STUF}}}code") if fault.detail is not None else None
        return code or ""
    return None


def fetched(number):
    """What the provider sees of the message with this number: its metadata and its payload."""
    [found] = [one for one in aanbieder.get(PULL).json() if one["referentiegegevens"]["traceerId"] == number]
    return found, aanbieder.get(f"{PULL}/{number}/payload").content


def play(name, wsdl, binding, path, older):
    client = zeep.Client(wsdl, transport=Transport(session=gemeente))
    service = client.create_service(binding, URL + path)

    def parameters(content):
        bericht = dict(_value_1=content, contentType="application/xml") if older else dict(xmlBestand=content)
        versions = dict(applicatieVersie="0001", applicatieSubversie="0000", functieVersie="0003", functieSubversie="0002")
        return dict(versions, bericht=bericht)

    number, content = str(uuid.uuid4()), message("JW301", Identificatie=uuid.uuid4().hex[:12])

    def di01(functie="JW301", number=number):
        return service.ggk_Di01(stuurgegevens=routing("Di01", number, functie), parameters=parameters(content))

    first = di01()
    check(f"{name}: Bv03 on a Di01", first.berichtcode == "Bv03" and first.crossRefnummer == number)
    check(f"{name}: zender and ontvanger changed places", first.zender.organisatie == RECEIVER)
    check(f"{name}: the same again has the same answer", di01().referentienummer == first.referentienummer)
    check(f"{name}: the provider fetches it byte for byte under that number", fetched(number)[1] == content)
    check(f"{name}: the same number with another functie is StUF016", fault_of(lambda: di01("JW319")) == "StUF016")
    check(f"{name}: a functie that nobody knows is StUF034", fault_of(lambda: di01("JW399", str(uuid.uuid4()))) == "StUF034")
    version_1 = str(uuid.uuid1())
    if older:
        check(f"{name}: a number of version 1 is taken", di01(number=version_1).berichtcode == "Bv03")
    else:
        check(f"{name}: a number of version 1 is a fault without Fo03", fault_of(lambda: di01(number=version_1)) == "")

    def du01(answers, content):
        number = str(uuid.uuid4())
        return number, service.ggk_Du01(stuurgegevens=routing("Du01", number, "JW306", answers), parameters=parameters(content))

    asked, identificatie = questions.pop()
    content = message("JW306", Identificatie=identificatie, IdentificatieRetour=uuid.uuid4().hex[:12])
    number, answer = du01(asked, content)
    check(f"{name}: Bv03 on a Du01", answer.berichtcode == "Bv03" and answer.crossRefnummer == number)
    found, payload = fetched(number)
    check(f"{name}: the provider fetches the answer to what it asked", found["referentiegegevens"]["alsAntwoordOp"] == asked and payload == content)
    unknown = str(uuid.uuid4())
    check(f"{name}: a Du01 to what is not known is StUF043", fault_of(lambda: du01(unknown, content)) == "StUF043")

    def fo01(about):
        body = dict(code="StUF055", plek="client", omschrijving="Bericht voldoet niet aan het schema")
        number = str(uuid.uuid4())
        return number, service.Fo01(stuurgegevens=routing("Fo01", number, answers=about), body=body)

    asked, _ = questions.pop()
    number, answer = fo01(asked)
    check(f"{name}: Bv03 on a Fo01", answer.berichtcode == "Bv03" and answer.crossRefnummer == number)
    [status] = aanbieder.get(STATUS, params=dict(traceerId=asked)).json()
    check(f"{name}: the provider is told that it was refused", status["berichtstatus"] == "AfgekeurdDoorDienst")
    check(f"{name}: a Fo01 about what is not known is StUF043", fault_of(lambda: fo01(unknown)) == "StUF043")


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
    if os.environ["PUBLISHED"]:
        play(f"{model}, the published description", os.path.join(os.environ["PUBLISHED"], published), binding, path, older)
sys.exit(1 if failed else 0)
