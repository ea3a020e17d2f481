//! `knooppunt ledger`: messages of before become part of the past, while no gateway has the data folder open.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::offline::Offline;
use super::screen::Screen;
use super::{Exit, Stop};
use crate::grounds;
use crate::import::{self, Fate, Import, Span, Why};
use crate::register::{PartyId, Register};

/// Eerdere berichten toevoegen aan het verleden waaraan nieuwe berichten worden getoetst
#[derive(Debug, Args)]
#[command(after_help = "\
Voorbeelden:
  knooppunt ledger import --config knooppunt.toml --party gemeente berichten/ --dry-run
  knooppunt ledger import --config knooppunt.toml --party gemeente berichten/

Geef elk bericht samen met het antwoord erop: 301 met 302, 305 met 306, 307 met 308, 315 met 316, 317 met 318, 319 met 320, 323 met 325. Wat toen is
goedgekeurd telt mee, wat toen is afgekeurd niet; van meer antwoorden op een bericht telt het eerste dat past. Er wordt niets opnieuw beoordeeld, beantwoord of bezorgd. De volgorde is die van de Dagtekening. Een bestand
dat al is ingevoerd of hier al is vervoerd, verandert niets: afgebroken invoer is af te maken door dezelfde opdracht nog eens te geven.

Eindcode: 0 alles is ingevoerd (of was het al); 1 een of meer bestanden zijn overgeslagen, met de reden erbij; 2 niet gelukt (geen gegevensmap, in gebruik).")]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Voer berichten met hun antwoorden in
    Import {
        /// Bestanden (XML), of mappen ermee
        #[arg(value_name = "BESTAND", required = true)]
        paths: Vec<PathBuf>,
        /// De configuratie van het knooppunt
        #[arg(long, value_name = "BESTAND")]
        config: PathBuf,
        /// De partij in het register die de berichten geeft: de gemeente zelf, of wie voor haar mag indienen en ophalen
        #[arg(long, value_name = "PARTIJ")]
        party: PartyId,
        /// Zeg wat er zou gebeuren, en verander niets
        #[arg(long)]
        dry_run: bool,
    },
}

pub(super) fn run(arguments: &Arguments, screen: &mut Screen) -> Result<Exit, Stop> {
    let Command::Import {
        paths,
        config,
        party,
        dry_run,
    } = &arguments.command;
    let files = import::files(paths)
        .map_err(|path| Stop::unable(format!("{} is niet te lezen", path.display())))?;
    let offline = Offline::open(config)?;
    let imported = import_files(&offline, &files, party, *dry_run, screen);
    offline.close()?;
    imported
}

fn import_files(
    offline: &Offline,
    files: &[PathBuf],
    party: &PartyId,
    dry_run: bool,
    screen: &mut Screen,
) -> Result<Exit, Stop> {
    let unable = |error: &dyn std::fmt::Display| Stop::unable(error.to_string());
    let register =
        Register::read(&offline.config.register.files).map_err(|error| unable(&error))?;
    if register.party(party).is_none() {
        return Err(Stop::unable(format!(
            "{party} staat niet als partij in het register"
        )));
    }
    if !dry_run {
        let (kept, schemas) = (&offline.store.grounds, &offline.config.schemas);
        grounds::keep_program(kept, &offline.releases, schemas.folder.as_deref())
            .map_err(|error| unable(&error))?;
        grounds::keep_register(kept, &register)?;
    }
    let import = Import {
        ledger: offline.ledger.clone(),
        releases: offline.releases.clone(),
        limits: offline.limits.clone(),
        register: register.into(),
        party: party.clone(),
        now: offline.clock.now(),
        dry_run,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let mut counts = Counts::default();
    let mut shown = Ok(());
    let spans = runtime.block_on(import.run(files, &mut |path, fate| {
        counts.add(fate);
        if shown.is_ok() {
            shown = screen.line(line(path, fate)).and_then(|()| screen.flush());
        }
    }));
    shown?;
    let spans = spans.map_err(|error| unable(&error))?;
    counts.say(dry_run, screen)?;
    what_next(&spans, dry_run, screen)?;
    Ok(if counts.left == 0 {
        Exit::Good
    } else {
        Exit::Bad
    })
}

/// Files by what became of them.
#[derive(Default)]
struct Counts {
    taken: u64,
    known: u64,
    left: u64,
}

impl Counts {
    fn add(&mut self, fate: &Fate) {
        match fate {
            Fate::Taken { .. } => self.taken += 1,
            Fate::Known | Fate::Carried => self.known += 1,
            Fate::Left(_) => self.left += 1,
        }
    }

    fn say(&self, dry_run: bool, screen: &mut Screen) -> Result<(), Stop> {
        let Self { taken, known, left } = self;
        let done = if dry_run {
            "zou worden ingevoerd"
        } else {
            "ingevoerd"
        };
        screen.line(format_args!(
            "{taken} {done}, {known} al bekend, {left} overgeslagen"
        ))?;
        Ok(())
    }
}

fn line(path: &Path, fate: &Fate) -> String {
    let path = path.display();
    match fate {
        Fate::Taken { accepted: true } => {
            format!("genomen       {path}: toen goedgekeurd, telt mee")
        }
        Fate::Taken { accepted: false } => {
            format!("genomen       {path}: toen afgekeurd, telt niet mee")
        }
        Fate::Known => format!("al bekend     {path}: eerder ingevoerd"),
        Fate::Carried => format!("al bekend     {path}: hier vervoerd"),
        Fate::Left(why) => format!("overgeslagen  {path}: {}", reason(*why)),
    }
}

fn reason(why: Why) -> String {
    match why {
        Why::Unreadable => "het bestand is niet te lezen".to_owned(),
        Why::TooLarge => "het bestand is groter dan een bericht mag zijn".to_owned(),
        Why::NoMessage => "het is geen bericht van een bekende soort".to_owned(),
        Why::Level1(1) => {
            "het voldoet niet aan het schema (1 fout): zie `knooppunt validate`".to_owned()
        }
        Why::Level1(count) => {
            format!("het voldoet niet aan het schema ({count} fouten): zie `knooppunt validate`")
        }
        Why::OutOfTime => "de Dagtekening ligt na vandaag, of voor 2015".to_owned(),
        Why::NoRules => "voor de release van dit bericht zijn er geen regels".to_owned(),
        Why::NotMandated => {
            "deze partij is niet de gemeente van dit bericht en heeft er geen machtiging voor"
                .to_owned()
        }
        Why::NoAnswer => {
            "het antwoord erop is er niet bij, dus of het telt is niet te weten".to_owned()
        }
        Why::NoQuestion => "het bericht waarop dit antwoordt is er niet bij".to_owned(),
        Why::QuestionHere => {
            "het bericht waarop dit antwoordt is hier vervoerd: dien het antwoord gewoon in"
                .to_owned()
        }
        Why::SecondAnswer => "een ander antwoord op hetzelfde bericht telt".to_owned(),
        Why::AnswerWrong => "het antwoord past niet bij het bericht".to_owned(),
        Why::Twice => "hetzelfde bericht staat ook in een ander bestand".to_owned(),
        Why::NumberTaken => "een ander bericht heeft dezelfde Identificatie".to_owned(),
        Why::Changed => "het bestand veranderde tijdens de invoer".to_owned(),
    }
}

/// What the register may say from now on.
fn what_next(spans: &[Span], dry_run: bool, screen: &mut Screen) -> Result<(), Stop> {
    if spans.is_empty() || dry_run {
        return Ok(());
    }
    for Span {
        law,
        pair,
        first,
        last,
    } in spans
    {
        screen.line(format_args!(
            "{law}: gemeente {}, aanbieder {}: berichten van {first} tot en met {last}",
            pair.gemeente, pair.aanbieder
        ))?;
    }
    screen.line(
        "Is hiermee alles ingevoerd wat zij elkaar stuurden, zet dan in het register bij [[history]] de dag `since` terug naar de dag vanaf welke het alles is.",
    )?;
    screen.line(
        "Een toewijzing of verzoek dat ontbreekt telt pas als fout met `since = 2015-01-01`, want geen bericht zegt wanneer die is gestuurd.",
    )?;
    Ok(())
}
