//! A taken message as JSON: facts and times, never content.

use data_encoding::HEXLOWER;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ledger::{Happening, Message, Moment};
use crate::terms::{Warning, answer_by};

/// A message that was taken. Times are RFC 3339, UTC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MessageBody {
    /// Its id here; 26 characters that nobody can guess.
    #[schema(example = "5xq4z3y2kq6d7m4a2b3c4d5e6a")]
    pub id: String,
    /// Its thread: the message that asked, and the answers to it.
    pub thread: String,
    /// `jw` or `wmo`; absent of a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub law: Option<String>,
    /// Release of the standard; of a file the version of its functie.
    #[schema(example = "3.2")]
    pub release: String,
    /// Published name of its kind; of a file its functie.
    #[schema(example = "JW301")]
    pub bericht: String,
    /// `true` of a file that is no message of the standards (`tekstBestand` of the GGk): it is carried as it is and never judged, its content is not XML, and no
    /// answer to it is owed. Absent otherwise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub file: bool,
    /// Code of the one who made it: Afzender, but Ontvanger of a retour.
    pub maker: String,
    /// Code of the one it is for: Ontvanger, but Afzender of a retour.
    pub receiver: String,
    /// When it was taken.
    #[schema(format = DateTime)]
    pub received: String,
    /// Position of its record in the journal: the order of everything.
    pub position: u64,
    /// SHA-256 of the body as it was handed in, hexadecimal. Absent when what the gateway keeps of the message is damaged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Length of the body.
    pub bytes: u64,
    /// The form that its receiver gets, when its products are translated: only codes, units, volumes and tariffs of products differ. Absent otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mapped: Option<MappedBody>,
    /// How far the gateway judges it for its receiver: `carry` (level 1 refuses, the receiver answers), `guard` (levels 1 and 2) or `judge` (all levels, and
    /// the answer is made in his name; with the mark `waits` he gives it himself). One for the whole thread.
    #[schema(example = "carry")]
    pub mode: String,
    /// What is unusual about it: `unknown-question` (it answers a message not known here), `second-answer`, `refused` (the gateway answered with a refusal in its
    /// receiver's name; it is not forwarded), `made-here` (an answer that the gateway made in its maker's name), `copy` (of such an answer, for its maker),
    /// `reported` (an answer that is wrong itself: nothing is booked by it), `waits` (its outcome hangs on what is not settled yet, so its receiver answers),
    /// `not-assessed` (through a fault of the gateway the rules were not asked of it: it is carried), `not-booked` (an answer to a message of which is not
    /// known any more what it changes: nothing is booked by it),
    /// `held` (a declaration whose 325 the gateway kept back when it came: see `/v1/besluiten`), `not-translated` (both parties agreed that products are translated, and
    /// those of this message could not be: its receiver gets it as it was handed in, and when it is `refused` nobody does; `not_translated` of its status says why),
    /// `stands-twice` (a product of it crosses as it is, and its receiver has the same for this client in the same days already, as what another product of the
    /// municipality became: `not_translated` says which).
    pub marks: Vec<String>,
    /// `waiting`, `acknowledged`, `answered`, `rejected` (its receiver refused it on his wire), or `dead` (it left the mailbox unread, whatever came later).
    pub state: String,
    /// The last day on which its receiver's answer is in time (Europe/Amsterdam); absent when it was answered or none is owed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(format = Date)]
    pub answer_by: Option<String>,
    /// That this day is near (`soon`), today (`last-day`) or past (`over`); in the mailbox and in the status of a message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warning: Option<String>,
    /// When the receiver acknowledged it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub acknowledged: Option<String>,
    /// When the first answer to it that stands was taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub answered: Option<String>,
    /// When it left the mailbox unread.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub dead: Option<String>,
    /// When its content was erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub erased: Option<String>,
    /// When all else that was kept of it was erased, years later: what it changed, what was found in it, the hash of its body. It is found under no client any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub effects_erased: Option<String>,
    /// When its answer, which the gateway kept back, was left to its receiver.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub released: Option<String>,
}

/// The form of a message that its receiver gets when its products are translated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MappedBody {
    /// SHA-256 of it, hexadecimal. Absent when what the gateway keeps of it is damaged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Its length.
    pub bytes: u64,
}

impl MessageBody {
    /// The message on a day, with the warning that is due.
    pub(super) fn on(message: &Message, today: Date, warning: Warning) -> Self {
        Self {
            warning: warning
                .of_message(message, today)
                .map(|standing| standing.code().to_owned()),
            ..Self::from(message)
        }
    }
}

impl From<&Message> for MessageBody {
    fn from(message: &Message) -> Self {
        let state = &message.state;
        let time = |at: Option<jiff::Timestamp>| at.map(|at| at.to_string());
        Self {
            id: message.id.to_string(),
            thread: message.thread.to_string(),
            law: message.kind.law().map(|law| law.as_str().to_owned()),
            release: message.kind.release().to_owned(),
            bericht: message.kind.name().to_owned(),
            file: message.kind.is_file(),
            maker: message.maker.to_string(),
            receiver: message.receiver.to_string(),
            received: message.received.to_string(),
            position: message.position,
            sha256: message.body_hash.map(|hash| HEXLOWER.encode(&hash)),
            bytes: message.body_bytes,
            mapped: message.mapped.map(|mapped| MappedBody {
                sha256: mapped.sha256.map(|hash| HEXLOWER.encode(&hash)),
                bytes: mapped.bytes,
            }),
            mode: message.mode.as_str().to_owned(),
            marks: message
                .marks
                .iter()
                .map(|mark| mark.code().to_owned())
                .collect(),
            state: state.code().to_owned(),
            answer_by: if state.answered.or(state.rejected).is_some() {
                None
            } else {
                answer_by(&message.kind, message.received).map(|day| day.to_string())
            },
            warning: None,
            acknowledged: time(state.acknowledged),
            answered: time(state.answered),
            dead: time(state.dead),
            erased: time(state.erased),
            effects_erased: time(state.forgotten),
            released: time(state.released),
        }
    }
}

/// One line of a message's timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MomentBody {
    /// When.
    #[schema(format = DateTime)]
    pub at: String,
    /// `received`, `acknowledged`, `answered`, `answered-again`, `answered-wrongly` (by what is wrong itself: an answer is still owed), `dead-lettered`, `erased`,
    /// `effects-erased` (all else that was kept of it, years later),
    /// `released` (its answer, which was kept back, is left to its receiver) or `rejected` (its receiver refused it on his wire).
    pub event: String,
    /// Position of the record that says so.
    pub position: u64,
    /// The answer, for those three; absent when the caller may not see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

impl From<&Moment> for MomentBody {
    fn from(moment: &Moment) -> Self {
        let by = match moment.happening {
            Happening::Answered { by, .. } => by.map(|by| by.to_string()),
            Happening::Received
            | Happening::Acknowledged
            | Happening::DeadLettered
            | Happening::Erased
            | Happening::Forgotten
            | Happening::Released
            | Happening::Rejected => None,
        };
        Self {
            at: moment.at.to_string(),
            event: moment.happening.code().to_owned(),
            position: moment.position,
            by,
        }
    }
}
