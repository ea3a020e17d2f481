//! The revocation lists that the gateway has by itself, as they are in force: what is offered is checked and taken, or refused with the reason; the last good one
//! of each issuer is kept on the disk. Where lists come from, and when, is for the module above.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;
use jiff::{SignedDuration, Timestamp};
use rustls::crypto::WebPkiSupportedAlgorithms;
use sha2::{Digest as _, Sha256};

use super::kept;
use super::refused::Refused;
use super::taken::Taken;
use crate::transport::crl::{self, Crl, CrlError};
use crate::transport::issuer::{Issuer, Signer};
use crate::transport::settings::FetchSettings;

/// How far the clock of an issuer may be ahead of ours.
const AHEAD_MAX: SignedDuration = SignedDuration::from_mins(5);

/// The lists at one moment. Never changes.
#[derive(Debug, Default)]
pub(in crate::transport) struct Lists {
    /// Counts upwards with every change.
    pub(in crate::transport) generation: u64,
    /// At most one of each issuer (by name and key) and scope.
    all: Vec<Arc<Crl>>,
    /// The issuers that the configuration names.
    configured: BTreeSet<Signer>,
}

impl Lists {
    /// All of them.
    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<Crl>> {
        self.all.iter()
    }

    /// The lists that are signed by issuers of the configuration or by these others. A list of an issuer that one endpoint brought into the register counts for
    /// that endpoint only: it may bear the name of another.
    pub(in crate::transport) fn signed_by<'a>(
        &'a self,
        others: &'a [Signer],
    ) -> impl Iterator<Item = &'a Arc<Crl>> {
        self.all.iter().filter(move |crl| {
            crl.known_signer()
                .is_some_and(|signer| self.configured.contains(&signer) || others.contains(&signer))
        })
    }

    /// The lists of which the configuration does not name the issuer.
    pub(in crate::transport) fn of_endpoints_only(&self) -> impl Iterator<Item = &Arc<Crl>> {
        self.all.iter().filter(move |crl| {
            !crl.known_signer()
                .is_some_and(|signer| self.configured.contains(&signer))
        })
    }
}

/// Whose lists are taken.
#[derive(Debug, Default)]
pub(super) struct Signers {
    /// All that are known.
    pub(super) issuers: Vec<Issuer>,
    /// Those of them that the configuration names.
    pub(super) configured: BTreeSet<Signer>,
}

/// See the module.
#[derive(Debug)]
pub(super) struct InForce {
    /// The folder of the lists that are kept.
    kept: PathBuf,
    bytes_max: u64,
    algorithms: WebPkiSupportedAlgorithms,
    signers: ArcSwap<Signers>,
    lists: ArcSwap<Lists>,
    /// Held while lists change.
    changing: Mutex<()>,
}

impl InForce {
    /// With no lists, and none that is taken.
    pub(super) fn none(settings: &FetchSettings) -> Self {
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        Self {
            kept: settings.kept.clone(),
            bytes_max: settings.bytes_max,
            algorithms: provider.signature_verification_algorithms,
            signers: ArcSwap::default(),
            lists: ArcSwap::default(),
            changing: Mutex::default(),
        }
    }

    /// The lists as they are now.
    pub(super) fn lists(&self) -> Arc<Lists> {
        self.lists.load_full()
    }

    /// Takes lists of these from now on. What is there of others goes with the next `refresh`.
    pub(super) fn take_of(&self, signers: Signers) {
        self.signers.store(Arc::new(signers));
    }

    /// Takes the lists in the files of a folder, each by itself. Err: of the first file that is not right; the others are taken all the same.
    pub(super) fn take_files(&self, path: &Path, now: Timestamp) -> Result<Taken, Refused> {
        let files = crl::files_in(path).map_err(|error| of_file(error, self.bytes_max))?;
        if files.is_empty() {
            return Err(Refused::Empty);
        }
        let (mut all, mut first) = (Taken::default(), None);
        for file in files {
            let bytes = crl::bytes_of(&file, self.bytes_max);
            let bytes = bytes.map_err(|error| of_file(error, self.bytes_max));
            match bytes.and_then(|bytes| self.take(&bytes, now)) {
                Ok(taken) => {
                    all.new += taken.new;
                    all.lists.extend(taken.lists);
                }
                // Whoever fills the folder may leave former lists there.
                Err(Refused::Older { .. }) => {}
                Err(refused) => {
                    tracing::warn!(code = refused.code(), error = %refused, file = %file.display(), "revocation list not taken");
                    first.get_or_insert(refused);
                }
            }
        }
        first.map_or(Ok(all), Err)
    }

    /// Takes the lists in these bytes. Err: of the first that is not right; the others are taken all the same.
    pub(super) fn take(&self, bytes: &[u8], now: Timestamp) -> Result<Taken, Refused> {
        let ders = crl::ders(bytes).map_err(|_| Refused::NotAList)?;
        let (mut all, mut first) = (Taken::default(), None);
        for der in ders {
            match self.take_one(&der, now) {
                Ok((list, is_new)) => {
                    all.new += usize::from(is_new);
                    all.lists.push(list.state.clone());
                }
                Err(refused) => {
                    first.get_or_insert(refused);
                }
            }
        }
        first.map_or(Ok(all), Err)
    }

    /// Takes a list (DER) that holds and is not older than the one that is there: in force from here on, and kept. The list, and whether it was not there before.
    fn take_one(&self, der: &[u8], now: Timestamp) -> Result<(Arc<Crl>, bool), Refused> {
        let mut crl = Crl::parse(Path::new(""), der.to_vec()).map_err(|_| Refused::NotAList)?;
        let issuer = crl.state.issuer.clone();
        let signer = match self.find_signer(&mut crl) {
            Found::By(signer) => signer,
            Found::ByAnother => return Err(Refused::Signature { issuer }),
            Found::Unknown => return Err(Refused::IssuerUnknown { issuer }),
        };
        if crl.state.this_update.duration_since(now) > AHEAD_MAX {
            return Err(Refused::NotYet { issuer });
        }
        let path = kept::path_of(&self.kept, &signer, &crl.scope);
        crl.state.file.clone_from(&path);
        let _changing = self.changing();
        let lists = self.lists();
        let there = lists.all.iter().find(|there| there.stands_for(&crl));
        let (crl, is_new) = match there {
            Some(there) if there.hash == crl.hash => (Arc::clone(there), false),
            Some(there) if crl.is_older_than(there) => return Err(Refused::Older { issuer }),
            Some(there)
                if crl.state.next_update <= now
                    && crl.state.next_update < there.state.next_update =>
            {
                return Err(Refused::Ended { issuer });
            }
            _ => (Arc::new(crl), true),
        };
        if is_new {
            let others = lists.all.iter().filter(|there| !there.stands_for(&crl));
            let all = others.chain([&crl]).cloned().collect();
            self.put(all, lists.configured.clone());
        }
        // What could not be kept the last time is kept now.
        if std::fs::read(&path).is_ok_and(|bytes| bytes == der) {
            return Ok((crl, is_new));
        }
        match kept::write(&path, der) {
            Ok(()) => Ok((crl, is_new)),
            Err(source) => Err(Refused::NotKept {
                issuer,
                path,
                source,
            }),
        }
    }

    fn find_signer(&self, crl: &mut Crl) -> Found {
        let signers = self.signers.load();
        if let Some(signer) = crl.find_signer(&signers.issuers, self.algorithms.all) {
            return Found::By(signer);
        }
        let mut issuers = signers.issuers.iter();
        if issuers.any(|issuer| issuer.name == crl.issuer) {
            Found::ByAnother
        } else {
            Found::Unknown
        }
    }

    /// Goes by the issuers that are known now, and by the kept lists as they are on the disk now: a command may have fetched some. A file that is damaged
    /// is told and left; the next fetch puts a whole one in its place.
    pub(super) fn refresh(&self) {
        let _changing = self.changing();
        let before = self.lists();
        let signers = self.signers.load_full();
        let known: Vec<Signer> = signers.issuers.iter().map(Issuer::id).collect();
        let is_known = |crl: &&Arc<Crl>| {
            let signer = crl.known_signer();
            signer.is_some_and(|signer| known.contains(&signer))
        };
        let mut lists: Vec<Arc<Crl>> = before.all.iter().filter(is_known).cloned().collect();
        for file in kept::read(&self.kept) {
            match file {
                Ok((path, bytes)) => {
                    if let Some(crl) = self.read_kept(&path, &bytes, &before) {
                        let newer =
                            |there: &Arc<Crl>| there.stands_for(&crl) && !there.is_older_than(&crl);
                        if !lists.iter().any(newer) {
                            lists.retain(|there| !there.stands_for(&crl));
                            lists.push(crl);
                        }
                    }
                }
                Err(error) => tracing::warn!(%error, "a kept revocation list cannot be read"),
            }
        }
        let hashes = |lists: &[Arc<Crl>]| -> BTreeSet<[u8; 32]> {
            lists.iter().map(|crl| crl.hash).collect()
        };
        let configured = &signers.configured;
        if hashes(&lists) != hashes(&before.all) || *configured != before.configured {
            self.put(lists, configured.clone());
        }
    }

    /// A kept list that holds and is not in memory yet.
    fn read_kept(&self, path: &Path, bytes: &[u8], before: &Lists) -> Option<Arc<Crl>> {
        let hash: [u8; 32] = Sha256::digest(bytes).into();
        if before.all.iter().any(|crl| crl.hash == hash) {
            return None;
        }
        let mut crl = match Crl::parse(path, bytes.to_vec()) {
            Ok(crl) => crl,
            Err(reason) => {
                tracing::warn!(file = %path.display(), reason, "a kept revocation list is damaged");
                return None;
            }
        };
        match self.find_signer(&mut crl) {
            Found::By(_) => Some(Arc::new(crl)),
            Found::ByAnother => {
                tracing::warn!(file = %path.display(), issuer = %crl.state.issuer, "a kept revocation list is not signed by its issuer");
                None
            }
            // Of an issuer that was configured once.
            Found::Unknown => None,
        }
    }

    /// Puts these lists in force. Only while `changing` is held.
    fn put(&self, all: Vec<Arc<Crl>>, configured: BTreeSet<Signer>) {
        let generation = self.lists.load().generation + 1;
        self.lists.store(Arc::new(Lists {
            generation,
            all,
            configured,
        }));
    }

    fn changing(&self) -> MutexGuard<'_, ()> {
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Who signed a list that names an issuer.
enum Found {
    /// An issuer of that name that is known.
    By(Signer),
    /// None of those of that name.
    ByAnother,
    /// No issuer of that name is known.
    Unknown,
}

fn of_file(error: CrlError, bytes_max: u64) -> Refused {
    match error {
        CrlError::Unreadable { path, source } => Refused::Unreadable { path, source },
        CrlError::TooLarge { .. } => Refused::TooLarge(bytes_max),
        CrlError::Unusable { .. } => Refused::NotAList,
    }
}
