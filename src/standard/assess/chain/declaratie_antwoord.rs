//! The 325 that somebody else made: whether it answers the 323 that it names. No answer is owed on it; a fault is reported.

use std::collections::{HashMap, HashSet};

use crate::assess::Assessment;
use crate::bericht::berichtsoort::Berichtsoort;
use crate::bericht::{Bericht, Client, Content, DeclaratieAntwoord};
use crate::history::{Change, Known, Label, Line, Pseudonym, Pseudonymise};
use crate::rules::{Rule, Weight, tr304, tr337, tr342, tr366, tr367, tr371, tr376};
use crate::xml::tree::Node;

/// The lines of a 323, to be found again.
struct Sent<'c> {
    by_client: HashMap<(Pseudonym, Pseudonym), &'c Line>,
    by_reference: HashMap<Pseudonym, &'c Line>,
    clients: HashSet<Pseudonym>,
}

/// Judges a 325 by what the 323 would change that it answers (`sent`: its pending changes; none when no such 323 is known). Every breach
/// is reported; with any, the answer must not be booked.
pub(crate) fn declaratie_antwoord(
    answer: &Bericht<'_>,
    sent: &[Change],
    names: &dyn Pseudonymise,
) -> Assessment {
    let mut found = Assessment::default();
    let (Content::DeclaratieAntwoord(retour), Some(header)) =
        (&answer.content, answer.root.child("Header"))
    else {
        return found;
    };
    let id = answer.header.declaratie_identificatie.as_deref();
    let message = names.message(Berichtsoort::Declaratie, id.unwrap_or_default());
    let declared = sent.iter().find_map(|change| {
        if let Change::Declared { nummer, declaratie } = change {
            Some((*nummer, declaratie))
        } else {
            None
        }
    });
    let Some((nummer, declaratie)) =
        declared.filter(|(_, sent)| tr337::is_answer_to(retour, message, sent))
    else {
        report(&mut found, &tr337::RULE, header, true);
        return found;
    };
    let other_version = tr371::is_other(&retour.xsd_versie_declaratie, declaratie);
    report(&mut found, &tr371::RULE, header, other_version);
    if let Some(antwoord) = &retour.antwoord {
        let named = names.of(Label::DeclaratieNummer, &antwoord.declaratie_nummer);
        let other = tr376::is_other(named, nummer);
        report(&mut found, &tr376::RULE, antwoord.node, other);
        let other_total = tr342::is_of_another_total(antwoord, declaratie);
        report(&mut found, &tr342::RULE, antwoord.node, other_total);
        lines(&mut found, antwoord, &Sent::of(sent), names);
    }
    found.sort();
    found
}

fn report(found: &mut Assessment, rule: &'static Rule, at: Node<'_>, broken: bool) {
    if broken {
        found.add(rule, at, Weight::Reports);
    }
}

fn lines(
    found: &mut Assessment,
    antwoord: &DeclaratieAntwoord<'_>,
    sent: &Sent<'_>,
    names: &dyn Pseudonymise,
) {
    for client in &antwoord.clients {
        let bsn = names.client(&client.bsn);
        let known = sent.clients.contains(&bsn);
        report(found, &tr304::RULE, client.node, !known);
        repeated(found, client, known.then_some(bsn), sent, names);
    }
}

/// TR366 and TR367 of the lines of a client; `bsn` is `None` when the 323 has no such client.
fn repeated(
    found: &mut Assessment,
    client: &Client<'_>,
    bsn: Option<Pseudonym>,
    sent: &Sent<'_>,
    names: &dyn Pseudonymise,
) {
    let mut known = Known::default();
    for prestatie in &client.prestaties {
        let referentie = names.of(Label::ReferentieNummer, &prestatie.referentie_nummer);
        let line = match bsn {
            Some(bsn) => sent.by_client.get(&(bsn, referentie)),
            None => sent.by_reference.get(&referentie),
        };
        let line = line.copied();
        let named = line.map_or(Pseudonym([0; 16]), |line| line.client);
        let says = known.line(named, prestatie, names);
        let was_sent = tr366::was_sent(line, says.vorig);
        report(found, &tr366::RULE, prestatie.node, !was_sent);
        let differs = was_sent && line.is_some_and(|line| tr367::differs(&says, line));
        report(found, &tr367::RULE, prestatie.node, differs);
    }
}

impl<'c> Sent<'c> {
    fn of(changes: &'c [Change]) -> Self {
        let mut sent = Self {
            by_client: HashMap::new(),
            by_reference: HashMap::new(),
            clients: HashSet::new(),
        };
        for change in changes {
            if let Change::Granted {
                referentie, line, ..
            } = change
            {
                sent.by_client.insert((line.client, *referentie), line);
                sent.by_reference.insert(*referentie, line);
                sent.clients.insert(line.client);
            }
        }
        sent
    }
}
