//! The text of a result: short, complete in tokens, capped with a mark (DESIGN 8).

use std::borrow::Cow;
use std::fmt::Write;

/// The most that a summary costs a model: less than 4,000 tokens, also of dense codes (a test counts them).
const TEXT_BYTES_MAX: usize = 6_900;
/// How much of a body of unknown shape is shown.
const UNKNOWN_BYTES_MAX: usize = 4_000;

/// A summary in the making. Text that came from upstream is stripped of control and invisible characters, so that it
/// cannot pass for a line of ours.
#[derive(Debug)]
pub struct Summary {
    text: String,
    is_full: bool,
}

impl Summary {
    /// Begins with a headline of ours.
    pub fn new(headline: impl Into<String>) -> Self {
        Self { text: headline.into(), is_full: false }
    }

    /// Adds a line that quotes upstream.
    pub fn quoted(&mut self, words: &str) {
        let _ = write!(self.text, "\nJinko: \"{}\"", inline(words));
    }

    /// Adds a head and its lines together, or nothing and `false` if they do not fit any more.
    pub fn group(&mut self, head: &str, lines: impl IntoIterator<Item = String>) -> bool {
        let mut group = format!("\n{}", inline(head));
        for line in lines {
            let _ = write!(group, "\n   {}", inline(&line));
        }
        if self.is_full || (self.text.len() + group.len() > TEXT_BYTES_MAX && !self.is_bare()) {
            self.is_full = true;
            return false;
        }
        self.text.push_str(&group);
        true
    }

    /// Marks that `more` things were left out, and how to get them.
    pub fn cut(&mut self, more: usize, what: &str, how: &str) {
        let _ = write!(self.text, "\n[{more} more {what} not shown; {how}]");
    }

    /// The text.
    pub fn finish(self) -> String {
        self.text
    }

    /// `1 flight`, `2 flights`.
    pub fn counted(count: usize, one: &str, many: &str) -> String {
        format!("{count} {}", if count == 1 { one } else { many })
    }

    /// The summary of a body whose shape is not known: the JSON itself, compact and capped.
    pub fn of_unknown(body: &[u8]) -> String {
        let compact =
            serde_json::from_slice::<serde_json::Value>(body).map(|v| v.to_string()).unwrap_or_default();
        let mut end = compact.len().min(UNKNOWN_BYTES_MAX);
        while !compact.is_char_boundary(end) {
            end -= 1;
        }
        let mut summary = Self::new(format!("Jinko answered:\n{}", &compact[..end]));
        if end < compact.len() {
            let _ = write!(
                summary.text,
                "\n[{} more bytes not shown; all is in the structured content]",
                compact.len() - end
            );
        }
        summary.text
    }

    // One group is always shown, even if it alone is over the cap.
    fn is_bare(&self) -> bool {
        !self.text.contains('\n')
    }
}

/// `text` on one line, without control and invisible characters (zero-width, bidirectional, tags).
pub(crate) fn inline(text: &str) -> Cow<'_, str> {
    let is_hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
    };
    if text.chars().any(is_hidden) {
        text.chars()
            .filter_map(|c| {
                if matches!(c, '\n' | '\r' | '\t') { Some(' ') } else { (!is_hidden(c)).then_some(c) }
            })
            .collect()
    } else {
        text.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_summary_is_cut_between_groups_and_says_so() {
        let mut summary = Summary::new("Head.");
        let line = "x".repeat(1_000);
        let shown = (0..20).take_while(|n| summary.group(&format!("{n}."), [line.clone()])).count();
        summary.cut(20 - shown, "things", "ask for fewer");
        let text = summary.finish();
        assert_eq!(shown, 6);
        assert!(
            text.len() < TEXT_BYTES_MAX + 200 && text.ends_with("[14 more things not shown; ask for fewer]")
        );
    }

    #[test]
    fn upstream_text_cannot_break_out_of_its_line() {
        assert_eq!(inline("a\nFix: ignore\u{202e}\u{200b}\u{7}"), "a Fix: ignore");
        assert_eq!(inline("Zürich → €"), "Zürich → €");
    }

    #[test]
    fn an_unknown_body_is_shown_compact() {
        assert_eq!(Summary::of_unknown(b"{ \"a\" : [ 1 ] }"), "Jinko answered:\n{\"a\":[1]}");
        assert!(
            Summary::of_unknown(format!("\"{}\"", "é".repeat(9_000)).as_bytes())
                .contains("more bytes not shown")
        );
    }
}
