//! A report for people.

use std::fmt;

use super::{Counted, Coverage, Outside, Part, Share, Tally};

/// Most codes outside the lists that a text names; JSON has them all.
const OUTSIDE_MAX: usize = 100;

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Law(law) => write!(f, "{law}"),
            Self::Category(law, Some(category)) => write!(f, "{law} {category}"),
            Self::Category(law, None) => write!(f, "{law} zonder categorie"),
            Self::Region(name) => f.write_str(name),
            Self::Year(year) => write!(f, "{year}"),
            Self::Municipality(municipality) => write!(f, "gm{municipality}"),
        }
    }
}

impl Part {
    /// What kinds of parts there are, in the order of reports.
    pub(super) const KINDS: [&str; 5] = ["wet", "categorie", "regio", "jaar", "gemeente"];

    /// Which of them this is.
    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Self::Law(_) => "wet",
            Self::Category(_, _) => "categorie",
            Self::Region(_) => "regio",
            Self::Year(_) => "jaar",
            Self::Municipality(_) => "gemeente",
        }
    }
}

/// `83,4%`, or a dash where there is nothing to take a part of.
pub(super) fn percent(tally: &Tally) -> String {
    tally.covered_per_mille().map_or_else(
        || "-".to_owned(),
        |covered| format!("{},{}%", covered / 10, covered % 10),
    )
}

impl Coverage {
    /// `Dekking van gm0777 Voorbeeld op 2025-01-01`.
    pub fn title(&self) -> String {
        let of = self.municipality.as_ref().map(|(municipality, name)| {
            let space = if name.is_empty() { "" } else { " " };
            format!(" van gm{municipality}{space}{name}")
        });
        format!("Dekking{} op {}", of.unwrap_or_default(), self.on)
    }

    fn line(&self, f: &mut fmt::Formatter<'_>, name: &str, counted: &Counted) -> fmt::Result {
        let (codes, messages) = (&counted.codes, &counted.messages);
        write!(f, "  {name:<32} {:>8} {:>7}", codes.total(), percent(codes))?;
        if self.has_messages {
            write!(f, " {:>12} {:>7}", messages.total(), percent(messages))?;
        }
        writeln!(f)
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.title())?;
        write!(f, "  {:<32} {:>8} {:>7}", "", "codes", "gedekt")?;
        if self.has_messages {
            write!(f, " {:>12} {:>7}", "berichten", "gedekt")?;
        }
        writeln!(f)?;
        self.line(f, "alles", &self.all)?;
        writeln!(f, "per relatie")?;
        for share in Share::ALL {
            let (codes, messages) = (self.all.codes.get(share), self.all.messages.get(share));
            write!(f, "  {:<32} {codes:>8} {:>7}", share.as_str(), "")?;
            if self.has_messages {
                write!(f, " {messages:>12}")?;
            }
            writeln!(f)?;
        }
        for kind in Part::KINDS {
            if self.parts.keys().any(|part| part.kind() == kind) {
                writeln!(f, "per {kind}")?;
            }
            for (part, counted) in self.parts.iter().filter(|(part, _)| part.kind() == kind) {
                self.line(f, &part.to_string(), counted)?;
            }
        }
        let unmapped = self.unmapped().count();
        writeln!(
            f,
            "codes buiten de landelijke lijsten: {}, waarvan {unmapped} niet gekoppeld of niet bevestigd",
            self.outside.len()
        )?;
        // What somebody still has to do something about comes first.
        let is_todo = |one: &&Outside| matches!(one.share, Share::Open | Share::Unmapped);
        let rest = self.outside.iter().filter(|one| !is_todo(one));
        for one in self.unmapped().chain(rest).take(OUTSIDE_MAX) {
            let category = one.category.map(|category| category.to_string());
            write!(
                f,
                "  gm{} {} {} {:<5} {:<14}",
                one.municipality,
                one.law,
                category.as_deref().unwrap_or("--"),
                one.code.as_str(),
                one.share.as_str()
            )?;
            if self.has_messages {
                write!(f, " {:>12}", one.messages)?;
            }
            writeln!(f, " {}", one.label)?;
        }
        if self.outside.len() > OUTSIDE_MAX {
            writeln!(f, "  en nog {}", self.outside.len() - OUTSIDE_MAX)?;
        }
        Ok(())
    }
}
