//! Exports of records with all that shows that they stand in the log, as folders that anybody verifies offline (the form is that of `knooppunt_proof::export`).

use std::fs::{self, File};
use std::io::{self, BufWriter, Read as _, Write as _};
use std::path::{Path, PathBuf};

use knooppunt_proof::export::{
    About, CHECKPOINT, ExportError, ExportSummary, ExportVerifier, ExportWriter, Files, MANIFEST,
    Manifest, POLICY, RECORDS, Shown, Span, VerifyError, WriteError, edge,
};
use knooppunt_proof::{Hash, Level, NoteError, Policy, TileId};

use super::Log;
use super::error::LogError;
use crate::fault::Fault;
use crate::store::{Position, Record, StoreError};

/// Records that are read from the journal at once.
const STEP: usize = 1_000;
/// Bytes of records that are read at once when an export is verified.
const READ_BYTES: usize = 1 << 20;

/// Why there is no export.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportFault {
    /// Nothing was made known of the log yet.
    #[error("the log has no checkpoint yet: start the gateway, and try again when it has one")]
    NoCheckpoint,
    /// A record is asked for that is not under the newest checkpoint.
    #[error("{what} of the log are asked for, and {size} are under its newest checkpoint")]
    Beyond {
        /// What was asked for.
        what: String,
        /// Records that are.
        size: u64,
    },
    /// The folder is there already.
    #[error("{}: an export is made in a new folder", folder.display())]
    NotNew {
        /// The folder.
        folder: PathBuf,
    },
    /// A file cannot be read or written.
    #[error("{}: {source}", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// The log or the journal cannot be read.
    #[error(transparent)]
    Log(#[from] LogError),
    /// What was asked for cannot stand in an export.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The manifest cannot be signed.
    #[error(transparent)]
    Note(#[from] NoteError),
}

impl ExportFault {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoCheckpoint => "export-no-checkpoint",
            Self::Beyond { .. } => "export-beyond",
            Self::NotNew { .. } => "export-not-new",
            Self::Io { .. } => "export-io",
            Self::Log(error) => error.code(),
            Self::Write(error) => error.code(),
            Self::Note(error) => error.code(),
        }
    }

    /// Ours, but for what was asked for.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Beyond { .. } | Self::NotNew { .. } | Self::Write(_) => Fault::Sender,
            Self::NoCheckpoint | Self::Io { .. } | Self::Log(_) | Self::Note(_) => Fault::Ours,
        }
    }
}

impl From<StoreError> for ExportFault {
    fn from(error: StoreError) -> Self {
        Self::Log(error.into())
    }
}

fn at(file: &Path) -> impl FnOnce(io::Error) -> ExportFault {
    let file = file.to_owned();
    move |source| ExportFault::Io { file, source }
}

/// A readable form of a record: one JSON object on one line.
pub type View<'v> = dyn Fn(&Record) -> Option<String> + 'v;

/// What carries the files of an export, one after another: a folder, or an archive on its way to somebody.
pub trait Bundle {
    /// Ends the file before and begins this one, by its path in the export.
    fn begin(&mut self, path: &str) -> Result<(), ExportFault>;
    /// More of the file that was begun last.
    fn write(&mut self, bytes: &[u8]) -> Result<(), ExportFault>;
    /// Ends the last file.
    fn end(&mut self) -> Result<(), ExportFault>;
}

impl Log {
    /// Exports a range of records, `from` to before `to`, into a new folder. `view` gives readable forms, which nothing vouches for but the signature of the log.
    /// `progress` is told how many records are written. Err: they are not all under a checkpoint yet, or a file cannot be read or written; the folder has no manifest then,
    /// and is no export.
    pub fn export_range(
        &self,
        (from, to): (u64, u64),
        about: About,
        folder: &Path,
        view: &View<'_>,
        progress: &mut dyn FnMut(u64),
    ) -> Result<Manifest, ExportFault> {
        let records = (from..to).step_by(STEP).map(|first| {
            let count = usize::try_from(to - first).unwrap_or(STEP).min(STEP);
            (first, count)
        });
        let span = Span::Range { from, to };
        let bundle = &mut InFolder::new(folder);
        self.export(span, records, about, bundle, view, progress)
    }

    /// The same of records that were chosen, at these positions in ascending order, into whatever carries the files.
    pub fn export_selection(
        &self,
        positions: impl IntoIterator<Item = u64>,
        about: About,
        bundle: &mut dyn Bundle,
        view: &View<'_>,
        progress: &mut dyn FnMut(u64),
    ) -> Result<Manifest, ExportFault> {
        let records = positions.into_iter().map(|position| (position, 1));
        self.export(Span::Selection, records, about, bundle, view, progress)
    }

    fn export(
        &self,
        span: Span,
        records: impl Iterator<Item = (u64, usize)>,
        about: About,
        bundle: &mut dyn Bundle,
        view: &View<'_>,
        progress: &mut dyn FnMut(u64),
    ) -> Result<Manifest, ExportFault> {
        let known = self.known.borrow().clone();
        let known = known.ok_or(ExportFault::NoCheckpoint)?;
        let size = known.checkpoint.size();
        if let Span::Range { to, .. } = span
            && to > size
        {
            let what = format!("records up to {to}");
            return Err(ExportFault::Beyond { what, size });
        }
        let edges: Result<Vec<_>, _> = edge(size).map(|id| self.tile_of(id)).collect();
        let mut export = ExportWriter::begin(&known.note, &self.policy, span, about, &edges?)?;
        put(bundle, CHECKPOINT, known.note.to_string().as_bytes())?;
        put(bundle, POLICY, self.policy.to_string().as_bytes())?;
        bundle.begin(RECORDS)?;
        let (mut lines, mut written) = (Vec::new(), 0);
        for (first, count) in records {
            if first >= size {
                let what = format!("record {first}");
                return Err(ExportFault::Beyond { what, size });
            }
            for record in self.read(first, count)? {
                self.line(&mut export, &record, view, &mut lines)?;
                written += 1;
            }
            bundle.write(&lines)?;
            lines.clear();
            progress(written);
        }
        let whole = export.finish()?;
        for id in whole.tiles() {
            put(bundle, &id.path(), &self.tile_of(id)?)?;
        }
        // Last: without it there is no export.
        let seal = whole.manifest.sign(&self.key)?;
        put(bundle, MANIFEST, seal.to_string().as_bytes())?;
        bundle.end()?;
        Ok(whole.manifest)
    }

    /// So many records; they are all there.
    fn read(&self, first: u64, count: usize) -> Result<Vec<Record>, StoreError> {
        let mut records = Vec::with_capacity(count);
        while records.len() < count {
            let position = Position(first + records.len() as u64);
            let more = (self.ground.journal).read_from(position, count - records.len())?;
            if more.is_empty() {
                return Err(StoreError::NoRecord { position });
            }
            records.extend(more);
        }
        Ok(records)
    }

    fn line(
        &self,
        export: &mut ExportWriter,
        record: &Record,
        view: &View<'_>,
        lines: &mut Vec<u8>,
    ) -> Result<(), ExportFault> {
        let index = record.position.0;
        match self.ground.journal.salt(record.position)? {
            Some(salt) => {
                let shown = view(record);
                export.record(index, &salt, &record.bytes(), shown.as_deref(), lines)?;
            }
            None => export.erased(index, Hash::new(record.leaf), lines)?,
        }
        Ok(())
    }

    fn tile_of(&self, id: TileId) -> Result<Vec<u8>, ExportFault> {
        let tile = match id.level() {
            Level::Hashes(level) => self.tile(level, id.index(), id.width())?,
            Level::Entries => None,
        };
        tile.ok_or_else(|| ExportFault::Beyond {
            what: id.path(),
            size: self.size(),
        })
    }
}

fn put(bundle: &mut dyn Bundle, path: &str, bytes: &[u8]) -> Result<(), ExportFault> {
    bundle.begin(path)?;
    bundle.write(bytes)
}

/// A new folder, made with its first file.
#[derive(Debug)]
pub struct InFolder {
    folder: PathBuf,
    open: Option<(PathBuf, BufWriter<File>)>,
    made: bool,
}

impl InFolder {
    /// The folder must not be there yet.
    pub fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            open: None,
            made: false,
        }
    }

    fn make(&mut self) -> Result<(), ExportFault> {
        if self.made {
            return Ok(());
        }
        match fs::create_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                let folder = self.folder.clone();
                return Err(ExportFault::NotNew { folder });
            }
            made => made.map_err(at(&self.folder))?,
        }
        self.made = true;
        Ok(())
    }
}

impl Bundle for InFolder {
    fn begin(&mut self, path: &str) -> Result<(), ExportFault> {
        self.end()?;
        self.make()?;
        let file = self.folder.join(path);
        if let Some(above) = file.parent() {
            fs::create_dir_all(above).map_err(at(above))?;
        }
        let new = File::create_new(&file).map_err(at(&file))?;
        self.open = Some((file, BufWriter::new(new)));
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), ExportFault> {
        match &mut self.open {
            Some((file, out)) => out.write_all(bytes).map_err(at(file)),
            None => Ok(()),
        }
    }

    fn end(&mut self) -> Result<(), ExportFault> {
        match self.open.take() {
            Some((file, mut out)) => out.flush().map_err(at(&file)),
            None => Ok(()),
        }
    }
}

/// Why an export is not verified.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Unverified {
    /// It does not hold: what is wrong, and where.
    #[error(transparent)]
    Wrong(#[from] ExportError),
    /// A file cannot be read.
    #[error("{}: {source}", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
}

impl From<VerifyError<(PathBuf, io::Error)>> for Unverified {
    fn from(error: VerifyError<(PathBuf, io::Error)>) -> Self {
        match error {
            VerifyError::Export(error) => Self::Wrong(error),
            VerifyError::Caller((file, source)) => Self::Io { file, source },
        }
    }
}

/// The files below a folder.
struct Below<'f>(&'f Path);

impl Files for Below<'_> {
    type Error = (PathBuf, io::Error);

    fn read(&mut self, path: &str, bytes_max: usize) -> Result<Option<Vec<u8>>, Self::Error> {
        let file = self.0.join(path);
        let mut bytes = Vec::new();
        let most = u64::try_from(bytes_max)
            .unwrap_or(u64::MAX)
            .saturating_add(1);
        match regular(&file) {
            Ok(None) => Ok(None),
            Ok(Some(open)) => match open.take(most).read_to_end(&mut bytes) {
                Ok(_) => Ok(Some(bytes)),
                Err(error) => Err((file, error)),
            },
            Err(error) => Err((file, error)),
        }
    }
}

/// Opens a file. None: nothing has this name, or what has it is no file; a pipe would keep whoever opens it waiting.
fn regular(file: &Path) -> io::Result<Option<File>> {
    match fs::metadata(file) {
        Ok(about) if about.is_file() => File::open(file).map(Some),
        Ok(_) => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Verifies the export in a folder, by these keys of the log and its witnesses; each record that stands at its place is shown. Needs nothing else. Err: what is wrong, with
/// the file and, where it is one, the record; or a file cannot be read.
pub fn verify_export(
    folder: &Path,
    trusted: &Policy,
    each: &mut dyn FnMut(&Shown<'_>),
) -> Result<ExportSummary, Unverified> {
    let mut files = Below(folder);
    let mut verifier = ExportVerifier::open(&mut files, trusted)?;
    let file = folder.join(RECORDS);
    let mut buffer = vec![0; READ_BYTES];
    let unreadable = |file: &Path| {
        let file = file.to_owned();
        move |source| Unverified::Io { file, source }
    };
    let records = regular(&file).map_err(unreadable(&file))?;
    let mut records = records.ok_or_else(|| ExportError::FileMissing {
        file: RECORDS.to_owned(),
    })?;
    loop {
        let read = records.read(&mut buffer).map_err(unreadable(&file))?;
        let piece = buffer.get(..read).unwrap_or_default();
        if piece.is_empty() {
            break;
        }
        verifier.records(&mut files, piece, |shown| {
            each(&shown);
            Ok(())
        })?;
    }
    let mut paths = Vec::new();
    list(folder, folder, &mut paths)?;
    Ok(verifier.finish(paths)?)
}

/// All files below a folder, by their paths from there.
fn list(top: &Path, folder: &Path, paths: &mut Vec<String>) -> Result<(), Unverified> {
    let unreadable = |source| Unverified::Io {
        file: folder.to_owned(),
        source,
    };
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let path = entry.path();
        if entry.file_type().map_err(unreadable)?.is_dir() {
            list(top, &path, paths)?;
        } else {
            let below = path.strip_prefix(top).unwrap_or(&path);
            paths.push(below.to_string_lossy().into_owned());
        }
    }
    Ok(())
}
