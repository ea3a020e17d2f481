//! What is looked at after a restart.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use knooppunt::client::{Answer, Client};

use crate::books::{Books, Sent, Taken, Waiting, held};
use crate::handing::{conflict, hand_in, mistake};
use crate::site::Running;

/// After a restart: hands in again what was under way, then holds the whole mailbox against the books.
pub(crate) async fn settle(running: &Running, books: &Mutex<Books>) {
    let again: Vec<Sent> = held(books).under_way.values().cloned().collect();
    for sent in again {
        let mut client = running.client(&sent.party());
        assert!(hand_in(&mut client, &sent, books).await, "it answers");
    }
    let last = held(books).last_of_each();
    for Taken { sent, .. } in last {
        let mut client = running.client(&sent.party());
        let answered = conflict(&mut client, &sent, books).await
            && mistake(&mut client, &sent, books).await
            && hand_in(&mut client, &sent, books).await;
        assert!(answered, "it answers");
    }
    let waiting = mailbox(running).await;
    held(books).hold_against(&waiting);
    contents(running, books, 20).await;
    read_contents(running, books, 20).await;
}

/// Everything that waits for the municipalities that answer themselves, in the order of the mailbox.
async fn mailbox(running: &Running) -> Vec<Waiting> {
    let rows = rows(running, "gemeenten").await;
    let rows = rows.iter().map(|message| {
        let text = |name: &str| message[name].as_str().expect("text").to_owned();
        Waiting {
            hash: text("sha256"),
            id: text("id"),
            position: message["position"].as_u64().expect("a position"),
        }
    });
    rows.collect()
}

/// Everything that waits for a party, in the order of its mailbox.
pub(crate) async fn rows(running: &Running, party: &str) -> Vec<serde_json::Value> {
    let mut client = running.client(party);
    let (mut waiting, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let path = cursor.map_or_else(
            || "/v1/postvak?limit=1000".to_owned(),
            |cursor| format!("/v1/postvak?limit=1000&cursor={cursor}"),
        );
        let page = get(&mut client, &path).await;
        let page: serde_json::Value = serde_json::from_slice(&page.body).expect("JSON");
        waiting.extend(page["messages"].as_array().expect("messages").clone());
        match page["next"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => return waiting,
        }
    }
}

pub(crate) async fn get(client: &mut Client, path: &str) -> Answer {
    client.get(path).await.expect("the gateway answers")
}

/// Fetches up to `most` waiting messages and compares them byte for byte with what was handed in; each stands in a thread of its own.
pub(crate) async fn contents(running: &Running, books: &Mutex<Books>, most: usize) -> usize {
    let wanted = held(books).of(|read, perhaps| !read && !perhaps);
    let mut client = running.client("gemeenten");
    let mut compared = 0;
    for Taken { id, sent, .. } in wanted.iter().take(most) {
        let answer = get(&mut client, &format!("/v1/postvak/{id}/inhoud")).await;
        assert_eq!(
            answer.status.as_u16(),
            200,
            "the content of a waiting message is there"
        );
        assert_eq!(answer.body, sent.body(), "the bytes that were handed in");
        let status = get(&mut client, &format!("/v1/berichten/{id}")).await;
        let status: serde_json::Value = serde_json::from_slice(&status.body).expect("JSON");
        let thread = status["thread_messages"].as_array().expect("a thread");
        assert!(
            thread.len() == 1 && thread[0]["id"] == id.as_str(),
            "nothing that was refused joined its thread: {thread:?}"
        );
        compared += 1;
    }
    compared
}

/// Fetches messages that were read, `most` of each kind: declarations are kept whole, answers whole or erased, and erased for good.
async fn read_contents(running: &Running, books: &Mutex<Books>, most: usize) {
    let read = held(books).of(|read, _| read);
    let (answers, declarations): (Vec<_>, Vec<_>) =
        read.into_iter().partition(|taken| taken.sent.is_answer());
    let mut client = running.client("gemeenten");
    // The newest are those of which nobody knows yet.
    let newest = |mut taken: Vec<Taken>| {
        taken.sort_by_key(|taken| std::cmp::Reverse(taken.position));
        let oldest = taken.split_off(taken.len().min(most));
        let oldest = oldest.into_iter().rev().take(most);
        taken.into_iter().chain(oldest).collect::<Vec<_>>()
    };
    for Taken { id, sent, .. } in newest(declarations) {
        let answer = get(&mut client, &format!("/v1/postvak/{id}/inhoud")).await;
        assert_eq!(
            (answer.status.as_u16(), answer.body),
            (200, sent.body()),
            "{id} waits for its answer, so its content is kept"
        );
    }
    for Taken { id, sent, .. } in newest(answers) {
        let answer = get(&mut client, &format!("/v1/postvak/{id}/inhoud")).await;
        if answer.status.as_u16() == 410 {
            held(books).erased.insert(id);
            let mut sender = running.client(&sent.party());
            assert!(
                hand_in(&mut sender, &sent, books).await,
                "what is erased is still known"
            );
            continue;
        }
        assert!(
            !held(books).erased.contains(&id),
            "{id} was erased and is there again: {}",
            answer.status
        );
        assert_eq!(answer.body, sent.body(), "{id}, whole until it is erased");
    }
}

/// Waits until every answer that was read is erased, as is due at this start.
pub(crate) async fn erased(running: &Running, books: &Mutex<Books>) {
    let answers = held(books).of(|read, _| read);
    let mut client = running.client("gemeenten");
    let asked = Instant::now();
    for Taken { id, .. } in answers.iter().filter(|taken| taken.sent.is_answer()) {
        loop {
            let answer = get(&mut client, &format!("/v1/postvak/{id}/inhoud")).await;
            if answer.status.as_u16() == 410 {
                held(books).erased.insert(id.clone());
                break;
            }
            assert!(
                asked.elapsed() < Duration::from_mins(1),
                "{id} is not erased: {}",
                answer.status
            );
        }
    }
}
