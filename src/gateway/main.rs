//! The `knooppunt` command.

fn main() {}
