//! What holds of the library as a whole. What one module promises is tested beside it.

mod naive;
mod trees;
mod vectors;
