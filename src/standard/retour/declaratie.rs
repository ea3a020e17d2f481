//! The 325: what of a declaration is granted, and the lines that are not (IV087, TR342).
//!
//! | refused | DeclaratieAntwoord | Clienten |
//! |---|---|---|
//! | nothing | 8001, granted what was asked | absent |
//! | the declaration | its codes, granted 0 | absent |
//! | a client | 0200, granted the rest | the client with its codes and all its lines, each 0233 |
//! | lines | 0200, granted the rest | their client with 0200 and these lines only |

use std::collections::BTreeSet;

use crate::bericht::{Client, DebetCredit, Declaratie, Prestatie};
use crate::xml::writer::Writer;
use crate::{Assessment, Bericht, Node};

use super::codes::{self, Below, Codes, Refused};
use super::copy::Copier;
use super::form::{Form, Part};
use super::{MadeAs, NoAnswer, header};

/// Highest value of an amount (LDT_TotaalBedrag), cents.
const MOST: u128 = 999_999_999_999;

/// What DeclaratieAntwoord says.
struct Outcome {
    codes: Codes,
    /// Sum of the granted lines in cents, credits negative.
    granted: i128,
    refused: Option<Lines>,
}

/// Which clients and lines are repeated.
struct Lines {
    /// Numbers of the classes Client and Prestatie that are not.
    left_out: BTreeSet<u32>,
    /// Numbers of classes that were not judged.
    unjudged: BTreeSet<u32>,
}

pub(super) fn answer(
    form: &Form<'_>,
    bericht: &Bericht<'_>,
    declaratie: &Declaratie<'_>,
    refused: &Refused,
    assessment: &Assessment,
    made_as: MadeAs<'_>,
) -> Result<Vec<u8>, NoAnswer> {
    let nothing = Below::default();
    let (top, below) = match refused {
        Refused::Header(codes) => (codes.clone(), None),
        Refused::Nothing => (codes::only(codes::GOOD), Some(&nothing)),
        Refused::Below(below) => (codes::only(codes::GOOD), Some(below)),
    };
    let content = match below {
        Some(below) => {
            let outcome = outcome(declaratie, below, assessment);
            if outcome.granted.unsigned_abs() > MOST {
                return Err(NoAnswer::Amount);
            }
            Some((below, outcome))
        }
        None => None,
    };
    Ok(
        form.write(bericht, |writer, part| match (part.name, &content) {
            ("Header", _) => {
                header::declaratie_antwoord(form, writer, part, bericht, &top, made_as);
            }
            ("DeclaratieAntwoord", Some((below, outcome))) => {
                declaratie_antwoord(form, writer, part, declaratie, below, outcome);
            }
            _ => {}
        }),
    )
}

fn declaratie_antwoord<'r>(
    form: &Form<'r>,
    writer: &mut Writer<'r>,
    class: Part<'r>,
    declaratie: &Declaratie<'_>,
    below: &Below,
    outcome: &Outcome,
) {
    writer.class(class.particle.name, |inside| {
        form.parts(class.particle.content, inside, |writer, part| {
            let came = declaratie.node.child(part.name);
            match part.name {
                "TotaalToegekendBedrag" => {
                    let cents = outcome.granted.unsigned_abs().to_string();
                    let direction = if outcome.granted < 0 {
                        DebetCredit::Credit
                    } else {
                        DebetCredit::Debet
                    };
                    form.write_values(writer, part.particle, &[&cents, direction.code()]);
                }
                "Clienten" => {
                    if let (Some(lines), Some(clients)) = (&outcome.refused, came) {
                        Copier::new(form, below, &lines.unjudged)
                            .without(&lines.left_out)
                            .copy(writer, part.particle, clients);
                    }
                }
                "RetourCodes" => form.write_codes(writer, part.particle, &outcome.codes),
                _ => header::repeat(form, writer, part, came),
            }
        });
    });
}

/// What is granted, and what is to be repeated because it is not.
fn outcome(declaratie: &Declaratie<'_>, below: &Below, assessment: &Assessment) -> Outcome {
    let own = own_codes(below, declaratie.node, "Clienten");
    if !own.is_empty() {
        return Outcome {
            codes: own,
            granted: 0,
            refused: None,
        };
    }
    let mut lines = Lines {
        left_out: BTreeSet::new(),
        unjudged: assessment.unjudged.clone(),
    };
    let mut granted = 0;
    let mut is_any_refused = false;
    for client in &declaratie.clients {
        let is_unjudged = |class: Node<'_>| assessment.unjudged.contains(&class.number());
        let is_touched = !below.within(&client.node.numbers()).is_empty()
            || is_unjudged(client.node)
            || client.prestaties.iter().any(|line| is_unjudged(line.node));
        is_any_refused |= is_touched;
        granted += if is_touched {
            lines.repeat(client, below)
        } else {
            lines.left_out.insert(client.node.number());
            client.prestaties.iter().map(signed).sum()
        };
    }
    Outcome {
        codes: codes::only(if is_any_refused {
            codes::GOOD
        } else {
            codes::GRANTED
        }),
        granted,
        refused: is_any_refused.then_some(lines),
    }
}

impl Lines {
    /// Chooses what is repeated of a client of whom something is refused; gives what is granted of him nevertheless.
    fn repeat(&mut self, client: &Client<'_>, below: &Below) -> i128 {
        let is_refused_whole = self.unjudged.contains(&client.node.number())
            || !own_codes(below, client.node, "Prestaties").is_empty();
        let mut granted = 0;
        for line in &client.prestaties {
            let number = line.node.number();
            if is_refused_whole {
                self.unjudged.insert(number);
            } else if below.within(&line.node.numbers()).is_empty()
                && !self.unjudged.contains(&number)
            {
                self.left_out.insert(number);
                granted += signed(line);
            }
        }
        granted
    }
}

fn signed(line: &Prestatie<'_>) -> i128 {
    line.ingediend.signed()
}

/// The codes of a class itself: those of refusals in it, but not in the classes that its list holds.
fn own_codes(below: &Below, class: Node<'_>, list: &str) -> Codes {
    let items = class.child(list).map_or(0..0, |list| {
        let numbers = list.numbers();
        numbers.start + 1..numbers.end
    });
    let here = below.within(&class.numbers()).iter();
    here.filter(|(at, _)| !items.contains(at))
        .map(|(_, code)| *code)
        .collect()
}
