//! An XSD file as its statements: what it says, with the line where it says it.
//! Takes only the constructs listed here; every other element or attribute is refused.

mod file;

use std::collections::BTreeMap;

pub(crate) const XS: &str = "http://www.w3.org/2001/XMLSchema";

/// Why a file is not taken, and the line in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) line: u32,
    pub(crate) reason: String,
}

/// A name with its namespace.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct QName {
    pub(crate) space: String,
    pub(crate) local: String,
}

/// One XSD file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Document {
    pub(crate) namespace: String,
    pub(crate) imports: Vec<Import>,
    /// Global elements.
    pub(crate) elements: Vec<Element>,
    /// Content of named complex types, in order.
    pub(crate) complex: BTreeMap<String, Vec<Element>>,
    pub(crate) simple: BTreeMap<String, Restriction>,
    /// What its annotations say of the versions of the schema: appinfo BerichtXsdVersie and BasisschemaXsdVersie.
    pub(crate) bericht_xsd_versie: Option<String>,
    pub(crate) basisschema_xsd_versie: Option<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct Import {
    pub(crate) namespace: String,
    pub(crate) location: String,
    pub(crate) line: u32,
}

#[derive(Clone, Debug)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) min: u32,
    /// `None`: unbounded.
    pub(crate) max: Option<u32>,
    pub(crate) content: Content,
    pub(crate) line: u32,
}

#[derive(Clone, Debug)]
pub(crate) enum Content {
    Type(QName),
    Simple(Restriction),
}

/// A step of derivation by restriction.
#[derive(Clone, Debug)]
pub(crate) struct Restriction {
    pub(crate) base: QName,
    pub(crate) facets: Vec<Facet>,
    pub(crate) line: u32,
}

#[derive(Clone, Debug)]
pub(crate) struct Facet {
    pub(crate) kind: FacetKind,
    pub(crate) value: String,
    pub(crate) line: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FacetKind {
    Enumeration,
    Pattern,
    MinLength,
    MaxLength,
    MinInclusive,
    MaxInclusive,
}

type Taken<T> = Result<T, Refused>;

impl Document {
    /// Reads an XSD file. `Err`: no well-formed XML, or a construct that is not supported.
    pub(crate) fn read(bytes: &[u8]) -> Taken<Self> {
        file::read(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Taken<Document> {
        let text = format!(
            "<xs:schema xmlns:xs=\"{XS}\" xmlns:t=\"urn:t\" targetNamespace=\"urn:t\" elementFormDefault=\"qualified\">\n{body}\n</xs:schema>"
        );
        Document::read(text.as_bytes())
    }

    #[test]
    fn the_constructs_that_the_standards_use_are_taken() {
        let document = read(
            "<xs:annotation><xs:appinfo><t:x>1</t:x></xs:appinfo></xs:annotation>
             <xs:import namespace='urn:b' schemaLocation='b.xsd'/>
             <xs:element name='Bericht' type='t:Root'/>
             <xs:complexType name='Root'><xs:sequence>
               <xs:element name='A' minOccurs='0' maxOccurs='unbounded'><xs:simpleType><xs:restriction base='t:S'>
                 <xs:pattern value='4'/></xs:restriction></xs:simpleType></xs:element>
             </xs:sequence></xs:complexType>
             <xs:simpleType name='S'><xs:restriction base='xs:string'><xs:maxLength value='3'/></xs:restriction></xs:simpleType>",
        )
        .unwrap();
        assert_eq!(document.namespace, "urn:t");
        assert_eq!(document.imports[0].location, "b.xsd");
        let a = &document.complex["Root"][0];
        assert_eq!((a.min, a.max, a.line), (0, None, 6));
        assert!(
            matches!(&a.content, Content::Simple(step) if step.facets[0].kind == FacetKind::Pattern)
        );
        assert_eq!(
            document.simple["S"].base,
            QName {
                space: XS.to_owned(),
                local: "string".to_owned()
            }
        );
    }

    #[test]
    fn what_is_not_known_is_refused_with_its_line() {
        for body in [
            "<xs:include schemaLocation='x.xsd'/>",
            "<xs:attribute name='a' type='xs:string'/>",
            "<xs:group name='g'/>",
            "<xs:element name='E' type='t:R' nillable='true'/>",
            "<xs:element name='E' type='t:R' minOccurs='0'/>",
            "<xs:element name='E'/>",
            "<xs:element name='E'><xs:complexType><xs:sequence/></xs:complexType></xs:element>",
            "<xs:complexType name='C'><xs:choice/></xs:complexType>",
            "<xs:complexType name='C'><xs:all/></xs:complexType>",
            "<xs:complexType name='C' mixed='true'><xs:sequence/></xs:complexType>",
            "<xs:complexType name='C'/>",
            "<xs:complexType name='C'><xs:sequence/></xs:complexType>",
            "<xs:complexType name='C'><xs:sequence minOccurs='0'><xs:element name='a' type='t:S'/></xs:sequence></xs:complexType>",
            "<xs:complexType name='C'><xs:sequence><xs:any/></xs:sequence></xs:complexType>",
            "<xs:complexType name='C'><xs:sequence><xs:element ref='t:E'/></xs:sequence></xs:complexType>",
            "<xs:complexType name='C'><xs:sequence><xs:element name='a' type='t:S' maxOccurs='0'/></xs:sequence></xs:complexType>",
            "<xs:complexType name='C'><xs:sequence><xs:element name='a' type='t:S' default='1'/></xs:sequence></xs:complexType>",
            "<xs:complexType name='C'><xs:sequence><xs:element name='a' type='u:S'/></xs:sequence></xs:complexType>",
            "<xs:simpleType name='S'><xs:list itemType='xs:string'/></xs:simpleType>",
            "<xs:simpleType name='S'><xs:union memberTypes='xs:string'/></xs:simpleType>",
            "<xs:simpleType name='S'><xs:restriction base='xs:string'><xs:whiteSpace value='collapse'/></xs:restriction></xs:simpleType>",
            "<xs:simpleType name='S'><xs:restriction base='xs:string'><xs:maxLength value='3' fixed='true'/></xs:restriction></xs:simpleType>",
            "<t:element name='E' type='t:R'/>",
            "loose text",
        ] {
            let refused = read(body).unwrap_err();
            assert_eq!(refused.line, 2, "{body}: {}", refused.reason);
        }
        assert!(Document::read(b"<xs:schema").is_err());
        let unqualified = format!("<s:schema xmlns:s='{XS}' targetNamespace='urn:t'/>");
        assert!(
            Document::read(unqualified.as_bytes())
                .unwrap_err()
                .reason
                .contains("qualified")
        );
    }
}
