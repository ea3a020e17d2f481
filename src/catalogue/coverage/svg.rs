//! A report as a chart: a bar for each part, cut by how its products stand to the national lists. The cuts go from dark to light, so that they are told apart without
//! colour too, and each has a title that says what it is.

use std::fmt::Write as _;

use super::{Coverage, Part, Share, Tally, text};

const WIDTH: u64 = 1040;
const NAME_WIDTH: u64 = 300;
const BAR_WIDTH: u64 = 480;
const ROW_HEIGHT: u64 = 22;
const BAR_HEIGHT: u64 = 14;
const MARGIN: u64 = 16;
/// Most letters of a name; longer ones end in dots.
const NAME_LETTERS_MAX: usize = 42;

/// What is drawn as one cut: its name, how it is filled, and the shares it takes together.
struct Band {
    name: &'static str,
    fill: &'static str,
    shares: &'static [Share],
}

const BANDS: [Band; 5] = [
    Band {
        name: "gelijk, bijna gelijk of nauwer",
        fill: "#12303f",
        shares: &[
            Share::Related(crate::Relation::Exact),
            Share::Related(crate::Relation::Close),
            Share::Related(crate::Relation::LocalNarrower),
        ],
    },
    Band {
        name: "landelijke code",
        fill: "#3f6f86",
        shares: &[Share::National],
    },
    Band {
        name: "breder of gedeeltelijk",
        fill: "#86a9b8",
        shares: &[
            Share::Related(crate::Relation::LocalBroader),
            Share::Related(crate::Relation::Partial),
        ],
    },
    Band {
        name: "geen landelijke tegenhanger",
        fill: "#c9d6dc",
        shares: &[Share::Related(crate::Relation::None)],
    },
    Band {
        name: "niet gekoppeld of niet bevestigd",
        fill: "url(#open)",
        shares: &[Share::Open, Share::Unmapped],
    },
];

impl Coverage {
    /// A chart of messages where those were counted, else of codes: over all, and by law, category, region and year. A whole XML document, without scripts, fonts
    /// or anything from elsewhere.
    pub fn to_svg(&self) -> String {
        let mut bars: Vec<(Option<&str>, String, &Tally)> = Vec::new();
        bars.push((None, "alles".to_owned(), self.drawn(&self.all)));
        for kind in Part::KINDS.into_iter().filter(|kind| *kind != "gemeente") {
            let parts = self.parts.iter().filter(|(part, _)| part.kind() == kind);
            for (index, (part, counted)) in parts.enumerate() {
                let heading = (index == 0).then_some(kind);
                bars.push((heading, part.to_string(), self.drawn(counted)));
            }
        }
        let what = if self.has_messages {
            "berichten"
        } else {
            "codes"
        };
        let title = escaped(&format!("{} ({what})", self.title()));
        let mut body = String::new();
        let mut y = MARGIN + ROW_HEIGHT;
        words(&mut body, MARGIN, y, "bold", &title);
        for band in &BANDS {
            y += ROW_HEIGHT;
            cut(&mut body, MARGIN, y, BAR_HEIGHT * 2, band.fill, band.name);
            words(
                &mut body,
                MARGIN + 2 * BAR_HEIGHT + 8,
                y,
                "normal",
                band.name,
            );
        }
        y += ROW_HEIGHT;
        for (heading, name, tally) in bars {
            if let Some(kind) = heading {
                y += ROW_HEIGHT + ROW_HEIGHT / 2;
                words(&mut body, MARGIN, y, "bold", &format!("per {kind}"));
            }
            y += ROW_HEIGHT;
            bar(&mut body, y, &name, tally);
        }
        let height = y + ROW_HEIGHT + MARGIN;
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" lang=\"nl\" \
             font-family=\"sans-serif\" font-size=\"13\">\n\
             <title>{title}</title>\n\
             <defs><pattern id=\"open\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\"><rect width=\"6\" height=\"6\" fill=\"#ffffff\"/>\
             <path d=\"M0 6L6 0\" stroke=\"#000000\" stroke-width=\"1\"/></pattern></defs>\n\
             <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#ffffff\"/>\n{body}</svg>\n"
        )
    }

    fn drawn<'c>(&self, counted: &'c super::Counted) -> &'c Tally {
        if self.has_messages {
            &counted.messages
        } else {
            &counted.codes
        }
    }
}

fn bar(body: &mut String, y: u64, name: &str, tally: &Tally) {
    let mut shown: String = name.chars().take(NAME_LETTERS_MAX).collect();
    if shown.len() < name.len() {
        shown.push_str("...");
    }
    words(body, MARGIN, y, "normal", &escaped(&shown));
    let total = tally.total();
    let start = MARGIN + NAME_WIDTH;
    let mut before: u64 = 0;
    for band in &BANDS {
        let shares = band.shares.iter().map(|share| tally.get(*share));
        let count = shares.fold(0, u64::saturating_add);
        if count == 0 {
            continue;
        }
        // From the edges, so that the cuts fill the bar whatever is rounded.
        let edge = |count: u64| {
            let scaled = u128::from(count) * u128::from(BAR_WIDTH);
            let edge = scaled.checked_div(u128::from(total)).unwrap_or_default();
            u64::try_from(edge).unwrap_or(BAR_WIDTH)
        };
        let (from, to) = (edge(before), edge(before.saturating_add(count)));
        before = before.saturating_add(count);
        let title = format!("{}: {count} van {total}", band.name);
        cut(body, start + from, y, to - from, band.fill, &title);
    }
    let counted = format!("{total} (gedekt {})", text::percent(tally));
    words(body, start + BAR_WIDTH + 8, y, "normal", &escaped(&counted));
}

fn cut(body: &mut String, x: u64, y: u64, width: u64, fill: &str, title: &str) {
    let top = y + 2 - BAR_HEIGHT;
    // Writing to a text does not fail.
    let _ = writeln!(
        body,
        "<rect x=\"{x}\" y=\"{top}\" width=\"{width}\" height=\"{BAR_HEIGHT}\" fill=\"{fill}\" stroke=\"#000000\" stroke-width=\"0.5\"><title>{title}</title></rect>"
    );
}

fn words(body: &mut String, x: u64, y: u64, weight: &str, text: &str) {
    let _ = writeln!(
        body,
        "<text x=\"{x}\" y=\"{y}\" font-weight=\"{weight}\">{text}</text>"
    );
}

/// A text as XML has it: what XML reads is written as a name, and what it has no place for at all as a question mark.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            '\u{fffe}' | '\u{ffff}' => escaped.push('?'),
            c if c.is_control() => escaped.push('?'),
            c => escaped.push(c),
        }
    }
    escaped
}
