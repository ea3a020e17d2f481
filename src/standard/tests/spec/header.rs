//! Who made a message, for whom, and what it answers.

use knooppunt_standard::{Berichtsoort, Checked, Header};

use crate::support::{START, check, files, root, start_with};

fn read(checked: &Checked<'_>) -> Header {
    Header::read(checked).unwrap()
}

#[test]
fn the_maker_of_a_message_is_its_afzender() {
    let header = read(&check(START.as_bytes()));
    assert_eq!(
        (header.maker(), header.maker_id(), header.receiver()),
        ("12345678", "A1", "0363")
    );
    assert_eq!(header.dagtekening, Some(jiff::civil::date(2026, 2, 1)));
    assert!(header.answers().is_none());
}

/// The plain message of a kind among those of this repository.
fn example(name: &str) -> Vec<u8> {
    let folder = root().join("conformance/messages");
    let all = files(&folder);
    let (_, body) = all
        .into_iter()
        .find(|(path, _)| path.ends_with(&format!("/{name}/plain/message.xml")))
        .unwrap();
    body
}

#[test]
fn the_maker_of_a_retour_is_its_ontvanger_and_it_answers_the_afzender() {
    for name in [
        "JW302", "JW306", "JW308", "JW316", "JW318", "JW320", "WMO302", "WMO306", "WMO320",
    ] {
        let body = example(name);
        let header = read(&check(&body));
        assert_eq!(header.maker(), header.ontvanger, "{name}");
        assert_eq!(header.receiver(), header.afzender, "{name}");
        assert_eq!(
            Some(header.maker_id()),
            header.identificatie_retour.as_deref(),
            "{name}"
        );
        let answered = header.answers().unwrap();
        assert_eq!(answered.soort.number() + 1, header.soort.number());
        assert_eq!(
            (&answered.maker, &answered.id),
            (&header.afzender, &header.identificatie)
        );
    }
}

#[test]
fn a_325_is_made_by_its_afzender_and_answers_a_323_of_its_ontvanger() {
    for name in ["JW325", "WMO325"] {
        let body = example(name);
        let header = read(&check(&body));
        assert_eq!(
            (header.maker(), header.maker_id()),
            (header.afzender.as_str(), header.identificatie.as_str())
        );
        let answered = header.answers().unwrap();
        assert_eq!(answered.soort, Berichtsoort::Declaratie);
        assert_eq!(
            (Some(&answered.id), &answered.maker),
            (header.declaratie_identificatie.as_ref(), &header.ontvanger)
        );
    }
}

#[test]
fn a_message_without_afzender_or_identification_has_no_header() {
    for piece in [
        "<s:Afzender>12345678</s:Afzender>",
        "<b:Identificatie>A1</b:Identificatie>",
    ] {
        let body = start_with(piece, "");
        assert!(Header::read(&check(body.as_bytes())).is_none(), "{piece}");
    }
    let body = start_with("2026-02-01", "2026-02-31");
    assert_eq!(read(&check(body.as_bytes())).dagtekening, None);
}

#[test]
fn a_header_shows_no_codes_of_parties_in_debug() {
    let header = read(&check(START.as_bytes()));
    assert_eq!(format!("{header:?}"), "Header { soort: Start, .. }");
}
