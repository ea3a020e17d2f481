//! National lists in small, with what went wrong in the real ones: a meaning that changed under the same code, a code that went on under another, a copy that is
//! not complete. And a table to write rows in.

use super::folder::load;
use crate::{COLUMNS, Catalogue, Finding};

/// Of the municipality that tests write to.
pub(crate) const MAP: &str = "gm0777/map.tsv";
/// Of a region that two municipalities take over.
pub(crate) const REGION: &str = "regions/wbw.tsv";

const RELEASES: &str = r#"
[[release]]
name = "jz21-2019-02"
list = "jz21"
law = "jw"
date = 2019-02-01
[[release]]
name = "jz21-2025-02"
list = "jz21"
law = "jw"
date = 2025-02-01
forms = ["NNLNN"]
[[release]]
name = "wmo021-2016-09"
list = "wmo021"
law = "wmo"
date = 2016-09-21
[[release]]
name = "wmo021-2019-02"
list = "wmo021"
law = "wmo"
date = 2019-02-01
"#;

const JW_2019: &str = "code\tcategory\tvariant\tname
41A03\t41\tinspanningsgericht\tDagbehandeling regulier: inspanningsgericht
43A03\t43\toutputgericht\tPleegzorg: outputgericht
44A03\t44\toutputgericht\tPleegzorg: outputgericht
44A27\t44\tinspanningsgericht\tJeugdhulp verblijf: inspanningsgericht (licht)
45A48\t45\tinspanningsgericht\tJeugdhulp ambulant regulier: inspanningsgericht (individueel)
45A49\t45\tinspanningsgericht\tJeugdhulp ambulant regulier: inspanningsgericht (groep)
45A53\t45\tinspanningsgericht\tJeugdhulp ambulant specialistisch: inspanningsgericht (individueel)
54001\t54\t\tJeugd-ggz behandeling regulier / generalistisch
54002\t54\t\tJeugd-ggz behandeling specialistisch
P5003\t\t\tProfiel 3
P5004\t\t\tProfiel 4
P5005\t\t\tProfiel 5
";

const WMO_2016: &str = "code\tcategory\tvariant\tname
01001\t01\t\tHH1 (huishoudelijke werkzaamheden)
01A02\t01\toutputgericht\tHH 2: outputgericht
02A00\t02\t\tBegeleiding
02A03\t02\tinspanningsgericht\tBegeleiding: inspanningsgericht
02L04\t02\t\tVroegdoven: Beantwoording korte begeleidingsvragen (landelijke inkoop ZG)
05001\t05\t\tHuurderving
05A01\t05\t\tHuurderving
05A03\t05\t\tTijdelijke  huisvesting
08A03\t08\tinspanningsgericht\tVervoer regulier: inspanningsgericht
08A11\t08\tinspanningsgericht\tVervoer regulier: inspanningsgericht
15A48\t15\t\tBeschermd wonen overig
";

/// National lists, and municipalities 0777 and 0363 that take over region wbw; these files in their place or besides.
pub(crate) fn folder(files: &[(&str, &str)]) -> Vec<(String, String)> {
    let manifest = |municipality: &str, published: &str| {
        format!(
            "municipality = \"{municipality}\"\nmade_up = true\npublished = {published}\ncanonical = [\"jz21-2025-02\", \"jz21-2019-02\", \"wmo021-2019-02\"]\ninclude = [\"wbw\"]\napply = [\"exact\", \"close\", \"local-narrower\"]\n"
        )
    };
    let jw_2025 = JW_2019
        .lines()
        .filter(|line| {
            line.starts_with("code") || line.as_bytes().get(2).is_some_and(u8::is_ascii_uppercase)
        })
        .filter(|line| !line.starts_with("45A49"))
        .fold(String::new(), |text, line| text + line + "\n");
    let wmo_2019 = WMO_2016
        .replace(
            "Beantwoording korte begeleidingsvragen (",
            "Dovenmaatschappelijkwerk(",
        )
        .replace("Tijdelijke  huisvesting", "Tijdelijke huisvesting")
        .lines()
        .filter(|line| !line.starts_with("02A00") && !line.starts_with("08A11"))
        .fold(String::new(), |text, line| text + line + "\n");
    let mut all: Vec<(String, String)> = [
        ("canonical/releases.toml", RELEASES.to_owned()),
        ("canonical/jz21-2019-02.tsv", JW_2019.to_owned()),
        ("canonical/jz21-2025-02.tsv", jw_2025),
        ("canonical/wmo021-2016-09.tsv", WMO_2016.to_owned()),
        ("canonical/wmo021-2019-02.tsv", wmo_2019),
        ("gm0363/manifest.toml", manifest("0363", "2010-01-01")),
        ("gm0777/manifest.toml", manifest("0777", "2010-10-28")),
        (REGION, table(&[])),
        (MAP, table(&[])),
        ("gm0363/map.tsv", table(&[])),
    ]
    .map(|(path, text)| (path.to_owned(), text))
    .to_vec();
    for (path, text) in files {
        all.retain(|(known, _)| known != path);
        all.push(((*path).to_owned(), (*text).to_owned()));
    }
    all
}

/// A table with all columns and these rows.
pub(crate) fn table(rows: &[String]) -> String {
    format!("{}\n{}", COLUMNS.join("\t"), rows.concat())
}

/// A row: `local_code relation canonical`, and other columns as `name=value`. Of jw and from 2024-01-01 unless it says otherwise.
pub(crate) fn row(short: &str) -> String {
    let mut cells = vec![String::new(); COLUMNS.len()];
    let mut set = |name: &str, value: &str| {
        let index = COLUMNS.iter().position(|known| *known == name).unwrap();
        value.clone_into(&mut cells[index]);
    };
    set("law", "jw");
    set("valid_from", "2024-01-01");
    let mut names = ["local_code", "relation", "canonical"].into_iter();
    for word in short.split(' ') {
        match word.split_once('=') {
            Some((name, value)) => set(name, &value.replace('_', " ")),
            None => set(names.next().unwrap(), word),
        }
    }
    cells.join("\t") + "\n"
}

/// The rows of these, one a line.
pub(crate) fn rows(short: &[&str]) -> Vec<String> {
    short.iter().map(|short| row(short)).collect()
}

/// Reads the folder, in which nothing may be wrong with a file.
pub(crate) fn read(files: &[(&str, &str)]) -> Catalogue {
    let (catalogue, findings) = load(folder(files));
    let wrong: Vec<&Finding> = findings.iter().collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    catalogue
}
