//! `knooppunt audit export`: what a search finds as a folder that `knooppunt log verify` verifies, unpacked from the ZIP file that the gateway sends.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use clap::Args;
use knooppunt_proof::export::POLICY;
use knooppunt_proof::{Policy, TileId};
use zip::ZipArchive;

use super::super::connection::{Connection, converse, refusal};
use super::super::screen::Screen;
use super::super::{Exit, Stop, words};
use super::Conditions;
use crate::audit::Ask;
use crate::client::{Answer, Client};
use crate::log::{Unverified, verify_export};

#[derive(Debug, Args)]
pub(super) struct Export {
    #[command(flatten)]
    conditions: Conditions,
    /// De map waar de uitvoer in komt; zij mag er nog niet zijn
    #[arg(long, value_name = "MAP")]
    out: PathBuf,
    #[command(flatten)]
    connection: Connection,
}

pub(super) fn export(export: &Export, screen: &mut Screen) -> Result<Exit, Stop> {
    let ask = export.conditions.ask()?;
    let mut client = export.connection.client()?;
    let out = &export.out;
    converse(async {
        let answer = fetch(&mut client, &ask, out).await?;
        if !answer.status.is_success() {
            return refusal(&answer, "uitvoer", screen);
        }
        let policy = fs::read_to_string(out.join(POLICY)).ok();
        let policy = policy.and_then(|text| text.parse::<Policy>().ok());
        let policy =
            policy.ok_or_else(|| Stop::unable(format!("{}: geen uitvoer", out.display())))?;
        match verify_export(out, &policy, &mut |_| ()) {
            Ok(summary) => {
                let manifest = summary.manifest;
                screen.line(format_args!(
                    "{}: {} records van het logboek {}, nagerekend met de sleutels die erin staan",
                    out.display(),
                    manifest.records,
                    manifest.origin
                ))?;
                screen.line(format_args!(
                    "reken haar na met de sleutels die u kent: knooppunt log verify {} --policy BESTAND",
                    out.display()
                ))?;
                Ok(Exit::Good)
            }
            Err(Unverified::Wrong(error)) => {
                screen.line(format_args!("{}: klopt niet: {error}", out.display()))?;
                Ok(Exit::Bad)
            }
            Err(error) => Err(Stop::unable(error.to_string())),
        }
    })
}

/// Asks for an export and unpacks it into a new folder. An answer that is no success leaves nothing. Err: also when it cannot be kept or is no export.
pub(in crate::cli) async fn fetch(
    client: &mut Client,
    ask: &Ask,
    out: &Path,
) -> Result<Answer, Stop> {
    if out.exists() {
        return Err(Stop::unable(format!(
            "{}: is er al; een uitvoer komt in een nieuwe map",
            out.display()
        )));
    }
    let mut name = out.file_name().unwrap_or_default().to_owned();
    name.push(".zip.deel");
    let packed = Packed(out.with_file_name(name));
    let mut file = File::options()
        .read(true)
        .write(true)
        .create_new(true)
        .open(&packed.0)
        .map_err(|error| not_written(&packed.0, &error))?;
    let body = Bytes::from(serde_json::to_vec(ask).unwrap_or_default());
    let answer = client
        .post_json_to("/v1/audit/uitvoer", body, &mut file)
        .await?;
    if answer.status.is_success() {
        unpack(file, out)?;
    }
    Ok(answer)
}

/// What came, until it is unpacked.
struct Packed(PathBuf);

impl Drop for Packed {
    fn drop(&mut self) {
        // What stays is told by the next that would write it.
        let _removed = fs::remove_file(&self.0);
    }
}

fn unpack(file: File, out: &Path) -> Result<(), Stop> {
    let broken = |what: &dyn std::fmt::Display| {
        Stop::unable(format!(
            "wat binnenkwam is geen hele uitvoer ({what}); vraag haar opnieuw"
        ))
    };
    let mut archive = ZipArchive::new(file).map_err(|error| broken(&error))?;
    fs::create_dir(out).map_err(|error| not_written(out, &error))?;
    for number in 0..archive.len() {
        let mut entry = archive.by_index(number).map_err(|error| broken(&error))?;
        let name = entry.name().map_err(|error| broken(&error))?.into_owned();
        // Nothing but the names that an export has, so that nothing is written elsewhere.
        if !is_of_export(&name) {
            return Err(broken(&"een naam die geen uitvoer heeft"));
        }
        let path = out.join(&name);
        if let Some(above) = path.parent() {
            fs::create_dir_all(above).map_err(|error| not_written(above, &error))?;
        }
        let mut new = File::create_new(&path).map_err(|error| not_written(&path, &error))?;
        io::copy(&mut entry, &mut new).map_err(|error| broken(&error))?;
    }
    Ok(())
}

fn is_of_export(name: &str) -> bool {
    use knooppunt_proof::export::{CHECKPOINT, MANIFEST, RECORDS};

    [MANIFEST, CHECKPOINT, POLICY, RECORDS].contains(&name) || name.parse::<TileId>().is_ok()
}

fn not_written(path: &Path, error: &io::Error) -> Stop {
    Stop::unable(format!(
        "{}: niet te schrijven: {}",
        path.display(),
        words::os(error)
    ))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use zip::write::{SimpleFileOptions, ZipWriter};

    use super::*;

    #[test]
    fn a_name_that_no_export_has_is_not_unpacked() {
        for name in [
            "../elsewhere",
            "/tmp/elsewhere",
            "tile/0/../../manifest",
            "records.jsonl/x",
            "manifest2",
        ] {
            let folder = tempfile::tempdir().expect("a folder");
            let mut zip = ZipWriter::new(tempfile::tempfile().expect("a file"));
            zip.start_file(name, SimpleFileOptions::default())
                .expect("begun");
            zip.write_all(b"x").expect("written");
            let file = zip.finish().expect("whole");
            let out = folder.path().join("a").join("out");
            fs::create_dir(folder.path().join("a")).expect("made");
            assert!(unpack(file, &out).is_err(), "{name}");
            let left: Vec<_> = fs::read_dir(&out).expect("readable").collect();
            assert!(left.is_empty(), "{name}");
        }
    }
}
