//! Handing in what must be taken and what must be refused, with the answer in the books.

use std::sync::Mutex;

use knooppunt::client::{Answer, Client};

use crate::books::{Books, Sent, held};

/// Hands a message in that must be taken, now or before. Whether the gateway answered.
pub(crate) async fn hand_in(client: &mut Client, sent: &Sent, books: &Mutex<Books>) -> bool {
    let Ok(Answer { status, body, .. }) = client.post_xml("/v1/berichten", sent.body()).await
    else {
        return false;
    };
    // A client may repeat by itself when a kept connection broke, so 200 is an answer too.
    assert!(
        matches!(status.as_u16(), 200 | 201),
        "a valid message is taken: {status}"
    );
    held(books).note(sent.clone(), &body);
    true
}

/// Hands a message in that has a mistake. Whether the gateway answered.
pub(crate) async fn mistake(client: &mut Client, sent: &Sent, books: &Mutex<Books>) -> bool {
    let answer = client.post_xml("/v1/berichten", sent.with_mistake()).await;
    let Ok(Answer { status, .. }) = answer else {
        return false;
    };
    assert_eq!(status.as_u16(), 422, "a message with a mistake is refused");
    held(books).mistakes += 1;
    true
}

/// Hands other bytes in under the identity of a message that was taken. Whether the gateway answered.
pub(crate) async fn conflict(client: &mut Client, sent: &Sent, books: &Mutex<Books>) -> bool {
    let answer = client
        .post_xml("/v1/berichten", sent.with_other_bytes())
        .await;
    let Ok(Answer { status, .. }) = answer else {
        return false;
    };
    assert_eq!(status.as_u16(), 409, "an identity is taken once");
    held(books).conflicts += 1;
    true
}
