//! The gateway: carries, judges and proves messages between municipalities and care providers.

pub mod clock;
pub mod fault;
pub mod setting;
