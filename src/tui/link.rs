//! Links: a place in the explorer as text, for `--open` and for sending to others.
//!
//! `growth`, `s3/strings`, `s3@130601` (an object), `s3@130601/why`, `s1..s3` (compared), `s3/find:strings:regex:^GET`, `s3/ask:Session`. A dump
//! is named by its label, or by its file; an object by its id, which its dump has for ever. A class is named by one of its
//! objects, so that no text of a dump is in a link. Pages have the names of the commands that show them, so that a new page
//! has a link without further ado.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::analysis::find::What;
use crate::analysis::pattern::How;
use crate::error::{Error, Result};
use crate::tui::commands::{COMMANDS, Command, Spec};
use crate::tui::dump_store::DumpStore;
use crate::tui::place::{DumpId, PageKey, Query, Subject};
use crate::tui::view::View;

/// A place as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The dumps, by label or file name: one, two that are compared, or none for pages of the series.
    pub(super) dumps: Vec<String>,
    /// The id of an object.
    pub(super) id: Option<u32>,
    /// The name of the page; nothing for the classes, or for the object itself.
    pub(super) page: String,
}

/// Pages of the series, and the commands that show them.
pub(super) const OF_SERIES: [(&str, Command); 3] = [
    ("dumps", Command::ShowDumps),
    ("growth", Command::ShowGrowth),
    ("suspects", Command::ShowSuspects),
];
/// The page of all profiles.
const PROFILES: &str = "profiles";
/// The page of a profile.
pub(super) const PROFILE: &str = "profile";
/// The page of the classes.
pub(super) const CLASSES: &str = "classes";
/// The page of hits; behind it what was searched, how, and the text.
const FIND: &str = "find:";
/// The page of a question; behind it the question.
const ASK: &str = "ask:";
const WHATS: [(&str, What); 2] = [("properties", What::Properties), ("strings", What::Strings)];
const HOWS: [(&str, How); 3] = [
    ("fuzzy", How::Fuzzy),
    ("text", How::Text),
    ("regex", How::Regex),
];
/// What the page that says why an object is alive is called in links, and in the table of commands.
const WHY: (&str, &str) = ("why", "why-alive");

/// The command that shows a page of a dump or an object, by the page's name.
pub(super) fn spec(page: &str) -> Option<&'static Spec> {
    let name = if page == WHY.0 { WHY.1 } else { page };
    let mut specs = COMMANDS.iter();
    specs.find(|spec| spec.name == name && spec.opens.is_some())
}

impl Link {
    /// The link of a page, with the object that is selected there. `None` where a page has none, as that of a function of a
    /// profile, or of bookmarked objects.
    pub fn of(
        key: &PageKey,
        selected: Option<u32>,
        store: &DumpStore,
        view: Option<&View>,
    ) -> Option<Self> {
        let name = |dump: &DumpId| match store.labelled(dump) {
            Some(label) if store.active() == 0 => label.to_owned(),
            _ => dump
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
        };
        let dumps: Vec<String> = match key {
            PageKey::Profile(file) => vec![name(file)],
            key => key.dumps().into_iter().map(name).collect(),
        };
        let link = |id: Option<u32>, page: &str| Link {
            dumps: dumps.clone(),
            id,
            page: page.to_owned(),
        };
        let (node, class) = match key {
            PageKey::Dumps => return Some(link(None, "dumps")),
            PageKey::Growth => return Some(link(None, "growth")),
            PageKey::Suspects => return Some(link(None, "suspects")),
            PageKey::Profiles => return Some(link(None, PROFILES)),
            PageKey::Profile(_) => return Some(link(None, PROFILE)),
            PageKey::Compare(..) => return Some(link(None, "")),
            PageKey::OfFunction(..) | PageKey::Freed(..) => return None,
            PageKey::Summary(_) => {
                return Some(link(
                    selected,
                    if selected.is_some() { CLASSES } else { "" },
                ));
            }
            PageKey::Hits(_, query) => {
                let what = WHATS.iter().find(|(_, what)| *what == query.what)?.0;
                let how = HOWS.iter().find(|(_, how)| *how == query.how)?.0;
                return Some(link(None, &format!("{FIND}{what}:{how}:{}", query.text)));
            }
            PageKey::Answer(_, text) => return Some(link(None, &format!("{ASK}{text}"))),
            PageKey::Object(_, node) => return Some(link(Some(view?.heap.id(*node)), "")),
            PageKey::Why(_, node) | PageKey::Inspect(_, node) => (Some(*node), None),
            PageKey::Makers(_, node, class) => (*node, *class),
            PageKey::Paths(_, class) => (None, Some(*class)),
            _ => (None, None),
        };
        let subject = Subject {
            dump: Arc::clone(key.dump()?),
            node,
            class,
        };
        let shows = |spec: &&Spec| {
            spec.opens.and_then(|opens| opens(subject.clone())).as_ref() == Some(key)
        };
        let page = COMMANDS.iter().find(shows)?.name;
        let page = if page == WHY.1 { WHY.0 } else { page };
        let example = || {
            let view = view?;
            let node = node.or_else(|| Some(view.class_row(class?)?.first))?;
            Some(view.heap.id(node))
        };
        match (node, class) {
            (None, None) => Some(link(selected, page)),
            _ => Some(link(Some(example()?), page)),
        }
    }

    /// Whether it leads to dumps of its own.
    pub fn names_dumps(&self) -> bool {
        !self.dumps.is_empty()
    }
}

/// The question that a page's name stands for.
pub(super) fn asked(page: &str) -> Option<&str> {
    page.strip_prefix(ASK)
}

/// The search that a page's name stands for.
pub(super) fn query(page: &str) -> Option<Query> {
    let mut parts = page.strip_prefix(FIND)?.splitn(3, ':');
    let (what, how, text) = (parts.next()?, parts.next()?, parts.next()?);
    Some(Query {
        what: WHATS.iter().find(|(name, _)| *name == what)?.1,
        how: HOWS.iter().find(|(name, _)| *name == how)?.1,
        text: text.into(),
    })
}

impl FromStr for Link {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let wrong = |why: String| {
            Error::usage(format!("--open {text}: {why}"))
                .advise("a place is such as growth, s3, s3/strings, s3@1234 or s3@1234/why")
        };
        let (head, page) = text.split_once('/').unwrap_or((text, ""));
        let page = decoded(page);
        let series = OF_SERIES.iter().map(|(page, _)| *page).chain([PROFILES]);
        if page.is_empty() && series.clone().any(|page| page == head) {
            return Ok(Self {
                dumps: Vec::new(),
                id: None,
                page: head.to_owned(),
            });
        }
        let known = ["", CLASSES, PROFILE].contains(&page.as_str())
            || query(&page).is_some()
            || asked(&page).is_some()
            || spec(&page).is_some();
        if !known {
            return Err(wrong(format!("there is no page {page}")));
        }
        if let Some((from, to)) = head.split_once("..") {
            if from.is_empty() || to.is_empty() || !page.is_empty() {
                return Err(wrong("two dumps are compared as s1..s3".to_owned()));
            }
            return Ok(Self {
                dumps: vec![decoded(from), decoded(to)],
                id: None,
                page,
            });
        }
        let (dump, id) = match head.rsplit_once('@') {
            Some((dump, id)) => match id.parse() {
                Ok(id) => (dump, Some(id)),
                Err(_) => return Err(wrong("an object's id is a number".to_owned())),
            },
            None => (head, None),
        };
        match dump {
            "" => Err(wrong("no dump is named".to_owned())),
            dump => Ok(Self {
                dumps: vec![decoded(dump)],
                id,
                page,
            }),
        }
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dumps: Vec<String> = self.dumps.iter().map(|dump| encoded(dump, "/@")).collect();
        f.write_str(&dumps.join(".."))?;
        if let Some(id) = self.id {
            write!(f, "@{id}")?;
        }
        match (dumps.is_empty(), self.page.is_empty()) {
            (true, _) => f.write_str(&self.page),
            (false, true) => Ok(()),
            (false, false) => write!(f, "/{}", encoded(&self.page, "")),
        }
    }
}

/// A text with all that means something in a link, or cannot be seen, as `%` and bytes.
fn encoded(text: &str, special: &str) -> String {
    let mut out = String::new();
    for character in text.chars() {
        let plain =
            character.is_ascii_graphic() && character != '%' && !special.contains(character);
        if plain && !(character == '.' && out.ends_with('.') && !special.is_empty()) {
            out.push(character);
        } else {
            let mut bytes = [0; 4];
            for byte in character.encode_utf8(&mut bytes).bytes() {
                out.push_str(&format!("%{byte:02X}"));
            }
        }
    }
    out
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let code = after.get(..2).filter(|_| *first == b'%');
        let code =
            code.and_then(|code| u8::from_str_radix(std::str::from_utf8(code).ok()?, 16).ok());
        bytes.push(code.unwrap_or(*first));
        rest = if code.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn places_are_read() {
        for text in [
            "growth",
            "profiles",
            "s3",
            "s3/strings",
            "s3@130601",
            "s3@130601/why",
            "s1..s3",
            "a%20b.heapsnapshot@5/paths",
            "s3/find:strings:regex:^GET:/",
            "p.heapprofile/profile",
        ] {
            let link: Link = text.parse().unwrap();
            assert_eq!(link.to_string(), text);
        }
        let link: Link = "s3@7/why-alive".parse().unwrap();
        assert_eq!(spec(&link.page).unwrap().command, Command::ShowWhy);
        for wrong in [
            "",
            "/why",
            "s3/nowhere",
            "s3@x",
            "s1..",
            "s1..s2/why",
            "@5",
            "s3/find:strings:how:x",
        ] {
            let error = wrong.parse::<Link>().unwrap_err().to_string();
            assert!(error.contains("s3@1234/why"), "{wrong}: {error}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(
            dumps in proptest::collection::vec("[^/]{1,12}", 1..3),
            id in proptest::option::of(any::<u32>()),
            page in 0..8usize,
            text in ".{0,12}",
        ) {
            let pages = ["", "classes", "why", "paths", "strings", "profile"];
            let page = match pages.get(page) {
                Some(page) => (*page).to_owned(),
                None => format!("find:strings:text:{text}"),
            };
            let link = match dumps.len() {
                2 => Link { dumps, id: None, page: String::new() },
                _ => Link { dumps, id, page },
            };
            let series = link.page.is_empty() && link.id.is_none();
            prop_assume!(!(series && ["dumps", "growth", "suspects", "profiles"].contains(&&*link.dumps[0])));
            // A dot at the seam of two names would be one of the dots between them.
            prop_assume!(link.dumps.len() == 1 || !link.dumps[0].ends_with('.') && !link.dumps[1].starts_with('.'));
            prop_assert_eq!(link.to_string().parse::<Link>().unwrap(), link);
        }
    }
}
