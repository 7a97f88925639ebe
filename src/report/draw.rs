//! Paths as trees of text.

use crate::text::escape::one_line;
use crate::text::units::bytes;

use super::Hop;

/// A path of more steps has its middle left out.
const STEPS: usize = 24;
/// Steps that are shown of the beginning of a long path.
const BEGIN: usize = 6;
/// A path as a tree that grows downwards; `more` goes on below it, marked as what piles up there.
pub(super) fn tree(path: &[Hop], more: &[Hop]) -> Vec<String> {
    let mut lines = Vec::new();
    let left_out = path.len().saturating_sub(STEPS);
    let end_of_path = path.len().saturating_sub(1);
    let mut depth = 0;
    for (at, hop) in path.iter().enumerate() {
        if left_out > 0 && (BEGIN..BEGIN + left_out).contains(&at) {
            if at == BEGIN {
                lines.push(format!("{}… {left_out} steps more", "  ".repeat(depth)));
            }
            continue;
        }
        let mark = if at == end_of_path {
            "   ◀ the holder"
        } else {
            ""
        };
        lines.push(format!("{}{mark}", line(hop, depth)));
        depth += 1;
    }
    let piles = more.len().saturating_sub(1);
    for (at, hop) in more.iter().enumerate() {
        if more.len() > STEPS && at >= BEGIN && at < piles {
            if at == BEGIN {
                lines.push(format!(
                    "{}… {} steps more",
                    "  ".repeat(depth),
                    piles - BEGIN
                ));
            }
            continue;
        }
        let mark = if at == piles {
            "   ◀ one of those that pile up"
        } else {
            ""
        };
        lines.push(format!("{}{mark}", line(hop, depth)));
        depth += 1;
    }
    lines
}

fn line(hop: &Hop, depth: usize) -> String {
    let indent = match depth {
        0 => String::new(),
        depth => format!("{}└ ", "  ".repeat(depth - 1)),
    };
    let mut text = indent;
    if let Some(edge) = &hop.edge {
        text.push_str(&one_line(&edge.plain()));
        text.push_str(" → ");
    }
    text.push_str(&one_line(&hop.object.plain()));
    if hop.times > 1 {
        text.push_str(&format!(" ×{}", hop.times));
    }
    text.push_str(&format!(" @{}", hop.id));
    if hop.retained_size > 0 {
        text.push_str(&format!("  {}", bytes(hop.retained_size)));
    }
    if let Some(place) = &hop.place {
        text.push_str(&format!("  {}", one_line(&place.plain())));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Said;
    use crate::text::mask::Reveal;

    fn hop(edge: Option<&str>, object: &str, times: u32) -> Hop {
        Hop {
            edge: edge.map(|edge| Said::words(edge, Reveal::All)),
            object: Said::words(object, Reveal::All),
            id: 7,
            retained_size: 2000,
            place: None,
            times,
        }
    }

    #[test]
    fn trees_grow_downwards() {
        let path = [hop(None, "(root)", 1), hop(Some(".list\u{1b}"), "List", 1)];
        let below = [hop(Some("._idleNext"), "Timeout", 755)];
        assert_eq!(
            tree(&path, &below),
            [
                "(root) @7  2.0 kB",
                "└ .list\\u{1b} → List @7  2.0 kB   ◀ the holder",
                "  └ ._idleNext → Timeout ×755 @7  2.0 kB   ◀ one of those that pile up",
            ]
        );
        let long: Vec<Hop> = (0..100).map(|_| hop(Some("x"), "y", 1)).collect();
        let lines = tree(&long, &[]);
        assert_eq!(lines.len(), STEPS + 1);
        assert!(lines[BEGIN].ends_with("… 76 steps more"));
    }
}
