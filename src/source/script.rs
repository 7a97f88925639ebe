//! What is on this host of a script: its text and its source map.

use std::path::{Path, PathBuf};

use super::file::{Text, read};
use super::locate::{Options, candidates, percent_decoded};
use super::map::{Named, SourceMap, named};
use super::noted::Noted;
use super::place::FilePlace;
use crate::text::place::file_name;

/// What is on this host of a script.
#[derive(Debug)]
pub(super) struct Script {
    /// Its text, or why there is none.
    pub text: Result<Text, String>,
    /// The file that the text was read from.
    path: Option<PathBuf>,
    pub map: Option<SourceMap>,
    /// The folder of the map, which sources are named from.
    pub folder: Option<PathBuf>,
    /// What is wrong with its map.
    pub map_problem: Option<String>,
    /// Whether the text is what ran, where that was noted when the dump was taken.
    pub is_what_ran: Option<bool>,
    /// Whether it runs as something that is made of it, and no map tells what.
    pub is_compiled: bool,
}

impl Script {
    /// Whether the text of the file is what ran, as far as is known: by its noted hash, or by how the dump's own text
    /// begins.
    pub fn is_same(&self, beginning: Option<&str>) -> bool {
        let begins = |text: &Text| {
            // What is no whole character in the dump is replaced, as it is in the file.
            beginning.is_none_or(|beginning| {
                text.text.starts_with(beginning) || beginning.starts_with(&text.text)
            })
        };
        self.is_what_ran
            .unwrap_or_else(|| self.text.as_ref().is_ok_and(begins) || self.text.is_err())
    }

    /// Reads what is there.
    pub fn read(url: &str, options: &Options, noted: &Noted) -> Self {
        let paths = candidates(url, options);
        let mut text = Err(match url.starts_with("node:") {
            true => "part of Node.js".to_owned(),
            false => "not on this host".to_owned(),
        });
        let (mut folder, mut file) = (None, None);
        for path in paths {
            text = read(&path);
            if text.is_ok() {
                folder = path.parent().map(Path::to_path_buf);
                file = Some(path);
                break;
            }
        }
        let known = text.as_ref().ok();
        let mut script = Self {
            is_what_ran: known.and_then(|text| noted.is_what_ran(url, &text.text)),
            text,
            path: file,
            map: None,
            folder,
            map_problem: None,
            is_compiled: is_compiled(url),
        };
        let (json, map_folder) = match script.map_text(url, options) {
            Ok(Some(found)) => found,
            Ok(None) => return script,
            Err(problem) => {
                script.map_problem = Some(problem);
                return script;
            }
        };
        match SourceMap::parse(&json) {
            Ok(map) => (script.map, script.is_compiled) = (Some(map), false),
            Err(problem) => script.map_problem = Some(problem),
        }
        script.folder = map_folder.or(script.folder);
        script
    }

    /// A place in its file, from line and column that count from 0.
    pub fn file_place(&self, line: u32, column: u32) -> Option<FilePlace> {
        let path = self.path.clone()?;
        Some(FilePlace::of(path, line, column))
    }

    /// The map's text, and the folder that it is in.
    fn map_text(
        &self,
        url: &str,
        options: &Options,
    ) -> Result<Option<(String, Option<PathBuf>)>, String> {
        let said = self.text.as_ref().ok().and_then(|text| named(&text.text));
        let mut names = vec![format!("{}.map", file_name(url))];
        let mut paths = Vec::new();
        match said {
            Some(Named::Inline(json)) => return Ok(Some((json, None))),
            Some(Named::At(address)) => {
                let address = percent_decoded(address.split(['?', '#']).next().unwrap_or(address));
                names.insert(0, file_name(&address).to_owned());
                let path = address.strip_prefix("file://").unwrap_or(&address);
                if !path.contains("://") {
                    paths.extend(self.folder.as_ref().map(|folder| folder.join(path)));
                }
            }
            None => {}
        }
        let is_named = !paths.is_empty();
        let folders = options.maps.iter().chain(&self.folder);
        let beside = folders.flat_map(|folder| names.iter().map(move |name| folder.join(name)));
        let beside: Vec<PathBuf> = beside.collect();
        paths.splice(0..0, beside);
        let mut problem = None;
        for path in paths {
            match read(&path) {
                Ok(text) => return Ok(Some((text.text, path.parent().map(Path::to_path_buf)))),
                Err(found) => problem = Some(format!("its source map is {found}")),
            }
        }
        match problem.filter(|_| is_named) {
            Some(problem) => Err(problem),
            None => Ok(None),
        }
    }
}

/// Whether what runs is made from the file of this name when it is loaded.
fn is_compiled(url: &str) -> bool {
    let name = file_name(url);
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    matches!(
        ending,
        "ts" | "tsx" | "mts" | "cts" | "jsx" | "vue" | "svelte"
    )
}
