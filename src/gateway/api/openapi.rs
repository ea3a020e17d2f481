//! The description of the own API, made from the code: OpenAPI 3.1, served at `/v1/openapi.json` and checked in as `openapi.json` beside this file.

use std::sync::{Arc, LazyLock};

use axum::http::header;
use axum::response::IntoResponse;
use utoipa::openapi::security::{SecurityRequirement, SecurityScheme};
use utoipa::{Modify, OpenApi};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::asker::Asker;
use super::problem::Problem;
use super::{
    Api, audit, berichten, besluiten, bevindingen, catalogus, cijfers, inzagen, leveringen,
    ontvangstbewijs, partij, postvak, termijnen, uitvoer, weigeringen,
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Knooppunt",
        description = "Carries iJw and iWmo messages between municipalities and care providers. Every connection is mutual TLS; the certificate says which party asks. Errors are RFC 9457 problems with a stable `code`; only a request that is no HTTP, or whose address or headers are too long, gets a bare 400, 414 or 431.",
        license(name = "EUPL-1.2", identifier = "EUPL-1.2")
    ),
    modifiers(&ClientCertificate),
    components(schemas(Problem)),
    tags(
        (name = "berichten", description = "Hand in, and ask what became of it"),
        (name = "postvak", description = "What waits for the caller"),
        (name = "besluiten", description = "Declarations whose answer waits for a decision of the municipality, or for another message"),
        (name = "leveringen", description = "What waits to be brought to the endpoint of the caller's code"),
        (name = "audit", description = "What an auditor may look at, and who looked"),
        (name = "catalogus", description = "What product codes of municipalities are on the canonical list"),
        (name = "partij", description = "Who the caller is"),
        (name = "sleutels", description = "Keys to verify receipts with"),
    )
)]
struct Description;

/// Every operation needs a client certificate.
struct ClientCertificate;

impl Modify for ClientCertificate {
    fn modify(&self, description: &mut utoipa::openapi::OpenApi) {
        let name = "certificate";
        let scheme = SecurityScheme::MutualTls {
            description: Some("A client certificate of a party in the register".to_owned()),
            extensions: None,
        };
        description
            .components
            .get_or_insert_default()
            .add_security_scheme(name, scheme);
        description.security = Some(vec![SecurityRequirement::new::<_, [&str; 0], &str>(
            name,
            [],
        )]);
    }
}

static DOCUMENT: LazyLock<String> = LazyLock::new(|| {
    let (_, description) = routes().split_for_parts();
    // A description is maps, strings and numbers, which JSON can always say.
    let mut text = description.to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
});

/// The routes with their descriptions.
pub(super) fn routes() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::with_openapi(Description::openapi())
        .routes(routes!(berichten::hand_in))
        .routes(routes!(berichten::status))
        .routes(routes!(bevindingen::findings))
        .routes(routes!(ontvangstbewijs::receipt))
        .routes(routes!(postvak::list))
        .routes(routes!(postvak::content))
        .routes(routes!(postvak::acknowledge))
        .routes(routes!(termijnen::list))
        .routes(routes!(weigeringen::list))
        .routes(routes!(weigeringen::told))
        .routes(routes!(besluiten::list))
        .routes(routes!(besluiten::one))
        .routes(routes!(besluiten::decide))
        .routes(routes!(leveringen::list))
        .routes(routes!(leveringen::retry))
        .routes(routes!(leveringen::drop_delivery))
        .routes(routes!(audit::search))
        .routes(routes!(audit::message))
        .routes(routes!(audit::thread))
        .routes(routes!(cijfers::figures))
        .routes(routes!(uitvoer::export))
        .routes(routes!(inzagen::list, inzagen::of_client))
        .routes(routes!(catalogus::look_up))
        .routes(routes!(partij::who_am_i))
        .routes(routes!(ontvangstbewijs::keys))
}

/// The description as JSON text.
pub fn document() -> &'static str {
    &DOCUMENT
}

/// The description, to a recognised caller; the request counts among his.
pub(super) async fn serve(_counted: Asker) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], document())
}

#[cfg(test)]
mod tests {
    use super::document;

    #[test]
    fn the_description_beside_this_file_is_that_of_the_code() {
        let file =
            std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/gateway/api/openapi.json");
        if std::env::var_os("UPDATE_OPENAPI").is_some() {
            std::fs::write(&file, document()).expect("written");
        }
        let checked_in = std::fs::read_to_string(&file).expect("readable");
        assert!(
            document() == checked_in,
            "openapi.json is not what the code says: run this test with UPDATE_OPENAPI=1 and look at what changed"
        );
    }

    #[test]
    fn it_is_openapi_3_1_and_describes_every_route() {
        let description: serde_json::Value = serde_json::from_str(document()).expect("JSON");
        assert!(
            description["openapi"]
                .as_str()
                .is_some_and(|version| version.starts_with("3.1"))
        );
        let paths: Vec<_> = description["paths"]
            .as_object()
            .expect("paths")
            .keys()
            .cloned()
            .collect();
        assert_eq!(
            paths,
            [
                "/v1/audit/berichten",
                "/v1/audit/berichten/{id}",
                "/v1/audit/cijfers",
                "/v1/audit/draden/{thread}",
                "/v1/audit/uitvoer",
                "/v1/berichten",
                "/v1/berichten/{id}",
                "/v1/berichten/{id}/bevindingen",
                "/v1/berichten/{id}/ontvangstbewijs",
                "/v1/besluiten",
                "/v1/besluiten/{id}",
                "/v1/catalogus/{wet}/{gemeente}/{categorie}/{code}",
                "/v1/inzagen",
                "/v1/leveringen",
                "/v1/leveringen/{id}",
                "/v1/partij",
                "/v1/postvak",
                "/v1/postvak/{id}",
                "/v1/postvak/{id}/inhoud",
                "/v1/sleutels",
                "/v1/termijnen",
                "/v1/weigeringen",
                "/v1/weigeringen/{id}",
            ]
        );
    }

    #[test]
    fn every_operation_says_what_a_stranger_a_full_house_a_fault_and_a_store_that_does_not_answer_get()
     {
        let description: serde_json::Value = serde_json::from_str(document()).expect("JSON");
        let mut writing = Vec::new();
        for (path, methods) in description["paths"].as_object().expect("paths") {
            for (method, said) in methods.as_object().expect("methods") {
                let responses = said["responses"].as_object().expect("responses");
                for status in ["403", "429", "500", "503"] {
                    assert!(responses.contains_key(status), "{method} {path} {status}");
                }
                for (status, said) in responses {
                    let at = format!("{method} {path} {status}");
                    let problem = &said["content"]["application/problem+json"]["schema"]["$ref"];
                    let wrong = status.starts_with(['4', '5']);
                    let expected = wrong.then_some("#/components/schemas/Problem");
                    assert_eq!(problem.as_str(), expected, "{at}");
                    let later = status == "429" || status == "503";
                    assert_eq!(said["headers"]["Retry-After"].is_object(), later, "{at}");
                }
                let not_now = responses["503"]["description"].as_str().expect("a text");
                assert!(not_now.contains("views-hang"), "{method} {path}: {not_now}");
                if not_now.contains("stopping") {
                    writing.push((method.as_str(), path.as_str(), not_now));
                }
            }
        }
        let [
            ("post", "/v1/audit/berichten", search),
            ("post", "/v1/audit/berichten/{id}", message),
            ("post", "/v1/audit/cijfers", figures),
            ("post", "/v1/audit/draden/{thread}", thread),
            ("post", "/v1/audit/uitvoer", export),
            ("post", "/v1/berichten", hand_in),
            ("post", "/v1/besluiten/{id}", decide),
            ("delete", "/v1/postvak/{id}", acknowledge),
            ("delete", "/v1/weigeringen/{id}", tell),
        ] = writing[..]
        else {
            panic!("what records something says when not now: {writing:?}");
        };
        for (said, of) in [
            (search, "recorded"),
            (message, "recorded"),
            (figures, "recorded"),
            (thread, "recorded"),
            (export, "recorded"),
            (hand_in, "taken"),
            (decide, "recorded"),
            (acknowledge, "acknowledged"),
            (tell, "recorded"),
        ] {
            let unknown = format!("may be {of} all the same");
            assert!(
                said.contains(&unknown),
                "what was under way is not known: {said}"
            );
        }
        assert!(hand_in.contains("clock") && decide.contains("clock"));
    }
}
