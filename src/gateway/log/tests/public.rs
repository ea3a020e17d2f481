//! What anybody can read of the log.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use http_body_util::BodyExt as _;
use knooppunt_proof::{Policy, SignedNote, TileId, VerifierKey, tiles_of};
use tower::ServiceExt as _;

use super::super::{Log, router};
use super::world::Site;

struct Page {
    status: StatusCode,
    kind: Option<String>,
    caching: String,
    body: Vec<u8>,
}

async fn get(log: &Arc<Log>, path: &str) -> Page {
    let request = Request::get(path).body(Body::empty()).unwrap();
    let answer = router(Arc::clone(log)).oneshot(request).await.unwrap();
    let header = |name| {
        let value = answer.headers().get(name)?;
        Some(value.to_str().unwrap().to_owned())
    };
    Page {
        status: answer.status(),
        kind: header(header::CONTENT_TYPE),
        caching: header(header::CACHE_CONTROL).unwrap_or_default(),
        body: answer
            .into_body()
            .collect()
            .await
            .unwrap()
            .to_bytes()
            .to_vec(),
    }
}

#[tokio::test]
async fn checkpoint_key_and_policy_are_text_that_is_kept_for_a_second() {
    let site = Site::new();
    let log = site.open().unwrap();
    assert_eq!(get(&log, "/checkpoint").await.status, StatusCode::NOT_FOUND);
    site.records(300);
    log.step().await;
    for path in ["/checkpoint", "/key", "/policy"] {
        let page = get(&log, path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert_eq!(page.kind.as_deref(), Some("text/plain; charset=utf-8"));
        assert_eq!(page.caching, "max-age=1");
    }
    let policy = String::from_utf8(get(&log, "/policy").await.body).unwrap();
    let policy: Policy = policy.parse().unwrap();
    let note = SignedNote::parse(&get(&log, "/checkpoint").await.body).unwrap();
    assert_eq!(policy.accept(&note).unwrap().checkpoint().size(), 300);
    let key = String::from_utf8(get(&log, "/key").await.body).unwrap();
    let key: VerifierKey = key.trim_end().parse().unwrap();
    assert_eq!(&key, log.key());
}

#[tokio::test]
async fn every_tile_of_the_tree_is_there_for_ever_and_nothing_else_is() {
    let site = Site::new();
    let log = site.open().unwrap();
    site.records(66_000);
    log.step().await;
    let tree = site.tree();
    for id in tiles_of(66_000) {
        let page = get(&log, &format!("/{}", id.path())).await;
        assert_eq!(page.status, StatusCode::OK, "{}", id.path());
        assert_eq!(page.kind.as_deref(), Some("application/octet-stream"));
        assert!(page.caching.contains("immutable"), "{}", page.caching);
        assert_eq!(page.body, tree.hashes(id).unwrap().to_bytes());
    }
    let last: TileId = "tile/0/257.p/208".parse().unwrap();
    assert_eq!(66_000 - 257 * 256, u64::from(last.width()));
    for none in [
        "/tile/0/257.p/209",
        "/tile/0/257",
        "/tile/0/258.p/1",
        "/tile/0/1",
        "/tile/0/001.p/256",
        "/tile/0/001.p/0",
        "/tile/00/001",
        "/tile/0/x000/001",
        "/tile/64/000",
        "/tile/entries/000",
        "/tile/0/001/",
        "/tile/0/..%2f001",
        "/tile/",
        "/",
        "/metrics",
    ] {
        let page = get(&log, none).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{none}");
        assert!(page.body.is_empty(), "{none}");
    }
    let first = get(&log, "/tile/0/000.p/100").await;
    assert_eq!((first.status, first.body.len()), (StatusCode::OK, 3_200));
}

#[tokio::test]
async fn a_tile_that_is_not_what_was_signed_is_given_to_nobody_and_is_mended() {
    for (file, flipped, path, spared) in [
        ("hashes-0", 5 * 32, "/tile/0/000", "/tile/0/001"),
        ("hashes-0", 65_999 * 32, "/tile/0/257.p/208", "/tile/0/000"),
        ("hashes-0", 65_999 * 32, "/tile/0/257.p/1", "/tile/0/256"),
        ("hashes-1", 3 * 32, "/tile/1/000", "/tile/0/256"),
        ("hashes-1", 256 * 32, "/tile/1/001.p/1", "/tile/1/000"),
        ("hashes-2", 0, "/tile/2/000.p/1", "/tile/0/100"),
    ] {
        println!("{file} at {flipped}: {path}");
        let site = Site::new();
        let log = site.open().unwrap();
        site.records(66_000);
        log.step().await;
        let mut bytes = std::fs::read(site.file(file)).unwrap();
        bytes[flipped] ^= 1;
        std::fs::write(site.file(file), bytes).unwrap();
        let page = get(&log, path).await;
        assert_eq!(page.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!((page.caching.as_str(), page.body.len()), ("no-store", 0));
        assert!(log.health().unwrap_err().contains("made anew"));
        log.step().await;
        for path in [path, spared] {
            assert_eq!(get(&log, path).await.status, StatusCode::OK, "{path}");
        }
        assert!(log.health().is_ok());
    }
}
