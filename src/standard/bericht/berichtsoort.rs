//! The fourteen message kinds of a standard, and what kind answers what.
//! Does not know a message's content: that is `header`.

use std::fmt;
use std::sync::Arc;

/// The law under which a message is sent; it chooses the standard.
///
/// ```
/// use knooppunt_standard::Law;
/// assert_eq!(Law::Jw.as_str(), "jw");
/// assert_eq!(Law::Jw.standard(), "ijw");
/// assert_eq!("wmo".parse(), Ok(Law::Wmo));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Law {
    /// Jeugdwet: youth care, standard iJw.
    Jw,
    /// Wet maatschappelijke ondersteuning 2015: social support, standard iWmo.
    Wmo,
}

impl Law {
    /// `jw` or `wmo`, as in the namespaces of the messages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Jw => "jw",
            Self::Wmo => "wmo",
        }
    }

    /// `ijw` or `iwmo`, the standard of this law.
    pub const fn standard(self) -> &'static str {
        match self {
            Self::Jw => "ijw",
            Self::Wmo => "iwmo",
        }
    }
}

impl fmt::Display for Law {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that is neither `jw` nor `wmo`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a law is `jw` or `wmo`")]
pub struct UnknownLaw;

impl std::str::FromStr for Law {
    type Err = UnknownLaw;

    fn from_str(text: &str) -> Result<Self, UnknownLaw> {
        match text {
            "jw" => Ok(Self::Jw),
            "wmo" => Ok(Self::Wmo),
            _ => Err(UnknownLaw),
        }
    }
}

/// Kind of message within a standard (iJw and iWmo 3.2, message pairs).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u16)]
pub enum Berichtsoort {
    /// 301, gemeente to aanbieder.
    Toewijzing = 301,
    /// 302, the retour on 301.
    ToewijzingRetour = 302,
    /// 305, aanbieder to gemeente.
    Start = 305,
    /// 306, the retour on 305.
    StartRetour = 306,
    /// 307, aanbieder to gemeente.
    Stop = 307,
    /// 308, the retour on 307.
    StopRetour = 308,
    /// 315, verzoek om toewijzing, aanbieder to gemeente.
    VerzoekToewijzing = 315,
    /// 316, the retour on 315.
    VerzoekToewijzingRetour = 316,
    /// 317, verzoek om wijziging, aanbieder to gemeente.
    VerzoekWijziging = 317,
    /// 318, the retour on 317.
    VerzoekWijzigingRetour = 318,
    /// 319, answer to a verzoek, gemeente to aanbieder.
    Antwoord = 319,
    /// 320, the retour on 319.
    AntwoordRetour = 320,
    /// 323, aanbieder to gemeente.
    Declaratie = 323,
    /// 325, the gemeente's answer to 323: a message of its own, not a retour.
    DeclaratieAntwoord = 325,
}

impl Berichtsoort {
    /// All kinds, by number.
    pub const ALL: [Self; 14] = [
        Self::Toewijzing,
        Self::ToewijzingRetour,
        Self::Start,
        Self::StartRetour,
        Self::Stop,
        Self::StopRetour,
        Self::VerzoekToewijzing,
        Self::VerzoekToewijzingRetour,
        Self::VerzoekWijziging,
        Self::VerzoekWijzigingRetour,
        Self::Antwoord,
        Self::AntwoordRetour,
        Self::Declaratie,
        Self::DeclaratieAntwoord,
    ];

    /// The number in the message's name: 301 for JW301 and WMO301.
    pub const fn number(self) -> u16 {
        self as u16
    }

    /// The kind with this number, if the standards have one.
    pub fn from_number(number: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|soort| soort.number() == number)
    }

    /// Whether it is a retour message: one that copies Afzender and Ontvanger unchanged from the
    /// message it answers, so that its maker is the Ontvanger. A 325 is not.
    pub const fn is_retour(self) -> bool {
        matches!(
            self,
            Self::ToewijzingRetour
                | Self::StartRetour
                | Self::StopRetour
                | Self::VerzoekToewijzingRetour
                | Self::VerzoekWijzigingRetour
                | Self::AntwoordRetour
        )
    }

    /// The kind it answers by naming the answered message's identification: the heen message of a
    /// retour, the 323 of a 325. A 319 answers a verzoek by ReferentieAanbieder, so it has none.
    pub const fn answers(self) -> Option<Self> {
        match self {
            Self::ToewijzingRetour => Some(Self::Toewijzing),
            Self::StartRetour => Some(Self::Start),
            Self::StopRetour => Some(Self::Stop),
            Self::VerzoekToewijzingRetour => Some(Self::VerzoekToewijzing),
            Self::VerzoekWijzigingRetour => Some(Self::VerzoekWijziging),
            Self::AntwoordRetour => Some(Self::Antwoord),
            Self::DeclaratieAntwoord => Some(Self::Declaratie),
            Self::Toewijzing
            | Self::Start
            | Self::Stop
            | Self::VerzoekToewijzing
            | Self::VerzoekWijziging
            | Self::Antwoord
            | Self::Declaratie => None,
        }
    }

    /// The kind that answers it by naming its identification: the inverse of [`Self::answers`].
    pub fn answered_by(self) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|answer| answer.answers() == Some(self))
    }

    /// BerichtCode that the standards publish for this kind (code list COD002), three digits.
    pub const fn bericht_code(self, law: Law) -> &'static str {
        let (ijw, iwmo) = match self {
            Self::Toewijzing => ("436", "414"),
            Self::ToewijzingRetour => ("437", "415"),
            Self::Start => ("438", "418"),
            Self::StartRetour => ("439", "419"),
            Self::Stop => ("440", "420"),
            Self::StopRetour => ("441", "421"),
            Self::VerzoekToewijzing => ("446", "444"),
            Self::VerzoekToewijzingRetour => ("447", "445"),
            Self::VerzoekWijziging => ("486", "480"),
            Self::VerzoekWijzigingRetour => ("487", "481"),
            Self::Antwoord => ("488", "482"),
            Self::AntwoordRetour => ("489", "483"),
            Self::Declaratie => ("490", "484"),
            Self::DeclaratieAntwoord => ("491", "485"),
        };
        match law {
            Law::Jw => ijw,
            Law::Wmo => iwmo,
        }
    }

    /// The message's published name under a law: `JW301`, `WMO325`.
    pub const fn name(self, law: Law) -> &'static str {
        let (jw, wmo) = match self {
            Self::Toewijzing => ("JW301", "WMO301"),
            Self::ToewijzingRetour => ("JW302", "WMO302"),
            Self::Start => ("JW305", "WMO305"),
            Self::StartRetour => ("JW306", "WMO306"),
            Self::Stop => ("JW307", "WMO307"),
            Self::StopRetour => ("JW308", "WMO308"),
            Self::VerzoekToewijzing => ("JW315", "WMO315"),
            Self::VerzoekToewijzingRetour => ("JW316", "WMO316"),
            Self::VerzoekWijziging => ("JW317", "WMO317"),
            Self::VerzoekWijzigingRetour => ("JW318", "WMO318"),
            Self::Antwoord => ("JW319", "WMO319"),
            Self::AntwoordRetour => ("JW320", "WMO320"),
            Self::Declaratie => ("JW323", "WMO323"),
            Self::DeclaratieAntwoord => ("JW325", "WMO325"),
        };
        match law {
            Law::Jw => jw,
            Law::Wmo => wmo,
        }
    }
}

/// What a message is: law, release and kind, read from the namespace of its root.
/// Displayed by its published name, `JW301`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Kind {
    /// The law it is sent under.
    pub law: Law,
    /// Release of the standard, as in `source.toml`: `3.2`.
    pub release: Arc<str>,
    /// Kind within the standard.
    pub soort: Berichtsoort,
}

impl Kind {
    /// Published name: `JW301`.
    pub const fn name(&self) -> &'static str {
        self.soort.name(self.law)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_retour_answers_the_kind_one_to_its_left_and_325_answers_323() {
        for soort in Berichtsoort::ALL {
            if soort.is_retour() {
                assert_eq!(soort.answers().unwrap().number() + 1, soort.number());
            }
        }
        assert_eq!(
            Berichtsoort::DeclaratieAntwoord.answers(),
            Some(Berichtsoort::Declaratie)
        );
        assert!(!Berichtsoort::DeclaratieAntwoord.is_retour());
        assert_eq!(Berichtsoort::Antwoord.answers(), None);
    }

    #[test]
    fn names_end_in_the_number_and_codes_are_all_different() {
        let mut codes = Vec::new();
        for law in [Law::Jw, Law::Wmo] {
            for soort in Berichtsoort::ALL {
                assert!(soort.name(law).ends_with(&soort.number().to_string()));
                assert_eq!(Berichtsoort::from_number(soort.number()), Some(soort));
                codes.push(soort.bericht_code(law));
            }
        }
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), 28);
        assert_eq!(Berichtsoort::from_number(303), None);
    }
}
