//! A case: an export, and what has to be said of it.

use std::sync::OnceLock;

use serde_json::json;

use super::folder::Folder;
use super::log::{Log, SEEN};
use crate::Policy;
use crate::tests::made;

/// What a verifier has to say.
pub(super) enum Said {
    Holds {
        receipt_time: Option<u64>,
        witnesses: Vec<&'static str>,
    },
    Refused {
        error: &'static str,
        file: &'static str,
        record: Option<u64>,
    },
}

pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    pub(super) trusted: Policy,
    pub(super) export: Folder,
    pub(super) said: Said,
}

impl Case {
    /// What stands in `case.json`.
    pub(super) fn description(&self) -> String {
        let value = match &self.said {
            Said::Holds {
                receipt_time,
                witnesses,
            } => json!({
                "title": self.title,
                "holds": true,
                "receipt_time": receipt_time,
                "witnesses": witnesses,
            }),
            Said::Refused {
                error,
                file,
                record,
            } => json!({
                "title": self.title,
                "holds": false,
                "error": error,
                "file": file,
                "record": record,
            }),
        };
        format!("{}\n", serde_json::to_string_pretty(&value).unwrap())
    }
}

pub(super) fn holds(name: &'static str, title: &'static str, export: Folder) -> Case {
    Case {
        name,
        title,
        trusted: made::policy(3, 2),
        export,
        said: Said::Holds {
            receipt_time: Some(SEEN + 5),
            witnesses: vec!["w1.example", "w2.example"],
        },
    }
}

pub(super) fn refused(
    name: &'static str,
    title: &'static str,
    (error, file, record): (&'static str, &'static str, Option<u64>),
    export: Folder,
) -> Case {
    Case {
        name,
        title,
        trusted: made::policy(3, 2),
        export,
        said: Said::Refused {
            error,
            file,
            record,
        },
    }
}

/// The records of the selection that most cases are made of.
pub(super) const SELECTED: [u64; 6] = [0, 6, 10, 255, 256, 299];

pub(super) fn selection_of(log: &Log) -> Folder {
    log.export("selection", &SELECTED, &[6])
}

pub(super) fn selection() -> Folder {
    selection_of(&Log::of(300))
}

pub(super) fn range() -> Folder {
    let indices: Vec<u64> = (250..262).collect();
    Log::of(300).export("range 250 262", &indices, &[])
}

/// Four records of a log of 70,000, which takes a while to make.
pub(super) fn three_levels() -> Folder {
    static MADE: OnceLock<Folder> = OnceLock::new();
    let make = || Log::of(70_000).export("selection", &[0, 65_535, 65_536, 69_999], &[]);
    MADE.get_or_init(make).clone()
}
