//! A file that is added below `schemas/` or `conformance/messages/` gets into the program: the compiler notices changed
//! files by itself, new ones not.

fn main() {
    println!("cargo:rerun-if-changed=schemas");
    println!("cargo:rerun-if-changed=conformance/messages");
}
