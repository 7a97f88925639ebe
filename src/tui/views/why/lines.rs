//! The lines of the page: the leak that the object is part of, the references that keep it alive, the path, other paths, the
//! code.

use crate::analysis::why::{LISTED, Why};
use crate::text::span::Spans;
use crate::text::units::{bytes, grouped};
use crate::tui::view::View;

use super::leak::Leak;
use super::{Line, Row, SHOWN, WhyList};

impl WhyList {
    /// Makes the lines anew.
    pub(super) fn arrange(&mut self) {
        let Some(found) = &self.found else { return };
        let why = &found.why;
        let [_, all_steps] = self.unfolded;
        let mut lines = self.lines_of_leak();
        if why.reached && why.steps.len() > 1 {
            self.add_references(why, &mut lines);
        }
        let hidden = match &why.runtime {
            Some(runtime) if !all_steps => {
                lines.push(Line::Row(Row::Runtime));
                runtime.steps
            }
            _ => 0,
        };
        let steps = hidden..why.steps.len();
        lines.extend(steps.map(|step| Line::Row(Row::Step(step))));
        self.add_paths(&found.others, &mut lines);
        self.add_code(&mut lines);
        self.lines = lines;
    }

    /// Adds the references that keep the object alive, and what stands above its path.
    fn add_references(&self, why: &Why, lines: &mut Vec<Line>) {
        let size = bytes(self.view.heap.retained(self.node));
        let [all_retainers, _] = self.unfolded;
        let count = match why.others.len() {
            0 => "Kept alive by 1 reference".to_owned(),
            LISTED => format!(
                "Kept alive by more than {} references",
                grouped(LISTED as u64)
            ),
            others => format!("Kept alive by {} references", grouped(others as u64 + 1)),
        };
        lines.push(Line::Words(
            match (why.others.len(), self.can_be_removed(why)) {
                (0, _) => format!("{count}:"),
                (_, true) => format!("{count}. Remove all to free {size}:"),
                (_, false) => format!("{count}, some of them the engine's own:"),
            },
        ));
        lines.push(Line::Row(Row::Nearest));
        let others = why.others.len();
        let shown = if all_retainers {
            others
        } else {
            others.min(SHOWN)
        };
        let listed = why.others.iter().take(shown);
        lines.extend(listed.map(|&edge| Line::Row(Row::Other(edge))));
        if others > shown {
            lines.push(Line::Row(Row::More(others - shown)));
        }
        lines.extend(inside_in_words(why.inside).map(Line::Note));
        lines.push(Line::Words(String::new()));
        lines.push(Line::Words(match others {
            0 => "Path from the root:".to_owned(),
            _ => "Path from the root to the first one:".to_owned(),
        }));
    }

    /// Adds the code where the object was written or made.
    fn add_code(&self, lines: &mut Vec<Line>) {
        if let Some(code) = &self.code {
            let place = Spans::from("Code: ").then(code.place.clone());
            let certainty = Spans::from("Certainty: ").then(code.certainty.clone());
            lines.push(Line::Words(String::new()));
            lines.push(Line::Code(place));
            lines.extend(code.lines.iter().cloned().map(Line::Code));
            lines.push(Line::Code(certainty));
        }
    }

    /// The leak that the object is part of, and its holders.
    pub(super) fn lines_of_leak(&self) -> Vec<Line> {
        let Some(leak) = &self.leak else {
            return Vec::new();
        };
        let words = Line::Leak(leak.words.clone());
        let holders = (0..leak.holders.len()).map(|number| Line::Row(Row::Holder(number)));
        let end = Line::Words(String::new());
        let lines = std::iter::once(words).chain(holders);
        lines.chain(std::iter::once(end)).collect()
    }

    /// Finds the leak that the object is part of, among what the search found.
    pub(super) fn find_leak(&mut self) {
        self.leak = self.suspects.as_ref().and_then(|suspects| {
            let View { dump, heap, .. } = &*self.view;
            Leak::of(suspects, dump, heap, &self.found.as_ref()?.why)
        });
        self.arrange();
    }

    /// Adds the other paths: in full where there is room for all of their steps, or as far as they are unfolded.
    fn add_paths(&self, paths: &[Why], lines: &mut Vec<Line>) {
        let steps =
            |path: &Why| path.steps.len() - path.runtime.as_ref().map_or(0, |own| own.steps);
        let all: usize = paths.iter().map(|path| steps(path) + 3).sum();
        let has_room = lines.len() + all <= usize::from(self.height);
        for (number, path) in paths.iter().enumerate() {
            let is_open = has_room || self.opened[number];
            if number == 0 || is_open {
                lines.push(Line::Words(String::new()));
            }
            lines.push(Line::Row(Row::Path(number)));
            if is_open {
                let steps = path.steps.len() - steps(path)..path.steps.len();
                lines.extend(steps.map(|step| Line::Row(Row::PathStep(number, step))));
            }
        }
    }
}

/// What there is beside the references that keep the object alive.
fn inside_in_words(inside: u64) -> Option<String> {
    match inside {
        0 => None,
        1 => Some("  1 other does not keep it alive".to_owned()),
        inside => Some(format!("  {} others do not keep it alive", grouped(inside))),
    }
}
