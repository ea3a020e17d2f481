//! The description of the service, as it is given to clients that ask with `?wsdl`: our own files, equal in meaning to the published ones, each reachable from
//! the one before by an address that stays on the path of the service.

/// One file of the description.
struct File {
    name: &'static str,
    text: &'static str,
}

macro_rules! files {
    ($($name:literal),+ $(,)?) => {
        &[$(File { name: $name, text: include_str!(concat!("wsdl/", $name)) }),+]
    };
}

const FILES: &[File] = files![
    "ggk0210.wsdl",
    "ggk0210.xsd",
    "ggk0210-stuf.xsd",
    "ggk0310.wsdl",
    "ggk0310.xsd",
    "ggk0310-stuf.xsd",
    "stuf.wsdl",
    "stuf.xsd",
    "xmlmime.xsd",
];

/// What a query asks for: `wsdl`, or `wsdl=` and `xsd=` with the name of a file. `None`: nothing of the description.
pub(super) fn asked<'q>(query: &'q str, model: &'static str) -> Option<&'q str>
where
    'static: 'q,
{
    let (key, name) = query.split_once('=').unwrap_or((query, ""));
    let is = |word: &str| key.eq_ignore_ascii_case(word);
    if is("wsdl") && name.is_empty() {
        return Some(model);
    }
    (is("wsdl") || is("xsd")).then_some(name)
}

/// A file of the description of the service at `address`; `None`: there is no such file.
pub(super) fn file(name: &str, address: &str) -> Option<String> {
    let file = FILES.iter().find(|file| file.name == name)?;
    let (_, own) = address.rsplit_once('/')?;
    let mut text = file.text.replace("https://localhost/", address);
    for other in FILES {
        let (_, key) = other.name.rsplit_once('.')?;
        // With the last piece of the path before the question mark: some clients lose it else.
        for attribute in ["location", "schemaLocation"] {
            text = text.replace(
                &format!(" {attribute}=\"{}\"", other.name),
                &format!(" {attribute}=\"{own}?{key}={}\"", other.name),
            );
        }
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_import_leads_to_a_file_and_the_address_is_that_of_the_service() {
        let address = "https://knooppunt.example/ggk/OntvangAsynchroon";
        let mut seen = vec!["ggk0210.wsdl".to_owned(), "ggk0310.wsdl".to_owned()];
        let mut at = 0;
        while let Some(name) = seen.get(at).cloned() {
            at += 1;
            let text = file(&name, address).expect("a file");
            if ["ggk0210.wsdl", "ggk0310.wsdl"].contains(&name.as_str()) {
                assert!(text.contains(&format!("location=\"{address}\"")), "{text}");
            }
            for reference in text.split("ocation=\"").skip(1) {
                let reference = reference.split('"').next().expect("a value");
                let Some(query) = reference.strip_prefix("OntvangAsynchroon?") else {
                    assert_eq!(reference, address, "{name}");
                    continue;
                };
                let next = asked(query, "none").expect("a file").to_owned();
                if !seen.contains(&next) {
                    seen.push(next);
                }
            }
        }
        assert_eq!(seen.len(), FILES.len(), "{seen:?}");
    }

    #[test]
    fn only_the_files_of_the_description_are_given() {
        for query in ["", "wsdl2", "xsdx=stuf.xsd", "a=b"] {
            assert_eq!(asked(query, "ggk0210.wsdl"), None, "{query}");
        }
        assert_eq!(asked("WSDL", "ggk0210.wsdl"), Some("ggk0210.wsdl"));
        for name in ["", "../config.toml", "/etc/passwd", "stuf.xsd/"] {
            assert_eq!(file(name, "https://a/b"), None, "{name}");
        }
    }
}
