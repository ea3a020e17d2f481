//! What the software of the two writes on its own wire: a SOAP message of the GGk, and a push of the VSP. Everything a program of others would write itself.

use bytes::Bytes;
use data_encoding::BASE64;
use http::header::{CONTENT_TYPE, HeaderName};
use jiff::Timestamp;
use serde_json::json;

use super::super::Stop;
use crate::envelope::ggk::write::tijdstip;
use crate::envelope::ggk::{GGK0210, Operation, SOAP, STUF};
use crate::envelope::mapping::minted;
use crate::envelope::wire::uuid_text;
use crate::ledger::MessageId;

/// The codes in the messages of this chapter.
pub(super) const GEMEENTE: &str = "0344";
pub(super) const AANBIEDER: &str = "98980002";

const BOUNDARY: &str = "grens-van-de-aanbieder-in-de-demo";

/// A request, ready to be handed in.
pub(super) struct Handed {
    pub(super) headers: Vec<(HeaderName, String)>,
    pub(super) body: Bytes,
}

/// A number that nothing else has. Err: the operating system gives no random bytes.
pub(super) fn new_number() -> Result<String, Stop> {
    let id = MessageId::random()
        .map_err(|_| Stop::unable("geen willekeurige bytes van het besturingssysteem"))?;
    Ok(uuid_text(minted(id)))
}

/// The Di01 by which the municipality hands in a message to the provider.
pub(super) fn di01(functie: &str, number: &str, at: Timestamp, message: &str) -> Handed {
    let content = BASE64.encode(message.as_bytes());
    let at = tijdstip(at);
    let side = |name: &str, code: &str, applicatie: &str| {
        format!(
            "<StUF:{name}><StUF:organisatie>{code}</StUF:organisatie><StUF:applicatie>{applicatie}</StUF:applicatie></StUF:{name}>"
        )
    };
    let (zender, ontvanger) = (
        side("zender", GEMEENTE, "Jeugdapplicatie"),
        side("ontvanger", AANBIEDER, "GGk"),
    );
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<soap:Envelope xmlns:soap=\"{SOAP}\"><soap:Body>\
         <GGK:envelopHeenbericht-ggk_Di01 xmlns:GGK=\"{GGK0210}\" xmlns:StUF=\"{STUF}\"><GGK:stuurgegevens>\
         <StUF:berichtcode>Di01</StUF:berichtcode>{zender}{ontvanger}<StUF:referentienummer>{number}</StUF:referentienummer>\
         <StUF:tijdstipBericht>{at}</StUF:tijdstipBericht><StUF:functie>{functie}</StUF:functie></GGK:stuurgegevens>\
         <GGK:parameters><GGK:applicatieVersie>0004</GGK:applicatieVersie><GGK:applicatieSubversie>0001</GGK:applicatieSubversie>\
         <GGK:functieVersie>0003</GGK:functieVersie><GGK:functieSubversie>0002</GGK:functieSubversie>\
         <GGK:bericht><GGK:xmlBestand>{content}</GGK:xmlBestand></GGK:bericht></GGK:parameters>\
         </GGK:envelopHeenbericht-ggk_Di01></soap:Body></soap:Envelope>"
    );
    Handed {
        headers: vec![
            (CONTENT_TYPE, "text/xml; charset=utf-8".to_owned()),
            (
                HeaderName::from_static("soapaction"),
                format!("\"{}\"", Operation::Di01.action(GGK0210)),
            ),
        ],
        body: body.into(),
    }
}

/// The push by which the provider hands in a message to the municipality.
pub(super) fn push(bericht: &str, actie: &str, number: &str, message: &str) -> Handed {
    let metadata = json!({
        "routeringgegevens": {
            "afzender": {"rol": "Instelling", "code": AANBIEDER},
            "geadresseerden": [{"rol": "Gemeente", "code": GEMEENTE}],
            "berichtstroom": {
                "berichttype": "JW", "berichtsubtype": bericht, "berichtversie": 3, "berichtsubversie": 2, "actie": actie
            }
        },
        "referentiegegevens": {"conversatieId": number, "traceerId": number},
        "verwerkingscontext": [{"sleutel": "Applicatie", "waarde": ["Zorgpakket"]}]
    });
    let body = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"berichtMetadata\"\r\nContent-Type: application/json\r\n\r\n{metadata}\r\n\
         --{BOUNDARY}\r\nContent-Disposition: form-data; name=\"payload\"; filename=\"{bericht}.xml\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n{message}\r\n--{BOUNDARY}--\r\n"
    );
    Handed {
        headers: vec![(
            CONTENT_TYPE,
            format!("multipart/form-data; boundary=\"{BOUNDARY}\""),
        )],
        body: body.into(),
    }
}
