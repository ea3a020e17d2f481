//! What holds of the library as a whole. What one module promises is tested beside it.

mod attacks;
mod covers;
mod exports_of_ours;
mod foreign;
mod foreign_notes;
pub(crate) mod made;
mod merkle;
mod naive;
mod proofs;
pub(crate) mod published;
mod receipts;
mod signed;
mod tiled;
mod trees;
mod vectors;
mod vectors_of_ours;
mod witnesses;
