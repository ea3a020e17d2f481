//! Draws: which lines and minutes of a provider and month must be opened. Fixed by the root of the log and by nonces that municipality and providers committed to before,
//! so that none of them alone can steer it.

mod opening;
mod population;
mod result;
mod scope;
mod seed;
mod statements;

pub use opening::{DayProof, DrawnLine, Field, Opening, OpeningError, OpeningFinding};
pub use population::{Drawable, Population, PopulationError};
pub use result::{DrawOutcome, DrawResult, Step};
pub use scope::DrawScope;
pub use seed::{Drawn, Seed};
pub use statements::{DRAWS_MAX, Draw, DrawOpen, NonceReveal};
