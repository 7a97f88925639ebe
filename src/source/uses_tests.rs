use super::*;

fn held(names: &[&str]) -> Vec<Held> {
    let held = names.iter().map(|&name| Held {
        name: name.to_owned(),
        is_property: false,
    });
    held.collect()
}

/// The line (from 1) in a function and the way in which the name is used that says most.
fn best(text: &str, names: &[&str]) -> Option<(usize, Use, usize)> {
    find(&format!("function f() {{ {text}\n}}"), names)
}

fn find(text: &str, names: &[&str]) -> Option<(usize, Use, usize)> {
    let mut names = held(names);
    for held in &mut names {
        held.is_property = text.contains(&format!("this.{}", held.name));
    }
    let wanted = Wanted {
        names: &names,
        ..Wanted::default()
    };
    let found = best_use(text, &wanted)?;
    let line = text[..found.at].matches('\n').count() + 1;
    Some((line, found.how, found.others))
}

#[test]
fn the_line_that_adds_comes_before_the_one_that_declares() {
    let text = "const cache = new Map();\nfunction get(k) { return cache.get(k); }\ncache.set(k, v);\ncache.set(j, w);";
    assert_eq!(best(text, &["cache"]), Some((3, Use::Adds, 1)));
    let text = "const cache = make();\nmodule.exports = { cache };";
    assert_eq!(best(text, &["cache"]), Some((1, Use::Declares, 0)));
    let text = "let latest = null;\nfunction clear() { latest = undefined; }\nlatest = span;\nlatest = other;";
    assert_eq!(best(text, &["latest"]), Some((3, Use::Sets, 1)));
    assert_eq!(best(text, &["nothing"]), None);
}

#[test]
fn the_inner_name_counts_more_and_the_next_one_helps() {
    let text = "this.queue = [];\nclient.start();\nthis.queue.push(x);\nclient.on('end', f);";
    assert_eq!(best(text, &["queue", "client"]), Some((3, Use::Adds, 0)));
    assert_eq!(best(text, &["elements", "client"]), Some((4, Use::Adds, 0)));
}

#[test]
fn ways_to_add_and_to_set() {
    for (text, how) in [
        ("all[k] = v", Some(Use::Adds)),
        ("all[a[b]] ??= v", Some(Use::Adds)),
        ("all[k] == v", None),
        ("all[k] => v", None),
        ("all += v", Some(Use::Adds)),
        ("all?.push(v)", Some(Use::Adds)),
        ("all\n  .push(v)", Some(Use::Adds)),
        ("all.length", None),
        ("all.push", None),
        ("#all = []", None),
        ("this.all = []", Some(Use::Declares)),
        ("this.all = []; f(this.all)", Some(Use::Passes)),
        ("const all = f('x').all(1)", Some(Use::Declares)),
        ("all = other.all", Some(Use::Sets)),
        ("all = [...all, v];", Some(Use::Adds)),
        ("this.all = next(v, this.all)", Some(Use::Adds)),
        ("static all", Some(Use::Declares)),
        ("all === b", None),
        ("all.getState()", None),
        ("all.getaway()", Some(Use::Calls)),
        ("make({ all: [all] })", Some(Use::Passes)),
        ("make(first, all)", Some(Use::Passes)),
        ("new Reader(this.all)", Some(Use::Passes)),
        ("make((all) => 1)", None),
        ("class A { run(all) { } }", None),
        ("if (all) { }", None),
        ("make(() => { all; })", None),
        ("on(all, 'end', f)", Some(Use::Adds)),
        ("this.listenTo(all, 'end', f)", Some(Use::Adds)),
        ("source.pipe(all)", Some(Use::Passes)),
        ("upon(all, f)", Some(Use::Passes)),
        ("get(all, f)", Some(Use::Passes)),
        ("small.push(v)", None),
    ] {
        let found = best(text, &["all"]).map(|(_, how, _)| how);
        assert_eq!(found, how, "{text}");
    }
    assert_eq!(best("this.#all.add(v)", &["#all"]), Some((1, Use::Adds, 0)));
}

#[test]
fn strings_comments_and_regular_expressions_are_no_code() {
    for text in [
        "// all.push(1)",
        "/* all.push(1)\n*/",
        "'all.push(1)'",
        "\"\\\"all.push(1)\"",
        "`all.push(1)`",
        "x = /all.push(1)/",
        "x = /[/]all.push(1)/g",
        "/* all.push(1)",
        "'all.push(1)",
    ] {
        assert_eq!(best(text, &["all"]), None, "{text}");
    }
    for text in [
        "`${all.push(1)}`",
        "`a${ {b: `c${all.push(1)}`} }`",
        "a / b; all.push(1) / 2",
        "f(a) / all.push(1) / 2",
        "x = `}` ; all.push(1)",
        "'it\\'s'; all.push(1)",
    ] {
        assert_eq!(best(text, &["all"]), Some((1, Use::Adds, 0)), "{text}");
    }
}

#[test]
fn a_minifiers_name_counts_only_where_it_is_used_once() {
    assert_eq!(best("e.set(1,2)", &["e"]), Some((1, Use::Adds, 0)));
    assert_eq!(best("e.set(1,2);e.set(3,4)", &["e"]), None);
}

#[test]
fn any_text_is_scanned_to_its_end() {
    for text in [
        "é.push(1)",
        "`${",
        "`${`${",
        "/",
        "\\",
        "'\\",
        "}}}}",
        "a[",
        "/[",
        "`\\",
    ] {
        let _ = best(text, &["a", "é"]);
    }
    assert_eq!(best("é.push(1)", &["é"]), Some((1, Use::Adds, 0)));
    assert_eq!(makes("new", 0, &[]), None);
}

#[test]
fn what_runs_once_adds_nothing_again_and_again() {
    let text = "const client = make();\nclient.on('error', log);\nexports.see = (page) => client.count(page);";
    assert_eq!(find(text, &["client"]), Some((3, Use::Calls, 0)));
    let text = "const client = make();\nclient.on('error', log);";
    assert_eq!(find(text, &["client"]), Some((2, Use::Once, 0)));
    let text = "let last = null;\nfunction f() {\n  last = g();\n  last.run();\n}";
    assert_eq!(find(text, &["last"]), Some((3, Use::Sets, 0)));
}

#[test]
fn of_calls_the_one_that_follows_the_way_or_passes_what_piles_up() {
    let text = "function f() {\n  api.send(1);\n  api.hooks.request.use(g);\n}";
    assert_eq!(
        find(text, &["handlers", "request", "hooks", "api"]),
        Some((3, Use::Calls, 1))
    );
    let text = "function f() {\n  prices.emit(1);\n  prices.emit(new Quote(1));\n}";
    let names = held(&["prices"]);
    let classes = ["Quote".to_owned()];
    let wanted = Wanted {
        names: &names,
        scope: None,
        classes: &classes,
    };
    let found = best_use(text, &wanted).unwrap();
    assert_eq!(text[..found.at].matches('\n').count(), 2);
    let found = makes(text, text.find("1));").unwrap(), &classes).unwrap();
    assert_eq!(&text[found.at..found.at + 5], "Quote");
}

#[test]
fn a_variable_is_used_in_its_scope_alone_and_a_property_is_none() {
    let text = "function a() { cache.push(0) }\nfunction b(x) {\n const e = [];\n return () => e.push(x);\n}\ne.push(2)";
    let names = held(&["e"]);
    let wanted = Wanted {
        names: &names,
        scope: text.find("(x)").map(Scope::Of),
        classes: &[],
    };
    let found = best_use(text, &wanted).unwrap();
    assert_eq!(text[..found.at].matches('\n').count(), 3);
    let wanted = Wanted {
        scope: text.find("() =>").map(Scope::Around),
        ..wanted
    };
    assert_eq!(best_use(text, &wanted), Some(found));
    let text = "all() { const all = []; all[1] = 2; }\nset() { this.all[1] = 2; }";
    let mut names = held(&["all"]);
    names[0].is_property = true;
    let wanted = Wanted {
        names: &names,
        ..Wanted::default()
    };
    let found = best_use(text, &wanted).unwrap();
    assert_eq!(text[..found.at].matches('\n').count(), 1);
}
