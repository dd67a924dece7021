//! Bytes on a socket, for requests that no HTTP client sends.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::eventually::in_time;

/// What came back: head and body apart.
#[derive(Debug)]
pub(crate) struct RawAnswer {
    pub(crate) status_line: String,
    pub(crate) head: String,
    pub(crate) body: String,
}

/// Writes `bytes` and reads until the other side closes. A request must therefore say `Connection: close`, or be one
/// that the other side closes after.
pub(crate) async fn raw(address: SocketAddr, bytes: &[u8]) -> RawAnswer {
    let mut socket = TcpStream::connect(address).await.unwrap();
    let (mut from, mut to) = socket.split();
    let mut answer = Vec::new();
    // Both at once: a refusal may come before all is written.
    let writing = async {
        let _ = to.write_all(bytes).await;
    };
    let reading = async {
        let _ = from.read_to_end(&mut answer).await;
    };
    in_time("an answer to raw bytes", async { tokio::join!(writing, reading) }).await;
    let text = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let (status_line, head) = head.split_once("\r\n").unwrap_or((head, ""));
    RawAnswer { status_line: status_line.to_owned(), head: head.to_owned(), body: body.to_owned() }
}
