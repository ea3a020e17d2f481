//! A POST to a witness: over TLS as calls to endpoints are made, or plain within a network of the operator's. What is posted is signed and tells nothing, and what
//! comes back is believed by its signature alone.

use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HOST};
use http::{Request, Uri};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1::Builder;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::transport::Remote;

/// The largest answer that is read, in bytes: a few lines with signatures.
const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// The largest header of an answer, in bytes.
const HEADER_BYTES_MAX: usize = 16_384;

/// Where a witness is.
#[derive(Debug)]
pub(crate) enum Call {
    /// `https://`.
    Tls(Box<Remote>),
    /// `http://`.
    Plain(Plain),
}

/// An `http://` address.
#[derive(Debug)]
pub(crate) struct Plain {
    /// As in the Host header.
    authority: String,
    /// `host:port` to connect to.
    address: String,
    prefix: String,
    within: Duration,
}

impl Plain {
    /// None: the text is no `http://host[:port]/path`.
    pub(crate) fn new(url: &str, within: Duration) -> Option<Plain> {
        let uri: Uri = url.parse().ok()?;
        let authority = uri.authority()?;
        let is_plain = uri.scheme_str() == Some("http")
            && !authority.as_str().contains('@')
            && uri.query().is_none();
        is_plain.then(|| Plain {
            authority: authority.to_string(),
            address: format!(
                "{}:{}",
                authority.host(),
                authority.port_u16().unwrap_or(80)
            ),
            prefix: uri.path().trim_end_matches('/').to_owned(),
            within,
        })
    }
}

impl Call {
    /// Posts to what is put behind the address of the witness. Status and body of the answer. Err: there is none, and why.
    pub(crate) async fn post(&self, below: &str, body: Bytes) -> Result<(u16, Bytes), String> {
        match self {
            Call::Tls(remote) => {
                let answer = remote.post(below, &[], body).await;
                let answer = answer.map_err(|error| error.to_string())?;
                Ok((answer.status.as_u16(), answer.body))
            }
            Call::Plain(plain) => {
                let posted = tokio::time::timeout(plain.within, plain.post(below, body)).await;
                posted.map_err(|_| "no answer in time".to_owned())?
            }
        }
    }
}

impl Plain {
    async fn post(&self, below: &str, body: Bytes) -> Result<(u16, Bytes), String> {
        let stream = TcpStream::connect(&self.address).await;
        let stream = stream.map_err(|error| format!("cannot connect: {error}"))?;
        let (mut sender, connection) = Builder::new()
            .max_buf_size(HEADER_BYTES_MAX)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|error| error.to_string())?;
        let request = Request::post(format!("{}{below}", self.prefix))
            .header(HOST, &self.authority)
            .header(CONTENT_LENGTH, body.len())
            .body(Full::new(body))
            .map_err(|error| error.to_string())?;
        let asked = async {
            let answer = sender.send_request(request).await;
            let (head, body) = answer.map_err(|error| error.to_string())?.into_parts();
            let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await;
            let body = body.map_err(|error| error.to_string())?.to_bytes();
            Ok((head.status.as_u16(), body))
        };
        // The connection moves only while it is polled; it ends with the answer, or with this call.
        tokio::pin!(connection, asked);
        tokio::select! {
            biased;
            outcome = &mut asked => outcome,
            _ = &mut connection => asked.await,
        }
    }
}
