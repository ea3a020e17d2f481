//! The `knooppunt` command. Everything is in [`knooppunt::cli`].

use std::process::ExitCode;

/// The views keep millions of small blocks, made by one thread and freed by another: glibc's allocator takes longer for each the more there are.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    knooppunt::cli::run()
}
