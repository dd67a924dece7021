//! What a person sees first: where they are, the key, and what to paste.

use std::fmt;
use std::io::Write;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::config::{Config, Environment};

/// The first key's file in the data directory.
const FIRST_KEY_FILE: &str = "first-key";

/// The key that was made at first start.
pub(super) enum FirstKey {
    /// To be printed on the terminal, this once.
    Shown(String),
    /// Written to a file that only its owner reads.
    Written(PathBuf),
}

impl FirstKey {
    /// Writes `key` to a new file of mode 0600 in `directory`.
    ///
    /// # Errors
    /// A fragment that continues "cannot …".
    pub(super) fn write(directory: &Path, key: &str) -> Result<Self, String> {
        let path = directory.join(FIRST_KEY_FILE);
        let mut options = std::fs::OpenOptions::new();
        let written =
            options.write(true).create(true).truncate(true).mode(0o600).open(&path).and_then(|mut file| {
                // The file may be there from an earlier data file, with another mode.
                file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
                file.write_all(format!("{key}\n").as_bytes())
            });
        written.map(|()| Self::Written(path.clone())).map_err(|error| {
            format!(
                "write the first key to `{}` ({error}); make one with `jinko-bridge keys create --name NAME`",
                path.display()
            )
        })
    }
}

/// The start banner.
pub(super) struct Banner<'a> {
    pub(super) config: &'a Config,
    pub(super) address: SocketAddr,
    pub(super) first_key: Option<FirstKey>,
}

impl Banner<'_> {
    fn url(&self) -> String {
        match &self.config.public_url {
            Some(url) => format!("{}/mcp", url.as_str().trim_end_matches('/')),
            None if self.address.ip().is_unspecified() => {
                format!("http://localhost:{}/mcp", self.address.port())
            }
            None => format!("http://{}/mcp", self.address),
        }
    }
}

impl fmt::Display for Banner<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (config, url) = (self.config, self.url());
        writeln!(f, "jinko-bridge {}", env!("CARGO_PKG_VERSION"))?;
        writeln!(f, "  environment  {}{}", config.title(), notice(config.environment))?;
        writeln!(f, "  MCP          {url}")?;
        // Behind a proxy the URL is the proxy's: where to send what it takes is told nowhere else.
        writeln!(f, "  listens on   {}", self.address)?;
        writeln!(f, "  data         {}", config.data_dir.display())?;
        match &self.first_key {
            Some(FirstKey::Shown(key)) => writeln!(f, "  first key    {key}   (shown this once: keep it)")?,
            Some(FirstKey::Written(path)) => writeln!(f, "  first key    in {}", path.display())?,
            None if config.environment == Environment::Local => {
                writeln!(
                    f,
                    "  keys         `jinko-bridge keys list`; a new one: `jinko-bridge keys create --name NAME`"
                )?;
            }
            None => writeln!(f, "  keys         from gojinko.com/dashboard/keys")?,
        }
        let set_key = match &self.first_key {
            Some(FirstKey::Shown(key)) => format!("export JINKO_API_KEY={key}"),
            Some(FirstKey::Written(path)) => format!("export JINKO_API_KEY=\"$(cat '{}')\"", path.display()),
            None => "export JINKO_API_KEY=jnk_…".to_owned(),
        };
        writeln!(
            f,
            "\nTry it:\n  {set_key}\n  curl -s {url} -H \"Authorization: Bearer $JINKO_API_KEY\" \\\n    -d '{TRY}'\n\n\
             Client configuration (the client must expand the variable, else put the key itself there):\n\
             {}\n",
            client_configuration(&url)
        )
    }
}

const TRY: &str = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"usage"}}"#;

fn notice(environment: Environment) -> &'static str {
    match environment {
        Environment::Local => ": the data is invented and nothing is really booked",
        Environment::Sandbox => ": nothing is really booked",
        Environment::Production => ": bookings are real",
    }
}

fn client_configuration(url: &str) -> String {
    format!(
        r#"  {{"mcpServers": {{"jinko": {{"type": "http", "url": "{url}",
    "headers": {{"Authorization": "Bearer ${{JINKO_API_KEY}}"}}}}}}}}"#
    )
}
