//! What holds of proofs of delivery as a whole. What one module promises is tested beside it.

mod cards;
mod made;
mod signatures;
mod statements;
