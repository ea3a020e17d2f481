//! The stage of the demo: a folder with certificates, a register, a configuration and a gateway on a free port of loopback.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use data_encoding::HEXLOWER;

use super::super::screen::Screen;
use super::super::{Stop, serve};
use super::endpoint::Endpoint;
use super::play::Side;
use super::{audit, judged, products, wires};
use crate::client::{Client, Credentials};
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::pki::{self, Holder, Options, Pki};
use crate::register::Oin;
use crate::serve::{Gateway, Start};
use crate::telemetry;

/// Who is on the stage; the codes are those in the messages.
const REGISTER: &str = r#"
[[party]]
id = "gemeente"
name = "Gemeente in de demo"
code = [{ kind = "gemeentecode", code = "0289" }]
certificate = [{ anchor = "pkio-g1", oin = "00000099000000289000" }]

[[party]]
id = "aanbieder"
name = "Zorgaanbieder in de demo"
code = [{ kind = "agb", code = "98980001" }]
certificate = [{ anchor = "operator-ca", uri = "urn:knooppunt:party:aanbieder" }]
"#;
const GEMEENTE_OIN: &str = "00000099000000289000";
/// A certificate of the right authority for a party that the register does not know.
const UNKNOWN: &str = "onbekend";

pub(super) struct World {
    pub(super) gateway: Gateway,
    /// Where the municipality with software for the GGk is reached.
    pub(super) endpoint: Endpoint,
    folder: PathBuf,
    pki: Pki,
    /// Another authority, which the gateway does not believe.
    foreign: Pki,
    keep: bool,
}

impl World {
    pub(super) async fn make(keep: bool) -> Result<Self, Stop> {
        let folder = new_folder()?;
        let now = SystemClock.now();
        let options = Options {
            clients: vec![
                with_oin("gemeente", GEMEENTE_OIN)?,
                with_oin(wires::GEMEENTE, wires::GEMEENTE_OIN)?,
                with_party("aanbieder")?,
                with_party(wires::AANBIEDER)?,
                with_party(audit::AUDITOR)?,
                with_party(UNKNOWN)?,
            ],
            ..Options::default()
        };
        let pki = pki::create(&folder.join("certificaten"), &options, now)?;
        let foreign = Options {
            clients: vec![with_party("aanbieder")?],
            ..Options::default()
        };
        let foreign = pki::create(&folder.join("vreemde-certificaten"), &foreign, now)?;
        let endpoint = Endpoint::open(&folder.join("certificaten-van-de-gemeente")).await?;
        let register = folder.join("register.toml");
        let parties = [
            REGISTER,
            judged::REGISTER,
            products::REGISTER,
            wires::REGISTER,
            audit::REGISTER,
            &endpoint.register(wires::GEMEENTE),
        ];
        fs::write(&register, parties.concat()).map_err(|error| cannot_write(&register, &error))?;
        let mut config = config(&folder, &pki, register);
        config.catalogue.folder = Some(products::lay_out(&folder)?);
        let start = Start {
            create: true,
            clock: Arc::new(SystemClock),
            metrics: telemetry::record_metrics()?,
            on_fatal: Arc::new(serve::end_process),
        };
        let gateway = Gateway::start(&config, &start, &mut |_| ()).await?;
        Ok(Self {
            gateway,
            endpoint,
            folder,
            pki,
            foreign,
            keep,
        })
    }

    /// A place for what somebody takes along: outside the folders of the gateway.
    pub(super) fn taken_along(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub(super) fn url(&self) -> String {
        format!("https://{}", self.gateway.parties())
    }

    /// A separate client with the certificate of this side.
    pub(super) fn client(&self, side: Side) -> Result<Client, Stop> {
        self.client_of(side.name())
    }

    /// A client whose certificate is good but belongs to no party of the register.
    pub(super) fn unknown(&self) -> Result<Client, Stop> {
        self.client_of(UNKNOWN)
    }

    /// A client with the certificate of this name.
    pub(super) fn client_of(&self, name: &str) -> Result<Client, Stop> {
        Ok(Client::new(
            &self.url(),
            &self.credentials(&self.pki, name),
        )?)
    }

    /// A client that says it is the provider, with a certificate of an authority that the gateway does not believe.
    pub(super) fn foreign(&self) -> Result<Client, Stop> {
        Ok(Client::new(
            &self.url(),
            &self.credentials(&self.foreign, "aanbieder"),
        )?)
    }

    fn credentials(&self, clients: &Pki, name: &str) -> Credentials {
        let (cert, key) = clients.client(name);
        Credentials {
            cert,
            key,
            ca: self.pki.server_root(),
        }
    }

    /// Addresses, certificates and commands for whoever wants to try for himself.
    pub(super) fn say_how_to_go_on(
        &self,
        id: &str,
        waiting: &str,
        screen: &mut Screen,
    ) -> Result<(), Stop> {
        let sent = self.folder.join("declaratie-verzonden.xml");
        fs::write(&sent, waiting).map_err(|error| cannot_write(&sent, &error))?;
        let (url, ops, sent) = (self.url(), self.gateway.ops(), sent.display());
        let gemeente = self.credentials(&self.pki, "gemeente");
        let aanbieder = self.credentials(&self.pki, "aanbieder");
        let foreign = self.credentials(&self.foreign, "aanbieder");
        let with = |who: &Credentials| {
            format!(
                "curl --cert {} --key {} --cacert {}",
                who.cert.display(),
                who.key.display(),
                who.ca.display()
            )
        };
        let (curl, stranger) = (with(&gemeente), with(&foreign));
        let environment = |who: &Credentials| {
            format!(
                "export KNOOPPUNT_URL={url} KNOOPPUNT_CERT={} KNOOPPUNT_KEY={} KNOOPPUNT_CA={}",
                who.cert.display(),
                who.key.display(),
                who.ca.display()
            )
        };
        let (as_gemeente, as_aanbieder) = (environment(&gemeente), environment(&aanbieder));
        let folder = self.folder.display();
        let on_ggk = with(&self.credentials(&self.pki, wires::GEMEENTE));
        let on_vsp = with(&self.credentials(&self.pki, wires::AANBIEDER));
        let (ggk, pull, named) = (wires::GGK, wires::PULL, wires::VSP_URL);
        screen.line(format_args!(
            "
Het knooppunt blijft draaien tot Ctrl-C. In het postvak van de gemeente ligt een declaratie (WMO323).
  map         {folder}
  partijen    {url}  (mTLS)
  beheer      http://{ops}/gezond en http://{ops}/metrics

Het postvak van de gemeente, en de declaratie byte voor byte:
  {curl} {url}/v1/postvak
  {curl} {url}/v1/postvak/{id}/inhoud --output declaratie.xml
  cmp declaratie.xml {sent} && echo gelijk

Een vreemd certificaat krijgt niets:
  {stranger} {url}/v1/postvak/{id}/inhoud

Met knooppunt zelf, als aanbieder:
  {as_aanbieder}
  knooppunt send BESTAND

En als gemeente:
  {as_gemeente}
  knooppunt inbox
  knooppunt fetch {id} > declaratie.xml
  knooppunt ack {id}
  knooppunt status {id}

De beschrijving voor GGk-software, als de andere gemeente, en de lijst voor VSP-software, als de andere aanbieder (adressen van payloads
beginnen met {named}; dat staat hier voor {url}):
  {on_ggk} '{url}{ggk}?wsdl'
  {on_vsp} {url}{pull}"
        ))?;
        screen.flush()?;
        Ok(())
    }

    /// Stops the gateway and clears the stage.
    pub(super) async fn end(self, screen: &mut Screen) -> Result<(), Stop> {
        self.gateway.stop().await?;
        self.endpoint.end().await;
        if self.keep {
            screen.line(format_args!(
                "gestopt; de map {} is blijven staan",
                self.folder.display()
            ))?;
        } else {
            fs::remove_dir_all(&self.folder).map_err(|error| cannot_write(&self.folder, &error))?;
        }
        Ok(())
    }
}

fn config(folder: &Path, pki: &Pki, register: PathBuf) -> Config {
    let mut config = Config {
        name: "knooppunt-demo".to_owned(),
        tls: pki.tls_settings(),
        ..Config::default()
    };
    config.listen.parties = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    config.listen.ops = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    config.register.files = vec![register];
    config.store.folder = folder.join("gegevens");
    config.store.keys = folder.join("sleutels");
    config.health.disk_free_min = 0;
    config.message_log.origin = Some(audit::ORIGIN.to_owned());
    wires::VSP_URL.clone_into(&mut config.vsp.url);
    config
}

pub(super) fn with_party(name: &str) -> Result<pki::Client, Stop> {
    let party = name
        .parse()
        .map_err(|_| Stop::unable(format!("{name} is no party id")))?;
    Ok(pki::Client {
        name: name.to_owned(),
        holder: Holder::Party(party),
    })
}

fn with_oin(name: &str, oin: &str) -> Result<pki::Client, Stop> {
    let oin: Oin = oin
        .parse()
        .map_err(|_| Stop::unable(format!("{oin} is no OIN")))?;
    Ok(pki::Client {
        name: name.to_owned(),
        holder: Holder::Oin(oin),
    })
}

/// A folder of our own below the temporary one, that nobody else can look into.
fn new_folder() -> Result<PathBuf, Stop> {
    let mut random = [0; 6];
    getrandom::fill(&mut random)
        .map_err(|error| Stop::unable(format!("geen willekeurige bytes: {error}")))?;
    let folder = std::env::temp_dir().join(format!("knooppunt-demo-{}", HEXLOWER.encode(&random)));
    fs::DirBuilder::new()
        .mode(0o700)
        .create(&folder)
        .map_err(|error| cannot_write(&folder, &error))?;
    Ok(folder)
}

pub(super) fn cannot_write(path: &Path, error: &std::io::Error) -> Stop {
    Stop::unable(format!("{}: niet te schrijven: {error}", path.display()))
}
