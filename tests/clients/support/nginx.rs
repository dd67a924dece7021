//! A real nginx in front of a bridge.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::process::Stdio;
use std::time::Duration;

use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::sleep;

/// A running nginx; it is killed when this is dropped.
pub(crate) struct Nginx {
    address: SocketAddr,
    _process: Child,
    _directory: TempDir,
}

impl Nginx {
    /// Starts it with nothing set but what the bridge's documentation asks of a proxy, and `patience`: how long it
    /// lets `backend` be silent before it cuts the connection.
    pub(crate) async fn start(backend: SocketAddr, patience: &str) -> Self {
        // nginx cannot tell which port it was given, so it gets one that was free a moment ago; if somebody else was
        // quicker, it ends, and another is tried.
        for _ in 0..10 {
            let free = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr());
            if let Some(nginx) = launch(free.expect("a free port"), backend, patience).await {
                return nginx;
            }
        }
        panic!("nginx found no free port in ten attempts");
    }

    /// The URL of `/mcp` through it.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/mcp", self.address)
    }
}

async fn launch(address: SocketAddr, backend: SocketAddr, patience: &str) -> Option<Nginx> {
    let directory = tempfile::tempdir().expect("a directory for nginx");
    let configuration = CONFIGURATION
        .replace("LISTEN", &address.to_string())
        .replace("BACKEND", &backend.to_string())
        .replace("PATIENCE", patience);
    fs::write(directory.path().join("nginx.conf"), configuration).expect("a configuration");
    let mut command = Command::new(program());
    command.arg("-p").arg(directory.path()).args(["-c", "nginx.conf", "-e", "error.log"]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    let mut process = command.spawn().expect("nginx starts");
    loop {
        if let Some(status) = process.try_wait().expect("nginx is our child") {
            let log = fs::read_to_string(directory.path().join("error.log")).unwrap_or_default();
            assert!(log.contains("Address already in use"), "nginx ended ({status}):\n{log}");
            return None;
        }
        if TcpStream::connect(address).await.is_ok() {
            return Some(Nginx { address, _process: process, _directory: directory });
        }
        sleep(Duration::from_millis(10)).await;
    }
}

/// `nginx`, also where only the system administrator's path has it.
fn program() -> &'static str {
    let runs = |program: &&&str| std::process::Command::new(program).arg("-v").output().is_ok();
    let found = ["nginx", "/usr/sbin/nginx"].iter().find(runs);
    found.expect("nginx is not installed\nfix: apt-get install -y nginx")
}

/// One process in the foreground, all files in the directory that it was given.
const CONFIGURATION: &str = "
daemon off;
master_process off;
pid nginx.pid;
events {}
http {
    access_log off;
    client_body_temp_path client_body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    server {
        listen LISTEN;
        location / {
            proxy_pass http://BACKEND;
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_set_header Connection \"\";
            proxy_read_timeout PATIENCE;
        }
    }
}
";
