//! Base64 (RFC 4648 section 4) of which every run of bytes has one writing: padded, unused bits zero, and the padding at the end alone. The library that decodes it
//! lets padding in also within, as if several texts stood one after the other.

use data_encoding::BASE64;

/// The bytes of a text. None: it is not their one writing.
pub(crate) fn decode(text: &[u8]) -> Option<Vec<u8>> {
    is_single(text).then(|| BASE64.decode(text).ok()).flatten()
}

/// Whether padding stands nowhere but in the last two places.
pub(crate) fn is_single(text: &[u8]) -> bool {
    let within = text.len().saturating_sub(2);
    !text.iter().take(within).any(|&byte| byte == b'=')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_read_from_their_one_writing() {
        for length in 0..100 {
            let bytes = vec![7; length];
            assert_eq!(decode(BASE64.encode(&bytes).as_bytes()), Some(bytes));
        }
    }

    #[test]
    fn another_writing_of_the_same_bytes_is_refused() {
        // The last four say what one text says as well: in two texts one after the other, without padding, with a bit that is not used, and with more padding.
        assert_eq!(decode(b"BwcH"), Some(vec![7; 3]));
        for text in ["Bw==Bwc=", "Bwc=Bw==", "BwcHBw", "BwcHBx==", "BwcHBw==="] {
            assert_eq!(decode(text.as_bytes()), None, "{text}");
        }
        for text in ["====", "=", "Bw=H", "Bw==\n", " Bw=="] {
            assert_eq!(decode(text.as_bytes()), None, "{text}");
        }
    }
}
