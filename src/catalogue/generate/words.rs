//! Names of made-up products: the national name said in other words, and what people do to names when they type them.

use super::random::Random;

/// What is said for what in the names of local products.
const SYNONYMS: &[(&str, &[&str])] = &[
    ("Begeleiding", &["Ondersteuning", "Coaching", "Hulp"]),
    ("begeleiding", &["ondersteuning", "coaching", "hulp"]),
    ("Behandeling", &["Therapie", "Hulpverlening"]),
    ("behandeling", &["therapie", "hulpverlening"]),
    ("Persoonlijke verzorging", &["Verzorging", "Hulp bij ADL"]),
    (
        "Kortdurend verblijf",
        &["Logeren", "Logeeropvang", "Respijtzorg"],
    ),
    ("Dagbesteding", &["Dagactiviteit", "Dagopvang"]),
    ("dagbesteding", &["dagactiviteit", "dagopvang"]),
    ("Vervoer", &["Vervoersdienst", "Rit"]),
    ("vervoer", &["vervoersdienst", "rit"]),
    (
        "Hulp bij het huishouden",
        &["Huishoudelijke hulp", "Huishoudelijke ondersteuning"],
    ),
    (
        "Beschermd wonen",
        &["Wonen met begeleiding", "Beschermd thuis"],
    ),
    ("Verblijf", &["Wonen", "Opname"]),
    ("verblijf", &["wonen", "opname"]),
    ("Diagnostiek", &["Onderzoek", "Screening"]),
    ("individueel", &["1-op-1", "voor een persoon"]),
    ("groep", &["in groepsverband", "groepsgewijs"]),
    ("basis", &["regulier", "licht"]),
    ("regulier", &["basis", "standaard"]),
    ("intensief", &["plus", "zwaar"]),
    ("specialistisch", &["gespecialiseerd", "extra"]),
    ("inspanningsgericht", &["per eenheid", "naar inzet"]),
    ("outputgericht", &["per traject", "naar resultaat"]),
    ("Scootmobiel", &["Open elektrische buitenwagen"]),
    ("jeugd", &["jongeren", "kinderen"]),
    ("Jeugd", &["Jongeren", "Kinderen"]),
];

/// What may stand behind a name that has no synonym.
const ENDINGS: &[&str] = &[
    "lokaal",
    "volgens contract",
    "maatwerk",
    "wijkteam",
    "thuis",
    "in de regio",
];

/// What people write short.
const SHORT: &[(&str, &str)] = &[
    ("egeleiding", "egel."),
    ("ehandeling", "eh."),
    ("individueel", "ind."),
    ("specialistisch", "spec."),
    ("Persoonlijke", "Pers."),
    ("inspanningsgericht", "insp."),
    ("outputgericht", "outp."),
];

/// The name in other words; never the same, never empty.
pub(super) fn reword(name: &str, random: &mut Random) -> String {
    let mut said = name.trim().to_owned();
    let mut changed = false;
    let first = random.index(SYNONYMS.len());
    for (word, others) in SYNONYMS.iter().cycle().skip(first).take(SYNONYMS.len()) {
        if said.contains(word)
            && let Some(other) = random.pick(others)
        {
            said = said.replacen(word, other, 1);
            changed = true;
            if random.chance(600) {
                break;
            }
        }
    }
    if !changed || random.chance(150) {
        let ending = random.pick(ENDINGS).copied().unwrap_or("lokaal");
        said = format!("{said} {ending}");
    }
    said
}

/// The name as somebody typed it who was in a hurry.
pub(super) fn noise(name: &str, random: &mut Random) -> String {
    match random.below(5) {
        0 => {
            let short = SHORT.iter().find(|(long, _)| name.contains(long));
            match short {
                Some((long, short)) => name.replacen(long, short, 1),
                None => name.chars().take(18).collect::<String>() + ".",
            }
        }
        1 if random.chance(500) => name.to_uppercase(),
        1 => name.to_lowercase(),
        2 => format!("{name} (nieuw)"),
        3 => {
            let letters = name.chars().count();
            let dropped = 1 + random.index(letters.saturating_sub(2));
            let kept = name.chars().enumerate().filter(|&(at, _)| at != dropped);
            kept.map(|(_, letter)| letter).collect()
        }
        _ => format!("{name} "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_said_otherwise_is_another_name_without_tabs() {
        let mut random = Random::of(1, "", "");
        for name in [
            "Begeleiding groep",
            "Iets anders",
            "",
            "Dagbesteding: outputgericht",
        ] {
            for _ in 0..50 {
                let said = reword(name, &mut random);
                assert_ne!(said, name);
                assert!(!said.is_empty() && !said.contains(['\t', '\n']));
                assert!(!noise(&said, &mut random).is_empty());
            }
        }
    }
}
