//! The scenes in which the gateway judges for both sides: every message is answered at once, in the name of its receiver.

use bytes::Bytes;
use http::StatusCode;

use super::super::connection::read_json;
use super::super::{Stop, words};
use super::play::{Play, Side};
use crate::api::message::MessageBody;
use crate::api::postvak::PageBody;

/// What the register says for these scenes: under the Wmo both leave judging and answering to the gateway.
pub(super) const REGISTER: &str = r#"
[[mandate]]
for = "0289"
direction = "answer"
laws = ["wmo"]
from = 2026-01-01

[[mandate]]
for = "98980001"
direction = "answer"
laws = ["wmo"]
from = 2026-01-01

[[mode]]
for = "0289"
mode = "judge"
laws = ["wmo"]

[[mode]]
for = "98980001"
mode = "judge"
laws = ["wmo"]

[[history]]
gemeente = "0289"
laws = ["wmo"]
since = 2026-01-01
"#;

const TOEWIJZING: &str =
    include_str!("../../../../conformance/messages/iwmo/WMO301/plain/message.xml");
const START: &str = include_str!("../../../../conformance/messages/iwmo/WMO305/plain/message.xml");
const DECLARATIE: &str =
    include_str!("../../../../conformance/messages/iwmo/WMO323/plain/message.xml");

/// A declaration under names of its own, so that it does not stand in the way of others.
fn declaratie(number: &str) -> String {
    DECLARATIE
        .replace("D260007", &format!("J26000{number}"))
        .replace("DN260001", &format!("JN26000{number}"))
        .replace("P-2602-1", &format!("J-2602-{number}"))
}

/// The same with an hour more than the allocation has in a month.
fn declaratie_of_too_much(number: &str) -> String {
    declaratie(number)
        .replace(
            "GeleverdVolume>8</wmo323:GeleverdVolume",
            "GeleverdVolume>9</wmo323:GeleverdVolume",
        )
        .replace(">58000<", ">65250<")
}

impl Play<'_> {
    /// An allocation, a start, a declaration with one wrong line, and the declaration that puts it right.
    pub(super) async fn judge(&mut self) -> Result<(), Stop> {
        let (toewijzing, start) = (TOEWIJZING.to_owned(), START.to_owned());
        self.answered(Side::Gemeente, "WMO301", toewijzing, "WMO302", None)
            .await?;
        self.answered(Side::Aanbieder, "WMO305", start, "WMO306", None)
            .await?;
        let (wrong, right) = (declaratie_of_too_much("1"), declaratie("2"));
        self.answered(Side::Aanbieder, "WMO323", wrong, "WMO325", Some("9321"))
            .await?;
        self.answered(Side::Aanbieder, "WMO323", right, "WMO325", Some("8001"))
            .await
    }

    /// One message that the gateway answers: the answer lies in the sender's mailbox at once, with this code or with none.
    async fn answered(
        &mut self,
        sender: Side,
        name: &'static str,
        body: String,
        answer_name: &'static str,
        code: Option<&str>,
    ) -> Result<(), Stop> {
        self.scene(&format!(
            "{}: {} aan {}; het knooppunt beoordeelt en antwoordt namens de {}",
            words::bericht(name),
            sender.name(),
            sender.other().name(),
            sender.other().name()
        ))?;
        let answer = self
            .client(sender)
            .post_xml("/v1/berichten", Bytes::from(body))
            .await?;
        let Some(taken) = self.taken(&answer, name)? else {
            return Ok(());
        };
        let page = self.client(sender).get("/v1/postvak").await?;
        let page: Option<PageBody> = read_json(&page).ok();
        let made = page.and_then(|page| {
            let thread = &taken.message.thread;
            page.messages
                .into_iter()
                .find(|message| is_answer(message, thread, answer_name))
        });
        let id = made.map(|made| made.id).unwrap_or_default();
        let content = self
            .client(sender)
            .get(&format!("/v1/postvak/{id}/inhoud"))
            .await?;
        let text = String::from_utf8_lossy(&content.body).into_owned();
        let (right, fact) = match code {
            None => (
                !text.contains("RetourCode"),
                format!("{answer_name} ligt al in het postvak: akkoord, zonder retourcode"),
            ),
            Some(code) => (
                text.contains(&format!(">{code}<")),
                format!("{answer_name} ligt al in het postvak, met retourcode {code}"),
            ),
        };
        self.check(content.status == StatusCode::OK && right, &fact)?;
        let refusals = taken.findings.findings.iter();
        for finding in refusals.filter(|finding| finding.weight == "refuses") {
            self.tell(&format!("{} ({})", finding.text, finding.rule))?;
        }
        for side in [sender, sender.other()] {
            self.empty(side).await?;
        }
        Ok(())
    }

    /// Acknowledges everything that waits, so that the next scene begins with empty mailboxes.
    pub(super) async fn empty(&mut self, side: Side) -> Result<(), Stop> {
        let page = self.client(side).get("/v1/postvak").await?;
        let page: PageBody = read_json(&page)?;
        for message in page.messages {
            let path = format!("/v1/postvak/{}", message.id);
            self.client(side).delete(&path).await?;
        }
        Ok(())
    }
}

fn is_answer(message: &MessageBody, thread: &str, name: &str) -> bool {
    message.thread == thread && message.bericht == name
}
