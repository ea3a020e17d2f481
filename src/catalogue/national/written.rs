//! The files as they are written: tabs, LF, sorted by code, nothing that differs from run to run.

use std::fmt::Write as _;

use jiff::civil::Date;

use super::{Collected, MadeRelease};
use crate::code::Code;
use crate::source::Source;
use crate::unit::Variant;

const BY: &str = "Made by `knooppunt catalogue canonical`; not to be edited.";

/// All files. The releases stand in the order of those collected.
pub(super) fn files(collected: &Collected, made: &[MadeRelease]) -> Vec<Source> {
    let mut files = vec![releases(collected, made)];
    for ((_, release), made) in collected.releases.iter().zip(made) {
        let mut text = format!(
            "# {} of {}: codes, categories, variants and published names. {BY}\ncode\tcategory\tvariant\tname\tvalid_from\tvalid_to\n",
            release.list,
            release.date.strftime("%Y-%m")
        );
        for product in release.products.values() {
            let category = product.category.map(|category| category.to_string());
            let variant = product.variant.map(Variant::as_str);
            line(
                &mut text,
                &[
                    product.code.as_str(),
                    category.as_deref().unwrap_or_default(),
                    variant.unwrap_or_default(),
                    &product.name,
                    "",
                    "",
                ],
            );
        }
        files.push(file(format!("canonical/{}.tsv", made.name), text));
    }
    files.push(categories(collected));
    files.push(municipalities(collected));
    files
}

fn releases(collected: &Collected, made: &[MadeRelease]) -> Source {
    let mut text = format!(
        "# The releases of the national lists that are here. {BY}\n# date: the month of the copy, as its first day. forms: the forms of code for which an incomplete copy is complete.\n"
    );
    for (((list, _), release), made) in collected.releases.iter().zip(made) {
        let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
        let _ = write!(
            text,
            "\n[[release]]\nname = {}\nlist = {}\nlaw = {}\ndate = {}\n",
            quoted(&made.name),
            quoted(list),
            quoted(release.law.as_str()),
            release.date
        );
        if !made.lacks.is_empty() {
            let mut forms: Vec<_> = release.products.keys().map(Code::form).collect();
            forms.sort_unstable();
            forms.dedup();
            let forms: Vec<_> = forms.iter().map(|form| quoted(form)).collect();
            let _ = writeln!(text, "forms = [{}]", forms.join(", "));
        }
        let _ = writeln!(text, "source = {}", quoted(&release.source));
    }
    file("canonical/releases.toml".to_owned(), text)
}

fn categories(collected: &Collected) -> Source {
    let mut text = format!(
        "# The categories of WMO020 and JZ020. {BY}\nlaw\tcategory\tname\tvalid_from\tvalid_to\n"
    );
    for ((law, category), named) in &collected.categories {
        let day = |day: Option<Date>| day.map(|day| day.to_string()).unwrap_or_default();
        line(
            &mut text,
            &[
                law.as_str(),
                category.as_str(),
                &named.name,
                &day(named.from),
                &day(named.to),
            ],
        );
    }
    file("canonical/categories.tsv".to_owned(), text)
}

fn municipalities(collected: &Collected) -> Source {
    let mut text = format!(
        "# The municipalities by CBS code. Their youth regions come from a third party and were not verified. {BY}\ncode\tname\tregion\n"
    );
    for (code, place) in &collected.municipalities {
        line(&mut text, &[&code.to_string(), &place.name, &place.region]);
    }
    file("municipalities.tsv".to_owned(), text)
}

fn line(text: &mut String, cells: &[&str]) {
    text.push_str(&cells.join("\t"));
    text.push('\n');
}

fn file(path: String, text: String) -> Source {
    Source {
        path,
        bytes: text.into_bytes(),
    }
}
