//! A disk in memory that notes everything done to it, and from the notes makes what could be on it after the power failed at any moment:
//! un-synced writes dropped, torn by sectors of 512 bytes, or kept in any combination; un-synced names of a folder kept up to any of them.
//! Folders themselves are there at once: they are made once, with the store.

use std::any::Any;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use crate::store::StoreError;
use crate::store::embedded::files::{File, Files, OpenAs};
use crate::store::embedded::top::Randomness;

const SECTOR: usize = 512;

/// Numbers that follow from a seed (SplitMix64).
#[derive(Debug)]
pub(crate) struct Seeded(Mutex<u64>);

impl Seeded {
    pub(crate) fn new(seed: u64) -> Seeded {
        Seeded(Mutex::new(seed))
    }

    pub(crate) fn number(&self) -> u64 {
        let mut state = self.0.lock().unwrap();
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = *state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&self, end: usize) -> usize {
        usize::try_from(self.number() % end.max(1) as u64).unwrap()
    }

    fn coin(&self) -> bool {
        self.number().is_multiple_of(2)
    }
}

impl Randomness for Seeded {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), StoreError> {
        for piece in buffer.chunks_mut(8) {
            let bytes = self.number().to_be_bytes();
            piece.copy_from_slice(&bytes[..piece.len()]);
        }
        Ok(())
    }
}

/// What was done to the disk.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    Named(Named),
    Changed(usize, Change),
    Synced(usize),
    SyncedFolder(PathBuf),
    /// The program told somebody something: it must hold from here on.
    Told(usize),
}

#[derive(Debug, Clone)]
pub(crate) enum Named {
    Made(PathBuf, usize),
    Removed(PathBuf),
    Renamed(PathBuf, PathBuf),
}

impl Named {
    fn folder(&self) -> &Path {
        match self {
            Named::Made(path, _) | Named::Removed(path) | Named::Renamed(path, _) => {
                path.parent().unwrap()
            }
        }
    }

    fn carry_out(self, names: &mut BTreeMap<PathBuf, usize>) {
        match self {
            Named::Made(path, node) => {
                names.insert(path, node);
            }
            Named::Removed(path) => {
                names.remove(&path);
            }
            Named::Renamed(from, to) => {
                if let Some(node) = names.remove(&from) {
                    names.insert(to, node);
                }
            }
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) enum Change {
    Written(usize, Vec<u8>),
    Resized(usize),
}

impl Change {
    fn carry_out(&self, bytes: &mut Vec<u8>) {
        match self {
            Change::Written(offset, new) => write(bytes, *offset, new),
            Change::Resized(len) => bytes.resize(*len, 0),
        }
    }

    /// Carries out as much as a disk that lost power may have: of a write any of its sectors.
    fn carry_out_torn(&self, bytes: &mut Vec<u8>, seeded: &Seeded) {
        match self {
            Change::Written(offset, new) => {
                let mut at = 0;
                while at < new.len() {
                    let piece = (SECTOR - (offset + at) % SECTOR).min(new.len() - at);
                    if seeded.coin() {
                        write(bytes, offset + at, &new[at..at + piece]);
                    }
                    at += piece;
                }
            }
            Change::Resized(_) => {
                if seeded.coin() {
                    self.carry_out(bytes);
                }
            }
        }
    }
}

fn write(bytes: &mut Vec<u8>, offset: usize, new: &[u8]) {
    if bytes.len() < offset + new.len() {
        bytes.resize(offset + new.len(), 0);
    }
    bytes[offset..offset + new.len()].copy_from_slice(new);
}

#[derive(Debug, Default)]
struct State {
    nodes: Vec<Vec<u8>>,
    names: BTreeMap<PathBuf, usize>,
    steps: Vec<Step>,
    bytes_max: Option<usize>,
    /// Writes and syncs fail when this many were done.
    fail_after: Option<usize>,
    locked: Vec<PathBuf>,
}

/// The disk.
#[derive(Debug, Clone)]
pub(crate) struct SimulatedDisk {
    state: Arc<Mutex<State>>,
    syncs: bool,
}

impl SimulatedDisk {
    pub(crate) fn new() -> SimulatedDisk {
        SimulatedDisk {
            state: Arc::default(),
            syncs: true,
        }
    }

    /// The same disk behind a store whose sync calls were taken out.
    pub(crate) fn without_syncs(&self) -> SimulatedDisk {
        SimulatedDisk {
            state: Arc::clone(&self.state),
            syncs: false,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub(crate) fn tell(&self, what: usize) {
        self.state().steps.push(Step::Told(what));
    }

    /// What stands on it, for taking it from here on.
    pub(crate) fn media(&self) -> Media {
        let state = self.state();
        Media {
            nodes: state
                .nodes
                .iter()
                .map(|bytes| (bytes.clone(), Vec::new()))
                .collect(),
            names: state.names.clone(),
            pending: Vec::new(),
        }
    }

    pub(crate) fn take_steps(&self) -> Vec<Step> {
        std::mem::take(&mut self.state().steps)
    }

    /// No more than so many bytes fit on it.
    pub(crate) fn limit(&self, bytes_max: Option<usize>) {
        self.state().bytes_max = bytes_max;
    }

    /// From this many writes and syncs on every one fails.
    pub(crate) fn fail_after(&self, writes: Option<usize>) {
        self.state().fail_after = writes;
    }

    pub(crate) fn used(&self) -> usize {
        used(&self.state())
    }

    /// All files with their bytes.
    pub(crate) fn contents(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let state = self.state();
        state
            .names
            .iter()
            .map(|(path, node)| (path.clone(), state.nodes[*node].clone()))
            .collect()
    }

    /// Changes bytes behind the back of the store.
    pub(crate) fn damage(&self, path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
        let mut state = self.state();
        let node = state.names[path];
        change(&mut state.nodes[node]);
    }

    fn file(&self, node: usize) -> Arc<dyn File> {
        Arc::new(SimulatedFile {
            disk: self.clone(),
            node,
        })
    }

    fn change(&self, node: usize, change: Change) -> io::Result<()> {
        let mut state = self.state();
        may(&mut state)?;
        let len = state.nodes[node].len();
        if let Change::Written(offset, new) = &change
            && offset + new.len() > len
            && state
                .bytes_max
                .is_some_and(|max| used(&state) + offset + new.len() - len > max)
        {
            return Err(io::ErrorKind::StorageFull.into());
        }
        change.carry_out(&mut state.nodes[node]);
        state.steps.push(Step::Changed(node, change));
        Ok(())
    }
}

fn used(state: &State) -> usize {
    state
        .names
        .values()
        .map(|node| state.nodes[*node].len())
        .sum()
}

fn may(state: &mut State) -> io::Result<()> {
    match &mut state.fail_after {
        Some(0) => Err(io::Error::other("the disk failed")),
        Some(left) => {
            *left -= 1;
            Ok(())
        }
        None => Ok(()),
    }
}

impl Files for SimulatedDisk {
    fn create_dir(&self, _path: &Path) -> io::Result<()> {
        Ok(())
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        let state = self.state();
        let inside = state
            .names
            .keys()
            .filter(|path| path.parent() == Some(folder));
        Ok(inside
            .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
            .collect())
    }

    fn open(&self, path: &Path, how: OpenAs) -> io::Result<Arc<dyn File>> {
        let mut state = self.state();
        let node = match (state.names.get(path).copied(), how) {
            (Some(node), OpenAs::Read | OpenAs::Write) => node,
            (None, OpenAs::Read | OpenAs::Write) => return Err(io::ErrorKind::NotFound.into()),
            (Some(node), OpenAs::New) => {
                may(&mut state)?;
                state.nodes[node].clear();
                state.steps.push(Step::Changed(node, Change::Resized(0)));
                node
            }
            (None, OpenAs::New) => {
                may(&mut state)?;
                state.nodes.push(Vec::new());
                let node = state.nodes.len() - 1;
                let named = Named::Made(path.to_owned(), node);
                named.clone().carry_out(&mut state.names);
                state.steps.push(Step::Named(named));
                node
            }
        };
        drop(state);
        Ok(self.file(node))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.state();
        may(&mut state)?;
        let named = Named::Renamed(from.to_owned(), to.to_owned());
        named.clone().carry_out(&mut state.names);
        state.steps.push(Step::Named(named));
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        if !state.names.contains_key(path) {
            return Err(io::ErrorKind::NotFound.into());
        }
        may(&mut state)?;
        let named = Named::Removed(path.to_owned());
        named.clone().carry_out(&mut state.names);
        state.steps.push(Step::Named(named));
        Ok(())
    }

    fn sync_dir(&self, folder: &Path) -> io::Result<()> {
        let mut state = self.state();
        may(&mut state)?;
        if self.syncs {
            state.steps.push(Step::SyncedFolder(folder.to_owned()));
        }
        Ok(())
    }

    fn free_bytes(&self, _folder: &Path) -> io::Result<u64> {
        let state = self.state();
        Ok(state
            .bytes_max
            .map_or(u64::MAX, |max| max.saturating_sub(used(&state)) as u64))
    }

    fn lock(&self, path: &Path) -> io::Result<Option<Box<dyn Any + Send + Sync>>> {
        let mut state = self.state();
        if state.locked.iter().any(|held| held == path) {
            return Ok(None);
        }
        state.locked.push(path.to_owned());
        Ok(Some(Box::new(Unlock(self.clone(), path.to_owned()))))
    }
}

struct Unlock(SimulatedDisk, PathBuf);

impl Drop for Unlock {
    fn drop(&mut self) {
        self.0.state().locked.retain(|held| *held != self.1);
    }
}

#[derive(Debug)]
struct SimulatedFile {
    disk: SimulatedDisk,
    node: usize,
}

impl File for SimulatedFile {
    fn len(&self) -> io::Result<u64> {
        Ok(self.disk.state().nodes[self.node].len() as u64)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let state = self.disk.state();
        let from = usize::try_from(offset).unwrap();
        match state.nodes[self.node].get(from..from + buffer.len()) {
            Some(bytes) => {
                buffer.copy_from_slice(bytes);
                Ok(())
            }
            None => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.disk.change(
            self.node,
            Change::Written(usize::try_from(offset).unwrap(), bytes.to_vec()),
        )
    }

    fn sync(&self) -> io::Result<()> {
        let mut state = self.disk.state();
        may(&mut state)?;
        if self.disk.syncs {
            state.steps.push(Step::Synced(self.node));
        }
        Ok(())
    }

    fn preallocate(&self, bytes: u64) -> io::Result<()> {
        let bytes = usize::try_from(bytes).unwrap();
        let (len, left) = {
            let state = self.disk.state();
            let left = state
                .bytes_max
                .map_or(usize::MAX, |max| max.saturating_sub(used(&state)));
            (state.nodes[self.node].len(), left)
        };
        if bytes.saturating_sub(len) > left {
            // As ext4 does: what is left of the disk is taken all the same.
            self.disk.change(self.node, Change::Resized(len + left))?;
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.disk.change(self.node, Change::Resized(bytes.max(len)))
    }

    fn zero(&self, offset: u64, bytes: u64) -> io::Result<()> {
        self.write_at(&vec![0; usize::try_from(bytes).unwrap()], offset)
    }

    fn punch(&self, offset: u64, bytes: u64) -> io::Result<()> {
        self.zero(offset, bytes)
    }
}

/// What is certainly on the disk, and what may be.
#[derive(Debug, Clone)]
pub(crate) struct Media {
    nodes: Vec<(Vec<u8>, Vec<Change>)>,
    names: BTreeMap<PathBuf, usize>,
    pending: Vec<Named>,
}

impl Media {
    /// One more thing was done.
    pub(crate) fn step(&mut self, step: &Step) {
        match step {
            Step::Named(named) => {
                if let Named::Made(_, node) = named {
                    self.nodes
                        .resize(self.nodes.len().max(node + 1), Default::default());
                }
                self.pending.push(named.clone());
            }
            Step::Changed(node, change) => self.nodes[*node].1.push(change.clone()),
            Step::Synced(node) => {
                let (kept, pending) = &mut self.nodes[*node];
                pending.drain(..).for_each(|change| change.carry_out(kept));
            }
            Step::SyncedFolder(folder) => {
                let pending = std::mem::take(&mut self.pending);
                for named in pending {
                    if named.folder() == folder {
                        named.carry_out(&mut self.names);
                    } else {
                        self.pending.push(named);
                    }
                }
            }
            Step::Told(_) => {}
        }
    }

    /// Whether something is not certain.
    pub(crate) fn is_settled(&self) -> bool {
        self.pending.is_empty() && self.nodes.iter().all(|(_, pending)| pending.is_empty())
    }

    /// A disk as it may be when the power comes back. Seed 0 keeps nothing that was not synced, seed 1 all of it.
    pub(crate) fn after_power_loss(&self, seed: u64) -> SimulatedDisk {
        let seeded = Seeded::new(seed);
        let mut state = State {
            names: self.names.clone(),
            ..State::default()
        };
        for (kept, pending) in &self.nodes {
            let mut bytes = kept.clone();
            let kept_as = match seed {
                0 => 0,
                1 => 1,
                _ => seeded.below(4),
            };
            for change in pending {
                match kept_as {
                    0 => {}
                    1 => change.carry_out(&mut bytes),
                    2 => {
                        if seeded.coin() {
                            change.carry_out(&mut bytes);
                        }
                    }
                    _ => change.carry_out_torn(&mut bytes, &seeded),
                }
            }
            state.nodes.push(bytes);
        }
        let mut left: BTreeMap<PathBuf, usize> = BTreeMap::new();
        for named in &self.pending {
            let all = self
                .pending
                .iter()
                .filter(|other| other.folder() == named.folder())
                .count();
            let keep = left.entry(named.folder().to_owned()).or_insert(match seed {
                0 => 0,
                1 => all,
                _ => seeded.below(all + 1),
            });
            if *keep > 0 {
                *keep -= 1;
                named.clone().carry_out(&mut state.names);
            }
        }
        SimulatedDisk {
            state: Arc::new(Mutex::new(state)),
            syncs: true,
        }
    }
}
