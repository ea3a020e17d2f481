//! `knooppunt audit`: what an auditor asks within his scope, and who looked at messages of a party.

pub(in crate::cli) mod export;

use bytes::Bytes;
use clap::{Args, Subcommand};
use serde::Serialize;

use super::connection::{Connection, converse, message_id, read_json, refusal};
use super::screen::Screen;
use super::send::say_finding;
use super::{Exit, Stop, words};
use crate::api::audit::{AnswerBody, ConversationBody, OpenedBody, PurposeBody, ThreadBody};
use crate::api::cijfers::FiguredBody;
use crate::api::inzagen::{ClientBody, LookBody, LooksBody};
use crate::audit::{Ask, AskFigures};
use crate::client::Client;
use crate::figures::{FigureRow, SumBody};

/// Where threads stand in addresses.
const THREADS: &str = "draden";

/// Zoek berichten als auditor, open een bericht of een gesprek, neem ze mee, vraag cijfers, of zie wie er keek
#[derive(Debug, Args)]
#[command(after_help = "\
Voorbeelden:
  knooppunt audit search --purpose 'Onderzoek 2026-14' --kind 323 --code 9074
  knooppunt audit search --purpose 'Onderzoek 2026-14' --terms over --gemeente 0289 --all
  knooppunt audit message ID --purpose 'Onderzoek 2026-14'
  knooppunt audit thread ID --purpose 'Onderzoek 2026-14'
  knooppunt audit figures --purpose 'Jaarverslag' --by month --by law --from 2026-01
  knooppunt audit export --purpose 'Onderzoek 2026-14' --kind 323 --from 2026-01-01 --out uitvoer
  knooppunt log verify uitvoer --policy log.beleid      rekent de uitvoer na, zonder het knooppunt
  knooppunt audit looks                                 wie keek naar uw berichten
  knooppunt audit looks --gemeente 0289 --bsn-file FILE wie keek naar deze client

Elke inzage wordt vastgelegd voordat het antwoord komt, ook als zij wordt geweigerd, en is
te zien voor wie de berichten maakte of kreeg. Het doel noemt geen client. Een BSN staat in
een bestand (- is de invoer), zodat het niet in de geschiedenis van uw terminal komt.

Eindcode: 0 gelukt; 1 geweigerd of niet gevonden; 2 niet gelukt.")]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Zoek berichten, het nieuwste eerst
    Search(Box<Search>),
    /// Open een bericht: verloop, oordeel, bevindingen, ontvangstbewijs
    Message(Open),
    /// Open een gesprek: de vraag en de antwoorden
    Thread(Open),
    /// Hoeveel berichten van afgesloten maanden er waren, en hoe het ermee ging
    Figures(Box<Figures>),
    /// Neem alles wat een zoekvraag vindt mee als map die zonder het knooppunt is na te rekenen
    Export(Box<export::Export>),
    /// Wie keek er naar uw berichten, of naar een client van uw gemeente?
    Looks(SeeLooks),
}

/// Waarvoor, en wat er wordt gezocht: alle voorwaarden gelden samen.
#[derive(Debug, Args)]
struct Conditions {
    /// Waarvoor u kijkt; wordt bewaard en getoond aan wie het aangaat
    #[arg(long, value_name = "TEKST")]
    purpose: String,
    /// `jw` of `wmo`; mag vaker
    #[arg(long = "law", value_name = "WET")]
    laws: Vec<String>,
    /// Gemeentecode; mag vaker
    #[arg(long = "gemeente", value_name = "CODE")]
    gemeenten: Vec<String>,
    /// Code van wie het bericht maakte of kreeg
    #[arg(long, value_name = "CODE")]
    party: Option<String>,
    /// Nummer van een berichtsoort, zoals 323; mag vaker
    #[arg(long = "kind", value_name = "NUMMER")]
    kinds: Vec<u16>,
    /// Eerste dag van ontvangst, zoals 2026-03-01
    #[arg(long, value_name = "DAG")]
    from: Option<String>,
    /// Laatste dag van ontvangst
    #[arg(long, value_name = "DAG")]
    until: Option<String>,
    /// Een gesprek
    #[arg(long, value_name = "ID", value_parser = message_id)]
    thread: Option<String>,
    /// De Identificatie die de maker eraan gaf
    #[arg(long, value_name = "TEKST")]
    reference: Option<String>,
    /// Retourcode die het knooppunt vond, of een regel zonder code; mag vaker
    #[arg(long = "code", value_name = "CODE")]
    codes: Vec<String>,
    /// waiting, acknowledged, answered, rejected of dead
    #[arg(long, value_name = "STAND")]
    status: Option<String>,
    /// Termijn van het antwoord: open, due (bijna om) of over
    #[arg(long, value_name = "STAND")]
    terms: Option<String>,
    /// Bestand met het BSN van een client; - is de invoer
    #[arg(long, value_name = "BESTAND")]
    bsn_file: Option<String>,
}

#[derive(Debug, Args)]
struct Search {
    #[command(flatten)]
    conditions: Conditions,
    /// Ten hoogste zoveel berichten per bladzijde, 1 tot en met 100
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Alle bladzijden achter elkaar; elke bladzijde is een inzage
    #[arg(long)]
    all: bool,
    /// De bladzijde die een eerdere zoekvraag noemde, met dezelfde voorwaarden
    #[arg(long, value_name = "TEKST", conflicts_with = "all")]
    page: Option<String>,
    /// Als JSON, een bladzijde per regel
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    connection: Connection,
}

#[derive(Debug, Args)]
struct Open {
    /// Het bericht of het gesprek, zoals `knooppunt audit search` het noemt
    #[arg(value_parser = message_id)]
    id: String,
    /// Waarvoor u kijkt; wordt bewaard en getoond aan wie het aangaat
    #[arg(long, value_name = "TEKST")]
    purpose: String,
    /// Het antwoord van het knooppunt als JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    connection: Connection,
}

#[derive(Debug, Args)]
struct Figures {
    /// Waarvoor u kijkt; wordt bewaard
    #[arg(long, value_name = "TEKST")]
    purpose: String,
    /// `jw` of `wmo`; mag vaker
    #[arg(long = "law", value_name = "WET")]
    laws: Vec<String>,
    /// Gemeentecode; mag vaker
    #[arg(long = "gemeente", value_name = "CODE")]
    gemeenten: Vec<String>,
    /// Nummer van een berichtsoort, zoals 323; mag vaker
    #[arg(long = "kind", value_name = "NUMMER")]
    kinds: Vec<u16>,
    /// Eerste maand van ontvangst, zoals 2026-01
    #[arg(long, value_name = "MAAND")]
    from: Option<String>,
    /// Laatste maand van ontvangst
    #[arg(long, value_name = "MAAND")]
    until: Option<String>,
    /// Waarvoor apart wordt opgeteld: month, law, gemeente of kind; mag vaker
    #[arg(long, value_name = "WAT")]
    by: Vec<String>,
    /// Als CSV
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    /// Het antwoord van het knooppunt als JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    connection: Connection,
}

#[derive(Debug, Args)]
struct SeeLooks {
    /// Uw gemeentecode, voor een client
    #[arg(long, value_name = "CODE", requires = "bsn_file")]
    gemeente: Option<String>,
    /// Bestand met het BSN van de client namens wie u vraagt; - is de invoer
    #[arg(long, value_name = "BESTAND", requires = "gemeente")]
    bsn_file: Option<String>,
    /// Als JSON, een inzage per regel
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    connection: Connection,
}

pub(super) fn run(arguments: &Arguments, screen: &mut Screen) -> Result<Exit, Stop> {
    match &arguments.command {
        What::Search(search) => find(search, screen),
        What::Message(open) => opened(open, "berichten", screen),
        What::Figures(asked) => figures(asked, screen),
        What::Thread(open) => opened(open, THREADS, screen),
        What::Export(export) => export::export(export, screen),
        What::Looks(see) => looks(see, screen),
    }
}

impl Conditions {
    /// As the gateway is asked. Err: the file with the BSN cannot be read.
    fn ask(&self) -> Result<Ask, Stop> {
        Ok(Ask {
            purpose: Some(self.purpose.clone()),
            laws: self.laws.clone(),
            gemeenten: self.gemeenten.clone(),
            party: self.party.clone(),
            kinds: self.kinds.clone(),
            from: self.from.clone(),
            until: self.until.clone(),
            thread: self.thread.clone(),
            reference: self.reference.clone(),
            codes: self.codes.clone(),
            status: self.status.clone(),
            terms: self.terms.clone(),
            bsn: bsn(self.bsn_file.as_deref())?,
            ..Ask::default()
        })
    }
}

fn find(search: &Search, screen: &mut Screen) -> Result<Exit, Stop> {
    let mut ask = Ask {
        limit: search.limit,
        page: search.page.clone(),
        ..search.conditions.ask()?
    };
    let mut client = search.connection.client()?;
    converse(async {
        let mut some = false;
        loop {
            let answer = post(&mut client, "/v1/audit/berichten", &ask).await?;
            if !answer.status.is_success() {
                return refusal(&answer, "zoeken", screen);
            }
            let page: AnswerBody = read_json(&answer)?;
            if search.json {
                screen.line(String::from_utf8_lossy(&answer.body))?;
            }
            for message in &page.messages {
                some = true;
                if !search.json {
                    let (what, state) = (words::message(message), words::state(&message.state));
                    screen.line(format_args!("{}  {what}; {state}", message.id))?;
                }
            }
            match page.next {
                Some(next) if search.all => ask.page = Some(next),
                next => {
                    let said = match next {
                        Some(next) => Some(format!("er kan meer zijn: --page {next}")),
                        None if !some => Some("niets gevonden".to_owned()),
                        None => None,
                    };
                    if let Some(said) = said.filter(|_| !search.json) {
                        screen.line(said)?;
                    }
                    break;
                }
            }
        }
        Ok(Exit::Good)
    })
}

fn opened(open: &Open, what: &str, screen: &mut Screen) -> Result<Exit, Stop> {
    let mut client = open.connection.client()?;
    converse(async {
        let path = format!("/v1/audit/{what}/{}", open.id);
        let purpose = Some(open.purpose.clone());
        let mut page = None;
        loop {
            let answer = if what == THREADS {
                let purpose = purpose.clone();
                post(&mut client, &path, &ThreadBody { purpose, page }).await?
            } else {
                let purpose = purpose.clone();
                post(&mut client, &path, &PurposeBody { purpose }).await?
            };
            if !answer.status.is_success() {
                return refusal(&answer, &open.id, screen);
            }
            let conversation: ConversationBody = read_json(&answer)?;
            if open.json {
                screen.line(String::from_utf8_lossy(&answer.body))?;
            } else {
                for message in &conversation.messages {
                    say(message, screen)?;
                }
                screen.line(format_args!("vastgelegd als inzage {}", conversation.look))?;
            }
            page = conversation.next;
            if page.is_none() {
                return Ok(Exit::Good);
            }
        }
    })
}

fn say(opened: &OpenedBody, screen: &mut Screen) -> Result<(), Stop> {
    let message = &opened.message;
    screen.line(format_args!("{}: {}", message.id, words::message(message)))?;
    screen.line(format_args!("  stand: {}", words::state(&message.state)))?;
    if let Some(term) = words::answer_by(message) {
        screen.line(format_args!("  {term}"))?;
    }
    for mark in words::marks(&message.marks) {
        screen.line(format_args!("  let op: {mark}"))?;
    }
    for moment in &opened.timeline {
        let what = words::happening(&moment.event);
        screen.line(format_args!(
            "  {}  {what} (record {})",
            moment.at, moment.position
        ))?;
    }
    if let Some(receipt) = &opened.receipt {
        let standing = match receipt.in_log.as_str() {
            "proved" => "met bewijs van het logboek",
            "not-yet" => {
                "nog niet onder een controlepunt van het logboek; vraag het over een seconde opnieuw"
            }
            _ => "er wordt geen logboek bijgehouden",
        };
        screen.line(format_args!("  ontvangstbewijs: {standing}"))?;
    }
    let verdict = &opened.verdict;
    screen.line(format_args!(
        "  oordeel: {} (record {})",
        message.mode, verdict.position
    ))?;
    for (what, ground) in [
        ("programma", &verdict.program),
        ("regels", &verdict.rules),
        ("schema's", &verdict.schemas),
        ("register", &verdict.register),
        ("referentiegegevens", &verdict.reference),
        ("werkdagen", &verdict.working_days),
        ("productcodes", &verdict.catalogue),
    ] {
        if let Some(ground) = ground {
            screen.line(format_args!("    {what}: {ground}"))?;
        }
    }
    for finding in &opened.findings.findings {
        say_finding(finding, screen)?;
    }
    if opened.findings.findings_more > 0 {
        let more = opened.findings.findings_more;
        screen.line(format_args!("  en nog {more} bevindingen"))?;
    }
    for decided in &opened.decisions {
        let word = if decided.decision == "grant" {
            "toegekend"
        } else {
            "afgewezen"
        };
        screen.line(format_args!(
            "  {word} door {}: {}",
            decided.party, decided.path
        ))?;
    }
    Ok(())
}

fn figures(asked: &Figures, screen: &mut Screen) -> Result<Exit, Stop> {
    let ask = AskFigures {
        purpose: Some(asked.purpose.clone()),
        laws: asked.laws.clone(),
        gemeenten: asked.gemeenten.clone(),
        kinds: asked.kinds.clone(),
        from: asked.from.clone(),
        until: asked.until.clone(),
        by: asked.by.clone(),
    };
    let mut client = asked.connection.client()?;
    converse(async {
        let answer = post(&mut client, "/v1/audit/cijfers", &ask).await?;
        if !answer.status.is_success() {
            return refusal(&answer, "cijfers", screen);
        }
        if asked.json {
            screen.line(String::from_utf8_lossy(&answer.body))?;
            return Ok(Exit::Good);
        }
        let told: FiguredBody = read_json(&answer)?;
        if asked.csv {
            screen.line(told.figures.to_csv().trim_end())?;
            return Ok(Exit::Good);
        }
        match (&told.from, &told.until) {
            (Some(from), Some(until)) => screen.line(format_args!("{from} tot en met {until}"))?,
            _ => screen.line("geen maand binnen de bevoegdheid is afgesloten")?,
        }
        for row in &told.figures.rows {
            say_figures(row, screen)?;
        }
        for left in &told.in_part {
            let (month, law, gemeente) = (&left.month, &left.law, &left.gemeente);
            screen.line(format_args!(
                "niet geteld: {month} {law} {gemeente}, want maar een deel van de maand valt binnen de bevoegdheid"
            ))?;
        }
        if told.figures.unread > 0 {
            let unread = told.figures.unread;
            screen.line(format_args!(
                "{unread} records zijn beschadigd en niet geteld"
            ))?;
        }
        screen.line(format_args!("vastgelegd als inzage {}", told.look))?;
        Ok(Exit::Good)
    })
}

fn say_figures(row: &FigureRow, screen: &mut Screen) -> Result<(), Stop> {
    let kind = row.kind.map(|kind| kind.to_string());
    let of = [&row.month, &row.law, &row.gemeente, &kind].map(|text| text.as_deref());
    let of: Vec<_> = of.into_iter().flatten().collect();
    if !of.is_empty() {
        screen.line(of.join(" "))?;
    }
    for (what, sum) in [
        ("gedragen", row.carried),
        ("  op tijd beantwoord", row.in_time),
        ("  te laat beantwoord", row.late),
        ("  niet beantwoord", row.unanswered),
        ("  geen antwoord nodig", row.no_term),
        ("geweigerd", row.refused),
    ] {
        screen.line(format_args!("  {what}: {}", sum_text(sum)))?;
    }
    for cause in &row.causes {
        let (count, lacks) = (cause.count, cause.lacks);
        let sum = sum_text(SumBody { count, lacks });
        screen.line(format_args!("    om {}: {sum}", cause.code))?;
    }
    Ok(())
}

/// A sum, with how many cells it lacks.
fn sum_text(SumBody { count, lacks }: SumBody) -> String {
    match (count, lacks) {
        (count, 0) => count.to_string(),
        (0, 1) => "<10".to_owned(),
        (count, 1) => format!("{count} en een cel <10"),
        (count, lacks) => format!("{count} en {lacks} cellen <10"),
    }
}

fn looks(see: &SeeLooks, screen: &mut Screen) -> Result<Exit, Stop> {
    let of_client = match (&see.gemeente, bsn(see.bsn_file.as_deref())?) {
        (Some(gemeente), Some(bsn)) => Some((gemeente.clone(), bsn)),
        _ => None,
    };
    let mut client = see.connection.client()?;
    converse(async {
        let (mut before, mut some) = (None::<u64>, false);
        loop {
            let answer = if let Some((gemeente, bsn)) = &of_client {
                let body = ClientBody {
                    gemeente: gemeente.clone(),
                    bsn: bsn.clone(),
                    voor: before,
                };
                post(&mut client, "/v1/inzagen", &body).await?
            } else {
                let query = before.map_or_else(String::new, |before| format!("?voor={before}"));
                client.get(&format!("/v1/inzagen{query}")).await?
            };
            if !answer.status.is_success() {
                return refusal(&answer, "inzagen", screen);
            }
            let page: LooksBody = read_json(&answer)?;
            for look in &page.looks {
                some = true;
                say_look(look, see.json, screen)?;
            }
            for position in &page.damaged {
                some = true;
                if see.json {
                    screen.line(format_args!("{{\"damaged\":{position}}}"))?;
                } else {
                    screen.line(format_args!(
                        "inzage {position}: wat ervan bewaard is, is beschadigd"
                    ))?;
                }
            }
            match page.next {
                Some(next) => before = Some(next),
                None => break,
            }
        }
        if !some && !see.json {
            screen.line("niemand keek")?;
        }
        Ok(Exit::Good)
    })
}

fn say_look(look: &LookBody, json: bool, screen: &mut Screen) -> Result<(), Stop> {
    if json {
        screen.line(serde_json::to_string(look).unwrap_or_default())?;
        return Ok(());
    }
    let how = match look.look.as_str() {
        "search" => "zocht",
        "message" => "opende een bericht",
        "thread" => "opende een gesprek",
        "receipt" => "nam een ontvangstbewijs",
        "export" => "exporteerde",
        "statistics" => "vroeg cijfers",
        other => other,
    };
    let who = look.name.as_deref().unwrap_or(&look.party);
    let purpose = look.purpose.as_deref().unwrap_or("geen doel bewaard");
    let refused = look.refused.as_deref();
    let refused = refused.map_or_else(String::new, |code| format!(", geweigerd ({code})"));
    let (at, count) = (&look.at, look.count);
    screen.line(format_args!(
        "{at}  {who} {how}, {count} berichten getoond{refused}: {purpose}"
    ))?;
    for id in &look.messages {
        screen.line(format_args!("    {id}"))?;
    }
    Ok(())
}

async fn post<T: Serialize>(
    client: &mut Client,
    path: &str,
    body: &T,
) -> Result<crate::client::Answer, Stop> {
    let body = serde_json::to_vec(body).unwrap_or_default();
    Ok(client.post_json(path, Bytes::from(body)).await?)
}

/// Largest file with a BSN that is read.
const BSN_FILE_BYTES_MAX: u64 = 1024;

/// The BSN in a file, which is not given on the command line: others on the machine can see that. Err: it cannot be read.
fn bsn(file: Option<&str>) -> Result<Option<String>, Stop> {
    use std::io::Read as _;

    let Some(file) = file else {
        return Ok(None);
    };
    let mut text = String::new();
    let read = if file == "-" {
        std::io::stdin()
            .take(BSN_FILE_BYTES_MAX)
            .read_to_string(&mut text)
    } else {
        std::fs::File::open(file)
            .and_then(|open| open.take(BSN_FILE_BYTES_MAX).read_to_string(&mut text))
    };
    read.map_err(|error| Stop::unable(format!("{file}: niet te lezen: {}", words::os(&error))))?;
    Ok(Some(text.trim().to_owned()))
}
