//! TR006: a contact can be reached: by telephone, or by an address with house and postcode.
//!
//! Technical rules iJw 3.2 and iWmo 3.2.
//! An e-mail address does not count.

use super::{Level, Rule};
use crate::bericht::berichtsoort::Berichtsoort::Toewijzing;
use crate::xml::tree::Node;

pub(crate) static RULE: Rule = Rule {
    id: "TR006",
    code: "0001",
    level: Level::Message,
    laws: Rule::BOTH,
    berichten: &[Toewijzing],
    since: "3.2",
    at: "Client/Contactgegevens/Contact|Client/Relaties/Relatie/Contact",
};

pub(crate) fn cannot_be_reached(contact: Node<'_>) -> bool {
    let has_address = ["Adres/Huis", "Adres/Postcode"]
        .iter()
        .all(|path| contact.find(path).is_some());
    contact.child("Telefoon").is_none() && !has_address
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{Sample, both};

    const CONTACT: &str = "Client/Contactgegevens/Contact";
    const PHONE: &str = "Client/Contactgegevens/Contact[2]/Telefoon/Telefoon01";

    /// With a second contact of kind 02, for which CD034 asks no postcode.
    fn samples() -> [Sample; 2] {
        both(Toewijzing).map(|sample| {
            sample
                .again(CONTACT)
                .with("Client/Contactgegevens/Contact[2]/Soort", "02")
                .without("Client/Contactgegevens/Contact[2]/Adres")
        })
    }

    #[test]
    fn a_telephone_is_enough_and_so_is_an_address_with_house_and_postcode() {
        for sample in samples() {
            let phone = sample
                .clone()
                .with(&format!("{PHONE}/Telefoonnummer"), "0201234567")
                .with(&format!("{PHONE}/Landnummer"), "0031");
            assert_eq!(phone.broken(), [] as [&str; 0]);
            let address = sample
                .with(
                    "Client/Contactgegevens/Contact[2]/Adres/Huis/Huisnummer",
                    "1",
                )
                .with("Client/Contactgegevens/Contact[2]/Adres/Postcode", "1234AB")
                .with("Client/Contactgegevens/Contact[2]/Adres/LandCode", "NL");
            assert_eq!(address.broken(), [] as [&str; 0]);
        }
    }

    #[test]
    fn those_around_the_client_can_be_reached_too() {
        for sample in both(Toewijzing) {
            let sample = sample.with_relatie();
            assert_eq!(sample.broken(), [] as [&str; 0]);
            let lost = sample.without("Client/Relaties/Relatie/Contact/Telefoon");
            assert_eq!(lost.broken(), ["TR006 Client/Relaties/Relatie[1]/Contact"]);
        }
    }

    #[test]
    fn half_an_address_or_an_e_mail_address_is_not() {
        let lost = "TR006 Client/Contactgegevens/Contact[2]";
        for sample in samples() {
            let mail = sample.clone().with(
                "Client/Contactgegevens/Contact[2]/Emailadres",
                "a@example.nl",
            );
            assert_eq!(mail.broken(), [lost]);
            let street = sample.clone().with(
                "Client/Contactgegevens/Contact[2]/Adres/Huis/Huisnummer",
                "1",
            );
            assert_eq!(street.broken(), [lost]);
            let postcode = sample
                .with("Client/Contactgegevens/Contact[2]/Adres/Postcode", "75001")
                .with("Client/Contactgegevens/Contact[2]/Adres/LandCode", "FR");
            assert_eq!(postcode.broken(), [lost]);
        }
    }
}
