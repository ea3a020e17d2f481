//! Reads a SOAP message of OntvangAsynchroon. What it is stands in its body element; the header of HTTP that names an action is looked at elsewhere.
//!
//! The order of what is looked at is the published one: first whether it can be answered at all, then the version of StUF and of the model, and only then what
//! the envelope says.

use std::ops::Range;

use knooppunt_standard::Limits;
use knooppunt_standard::markup::{Element, Markup};

use super::stuurgegevens::{Stuurgegevens, is_other_stuf};
use super::{GGK0210, GGK0310, Operation, SOAP, STUF, XMIME, base64};
use crate::envelope::mapping::version_of;
use crate::envelope::tables::{Condition, Functie};
use crate::envelope::wire::Wire;
use crate::ledger::Door;

/// Most elements that are kept of an envelope: it needs 25.
const ELEMENTS_MAX: usize = 200;

/// A message of OntvangAsynchroon.
#[derive(Debug)]
pub enum Read {
    /// Di01 or Du01.
    Letter(Box<Letter>),
    /// Fo01.
    Refusal(Box<Fo01>),
}

/// A Di01 or Du01.
#[derive(Debug)]
pub struct Letter {
    /// Di01 or Du01.
    pub operation: Operation,
    /// Its routing part.
    pub stuurgegevens: Stuurgegevens,
    /// What is wrong with its berichtcode.
    pub code: Option<Condition>,
    /// The first element of the routing part that is not as the schema has it.
    pub wrong: Option<&'static str>,
    /// What the envelope says.
    pub wire: Wire,
    /// Where the content stands in the buffer, decoded. Err: the first element of the parameters that is not as the schema has it; then the whole body element.
    /// With the name of a file in `wire` it is no message of the standards.
    pub content: Result<Content, &'static str>,
    /// Where the body element stood in the buffer.
    pub whole: Range<usize>,
}

/// What a letter carries.
#[derive(Debug, Clone)]
pub enum Content {
    /// It stands in place.
    InPlace(Range<usize>),
    /// It is of an envelope in which the base64 had to be read otherwise.
    Apart(Vec<u8>),
}

/// A Fo01.
#[derive(Debug)]
pub struct Fo01 {
    /// Its routing part.
    pub stuurgegevens: Stuurgegevens,
    /// What is wrong with its berichtcode.
    pub code: Option<Condition>,
    /// The first element that is not as the schema has it.
    pub wrong: Option<&'static str>,
    /// What the envelope says; what its maker wrote stands in the context.
    pub wire: Wire,
    /// The code of the refusal.
    pub fault: String,
}

/// Why a message is not read. It is answered at once.
#[derive(Debug)]
pub enum Unread {
    /// There is nothing in it that an answer of StUF could be addressed to.
    Fault(Fault, String),
    /// It is of another version or model.
    Condition(Condition, Box<Stuurgegevens>),
}

/// A fault of SOAP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The message is wrong.
    Client,
    /// We could not do our work.
    Server,
    /// Another version of SOAP.
    VersionMismatch,
    /// A header that must be understood is not.
    MustUnderstand,
}

impl Fault {
    /// Its local name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Client => "Client",
            Self::Server => "Server",
            Self::VersionMismatch => "VersionMismatch",
            Self::MustUnderstand => "MustUnderstand",
        }
    }
}

/// Reads a message and decodes its content in the buffer. Err: why not, for whoever answers at once.
pub fn read(buffer: &mut [u8], limits: &Limits) -> Result<Read, Unread> {
    let mut read = Draft::of(buffer, limits)?;
    if let Read::Letter(letter) = &mut read.read {
        let letter = &mut **letter;
        letter.content = match read.place {
            Err(wrong) => Err(wrong),
            Ok(place) => place.decode(buffer).ok_or("bericht"),
        };
        let content = match &letter.content {
            Ok(Content::InPlace(range)) => buffer.get(range.clone()).unwrap_or_default(),
            Ok(Content::Apart(bytes)) => bytes,
            Err(_) => buffer.get(letter.whole.clone()).unwrap_or_default(),
        };
        letter.wire = letter.wire.clone().with_content(content);
    }
    Ok(read.read)
}

/// What was read before the content is decoded.
struct Draft {
    read: Read,
    place: Result<Place, &'static str>,
}

/// Where base64 stands.
enum Place {
    InPlace(Range<usize>),
    Apart(Vec<u8>),
}

impl Place {
    fn decode(self, buffer: &mut [u8]) -> Option<Content> {
        match self {
            Self::InPlace(range) => base64::decode_in_place(buffer, range).map(Content::InPlace),
            Self::Apart(mut bytes) => {
                let whole = 0..bytes.len();
                let content = base64::decode_in_place(&mut bytes, whole)?;
                bytes.truncate(content.end);
                Some(Content::Apart(bytes))
            }
        }
    }
}

fn client(text: &str) -> Unread {
    Unread::Fault(Fault::Client, text.to_owned())
}

impl Draft {
    fn of(buffer: &[u8], limits: &Limits) -> Result<Self, Unread> {
        let limits = Limits {
            text_bytes: buffer.len().max(limits.text_bytes),
            ..limits.clone()
        };
        let markup = Markup::read(buffer, &limits, ELEMENTS_MAX, &["detailsXML"]);
        let markup = markup.map_err(|broken| {
            client(&format!(
                "De envelop is geen XML die wordt aangenomen: {} op regel {}, kolom {}.",
                broken.code, broken.line, broken.column
            ))
        })?;
        let element = body(&markup)?;
        let (namespace, name) = (element.namespace(), element.name());
        let operation = match name {
            "envelopHeenbericht-ggk_Di01" => Some(Operation::Di01),
            "envelopRetourbericht-ggk_Du01" => Some(Operation::Du01),
            "Fo01Bericht" => Some(Operation::Fo01),
            _ => None,
        };
        let unknown = || client("Het element in de body is geen bericht van OntvangAsynchroon.");
        let is_stuf = namespace == STUF || is_other_stuf(namespace);
        if operation.is_none() && !(is_stuf && name.ends_with("Bericht")) {
            return Err(unknown());
        }
        let mut routing = element
            .children()
            .filter(|child| child.name() == "stuurgegevens");
        let routing = routing.next();
        let stuurgegevens = routing.map(Stuurgegevens::of);
        let stuurgegevens = stuurgegevens.filter(Stuurgegevens::can_be_answered);
        let stuurgegevens = stuurgegevens.ok_or_else(|| {
            client("De stuurgegevens zijn niet bruikbaar: zender, ontvanger of referentienummer ontbreekt of klopt niet.")
        })?;
        let refused = |condition| {
            Err(Unread::Condition(
                condition,
                Box::new(stuurgegevens.clone()),
            ))
        };
        if is_other_stuf(namespace) || stuurgegevens.other_stuf {
            return refused(Condition::StufUnsupported);
        }
        let door = match (operation, namespace) {
            (Some(Operation::Fo01), STUF) | (Some(Operation::Di01 | Operation::Du01), GGK0210) => {
                Door::Ggk0210
            }
            (Some(Operation::Di01 | Operation::Du01), GGK0310) => Door::Ggk0310,
            (Some(_), other) if other.contains("/ggk") => {
                return refused(Condition::ModelVersionUnsupported);
            }
            (Some(_), _) => return refused(Condition::ModelUnknown),
            (None, _) => {
                let known = name.strip_suffix("Bericht").is_some_and(is_code);
                return refused(if known {
                    Condition::CodeUnsupported
                } else {
                    Condition::CodeUnknown
                });
            }
        };
        let Some(operation) = operation else {
            return Err(unknown());
        };
        let code = match stuurgegevens.code.as_str() {
            code if code == operation.code() => None,
            code if is_code(code) => Some(Condition::CodeUnsupported),
            _ => Some(Condition::CodeUnknown),
        };
        let uuids = door == Door::Ggk0210 && operation != Operation::Fo01;
        let mut wrong = stuurgegevens.against(operation, uuids);
        let space = if operation == Operation::Fo01 {
            STUF
        } else {
            namespace
        };
        let of_two = element.children().count() == 2 && !element.has_text();
        let first = routing.is_some_and(|routing| {
            routing.namespace() == space
                && element
                    .children()
                    .next()
                    .is_some_and(|first| first.range() == routing.range())
        });
        if !(of_two && first) {
            wrong = wrong.or(Some("stuurgegevens"));
        }
        let mut wire = Wire::new(
            door,
            stuurgegevens.sender.clone(),
            stuurgegevens.receiver.clone(),
            stuurgegevens.number.clone(),
        );
        wire.answers.clone_from(&stuurgegevens.answers);
        wire.functie.clone_from(&stuurgegevens.functie);
        wire.sent_at = Some(stuurgegevens.sent_at.clone());
        if operation == Operation::Fo01 {
            return Ok(refusal(element, stuurgegevens, code, wrong, wire));
        }
        let place = parameters(element, door, &mut wire);
        let letter = Letter {
            operation,
            stuurgegevens,
            code,
            wrong,
            wire,
            content: Err("parameters"),
            whole: element.range(),
        };
        Ok(Self {
            read: Read::Letter(Box::new(letter)),
            place,
        })
    }
}

/// The one element in the body of a SOAP message.
fn body<'m>(markup: &'m Markup<'_>) -> Result<Element<'m>, Unread> {
    let root = markup
        .root()
        .ok_or_else(|| client("Het bericht is leeg."))?;
    if root.name() != "Envelope" {
        return Err(client("Het bericht is geen SOAP-bericht."));
    }
    if root.namespace() != SOAP {
        return Err(Unread::Fault(
            Fault::VersionMismatch,
            "Gebruik SOAP 1.1.".to_owned(),
        ));
    }
    let header = root.child(SOAP, "Header");
    let must = |entry: Element<'_>| {
        let must = entry.attribute(SOAP, "mustUnderstand");
        matches!(must, Some("1" | "true"))
    };
    if header.is_some_and(|header| header.children().any(must)) {
        return Err(Unread::Fault(
            Fault::MustUnderstand,
            "Een kop die begrepen moet worden is hier niet bekend.".to_owned(),
        ));
    }
    let mut bodies = root.children().filter(|child| child.is(SOAP, "Body"));
    let (Some(body), None) = (bodies.next(), bodies.next()) else {
        return Err(client("Het SOAP-bericht heeft geen body, of meer dan een."));
    };
    let mut elements = body.children();
    let (Some(element), None) = (elements.next(), elements.next()) else {
        return Err(client("De body bevat geen element, of meer dan een."));
    };
    Ok(element)
}

/// The versions, and where the content stands. Err: the first element that is not as the schema has it.
fn parameters(letter: Element<'_>, door: Door, wire: &mut Wire) -> Result<Place, &'static str> {
    let namespace = letter.namespace();
    let mut all = letter.children().skip(1);
    let parameters = all.next().filter(|child| child.is(namespace, "parameters"));
    let parameters = parameters.filter(|of| !of.has_text()).ok_or("parameters")?;
    let mut children = parameters.children().peekable();
    if door == Door::Ggk0310 {
        for name in ["referentienummerBericht", "crossRefnummerBericht"] {
            let number = children.next_if(|child| child.is(namespace, name));
            if number.is_some_and(|number| number.text().chars().count() > 40) {
                return Err(name);
            }
        }
    }
    let mut version = |name: &'static str| {
        let child = children.next().filter(|child| child.is(namespace, name));
        child
            .and_then(|child| version_of(&child.text()))
            .ok_or(name)
    };
    wire.applicatie_version = Some(version("applicatieVersie")?);
    wire.applicatie_subversion = Some(version("applicatieSubversie")?);
    wire.functie_version = Some(version("functieVersie")?);
    wire.functie_subversion = Some(version("functieSubversie")?);
    let bericht = children
        .next()
        .filter(|child| child.is(namespace, "bericht"));
    let bericht = bericht.ok_or("bericht")?;
    if children.next().is_some() {
        return Err("parameters");
    }
    if door == Door::Ggk0310 {
        let media = bericht.attribute(XMIME, "contentType");
        let name = bericht.attribute(STUF, "bestandsnaam").unwrap_or_default();
        let known = |(namespace, name): (&str, &str)| {
            (namespace, name) == (XMIME, "contentType")
                || (namespace, name) == (STUF, "bestandsnaam")
        };
        if media.is_none_or(|media| media.chars().count() < 3)
            || name.chars().count() > 255
            || !bericht.attributes().all(known)
            || bericht.children().next().is_some()
        {
            return Err("bericht");
        }
        let functie = wire.functie.as_deref().unwrap_or_default();
        if Functie::named(functie).is_none() {
            // This envelope has one element for both: what is under no functie of the standards is a file, and has the name of one.
            wire.file_name = Some(file_name(name)?);
        }
        return Ok(place(bericht));
    }
    let mut files = bericht.children();
    let (Some(file), None) = (files.next(), files.next()) else {
        return Err("bericht");
    };
    let nested = file.children().next().is_some();
    if bericht.has_text() || nested || file.namespace() != namespace {
        return Err("bericht");
    }
    match file.name() {
        "xmlBestand" if file.attributes().next().is_none() => Ok(place(file)),
        "tekstBestand" => {
            let name = file.attribute("", "bestandsnaam").ok_or("bestandsnaam")?;
            if file.attributes().count() != 1 {
                return Err("bestandsnaam");
            }
            wire.file_name = Some(file_name(name)?);
            Ok(place(file))
        }
        _ => Err("xmlBestand"),
    }
}

/// The name of a file. Err: it is not as the schema of ggk0210 has it.
fn file_name(name: &str) -> Result<String, &'static str> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    let fits = (4..=255).contains(&name.len()) && name.bytes().all(plain);
    fits.then(|| name.to_owned()).ok_or("bestandsnaam")
}

/// Content that is written with references, CDATA or comments is read apart.
fn place(element: Element<'_>) -> Place {
    if element.raw().contains(['&', '<']) {
        Place::Apart(element.text().into_owned().into_bytes())
    } else {
        Place::InPlace(element.range())
    }
}

fn refusal(
    element: Element<'_>,
    stuurgegevens: Stuurgegevens,
    code: Option<Condition>,
    wrong: Option<&'static str>,
    mut wire: Wire,
) -> Draft {
    let fault = element.child(STUF, "body");
    let text = |name: &str| {
        let child = fault.and_then(|fault| fault.child(STUF, name));
        child.map(|child| child.text().into_owned())
    };
    let within = |name, most: usize, needed: bool| {
        text(name).map_or(!needed, |text| text.chars().count() <= most)
    };
    let fits = within("code", 7, true)
        && matches!(text("plek").as_deref(), Some("client" | "server"))
        && within("omschrijving", 200, true)
        && within("details", 1000, false);
    for key in ["code", "plek", "omschrijving", "details"] {
        let values: Vec<String> = text(key).into_iter().collect();
        wire.context.push(crate::envelope::wire::Aspect {
            key: key.to_owned(),
            values,
        });
    }
    let details = fault.and_then(|fault| fault.child(STUF, "detailsXML"));
    let details = details.map(|details| details.raw().as_bytes().to_vec());
    let wire = wire.with_content(&details.unwrap_or_default());
    let refusal = Fo01 {
        wrong: wrong.or((!fits).then_some("body")),
        stuurgegevens,
        code,
        wire,
        fault: text("code").unwrap_or_default(),
    };
    Draft {
        read: Read::Refusal(Box::new(refusal)),
        place: Err("body"),
    }
}

/// Whether StUF knows a message code of this name: two letters and two digits of its list.
fn is_code(code: &str) -> bool {
    let Some((kind, number)) = code.split_at_checked(2) else {
        return false;
    };
    let most = match kind {
        "Di" | "Du" => 2,
        "Fo" => 3,
        "La" | "Lv" => 14,
        "Lk" => 6,
        "Bv" | "Sa" | "Sh" => 4,
        "Tr" => 1,
        _ => return false,
    };
    number.len() == 2
        && number
            .parse::<u8>()
            .is_ok_and(|number| (1..=most).contains(&number))
}
