//! TR101: no row comes twice: the key of a class, with those of the classes around it, is there once.
//!
//! Technical rules iJw 3.2 and iWmo 3.2; the keys are those of the published list. An absent part of a key equals an absent
//! one only, numbers are equal whatever their zeros, and StatusAanlevering is no part of a key: a removal beside a new
//! delivery of the same key breaks the rule (IV008). The second and later of a key are told.

use super::is::{lines_again, repeated};
use super::{Level, Rule};
use crate::bericht::berichtsoort::Berichtsoort::{
    Declaratie, DeclaratieAntwoord, Start, Stop, Toewijzing, VerzoekToewijzing, VerzoekWijziging,
};
use crate::bericht::{self, Client, Content, Product};
use crate::xml::tree::Node;

pub(crate) static RULE: Rule = Rule {
    id: "TR101",
    code: "0001",
    level: Level::Message,
    laws: Rule::BOTH,
    berichten: &[
        Toewijzing,
        Start,
        Stop,
        VerzoekToewijzing,
        VerzoekWijziging,
        Declaratie,
        DeclaratieAntwoord,
    ],
    since: "3.2",
    at: "Client/Relaties/Relatie|Client/Contactgegevens/Contact|Client/ToegewezenProducten/ToegewezenProduct|\
         Client/StartProducten/StartProduct|Client/StopProducten/StopProduct|\
         Client/AangevraagdeProducten/AangevraagdProduct|\
         Client/Verzoek/OngewijzigdeProducten/OngewijzigdProduct|\
         Client/Verzoek/TeWijzigenProducten/TeWijzigenProduct|Client/Verzoek/NieuweProducten/NieuwProduct|\
         Declaratie/Clienten/Client|Declaratie/Clienten/Client/Prestaties/Prestatie|\
         DeclaratieAntwoord/Clienten/Client|DeclaratieAntwoord/Clienten/Client/Prestaties/Prestatie",
};

/// The rows whose key came before, class by class.
pub(crate) fn come_again<'t>(content: &Content<'t>) -> Vec<Node<'t>> {
    match content {
        Content::Toewijzing(one) => toewijzing(one),
        Content::Start(start) => {
            let rows = start.products.iter().map(|row| {
                let product = key(row.product.as_ref());
                ((row.toewijzing_nummer, product, row.begindatum), row.node)
            });
            repeated(rows).collect()
        }
        Content::Stop(stop) => {
            let rows = stop.products.iter().map(|row| {
                let start = (
                    row.toewijzing_nummer,
                    key(row.product.as_ref()),
                    row.begindatum,
                );
                ((start, &*row.reden_beeindiging, row.einddatum), row.node)
            });
            repeated(rows).collect()
        }
        Content::VerzoekToewijzing(verzoek) => {
            let rows = verzoek.products.iter();
            repeated(rows.map(|row| (&*row.referentie_aanbieder, row.node))).collect()
        }
        Content::VerzoekWijziging(verzoek) => {
            let unchanged = verzoek.unchanged.iter();
            let changed = verzoek.changed.iter();
            let new = verzoek.new.iter();
            repeated(unchanged.map(|row| (row.toewijzing_nummer, row.node)))
                .chain(repeated(
                    changed.map(|row| (row.toewijzing_nummer, row.node)),
                ))
                .chain(repeated(new.map(|row| {
                    let product = key(row.product.as_ref());
                    ((product, row.gewenste_ingangsdatum), row.node)
                })))
                .collect()
        }
        Content::Declaratie(declaratie) => clients(&declaratie.clients),
        Content::DeclaratieAntwoord(answer) => answer
            .antwoord
            .as_ref()
            .map_or_else(Vec::new, |antwoord| clients(&antwoord.clients)),
        Content::Antwoord(_) | Content::Retour(_) => Vec::new(),
    }
}

/// A Relatie holds one Contact, so that only those of the client can come twice.
fn toewijzing<'t>(toewijzing: &bericht::Toewijzing<'t>) -> Vec<Node<'t>> {
    let rows = |class: &str| {
        let list = toewijzing.client.child(class).map(Node::children);
        list.into_iter().flatten()
    };
    let by = |element| move |row: Node<'t>| Some((row.child(element)?.text(), row));
    let products = toewijzing.products.iter();
    repeated(rows("Relaties").filter_map(by("Nummer")))
        .chain(repeated(rows("Contactgegevens").filter_map(by("Soort"))))
        .chain(repeated(
            products.map(|row| (row.toewijzing_nummer, row.node)),
        ))
        .collect()
}

fn clients<'t>(clients: &[Client<'t>]) -> Vec<Node<'t>> {
    let lines = lines_again(clients, |line| {
        let earlier = line.vorig_referentie_nummer.as_ref();
        Some((&line.referentie_nummer, earlier))
    });
    repeated(clients.iter().map(|client| (&client.bsn, client.node)))
        .chain(lines.into_iter().map(|line| line.node))
        .collect()
}

/// Categorie and Code as a part of a key.
fn key<'p>(product: Option<&'p Product<'_>>) -> Option<(&'p str, Option<&'p str>)> {
    product.map(|product| (&*product.categorie, product.code.as_deref()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{Sample, both};

    /// That a second row breaks the rule, and that with any of these changes it does not.
    fn once(soort: crate::Berichtsoort, path: &str, place: &str, changes: &[(&str, &str)]) {
        let told = format!("TR101 {place}[2]");
        for sample in both(soort) {
            let twice = sample.again(path);
            assert!(
                twice.broken().contains(&told),
                "{path}: {:?}",
                twice.broken()
            );
            for (element, other) in changes {
                let differs = twice.clone().with(&format!("{path}[2]/{element}"), other);
                assert!(!differs.broken().contains(&told), "{path}/{element}");
            }
        }
    }

    #[test]
    fn each_class_has_its_key() {
        let contact = "Client/Contactgegevens/Contact";
        once(Toewijzing, contact, contact, &[("Soort", "03")]);
        let row = "Client/ToegewezenProducten/ToegewezenProduct";
        once(Toewijzing, row, row, &[("ToewijzingNummer", "1002")]);
        let start = [
            ("ToewijzingNummer", "1002"),
            ("Product/Code", "X"),
            ("Begindatum", "2026-03-06"),
        ];
        let row = "Client/StartProducten/StartProduct";
        once(Start, row, row, &start);
        let row = "Client/StopProducten/StopProduct";
        once(Stop, row, row, &start);
        once(
            Stop,
            row,
            row,
            &[("RedenBeeindiging", "31"), ("Einddatum", "2026-03-21")],
        );
        let row = "Client/AangevraagdeProducten/AangevraagdProduct";
        once(
            VerzoekToewijzing,
            row,
            row,
            &[("ReferentieAanbieder", "V2")],
        );
        for class in [
            "OngewijzigdeProducten/OngewijzigdProduct",
            "TeWijzigenProducten/TeWijzigenProduct",
        ] {
            let row = format!("Client/Verzoek/{class}");
            once(
                VerzoekWijziging,
                &row,
                &row,
                &[("ToewijzingNummer", "1003")],
            );
        }
        let row = "Client/Verzoek/NieuweProducten/NieuwProduct";
        let changes = [
            ("Product/Code", "X"),
            ("GewensteIngangsdatum", "2027-01-01"),
        ];
        once(VerzoekWijziging, row, row, &changes);
        for (soort, root) in [
            (Declaratie, "Declaratie"),
            (DeclaratieAntwoord, "DeclaratieAntwoord"),
        ] {
            let row = format!("{root}/Clienten/Client");
            once(soort, &row, &row, &[("Bsn", "999900018")]);
            once(
                soort,
                &format!("{row}/Prestaties/Prestatie"),
                &format!("{row}[1]/Prestaties/Prestatie"),
                &[
                    ("ProductReferentie/ReferentieNummer", "R2"),
                    ("ProductReferentie/VorigReferentieNummer", "R0"),
                ],
            );
        }
    }

    #[test]
    fn a_removal_beside_a_delivery_of_the_same_key_is_a_repetition() {
        for (soort, row) in [
            (Start, "Client/StartProducten/StartProduct"),
            (Stop, "Client/StopProducten/StopProduct"),
        ] {
            for sample in both(soort) {
                let both = sample
                    .again(row)
                    .with(&format!("{row}/StatusAanlevering"), "3");
                assert_eq!(both.broken(), [format!("TR101 {row}[2]")]);
            }
        }
    }

    #[test]
    fn numbers_are_equal_whatever_their_zeros() {
        let row = "Client/StartProducten/StartProduct";
        for sample in both(Start) {
            let twice = sample.again(row);
            let number = twice.with(&format!("{row}[2]/ToewijzingNummer"), " +001001 ");
            assert_eq!(number.broken(), [format!("TR101 {row}[2]")]);
        }
    }

    #[test]
    fn what_is_absent_equals_what_is_absent_and_nothing_else() {
        let row = "Client/StartProducten/StartProduct";
        for sample in both(Start) {
            for part in ["ToewijzingNummer", "Product", "Product/Code"] {
                let twice = sample.clone().again(row);
                let one = twice.without(&format!("{row}[2]/{part}"));
                assert_eq!(one.broken(), [] as [&str; 0], "{part}");
                let neither = one.without(&format!("{row}[1]/{part}"));
                assert_eq!(neither.broken(), [format!("TR101 {row}[2]")], "{part}");
            }
        }
    }

    #[test]
    fn the_second_and_the_third_are_told() {
        let row = "Client/StopProducten/StopProduct";
        for sample in both(Stop) {
            let thrice: Sample = sample.again(row).again(row);
            let told = [2, 3].map(|number| format!("TR101 {row}[{number}]"));
            assert_eq!(thrice.broken(), told);
        }
    }

    #[test]
    fn one_allocation_that_stays_and_changes_is_no_repetition() {
        for sample in both(VerzoekWijziging) {
            let number = "Client/Verzoek/TeWijzigenProducten/TeWijzigenProduct/ToewijzingNummer";
            assert_eq!(sample.with(number, "1001").broken(), [] as [&str; 0]);
        }
    }

    #[test]
    fn those_around_a_client_have_a_number_each() {
        let relative = "Client/Relaties/Relatie";
        for sample in both(Toewijzing) {
            let twice = sample.with_relatie().again(relative);
            assert_eq!(twice.broken(), [format!("TR101 {relative}[2]")]);
            let two = twice.with(&format!("{relative}[2]/Nummer"), "2");
            assert_eq!(two.broken(), [] as [&str; 0]);
        }
    }
}
