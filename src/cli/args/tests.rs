//! What the arguments mean and which do not fit together.

use super::*;
use clap::CommandFactory;

#[test]
fn the_definitions_hold_together() {
    Arguments::command().debug_assert();
}

#[test]
fn paths_and_commands_are_told_apart() {
    let parse = |words: &[&str]| Arguments::try_parse_from([&["heaptui"], words].concat());
    assert!(parse(&[]).unwrap().command.is_none());
    assert_eq!(parse(&["dumps", "x.gz"]).unwrap().paths.len(), 2);
    assert!(matches!(
        parse(&["info", "x"]).unwrap().command,
        Some(Command::Info(_))
    ));
    assert_eq!(parse(&["./info"]).unwrap().paths.len(), 1);
    assert!(parse(&["summary"]).is_err());
    assert!(parse(&["path", "x"]).is_err());
    assert!(parse(&["path", "x", "--id", "1", "--class", "A"]).is_err());
    assert!(parse(&["object", "x", "--id", "@17"]).is_ok());
    assert!(parse(&["summary", "x", "--allocated-between", "s1", "s2"]).is_ok());
    assert!(parse(&["summary", "x", "--allocated-before", "s1", "--unreachable"]).is_err());
}
