//! The manual: pages of Markdown that the program carries with it, and that `heaptui help TOPIC` prints.

/// A page of the manual.
#[derive(Debug, Clone, Copy)]
pub struct Topic {
    /// What it is asked for by; the file's name without its ending.
    pub name: &'static str,
    /// What it is about, in a line.
    pub about: &'static str,
    /// The page, in Markdown.
    markdown: &'static str,
}

macro_rules! topics {
    ($($name:literal, $about:literal;)*) => {
        /// All pages, in the README's order.
        pub const TOPICS: &[Topic] = &[$(Topic {
            name: $name,
            about: $about,
            markdown: include_str!(concat!("../assets/manual/", $name, ".md")),
        }),*];
    };
}

topics! {
    "explorer", "a tour of the demo, the shortest ways, pictures of every view";
    "keys", "all keys";
    "leaks", "how leaks are found; the gate for CI";
    "series", "several dumps: order, processes, memory, watching a folder";
    "capturing", "dumps of a running process, safely";
    "reports", "the incident report";
    "queries", "questions about objects: filters, groups, order";
    "agents", "a server for coding agents";
    "tables", "dumps as tables for DuckDB, Spark and Polars";
    "privacy", "what leaves the host; masking; giving a dump away";
    "source", "the line of code, source maps, whose code it is";
    "profiles", "who allocates: sampling profiles and recorded allocations";
    "output", "commands, formats, JSON fields, exit status";
    "files", "which files it reads; how its numbers compare with DevTools";
    "settings", "settings, colours, clipboard, mouse";
    "cache", "indexes that make the second time fast";
    "speed", "measurements";
    "promises", "what it never does to your host, and the tests that hold it";
}

impl Topic {
    /// The page of this name, if there is one.
    pub fn named(name: &str) -> Option<&'static Self> {
        TOPICS.iter().find(|topic| topic.name == name)
    }

    /// The page for a terminal: without pictures and comments, and without the blank lines that they leave.
    pub fn text(&self) -> String {
        let mut text = String::with_capacity(self.markdown.len());
        let shown = self
            .markdown
            .lines()
            .filter(|line| !line.starts_with("![") && !line.starts_with("<!--"));
        let mut blank = false;
        for line in shown {
            if !(blank && line.is_empty()) {
                text.push_str(line);
                text.push('\n');
            }
            blank = line.is_empty();
        }
        text
    }
}

/// The pages, a line each, to stand below a list of commands.
pub fn contents() -> String {
    let width = TOPICS.iter().map(|topic| topic.name.len()).max();
    let width = width.unwrap_or_default();
    let lines = TOPICS
        .iter()
        .map(|topic| format!("\n  {:width$}  {}", topic.name, topic.about));
    format!("Manual (heaptui help TOPIC):{}", lines.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_text_without_pictures_and_comments() {
        for topic in TOPICS {
            let text = topic.text();
            assert!(text.starts_with("# "), "{}", topic.name);
            assert!(
                !text.contains("![") && !text.contains("<!--"),
                "{}",
                topic.name
            );
            assert!(!text.contains("\n\n\n"), "{}", topic.name);
        }
    }
}
