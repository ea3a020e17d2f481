//! Level 2: every rule that one message is judged by on its own.
//! Says which rules are asked of which kind; what each asks is in its own file under `rules`.

use jiff::civil::Date;

use super::Assessment;
use crate::Law;
use crate::bericht::berichtsoort::Berichtsoort;
use crate::bericht::{
    Antwoord, Bericht, Content, Declaratie, DeclaratieAntwoord, Prestatie, Start, Stop, Toewijzing,
    VerzoekToewijzing, VerzoekWijziging,
};
use crate::rules::{
    Rule, Weight, is, tr002, tr006, tr018, tr061, tr101, tr134, tr137, tr302, tr315, tr316, tr335,
    tr342, tr352, tr353, tr358, tr377, tr380, tr383, tr386, tr409, tr410, tr416,
};
use crate::xml::tree::Node;

/// Judges the content of one message (level 2 of the standards): the technical rules and the
/// conditions and constraints that need nothing but the message. Complete, in document order.
///
/// A breach refuses, except in a 325: no answer is owed on that, so it is told ([`Weight::Reports`]).
/// Retours (302 to 320) have no rules of level 2, and nor has a message of a release that no rules are
/// built for ([`rules::are_built_for`](crate::rules::are_built_for)).
pub fn message(bericht: &Bericht<'_>) -> Assessment {
    let Some(plan) = bericht.plan else {
        return Assessment::default();
    };
    let weight = if bericht.kind.soort == Berichtsoort::DeclaratieAntwoord {
        Weight::Reports
    } else {
        Weight::Refuses
    };
    let mut judged = Judged {
        law: bericht.kind.law,
        dagtekening: bericht.dagtekening,
        weight,
        assessment: Assessment::default(),
    };
    plan.judge(bericht.root, &mut |rule, at| judged.breaks(rule, at));
    for row in tr101::come_again(&bericht.content) {
        judged.breaks(&tr101::RULE, row);
    }
    match &bericht.content {
        Content::Toewijzing(toewijzing) => judged.toewijzing(toewijzing),
        Content::Start(start) => judged.start(start),
        Content::Stop(stop) => judged.stop(stop),
        Content::VerzoekToewijzing(verzoek) => judged.verzoek_toewijzing(verzoek),
        Content::VerzoekWijziging(verzoek) => judged.verzoek_wijziging(verzoek),
        Content::Antwoord(antwoord) => judged.antwoord(antwoord),
        Content::Declaratie(declaratie) => judged.declaratie(declaratie),
        Content::DeclaratieAntwoord(answer) => {
            if let Some(antwoord) = &answer.antwoord {
                judged.declaratie_antwoord(antwoord);
            }
        }
        Content::Retour(_) => {}
    }
    judged.assessment.sort();
    judged.assessment
}

/// What is found while a message is judged.
struct Judged {
    law: Law,
    dagtekening: Date,
    weight: Weight,
    assessment: Assessment,
}

impl Judged {
    fn breaks(&mut self, rule: &'static Rule, at: Node<'_>) {
        self.assessment.add(rule, at, self.weight);
    }

    /// A rule that is broken at an element of a class, or at the class where it has none.
    fn breaks_in(&mut self, rule: &'static Rule, class: Node<'_>, element: &str) {
        self.breaks(rule, class.find(element).unwrap_or(class));
    }

    fn client(&mut self, client: Node<'_>) {
        for birth in is::births(client) {
            if tr002::is_too_long_ago(&birth, self.dagtekening) {
                self.breaks(&tr002::RULE, birth.node);
            }
            if tr134::is_still_to_come(birth.date, self.dagtekening) {
                self.breaks(&tr134::RULE, birth.node);
            }
        }
    }

    fn toewijzing(&mut self, toewijzing: &Toewijzing<'_>) {
        self.client(toewijzing.client);
        if let Some(contacts) = toewijzing.client.child("Contactgegevens") {
            if tr061::has_no_address(contacts) {
                self.breaks(&tr061::RULE, contacts);
            }
            for contact in contacts.children() {
                self.contact(contact);
            }
        }
        let around = toewijzing.client.child("Relaties").map(Node::children);
        for contact in around
            .into_iter()
            .flatten()
            .filter_map(|one| one.child("Contact"))
        {
            self.contact(contact);
        }
        for row in &toewijzing.products {
            if tr134::is_still_to_come(row.toewijzingsdatum, self.dagtekening) {
                self.breaks_in(&tr134::RULE, row.node, "Toewijzingsdatum");
            }
        }
        for row in tr302::overlap(self.law, &toewijzing.products) {
            self.breaks(&tr302::RULE, row.node);
        }
    }

    fn contact(&mut self, contact: Node<'_>) {
        if tr006::cannot_be_reached(contact) {
            self.breaks(&tr006::RULE, contact);
        }
    }

    fn start(&mut self, start: &Start<'_>) {
        self.client(start.client);
        for row in &start.products {
            if tr134::is_still_to_come(row.begindatum, self.dagtekening) {
                self.breaks_in(&tr134::RULE, row.node, "Begindatum");
            }
        }
    }

    fn stop(&mut self, stop: &Stop<'_>) {
        self.client(stop.client);
        for row in &stop.products {
            if tr018::ends_before_it_begins(row) {
                self.breaks_in(&tr018::RULE, row.node, "Einddatum");
            }
            if tr134::is_still_to_come(row.einddatum, self.dagtekening) {
                self.breaks_in(&tr134::RULE, row.node, "Einddatum");
            }
        }
    }

    fn verzoek_toewijzing(&mut self, verzoek: &VerzoekToewijzing<'_>) {
        self.client(verzoek.client);
        for row in tr383::asked_under_one_reference(verzoek) {
            self.breaks_in(&tr383::RULE, row.node, "ReferentieAanbieder");
        }
        for row in tr386::overlap(self.law, &verzoek.products) {
            self.breaks(&tr386::RULE, row.node);
        }
    }

    fn verzoek_wijziging(&mut self, verzoek: &VerzoekWijziging<'_>) {
        if tr352::names_no_allocation(verzoek) {
            self.breaks(&tr352::RULE, verzoek.verzoek);
        }
        if tr353::asks_for_nothing(verzoek) {
            self.breaks(&tr353::RULE, verzoek.verzoek);
        }
        for row in &verzoek.new {
            if tr380::should_have_begun(row, self.dagtekening) {
                self.breaks_in(&tr380::RULE, row.node, "GewensteIngangsdatum");
            }
        }
        for row in tr410::overlap(self.law, &verzoek.new) {
            self.breaks(&tr410::RULE, row.node);
        }
    }

    fn antwoord(&mut self, antwoord: &Antwoord<'_>) {
        if self.law != Law::Jw {
            return;
        }
        if tr377::names_no_municipality(antwoord) {
            self.breaks(&tr377::RULE, antwoord.node);
        }
        if tr409::names_a_municipality_for_nothing(antwoord) {
            self.breaks_in(&tr409::RULE, antwoord.node, "Woonplaatsbeginsel");
        }
    }

    fn declaratie(&mut self, declaratie: &Declaratie<'_>) {
        let periode = declaratie.declaratie_periode;
        if tr134::is_still_to_come(periode.begin, self.dagtekening) {
            self.breaks_in(
                &tr134::RULE,
                declaratie.node,
                "DeclaratiePeriode/Begindatum",
            );
        }
        if tr137::ends_too_early_or_late(periode, self.dagtekening) {
            self.breaks_in(&tr137::RULE, declaratie.node, "DeclaratiePeriode/Einddatum");
        }
        if tr358::does_not_add_up(declaratie) {
            self.breaks_in(&tr358::RULE, declaratie.node, "TotaalIngediendBedrag");
        }
        let mut has_credits = false;
        let earliest_end = tr335::earliest_end(declaratie.declaratie_dagtekening);
        for line in declaratie.prestaties() {
            self.prestatie(line);
            if tr335::ended_too_long_ago(line.periode, earliest_end) {
                self.breaks_in(&tr335::RULE, line.node, "ProductPeriode");
            }
            has_credits |= line.vorig_referentie_nummer.is_some();
        }
        // Most declarations have none: then there is nothing to look up.
        if has_credits {
            self.credits(declaratie);
        }
        for line in tr416::declared_again(declaratie) {
            self.breaks(&tr416::RULE, line.node);
        }
    }

    fn credits(&mut self, declaratie: &Declaratie<'_>) {
        let earlier = "ProductReferentie/VorigReferentieNummer";
        for line in tr315::credited_again(declaratie) {
            self.breaks_in(&tr315::RULE, line.node, earlier);
        }
        for line in tr316::credited_at_once(declaratie) {
            self.breaks_in(&tr316::RULE, line.node, earlier);
        }
    }

    fn declaratie_antwoord(&mut self, antwoord: &DeclaratieAntwoord<'_>) {
        if tr342::does_not_add_up(antwoord) {
            self.breaks_in(&tr342::RULE, antwoord.node, "TotaalToegekendBedrag");
        }
        for client in &antwoord.clients {
            for line in &client.prestaties {
                self.prestatie(line);
            }
        }
    }

    /// What is asked of a line of a 323 and of a 325.
    fn prestatie(&mut self, line: &Prestatie<'_>) {
        if tr134::is_still_to_come(line.periode.begin, self.dagtekening) {
            self.breaks_in(&tr134::RULE, line.node, "ProductPeriode/Begindatum");
        }
        if tr137::ends_too_early_or_late(line.periode, self.dagtekening) {
            self.breaks_in(&tr137::RULE, line.node, "ProductPeriode/Einddatum");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{RELEASES, both};
    use crate::{Kind, Limits, rules};

    #[test]
    fn no_finding_holds_a_value_of_the_message() {
        let planted = [
            ("Client/Bsn", "999909006"),
            ("Client/Geboortedatum/Datum", "2031-12-19"),
            ("Client/Geboortedatum/DatumGebruik", "1"),
            ("Client/Naam/Geslachtsnaam/Achternaam", "KANARIE"),
            ("Client/Naam/NaamGebruik", "5"),
            ("Client/Commentaar", "KANARIE"),
            ("Client/Communicatie/Vorm", "2"),
            ("Client/Communicatie/Taal", "KANARIE"),
            ("Client/Contactgegevens/Contact/Soort", "04"),
            ("Client/Contactgegevens/Contact/Adres/Postcode", "KANARIE"),
            ("Client/Contactgegevens/Contact/Adres/Plaatsnaam", "KANARIE"),
            ("Client/Contactgegevens/Contact/Organisatie", "KANARIE"),
            (
                "Client/ToegewezenProducten/ToegewezenProduct/ToewijzingNummer",
                "777123",
            ),
            (
                "Client/ToegewezenProducten/ToegewezenProduct/Product/Code",
                "KNRIE",
            ),
            (
                "Client/ToegewezenProducten/ToegewezenProduct/Toewijzingsdatum",
                "2031-12-18",
            ),
            (
                "Client/ToegewezenProducten/ToegewezenProduct/Einddatum",
                "2021-12-17",
            ),
            (
                "Client/ToegewezenProducten/ToegewezenProduct/RedenWijziging",
                "01",
            ),
            (
                "Client/ToegewezenProducten/ToegewezenProduct/Budget",
                "777456",
            ),
        ];
        for sample in both(Berichtsoort::Toewijzing) {
            let sample = planted
                .iter()
                .fold(sample, |sample, (path, value)| sample.with(path, value));
            let body = sample
                .again("Client/ToegewezenProducten/ToegewezenProduct")
                .body();
            let checked = RELEASES.check(&body, &Limits::default());
            let assessment = message(&Bericht::read(&checked).unwrap());
            let findings = RELEASES.findings(&checked, &assessment.breaches);
            assert!(findings.list.len() >= 15, "{findings:?}");
            let told = format!("{findings:?} {assessment:?}");
            for (path, value) in planted.iter().filter(|(_, value)| value.len() > 2) {
                assert!(!told.contains(value), "{path} in {told}");
            }
            assert!(!told.contains("2026-"), "{told}");
        }
    }

    #[test]
    fn a_breach_refuses_and_in_a_325_it_is_told() {
        let cases = [
            (Berichtsoort::Declaratie, "Declaratie", Weight::Refuses),
            (
                Berichtsoort::DeclaratieAntwoord,
                "DeclaratieAntwoord",
                Weight::Reports,
            ),
        ];
        for (soort, root, weight) in cases {
            for sample in both(soort) {
                let body = sample
                    .with(&format!("{root}/Clienten/Client/Bsn"), "123456789")
                    .body();
                let checked = RELEASES.check(&body, &Limits::default());
                let assessment = message(&Bericht::read(&checked).unwrap());
                let weights: Vec<Weight> = assessment
                    .breaches
                    .iter()
                    .map(|breach| breach.weight)
                    .collect();
                assert_eq!(weights, [weight]);
                assert_eq!(assessment.refused_at_message(), weight == Weight::Refuses);
            }
        }
    }

    #[test]
    fn rules_are_built_for_the_releases_they_were_read_in() {
        let kind = |law, release: &str| Kind {
            law,
            release: release.into(),
            soort: Berichtsoort::Start,
        };
        assert!(rules::are_built_for(&kind(Law::Jw, "3.2")));
        assert!(rules::are_built_for(&kind(Law::Wmo, "3.2")));
        assert!(!rules::are_built_for(&kind(Law::Jw, "3.3")));
    }

    #[test]
    fn every_breach_stands_where_its_rule_says() {
        // At the place itself, at something in it, or, where that is absent, at what is there of the way to it.
        for soort in [Berichtsoort::Declaratie, Berichtsoort::Toewijzing] {
            for sample in both(soort) {
                let sample = if soort == Berichtsoort::Declaratie {
                    sample
                        .with("Header/BerichtIdentificatie/Dagtekening", "2020-01-01")
                        .with("Declaratie/TotaalIngediendBedrag/TotaalBedrag", "1")
                        .again("Declaratie/Clienten/Client")
                } else {
                    sample
                        .with("Header/BerichtIdentificatie/Dagtekening", "2000-01-01")
                        .without("Client/Contactgegevens/Contact/Adres")
                };
                let broken = sample.broken();
                assert!(broken.len() > 3, "{broken:?}");
                for one in broken {
                    let (id, path) = one.split_once(' ').unwrap();
                    let mut plain = path.to_owned();
                    for number in 1..=2 {
                        plain = plain.replace(&format!("[{number}]"), "");
                    }
                    let rule = rules::find(id).unwrap();
                    let stands = |at: &str| at.starts_with(&plain) || plain.starts_with(at);
                    assert!(rule.at.split('|').any(stands), "{one} and {}", rule.at);
                }
            }
        }
    }
}
