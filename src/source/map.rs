//! Source maps: from a place in a script to the place in what it was made of.

use base64_simd::{STANDARD, STANDARD_NO_PAD};
use oxc_sourcemap::{OwnedSourceMap, SourceMap as Decoded};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::locate::percent_decoded;

/// A source map that was read. Texts are untrusted.
#[derive(Debug)]
pub struct SourceMap {
    sections: Vec<Section>,
}

/// A part of an index map; an ordinary map is one part.
#[derive(Debug)]
struct Section {
    line: u32,
    column: u32,
    tokens: usize,
    map: OwnedSourceMap,
}

/// A place in a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mapped<'a> {
    /// The source, as the map has it.
    pub source: &'a str,
    /// What its path begins with.
    pub root: &'a str,
    /// Its text, where the map has it.
    pub content: Option<&'a str>,
    /// From 0.
    pub line: u32,
    /// From 0, in UTF-16 code units.
    pub column: u32,
    /// What stands there is called so in the source.
    pub name: Option<&'a str>,
    /// Whether the map has this very place, and not only one before it.
    pub exact: bool,
}

#[derive(Deserialize)]
struct Index<'a> {
    #[serde(borrow)]
    sections: Option<Vec<IndexSection<'a>>>,
}

#[derive(Deserialize)]
struct IndexSection<'a> {
    offset: Offset,
    #[serde(borrow)]
    map: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Offset {
    line: u32,
    column: u32,
}

impl SourceMap {
    /// Reads a map, or an index of maps; linear in its length.
    ///
    /// # Errors
    /// In words, when it is none.
    pub fn parse(text: &str) -> Result<Self, String> {
        // Against scripts of other sites, maps may begin with a line that is no JSON.
        let text = match text.strip_prefix(")]}") {
            Some(rest) => rest.split_once('\n').map_or("", |(_, rest)| rest),
            None => text,
        };
        let wrong = |error: serde_json::Error| format!("no source map: {error}");
        let index: Index<'_> = serde_json::from_str(text).map_err(wrong)?;
        let mut sections = Vec::new();
        match index.sections {
            Some(parts) => {
                for part in parts {
                    // A section can name its map's address instead: nothing is fetched.
                    if let Some(map) = part.map {
                        sections.push(Section::of(map.get(), part.offset)?);
                    }
                }
                sections.sort_by_key(|section| (section.line, section.column));
            }
            None => sections.push(Section::of(text, Offset { line: 0, column: 0 })?),
        }
        Ok(Self { sections })
    }

    /// The source of a place, both from 0: that of the last one in its line that the map has.
    pub fn lookup(&self, line: u32, column: u32) -> Option<Mapped<'_>> {
        let end = self
            .sections
            .partition_point(|section| (section.line, section.column) <= (line, column));
        let section = self.sections.get(end.checked_sub(1)?)?;
        let line_inside = line - section.line;
        let column = match line_inside {
            0 => column - section.column,
            _ => column,
        };
        section.lookup(line_inside, column)
    }

    /// All sources, in the order of the map.
    pub fn sources(&self) -> impl Iterator<Item = &str> {
        self.sections
            .iter()
            .flat_map(|section| section.map.as_source_map().get_sources())
    }
}

impl Section {
    fn of(json: &str, offset: Offset) -> Result<Self, String> {
        let decoded =
            Decoded::from_json_string(json).map_err(|error| format!("no source map: {error}"))?;
        let mut parts = decoded.into_owned().into_parts();
        let key = |token: &oxc_sourcemap::Token| (token.get_dst_line(), token.get_dst_col());
        if !parts.tokens.is_sorted_by_key(key) {
            parts.tokens.sort_by_key(key);
        }
        let tokens = parts.tokens.len();
        let map = OwnedSourceMap::new(Decoded::from_parts(parts));
        Ok(Self {
            line: offset.line,
            column: offset.column,
            tokens,
            map,
        })
    }

    fn lookup(&self, line: u32, column: u32) -> Option<Mapped<'_>> {
        let map = self.map.as_source_map();
        let key = |at: usize| {
            let token = map.get_token(at as u32)?;
            Some((token.get_dst_line(), token.get_dst_col()))
        };
        let (mut low, mut high) = (0, self.tokens);
        while low < high {
            let middle = low + (high - low) / 2;
            match key(middle)? <= (line, column) {
                true => low = middle + 1,
                false => high = middle,
            }
        }
        let token = map.get_token(u32::try_from(low.checked_sub(1)?).ok()?)?;
        if token.get_dst_line() != line {
            return None;
        }
        let source = token.get_source_id()?;
        Some(Mapped {
            source: map.get_source(source)?,
            root: map.get_source_root().unwrap_or_default(),
            content: map.get_source_content(source),
            line: token.get_src_line(),
            column: token.get_src_col(),
            name: token.get_name_id().and_then(|name| map.get_name(name)),
            exact: token.get_dst_col() == column,
        })
    }
}

/// What a script says of its map.
#[derive(Debug, PartialEq, Eq)]
pub enum Named<'a> {
    /// It is in the script itself.
    Inline(String),
    /// It has this address.
    At(&'a str),
}

/// The map that a script names in its last comment of that kind.
pub fn named(script: &str) -> Option<Named<'_>> {
    let bytes = script.as_bytes();
    let modern = memchr::memmem::rfind(bytes, b"//# sourceMappingURL=");
    let at = modern.max(memchr::memmem::rfind(bytes, b"//@ sourceMappingURL="))?;
    let rest = &script[at + "//# sourceMappingURL=".len()..];
    let url = rest
        .split(|c: char| c.is_whitespace() || matches!(c, '\'' | '"' | '`'))
        .next()?;
    if url.is_empty() {
        return None;
    }
    let Some(data) = url.strip_prefix("data:") else {
        return Some(Named::At(url));
    };
    let (kind, data) = data.split_once(',')?;
    let json = match kind.ends_with(";base64") {
        true => {
            let data = data.trim_end_matches('=');
            let decoded = STANDARD_NO_PAD
                .decode_to_vec(data)
                .or_else(|_| STANDARD.decode_to_vec(data));
            String::from_utf8(decoded.ok()?).ok()?
        }
        false => percent_decoded(data),
    };
    Some(Named::Inline(json))
}

/// A source's name without what only says where the map is: `../src/a.ts` and `webpack://app/./src/a.ts` are `src/a.ts`.
pub fn source_name(mapped: &Mapped<'_>) -> String {
    let mut name = match mapped.root {
        "" => mapped.source.to_owned(),
        root => format!("{}/{}", root.trim_end_matches('/'), mapped.source),
    };
    for scheme in ["webpack://", "webpack-internal://", "turbopack://"] {
        if let Some(rest) = name.strip_prefix(scheme) {
            name = rest
                .split_once('/')
                .map_or(rest, |(_, path)| path)
                .to_owned();
        }
    }
    let absolute = name.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in name.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let path = parts.join("/");
    match (absolute, name.split_once("://")) {
        (_, Some((scheme, rest))) => format!("{scheme}://{rest}"),
        (true, None) => format!("/{path}"),
        (false, None) => path,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// `var n=class{...}` at column 4 made of `class Session` at 9:13.
    const MAP: &str = r#"{"version":3,"sources":["../src/a.ts"],"names":["Session"],"sourcesContent":["x"],"mappings":"AAAA,IASaA;;AAAA"}"#;

    #[test]
    fn places_lead_to_the_one_before_them_in_their_line() {
        let map = SourceMap::parse(MAP).unwrap();
        let found = map.lookup(0, 4).unwrap();
        assert_eq!(
            (found.source, found.line, found.column, found.name),
            ("../src/a.ts", 9, 13, Some("Session"))
        );
        assert!(found.exact);
        assert_eq!(found.content, Some("x"));
        assert!(!map.lookup(0, 400).unwrap().exact);
        assert_eq!(map.lookup(0, 400).unwrap().line, 9);
        assert_eq!(map.lookup(0, 3).unwrap().line, 0);
        assert_eq!(map.lookup(1, 0), None, "a line without any place");
        assert_eq!(map.lookup(7, 0), None);
    }

    #[test]
    fn index_maps_have_sections() {
        let index = format!(
            r#"{{"version":3,"sections":[{{"offset":{{"line":2,"column":100}},"map":{MAP}}},{{"offset":{{"line":0,"column":0}},"map":{MAP}}},{{"offset":{{"line":9,"column":0}},"url":"x.map"}}]}}"#
        );
        let map = SourceMap::parse(&index).unwrap();
        assert_eq!(map.lookup(0, 4).unwrap().line, 9);
        assert_eq!(
            map.lookup(2, 104).unwrap().name,
            Some("Session"),
            "columns of a section's first line are moved"
        );
        assert_eq!(
            map.lookup(2, 99).unwrap().line,
            9,
            "still the section before"
        );
        assert_eq!(
            map.lookup(4, 0).unwrap().line,
            9,
            "and those of the other lines are not"
        );
        assert_eq!(map.sources().count(), 2);
    }

    #[test]
    fn maps_are_named_at_the_end() {
        let at = |script| named(script);
        assert_eq!(
            at("a\n//# sourceMappingURL=a.js.map\n"),
            Some(Named::At("a.js.map"))
        );
        assert_eq!(
            at("//@ sourceMappingURL=old.map\n//# sourceMappingURL=new.map"),
            Some(Named::At("new.map"))
        );
        assert_eq!(at("a"), None);
        assert_eq!(at("//# sourceMappingURL="), None);
        let inline = |text: &str| Some(Named::Inline(text.to_owned()));
        assert_eq!(
            at("//# sourceMappingURL=data:application/json;charset=utf-8;base64,eyJhIjoxfQ=="),
            inline(r#"{"a":1}"#)
        );
        assert_eq!(
            at("//# sourceMappingURL=data:application/json,%7B%7D"),
            inline("{}")
        );
        assert_eq!(
            at("//# sourceMappingURL=data:application/json;base64,€"),
            None
        );
    }

    #[test]
    fn what_is_no_map_is_refused() {
        for text in [
            "",
            "{",
            "[]",
            "null",
            r#"{"version":3}"#,
            r#"{"sections":[{}]}"#,
            r#"{"version":3,"sources":[],"names":[],"mappings":"!"}"#,
        ] {
            assert!(SourceMap::parse(text).is_err(), "{text}");
        }
        assert!(SourceMap::parse(&format!(")]}}'\n{MAP}")).is_ok());
    }

    #[test]
    fn names_of_sources() {
        let name = |root, source| {
            source_name(&Mapped {
                source,
                root,
                content: None,
                line: 0,
                column: 0,
                name: None,
                exact: true,
            })
        };
        assert_eq!(name("", "../src/a.ts"), "src/a.ts");
        assert_eq!(name("", "webpack://app/./src/a.ts"), "src/a.ts");
        assert_eq!(
            name("", "../../node_modules/mitt/src/index.ts"),
            "node_modules/mitt/src/index.ts"
        );
        assert_eq!(name("/srv/app/", "src/../lib/a.ts"), "/srv/app/lib/a.ts");
        assert_eq!(name("", "https://x.org/a.ts"), "https://x.org/a.ts");
    }

    proptest! {
        #[test]
        fn any_mappings_are_read_or_refused(mappings in "[A-Za-z0-9+/,;]{0,60}", line in 0u32..9, column in any::<u32>()) {
            let json = format!(r#"{{"version":3,"sources":["a"],"names":["b"],"mappings":"{mappings}"}}"#);
            if let Ok(map) = SourceMap::parse(&json) {
                map.lookup(line, column);
            }
        }
    }
}
