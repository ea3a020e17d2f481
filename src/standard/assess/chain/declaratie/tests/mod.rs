//! Declarations judged from end to end: the published worked cases, and properties against a plain model.

mod antwoord;
mod cases;
mod decisions;
mod footing;
mod message;
mod model;
mod world;
