//! Reading an XSD file statement by statement: what is taken, and the line of what is not.

use super::{
    Content, Document, Element, Facet, FacetKind, Import, QName, Refused, Restriction, Taken, XS,
};
use crate::limits::Limits;
use crate::xml::name::Vocabulary;
use crate::xml::prolog::decode;
use crate::xml::reader::{Event, Reader, Start, is_blank_event};
use crate::xml::scope::Attribute;
use crate::xml::text;

/// See [`Document::read`].
pub(super) fn read(bytes: &[u8]) -> Taken<Document> {
    let words = Vocabulary::default();
    let limits = Limits::default();
    let at_start = |code: crate::Code| Refused {
        line: 1,
        reason: format!("not taken as XML ({code})"),
    };
    if u32::try_from(bytes.len()).is_err() {
        return Err(at_start(crate::Code::LimitBody));
    }
    let decoded = decode(bytes).map_err(|malformed| at_start(malformed.code))?;
    let text = decoded.text;
    let mut file = File {
        text,
        reader: Reader::new(&decoded, &words, &limits),
        bericht_xsd_versie: None,
        basisschema_xsd_versie: None,
    };
    let first = file.next()?;
    let Event::Start(start) = first else {
        return Err(file.unexpected(first));
    };
    let mut document = file.schema(start)?;
    document.bericht_xsd_versie = file.bericht_xsd_versie.take();
    document.basisschema_xsd_versie = file.basisschema_xsd_versie.take();
    let last = file.next()?;
    if last == Event::Eof {
        Ok(document)
    } else {
        Err(file.unexpected(last))
    }
}

/// The file being read. Each function below is called after its start tag and takes the end tag.
struct File<'b, 'w> {
    text: &'b str,
    reader: Reader<'b, 'w>,
    bericht_xsd_versie: Option<String>,
    basisschema_xsd_versie: Option<String>,
}

impl<'b> File<'b, '_> {
    fn schema(&mut self, start: Start<'b>) -> Taken<Document> {
        if self.local(start)? != "schema" {
            return self.refuse(start.at, "the root is not xs:schema");
        }
        let [namespace, form] =
            self.attributes(start, ["targetNamespace", "elementFormDefault"])?;
        if form.as_deref() != Some("qualified") {
            return self.refuse(start.at, "elementFormDefault is not \"qualified\"");
        }
        let namespace = self.required(start, "targetNamespace", namespace)?;
        let mut document = Document {
            namespace,
            ..Document::default()
        };
        while let Some(child) = self.child(start)? {
            match self.local(child)? {
                "import" => {
                    let [namespace, location] =
                        self.attributes(child, ["namespace", "schemaLocation"])?;
                    let namespace = self.required(child, "namespace", namespace)?;
                    let location = self.required(child, "schemaLocation", location)?;
                    document.imports.push(Import {
                        namespace,
                        location,
                        line: self.line(child.at),
                    });
                    self.nothing_inside(child)?;
                }
                "element" => {
                    let element = self.element(child, true)?;
                    document.elements.push(element);
                }
                "complexType" => {
                    let [name] = self.attributes(child, ["name"])?;
                    let name = self.required(child, "name", name)?;
                    let content = self.complex_type(child)?;
                    if document.complex.insert(name, content).is_some() {
                        return self.refuse(child.at, "a complexType of this name stands above");
                    }
                }
                "simpleType" => {
                    let [name] = self.attributes(child, ["name"])?;
                    let name = self.required(child, "name", name)?;
                    let restriction = self.simple_type(child)?;
                    if document.simple.insert(name, restriction).is_some() {
                        return self.refuse(child.at, "a simpleType of this name stands above");
                    }
                }
                other => return self.refuse_element(child, other, "schema"),
            }
        }
        Ok(document)
    }

    fn complex_type(&mut self, start: Start<'b>) -> Taken<Vec<Element>> {
        let content = self.only(start, "complexType", "sequence", |file, child| {
            file.attributes(child, [])?;
            file.sequence(child)
        })?;
        self.some(start, content, "a complexType without xs:sequence")
    }

    fn sequence(&mut self, start: Start<'b>) -> Taken<Vec<Element>> {
        let mut elements = Vec::new();
        while let Some(child) = self.child(start)? {
            match self.local(child)? {
                "element" => elements.push(self.element(child, false)?),
                other => return self.refuse_element(child, other, "sequence"),
            }
        }
        if elements.is_empty() {
            self.refuse(start.at, "an empty xs:sequence")
        } else {
            Ok(elements)
        }
    }

    fn element(&mut self, start: Start<'b>, is_global: bool) -> Taken<Element> {
        let [name, kind, min, max] = if is_global {
            let [name, kind] = self.attributes(start, ["name", "type"])?;
            [name, kind, None, None]
        } else {
            self.attributes(start, ["name", "type", "minOccurs", "maxOccurs"])?
        };
        let name = self.required(start, "name", name)?;
        let count = |text: String| text.parse::<u32>().ok();
        let min = match min {
            None => 1,
            Some(text) => self.some(start, count(text), "minOccurs is not a number")?,
        };
        let max = match max {
            None => Some(1),
            Some(text) if text == "unbounded" => None,
            Some(text) => Some(self.some(start, count(text), "maxOccurs is not a number")?),
        };
        if max.is_some_and(|max| max == 0 || max < min) {
            return self.refuse(start.at, "maxOccurs is 0 or below minOccurs");
        }
        let named = match kind {
            Some(kind) => Some(self.qname(start, &kind)?),
            None => None,
        };
        let inline = self.only(start, "element", "simpleType", |file, child| {
            file.attributes(child, [])?;
            file.simple_type(child)
        })?;
        let content = match (named, inline) {
            (Some(name), None) => Content::Type(name),
            (None, Some(restriction)) => Content::Simple(restriction),
            _ => {
                return self.refuse(
                    start.at,
                    "an element has a type or a simpleType, one of the two",
                );
            }
        };
        Ok(Element {
            name,
            min,
            max,
            content,
            line: self.line(start.at),
        })
    }

    fn simple_type(&mut self, start: Start<'b>) -> Taken<Restriction> {
        let restriction = self.only(start, "simpleType", "restriction", Self::restriction)?;
        self.some(start, restriction, "a simpleType without xs:restriction")
    }

    fn restriction(&mut self, start: Start<'b>) -> Taken<Restriction> {
        let [base] = self.attributes(start, ["base"])?;
        let base = self.required(start, "base", base)?;
        let base = self.qname(start, &base)?;
        let mut facets = Vec::new();
        while let Some(child) = self.child(start)? {
            let kind = match self.local(child)? {
                "enumeration" => FacetKind::Enumeration,
                "pattern" => FacetKind::Pattern,
                "minLength" => FacetKind::MinLength,
                "maxLength" => FacetKind::MaxLength,
                "minInclusive" => FacetKind::MinInclusive,
                "maxInclusive" => FacetKind::MaxInclusive,
                other => return self.refuse_element(child, other, "restriction"),
            };
            let [value] = self.attributes(child, ["value"])?;
            let value = self.required(child, "value", value)?;
            facets.push(Facet {
                kind,
                value,
                line: self.line(child.at),
            });
            self.nothing_inside(child)?;
        }
        Ok(Restriction {
            base,
            facets,
            line: self.line(start.at),
        })
    }

    /// The next child element that says something; annotations are passed over. `None` at the end.
    fn child(&mut self, parent: Start<'b>) -> Taken<Option<Start<'b>>> {
        if parent.empty {
            return Ok(None);
        }
        loop {
            match self.next()? {
                Event::Start(start) if self.local(start)? == "annotation" => self.skip(start)?,
                Event::Start(start) => return Ok(Some(start)),
                Event::End { .. } => return Ok(None),
                event @ (Event::Text { .. }
                | Event::CData { .. }
                | Event::Reference { .. }
                | Event::Eof) => return Err(self.unexpected(event)),
            }
        }
    }

    /// What `read` makes of the child of this name; a second one, or one of any other name, is refused. `None`: there is none.
    fn only<T>(
        &mut self,
        start: Start<'b>,
        parent: &str,
        name: &str,
        read: impl Fn(&mut Self, Start<'b>) -> Taken<T>,
    ) -> Taken<Option<T>> {
        let mut only = None;
        while let Some(child) = self.child(start)? {
            let local = self.local(child)?;
            if local != name || only.is_some() {
                return self.refuse_element(child, local, parent);
            }
            only = Some(read(self, child)?);
        }
        Ok(only)
    }

    fn nothing_inside(&mut self, start: Start<'b>) -> Taken<()> {
        match self.child(start)? {
            Some(child) => self.refuse(child.at, "an element where none is taken"),
            None => Ok(()),
        }
    }

    /// Passes over an annotation; of what it holds only the versions of the schema are kept.
    fn skip(&mut self, start: Start<'b>) -> Taken<()> {
        let mut depth = usize::from(!start.empty);
        let mut inner = start;
        while depth > 0 {
            match self.event()? {
                Event::Start(start) => {
                    depth += usize::from(!start.empty);
                    inner = start;
                }
                Event::End { at, is_plain } => {
                    depth -= 1;
                    if is_plain {
                        self.note(inner, at);
                    }
                }
                Event::Text { .. } | Event::CData { .. } | Event::Reference { .. } => {}
                Event::Eof => break,
            }
        }
        Ok(())
    }

    /// Keeps the value of an element of appinfo that ends at byte `end`, when it is a version of the schema.
    fn note(&mut self, start: Start<'b>, end: usize) {
        let (_, local) = start.parts();
        let place = match local {
            "BerichtXsdVersie" => &mut self.bericht_xsd_versie,
            "BasisschemaXsdVersie" => &mut self.basisschema_xsd_versie,
            _ => return,
        };
        let value = self.text.get(start.end..end).unwrap_or_default();
        *place = Some(text::value(value).trim().to_owned());
    }

    /// The next event that is not white space.
    fn next(&mut self) -> Taken<Event<'b>> {
        loop {
            let event = self.event()?;
            if !is_blank_event(event) {
                return Ok(event);
            }
        }
    }

    fn event(&mut self) -> Taken<Event<'b>> {
        self.reader.next().map_err(|malformed| Refused {
            line: line_of(self.text, malformed.at),
            reason: format!("not taken as XML ({})", malformed.code),
        })
    }

    /// Local name of a start tag that must be in the namespace of XSD.
    fn local(&self, start: Start<'b>) -> Taken<&'b str> {
        let (prefix, local) = start.parts();
        if self.reader.scope().uri(prefix) == Some(XS) {
            Ok(local)
        } else {
            self.refuse(start.at, "an element outside the namespace of XSD")
        }
    }

    /// Values of the attributes in the order asked for; any other attribute is refused.
    fn attributes<const N: usize>(
        &self,
        start: Start<'b>,
        names: [&str; N],
    ) -> Taken<[Option<String>; N]> {
        let mut values = [const { None }; N];
        for attribute in self.reader.attributes() {
            let Attribute {
                prefix, local, at, ..
            } = attribute;
            let place = names
                .iter()
                .position(|name| name == local)
                .filter(|_| prefix.is_empty());
            match place.and_then(|place| values.get_mut(place)) {
                Some(value) => *value = Some(attribute.value().into_owned()),
                None => {
                    return self.refuse(
                        *at,
                        &format!("attribute {local} of {} is not supported", start.qname),
                    );
                }
            }
        }
        Ok(values)
    }

    fn qname(&self, start: Start<'b>, text: &str) -> Taken<QName> {
        let (prefix, local) = text.split_once(':').unwrap_or(("", text));
        match self.reader.scope().uri(prefix) {
            Some(space) => Ok(QName {
                space: space.to_owned(),
                local: local.to_owned(),
            }),
            None => self.refuse(start.at, &format!("prefix {prefix} is not declared")),
        }
    }

    fn required(&self, start: Start<'b>, name: &str, value: Option<String>) -> Taken<String> {
        match value.filter(|value| !value.is_empty() || name == "value") {
            Some(value) => Ok(value),
            None => self.refuse(start.at, &format!("{} without {name}", start.qname)),
        }
    }

    fn some<T>(&self, start: Start<'b>, value: Option<T>, reason: &str) -> Taken<T> {
        value.map_or_else(|| self.refuse(start.at, reason), Ok)
    }

    fn refuse_element<T>(&self, start: Start<'b>, name: &str, parent: &str) -> Taken<T> {
        self.refuse(
            start.at,
            &format!("xs:{name} in xs:{parent} is not supported here"),
        )
    }

    fn unexpected(&self, event: Event<'b>) -> Refused {
        let (at, what) = match event {
            Event::Start(start) => (start.at, "an element"),
            Event::End { at, .. } => (at, "an end tag"),
            Event::Text { at } | Event::CData { at, .. } | Event::Reference { at, .. } => {
                (at, "text")
            }
            Event::Eof => (self.text.len(), "the end of the file"),
        };
        Refused {
            line: self.line(at),
            reason: format!("{what} where none is expected"),
        }
    }

    fn refuse<T>(&self, at: usize, reason: &str) -> Taken<T> {
        Err(Refused {
            line: self.line(at),
            reason: reason.to_owned(),
        })
    }

    fn line(&self, at: usize) -> u32 {
        line_of(self.text, at)
    }
}

fn line_of(text: &str, at: usize) -> u32 {
    let before = text.as_bytes().get(..at).unwrap_or(text.as_bytes());
    u32::try_from(memchr::memchr_iter(b'\n', before).count() + 1).unwrap_or(u32::MAX)
}
