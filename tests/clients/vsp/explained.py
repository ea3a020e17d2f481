"""Reasons for which the door of the VSP refuses a request that fits its schema: schemathesis calls each refusal of such a request a failure, and may be right.
Here stands, by name, when it is not; what is not explained by one of these fails the run.
"""
import urllib.parse

import schemathesis
from schemathesis.openapi.checks import RejectedPositiveData
from schemathesis.specs.openapi.checks import positive_data_acceptance

AANBIEDER = "98980001"
PUSH, ZOEKEN, STATUS = "POST /berichten", "POST /berichten/zoeken", "GET /berichtstatussen"


def metadata(case):
    return case.body["berichtMetadata"] if isinstance(case.body, dict) else {}


def refused_as(response, code):
    return response.status_code == 422 and list(response.json()["errors"]) == [code]


def wrong_at(response, place):
    return response.status_code == 400 and list(response.json()["errors"]) == [place]


def the_sender_is_made_up(case, response):
    """A schema cannot say which providers there are."""
    return refused_as(response, "BRS01") and metadata(case)["routeringgegevens"]["afzender"].get("code") != AANBIEDER


def the_kind_is_made_up(case, response):
    """Nor which kinds of messages: a berichtsubtype of which no standard has heard has no route."""
    stroom = metadata(case)["routeringgegevens"]["berichtstroom"]
    return refused_as(response, "BRS33") and "berichtsubtype" in stroom and stroom["berichtsubtype"][:2] not in ("JW", "WM")


def the_payload_is_empty(case, response):
    """The description of the push sets no least length, that of the pull does."""
    return wrong_at(response, "payload") and not case.body["payload"]


def there_are_more_parts(case, response):
    """The description names two parts and forbids no others, by mistake: it forbids them everywhere else. Nothing is done with a part that nobody reads."""
    return wrong_at(response, "multipart") and bool(case.body.keys() - {"berichtMetadata", "payload"})


def the_zoekpad_type_is_made_up(case, response):
    """The description has three searches and lets their name be any text."""
    return response.status_code == 400 and case.body.get("zoekpadType") not in ("ZoekpadOpBerichtstroom", "ZoekpadOpConversatieId", "ZoekpadOpAlsAntwoordOp")


def not_exactly_one_parameter(case, response):
    """The description says so in words; its schema calls both optional."""
    asked = urllib.parse.parse_qs(urllib.parse.urlsplit(response.request.url).query, keep_blank_values=True)
    return response.status_code == 400 and len(asked.keys() & {"traceerId", "conversatieId"}) != 1


EXPLAINED = {
    PUSH: [the_sender_is_made_up, the_kind_is_made_up, the_payload_is_empty, there_are_more_parts],
    ZOEKEN: [the_zoekpad_type_is_made_up],
    STATUS: [not_exactly_one_parameter],
}


@schemathesis.check
def accepted_or_explained(ctx, response, case):
    """Stands for positive_data_acceptance, which is asked first."""
    try:
        positive_data_acceptance(ctx, response, case)
    except RejectedPositiveData:
        if not any(reason(case, response) for reason in EXPLAINED.get(case.operation.label, [])):
            raise
