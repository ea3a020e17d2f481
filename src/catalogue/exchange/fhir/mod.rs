//! FHIR R5 ConceptMap as JSON. Direction stands in its words (`source-is-narrower-than-target`); R4 read `wider` and `narrower` from the target, and is refused.
//!
//! A product's conditions are `dependsOn`, what the target has otherwise `product`, all else `property`, each declared in the map. A code without counterpart
//! is `noMap`; what the row says more stands in an extension of the element. FHIR has no words for a row that was rejected or put aside: those are left out.

mod read;
mod write;

use crate::relation::Relation;

pub use read::import;
pub use write::export;

/// What a row with relation none says more.
const NONE: &str = "urn:knooppunt:catalogue:extension:none";
/// The releases the table translates to, in their order.
const CANONICAL: &str = "urn:knooppunt:catalogue:extension:canonical";

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Code,
    Text,
    Day,
    Yes,
    Decimal,
}

impl Kind {
    /// The type by its name in FHIR.
    const fn as_str(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Text => "string",
            Self::Day => "dateTime",
            Self::Yes => "boolean",
            Self::Decimal => "decimal",
        }
    }

    /// The key of a value.
    const fn key(self) -> &'static str {
        match self {
            Self::Code => "valueCode",
            Self::Text => "valueString",
            Self::Day => "valueDateTime",
            Self::Yes => "valueBoolean",
            Self::Decimal => "valueDecimal",
        }
    }
}

/// By what a local product is found: name in FHIR, column.
const DEPENDS_ON: [(&str, &str); 3] = [
    ("category", "category"),
    ("unit", "unit"),
    ("variant", "variant"),
];
/// What the target has otherwise: name in FHIR, column.
const PRODUCT: [(&str, &str); 2] = [("category", "c_category"), ("unit", "c_unit")];
/// All else that is said of a target: name in FHIR and column, and how it is written.
const PROPERTIES: [(&str, Kind); 11] = [
    ("factor", Kind::Text),
    ("valid_from", Kind::Day),
    ("valid_to", Kind::Day),
    ("preferred", Kind::Yes),
    ("collision", Kind::Yes),
    ("group", Kind::Text),
    ("state", Kind::Code),
    ("justification", Kind::Text),
    ("tariff", Kind::Decimal),
    ("by", Kind::Text),
    ("on", Kind::Day),
];
/// Which of two relations `related-to` stands for.
const RELATION: &str = "relation";

/// The relationships of R5. `related-to` stands for two of ours.
const RELATIONSHIPS: [(Relation, &str); 5] = [
    (Relation::Exact, "equivalent"),
    (Relation::LocalNarrower, "source-is-narrower-than-target"),
    (Relation::LocalBroader, "source-is-broader-than-target"),
    (Relation::Partial, "related-to"),
    (Relation::Close, "related-to"),
];
