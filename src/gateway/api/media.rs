//! Which media types a body may be handed in as. Only the headers are looked at; the XML declaration is checked with the XML.

use axum::http::{HeaderMap, header};

use super::problem::ApiError;

/// Holds for `application/xml` and `text/xml`, with no charset or UTF-8, not compressed. Err: anything else, or no type at all.
pub(crate) fn require_xml(headers: &HeaderMap) -> Result<(), ApiError> {
    if is_xml(one_type(headers)) && is_uncompressed(headers) {
        Ok(())
    } else {
        Err(ApiError::MediaType)
    }
}

/// The one Content-Type; nothing where there is none, more than one, or one that is no text.
pub(crate) fn one_type(headers: &HeaderMap) -> &str {
    let mut types = headers.get_all(header::CONTENT_TYPE).iter();
    match (types.next(), types.next()) {
        (Some(media), None) => media.to_str().unwrap_or_default(),
        _ => "",
    }
}

/// Whether the one type is `application/json`, with whatever parameters.
pub(crate) fn is_json(headers: &HeaderMap) -> bool {
    let essence = one_type(headers).split(';').next().unwrap_or_default();
    essence.trim().eq_ignore_ascii_case("application/json")
}

/// Whether the body is as it was written, and says so or nothing of it.
pub(crate) fn is_uncompressed(headers: &HeaderMap) -> bool {
    let mut codings = headers.get_all(header::CONTENT_ENCODING).iter();
    codings.all(|coding| coding.as_bytes().eq_ignore_ascii_case(b"identity"))
}

fn is_xml(value: &str) -> bool {
    let mut pieces = value.split(';').map(str::trim);
    let Some(essence) = pieces.next() else {
        return false;
    };
    (essence.eq_ignore_ascii_case("application/xml") || essence.eq_ignore_ascii_case("text/xml"))
        && pieces.filter(|piece| !piece.is_empty()).all(|parameter| {
            parameter.split_once('=').is_some_and(|(name, value)| {
                !name.trim().eq_ignore_ascii_case("charset")
                    || value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
            })
        })
}

#[cfg(test)]
mod tests {
    use super::is_xml;

    #[test]
    fn xml_in_utf_8_is_taken_however_it_is_written() {
        for taken in [
            "application/xml",
            "text/xml",
            "Application/XML",
            "text/xml; charset=utf-8",
            "text/xml;charset=\"UTF-8\"",
            "application/xml ; version=1.0; charset=Utf-8;",
        ] {
            assert!(is_xml(taken), "{taken}");
        }
    }

    #[test]
    fn another_type_or_another_charset_is_not() {
        for refused in [
            "",
            "application/json",
            "application/xml+x",
            "application/soap+xml",
            "text/xml; charset=iso-8859-1",
            "text/xml; charset=utf-16",
            "text/xml; charset",
            "multipart/form-data; boundary=xml",
        ] {
            assert!(!is_xml(refused), "{refused}");
        }
    }
}
