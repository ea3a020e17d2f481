"""The whole cycle of a provider with the clients that openapi-generator makes of the published descriptions: push, status, list, search, payload, confirm."""

import hashlib
import os
import pathlib
import sys
import uuid

for name in ("push", "pull", "status2", "status3"):
    sys.path.insert(0, f"{sys.argv[1]}/{name}")
import vsp_pull
import vsp_push
import vsp_status2
import vsp_status3

URL = os.environ["URL"]


def client(module, path):
    settings = module.Configuration(host=f"{URL}/berichtenservice/{path}")
    settings.cert_file, settings.key_file, settings.ssl_ca_cert = (os.environ[name] for name in ("CERT", "KEY", "CA"))
    return module.ApiClient(settings)


def is_refused(module, call, status, holds=""):
    try:
        call()
    except module.ApiException as error:
        assert error.status == status and holds in (error.body or ""), (error.status, error.body)
    else:
        sys.exit(f"it was not answered with {status}")


push = vsp_push.BerichtApi(client(vsp_push, "berichten/rest-push/v1"))
# With a slash at its end, as some configure it.
pull = vsp_pull.BerichtenApi(client(vsp_pull, "berichten/rest-pull/v1/"))
status2 = vsp_status2.BerichtstatusApi(client(vsp_status2, "berichtstatus/rest-pull/v2"))
status3 = vsp_status3.BerichtstatusApi(client(vsp_status3, "berichtstatus/rest-pull/v3"))

message = pathlib.Path(os.environ["MESSAGES"], "JW305/plain/message.xml").read_bytes()
number = str(uuid.uuid4())
metadata = vsp_push.BerichtMetadata.from_dict(
    {
        "routeringgegevens": {
            "afzender": {"rol": "Instelling", "code": "98980001"},
            "geadresseerden": [{"rol": "Gemeente", "code": "0289"}],
            "berichtstroom": {"berichttype": "JW", "berichtsubtype": "JW305", "berichtversie": 3, "berichtsubversie": 2, "actie": "StartZorg"},
        },
        "referentiegegevens": {"conversatieId": number, "traceerId": number},
    }
)
for _ in range(2):
    assert push.post_bericht_with_http_info(metadata, message).status_code == 204
is_refused(vsp_push, lambda: push.post_bericht(metadata, b"<other/>"), 422, "BRS114")
for api, word in ((status2, "Aangeboden"), (status3, "WordtAangeboden")):
    [status] = api.zoek_berichtstatussen(traceer_id=number)
    assert status.berichtstatus == word, status
    assert len(api.zoek_berichtstatussen(conversatie_id=number)) == 1

[waiting] = pull.get_berichten(limit=1)
names, told = waiting.referentiegegevens, waiting.basisgegevens.payload
payload = bytes(pull.get_payload(names.traceer_id))
assert len(payload) == told.grootte and hashlib.sha256(payload).hexdigest() == told.checksum.waarde
assert told.url.startswith(URL), told.url
zoekpad = {"zoekpadType": "ZoekpadOpConversatieId", "conversatieId": str(names.conversatie_id)}
assert len(pull.zoek_berichten(vsp_pull.ZoekpadOpConversatieId.from_dict(zoekpad))) == 1
for _ in range(2):
    assert pull.bevestig_ontvangst_with_http_info(names.traceer_id).status_code == 202
is_refused(vsp_pull, lambda: pull.get_payload(names.traceer_id), 404)
assert pull.get_berichten() == []
[status] = status3.zoek_berichtstatussen(traceer_id=str(names.traceer_id))
assert status.berichtstatus == "Bezorgd", status
