//! What a section of the configuration is made of. A section is declared with [`settings!`]; the doc comment on a
//! field is its manual, and `knooppunt config` prints that same text. Knows no section itself: see `config`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A value, or a section of values, in the configuration file.
pub trait Setting {
    /// The fields of a section, in the order of declaration; `None` for a plain value.
    fn fields() -> Option<Vec<Field>> {
        None
    }

    /// The fields of each entry, when the value is a map of sections with names that the operator chooses.
    fn entries() -> Option<Vec<Field>> {
        None
    }

    /// Makes every relative path in the value relative to `folder`, the folder of the configuration file.
    fn place(&mut self, folder: &Path) {
        let _ = folder;
    }
}

/// One field of a section, with its manual.
#[derive(Debug, Clone)]
pub struct Field {
    /// Name of the key in the file.
    pub name: &'static str,
    /// The lines of the doc comment.
    pub manual: &'static [&'static str],
    /// The fields of the section that the key opens; `None` for a plain value.
    pub section: Option<Vec<Field>>,
    /// The fields of each section below the key, when the operator chooses their names.
    pub entries: Option<Vec<Field>>,
}

/// Declares a section of the configuration: a struct whose fields have doc comments and defaults.
///
/// The struct gets `Debug`, `Clone`, `PartialEq`, `serde` both ways (unknown keys refused, missing keys take their
/// default) and [`Default`]. Secrets never stand in it: a secret is a path to a file.
///
/// ```
/// knooppunt::settings! {
///     /// How callers are greeted.
///     pub struct Greeting {
///         /// Seconds that a caller may take.
///         pub patience_s: u64 = 10,
///     }
/// }
/// assert_eq!(Greeting::default().patience_s, 10);
/// ```
#[macro_export]
macro_rules! settings {
    (
        $(#[$meta:meta])*
        $vis:vis struct $name:ident {
            $( $(#[doc = $doc:literal])+ $field_vis:vis $field:ident : $kind:ty = $default:expr ),* $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(default, deny_unknown_fields)]
        $vis struct $name {
            $( $(#[doc = $doc])+ $field_vis $field: $kind, )*
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $( $field: $default, )* }
            }
        }

        impl $crate::setting::Setting for $name {
            fn fields() -> Option<Vec<$crate::setting::Field>> {
                Some(vec![
                    $( $crate::setting::Field {
                        name: stringify!($field),
                        manual: &[$($doc),+],
                        section: <$kind as $crate::setting::Setting>::fields(),
                        entries: <$kind as $crate::setting::Setting>::entries(),
                    }, )*
                ])
            }

            fn place(&mut self, folder: &std::path::Path) {
                $( $crate::setting::Setting::place(&mut self.$field, folder); )*
                let _ = folder;
            }
        }
    };
}

/// A plain value: no fields, no paths.
macro_rules! plain {
    ($($kind:ty),*) => { $( impl Setting for $kind {} )* };
}
plain!(
    bool,
    u8,
    u16,
    u32,
    u64,
    usize,
    i64,
    f64,
    String,
    std::net::SocketAddr
);

impl Setting for PathBuf {
    fn place(&mut self, folder: &Path) {
        if self.is_relative() && !self.as_os_str().is_empty() {
            *self = folder.join(&self);
        }
    }
}

impl<T: Setting> Setting for Option<T> {
    fn fields() -> Option<Vec<Field>> {
        T::fields()
    }

    fn place(&mut self, folder: &Path) {
        if let Some(value) = self {
            value.place(folder);
        }
    }
}

impl<T: Setting> Setting for Vec<T> {
    fn place(&mut self, folder: &Path) {
        for value in self {
            value.place(folder);
        }
    }
}

impl<T: Setting> Setting for BTreeMap<String, T> {
    fn entries() -> Option<Vec<Field>> {
        T::fields()
    }

    fn place(&mut self, folder: &Path) {
        for value in self.values_mut() {
            value.place(folder);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    settings! {
        /// Where things stand.
        struct Places {
            /// A folder.
            ///
            /// Made when told.
            folder: PathBuf = PathBuf::from("data"),
            /// Files beside it.
            files: Vec<PathBuf> = vec![PathBuf::from("a.pem"), PathBuf::from("/etc/b.pem")],
        }
    }

    settings! {
        /// All of it.
        struct Whole {
            /// A number of seconds.
            wait_s: u64 = 3,
            /// Places.
            places: Places = Places::default(),
        }
    }

    #[test]
    fn the_doc_comment_of_a_field_is_its_manual() {
        let fields = Whole::fields().unwrap();
        assert_eq!(fields[0].name, "wait_s");
        assert_eq!(fields[0].manual, [" A number of seconds."]);
        assert!(fields[0].section.is_none());
        let places = fields[1].section.as_ref().unwrap();
        assert_eq!(places[0].manual, [" A folder.", "", " Made when told."]);
    }

    #[test]
    fn relative_paths_are_relative_to_the_folder_of_the_file() {
        let mut whole = Whole::default();
        whole.place(Path::new("/srv"));
        assert_eq!(whole.places.folder, Path::new("/srv/data"));
        assert_eq!(
            whole.places.files,
            [Path::new("/srv/a.pem"), Path::new("/etc/b.pem")]
        );
    }
}
