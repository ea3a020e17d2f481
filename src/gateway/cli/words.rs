//! The Dutch words that several commands share.

use std::io;

use knooppunt_standard::Berichtsoort;

use crate::api::message::MessageBody;
use crate::api::termijnen::{TermBody, TermCounts};

/// A finding in two lines: where, what is expected and by which rule; then the path.
pub(super) fn finding(place: &str, text: &str, rule: &str, code: &str, path: &str) -> String {
    let line = format!("  {place}  {text} [{rule} {code}]");
    if path.is_empty() {
        line
    } else {
        format!("{line}\n      {path}")
    }
}

/// `JW301` with what it is: `JW301 (toewijzing)`.
pub(super) fn bericht(name: &str) -> String {
    let digits = name.trim_start_matches(|c: char| !c.is_ascii_digit());
    match digits.parse().ok().and_then(Berichtsoort::from_number) {
        Some(soort) => format!("{name} ({})", soort_in_words(soort)),
        None => name.to_owned(),
    }
}

/// A message in one line, without its id.
pub(super) fn message(message: &MessageBody) -> String {
    let what = if message.file {
        format!("{} (bestand)", message.bericht)
    } else {
        bericht(&message.bericht)
    };
    format!(
        "{what} van {} voor {}, {} bytes, ontvangen {}",
        message.maker, message.receiver, message.bytes, message.received
    )
}

/// Until when its receiver's answer is in time, and whether that is to be warned of; `None` where no answer is due.
pub(super) fn answer_by(message: &MessageBody) -> Option<String> {
    let day = message.answer_by.as_deref()?;
    Some(match message.warning.as_deref() {
        Some("over") => format!("LET OP: antwoord had uiterlijk {day} gemoeten"),
        Some("last-day") => format!("LET OP: antwoord uiterlijk vandaag, {day}"),
        Some(_) => format!("LET OP: antwoord uiterlijk {day}"),
        None => format!("antwoord uiterlijk {day}"),
    })
}

/// What is owed by terms that end or have ended; `None` where nothing is.
pub(super) fn terms(counts: &TermCounts) -> Option<String> {
    let TermCounts {
        soon,
        last_day,
        over,
    } = *counts;
    let parts = [
        (over, "te laat"),
        (last_day, "uiterlijk vandaag"),
        (soon, "binnenkort"),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, when)| format!("{count} {when}"))
        .collect();
    (!parts.is_empty()).then(|| format!("LET OP, termijnen: {}", parts.join(", ")))
}

/// What is owed, in one line without the id.
pub(super) fn term(term: &TermBody) -> String {
    let what = match term.term.as_str() {
        "retour" => "retour",
        "declaratie-antwoord" => "antwoord op de declaratie",
        "verzoek-antwoord" => "toewijzing of antwoord op het verzoek",
        "onderzoek" => "besluit op het verzoek dat in onderzoek is",
        "start" => "startbericht, als de zorg is begonnen",
        "stop" => "stopbericht, als de zorg is geëindigd",
        other => other,
    };
    let standing = match term.standing.as_str() {
        "over" => ", TE LAAT",
        "last-day" => ", vandaag de laatste dag",
        "soon" => ", binnenkort",
        _ => "",
    };
    let day = term.answer_by.as_deref().unwrap_or("onbekend");
    format!(
        "{what} van {} aan {}, bij {}: uiterlijk {day}{standing}",
        term.owed_by,
        term.owed_to,
        bericht(&term.bericht)
    )
}

/// What has become of a message.
pub(super) fn state(code: &str) -> &str {
    match code {
        "waiting" => "ligt in het postvak van de ontvanger",
        "acknowledged" => "door de ontvanger bevestigd",
        "answered" => "beantwoord",
        "rejected" => "door de ontvanger op zijn eigen weg geweigerd (Fo01)",
        "dead" => "nooit bevestigd en uit het postvak gehaald",
        other => other,
    }
}

/// What happened to a message.
pub(super) fn happening(code: &str) -> &str {
    match code {
        "received" => "ontvangen en in het postvak gelegd",
        "acknowledged" => "bevestigd door de ontvanger",
        "answered" => "beantwoord",
        "answered-again" => "nog een keer beantwoord",
        "answered-wrongly" => "beantwoord met een antwoord dat zelf niet klopt",
        "dead-lettered" => "nooit bevestigd; uit het postvak gehaald",
        "erased" => "inhoud gewist",
        "effects-erased" => "alles wat ervan bewaard was gewist",
        "rejected" => "door de ontvanger op zijn eigen weg geweigerd (Fo01)",
        "released" => "het knooppunt hield het antwoord vast en laat het nu aan de ontvanger",
        other => other,
    }
}

/// What is unusual about a message.
pub(super) fn marks(codes: &[String]) -> impl Iterator<Item = &str> {
    let is_refused = codes.iter().any(|code| code == "refused");
    codes.iter().map(move |code| match code.as_str() {
        // Nobody gets it.
        "not-translated" if is_refused => "de producten konden niet worden vertaald",
        code => mark(code),
    })
}

fn mark(code: &str) -> &str {
    match code {
        "unknown-question" => "antwoordt op een bericht dat hier niet bekend is",
        "second-answer" => "er was al een antwoord",
        "refused" => {
            "afgekeurd namens de ontvanger; het antwoord ligt in het postvak van de afzender"
        }
        "made-here" => "gemaakt door het knooppunt, namens de maker",
        "copy" => "een kopie van dat antwoord, voor de maker",
        "reported" => "het antwoord klopt zelf niet; er is niets mee verwerkt",
        "waits" => {
            "de uitkomst hangt af van wat nog niet is beantwoord; de ontvanger antwoordt zelf"
        }
        "not-assessed" => {
            "door een fout van het knooppunt niet tegen de regels gehouden; de ontvanger antwoordt zelf"
        }
        "not-booked" => {
            "van het bericht dat dit beantwoordt is niet meer te zeggen wat het verandert; er is niets mee verwerkt"
        }
        "held" => {
            "bij ontvangst hield het knooppunt de 325 vast: regels wachtten op een besluit, of op het antwoord op een ander bericht"
        }
        "not-translated" => {
            "de producten konden niet worden vertaald; de ontvanger krijgt het bericht zoals het is aangeboden"
        }
        "stands-twice" => {
            "een product staat bij de ontvanger dubbel: zoals het hier staat, en als vertaling van een ander product van deze cliënt"
        }
        other => other,
    }
}

/// What stands before a finding that refuses nothing.
pub(super) fn weight(weight: &str) -> &'static str {
    match weight {
        "advises" => "advies: ",
        "reports" => "melding: ",
        "not-assessed" => "hier niet te beoordelen: ",
        _ => "",
    }
}

/// What the operating system says, for what happens often; its number for the rest.
#[allow(
    clippy::wildcard_enum_match_arm,
    reason = "what happens seldom is told by its number"
)]
pub(super) fn os(error: &io::Error) -> String {
    let words = match error.kind() {
        io::ErrorKind::NotFound => "bestaat niet",
        io::ErrorKind::PermissionDenied => "geen toestemming",
        io::ErrorKind::IsADirectory => "is een map",
        io::ErrorKind::NotADirectory => "een deel van het pad is geen map",
        io::ErrorKind::StorageFull => "de schijf is vol",
        io::ErrorKind::ReadOnlyFilesystem => "op deze schijf kan alleen worden gelezen",
        io::ErrorKind::ConnectionRefused => "daar luistert niemand",
        io::ErrorKind::ConnectionReset => "de andere kant brak af",
        io::ErrorKind::TimedOut => "geen antwoord op tijd",
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => "niet bereikbaar",
        _ => {
            return error.raw_os_error().map_or_else(
                || error.to_string(),
                |number| format!("fout {number} van het besturingssysteem"),
            );
        }
    };
    words.to_owned()
}

fn soort_in_words(soort: Berichtsoort) -> &'static str {
    match soort {
        Berichtsoort::Toewijzing => "toewijzing",
        Berichtsoort::ToewijzingRetour => "retour op toewijzing",
        Berichtsoort::Start => "start zorg",
        Berichtsoort::StartRetour => "retour op start",
        Berichtsoort::Stop => "stop zorg",
        Berichtsoort::StopRetour => "retour op stop",
        Berichtsoort::VerzoekToewijzing => "verzoek om toewijzing",
        Berichtsoort::VerzoekToewijzingRetour => "retour op verzoek om toewijzing",
        Berichtsoort::VerzoekWijziging => "verzoek om wijziging",
        Berichtsoort::VerzoekWijzigingRetour => "retour op verzoek om wijziging",
        Berichtsoort::Antwoord => "antwoord op verzoek",
        Berichtsoort::AntwoordRetour => "retour op antwoord",
        Berichtsoort::Declaratie => "declaratie",
        Berichtsoort::DeclaratieAntwoord => "antwoord op declaratie",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_operating_system_says_often_is_dutch_and_the_rest_a_number() {
        let said = |number| os(&io::Error::from_raw_os_error(number));
        assert_eq!(
            [2, 13, 21, 111].map(said),
            [
                "bestaat niet",
                "geen toestemming",
                "is een map",
                "daar luistert niemand"
            ]
        );
        assert_eq!(said(5), "fout 5 van het besturingssysteem");
    }

    #[test]
    fn what_is_owed_is_said_by_how_near_its_end_is_and_nothing_of_nothing() {
        assert_eq!(terms(&TermCounts::default()), None);
        let counts = TermCounts {
            soon: 2,
            last_day: 0,
            over: 1,
        };
        assert_eq!(
            terms(&counts).as_deref(),
            Some("LET OP, termijnen: 1 te laat, 2 binnenkort")
        );
    }

    #[test]
    fn a_kind_is_said_with_what_it_is_and_an_unknown_one_as_it_is() {
        assert_eq!(bericht("WMO323"), "WMO323 (declaratie)");
        assert_eq!(bericht("JW999"), "JW999");
    }
}
