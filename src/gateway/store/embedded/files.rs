//! The file layer below journal, parts and keys: everything they do to a disk goes through these two traits, so that tests can take
//! the place of the disk and lose power at any moment. The views engine does its own file work and is not below it.

use std::any::Any;
use std::fmt::Debug;
use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{Advice, FallocateFlags, FlockOperation, fadvise, fallocate, flock, statvfs};

use crate::store::StoreError;

/// How a file is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OpenAs {
    /// For reading what is there.
    Read,
    /// For reading and writing what is there.
    Write,
    /// For writing a file that is new, or made empty.
    New,
}

/// A disk.
pub(crate) trait Files: Send + Sync + Debug {
    /// Makes a folder and those above it; one that is there is no error.
    fn create_dir(&self, path: &Path) -> io::Result<()>;
    /// Names in a folder, sorted.
    fn list(&self, folder: &Path) -> io::Result<Vec<String>>;
    /// Opens a file.
    fn open(&self, path: &Path, how: OpenAs) -> io::Result<Arc<dyn File>>;
    /// Gives a file another name, in place of what has that name. Durable after [`Files::sync_dir`].
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file. Durable after [`Files::sync_dir`].
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Makes names in a folder durable.
    fn sync_dir(&self, folder: &Path) -> io::Result<()>;
    /// Bytes that can still be written.
    fn free_bytes(&self, folder: &Path) -> io::Result<u64>;
    /// Takes a file for this process until the answer is dropped; `None` when another has it.
    fn lock(&self, path: &Path) -> io::Result<Option<Box<dyn Any + Send + Sync>>>;
}

/// An open file. Any thread may call.
pub(crate) trait File: Send + Sync + Debug {
    /// Its size in bytes.
    fn len(&self) -> io::Result<u64>;
    /// Fills the buffer from an offset; an error when the file is shorter.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()>;
    /// Writes all bytes at an offset.
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()>;
    /// Makes bytes and size durable.
    fn sync(&self) -> io::Result<()>;
    /// Makes the file at least this long, of zero bytes, with its place on the disk taken.
    fn preallocate(&self, bytes: u64) -> io::Result<()>;
    /// Makes bytes within the file zero and keeps their place on the disk.
    fn zero(&self, offset: u64, bytes: u64) -> io::Result<()>;
    /// Makes bytes within the file zero and gives their place back to the disk.
    fn punch(&self, offset: u64, bytes: u64) -> io::Result<()>;
    /// Says that what was read of it is not needed again soon: it need not stay in the memory of the system.
    fn forget(&self) {}
}

/// The disk of this machine.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Disk;

impl Files for Disk {
    fn create_dir(&self, path: &Path) -> io::Result<()> {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(folder)? {
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
        names.sort_unstable();
        Ok(names)
    }

    fn open(&self, path: &Path, how: OpenAs) -> io::Result<Arc<dyn File>> {
        let mut options = fs::OpenOptions::new();
        options.read(true).mode(0o600);
        match how {
            OpenAs::Read => {}
            OpenAs::Write => {
                options.write(true);
            }
            OpenAs::New => {
                options.write(true).create(true).truncate(true);
            }
        }
        Ok(Arc::new(DiskFile(options.open(path)?)))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn sync_dir(&self, folder: &Path) -> io::Result<()> {
        fs::File::open(folder)?.sync_all()
    }

    fn free_bytes(&self, folder: &Path) -> io::Result<u64> {
        let disk = statvfs(folder)?;
        Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
    }

    fn lock(&self, path: &Path) -> io::Result<Option<Box<dyn Any + Send + Sync>>> {
        let file = fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Some(Box::new(Locked(file)))),
            Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// A file that is taken, given back when this is dropped. Closing it would not be enough: a child process that another thread is just
/// starting has the open file too, until it runs its own program, and would hold the lock that long.
#[derive(Debug)]
struct Locked(fs::File);

impl Drop for Locked {
    fn drop(&mut self) {
        // What cannot be given back now is given back when the process ends.
        let _ = flock(&self.0, FlockOperation::Unlock);
    }
}

#[derive(Debug)]
struct DiskFile(fs::File);

impl File for DiskFile {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        self.0.read_exact_at(buffer, offset)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.0.write_all_at(bytes, offset)
    }

    fn sync(&self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn preallocate(&self, bytes: u64) -> io::Result<()> {
        match fallocate(&self.0, FallocateFlags::empty(), 0, bytes) {
            Err(rustix::io::Errno::OPNOTSUPP) => write_zeros(&self.0, self.len()?, bytes),
            other => Ok(other?),
        }
    }

    fn zero(&self, offset: u64, bytes: u64) -> io::Result<()> {
        if bytes == 0 {
            return Ok(());
        }
        match fallocate(&self.0, FallocateFlags::ZERO_RANGE, offset, bytes) {
            Err(rustix::io::Errno::OPNOTSUPP) => {
                write_zeros(&self.0, offset, offset.saturating_add(bytes))
            }
            other => Ok(other?),
        }
    }

    fn forget(&self) {
        let _advised = fadvise(&self.0, 0, None, Advice::DontNeed);
    }

    fn punch(&self, offset: u64, bytes: u64) -> io::Result<()> {
        if bytes == 0 {
            return Ok(());
        }
        match fallocate(
            &self.0,
            FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE,
            offset,
            bytes,
        ) {
            Err(rustix::io::Errno::OPNOTSUPP) => self.zero(offset, bytes),
            other => Ok(other?),
        }
    }
}

fn write_zeros(file: &fs::File, from: u64, to: u64) -> io::Result<()> {
    let zeros = vec![0; 64 * 1024];
    let mut at = from;
    while at < to {
        let piece = usize::try_from(to - at)
            .unwrap_or(usize::MAX)
            .min(zeros.len());
        file.write_all_at(zeros.get(..piece).unwrap_or(&zeros), at)?;
        at += piece as u64;
    }
    Ok(())
}

/// A folder of the store: names in, errors with the name relative to the data folder out.
#[derive(Debug, Clone)]
pub(crate) struct Folder {
    files: Arc<dyn Files>,
    path: PathBuf,
    shown: String,
}

impl Folder {
    pub(crate) fn new(files: Arc<dyn Files>, path: &Path) -> Folder {
        Folder {
            files,
            path: path.to_owned(),
            shown: String::new(),
        }
    }

    /// The same, of which errors name the whole path.
    pub(crate) fn elsewhere(files: Arc<dyn Files>, path: &Path) -> Folder {
        Folder {
            files,
            path: path.to_owned(),
            shown: format!("{}/", path.display()),
        }
    }

    /// A folder in this one.
    pub(crate) fn below(&self, name: &str) -> Folder {
        Folder {
            files: Arc::clone(&self.files),
            path: self.path.join(name),
            shown: format!("{}{name}/", self.shown),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn shown(&self, name: &str) -> String {
        format!("{}{name}", self.shown)
    }

    /// Makes the folder, and its name durable in the one above.
    pub(crate) fn create(&self) -> Result<(), StoreError> {
        let made = self.files.create_dir(&self.path);
        made.map_err(|error| writing("make folder", self.path.display().to_string(), error))?;
        let above = match self.path.parent() {
            None => Path::new("/"),
            // Of one name, as people give it on a command line.
            Some(above) if above.as_os_str().is_empty() => Path::new("."),
            Some(above) => above,
        };
        self.files
            .sync_dir(above)
            .map_err(|error| writing("sync", above.display().to_string(), error))
    }

    /// Names in the folder, sorted; none when it is not there.
    pub(crate) fn list(&self) -> Result<Vec<String>, StoreError> {
        match self.files.list(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            other => other.map_err(|error| reading("list", self.path.display().to_string(), error)),
        }
    }

    pub(crate) fn open(&self, name: &str, how: OpenAs) -> Result<Open, StoreError> {
        let shown = self.shown(name);
        match self.files.open(&self.path.join(name), how) {
            Ok(file) => Ok(Open { file, shown }),
            Err(error) if how == OpenAs::New => Err(making(0, shown, error)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(StoreError::Damage {
                file: shown,
                position: None,
                what: "the file is missing",
            }),
            Err(error) => Err(reading("open", shown, error)),
        }
    }

    /// A whole file; `None` when it is not there.
    pub(crate) fn read(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let shown = self.shown(name);
        match self.files.open(&self.path.join(name), OpenAs::Read) {
            Ok(file) => Open { file, shown }.read_all().map(Some),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(reading("open", shown, error)),
        }
    }

    /// Puts a file in place with these bytes, durably: the name is never seen with less than all of them.
    pub(crate) fn replace(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        self.make(name, bytes, bytes.len() as u64)
    }

    /// Puts a file of at least `bytes` bytes in place, durably, that begins with `head` and has its place on the disk taken.
    /// `Err`: nothing is left of it, neither its name nor its place on the disk; [`StoreError::DiskFull`] when there is no room.
    pub(crate) fn make(&self, name: &str, head: &[u8], bytes: u64) -> Result<(), StoreError> {
        let new = format!("{name}.new");
        let written = self.open(&new, OpenAs::New).and_then(|file| {
            file.preallocate(bytes)?;
            file.write(head, 0)?;
            file.sync()
        });
        if let Err(error) = written.and_then(|()| self.rename(&new, name)) {
            // A system that found no room may have taken part of it. What cannot be removed now is removed by the next open.
            let _removed = self.remove(&new);
            return Err(error);
        }
        self.sync()
    }

    pub(crate) fn rename(&self, from: &str, to: &str) -> Result<(), StoreError> {
        let renamed = self
            .files
            .rename(&self.path.join(from), &self.path.join(to));
        renamed.map_err(|error| writing("rename", self.shown(from), error))
    }

    /// What was read of a file need not stay in the memory of the system.
    pub(crate) fn forget(&self, name: &str) {
        if let Ok(file) = self.files.open(&self.path.join(name), OpenAs::Read) {
            file.forget();
        }
    }

    pub(crate) fn remove(&self, name: &str) -> Result<(), StoreError> {
        let removed = self.files.remove(&self.path.join(name));
        removed.map_err(|error| writing("remove", self.shown(name), error))
    }

    pub(crate) fn sync(&self) -> Result<(), StoreError> {
        self.files
            .sync_dir(&self.path)
            .map_err(|error| writing("sync", self.path.display().to_string(), error))
    }

    pub(crate) fn free_bytes(&self) -> Result<u64, StoreError> {
        let free = self.files.free_bytes(&self.path);
        free.map_err(|error| {
            reading(
                "ask the free space of",
                self.path.display().to_string(),
                error,
            )
        })
    }

    pub(crate) fn lock(&self, name: &str) -> Result<Box<dyn Any + Send + Sync>, StoreError> {
        match self.files.lock(&self.path.join(name)) {
            Ok(Some(held)) => Ok(held),
            Ok(None) => Err(StoreError::InUse {
                folder: self.path.display().to_string(),
            }),
            Err(error) => Err(reading("lock", self.shown(name), error)),
        }
    }

    /// Removes files that were being made when the process ended.
    pub(crate) fn remove_unfinished(&self) -> Result<(), StoreError> {
        for name in self.list()? {
            if name.strip_suffix(".new").is_some() {
                self.remove(&name)?;
            }
        }
        Ok(())
    }
}

/// An open file with its name.
#[derive(Debug, Clone)]
pub(crate) struct Open {
    file: Arc<dyn File>,
    shown: String,
}

impl Open {
    pub(crate) fn shown(&self) -> &str {
        &self.shown
    }

    pub(crate) fn len(&self) -> Result<u64, StoreError> {
        self.file
            .len()
            .map_err(|error| reading("read", self.shown.clone(), error))
    }

    pub(crate) fn read(&self, buffer: &mut [u8], offset: u64) -> Result<(), StoreError> {
        match self.file.read_at(buffer, offset) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(StoreError::Damage {
                file: self.shown.clone(),
                position: None,
                what: "the file is cut short",
            }),
            other => other.map_err(|error| reading("read", self.shown.clone(), error)),
        }
    }

    pub(crate) fn read_all(&self) -> Result<Vec<u8>, StoreError> {
        let mut bytes = vec![0; usize::try_from(self.len()?).unwrap_or(usize::MAX)];
        self.read(&mut bytes, 0)?;
        Ok(bytes)
    }

    pub(crate) fn write(&self, bytes: &[u8], offset: u64) -> Result<(), StoreError> {
        self.file
            .write_at(bytes, offset)
            .map_err(|error| writing("write", self.shown.clone(), error))
    }

    pub(crate) fn sync(&self) -> Result<(), StoreError> {
        self.file
            .sync()
            .map_err(|error| writing("sync", self.shown.clone(), error))
    }

    /// Takes the place on the disk; [`StoreError::DiskFull`] when there is none.
    pub(crate) fn preallocate(&self, bytes: u64) -> Result<(), StoreError> {
        self.file
            .preallocate(bytes)
            .map_err(|error| making(bytes, self.shown.clone(), error))
    }

    pub(crate) fn zero(&self, offset: u64, bytes: u64) -> Result<(), StoreError> {
        self.file
            .zero(offset, bytes)
            .map_err(|error| writing("clear", self.shown.clone(), error))
    }

    pub(crate) fn punch(&self, offset: u64, bytes: u64) -> Result<(), StoreError> {
        self.file
            .punch(offset, bytes)
            .map_err(|error| making(bytes, self.shown.clone(), error))
    }
}

fn reading(doing: &'static str, file: String, source: io::Error) -> StoreError {
    StoreError::Io {
        doing,
        file,
        source,
        fatal: false,
    }
}

fn writing(doing: &'static str, file: String, source: io::Error) -> StoreError {
    StoreError::Io {
        doing,
        file,
        source,
        fatal: true,
    }
}

fn making(bytes: u64, file: String, source: io::Error) -> StoreError {
    writing("make", file, source).or_full(bytes)
}
