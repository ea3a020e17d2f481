//! The file of a counted month: what is told of it and nothing else, so that no hidden number stands in it. Anybody may throw it away: it is counted again.
//!
//! CBOR items one after another, then the SHA-256 over all of them: an array of edition, month, the first position that counts for it no more, the chain of the record
//! before that, and how many records could not be read; then an array for each place, in order: law (0 unknown, 1 `jw`, 2 `wmo`), municipality or null, kind, what is told
//! of all carried messages and of all refusals, and an array of cells (number of the outcome, its cause or null, what is told). What is hidden is null.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use knooppunt_standard::Law;
use minicbor::data::Type;
use minicbor::{Decoder, Encoder, decode};
use sha2::{Digest as _, Sha256};

use super::EDITION;
use super::cell::{Cells, Outcome, Place, Told};
use super::count::Counted;
use super::month::Month;

/// Bytes of the hash at the end.
const HASH_BYTES: usize = 32;

/// What a file says of the records that it rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    /// As [`Counted::end`].
    pub(super) end: u64,
    /// As [`Counted::chain`].
    pub(super) chain: [u8; 32],
    /// As [`Counted::unread`].
    pub(super) unread: u64,
}

/// Bytes of a month as they stand in its file.
pub(super) fn encode(counted: &Counted) -> Vec<u8> {
    let mut bytes = Vec::new();
    let written = write(&mut Encoder::new(&mut bytes), counted);
    debug_assert!(written.is_ok(), "writing into memory cannot fail");
    let hash = Sha256::digest(&bytes);
    bytes.extend_from_slice(&hash);
    bytes
}

type Written = Result<(), minicbor::encode::Error<std::convert::Infallible>>;

fn write(to: &mut Encoder<&mut Vec<u8>>, counted: &Counted) -> Written {
    to.array(5)?.u8(EDITION)?.str(&counted.month.to_string())?;
    to.u64(counted.end)?.bytes(&counted.chain)?;
    to.u64(counted.unread)?;
    for (place, cells) in &counted.cells {
        let law = place.law.map_or(0, |law| match law {
            Law::Jw => 1,
            Law::Wmo => 2,
        });
        to.array(6)?.u8(law)?;
        match place.gemeente {
            Some(code) => to.str(code.as_str())?,
            None => to.null()?,
        };
        to.u16(place.soort)?;
        told(to, cells.carried)?;
        told(to, cells.refused)?;
        to.array(cells.each.len() as u64)?;
        for (outcome, count) in &cells.each {
            let (number, cause) = match outcome {
                Outcome::InTime => (0, None),
                Outcome::Late => (1, None),
                Outcome::Unanswered => (2, None),
                Outcome::NoTerm => (3, None),
                Outcome::Refused(cause) => (4, Some(cause)),
            };
            to.array(3)?.u8(number)?;
            match cause {
                Some(cause) => to.str(cause)?,
                None => to.null()?,
            };
            told(to, *count)?;
        }
    }
    Ok(())
}

fn told(to: &mut Encoder<&mut Vec<u8>>, count: Told) -> Written {
    match count {
        Some(count) => to.u64(count)?,
        None => to.null()?,
    };
    Ok(())
}

/// The head of a file of this edition for a month, and its places with what is told of each of those that are wanted. Err: it is none, or damaged.
pub(super) fn read(
    bytes: &[u8],
    month: Month,
    wanted: &dyn Fn(&Place) -> bool,
    take: &mut dyn FnMut(Place, Cells),
) -> Result<Head, decode::Error> {
    let wrong = |what| decode::Error::message(what);
    let (items, hash) = bytes
        .split_last_chunk::<HASH_BYTES>()
        .ok_or(wrong("no file of a month"))?;
    if Sha256::digest(items)[..] != hash[..] {
        return Err(wrong("not as it was written"));
    }
    let mut from = Decoder::new(items);
    let of_edition = from.array()? == Some(5) && from.u8()? == EDITION;
    if !of_edition || from.str()? != month.to_string() {
        return Err(wrong("of another edition or month"));
    }
    let (end, chain, unread) = (from.u64()?, from.bytes()?.try_into(), from.u64()?);
    let chain = chain.map_err(|_| wrong("a chain has 32 bytes"))?;
    while from.position() < items.len() {
        let place = place(&mut from)?;
        if wanted(&place) {
            take(place, cells(&mut from)?);
        } else {
            for _ in 0..3 {
                from.skip()?;
            }
        }
    }
    Ok(Head { end, chain, unread })
}

fn place(from: &mut Decoder<'_>) -> Result<Place, decode::Error> {
    let wrong = |what| decode::Error::message(what);
    if from.array()? != Some(6) {
        return Err(wrong("a place has six values"));
    }
    let law = match from.u8()? {
        0 => None,
        1 => Some(Law::Jw),
        2 => Some(Law::Wmo),
        _ => return Err(wrong("no law")),
    };
    let gemeente = text(from)?.map(str::parse).transpose();
    Ok(Place {
        law,
        gemeente: gemeente.map_err(|_| wrong("no municipality"))?,
        soort: from.u16()?,
    })
}

fn cells(from: &mut Decoder<'_>) -> Result<Cells, decode::Error> {
    let wrong = |what| decode::Error::message(what);
    let (carried, refused) = (number(from)?, number(from)?);
    let count = from.array()?.ok_or(wrong("no cells"))?;
    let mut each = Vec::new();
    for _ in 0..count {
        if from.array()? != Some(3) {
            return Err(wrong("a cell has three values"));
        }
        let outcome = match (from.u8()?, text(from)?) {
            (0, None) => Outcome::InTime,
            (1, None) => Outcome::Late,
            (2, None) => Outcome::Unanswered,
            (3, None) => Outcome::NoTerm,
            (4, Some(cause)) => Outcome::Refused(cause.to_owned()),
            _ => return Err(wrong("no outcome")),
        };
        each.push((outcome, number(from)?));
    }
    Ok(Cells {
        carried,
        refused,
        each,
    })
}

fn text<'b>(from: &mut Decoder<'b>) -> Result<Option<&'b str>, decode::Error> {
    if from.datatype()? == Type::Null {
        return from.null().map(|()| None);
    }
    from.str().map(Some)
}

fn number(from: &mut Decoder<'_>) -> Result<Told, decode::Error> {
    if from.datatype()? == Type::Null {
        return from.null().map(|()| None);
    }
    from.u64().map(Some)
}

/// Puts a file in its place whole: a crash leaves none or all of it.
pub(super) fn put(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let new = file.with_extension("new");
    let mut out = fs::File::create(&new)?;
    out.write_all(bytes)?;
    out.sync_all()?;
    fs::rename(&new, file)?;
    match file.parent() {
        Some(folder) => fs::File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// A file as edition 1 wrote it.
    const GOLDEN: &str = include_str!("../../../tests/golden/figures-1.txt");

    fn month() -> Month {
        "2026-03".parse().expect("a month")
    }

    fn sample() -> Counted {
        let place = |law, gemeente: Option<&str>, soort| Place {
            law,
            gemeente: gemeente.map(|code| code.parse().expect("a code")),
            soort,
        };
        let refused = |cause: &str| Outcome::Refused(cause.to_owned());
        let carried = Cells {
            carried: Some(497),
            refused: None,
            each: vec![
                (Outcome::InTime, Some(480)),
                (Outcome::Late, None),
                (Outcome::Unanswered, None),
                (refused("0001"), Some(12)),
                (refused("9074"), None),
            ],
        };
        let unknown = Cells {
            carried: Some(0),
            refused: Some(11),
            each: vec![(refused("level-1"), Some(11))],
        };
        let plain = Cells {
            carried: Some(31),
            refused: Some(0),
            each: vec![(Outcome::NoTerm, Some(31))],
        };
        Counted {
            month: month(),
            end: 1_234,
            chain: [7; 32],
            unread: 1,
            cells: BTreeMap::from([
                (place(None, None, 0), unknown),
                (place(Some(Law::Jw), Some("0289"), 301), carried),
                (place(Some(Law::Wmo), Some("0289"), 306), plain),
            ]),
        }
    }

    #[test]
    fn a_file_of_a_month_is_read_and_written_as_ever() {
        let sample = sample();
        let bytes = encode(&sample);
        assert_eq!(data_encoding::HEXLOWER.encode(&bytes), GOLDEN.trim());
        let mut cells = BTreeMap::new();
        let mut take = |place, of| {
            cells.insert(place, of);
        };
        let head = read(&bytes, month(), &|_| true, &mut take).expect("it is one");
        assert_eq!((head.end, head.chain, head.unread), (1_234, [7; 32], 1));
        assert_eq!(cells, sample.cells);
    }

    #[test]
    fn places_that_are_not_wanted_are_passed_over() {
        let mut places = Vec::new();
        let wanted = |place: &Place| place.law == Some(Law::Wmo);
        let read = read(&encode(&sample()), month(), &wanted, &mut |place, _| {
            places.push(place.soort);
        });
        assert!(read.is_ok());
        assert_eq!(places, [306]);
    }

    #[test]
    fn a_file_that_is_cut_changed_or_of_another_month_is_none() {
        let whole = encode(&sample());
        let is_one = |bytes: &[u8], month| read(bytes, month, &|_| true, &mut |_, _| ()).is_ok();
        assert!(is_one(&whole, month()));
        assert!(!is_one(&whole, month().next()));
        for at in 0..whole.len() {
            assert!(!is_one(&whole[..at], month()), "cut at {at}");
            let mut changed = whole.clone();
            changed[at] ^= 1;
            assert!(!is_one(&changed, month()), "changed at {at}");
        }
    }
}
