//! What a problem is called and what its body tells the caller to do, in Dutch. None of it contains anything from a message.

use super::ApiError;
use crate::audit::{AuditError, PURPOSE_CHARS_MAX, PurposeError};
use crate::budget::NoRoom;
use crate::figures::{FiguresError, GROUPS_MAX};
use crate::intake::DecisionError;

impl ApiError {
    pub(super) fn title(&self) -> &'static str {
        match self {
            Self::NoCertificate => "Geen clientcertificaat",
            Self::NotFound => "Niet gevonden",
            Self::Method => "Methode bestaat hier niet",
            Self::Erased => "Inhoud is gewist",
            Self::Damaged | Self::NotDecided(DecisionError::Damaged) => "Bericht is beschadigd",
            Self::Parameter { .. } | Self::Parameters { .. } => "Parameter klopt niet",
            Self::MediaType | Self::JsonType => "Mediatype wordt niet aangenomen",
            Self::MayNotDecide | Self::NotDecided(DecisionError::NoMandate) => {
                "Geen machtiging om te besluiten"
            }
            Self::NoDecision => "Besluit is niet leesbaar",
            Self::NotDecided(DecisionError::NotAsked { .. } | DecisionError::NothingAsked) => {
                "Geen besluit gevraagd"
            }
            Self::NotDecided(DecisionError::Over) => "Declaratie wacht niet meer",
            Self::NotDecided(DecisionError::Changed) => "Declaratie is opnieuw beoordeeld",
            Self::NotDecided(_) => "Er is al anders besloten",
            Self::NotLooked(error) => match error {
                AuditError::NoAuditor => "Geen auditor",
                AuditError::Purpose(_) => "Doel van de inzage klopt niet",
                AuditError::OverScope { .. } => "Vraag gaat verder dan de bevoegdheid",
                AuditError::Page => "Bladzijde hoort niet bij deze vraag",
                AuditError::Condition { .. } => "Voorwaarde klopt niet",
                AuditError::Unreadable => "Vraag is niet leesbaar",
                AuditError::Figures(FiguresError::Open { .. }) => "Maand is niet afgesloten",
                AuditError::Figures(FiguresError::NotCounted { .. }) => "Cijfers worden geteld",
                AuditError::Figures(FiguresError::TooMany) => "Vraag geeft te veel sommen",
                AuditError::TooMany | AuditError::TooWide | AuditError::ExportTooLarge => {
                    "Vraag is te ruim"
                }
                AuditError::NoLog => "Het knooppunt houdt geen logboek bij",
                AuditError::NotInLog => "Nog niet in het logboek",
                AuditError::ExportsBusy => "Nu geen uitvoer mogelijk",
                AuditError::NotFound => "Niet gevonden",
                AuditError::Figures(_) | AuditError::Ledger(_) => "Fout in het knooppunt",
            },
            Self::LengthRequired => "Lengte ontbreekt",
            Self::Framing => "Lengte klopt niet",
            Self::TooLarge { .. } => "Verzoek is te groot",
            Self::TooSlow => "Verzoek komt te langzaam binnen",
            Self::Truncated => "Verzoek is afgebroken",
            Self::NoRoom(_) => "Nu geen ruimte",
            Self::Later(later) => later.title(),
            Self::Refused(_) => "Bericht is niet aangenomen",
            Self::Failed { .. } | Self::Bug => "Fout in het knooppunt",
        }
    }

    pub(super) fn detail(&self) -> String {
        match self {
            Self::NoCertificate => "Maak verbinding met het certificaat dat bij het knooppunt is aangemeld.".into(),
            Self::NotFound => "Hier is niets, of niets dat voor uw partij bestemd is. Controleer het adres en het certificaat.".into(),
            Self::Method => "Gebruik een methode die in /v1/openapi.json bij dit adres staat.".into(),
            Self::Erased => "De bewaartermijn is voorbij en de inhoud is gewist. Vraag de maker het bericht met een nieuwe identificatie opnieuw aan te bieden als u het nog nodig hebt.".into(),
            Self::Damaged => "Wat het knooppunt van dit bericht bewaart is beschadigd en wordt niet gegeven; andere berichten zijn er niet door geraakt. Vraag de maker het met een nieuwe identificatie opnieuw aan te bieden, en noem de beheerder de waarde van de kop X-Request-Id.".into(),
            Self::Parameter { name, expected } => format!("Parameter {name}: verwacht is {expected}. Pas het verzoek aan."),
            Self::Parameters { known } => format!("Een parameter is onbekend, staat er twee keer of is geen tekst. Dit adres kent {known}. Pas het verzoek aan."),
            Self::MediaType => "Stuur het bericht als application/xml of text/xml, in UTF-8 en niet gecomprimeerd.".into(),
            Self::MayNotDecide => "U mag dit postvak lezen, maar niet namens deze gemeente over deze declaratie besluiten. Laat de gemeente zelf besluiten. Een machtiging om te besluiten (decide) telt alleen voor declaraties die binnenkwamen toen zij al gold: een nieuwe helpt voor deze niet, wel voor volgende.".into(),
            Self::JsonType => "Stuur de inhoud van dit verzoek als application/json, niet gecomprimeerd.".into(),
            Self::NoDecision => "Stuur {\"rest\": \"grant\", \"verdict\": N} of {\"rest\": \"refuse\", \"verdict\": N} voor alle regels die nog een besluit vragen, met als N het getal verdict uit GET /v1/besluiten/{id}, of {\"lines\": [{\"path\": \"...\", \"decision\": \"grant\"}]} met het pad van elke regel. Er is niets vastgelegd.".into(),
            Self::NotDecided(error) => not_decided(error),
            Self::NotLooked(error) => not_looked(error),
            Self::LengthRequired => "Stuur Content-Length mee, of gebruik Transfer-Encoding: chunked.".into(),
            Self::Framing => "Stuur precies een Content-Length, met het aantal bytes dat volgt.".into(),
            Self::TooLarge { bytes_max } => format!("Dit verzoek mag ten hoogste {bytes_max} bytes hebben (een bericht: OP179, of wat is afgesproken). Verdeel het over meer berichten, een besluit over meer verzoeken."),
            Self::TooSlow => "Het verzoek kwam niet op tijd geheel binnen en er is niets aangenomen of vastgelegd. Controleer de verbinding en doe het opnieuw.".into(),
            Self::Truncated => "Er kwamen minder bytes dan aangekondigd; er is niets aangenomen of vastgelegd. Doe het verzoek opnieuw.".into(),
            Self::NoRoom(NoRoom::InAll) => "Het knooppunt verwerkt nu zoveel als het kan. Doe hetzelfde verzoek na de genoemde tijd opnieuw.".into(),
            Self::NoRoom(NoRoom::PartyShare) => "Uw partij heeft nu zoveel bytes onderweg als haar deel is. Wacht op de antwoorden en doe hetzelfde verzoek dan opnieuw.".into(),
            Self::NoRoom(NoRoom::PartyRequests) => "Uw partij heeft nu zoveel verzoeken onderweg als zij mag hebben. Wacht op de antwoorden en doe hetzelfde verzoek dan opnieuw.".into(),
            Self::Later(later) => later.detail(),
            Self::Refused(refused) => refused.detail.clone(),
            Self::Failed { .. } | Self::Bug => "Het knooppunt kon zijn werk niet doen; dit ligt niet aan uw verzoek. Herhaal het later; blijft het fout, noem de beheerder dan de waarde van de kop X-Request-Id.".into(),
        }
    }
}

/// Why an auditor is not answered, and what to do. That it was tried is written down.
fn not_looked(error: &AuditError) -> String {
    match error {
        AuditError::NoAuditor => {
            "Uw partij heeft hier geen bevoegdheid als auditor. Vraag de beheerder haar in het register op te nemen ([[auditor]]). Deze poging is vastgelegd.".to_owned()
        }
        AuditError::Purpose(PurposeError::Missing) => {
            "Geef bij elke inzage in purpose op waarvoor u kijkt. Deze poging is vastgelegd.".to_owned()
        }
        AuditError::Purpose(PurposeError::TooLong) => format!(
            "Het doel (purpose) mag ten hoogste {PURPOSE_CHARS_MAX} tekens hebben. Kort het in. Deze poging is vastgelegd, het doel niet."
        ),
        AuditError::Purpose(PurposeError::Bsn) => {
            "In het doel (purpose) staan acht of negen cijfers, al dan niet met tekens ertussen, die een burgerservicenummer kunnen zijn. Noem er geen client in; zoek op bsn in de voorwaarde bsn, en schrijf een ander nummer met letters ervoor en erin, zoals zaak A-12. Deze poging is vastgelegd, het doel niet.".to_owned()
        }
        AuditError::Purpose(PurposeError::Characters) => {
            "In het doel (purpose) staat een stuurteken, zoals een nieuwe regel, of een ander cijfer dan 0 tot en met 9. Schrijf het doel op een regel. Deze poging is vastgelegd, het doel niet.".to_owned()
        }
        AuditError::OverScope { what } => format!(
            "Voorwaarde {what} gaat verder dan uw bevoegdheid (wetten, gemeenten, dagen van ontvangst). Vraag binnen de bevoegdheid, of vraag de beheerder haar te verruimen. Deze poging is vastgelegd."
        ),
        AuditError::Page => {
            "De bladzijde (page) hoort niet bij deze vraag of niet bij uw partij. Stel de vraag zonder page opnieuw en blader met dezelfde voorwaarden. Deze poging is vastgelegd.".to_owned()
        }
        AuditError::Condition { name, expected } => {
            format!("Voorwaarde {name}: verwacht is {expected}. Pas het verzoek aan.")
        }
        AuditError::Unreadable => {
            "De inhoud is geen vraag zoals /v1/openapi.json die bij dit adres beschrijft, of noemt een voorwaarde die niet bestaat. Pas het verzoek aan.".to_owned()
        }
        AuditError::TooMany => {
            "Een referentie wordt bij elke mogelijke maker geprobeerd, en dat zijn er hier te veel. Noem ook de partij (party), de gemeenten of de berichtsoorten (kinds).".to_owned()
        }
        AuditError::Figures(FiguresError::Open { month, until }) => format!(
            "Cijfers over {month} zijn er pas als vaststaat wat op tijd is beantwoord: na {until}, zodra er daarna iets is vastgelegd. Vraag tot en met een eerdere maand (until). Deze poging is vastgelegd."
        ),
        AuditError::Figures(FiguresError::NotCounted { month }) => format!(
            "Het knooppunt telt {month} nog, of opnieuw. Stel dezelfde vraag na de genoemde tijd. Deze poging is vastgelegd."
        ),
        AuditError::Figures(FiguresError::TooMany) => format!(
            "De vraag geeft meer dan {GROUPS_MAX} sommen. Noem minder maanden, gemeenten of berichtsoorten, of vraag de som over iets minder precies (by). Deze poging is vastgelegd."
        ),
        AuditError::TooWide => {
            "De bevoegdheid heeft zoveel losse tijdvakken dat zij niet in een keer te doorzoeken zijn. Noem ook gemeenten, een wet (laws), of een eerste en laatste dag (from, until). Deze poging is vastgelegd.".to_owned()
        }
        AuditError::NoLog => {
            "Dit knooppunt houdt geen logboek bij, dus er is niets waarmee een uitvoer is na te rekenen. Vraag de beheerder het aan te zetten (message_log.origin); zoeken en openen kan ook zonder. Deze poging is vastgelegd.".to_owned()
        }
        AuditError::NotInLog => {
            "Het nieuwste dat gevonden is staat nog niet onder een controlepunt van het logboek. Doe hetzelfde verzoek na de genoemde tijd opnieuw; blijft het zo, dan moet de beheerder naar /gezond kijken. Er is niets getoond; deze poging is vastgelegd.".to_owned()
        }
        AuditError::ExportTooLarge => {
            "Dit is te veel voor een uitvoer. Vraag hem in delen, zoals per maand (from, until) of per gemeente. Er is niets getoond; deze poging is vastgelegd.".to_owned()
        }
        AuditError::ExportsBusy => {
            "Er worden nu zoveel uitvoeren gemaakt als het knooppunt tegelijk maakt. Doe hetzelfde verzoek na de genoemde tijd opnieuw. Er is niets ingezien en niets vastgelegd.".to_owned()
        }
        AuditError::Figures(_) | AuditError::NotFound | AuditError::Ledger(_) => String::new(),
    }
}

/// Why a decision was not taken, and what to do. A path names a place in the message, as the gateway itself wrote it down.
fn not_decided(error: &DecisionError) -> String {
    match error {
        DecisionError::NotAsked { number } => format!(
            "Regel {number} van het verzoek vraagt geen besluit: het pad klopt niet, of de regel wacht op een ander bericht. Haal de declaratie opnieuw op en \
             besluit over de regels die zij toont. Er is niets vastgelegd."
        ),
        DecisionError::Otherwise { path: Some(path) } => format!(
            "Over {path} is eerder anders besloten; een besluit blijft staan. Laat deze regel weg. Er is niets vastgelegd."
        ),
        DecisionError::Otherwise { path: None } => {
            "Over de regels die een besluit vroegen is al anders besloten, in een keer of in delen; een besluit blijft staan. Er is niets vastgelegd.".to_owned()
        }
        DecisionError::Changed => "Sinds u de declaratie ophaalde is zij opnieuw beoordeeld, en er kunnen andere regels een besluit vragen. Haal haar opnieuw op en \
                                   besluit over de regels die zij dan toont, met het nummer (verdict) van het oordeel dat zij dan noemt. Er is niets vastgelegd."
            .to_owned(),
        DecisionError::Over => "De declaratie is beantwoord, of het antwoord is aan de gemeente zelf gelaten. Besluiten kan niet meer; een correctie gaat met \
                                een creditering of een volgende declaratie."
            .to_owned(),
        DecisionError::NothingAsked => {
            "Geen regel van deze declaratie vraagt een besluit: zij wacht op het antwoord op andere berichten. Haal de declaratie op; waits_for noemt die \
             berichten. Zijn zij beantwoord, dan beoordeelt het knooppunt de declaratie vanzelf opnieuw. Er is niets vastgelegd."
                .to_owned()
        }
        DecisionError::Damaged => {
            "Wat het knooppunt van deze declaratie bewaart is beschadigd, dus het kan haar niet meer beoordelen. Beantwoord haar zelf met een 325; vraag niet \
             om een nieuwe declaratie, want die wacht dan op deze. Noem de beheerder de waarde van de kop X-Request-Id."
                .to_owned()
        }
        DecisionError::NotFound | DecisionError::NoMandate | DecisionError::Failed(_) => {
            String::new()
        }
    }
}
