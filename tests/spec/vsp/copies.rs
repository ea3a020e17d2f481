//! Copies of answers that the gateway made in a provider's name: they are in its mailbox of the own API, and not on this wire.

use axum::http::StatusCode;
use knooppunt::envelope::mapping::vsp_number;
use knooppunt::ledger::Mark;
use knooppunt::mailbox::Filter;

use super::{PULL, Provider};
use crate::judge::{JUDGED, allocation};
use crate::modes::MANDATE;

#[tokio::test]
async fn a_provider_pulls_what_others_sent_him_and_no_copies_of_what_was_answered_in_his_name() {
    let provider = Provider::registered(&format!("{MANDATE}{JUDGED}"));
    let world = &provider.door.world;
    let asked = world.taken("gemeente-a", &allocation("T1")).await;
    let mailbox = world.list("zorg-a", Filter::default()).await.messages;
    let copy = mailbox
        .iter()
        .find(|message| message.marks.contains(&Mark::Copy))
        .expect("the copy of the answer");
    assert_eq!(mailbox.len(), 2, "the allocation and the copy");
    let pulled = provider.waiting("zorg-a", "").await;
    let kinds: Vec<_> = pulled
        .iter()
        .map(|one| &one["routeringgegevens"]["berichtstroom"]["berichtsubtype"])
        .collect();
    assert_eq!(kinds, ["JW301"]);
    let number = vsp_number(copy.id, None);
    let payload = provider
        .get("zorg-a", &format!("{PULL}/{number}/payload"))
        .await;
    assert_eq!(payload.status, StatusCode::NOT_FOUND);
    let confirmed = provider.delete("zorg-a", &format!("{PULL}/{number}")).await;
    assert_eq!(confirmed.status, StatusCode::NOT_FOUND);
    // The answer itself is a message of his, and has its status.
    let conversation = vsp_number(asked.id, None);
    let statuses = provider
        .statuses("zorg-a", &format!("conversatieId={conversation}"))
        .await;
    let kinds: Vec<_> = statuses
        .iter()
        .map(|one| &one["berichtstroom"]["berichtsubtype"])
        .collect();
    assert_eq!(kinds, ["JW301", "JW302"]);
    world.acknowledge("zorg-a", copy.id).await;
    assert_eq!(world.waiting("zorg-a").await, [asked.id]);
}
