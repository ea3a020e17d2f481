//! The scenes of the demo. Each says what happens in a line, and whether it came out as it should.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::StatusCode;

use super::super::connection::read_json;
use super::super::fetch::is_whole;
use super::super::receipt::is_about;
use super::super::screen::Screen;
use super::super::{Exit, Stop, words};
use super::world::World;
use crate::api::berichten::{StatusBody, TakenBody};
use crate::api::ontvangstbewijs::KeysBody;
use crate::api::partij::PartyBody;
use crate::api::postvak::PageBody;
use crate::api::problem::Problem;
use crate::client::{Answer, Client, ClientError};
use crate::receipt::{Receipt, Statement};

/// Who acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Gemeente,
    Aanbieder,
}

impl Side {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Gemeente => "gemeente",
            Self::Aanbieder => "aanbieder",
        }
    }

    pub(super) fn other(self) -> Self {
        match self {
            Self::Gemeente => Self::Aanbieder,
            Self::Aanbieder => Self::Gemeente,
        }
    }
}

/// The play: two clients, what they were told, and how many things came out otherwise.
pub(super) struct Play<'s> {
    world: &'s World,
    screen: &'s mut Screen,
    gemeente: Client,
    aanbieder: Client,
    /// The key of the gateway, fetched once; receipts are verified with it and nothing else.
    public_key: String,
    /// Ids of the messages by kind.
    ids: BTreeMap<&'static str, String>,
    step: usize,
    wrong: usize,
}

impl<'s> Play<'s> {
    pub(super) fn new(world: &'s World, screen: &'s mut Screen) -> Result<Self, Stop> {
        Ok(Self {
            gemeente: world.client(Side::Gemeente)?,
            aanbieder: world.client(Side::Aanbieder)?,
            world,
            screen,
            public_key: String::new(),
            ids: BTreeMap::new(),
            step: 0,
            wrong: 0,
        })
    }

    pub(super) fn world(&self) -> &'s World {
        self.world
    }

    pub(super) fn screen(&mut self) -> &mut Screen {
        self.screen
    }

    pub(super) fn exit(&self) -> Exit {
        if self.wrong == 0 {
            Exit::Good
        } else {
            Exit::Bad
        }
    }

    pub(super) fn client(&mut self, side: Side) -> &mut Client {
        match side {
            Side::Gemeente => &mut self.gemeente,
            Side::Aanbieder => &mut self.aanbieder,
        }
    }

    fn id(&self, name: &str) -> String {
        self.ids.get(name).cloned().unwrap_or_default()
    }

    /// The next scene.
    pub(super) fn scene(&mut self, title: &str) -> Result<(), Stop> {
        self.step += 1;
        self.screen
            .line(format_args!("\n{:2}. {title}", self.step))?;
        Ok(())
    }

    /// Something to know, which is not checked.
    pub(super) fn tell(&mut self, what: &str) -> Result<(), Stop> {
        Ok(self.screen.line(format_args!("         {what}"))?)
    }

    /// A fact, with the outcome of its check.
    pub(super) fn check(&mut self, holds: bool, fact: &str) -> Result<(), Stop> {
        if !holds {
            self.wrong += 1;
        }
        let sign = if holds { "ok  " } else { "FOUT" };
        self.screen.line(format_args!("    {sign} {fact}"))?;
        self.screen.flush()?;
        Ok(())
    }

    /// Who the gateway takes the two for.
    pub(super) async fn introduce(&mut self) -> Result<(), Stop> {
        let url = self.world.url();
        self.screen.line(format_args!(
            "Knooppunt draait op {url}, met certificaten en gegevens voor deze demo alleen."
        ))?;
        self.scene("Twee partijen maken verbinding, elk met een eigen certificaat")?;
        for (side, code) in [(Side::Gemeente, "0289"), (Side::Aanbieder, "98980001")] {
            let answer = self.client(side).get("/v1/partij").await?;
            let party: Option<PartyBody> = read_json(&answer).ok();
            let codes = party
                .as_ref()
                .map(|party| party.mailboxes.join(", "))
                .unwrap_or_default();
            self.check(
                codes == code,
                &format!(
                    "{} is herkend aan het certificaat en heeft postvak {codes}",
                    side.name()
                ),
            )?;
        }
        let answer = self.gemeente.get("/v1/sleutels").await?;
        let keys: KeysBody = read_json(&answer)?;
        self.public_key = keys
            .keys
            .into_iter()
            .map(|key| key.pem)
            .next()
            .unwrap_or_default();
        Ok(())
    }

    /// One message from sender to receiver: handed in, found, fetched, compared, acknowledged, receipted.
    pub(super) async fn exchange(
        &mut self,
        sender: Side,
        name: &'static str,
        body: Bytes,
    ) -> Result<(), Stop> {
        let receiver = sender.other();
        self.scene(&format!(
            "{}: {} aan {}",
            words::bericht(name),
            sender.name(),
            receiver.name()
        ))?;
        let answer = self
            .client(sender)
            .post_xml("/v1/berichten", body.clone())
            .await?;
        let Some(taken) = self.taken(&answer, name)? else {
            return Ok(());
        };
        let id = taken.message.id.clone();
        self.ids.insert(name, id.clone());

        let answer = self.client(receiver).get("/v1/postvak").await?;
        let page: Option<PageBody> = read_json(&answer).ok();
        let waits = page.is_some_and(|page| page.messages.iter().any(|message| message.id == id));
        self.check(
            waits,
            &format!("ligt in het postvak van de {}", receiver.name()),
        )?;

        let answer = self
            .client(receiver)
            .get(&format!("/v1/postvak/{id}/inhoud"))
            .await?;
        let same = answer.status == StatusCode::OK && is_whole(&answer) && answer.body == body;
        self.check(
            same,
            &format!(
                "opgehaald: {} bytes, gelijk aan wat is aangeboden",
                answer.body.len()
            ),
        )?;

        let answer = self
            .client(receiver)
            .delete(&format!("/v1/postvak/{id}"))
            .await?;
        let page = self.client(receiver).get("/v1/postvak").await?;
        let gone = read_json::<PageBody>(&page)
            .is_ok_and(|page| page.messages.iter().all(|message| message.id != id));
        self.check(
            answer.status.is_success() && gone,
            "bevestigd, en daarna uit het postvak verdwenen",
        )?;

        let statement = self.statement(sender, &id).await?;
        let holds = statement
            .is_some_and(|statement| statement.message == id && is_about(&statement, &body));
        self.check(
            holds,
            "ontvangstbewijs nagerekend zonder het knooppunt: handtekening en inhoud kloppen",
        )
    }

    /// What the receipt of a message says, if its signature holds by the key that was fetched at the beginning.
    pub(super) async fn statement(
        &mut self,
        sender: Side,
        id: &str,
    ) -> Result<Option<Statement>, Stop> {
        let answer = self
            .client(sender)
            .get(&format!("/v1/berichten/{id}/ontvangstbewijs"))
            .await?;
        let receipt: Option<Receipt> = read_json(&answer).ok();
        Ok(receipt.and_then(|receipt| receipt.verify(&self.public_key).ok()))
    }

    pub(super) fn taken(&mut self, answer: &Answer, name: &str) -> Result<Option<TakenBody>, Stop> {
        let taken: Option<TakenBody> = read_json(answer).ok();
        let right = answer.status == StatusCode::CREATED
            && taken
                .as_ref()
                .is_some_and(|taken| taken.message.bericht == name && !taken.repeat);
        let id = taken
            .as_ref()
            .map_or("-", |taken| taken.message.id.as_str());
        self.check(
            right,
            &format!("aangenomen en duurzaam vastgelegd als {id}"),
        )?;
        Ok(taken)
    }

    /// Question and answer stand in one thread.
    pub(super) async fn thread_of(
        &mut self,
        question: &'static str,
        answered_by: &'static str,
    ) -> Result<(), Stop> {
        self.scene(&format!("Wat is er met de {question} gebeurd?"))?;
        let (id, by) = (self.id(question), self.id(answered_by));
        let answer = self.aanbieder.get(&format!("/v1/berichten/{id}")).await?;
        let status: Option<StatusBody> = read_json(&answer).ok();
        for moment in status.iter().flat_map(|status| &status.timeline) {
            self.screen.line(format_args!(
                "         {}  {}",
                moment.at,
                words::happening(&moment.event)
            ))?;
        }
        let together = status.as_ref().is_some_and(|status| {
            status
                .thread_messages
                .iter()
                .any(|message| message.id == by)
        });
        self.check(
            together,
            &format!("de {answered_by} hoort bij hetzelfde gesprek"),
        )?;
        let answered = status.is_some_and(|status| status.message.state == "answered");
        self.check(answered, "de stand is: beantwoord")
    }

    /// The same bytes once more.
    pub(super) async fn again(
        &mut self,
        side: Side,
        name: &'static str,
        body: &'static str,
    ) -> Result<(), Stop> {
        self.scene(&format!(
            "Nogmaals dezelfde {name}, alsof de verbinding was weggevallen"
        ))?;
        let answer = self
            .client(side)
            .post_xml("/v1/berichten", Bytes::from_static(body.as_bytes()))
            .await?;
        let taken: Option<TakenBody> = read_json(&answer).ok();
        let first = taken.is_some_and(|taken| taken.repeat && taken.message.id == self.id(name));
        self.check(
            answer.status == StatusCode::OK && first,
            "de eerste uitkomst komt terug, onder hetzelfde id",
        )?;
        let answer = self.client(side.other()).get("/v1/postvak").await?;
        let empty = read_json::<PageBody>(&answer).is_ok_and(|page| page.messages.is_empty());
        self.check(empty, "de ontvanger krijgt niets dubbel")
    }

    /// Other bytes under an identity that is taken.
    pub(super) async fn same_identity_other_bytes(
        &mut self,
        side: Side,
        body: &Bytes,
    ) -> Result<(), Stop> {
        self.scene("Een andere declaratie onder dezelfde identificatie")?;
        let problem = self.refused(side, body, StatusCode::CONFLICT).await?;
        let named = problem.is_some_and(|problem| problem.first_received.is_some());
        self.check(named, "het antwoord noemt het tijdstip van de eerste")
    }

    /// A message that is not as the schema says.
    pub(super) async fn invalid(&mut self, side: Side, body: &Bytes) -> Result<(), Stop> {
        self.scene("Een startbericht met een datum in woorden")?;
        let problem = self
            .refused(side, body, StatusCode::UNPROCESSABLE_ENTITY)
            .await?;
        let findings = problem.map(|problem| problem.findings).unwrap_or_default();
        for finding in &findings {
            let place = format!("{}:{}", finding.line, finding.column);
            let text = words::finding(
                &place,
                &finding.text,
                &finding.rule,
                &finding.code,
                &finding.path,
            );
            self.screen
                .line(text.replace('\n', "\n     ").replacen("  ", "         ", 1))?;
        }
        let points = findings.len() == 1
            && findings
                .iter()
                .all(|finding| finding.path.ends_with("/Begindatum"));
        self.check(points, "de ene fout, met regel, kolom en plaats")
    }

    async fn refused(
        &mut self,
        side: Side,
        body: &Bytes,
        status: StatusCode,
    ) -> Result<Option<Problem>, Stop> {
        let answer = self
            .client(side)
            .post_xml("/v1/berichten", body.clone())
            .await?;
        let problem: Option<Problem> = serde_json::from_slice(&answer.body).ok();
        let title = problem
            .as_ref()
            .map_or("-", |problem| problem.title.as_str());
        self.check(
            answer.status == status,
            &format!("geweigerd met {}: {title}", answer.status.as_u16()),
        )?;
        Ok(problem)
    }

    /// The sender of a message is not its reader.
    pub(super) async fn not_the_reader(&mut self, name: &'static str) -> Result<(), Stop> {
        self.scene(&format!(
            "De gemeente probeert de {name} uit het postvak van de aanbieder te halen"
        ))?;
        let id = self.id(name);
        let theirs = self
            .gemeente
            .get(&format!("/v1/postvak/{id}/inhoud"))
            .await?;
        let absent = self
            .gemeente
            .get("/v1/postvak/aaaaaaaaaaaaaaaaaaaaaaaaaa/inhoud")
            .await?;
        let same = theirs.status == StatusCode::NOT_FOUND
            && theirs.status == absent.status
            && theirs.body == absent.body;
        self.check(same, "niet gevonden, net als een bericht dat niet bestaat")
    }

    /// Certificates that are not good enough.
    pub(super) async fn strangers(&mut self) -> Result<(), Stop> {
        self.scene("Een vreemde")?;
        let path = format!("/v1/postvak/{}/inhoud", self.id("JW323"));
        let outcome = self.world.foreign()?.get(&path).await;
        let refused = matches!(
            outcome,
            Err(ClientError::Tls { .. } | ClientError::Broken(_))
        );
        self.check(
            refused,
            "een certificaat van een andere uitgever: geen verbinding",
        )?;
        let answer = self.world.unknown()?.get(&path).await?;
        self.check(
            answer.status == StatusCode::FORBIDDEN,
            "een certificaat van de goede uitgever dat niet in het register staat: geen toegang",
        )
    }

    pub(super) fn summary(&mut self) -> Result<(), Stop> {
        let line = match self.wrong {
            0 => "Alles ging zoals verwacht.".to_owned(),
            1 => "Een controle ging anders dan verwacht.".to_owned(),
            wrong => format!("{wrong} controles gingen anders dan verwacht."),
        };
        self.screen.line(format_args!("\n{line}"))?;
        self.screen.flush()?;
        Ok(())
    }

    /// Leaves a declaration in the mailbox of the municipality; gives its id.
    pub(super) async fn leave_waiting(&mut self, body: &'static str) -> Result<String, Stop> {
        let answer = self
            .aanbieder
            .post_xml("/v1/berichten", Bytes::from_static(body.as_bytes()))
            .await?;
        Ok(read_json::<TakenBody>(&answer)?.message.id)
    }
}
