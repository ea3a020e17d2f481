//! Where the two wires do not fit on each other: what a provider pushes over the VSP, on its way to the GGk endpoint of a municipality. Each of the five edges of
//! the mapping has its answer; of two of them that is a refusal of the push.

use knooppunt::clock::Clock as _;
use serde_json::{Value, json};

use super::ggk::{bv03, courier, to_gemeente};
use super::server::{Request, Server};
use crate::ggk::{fo01, send, soap, stored};
use crate::vsp::{Provider, metadata, uuid};
use crate::world::{GEMEENTE_A, ZORG_A, message};

/// What the endpoint of the municipality is sent for a push of a start of care.
async fn brought(provider: &Provider, said: &Value) -> Request {
    let start = message("JW305", GEMEENTE_A, ZORG_A, "S1");
    provider.received("zorg-a", said, &start).await;
    let server = Server::start(provider.world.clock.now()).await;
    server.script(&[], bv03("{number}"));
    let mut courier = courier(&provider.world, &to_gemeente(&server, ""));
    assert_eq!(courier.until_idle().await, None);
    let [request] = &server.requests()[..] else {
        panic!("asked once")
    };
    request.clone()
}

fn said() -> Value {
    metadata("JW305", ZORG_A, GEMEENTE_A, 1)
}

#[tokio::test]
async fn edge_1_a_number_that_fits_goes_through_and_another_gets_one_by_which_it_is_found_back() {
    let fits = brought(&Provider::new(), &said()).await;
    assert_eq!(fits.value("referentienummer"), uuid(1));
    for own in [
        "9c0f7b90-5c69-11e5-a837-0800200c9a66",
        "00000000-0000-0000-0000-000000000000",
    ] {
        let provider = Provider::new();
        let mut said = said();
        said["referentiegegevens"]["traceerId"] = own.to_uppercase().into();
        let number = brought(&provider, &said).await.value("referentienummer");
        assert_ne!(number, own);
        assert!(knooppunt::envelope::mapping::is_ggk_number(&number));
        let refusal = soap(&fo01("1", &number, "StUF055"));
        stored(&send(&provider, "gemeente-a", &refusal).await);
        assert_eq!(provider.why("zorg-a", own).await, "BRS13");
    }
    let mut capitals = said();
    let own = "9C0F7B90-5C69-41E5-A837-0800200C9A66";
    capitals["referentiegegevens"]["traceerId"] = own.into();
    let request = brought(&Provider::new(), &capitals).await;
    assert_eq!(
        request.value("referentienummer"),
        own.to_lowercase(),
        "the same number, as the GGk writes it"
    );
}

#[tokio::test]
async fn edge_2_what_does_not_fit_into_an_envelope_is_brs06_where_its_receiver_has_that_wire() {
    let endpoint = "[[endpoint]]\nparty = \"gemeente-a\"\nkind = \"ggk0210\"\nurl = \"https://ggk.example/ggk\"\n\
                    certificate = \"us.pem\"\nkey = \"us.key\"\nroots = \"roots.pem\"\n";
    let provider = Provider::registered(endpoint);
    let large = b" ".repeat(20 << 20);
    assert_eq!(provider.refused("zorg-a", &said(), &large).await, "BRS06");
}

#[tokio::test]
async fn edge_3_what_the_push_does_not_say_is_filled_in_from_the_message() {
    let mut said = said();
    let stroom = &mut said["routeringgegevens"]["berichtstroom"];
    stroom
        .as_object_mut()
        .expect("fields")
        .remove("berichtsubtype");
    said.as_object_mut()
        .expect("fields")
        .remove("verwerkingscontext");
    let request = brought(&Provider::new(), &said).await;
    let of = |element: &str| request.value(element);
    assert_eq!(of("functie"), "JW305");
    assert_eq!(
        (of("functieVersie"), of("functieSubversie")),
        ("0003".into(), "0002".into())
    );
    assert_eq!(of("applicatie"), "Knooppunt");
    let own = env!("CARGO_PKG_VERSION").split('.').next();
    let own: u32 = own.and_then(|own| own.parse().ok()).expect("a version");
    assert_eq!(of("applicatieVersie"), format!("{own:04}"));
}

#[tokio::test]
async fn edge_4_the_name_of_an_application_is_filled_up_or_cut_to_what_stuf_takes() {
    for (name, expected) in [
        ("é", "é..".to_owned()),
        ("Zorgpakket", "Zorgpakket".to_owned()),
        (&"é".repeat(60), "é".repeat(50)),
    ] {
        let mut said = said();
        said["verwerkingscontext"] = json!([{"sleutel": "Applicatie", "waarde": [name]}]);
        let request = brought(&Provider::new(), &said).await;
        assert_eq!(request.value("applicatie"), expected);
    }
}

#[tokio::test]
async fn edge_5_a_party_without_a_code_is_refused_and_nothing_is_received() {
    let provider = Provider::new();
    let start = message("JW305", GEMEENTE_A, ZORG_A, "S1");
    let mut to_nobody = said();
    to_nobody["routeringgegevens"]["geadresseerden"] = json!([{"rol": "Gemeente"}]);
    assert_eq!(
        provider.refused("zorg-a", &to_nobody, &start).await,
        "BRS33"
    );
    let mut from_nobody = said();
    from_nobody["routeringgegevens"]["afzender"] = json!({"rol": "Instelling"});
    assert_eq!(
        provider.refused("zorg-a", &from_nobody, &start).await,
        "BRS01"
    );
    provider.received("zorg-a", &said(), &start).await;
}
