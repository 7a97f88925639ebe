//! Paths as trees of text.

use crate::text::escape::one_line;
use crate::text::units::{bytes, grouped};

use super::Hop;

/// A path as a tree that grows downwards; `more` goes on below it, marked as what piles up there.
pub(super) fn tree(path: &[Hop], more: &[Hop]) -> Vec<String> {
    let mut lines = Vec::new();
    let mut depth = 0;
    let mut draw = |hops: &[Hop], mark: &str| {
        for (at, hop) in hops.iter().enumerate() {
            if hop.left_out > 0 {
                let left_out = grouped(hop.left_out as u64);
                lines.push(format!("{}… {left_out} steps more", "  ".repeat(depth)));
            }
            let is_last = at + 1 == hops.len();
            let mark = if is_last { mark } else { "" };
            lines.push(format!("{}{mark}", line(hop, depth)));
            depth += 1;
        }
    };
    let holder = match more.is_empty() {
        true => "",
        false => "   ◀ the holder",
    };
    draw(path, holder);
    draw(more, "   ◀ an example of what grows");
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
        text.push_str(&format!(" ×{}", grouped(hop.times as u64)));
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

    fn hop(edge: Option<&str>, object: &str, times: usize, left_out: usize) -> Hop {
        Hop {
            edge: edge.map(|edge| Said::words(edge, Reveal::All)),
            object: Said::words(object, Reveal::All),
            id: 7,
            retained_size: 2000,
            place: None,
            steps: 1,
            times,
            left_out,
        }
    }

    #[test]
    fn trees_grow_downwards() {
        let path = [
            hop(None, "(root)", 1, 0),
            hop(Some("list\u{1b}"), "List", 1, 1234),
        ];
        let below = [hop(Some("_idleNext"), "Timeout", 755, 0)];
        assert_eq!(
            tree(&path, &below),
            [
                "(root) @7  2.0 kB",
                "  … 1,234 steps more",
                "└ list\\u{1b} → List @7  2.0 kB   ◀ the holder",
                "  └ _idleNext → Timeout ×755 @7  2.0 kB   ◀ an example of what grows",
            ]
        );
        assert!(!tree(&path, &[]).concat().contains('◀'));
    }
}
