//! Declarations judged from end to end: the published worked cases, and properties against a plain model.

mod antwoord;
mod cases;
mod footing;
mod model;
mod world;
