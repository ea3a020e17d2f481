//! Makes an export, record by record in ascending order, without holding it: what is kept meanwhile is a few numbers and the list of tiles.

use sha2::{Digest as _, Sha256};

use super::edge;
use super::line::{self, Body, Line, ViewError};
use super::manifest::{
    About, CHECKPOINT, FileSum, Manifest, POLICY, RECORDS, RECORDS_MAX, Span, is_about,
};
use super::needed::Needed;
use super::record::{RecordError, RecordHead};
use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::entry::Salt;
use crate::hash::Hash;
use crate::note::SignedNote;
use crate::policy::Policy;
use crate::tile::TileId;
use crate::tiled::HeldTiles;

/// Why something cannot stand in an export.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// What the note says is no checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The checkpoint is of another log than the policy.
    #[error("the checkpoint is not of the log of the policy")]
    OtherLog,
    /// The tiles of the right edge are not those of the checkpoint's tree.
    #[error("the tiles of the edge do not make the root of the checkpoint")]
    Root,
    /// By whom, to what end or what was asked for cannot be written.
    #[error("by, purpose and scope are 1 to {max} bytes without control characters and without spaces at the ends", max = super::ABOUT_BYTES_MAX)]
    About,
    /// The range does not lie in the tree.
    #[error("the range does not lie in a tree of {size} leaves")]
    Range {
        /// Leaves of the tree.
        size: u64,
    },
    /// The record does not stand behind the one before it, or not in the range or tree.
    #[error("record {index} has no place here")]
    Index {
        /// Its index.
        index: u64,
    },
    /// More than [`RECORDS_MAX`] records.
    #[error("an export has at most {RECORDS_MAX} records")]
    TooMany,
    /// The bytes are no record.
    #[error("record {index}: {error}")]
    Record {
        /// Its index.
        index: u64,
        /// Why.
        error: RecordError,
    },
    /// The record is one of another place.
    #[error("record {index}: says that it is record {position}")]
    Position {
        /// Its index.
        index: u64,
        /// What it says.
        position: u64,
    },
    /// The readable form cannot stand in a line.
    #[error("record {index}: {error}")]
    View {
        /// Its index.
        index: u64,
        /// Why.
        error: ViewError,
    },
    /// The range was not written to its end.
    #[error("the range ends at {to}, and the records at {written}")]
    Unfinished {
        /// The index behind the range.
        to: u64,
        /// The index behind the last record.
        written: u64,
    },
}

impl WriteError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Checkpoint(error) => error.code(),
            Self::OtherLog => "checkpoint-other-log",
            Self::Root => "root-differs",
            Self::About => "export-about",
            Self::Range { .. } => "export-range",
            Self::Index { .. } => "export-index",
            Self::TooMany => "export-too-many",
            Self::Record { error, .. } => error.code(),
            Self::Position { .. } => "record-position",
            Self::View { error, .. } => error.code(),
            Self::Unfinished { .. } => "export-unfinished",
        }
    }
}

/// An export that is being made.
///
/// Whoever makes it writes the files: first `checkpoint` and `policy` as they were given, then `records.jsonl`, line by line, then the tiles that
/// [`Written::tiles`] names, and last the [`Manifest`], signed with the key of the log. A folder without manifest is no export yet.
#[derive(Debug)]
pub struct ExportWriter {
    manifest: Manifest,
    needed: Needed,
    /// The least index that may come next.
    next: u64,
    records: Sha256,
    bytes: u64,
}

/// An export of which all lines are written.
#[derive(Debug)]
pub struct Written {
    /// What the log has to sign ([`Manifest::sign`]).
    pub manifest: Manifest,
    needed: Needed,
}

impl Written {
    /// The tiles that belong to it, each once: what stands for a tile comes before it.
    pub fn tiles(&self) -> impl Iterator<Item = TileId> {
        self.needed.ids()
    }
}

impl ExportWriter {
    /// Begins an export of records of the tree of this checkpoint; `edge` has the bytes of the tiles that [`edge`] names for its size, in that order. Err: any of
    /// [`WriteError`] that is not about a record.
    pub fn begin(
        checkpoint: &SignedNote,
        policy: &Policy,
        span: Span,
        about: About,
        edge_bytes: &[Vec<u8>],
    ) -> Result<ExportWriter, WriteError> {
        let signed = Checkpoint::parse(checkpoint.text())?;
        let size = signed.size();
        if signed.origin() != policy.origin().as_str() {
            return Err(WriteError::OtherLog);
        }
        let texts = [&about.by, &about.purpose, &about.scope];
        if !texts.into_iter().flatten().all(|text| is_about(text)) {
            return Err(WriteError::About);
        }
        let next = match span {
            Span::Selection => 0,
            Span::Range { from, to } if from <= to && to <= size => from,
            Span::Range { .. } => return Err(WriteError::Range { size }),
        };
        let mut given = edge_bytes.iter();
        HeldTiles::open(*signed.root(), size, &mut |_| {
            given.next().cloned().ok_or(())
        })
        .ok()
        .filter(|_| given.next().is_none())
        .ok_or(WriteError::Root)?;
        let mut files = vec![
            FileSum::of(CHECKPOINT, checkpoint.to_string().as_bytes()),
            FileSum::of(POLICY, policy.to_string().as_bytes()),
            FileSum::of(RECORDS, b""),
        ];
        files.extend(
            edge(size)
                .zip(edge_bytes)
                .map(|(id, bytes)| FileSum::of(id.path(), bytes)),
        );
        Ok(ExportWriter {
            manifest: Manifest {
                origin: signed.origin().to_owned(),
                size,
                records: 0,
                erased: 0,
                span,
                about,
                files,
            },
            needed: Needed::new(size),
            next,
            records: Sha256::new(),
            bytes: 0,
        })
    }

    /// Appends the line of a record to `out`: its bytes as they stand in the journal, the salt of its entry and, where there is one, a readable form of it, a JSON
    /// object on one line. That the record is the leaf at its index is not looked at; verifying would show it. Err: [`WriteError::Index`],
    /// [`WriteError::TooMany`], [`WriteError::Record`], [`WriteError::Position`], [`WriteError::View`]; nothing is appended then.
    pub fn record(
        &mut self,
        index: u64,
        salt: &Salt,
        record: &[u8],
        view: Option<&str>,
        out: &mut Vec<u8>,
    ) -> Result<(), WriteError> {
        let head = RecordHead::read(record).map_err(|error| WriteError::Record { index, error })?;
        let position = head.position;
        if position != index {
            return Err(WriteError::Position { index, position });
        }
        view.map_or(Ok(()), line::check_view)
            .map_err(|error| WriteError::View { index, error })?;
        let salt = *salt.as_bytes();
        self.line(index, Body::Opened { salt, record, view }, out)
    }

    /// Appends the line of a record whose salt was erased: its leaf, as it stands in the tile. Err: as of [`Self::record`].
    pub fn erased(&mut self, index: u64, leaf: Hash, out: &mut Vec<u8>) -> Result<(), WriteError> {
        self.line(index, Body::Erased { leaf }, out)?;
        self.manifest.erased += 1;
        Ok(())
    }

    fn line(&mut self, index: u64, body: Body<'_>, out: &mut Vec<u8>) -> Result<(), WriteError> {
        let is_in_place = match self.manifest.span {
            Span::Range { to, .. } => index == self.next && index < to,
            Span::Selection => index >= self.next && index < self.manifest.size,
        };
        if !is_in_place {
            return Err(WriteError::Index { index });
        }
        if self.manifest.records >= RECORDS_MAX {
            return Err(WriteError::TooMany);
        }
        let before = out.len();
        line::write(&Line { index, body }, out);
        let line = out.get(before..).unwrap_or_default();
        self.records.update(line);
        self.bytes += u64::try_from(line.len()).unwrap_or(u64::MAX);
        self.needed.add(index);
        self.manifest.records += 1;
        self.next = index + 1;
        Ok(())
    }

    /// Ends it. Err: a range that was not written to its end.
    pub fn finish(mut self) -> Result<Written, WriteError> {
        if let Span::Range { to, .. } = self.manifest.span
            && self.next != to
        {
            let written = self.next;
            return Err(WriteError::Unfinished { to, written });
        }
        let sum: [u8; 32] = self.records.finalize().into();
        for file in &mut self.manifest.files {
            if file.path == RECORDS {
                (file.bytes, file.sha256) = (self.bytes, Hash::new(sum));
            }
        }
        Ok(Written {
            manifest: self.manifest,
            needed: self.needed,
        })
    }
}
