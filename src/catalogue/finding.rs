//! What is wrong with a table, where, and who can do what about it. A finding is data: bad tables never stop the program.

use std::fmt;
use std::sync::Arc;

use serde_json::json;

/// How bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Worth a look.
    Notice,
    /// Works, but probably not as meant.
    Warning,
    /// The table is not taken; the one before stays in force.
    Error,
}

impl Level {
    /// In Dutch, for people; the same word for machines.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Notice => "opmerking",
            Self::Warning => "waarschuwing",
            Self::Error => "fout",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

macro_rules! classes {
    ($($(#[$doc:meta])* $name:ident = $level:ident),+ $(,)?) => {
        /// What kind of thing is wrong: M01 to M15 are conflicts between rows, F01 to F10 faults of files. The numbers never change.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Class {
            $($(#[$doc])* $name),+
        }

        impl Class {
            /// All, by number.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// Its number: `M01`.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name)),+
                }
            }

            /// How bad it is.
            pub const fn level(self) -> Level {
                match self {
                    $(Self::$name => Level::$level),+
                }
            }
        }
    };
}

classes! {
    /// The same key twice at the same time.
    M01 = Error,
    /// The way back is ambiguous: several local codes on one target, and none preferred.
    M02 = Warning,
    /// One local code on several targets, and neither unit nor variant decides.
    M03 = Warning,
    /// A local code is also a national code that means something else.
    M04 = Error,
    /// The target has another category.
    M05 = Error,
    /// The factor does not fit the units, or runs between kinds of unit.
    M06 = Error,
    /// Effort against output.
    M07 = Warning,
    /// A gap, an overlap, or a start before the table was published.
    M08 = Error,
    /// The target was withdrawn.
    M09 = Warning,
    /// The target's text changed between releases.
    M10 = Warning,
    /// In a message: products would be stacked. Never given of a table, but of rows that products of one client come by together.
    M11 = Warning,
    /// A malformed code.
    M12 = Error,
    /// The target is not in the named releases.
    M13 = Error,
    /// A tariff far from that of others.
    M14 = Notice,
    /// Taken over from another municipality and not confirmed.
    M15 = Notice,
    /// Not UTF-8, or with a byte order mark.
    F01 = Error,
    /// Ends of lines other than LF.
    F02 = Error,
    /// A column that is needed lacks, or stands there twice.
    F03 = Error,
    /// A column we do not know. It is kept.
    F04 = Notice,
    /// A line with more or fewer cells than the header, or with quotes around a cell.
    F05 = Error,
    /// A value that cannot be read.
    F06 = Error,
    /// A folder of a municipality without a manifest, or a manifest without a table.
    F07 = Error,
    /// A manifest that cannot be read.
    F08 = Error,
    /// A release, region or municipality that is named and is not there.
    F09 = Error,
    /// A file or region that nothing refers to.
    F10 = Notice,
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The file, below the folder of tables: `gm0777/map.tsv`.
    pub file: Arc<str>,
    /// The line, from 1; 0 when it is about the whole file.
    pub line: u32,
    /// Its kind.
    pub class: Class,
    /// How many it stands for: one, or those of its class in its file that are told by their number alone.
    pub count: usize,
    /// What is wrong, in Dutch.
    pub text: String,
    /// What to do about it, in Dutch.
    pub remedy: String,
}

impl Finding {
    /// How bad.
    pub const fn level(&self) -> Level {
        self.class.level()
    }

    /// As one line of JSON: `klasse`, `ernst`, `bestand`, `regel`, `aantal`, `tekst`, `wat_te_doen`.
    pub fn to_json(&self) -> String {
        json!({
            "klasse": self.class.as_str(),
            "ernst": self.level().as_str(),
            "bestand": &*self.file,
            "regel": self.line,
            "aantal": self.count,
            "tekst": self.text,
            "wat_te_doen": self.remedy,
        })
        .to_string()
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}:{}: {} {}: {} {}",
            self.file,
            self.line,
            self.class,
            self.level(),
            self.text,
            self.remedy
        )
    }
}

/// The worst level among these; none when there are none.
pub fn worst<'f>(findings: impl IntoIterator<Item = &'f Finding>) -> Option<Level> {
    findings.into_iter().map(Finding::level).max()
}
