//! The schemas of this repository, and messages made from small pieces.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use knooppunt_standard::{Checked, Finding, Limits, Releases};

/// Root of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every file below a folder: its path from there, and its bytes.
pub(crate) fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path
                    .strip_prefix(folder)
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned();
                found.push((name, fs::read(&path).unwrap()));
            }
        }
    }
    found
}

/// The releases of this repository.
pub(crate) static RELEASES: LazyLock<Releases> =
    LazyLock::new(|| Releases::load(files(&root().join("schemas"))).unwrap());

/// Checks with the limits as they come.
pub(crate) fn check(body: &[u8]) -> Checked<'_> {
    RELEASES.check(body, &Limits::default())
}

/// Code and path of each finding.
pub(crate) fn codes<'c>(checked: &'c Checked<'_>) -> Vec<(&'static str, &'c str)> {
    checked
        .findings
        .list
        .iter()
        .map(|Finding { code, path, .. }| (*code, path.as_str()))
        .collect()
}

/// A JW305 with two start products that is valid, one element a line.
pub(crate) const START: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<s:Bericht xmlns:s="http://www.istandaarden.nl/ijw/3_2/jw305/schema" xmlns:b="http://www.istandaarden.nl/ijw/3_2/basisschema/schema">
<s:Header>
<s:BerichtCode>438</s:BerichtCode>
<s:BerichtVersie>3</s:BerichtVersie>
<s:BerichtSubversie>2</s:BerichtSubversie>
<s:Afzender>12345678</s:Afzender>
<s:Ontvanger>0363</s:Ontvanger>
<s:BerichtIdentificatie>
<b:Identificatie>A1</b:Identificatie>
<b:Dagtekening>2026-02-01</b:Dagtekening>
</s:BerichtIdentificatie>
<s:XsdVersie>
<b:BasisschemaXsdVersie>1.0.0</b:BasisschemaXsdVersie>
<b:BerichtXsdVersie>1.0.0</b:BerichtXsdVersie>
</s:XsdVersie>
</s:Header>
<s:Client>
<s:Bsn>999900006</s:Bsn>
<s:Geboortedatum>
<b:Datum>2010-01-01</b:Datum>
</s:Geboortedatum>
<s:Geslacht>1</s:Geslacht>
<s:Naam>
<b:Geslachtsnaam>
<b:Achternaam>Vos</b:Achternaam>
</b:Geslachtsnaam>
</s:Naam>
<s:StartProducten>
<s:StartProduct>
<s:ToewijzingNummer>1</s:ToewijzingNummer>
<s:Begindatum>2026-01-01</s:Begindatum>
<s:StatusAanlevering>1</s:StatusAanlevering>
</s:StartProduct>
<s:StartProduct>
<s:ToewijzingNummer>2</s:ToewijzingNummer>
<s:Begindatum>2026-01-01</s:Begindatum>
<s:StatusAanlevering>1</s:StatusAanlevering>
</s:StartProduct>
</s:StartProducten>
</s:Client>
</s:Bericht>
"#;

/// [`START`] with one piece of it replaced, once; the piece must be there.
pub(crate) fn start_with(piece: &str, other: &str) -> String {
    assert!(START.contains(piece), "{piece}");
    START.replacen(piece, other, 1)
}
