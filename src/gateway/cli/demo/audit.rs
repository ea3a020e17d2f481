//! The scenes in which somebody audits: he finds the line that was refused, sees the thread, takes it along, and verifies it without the gateway; and what becomes
//! of that when one byte of it is changed.

use std::fs;
use std::path::Path;

use bytes::Bytes;
use knooppunt_proof::Policy;

use super::super::audit::export::fetch;
use super::super::connection::read_json;
use super::super::{Stop, words};
use super::play::{Play, Side};
use super::world::cannot_write;
use crate::api::audit::{AnswerBody, ConversationBody, ThreadBody};
use crate::api::inzagen::LooksBody;
use crate::api::ontvangstbewijs::KeysBody;
use crate::audit::Ask;
use crate::client::Client;
use crate::log::{Unverified, verify_export};

/// Party of the one who audits.
pub(super) const AUDITOR: &str = "toezicht";
/// Name of the log of the demo.
pub(super) const ORIGIN: &str = "knooppunt-demo.example/log";
/// What the register says for these scenes.
pub(super) const REGISTER: &str = r#"
[[party]]
id = "toezicht"
name = "Toezichthouder in de demo"
certificate = [{ anchor = "operator-ca", uri = "urn:knooppunt:party:toezicht" }]

[[auditor]]
party = "toezicht"
laws = ["wmo"]
gemeenten = ["0289"]
from = 2020-01-01
until = 2099-12-31
"#;

const PURPOSE: &str = "Onderzoek naar afgewezen declaraties";
/// The code of the line that was refused.
const CODE: &str = "9321";

impl Play<'_> {
    /// All of them.
    pub(super) async fn audit(&mut self) -> Result<(), Stop> {
        let mut auditor = self.world().client_of(AUDITOR)?;
        let Some(thread) = self.finds_the_refused_line(&mut auditor).await? else {
            return Ok(());
        };
        self.sees_the_thread(&mut auditor, &thread).await?;
        self.takes_it_along(&mut auditor, thread).await?;
        self.is_seen().await
    }

    /// Gives the thread.
    async fn finds_the_refused_line(
        &mut self,
        auditor: &mut Client,
    ) -> Result<Option<String>, Stop> {
        self.scene(
            "Een toezichthouder zoekt de afgewezen declaratieregel, binnen zijn bevoegdheid",
        )?;
        let ask = Ask {
            purpose: Some(PURPOSE.to_owned()),
            kinds: vec![323],
            codes: vec![CODE.to_owned()],
            ..Ask::default()
        };
        let answer = auditor.post_json("/v1/audit/berichten", json(&ask)).await?;
        let found: Option<AnswerBody> = read_json(&answer).ok();
        let messages = found.map(|found| found.messages).unwrap_or_default();
        let thread = match &messages[..] {
            [message] => Some(message.thread.clone()),
            _ => None,
        };
        self.check(
            thread.is_some(),
            &format!(
                "een declaratie met code {CODE} gevonden; de zoekvraag is als inzage vastgelegd"
            ),
        )?;
        let ask = Ask {
            laws: vec!["jw".to_owned()],
            ..ask
        };
        let over = auditor.post_json("/v1/audit/berichten", json(&ask)).await?;
        self.check(
            over.status.as_u16() == 403,
            "onder een wet buiten zijn bevoegdheid zoekt hij niets; die poging is ook vastgelegd",
        )?;
        Ok(thread)
    }

    async fn sees_the_thread(&mut self, auditor: &mut Client, thread: &str) -> Result<(), Stop> {
        self.scene("Hij opent het gesprek: wat er gebeurde, en wie waarop oordeelde")?;
        let body = ThreadBody {
            purpose: Some(PURPOSE.to_owned()),
            page: None,
        };
        let path = format!("/v1/audit/draden/{thread}");
        let answer = auditor.post_json(&path, json(&body)).await?;
        let conversation: Option<ConversationBody> = read_json(&answer).ok();
        let messages = conversation
            .map(|conversation| conversation.messages)
            .unwrap_or_default();
        for message in &messages {
            let what = &message.message.bericht;
            for moment in &message.timeline {
                let (at, position) = (&moment.at, moment.position);
                let event = words::happening(&moment.event);
                self.tell(&format!("{at}  {what} {event} (record {position})"))?;
            }
            for finding in &message.findings.findings {
                self.tell(&format!("{} ({})", finding.text, finding.rule))?;
            }
        }
        let kinds: Vec<_> = messages
            .iter()
            .map(|message| message.message.bericht.as_str())
            .collect();
        let refused = messages
            .iter()
            .any(|message| message.findings.findings_by_code.contains_key(CODE));
        self.check(
            kinds == ["WMO323", "WMO325"] && refused,
            "de declaratie, de bevinding en het antwoord, zonder iets van de inhoud",
        )?;
        let proved = messages.iter().all(|message| {
            let receipt = message.receipt.as_ref();
            receipt.is_some_and(|receipt| receipt.in_log == "proved")
        });
        self.check(
            proved,
            "elk met ontvangstbewijs, en het bewijs dat het in het logboek staat",
        )
    }

    async fn takes_it_along(&mut self, auditor: &mut Client, thread: String) -> Result<(), Stop> {
        self.scene("Hij neemt het gesprek mee en rekent het na zonder het knooppunt")?;
        let answer = auditor.get("/v1/sleutels").await?;
        let keys: KeysBody = read_json(&answer)?;
        let policy = keys.log.and_then(|log| log.policy.parse::<Policy>().ok());
        let policy = policy.ok_or_else(|| Stop::unable("het knooppunt noemt geen logboek"))?;
        let ask = Ask {
            purpose: Some(PURPOSE.to_owned()),
            thread: Some(thread),
            ..Ask::default()
        };
        let out = self.world().taken_along("uitvoer");
        let answer = fetch(auditor, &ask, &out).await?;
        let mut records = 0;
        let verified = verify_export(&out, &policy, &mut |_| records += 1);
        self.check(
            answer.status.is_success() && verified.is_ok() && records >= 2,
            &format!("{records} records, elk op zijn plaats in het logboek {ORIGIN}"),
        )?;
        self.scene("Iemand verandert een byte van wat hij meenam")?;
        let changed = change(&out)?;
        let Err(Unverified::Wrong(error)) = verify_export(&out, &policy, &mut |_| ()) else {
            return self.check(false, "het narekenen merkt het");
        };
        self.check(
            error.record() == Some(changed),
            &format!("het narekenen wijst record {changed} aan"),
        )
    }

    /// Whoever was looked at sees it.
    async fn is_seen(&mut self) -> Result<(), Stop> {
        self.scene("De aanbieder vraagt wie er naar zijn berichten keek")?;
        let answer = self.client(Side::Aanbieder).get("/v1/inzagen").await?;
        let seen: Option<LooksBody> = read_json(&answer).ok();
        let looks = seen.map(|seen| seen.looks).unwrap_or_default();
        let mut how: Vec<_> = looks.iter().map(|look| look.look.as_str()).collect();
        how.reverse();
        let who = looks.iter().all(|look| look.party == AUDITOR);
        let why = looks
            .iter()
            .all(|look| look.purpose.as_deref() == Some(PURPOSE));
        self.check(
            how == ["search", "thread", "export"] && who && why,
            "de toezichthouder: zocht, opende het gesprek en nam het mee, met het doel erbij",
        )
    }
}

/// Changes a byte of the first record of an export; gives its place in the log.
fn change(out: &Path) -> Result<u64, Stop> {
    const BEFORE: &str = "\"record\":\"";
    let file = out.join("records.jsonl");
    let mut lines = fs::read(&file).map_err(|error| cannot_write(&file, &error))?;
    let text = String::from_utf8_lossy(&lines).into_owned();
    let place = text
        .split(|c: char| !c.is_ascii_digit())
        .find(|digits| !digits.is_empty())
        .and_then(|digits| digits.parse().ok());
    let at = text.find(BEFORE).map(|at| at + BEFORE.len() + 40);
    let byte = at.and_then(|at| lines.get_mut(at));
    let (Some(place), Some(byte)) = (place, byte) else {
        return Err(Stop::unable("de uitvoer heeft geen record"));
    };
    *byte = if *byte == b'A' { b'B' } else { b'A' };
    fs::write(&file, lines).map_err(|error| cannot_write(&file, &error))?;
    Ok(place)
}

fn json<T: serde::Serialize>(body: &T) -> Bytes {
    serde_json::to_vec(body).unwrap_or_default().into()
}
