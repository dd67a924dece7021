//! What is said of a setting: in `--help`, and in the table of the documents.

use std::fmt::Write as _;

use super::settings::{Default, Setting, TABLE};

impl Setting {
    /// The doc comment as one paragraph.
    pub(super) fn paragraph(&self) -> String {
        self.doc.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// What `-h` shows: the first sentence.
    pub(super) fn sentence(&self) -> String {
        let paragraph = self.paragraph();
        let end = paragraph.find(". ").unwrap_or(paragraph.len());
        paragraph[..end].trim_end_matches('.').to_owned()
    }

    /// What `--help` shows: everything but a value. clap would print the value of the variable, which may be a
    /// key, so these lines are ours.
    pub(super) fn long_help(&self) -> String {
        let mut help = self.paragraph();
        if self.is_repeatable {
            help.push_str(" May be given more than once; the variable takes a list with commas.");
        }
        let default = self.default_text();
        let path = self.file_variable().map(|name| format!("{name} (a path)"));
        let variables = self.variables().chain(path).collect::<Vec<_>>().join(", ");
        // Writing into a String cannot fail.
        let _ = write!(help, "\n[default: {default}]\n[variable: {variables}]");
        help
    }

    fn default_text(&self) -> &'static str {
        match self.default {
            // A flag that is left out is "off", not "false".
            Default::Text("false") => "off",
            Default::Text(text) | Default::Computed(text, _) | Default::Absent(text) => text,
        }
    }

    fn row(&self) -> String {
        let flag = match self.value {
            Some(value) => format!("`--{} {value}`", self.flag),
            None => format!("`--{}`", self.flag),
        };
        let variables: Vec<String> =
            self.variables().chain(self.file_variable()).map(|name| format!("`{name}`")).collect();
        let key = if self.in_file { format!("`{}`", self.toml_key()) } else { "–".to_owned() };
        let default = match self.default {
            Default::Text(_) => format!("`{}`", self.default_text()),
            Default::Computed(..) | Default::Absent(_) => self.default_text().to_owned(),
        };
        let repeatable = if self.is_repeatable { " Repeatable." } else { "" };
        let cells = [flag, variables.join("<br>"), key, default, format!("{}{repeatable}", self.paragraph())];
        format!("| {} |\n", cells.map(|cell| cell.replace('|', "\\|")).join(" | "))
    }
}

/// The table of all settings, in Markdown, for the documents.
pub fn docs_table() -> String {
    let mut table =
        String::from("| flag | variable | key in the file | default | |\n|---|---|---|---|---|\n");
    for setting in TABLE.all() {
        table.push_str(&setting.row());
    }
    table
}
