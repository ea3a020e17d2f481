//! What waits and deciding on it, through the own API.

use knooppunt::api::besluiten::{DeclarationBody, DeclarationsBody};

use super::{LINE, OTHER_LINE, Office, at_contract, declaration, declaration_of_both};
use crate::door::is;

#[tokio::test]
async fn the_api_lists_what_waits_and_takes_decisions_line_by_line() {
    let office = Office::open().await;
    let page: DeclarationsBody = office.door.get("gemeente-a", "/v1/besluiten").await.json();
    assert!(page.next.is_none());
    let [one] = &page.declarations[..] else {
        panic!("{page:?}")
    };
    assert_eq!(one, &office.one("gemeente-a").await);
    assert_eq!(
        (one.id.as_str(), one.bericht.as_str(), one.state.as_str()),
        (office.id.as_str(), "JW323", "waits")
    );
    assert_eq!(
        one.answer_by.as_deref(),
        Some("2026-03-20"),
        "ten working days"
    );
    let lines: Vec<_> = one
        .lines
        .iter()
        .map(|line| (line.path.as_str(), line.rule.as_str(), line.code.as_str()))
        .collect();
    assert_eq!(
        lines,
        [(LINE, "TR418", "0611"), (OTHER_LINE, "TR418", "0611")]
    );
    assert!(
        one.lines
            .iter()
            .all(|line| !line.text.is_empty() && line.remedy.is_some())
    );

    let first = format!(r#"{{"lines": [{{"path": "{LINE}", "decision": "grant"}}]}}"#);
    for _ in 0..2 {
        let reply = office.post("gemeente-a", &first).await;
        assert_eq!(reply.status, 200, "{:?}", reply.body);
        let now: DeclarationBody = reply.json();
        assert_eq!(
            (now.state.as_str(), now.lines.len(), now.granted),
            ("waits", 1, 1)
        );
    }
    let done: DeclarationBody = office
        .post("gemeente-a", &office.rest("refuse").await)
        .await
        .json();
    assert_eq!(
        (done.state.as_str(), done.granted, done.refused),
        ("answered", 1, 1)
    );
    assert!(done.answer_by.is_none() && done.lines.is_empty());
    let page: DeclarationsBody = office.door.get("gemeente-a", "/v1/besluiten").await.json();
    assert!(page.declarations.is_empty());
}

#[tokio::test]
async fn what_cannot_be_decided_is_told_as_a_problem_that_says_what_to_do() {
    let office = Office::open().await;
    let path = office.path();
    for (party, reply) in [
        ("zorg-a", is(404, "not-found")),
        ("gemeente-b", is(404, "not-found")),
        ("lezer", is(403, "no-mandate-to-decide")),
    ] {
        assert_eq!(
            office
                .post(party, r#"{"rest": "grant", "verdict": 1}"#)
                .await
                .refusal(),
            reply,
            "{party}"
        );
    }
    assert_eq!(
        office.door.get("zorg-a", &path).await.refusal(),
        is(404, "not-found")
    );
    assert_eq!(office.one("lezer").await.lines.len(), 2);
    assert_eq!(
        office
            .door
            .get("gemeente-a", "/v1/besluiten/aaaaaaaaaaaaaaaaaaaaaaaaaa")
            .await
            .refusal(),
        is(404, "not-found")
    );
    for body in [
        "",
        "{}",
        "[]",
        r#"{"rest": "ja", "verdict": 1}"#,
        r#"{"rest": "grant"}"#,
        r#"{"verdict": 1, "lines": [{"path": "/x", "decision": "grant"}]}"#,
        r#"{"lines": []}"#,
        r#"{"rest": "grant", "verdict": 1, "meer": 1}"#,
        r#"{"rest": "grant", "verdict": 1, "lines": [{"path": "/x", "decision": "grant"}]}"#,
    ] {
        assert_eq!(
            office.post("gemeente-a", body).await.refusal(),
            is(400, "no-decision"),
            "{body}"
        );
    }
    let xml = office.door.post("gemeente-a", &path, "<x/>").await;
    assert_eq!(xml.refusal(), is(415, "media-type-not-taken"));
    let unasked = office
        .post(
            "gemeente-a",
            r#"{"lines": [{"path": "999900420", "decision": "grant"}]}"#,
        )
        .await;
    let problem = unasked.problem();
    assert_eq!(
        (
            problem.status,
            problem.code.as_str(),
            problem.fault.as_str()
        ),
        (422, "no-decision-asked", "sender")
    );
    assert!(
        problem.detail.contains("Regel 1") && !problem.detail.contains("999900420"),
        "{}",
        problem.detail
    );
    assert_eq!(
        office.one("gemeente-a").await.granted,
        0,
        "nothing of all that is recorded"
    );

    // At the tariff of the contract nobody is asked, and it waits for the other declaration.
    let later = office
        .door
        .world
        .taken("zorg-a", &at_contract(&declaration("D2")))
        .await;
    let later = format!("/v1/besluiten/{}", later.id);
    let seen: DeclarationBody = office.door.get("gemeente-a", &later).await.json();
    let verdict = seen.verdict.expect("it waits by a verdict");
    let body = format!(r#"{{"rest": "grant", "verdict": {verdict}}}"#);
    let waits = office
        .door
        .post_as("gemeente-a", &later, "application/json", body)
        .await;
    let problem = waits.problem();
    assert_eq!(
        (problem.status, problem.code.as_str()),
        (422, "no-decision-asked")
    );
    assert!(
        problem.detail.contains("waits_for") && !problem.detail.contains("Regel 1"),
        "{}",
        problem.detail
    );

    let line = |word: &str| format!(r#"{{"lines": [{{"path": "{LINE}", "decision": "{word}"}}]}}"#);
    assert_eq!(office.post("besluiter", &line("grant")).await.status, 200);
    let otherwise = office.post("gemeente-a", &line("refuse")).await.problem();
    assert_eq!(
        (otherwise.status, otherwise.code.as_str()),
        (409, "decided-otherwise")
    );
    assert!(otherwise.detail.contains(LINE));
    assert_eq!(
        office
            .post("gemeente-a", &office.rest("grant").await)
            .await
            .status,
        200
    );
    let over = office
        .post(
            "gemeente-a",
            r#"{"lines": [{"path": "/x", "decision": "grant"}]}"#,
        )
        .await;
    assert_eq!(over.refusal(), is(409, "not-waiting"));
}

#[tokio::test]
async fn the_list_names_a_few_of_the_messages_that_are_waited_for_and_the_declaration_itself_all() {
    let office = Office::open().await;
    let world = &office.door.world;
    let mut last = None;
    for number in 2..14 {
        let later = at_contract(&declaration(&format!("D{number}")));
        last = Some(world.taken("zorg-a", &later).await.id);
    }
    let last = last.expect("a declaration").to_string();
    let page: DeclarationsBody = office.door.get("gemeente-a", "/v1/besluiten").await.json();
    let listed = page.declarations.last().expect("the youngest");
    assert_eq!(listed.id, last);
    assert_eq!((listed.waits_for.len(), listed.waits_for_more), (10, 2));
    let path = format!("/v1/besluiten/{last}");
    let whole: DeclarationBody = office.door.get("gemeente-a", &path).await.json();
    assert_eq!((whole.waits_for.len(), whole.waits_for_more), (12, 0));
    assert_eq!(whole.waits_for[..10], listed.waits_for[..]);
}

#[tokio::test]
async fn lines_and_declarations_come_in_pages() {
    let office = Office::open().await;
    let world = &office.door.world;
    for number in 2..5 {
        world
            .taken("zorg-a", &declaration_of_both(&format!("D{number}")))
            .await;
    }
    let (mut seen, mut path) = (Vec::new(), "/v1/besluiten?limit=2".to_owned());
    loop {
        let page: DeclarationsBody = office.door.get("gemeente-a", &path).await.json();
        assert!(page.declarations.len() <= 2);
        seen.extend(page.declarations.into_iter().map(|one| one.received));
        match page.next {
            Some(next) => path = format!("/v1/besluiten?limit=2&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen.len(), 4);
    assert!(seen.is_sorted());
    let from_second = format!("{}?na=1", office.path());
    let one: DeclarationBody = office.door.get("gemeente-a", &from_second).await.json();
    let paths: Vec<&str> = one.lines.iter().map(|line| line.path.as_str()).collect();
    assert_eq!(
        (paths, one.lines_more, one.next),
        (vec![OTHER_LINE], 0, None)
    );
    for wrong in [
        "/v1/besluiten?limit=0",
        "/v1/besluiten?limit=101",
        "/v1/besluiten?cursor=x",
        "/v1/besluiten?wet=jw",
    ] {
        assert_eq!(
            office.door.get("gemeente-a", wrong).await.refusal(),
            is(400, "wrong-parameter"),
            "{wrong}"
        );
    }
}
