//! The door of the GGk: what software of municipalities says in SOAP, and what it is told.

mod checks;
pub(crate) mod codes;
mod examples;
mod files;
mod hostile;
mod refusals;
mod schemas;

use bytes::Bytes;
use data_encoding::BASE64;

use crate::door::{Door, Reply};
use crate::world::{GEMEENTE_A, ZORG_A, message};

pub(super) const PATH: &str = "/ggk/OntvangAsynchroon";
pub(super) const NUMBER: &str = "9c0f7b90-5c69-41e5-a837-0800200c9a66";
pub(super) const OTHER: &str = "b6e9f182-bc44-4f27-9863-9a5ccc1e1cf0";
pub(super) const STUF: &str = "http://www.egem.nl/StUF/StUF0301";
pub(super) const GGK0210: &str = "http://www.stufstandaarden.nl/koppelvlak/ggk0210";
pub(super) const GGK0310: &str = "http://www.stufstandaarden.nl/sectormodel/ggk/0210";

/// A Di01 or Du01 as it is written for a test; what is not changed is right.
#[derive(Clone)]
pub(super) struct Sent {
    pub(super) namespace: &'static str,
    pub(super) element: &'static str,
    pub(super) code: &'static str,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) number: String,
    pub(super) answers: Option<String>,
    pub(super) functie: String,
    pub(super) version: &'static str,
    pub(super) bericht: String,
    /// Name of a file in the older form.
    pub(super) file_name: Option<String>,
}

impl Sent {
    /// An allocation of the first municipality to the first provider.
    pub(super) fn di01(payload: &[u8]) -> Self {
        Self {
            namespace: GGK0210,
            element: "envelopHeenbericht-ggk_Di01",
            code: "Di01",
            from: GEMEENTE_A.to_owned(),
            to: ZORG_A.to_owned(),
            number: NUMBER.to_owned(),
            answers: None,
            functie: "JW301".to_owned(),
            version: "0003",
            bericht: format!(
                "<GGK:xmlBestand>{}</GGK:xmlBestand>",
                BASE64.encode(payload)
            ),
            file_name: None,
        }
    }

    /// An answer of it to what has this number.
    pub(super) fn du01(functie: &str, answers: &str, payload: &[u8]) -> Self {
        Self {
            element: "envelopRetourbericht-ggk_Du01",
            code: "Du01",
            number: OTHER.to_owned(),
            answers: Some(answers.to_owned()),
            functie: functie.to_owned(),
            ..Self::di01(payload)
        }
    }

    /// A file of it that is no message of the standards.
    pub(super) fn file(functie: &str, name: &str, content: &[u8]) -> Self {
        Self {
            functie: functie.to_owned(),
            bericht: format!(
                "<GGK:tekstBestand bestandsnaam=\"{name}\">{}</GGK:tekstBestand>",
                BASE64.encode(content)
            ),
            ..Self::di01(content)
        }
    }

    /// The same in the older form.
    pub(super) fn in_ggk0310(self, payload: &[u8]) -> Self {
        let content = BASE64.encode(payload);
        Self {
            namespace: GGK0310,
            bericht: content,
            ..self
        }
    }

    /// The same with the name of a file, in the older form.
    pub(super) fn named(self, name: &str) -> Self {
        Self {
            file_name: Some(name.to_owned()),
            ..self
        }
    }

    /// The element in the body.
    pub(super) fn element(&self) -> String {
        let Self {
            namespace,
            element,
            code,
            from,
            to,
            number,
            functie,
            version,
            bericht,
            ..
        } = self;
        let answers = self.answers.as_ref().map_or(String::new(), |answers| {
            format!("<StUF:crossRefnummer>{answers}</StUF:crossRefnummer>")
        });
        let media = if *namespace == GGK0310 {
            " xmlns:xmime=\"http://www.w3.org/2005/05/xmlmime\" xmime:contentType=\"application/xml\""
        } else {
            ""
        };
        let named = self.file_name.as_ref().map_or(String::new(), |name| {
            format!(" StUF:bestandsnaam=\"{name}\"")
        });
        format!(
            "<GGK:{element} xmlns:GGK=\"{namespace}\" xmlns:StUF=\"{STUF}\"><GGK:stuurgegevens><StUF:berichtcode>{code}</StUF:berichtcode>\
             <StUF:zender><StUF:organisatie>{from}</StUF:organisatie><StUF:applicatie>Jeugd &amp; Wmo</StUF:applicatie></StUF:zender>\
             <StUF:ontvanger><StUF:organisatie>{to}</StUF:organisatie><StUF:applicatie>GGk</StUF:applicatie></StUF:ontvanger>\
             <StUF:referentienummer>{number}</StUF:referentienummer><StUF:tijdstipBericht>20260301095900</StUF:tijdstipBericht>{answers}\
             <StUF:functie>{functie}</StUF:functie></GGK:stuurgegevens><GGK:parameters><GGK:applicatieVersie>0001</GGK:applicatieVersie>\
             <GGK:applicatieSubversie>0000</GGK:applicatieSubversie><GGK:functieVersie>{version}</GGK:functieVersie>\
             <GGK:functieSubversie>0002</GGK:functieSubversie><GGK:bericht{media}{named}>{bericht}</GGK:bericht></GGK:parameters></GGK:{element}>"
        )
    }

    pub(super) async fn to(&self, door: &Door) -> Reply {
        send(door, "gemeente-a", &soap(&self.element())).await
    }
}

/// A Fo01 of the first municipality about what has this number.
pub(super) fn fo01(number: &str, about: &str, fault: &str) -> String {
    format!(
        "<StUF:Fo01Bericht xmlns:StUF=\"{STUF}\"><StUF:stuurgegevens><StUF:berichtcode>Fo01</StUF:berichtcode>\
         <StUF:zender><StUF:organisatie>{GEMEENTE_A}</StUF:organisatie><StUF:applicatie>Jeugd</StUF:applicatie></StUF:zender>\
         <StUF:ontvanger><StUF:organisatie>{ZORG_A}</StUF:organisatie><StUF:applicatie>GGk</StUF:applicatie></StUF:ontvanger>\
         <StUF:referentienummer>{number}</StUF:referentienummer><StUF:tijdstipBericht>20260301095900</StUF:tijdstipBericht>\
         <StUF:crossRefnummer>{about}</StUF:crossRefnummer></StUF:stuurgegevens><StUF:body><StUF:code>{fault}</StUF:code>\
         <StUF:plek>client</StUF:plek><StUF:omschrijving>Mila Zonneveld</StUF:omschrijving><StUF:detailsXML><a><b/></a></StUF:detailsXML>\
         </StUF:body></StUF:Fo01Bericht>"
    )
}

/// Sends a file of the first municipality to the first provider, which must be taken.
pub(crate) async fn file_sent(door: &Door, number: &str, name: &str, content: &[u8]) {
    let sent = Sent {
        number: number.to_owned(),
        ..Sent::file("BUDGET-CSV", name, content)
    };
    stored(&sent.to(door).await);
}

/// An element in a SOAP message.
pub(super) fn soap(element: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Header/><s:Body>{element}</s:Body></s:Envelope>"
    )
}

pub(super) async fn send(door: &Door, party: &str, message: &str) -> Reply {
    let media = "text/xml; charset=utf-8";
    door.post_as(party, PATH, media, message.to_owned()).await
}

pub(super) fn given(id: &str) -> Bytes {
    message("JW301", GEMEENTE_A, ZORG_A, id)
}

/// The text of an element, whatever its prefix; the first one.
pub(super) fn text_of(reply: &Reply, name: &str) -> Option<String> {
    let text = String::from_utf8_lossy(&reply.body).into_owned();
    let (_, after) = text.split_once(&format!("{name}>"))?;
    after.split_once("</").map(|(value, _)| value.to_owned())
}

/// What a Bv03 says; whatever goes for every answer is checked.
pub(super) fn stored(reply: &Reply) -> String {
    assert_eq!(reply.status, 200, "{:?}", reply.body);
    assert_eq!(reply.header("content-type"), "text/xml; charset=utf-8");
    assert_eq!(text_of(reply, "berichtcode").as_deref(), Some("Bv03"));
    text_of(reply, "crossRefnummer").expect("what it answers")
}

/// The code of a Fo03.
pub(super) fn refused(reply: &Reply) -> String {
    assert_eq!(reply.status, 500, "{:?}", reply.body);
    assert_eq!(reply.header("content-type"), "text/xml; charset=utf-8");
    assert_eq!(
        text_of(reply, "berichtcode").as_deref(),
        Some("Fo03"),
        "{:?}",
        reply.body
    );
    text_of(reply, "StUF:code").expect("a code")
}

/// The class of a fault without Fo03.
pub(super) fn fault(reply: &Reply) -> String {
    let text = String::from_utf8_lossy(&reply.body);
    assert!(!text.contains("Fo03"), "{text}");
    assert!(!text.contains("Zonneveld"), "{text}");
    text_of(reply, "faultcode").unwrap_or_else(|| panic!("no fault: {text}"))
}
