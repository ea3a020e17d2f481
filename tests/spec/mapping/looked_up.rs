//! Looking up what a code is, without a message.

use axum::http::StatusCode;
use knooppunt::api::catalogus::LookedUpBody;

use super::{ROWS, translating};
use crate::door::Door;
use crate::world::World;

async fn looked_up(door: &Door, asked: &str) -> LookedUpBody {
    let reply = door.get("zorg-a", &format!("/v1/catalogus/{asked}")).await;
    assert_eq!(reply.status, StatusCode::OK, "{:?}", reply.body);
    reply.json()
}

#[tokio::test]
async fn a_code_is_told_with_the_row_it_rests_on_there_and_back() {
    let door = Door::above(translating(World::new(), "", &ROWS));
    let there = looked_up(
        &door,
        "jw/0289/45/45X48?eenheid=04&volume=8&tarief=5580&datum=2026-02-01",
    )
    .await;
    assert_eq!(there.verdict, "apply");
    assert_eq!(there.rows, ["gm0289/map.tsv:2"]);
    assert!(there.enabled && there.table.is_some());
    let product = &there.product;
    assert_eq!(product.code.as_deref(), Some("45A48"));
    assert_eq!(product.unit.as_deref(), Some("01"));
    assert_eq!(
        (product.volume, product.tariff_cents),
        (Some(480), Some(93))
    );
    let back = looked_up(
        &door,
        "jw/0289/45/45A48?eenheid=01&volume=480&tarief=93&datum=2026-02-01&terug=true",
    )
    .await;
    assert_eq!(back.product.code.as_deref(), Some("45X48"));
    assert_eq!(back.product.tariff_cents, Some(5580));
    // Before the row holds, and what no table knows.
    let early = looked_up(&door, "jw/0289/45/45X48?eenheid=04&datum=2019-12-31").await;
    assert_eq!((&*early.verdict, &*early.reason), ("pass", "no-row"));
    let unknown = looked_up(&door, "wmo/0363/02/02A03").await;
    assert_eq!((&*unknown.verdict, unknown.table), ("pass", None));
}

#[tokio::test]
async fn without_tables_every_code_passes() {
    let door = Door::above(World::new());
    let answer = looked_up(&door, "jw/0289/45/45X48").await;
    assert_eq!((&*answer.verdict, answer.enabled), ("pass", false));
}

#[tokio::test]
async fn what_is_no_product_is_told_by_the_name_of_the_parameter() {
    let door = Door::above(translating(World::new(), "", &ROWS));
    for (asked, name) in [
        ("zvw/0289/45/45X48", "wet"),
        ("jw/289/45/45X48", "gemeente"),
        ("jw/0289/4/45X48", "categorie"),
        ("jw/0289/45/45X4800", "code"),
        ("jw/0289/45/45X48?eenheid=05", "eenheid"),
        ("jw/0289/45/45X48?volume=-1", "volume"),
        ("jw/0289/45/45X48?tarief=1.50", "tarief"),
        ("jw/0289/45/45X48?datum=1-2-2026", "datum"),
        ("jw/0289/45/45X48?terug=ja", "terug"),
        ("jw/0289/45/45X48?kleur=rood", "terug, eenheid"),
    ] {
        let reply = door.get("zorg-a", &format!("/v1/catalogus/{asked}")).await;
        assert_eq!(
            reply.refusal(),
            (400, "wrong-parameter".to_owned()),
            "{asked}"
        );
        assert!(reply.problem().detail.contains(name), "{asked}");
    }
}
