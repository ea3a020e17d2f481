//! Where messages stand that are not answered yet. The record of an answer says where its question stands; those of programs before it did not, so that a
//! replay looks for it.

use std::collections::HashMap;

use super::super::events::Event;
use super::super::id::MessageId;
use super::super::message::Worth;
use crate::store::Position;

/// Messages that are owed an answer, by id, with the position of each.
#[derive(Default)]
pub(super) struct Questions(HashMap<MessageId, u64>);

impl Questions {
    /// The event at a position, which says where the message stands that it answers when that is known: events are told in their order.
    pub(super) fn place(&mut self, position: Position, mut event: Event) -> Event {
        match &mut event {
            Event::Received(received) => {
                if let Some(question) = received.question {
                    let known = self.0.get(&question).copied();
                    received.question_at = received.question_at.or(known);
                    if Worth::of(&received.marks) != Worth::Wrong {
                        self.0.remove(&question);
                    }
                }
                if received.owed().is_some() {
                    self.0.insert(received.message, position.0);
                }
            }
            Event::Rejected(rejected) => {
                self.0.remove(&rejected.message.message);
            }
            Event::Refused(_)
            | Event::Acknowledged(_)
            | Event::DeadLettered(_)
            | Event::Delivery(_)
            | Event::Erased(_)
            | Event::DryRun(_)
            | Event::Decided(_)
            | Event::Reconsidered(_)
            | Event::Imported(_)
            | Event::Returned(_)
            | Event::Told(_)
            | Event::Brings(_)
            | Event::Viewed(_)
            | Event::Forgotten(_) => {}
        }
        event
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::super::events::{Inputs, KindRecord, Mark, Received};
    use super::super::super::id::ThreadId;
    use super::*;
    use crate::register::Mode;

    fn id(number: u8) -> MessageId {
        MessageId::from_bytes([number; 16])
    }

    fn received(number: u8, soort: u16, question: Option<u8>, marks: &[Mark]) -> Event {
        Event::Received(Received {
            message: id(number),
            thread: ThreadId::from_bytes([1; 16]),
            kind: KindRecord {
                law: "jw".to_owned(),
                release: "3.2".to_owned(),
                soort,
                functie: None,
            },
            maker: "98980001".to_owned(),
            receiver: "0289".to_owned(),
            party: "zorg-a".to_owned(),
            mode: Mode::Carry,
            marks: marks.to_vec(),
            question: question.map(id),
            inputs: Inputs {
                program: "0.1.0".to_owned(),
                schemas: None,
                register: [0; 32],
                reference: None,
                rules: None,
                working_days: None,
                came_at: None,
                catalogue: None,
            },
            counts: BTreeMap::new(),
            body_bytes: 10,
            wire: None,
            question_at: None,
            mapped_bytes: None,
        })
    }

    /// Where the record at a position says that its question stands.
    fn asked_at(questions: &mut Questions, position: u64, event: Event) -> Option<u64> {
        let own = Position(position);
        let Event::Received(received) = questions.place(own, event) else {
            panic!("an answer")
        };
        received.asked_at(own)
    }

    #[test]
    fn an_answer_that_does_not_say_where_its_question_stands_is_told_until_one_that_stands_came() {
        let mut questions = Questions::default();
        questions.place(Position(4), received(1, 305, None, &[]));
        questions.place(Position(5), received(2, 323, None, &[]));
        let wrong = received(3, 325, Some(2), &[Mark::Reported]);
        assert_eq!(asked_at(&mut questions, 6, wrong), Some(5));
        let right = received(4, 325, Some(2), &[]);
        assert_eq!(asked_at(&mut questions, 7, right), Some(5));
        let second = received(5, 325, Some(2), &[Mark::SecondAnswer]);
        assert_eq!(asked_at(&mut questions, 8, second), None);
        // Of what was held: its answer stands behind the verdict.
        let made = received(6, 306, Some(1), &[Mark::MadeHere]);
        assert_eq!(asked_at(&mut questions, 9, made), Some(4));
        assert!(questions.0.is_empty(), "nothing is owed an answer");
        // Of a question that is not known, as after a replay from its answer on.
        let made = received(7, 306, Some(8), &[Mark::MadeHere]);
        assert_eq!(asked_at(&mut questions, 10, made), Some(9));
    }
}
