//! What holds of proofs of delivery as a whole. What one module promises is tested beside it.

mod cards;
mod lines;
mod made;
mod records;
mod signatures;
mod statements;
mod trees;
