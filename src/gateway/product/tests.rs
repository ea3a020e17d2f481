use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use knooppunt_standard::{Berichtsoort, ContentDescription, ElementDescription, Limits, Releases};
use proptest::prelude::*;

use super::table::{Row, TABLE};
use super::*;

static RELEASES: LazyLock<Releases> =
    LazyLock::new(|| crate::schemas::releases(None).expect("the schemas of this repository"));

/// Names that say what care is meant, how much, in what unit, at what tariff, by what allocation: whatever class they stand in.
const OF_PRODUCTS: [&str; 10] = [
    "Categorie",
    "Code",
    "Volume",
    "Eenheid",
    "ProductCategorie",
    "ProductCode",
    "GeleverdVolume",
    "ProductTarief",
    "IngediendBedrag",
    "ToewijzingNummer",
];

/// Paths below Bericht of every element of a schema.
fn paths(element: &ElementDescription, above: &str, into: &mut BTreeSet<String>) {
    let ContentDescription::Elements(children) = &element.content else {
        return;
    };
    for child in children {
        let path = format!("{above}{}", child.name);
        paths(child, &format!("{path}/"), into);
        into.insert(path);
    }
}

/// The paths that a row names, `../../` resolved.
fn named(row: &Row) -> Vec<String> {
    let fields = [
        row.nummer,
        row.referentie,
        row.begin,
        row.end,
        row.categorie,
        row.code,
        row.volume,
        row.eenheid,
        row.tarief,
        row.bedrag,
    ];
    let path = |field: &str| match field.strip_prefix("../../") {
        Some(above) => {
            let class: Vec<&str> = row.at.split('/').collect();
            format!("{}/{above}", class[..class.len() - 2].join("/"))
        }
        None => format!("{}/{field}", row.at),
    };
    fields.into_iter().flatten().map(path).collect()
}

#[test]
fn the_table_names_the_product_fields_of_every_schema_and_nothing_else() {
    let mut seen = 0;
    for schema in RELEASES.describe() {
        let soort = Berichtsoort::ALL
            .into_iter()
            .find(|soort| schema.namespace.contains(&format!("{}/", soort.number())))
            .unwrap_or_else(|| panic!("{} is of a kind", schema.namespace));
        let mut there = BTreeSet::new();
        paths(&schema.root, "", &mut there);
        let rows: Vec<&Row> = table::rows(soort).collect();
        let told: BTreeSet<String> = rows.iter().flat_map(|row| named(row)).collect();
        for path in &told {
            assert!(there.contains(path), "{}: no {path}", schema.namespace);
        }
        for path in &there {
            let name = path.rsplit('/').next().expect("a name");
            let leaf = path.ends_with("/IngediendBedrag");
            // An allocation that stays as it is has a number and no product.
            let stays = path.contains("/OngewijzigdProduct/");
            if OF_PRODUCTS.contains(&name) && !stays {
                let path = if leaf {
                    format!("{path}/Bedrag")
                } else {
                    path.clone()
                };
                assert!(
                    told.contains(&path),
                    "{}: {path} is not in the table",
                    schema.namespace
                );
                seen += 1;
            }
        }
    }
    assert!(seen > 100, "{seen} fields were looked at");
    let kinds: BTreeSet<u16> = TABLE
        .iter()
        .flat_map(|row| row.soorten)
        .map(Berichtsoort::number)
        .collect();
    assert_eq!(
        kinds,
        [301, 302, 305, 306, 307, 308, 315, 316, 317, 318, 323, 325].into()
    );
}

/// Every message of the conformance kit that is valid at level 1.
fn messages() -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|kind| kind == "xml") {
                let bytes = fs::read(&path).expect("readable");
                let checked = RELEASES.check(&bytes, &Limits::default());
                let valid = checked.findings.is_empty();
                drop(checked);
                if valid {
                    found.push((path, bytes));
                }
            }
        }
    }
    found.sort();
    found
}

fn fields<'o, 't>(occurrence: &'o Occurrence<'t>) -> impl Iterator<Item = &'o Field<'t>> {
    [
        &occurrence.categorie,
        &occurrence.code,
        &occurrence.volume,
        &occurrence.eenheid,
        &occurrence.tarief,
        &occurrence.bedrag,
    ]
    .into_iter()
    .flatten()
}

#[test]
fn a_product_is_read_with_its_client_its_numbers_and_its_days() {
    let body = fs::read(
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("conformance/messages/ijw/JW317/full/message.xml"),
    )
    .expect("readable");
    let checked = RELEASES.check(&body, &Limits::default());
    let found = read(&checked).expect("valid at level 1");
    let shown: Vec<_> = found
        .iter()
        .map(|one| {
            let text =
                |field: &Option<Field<'_>>| field.as_ref().map(|field| field.text.to_string());
            (
                one.nummer,
                one.referentie.as_deref().map(str::to_owned),
                text(&one.categorie),
                text(&one.code),
                one.volume.as_ref().and_then(Field::number),
                text(&one.eenheid),
                one.begin.map(|day| day.to_string()),
                one.end.map(|day| day.to_string()),
            )
        })
        .take(3)
        .collect();
    let text = |text: &str| Some(text.to_owned());
    let request = || text("VOW-2026-0001");
    let (begin, end) = (|| text("2026-05-01"), || text("2026-12-31"));
    assert_eq!(
        shown,
        [
            (
                Some(260_001),
                request(),
                None,
                None,
                Some(12),
                text("04"),
                begin(),
                end()
            ),
            (
                Some(260_002),
                request(),
                None,
                None,
                None,
                None,
                begin(),
                None
            ),
            (
                None,
                request(),
                text("45"),
                text("45A04"),
                Some(2),
                text("84"),
                begin(),
                end()
            ),
        ]
    );
    let root = checked.tree.node(found[0].client).expect("an element");
    assert_eq!(root.name(), "Client");
    assert!(found.iter().flat_map(fields).all(|field| field.is_plain));
}

#[test]
fn what_is_written_in_another_way_is_not_plain_and_reads_as_what_it_says() {
    let body = fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("conformance/messages/ijw/JW305/plain/message.xml"),
    )
    .expect("readable");
    let written = ["45A0&#52;", "45<!-- -->A04", "<![CDATA[45A04]]>", "45A04"];
    let at = body.find("Code>45A04").map(|at| at + "Code>".len());
    let at = at.expect("a code in the message");
    for (number, code) in written.iter().enumerate() {
        let mut body = body.clone();
        body.replace_range(at..at + 5, code);
        let checked = RELEASES.check(body.as_bytes(), &Limits::default());
        let found = read(&checked).expect("valid at level 1");
        let field = found[0].code.as_ref().expect("a code");
        assert_eq!(field.text, "45A04");
        assert_eq!(field.is_plain, number == 3, "{code}");
    }
}

#[test]
fn numbers_that_we_would_write_in_another_way_are_told() {
    for (text, number) in [
        ("60", Some(60)),
        ("0", Some(0)),
        ("060", None),
        ("+60", None),
        (" 60", None),
    ] {
        let field = Field {
            text: text.into(),
            is_plain: true,
            start: 0,
            end: 0,
        };
        assert_eq!(field.number(), number, "{text:?}");
    }
}

#[test]
fn edits_that_overlap_or_are_not_inside_make_nothing() {
    let edit = |range: Range<usize>| Edit {
        range,
        text: "x".to_owned(),
    };
    assert_eq!(
        rewrite(b"abcdef", vec![edit(4..5), edit(0..1)]).as_deref(),
        Some(&b"xbcdxf"[..])
    );
    for wrong in [
        vec![edit(0..3), edit(2..4)],
        vec![edit(5..7)],
        vec![edit(7..7)],
    ] {
        assert_eq!(rewrite(b"abcdef", wrong), None);
    }
    #[expect(clippy::reversed_empty_ranges, reason = "a range that cannot be")]
    let reversed = edit(3..1);
    assert_eq!(rewrite(b"abcdef", vec![reversed]), None);
}

static MESSAGES: LazyLock<Vec<(PathBuf, Vec<u8>)>> = LazyLock::new(|| {
    let mut messages = messages();
    messages.retain(|(_, body)| {
        let checked = RELEASES.check(body, &Limits::default());
        read(&checked).is_some_and(|found| !found.is_empty())
    });
    messages
});

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever is put into whichever fields: outside them every byte is as it was sent, in them stands what was put, and putting back what was there gives
    /// the message as it was sent.
    #[test]
    fn only_what_is_replaced_changes_and_it_comes_back(
        which in any::<prop::sample::Index>(),
        codes in prop::collection::vec(("[!-~]{1,5}", any::<bool>()), 1..40),
    ) {
        let (path, body) = which.get(&MESSAGES);
        let checked = RELEASES.check(body, &Limits::default());
        let found = read(&checked).expect("valid at level 1");
        let all: Vec<&Field<'_>> = found.iter().flat_map(fields).filter(|field| field.is_plain).collect();
        let chosen = all.iter().zip(codes.iter().cycle()).filter(|(_, (_, is))| *is);
        let edits: Vec<Edit> = chosen.filter_map(|(field, (text, _))| Edit::of(field, text.as_str())).collect();
        let other = rewrite(body, edits.clone()).expect("fields do not overlap");
        let (mut here, mut there, mut back) = (0, 0, Vec::new());
        let mut edits = edits;
        edits.sort_by_key(|edit| edit.range.start);
        for edit in &edits {
            let kept = edit.range.start - here;
            prop_assert_eq!(&body[here..edit.range.start], &other[there..there + kept], "{}", path.display());
            there += kept;
            let written = rewrite::escaped(&edit.text).len();
            back.push((there..there + written, edit.range.clone()));
            there += written;
            here = edit.range.end;
        }
        prop_assert_eq!(&body[here..], &other[there..]);
        let was = |range: &Range<usize>| all.iter().find(|field| field.range() == *range).expect("a field").text.to_string();
        let back = back.into_iter().map(|(range, from)| Edit { range, text: was(&from) }).collect();
        prop_assert_eq!(&rewrite(&other, back).expect("nor there"), body);
    }
}
