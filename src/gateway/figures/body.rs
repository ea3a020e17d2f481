//! Figures as JSON and as CSV. Both say the same; in neither stands a number that is not told.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::sum::{Group, Sum, Sums};
use super::{EDITION, Table};

/// Media type of the CSV.
pub(crate) const CSV: &str = "text/csv; charset=utf-8; header=present";
/// What could not be known of a message: its law, or its municipality.
const UNKNOWN: &str = "unknown";

/// Sums over closed months. A sum is `count`, and 1 to 9 more for each of the cells that it `lacks`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FiguresBody {
    /// How months were counted and what is told of them; figures of two editions are not to be compared.
    pub edition: u8,
    /// What happened; what did not happen has no row.
    pub rows: Vec<FigureRow>,
    /// Records that could not be read for damage: what they say is not counted.
    pub unread: u64,
}

/// Messages that have in common what stands first here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FigureRow {
    /// Calendar month of receipt (Europe/Amsterdam).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "2026-03")]
    pub month: Option<String>,
    /// `jw`, `wmo`, or `unknown` of what was refused before it was known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub law: Option<String>,
    /// Code of the municipality, or `unknown`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gemeente: Option<String>,
    /// Number of the kind, 0 where it could not be known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<u16>,
    /// Carried to their receivers.
    pub carried: SumBody,
    /// Of these answered within the term.
    pub in_time: SumBody,
    /// Answered after the term.
    pub late: SumBody,
    /// Not answered until the longest term for messages of the month had passed.
    pub unanswered: SumBody,
    /// Owed no answer.
    pub no_term: SumBody,
    /// Refused: at the door, by the gateway for its receiver, or by its receiver on his wire.
    pub refused: SumBody,
    /// Refused by cause: a return code or a rule, or the reason for which it was not taken at all. Of several the one that was found most, so that each refusal stands at one.
    pub causes: Vec<CauseBody>,
}

/// A sum of cells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SumBody {
    /// Messages in the cells that are told.
    pub count: u64,
    /// Cells that are not told because they are 1 to 9 messages each; `count` 0 that lacks 1 is a cell like that.
    pub lacks: u64,
}

/// Refusals for one cause.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CauseBody {
    /// The cause.
    pub code: String,
    /// As of a sum.
    pub count: u64,
    /// As of a sum.
    pub lacks: u64,
}

impl From<Sum> for SumBody {
    fn from(Sum { count, lacks }: Sum) -> Self {
        Self { count, lacks }
    }
}

impl From<&Table> for FiguresBody {
    fn from(table: &Table) -> Self {
        let rows = table.sums.iter();
        Self {
            edition: EDITION,
            rows: rows
                .map(|(group, sums)| FigureRow::of(group, sums))
                .collect(),
            unread: table.unread,
        }
    }
}

impl FigureRow {
    fn of(group: &Group, sums: &Sums) -> Self {
        let unknown = || UNKNOWN.to_owned();
        let causes = sums.causes.iter().map(|(code, sum)| CauseBody {
            code: code.clone(),
            count: sum.count,
            lacks: sum.lacks,
        });
        Self {
            month: group.month.map(|month| month.to_string()),
            law: group
                .law
                .map(|law| law.map_or_else(unknown, |law| law.to_string())),
            gemeente: group
                .gemeente
                .map(|code| code.map_or_else(unknown, |code| code.to_string())),
            kind: group.soort,
            carried: sums.carried.into(),
            in_time: sums.in_time.into(),
            late: sums.late.into(),
            unanswered: sums.unanswered.into(),
            no_term: sums.no_term.into(),
            refused: sums.refused.into(),
            causes: causes.collect(),
        }
    }
}

impl FiguresBody {
    /// The same as CSV (RFC 4180) with a header: a line for each figure of a row, and for each cause.
    ///
    /// ```text
    /// month,law,gemeente,kind,figure,cause,count,lacks
    /// 2026-03,jw,,301,carried,,480,1
    /// 2026-03,jw,,301,cause,9074,12,0
    /// ```
    pub fn to_csv(&self) -> String {
        let mut text = String::from("month,law,gemeente,kind,figure,cause,count,lacks\r\n");
        for row in &self.rows {
            let kind = row.kind.map(|kind| kind.to_string());
            let common = [&row.month, &row.law, &row.gemeente, &kind]
                .map(|value| field(value.as_deref().unwrap_or_default()))
                .join(",");
            let mut line = |figure: &str, cause: &str, sum: SumBody| {
                let (SumBody { count, lacks }, cause) = (sum, field(cause));
                // Writing into a text cannot fail.
                let _ = write!(text, "{common},{figure},{cause},{count},{lacks}\r\n");
            };
            for (figure, sum) in [
                ("carried", row.carried),
                ("in_time", row.in_time),
                ("late", row.late),
                ("unanswered", row.unanswered),
                ("no_term", row.no_term),
                ("refused", row.refused),
            ] {
                line(figure, "", sum);
            }
            for CauseBody { code, count, lacks } in &row.causes {
                let (count, lacks) = (*count, *lacks);
                line("cause", code, SumBody { count, lacks });
            }
        }
        text
    }
}

fn field(value: &str) -> String {
    if value.contains([',', '"', '\r', '\n']) {
        format!("\"{}\"", value.replace('"', "\"\""))
    } else {
        value.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_and_csv_say_the_same() {
        let row = FigureRow {
            month: Some("2026-03".to_owned()),
            law: Some("jw".to_owned()),
            kind: Some(301),
            carried: SumBody {
                count: 480,
                lacks: 1,
            },
            causes: vec![CauseBody {
                code: "a,\"b\"".to_owned(),
                count: 12,
                lacks: 0,
            }],
            ..FigureRow::default()
        };
        let body = FiguresBody {
            edition: 1,
            rows: vec![row],
            unread: 0,
        };
        let csv = body.to_csv();
        let lines: Vec<_> = csv.split("\r\n").collect();
        assert_eq!(lines[0], "month,law,gemeente,kind,figure,cause,count,lacks");
        assert_eq!(lines[1], "2026-03,jw,,301,carried,,480,1");
        assert_eq!(lines[6], "2026-03,jw,,301,refused,,0,0");
        assert_eq!(lines[7], "2026-03,jw,,301,cause,\"a,\"\"b\"\"\",12,0");
        assert_eq!(lines[8..], [""]);
        let json = serde_json::to_value(&body).expect("JSON");
        assert_eq!(json["rows"][0]["carried"]["lacks"], 1);
        assert_eq!(json["rows"][0]["causes"][0]["count"], 12);
    }
}
