//! The room from outside: a command line and a world of variables and files in, a `Config` or faults out.

mod command_line;
mod faults;
mod layers;
mod secret;
mod settings;

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

use super::{Arguments, Config, Environment, Fault, Offered, Sources, load, load_among, parse};

/// A process that never was: its flags, variables and files.
struct World {
    flags: Vec<String>,
    variables: Vec<(String, String)>,
    files: HashMap<PathBuf, String>,
    data_home: Option<PathBuf>,
}

impl World {
    fn new() -> Self {
        Self {
            flags: Vec::new(),
            variables: Vec::new(),
            files: HashMap::new(),
            data_home: Some(PathBuf::from("/home/me/.local/share")),
        }
    }

    fn flags(mut self, flags: &[&str]) -> Self {
        self.flags.extend(flags.iter().map(|&flag| flag.to_owned()));
        self
    }

    fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    fn file(mut self, path: &str, text: &str) -> Self {
        self.files.insert(PathBuf::from(path), text.to_owned());
        self
    }

    /// `bridge.toml`, and the flag that names it.
    fn toml(self, text: &str) -> Self {
        self.file("bridge.toml", text).flags(&["--config", "bridge.toml"])
    }

    fn homeless(mut self) -> Self {
        self.data_home = None;
        self
    }

    fn arguments(&self) -> Arguments {
        let program = std::iter::once("jinko-bridge".into());
        parse(program.chain(self.flags.iter().map(Into::into))).unwrap()
    }

    fn load(&self) -> Result<Config, Vec<Fault>> {
        load(&self.arguments(), self)
    }

    /// As the program loads: two toolsets and two tools are all there is, one of them in `local` alone.
    fn load_among(&self) -> Result<Config, Vec<Fault>> {
        let tools = |environment| match environment {
            Environment::Local => vec!["flight_search", "car_search"],
            Environment::Sandbox | Environment::Production => vec!["flight_search"],
        };
        load_among(&self.arguments(), self, &Offered { toolsets: vec!["flights", "cars"], tools })
    }

    fn config(&self) -> Config {
        self.load().unwrap()
    }

    /// The faults as the caller prints them.
    fn faults(&self) -> String {
        let render = |fault: &Fault| format!("error: {fault}\nfix: {}\n", fault.fix());
        self.load_among().unwrap_err().iter().map(render).collect()
    }
}

impl Sources for World {
    fn variables(&self) -> Vec<(String, String)> {
        self.variables.clone()
    }

    fn read(&self, path: &Path) -> io::Result<String> {
        self.files.get(path).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn data_home(&self) -> Option<PathBuf> {
        self.data_home.clone()
    }
}
