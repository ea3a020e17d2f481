//! Reference data: what rules of level 4 rest on and no message says. Municipalities by date, agreed product codes, contracts.
//! Loaded from bytes as a whole; what is absent is unknown, and no rule refuses for it.

mod contracts;
mod error;
mod file;
mod gemeenten;
mod party;
mod products;
#[cfg(test)]
mod tests;

use jiff::civil::Date;

pub use error::ReferenceError;
pub use file::ReferenceFile;

use crate::bericht::berichtsoort::Law;
use crate::bericht::value::Eenheid;
use crate::measure::{Tarief, Variant};
use contracts::{Contract, Contracts};
use file::Text;
use gemeenten::Gemeenten;
use products::{Agreed, Products};

/// All reference data that is loaded; never changes.
///
/// ```
/// use knooppunt_standard::Law;
/// use knooppunt_standard::reference::{Listed, Reference};
///
/// let products = "title = 'Jeugdhulp 2026'\nlaw = 'jw'\ngemeente = '0384'\nvalid_from = '2026-01-01'\n\
///     product = [{ categorie = '45', code = '45A04' }]\n";
/// let reference = Reference::load([("products/0384.toml".to_owned(), products.as_bytes().to_vec())])?;
///
/// let agreement = reference.between(Law::Jw, "0384", "65656055");
/// let day = "2026-03-02".parse().unwrap();
/// assert_eq!(agreement.product("45", "45A04", day), Listed::Yes);
/// assert_eq!(agreement.product("45", "45A05", day), Listed::No);
/// assert_eq!(agreement.product("45", "45A04", "2025-12-31".parse().unwrap()), Listed::Unknown);
/// # Ok::<(), knooppunt_standard::reference::ReferenceError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Reference {
    files: Vec<ReferenceFile>,
    gemeenten: Gemeenten,
    products: Products,
    contracts: Contracts,
}

/// Whether a list has a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listed {
    /// It has.
    Yes,
    /// It has not.
    No,
    /// No list is loaded that could tell.
    Unknown,
}

impl Listed {
    const fn known(has: bool) -> Self {
        if has { Self::Yes } else { Self::No }
    }
}

/// How many rows there are of each kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReferenceCounts {
    /// Municipalities.
    pub gemeenten: usize,
    /// Product codes, over all lists.
    pub products: usize,
    /// Product codes with a contract line, over all contracts.
    pub contract_codes: usize,
}

impl Reference {
    /// Loads files, each as its path below the folder of reference data and its bytes: `gemeenten/2026.toml`, `products/national.toml`,
    /// `contracts/0384-65656055.toml`. The README has the formats.
    ///
    /// `Err`: a file is not right or contradicts another; nothing is taken. It names the file, the line and what to do.
    pub fn load<I: IntoIterator<Item = (String, Vec<u8>)>>(
        files: I,
    ) -> Result<Self, ReferenceError> {
        let mut files: Vec<_> = files.into_iter().collect();
        files.sort();
        let mut loaded = Self::default();
        for (path, bytes) in &files {
            let text = || Text::of(path, bytes);
            match folder_of(path) {
                Some("gemeenten") => loaded.gemeenten.add(text()?)?,
                Some("products") => loaded.products.add(text()?)?,
                Some("contracts") => loaded.contracts.add(text()?)?,
                _ => return Err(ReferenceError::Place { file: path.clone() }),
            }
            loaded.files.push(ReferenceFile::of(path, bytes));
        }
        Ok(loaded)
    }

    /// The files it was loaded from, by path, with their hashes: a verdict names them.
    pub fn files(&self) -> &[ReferenceFile] {
        &self.files
    }

    /// How much is loaded.
    pub fn counts(&self) -> ReferenceCounts {
        ReferenceCounts {
            gemeenten: self.gemeenten.len(),
            products: self.products.len(),
            contract_codes: self.contracts.len(),
        }
    }

    /// Whether a municipality with this code exists on a day.
    pub fn gemeente(&self, code: &str, day: Date) -> Listed {
        self.gemeenten.has(code, day)
    }

    /// What a municipality and a provider have agreed under a law.
    pub fn between(&self, law: Law, gemeente: &str, aanbieder: &str) -> Agreement<'_> {
        Agreement {
            products: self.products.between(law, gemeente, aanbieder),
            contract: self.contracts.between(law, gemeente, aanbieder),
        }
    }
}

/// `gemeenten/2026.toml` -> `gemeenten`; `None` for what is no file of a folder.
fn folder_of(path: &str) -> Option<&str> {
    let (folder, name) = path.split_once('/')?;
    let name = name.strip_suffix(".toml")?;
    (!name.is_empty() && !name.contains('/')).then_some(folder)
}

/// What a municipality and a provider have agreed under a law, as far as it is loaded.
#[derive(Clone, Copy, Debug)]
pub struct Agreement<'r> {
    products: Agreed<'r>,
    contract: Option<&'r Contract>,
}

impl Agreement<'_> {
    /// Whether a product code may be named on a day and belongs to this Categorie (TR381).
    pub fn product(&self, categorie: &str, code: &str, day: Date) -> Listed {
        let has = self.products.has(categorie, code, day);
        has.map_or(Listed::Unknown, Listed::known)
    }

    /// The tariff of a code on a day that goes with a unit (TR418, TR346): of that unit itself, else for minutes that of an hour.
    pub fn tarief(&self, code: &str, eenheid: Eenheid, day: Date) -> Option<Tarief> {
        let contract = self.contract?;
        let exact = contract.tarief(code, eenheid, day).map(Tarief::Unit);
        exact.or_else(|| {
            let hourly = (eenheid == Eenheid::Minuut)
                .then(|| contract.tarief(code, Eenheid::Uur, day))
                .flatten();
            hourly.map(Tarief::Hour)
        })
    }

    /// How delivery under a code is counted, where the contract says so; else the unit decides.
    pub fn variant(&self, code: &str, eenheid: Eenheid, day: Date) -> Option<Variant> {
        self.contract?.variant(code, eenheid, day)
    }
}
