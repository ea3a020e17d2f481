//! Tables of product codes, made up: files as an operator has them.

#![allow(
    dead_code,
    reason = "every program that uses this file uses a part of it"
)]

use std::fs;
use std::path::Path;

/// The files of tables of a municipality: canonical lists of each law, a manifest, and these rows, with spaces where a table has tabs.
pub(crate) fn files(gemeente: &str, rows: &[impl AsRef<str>]) -> Vec<(String, Vec<u8>)> {
    let header = "law\tcategory\tlocal_code\tunit\trelation\tcanonical\tc_unit\tfactor\tvalid_from\tcollision\tc_category\n";
    let rows = rows.iter().map(|row| {
        let cells: Vec<&str> = row
            .as_ref()
            .split(' ')
            .map(|cell| if cell == "-" { "" } else { cell })
            .collect();
        let rest = "\t".repeat(11 - cells.len());
        format!("{}{rest}\n", cells.join("\t"))
    });
    let map = header.to_owned() + &rows.collect::<String>();
    let manifest = format!(
        "municipality = \"{gemeente}\"\nmade_up = true\npublished = 2019-10-28\ncanonical = [\"jw-1\", \"wmo-1\"]\napply = [\"exact\"]\nenabled = true\n"
    );
    let folder = format!("gm{gemeente}");
    let files = [
        (
            "canonical/releases.toml".to_owned(),
            "[[release]]\nname = \"jw-1\"\nlist = \"jw\"\nlaw = \"jw\"\ndate = 2019-02-01\n\n[[release]]\nname = \"wmo-1\"\nlist = \"wmo\"\nlaw = \"wmo\"\ndate = 2019-02-01\n"
                .to_owned(),
        ),
        (
            "canonical/jw-1.tsv".to_owned(),
            "code\tcategory\tvariant\tname\n45A04\t45\t\tEen\n45A48\t45\t\tTwee\n45A53\t45\t\tDrie\n46A22\t46\t\tZeven\n"
                .to_owned(),
        ),
        (
            "canonical/wmo-1.tsv".to_owned(),
            "code\tcategory\tvariant\tname\n02A03\t02\t\tVier\n02A48\t02\t\tVijf\n02A53\t02\t\tZes\n"
                .to_owned(),
        ),
        (format!("{folder}/manifest.toml"), manifest),
        (format!("{folder}/map.tsv"), map),
    ];
    let files = files.map(|(path, text)| (path, text.into_bytes()));
    files.to_vec()
}

/// Writes files below a folder.
pub(crate) fn lay(folder: &Path, files: Vec<(String, Vec<u8>)>) {
    for (path, bytes) in files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, bytes).expect("written");
    }
}
