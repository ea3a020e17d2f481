//! The `knooppunt` command. Everything is in [`knooppunt::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    knooppunt::cli::run()
}
