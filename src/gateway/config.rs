//! The configuration: one TOML file, read once at the start into types that cannot be wrong. Each module owns its section;
//! this module puts them together, reads the file, says where it is wrong and prints the manual.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Component, Path, PathBuf};

use knooppunt_standard::{Berichtsoort, Law};
use toml::de::DeTable;

use crate::api::{ApiSettings, PAGE_MAX};
use crate::budget::BudgetSettings;
use crate::deliver::DeliverSettings;
use crate::envelope::WireSettings;
use crate::fault::Fault;
use crate::figures::PublicFigureSettings;
use crate::ggk::GgkSettings;
use crate::health::HealthSettings;
use crate::lanes::LaneSettings;
use crate::log::LogSettings;
use crate::reference::ReferenceSettings;
use crate::register::{RegisterSettings, functie_wrong};
use crate::retention::RetentionSettings;
use crate::schemas::SchemaSettings;
use crate::scrub::ScrubSettings;
use crate::setting::{Field, Setting};
use crate::store::embedded::{self, ViewsEngine};
use crate::telemetry::TelemetrySettings;
use crate::terms::TermSettings;
use crate::translation::CatalogueSettings;
use crate::transport::{ConnectionSettings, TlsSettings};
use crate::vsp::VspSettings;
use crate::xml::XmlSettings;

crate::settings! {
    /// Everything that an operator may set.
    pub struct Config {
        /// Name of this gateway in receipts and logs.
        pub name: String = "knooppunt".to_owned(),
        /// Where the gateway listens.
        pub listen: ListenSettings = ListenSettings::default(),
        /// Certificates: our own, those of whom we believe, and what was revoked.
        pub tls: TlsSettings = TlsSettings::default(),
        /// Who the parties are.
        pub register: RegisterSettings = RegisterSettings::default(),
        /// What is kept, and where.
        pub store: StoreSettings = StoreSettings::default(),
        /// How long content is kept.
        pub retention: RetentionSettings = RetentionSettings::default(),
        /// Bringing messages to the endpoints of their receivers, where the register names such (`[[endpoint]]`).
        pub deliver: DeliverSettings = DeliverSettings::default(),
        /// When parties are warned that a term ends.
        pub terms: TermSettings = TermSettings::default(),
        /// Whether what is stored is still as it was written.
        pub scrub: ScrubSettings = ScrubSettings::default(),
        /// Schemas and code lists beside those that are built in.
        pub schemas: SchemaSettings = SchemaSettings::default(),
        /// The own API.
        pub api: ApiSettings = ApiSettings::default(),
        /// The door for software of providers that speaks VECOZO's VSP.
        pub vsp: VspSettings = VspSettings::default(),
        /// The wires of others, whichever of them.
        pub wire: WireSettings = WireSettings::default(),
        /// The door for software of municipalities that speaks the GGk.
        pub ggk: GgkSettings = GgkSettings::default(),
        /// What rules of level 4 rest on and no message says.
        pub reference: ReferenceSettings = ReferenceSettings::default(),
        /// Own product codes of municipalities.
        pub catalogue: CatalogueSettings = CatalogueSettings::default(),
        /// How far the XML of a message may go.
        pub xml: XmlSettings = XmlSettings::default(),
        /// How much may be in flight.
        pub budget: BudgetSettings = BudgetSettings::default(),
        /// How many bodies are read at the same time.
        pub lanes: LaneSettings = LaneSettings::default(),
        /// Limits of connections.
        pub connections: ConnectionSettings = ConnectionSettings::default(),
        /// When the gateway calls itself healthy.
        pub health: HealthSettings = HealthSettings::default(),
        /// The log of all records, which anybody can verify.
        pub message_log: LogSettings = LogSettings::default(),
        /// Figures that anybody may read.
        pub public_figures: PublicFigureSettings = PublicFigureSettings::default(),
        /// Log lines, on standard error.
        pub log: TelemetrySettings = TelemetrySettings::default(),
    }
}

crate::settings! {
    /// Where the gateway listens.
    pub struct ListenSettings {
        /// Address and port for parties, over mutual TLS.
        pub parties: SocketAddr = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 8443)),
        /// Address and port for `/gezond` and `/metrics`, without TLS: keep it on loopback or a management network.
        pub ops: SocketAddr = SocketAddr::from((Ipv4Addr::LOCALHOST, 9090)),
    }
}

crate::settings! {
    /// What is kept, and where.
    pub struct StoreSettings {
        /// The data folder, on an encrypted volume. Made by `serve --create`, never silently.
        pub folder: PathBuf = PathBuf::from("data"),
        /// The folder of the secret keys, outside of the data folder. Made together with a new data folder and never
        /// anew: with a key missing or wrong the gateway does not start. Keep a copy in a safe, apart from the backup
        /// of the data folder.
        pub keys: PathBuf = PathBuf::from("keys"),
        /// Set this when copies of the top key and the pseudonym key are in that safe; until then every start reminds.
        pub keys_are_in_a_safe: bool = false,
        /// Bytes on the disk that are held back for acknowledging, delivering and erasing when the disk is full.
        pub reserve_bytes: u64 = 64 << 20,
        /// What keeps the views, which are made from the journal and answer questions: `sled`, or `fjall` where more than a few
        /// hundred thousand messages are kept. After a change run `knooppunt store rebuild` once: until then the gateway does
        /// not start. Nothing is lost by it, there or back.
        pub views: ViewsEngine = ViewsEngine::default(),
        /// Bytes on the disk that are held back for opening the views when the disk is full. While no more than twice as much is
        /// free the views are not written: changes wait in memory, and are made again from the journal after a stop.
        pub views_reserve_bytes: u64 = 32 << 20,
        /// Bytes of memory that changes of views may take while they wait for room on the disk; when they would take more, the
        /// process ends. Nothing is lost by it.
        pub views_ahead_bytes_max: u64 = 256 << 20,
        /// Bytes of memory for views that are looked up often.
        pub views_cache_bytes: u64 = 128 << 20,
        /// Copies in other places.
        pub backup: BackupSettings = BackupSettings::default(),
    }
}

crate::settings! {
    /// Copies in other places: `knooppunt store backup` makes them while the gateway runs, `knooppunt store restore` puts one back.
    pub struct BackupSettings {
        /// Folder of the copy of journal and parts, on another disk; better still one that goes to another machine. It grows with
        /// the data folder and is never to be thrown away.
        pub folder: Option<PathBuf> = None,
        /// Folder of the copies of keys, outside of that one and on its own way to its own place: who has both, and the top key,
        /// can read what was erased since the oldest of them. No second copies of it may live longer than `keys_keep_d`.
        pub keys: Option<PathBuf> = None,
        /// Days that a copy of keys may be used: until then what was erased can still be read by it. The next backup after that
        /// removes it, and nothing is put back by it unless that is asked for.
        pub keys_keep_d: u32 = 30,
    }
}

impl Setting for ViewsEngine {}

impl StoreSettings {
    /// The first folder of copies that lies in another folder of the store, or has one in it, and what is wrong about it.
    fn backup_within_another(&self) -> Option<(&'static str, String)> {
        let others = [
            ("store.folder", Some(&self.folder)),
            ("store.keys", Some(&self.keys)),
            ("store.backup.keys", self.backup.keys.as_ref()),
        ];
        let copies = [
            ("folder", self.backup.folder.as_ref()),
            ("keys", self.backup.keys.as_ref()),
        ];
        for (key, copy) in copies {
            for (name, other) in others {
                if let (Some(copy), Some(other)) = (copy, other)
                    && name != format!("store.backup.{key}")
                    && (plain(copy).starts_with(plain(other))
                        || plain(other).starts_with(plain(copy)))
                {
                    let reason = format!(
                        "it and {name} must stand outside of each other: they are not to be lost, or copied, together"
                    );
                    return Some((key, reason));
                }
            }
        }
        None
    }

    /// How the store is opened by these settings.
    pub fn options(&self) -> embedded::Options {
        embedded::Options {
            reserve_bytes: self.reserve_bytes,
            views_engine: self.views,
            views_reserve_bytes: self.views_reserve_bytes,
            views_ahead_bytes_max: self.views_ahead_bytes_max,
            views_cache_bytes: self.views_cache_bytes,
            ..embedded::Options::default()
        }
    }
}

/// Why a configuration is refused. The text says what to change.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{}: cannot be read: {source}", file.display())]
    Unreadable {
        /// The file that was named.
        file: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// The file says something that cannot be.
    #[error("{}:{line}:{column}: {reason}", file.display())]
    Wrong {
        /// The configuration file.
        file: PathBuf,
        /// Line in the file, from 1.
        line: usize,
        /// Column in characters, from 1.
        column: usize,
        /// What is wrong and what is expected.
        reason: String,
    },
}

impl ConfigError {
    /// Stable name of the error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "config-unreadable",
            Self::Wrong { .. } => "config-wrong",
        }
    }

    /// Always ours: the operator has to change the file.
    pub fn fault(&self) -> Fault {
        Fault::Ours
    }
}

impl Config {
    /// Reads the file and makes its relative paths relative to the folder it stands in.
    /// Err: unreadable, not TOML, an unknown key, a value of another kind than expected.
    pub fn load(file: &Path) -> Result<Self, ConfigError> {
        let unreadable = |source| ConfigError::Unreadable {
            file: file.to_owned(),
            source,
        };
        let text = std::fs::read_to_string(file).map_err(unreadable)?;
        let mut config = Self::parse(file, &text)?;
        if let Some(folder) = std::path::absolute(file).map_err(unreadable)?.parent() {
            config.place(folder);
        }
        // Once more: only now two paths that were written in different ways can be compared.
        config.is_possible(file, &text)?;
        Ok(config)
    }

    /// Parses the text of a configuration file; `file` is only named in errors. Err: see [`Config::load`], or values that
    /// cannot go together.
    pub fn parse(file: &Path, text: &str) -> Result<Self, ConfigError> {
        let config: Self = toml::from_str(text).map_err(|error| {
            let offset = error.span().map_or(0, |span| span.start);
            wrong(file, text, offset, error.message().to_owned())
        })?;
        config.is_possible(file, text)?;
        Ok(config)
    }

    /// Err: values that cannot go together, with the place of the key to look at.
    fn is_possible(&self, file: &Path, text: &str) -> Result<(), ConfigError> {
        match self.contradiction() {
            None => Ok(()),
            Some((key, reason)) => {
                let offset = offset_of(text, &key).unwrap_or(0);
                Err(wrong(file, text, offset, reason))
            }
        }
    }

    /// The first pair of values that cannot go together: the key to look at, and what is wrong.
    fn contradiction(&self) -> Option<(Vec<&str>, String)> {
        let (api, budget) = (&self.api, &self.budget);
        let largest = api
            .body_bytes_max
            .saturating_mul(budget.bytes_per_body_byte);
        if largest > budget.party_bytes_max {
            let reason = format!(
                "a message of api.body_bytes_max needs {largest} bytes of budget, which no party would ever get: raise it or lower that"
            );
            return Some((vec!["budget", "party_bytes_max"], reason));
        }
        if budget.party_bytes_max > budget.in_flight_bytes_max {
            let reason = "the share of one party is more than there is: raise it or lower budget.party_bytes_max".to_owned();
            return Some((vec!["budget", "in_flight_bytes_max"], reason));
        }
        if api.page_max > PAGE_MAX {
            return Some((
                vec!["api", "page_max"],
                format!("expected at most {PAGE_MAX}: a page is never longer"),
            ));
        }
        if api.page_default == 0 || api.page_default > api.page_max {
            return Some((
                vec!["api", "page_default"],
                "expected 1 to api.page_max".to_owned(),
            ));
        }
        if let Some((key, most)) = self.xml.outside() {
            return Some((vec!["xml", key], format!("expected 1 to {most}")));
        }
        if let Some((key, reason)) = self.vsp.outside() {
            return Some((vec!["vsp", key], reason.to_owned()));
        }
        if let Some((key, reason)) = self.ggk.outside() {
            return Some((vec!["ggk", key], reason.to_owned()));
        }
        if let Some((key, reason)) = self.deliver.outside() {
            return Some((vec!["deliver", key], reason));
        }
        if let Some((key, reason)) = self.tls.outside() {
            return Some((vec!["tls", "fetch", key], reason));
        }
        if let Some((key, reason)) = self.message_log.outside() {
            return Some((vec!["message_log", key], reason));
        }
        if plain(&self.store.keys).starts_with(plain(&self.store.folder)) {
            let reason = "the keys must stand outside of store.folder: whoever copies the data must not get them".to_owned();
            return Some((vec!["store", "keys"], reason));
        }
        if let Some((key, reason)) = self.store.backup_within_another() {
            return Some((vec!["store", "backup", key], reason));
        }
        self.retention_outside()
    }

    fn retention_outside(&self) -> Option<(Vec<&str>, String)> {
        if let Some((key, reason)) = self.retention.outside() {
            return Some((vec!["retention", key], reason));
        }
        let published = |name: &String| {
            let laws = [Law::Jw, Law::Wmo];
            laws.iter().any(|law| {
                Berichtsoort::ALL
                    .iter()
                    .any(|soort| soort.name(*law) == name)
            })
        };
        if let Some(unknown) = self.retention.kinds.keys().find(|name| !published(name)) {
            let reason = format!(
                "{unknown} is no message kind: expected a published name such as JW323 or WMO301"
            );
            return Some((vec!["retention", "kinds"], reason));
        }
        let mut names: Vec<&String> = self.retention.files.keys().collect();
        names.sort_by_key(|name| name.to_ascii_lowercase());
        let twice = names.windows(2).find_map(|two| match two {
            [one, other] if one.eq_ignore_ascii_case(other) => {
                Some(format!("{one} and {other} are one functie"))
            }
            _ => None,
        });
        let wrong = names
            .iter()
            .find_map(|name| functie_wrong(name))
            .or(twice)?;
        Some((vec!["retention", "files"], wrong))
    }

    /// Bytes of the largest message between two parties for which the register may ask: what the memory for reading and for judging has room for.
    pub fn large_bytes_max(&self) -> u64 {
        let budget = &self.budget;
        let read = budget.in_flight_bytes_max / budget.bytes_per_body_byte.max(1);
        read.min(self.lanes.body_bytes_max())
    }

    /// The complete default configuration with its manual, as `knooppunt config` prints it. It parses back to the default.
    pub fn printed() -> String {
        let mut text = String::from(
            "# Configuration of Knooppunt. Every key stands here with its default; leave out what you do not change.\n\
             # An unknown key is refused. Relative paths count from the folder of this file. A secret is never in this\n\
             # file: it is a path to a file that only the gateway can read.\n",
        );
        let values = toml::Table::try_from(Self::default()).unwrap_or_default();
        print_fields(&mut text, "", &Self::fields().unwrap_or_default(), &values);
        text
    }
}

/// Plain values first, then sections: what follows a `[section]` line belongs to it.
fn print_fields(text: &mut String, path: &str, fields: &[Field], values: &toml::Table) {
    let (plain, sections): (Vec<_>, Vec<_>) = fields
        .iter()
        .partition(|field| field.section.is_none() && field.entries.is_none());
    for field in plain {
        text.push('\n');
        print_manual(text, field);
        let _ = match values.get(field.name) {
            Some(value) => writeln!(text, "{} = {value}", field.name),
            None => writeln!(text, "# {} =", field.name),
        };
    }
    for field in sections {
        let path = if path.is_empty() {
            field.name.to_owned()
        } else {
            format!("{path}.{}", field.name)
        };
        text.push('\n');
        print_manual(text, field);
        if let Some(entries) = &field.entries {
            print_example(text, &path, entries);
        } else {
            let _ = writeln!(text, "[{path}]");
            let nothing = toml::Table::new();
            let values = values.get(field.name).and_then(toml::Value::as_table);
            let fields = field.section.as_deref().unwrap_or_default();
            print_fields(text, &path, fields, values.unwrap_or(&nothing));
        }
    }
}

/// A section whose name the operator chooses: all of it as comment.
fn print_example(text: &mut String, path: &str, fields: &[Field]) {
    let _ = writeln!(text, "# [{path}.NAME]");
    for field in fields {
        text.push('\n');
        print_manual(text, field);
        let _ = writeln!(text, "# {} =", field.name);
    }
}

fn print_manual(text: &mut String, field: &Field) {
    for line in field.manual {
        let _ = writeln!(text, "#{line}");
    }
}

/// Where a key stands in the text; the nearest section above it when the key has its default.
fn offset_of(text: &str, path: &[&str]) -> Option<usize> {
    let whole = DeTable::parse(text).ok()?;
    let mut table = whole.get_ref();
    let mut offset = None;
    for name in path {
        let Some((key, value)) = table.iter().find(|(key, _)| key.get_ref() == name) else {
            break;
        };
        offset = Some(key.span().start);
        let Some(below) = value.get_ref().as_table() else {
            break;
        };
        table = below;
    }
    offset
}

/// The same path without `.` and `..`, by its text alone.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if plain.file_name().is_some() => {
                plain.pop();
            }
            Component::ParentDir
            | Component::Normal(_)
            | Component::RootDir
            | Component::Prefix(_) => plain.push(component),
        }
    }
    plain
}

fn wrong(file: &Path, text: &str, offset: usize, reason: String) -> ConfigError {
    let (line, column) = place_of(text, offset);
    ConfigError::Wrong {
        file: file.to_owned(),
        line,
        column,
        reason,
    }
}

/// Line and column, both from 1, of the byte at `offset`.
fn place_of(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before
        .rsplit('\n')
        .next()
        .map_or(0, |last| last.chars().count())
        + 1;
    (line, column)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        Config::parse(Path::new("knooppunt.toml"), text)
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn the_printed_default_parses_back_to_the_default() {
        let parsed = Config::parse(Path::new("printed"), &Config::printed()).unwrap();
        assert_eq!(parsed, Config::default());
    }

    #[test]
    fn every_key_and_every_section_is_printed_below_its_manual() {
        fn check(fields: &[Field], printed: &str) {
            for field in fields {
                assert!(
                    field.manual.iter().any(|line| line.trim().len() > 8),
                    "{} has no manual",
                    field.name
                );
                let mut manual = String::new();
                print_manual(&mut manual, field);
                let below = printed
                    .split_once(&manual)
                    .and_then(|(_, below)| below.lines().next());
                assert!(
                    below.is_some_and(|line| line.contains(field.name)),
                    "below the manual of {} stands {below:?}",
                    field.name
                );
                check(field.section.as_deref().unwrap_or_default(), printed);
                check(field.entries.as_deref().unwrap_or_default(), printed);
            }
        }
        check(&Config::fields().unwrap(), &Config::printed());
    }

    #[test]
    fn an_unknown_key_is_refused_with_file_line_and_column() {
        let text = refused("[schemas]\nfolder = \"x\"\n  fodler = \"y\"\n");
        assert!(
            text.starts_with("knooppunt.toml:3:3: unknown field `fodler`"),
            "{text}"
        );
        assert!(text.contains("expected"), "{text}");
    }

    #[test]
    fn an_unknown_section_is_refused() {
        let text = refused("\n[schema]\n");
        assert!(text.starts_with("knooppunt.toml:2:"), "{text}");
    }

    #[test]
    fn values_that_cannot_go_together_are_refused_at_the_key_to_look_at() {
        for (text, place, words) in [
            (
                "[api]\nbody_bytes_max = 100_000_000\n[budget]\nparty_bytes_max = 9\n",
                "4:1",
                "no party would ever get",
            ),
            (
                "[api]\nbody_bytes_max = 1\n[budget]\nin_flight_bytes_max = 9\n",
                "4:1",
                "more than there is",
            ),
            ("\n[api]\npage_max = 10\n", "2:2", "expected 1 to"),
            ("\n[api]\npage_max = 1001\n", "3:1", "at most 1000"),
            ("[xml]\ndepth_max = 0\n", "2:1", "expected 1 to 1000"),
            ("[deliver]\nrest_s = 0\n", "2:1", "expected 1 or more"),
            (
                "[tls.fetch]\nurls = [\"https://crl.example/a.crl\"]\n",
                "2:1",
                "they need no TLS",
            ),
            (
                "[tls.fetch]\nproxy = \"socks://proxy.example\"\n",
                "2:1",
                "expected http://",
            ),
            (
                "[tls.fetch]\nbytes_max = 67108865\n",
                "2:1",
                "expected 1 to 67108864",
            ),
            ("[tls]\ncrl_stale = \"grace 0\"\n", "2:13", "1 to 744 hours"),
            ("[message_log]\norigin = \"a b\"\n", "2:1", "without spaces"),
            (
                "[message_log]\norigin = \"a\"\nquorum = 1\n",
                "3:1",
                "there are 0 witnesses",
            ),
            (
                "[message_log]\nquorum = 0\n[message_log.public]\nlisten = \"127.0.0.1:1\"\n",
                "1:2",
                "needs message_log.origin",
            ),
            (
                "[deliver]\napplication = \"K\"\n",
                "2:1",
                "3 to 50 characters",
            ),
            (
                "[store]\nfolder = \"d\"\nkeys = \"d/keys\"\n",
                "3:1",
                "outside",
            ),
            (
                "[store]\nfolder = \"d\"\n[store.backup]\nfolder = \"d/b\"\n",
                "4:1",
                "outside of each other",
            ),
            (
                "[store.backup]\nfolder = \"b\"\nkeys = \"b/k\"\n",
                "2:1",
                "outside of each other",
            ),
            (
                "[store]\nkeys = \"b/k\"\n[store.backup]\nkeys = \"b\"\n",
                "4:1",
                "outside of each other",
            ),
            (
                "[retention]\n[retention.kinds.JW322]\nat_most_d = 1\n",
                "2:12",
                "JW322 is no message kind",
            ),
            (
                "[retention]\n[retention.files.JW323]\nat_most_d = 1\n",
                "2:12",
                "JW323 is a kind of message of the standards",
            ),
            (
                "[retention.files.\"a b\"]\nat_most_d = 1\n",
                "1:12",
                "a functie has 1 to 30 letters",
            ),
            (
                "[retention.files]\nLijst = { at_most_d = 1 }\nLIJST = { at_most_d = 2 }\n",
                "1:12",
                "LIJST and Lijst are one functie",
            ),
        ] {
            let said = refused(text);
            assert!(
                said.starts_with(&format!("knooppunt.toml:{place}: ")) && said.contains(words),
                "{said}"
            );
        }
        assert!(Config::parse(Path::new("x"), "[retention.kinds.WMO323]\nat_most_d = 1\n").is_ok());
    }

    #[test]
    fn a_value_of_another_kind_is_refused_at_its_place() {
        let text = refused("[schemas]\nfolder = 3\n");
        assert!(text.starts_with("knooppunt.toml:2:10: "), "{text}");
    }
}
