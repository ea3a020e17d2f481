//! The effect part of a taken message: what the ledger must remember of it after its content is erased. Encrypted under the record's effect key, which
//! outlives the content key; pseudonyms only.

use std::fmt;

use knooppunt_standard::history::{self, Change};
use knooppunt_standard::terms::Step;
use minicbor::{Decode, Encode};

use super::LedgerError;
use super::events::EventError;
use super::held::{Choice, Waiting};
use super::pseudonym::Pseudonym;
use super::translation::Translation;
use super::wire::WireMarks;

/// The version that is written of a message that came over no wire of others.
const VERSION: u8 = 3;
/// The version that is written of one that did.
const WIRED_VERSION: u8 = 4;
/// The version that is written of one of which a translation is kept, over whatever wire it came.
const TRANSLATED_VERSION: u8 = 5;
/// The version that is written of one that could not be translated, with the places that say why.
const PLACED_VERSION: u8 = 6;

/// What a taken message did to the ledger.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Effect {
    /// Version of this form: 3, 4 with `wire`, 5 with `translation`, 6 where that has places. Version 1 ends at `clients`, version 2 at `settles`.
    #[n(0)]
    version: u8,
    /// Identity: law, kind, maker and the maker's number.
    #[n(1)]
    pub identity: Pseudonym,
    /// SHA-256 of the body as it was handed in: tells a repeat from another message under the same identity.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub body_hash: [u8; 32],
    /// Identity of the message that this one answers, known to us or not; absent for a message that is no answer.
    #[n(3)]
    pub question: Option<Pseudonym>,
    /// Every client in it, towards the municipality of the pair; sorted, each once.
    #[n(4)]
    pub clients: Vec<Pseudonym>,
    /// The scope whose past it changes, or may change later; absent for a message that changes none.
    #[n(5)]
    pub(crate) scope: Option<Pseudonym>,
    /// What it did to the past of its scope at its own record: changes as [`history::encode`] writes them.
    #[cbor(n(6), with = "minicbor::bytes")]
    applied: Option<Vec<u8>>,
    /// What it does when its receiver accepts it, in the same form: pending until his answer passes.
    #[cbor(n(7), with = "minicbor::bytes")]
    pending: Option<Vec<u8>>,
    /// Position of the message whose pending changes end with this one: applied as far as `applied` says, else dropped.
    #[n(8)]
    pub(crate) settles: Option<u64>,
    /// Why the gateway keeps the answer to it back, from this record on; absent when it does not.
    #[n(9)]
    pub(crate) waiting: Option<Waiting>,
    /// What was decided on lines of it by this record.
    #[n(10)]
    pub(crate) choices: Option<Vec<Choice>>,
    /// Whether nobody can tell what it does when its receiver accepts it, since the rules failed through a bug of ours; absent when it can be told.
    #[n(11)]
    untold: Option<bool>,
    /// What it does to what is owed between the two parties; absent for nothing.
    #[n(12)]
    pub(crate) terms: Option<Vec<Step>>,
    /// Own numbers of the provider that it uses, so that their use towards another municipality can be noticed; absent for none.
    #[n(13)]
    pub(crate) numbers: Option<Vec<Pseudonym>>,
    /// Of the wire that it came over; absent for the own API.
    #[n(14)]
    pub(crate) wire: Option<WireMarks>,
    /// What became of its products; absent where nothing was asked about them.
    #[n(15)]
    pub(crate) translation: Option<Translation>,
}

/// What a message does to the past of its scope.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Doing {
    /// At its own record.
    pub(crate) applied: Vec<Change>,
    /// When its receiver accepts it.
    pub(crate) pending: Vec<Change>,
    /// Position of the message whose pending changes end with it.
    pub(crate) settles: Option<u64>,
}

impl fmt::Debug for Effect {
    /// Sizes: an effect tells of a client, and is never logged.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = |part: &Option<Vec<u8>>| part.as_ref().map_or(0, Vec::len);
        f.debug_struct("Effect")
            .field("version", &self.version)
            .field("clients", &self.clients.len())
            .field("applied_bytes", &bytes(&self.applied))
            .field("pending_bytes", &bytes(&self.pending))
            .field("settles", &self.settles)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Doing {
    /// Counts, as [`Effect`] shows.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Doing")
            .field("applied", &self.applied.len())
            .field("pending", &self.pending.len())
            .field("settles", &self.settles)
            .finish()
    }
}

impl Effect {
    /// An effect of the present version.
    pub fn new(
        identity: Pseudonym,
        body_hash: [u8; 32],
        question: Option<Pseudonym>,
        mut clients: Vec<Pseudonym>,
    ) -> Self {
        clients.sort_unstable();
        clients.dedup();
        Self {
            version: VERSION,
            identity,
            body_hash,
            question,
            clients,
            scope: None,
            applied: None,
            pending: None,
            settles: None,
            waiting: None,
            choices: None,
            untold: None,
            terms: None,
            numbers: None,
            wire: None,
            translation: None,
        }
    }

    /// The same, of a message that came over a wire.
    pub(crate) fn over(self, wire: WireMarks) -> Self {
        Self {
            version: self.version.max(WIRED_VERSION),
            wire: Some(wire),
            ..self
        }
    }

    /// The same, with what became of the products of the message, in this scope.
    pub(crate) fn translated(self, scope: Pseudonym, translation: Translation) -> Self {
        if translation.is_empty() {
            return self;
        }
        let is_placed = translation.left.iter().any(|left| left.place.is_some());
        Self {
            version: if is_placed {
                PLACED_VERSION
            } else {
                TRANSLATED_VERSION
            },
            scope: Some(scope),
            translation: Some(translation),
            ..self
        }
    }

    /// The same, with what the message does to what is owed.
    pub(crate) fn owing(self, steps: Vec<Step>) -> Self {
        Self {
            terms: (!steps.is_empty()).then_some(steps),
            ..self
        }
    }

    /// The same, with the provider's own numbers in the message.
    pub(crate) fn using(self, numbers: Vec<Pseudonym>) -> Self {
        Self {
            numbers: (!numbers.is_empty()).then_some(numbers),
            ..self
        }
    }

    /// That of a record about a message that was taken before: the same message, and nothing of what it did then.
    pub(crate) fn about(self) -> Self {
        Self {
            question: None,
            clients: Vec::new(),
            applied: None,
            pending: None,
            settles: None,
            waiting: None,
            choices: None,
            untold: None,
            terms: None,
            numbers: None,
            wire: None,
            translation: None,
            version: VERSION,
            ..self
        }
    }

    /// The same, of a message that changes what nobody can tell when its receiver accepts it.
    pub(crate) fn untold(self, scope: Pseudonym) -> Self {
        Self {
            scope: Some(scope),
            untold: Some(true),
            ..self
        }
    }

    /// The same, with what the message does to the past of this scope.
    pub(crate) fn doing(self, scope: Pseudonym, doing: &Doing) -> Self {
        let bytes = |changes: &[Change]| (!changes.is_empty()).then(|| history::encode(changes));
        Self {
            scope: Some(scope),
            applied: bytes(&doing.applied),
            pending: bytes(&doing.pending),
            settles: doing.settles,
            ..self
        }
    }

    /// What it did to the past at its own record. Err: written by a later program, or not ours; `position` is told.
    pub(crate) fn applied(&self, position: u64) -> Result<Option<Vec<Change>>, LedgerError> {
        changes(self.applied.as_deref(), position)
    }

    /// The same as it stands in the effect.
    pub(super) fn applied_bytes(&self) -> Option<&[u8]> {
        self.applied.as_deref()
    }

    /// What waits for the receiver's answer; `None`: nobody can tell. Err: as [`Effect::applied`].
    pub(crate) fn pending(&self, position: u64) -> Result<Option<Vec<Change>>, LedgerError> {
        if self.untold == Some(true) {
            return Ok(None);
        }
        let waits = changes(self.pending.as_deref(), position)?;
        Ok(Some(waits.unwrap_or_default()))
    }

    /// Whether something waits for the receiver's answer.
    pub(crate) fn waits(&self) -> bool {
        self.pending.is_some() || self.untold == Some(true)
    }

    /// Identity of the message that opened the thread: the question's for an answer, else its own.
    pub(crate) fn thread(&self) -> Pseudonym {
        self.question.unwrap_or(self.identity)
    }

    /// The bytes of the part.
    pub fn encode(&self) -> Vec<u8> {
        let encoded = minicbor::to_vec(self);
        debug_assert!(encoded.is_ok(), "writing into memory cannot fail");
        encoded.unwrap_or_default()
    }

    /// Reads a part of any version ever written. Err: it is of a later program, or not one of ours.
    pub fn decode(bytes: &[u8]) -> Result<Self, EventError> {
        let effect: Self =
            minicbor::decode(bytes).map_err(|cause| EventError::Malformed(cause.to_string()))?;
        if (1..=PLACED_VERSION).contains(&effect.version) {
            Ok(effect)
        } else {
            Err(EventError::Version(effect.version))
        }
    }
}

/// Changes as they stand in an effect. Err: as [`Effect::applied`].
pub(super) fn changes(
    bytes: Option<&[u8]>,
    position: u64,
) -> Result<Option<Vec<Change>>, LedgerError> {
    let read = |bytes| {
        history::decode(bytes).map_err(|cause| LedgerError::Unreadable {
            position,
            cause: EventError::Malformed(cause.to_string()),
        })
    };
    bytes.map(read).transpose()
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use knooppunt_standard::terms::{self, MessageName, OwedKey, Running, Taken, Term};

    use super::super::held::{Asked, Awaited, Unclear};
    use super::super::translation::{ElementPlace, Kept, Left, TableRow};
    use super::*;

    /// An effect as version 1 wrote it.
    const GOLDEN: &str = include_str!("../../../tests/golden/effect-1.txt");
    /// And one as version 2 wrote it.
    const GOLDEN_2: &str = include_str!("../../../tests/golden/effect-2.txt");
    /// And two as version 3 wrote them: of a declaration that is held, and of a decision on it.
    const GOLDEN_3: &str = include_str!("../../../tests/golden/effect-3.txt");
    /// And one as version 4 wrote it, of a message that came over a wire.
    const GOLDEN_4: &str = include_str!("../../../tests/golden/effect-4.txt");
    /// And two as version 5 wrote them: with a translation, over the own API and over a wire.
    const GOLDEN_5: &str = include_str!("../../../tests/golden/effect-5.txt");
    /// And one as version 6 wrote it: with the place of what could not be translated.
    const GOLDEN_6: &str = include_str!("../../../tests/golden/effect-6.txt");
    /// And one of version 3 that changes what is owed and uses the provider's own numbers.
    const GOLDEN_3_OWED: &str = include_str!("../../../tests/golden/effect-3-owed.txt");

    #[test]
    fn an_effect_of_version_1_is_read_as_ever() {
        let effect = Effect {
            version: 1,
            ..sample()
        };
        assert_eq!(
            effect.clients,
            [Pseudonym([4; 16]), Pseudonym([5; 16])],
            "sorted, each once"
        );
        let golden = data_encoding::HEXLOWER.decode(GOLDEN.trim().as_bytes());
        assert_eq!(Effect::decode(&golden.expect("hexadecimal")), Ok(effect));
    }

    #[test]
    fn an_effect_of_version_2_is_read_as_ever() {
        let removed = |of| Change::Refused {
            referentie: history::Pseudonym([of; 16]),
        };
        let doing = Doing {
            applied: vec![removed(6), removed(7)],
            pending: vec![removed(8)],
            settles: Some(300),
        };
        let effect = Effect {
            version: 2,
            ..sample().doing(Pseudonym([9; 16]), &doing)
        };
        let golden = data_encoding::HEXLOWER.decode(GOLDEN_2.trim().as_bytes());
        let read = Effect::decode(&golden.expect("hexadecimal")).expect("readable");
        assert_eq!(read, effect);
        assert_eq!(read.applied(0).expect("readable"), Some(doing.applied));
        assert_eq!(read.pending(0).expect("readable"), Some(doing.pending));
        assert_eq!(sample().applied(0).expect("readable"), None);
    }

    #[test]
    fn effects_of_version_3_are_read_and_written_as_ever() {
        let path = "/Bericht/Clienten/Client[1]/Prestaties/Prestatie[2]";
        let waiting = Waiting {
            lines: vec![Asked {
                at: 70,
                path: path.to_owned(),
                rule: "TR418".to_owned(),
            }],
            messages: vec![Awaited {
                position: 12,
                paths: vec![path.to_owned()],
                more: 3,
            }],
            unclear: Some(Unclear::Many),
            series: history::Series {
                latest: Some(jiff::civil::date(2026, 2, 1)),
            },
        };
        let held = Effect {
            waiting: Some(waiting),
            ..sample().doing(Pseudonym([9; 16]), &Doing::default())
        };
        let decided = Effect {
            choices: Some(vec![Choice {
                at: 70,
                path: path.to_owned(),
                grant: true,
                verdict: None,
            }]),
            ..held.clone().about()
        };
        assert_eq!(decided.waiting, None);
        let golden: Vec<&str> = GOLDEN_3.lines().collect();
        assert_eq!(golden.len(), 2);
        for (effect, golden) in [held, decided].into_iter().zip(golden) {
            assert_eq!(data_encoding::HEXLOWER.encode(&effect.encode()), golden);
            assert_eq!(Effect::decode(&effect.encode()), Ok(effect));
        }
    }

    #[test]
    fn an_effect_of_version_4_has_its_wire_and_is_read_and_written_as_ever() {
        let effect = sample().over(WireMarks {
            identity: Pseudonym([6; 16]),
            content: [7; 32],
            numbers: vec![Pseudonym([8; 16]), Pseudonym([9; 16])],
        });
        let golden = GOLDEN_4.trim();
        assert_eq!(data_encoding::HEXLOWER.encode(&effect.encode()), golden);
        assert_eq!(Effect::decode(&effect.encode()), Ok(effect.clone()));
        assert!(effect.about().wire.is_none(), "it tells of another record");
    }

    #[test]
    fn an_effect_of_version_5_has_its_translation_and_is_read_and_written_as_ever() {
        let golden: Vec<&str> = GOLDEN_5.lines().collect();
        let own = sample().translated(Pseudonym([9; 16]), translation());
        let wired = own.clone().over(WireMarks {
            identity: Pseudonym([6; 16]),
            content: [7; 32],
            numbers: Vec::new(),
        });
        assert_eq!(golden.len(), 2);
        for (effect, golden) in [own, wired].into_iter().zip(golden) {
            assert_eq!(data_encoding::HEXLOWER.encode(&effect.encode()), golden);
            assert_eq!(Effect::decode(&effect.encode()), Ok(effect.clone()));
            assert!(effect.about().translation.is_none(), "it is of the message");
        }
    }

    #[test]
    fn an_effect_of_version_6_says_where_it_could_not_be_translated_and_is_read_and_written_as_ever()
     {
        let mut translation = translation();
        let place = ElementPlace {
            path: "/Bericht/Client/StartProducten/StartProduct[2]".to_owned(),
            line: 41,
            column: 7,
        };
        translation.left.push(Left {
            at: 44,
            reason: "written-otherwise".to_owned(),
            place: Some(place),
        });
        let effect = sample().translated(Pseudonym([9; 16]), translation);
        assert_eq!(
            data_encoding::HEXLOWER.encode(&effect.encode()),
            GOLDEN_6.trim()
        );
        assert_eq!(Effect::decode(&effect.encode()), Ok(effect));
    }

    #[test]
    fn of_a_message_whose_products_nobody_asked_about_the_effect_is_as_ever() {
        let none = sample().translated(Pseudonym([9; 16]), Translation::default());
        assert_eq!(none, sample());
    }

    fn translation() -> Translation {
        Translation {
            form: Some([8; 32]),
            table: Some([9; 32]),
            rows: vec![TableRow {
                file: "gm0777/map.tsv".to_owned(),
                line: 12,
            }],
            left: vec![Left {
                at: 40,
                reason: "ambiguous".to_owned(),
                place: None,
            }],
            kept: vec![
                Kept {
                    toewijzing: Some(history::Pseudonym([3; 16])),
                    memory: vec![1, 2, 3],
                },
                Kept {
                    toewijzing: None,
                    memory: vec![4],
                },
            ],
        }
    }

    #[test]
    fn an_effect_about_a_large_message_has_a_few_bytes() {
        let numbers = vec![Pseudonym([7; 16]); 10_000];
        let of = sample().using(numbers);
        let bytes = of.about().encode().len();
        assert!(bytes < 500, "{bytes} bytes");
    }

    #[test]
    fn an_effect_of_version_3_says_what_is_owed_and_which_numbers_are_used_as_ever() {
        let toewijzing = history::Pseudonym([11; 16]);
        let ends = |key, term| Step {
            key,
            was: Some(Running {
                term,
                from: jiff::civil::date(2026, 2, 27),
            }),
            now: None,
        };
        let stop = OwedKey::Stop {
            client: history::Pseudonym([12; 16]),
            toewijzing,
        };
        let mut steps = looked_into();
        steps.push(ends(OwedKey::Start(toewijzing), Term::Start));
        steps.push(ends(stop, Term::Stop));
        let effect = sample()
            .owing(steps)
            .using(vec![Pseudonym([14; 16]), Pseudonym([13; 16])]);
        let golden = GOLDEN_3_OWED.trim();
        assert_eq!(data_encoding::HEXLOWER.encode(&effect.encode()), golden);
        let bytes = data_encoding::HEXLOWER.decode(golden.as_bytes());
        assert_eq!(Effect::decode(&bytes.expect("hexadecimal")), Ok(effect));
    }

    /// The step of a 319 "in onderzoek" that waits to be accepted, on a request of three days before.
    fn looked_into() -> Vec<Step> {
        let verzoek = history::Pseudonym([10; 16]);
        let client = history::Pseudonym([12; 16]);
        let requested = [Change::Requested {
            verzoek,
            request: history::Request {
                client,
                kind: history::RequestKind::Toewijzing,
                dagtekening: jiff::civil::date(2026, 2, 27),
            },
        }];
        let answered = [Change::Answered {
            verzoek,
            client: Some(client),
            answer: history::Answer::Investigating,
        }];
        let message = |name, day| Taken {
            message: MessageName([name; 16]),
            day: jiff::civil::date(2026, 3, day),
            waits: &[],
            counts: &[],
            settles: None,
            history_from: Some(jiff::civil::date(2015, 1, 1)),
        };
        let (mut past, none) = (history::Past::new(), BTreeSet::new());
        past.apply_all(&requested);
        let came = Taken {
            counts: &requested,
            ..message(15, 1)
        };
        let owed = terms::steps(&came, &past, &none, &BTreeMap::new());
        let owed = owed
            .into_iter()
            .filter_map(|step| Some((step.key, step.now?)));
        let answer = Taken {
            waits: &answered,
            ..message(16, 4)
        };
        let steps = terms::steps(&answer, &past, &none, &owed.collect());
        assert_eq!(steps.len(), 1, "{steps:?}");
        steps
    }

    fn sample() -> Effect {
        let clients = vec![Pseudonym([5; 16]), Pseudonym([4; 16]), Pseudonym([5; 16])];
        Effect::new(
            Pseudonym([1; 16]),
            [2; 32],
            Some(Pseudonym([3; 16])),
            clients,
        )
    }

    #[test]
    fn what_an_effect_tells_of_a_client_is_not_shown() {
        let of = history::Pseudonym([0xca; 16]);
        let doing = Doing {
            applied: vec![Change::Refused { referentie: of }],
            pending: vec![Change::Refused { referentie: of }],
            settles: None,
        };
        let effect = Effect::new(
            Pseudonym([0xca; 16]),
            [0xca; 32],
            None,
            vec![Pseudonym([0xca; 16])],
        )
        .doing(Pseudonym([0xca; 16]), &doing);
        let shown = format!("{effect:?} {doing:?}");
        assert!(
            shown.contains("clients: 1") && shown.contains("pending: 1"),
            "{shown}"
        );
        assert!(
            !shown.contains("202") && !shown.to_lowercase().contains("ca,"),
            "{shown}"
        );
    }

    #[test]
    fn what_nobody_can_tell_waits_and_is_not_taken_for_nothing() {
        let effect = sample().untold(Pseudonym([9; 16]));
        let read = Effect::decode(&effect.encode()).expect("readable");
        assert!(read.waits());
        assert_eq!(read.pending(0).expect("readable"), None);
        assert_eq!(sample().pending(0).expect("readable"), Some(Vec::new()));
    }

    #[test]
    fn an_effect_of_a_later_program_is_told() {
        let effect = Effect {
            version: 7,
            ..Effect::new(Pseudonym([1; 16]), [2; 32], None, Vec::new())
        };
        assert_eq!(
            Effect::decode(&effect.encode()),
            Err(EventError::Version(7))
        );
    }
}
