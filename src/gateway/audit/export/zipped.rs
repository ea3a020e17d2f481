//! A bundle as a ZIP file that is sent while it is made: nothing of it is kept but the list of its files.

use std::io::{self, Write};
use std::path::PathBuf;

use zip::CompressionMethod;
use zip::result::ZipError;
use zip::write::{SimpleFileOptions, StreamWriter, ZipWriter};

use crate::log::{Bundle, ExportFault};

/// How hard is tried to make it small.
const LEVEL: i64 = 1;
/// What holds text that is made small; the rest is hashes, which nothing makes smaller.
const TEXT: &str = ".jsonl";

pub(super) struct Zipped<W: Write> {
    zip: ZipWriter<StreamWriter<W>>,
    path: String,
}

impl<W: Write> Zipped<W> {
    pub(super) fn new(out: W) -> Self {
        Self {
            zip: ZipWriter::new_stream(out),
            path: String::new(),
        }
    }

    pub(super) fn finish(self) -> Result<(), ExportFault> {
        let Self { zip, path } = self;
        let mut out = zip.finish().map_err(|error| wrong(&path, error.into()))?;
        out.flush().map_err(|error| wrong(&path, error))
    }
}

impl<W: Write> Bundle for Zipped<W> {
    fn begin(&mut self, path: &str) -> Result<(), ExportFault> {
        path.clone_into(&mut self.path);
        let text = path.ends_with(TEXT);
        let options = SimpleFileOptions::default()
            .compression_method(if text {
                CompressionMethod::Deflated
            } else {
                CompressionMethod::Stored
            })
            .compression_level(text.then_some(LEVEL))
            .last_modified_time(zip::DateTime::default())
            .large_file(text);
        let begun: Result<(), ZipError> = self.zip.start_file(path, options);
        begun.map_err(|error| wrong(path, error.into()))
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), ExportFault> {
        let written = self.zip.write_all(bytes);
        written.map_err(|error| wrong(&self.path, error))
    }

    fn end(&mut self) -> Result<(), ExportFault> {
        Ok(())
    }
}

fn wrong(path: &str, source: io::Error) -> ExportFault {
    ExportFault::Io {
        file: PathBuf::from(path),
        source,
    }
}
