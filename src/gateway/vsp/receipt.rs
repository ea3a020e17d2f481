//! What is looked at when a message comes in, before its content: who sends it for whom, and whether they may. By its metadata alone.

use knooppunt_standard::{Berichtsoort, Law};

use crate::envelope::mapping::{self, ROLES};
use crate::envelope::tables::{Condition, Functie};
use crate::envelope::vsp::metadata::{BerichtMetadata, Relatie};
use crate::envelope::vsp::outgoing::{APPLICATIE, APPLICATIE_SUBVERSIE, APPLICATIE_VERSIE};
use crate::envelope::wire::{Aspect, Side, Wire};
use crate::ledger::{Door, KindRecord};
use crate::register::{CodeKind, EndpointKind, PartyCode};
use crate::route::Caller;

/// Who makes messages of a kind.
fn made_by(soort: Berichtsoort) -> CodeKind {
    match soort.number() {
        301 | 306 | 308 | 316 | 318 | 319 | 325 => CodeKind::Gemeentecode,
        _ => CodeKind::Agb,
    }
}

/// What the wire says of a message that may come in. Err: the first condition that is broken, in the order sender, submitter, addressee.
pub(super) fn look(caller: &Caller, metadata: &BerichtMetadata) -> Result<Wire, Condition> {
    let routering = &metadata.routeringgegevens;
    let stroom = &routering.berichtstroom;
    let kind = match &stroom.berichtsubtype {
        None => None,
        Some(subtype) => {
            let functie = Functie::named(subtype).ok_or(Condition::KindUnknown)?;
            if !functie
                .berichttype
                .eq_ignore_ascii_case(&stroom.berichttype)
            {
                return Err(Condition::KindUnknown);
            }
            functie.kind()
        }
    };
    let release = format!("{}.{}", stroom.berichtversie, stroom.berichtsubversie);
    sender(caller, &routering.afzender, kind, release)?;
    // A message of these standards has one receiver: that of its own header.
    let [geadresseerde] = routering.geadresseerden.as_slice() else {
        return Err(Condition::NoRoute);
    };
    addressee(caller, geadresseerde, kind)?;
    Ok(wire(metadata, geadresseerde))
}

/// What the wire says of a message whatever is known of its parties now. `None`: it has not one addressee, so that nothing came by it before.
pub(super) fn as_sent(metadata: &BerichtMetadata) -> Option<Wire> {
    match metadata.routeringgegevens.geadresseerden.as_slice() {
        [geadresseerde] => Some(wire(metadata, geadresseerde)),
        _ => None,
    }
}

fn sender(
    caller: &Caller,
    afzender: &Relatie,
    kind: Option<(Law, Berichtsoort)>,
    release: String,
) -> Result<(), Condition> {
    let code = afzender.code.as_deref().ok_or(Condition::SenderUnknown)?;
    let code = code
        .parse::<PartyCode>()
        .map_err(|_| Condition::SenderUnknown)?;
    // A sender is a provider in a role of a provider; municipalities have a wire of their own.
    if code.kind() != CodeKind::Agb
        || !ROLES.contains(&afzender.rol.as_str())
        || !caller.knows(&code)
    {
        return Err(Condition::SenderUnknown);
    }
    let Some((law, soort)) = kind else {
        // What it may send is seen when its kind is known.
        let acts = caller.codes().contains(&code);
        return if acts {
            Ok(())
        } else {
            Err(Condition::SenderNotOwn)
        };
    };
    if made_by(soort) != CodeKind::Agb {
        return Err(Condition::SenderWithoutRole);
    }
    let kind = KindRecord {
        law: law.as_str().to_owned(),
        release,
        soort: soort.number(),
        functie: None,
    };
    if caller.may_submit(&code, &kind) {
        Ok(())
    } else {
        Err(Condition::SenderNotOwn)
    }
}

fn addressee(
    caller: &Caller,
    geadresseerde: &Relatie,
    kind: Option<(Law, Berichtsoort)>,
) -> Result<(), Condition> {
    let code = geadresseerde.code.as_deref().ok_or(Condition::NoRoute)?;
    let code = code
        .parse::<PartyCode>()
        .map_err(|_| Condition::ReceiverUnknown)?;
    if !caller.knows(&code) {
        return Err(Condition::ReceiverUnknown);
    }
    let receives = kind.is_none_or(|(_, soort)| made_by(soort) != code.kind());
    if mapping::rol_fits(&geadresseerde.rol, code.as_str()) && receives {
        Ok(())
    } else {
        Err(Condition::ReceiverWithoutRole)
    }
}

/// Most bytes of a whole envelope of the GGk.
const ENVELOPE_BYTES_MAX: usize = 26_214_400;
/// What is counted for everything in it but the content.
const AROUND_BYTES: usize = 16 << 10;

/// Whether content reaches its addressee: the GGk writes it in base64, so that what is in bounds here may be too large there. Err: it is.
pub(super) fn fits(caller: &Caller, wire: &Wire, body_bytes: usize) -> Result<(), Condition> {
    let in_envelope = body_bytes.div_ceil(3).saturating_mul(4) + AROUND_BYTES;
    if in_envelope <= ENVELOPE_BYTES_MAX {
        return Ok(());
    }
    let code = wire.receiver.code.parse::<PartyCode>().ok();
    let endpoint = code.and_then(|code| caller.register.endpoint_of(&code, caller.day()));
    match endpoint.map(|endpoint| endpoint.kind) {
        Some(EndpointKind::Ggk0210 | EndpointKind::Ggk0310) => Err(Condition::PayloadTooLarge),
        Some(EndpointKind::VspPush) | None => Ok(()),
    }
}

fn wire(metadata: &BerichtMetadata, geadresseerde: &Relatie) -> Wire {
    let side = |Relatie { rol, code }: &Relatie| Side {
        code: code.clone().unwrap_or_default(),
        rol: Some(rol.clone()),
        ..Side::default()
    };
    let afzender = &metadata.routeringgegevens.afzender;
    let stroom = &metadata.routeringgegevens.berichtstroom;
    let names = &metadata.referentiegegevens;
    let context = metadata.verwerkingscontext.as_deref().unwrap_or_default();
    let value = |sleutel: &str| {
        let paar = context.iter().find(|paar| paar.sleutel == sleutel);
        paar.and_then(|paar| paar.waarde.first())
    };
    let version = |sleutel: &str| value(sleutel).and_then(|text| text.parse().ok());
    let mut wire = Wire::new(
        Door::Vsp,
        Side {
            applicatie: value(APPLICATIE).cloned(),
            ..side(afzender)
        },
        side(geadresseerde),
        names.traceer_id.to_string(),
    );
    wire.conversation = Some(names.conversatie_id.to_string());
    wire.answers = names.als_antwoord_op.map(|uuid| uuid.to_string());
    wire.functie.clone_from(&stroom.berichtsubtype);
    wire.functie_version = u16::try_from(stroom.berichtversie).ok();
    wire.functie_subversion = u16::try_from(stroom.berichtsubversie).ok();
    wire.action = Some(stroom.actie.clone());
    wire.berichttype = Some(stroom.berichttype.clone());
    wire.applicatie_version = version(APPLICATIE_VERSIE);
    wire.applicatie_subversion = version(APPLICATIE_SUBVERSIE);
    wire.own_reference.clone_from(&names.referentie_id);
    wire.context = context
        .iter()
        .map(|paar| Aspect {
            key: paar.sleutel.clone(),
            values: paar.waarde.clone(),
        })
        .collect();
    wire
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_and_its_answer_are_made_by_the_two_sides() {
        for soort in Berichtsoort::ALL {
            if let Some(answer) = soort.answered_by() {
                assert_ne!(made_by(soort), made_by(answer), "{soort:?}");
            }
        }
        let provider = |number| {
            let soort = Berichtsoort::from_number(number).expect("a kind");
            made_by(soort) == CodeKind::Agb
        };
        assert!(
            [302, 305, 307, 315, 317, 320, 323]
                .into_iter()
                .all(provider)
        );
    }
}
