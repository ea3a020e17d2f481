//! What an operator may set about the door of the GGk.

use serde::{Deserialize, Serialize};

use crate::setting::Setting;

crate::settings! {
    /// The door for software of municipalities that speaks the GGk: SOAP with the envelopes ggk0210 and ggk0310. Each path takes both; they differ in the
    /// description that `?wsdl` gives.
    pub struct GgkSettings {
        /// Whether the door is open.
        pub open: bool = true,
        /// Path of the service that describes itself as ggk0210.
        pub path_ggk0210: String = "/ggk/OntvangAsynchroon".to_owned(),
        /// Path of the service that describes itself as ggk0310.
        pub path_ggk0310: String = "/ggk/ggk0310/OntvangAsynchroon".to_owned(),
        /// Address under which municipalities reach this gateway, `https://` and a name, without a path: it stands in the description. While it is empty the
        /// name that the caller used stands there.
        pub url: String = String::new(),
        /// What happens to an answer (Du01) to a message that is not known here: `refuse`, with StUF043, or `take`, for messages that were sent before this
        /// gateway was there. The answer to a declaration is always taken.
        pub unknown_question: UnknownQuestion = UnknownQuestion::default(),
    }
}

/// What happens to an answer to a message that is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UnknownQuestion {
    /// It is refused with StUF043.
    #[default]
    Refuse,
    /// It is taken.
    Take,
}

impl Setting for UnknownQuestion {}

impl GgkSettings {
    /// The first key that cannot be as it is, and why.
    pub(crate) fn outside(&self) -> Option<(&'static str, &'static str)> {
        let plain = |path: &str| {
            path.len() > 1
                && path.starts_with('/')
                && !path.starts_with("/v1/")
                && path.split('/').skip(1).all(|piece| {
                    !piece.is_empty()
                        && piece
                            .bytes()
                            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte))
                })
        };
        let expected =
            "expected a path like /ggk/OntvangAsynchroon, outside /v1, without a slash at its end";
        if !plain(&self.path_ggk0210) {
            return Some(("path_ggk0210", expected));
        }
        if !plain(&self.path_ggk0310) || self.path_ggk0310 == self.path_ggk0210 {
            return Some(("path_ggk0310", expected));
        }
        let host = self.url.strip_prefix("https://");
        let named = host.is_some_and(is_host);
        (!self.url.is_empty() && !named)
            .then_some(("url", "expected https:// and a name, without a path"))
    }
}

/// Whether a text is a name or address with at most a port, so that it may be written into a document.
pub(super) fn is_host(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    type Change = fn(&mut GgkSettings);

    #[test]
    fn a_path_is_plain_and_of_one_service_and_an_address_has_no_path() {
        assert_eq!(GgkSettings::default().outside(), None);
        let wrong: [(Change, &str); 6] = [
            (|of| of.path_ggk0210 = String::new(), "path_ggk0210"),
            (|of| of.path_ggk0210 = "/v1/ggk".to_owned(), "path_ggk0210"),
            (|of| of.path_ggk0210 = "/a/{b}".to_owned(), "path_ggk0210"),
            (
                |of| of.path_ggk0310.clone_from(&of.path_ggk0210),
                "path_ggk0310",
            ),
            (|of| of.url = "http://a".to_owned(), "url"),
            (|of| of.url = "https://a/b".to_owned(), "url"),
        ];
        for (change, key) in wrong {
            let mut settings = GgkSettings::default();
            change(&mut settings);
            assert_eq!(settings.outside().map(|(key, _)| key), Some(key));
        }
    }
}
