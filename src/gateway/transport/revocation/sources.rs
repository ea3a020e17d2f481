//! The places that lists come from, and what came of the last try at each. It knows when each is due; asking is for the job.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use rustls_pki_types::CertificateDer;

use super::refused::Refused;
use super::schedule;
use super::taken::Taken;
use crate::transport::issuer::points;
use crate::transport::settings::FetchSettings;
use crate::transport::trust::TrustWarning;

/// Files cost nothing to look at.
const FOLDER_EVERY: Duration = Duration::from_mins(5);

/// A place that lists come from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Source {
    /// An `http://` address.
    Url(String),
    /// A file, or a folder of files.
    Folder(PathBuf),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(url) => f.write_str(url),
            Self::Folder(path) => write!(f, "{}", path.display()),
        }
    }
}

/// A place and how it stands, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceState {
    /// An address, or a file or folder.
    pub source: String,
    /// Whose lists are there, where that is known.
    pub issuer: Option<String>,
    /// Stable code and text of what went wrong the last time; `None`: nothing, or it was not asked yet.
    pub failing: Option<(&'static str, String)>,
}

impl fmt::Display for SourceState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let source = &self.source;
        match &self.issuer {
            Some(issuer) => write!(f, "CRLs of {issuer} are fetched from {source}"),
            None => write!(f, "CRLs are fetched from {source}"),
        }
    }
}

/// What came of a place so far.
#[derive(Debug, Clone, Default)]
struct Tried {
    /// Said by the certificate that names the place, or by what came from it.
    issuer: Option<String>,
    /// By the time that passes in this process; zero: at once.
    due: Duration,
    /// In a row.
    failures: u32,
    failing: Option<(&'static str, String)>,
    /// The first nextUpdate of what was last taken.
    next_update: Option<Timestamp>,
}

/// All places.
#[derive(Debug, Default)]
pub(super) struct Sources(BTreeMap<Source, Tried>);

impl Sources {
    /// Those of the settings, and of these certificates. What is known of one that was there before stays known. Gives whether there are new ones.
    pub(super) fn set<'a>(
        &mut self,
        settings: &FetchSettings,
        certificates: impl Iterator<Item = &'a CertificateDer<'static>>,
    ) -> bool {
        let mut now: BTreeMap<Source, Option<String>> = BTreeMap::new();
        if settings.distribution_points {
            for point in certificates.flat_map(points) {
                now.insert(Source::Url(point.url), Some(point.issuer));
            }
        }
        for url in &settings.urls {
            now.entry(Source::Url(url.clone())).or_default();
        }
        for path in &settings.folders {
            now.entry(Source::Folder(path.clone())).or_default();
        }
        let mut before = std::mem::take(&mut self.0);
        let mut has_new = false;
        for (source, issuer) in now {
            let tried = before.remove(&source).unwrap_or_else(|| {
                has_new = true;
                Tried {
                    issuer,
                    ..Tried::default()
                }
            });
            self.0.insert(source, tried);
        }
        has_new
    }

    pub(super) fn all(&self) -> Vec<Source> {
        self.0.keys().cloned().collect()
    }

    /// The one that is due for the longest time at this moment, if any is.
    pub(super) fn first_due(&self, now: Duration) -> Option<Source> {
        let due = self.0.iter().filter(|(_, tried)| tried.due <= now);
        let first = due.min_by_key(|(_, tried)| tried.due);
        first.map(|(source, _)| source.clone())
    }

    /// When the next one is due; `None`: there are no places.
    pub(super) fn next_due(&self) -> Option<Duration> {
        self.0.values().map(|tried| tried.due).min()
    }

    /// From now on all are due.
    pub(super) fn hurry(&mut self) {
        for tried in self.0.values_mut() {
            tried.due = Duration::ZERO;
        }
    }

    /// What came of a place. `elapsed` and `now`: this moment, by both clocks.
    pub(super) fn note(
        &mut self,
        source: &Source,
        outcome: &Result<Taken, Refused>,
        every: Duration,
        (elapsed, now): (Duration, Timestamp),
        chance: f64,
    ) {
        // Nothing is known any more of a place that the settings of now do not have.
        let Some(tried) = self.0.get_mut(source) else {
            return;
        };
        match outcome {
            Ok(taken) => {
                tried.failures = 0;
                tried.failing = None;
                tried.next_update = taken.lists.iter().map(|list| list.next_update).min();
                if let Some(list) = taken.lists.first() {
                    tried.issuer = Some(list.issuer.clone());
                }
            }
            Err(refused) => {
                tried.failures = tried.failures.saturating_add(1);
                tried.failing = Some((refused.code(), refused.to_string()));
            }
        }
        let every = match source {
            Source::Url(_) => every,
            Source::Folder(_) => every.min(FOLDER_EVERY),
        };
        let left = tried.next_update.map(|end| end.duration_since(now));
        tried.due = elapsed + schedule::wait(every, left, tried.failures, chance);
    }

    /// Whose lists are at a place, where that is known.
    pub(super) fn issuer_at(&self, source: &Source) -> Option<String> {
        self.0.get(source)?.issuer.clone()
    }

    pub(super) fn states(&self) -> Vec<SourceState> {
        let state = |(source, tried): (&Source, &Tried)| SourceState {
            source: source.to_string(),
            issuer: tried.issuer.clone(),
            failing: tried.failing.clone(),
        };
        self.0.iter().map(state).collect()
    }

    pub(super) fn warnings(&self) -> Vec<TrustWarning> {
        let warning = |(source, tried): (&Source, &Tried)| {
            let (reason, text) = tried.failing.clone()?;
            Some(TrustWarning::FetchFails {
                source: source.to_string(),
                issuer: tried.issuer.clone(),
                reason,
                text,
            })
        };
        self.0.iter().filter_map(warning).collect()
    }
}
