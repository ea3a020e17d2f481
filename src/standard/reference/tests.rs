//! What loads, what is refused and where it says so, and what the loaded data answer.

use jiff::civil::date;

use super::*;

fn load(files: &[(&str, &str)]) -> Result<Reference, ReferenceError> {
    let files = files.iter();
    Reference::load(files.map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())))
}

/// Line and reason of the refusal.
fn refusal(files: &[(&str, &str)]) -> (String, u32, String) {
    match load(files) {
        Err(ReferenceError::Data { file, line, reason }) => (file, line, reason),
        other => panic!("not refused as data: {other:?}"),
    }
}

const GEMEENTEN: &str = "title = 'Gemeenten'\nedition = '2026-01-01'\ncode = [\n\
    { code = '0384', meaning = 'Diemen' },\n\
    { code = '0363', meaning = 'Amsterdam', valid_to = '2026-06-30' },\n]\n";

const NATIONAL: &str = "title = 'Landelijk'\nlaw = 'jw'\nproduct = [\n\
    { categorie = '45', code = '45A04' },\n\
    { categorie = '44', code = '44A01', valid_from = '2026-03-01' },\n]\n";

const LOCAL: &str = "title = 'Diemen'\nlaw = 'jw'\ngemeente = '0384'\nnational = true\nvalid_from = '2026-01-01'\n\
    product = [{ categorie = '45', code = '45L01' }]\n";

const CONTRACT: &str = "title = 'Diemen 2026'\nlaw = 'jw'\ngemeente = '0384'\naanbieder = '65656055'\nline = [\n\
    { code = '45A04', eenheid = '04', product_tarief = 5500, valid_from = '2026-01-01', valid_to = '2026-03-31' },\n\
    { code = '45A04', eenheid = '04', product_tarief = 5550, valid_from = '2026-04-01' },\n\
    { code = '50A01', eenheid = '83', variant = 'output' },\n]\n";

#[test]
fn a_list_of_municipalities_tells_of_its_own_year_only() {
    let reference = load(&[("gemeenten/2026.toml", GEMEENTEN)]).unwrap();
    let of = |code: &str, day| reference.gemeente(code, day);
    assert_eq!(of("0384", date(2026, 1, 1)), Listed::Yes);
    assert_eq!(of("0384", date(2026, 12, 31)), Listed::Yes);
    assert_eq!(of("0003", date(2026, 12, 31)), Listed::No);
    assert_eq!(of("0363", date(2026, 7, 1)), Listed::No);
    assert_eq!(of("0384", date(2025, 12, 31)), Listed::Unknown);
    assert_eq!(of("0384", date(2027, 1, 1)), Listed::Unknown);
    assert_eq!(
        Reference::default().gemeente("0384", date(2026, 1, 1)),
        Listed::Unknown
    );
}

#[test]
fn the_list_of_this_repository_is_one() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../schemas/codelists/gemeenten.toml"
    );
    let text = std::fs::read_to_string(path).unwrap();
    let reference = load(&[("gemeenten/2026.toml", &text)]).unwrap();
    assert_eq!(reference.counts().gemeenten, 342);
    assert_eq!(reference.gemeente("0384", date(2026, 4, 1)), Listed::Yes);
}

#[test]
fn a_municipality_has_its_own_list_and_adds_the_national_one_when_it_says_so() {
    let day = date(2026, 3, 2);
    let both = load(&[
        ("products/national.toml", NATIONAL),
        ("products/0384.toml", LOCAL),
    ])
    .unwrap();
    let diemen = both.between(Law::Jw, "0384", "65656055");
    assert_eq!(diemen.product("45", "45L01", day), Listed::Yes);
    assert_eq!(diemen.product("45", "45A04", day), Listed::Yes);
    assert_eq!(diemen.product("44", "44A01", day), Listed::Yes);
    assert_eq!(diemen.product("44", "44A01", date(2026, 2, 28)), Listed::No);
    assert_eq!(
        diemen.product("44", "45A04", day),
        Listed::No,
        "another categorie"
    );
    assert_eq!(diemen.product("45", "45X01", day), Listed::No);
    assert_eq!(
        both.between(Law::Wmo, "0384", "65656055")
            .product("45", "45A04", day),
        Listed::Unknown
    );

    let own = LOCAL.replace("national = true\n", "");
    let own = load(&[
        ("products/national.toml", NATIONAL),
        ("products/0384.toml", &own),
    ])
    .unwrap();
    assert_eq!(
        own.between(Law::Jw, "0384", "65656055")
            .product("45", "45A04", day),
        Listed::No
    );
}

#[test]
fn without_a_list_of_the_municipality_nobody_can_say_that_a_code_is_wrong() {
    let national = load(&[("products/national.toml", NATIONAL)]).unwrap();
    let diemen = national.between(Law::Jw, "0384", "65656055");
    assert_eq!(diemen.product("45", "45A04", date(2026, 3, 2)), Listed::Yes);
    assert_eq!(
        diemen.product("45", "45X01", date(2026, 3, 2)),
        Listed::Unknown
    );
    // A list that adds to a national one that is not loaded.
    let local = load(&[("products/0384.toml", LOCAL)]).unwrap();
    let diemen = local.between(Law::Jw, "0384", "65656055");
    assert_eq!(diemen.product("45", "45L01", date(2026, 3, 2)), Listed::Yes);
    assert_eq!(
        diemen.product("45", "45A04", date(2026, 3, 2)),
        Listed::Unknown
    );
}

#[test]
fn a_list_of_one_provider_goes_before_that_of_the_municipality() {
    let own = LOCAL
        .replace("national = true", "aanbieder = '65656055'")
        .replace("45L01", "45P01");
    let reference = load(&[("products/0384.toml", LOCAL), ("products/own.toml", &own)]).unwrap();
    let day = date(2026, 3, 2);
    let product = |aanbieder: &str, code: &str| {
        reference
            .between(Law::Jw, "0384", aanbieder)
            .product("45", code, day)
    };
    assert_eq!(product("65656055", "45P01"), Listed::Yes);
    assert_eq!(product("65656055", "45L01"), Listed::No);
    assert_eq!(product("98980001", "45L01"), Listed::Yes);
    assert_eq!(product("98980001", "45P01"), Listed::Unknown);
}

#[test]
fn a_contract_gives_the_tariff_of_the_day_and_for_minutes_that_of_an_hour() {
    let reference = load(&[("contracts/2026.toml", CONTRACT)]).unwrap();
    let contract = reference.between(Law::Jw, "0384", "65656055");
    let tarief = |eenheid, day| contract.tarief("45A04", eenheid, day);
    assert_eq!(
        tarief(Eenheid::Uur, date(2026, 3, 31)),
        Some(Tarief::Unit(5500))
    );
    assert_eq!(
        tarief(Eenheid::Uur, date(2026, 4, 1)),
        Some(Tarief::Unit(5550))
    );
    assert_eq!(
        tarief(Eenheid::Minuut, date(2026, 4, 1)),
        Some(Tarief::Hour(5550))
    );
    assert_eq!(tarief(Eenheid::Etmaal, date(2026, 4, 1)), None);
    assert_eq!(tarief(Eenheid::Uur, date(2025, 12, 31)), None);
    assert_eq!(
        contract.variant("50A01", Eenheid::Euro, date(2026, 4, 1)),
        Some(Variant::Output)
    );
    assert_eq!(
        contract.variant("45A04", Eenheid::Uur, date(2026, 4, 1)),
        None
    );
    let other = reference.between(Law::Jw, "0384", "98980001");
    assert_eq!(other.tarief("45A04", Eenheid::Uur, date(2026, 4, 1)), None);
}

#[test]
fn a_file_is_named_with_the_hash_of_its_bytes() {
    let reference = load(&[
        ("products/national.toml", NATIONAL),
        ("contracts/2026.toml", CONTRACT),
    ])
    .unwrap();
    let paths: Vec<&str> = reference
        .files()
        .iter()
        .map(|file| file.path.as_str())
        .collect();
    assert_eq!(paths, ["contracts/2026.toml", "products/national.toml"]);
    let hash = reference.files()[0].hash;
    let changed = load(&[("contracts/2026.toml", &CONTRACT.replace("5550", "5551"))]).unwrap();
    assert_ne!(changed.files()[0].hash, hash);
}

#[test]
fn what_is_wrong_in_a_file_is_named_with_its_line_and_what_to_do() {
    let national = |from: &str, to: &str| vec![("products/n.toml", NATIONAL.replace(from, to))];
    let contract = |from: &str, to: &str| vec![("contracts/c.toml", CONTRACT.replace(from, to))];
    let gemeenten = |from: &str, to: &str| vec![("gemeenten/g.toml", GEMEENTEN.replace(from, to))];
    let twice = |path: &'static str, text: &str| {
        vec![
            ("products/a.toml", text.to_owned()),
            (path, text.to_owned()),
        ]
    };
    for (files, line, says) in [
        (national("law = 'jw'", "law = 'wlz'"), 2, "unknown variant"),
        (
            national("code = '45A04'", "kode = '45A04'"),
            4,
            "unknown field",
        ),
        (national("'2026-03-01'", "'2026-02-30'"), 5, "day"),
        (
            national("'44', code = '44A01'", "'44', code = '45A04'"),
            5,
            "another categorie",
        ),
        (national("'44A01'", "'44A01XX'"), 5, "one to five"),
        (
            national("law = 'jw'", "law = 'jw'\nnational = true"),
            1,
            "the national one",
        ),
        (twice("products/b.toml", NATIONAL), 1, "same day"),
        (twice("products/b.toml", LOCAL), 3, "same day"),
        (contract("'0384'", "'384'"), 3, "four digits"),
        (contract("'65656055'", "'6565605'"), 4, "eight digits"),
        (
            contract("valid_from = '2026-04-01'", "valid_from = '2026-03-31'"),
            7,
            "same day",
        ),
        (contract("'83', variant", "'99', variant"), 8, "eenheid is"),
        (
            contract("'83', variant", "'83', product_tarief = 1, variant"),
            8,
            "no tariff",
        ),
        (contract("5550", "100000000"), 7, "cents"),
        (
            contract("'2026-03-31'", "'2025-03-31'"),
            6,
            "before valid_from",
        ),
        (gemeenten("'0384'", "'384'"), 4, "four digits"),
        (
            gemeenten("'2026-01-01'", "'2026-01-01'\nvalid_to = '2025-01-01'"),
            2,
            "before edition",
        ),
        (gemeenten("edition = '2026-01-01'", ""), 1, "missing field"),
    ] {
        let files: Vec<(&str, &str)> = files
            .iter()
            .map(|(path, text)| (*path, text.as_str()))
            .collect();
        let (file, found, reason) = refusal(&files);
        assert_eq!(
            (file.as_str(), found),
            (files.last().unwrap().0, line),
            "{reason}"
        );
        assert!(reason.contains(says), "{reason:?} does not say {says:?}");
    }
}

#[test]
fn two_lists_of_municipalities_for_one_day_are_refused() {
    let (file, line, reason) = refusal(&[
        ("gemeenten/a.toml", GEMEENTEN),
        ("gemeenten/b.toml", GEMEENTEN),
    ]);
    assert_eq!((file.as_str(), line), ("gemeenten/b.toml", 2));
    assert!(reason.contains("same day"), "{reason}");
    let next = GEMEENTEN.replace("edition = '2026-01-01'", "edition = '2027-01-01'");
    assert!(load(&[("gemeenten/a.toml", GEMEENTEN), ("gemeenten/b.toml", &next)]).is_ok());
}

#[test]
fn a_file_in_no_place_or_not_in_utf_8_is_refused() {
    for path in [
        "readme.md",
        "tarieven/x.toml",
        "products/x.txt",
        "products/.toml",
        "products/a/b.toml",
    ] {
        let place = ReferenceError::Place {
            file: path.to_owned(),
        };
        assert_eq!(load(&[(path, "")]).unwrap_err(), place, "{path}");
        assert_eq!(place.code(), "reference-place");
    }
    let error = Reference::load([(
        "products/x.toml".to_owned(),
        b"title = 'x'\nlaw = '\xff'".to_vec(),
    )]);
    let Err(ReferenceError::Data { line, reason, .. }) = error else {
        panic!("taken");
    };
    assert_eq!(line, 2);
    assert!(reason.contains("UTF-8"));
}

#[test]
fn the_examples_of_the_readme_load() {
    let readme = concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md");
    let readme = std::fs::read_to_string(readme).unwrap();
    let examples = readme.split("```toml\n").skip(1);
    let examples = examples.map(|rest| rest.split("```").next().unwrap());
    let of = |key: &str| {
        let mut found = examples.clone().filter(|text| text.contains(key));
        found
            .next()
            .unwrap_or_else(|| panic!("no example has {key}"))
    };
    let files = [
        ("gemeenten/2026.toml", of("edition = ")),
        ("products/0289.toml", of("product = [")),
        ("contracts/0289-98980001.toml", of("line = [")),
    ];
    let counts = load(&files).unwrap().counts();
    assert_eq!(
        (counts.gemeenten, counts.products, counts.contract_codes),
        (1, 2, 2)
    );
}
