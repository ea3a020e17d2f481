//! The key folder, outside of the data folder: the top key that wraps all segment keys, and other keys that the store only guards. The store
//! holds a check value of each, so a missing or wrong key file stops the open; a key is made together with a new store only.

use std::fmt::Debug;

use zeroize::Zeroizing;

use super::bytes::{Put, Take, with_version};
use super::cipher::{Cipher, Secret};
use super::files::Folder;
use crate::store::StoreError;
use crate::store::record::sha256;

/// Where random bytes come from. Tests pass their own to make the same files twice.
pub trait Randomness: Send + Sync + Debug {
    /// Fills the buffer with bytes nobody can guess.
    fn fill(&self, buffer: &mut [u8]) -> Result<(), StoreError>;
}

/// Random bytes of the operating system.
#[derive(Debug, Clone, Copy)]
pub struct SystemRandomness;

impl Randomness for SystemRandomness {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), StoreError> {
        getrandom::fill(buffer).map_err(|_| StoreError::Randomness)?;
        match buffer.split_first() {
            Some((first, rest)) if !rest.is_empty() && rest.iter().all(|byte| byte == first) => {
                Err(StoreError::Randomness)
            }
            _ => Ok(()),
        }
    }
}

/// The key that wraps segment keys; two while one takes over from the other.
#[derive(Debug)]
pub(crate) struct TopKeys {
    newest: ([u8; 16], Cipher),
    before: Option<([u8; 16], Cipher)>,
}

impl TopKeys {
    pub(crate) fn newest(&self) -> ([u8; 16], &Cipher) {
        (self.newest.0, &self.newest.1)
    }

    pub(crate) fn with_check(&self, check: &[u8; 16]) -> Option<&Cipher> {
        [Some(&self.newest), self.before.as_ref()]
            .into_iter()
            .flatten()
            .find(|(own, _)| own == check)
            .map(|(_, cipher)| cipher)
    }
}

const MAGIC: &[u8; 8] = b"KNOOPSTR";
const VERSION: u32 = 1;
/// File of the data folder that says which store it is and which keys belong to it.
pub(crate) const STORE_FILE: &str = "store";
const TOP: &str = "top";
const TOP_NEXT: &str = "top.next";
/// Longest name of a key.
const NAME_BYTES: usize = 16;

/// Which store a data folder holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoreFile {
    id: [u8; 16],
    checks: Vec<(String, [u8; 16])>,
}

impl StoreFile {
    /// Which store: made with it, and never changed.
    pub(crate) fn id(&self) -> &[u8; 16] {
        &self.id
    }

    /// Whether a key of this name belongs to it.
    pub(crate) fn guards(&self, name: &str) -> bool {
        self.expected(name).is_some()
    }

    /// Whether a change of the top key has begun and not ended.
    pub(crate) fn changing(&self) -> bool {
        self.expected(TOP_NEXT).is_some()
    }

    pub(crate) fn parse(bytes: &[u8]) -> Option<StoreFile> {
        let mut take = Take::new(bytes);
        if take.raw(8)? != MAGIC || take.u32()? != VERSION {
            return None;
        }
        let id = take.array()?;
        let mut checks = Vec::new();
        for _ in 0..take.u8()? {
            let name = take.raw(NAME_BYTES)?;
            let end = name
                .iter()
                .position(|byte| *byte == 0)
                .unwrap_or(NAME_BYTES);
            let (name, rest) = name.split_at_checked(end)?;
            if rest.iter().any(|byte| *byte != 0) {
                return None;
            }
            checks.push((std::str::from_utf8(name).ok()?.to_owned(), take.array()?));
        }
        take.crc_padded()?;
        Some(StoreFile { id, checks })
    }

    fn write(&self) -> Vec<u8> {
        let mut put = Put::default()
            .raw(MAGIC)
            .u32(VERSION)
            .raw(&self.id)
            .u8(u8::try_from(self.checks.len()).unwrap_or(u8::MAX));
        for (name, check) in &self.checks {
            let mut padded = name.clone().into_bytes();
            padded.resize(NAME_BYTES, 0);
            put = put.raw(&padded).raw(check);
        }
        put.crc()
    }

    fn read(folder: &Folder) -> Result<StoreFile, StoreError> {
        let Some(bytes) = folder.read(STORE_FILE)? else {
            return Err(StoreError::NoStore {
                folder: folder.path().display().to_string(),
            });
        };
        let version = bytes
            .get(8..12)
            .and_then(|bytes| bytes.try_into().ok())
            .map(u32::from_be_bytes);
        match (StoreFile::parse(&bytes), version) {
            (Some(found), _) => Ok(found),
            (None, Some(found))
                if bytes.starts_with(MAGIC)
                    && found > VERSION
                    && found < 1000
                    && StoreFile::parse(&with_version(&bytes, VERSION)).is_none() =>
            {
                Err(StoreError::Version {
                    file: STORE_FILE.into(),
                    found,
                    newest: VERSION,
                })
            }
            (None, _) => Err(StoreError::Damage {
                file: STORE_FILE.into(),
                position: None,
                what: "it is not as it was written",
            }),
        }
    }

    fn check_of(&self, name: &str, key: &Secret) -> [u8; 16] {
        let kind = if name == TOP_NEXT { TOP } else { name };
        let hash = sha256(&[
            b"knooppunt/key-check/1",
            &self.id,
            kind.as_bytes(),
            b"\0",
            key.bytes(),
        ]);
        let mut check = [0; 16];
        check.copy_from_slice(hash.split_at(16).0);
        check
    }

    fn expected(&self, name: &str) -> Option<[u8; 16]> {
        self.checks
            .iter()
            .find(|(own, _)| own == name)
            .map(|(_, check)| *check)
    }
}

/// The opened key folder.
#[derive(Debug)]
pub(crate) struct KeyFolder {
    data: Folder,
    keys: Folder,
    store: StoreFile,
}

fn file_of(name: &str) -> String {
    format!("{name}.key")
}

/// The file of a guarded key until the store knows of it.
fn next_file_of(name: &str) -> String {
    format!("{name}.next.key")
}

impl KeyFolder {
    /// Makes new keys (the top key and `guarded`) and the store file, which comes last: without it there is no store.
    pub(crate) fn create(
        data: &Folder,
        keys: &Folder,
        guarded: &[&str],
        random: &dyn Randomness,
    ) -> Result<(), StoreError> {
        let mut store = StoreFile {
            id: [0; 16],
            checks: Vec::new(),
        };
        random.fill(&mut store.id)?;
        for name in [&[TOP], guarded].concat() {
            let mut key = Secret([0; 32]);
            random.fill(&mut key.0)?;
            keys.replace(&file_of(name), key.bytes())?;
            store
                .checks
                .push((name.to_owned(), store.check_of(name, &key)));
        }
        data.replace(STORE_FILE, &store.write())
    }

    pub(crate) fn open(data: Folder, keys: Folder) -> Result<KeyFolder, StoreError> {
        let store = StoreFile::read(&data)?;
        let opened = KeyFolder { data, keys, store };
        for (name, _) in opened
            .store
            .checks
            .iter()
            .filter(|(name, _)| name != TOP && name != TOP_NEXT)
        {
            opened.guarded(name)?;
        }
        Ok(opened)
    }

    fn load(&self, file: &str) -> Result<Option<Secret>, StoreError> {
        let Some(bytes) = self.keys.read(file)?.map(Zeroizing::new) else {
            return Ok(None);
        };
        Secret::from_slice(&bytes)
            .map(Some)
            .ok_or_else(|| self.wrong(file))
    }

    fn wrong(&self, file: &str) -> StoreError {
        StoreError::KeyWrong {
            file: self.keys.path().join(file).display().to_string(),
        }
    }

    fn missing(&self, file: &str) -> StoreError {
        StoreError::KeyMissing {
            file: self.keys.path().join(file).display().to_string(),
        }
    }

    /// A key that the store guards for others.
    pub(crate) fn guarded(&self, name: &str) -> Result<Secret, StoreError> {
        let file = file_of(name);
        let key = match self.load(&file)? {
            Some(key) => key,
            // The process ended after the store was told of it.
            None => (self.load(&next_file_of(name))?).ok_or_else(|| self.missing(&file))?,
        };
        if self.store.expected(name) == Some(self.store.check_of(name, &key)) {
            Ok(key)
        } else {
            Err(self.wrong(&file))
        }
    }

    /// A key that the store guards for others; made, and guarded from now on, when the store never had it. Err: its file is there although the store never had it.
    pub(crate) fn guarded_or_new(
        &mut self,
        name: &str,
        random: &dyn Randomness,
    ) -> Result<Secret, StoreError> {
        let (file, next) = (file_of(name), next_file_of(name));
        if self.store.expected(name).is_none() {
            if self.load(&file)?.is_some() {
                return Err(StoreError::KeyOfLater {
                    file: self.keys.path().join(file).display().to_string(),
                });
            }
            let mut key = Secret([0; 32]);
            random.fill(&mut key.0)?;
            // Durable before the store is told of it, and under its name only after that: a file of that name is a key that the store was told of.
            self.keys.replace(&next, key.bytes())?;
            let mut store = self.store.clone();
            let check = store.check_of(name, &key);
            store.checks.push((name.to_owned(), check));
            self.data.replace(STORE_FILE, &store.write())?;
            self.store = store;
        }
        let key = self.guarded(name)?;
        if self.load(&file)?.is_none() {
            self.keys.rename(&next, &file)?;
            self.keys.sync()?;
        }
        Ok(key)
    }

    /// The top key; while it is being changed, or was when the process ended, both.
    pub(crate) fn top(&self) -> Result<TopKeys, StoreError> {
        let found: Vec<Secret> = [self.load(&file_of(TOP))?, self.load(&file_of(TOP_NEXT))?]
            .into_iter()
            .flatten()
            .collect();
        if found.is_empty() {
            return Err(self.missing(&file_of(TOP)));
        }
        let with = |name: &str| -> Option<([u8; 16], Cipher)> {
            let expected = self.store.expected(name)?;
            let key = found
                .iter()
                .find(|key| self.store.check_of(TOP, key) == expected)?;
            Some((expected, Cipher::new(key)?))
        };
        let top = with(TOP).ok_or_else(|| self.wrong(&file_of(TOP)))?;
        if self.store.expected(TOP_NEXT).is_none() {
            return Ok(TopKeys {
                newest: top,
                before: None,
            });
        }
        let next = with(TOP_NEXT).ok_or_else(|| self.missing(&file_of(TOP_NEXT)))?;
        Ok(TopKeys {
            newest: next,
            before: Some(top),
        })
    }

    /// Whether a change of the top key has begun and not ended.
    pub(crate) fn changing(&self) -> bool {
        self.store.changing()
    }

    /// Makes the next top key, durably, before anything is wrapped with it.
    pub(crate) fn begin_change(&mut self, random: &dyn Randomness) -> Result<(), StoreError> {
        let mut key = Secret([0; 32]);
        random.fill(&mut key.0)?;
        self.keys.replace(&file_of(TOP_NEXT), key.bytes())?;
        let mut store = self.store.clone();
        store
            .checks
            .push((TOP_NEXT.to_owned(), store.check_of(TOP, &key)));
        self.data.replace(STORE_FILE, &store.write())?;
        self.store = store;
        Ok(())
    }

    /// Everything is wrapped with the next top key: it takes the name, and the old one is gone.
    pub(crate) fn end_change(&mut self) -> Result<(), StoreError> {
        if let Some(next) = self.store.expected(TOP_NEXT) {
            let mut store = self.store.clone();
            store
                .checks
                .retain(|(name, _)| name != TOP && name != TOP_NEXT);
            store.checks.insert(0, (TOP.to_owned(), next));
            self.data.replace(STORE_FILE, &store.write())?;
            self.store = store;
        }
        self.settle()
    }

    /// Puts key files right after a change that ended halfway: what has the name `top.next` takes the name `top` when the store says so,
    /// and goes when the store was never told of it.
    pub(crate) fn settle(&self) -> Result<(), StoreError> {
        let Some(next) = self.load(&file_of(TOP_NEXT))? else {
            return Ok(());
        };
        if self.changing() {
            return Ok(());
        }
        if self.store.expected(TOP) == Some(self.store.check_of(TOP, &next)) {
            self.keys.rename(&file_of(TOP_NEXT), &file_of(TOP))?;
        } else {
            self.keys.remove(&file_of(TOP_NEXT))?;
        }
        self.keys.sync()
    }
}
