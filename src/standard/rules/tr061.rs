//! TR061: a client has an address: a contact of kind 01, 02 or 03.
//!
//! Technical rules iJw 3.2 and iWmo 3.2. The text speaks of Adres; the class that has a Soort is Contact, of which Adres is a part that
//! may be absent. The contacts of a Relatie do not count.

use super::{Level, Rule};
use crate::bericht::berichtsoort::Berichtsoort::Toewijzing;
use crate::xml::tree::Node;

pub(crate) static RULE: Rule = Rule {
    id: "TR061",
    code: "0001",
    level: Level::Message,
    laws: Rule::BOTH,
    berichten: &[Toewijzing],
    since: "3.2",
    at: "Client/Contactgegevens",
};

/// The registered address, that for letters, and that of a stay (code list COD467).
const ADDRESSES: [&str; 3] = ["01", "02", "03"];

pub(crate) fn has_no_address(contacts: Node<'_>) -> bool {
    let mut kinds = contacts.children().filter_map(|one| one.child("Soort"));
    !kinds.any(|kind| ADDRESSES.contains(&&*kind.text()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::both;

    #[test]
    fn one_contact_is_an_address() {
        for sample in both(Toewijzing) {
            for kind in ADDRESSES {
                let sample = sample
                    .clone()
                    .with("Client/Contactgegevens/Contact/Soort", kind);
                assert_eq!(sample.broken(), [] as [&str; 0], "{kind}");
            }
            let temporary = sample.with("Client/Contactgegevens/Contact/Soort", "04");
            assert_eq!(temporary.broken(), ["TR061 Client/Contactgegevens"]);
            let two = temporary
                .again("Client/Contactgegevens/Contact")
                .with("Client/Contactgegevens/Contact[2]/Soort", "03");
            assert_eq!(two.broken(), [] as [&str; 0]);
        }
    }
}
