//! Packed tables as a file, so that they need not be read and packed anew. A file says its form and ends with a hash of itself; whatever is not exactly what was
//! written is refused.
//!
//! Numbers are little-endian. Eight bytes of name and form; the paths; the terms by municipality, each with its number of rows per law; for each law its keys, its
//! rows and the order by target; SHA-256 of all before.

use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::packed::{Key, Packed, number_of};
use super::{Compiled, FILES_MAX, Lists, ROWS_MAX, Terms};
use crate::law::Municipality;
use crate::load::Version;
use crate::manifest::DAYPART_MINUTES;
use crate::relation::Relation;

const NAME: [u8; 7] = *b"KNPTBLS";
const FORM: u8 = 1;
const HASH: usize = 32;

const ENABLED: u8 = 1;
const MADE_UP: u8 = 2;
/// What stood here in manifests of before means nothing any more: 0 is written, and what they could say is read.
const UNUSED_MAX: u8 = 2;

/// Why bytes are no packed tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CompiledError {
    /// Something else.
    #[error("this is no file of packed tables")]
    NotTables,
    /// Written by another version of the program: pack the tables anew.
    #[error("packed tables of form {0}, which this program does not read: pack the tables anew")]
    Form(u8),
    /// Not as it was written: pack the tables anew.
    #[error("the packed tables are damaged: pack the tables anew")]
    Damaged,
}

impl Compiled {
    /// As a file. The same tables give the same bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.size().bytes + 64 * self.terms.len() + 1024);
        bytes.extend(NAME);
        bytes.push(FORM);
        put_count(&mut bytes, self.files.len());
        for path in &self.files {
            put_count(&mut bytes, path.len());
            bytes.extend(path.bytes());
        }
        put_count(&mut bytes, self.terms.len());
        for terms in &self.terms {
            let flag = |is: bool, bit: u8| if is { bit } else { 0 };
            bytes.extend(terms.municipality.number().to_le_bytes());
            bytes.extend(terms.version.0);
            bytes.push(flag(terms.enabled, ENABLED) | flag(terms.made_up, MADE_UP));
            bytes.push(0);
            bytes.push(terms.applied);
            bytes.extend(terms.daypart_minutes.unwrap_or_default().to_le_bytes());
            for rows in &terms.rows {
                put_count(&mut bytes, rows.len());
            }
        }
        for list in &self.lists {
            bytes.extend(list.keys.iter().flat_map(|key| key.to_le_bytes()));
            bytes.extend(list.rows.iter().flat_map(|row| row.to_bytes()));
            bytes.extend(list.by_target.iter().flat_map(|at| at.to_le_bytes()));
        }
        let hash = Sha256::digest(&bytes);
        bytes.extend(hash);
        bytes
    }

    /// Reads what [`Compiled::to_bytes`] wrote. Err: it is not that, byte for byte.
    pub fn read(bytes: &[u8]) -> Result<Self, CompiledError> {
        let (name, rest) = bytes.split_first_chunk().ok_or(CompiledError::NotTables)?;
        let (&form, _) = rest.split_first().ok_or(CompiledError::NotTables)?;
        match (*name == NAME, form) {
            (false, _) => return Err(CompiledError::NotTables),
            (true, FORM) => {}
            (true, other) => return Err(CompiledError::Form(other)),
        }
        let (body, hash) = bytes
            .split_last_chunk::<HASH>()
            .ok_or(CompiledError::Damaged)?;
        if Sha256::digest(body).as_slice() != hash {
            return Err(CompiledError::Damaged);
        }
        let body = body.get(NAME.len() + 1..).unwrap_or_default();
        read(Rest(body)).ok_or(CompiledError::Damaged)
    }
}

fn put_count(bytes: &mut Vec<u8>, count: usize) {
    // Files, rows and the length of a path are bounded far below.
    bytes.extend(u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes());
}

/// None: it is not what was written.
fn read(mut rest: Rest<'_>) -> Option<Compiled> {
    let count = rest.count(FILES_MAX)?;
    let mut files: Vec<Arc<str>> = Vec::new();
    for _ in 0..count {
        let length = rest.count(usize::MAX)?;
        files.push(std::str::from_utf8(rest.take(length)?).ok()?.into());
    }
    let count = rest.count(Compiled::MUNICIPALITIES)?;
    let mut compiled = Compiled {
        terms: Vec::new(),
        index: vec![0; Compiled::MUNICIPALITIES],
        files,
        lists: [Lists::default(), Lists::default()],
    };
    let mut ends = [0, 0];
    for place in 1..=count {
        let terms = read_terms(&mut rest, &mut ends)?;
        let is_later = compiled
            .terms
            .last()
            .is_none_or(|last| last.municipality < terms.municipality);
        let number = usize::from(terms.municipality.number());
        *compiled.index.get_mut(number)? = u16::try_from(place).ok()?;
        compiled.terms.push(terms);
        is_later.then_some(())?;
    }
    for (law, end) in ends.into_iter().enumerate() {
        let rows = compiled.terms.iter().map(|terms| {
            let range = terms.rows.get(law).cloned().unwrap_or_default();
            (terms, range)
        });
        let list = read_list(&mut rest, end as usize, compiled.files.len(), rows)?;
        *compiled.lists.get_mut(law)? = list;
    }
    rest.0.is_empty().then_some(compiled)
}

fn read_terms(rest: &mut Rest<'_>, ends: &mut [u32; 2]) -> Option<Terms> {
    let municipality = Municipality::new(u16::from_le_bytes(rest.chunk()?))?;
    let version = Version(rest.chunk()?);
    let [flags, unused, applied] = rest.chunk()?;
    let daypart_minutes = u32::from_le_bytes(rest.chunk()?);
    let daypart_minutes = (daypart_minutes != 0).then_some(daypart_minutes);
    // What a manifest can say, and no more: a relation that is never applied is not applied by a file either.
    let may_be_applied = Relation::ALL
        .into_iter()
        .filter(|relation| relation.may_be_applied())
        .fold(0, |bits, relation| bits | 1 << number_of(relation));
    let is_known = flags & !(ENABLED | MADE_UP) == 0
        && unused <= UNUSED_MAX
        && applied & !may_be_applied == 0
        && daypart_minutes.is_none_or(|minutes| DAYPART_MINUTES.contains(&minutes));
    is_known.then_some(())?;
    let mut rows = [0..0, 0..0];
    for (range, end) in rows.iter_mut().zip(ends) {
        let start = *end;
        *end = start.checked_add(u32::try_from(rest.count(ROWS_MAX)?).ok()?)?;
        *range = start..*end;
    }
    Some(Terms {
        municipality,
        version,
        enabled: flags & ENABLED != 0,
        made_up: flags & MADE_UP != 0,
        daypart_minutes,
        applied,
        rows,
    })
}

/// The rows of a law: sorted, of the municipality whose they are, each once in the order by target.
fn read_list<'t>(
    rest: &mut Rest<'_>,
    count: usize,
    files: usize,
    of: impl Iterator<Item = (&'t Terms, std::ops::Range<u32>)>,
) -> Option<Lists> {
    let (keys, _) = rest.take(count.checked_mul(8)?)?.as_chunks::<8>();
    let (rows, _) = rest.take(count.checked_mul(Packed::BYTES)?)?.as_chunks();
    let (order, _) = rest.take(count.checked_mul(4)?)?.as_chunks::<4>();
    let list = Lists {
        keys: keys.iter().map(|&key| u64::from_le_bytes(key)).collect(),
        rows: rows.iter().map(Packed::from_bytes).collect(),
        by_target: order.iter().map(|&at| u32::from_le_bytes(at)).collect(),
    };
    for (terms, range) in of {
        let places = range.start as usize..range.end as usize;
        let keys = list.keys.get(places.clone())?;
        let rows = list.rows.get(places.clone())?;
        let is_sound = keys.iter().zip(rows).all(|(&key, row)| {
            Key::unpack(key).is_some_and(|key| key.municipality == terms.municipality)
                && row.is_sound(files)
        });
        let pairs = || keys.iter().zip(rows);
        let is_sorted = pairs().zip(pairs().skip(1)).all(|(one, next)| one <= next);
        // Strictly rising and all within: each once.
        let mut last = None;
        for &at in list.by_target.get(places)? {
            let row = list.rows.get(at as usize)?;
            let next = Some((row.target_bytes(), at));
            (range.contains(&at) && last < next).then_some(())?;
            last = next;
        }
        (is_sound && is_sorted).then_some(())?;
    }
    Some(list)
}

/// What is not read yet.
struct Rest<'b>(&'b [u8]);

impl<'b> Rest<'b> {
    fn take(&mut self, length: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn chunk<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (chunk, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*chunk)
    }

    /// A number of things, at most so many.
    fn count(&mut self, max: usize) -> Option<usize> {
        let count = u32::from_le_bytes(self.chunk()?) as usize;
        (count <= max).then_some(count)
    }
}
