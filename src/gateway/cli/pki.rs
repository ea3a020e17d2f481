//! `knooppunt pki`: certificates for development and test, and a look into any certificate for the register.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::screen::{Screen, complain};
use super::{Exit, Stop};
use crate::clock::{Clock as _, SystemClock};
use crate::pki::{self, Client, Holder, Keys, Options, Pki, PkiError, WARNING};
use crate::register::{Anchor, Oin, PartyId};

/// Make certificates for development and test ONLY
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  knooppunt pki new pki --oin gemeente=00000099000000001000 --party aanbieder
  knooppunt pki issue pki --party zorg-bv
  knooppunt pki revoke pki zorg-bv
  knooppunt pki show client.pem --anchor pkio-g1     what to put into the register for it

The private keys lie open in the folder. Never let a gateway that carries real messages believe these certificates.")]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a new infrastructure: authorities, a server certificate, clients, CRLs
    New {
        /// The folder, empty or not there yet
        folder: PathBuf,
        #[command(flatten)]
        clients: Clients,
        /// A name or address of the server
        #[arg(long = "host", value_name = "HOST", default_values_t = Options::default().hosts)]
        hosts: Vec<String>,
        /// Revoke this client at once
        #[arg(long, value_name = "NAME")]
        revoked: Vec<String>,
        /// Days that certificates are valid
        #[arg(long, default_value_t = Options::default().days)]
        days: u32,
        /// Days after which a CRL is stale
        #[arg(long, default_value_t = Options::default().crl_days)]
        crl_days: u32,
        /// RSA 2048 keys, as PKIoverheid G1 has them, instead of ECDSA P-256
        #[arg(long)]
        rsa: bool,
    },
    /// Issue client certificates in an existing folder
    Issue {
        /// The folder
        folder: PathBuf,
        #[command(flatten)]
        clients: Clients,
    },
    /// Revoke a certificate and make the CRLs anew
    Revoke {
        /// The folder
        folder: PathBuf,
        /// The name of the certificate
        name: String,
    },
    /// Make the CRLs anew, so that they are fresh
    Crl {
        /// The folder
        folder: PathBuf,
    },
    /// Show what a certificate is known by, for the register
    Show {
        /// The certificate (PEM)
        file: PathBuf,
        /// The anchor it is verified under: pkio-g1, pkio-g4-tls, pkio-g4-other, operator-ca or vecozo
        #[arg(long, default_value = "operator-ca")]
        anchor: Anchor,
    },
}

/// Which client certificates.
#[derive(Debug, Args)]
struct Clients {
    /// A client with an OIN, as PKIoverheid issues them
    #[arg(long, value_name = "NAME=OIN", value_parser = with_oin)]
    oin: Vec<Client>,
    /// A client whose certificate carries the id of a party of the register
    #[arg(long, value_name = "PARTY", value_parser = with_party)]
    party: Vec<Client>,
}

fn with_oin(text: &str) -> Result<Client, String> {
    let (name, oin) = text.split_once('=').ok_or("expected NAME=OIN")?;
    let oin: Oin = oin.parse().map_err(|error| format!("{error}"))?;
    Ok(Client {
        name: name.to_owned(),
        holder: Holder::Oin(oin),
    })
}

fn with_party(text: &str) -> Result<Client, String> {
    let party: PartyId = text.parse().map_err(|error| format!("{error}"))?;
    Ok(Client {
        name: text.to_owned(),
        holder: Holder::Party(party),
    })
}

impl Clients {
    fn all(&self) -> Vec<Client> {
        self.oin.iter().chain(&self.party).cloned().collect()
    }
}

impl From<PkiError> for Stop {
    fn from(error: PkiError) -> Self {
        Self::unable(error.to_string())
    }
}

pub(super) fn run(arguments: &Arguments, screen: &mut Screen) -> Result<Exit, Stop> {
    let now = SystemClock.now();
    match &arguments.command {
        Command::New {
            folder,
            clients,
            hosts,
            revoked,
            days,
            crl_days,
            rsa,
        } => {
            complain(WARNING);
            let options = Options {
                keys: if *rsa { Keys::Rsa2048 } else { Keys::EcdsaP256 },
                hosts: hosts.clone(),
                clients: clients.all(),
                revoked: revoked.clone(),
                days: *days,
                crl_days: *crl_days,
            };
            let pki = pki::create(folder, &options, now)?;
            say_clients(&pki, &options.clients, screen)?;
            screen.line("\n# for the configuration of the gateway")?;
            screen.line(tls_section(&pki))?;
        }
        Command::Issue { folder, clients } => {
            complain(WARNING);
            let pki = Pki::open(folder)?;
            for client in clients.all() {
                pki.issue(&client, now)?;
            }
            say_clients(&pki, &clients.all(), screen)?;
        }
        Command::Revoke { folder, name } => pki::revoke(folder, name, now)?,
        Command::Crl { folder } => pki::crl(folder, now)?,
        Command::Show { file, anchor } => {
            let peer = pki::show(file, *anchor)?;
            screen.line(format_args!("subject      {}", peer.subject))?;
            screen.line(format_args!("issuer       {}", peer.issuer))?;
            screen.line(format_args!("valid until  {}", peer.not_after))?;
            for identity in &peer.identities {
                screen.line(format_args!("known by     {identity}"))?;
            }
        }
    }
    Ok(Exit::Good)
}

fn say_clients(pki: &Pki, clients: &[Client], screen: &mut Screen) -> Result<(), Stop> {
    for client in clients {
        let (cert, key) = pki.client(&client.name);
        screen.line(format_args!(
            "{}: --cert {} --key {} --ca {}",
            client.name,
            cert.display(),
            key.display(),
            pki.server_root().display()
        ))?;
    }
    Ok(())
}

/// The section `[tls]` of a gateway that believes this infrastructure.
fn tls_section(pki: &Pki) -> String {
    let mut section = toml::Table::new();
    if let Ok(value) = toml::Value::try_from(pki.tls_settings()) {
        section.insert("tls".to_owned(), value);
    }
    section.to_string()
}
