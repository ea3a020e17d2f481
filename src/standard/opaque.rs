//! `Debug` of records that hold what a message says: the name of the record and none of its values.

/// Gives each a `Debug` that shows its name only.
macro_rules! opaque {
    ($($record:ident),+ $(,)?) => {
        $(
            impl ::std::fmt::Debug for $record {
                fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                    f.debug_struct(stringify!($record)).finish_non_exhaustive()
                }
            }
        )+
    };
}

pub(crate) use opaque;
