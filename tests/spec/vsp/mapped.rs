//! A provider on this wire gets products in the form that is his, and what he pushes reaches the municipality in its own.

use axum::http::StatusCode;
use knooppunt::envelope::mapping::vsp_number;

use super::{PULL, Provider};
use crate::door::Door;
use crate::mapping::{AGREED, ROWS, allocation, translating};
use crate::world::World;

#[tokio::test]
async fn the_payload_and_its_size_and_hash_are_those_of_his_form() {
    let unpacked = "[[pull]]\nparty = \"zorg-a\"\nzip = false\n";
    let world = translating(World::new(), &format!("{unpacked}{AGREED}"), &ROWS);
    let provider = Provider::above(Door::above(world));
    let [own, canonical] = allocation("T1");
    let sent = provider.door.world.taken("gemeente-a", &own).await;
    let number = vsp_number(sent.id, None);
    let payload = provider
        .get("zorg-a", &format!("{PULL}/{number}/payload"))
        .await;
    assert_eq!(payload.status, StatusCode::OK);
    assert_eq!(payload.body, canonical);
    let waiting = provider.waiting("zorg-a", "").await;
    let said = waiting[0].to_string();
    assert!(said.contains(&format!(":{}", canonical.len())), "{said}");
    assert!(!said.contains(&format!(":{},", own.len())), "{said}");
}
