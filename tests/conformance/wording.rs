//! What our schemas and code lists say in words is ours: published names of up to three words may stand in them, sentences may not.
//! Does not judge whether our words are right; only that they are not the published ones.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use libtest_mimic::Trial;

use crate::{codelists, files, trial};

/// A text of fewer words is a name, and a name is a fact.
const SENTENCE: usize = 4;

/// Ignored where the published files are not at hand.
pub(crate) fn trials() -> Vec<Trial> {
    let absent = files::published("xsd").is_none() || files::published("codelists").is_none();
    vec![
        trial("wording/no_sentence_of_ours_is_a_published_one", own_words)
            .with_ignored_flag(absent),
        trial(
            "wording/a_sentence_is_recognised_whatever_its_case_accents_and_punctuation",
            recognised,
        ),
    ]
}

fn own_words() {
    let published = published();
    let sentences = published.iter().filter(|text| is_sentence(text)).count();
    assert!(sentences > 500, "only {sentences} published sentences");
    let ours = ours();
    assert!(
        ours.len() > 400,
        "only {} texts of ours: most were not read",
        ours.len()
    );
    let taken: Vec<String> = ours
        .iter()
        .filter(|(words, _)| is_sentence(words) && published.contains(*words))
        .map(|(words, place)| format!("{place}: {words}"))
        .collect();
    assert!(
        taken.is_empty(),
        "published word for word:\n{}",
        taken.join("\n")
    );
}

/// Every meaning, title and documentation text of all our releases, and a place where it stands. The names of municipalities
/// are not among them: they belong to no release, and are names however many words they have.
fn ours() -> BTreeMap<String, String> {
    let mut texts = BTreeMap::new();
    for release in files::releases() {
        for (name, list) in codelists::lists(&release) {
            texts.insert(words(&list.title), format!("{release} {name} title"));
            for row in &list.code {
                texts.insert(
                    words(&row.meaning),
                    format!("{release} {name} {}", row.code),
                );
            }
        }
        for path in files::list(&release.folder()) {
            if is(&path, "xsd") {
                let place = path.display().to_string();
                let said = documentation(&files::text(&path));
                texts.extend(said.into_iter().map(|text| (text, place.clone())));
            }
        }
    }
    texts
}

/// Every documentation text of the published schemas, and every cell of the published code lists.
fn published() -> BTreeSet<String> {
    let mut texts = BTreeSet::new();
    let folders =
        ["xsd", "codelists"].map(|name| files::published(name).expect("ignored when absent"));
    for folder in folders {
        for (name, bytes) in files::below(&folder, &folder) {
            let text = String::from_utf8(bytes).unwrap_or_else(|_| panic!("{name} is not UTF-8"));
            if is(Path::new(&name), "xsd") {
                texts.extend(documentation(&text));
            } else if is(Path::new(&name), "csv") {
                texts.extend(cells(&text).iter().map(|cell| words(cell)));
            }
        }
    }
    texts
}

fn is(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|found| found == extension)
}

fn is_sentence(words: &str) -> bool {
    words.split(' ').count() >= SENTENCE
}

/// The words of each `xs:documentation` of a schema.
fn documentation(schema: &str) -> Vec<String> {
    let parts = schema.split("<xs:documentation").skip(1);
    parts
        .map(|part| {
            let (_, text) = part.split_once('>').expect("a start tag ends");
            let (text, _) = text.split_once("</xs:documentation>").expect("text ends");
            words(
                &text
                    .replace("&amp;", "&")
                    .replace("&lt;", "<")
                    .replace("&gt;", ">"),
            )
        })
        .collect()
}

/// The cells of a table with commas between them; a cell in quotes may hold commas and lines.
fn cells(table: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut quoted = false;
    for letter in table.chars() {
        match letter {
            '"' => quoted = !quoted,
            ',' | '\n' if !quoted => cells.push(String::new()),
            _ => cells
                .last_mut()
                .expect("one cell from the start")
                .push(letter),
        }
    }
    cells
}

/// A text as its words in lower case without accents, one space between them.
fn words(text: &str) -> String {
    let plain: String = text.to_lowercase().chars().map(without_accent).collect();
    plain
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// The letter that an accent stands on, for the letters that Dutch texts and names of countries have.
fn without_accent(letter: char) -> char {
    match letter {
        'á' | 'à' | 'â' | 'ä' | 'ã' | 'å' => 'a',
        'é' | 'è' | 'ê' | 'ë' => 'e',
        'í' | 'ì' | 'î' | 'ï' => 'i',
        'ó' | 'ò' | 'ô' | 'ö' | 'õ' => 'o',
        'ú' | 'ù' | 'û' | 'ü' => 'u',
        'ç' => 'c',
        'ñ' => 'n',
        other => other,
    }
}

fn recognised() {
    let same = [
        "Op verzoek van één cliënt (zelf)",
        "op verzoek van een client; ZELF.",
        " Op  verzoek, van\neen 'client' zelf",
    ];
    let plain = BTreeSet::from(same.map(words));
    assert_eq!(
        plain,
        BTreeSet::from(["op verzoek van een client zelf".to_owned()])
    );
    assert!(plain.iter().all(|text| is_sentence(text)));
    assert!(!is_sentence(&words("Trinidad en Tobago")));
    assert_eq!(
        documentation("<xs:documentation xml:lang=\"nl\">Eén\n &amp; twee</xs:documentation>"),
        ["een twee"]
    );
    assert_eq!(cells("a,\"b, c\"\nd"), ["a", "b, c", "d"]);
}
