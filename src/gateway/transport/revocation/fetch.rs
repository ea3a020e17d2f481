//! One GET of a revocation list over plain HTTP, through a proxy where there is one. It follows no redirect, reads no more than it is told, and
//! believes nothing of what comes: whether it is a list is for who asked.

use std::fmt;
use std::str::FromStr;

use bytes::Bytes;
use http::header::{ACCEPT, CONNECTION, CONTENT_LENGTH, HOST, USER_AGENT};
use http::uri::Authority;
use http::{Request, StatusCode, Uri};
use http_body_util::{BodyExt, Empty, LengthLimitError, Limited};
use hyper::client::conn::http1::Builder;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::refused::Refused;
use crate::transport::settings::FetchSettings;

/// The largest header of an answer, in bytes.
const HEADER_BYTES_MAX: usize = 16_384;
/// Header lines of an answer.
const HEADERS_MAX: usize = 100;

/// An `http://` address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    authority: Authority,
    /// Path and query.
    path: String,
}

/// The text is no address of a list, or of a proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected http://name[:port]/path, without a user: lists are signed, so they need no TLS")]
pub struct NotAnAddress;

impl FromStr for Address {
    type Err = NotAnAddress;

    /// Err: another scheme, a user in it, or no address at all.
    fn from_str(text: &str) -> Result<Self, NotAnAddress> {
        let uri: Uri = text.parse().map_err(|_| NotAnAddress)?;
        let authority = uri.authority().ok_or(NotAnAddress)?;
        if uri.scheme_str() != Some("http") || authority.as_str().contains('@') {
            return Err(NotAnAddress);
        }
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        Ok(Self {
            authority: authority.clone(),
            path: path.to_owned(),
        })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}{}", self.authority, self.path)
    }
}

impl Address {
    /// `host:port` to connect to.
    fn host_and_port(&self) -> String {
        let port = self.authority.port_u16().unwrap_or(80);
        format!("{}:{port}", self.authority.host())
    }
}

/// Fetches what stands at an address, whole and in time. Err: it can't be had, or it is larger than it may be.
pub(super) async fn get(address: &Address, settings: &FetchSettings) -> Result<Bytes, Refused> {
    tokio::time::timeout(settings.timeout(), whole(address, settings))
        .await
        .map_err(|_| Refused::Timeout)?
}

async fn whole(address: &Address, settings: &FetchSettings) -> Result<Bytes, Refused> {
    let proxy: Option<Address> = match &settings.proxy {
        None => None,
        Some(proxy) => Some(proxy.parse().map_err(|_| Refused::Address)?),
    };
    // To a proxy the whole address is said, to the server itself its path (RFC 9112 3.2).
    let (connect_to, target) = match &proxy {
        None => (address.host_and_port(), address.path.clone()),
        Some(proxy) => (proxy.host_and_port(), address.to_string()),
    };
    let stream = TcpStream::connect(connect_to)
        .await
        .map_err(Refused::Connect)?;
    let (mut sender, connection) = Builder::new()
        .max_buf_size(HEADER_BYTES_MAX)
        .max_headers(HEADERS_MAX)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|_| Refused::Broken)?;
    let request = Request::get(target)
        .header(HOST, address.authority.as_str())
        .header(USER_AGENT, "knooppunt")
        .header(ACCEPT, "application/pkix-crl, */*")
        .header(CONNECTION, "close")
        .body(Empty::<Bytes>::new())
        .map_err(|_| Refused::Address)?;
    let bytes_max = usize::try_from(settings.bytes_max).unwrap_or(usize::MAX);
    let asked = async {
        let answer = sender.send_request(request).await;
        let answer = answer.map_err(|_| Refused::Broken)?;
        if answer.status() != StatusCode::OK {
            return Err(Refused::Status(answer.status().as_u16()));
        }
        let announced = answer.headers().get(CONTENT_LENGTH);
        let announced = announced.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
        if announced.is_some_and(|length| length > bytes_max) {
            return Err(Refused::TooLarge(settings.bytes_max));
        }
        let body = Limited::new(answer.into_body(), bytes_max).collect().await;
        let body = body.map_err(|error| {
            if error.is::<LengthLimitError>() {
                Refused::TooLarge(settings.bytes_max)
            } else {
                Refused::Broken
            }
        })?;
        Ok(body.to_bytes())
    };
    // The connection moves only while it is polled; it ends with the answer, or with this call.
    tokio::pin!(connection, asked);
    tokio::select! {
        biased;
        outcome = &mut asked => outcome,
        _ = &mut connection => asked.await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_of_plain_http_and_keeps_its_query() {
        for (text, connect_to, path) in [
            ("http://crl.example/g1.crl", "crl.example:80", "/g1.crl"),
            ("http://crl.example:8080", "crl.example:8080", "/"),
            ("http://[::1]:81/a?b=c", "[::1]:81", "/a?b=c"),
        ] {
            let address: Address = text.parse().unwrap();
            assert_eq!(address.host_and_port(), connect_to);
            assert_eq!(address.path, path, "{text}");
        }
        for text in [
            "https://crl.example/g1.crl",
            "ldap://crl.example/cn=G1",
            "file:///etc/passwd",
            "http://me:secret@crl.example/",
            "crl.example/g1.crl",
            "/g1.crl",
            "",
        ] {
            assert_eq!(text.parse::<Address>(), Err(NotAnAddress), "{text}");
        }
    }
}
