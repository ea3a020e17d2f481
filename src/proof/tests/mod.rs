//! What holds of the library as a whole. What one module promises is tested beside it.

mod attacks;
mod covers;
pub(crate) mod made;
mod naive;
mod proofs;
mod receipts;
mod tiled;
mod trees;
mod vectors;
mod witnesses;
