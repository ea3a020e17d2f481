//! The checks of StUF that are answered at once, in their published order; and what is taken.

use axum::http::Method;
use jiff::SignedDuration;

use super::{
    GGK0210, NUMBER, OTHER, PATH, STUF, Sent, fault, given, refused, send, soap, stored, text_of,
};
use crate::door::{Door, waiting};
use crate::world::{GEMEENTE_A, GEMEENTE_B, ZORG_A, answer, message};

type Change = fn(&mut Sent);

#[tokio::test]
async fn a_message_is_stored_before_it_is_confirmed_and_stands_byte_for_byte_in_the_mailbox() {
    for older in [false, true] {
        let door = Door::new();
        let body = given("T1");
        let mut sent = Sent::di01(&body);
        if older {
            sent = sent.in_ggk0310(&body);
        }
        let reply = sent.to(&door).await;
        assert_eq!(stored(&reply), NUMBER);
        assert_eq!(text_of(&reply, "StUF:zender").map(|_| ()), Some(()));
        let text = String::from_utf8_lossy(&reply.body).into_owned();
        let (from, to) = text.split_once("<StUF:ontvanger>").expect("both sides");
        assert!(from.contains(ZORG_A) && to.contains(GEMEENTE_A), "swapped");
        assert!(to.contains("Jeugd &amp; Wmo"), "echoed, and escaped");
        assert!(text.contains("<StUF:tijdstipBericht>20260301100000<"));
        let ids = waiting(&door, "zorg-a", "").await;
        let path = format!("/v1/postvak/{}/inhoud", ids[0]);
        assert_eq!(door.get("zorg-a", &path).await.body, body);
    }
}

#[tokio::test]
async fn the_same_again_has_the_same_answer_to_the_byte_and_another_message_is_stuf016() {
    let door = Door::new();
    let sent = Sent::di01(&given("T1"));
    let first = sent.to(&door).await;
    stored(&first);
    door.world.clock.advance(SignedDuration::from_hours(1));
    assert_eq!(sent.to(&door).await.body, first.body);
    // Another stack writes it otherwise.
    let otherwise = sent
        .element()
        .replace("GGK:", "q:")
        .replace(":GGK=", ":q=")
        .replace("></GGK", ">\n</GGK");
    let reply = send(&door, "gemeente-a", &soap(&otherwise)).await;
    assert_eq!(reply.body, first.body);
    assert_eq!(waiting(&door, "zorg-a", "").await.len(), 1);
    let other = Sent::di01(&given("T2")).to(&door).await;
    assert_eq!(refused(&other), "StUF016");
}

#[tokio::test]
async fn every_check_has_its_code_and_none_uses_up_the_number() {
    let door = Door::new();
    let right = Sent::di01(&given("T1"));
    let wrong: [(Change, &str, &str); 11] = [
        (
            |of| of.namespace = "http://www.example.test/model",
            "StUF004",
            "server",
        ),
        (
            |of| of.namespace = "http://www.stufstandaarden.nl/koppelvlak/ggk0220",
            "StUF007",
            "server",
        ),
        (|of| of.from = "0999".to_owned(), "StUF013", "client"),
        (|of| of.from = "CAK".to_owned(), "StUF013", "client"),
        (|of| of.code = "Xy99", "StUF022", "client"),
        (|of| of.code = "Lk01", "StUF025", "server"),
        (|of| of.code = "Du01", "StUF025", "server"),
        (|of| of.functie = "WMO399".to_owned(), "StUF034", "client"),
        (|of| of.functie = "Dummy".to_owned(), "StUF034", "client"),
        (|of| of.version = "0002", "StUF037", "server"),
        (|of| of.functie = "JW302".to_owned(), "StUF040", "server"),
    ];
    for (change, code, plek) in wrong {
        let mut sent = right.clone();
        change(&mut sent);
        let reply = sent.to(&door).await;
        assert_eq!(refused(&reply), code);
        assert_eq!(text_of(&reply, "crossRefnummer").as_deref(), Some(NUMBER));
        assert_eq!(
            text_of(&reply, "StUF:plek").as_deref(),
            Some(plek),
            "{code}"
        );
        let class = if plek == "client" {
            "soap:Client"
        } else {
            "soap:Server"
        };
        assert_eq!(text_of(&reply, "faultcode").as_deref(), Some(class));
    }
    let stuf0302 = right.element().replace("StUF0301", "StUF0302");
    let reply = send(&door, "gemeente-a", &soap(&stuf0302)).await;
    assert_eq!(refused(&reply), "StUF001");
    let text = right.element().replace(
        "<GGK:xmlBestand>",
        "<GGK:tekstBestand bestandsnaam=\"a.csv\">",
    );
    let text = text.replace("</GGK:xmlBestand>", "</GGK:tekstBestand>");
    let reply = send(&door, "gemeente-a", &soap(&text)).await;
    assert_eq!(refused(&reply), "StUF034", "no functie is for such files");
    stored(&right.to(&door).await);
}

#[tokio::test]
async fn of_several_wrongs_the_first_in_the_published_order_is_told() {
    let door = Door::new();
    stored(&Sent::di01(&given("T1")).to(&door).await);
    let mut sent = Sent::di01(&given("T2"));
    sent.functie = "WMO399".to_owned();
    sent.code = "Lk01";
    assert_eq!(refused(&sent.to(&door).await), "StUF016");
    sent.number = OTHER.to_owned();
    assert_eq!(refused(&sent.to(&door).await), "StUF025");
    sent.code = "Di01";
    assert_eq!(refused(&sent.to(&door).await), "StUF034");
    sent.functie = "JW302".to_owned();
    sent.version = "0009";
    assert_eq!(refused(&sent.to(&door).await), "StUF037");
}

#[tokio::test]
async fn an_answer_is_taken_for_what_is_known_here_by_its_own_number_or_by_one_we_gave_it() {
    let door = Door::new();
    let start = message("JW305", GEMEENTE_A, ZORG_A, "S1");
    let id = door.world.taken("zorg-a", &start).await.id;
    let retour = answer("JW306", GEMEENTE_A, ZORG_A, "S1", "R1");
    let mut sent = Sent::du01("JW306", NUMBER, &retour);
    sent.from = GEMEENTE_A.to_owned();
    assert_eq!(refused(&sent.to(&door).await), "StUF043");
    let given = knooppunt::envelope::mapping::ggk_number(id, None);
    sent.answers = Some(given);
    stored(&sent.to(&door).await);
    assert_eq!(door.world.seen("zorg-a", id).await.state.code(), "answered");
}

#[tokio::test]
async fn a_325_goes_as_first_message_and_as_answer_with_any_reference() {
    for as_answer in [false, true] {
        let door = Door::new();
        let declared = message("JW323", GEMEENTE_A, ZORG_A, "D1");
        door.world.taken("zorg-a", &declared).await;
        let antwoord = answer("JW325", GEMEENTE_A, ZORG_A, "D1", "A1");
        let sent = if as_answer {
            Sent::du01("JW325", NUMBER, &antwoord)
        } else {
            Sent {
                functie: "JW325".to_owned(),
                ..Sent::di01(&antwoord)
            }
        };
        stored(&sent.to(&door).await);
        assert_eq!(waiting(&door, "zorg-a", "").await.len(), 1);
    }
}

#[tokio::test]
async fn an_action_in_the_header_may_be_missing_or_empty_and_says_nothing_else_than_the_message() {
    let door = Door::new();
    let sent = soap(&Sent::di01(&given("T1")).element());
    let own = format!("\"{GGK0210}/ggk_Di01\"");
    let other = format!("\"{GGK0210}/ggk_Du01\"");
    let fo01 = format!("{STUF}/Fo01");
    for (action, taken) in [
        (None, true),
        (Some("\"\""), true),
        (Some(""), true),
        (Some(own.as_str()), true),
        (Some(other.as_str()), false),
        (Some(fo01.as_str()), false),
        (Some("\"ontvang\""), false),
    ] {
        let mut request = door
            .request("gemeente-a", Method::POST, PATH)
            .header("content-type", "text/xml")
            .header("content-length", sent.len());
        if let Some(action) = action {
            request = request.header("SOAPAction", action);
        }
        let reply = door
            .send(request.body(sent.clone().into()).expect("a request"))
            .await;
        if taken {
            stored(&reply);
        } else {
            assert_eq!(fault(&reply), "soap:Client", "{action:?}");
        }
    }
}

#[tokio::test]
async fn what_cannot_be_stored_now_is_stuf046_and_taken_later_as_it_is() {
    let door = Door::new();
    let sent = Sent::di01(&given("T1"));
    door.api.health.stop();
    let reply = sent.to(&door).await;
    assert_eq!(refused(&reply), "StUF046");
    assert_eq!(text_of(&reply, "faultcode").as_deref(), Some("soap:Server"));
    let again = Door::above(door.world);
    stored(&sent.to(&again).await);
}

#[tokio::test]
async fn who_is_not_the_sender_is_told_by_an_fo01_of_his_own_and_the_sender_may_still_send() {
    let door = Door::new();
    let sent = Sent::di01(&given("T1"));
    let reply = send(&door, "gemeente-b", &soap(&sent.element())).await;
    stored(&reply);
    assert!(waiting(&door, "zorg-a", "").await.is_empty());
    stored(&sent.to(&door).await);
    assert_eq!(waiting(&door, "zorg-a", "").await.len(), 1);
    assert_ne!(GEMEENTE_A, GEMEENTE_B);
}

#[tokio::test]
async fn who_is_not_the_sender_does_not_learn_whether_a_number_is_known_between_two_others() {
    let door = Door::new();
    let start = message("JW305", GEMEENTE_A, ZORG_A, "S1");
    let id = door.world.taken("zorg-a", &start).await.id;
    let known = knooppunt::envelope::mapping::ggk_number(id, None);
    let retour = answer("JW306", GEMEENTE_A, ZORG_A, "S1", "R1");
    for (about, own) in [
        (known.as_str(), OTHER),
        (NUMBER, "c1a9f182-bc44-4f27-9863-9a5ccc1e1cf0"),
    ] {
        let mut sent = Sent::du01("JW306", about, &retour);
        sent.number = own.to_owned();
        sent.from = GEMEENTE_A.to_owned();
        sent.to = ZORG_A.to_owned();
        stored(&send(&door, "gemeente-b", &soap(&sent.element())).await);
    }
    assert!(waiting(&door, "zorg-a", "").await.is_empty());
}
