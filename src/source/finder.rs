//! The answer to "what stands there".

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use jiff::Timestamp;

use super::file::{Text, read};
use super::fit::{Fit, fit, name_at};
use super::hooks;
use super::lines::{Positions, excerpt, offset, position};
use super::locate::{Options, original};
use super::map::{Mapped, source_name};
use super::noted::Noted;
use super::place::{Certainty, CodePlace, FilePlace};
use super::script::Script;
use super::spot::Spot;
use super::uses::{Scope, Use, Wanted, best_use, makes};
use super::words::Words;
use crate::analysis::originals::Original;
use crate::text::place::file_name;

/// What is said of a place that a script's map leaves out.
const UNMAPPED: &str = "its source map does not have this place";

/// Scripts and maps of this host, each read once.
#[derive(Debug, Default)]
pub struct Sources {
    options: Options,
    /// When the dump was taken, where that is known.
    taken_at: Option<Timestamp>,
    /// What was noted of scripts then.
    noted: Noted,
    scripts: HashMap<String, Rc<Script>>,
    originals: HashMap<PathBuf, Option<Rc<Text>>>,
    /// Lines and columns of the sources' texts, by where these are in memory: they stay as long as this.
    positions: HashMap<(usize, usize), Rc<Positions>>,
}

/// A script's text, as far as it is what ran.
struct Ran<'a> {
    text: &'a str,
    /// Whether the file was written to after the dump was taken.
    newer: bool,
    /// What stands at the place.
    fits: Fit,
    /// Whether it is what ran, by its hash or as its beginning tells.
    is_same: bool,
    /// Whether that is certain.
    is_certain: bool,
}

/// Where a place was written.
pub(super) struct Written {
    pub original: Original,
    /// The text of the source, where the map does not have it.
    from_disk: Option<Rc<Text>>,
}

impl Sources {
    /// Nothing is read yet. Files that were written to after the dump was taken are told as such.
    pub fn new(options: Options, taken_at: Option<Timestamp>) -> Self {
        Self {
            options,
            taken_at,
            ..Self::default()
        }
    }

    /// The same with what was noted beside a dump when it was taken.
    #[must_use]
    pub fn of_dump(self, dump: &Path) -> Self {
        Self {
            noted: Noted::beside(dump),
            ..self
        }
    }

    /// What stands at a place.
    pub fn find(&mut self, spot: &Spot) -> CodePlace {
        let mut place = CodePlace::unknown(spot);
        if self.options.off {
            return place;
        }
        let script = self.script(&spot.url);
        place.file = script.file_place(spot.at.line, spot.at.column);
        let ran = match self.ran(spot, &script) {
            Ok(ran) => ran,
            Err(problem) => {
                place.note = Some(problem);
                return place;
            }
        };
        if ran.fits == Fit::Other || !ran.is_same {
            let file = file_name(&spot.url);
            place.note = Some(match &script.text {
                Ok(_) if script.is_compiled => {
                    format!("{file} is compiled before it runs, and its source map is not here")
                }
                Ok(_) => format!("{file} changed since it was loaded"),
                Err(problem) => format!("{problem}, and the dump has only the beginning of it"),
            });
            return place;
        }
        place.certainty = match ran.fits {
            Fit::Named(_) if !ran.newer => Certainty::Exact,
            _ if ran.is_certain => Certainty::Exact,
            _ => Certainty::Probable,
        };
        if ran.newer {
            place.note = Some(format!("{} is newer than the dump", file_name(&spot.url)));
        }
        place.code = Some(excerpt(ran.text, spot.at.line, spot.at.column));
        let mapped = script
            .map
            .as_ref()
            .and_then(|map| map.lookup(spot.at.line, spot.at.column));
        if let Some(mapped) = mapped {
            let name = match ran.fits {
                Fit::Named(at) => script.map.as_ref().zip(position(ran.text, at)),
                _ => None,
            };
            let name = name.and_then(|(map, (line, column))| map.lookup(line, column));
            self.add_original(&mut place, &script, &mapped, name.filter(|name| name.exact));
        }
        if place.original.is_none() && place.note.is_none() {
            let unmapped = || script.map.as_ref().map(|_| UNMAPPED.to_owned());
            place.note = script.map_problem.clone().or_else(unmapped);
        }
        place
    }

    /// Where the code around a place uses what it is to hold, by name; nothing where no text of it has such a line. A
    /// name can mean something else there, so that it is never exact.
    pub fn find_use(&mut self, spot: &Spot, classes: &[String]) -> Option<(Use, CodePlace)> {
        self.find_by_name(spot, |text, at| match spot.hook {
            Some(hook) => hooks::use_of(text, at?, hook, &spot.holds),
            None => best_use(
                text,
                &Wanted {
                    names: &spot.holds,
                    scope: at.map(|at| match spot.is_scope {
                        true => Scope::Of(at),
                        false => Scope::Around(at),
                    }),
                    classes,
                },
            )
            .map(|found| (found.how, found.at, found.said())),
        })
    }

    /// Where the functions around a place make one of `classes`, by name.
    pub fn find_making(&mut self, spot: &Spot, classes: &[String]) -> Option<CodePlace> {
        let found = self.find_by_name(spot, |text, at| {
            let found = makes(text, at?, classes)?;
            Some((found.how, found.at, format!("makes {}", found.name)))
        });
        found.map(|(_, place)| place)
    }

    /// The call that a function is passed to, where that begins on a line before it; else the function.
    pub fn find_registering(&mut self, spot: &Spot) -> CodePlace {
        let found = self.find_by_name(spot, |text, at| {
            let at = at?;
            let call = Words::of(text).call_around(at)?;
            let name = &text[call.from..call.to];
            let is_before = text[call.from..at].contains('\n');
            is_before.then(|| (Use::Calls, call.from, format!("passed to {name}")))
        });
        found.map_or_else(|| self.find(spot), |(_, place)| place)
    }

    /// A place that is found by names in the text that has `spot`; `find` is given the byte of that, and says how the
    /// name is used, at which byte, and what is said of that.
    fn find_by_name(
        &mut self,
        spot: &Spot,
        find: impl FnOnce(&str, Option<usize>) -> Option<(Use, usize, String)>,
    ) -> Option<(Use, CodePlace)> {
        if self.options.off {
            return None;
        }
        let script = self.script(&spot.url);
        let ran = self.ran(spot, &script).ok()?;
        let is_known = ran.is_certain || spot.text.is_some() || ran.fits != Fit::Other;
        let is_what_ran = ran.is_same && is_known;
        if !is_what_ran && !script.is_compiled {
            return None;
        }
        let at = offset(ran.text, spot.at.line, spot.at.column);
        let (how, at, said) = find(ran.text, at.filter(|_| is_what_ran))?;
        let (line, column) = position(ran.text, at)?;
        let mut place = CodePlace {
            line: u64::from(line) + 1,
            column: u64::from(column) + 1,
            function: None,
            certainty: Certainty::Probable,
            code: Some(excerpt(ran.text, line, column)),
            file: script.file_place(line, column),
            ..CodePlace::unknown(spot)
        };
        if let Some(mapped) = script.map.as_ref().and_then(|map| map.lookup(line, column)) {
            self.add_original(&mut place, &script, &mapped, None);
        }
        // The class or function around it, as far as it is known.
        let around = self.find(spot);
        if around.certainty != Certainty::Unknown {
            place.function = around.function;
            let originals = place.original.as_mut().zip(around.original);
            if let Some((at, around)) = originals.filter(|(at, around)| at.source == around.source)
            {
                at.name = around.name;
            }
        }
        let file = file_name(&spot.url);
        let doubt = match (is_what_ran, ran.newer) {
            (false, _) => format!("; {file} is compiled before it runs"),
            (true, true) => format!("; {file} is newer than the dump"),
            (true, false) => String::new(),
        };
        place.note = Some(format!("found by name: {said}{doubt}"));
        Some((how, place))
    }

    /// The text that a script has here, and whether it is what ran; why there is none.
    fn ran<'a>(&self, spot: &'a Spot, script: &'a Script) -> Result<Ran<'a>, String> {
        let (text, newer) = match (&script.text, &spot.text) {
            (Ok(file), _) => {
                let is_certain = script.is_what_ran == Some(true);
                (file.text.as_str(), !is_certain && self.is_newer(file))
            }
            (Err(_), Some(text)) => (text.as_str(), false),
            (Err(problem), None) => return Err(problem.clone()),
        };
        let at = offset(text, spot.at.line, spot.at.column);
        Ok(Ran {
            text,
            newer,
            fits: at.map_or(Fit::Other, |at| fit(text, at, &spot.name)),
            is_same: script.is_same(spot.text.as_deref()),
            is_certain: script.is_what_ran == Some(true),
        })
    }

    /// A script that has a source map here.
    pub(super) fn mapped_script(&mut self, url: &str) -> Option<Rc<Script>> {
        let script = (!self.options.off).then(|| self.script(url));
        script.filter(|script| script.map.is_some())
    }

    /// The source that a place of a script comes from, by the script's map.
    pub fn original_source(&mut self, url: &str, line: u32, column: u32) -> Option<String> {
        if self.options.off {
            return None;
        }
        let script = self.script(url);
        let mapped = script.map.as_ref()?.lookup(line, column)?;
        Some(source_name(&mapped))
    }

    /// Where a place was written, by its script's map; `declared` is where the name stands that the dump has for it, if it
    /// has one.
    pub(super) fn written(
        &mut self,
        script: &Script,
        mapped: &Mapped<'_>,
        declared: Option<Mapped<'_>>,
        has_name: bool,
    ) -> Option<Written> {
        let from_disk = match mapped.content {
            Some(_) => None,
            None => self.original_text(&self.original_paths(script, mapped)),
        };
        let text = text_of(mapped, from_disk.as_deref());
        let mut read_at = |mapped: &Mapped<'_>| {
            let text = text?;
            let key = (text.as_ptr() as usize, text.len());
            let known = self.positions.entry(key);
            let positions = known.or_insert_with(|| Rc::new(Positions::of(text)));
            let at = positions.offset(text, mapped.line, mapped.column)?;
            name_at(text, at).map(str::to_owned)
        };
        let is_same_source = |declared: &Mapped<'_>| declared.source == mapped.source;
        let name = match declared.filter(is_same_source) {
            Some(declared) => declared
                .name
                .map(str::to_owned)
                .or_else(|| read_at(&declared)),
            None => None,
        };
        let name = match name {
            None if has_name => read_at(mapped),
            name => name,
        };
        if name.is_none() && has_name && !mapped.exact {
            // The map has no place of the function, only one before it: that is of something else.
            return None;
        }
        Some(Written {
            original: Original {
                name,
                source: source_name(mapped),
                line: u64::from(mapped.line) + 1,
                column: u64::from(mapped.column) + 1,
            },
            from_disk,
        })
    }

    /// Adds the original place, the name there, and its code instead of the script's.
    fn add_original(
        &mut self,
        place: &mut CodePlace,
        script: &Script,
        mapped: &Mapped<'_>,
        declared: Option<Mapped<'_>>,
    ) {
        let has_name = place.function.is_some();
        let Some(written) = self.written(script, mapped, declared, has_name) else {
            return;
        };
        let from_disk = written.from_disk.as_deref();
        if let Some(text) = text_of(mapped, from_disk) {
            place.code = Some(excerpt(text, mapped.line, mapped.column));
        }
        if from_disk.is_some_and(|text| self.is_newer(text)) {
            place.certainty = Certainty::Probable;
            place.note = Some(format!("{} is newer than the dump", source_name(mapped)));
        }
        let mut paths = self.original_paths(script, mapped).into_iter();
        if let Some(path) = paths.find(|path| path.is_file()) {
            // A map says `../src`.
            let path = path.canonicalize().unwrap_or(path);
            place.file = Some(FilePlace::of(path, mapped.line, mapped.column));
        }
        place.original = Some(written.original);
    }

    /// The files that a source may be.
    fn original_paths(&self, script: &Script, mapped: &Mapped<'_>) -> Vec<PathBuf> {
        let name = match mapped.root {
            "" => mapped.source.to_owned(),
            root => format!("{}/{}", root.trim_end_matches('/'), mapped.source),
        };
        original(&name, script.folder.as_deref(), &self.options)
    }

    /// The text of a source that its map does not have.
    fn original_text(&mut self, paths: &[PathBuf]) -> Option<Rc<Text>> {
        paths.iter().find_map(|path| {
            let text = self
                .originals
                .entry(path.clone())
                .or_insert_with_key(|path| read(path).ok().map(Rc::new));
            text.clone()
        })
    }

    fn is_newer(&self, text: &Text) -> bool {
        let modified = text
            .modified
            .and_then(|time| Timestamp::try_from(time).ok());
        let times = self.taken_at.zip(modified);
        times.is_some_and(|(taken_at, modified)| modified > taken_at)
    }

    fn script(&mut self, url: &str) -> Rc<Script> {
        if let Some(script) = self.scripts.get(url) {
            return Rc::clone(script);
        }
        let script = Rc::new(Script::read(url, &self.options, &self.noted));
        self.scripts.insert(url.to_owned(), Rc::clone(&script));
        script
    }
}

/// The text of a source, which its map has or the disk.
fn text_of<'a>(mapped: &Mapped<'a>, from_disk: Option<&'a Text>) -> Option<&'a str> {
    mapped.content.or(from_disk.map(|text| text.text.as_str()))
}
