//! Where a React component fills the state that holds: the line that sets it, or the hook that makes it.

use super::uses::{Held, Scope, Use, Wanted, best_use};
use super::words::Words;

/// Hooks that keep something, each in the order in which the component calls them.
const KEEPING: [&str; 12] = [
    "useState",
    "useReducer",
    "useRef",
    "useMemo",
    "useCallback",
    "useEffect",
    "useLayoutEffect",
    "useInsertionEffect",
    "useImperativeHandle",
    "useDeferredValue",
    "useId",
    "useDebugValue",
];

/// How the component that begins at a byte uses what its hook of this number keeps, where, and what that is in words.
/// `inner` are the names from there to what piles up.
pub fn use_of(
    text: &str,
    at: usize,
    number: usize,
    inner: &[Held],
) -> Option<(Use, usize, String)> {
    let words = Words::of(text);
    let body = words.body_behind(text, at)?;
    let inside = words.at.iter().filter(|word| body.contains(&word.from));
    let mut hooks = inside.filter(|word| {
        let after = text[word.to..].trim_start();
        // A bundler calls `(0, react.useState)(…)`.
        let is_called = after.starts_with(['(', '<']) || after.starts_with(")(");
        is_called && KEEPING.contains(&&text[word.from..word.to])
    });
    let hook = hooks.nth(number)?;
    let mut uses = Vec::new();
    for (is_setter, name) in names_before(text, hook.from) {
        let variable = Held {
            name,
            is_property: false,
        };
        let names: Vec<Held> = match is_setter {
            true => vec![variable],
            false => inner.iter().cloned().chain([variable]).collect(),
        };
        let wanted = Wanted {
            names: &names,
            scope: Some(Scope::Of(at)),
            classes: &[],
        };
        // What a setter does is to set; other calls of the state say nothing.
        let found = best_use(text, &wanted).and_then(|found| {
            let how = match (found.how, is_setter) {
                (Use::Calls, true) => Use::Sets,
                (Use::Adds | Use::Sets, false) => found.how,
                _ => return None,
            };
            Some((how, found.at, found.said()))
        });
        uses.extend(found.filter(|&(_, at, _)| body.contains(&at)));
    }
    let said = format!("keeps it by {}", &text[hook.from..hook.to]);
    let best = uses.into_iter().min_by_key(|&(how, ..)| how);
    best.or(Some((Use::Once, hook.from, said)))
}

/// The names that get what a hook at a byte gives, each with whether it is the second: `[state, setState] = useState(…)`.
fn names_before(text: &str, hook: usize) -> Vec<(bool, String)> {
    let head = text[..hook].trim_end_matches(|c: char| c.is_alphanumeric() || "_$.,( ".contains(c));
    let Some(head) = head.trim_end().strip_suffix('=') else {
        return Vec::new();
    };
    let head = head.trim_end();
    if let Some(list) = head.strip_suffix(']') {
        let list = list.rsplit('[').next().unwrap_or_default().split(',');
        let names = list.map(|name| name.trim().to_owned()).enumerate();
        let names = names.filter(|(_, name)| !name.is_empty()).take(2);
        return names.map(|(at, name)| (at == 1, name)).collect();
    }
    let is_name = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    let start = head.trim_end_matches(is_name).len();
    match &head[start..] {
        "" => Vec::new(),
        name => vec![(false, name.to_owned())],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The line (from 1) that is found for the hook of this number.
    fn line(text: &str, number: usize, inner: &[&str]) -> (Use, usize) {
        let inner: Vec<Held> = inner
            .iter()
            .map(|&name| Held {
                name: name.to_owned(),
                is_property: true,
            })
            .collect();
        let at = text.find('(').unwrap();
        let (how, at, _) = use_of(text, at, number, &inner).unwrap();
        (how, text[..at].matches('\n').count() + 1)
    }

    #[test]
    fn state_is_told_by_the_line_that_sets_it_or_by_its_hook() {
        let text = "function Log({ id }) {\n\
                    const [open, setOpen] = useState(false);\n\
                    const [lines, setLines] = useState([]);\n\
                    const all = useRef([]);\n\
                    const [seen] = (0, react.useState)(() => new Map());\n\
                    const write = (line) => {\n\
                    setLines((old) => [...old, line]);\n\
                    all.current.push(line);\n\
                    };\n\
                    return seen;\n}\nsetLines(1);";
        assert_eq!(line(text, 0, &[]), (Use::Once, 2));
        assert_eq!(line(text, 1, &[]), (Use::Sets, 7));
        assert_eq!(line(text, 2, &["current"]), (Use::Adds, 8));
        assert_eq!(line(text, 3, &[]), (Use::Once, 5));
        let at = text.find('(').unwrap();
        assert_eq!(use_of(text, at, 4, &[]), None);
    }
}
