//! Messages about products as each of the two sides says them, the tables between them, and a world in which they are translated.

#![allow(
    dead_code,
    clippy::string_slice,
    reason = "every program that uses this file uses a part of it"
)]

use std::iter;
use std::sync::Arc;

use bytes::Bytes;
use knooppunt::translation::{Tables, Translations};
use knooppunt_standard::Limits;

use super::tables::files;
use super::world::{GEMEENTE_A, PARTIES, World, ZORG_A, intake, message, register};

/// Both sides agree.
pub(crate) const AGREED: &str = r#"
[[translation]]
for = "0289"
laws = ["jw"]

[[translation]]
for = "98980001"
with = "0289"
laws = ["jw"]
"#;

/// A folder of tables in which nothing is said.
pub(crate) const NO_ROWS: [&str; 0] = [];

fn tables(rows: &[impl AsRef<str>]) -> Tables {
    Tables::of(files(GEMEENTE_A, rows)).unwrap_or_else(|error| panic!("{error}"))
}

/// A world in which products are translated between 0289 and 98980001.
pub(crate) fn translating(world: World, lines: &str, rows: &[impl AsRef<str>]) -> World {
    let translations = Arc::new(Translations::new(tables(rows)));
    let intake = intake(&world.ledger, Limits::default()).with_translations(translations);
    World {
        intake: Arc::new(intake),
        register: register(&format!("{PARTIES}{lines}")),
        ..world
    }
}

/// A plain message with other texts in it, each of which must stand there once or more.
pub(crate) fn with(bericht: &str, id: &str, changes: &[(&str, &str)]) -> Bytes {
    let body = message(bericht, GEMEENTE_A, ZORG_A, id);
    changed(&body, changes)
}

pub(crate) fn changed(body: &Bytes, changes: &[(&str, &str)]) -> Bytes {
    let mut text = String::from_utf8(body.to_vec()).expect("text");
    for (from, to) in changes {
        assert!(text.contains(from), "{from} stands in it");
        text = text.replace(from, to);
    }
    text.into()
}

/// A plain message in which the class of this name is there once for each of these.
pub(crate) fn repeated(body: &Bytes, class: &str, each: &[Vec<(String, String)>]) -> Bytes {
    let text = String::from_utf8(body.to_vec()).expect("text");
    let from = text.find(&format!(":{class}>")).expect("the class");
    let from = text[..from].rfind('\n').expect("a line") + 1;
    let end = format!(":{class}>\n");
    let to = text.rfind(&end).expect("its end") + end.len();
    let mut out = text[..from].to_owned();
    for changes in each {
        let mut one = text[from..to].to_owned();
        for (from, to) in changes {
            assert!(one.contains(from.as_str()), "{from}");
            one = one.replace(from.as_str(), to);
        }
        out.push_str(&one);
    }
    out.push_str(&text[to..]);
    out.into()
}

pub(crate) fn text(bytes: &Bytes) -> &str {
    std::str::from_utf8(bytes).expect("text")
}

/// The number of the second allocation.
const SECOND: (&str, &str) = (">260001<", ">260002<");
/// Six pieces.
const PIECES: [(&str, &str); 2] = [("Volume>8<", "Volume>6<"), ("Eenheid>04<", "Eenheid>82<")];

/// The names of a law, and its words for the two products.
#[derive(Clone, Copy)]
pub(crate) struct Two {
    pub(crate) law: &'static str,
    prefix: &'static str,
    category: &'static str,
    /// The code of the plain messages.
    plain: &'static str,
}

pub(crate) const LAWS: [Two; 2] = [
    Two {
        law: "jw",
        prefix: "JW",
        category: "45",
        plain: "45A04",
    },
    Two {
        law: "wmo",
        prefix: "WMO",
        category: "02",
        plain: "02A03",
    },
];

impl Two {
    /// `JW301` of `301`.
    pub(crate) fn bericht(&self, number: &str) -> String {
        format!("{}{number}", self.prefix)
    }

    /// Lines of a register, written for the youth act, for this law.
    pub(crate) fn lines(&self, lines: &str) -> String {
        lines.replace("\"jw\"", &format!("\"{}\"", self.law))
    }

    /// Both sides agree.
    pub(crate) fn agreed(&self) -> String {
        self.lines(AGREED)
    }

    /// X48 in hours is A48 in minutes; X53 is A53, whatever it is counted in.
    pub(crate) fn rows(&self) -> Vec<String> {
        self.rows_saying(&[
            "X48 04 exact A48 01 60/1 2020-01-01",
            "X53 - exact A53 - - 2020-01-01",
        ])
    }

    /// The same own codes, each of them the other one's national code.
    pub(crate) fn other_rows(&self) -> Vec<String> {
        self.rows_saying(&[
            "X48 - exact A53 - - 2020-01-01",
            "X53 - exact A48 - - 2020-01-01",
        ])
    }

    /// Rows in which a code begins where its category ends.
    pub(crate) fn rows_saying(&self, rows: &[&str]) -> Vec<String> {
        let Self { law, category, .. } = self;
        let rows = rows.iter().map(|row| {
            let row = row.replace("exact A", &format!("exact {category}A"));
            format!("{law} {category} {category}{row}")
        });
        rows.collect()
    }

    fn code(&self, rest: &str) -> String {
        format!(">{}{rest}<", self.category)
    }

    /// The own code that ends so, and the canonical one, as values.
    pub(crate) fn codes(&self, end: &str) -> [String; 2] {
        ["X", "A"].map(|letter| self.code(&format!("{letter}{end}")))
    }

    /// Each text of the municipality, and what it is for its provider.
    fn pairs(&self) -> [(String, String); 6] {
        let code = |own, canonical| (self.code(own), self.code(canonical));
        let text = |own: &str, canonical: &str| (own.to_owned(), canonical.to_owned());
        [
            code("X48", "A48"),
            code("X53", "A53"),
            text("Volume>8<", "Volume>480<"),
            text("Volume>12<", "Volume>720<"),
            text("Eenheid>04<", "Eenheid>01<"),
            text(">5580<", ">93<"),
        ]
    }

    /// What the provider is to have of what the municipality has.
    pub(crate) fn canonical(&self, own: &Bytes) -> Bytes {
        let text = text(own).to_owned();
        let pairs = self.pairs().into_iter();
        pairs
            .fold(text, |text, (own, canonical)| {
                text.replace(&own, &canonical)
            })
            .into()
    }

    /// What the municipality is to have of what the provider has.
    pub(crate) fn own(&self, canonical: &Bytes) -> Bytes {
        let text = text(canonical).to_owned();
        let pairs = self.pairs().into_iter();
        pairs
            .fold(text, |text, (own, canonical)| {
                text.replace(&canonical, &own)
            })
            .into()
    }

    /// A plain message in the municipality's form, with the class of this name once for each of the two products.
    fn both(&self, number: &str, id: &str, class: &str, changes: [&[(&str, &str)]; 2]) -> Bytes {
        let each = ["X48", "X53"].into_iter().zip(changes);
        let each = each.map(|(code, changes)| {
            let code = (format!(">{}<", self.plain), self.code(code));
            let changes = changes.iter();
            let changes = changes.map(|(from, to)| ((*from).to_owned(), (*to).to_owned()));
            iter::once(code).chain(changes).collect()
        });
        let each: Vec<Vec<_>> = each.collect();
        repeated(&with(&self.bericht(number), id, &[]), class, &each)
    }

    /// An allocation of eight hours of the one and six pieces of the other, without a request before it.
    pub(crate) fn allocation(&self, id: &str) -> Bytes {
        let request = format!(
            "<{0}301:ReferentieAanbieder>VOT-2025-0001</{0}301:ReferentieAanbieder>",
            self.law
        );
        let second = [SECOND, PIECES[0], PIECES[1], (&request, "")];
        self.both("301", id, "ToegewezenProduct", [&[(&request, "")], &second])
    }

    /// The start of both.
    pub(crate) fn start(&self, id: &str) -> Bytes {
        self.both("305", id, "StartProduct", [&[], &[SECOND]])
    }

    /// The end of both.
    pub(crate) fn stop(&self, id: &str) -> Bytes {
        self.both("307", id, "StopProduct", [&[], &[SECOND]])
    }

    /// A request of both.
    pub(crate) fn request(&self, id: &str) -> Bytes {
        let second = [("VOT-2025-0001", "VOT-2025-0002"), PIECES[0], PIECES[1]];
        self.both("315", id, "AangevraagdProduct", [&[], &second])
    }

    /// A request for more hours of the one, and for a new product that is the same as it.
    pub(crate) fn change(&self, id: &str) -> Bytes {
        let prefix = format!("{}317", self.law);
        let basis = format!("i{}", self.law);
        let (category, end) = (self.category, format!("</{prefix}:TeWijzigenProducten>"));
        let new = format!(
            "{end}<{prefix}:NieuweProducten><{prefix}:NieuwProduct><{prefix}:Product><{basis}:Categorie>{category}</{basis}:Categorie>\
             <{basis}:Code>{category}X48</{basis}:Code></{prefix}:Product><{prefix}:GewensteIngangsdatum>2027-01-01</{prefix}:GewensteIngangsdatum>\
             <{prefix}:Omvang><{basis}:Volume>8</{basis}:Volume><{basis}:Eenheid>04</{basis}:Eenheid><{basis}:Frequentie>4</{basis}:Frequentie>\
             </{prefix}:Omvang></{prefix}:NieuwProduct></{prefix}:NieuweProducten>"
        );
        with(&self.bericht("317"), id, &[(&end, &new)])
    }

    /// What is declared of both: eight hours, and six pieces.
    pub(crate) fn declaration(&self, id: &str) -> Bytes {
        let first = [(">7250<", ">5580<"), (">58000<", ">44640<")];
        let second = [
            SECOND,
            PIECES[0],
            PIECES[1],
            ("P-2602-1", "P-2602-2"),
            (">58000<", ">43500<"),
        ];
        let body = self.both("323", id, "Prestatie", [&first, &second]);
        let own = [
            ("DN260001", format!("DN{id}")),
            ("P-2602", format!("P-{id}")),
            ("TotaalBedrag>58000<", "TotaalBedrag>88140<".to_owned()),
        ];
        changed(
            &body,
            &own.each_ref().map(|(from, to)| (*from, to.as_str())),
        )
    }
}
