//! What an operator may set about the door of the VSP.

use std::collections::BTreeMap;

crate::settings! {
    /// The door for software of providers that speaks VECOZO's VSP: push, pull and berichtstatus.
    pub struct VspSettings {
        /// Address under which providers reach this gateway, `https://` and a name, without a path: what they fetch is named by it. As long as it is empty
        /// the door is closed.
        pub url: String = String::new(),
        /// Path before the published paths (`/berichten/rest-push/v1` and the others), as in `/berichtenservice`; may be empty.
        pub base: String = "/berichtenservice".to_owned(),
        /// Largest `berichtMetadata` or search, in bytes.
        pub json_bytes_max: u64 = 1 << 20,
        /// Other words for `actie` in what is fetched, by published name of the kind: `acties.JW301 = "Toewijzing"`.
        pub acties: BTreeMap<String, String> = BTreeMap::new(),
    }
}

impl VspSettings {
    /// The first key that cannot be as it is, and why.
    pub(crate) fn outside(&self) -> Option<(&'static str, &'static str)> {
        let Self {
            url, base, acties, ..
        } = self;
        let host = url.strip_prefix("https://");
        let named = host.is_some_and(|host| {
            !host.is_empty()
                && host
                    .bytes()
                    .all(|byte| byte.is_ascii_graphic() && byte != b'/')
        });
        if !url.is_empty() && !named {
            return Some(("url", "expected https:// and a name, without a path"));
        }
        let pieces = base.split('/').skip(1);
        let plain = |piece: &str| {
            !piece.is_empty()
                && piece
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte))
        };
        if !base.is_empty() && (!base.starts_with('/') || !pieces.clone().all(plain)) {
            return Some((
                "base",
                "expected nothing, or a path like /berichtenservice without a slash at its end",
            ));
        }
        let fits = |actie: &String| (1..=60).contains(&actie.chars().count());
        if !acties.values().all(fits) {
            return Some(("acties", "expected 1 to 60 characters"));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outside(change: impl FnOnce(&mut VspSettings)) -> Option<&'static str> {
        let mut settings = VspSettings::default();
        change(&mut settings);
        settings.outside().map(|(key, _)| key)
    }

    #[test]
    fn addresses_paths_and_words_are_as_they_can_be() {
        assert_eq!(outside(|_| ()), None);
        for url in ["https://vsp.example.nl", "https://127.0.0.1:8443", ""] {
            assert_eq!(outside(|settings| url.clone_into(&mut settings.url)), None);
        }
        for url in [
            "http://a.nl",
            "https://",
            "https://a.nl/",
            "a.nl",
            "https://a b",
        ] {
            let wrong = outside(|settings| url.clone_into(&mut settings.url));
            assert_eq!(wrong, Some("url"), "{url}");
        }
        for (base, key) in [
            ("", None),
            ("/a/b", None),
            ("/a/", Some("base")),
            ("a", Some("base")),
            ("/a//b", Some("base")),
            ("/{a}", Some("base")),
        ] {
            assert_eq!(
                outside(|settings| base.clone_into(&mut settings.base)),
                key,
                "{base}"
            );
        }
        let long = "x".repeat(61);
        let wrong = outside(|settings| {
            settings.acties.insert("JW301".to_owned(), long);
        });
        assert_eq!(wrong, Some("acties"));
    }
}
