//! What `send`, `inbox`, `fetch`, `ack` and `status` have in common: where the gateway is, who we are, and how a refusal
//! and a failure are said in Dutch.

use std::future::Future;
use std::path::PathBuf;

use clap::Args;
use serde::de::DeserializeOwned;

use super::screen::Screen;
use super::{Exit, Stop, words};
use crate::api::problem::Problem;
use crate::client::{Answer, Client, ClientError, Credentials};

/// Where the gateway is and who calls. All four may stand in the environment.
#[derive(Debug, Args)]
#[command(next_help_heading = "Verbinding")]
pub(super) struct Connection {
    /// Adres van het knooppunt, `https://naam:poort`
    #[arg(long, env = "KNOOPPUNT_URL", value_name = "ADRES")]
    url: String,
    /// Uw clientcertificaat met de tussenliggende certificaten (PEM)
    #[arg(long, env = "KNOOPPUNT_CERT", value_name = "BESTAND")]
    cert: PathBuf,
    /// De sleutel van uw clientcertificaat (PEM)
    #[arg(long, env = "KNOOPPUNT_KEY", value_name = "BESTAND")]
    key: PathBuf,
    /// Het stamcertificaat waartoe het certificaat van het knooppunt moet leiden (PEM)
    #[arg(long, env = "KNOOPPUNT_CA", value_name = "BESTAND")]
    ca: PathBuf,
}

impl Connection {
    /// One that was put together elsewhere.
    pub(super) fn of(url: String, cert: PathBuf, key: PathBuf, ca: PathBuf) -> Self {
        Self { url, cert, key, ca }
    }

    pub(super) fn client(&self) -> Result<Client, Stop> {
        let credentials = Credentials {
            cert: self.cert.clone(),
            key: self.key.clone(),
            ca: self.ca.clone(),
        };
        Ok(Client::new(&self.url, &credentials)?)
    }
}

/// Runs a conversation with the gateway to its end.
pub(super) fn converse<T>(conversation: impl Future<Output = Result<T, Stop>>) -> Result<T, Stop> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Stop::unable(format!("kan niet starten: {error}")))?
        .block_on(conversation)
}

impl From<ClientError> for Stop {
    fn from(error: ClientError) -> Self {
        Self::unable(match &error {
            ClientError::File { file, reason } => match std::fs::read(file) {
                Err(error) => format!("{}: niet te lezen: {}", file.display(), words::os(&error)),
                Ok(_) => format!(
                    "{} is niet bruikbaar als certificaat of sleutel: {reason}",
                    file.display()
                ),
            },
            ClientError::Address(address) => {
                format!("{address} is geen adres; verwacht is https://naam:poort")
            }
            ClientError::Connect { address, source } => {
                format!("geen verbinding met {address}: {}", words::os(source))
            }
            ClientError::Tls { address, reason } => format!(
                "geen vertrouwde verbinding met {address}: {reason}. Controleer --ca (is dit het goede knooppunt?) en \
                 --cert (is uw certificaat aangemeld, geldig en niet ingetrokken?)"
            ),
            ClientError::Broken(reason) => {
                format!("de verbinding brak af: {reason}. Herhalen kan geen kwaad")
            }
            ClientError::Timeout(seconds) => {
                format!("geen antwoord binnen {seconds} seconden. Herhalen kan geen kwaad")
            }
            ClientError::Kept(error) => {
                format!("wat binnenkwam is niet te bewaren: {}", words::os(error))
            }
            ClientError::TooLarge => "het antwoord is groter dan dit programma aanneemt".to_owned(),
        })
    }
}

/// The JSON of an answer. Err: it is not what the description of the API says.
pub(super) fn read_json<T: DeserializeOwned>(answer: &Answer) -> Result<T, Stop> {
    serde_json::from_slice(&answer.body).map_err(|_| {
        Stop::unable("het knooppunt antwoordt anders dan verwacht; is het van dezelfde versie als dit programma?")
    })
}

/// An id of a message as it may stand in a path. Err: it is none.
pub(super) fn message_id(text: &str) -> Result<String, String> {
    if !text.is_empty() && text.len() <= 64 && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
    {
        return Ok(text.to_owned());
    }
    Err("een id bestaat uit letters en cijfers, zoals `knooppunt inbox` het toont".to_owned())
}

/// Says why the gateway did not do what was asked, and gives the exit code.
pub(super) fn refusal(answer: &Answer, about: &str, screen: &mut Screen) -> Result<Exit, Stop> {
    match serde_json::from_slice::<Problem>(&answer.body) {
        Ok(problem) => say_problem(&problem, about, screen)?,
        Err(_) => screen.line(format_args!(
            "{about}: niet gelukt (HTTP {})",
            answer.status
        ))?,
    }
    Ok(exit_of(answer))
}

/// What an answer means for a script: 0 done, 1 a no, 2 later again.
pub(super) fn exit_of(answer: &Answer) -> Exit {
    if answer.status.is_success() {
        Exit::Good
    } else if answer.status.is_server_error() || answer.status.as_u16() == 429 {
        Exit::Unable
    } else {
        Exit::Bad
    }
}

fn say_problem(problem: &Problem, about: &str, screen: &mut Screen) -> Result<(), Stop> {
    screen.line(format_args!(
        "{about}: {} ({})",
        problem.title, problem.code
    ))?;
    screen.line(format_args!("  {}", problem.detail))?;
    if let Some(first) = &problem.first_received {
        screen.line(format_args!("  eerder ontvangen: {first}"))?;
    }
    for finding in &problem.findings {
        let place = format!("{}:{}", finding.line, finding.column);
        screen.line(words::finding(
            &place,
            &finding.text,
            &finding.rule,
            &finding.code,
            &finding.path,
        ))?;
    }
    if let Some(more @ 1..) = problem.findings_more {
        screen.line(format_args!("  en nog {more} fouten"))?;
    }
    Ok(())
}
