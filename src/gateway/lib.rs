//! The gateway: carries, judges and proves messages between municipalities and care providers.
