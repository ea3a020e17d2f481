//! What a command writes: results to standard output, complaints and progress to standard error. A write that fails is
//! an error, so that a full disk behind `> file` does not go unseen.

use std::fmt::Display;
use std::io::{self, BufWriter, IsTerminal as _, StdoutLock, Write};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use super::Stop;

/// Standard output.
pub(super) struct Screen {
    out: BufWriter<StdoutLock<'static>>,
}

impl Screen {
    pub(super) fn new() -> Self {
        Self {
            out: BufWriter::new(io::stdout().lock()),
        }
    }

    /// One line of text.
    pub(super) fn line(&mut self, text: impl Display) -> io::Result<()> {
        writeln!(self.out, "{text}")
    }

    /// One line of JSON.
    pub(super) fn json(&mut self, value: &impl Serialize) -> Result<(), Stop> {
        let line = serde_json::to_string(value)
            .map_err(|error| Stop::unable(format!("geen JSON te maken: {error}")))?;
        Ok(self.line(line)?)
    }

    /// Bytes as they are.
    pub(super) fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)
    }

    /// Everything written so far becomes visible.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// A sentence on standard error. Nobody is left to tell when that fails.
pub(super) fn complain(text: &str) {
    let _ = writeln!(io::stderr(), "knooppunt: {text}");
}

/// A progress bar for work of more than a second; shows only on a terminal.
pub(super) struct Progress {
    bar: ProgressBar,
    started: Instant,
    shown: bool,
}

impl Progress {
    pub(super) fn new() -> Self {
        Self {
            bar: ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden()),
            started: Instant::now(),
            shown: false,
        }
    }

    /// The work is at step `done` of so many.
    pub(super) fn at(&mut self, done: u64, of: u64) {
        self.bar.set_length(of);
        self.bar.set_position(done);
        if !self.shown
            && self.started.elapsed() > Duration::from_secs(1)
            && io::stderr().is_terminal()
        {
            self.shown = true;
            if let Ok(style) = ProgressStyle::with_template("{wide_bar} {percent}% {eta}") {
                self.bar.set_style(style);
            }
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
