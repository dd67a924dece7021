//! A load balancer that has never heard of sessions: each request goes to the next bridge.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

use super::TestBridge;

pub(crate) struct RoundRobin {
    address: SocketAddr,
    served: Arc<Vec<AtomicUsize>>,
}

impl RoundRobin {
    pub(crate) async fn before(bridges: &[&TestBridge]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let addresses: Vec<SocketAddr> = bridges.iter().map(|bridge| bridge.address).collect();
        let served: Arc<Vec<_>> = Arc::new(addresses.iter().map(|_| AtomicUsize::new(0)).collect());
        let counts = Arc::clone(&served);
        tokio::spawn(async move {
            let mut turn = 0;
            while let Ok((client, _)) = listener.accept().await {
                let mine = turn % addresses.len();
                turn += 1;
                counts[mine].fetch_add(1, Ordering::SeqCst);
                tokio::spawn(pass(client, addresses[mine]));
            }
        });
        Self { address, served }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/mcp", self.address)
    }

    /// How many requests each bridge was given.
    pub(crate) fn served(&self) -> Vec<usize> {
        self.served.iter().map(|count| count.load(Ordering::SeqCst)).collect()
    }
}

/// One request for each connection: the bridge is asked to close it, so the client opens another one for its next.
async fn pass(mut client: TcpStream, bridge: SocketAddr) {
    let mut begun = Vec::new();
    let end = loop {
        if let Some(end) = begun.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        if !client.read_buf(&mut begun).await.is_ok_and(|read| read > 0) {
            return;
        }
    };
    begun.splice(end..end, *b"\r\nconnection: close");
    let Ok(mut bridge) = TcpStream::connect(bridge).await else { return };
    if bridge.write_all(&begun).await.is_ok() {
        let _ = copy_bidirectional(&mut client, &mut bridge).await;
    }
}
