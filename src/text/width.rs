//! Terminal columns: how wide text is, and cutting and padding it to a width.
//!
//! Text is handled by what a reader takes for one character (grapheme clusters), so that a cut never leaves half of an
//! accented letter or of a flag. Only text that passed [`one_line`] has a width that a terminal agrees with.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::escape::one_line;

/// What stands where text was cut; one column wide.
pub const ELLIPSIS: &str = "…";

/// How many terminal columns the text takes.
pub fn width(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    text.graphemes(true).map(cluster_width).sum()
}

/// The text in at most `columns` columns, its end replaced by `…` where it does not fit.
pub fn cut_end(text: &str, columns: usize) -> String {
    if fits(text, columns) {
        return text.to_owned();
    }
    if columns == 0 {
        return String::new();
    }
    let kept = head(text, columns - 1);
    format!("{kept}{ELLIPSIS}")
}

/// The text in at most `columns` columns, its beginning replaced by `…` where it does not fit.
pub fn cut_start(text: &str, columns: usize) -> String {
    if fits(text, columns) {
        return text.to_owned();
    }
    if columns == 0 {
        return String::new();
    }
    let kept = tail(text, columns - 1);
    format!("{ELLIPSIS}{kept}")
}

/// The text in at most `columns` columns, its middle replaced by `…` where it does not fit.
pub fn cut_middle(text: &str, columns: usize) -> String {
    if fits(text, columns) {
        return text.to_owned();
    }
    if columns == 0 {
        return String::new();
    }
    let room = columns - 1;
    let start = head(text, room.div_ceil(2));
    let end = tail(text, room - room.div_ceil(2));
    format!("{start}{ELLIPSIS}{end}")
}

/// A path in at most `columns` columns: folders go first, from the left, so that `file.js:41:12` at its end stays.
pub fn cut_path(path: &str, columns: usize) -> String {
    if fits(path, columns) {
        return path.to_owned();
    }
    // The longest end that begins at a separator and still fits behind the ellipsis.
    let room = columns.saturating_sub(1);
    let widest = tail(path, room);
    match widest.find(['/', '\\']) {
        Some(at) if at + 1 < widest.len() => format!("{ELLIPSIS}{}", &widest[at..]),
        _ => cut_start(path, columns),
    }
}

/// The text with spaces before it up to `columns` columns; wider text stays as it is.
pub fn pad_left(text: &str, columns: usize) -> String {
    let missing = columns.saturating_sub(width(text));
    format!("{:missing$}{text}", "")
}

/// The text with spaces behind it up to `columns` columns; wider text stays as it is.
pub fn pad_right(text: &str, columns: usize) -> String {
    let missing = columns.saturating_sub(width(text));
    format!("{text}{:missing$}", "")
}

/// The text in exactly `columns` columns: cut at its end, or padded behind it.
pub fn fit(text: &str, columns: usize) -> String {
    pad_right(&cut_end(text, columns), columns)
}

/// Untrusted text, escaped and cut to `columns` columns; of a long text only the beginning is looked at.
pub fn safe_cut_end(text: &str, columns: usize) -> String {
    // A cluster rarely has more than a few characters; one that has takes the place of others.
    let enough = columns.saturating_add(1).saturating_mul(4);
    match text.char_indices().nth(enough) {
        None => cut_end(&one_line(text), columns),
        Some((end, _)) => {
            let start = one_line(&text[..end]);
            if fits(&start, columns) {
                let room = columns.saturating_sub(1);
                cut_end(&format!("{}{ELLIPSIS}", head(&start, room)), columns)
            } else {
                cut_end(&start, columns)
            }
        }
    }
}

fn cluster_width(cluster: &str) -> usize {
    cluster.width()
}

/// Whether the text takes at most `columns` columns; looks at no more of it than needed.
fn fits(text: &str, columns: usize) -> bool {
    if text.len() <= columns && text.is_ascii() {
        return true;
    }
    head(text, columns).len() == text.len()
}

/// The longest beginning in at most `columns` columns.
fn head(text: &str, columns: usize) -> &str {
    let mut used = 0;
    for (at, cluster) in text.grapheme_indices(true) {
        used += cluster_width(cluster);
        if used > columns {
            return &text[..at];
        }
    }
    text
}

/// The longest end in at most `columns` columns.
fn tail(text: &str, columns: usize) -> &str {
    let mut used = 0;
    for (at, cluster) in text.grapheme_indices(true).rev() {
        used += cluster_width(cluster);
        if used > columns {
            return &text[at + cluster.len()..];
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn columns_are_counted_by_cluster() {
        assert_eq!(width("abc"), 3);
        assert_eq!(width("日本"), 4);
        assert_eq!(width("e\u{301}"), 1);
        assert_eq!(width("🇩🇪"), 2);
    }

    #[test]
    fn cuts_keep_what_matters() {
        assert_eq!(cut_end("abcdef", 6), "abcdef");
        assert_eq!(cut_end("abcdef", 4), "abc…");
        assert_eq!(cut_end("日本語", 4), "日…");
        assert_eq!(cut_end("abc", 0), "");
        assert_eq!(cut_start("abcdef", 4), "…def");
        assert_eq!(cut_middle("abcdefgh", 5), "ab…gh");
        assert_eq!(cut_middle("abcdefgh", 6), "abc…gh");
        assert_eq!(cut_middle("abcdefgh", 1), "…");
    }

    #[test]
    fn paths_keep_file_and_line() {
        let path = "node_modules/rollbar/src/file.js:41:12";
        assert_eq!(cut_path(path, 80), path);
        assert_eq!(cut_path(path, 24), "…/src/file.js:41:12");
        assert_eq!(cut_path(path, 15), "…/file.js:41:12");
        assert_eq!(cut_path(path, 12), "…le.js:41:12");
        assert_eq!(cut_path("C:\\app\\src\\a.js:1:2", 12), "…\\a.js:1:2");
        assert_eq!(cut_path("folder/", 3), "…r/");
    }

    #[test]
    fn padding_fills_and_never_cuts() {
        assert_eq!(pad_left("日", 4), "  日");
        assert_eq!(pad_right("日", 4), "日  ");
        assert_eq!(pad_left("abc", 2), "abc");
        assert_eq!(fit("日本語", 4), "日… ");
    }

    #[test]
    fn long_untrusted_text_is_cut_before_it_is_escaped() {
        assert_eq!(safe_cut_end("a\nb", 9), "a\\nb");
        assert_eq!(safe_cut_end(&"x\n".repeat(1 << 20), 6), "x\\nx\\…");
        assert!(safe_cut_end(&"\u{301}".repeat(99), 4).contains('…'));
    }

    proptest! {
        #[test]
        fn no_cut_exceeds_its_columns(text in "\\PC{0,30}", columns in 0usize..20) {
            for cut in [
                cut_end(&text, columns),
                cut_start(&text, columns),
                cut_middle(&text, columns),
                cut_path(&text, columns),
                safe_cut_end(&text, columns),
            ] {
                prop_assert!(width(&cut) <= columns, "{cut:?} in {columns}");
            }
            prop_assert_eq!(width(&fit(&text, columns)), columns);
            if width(&text) <= columns {
                prop_assert_eq!(cut_middle(&text, columns), text);
            }
        }
    }
}
