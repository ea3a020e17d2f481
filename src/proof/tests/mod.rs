//! What holds of the library as a whole. What one module promises is tested beside it.

mod covers;
mod naive;
mod proofs;
mod tiled;
mod trees;
mod vectors;
