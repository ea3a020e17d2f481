//! The journal reader: whatever the bytes of a segment are, it does not panic, and what it hands out is a run of records that hang together.
//! An input is read twice: as it is, and as frames whose checksums and chain are put right, so that what is behind them is reached as well.

#![no_main]
#![allow(
    dead_code,
    unused_imports,
    unreachable_pub,
    missing_docs,
    reason = "the store comes in whole, and little of it is used"
)]

use aws_lc_rs::digest::{Context, SHA256};
use libfuzzer_sys::fuzz_target;

#[path = "../../../src/gateway/fault.rs"]
mod fault;
#[path = "../../../src/gateway/store/mod.rs"]
mod store;

use store::embedded::read_segment;

const HEAD_BYTES: usize = 128;
const FRAME_HEAD_BYTES: usize = 84;

fuzz_target!(|bytes: &[u8]| {
    hangs_together(bytes);
    hangs_together(&put_right(bytes));
});

fn hangs_together(segment: &[u8]) {
    let Some(records) = read_segment(segment) else {
        return;
    };
    for pair in records.windows(2) {
        assert_eq!(pair[0].position.next(), pair[1].position);
        assert!(pair[0].time <= pair[1].time);
        assert_ne!(pair[0].chain, pair[1].chain);
    }
    // Place set aside for records to come changes nothing.
    let longer = [segment, &[0; 64]].concat();
    assert!(read_segment(&longer).is_some_and(|again| again == records));
    // A cut takes records away and changes none.
    let cut = &segment[..segment.len().max(HEAD_BYTES + 1) - 1];
    if let Some(fewer) = read_segment(cut) {
        assert!(records.starts_with(&fewer));
    }
}

/// The same bytes with a good head, and with checksum and chain of every frame made to fit, as far as lengths lead.
fn put_right(bytes: &[u8]) -> Vec<u8> {
    let mut segment = bytes.to_vec();
    segment.resize(segment.len().max(HEAD_BYTES), 0);
    segment[..12].copy_from_slice(b"KNOOPJRN\0\0\0\x01");
    let crc = crc32c::crc32c(&segment[..72]);
    segment[72..76].copy_from_slice(&crc.to_be_bytes());
    segment[76..HEAD_BYTES].fill(0);
    let mut chain: [u8; 32] = segment[20..52].try_into().unwrap_or_default();
    let mut at = HEAD_BYTES;
    while let Some(head) = segment.get(at..at + FRAME_HEAD_BYTES) {
        let length = u32::from_be_bytes([0, 0, head[10], head[11]]) as usize % (bytes.len() + 1);
        let (leaf, record) = (
            head[20..52].to_vec(),
            at + FRAME_HEAD_BYTES..at + FRAME_HEAD_BYTES + length,
        );
        if segment.len() < record.end + 4 {
            break;
        }
        segment[at..at + 5].copy_from_slice(b"KNPR\x01");
        segment[at + 5] &= 1;
        segment[at + 6..at + 8].fill(0);
        segment[at + 8..at + 12]
            .copy_from_slice(&u32::try_from(length).unwrap_or_default().to_be_bytes());
        let mut hash = Context::new(&SHA256);
        for piece in [
            b"knooppunt/journal/1",
            &chain[..],
            &leaf,
            &segment[record.clone()],
        ] {
            hash.update(piece);
        }
        chain.copy_from_slice(hash.finish().as_ref());
        segment[at + 52..at + 84].copy_from_slice(&chain);
        let crc = crc32c::crc32c(&segment[at..record.end]);
        segment[record.end..record.end + 4].copy_from_slice(&crc.to_be_bytes());
        at = record.end + 4;
    }
    segment
}
