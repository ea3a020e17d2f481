//! The loader: any bytes as a schema beside the real basisschema, and as source.toml. No panic; what
//! is loaded can be checked against.
#![no_main]

#[path = "files.rs"]
mod files;

use std::sync::LazyLock;

use knooppunt_standard::{Limits, Releases};
use libfuzzer_sys::fuzz_target;

const SOURCE: &str = "standard = 'ijw'\nrelease = '3.2'\nlaw = 'jw'\naccepted_from = '2023-04-03'\n\
    [[file]]\nname = 'basisschema.xsd'\nsource = 'x'\npublished = true\n\
    [[file]]\nname = 'JW301.xsd'\nsource = 'x'\npublished = true\n";

static BASIS: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let files = files::below("schemas/ijw/3.2");
    files
        .into_iter()
        .find(|(name, _)| name == "basisschema.xsd")
        .unwrap()
        .1
});

fuzz_target!(|bytes: &[u8]| {
    let file = |name: &str, bytes: &[u8]| (format!("ijw/3.2/{name}"), bytes.to_vec());
    let basis = file("basisschema.xsd", &BASIS);
    if let Ok(releases) = Releases::load([
        basis.clone(),
        file("JW301.xsd", bytes),
        file("source.toml", SOURCE.as_bytes()),
    ]) {
        let _ = releases.check(
            b"<Bericht xmlns='http://www.istandaarden.nl/ijw/3_2/jw301/schema'/>",
            &Limits::default(),
        );
    }
    let _ = Releases::load([basis, file("source.toml", bytes)]);
});
