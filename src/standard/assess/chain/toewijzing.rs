//! A 301: the allocations of a client.

use super::Judge;
use crate::bericht::{ToegewezenProduct, Toewijzing};
use crate::history::{Change, Honoured, Pseudonym, Reden, Stamp, Version};
use crate::rules::{Verdict, iv013, iv066, op087, tr332, tr379, tr385};

/// Judges each row against what came before the message: rows of one 301 do not see each other.
pub(super) fn judge(judge: &mut Judge<'_, '_>, content: &Toewijzing<'_>) {
    let around = judge.around;
    let (past, client) = (around.past, around.client(&content.bsn));
    let numbers = content.products.iter().map(|row| row.toewijzing_nummer);
    let mut named: Vec<Pseudonym> = numbers
        .map(|nummer| around.pseudonyms.toewijzing(nummer))
        .collect();
    named.sort_unstable();
    let leaves_out = op087::leaves_out_an_actual(past, client, &named, judge.bericht.dagtekening);
    judge.advise(&op087::RULE, content.client, leaves_out);
    for row in &content.products {
        judge_row(judge, client, row);
    }
}

fn judge_row(judge: &mut Judge<'_, '_>, client: Pseudonym, row: &ToegewezenProduct<'_>) {
    let around = judge.around;
    let nummer = around.pseudonyms.toewijzing(row.toewijzing_nummer);
    let version = version(judge, row);
    let known = around.past.toewijzing(nummer);
    let is_anothers = Verdict::broken_if(tr332::is_of_another_client(known, client));
    if judge.ask(&tr332::RULE, row.node, is_anothers) {
        let other_content = iv013::differs_under_one_stamp(known, &version);
        judge.advise(&iv013::RULE, row.node, other_content);
        let other_basis = iv066::changes_what_stays(known, &version);
        judge.advise(&iv066::RULE, row.node, other_basis);
    }
    let in_use =
        tr385::is_removed_in_use(row.reden_wijziging.as_deref(), around.past.usage(nummer));
    judge.ask(&tr385::RULE, row.node, Verdict::broken_if(in_use));
    judge.ask_product(row.node, row.product.as_ref(), row.ingangsdatum);
    if let Some(verzoek) = version.referentie {
        let by = Honoured {
            toewijzing: nummer,
            stamp: version.stamp,
        };
        let verdict = tr379::may_honour(around, client, verzoek, &by);
        judge.ask(&tr379::RULE, row.node, verdict);
        judge.changes.push(Change::Honoured {
            verzoek,
            client,
            toewijzing: nummer,
            stamp: version.stamp,
        });
    }
    judge.changes.push(Change::Toewijzing {
        nummer,
        client,
        version,
    });
}

/// The row as the past keeps it.
fn version(judge: &Judge<'_, '_>, row: &ToegewezenProduct<'_>) -> Version {
    let referentie = row.referentie_aanbieder.as_deref();
    Version {
        stamp: Stamp {
            date: row.toewijzingsdatum,
            time: row.toewijzingstijd,
        },
        product: row.product.as_ref().map(|product| judge.product(product)),
        ingangsdatum: row.ingangsdatum,
        einddatum: row.einddatum,
        reden: Reden::read(row.reden_wijziging.as_deref()),
        omvang: row.omvang,
        budget: row.budget,
        referentie: referentie.map(|value| judge.around.pseudonyms.verzoek(value)),
    }
}
