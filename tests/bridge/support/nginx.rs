//! A real nginx in front of a bridge.
//!
//! It listens on a socket in a directory of its own: nginx cannot be asked which port it was given.

use tokio::process::{Child, Command};

use super::TestBridge;
use super::eventually::eventually;
use super::request::http_builder;
use super::scratch::Scratch;

pub(crate) struct Nginx {
    _child: Child,
    _scratch: Scratch,
    client: reqwest::Client,
}

impl Nginx {
    /// With the defaults of its distribution, but for a cut after five seconds of silence.
    pub(crate) async fn before(bridge: &TestBridge) -> Self {
        let scratch = Scratch::new();
        let directory = scratch.path().display();
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|name| format!("{name}_temp_path {directory}/{name};\n"))
            .concat();
        let configuration = format!(
            "daemon off; master_process off; pid {directory}/pid; error_log {directory}/error.log;\n\
             events {{}}\n\
             http {{ access_log off;\n{temporary}\
             server {{ listen unix:{directory}/socket; location / {{\n\
             proxy_pass http://{}; proxy_set_header Host $host; proxy_read_timeout 5s; }} }} }}\n",
            bridge.address
        );
        let (file, socket) = (scratch.file("nginx.conf"), scratch.file("socket"));
        std::fs::write(&file, configuration).unwrap();
        let mut command = Command::new("nginx");
        command.arg("-c").arg(&file).arg("-e").arg(scratch.file("error.log")).kill_on_drop(true);
        let mut child =
            command.spawn().unwrap_or_else(|error| panic!("nginx is needed for this test: {error}"));
        eventually("nginx", async || {
            if let Some(status) = child.try_wait().unwrap() {
                panic!("nginx ended with {status}: {:?}", std::fs::read_to_string(scratch.file("error.log")));
            }
            socket.exists().then_some(())
        })
        .await;
        let client = http_builder().unix_socket(socket.as_path()).build().unwrap();
        Self { _child: child, _scratch: scratch, client }
    }

    /// A client whose every request goes through it, whatever its URL.
    pub(crate) fn client(&self) -> &reqwest::Client {
        &self.client
    }
}
