//! TR323: a credit takes back a debit of the same client that was granted.
//!
//! Technical rules iJw 3.2 and iWmo 3.2. The text asks for a relation by key: VorigReferentieNummer is the ReferentieNummer of the debit. That a
//! credit is a full copy stands in IV091, which has no code, and IV085 forbids other refusals: a difference is advice, and refuses only
//! under the setting `credit_comparison = "full"`.

use super::{Level, Rule};
use crate::bericht::DebetCredit;
use crate::bericht::berichtsoort::Berichtsoort::Declaratie;
use crate::history::{Line, Prestatie, Pseudonym};

pub(crate) static RULE: Rule = Rule {
    id: "TR323",
    code: "8017",
    level: Level::History,
    laws: Rule::BOTH,
    berichten: &[Declaratie],
    since: "3.2",
    at: "Declaratie/Clienten/Client/Prestaties/Prestatie",
};

/// The granted debit that a credit may take back.
pub(crate) fn debit_of(vorig: Option<&Prestatie>, client: Pseudonym) -> Option<&Line> {
    let line = vorig?.granted.as_ref()?;
    (line.bedrag.direction == DebetCredit::Debet && line.client == client).then_some(line)
}

/// Whether a credit says something else than its debit, beside its own number and direction.
pub(crate) fn differs(credit: &Line, debit: &Line) -> bool {
    credit.content() != debit.content()
        || (credit.volume, credit.eenheid, credit.tarief)
            != (debit.volume, debit.eenheid, debit.tarief)
        || credit.bedrag.cents != debit.bedrag.cents
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bericht::{Bedrag, Eenheid, Periode};
    use jiff::civil::date;

    fn granted(line: Line) -> Prestatie {
        Prestatie {
            declared: true,
            granted: Some(line),
            credit: None,
        }
    }

    #[test]
    fn only_a_granted_debit_of_the_client_can_be_taken_back() {
        let client = Pseudonym([1; 16]);
        let debit = granted(Line::sample(DebetCredit::Debet));
        assert!(debit_of(Some(&debit), client).is_some());
        assert!(debit_of(Some(&debit), Pseudonym([9; 16])).is_none());
        assert!(debit_of(Some(&granted(Line::sample(DebetCredit::Credit))), client).is_none());
        let refused = Prestatie {
            declared: true,
            granted: None,
            credit: None,
        };
        assert!(debit_of(Some(&refused), client).is_none());
        assert!(debit_of(None, client).is_none());
    }

    #[test]
    fn a_difference_in_any_field_is_one_and_the_direction_is_none() {
        let debit = Line::sample(DebetCredit::Debet);
        let copy = Line::sample(DebetCredit::Credit);
        assert!(!differs(&copy, &debit));
        let other = Pseudonym([9; 16]);
        for changed in [
            Line {
                toewijzing: other,
                ..copy
            },
            Line {
                categorie: other,
                ..copy
            },
            Line {
                code: other,
                ..copy
            },
            Line {
                periode: Periode {
                    end: date(2026, 3, 30),
                    ..copy.periode
                },
                ..copy
            },
            Line { volume: 14, ..copy },
            Line {
                eenheid: Eenheid::Minuut,
                ..copy
            },
            Line {
                tarief: None,
                ..copy
            },
            Line {
                bedrag: Bedrag {
                    cents: 41_250,
                    ..copy.bedrag
                },
                ..copy
            },
        ] {
            assert!(differs(&changed, &debit), "{changed:?}");
        }
    }
}
