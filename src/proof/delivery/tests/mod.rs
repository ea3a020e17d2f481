//! What holds of proofs of delivery as a whole. What one module promises is tested beside it.

mod cards;
mod checks;
mod draws;
mod lines;
mod made;
mod openings;
mod records;
mod signatures;
mod statements;
mod trees;
mod vectors;
mod verdicts;
mod world;
