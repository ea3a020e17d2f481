//! What can be wrong with an export, each with the file and, where there is one, the record that it is found at.

use super::manifest::{MANIFEST, ManifestError, RECORDS};
use super::record::RecordError;
use crate::accept::AcceptError;
use crate::note::NoteError;
use crate::policy::PolicyError;

/// Why an export is not what the log holds, or not what the log gave. The first that is found, in the order of the specification.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// A file is not there.
    #[error("{file}: not there")]
    FileMissing {
        /// Its path.
        file: String,
    },
    /// A file is there that does not belong to the export.
    #[error("{file}: does not belong here")]
    FileExtra {
        /// Its path.
        file: String,
    },
    /// A file is there twice.
    #[error("{file}: there twice")]
    FileTwice {
        /// Its path.
        file: String,
    },
    /// The bytes of a file are not those that the manifest names.
    #[error("{file}: other bytes than the manifest names")]
    FileChanged {
        /// Its path.
        file: String,
    },
    /// The manifest is no note, or the log did not sign it.
    #[error("manifest: {0}")]
    Seal(NoteError),
    /// What the log signed is no manifest.
    #[error("manifest: {0}")]
    Manifest(#[from] ManifestError),
    /// The manifest is of another log than the policy.
    #[error("manifest: of the log {origin}, not of the one that is trusted")]
    OtherLog {
        /// Which it is of.
        origin: String,
    },
    /// The policy that the log gave along is none.
    #[error("policy: {0}")]
    Policy(PolicyError),
    /// The policy that the log gave along is of another log.
    #[error("policy: of the log {origin}")]
    PolicyOfOtherLog {
        /// Which it is of.
        origin: String,
    },
    /// The checkpoint is not taken.
    #[error("checkpoint: {0}")]
    Checkpoint(AcceptError),
    /// The checkpoint is of a tree of another size than the manifest.
    #[error("checkpoint: of a tree of {found} leaves, not of {expected}")]
    CheckpointSize {
        /// Leaves by the manifest.
        expected: u64,
        /// Leaves by the checkpoint.
        found: u64,
    },
    /// The manifest was made before the witnesses saw the checkpoint in it.
    #[error("manifest: made at {made}, and its checkpoint was cosigned at {receipt_time}")]
    MadeTooEarly {
        /// Seconds since 1970.
        made: u64,
        /// Seconds since 1970.
        receipt_time: u64,
    },
    /// The tiles of the right edge do not make the root of the checkpoint.
    #[error("checkpoint: the tiles of the edge make another root")]
    Root,
    /// A tile is not as long as it should be.
    #[error("{file}: {bytes} bytes")]
    TileLength {
        /// Its path.
        file: String,
        /// How long it is.
        bytes: usize,
    },
    /// A tile is not the one that the tile above it stands for.
    #[error("{file}: not the tile that stands in this tree")]
    Tile {
        /// Its path.
        file: String,
    },
    /// A line is not one of a record.
    #[error("records.jsonl line {line}: {wrong}")]
    Line {
        /// Counted from 1.
        line: u64,
        /// What is wrong with it.
        wrong: &'static str,
    },
    /// A line is longer than any may be.
    #[error("records.jsonl line {line}: too long")]
    LineTooLong {
        /// Counted from 1.
        line: u64,
    },
    /// The last line does not end.
    #[error("records.jsonl line {line}: cut off")]
    LineCut {
        /// Counted from 1.
        line: u64,
    },
    /// There are fewer records than the manifest says.
    #[error("records.jsonl: ends after {found} of {expected} records")]
    RecordsMissing {
        /// By the manifest.
        expected: u64,
        /// That are there.
        found: u64,
    },
    /// There are more records than the manifest says.
    #[error("records.jsonl: more than {expected} records")]
    RecordsExtra {
        /// By the manifest.
        expected: u64,
    },
    /// Other records than the manifest says were erased.
    #[error("records.jsonl: {found} erased records, not {expected}")]
    ErasedCount {
        /// By the manifest.
        expected: u64,
        /// That are there.
        found: u64,
    },
    /// A record stands behind one with a higher index.
    #[error("record {index}: stands behind record {behind}")]
    IndexOrder {
        /// Of the record.
        index: u64,
        /// Of the one before it.
        behind: u64,
    },
    /// A record is there twice.
    #[error("record {index}: there twice")]
    IndexTwice {
        /// Of the record.
        index: u64,
    },
    /// A record of the range is not there.
    #[error("record {index}: not there; record {found} stands in its place")]
    IndexGap {
        /// Of the record that is missing.
        index: u64,
        /// Of the one that stands there.
        found: u64,
    },
    /// A record does not stand in the range, or in the tree.
    #[error("record {index}: outside what the manifest names")]
    IndexOutside {
        /// Of the record.
        index: u64,
    },
    /// The salt of a record is one byte over and over.
    #[error("record {index}: its salt hides nothing")]
    SaltWeak {
        /// Of the record.
        index: u64,
    },
    /// Two records have one salt.
    #[error("record {index}: has the salt of record {earlier}")]
    SaltTwice {
        /// Of the record.
        index: u64,
        /// Of the one before it.
        earlier: u64,
    },
    /// The record, with its salt, is not what the log holds at its index.
    #[error("record {index}: not what the log holds there")]
    Leaf {
        /// Of the record.
        index: u64,
    },
    /// What the log holds there is no record.
    #[error("record {index}: {error}")]
    Record {
        /// Of the record.
        index: u64,
        /// Why.
        error: RecordError,
    },
    /// The record says that it stands elsewhere.
    #[error("record {index}: says that it is record {position}")]
    Position {
        /// Of the record.
        index: u64,
        /// What it says.
        position: u64,
    },
    /// The record says that it is older than one before it.
    #[error("record {index}: says that it is older than record {earlier}")]
    TimeBack {
        /// Of the record.
        index: u64,
        /// Of the one before it.
        earlier: u64,
    },
    /// The record says that it was written after the witnesses had seen it.
    #[error("record {index}: says that it was written after the witnesses saw it")]
    TimeAhead {
        /// Of the record.
        index: u64,
    },
}

impl ExportError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::FileMissing { .. } => "file-missing",
            Self::FileExtra { .. } => "file-extra",
            Self::FileTwice { .. } => "file-twice",
            Self::FileChanged { .. } => "file-changed",
            Self::Seal(error) => error.code(),
            Self::Manifest(error) => error.code(),
            Self::OtherLog { .. } => "manifest-other-log",
            Self::Policy(error) => error.code(),
            Self::PolicyOfOtherLog { .. } => "policy-other-log",
            Self::Checkpoint(error) => error.code(),
            Self::CheckpointSize { .. } => "checkpoint-other-size",
            Self::MadeTooEarly { .. } => "manifest-too-early",
            Self::Root => "root-differs",
            Self::TileLength { .. } => "tile-hash-bytes",
            Self::Tile { .. } => "tile-differs",
            Self::Line { .. } => "line-malformed",
            Self::LineTooLong { .. } => "line-too-long",
            Self::LineCut { .. } => "line-cut",
            Self::RecordsMissing { .. } => "records-missing",
            Self::RecordsExtra { .. } => "records-extra",
            Self::ErasedCount { .. } => "erased-count",
            Self::IndexOrder { .. } => "index-order",
            Self::IndexTwice { .. } => "index-twice",
            Self::IndexGap { .. } => "index-gap",
            Self::IndexOutside { .. } => "index-outside",
            Self::SaltWeak { .. } => "salt-weak",
            Self::SaltTwice { .. } => "salt-twice",
            Self::Leaf { .. } => "leaf-differs",
            Self::Record { error, .. } => error.code(),
            Self::Position { .. } => "record-position",
            Self::TimeBack { .. } => "record-time-back",
            Self::TimeAhead { .. } => "record-time-ahead",
        }
    }

    /// The file that it is found in: its path in the export.
    pub fn file(&self) -> &str {
        match self {
            Self::FileMissing { file }
            | Self::FileExtra { file }
            | Self::FileTwice { file }
            | Self::FileChanged { file }
            | Self::TileLength { file, .. }
            | Self::Tile { file } => file,
            Self::Seal(_)
            | Self::Manifest(_)
            | Self::OtherLog { .. }
            | Self::MadeTooEarly { .. } => MANIFEST,
            Self::Policy(_) | Self::PolicyOfOtherLog { .. } => super::POLICY,
            Self::Checkpoint(_) | Self::CheckpointSize { .. } | Self::Root => super::CHECKPOINT,
            Self::Line { .. }
            | Self::LineTooLong { .. }
            | Self::LineCut { .. }
            | Self::RecordsMissing { .. }
            | Self::RecordsExtra { .. }
            | Self::ErasedCount { .. }
            | Self::IndexOrder { .. }
            | Self::IndexTwice { .. }
            | Self::IndexGap { .. }
            | Self::IndexOutside { .. }
            | Self::SaltWeak { .. }
            | Self::SaltTwice { .. }
            | Self::Leaf { .. }
            | Self::Record { .. }
            | Self::Position { .. }
            | Self::TimeBack { .. }
            | Self::TimeAhead { .. } => RECORDS,
        }
    }

    /// Index of the record that it is found at. None: it is not about one.
    pub fn record(&self) -> Option<u64> {
        match self {
            Self::IndexOrder { index, .. }
            | Self::IndexTwice { index }
            | Self::IndexGap { index, .. }
            | Self::IndexOutside { index }
            | Self::SaltWeak { index }
            | Self::SaltTwice { index, .. }
            | Self::Leaf { index }
            | Self::Record { index, .. }
            | Self::Position { index, .. }
            | Self::TimeBack { index, .. }
            | Self::TimeAhead { index } => Some(*index),
            Self::FileMissing { .. }
            | Self::FileExtra { .. }
            | Self::FileTwice { .. }
            | Self::FileChanged { .. }
            | Self::Seal(_)
            | Self::Manifest(_)
            | Self::OtherLog { .. }
            | Self::Policy(_)
            | Self::PolicyOfOtherLog { .. }
            | Self::Checkpoint(_)
            | Self::CheckpointSize { .. }
            | Self::MadeTooEarly { .. }
            | Self::Root
            | Self::TileLength { .. }
            | Self::Tile { .. }
            | Self::Line { .. }
            | Self::LineTooLong { .. }
            | Self::LineCut { .. }
            | Self::RecordsMissing { .. }
            | Self::RecordsExtra { .. }
            | Self::ErasedCount { .. } => None,
        }
    }
}

/// Why verifying stopped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError<E> {
    /// The export does not hold.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// Whoever reads the files, or takes the records, could not.
    #[error("{0}")]
    Caller(E),
}
