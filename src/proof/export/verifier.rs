//! Verifies an export while its lines come by: the manifest by the key of the log, the checkpoint by the policy, the tiles from the root down, each record at its place. What is kept
//! meanwhile is a tile of each level, and of each record the salt.

use std::collections::HashMap;

use sha2::{Digest as _, Sha256};

use super::error::{ExportError, VerifyError};
use super::line::{self, Body, LINE_BYTES_MAX, Line};
use super::manifest::{CHECKPOINT, FileSum, MANIFEST, Manifest, POLICY, RECORDS, Span};
use super::needed::{Met, Needed};
use super::record::RecordHead;
use crate::accept::Accepted;
use crate::entry::{Salt, event_entry};
use crate::hash::{Hash, leaf_hash};
use crate::note::SignedNote;
use crate::policy::Policy;
use crate::tile::TileId;
use crate::tiled::{HeldTiles, TiledError};

/// How much later than the witnesses a clock of the gateway may be, in seconds, before its times are not believed.
pub const CLOCK_SLACK_S: u64 = 60;

/// The files of an export, wherever they are kept.
pub trait Files {
    /// Why they could not be read, or the records not taken.
    type Error;

    /// The bytes of the file with this path, of which no more than `bytes_max` and one more need to be read. None: there is no such file.
    fn read(&mut self, path: &str, bytes_max: usize) -> Result<Option<Vec<u8>>, Self::Error>;
}

/// A record that stands in the log at its index.
#[derive(Debug, PartialEq, Eq)]
pub struct Shown<'a> {
    /// Its place in the log.
    pub index: u64,
    /// Its leaf.
    pub leaf: Hash,
    /// What it is. None: its salt was erased, and the leaf is all there is.
    pub record: Option<Opened<'a>>,
}

/// A record with what it says.
#[derive(Debug, PartialEq, Eq)]
pub struct Opened<'a> {
    /// Its bytes.
    pub bytes: &'a [u8],
    /// The salt of its entry.
    pub salt: Salt,
    /// What it says of itself.
    pub head: RecordHead<'a>,
    /// A readable form of it, one JSON object. The log signed that it gave it along; that it says what the record says is for those to look at who know both.
    pub view: Option<&'a str>,
}

/// What a whole export shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportSummary {
    /// What the log says of it.
    pub manifest: Manifest,
    /// The checkpoint that its records stand under, with the witnesses and the receipt time.
    pub accepted: Accepted,
    /// The keys that the log names for itself; they may be others than those that were trusted here.
    pub policy: Policy,
    /// Times of the first and the last record that is not erased: microseconds since 1970, by the clock of the gateway.
    pub times_us: Option<(i64, i64)>,
}

/// An export that is being verified: [`Self::open`], then [`Self::records`] with all bytes of `records.jsonl`, then [`Self::finish`]. Nothing that was shown on the way
/// counts before that.
#[derive(Debug)]
pub struct ExportVerifier {
    manifest: Manifest,
    accepted: Accepted,
    policy: Policy,
    tiles: HeldTiles,
    needed: Needed,
    /// What was refused, if anything was.
    refused: Option<ExportError>,
    lines: u64,
    erased: u64,
    last: Option<u64>,
    /// Index and time of the last record that is not erased, and the time of the first.
    times: Option<(u64, i64, i64)>,
    /// The first half of each salt, and whose it is: two that agree in it come from no source of randomness either.
    salts: HashMap<[u8; 16], u64>,
    sum: Sha256,
    bytes: u64,
    /// The beginning of a line whose end has not come yet.
    begun: Vec<u8>,
    scratch: Vec<u8>,
}

impl ExportVerifier {
    /// Begins with what stands around the records: the manifest, the policy that was given along, the checkpoint, and the tiles of the right edge. `trusted` says whose
    /// signatures count. Err: what of them does not hold.
    pub fn open<F: Files>(
        files: &mut F,
        trusted: &Policy,
    ) -> Result<ExportVerifier, VerifyError<F::Error>> {
        let manifest = wanted(files, MANIFEST, SignedNote::BYTES_MAX)?;
        let manifest = SignedNote::parse(&manifest).map_err(ExportError::Seal)?;
        manifest.open(trusted.logs()).map_err(ExportError::Seal)?;
        let manifest = Manifest::parse(manifest.text()).map_err(ExportError::Manifest)?;
        if manifest.origin != trusted.origin().as_str() {
            let origin = manifest.origin;
            return Err(ExportError::OtherLog { origin }.into());
        }
        let policy = named(files, &manifest, POLICY, Policy::BYTES_MAX)?;
        let policy = read_policy(&policy, &manifest.origin)?;
        let note = named(files, &manifest, CHECKPOINT, SignedNote::BYTES_MAX)?;
        let accepted = SignedNote::parse(&note)
            .map_err(Into::into)
            .and_then(|note| trusted.accept(&note))
            .map_err(ExportError::Checkpoint)?;
        let (expected, found) = (manifest.size, accepted.checkpoint().size());
        if expected != found {
            return Err(ExportError::CheckpointSize { expected, found }.into());
        }
        let made = manifest.about.made;
        if let Some(receipt_time) = accepted.receipt_time()
            && made.saturating_add(CLOCK_SLACK_S) < receipt_time
        {
            return Err(ExportError::MadeTooEarly { made, receipt_time }.into());
        }
        let root = *accepted.checkpoint().root();
        let mut source = |id| tile(files, &manifest, id);
        let tiles = HeldTiles::open(root, manifest.size, &mut source)?;
        Ok(ExportVerifier {
            needed: Needed::new(manifest.size),
            refused: None,
            manifest,
            accepted,
            policy,
            tiles,
            lines: 0,
            erased: 0,
            last: None,
            times: None,
            salts: HashMap::new(),
            sum: Sha256::new(),
            bytes: 0,
            begun: Vec::new(),
            scratch: Vec::new(),
        })
    }

    /// What the log says of the export.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The next bytes of `records.jsonl`, cut anywhere. Each record that stands at its place is given to `each`, in ascending order. Err: the first that does not, now and from then on, or what
    /// `each` or the files say.
    pub fn records<F: Files>(
        &mut self,
        files: &mut F,
        bytes: &[u8],
        each: impl FnMut(Shown<'_>) -> Result<(), F::Error>,
    ) -> Result<(), VerifyError<F::Error>> {
        if let Some(refused) = self.refused.clone() {
            return Err(refused.into());
        }
        let read = self.read(files, bytes, each);
        if let Err(VerifyError::Export(refused)) = &read {
            self.refused = Some(refused.clone());
        }
        read
    }

    fn read<F: Files>(
        &mut self,
        files: &mut F,
        mut bytes: &[u8],
        mut each: impl FnMut(Shown<'_>) -> Result<(), F::Error>,
    ) -> Result<(), VerifyError<F::Error>> {
        self.sum.update(bytes);
        self.bytes += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let mut scratch = std::mem::take(&mut self.scratch);
        while let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
            let (line, rest) = bytes.split_at_checked(end).unwrap_or((bytes, b""));
            if self.begun.is_empty() {
                self.line(files, line, &mut scratch, &mut each)?;
            } else {
                let mut begun = std::mem::take(&mut self.begun);
                begun.extend_from_slice(line);
                self.line(files, &begun, &mut scratch, &mut each)?;
            }
            bytes = rest.strip_prefix(b"\n").unwrap_or(rest);
        }
        self.begun.extend_from_slice(bytes);
        self.scratch = scratch;
        if self.begun.len() >= LINE_BYTES_MAX {
            let line = self.lines + 1;
            return Err(ExportError::LineTooLong { line }.into());
        }
        Ok(())
    }

    /// Ends it, with the paths of all files that are there, in any order. Err: what was refused on the way, records are missing, or files are there that do not belong to the export.
    pub fn finish<P: AsRef<str>>(
        mut self,
        paths: impl IntoIterator<Item = P>,
    ) -> Result<ExportSummary, ExportError> {
        if let Some(refused) = self.refused {
            return Err(refused);
        }
        if !self.begun.is_empty() {
            let line = self.lines + 1;
            return Err(ExportError::LineCut { line });
        }
        let (expected, found) = (self.manifest.records, self.lines);
        if found != expected {
            return Err(ExportError::RecordsMissing { expected, found });
        }
        let (expected, found) = (self.manifest.erased, self.erased);
        if found != expected {
            return Err(ExportError::ErasedCount { expected, found });
        }
        let sum: [u8; 32] = self.sum.finalize().into();
        let found = FileSum {
            path: RECORDS.to_owned(),
            bytes: self.bytes,
            sha256: Hash::new(sum),
        };
        if self.manifest.file(RECORDS) != Some(&found) {
            return Err(ExportError::FileChanged { file: found.path });
        }
        let mut met = [MANIFEST, POLICY, CHECKPOINT, RECORDS].map(|path| (path, false));
        for path in paths {
            let path = path.as_ref();
            let file = || path.to_owned();
            let first = match met.iter_mut().find(|(own, _)| *own == path) {
                Some((_, true)) => Met::Again,
                Some((_, is_met)) => {
                    *is_met = true;
                    Met::First
                }
                None => path
                    .parse()
                    .map_or(Met::NotNeeded, |id| self.needed.meet(id)),
            };
            match first {
                Met::First => {}
                Met::Again => return Err(ExportError::FileTwice { file: file() }),
                Met::NotNeeded => return Err(ExportError::FileExtra { file: file() }),
            }
        }
        Ok(ExportSummary {
            manifest: self.manifest,
            accepted: self.accepted,
            policy: self.policy,
            times_us: self.times.map(|(_, last, first)| (first, last)),
        })
    }

    fn line<F: Files>(
        &mut self,
        files: &mut F,
        line: &[u8],
        scratch: &mut Vec<u8>,
        each: &mut impl FnMut(Shown<'_>) -> Result<(), F::Error>,
    ) -> Result<(), VerifyError<F::Error>> {
        let number = self.lines + 1;
        if number > self.manifest.records {
            let expected = self.manifest.records;
            return Err(ExportError::RecordsExtra { expected }.into());
        }
        if line.len() >= LINE_BYTES_MAX {
            return Err(ExportError::LineTooLong { line: number }.into());
        }
        let Line { index, body } =
            line::read(line, scratch).map_err(|wrong| ExportError::Line {
                line: number,
                wrong,
            })?;
        self.place(index)?;
        self.needed.add(index);
        let mut source = |id| tile(files, &self.manifest, id);
        let held = self.tiles.leaf(index, &mut source)?;
        let shown = match body {
            Body::Erased { leaf } if leaf == held => {
                self.erased += 1;
                None
            }
            Body::Erased { .. } => return Err(ExportError::Leaf { index }.into()),
            Body::Opened { salt, record, view } => {
                Some(self.opened(index, held, salt, record, view)?)
            }
        };
        self.lines = number;
        self.last = Some(index);
        each(Shown {
            index,
            leaf: held,
            record: shown,
        })
        .map_err(VerifyError::Caller)
    }

    /// Whether a record may stand here.
    fn place(&self, index: u64) -> Result<(), ExportError> {
        match self.last {
            Some(last) if index == last => return Err(ExportError::IndexTwice { index }),
            Some(behind) if index < behind => {
                return Err(ExportError::IndexOrder { index, behind });
            }
            _ => {}
        }
        match self.manifest.span {
            Span::Range { from, to } => {
                // Fewer lines than the range has came before, so this does not pass its end.
                let expected = from + self.lines;
                if index < expected || index >= to {
                    return Err(ExportError::IndexOutside { index });
                }
                if index > expected {
                    let (index, found) = (expected, index);
                    return Err(ExportError::IndexGap { index, found });
                }
            }
            Span::Selection if index >= self.manifest.size => {
                return Err(ExportError::IndexOutside { index });
            }
            Span::Selection => {}
        }
        Ok(())
    }

    /// Whether a record is the leaf that is held, and says what one at this place can say.
    fn opened<'a>(
        &mut self,
        index: u64,
        held: Hash,
        salt: [u8; 32],
        bytes: &'a [u8],
        view: Option<&'a str>,
    ) -> Result<Opened<'a>, ExportError> {
        let salt = Salt::new(salt).map_err(|_| ExportError::SaltWeak { index })?;
        if leaf_hash(event_entry(&salt, bytes).as_bytes()) != held {
            return Err(ExportError::Leaf { index });
        }
        if let Some((half, _)) = salt.as_bytes().split_first_chunk()
            && let Some(earlier) = self.salts.insert(*half, index)
        {
            return Err(ExportError::SaltTwice { index, earlier });
        }
        let head = RecordHead::read(bytes).map_err(|error| ExportError::Record { index, error })?;
        let (position, time) = (head.position, head.time_us);
        if position != index {
            return Err(ExportError::Position { index, position });
        }
        if let Some((earlier, before, _)) = self.times
            && time < before
        {
            return Err(ExportError::TimeBack { index, earlier });
        }
        if let Some(seen) = self.accepted.receipt_time()
            && i128::from(time) > (i128::from(seen) + i128::from(CLOCK_SLACK_S)) * 1_000_000
        {
            return Err(ExportError::TimeAhead { index });
        }
        let first = self.times.map_or(time, |(_, _, first)| first);
        self.times = Some((index, time, first));
        Ok(Opened {
            bytes,
            salt,
            head,
            view,
        })
    }
}

/// A tile of hashes: of the edge as the manifest names it, others as they are.
fn tile<F: Files>(
    files: &mut F,
    manifest: &Manifest,
    id: TileId,
) -> Result<Vec<u8>, VerifyError<F::Error>> {
    let (file, most) = (id.path(), usize::from(id.width()) * Hash::BYTES);
    let tile = if id.is_partial() {
        named(files, manifest, &file, most)?
    } else {
        wanted(files, &file, most)?
    };
    let bytes = tile.len();
    if bytes != most {
        return Err(ExportError::TileLength { file, bytes }.into());
    }
    Ok(tile)
}

impl<E> From<TiledError<VerifyError<E>>> for VerifyError<E> {
    fn from(error: TiledError<VerifyError<E>>) -> VerifyError<E> {
        let error = match error {
            TiledError::Source { error, .. } => return error,
            TiledError::Root { .. } => ExportError::Root,
            TiledError::Differs { id, .. }
            | TiledError::Tile { id, .. }
            | TiledError::Beyond { id, .. } => ExportError::Tile { file: id.path() },
            TiledError::LeafBeyond { index, .. } => ExportError::IndexOutside { index },
        };
        VerifyError::Export(error)
    }
}

fn read_policy(bytes: &[u8], origin: &str) -> Result<Policy, ExportError> {
    let text = std::str::from_utf8(bytes).map_err(|_| ExportError::FileChanged {
        file: POLICY.to_owned(),
    })?;
    let policy: Policy = text.parse().map_err(ExportError::Policy)?;
    if policy.origin().as_str() != origin {
        let origin = policy.origin().to_string();
        return Err(ExportError::PolicyOfOtherLog { origin });
    }
    Ok(policy)
}

/// A file that has to be there.
fn wanted<F: Files>(
    files: &mut F,
    path: &str,
    bytes_max: usize,
) -> Result<Vec<u8>, VerifyError<F::Error>> {
    let bytes = files.read(path, bytes_max).map_err(VerifyError::Caller)?;
    bytes.ok_or_else(|| {
        let file = path.to_owned();
        ExportError::FileMissing { file }.into()
    })
}

/// A file that has to be there as the manifest names it.
fn named<F: Files>(
    files: &mut F,
    manifest: &Manifest,
    path: &str,
    bytes_max: usize,
) -> Result<Vec<u8>, VerifyError<F::Error>> {
    let bytes = wanted(files, path, bytes_max)?;
    if manifest.file(path) != Some(&FileSum::of(path, &bytes)) {
        let file = path.to_owned();
        return Err(ExportError::FileChanged { file }.into());
    }
    Ok(bytes)
}
