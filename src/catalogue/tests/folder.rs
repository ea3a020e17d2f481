//! A small folder of tables, made up, to spoil in one place.

use crate::{Catalogue, Finding, Source};

/// A folder that nothing is wrong with: two releases, a region, a municipality.
pub(crate) fn clean() -> Vec<(String, String)> {
    [
        (
            "canonical/releases.toml",
            "[[release]]\nname = \"jw-1\"\nlist = \"jw\"\nlaw = \"jw\"\ndate = 2019-02-01\n\n[[release]]\nname = \"wmo-1\"\nlist = \"wmo\"\nlaw = \"wmo\"\ndate = 2019-02-01\n",
        ),
        (
            "canonical/jw-1.tsv",
            "code\tcategory\tvariant\tname\n45A48\t45\tinspanningsgericht\tBegeleiding\n45A53\t45\tinspanningsgericht\tPersoonlijke verzorging\n44A27\t44\toutputgericht\tVerblijf\nP5005\t\toutputgericht\tProfiel\n",
        ),
        (
            "canonical/wmo-1.tsv",
            "code\tcategory\tvariant\tname\n02A03\t02\tinspanningsgericht\tBegeleiding\n",
        ),
        (
            "regions/wbw.tsv",
            "law\tlocal_code\tunit\trelation\tcanonical\tvalid_from\njw\t501AL\t82\texact\tP5005\t2024-01-01\n",
        ),
        (
            "gm0777/manifest.toml",
            "municipality = \"0777\"\nmade_up = true\npublished = 2023-10-28\ncanonical = [\"jw-1\", \"wmo-1\"]\ninclude = [\"wbw\"]\napply = [\"exact\"]\nenabled = true\n",
        ),
        (
            "gm0777/map.tsv",
            "# gemaakt\nlaw\tcategory\tlocal_code\tunit\trelation\tcanonical\tvalid_from\tvalid_to\tlocal_label\njw\t45\t45X48\t04\texact\t45A48\t2024-01-01\t\tBegeleiding intensief\n",
        ),
    ]
    .map(|(path, text)| (path.to_owned(), text.to_owned()))
    .to_vec()
}

/// The folder with this file put in the place of the one of that name, or beside the others.
pub(crate) fn with(path: &str, text: &str) -> Vec<(String, String)> {
    let mut files = clean();
    files.retain(|(known, _)| known != path);
    files.push((path.to_owned(), text.to_owned()));
    files
}

/// Reads it.
pub(crate) fn load(files: Vec<(String, String)>) -> (Catalogue, Vec<Finding>) {
    let source = |(path, text): (String, String)| Source {
        path,
        bytes: text.into_bytes(),
    };
    Catalogue::load(files.into_iter().map(source).collect())
}
