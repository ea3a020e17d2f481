//! The log on a folder of its own, over a journal in memory and, for power that fails, on a disk that is simulated.

mod asked;
mod export;
mod going_on;
mod power;
mod public;
mod resumed;
mod start;
mod world;
