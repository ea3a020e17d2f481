//! Requests and their answers: 315, 317 and 319.

use super::Judge;
use crate::bericht::{Antwoord, TeWijzigenProduct, VerzoekToewijzing, VerzoekWijziging};
use crate::history::{Answer, Change, Pseudonym, Request, RequestKind, Version};
use crate::rules::tr361::Wanted;
use crate::rules::{
    Verdict, iv092, tr304, tr347, tr349, tr350, tr351, tr355, tr357, tr359, tr360, tr361, tr365,
    tr373, tr374, tr375, tr378, tr411, tr412,
};
use crate::xml::tree::Node;

/// Judges a 315: each product is a request of its own.
pub(super) fn judge_toewijzing(judge: &mut Judge<'_, '_>, content: &VerzoekToewijzing<'_>) {
    let around = judge.around;
    let client = around.client(&content.bsn);
    let has_open = tr374::has_open_request(around.past, client);
    judge.ask(&tr374::RULE, content.client, Verdict::broken_if(has_open));
    for row in &content.products {
        let verzoek = around.pseudonyms.verzoek(&row.referentie_aanbieder);
        let is_free = tr347::is_free(around.past.verzoek(verzoek));
        judge.ask(&tr347::RULE, row.node, is_free);
        judge.ask_product(row.node, row.product.as_ref(), row.ingangsdatum);
        judge.requests(verzoek, client, RequestKind::Toewijzing);
    }
}

/// Judges a 317: the request as a whole, then its rows.
pub(super) fn judge_wijziging(judge: &mut Judge<'_, '_>, content: &VerzoekWijziging<'_>) {
    let around = judge.around;
    let client = around.client(&content.bsn);
    let has_allocation = tr304::has_an_allocation(around, client);
    if !judge.ask(&tr304::RULE, content.client, has_allocation) {
        let unchanged = content.unchanged.iter().map(|row| row.node);
        let changed = content.changed.iter().map(|row| row.node);
        let new = content.new.iter().map(|row| row.node);
        let below = [content.verzoek].into_iter().chain(unchanged);
        let unjudged = below.chain(changed).chain(new).map(Node::number);
        judge.assessment.unjudged.extend(unjudged);
        return;
    }
    let verzoek = around.pseudonyms.verzoek(&content.referentie_aanbieder);
    let is_free = tr347::is_free(around.past.verzoek(verzoek));
    judge.ask(&tr347::RULE, content.verzoek, is_free);
    let has_open = tr374::has_open_request(around.past, client);
    judge.ask(&tr374::RULE, content.verzoek, Verdict::broken_if(has_open));
    judge_whole(judge, client, content);
    for row in &content.new {
        judge.ask_product(row.node, row.product.as_ref(), row.gewenste_ingangsdatum);
    }
    judge.requests(verzoek, client, RequestKind::Wijziging);
}

/// What a 317 changes when it is accepted.
pub(super) fn accept_wijziging(judge: &mut Judge<'_, '_>, content: &VerzoekWijziging<'_>) {
    let around = judge.around;
    let verzoek = around.pseudonyms.verzoek(&content.referentie_aanbieder);
    let client = around.client(&content.bsn);
    judge.requests(verzoek, client, RequestKind::Wijziging);
}

/// Asks what the rows say together of the client's allocations, and then each row.
fn judge_whole(judge: &mut Judge<'_, '_>, client: Pseudonym, content: &VerzoekWijziging<'_>) {
    let (around, day) = (judge.around, judge.bericht.dagtekening);
    let unchanged = content.unchanged.iter().map(|row| row.toewijzing_nummer);
    let changed = content.changed.iter().map(|row| row.toewijzing_nummer);
    let mut named: Vec<Pseudonym> = unchanged
        .chain(changed)
        .map(|nummer| around.pseudonyms.toewijzing(nummer))
        .collect();
    named.sort_unstable();
    let names_all = tr349::names_all_actual(around.past, client, &named, day);
    judge.ask(
        &tr349::RULE,
        content.verzoek,
        Verdict::broken_if(!names_all),
    );

    let mut existing = Vec::new();
    for row in &content.unchanged {
        let verdict = tr350::is_actual(around, client, row.toewijzing_nummer, day);
        if judge.ask(&tr350::RULE, row.node, verdict)
            && let Some(current) = judge.current(row.toewijzing_nummer)
        {
            existing.push(Wanted {
                product: current.product,
                begin: current.ingangsdatum,
                end: current.einddatum,
            });
        }
    }
    for row in &content.changed {
        let verdict = tr351::is_actual(around, client, row.toewijzing_nummer, day);
        if judge.ask(&tr351::RULE, row.node, verdict)
            && let Some(current) = judge.current(row.toewijzing_nummer)
        {
            judge_change(judge, row, current);
            existing.push(Wanted {
                product: current.product,
                begin: current.ingangsdatum,
                end: row.einddatum,
            });
        }
    }
    let new: Vec<Wanted> = content
        .new
        .iter()
        .map(|row| Wanted {
            product: row.product.as_ref().map(|product| judge.product(product)),
            begin: row.gewenste_ingangsdatum,
            end: row.einddatum,
        })
        .collect();
    // TR101 has seen to it that within each class a number stands once, so twice is in both.
    let in_both = named.windows(2).any(|pair| pair.first() == pair.last());
    let stacks = in_both || tr361::stacks(&existing, &new);
    judge.ask(&tr361::RULE, content.verzoek, Verdict::broken_if(stacks));
}

/// Judges one change of an actual allocation.
fn judge_change(judge: &mut Judge<'_, '_>, row: &TeWijzigenProduct<'_>, current: &Version) {
    let day = judge.bericht.dagtekening;
    let (wanted, begins) = (row.gewenste_ingangsdatum, current.ingangsdatum);
    for (rule, broken) in [
        (
            &tr357::RULE,
            tr357::begins_neither_later_nor_at_first(wanted, begins, day),
        ),
        (&tr373::RULE, tr373::changes_a_total_later(row, current)),
        (&tr375::RULE, tr375::asks_for_volume(row, current)),
        (&tr411::RULE, tr411::lacks_volume(row, current)),
        (&tr412::RULE, tr412::asks_for_volume(row, current)),
    ] {
        judge.ask(rule, row.node, Verdict::broken_if(broken));
    }
    let outside = iv092::begins_outside(wanted, current, day);
    judge.advise(&iv092::RULE, row.node, outside);
}

/// Judges a 319.
pub(super) fn judge_antwoord(judge: &mut Judge<'_, '_>, content: &Antwoord<'_>) {
    let around = judge.around;
    let verzoek = around.pseudonyms.verzoek(&content.referentie_aanbieder);
    let known = around.past.verzoek(verzoek);
    let answer = if content.verzoek_antwoord == "1" {
        Answer::Refused
    } else {
        Answer::Investigating
    };
    let names_a_request = tr355::names_a_request(around, known);
    if judge.ask(&tr355::RULE, content.node, names_a_request) {
        for (rule, broken) in [
            (&tr359::RULE, tr359::is_honoured(known)),
            (&tr360::RULE, tr360::is_looked_into_late(answer, known)),
            (&tr365::RULE, tr365::follows_a_final_answer(known)),
        ] {
            judge.ask(rule, content.node, Verdict::broken_if(broken));
        }
    }
    if let Some((node, gemeente)) = &content.woonplaatsbeginsel {
        let day = std::iter::once(Some(judge.bericht.dagtekening));
        let listed = tr378::listed(around.reference, gemeente, day);
        judge.ask(&tr378::RULE, *node, listed);
    }
    let request = known.and_then(|known| known.request);
    judge.changes.push(Change::Answered {
        verzoek,
        client: request.map(|request| request.client),
        answer,
    });
}

impl<'a> Judge<'a, '_> {
    /// The version of an allocation that holds.
    fn current(&self, nummer: u64) -> Option<&'a Version> {
        self.around.toewijzing(nummer)?.current()
    }

    fn requests(&mut self, verzoek: Pseudonym, client: Pseudonym, kind: RequestKind) {
        self.changes.push(Change::Requested {
            verzoek,
            request: Request {
                client,
                kind,
                dagtekening: self.bericht.dagtekening,
            },
        });
    }
}
