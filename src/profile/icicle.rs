//! An icicle graph as rows of frames: each frame as wide as its bytes, its callees below it.
//!
//! The layout is made for a width in columns; what would be narrower than one is put together. So its size depends on
//! the screen and on how deep the stacks are, never on how many frames the profile has.

use std::cmp::Reverse;

use super::model::{Profile, ROOT};
use super::rows::Origin;

/// A frame of the layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// The frame; of several narrow ones the largest.
    pub node: u32,
    /// How many frames it stands for: one, or those that are too narrow to be drawn.
    pub frames: u32,
    /// The first column.
    pub column: u32,
    /// How many columns; at least one.
    pub columns: u32,
    /// Where it begins, in bytes from the left border.
    pub start: u64,
    /// Its width in bytes.
    pub bytes: u64,
}

/// The frames from the zoomed one downwards, a row for each level.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Icicle {
    /// The rows; the first has only the zoomed frame.
    pub rows: Vec<Vec<Piece>>,
    /// The levels go on below the last row.
    pub more: bool,
}

/// Levels between two that are remembered.
const EVERY: usize = 256;

/// Lays out what is below a frame, and remembers levels on the way, so that deep ones are not made from the top each
/// time.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Levels {
    zoomed: u32,
    columns: u32,
    /// Frames of fewer columns are put together.
    least: u32,
    /// The pieces of every so many levels, from the first on.
    known: Vec<Vec<Piece>>,
}

impl Levels {
    /// What is below `zoomed`, in `columns` columns; frames of fewer than `least` are put together.
    pub fn new(profile: &Profile, zoomed: u32, columns: u32, least: u32) -> Self {
        let total = profile.total_size(zoomed);
        let any = columns > 0 && total > 0 && (zoomed as usize) < profile.len();
        let whole = Piece {
            node: zoomed,
            frames: 1,
            column: 0,
            columns,
            start: 0,
            bytes: total,
        };
        Self {
            zoomed,
            columns,
            least: least.max(1),
            known: any.then(|| vec![whole]).into_iter().collect(),
        }
    }

    /// Whether it is of this frame and so many columns.
    pub fn is_of(&self, zoomed: u32, columns: u32) -> bool {
        (self.zoomed, self.columns) == (zoomed, columns)
    }

    /// `levels` rows from the level `first` on.
    ///
    /// Siblings stand in the order of their size, those of the application first. The bytes that a frame allocated itself are the room to the right of
    /// its callees.
    pub fn rows(&mut self, profile: &Profile, first: usize, levels: usize) -> Icicle {
        let (total, columns, least) = (profile.total_size(self.zoomed), self.columns, self.least);
        let scale =
            |bytes: u64| (u128::from(bytes) * u128::from(columns) / u128::from(total)) as u32;
        let begin = (first / EVERY).min(self.known.len().saturating_sub(1));
        let Some(mut row) = self.known.get(begin).cloned() else {
            return Icicle::default();
        };
        let mut icicle = Icicle::default();
        let last = first.saturating_add(levels);
        for level in begin * EVERY.. {
            if row.is_empty() {
                break;
            }
            if level.is_multiple_of(EVERY) && level / EVERY == self.known.len() {
                self.known.push(row.clone());
            }
            if level == last {
                icicle.more = true;
                break;
            }
            let mut next = Vec::new();
            for piece in row.iter().filter(|piece| piece.frames == 1) {
                callees(profile, piece, (&scale, least), &mut next);
            }
            let done = std::mem::replace(&mut row, next);
            if level >= first {
                icicle.rows.push(done);
            }
        }
        icicle
    }
}

/// Lays out what is below `zoomed` in `columns` columns: `levels` rows from the level `first` on.
pub fn layout(profile: &Profile, zoomed: u32, columns: u32, first: usize, levels: usize) -> Icicle {
    Levels::new(profile, zoomed, columns, 1).rows(profile, first, levels)
}

/// Lays out the frames below one: those of the application first, the profiler's own not at all.
fn callees(
    profile: &Profile,
    above: &Piece,
    scale: (&impl Fn(u64) -> u32, u32),
    row: &mut Vec<Piece>,
) {
    let (mut own, mut others) = (Vec::new(), Vec::new());
    for child in profile.children(above.node) {
        match profile.frame(profile.function(child)).origin() {
            _ if profile.total_size(child) == 0 => {}
            Origin::Application => own.push(child),
            Origin::Package(_) | Origin::Runtime => others.push(child),
            Origin::Profiler => {}
        }
    }
    let mut start = above.start;
    for mut children in [own, others] {
        children.sort_by_key(|&child| (Reverse(profile.total_size(child)), child));
        start = side_by_side(profile, &children, start, scale, row);
    }
}

/// Lays out siblings from a byte on, the largest first; gives where they end.
fn side_by_side(
    profile: &Profile,
    children: &[u32],
    mut start: u64,
    (scale, least): (&impl Fn(u64) -> u32, u32),
    row: &mut Vec<Piece>,
) -> u64 {
    for (place, &node) in children.iter().enumerate() {
        let bytes = profile.total_size(node);
        let (column, end) = (scale(start), scale(start + bytes));
        if column + least <= end {
            row.push(Piece {
                node,
                frames: 1,
                column,
                columns: end - column,
                start,
                bytes,
            });
            start += bytes;
            continue;
        }
        // The rest is no larger than this one.
        let rest = children.get(place..).unwrap_or_default();
        let bytes = rest
            .iter()
            .map(|&child| profile.total_size(child))
            .sum::<u64>();
        let columns = scale(start + bytes).saturating_sub(column);
        if columns > 0 {
            row.push(Piece {
                node,
                frames: rest.len() as u32,
                column,
                columns,
                start,
                bytes,
            });
        }
        return start + bytes;
    }
    start
}

/// Whether a frame is laid out nowhere: the profiler's own, and what that calls.
pub fn is_left_out(profile: &Profile, node: u32) -> bool {
    let is_its = |node: u32| profile.frame(profile.function(node)).origin() == Origin::Profiler;
    profile.stack(node).any(is_its)
}

/// The frames above one, the root first: where zooming out leads.
pub fn above(profile: &Profile, node: u32) -> Vec<u32> {
    let mut above: Vec<u32> = profile.stack(node).collect();
    if node != ROOT {
        above.push(ROOT);
    }
    above.reverse();
    above.pop();
    above
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::model::testing::profile;

    fn spans(row: &[Piece]) -> Vec<(u32, u32, u32)> {
        row.iter()
            .map(|piece| (piece.column, piece.columns, piece.frames))
            .collect()
    }

    #[test]
    fn frames_are_as_wide_as_their_bytes() {
        let profile = profile(&[
            ("a", 10),
            ("a;x", 20),
            ("a;y", 30),
            ("b", 20),
            ("c", 6),
            ("d", 5),
            ("e", 5),
            ("g", 4),
        ]);
        let icicle = layout(&profile, ROOT, 10, 0, 10);
        assert!(!icicle.more);
        assert_eq!(spans(&icicle.rows[0]), [(0, 10, 1)]);
        // The last four have less than a column each, and two together.
        assert_eq!(spans(&icicle.rows[1]), [(0, 6, 1), (6, 2, 1), (8, 2, 4)]);
        assert_eq!(spans(&icicle.rows[2]), [(0, 3, 1), (3, 2, 1)]);
        assert_eq!(icicle.rows.len(), 3);
        let zoomed = layout(&profile, icicle.rows[1][0].node, 12, 1, 1);
        assert_eq!(spans(&zoomed.rows[0]), [(0, 6, 1), (6, 4, 1)]);
        assert!(!zoomed.more);
        assert!(layout(&profile, ROOT, 10, 0, 2).more);
        assert_eq!(layout(&profile, ROOT, 0, 0, 2), Icicle::default());
        assert_eq!(layout(&profile, 99, 10, 0, 2), Icicle::default());
        // Where narrow frames are of no use, more of them stand together.
        let wide = Levels::new(&profile, ROOT, 10, 3).rows(&profile, 1, 1);
        assert_eq!(spans(&wide.rows[0]), [(0, 6, 1), (6, 4, 5)]);
        let x = icicle.rows[2][1].node;
        assert_eq!(above(&profile, x), [ROOT, icicle.rows[1][0].node]);
        assert!(above(&profile, ROOT).is_empty());
    }

    #[test]
    fn deep_levels_are_the_same_from_wherever_they_are_made() {
        let stack = |depth: usize| vec!["f"; depth].join(";");
        let (deep, side) = (stack(EVERY * 3), format!("{};g", stack(EVERY + 7)));
        let profile = profile(&[(&deep, 10), (&side, 30)]);
        let mut levels = Levels::new(&profile, ROOT, 80, 1);
        let end = levels.rows(&profile, EVERY * 3 - 2, 9);
        assert_eq!(levels.known.len(), 4);
        for first in [0, 5, EVERY - 1, EVERY, EVERY + 9, EVERY * 3 - 2, EVERY * 9] {
            assert_eq!(
                levels.rows(&profile, first, 9),
                layout(&profile, ROOT, 80, first, 9)
            );
        }
        assert_eq!((end.rows.len(), end.more), (3, false));
        assert!(levels.is_of(ROOT, 80) && !levels.is_of(1, 80) && !levels.is_of(ROOT, 81));
    }

    #[test]
    fn the_application_stands_first_and_the_profiler_nowhere() {
        let frame = |name: &str, url: &str, size: u64| {
            format!(
                r#"{{"callFrame":{{"functionName":"{name}","scriptId":"1","url":"{url}","lineNumber":1,"columnNumber":1}},"selfSize":{size},"children":[]}}"#
            )
        };
        let children = [
            frame("post", "node:inspector", 40),
            frame("read", "node:fs", 30),
            frame("get", "/app/node_modules/lru/index.js", 20),
            frame("mine", "/app/index.js", 10),
        ];
        let text = format!(
            r#"{{"head":{{"callFrame":{{"functionName":"(root)","scriptId":"0","url":"","lineNumber":-1,"columnNumber":-1}},"selfSize":0,"children":[{}]}}}}"#,
            children.join(",")
        );
        let profile = Profile::read(text.as_bytes(), &crate::task::Task::new()).unwrap();
        let icicle = layout(&profile, ROOT, 100, 1, 1);
        let name = |piece: &Piece| profile.frame(profile.function(piece.node)).name.to_owned();
        let names: Vec<String> = icicle.rows[0].iter().map(name).collect();
        assert_eq!(names, ["mine", "read", "get"]);
        assert_eq!(
            spans(&icicle.rows[0]),
            [(0, 10, 1), (10, 30, 1), (40, 20, 1)]
        );
    }

    proptest::proptest! {
        #[test]
        fn nothing_overlaps(sizes in proptest::collection::vec(0u64..1000, 1..40), columns in 1u32..60) {
            let names: Vec<String> = (0..sizes.len()).map(|n| format!("{};{}", n / 5, n)).collect();
            let stacks: Vec<(&str, u64)> = names.iter().map(String::as_str).zip(sizes).collect();
            let profile = profile(&stacks);
            for row in layout(&profile, ROOT, columns, 0, 9).rows {
                let mut free = 0;
                for piece in row {
                    proptest::prop_assert!(piece.column >= free && piece.columns > 0);
                    free = piece.column + piece.columns;
                }
                proptest::prop_assert!(free <= columns);
            }
        }
    }
}
