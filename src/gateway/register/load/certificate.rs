//! Reads what register files say about the certificates of a party: how each is named, and that one certificate is one party.

use serde::Deserialize;
use toml::Spanned;
use toml::value::Datetime;

use super::{Place, Reading, overlaps};
use crate::register::identity::{self, Anchor, Identity, Key};
use crate::register::party::{Held, PartyId};

/// Certificates of one party that may be pinned for the same day: the one in use and its successor.
pub const PINS_LIVE_MAX: usize = 2;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CertificateEntry {
    anchor: Spanned<String>,
    oin: Option<Spanned<String>>,
    uri: Option<Spanned<String>>,
    fingerprint: Option<Spanned<String>>,
    issuer: Option<Spanned<String>>,
    serial: Option<Spanned<String>>,
    pub(super) from: Option<Spanned<Datetime>>,
    pub(super) until: Option<Spanned<Datetime>>,
    /// For people; the program does not use it.
    #[serde(rename = "note")]
    _note: Option<String>,
}

impl Reading<'_> {
    pub(super) fn identity(
        &mut self,
        file: usize,
        place: Place,
        party: &PartyId,
        entry: &CertificateEntry,
    ) -> Option<Identity> {
        let anchor = self.value::<Anchor>(file, &entry.anchor)?;
        let key = match (
            &entry.oin,
            &entry.uri,
            &entry.fingerprint,
            &entry.issuer,
            &entry.serial,
        ) {
            (Some(oin), None, None, None, None) => {
                if !anchor.carries_oin() {
                    let text = format!(
                        "{anchor} certificates have no OIN that counts: pin the certificate by its fingerprint"
                    );
                    self.problem(file, &oin.span(), text);
                    return None;
                }
                Key::Oin(self.value(file, oin)?)
            }
            (None, Some(uri), None, None, None) => {
                if !anchor.carries_party() {
                    let text = format!(
                        "{anchor} certificates have no party URI that counts: only {} does",
                        Anchor::OperatorCa
                    );
                    self.problem(file, &uri.span(), text);
                    return None;
                }
                match identity::party_of_uri(uri.get_ref()) {
                    Some(named) if named == *party => Key::Uri(uri.get_ref().as_str().into()),
                    Some(named) => {
                        let text = format!(
                            "the URI names party \"{named}\" and stands under party \"{party}\": make them the same"
                        );
                        self.problem(file, &uri.span(), text);
                        return None;
                    }
                    None => {
                        self.problem(file, &uri.span(), identity::IdentityError::Uri.to_string());
                        return None;
                    }
                }
            }
            (None, None, Some(fingerprint), None, None) => {
                Key::Fingerprint(self.checked(file, fingerprint, identity::sha256_from_hex)?)
            }
            (None, None, None, Some(issuer), Some(serial)) => {
                let issuer = self.checked(file, issuer, identity::sha256_from_hex);
                let serial = self.checked(file, serial, identity::serial_from_hex);
                Key::IssuerSerial {
                    issuer: issuer?,
                    serial: serial?,
                }
            }
            _ => {
                self.problems.push((
                    place,
                    "a certificate is named in one way: oin, uri, fingerprint, or issuer and serial together".to_owned(),
                ));
                return None;
            }
        };
        Some(Identity { anchor, key })
    }

    pub(super) fn identities_have_one_holder(&mut self) {
        for (identity, holders) in &self.identities {
            for (place, other) in overlaps(holders) {
                self.problems.push((
                    place,
                    format!("{identity} stands for a party on the same days at {}: one certificate is one party", self.at(other)),
                ));
            }
        }
    }

    pub(super) fn pins_are_few(&mut self) {
        for party in &self.parties {
            let pins: Vec<&Held<Identity>> = party
                .identities
                .iter()
                .filter(|held| held.what.key.is_pin())
                .collect();
            let crowded = pins.iter().find(|pin| {
                pins.iter()
                    .filter(|other| other.period.contains(pin.period.begins()))
                    .count()
                    > PINS_LIVE_MAX
            });
            let place = crowded
                .and_then(|pin| self.identities.get(&pin.what))
                .and_then(|said| said.iter().find(|(_, id, _)| *id == party.id));
            if let Some((place, ..)) = place {
                self.problems.push((
                    *place,
                    format!(
                        "party \"{}\" has more than {PINS_LIVE_MAX} pinned certificates on the same day: end those that were replaced",
                        party.id
                    ),
                ));
            }
        }
    }
}
