//! Answers: from a message and what the rules say of it to the bytes of its 302, 306, 308, 316, 318, 320 or 325.
//! Decides nothing: who judges, and whether an answer may go out, is not known here.
//!
//! | what the rules say | 302 to 320 | 325 |
//! |---|---|---|
//! | nothing refused | header without RetourCodes | 8001, granted what was asked |
//! | content of the message (level 2) | header with 0001 | header with 0001 |
//! | header refused | header with its codes | header with its codes |
//! | anything below it | header 0200 and every class, each with its codes | `declaratie` |
//!
//! A class has its own codes, else 0233 when it was not judged, else 0200 (IV028, OP065). What is repeated from the
//! message keeps the sender's text; elements and their order come from the compiled schema of the answer's kind, in
//! the release of what is answered.

mod codes;
mod copy;
mod declaratie;
mod form;
mod header;

use jiff::civil::Date;

use crate::{Assessment, Bericht, Content, Releases};
use codes::Refused;
use copy::Copier;
use form::Form;

/// What the maker of an answer adds to it.
#[derive(Clone, Copy)]
pub struct MadeAs<'a> {
    /// IdentificatieRetour, or Identificatie of a 325: 1 to 12 characters, unique for the maker among its answers of this kind.
    pub identificatie: &'a str,
    /// DagtekeningRetour, or Dagtekening of a 325.
    pub dagtekening: Date,
}

impl std::fmt::Debug for MadeAs<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MadeAs").finish_non_exhaustive()
    }
}

/// Why no answer can be made. The sender is then told outside the messages (OP090x2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoAnswer {
    /// An answer is not answered: a retour or a 325.
    #[error("an answer is not answered")]
    NotOwed,
    /// The release has no schema of the answer, or one that does not say its version.
    #[error("the release of the message has no schema of its answer")]
    NoSchema,
    /// An identification that is not 1 to 12 characters.
    #[error("the identification of an answer has 1 to 12 characters")]
    Identification,
    /// A line waits for a decision of the municipality.
    #[error("a line waits for a decision of the municipality")]
    Waits,
    /// More is granted than an amount can say: 999,999,999,999 cents.
    #[error("the sum granted is more than an amount can say")]
    Amount,
}

/// Makes the one answer that a message is owed. `assessment` is what the rules say of this very message.
///
/// `Err`: no answer is owed, or none can be made.
pub fn answer(
    releases: &Releases,
    bericht: &Bericht<'_>,
    assessment: &Assessment,
    made_as: MadeAs<'_>,
) -> Result<Vec<u8>, NoAnswer> {
    let form = Form::find(releases, bericht)?;
    if !(1..=12).contains(&made_as.identificatie.chars().count()) {
        return Err(NoAnswer::Identification);
    }
    if !assessment.waiting.is_empty() {
        return Err(NoAnswer::Waits);
    }
    let refused = Refused::read(bericht, assessment);
    match &bericht.content {
        Content::Declaratie(declaratie) => {
            declaratie::answer(&form, bericht, declaratie, &refused, assessment, made_as)
        }
        Content::Toewijzing(_)
        | Content::Start(_)
        | Content::Stop(_)
        | Content::VerzoekToewijzing(_)
        | Content::VerzoekWijziging(_)
        | Content::Antwoord(_)
        | Content::DeclaratieAntwoord(_)
        | Content::Retour(_) => Ok(retour(&form, bericht, &refused, assessment, made_as)),
    }
}

/// A retour: the header that came, and all of the body when something in it is refused.
fn retour(
    form: &Form<'_>,
    bericht: &Bericht<'_>,
    refused: &Refused,
    assessment: &Assessment,
    made_as: MadeAs<'_>,
) -> Vec<u8> {
    let codes = match refused {
        Refused::Nothing => None,
        Refused::Header(codes) => Some(codes.clone()),
        Refused::Below(_) => Some(codes::only(codes::GOOD)),
    };
    form.write(bericht, |writer, part| match part.name {
        "Header" => {
            header::retour(form, writer, part, bericht, codes.as_ref(), made_as);
        }
        name => {
            if let (Refused::Below(below), Some(node)) = (refused, bericht.root.child(name)) {
                Copier::new(form, below, &assessment.unjudged).copy(writer, part.particle, node);
            }
        }
    })
}
