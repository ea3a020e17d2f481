//! Which media types a message may be handed in as. Only the headers are looked at; the XML declaration is checked with the XML.

use axum::http::{HeaderMap, HeaderValue, header};

use super::problem::ApiError;

/// Holds for `application/xml` and `text/xml`, with no charset or UTF-8, not compressed. Err: anything else, or no type at all.
pub(crate) fn require_xml(headers: &HeaderMap) -> Result<(), ApiError> {
    let mut types = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(media), None) = (types.next(), types.next()) else {
        return Err(ApiError::MediaType);
    };
    if !media.to_str().is_ok_and(is_xml)
        || !headers
            .get_all(header::CONTENT_ENCODING)
            .iter()
            .all(is_identity)
    {
        return Err(ApiError::MediaType);
    }
    Ok(())
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

fn is_identity(value: &HeaderValue) -> bool {
    value.as_bytes().eq_ignore_ascii_case(b"identity")
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
