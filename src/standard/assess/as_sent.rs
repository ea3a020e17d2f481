//! Whether the outcome of a message rests on care that was booked as its provider sent it, although the municipality may call its product something else. Nobody
//! is refused by such an outcome, and nothing granted: the same care may stand there under another name.

use crate::bericht::{Bericht, Content, DebetCredit};
use crate::history::{Known, Line, Past, Pseudonymise, counted};

/// Whether it does: of a declaration, when a line has days in common with such a debit of its allocation or is counted in something else (TR389, TR322), or takes
/// one back (TR323); of a start or stop, when such a one of its care is known. `past` has the rows that the message was judged by.
pub fn rests_on_as_sent(bericht: &Bericht<'_>, past: &Past, names: &dyn Pseudonymise) -> bool {
    if !past.has_as_sent() {
        return false;
    }
    let care = |bsn: &str, nummer: Option<u64>| {
        let toewijzing = nummer.map(|nummer| names.toewijzing(nummer));
        let care = past.care(names.client(bsn), toewijzing);
        care.is_some_and(crate::history::Care::is_as_sent)
    };
    match &bericht.content {
        Content::Start(content) => {
            let mut products = content.products.iter();
            products.any(|product| care(&content.bsn, product.toewijzing_nummer))
        }
        Content::Stop(content) => {
            let mut products = content.products.iter();
            products.any(|product| care(&content.bsn, product.toewijzing_nummer))
        }
        Content::Declaratie(content) => {
            let mut known = Known::default();
            content.clients.iter().any(|client| {
                let bsn = names.client(&client.bsn);
                let mut lines = client.prestaties.iter();
                lines.any(|line| rests(&known.line(bsn, line, names), past))
            })
        }
        Content::Toewijzing(_)
        | Content::VerzoekToewijzing(_)
        | Content::VerzoekWijziging(_)
        | Content::Antwoord(_)
        | Content::DeclaratieAntwoord(_)
        | Content::Retour(_) => false,
    }
}

fn rests(line: &Line, past: &Past) -> bool {
    if line.bedrag.direction == DebetCredit::Credit {
        let debit = line.vorig.and_then(|vorig| past.prestatie(vorig)?.granted);
        return debit.is_some_and(|debit| debit.as_sent);
    }
    let counts = |eenheid| counted(eenheid, 0).0;
    let usage = past.usage(line.toewijzing);
    let mut before = usage.map_or(&[][..], |usage| usage.as_sent()).iter();
    before.any(|debit| {
        let (one, other) = (debit.periode, line.periode);
        counts(debit.eenheid) != counts(line.eenheid)
            || one.begin <= other.end && other.begin <= one.end
    })
}
