//! What a compiled schema says, as plain data: for comparing it with another file or another program's reading.
//! Made from the same tables that check messages; checks nothing itself.

/// One message schema.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SchemaDescription {
    /// Namespace of the message.
    pub namespace: String,
    /// The element that a message begins with, and all below it.
    pub root: ElementDescription,
}

/// An element in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ElementDescription {
    /// Local name.
    pub name: String,
    /// Namespace URI.
    pub namespace: String,
    /// Local name of its type as the schema gives it; for a type without a name, that of its base. `None` where neither has one.
    pub type_name: Option<String>,
    /// How often at least.
    pub min: u32,
    /// How often at most; `None`: without end.
    pub max: Option<u32>,
    /// What stands inside.
    pub content: ContentDescription,
}

/// What an element holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContentDescription {
    /// Elements, in this order.
    Elements(Vec<ElementDescription>),
    /// A value.
    Value(ValueDescription),
}

/// Which values an element takes: all facets together, those of the base included.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ValueDescription {
    /// Primitive type.
    pub base: Base,
    /// Fewest characters (code points).
    pub min_length: Option<usize>,
    /// Most characters (code points).
    pub max_length: Option<usize>,
    /// Lowest number.
    pub min: Option<i64>,
    /// Highest number.
    pub max: Option<i64>,
    /// Patterns as the schema writes them, from base to derived; the value matches each.
    pub patterns: Vec<String>,
    /// The codes it may be, in the schema's order; empty: any.
    pub codes: Vec<String>,
}

/// Primitive types that the schemas use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Base {
    /// `xs:string`: white space counts.
    String,
    /// `xs:integer`: white space around it does not count.
    Integer,
    /// `xs:date`: white space around it does not count.
    Date,
    /// `xs:time`: white space around it does not count.
    Time,
}
