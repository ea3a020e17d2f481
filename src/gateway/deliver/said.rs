//! What is said of a message on a wire that it is brought over: numbers, kind, versions and applications. It follows from what is recorded alone, so it is
//! the same every time, also after an upgrade or with other settings: see [`Words`].

use super::{Owed, Reason};
use crate::envelope::mapping::{self, Numbers};
use crate::envelope::tables::{Functie, Generation};
use crate::ledger::Words;
use crate::register::{Endpoint, EndpointKind};

/// Version of this program, of which the first two numbers are told of messages that no other application made.
const OWN_VERSION: &str = env!("CARGO_PKG_VERSION");

/// The words of this program at an endpoint, as they are set now.
pub(super) fn words(endpoint: &Endpoint, own: &str, codes: Generation) -> Words {
    let number = |place: usize| {
        let number = OWN_VERSION.split('.').nth(place);
        number.and_then(|text| text.parse().ok()).unwrap_or(0)
    };
    Words {
        application: own.to_owned(),
        version: number(0),
        subversion: number(1),
        receiver_application: endpoint.application.clone(),
        zip: endpoint.zip,
        codes: codes.as_str().to_owned(),
    }
}

/// What is said of a message.
pub(super) struct Said<'o> {
    /// Code of who made it.
    pub(super) maker: &'o str,
    /// Code of whom it is for.
    pub(super) receiver: &'o str,
    /// What the wires call its kind.
    pub(super) functie: Functie<'o>,
    /// Name of a file that is no message of the standards.
    pub(super) file_name: Option<&'o str>,
    /// Version and subversion of its kind.
    pub(super) versions: (u16, u16),
    /// Under which numbers it is known.
    pub(super) numbers: Numbers,
    /// Which application made it, 3 to 50 characters.
    pub(super) application: String,
    /// Its version and subversion.
    pub(super) application_versions: (u16, u16),
    /// What the application of the receiver is called.
    pub(super) receiver_application: &'o str,
    /// Whether it goes in a ZIP file, where the wire has a choice.
    pub(super) zip: bool,
    /// actie of the VSP.
    pub(super) action: String,
    /// rol of who made it, when he said so himself.
    pub(super) sender_rol: Option<String>,
    /// Its bytes.
    pub(super) body: &'o [u8],
}

impl<'o> Said<'o> {
    /// Of a message that goes to an endpoint of this kind. Err: it cannot be said there.
    pub(super) fn of(owed: &'o Owed, kind: EndpointKind) -> Result<Self, Reason> {
        let unknown = || Reason::new("kind-unknown");
        let (functie, file_name) = match &owed.kind.functie {
            None => {
                let known = owed.kind.kind().ok_or_else(unknown)?;
                let functie = Functie::of(known.law, known.soort).ok_or_else(unknown)?;
                (functie, None)
            }
            Some(name) => {
                let file_name = owed.wire.as_ref().and_then(|of| of.file_name.as_deref());
                let file_name = file_name.ok_or_else(|| Reason::new("file-name-unknown"))?;
                (Functie::of_files(name), Some(file_name))
            }
        };
        let versions = mapping::versions(&owed.kind.release).ok_or_else(unknown)?;
        let own_numbers = (owed.id, owed.wire_record.as_ref());
        let question = owed.asked.as_ref();
        let known = question.map(|asked| (asked.id, asked.wire_record.as_ref()));
        let numbers = match kind {
            EndpointKind::Ggk0210 => Numbers::on_ggk0210(own_numbers, known),
            EndpointKind::Ggk0310 => {
                let written = question.and_then(|asked| asked.number.as_deref());
                Numbers::on_ggk0310(own_numbers, known, written)
            }
            EndpointKind::VspPush => Numbers::on_vsp(own_numbers, known),
        };
        let (wire, words) = (owed.wire.as_ref(), &owed.words);
        let application = wire.and_then(|wire| wire.sender.applicatie.as_deref());
        let application = mapping::applicatie(application.unwrap_or(&words.application));
        let version = wire.and_then(|wire| wire.applicatie_version);
        let subversion = wire.and_then(|wire| wire.applicatie_subversion);
        Ok(Self {
            maker: owed.maker.as_str(),
            receiver: owed.receiver.as_str(),
            functie,
            file_name,
            versions,
            numbers,
            application,
            application_versions: (
                version.unwrap_or(words.version),
                subversion.unwrap_or(words.subversion),
            ),
            receiver_application: &words.receiver_application,
            zip: words.zip,
            action: wire
                .and_then(|wire| wire.action.clone())
                .unwrap_or_else(|| functie.actie.to_owned()),
            sender_rol: wire.and_then(|wire| wire.sender.rol.clone()),
            body: &owed.body,
        })
    }
}
