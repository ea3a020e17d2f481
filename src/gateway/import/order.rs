//! Which message belongs to which answer, and in which order they count.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use knooppunt_standard::Berichtsoort;

use super::Why;
use super::file::Entry;
use crate::ledger::Pseudonym;
use crate::register::PartyCode;

/// A message and the answers to it.
#[derive(Debug)]
pub(super) struct Exchange {
    pub(super) question: Entry,
    /// At least one, in the order in which they are tried: the first that fits it counts.
    pub(super) answers: Vec<Entry>,
    /// Its place among all messages of its scope: by day, then within the day. Below that of every message that was taken here.
    pub(super) place: u64,
}

/// Files by what becomes of them.
#[derive(Debug)]
pub(super) struct Ordered {
    /// By scope, then in the order in which they count.
    pub(super) exchanges: Vec<Exchange>,
    pub(super) left: Vec<(Entry, Why)>,
}

/// Bits of a place that tell messages of one day apart.
const DAY_BITS: u32 = 24;
/// Before it no message of these laws was sent.
pub(super) const FIRST_DAY: Date = jiff::civil::date(2015, 1, 1);

/// Finds the answers to every message, and the order. A number is its maker's towards one receiver: over other roads nobody kept him from using it towards another one as well.
pub(super) fn of(mut entries: Vec<Entry>) -> Ordered {
    entries.sort_by(|one, other| one.path.cmp(&other.path));
    let mut left = Vec::new();
    let mut seen: BTreeMap<(Pseudonym, PartyCode), [u8; 32]> = BTreeMap::new();
    let mut questions = Vec::new();
    let mut answers: BTreeMap<(Pseudonym, PartyCode), Vec<Entry>> = BTreeMap::new();
    for entry in entries {
        let towards = (entry.identity, entry.receiver);
        if let Some(first) = seen.get(&towards) {
            let why = if *first == entry.hash {
                Why::Twice
            } else {
                Why::NumberTaken
            };
            left.push((entry, why));
            continue;
        }
        seen.insert(towards, entry.hash);
        match entry.answers {
            None => questions.push(entry),
            Some(asked) => answers.entry((asked, entry.maker)).or_default().push(entry),
        }
    }
    questions.sort_by(|one, other| key(one).cmp(&key(other)));
    let mut exchanges: Vec<Exchange> = Vec::new();
    for question in questions {
        let Some(answers) = answers.remove(&(question.identity, question.receiver)) else {
            left.push((question, Why::NoAnswer));
            continue;
        };
        let place = match exchanges.last() {
            Some(before)
                if before.question.scope() == question.scope()
                    && before.question.day == question.day =>
            {
                before.place + 1
            }
            _ => first_place(question.day),
        };
        exchanges.push(Exchange {
            question,
            answers,
            place,
        });
    }
    let alone = answers.into_values().flatten();
    left.extend(alone.map(|answer| (answer, Why::NoQuestion)));
    Ordered { exchanges, left }
}

/// The paths of these files and of the `.xml` files in these folders, however deep, sorted, each once. Err: what cannot be read.
pub fn files(given: &[PathBuf]) -> Result<Vec<PathBuf>, PathBuf> {
    let mut found = BTreeSet::new();
    for path in given {
        if path.is_dir() {
            folder(path, &mut found)?;
        } else if path.exists() {
            found.insert(path.clone());
        } else {
            return Err(path.clone());
        }
    }
    Ok(found.into_iter().collect())
}

fn folder(folder: &Path, found: &mut BTreeSet<PathBuf>) -> Result<(), PathBuf> {
    let unreadable = |_| folder.to_owned();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.is_dir() {
            self::folder(&path, found)?;
        } else if path
            .extension()
            .is_some_and(|extension| extension.eq_ignore_ascii_case("xml"))
        {
            found.insert(path);
        }
    }
    Ok(())
}

fn key(entry: &Entry) -> impl Ord + '_ {
    (
        entry.scope(),
        entry.day,
        turn(entry.kind.soort),
        &entry.path,
    )
}

/// Whose turn it is on one day: what a message may rest on comes before it.
const fn turn(soort: Berichtsoort) -> u8 {
    match soort {
        Berichtsoort::VerzoekToewijzing | Berichtsoort::VerzoekWijziging => 0,
        Berichtsoort::Antwoord => 1,
        Berichtsoort::Toewijzing => 2,
        Berichtsoort::Start => 3,
        Berichtsoort::Stop => 4,
        Berichtsoort::Declaratie => 5,
        Berichtsoort::ToewijzingRetour
        | Berichtsoort::StartRetour
        | Berichtsoort::StopRetour
        | Berichtsoort::VerzoekToewijzingRetour
        | Berichtsoort::VerzoekWijzigingRetour
        | Berichtsoort::AntwoordRetour
        | Berichtsoort::DeclaratieAntwoord => 6,
    }
}

fn first_place(day: Date) -> u64 {
    let days = day.duration_since(FIRST_DAY).as_hours() / 24;
    u64::try_from(days).unwrap_or(0) << DAY_BITS
}
