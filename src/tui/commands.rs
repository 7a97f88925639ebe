//! The one table of commands: from it come the keymap, the footer, the help screen, the palette and the manual's key
//! list.

use std::fmt::Write;

use crate::tui::place::{PageKey, Subject};
use crate::tui::widgets::list::Motion;

/// Something that the user can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // The table below says what each does.
pub enum Command {
    Down,
    Up,
    HalfPageDown,
    HalfPageUp,
    PageDown,
    PageUp,
    First,
    Last,
    Open,
    NextMeasure,
    Narrow,
    NarrowPrevious,
    Compare,
    Unfold,
    Fold,
    Toggle,
    NextPane,
    NextList,
    NextPart,
    PreviousPart,
    Later,
    Earlier,
    OtherEdge,
    FrameRight,
    FrameLeft,
    ZoomIn,
    ShowCallers,
    FunctionInHeap,
    CompareProfiles,
    OpenObject,
    ShowSummary,
    ShowInSummary,
    Filter,
    Ask,
    GoToId,
    SortNext,
    SortReverse,
    ToggleWeak,
    ToggleInternals,
    Ignore,
    ShowIgnored,
    Zoom,
    ShowSuspects,
    ShowContainment,
    ShowDominators,
    ShowIcicle,
    ShowRetainers,
    ShowWhy,
    ShowPaths,
    Inspect,
    ShowStatistics,
    ShowOwners,
    ShowStrings,
    ShowContexts,
    ShowAllocations,
    ShowMakers,
    GroupBy,
    ZoomOut,
    WriteReport,
    WriteView,
    CopyRow,
    CopyPath,
    CopyWhy,
    CopyLink,
    CopySignature,
    EditSource,
    SearchNext,
    SearchPrevious,
    Bookmark,
    WhatIf,
    Bookmarks,
    NextTheme,
    ToggleMouse,
    Back,
    Forward,
    ShowDumps,
    ShowGrowth,
    NextProcess,
    BackOut,
    Help,
    Palette,
    Actions,
    Repaint,
    Suspend,
    Quit,
    QuitNow,
    PromptAccept,
    PromptErase,
    PromptEraseWord,
    PromptClear,
    PromptDelete,
    PromptLeft,
    PromptRight,
    PromptStart,
    PromptEnd,
    PromptWhat,
    PromptHow,
    PromptComplete,
}

/// Where the keyboard is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Context(u32);

impl Context {
    /// The list of dumps.
    pub const DUMPS: Self = Self(1);
    /// The main tree of a dump: classes, objects, fields.
    pub const TREE: Self = Self(2);
    /// The tree of retainers.
    pub const RETAINERS: Self = Self(4);
    /// The help screen.
    pub const HELP: Self = Self(8);
    /// A line being typed, with a list that it narrows.
    pub const PROMPT: Self = Self(16);
    /// A question being typed, with what may come next.
    pub const QUESTION: Self = Self(16384);
    /// A line being typed.
    pub const TYPING: Self = Self(16 | 16384);

    /// What grows over the dumps.
    pub const GROWTH: Self = Self(32);
    /// Two dumps compared.
    pub const COMPARE: Self = Self(64);

    /// Who is to blame for growth.
    pub const SUSPECTS: Self = Self(128);
    /// Words and figures to read: why an object is alive, what is known of it, what bytes are spent on.
    pub const FACTS: Self = Self(256);
    /// Lists of a dump other than its classes: strings, contexts, merged paths.
    pub const ROWS: Self = Self(512);
    /// The flame graph of a sampling profile.
    pub const GRAPH: Self = Self(1024);
    /// What was allocated when.
    pub const TIMELINE: Self = Self(2048);
    /// The functions of a sampling profile, who calls them, whom they call.
    pub const FUNCTIONS: Self = Self(4096);
    /// The sampling profiles of a process against each other.
    pub const PROFILES: Self = Self(8192);

    /// The icicle of a heap's dominators.
    pub const ICICLE: Self = Self(32768);

    /// Pages of profiles.
    pub const PROFILE: Self = Self(1024 | 4096 | 8192);
    const TREES: Self = Self(2 | 4);
    const HEAPS: Self = Self(2 | 4 | 64 | 128 | 256 | 512 | 32768);
    const GRAPHS: Self = Self(1024 | 32768);
    const OPENING: Self = Self(1 | 4 | 32 | 128 | 256 | 512 | 2048 | 8192);
    const LISTED: Self = Self(1 | 32 | 128);
    const FINDINGS: Self = Self(32 | 128);
    const CODE: Self = Self(Self::HEAPS.0 | Self::FINDINGS.0);
    const LETTERED: Self = Self(4 | 256 | 512 | 2048 | 8192);
    const FOLDING: Self = Self(2 | 4 | 64 | 512 | 4096);
    const TOGGLING: Self = Self(2 | 64);
    const SORTING: Self = Self(Self::FOLDING.0 | 8192);
    const TURNING: Self = Self(512 | 1024 | 4096 | 8192 | 32768);
    const FRAMES: Self = Self(1024 | 4096);
    const OPENED: Self = Self(2 | 64 | 128);
    const NOT_PROFILES: Self = Self(Self::PAGES.0 & !Self::PROFILE.0);
    const PAGES: Self =
        Self(1 | 2 | 4 | 32 | 64 | 128 | 256 | 512 | 1024 | 2048 | 4096 | 8192 | 32768);
    const LISTS: Self = Self(Self::PAGES.0 | 8);
    const ALL: Self = Self(Self::LISTS.0 | Self::TYPING.0);

    /// Whether the two have anything in common.
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether `other` has all that it has.
    pub const fn is_within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// Whether it is wherever dumps are looked at.
    pub const fn is_general(self) -> bool {
        self.0 & Self::PAGES.0 == Self::PAGES.0
    }

    /// The place in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::DUMPS => "Dumps",
            Self::TREE => "Trees",
            Self::RETAINERS => "Retainers",
            Self::GROWTH => "Growth",
            Self::COMPARE => "Comparison",
            Self::SUSPECTS => "Suspects",
            Self::FACTS => "Why alive, inspector, statistics",
            Self::ROWS => "Strings, closures, owners, paths, hits",
            Self::GRAPH => "Flame graph",
            Self::ICICLE => "Icicle",
            Self::GRAPHS => "Flame graph, icicle",
            Self::FUNCTIONS => "Functions of a profile",
            Self::PROFILES => "Profiles compared",
            Self::PROFILE => "Profiles",
            Self::TIMELINE => "Allocations",
            Self::TREES => "Trees and retainers",
            Self::HEAPS => "every page of objects",
            Self::OPENING => "lists",
            Self::FINDINGS => "Growth, suspects",
            Self::CODE => "every page of objects, growth",
            Self::LISTED => "Dumps, growth, suspects",
            Self::LETTERED => "Retainers, allocations, profiles, lists of objects",
            Self::FOLDING => "Trees, retainers, comparison, lists",
            Self::SORTING => "Trees, retainers, comparison, lists, profiles",
            Self::TURNING => "Lists, profiles, icicle",
            Self::FRAMES => "Flame graph, functions",
            Self::TOGGLING => "Trees, comparison",
            Self::OPENED => "Trees, comparison, suspects",
            Self::NOT_PROFILES => "every page but profiles",
            Self::PROMPT => "while searching",
            Self::QUESTION => "while asking",
            Self::TYPING => "while typing",
            Self::PAGES => "every page",
            Self::LISTS => "every page, help",
            Self::ALL => "always",
            _ => "everywhere",
        }
    }
}

/// What a command needs before it can be done. Where it is not there yet the command waits for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Nothing: it does the same whatever row is selected, and whatever is loaded.
    Nothing,
    /// The rows that are being made: it is meant for what is selected then.
    Rows,
    /// The heap of the dump in view, whatever row is selected.
    Heap,
    /// The heap, and the rows.
    Object,
}

impl Needs {
    /// Whether the rows have to be there.
    pub fn rows(self) -> bool {
        matches!(self, Self::Rows | Self::Object)
    }

    /// Whether the heap has to be there.
    pub fn heap(self) -> bool {
        matches!(self, Self::Heap | Self::Object)
    }
}

/// One row of the table.
#[derive(Debug)]
pub struct Spec {
    /// What it is.
    pub command: Command,
    /// Its name, for the palette and for settings; no other has it.
    pub name: &'static str,
    /// Its keys; the first is the one that the footer shows.
    pub keys: &'static [&'static str],
    /// Where it works.
    pub context: Context,
    /// What it needs.
    pub needs: Needs,
    /// A word for the footer; `None` if the footer leaves it out.
    pub hint: Option<&'static str>,
    /// A sentence for help, palette and manual.
    pub help: &'static str,
    /// The page that it opens for the selected row or the dump in view; `None` if the selection does not suffice.
    pub opens: Option<fn(Subject) -> Option<PageKey>>,
}

macro_rules! commands {
    ($($command:ident $name:literal [$($key:literal)*] $context:ident $needs:ident $hint:expr, $help:literal $(=> $opens:expr)?;)*) => {
        &[$(Spec {
            command: Command::$command,
            name: $name,
            keys: &[$($key),*],
            context: Context::$context,
            needs: Needs::$needs,
            hint: $hint,
            help: $help,
            opens: commands!(@opens $($opens)?),
        }),*]
    };
    (@opens) => { None };
    (@opens $opens:expr) => { Some($opens) };
}

/// All commands; the order is that of the footer and of the help screen.
#[rustfmt::skip]
pub static COMMANDS: &[Spec] = commands! {
    PromptAccept    "accept"            ["Enter"]                     TYPING    Rows    Some("accept"),   "accept";
    PromptErase     "erase"             ["Backspace"]                 TYPING    Nothing None,             "delete the character before the cursor";
    PromptEraseWord "erase-word"        ["Ctrl-w"]                    TYPING    Nothing None,             "delete the word before the cursor";
    PromptDelete    "delete"            ["Delete"]                    TYPING    Nothing None,             "delete the character at the cursor";
    PromptLeft      "cursor-left"       ["Left"]                      TYPING    Nothing None,             "move one character left";
    PromptRight     "cursor-right"      ["Right"]                     TYPING    Nothing None,             "move one character right";
    PromptStart     "line-start"        ["Home" "Ctrl-a"]             TYPING    Nothing None,             "move to the start of the line";
    PromptEnd       "line-end"          ["End" "Ctrl-e"]              TYPING    Nothing None,             "move to the end of the line";
    PromptClear     "erase-line"        ["Ctrl-u"]                    TYPING    Nothing Some("clear"),    "clear the line";
    PromptWhat      "search-what"       ["Tab"]                       PROMPT    Nothing Some("what"),     "switch between classes, properties and strings";
    PromptComplete  "complete"          ["Tab"]                       QUESTION  Nothing Some("complete"), "complete the question";
    PromptHow       "search-how"        ["Ctrl-r"]                    PROMPT    Nothing Some("how"),      "switch between fuzzy, plain text and regex";
    Open            "open"              ["Enter"]                     OPENING   Object  Some("open"),     "open the row";
    Open            "open-with-arrow"   ["Right" "l"]                 LISTED    Object  None,             "open the row";
    Open            "open-with-letter"  ["o"]                         LETTERED  Object  None,             "open the row";
    NextMeasure     "measure"           ["s"]                         GROWTH    Nothing Some("metric"),   "cycle through retained size, count and shallow size";
    OpenObject      "open-object"       ["o" "go"]                    OPENED    Object  Some("object"),   "open the object: its fields and its retainers";
    Unfold          "unfold"            ["Right" "l"]                 FOLDING   Object  Some("unfold"),   "unfold; if unfolded, go to the first child";
    Fold            "fold"              ["Left" "h"]                  FOLDING   Object  Some("fold"),     "fold; if folded, go to the parent";
    Toggle          "toggle"            ["Enter" "Space"]             TOGGLING  Object  None,             "unfold or fold";
    NextPart        "next-part"         ["Right" "l"]                 FACTS     Object  Some("next part"), "next part of a long text";
    PreviousPart    "previous-part"     ["Left" "h"]                  FACTS     Object  Some("previous part"), "previous part of a long text";
    Ignore          "ignore"            ["x"]                         RETAINERS Object  Some("ignore"),   "ignore this retainer, as if it were removed";
    NextPane        "other-pane"        ["Tab" "Shift-Tab"]           TREES     Heap    Some("pane"),     "switch between objects and retainers";
    NextList        "next-list"         ["Tab"]                       TURNING   Object  Some("next list"), "next list on this page";
    Later           "later"             ["Right" "l"]                 TIMELINE  Object  Some("later"),    "move the selected edge of the range later";
    Earlier         "earlier"           ["Left" "h"]                  TIMELINE  Object  Some("earlier"),  "move the selected edge of the range earlier";
    OtherEdge       "other-edge"        ["Tab" "Space"]               TIMELINE  Object  Some("other edge"), "select the other edge of the range";
    FunctionInHeap  "in-the-heap"       ["c" "gs"]                    PROFILE   Object  Some("in the heap"), "show the function's classes and closures in the heap";
    FrameRight      "frame-right"       ["Right" "l"]                 GRAPHS    Object  None,             "select the frame on the right";
    FrameLeft       "frame-left"        ["Left" "h"]                  GRAPHS    Object  None,             "select the frame on the left";
    ZoomIn          "zoom-in"           ["Enter" "o"]                 GRAPHS    Object  Some("zoom in"),  "zoom in on the frame";
    ZoomOut         "zoom-out"          ["-" "u"]                     GRAPHS    Object  Some("zoom out"), "zoom out to the frame above";
    ShowCallers     "callers"           ["Enter" "o"]                 FUNCTIONS Object  Some("callers"),  "list the callers of the function, or its callees";
    GroupBy         "group-by"          ["p"]                         FRAMES    Object  Some("group"),    "group by function, file or package";
    ShowWhy         "why-alive"         ["gw"]                        HEAPS     Object  Some("why"),             "why the object is alive, and which reference to remove" => |of| Some(PageKey::Why(of.dump, of.node?));
    Filter          "find"              ["/"]                         LISTS     Rows    Some("find"),     "search classes, properties and strings; @123 goes to an object";
    Ask             "question"          ["Q"]                         PAGES     Nothing None,             "query the heap: Session retained>10kB | group holder";
    NarrowPrevious  "survivors"         ["b" "3"]                     PAGES     Nothing Some("survivors"), "survivors: allocated two dumps ago and still alive (three-snapshot technique)";
    Narrow          "filter"            ["f"]                         PAGES     Nothing Some("filter"),   "count only some objects: by age, retainer or realm";
    Compare         "compare"           ["d" "4"]                     NOT_PROFILES Nothing Some("diff"),  "compare two dumps";
    CompareProfiles "compare-profiles"  ["d" "4"]                     FRAMES    Nothing Some("diff"),     "compare two profiles";
    SortNext        "sort"              ["s"]                         SORTING   Nothing Some("sort"),     "sort by the next column";
    SortReverse     "reverse"           ["S"]                         FOLDING   Nothing None,             "sort the other way round";
    ToggleWeak      "weak"              ["w"]                         TREES     Heap    Some("weak"),     "show or hide weak retainers";
    ShowInSummary   "show-in-summary"   ["c" "gs"]                    HEAPS     Object  Some("class"),    "show the object's class in the summary";
    ShowRetainers   "retainers"         ["gr"]                        HEAPS     Object  None,             "retainers of the object, on a full page" => |of| Some(PageKey::Object(of.dump, of.node?));
    ShowPaths       "paths"             ["gp"]                        HEAPS     Object  None,             "paths from the roots to all objects of the class" => |of| Some(PageKey::Paths(of.dump, of.class?));
    ShowDominators  "dominators"        ["gd" "7"]                        PAGES     Object  None,             "dominator tree: what each object frees if removed" => |of| Some(PageKey::Dominators(of.dump));
    ShowIcicle      "icicle"            ["gI"]                        PAGES     Object  None,             "icicle of the dominators: what classes or packages retain" => |of| Some(PageKey::Icicle(of.dump));
    ShowContainment "containment"       ["gc"]                        PAGES     Object  None,             "containment: what the roots refer to" => |of| Some(PageKey::Containment(of.dump));
    Inspect         "inspect"           ["gi"]                        HEAPS     Object  None,             "details of the object: fields, value, source, sizes" => |of| Some(PageKey::Inspect(of.dump, of.node?));
    ShowStatistics  "statistics"        ["gb" "9"]                        PAGES     Object  None,             "statistics: the heap by type, as bars" => |of| Some(PageKey::Statistics(of.dump));
    ShowOwners      "owners"            ["O" "0"]                         PAGES     Object  None,             "owners: memory by package, script or folder" => |of| Some(PageKey::Owners(of.dump));
    ShowStrings     "strings"           ["gt" "8"]                        PAGES     Object  None,             "largest strings, duplicates and long concatenations" => |of| Some(PageKey::Strings(of.dump));
    ShowContexts    "contexts"          ["gx"]                        PAGES     Object  None,             "variables captured by closures; frames, workers, realms" => |of| Some(PageKey::Contexts(of.dump));
    ShowMakers      "allocated-by"      ["gf"]                        HEAPS     Object  Some("allocated by"), "functions that allocate this class, from profiles and stacks" => |of| (of.node.is_some() || of.class.is_some()).then_some(PageKey::Makers(of.dump, of.node, of.class));
    ShowAllocations "allocations"       ["ga"]                        PAGES     Object  None,             "allocation timeline and stacks, if the dump has them" => |of| Some(PageKey::Allocations(of.dump));
    ShowSuspects    "suspects"          ["L" "2"]                         PAGES     Nothing Some("suspects"),             "leak suspects: what grows, who holds it, what to change";
    GoToId          "go-to-object"      ["@"]                         PAGES     Nothing  None,             "go to an object by id";
    Back            "back"              ["Backspace" "[" "Alt-Left"]  PAGES     Rows    Some("back"),     "go back";
    Forward         "forward"           ["]" "Alt-Right"]             PAGES     Rows    None,             "go forward";
    Zoom            "zoom"              ["z"]                         TREES     Heap    Some("zoom"),     "zoom the pane, or show both again";
    ShowGrowth      "growth"            ["T" "1"]                     PAGES     Nothing Some("growth"),   "growth of each class over the dumps, and the finding";
    ShowDumps       "dumps"             ["D" "5"]                     PAGES     Nothing Some("dumps"),    "list of dumps and profiles";
    ShowSummary     "classes"           ["6"]                         PAGES     Nothing None,             "all classes of the dump";
    NextProcess     "process"           ["P"]                         PAGES     Nothing Some("process"),  "choose another process";
    Down            "down"              ["j" "Down" "Ctrl-n"]         ALL       Rows    None,             "move down; Alt-1 Alt-2 first: 12 rows";
    Up              "up"                ["k" "Up" "Ctrl-p"]           ALL       Rows    None,             "move up";
    HalfPageDown    "half-page-down"    ["Ctrl-d"]                    LISTS     Rows    None,             "move down half a page";
    HalfPageUp      "half-page-up"      ["Ctrl-u"]                    LISTS     Rows    None,             "move up half a page";
    PageDown        "page-down"         ["PageDown" "Ctrl-f"]         ALL       Rows    None,             "move down a page";
    PageUp          "page-up"           ["PageUp" "Ctrl-b"]           ALL       Rows    None,             "move up a page";
    First           "first"             ["gg" "Home"]                 LISTS     Rows    None,             "go to the first row, or to row N (Alt-digits first)";
    Last            "last"              ["G" "End"]                   LISTS     Rows    None,             "go to the last row, or to row N (Alt-digits first)";
    BackOut         "back-out"          ["Esc"]                       ALL       Rows    Some("cancel"),   "cancel input, loading or the filter; then go back";
    SearchNext      "next-hit"          ["n"]                         PAGES     Object  None,             "next search hit";
    SearchPrevious  "previous-hit"      ["N"]                         PAGES     Object  None,             "previous search hit";
    ToggleInternals "internals"         ["."]                         HEAPS     Heap    None,             "show or hide V8 internals: maps, feedback, hidden edges";
    ShowIgnored     "ignored"           ["X"]                         HEAPS     Object  None,             "list ignored retainers, to restore them";
    CopyRow         "copy-row"          ["yy"]                        PAGES     Object  None,             "copy the row";
    CopyPath        "copy-path"         ["yp"]                        HEAPS     Object  None,             "copy the path from the root to the object";
    CopyLink        "copy-link"         ["yl"]                        PAGES     Object  None,             "copy a command that opens the explorer here";
    CopySignature   "copy-signature"    ["ys"]                        FINDINGS  Object  None,             "copy the leak's signature, the same in other runs and processes";
    CopyWhy         "copy-why"          ["yw"]                        HEAPS     Object  None,             "copy the explanation why the object is alive";
    EditSource      "edit-source"       ["e"]                         CODE      Object  None,             "open the source line in $VISUAL or $EDITOR";
    WriteView       "write"             ["W"]                         PAGES     Object  None,             "write this view to a .md, .csv or .json file";
    WriteReport     "report"            ["R"]                         PAGES     Nothing Some("report"),             "write the incident report";
    Bookmark        "bookmark"          ["m"]                         HEAPS     Object  None,             "add or remove a bookmark";
    WhatIf          "what-if"           ["F"]                         HEAPS     Object  None,             "what is freed if all bookmarked objects are removed";
    Bookmarks       "bookmarks"         ["'"]                         PAGES     Nothing None,             "list the bookmarks";
    Actions         "actions"           ["a"]                         PAGES     Rows    Some("actions"),  "list all actions for the row";
    Palette         "palette"           [":"]                         PAGES     Nothing None,             "find a command or filter: leak, detached, export, …";
    NextTheme       "theme"             []                            PAGES     Nothing None,             "cycle through dark, light and high contrast";
    ToggleMouse     "mouse"             []                            PAGES     Nothing None,             "turn the mouse on or off";
    Help            "help"              ["?" "F1"]                    PAGES     Nothing Some("help"),     "show the keys";
    Repaint         "repaint"           ["Ctrl-l"]                    ALL       Nothing None,             "redraw the screen";
    Suspend         "suspend"           ["Ctrl-z"]                    ALL       Nothing None,             "suspend to the shell; fg resumes";
    Quit            "quit"              ["q"]                         LISTS     Nothing Some("quit"),     "quit; in the help, close it";
    QuitNow         "quit-now"          ["Ctrl-c"]                    ALL       Nothing None,             "quit from anywhere";
};

/// Commands that the footer always keeps room for.
pub const ALWAYS_HINTED: [Command; 2] = [Command::Help, Command::Quit];

impl Command {
    /// Its row of the table; the first where it has other keys on other pages.
    pub fn spec(self) -> Option<&'static Spec> {
        COMMANDS.iter().find(|spec| spec.command == self)
    }

    /// What it needs.
    pub fn needs(self) -> Needs {
        self.spec().map_or(Needs::Nothing, |spec| spec.needs)
    }

    /// How far a command goes, if it goes anywhere; `count` is the number typed before.
    pub fn motion(self, count: Option<usize>) -> Option<Motion> {
        let row = count.unwrap_or(1).saturating_sub(1);
        let times = count.unwrap_or(1) as isize;
        Some(match self {
            Self::Down => Motion::By(times),
            Self::Up => Motion::By(-times),
            Self::HalfPageDown => Motion::HalfPages(times),
            Self::HalfPageUp => Motion::HalfPages(-times),
            Self::PageDown => Motion::HalfPages(times.saturating_mul(2)),
            Self::PageUp => Motion::HalfPages(times.saturating_mul(-2)),
            Self::First => Motion::To(row),
            Self::Last if count.is_some() => Motion::To(row),
            Self::Last => Motion::Last,
            _ => return None,
        })
    }

    /// The command in a word: what the footer calls it, or its name.
    pub fn word(self) -> &'static str {
        let mut specs = COMMANDS.iter().filter(|spec| spec.command == self);
        specs
            .clone()
            .find_map(|spec| spec.hint)
            .or_else(|| specs.next().map(|spec| spec.name))
            .unwrap_or_default()
    }
}

impl Spec {
    /// The keys that it has unless settings say otherwise, for the manual.
    pub fn all_keys(&self) -> Vec<String> {
        self.keys.iter().map(|key| shown(key)).collect()
    }
}

/// A binding as it is shown: arrow keys as arrows.
pub fn shown(key: &str) -> String {
    key.replace("Left", "←")
        .replace("Right", "→")
        .replace("PageUp", "PgUp")
        .replace("PageDown", "PgDn")
        .replace("Down", "↓")
        .replace("Up", "↑")
        .replace("Pg↑", "PgUp")
}

/// The manual's list of keys, as a Markdown table.
pub fn key_table() -> String {
    let mut table = String::from("| Keys | What they do | Where |\n|---|---|---|\n");
    for spec in COMMANDS {
        let mut keys: Vec<String> = spec
            .all_keys()
            .iter()
            .map(|key| format!("`{key}`"))
            .collect();
        if keys.is_empty() {
            keys.push(format!("`:{}`", spec.name));
        }
        let _ = writeln!(
            table,
            "| {} | {} | {} |",
            keys.join(" "),
            spec.help,
            spec.context.words()
        );
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::keys::{Key, parse_binding};

    #[test]
    fn every_command_has_a_name_of_its_own() {
        for (index, spec) in COMMANDS.iter().enumerate() {
            let before = &COMMANDS[..index];
            assert!(
                before.iter().all(|other| other.name != spec.name),
                "{}",
                spec.name
            );
        }
    }

    #[test]
    fn a_command_means_one_thing() {
        for (index, spec) in COMMANDS.iter().enumerate() {
            let mut others = COMMANDS[..index].iter();
            // It may have other keys on other pages.
            if let Some(other) = others.find(|other| other.command == spec.command) {
                let name = spec.name;
                assert_eq!((other.needs, other.help), (spec.needs, spec.help), "{name}");
                assert!(!other.context.is_within(spec.context), "{name}");
            }
        }
    }

    #[test]
    fn every_key_can_be_read_and_none_has_two_meanings() {
        let mut seen: Vec<(Vec<Key>, &Spec)> = Vec::new();
        for spec in COMMANDS {
            for key in spec.keys {
                let keys = parse_binding(key).unwrap_or_else(|| panic!("{key}"));
                for (other, owner) in &seen {
                    let clash = keys.starts_with(other) || other.starts_with(&keys);
                    assert!(
                        !(clash && owner.context.meets(spec.context)),
                        "{key}: {} and {}",
                        owner.name,
                        spec.name
                    );
                }
                seen.push((keys, spec));
            }
        }
    }

    #[test]
    fn the_key_table_lists_every_command() {
        let table = key_table();
        assert_eq!(table.lines().count(), COMMANDS.len() + 2);
        assert!(table.contains("| `→` `l` | unfold;"), "{table}");
    }
}
