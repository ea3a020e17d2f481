//! What the gateway says about itself while it runs: log lines and a recorder of metrics.
//! No line contains message content: our own types cannot show it, the lines of libraries below a warning are left out, and a panic is
//! logged by its place only, for its text may quote what was being worked on.

use std::io;

use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use serde::{Deserialize, Serialize};
use tracing::Subscriber;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::{EnvFilter, Layer, Registry};

use crate::setting::Setting;

/// The shape of log lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One line of text for people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

impl Setting for LogFormat {}

/// How much is logged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// Only what somebody has to look at.
    Error,
    /// Also what may go wrong later.
    Warn,
    /// Also each request and each change of state.
    #[default]
    Info,
    /// Also what helps to find a fault.
    Debug,
}

impl Setting for LogLevel {}

crate::settings! {
    /// Log lines, on standard error.
    pub struct TelemetrySettings {
        /// `text` for people, `json` for machines.
        pub format: LogFormat = LogFormat::Text,
        /// `error`, `warn`, `info` or `debug`; it holds for the gateway, libraries always log from `warn`.
        pub level: LogLevel = LogLevel::Info,
    }
}

/// Why telemetry could not be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TelemetryError {
    /// A subscriber or recorder was already installed in this process.
    #[error("telemetry was set up before in this process")]
    Again,
}

/// Sets up log lines on standard error and the hook for panics, for the whole process. Err: it was done before.
pub fn log_to_stderr(settings: &TelemetrySettings) -> Result<(), TelemetryError> {
    tracing::subscriber::set_global_default(subscriber(settings, io::stderr))
        .map_err(|_| TelemetryError::Again)?;
    log_panics();
    Ok(())
}

/// From now on a panic is one log line with its place and without its text.
pub fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic
            .location()
            .map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
        tracing::error!(place, "bug: an assertion did not hold");
        metrics::counter!("knooppunt_bugs_total").increment(1);
    }));
}

/// Log lines of this shape and level, written to `writer`.
pub fn subscriber<W>(
    settings: &TelemetrySettings,
    writer: W,
) -> impl Subscriber + Send + Sync + use<W>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let level = match settings.level {
        LogLevel::Error => "error",
        LogLevel::Warn => "warn",
        LogLevel::Info => "info",
        LogLevel::Debug => "debug",
    };
    let filter = EnvFilter::new(format!("warn,knooppunt={level},knooppunt_standard={level}"));
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(writer)
        .with_ansi(false);
    let lines: Box<dyn Layer<Registry> + Send + Sync> = match settings.format {
        LogFormat::Text => lines.boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    tracing_subscriber::registry().with(lines.with_filter(filter))
}

/// Installs the recorder of metrics for the whole process and returns the handle that shows them. Err: it was done before.
pub fn record_metrics() -> Result<PrometheusHandle, TelemetryError> {
    recorder()
        .and_then(PrometheusBuilder::install_recorder)
        .map_err(|_| TelemetryError::Again)
}

/// A recorder that shows every distribution as a histogram: by its name's unit, seconds or records.
fn recorder() -> Result<PrometheusBuilder, BuildError> {
    let seconds = [
        0.0001, 0.000_25, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0,
        2.5, 5.0, 10.0,
    ];
    let records = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0];
    PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &seconds)?
        .set_buckets_for_metric(Matcher::Suffix("_records".to_owned()), &records)
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex, PoisonError};

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(settings: &TelemetrySettings, work: impl FnOnce()) -> String {
        let lines = Lines::default();
        let writer = lines.clone();
        // With one dispatcher alone, another thread that reaches a log line first decides for all that nobody listens to it.
        let _second = tracing::Dispatch::new(tracing::subscriber::NoSubscriber::default());
        tracing::subscriber::with_default(subscriber(settings, move || writer.clone()), work);
        let bytes = lines
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        String::from_utf8(bytes).expect("lines of text")
    }

    #[test]
    fn every_distribution_that_is_recorded_anywhere_is_shown_as_a_histogram() {
        fn names_in(folder: &std::path::Path, names: &mut Vec<String>) {
            for entry in std::fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    names_in(&path, names);
                } else if let Ok(text) = std::fs::read_to_string(&path) {
                    let recorded = concat!("histogram!", "(\"");
                    let after = text.split(recorded).skip(1);
                    names.extend(after.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())));
                }
            }
        }
        let mut names = Vec::new();
        let sources = concat!(env!("CARGO_MANIFEST_DIR"), "/src/gateway");
        names_in(std::path::Path::new(sources), &mut names);
        assert!(
            names.contains(&"knooppunt_group_records".to_owned()),
            "{names:?}"
        );
        let recorder = recorder().expect("buckets").build_recorder();
        metrics::with_local_recorder(&recorder, || {
            for name in &names {
                metrics::histogram!(name.clone()).record(3.0);
            }
        });
        let shown = recorder.handle().render();
        for name in &names {
            assert!(
                shown.contains(&format!("# TYPE {name} histogram"))
                    && shown.contains(&format!("{name}_bucket{{le=")),
                "{name} is no histogram in\n{shown}"
            );
        }
    }

    #[test]
    fn a_json_line_is_one_object_with_its_fields() {
        let settings = TelemetrySettings {
            format: LogFormat::Json,
            ..TelemetrySettings::default()
        };
        let lines = logged(&settings, || tracing::info!(bytes = 7, "taken"));
        let line: serde_json::Value = serde_json::from_str(lines.trim()).expect("one JSON object");
        assert_eq!(
            (line["message"].as_str(), line["bytes"].as_u64()),
            (Some("taken"), Some(7))
        );
    }

    #[test]
    fn libraries_are_heard_from_warnings_on_whatever_the_level() {
        let settings = TelemetrySettings {
            level: LogLevel::Debug,
            ..TelemetrySettings::default()
        };
        let lines = logged(&settings, || {
            tracing::info!(target: "h2::codec", "canary-of-a-library");
            tracing::warn!(target: "rustls", "warning-of-a-library");
            tracing::debug!("our own");
        });
        assert!(!lines.contains("canary-of-a-library"));
        assert!(lines.contains("warning-of-a-library") && lines.contains("our own"));
    }

    #[test]
    fn a_panic_is_logged_by_its_place_and_not_by_its_text() {
        let before = std::panic::take_hook();
        log_panics();
        let lines = logged(&TelemetrySettings::default(), || {
            let panicked = std::panic::catch_unwind(|| panic!("999900420 canary"));
            assert!(panicked.is_err());
        });
        std::panic::set_hook(before);
        assert!(
            lines.contains("telemetry.rs")
                && !lines.contains("canary")
                && !lines.contains("999900420"),
            "{lines}"
        );
    }
}
