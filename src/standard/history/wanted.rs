//! Which rows a message can need, so that a store loads these and no others.
//! Says it in two rounds: what the message names, and what those rows name.

use super::key::RowKey;
use super::known::Known;
use super::past::Past;
use super::pseudonym::{Label, Pseudonym, Pseudonymise};
use crate::bericht::{Bericht, Content, Declaratie};

/// The rows that judging this message, and applying what it changes, may ask for by what the message
/// itself names; ascending, each once. [`wanted_more`] says what those name.
pub fn wanted(bericht: &Bericht<'_>, names: &dyn Pseudonymise) -> Vec<RowKey> {
    let message = names.message(bericht.header.soort, bericht.header.maker_id());
    let mut keys = vec![RowKey::Message(message), RowKey::Came];
    match &bericht.content {
        Content::Toewijzing(content) => {
            keys.push(RowKey::Client(names.client(&content.bsn)));
            for row in &content.products {
                let nummer = names.toewijzing(row.toewijzing_nummer);
                keys.extend([RowKey::Toewijzing(nummer), RowKey::Usage(nummer)]);
                let referentie = row.referentie_aanbieder.as_deref();
                keys.extend(referentie.map(|of| RowKey::Verzoek(names.verzoek(of))));
            }
        }
        Content::Start(content) => {
            let client = names.client(&content.bsn);
            for row in &content.products {
                care(&mut keys, names, client, row.toewijzing_nummer);
            }
        }
        Content::Stop(content) => {
            let client = names.client(&content.bsn);
            for row in &content.products {
                care(&mut keys, names, client, row.toewijzing_nummer);
            }
        }
        Content::VerzoekToewijzing(content) => {
            keys.push(RowKey::Client(names.client(&content.bsn)));
            for row in &content.products {
                keys.push(RowKey::Verzoek(names.verzoek(&row.referentie_aanbieder)));
            }
        }
        Content::VerzoekWijziging(content) => {
            keys.push(RowKey::Client(names.client(&content.bsn)));
            keys.push(RowKey::Verzoek(
                names.verzoek(&content.referentie_aanbieder),
            ));
            let unchanged = content.unchanged.iter().map(|row| row.toewijzing_nummer);
            let changed = content.changed.iter().map(|row| row.toewijzing_nummer);
            for nummer in unchanged.chain(changed) {
                keys.push(RowKey::Toewijzing(names.toewijzing(nummer)));
            }
        }
        Content::Antwoord(content) => {
            keys.push(RowKey::Verzoek(
                names.verzoek(&content.referentie_aanbieder),
            ));
        }
        Content::Declaratie(content) => declaratie(&mut keys, names, content),
        Content::DeclaratieAntwoord(_) | Content::Retour(_) => {
            if let Some(answered) = bericht.header.answers() {
                keys.push(RowKey::Message(names.message(answered.soort, &answered.id)));
            }
        }
    }
    // Stable, for that is the one that finds what is in order already.
    keys.sort();
    keys.dedup();
    keys
}

/// The rows that the rows of [`wanted`] name and that are not in the past yet; ascending, each once. To be
/// asked once, when those are loaded.
pub fn wanted_more(bericht: &Bericht<'_>, names: &dyn Pseudonymise, past: &Past) -> Vec<RowKey> {
    let mut keys = Vec::new();
    let mut allocations = |bsn: &str| {
        if let Some(client) = past.client(names.client(bsn)) {
            keys.extend(client.toewijzingen.iter().copied().map(RowKey::Toewijzing));
        }
    };
    // Whether one is open (TR374).
    let requests = |bsn: &str| {
        let client = past.client(names.client(bsn));
        let requests = client.into_iter().flat_map(|client| &client.verzoeken);
        requests.copied().map(RowKey::Verzoek)
    };
    match &bericht.content {
        // 301: whether one that is live is left out (OP087). 317: whether all that are actual are named (TR349).
        Content::Toewijzing(content) => allocations(&content.bsn),
        Content::VerzoekWijziging(content) => {
            allocations(&content.bsn);
            keys.extend(requests(&content.bsn));
        }
        Content::VerzoekToewijzing(content) => keys.extend(requests(&content.bsn)),
        Content::Antwoord(content) => {
            let verzoek = past.verzoek(names.verzoek(&content.referentie_aanbieder));
            let request = verzoek.and_then(|verzoek| verzoek.request);
            keys.extend(request.map(|request| RowKey::Client(request.client)));
        }
        Content::Declaratie(content) => {
            let lines = content.clients.iter().flat_map(|client| &client.prestaties);
            for vorig in lines.filter_map(|line| line.vorig_referentie_nummer.as_deref()) {
                let debit = past.prestatie(names.of(Label::ReferentieNummer, vorig));
                if let Some(line) = debit.and_then(|debit| debit.granted) {
                    keys.push(RowKey::Content(line.content()));
                    keys.push(RowKey::Usage(line.toewijzing));
                    keys.push(RowKey::Toewijzing(line.toewijzing));
                }
            }
        }
        Content::Start(_)
        | Content::Stop(_)
        | Content::DeclaratieAntwoord(_)
        | Content::Retour(_) => {}
    }
    keys.retain(|key| !past.has(key));
    keys.sort_unstable();
    keys.dedup();
    keys
}

fn care(keys: &mut Vec<RowKey>, names: &dyn Pseudonymise, client: Pseudonym, nummer: Option<u64>) {
    let toewijzing = nummer.map(|nummer| names.toewijzing(nummer));
    keys.extend(toewijzing.map(RowKey::Toewijzing));
    keys.push(RowKey::Care { client, toewijzing });
}

fn declaratie(keys: &mut Vec<RowKey>, names: &dyn Pseudonymise, content: &Declaratie<'_>) {
    let nummer = names.of(Label::DeclaratieNummer, &content.declaratie_nummer);
    keys.extend([RowKey::Declaratie(nummer), RowKey::Series]);
    let mut known = Known::default();
    let (mut toewijzingen, mut prestaties, mut contents) = (Vec::new(), Vec::new(), Vec::new());
    for client in &content.clients {
        let bsn = names.client(&client.bsn);
        keys.push(RowKey::Client(bsn));
        for prestatie in &client.prestaties {
            let line = known.line(bsn, prestatie, names);
            toewijzingen.push(line.toewijzing);
            prestaties.push(names.of(Label::ReferentieNummer, &prestatie.referentie_nummer));
            prestaties.extend(line.vorig);
            contents.push(line.content());
        }
    }
    // Pseudonyms are far smaller than keys of whatever kind, so that they are put in order first.
    toewijzingen.sort_unstable();
    toewijzingen.dedup();
    prestaties.sort_unstable();
    contents.sort_unstable();
    keys.extend(toewijzingen.iter().copied().map(RowKey::Toewijzing));
    keys.extend(prestaties.into_iter().map(RowKey::Prestatie));
    keys.extend(contents.into_iter().map(RowKey::Content));
    keys.extend(toewijzingen.into_iter().map(RowKey::Usage));
}
