//! `knooppunt log witness`: a witness of the logs of others, as a server of its own.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use knooppunt_proof::{Cosigner, KeyName};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

use super::policy_of;
use crate::cli::screen::Screen;
use crate::cli::serve::{self, Signals};
use crate::cli::{Exit, Stop};
use crate::clock::SystemClock;
use crate::log::{Witness, WitnessFault, witness_router};
use crate::transport::{ConnectionLimits, serve_plain};

#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    /// Address and port, without TLS: put your web server before it
    #[arg(long, value_name = "ADDRESS", required_unless_present = "new_key")]
    listen: Option<SocketAddr>,
    /// Name of the witness, for ever: an address of yours without its scheme
    #[arg(long)]
    name: String,
    /// File of its secret key, 32 bytes
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Folder in which it keeps what it cosigned last; a witness that loses it is none any more
    #[arg(long, value_name = "FOLDER", required_unless_present = "new_key")]
    state: Option<PathBuf>,
    /// Policy of a log that it is a witness of; may be given more than once
    #[arg(long, value_name = "FILE", required_unless_present = "new_key")]
    log: Vec<PathBuf>,
    /// Make the key file, which must not be there yet, print the public key, and end
    #[arg(long)]
    new_key: bool,
}

impl From<WitnessFault> for Stop {
    fn from(error: WitnessFault) -> Self {
        Stop::unable(error.to_string())
    }
}

pub(super) fn run(arguments: &Arguments, screen: &mut Screen) -> Result<Exit, Stop> {
    let name = KeyName::new(&arguments.name);
    let name = name.map_err(|error| Stop::unable(format!("--name: {error}")))?;
    if arguments.new_key {
        let secret = make(&arguments.key)?;
        screen.line(Cosigner::new(name, &secret).verifier())?;
        return Ok(Exit::Good);
    }
    let (Some(address), Some(state)) = (arguments.listen, &arguments.state) else {
        return Err(Stop::unable("--listen and --state are needed"));
    };
    let secret = secret(&arguments.key)?;
    let policies: Result<_, Stop> = arguments.log.iter().map(|file| policy_of(file)).collect();
    let witness = Witness::open((name, &secret), state, policies?, Arc::new(SystemClock))?;
    let witness = Arc::new(witness);
    screen.line(witness.key())?;
    let runtime = serve::runtime()?;
    runtime.block_on(async {
        let signals = Signals::listen()?;
        let cannot = |error| Stop::unable(format!("cannot listen on {address}: {error}"));
        let listener = TcpListener::bind(address).await.map_err(cannot)?;
        for (origin, size) in witness.logs().await {
            screen.line(format_args!("{origin}: {size} records cosigned"))?;
        }
        let real = listener.local_addr().map_err(cannot)?;
        screen.line(format_args!("listening on {real}"))?;
        screen.flush()?;
        let stop = CancellationToken::new();
        let pages = witness_router(Arc::clone(&witness));
        let serving = serve_plain(listener, pages, ConnectionLimits::default(), stop.clone());
        let serving = tokio::spawn(serving);
        signals.terminated().await;
        stop.cancel();
        // It only waits for what is under way.
        let _ = serving.await;
        Ok(Exit::Good)
    })
}

/// The secret key in a file.
pub(in crate::cli) fn secret(file: &Path) -> Result<Zeroizing<[u8; 32]>, Stop> {
    let wrong = |why: &dyn std::fmt::Display| Stop::unable(format!("{}: {why}", file.display()));
    let bytes = std::fs::read(file).map_err(|error| wrong(&error))?;
    let bytes = Zeroizing::new(bytes);
    let secret: [u8; 32] = bytes
        .as_slice()
        .try_into()
        .map_err(|_| wrong(&"expected 32 bytes"))?;
    Ok(Zeroizing::new(secret))
}

/// A new secret key in a file that is not there yet, readable by its owner alone.
fn make(file: &Path) -> Result<Zeroizing<[u8; 32]>, Stop> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let wrong = |why: &dyn std::fmt::Display| Stop::unable(format!("{}: {why}", file.display()));
    let mut secret = Zeroizing::new([0; 32]);
    getrandom::fill(&mut *secret).map_err(|error| wrong(&error))?;
    let mut options = std::fs::OpenOptions::new();
    let new = options.write(true).create_new(true).mode(0o600).open(file);
    let written = new.and_then(|mut new| new.write_all(&*secret).and_then(|()| new.sync_all()));
    written.map_err(|error| wrong(&error))?;
    Ok(secret)
}
