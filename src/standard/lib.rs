//! The iJw and iWmo standards, executable.
