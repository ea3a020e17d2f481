//! A place where revocation lists can be had, which is not ours: a small HTTP server that does by path what it is told, and notes what it is asked.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// What is answered at a path.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// 200 with these bytes.
    List(Vec<u8>),
    /// The same without saying how many there are.
    Unannounced(Vec<u8>),
    /// Another status, and a list all the same.
    Status(u16, Vec<u8>),
    /// Sends its caller to another path of this server.
    Redirect(&'static str),
    /// Half of a list.
    Half(Vec<u8>),
    /// Closes without an answer.
    Close,
    /// Never answers.
    Hang,
}

#[derive(Default)]
struct Noted {
    acts: HashMap<String, Act>,
    heads: Vec<String>,
}

pub(crate) struct Lists {
    pub(crate) address: SocketAddr,
    noted: Arc<Mutex<Noted>>,
    /// Told of each request.
    pub(crate) asked: Arc<Notify>,
    task: JoinHandle<()>,
}

impl Drop for Lists {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Lists {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let noted: Arc<Mutex<Noted>> = Arc::default();
        let asked: Arc<Notify> = Arc::default();
        let (notes, told) = (Arc::clone(&noted), Arc::clone(&asked));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, Arc::clone(&notes), Arc::clone(&told)));
            }
        });
        Self {
            address,
            noted,
            asked,
            task,
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// What is answered at this path from now on; elsewhere 404.
    pub(crate) fn put(&self, path: &str, act: Act) {
        let mut noted = self.noted.lock().unwrap();
        noted.acts.insert(path.to_owned(), act);
    }

    /// The heads of all requests so far.
    pub(crate) fn heads(&self) -> Vec<String> {
        self.noted.lock().unwrap().heads.clone()
    }

    /// The first lines of all requests so far, less method and version.
    pub(crate) fn paths(&self) -> Vec<String> {
        let heads = self.heads();
        let path = |head: &String| head.split(' ').nth(1).unwrap().to_owned();
        heads.iter().map(path).collect()
    }
}

async fn answer(mut stream: TcpStream, noted: Arc<Mutex<Noted>>, asked: Arc<Notify>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return,
        }
    }
    let head = String::from_utf8(head).unwrap();
    let target = head.split(' ').nth(1).unwrap();
    // A proxy is told the whole address.
    let path = match target.strip_prefix("http://") {
        Some(rest) => &rest[rest.find('/').unwrap()..],
        None => target,
    };
    let act = {
        let mut noted = noted.lock().unwrap();
        noted.heads.push(head.clone());
        noted.acts.get(path).cloned()
    };
    asked.notify_one();
    let act = act.unwrap_or(Act::Status(404, Vec::new()));
    let said = |status: &str, length: usize, more: &str| {
        format!("HTTP/1.1 {status}\r\ncontent-type: application/pkix-crl\r\ncontent-length: {length}\r\n{more}\r\n").into_bytes()
    };
    let bytes = match act {
        Act::Close => return,
        Act::Hang => return std::future::pending().await,
        Act::List(list) => [said("200 OK", list.len(), ""), list].concat(),
        Act::Unannounced(list) => [
            b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n".to_vec(),
            list,
        ]
        .concat(),
        Act::Status(status, list) => [said(&format!("{status} x"), list.len(), ""), list].concat(),
        Act::Redirect(to) => said("302 Found", 0, &format!("location: {to}\r\n")),
        Act::Half(list) => {
            let half = list[..list.len() / 2].to_vec();
            [said("200 OK", list.len(), ""), half].concat()
        }
    };
    // Who has read enough goes away.
    let _ = stream.write_all(&bytes).await;
    let _ = stream.shutdown().await;
}
