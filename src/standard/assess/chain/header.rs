//! The header, for all kinds that have rules: an error in it means that the body is not judged.

use super::{Around, Judge};
use crate::bericht::Content;
use crate::history::Toewijzing;
use crate::rules::{Verdict, Weight, tr056, tr135, tr378};
use jiff::civil::Date;

/// Asks TR056, TR135 and TR378, and gives all that are broken. On a 325 no answer is owed: it is told.
pub(super) fn judge(judge: &mut Judge<'_, '_>) {
    let bericht = judge.bericht;
    let around = judge.around;
    let Some(header) = bericht.root.child("Header") else {
        return;
    };
    let id = around
        .pseudonyms
        .message(bericht.header.soort, bericht.header.maker_id());
    judge.ask(
        &tr056::RULE,
        header,
        Verdict::broken_if(around.used_up || tr056::is_used(around.past, id)),
    );
    judge.ask(
        &tr135::RULE,
        header,
        Verdict::broken_if(tr135::is_ahead(bericht.dagtekening, around.received)),
    );
    let days = days(&bericht.content, around);
    let (gemeente, _) = bericht.header.scope();
    let days = std::iter::once(Some(bericht.dagtekening)).chain(days);
    judge.ask(
        &tr378::RULE,
        header,
        tr378::listed(around.reference, gemeente, days),
    );
    if matches!(bericht.content, Content::DeclaratieAntwoord(_)) {
        for breach in &mut judge.assessment.breaches {
            if breach.weight == Weight::Refuses {
                breach.weight = Weight::Reports;
            }
        }
    }
}

/// The days beside Dagtekening on which the municipality may have existed: those on which what the
/// message is about begins, as it says itself or as the allocation says that it refers to. `None`: of an
/// allocation that may be older than what is known.
fn days<'a>(
    content: &'a Content<'_>,
    around: &'a Around<'_>,
) -> Box<dyn Iterator<Item = Option<Date>> + 'a> {
    let may_be_older = around.absent(None) == Verdict::NotAssessed;
    let begins = move |nummer: u64| {
        let current = around.toewijzing(nummer).and_then(Toewijzing::current);
        match current {
            Some(current) => Some(Some(current.ingangsdatum)),
            None => may_be_older.then_some(None),
        }
    };
    match content {
        Content::Toewijzing(content) => {
            Box::new(content.products.iter().map(|row| Some(row.ingangsdatum)))
        }
        Content::VerzoekToewijzing(content) => {
            Box::new(content.products.iter().map(|row| Some(row.ingangsdatum)))
        }
        Content::Start(content) => {
            let numbers = content
                .products
                .iter()
                .filter_map(|row| row.toewijzing_nummer);
            Box::new(numbers.filter_map(begins))
        }
        Content::Stop(content) => {
            let numbers = content
                .products
                .iter()
                .filter_map(|row| row.toewijzing_nummer);
            Box::new(numbers.filter_map(begins))
        }
        Content::VerzoekWijziging(content) => {
            let unchanged = content.unchanged.iter().map(|row| row.toewijzing_nummer);
            let changed = content.changed.iter().map(|row| row.toewijzing_nummer);
            Box::new(unchanged.chain(changed).filter_map(begins))
        }
        Content::Declaratie(content) => {
            let lines = content.clients.iter().flat_map(|client| &client.prestaties);
            Box::new(lines.map(|line| line.toewijzing_nummer).filter_map(begins))
        }
        Content::Antwoord(_) | Content::DeclaratieAntwoord(_) | Content::Retour(_) => {
            Box::new(std::iter::empty())
        }
    }
}
