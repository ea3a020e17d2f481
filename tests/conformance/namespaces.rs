//! Edits of namespaces, prefixes and attributes.
//! Whether the result is valid they do not know.

use crate::edits::Edit;
use crate::random::Random;

impl Edit<'_> {
    pub(crate) fn namespace(&self, random: &mut Random) -> Option<String> {
        let root = self.elements.first()?;
        let tag_end = root.content.start;
        let tag = &self.text[root.start..tag_end];
        let urls: Vec<&str> = tag
            .split('"')
            .filter(|part| part.starts_with("http://www.istandaarden.nl/"))
            .collect();
        let url = *random.pick(&urls)?;
        let changed = match random.below(12) {
            0 => tag.replacen(url, &url.replace("3_2", "3_1"), 1),
            1 => tag.replacen(url, &format!("{url}/"), 1),
            2 => tag.replacen(url, &url.to_uppercase(), 1),
            3 => tag.replacen(url, &format!(" {url}"), 1),
            4 => tag.replacen(url, &url.replace("ijw", "iwmo"), 1),
            5 => tag.replacen(url, "", 1),
            6 => tag.replacen(
                url,
                &url.replace("https", "http")
                    .replace("/schema", "/schema&#47;"),
                1,
            ),
            7 => tag.replacen(url, &url.replacen("www", "&#119;ww", 1), 1),
            8 => swap_urls(tag, &urls),
            9 => tag.replacen(" xmlns:", " xmlns:los=\"urn:los\" xmlns:", 1),
            10 => tag.replacen(" xmlns:", " xmlns=\"urn:los\" xmlns:", 1),
            _ => return Some(self.local_declaration(random)),
        };
        (changed != tag).then(|| self.replaced(root.start..tag_end, &changed))
    }

    /// A declaration on an element below the root.
    fn local_declaration(&self, random: &mut Random) -> String {
        let element = &self.elements[random.below(self.elements.len())];
        let prefix = element.prefix(self.text);
        let what = match random.below(7) {
            0 => format!(" xmlns:{prefix}=\"urn:anders\""),
            1 => " xmlns=\"urn:anders\"".to_owned(),
            2 => " xmlns=\"\"".to_owned(),
            3 => " xmlns:leeg=\"\"".to_owned(),
            4 => " xmlns:xml=\"http://www.w3.org/XML/1998/namespace\"".to_owned(),
            5 => " xmlns:xml=\"urn:anders\"".to_owned(),
            _ => " xmlns:xmlns=\"urn:anders\"".to_owned(),
        };
        self.inserted(element.name.end, &what)
    }

    /// The URI that a prefix has at the root.
    fn url_of(&self, prefix: &str) -> Option<&str> {
        let root = self.elements.first()?;
        let tag = &self.text[root.start..root.content.start];
        let name = format!("xmlns:{prefix}=\"");
        let start = tag.find(&name)? + name.len();
        let length = tag[start..].find('"')?;
        Some(&tag[start..start + length])
    }

    pub(crate) fn prefix(&self, random: &mut Random) -> Option<String> {
        let element = &self.elements[random.below(self.elements.len())];
        let prefix = element.prefix(self.text);
        let local = element.local(self.text);
        if prefix.is_empty() {
            return None;
        }
        match random.below(8) {
            // the same names under another prefix, everywhere
            0 | 1 => {
                let other = ["q", "_", "ns0", "é", "Xml2"][random.below(5)];
                let text = self
                    .text
                    .replace(&format!("<{prefix}:"), &format!("<{other}:"));
                let text = text.replace(&format!("</{prefix}:"), &format!("</{other}:"));
                Some(text.replacen(&format!("xmlns:{prefix}="), &format!("xmlns:{other}="), 1))
            }
            // the default namespace instead of the prefix, everywhere
            2 | 3 => {
                let text = self
                    .text
                    .replace(&format!("<{prefix}:"), "<")
                    .replace(&format!("</{prefix}:"), "</");
                Some(text.replacen(&format!("xmlns:{prefix}="), "xmlns=", 1))
            }
            // another prefix for the same URI, on one element
            4 => {
                let url = self.url_of(prefix)?;
                Some(self.with_name(
                    element,
                    &format!("q:{local}"),
                    &format!(" xmlns:q=\"{url}\""),
                ))
            }
            5 => {
                let url = self.url_of(prefix)?;
                element
                    .is_leaf()
                    .then(|| self.with_name(element, local, &format!(" xmlns=\"{url}\"")))
            }
            // a prefix that is not declared, or none, or the other one
            6 => Some(self.with_name(element, &format!("weg:{local}"), "")),
            _ => {
                let other = &self.elements[random.below(self.elements.len())];
                let name = [
                    format!("{}:{local}", other.prefix(self.text)),
                    local.to_owned(),
                    format!("{prefix}:{prefix}:{local}"),
                    format!(":{local}"),
                ];
                Some(self.with_name(element, random.pick(&name)?, ""))
            }
        }
    }

    pub(crate) fn attribute(&self, random: &mut Random) -> String {
        const XSI: &str = " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"";
        let index = if random.chance(40) {
            0
        } else {
            random.below(self.elements.len())
        };
        let element = &self.elements[index];
        let prefix = element.prefix(self.text);
        let what = match random.below(16) {
            0 | 1 => format!("{XSI} xsi:schemaLocation=\"urn:elders elders.xsd\""),
            2 => format!("{XSI} xsi:noNamespaceSchemaLocation=\"elders.xsd\""),
            3 => format!("{XSI} xsi:type=\"{prefix}:Root\""),
            4 => format!("{XSI} xsi:nil=\"true\""),
            5 => format!("{XSI} xsi:nil=\"false\""),
            6 => format!("{XSI} xsi:onbekend=\"x\""),
            7 => XSI.to_owned(),
            8 => " xml:lang=\"nl\"".to_owned(),
            9 => " xml:space=\"preserve\"".to_owned(),
            10 => " a=\"1\"".to_owned(),
            11 => " a=\"1\" a=\"2\"".to_owned(),
            12 => " a=1".to_owned(),
            13 => " a=\"<\"".to_owned(),
            14 => " weg:a=\"1\"".to_owned(),
            _ => " a='1'b='2'".to_owned(),
        };
        self.inserted(element.name.end, &what)
    }
}

/// The start tag with its two namespaces exchanged.
fn swap_urls(tag: &str, urls: &[&str]) -> String {
    match urls {
        [first, second, ..] => tag
            .replacen(first, "\u{1}", 1)
            .replacen(second, first, 1)
            .replacen('\u{1}', second, 1),
        _ => tag.to_owned(),
    }
}
