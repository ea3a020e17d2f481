//! A message through its published names: its kind, its header, and the fields that rules ask for.
//! Does not check anything: that is done by `schema` before, and by `rules` after.

mod antwoord;
pub(crate) mod berichtsoort;
mod content;
mod declaratie;
pub(crate) mod header;
mod start;
mod stop;
mod text;
mod toewijzing;
pub(crate) mod value;
mod verzoek;

pub use antwoord::Antwoord;
pub use content::{Bericht, Content, DeclaratieRetour, Retour, Versions};
pub use declaratie::{Client, Declaratie, DeclaratieAntwoord, Prestatie};
pub use start::{Start, StartProduct};
pub use stop::{Stop, StopProduct};
pub use text::Text;
pub use toewijzing::{ToegewezenProduct, Toewijzing};
pub use value::{Bedrag, DebetCredit, Eenheid, Frequentie, Omvang, Periode, Product};
pub use verzoek::{
    AangevraagdProduct, NieuwProduct, OngewijzigdProduct, TeWijzigenProduct, VerzoekToewijzing,
    VerzoekWijziging,
};

/// `Debug` that shows the type's name only: fields hold values of a message.
macro_rules! debug_without_content {
    ($($name:ident),+) => {$(
        impl std::fmt::Debug for $name<'_> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    )+};
}

debug_without_content!(
    AangevraagdProduct,
    Antwoord,
    Bericht,
    Client,
    Content,
    Declaratie,
    DeclaratieAntwoord,
    DeclaratieRetour,
    NieuwProduct,
    OngewijzigdProduct,
    Prestatie,
    Product,
    Retour,
    Start,
    StartProduct,
    Stop,
    StopProduct,
    TeWijzigenProduct,
    ToegewezenProduct,
    Toewijzing,
    Versions,
    VerzoekToewijzing,
    VerzoekWijziging
);
