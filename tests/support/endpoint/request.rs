//! A request of HTTP/1.1 as an endpoint reads it.

use std::fmt;

use tokio::io::{AsyncRead, AsyncReadExt as _};

/// Head and body.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Request({}, {} bytes)", self.head, self.body.len())
    }
}

impl Request {
    /// The next one; `None`: the other side closed, or it is none.
    pub(crate) async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Option<Self> {
        let mut bytes = Vec::new();
        loop {
            if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
                let head = String::from_utf8(bytes[..end].to_vec()).ok()?;
                let length: usize = head
                    .to_lowercase()
                    .lines()
                    .find_map(|line| line.strip_prefix("content-length: ").map(str::to_owned))?
                    .parse()
                    .ok()?;
                if bytes.len() >= end + 4 + length {
                    let body = bytes[end + 4..end + 4 + length].to_vec();
                    return Some(Self { head, body });
                }
            }
            let mut some = vec![0; 16_384];
            let count = stream.read(&mut some).await.ok()?;
            if count == 0 {
                return None;
            }
            bytes.extend_from_slice(&some[..count]);
        }
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).expect("text")
    }

    /// The text of the first element of this name, whatever its prefix.
    pub(crate) fn value(&self, element: &str) -> String {
        self.values(element)
            .into_iter()
            .next()
            .expect("the element is there")
    }

    /// The texts of all elements of this name, whatever their prefix.
    pub(crate) fn values(&self, element: &str) -> Vec<String> {
        let (text, open) = (self.text(), format!(":{element}>"));
        let mut values = Vec::new();
        let mut rest = text.as_str();
        while let Some((_, after)) = rest.split_once(&open) {
            let (value, behind) = after.split_once('<').expect("it ends");
            values.push(value.to_owned());
            // What is behind begins with its closing tag, which has the same name.
            rest = behind.split_once('>').map_or("", |(_, rest)| rest);
        }
        values
    }
}
