//! Code lists as data with validity dates.
//! Does not decide which list belongs to which element: rules do.

use jiff::civil::Date;
use serde::Deserialize;

/// One code list, read from `codelists/<name>.toml` of a release or of all releases together:
///
/// ```toml
/// title = "Eenheid"
/// types = ["LDT_Eenheid"]
/// publisher = "CBS"       # optional
/// edition = "2026-01-01"  # optional
/// code = [
///   { code = "01", meaning = "Minuut" },
///   { code = "82", meaning = "Stuks (output)", valid_from = "2021-01-01", valid_to = "2030-12-31" },
/// ]
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Codelijst {
    /// What the list is about.
    pub title: String,
    /// Types of the schemas whose values it gives a meaning.
    #[serde(default)]
    pub types: Vec<String>,
    /// Who publishes it, when that is not the publisher of the standard.
    #[serde(default)]
    pub publisher: Option<String>,
    /// The day of which it gives the state.
    #[serde(default)]
    pub edition: Option<Date>,
    /// Its codes in the order of the file. A code may be listed more than once, with other dates.
    #[serde(rename = "code")]
    pub rows: Vec<ListedCode>,
}

/// One code of a [`Codelijst`], with its meaning in a period.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListedCode {
    /// The code as it stands in messages.
    pub code: String,
    /// What it means, in Dutch.
    pub meaning: String,
    /// First day of validity; `None`: since ever.
    #[serde(default)]
    pub valid_from: Option<Date>,
    /// Last day of validity; `None`: until further notice.
    #[serde(default)]
    pub valid_to: Option<Date>,
}

impl ListedCode {
    /// Whether the row holds on a day; both ends count.
    pub fn is_valid_on(&self, day: Date) -> bool {
        self.valid_from.is_none_or(|from| from <= day) && self.valid_to.is_none_or(|to| day <= to)
    }
}

impl Codelijst {
    /// The row of a code that holds on a day.
    pub fn find(&self, code: &str, day: Date) -> Option<&ListedCode> {
        self.rows
            .iter()
            .find(|row| row.code == code && row.is_valid_on(day))
    }

    /// Whether the code occurs, on whatever day.
    pub fn knows(&self, code: &str) -> bool {
        self.rows.iter().any(|row| row.code == code)
    }

    /// The first fault of the list, if it has one: a period that ends before it begins, or two rows
    /// of one code that hold on the same day.
    pub(crate) fn fault(&self) -> Option<String> {
        for (index, row) in self.rows.iter().enumerate() {
            let begin = row.valid_from.unwrap_or(Date::MIN);
            let end = row.valid_to.unwrap_or(Date::MAX);
            if end < begin {
                return Some(format!("code {}: valid_to is before valid_from", row.code));
            }
            let overlaps = self.rows.iter().skip(index + 1).any(|other| {
                other.code == row.code
                    && other.valid_from.unwrap_or(Date::MIN) <= end
                    && begin <= other.valid_to.unwrap_or(Date::MAX)
            });
            if overlaps {
                return Some(format!(
                    "code {}: two rows are valid on the same day",
                    row.code
                ));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const LIST: &str = r#"
        title = "Soort"
        code = [
          { code = "1", meaning = "oud", valid_to = "2020-12-31" },
          { code = "1", meaning = "nieuw", valid_from = "2021-01-01" },
        ]
    "#;

    #[test]
    fn a_code_has_the_meaning_of_the_day() {
        let list: Codelijst = toml::from_str(LIST).unwrap();
        assert_eq!(list.fault(), None);
        assert_eq!(list.find("1", date(2020, 12, 31)).unwrap().meaning, "oud");
        assert_eq!(list.find("1", date(2021, 1, 1)).unwrap().meaning, "nieuw");
        assert_eq!(list.find("2", date(2021, 1, 1)), None);
        assert!(list.knows("1") && !list.knows("2"));
    }

    #[test]
    fn rows_that_overlap_or_end_too_early_are_a_fault() {
        let overlap: Codelijst = toml::from_str(&LIST.replace("2021-01-01", "2020-12-31")).unwrap();
        assert!(overlap.fault().unwrap().contains("same day"));
        let backwards = r#"
            title = "Soort"
            code = [{ code = "1", meaning = "x", valid_from = "2021-01-01", valid_to = "2020-01-01" }]
        "#;
        assert!(
            toml::from_str::<Codelijst>(backwards)
                .unwrap()
                .fault()
                .unwrap()
                .contains("before")
        );
    }

    #[test]
    fn an_unknown_key_or_an_impossible_day_is_refused() {
        assert!(toml::from_str::<Codelijst>(&format!("owner = \"y\"\n{LIST}")).is_err());
        assert!(toml::from_str::<Codelijst>(&LIST.replace("2021-01-01", "2021-02-30")).is_err());
    }
}
