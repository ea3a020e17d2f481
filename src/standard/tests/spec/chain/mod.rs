//! Levels 3 and 4 of 301 to 319: the worked cases of the rule set, each as the messages that came before and
//! the one that is judged. Numbers are those of the cases.

mod care;
mod message;
mod properties;
mod requests;
mod settling;
mod toewijzing;
mod waiting;
mod wishes;
mod world;
