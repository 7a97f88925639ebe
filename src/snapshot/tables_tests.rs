//! The tables against a decoder that splits the text at commas and parses what is between them, on arrays that are laid
//! out in any way.

use std::io::Cursor;

use proptest::prelude::*;
use proptest::sample::select;

use super::super::labels::LabelRoom;
use super::super::locations::LocationTable;
use super::super::numbers::scan;
use super::super::stream::{BLOCK, Stream};
use super::*;
use crate::task::Task;

/// What stands behind the numbers of a row, and behind the last one.
const LAYOUTS: [[&str; 2]; 8] = [
    [",", "\n,"],
    [",", ","],
    [",", ",\n"],
    [", ", ",\r\n"],
    [",", "\r\n,"],
    [" ,", "\n , "],
    [",\t", "\n\n,"],
    ["\n,", "\n,"],
];

/// Some rows that are laid out alike.
#[derive(Debug, Clone)]
struct Part {
    layout: [&'static str; 2],
    rows: usize,
    seed: u64,
    /// Of so many numbers, one is unusual.
    rare: u64,
}

/// An array: parts of it, and in front of them so many bytes of rows as V8 writes them.
#[derive(Debug, Clone)]
struct Array {
    plain: usize,
    parts: Vec<Part>,
    /// What stands in place of a number, and in place of which.
    damage: Option<(usize, &'static str)>,
}

const DAMAGE: [&str; 10] = [
    "", "1.5", "-", "--1", "1e3", "1 2", "\"7\"", "x", "7\u{e9}", "[",
];

fn arrays() -> impl Strategy<Value = Array> {
    let rows = prop_oneof![0..4usize, 0..300usize];
    let rare = select(vec![2, 20, 1000, u64::MAX]);
    let part = (select(LAYOUTS.to_vec()), rows, any::<u64>(), rare);
    let part = part.prop_map(|(layout, rows, seed, rare)| Part {
        layout,
        rows,
        seed,
        rare,
    });
    // Where a look at the text ends, or a batch, or a block.
    let near = |place: usize| place - 200..place + 200;
    let plain = prop_oneof![
        8 => Just(0),
        4 => 0..300usize,
        2 => near(1 << 13),
        2 => near(1 << 16),
        1 => near(BLOCK),
    ];
    let damage = proptest::option::weighted(0.2, (0..1000usize, select(DAMAGE.to_vec())));
    let parts = proptest::collection::vec(part, 0..5);
    (plain, parts, damage).prop_map(|(plain, parts, damage)| Array {
        plain,
        parts,
        damage,
    })
}

/// Numbers that depend on nothing but where they begin.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = self.0.wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    /// A number for such a field.
    fn number(&mut self, field: Field, rare: u64, node_fields: u64) -> String {
        let digits = 1 + self.below(8) as u32;
        let usual = self.below(10u64.pow(digits));
        let node = usual * node_fields;
        if self.below(rare) > 0 {
            return match field {
                Field::Kind => usual % 3,
                Field::Detachedness => usual % 4,
                Field::To | Field::Node => node,
                _ => usual,
            }
            .to_string();
        }
        let digits = 9 + self.below(12);
        let long: String = (0..digits)
            .map(|_| char::from(b'0' + self.below(10) as u8))
            .collect();
        match field {
            // Refused where they are no kinds, no multiples, or beyond 32 bits.
            Field::Kind => self.below(12).to_string(),
            Field::To | Field::Node => match self.below(8) {
                0 => (node + 1).to_string(),
                _ => (u64::from(u32::MAX) / 50 * node_fields).to_string(),
            },
            Field::Name | Field::Id | Field::EdgeCount => match self.below(8) {
                0 => long,
                _ => (u64::from(u32::MAX) - usual).to_string(),
            },
            _ => match self.below(3) {
                0 => format!("-{usual}"),
                1 => format!("00{usual}"),
                _ => long,
            },
        }
    }
}

fn text_of(array: &Array, fields: &[Field], node_fields: u64) -> String {
    let mut numbers = Vec::new();
    let mut push = |row: usize, dice: &mut Dice, part: &Part| {
        for (at, &field) in fields.iter().enumerate() {
            let is_last = at + 1 == fields.len();
            let between = part.layout[usize::from(is_last)];
            numbers.push((dice.number(field, part.rare, node_fields), between));
        }
        row + 1
    };
    let as_v8 = Part {
        layout: LAYOUTS[0],
        rows: 0,
        seed: 0,
        rare: u64::MAX,
    };
    let (mut dice, mut row) = (Dice(array.plain as u64), 0);
    // About as long: numbers have four or five digits, and a separator.
    while row * fields.len() * 6 < array.plain {
        row = push(row, &mut dice, &as_v8);
    }
    for part in &array.parts {
        let mut dice = Dice(part.seed);
        for _ in 0..part.rows {
            row = push(row, &mut dice, part);
        }
    }
    if let Some((at, damage)) = array.damage
        && !numbers.is_empty()
    {
        let at = numbers.len() - 1 - at % numbers.len();
        numbers[at].0 = damage.to_owned();
    }
    let mut text = String::from("[");
    for (at, (number, between)) in numbers.iter().enumerate() {
        text.push_str(number);
        if at + 1 < numbers.len() {
            text.push_str(between);
        }
    }
    text + "\n]}"
}

/// The numbers of a text; nothing where one is none.
fn plainly(text: &str) -> Option<Vec<i128>> {
    let inside = text.strip_prefix('[')?.strip_suffix("]}")?.trim();
    if inside.is_empty() {
        return Some(Vec::new());
    }
    let number = |number: &str| {
        let number = number.trim_ascii();
        let digits = number.strip_prefix('-').unwrap_or(number);
        let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| number.parse().ok())?
    };
    inside.split(',').map(number).collect()
}

fn u32_of(number: i128) -> Option<u32> {
    u32::try_from(number).ok()
}

/// Sizes and the like: below zero is zero, and what does not fit is the most that does.
fn clamped(number: i128, most: u64) -> u64 {
    number.clamp(0, i128::from(most)) as u64
}

fn stream(text: &str) -> Stream<'static> {
    let bytes = text.as_bytes().to_vec();
    Stream::new(Box::new(Cursor::new(bytes)), Task::new())
}

fn node_fields() -> impl Strategy<Value = Vec<Field>> {
    let behind = select(vec![
        vec![],
        vec![Field::Detachedness],
        vec![Field::TraceNode],
        vec![Field::TraceNode, Field::Detachedness],
        vec![Field::Detachedness, Field::TraceNode],
        vec![Field::Unknown, Field::Detachedness],
        vec![Field::Unknown; 4],
    ]);
    let usual = behind.prop_map(|behind| [&USUAL_NODE[..], &behind].concat());
    prop_oneof![
        4 => usual.clone(),
        1 => usual.prop_shuffle(),
    ]
}

#[derive(Debug, Default, PartialEq)]
struct ReadNodes {
    rows: Vec<[u32; 5]>,
    states: Vec<u8>,
    traces: Vec<u32>,
    total: u64,
    wide: Vec<(u64, u64)>,
    negative: u64,
    greatest_name: u32,
}

const KINDS: [u8; 4] = [3, 0, 7, 16];

fn nodes_plainly(text: &str, fields: &[Field], has_traces: bool) -> Option<ReadNodes> {
    let mut read = ReadNodes::default();
    for (at, numbers) in plainly(text)?.chunks(fields.len()).enumerate() {
        let mut row = [0; 5];
        for (&field, &number) in fields.iter().zip(numbers) {
            match field {
                Field::Kind => row[0] = (*KINDS.get(usize::try_from(number).ok()?)?).into(),
                Field::Name => row[1] = u32_of(number)?,
                Field::Id => row[2] = u64::try_from(number.min(u64::MAX.into())).ok()? as u32,
                Field::SelfSize => {
                    let size = clamped(number, u64::MAX);
                    read.total = read.total.saturating_add(size);
                    read.negative += u64::from(number < 0);
                    row[3] = size.try_into().unwrap_or(u32::MAX);
                    if size > u32::MAX.into() {
                        read.wide.push((at as u64, size));
                    }
                }
                Field::EdgeCount => row[4] = u32_of(number)?,
                Field::Detachedness => {
                    read.states
                        .push(if let 1..=2 = number { number as u8 } else { 0 });
                }
                Field::TraceNode if has_traces => {
                    read.traces.push(u32_of(number).unwrap_or(0));
                }
                _ => {}
            }
        }
        read.greatest_name = read.greatest_name.max(row[1]);
        read.rows.push(row);
    }
    Some(read)
}

fn read_nodes(
    text: &str,
    fields: &[Field],
    has_traces: bool,
    room: usize,
    threads: usize,
) -> Result<ReadNodes> {
    let mut kind = vec![0; room];
    let mut columns = [(); 4].map(|()| vec![0; room]);
    let has_states = fields.contains(&Field::Detachedness);
    let mut states = vec![0; if has_states { room } else { 0 }];
    let mut traces = vec![0; if has_traces { room } else { 0 }];
    let [name, id, self_size, edge_count] = &mut columns;
    let table = NodeTable {
        fields,
        kinds: &KINDS,
        kind: &mut kind,
        name,
        id,
        self_size,
        edge_count,
        detachedness: &mut states,
        trace_node: &mut traces,
    };
    let scanned = scan(&mut stream(text), table, threads, &Task::new())?;
    assert_eq!(scanned.rows as usize, room);
    let mut read = ReadNodes {
        states,
        traces,
        ..ReadNodes::default()
    };
    for (at, &kind) in kind.iter().enumerate() {
        let [name, id, size, edges] = [0, 1, 2, 3].map(|column| columns[column][at]);
        read.rows.push([kind.into(), name, id, size, edges]);
    }
    for left in scanned.yields {
        read.total = read.total.saturating_add(left.total);
        read.wide.extend(left.wide);
        read.negative += left.negative;
        read.greatest_name = read.greatest_name.max(left.greatest_name);
    }
    Ok(read)
}

type ReadEdges = (Vec<(u8, u32, u32)>, u32, u32);

fn edges_plainly(text: &str, fields: &[Field], node_fields: i128) -> Option<ReadEdges> {
    let mut rows = Vec::new();
    let (mut greatest_name, mut greatest_target) = (0, 0);
    for numbers in plainly(text)?.chunks(fields.len()) {
        let mut row = (0, 0, 0);
        for (&field, &number) in fields.iter().zip(numbers) {
            match field {
                Field::Kind => row.0 = *EDGE_KINDS.get(usize::try_from(number).ok()?)?,
                Field::Name => row.1 = u32_of(number)?,
                Field::To if number % node_fields != 0 => return None,
                Field::To => row.2 = u32_of(number / node_fields)?,
                _ => {}
            }
        }
        greatest_target = greatest_target.max(row.2);
        if EdgeKind(row.0).has_string_name() {
            greatest_name = greatest_name.max(row.1);
        }
        rows.push(row);
    }
    Some((rows, greatest_name, greatest_target))
}

/// By number in the file: with one that is rare, and one that the header has a name of its own for.
const EDGE_KINDS: [u8; 5] = [2, 1, 4, 7, 9];

fn read_edges(
    text: &str,
    fields: &[Field],
    node_fields: u32,
    room: usize,
    is_large: bool,
    threads: usize,
) -> Result<ReadEdges> {
    let mut labels = LabelRoom::new(room, if is_large { 1 << 24 } else { 1 })?;
    let mut to = vec![0; room];
    let table = EdgeTable {
        fields,
        kinds: &EDGE_KINDS,
        node_fields,
        labels: labels.writer(),
        to: &mut to,
    };
    let scanned = scan(&mut stream(text), table, threads, &Task::new())?;
    assert_eq!(scanned.rows as usize, room);
    let greatest = |of: fn(&EdgeYield) -> u32| scanned.yields.iter().map(of).max().unwrap_or(0);
    let name = greatest(|left| left.greatest_name);
    let target = greatest(|left| left.greatest_target);
    let odd = scanned
        .yields
        .into_iter()
        .flat_map(|left| left.odd)
        .collect();
    let labels = labels.finish(odd, room);
    let rows = labels
        .iter()
        .zip(to)
        .map(|((kind, name), to)| (kind.0, name, to));
    Ok((rows.collect(), name, target))
}

fn places_plainly(text: &str, fields: &[Field], node_fields: i128) -> Option<Vec<[u32; 4]>> {
    let numbers = plainly(text)?;
    let place = |numbers: &[i128]| {
        let mut place = [0; 4];
        for (&field, &number) in fields.iter().zip(numbers) {
            let small = clamped(number, u32::MAX.into()) as u32;
            match field {
                Field::Node if number % node_fields != 0 => return None,
                Field::Node => place[0] = u32_of(number / node_fields)?,
                Field::ScriptId => place[1] = small,
                Field::Line => place[2] = small,
                Field::Column => place[3] = small,
                _ => {}
            }
        }
        Some(place)
    };
    numbers.chunks(fields.len()).map(place).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn nodes_are_what_their_numbers_say(
        array in arrays(),
        fields in node_fields(),
        has_traces: bool,
        threads in 1..3usize,
    ) {
        let has_traces = has_traces && fields.contains(&Field::TraceNode);
        let text = text_of(&array, &fields, 5);
        let expected = nodes_plainly(&text, &fields, has_traces);
        let rows = text.matches(',').count().div_ceil(fields.len());
        match read_nodes(&text, &fields, has_traces, rows, threads) {
            Ok(read) => prop_assert_eq!(Some(read), expected),
            Err(error) => {
                prop_assert!(expected.is_none(), "{}", error);
                prop_assert!(error.offset.is_some_and(|at| at <= text.len() as u64));
            }
        }
    }

    #[test]
    fn edges_are_what_their_numbers_say(
        array in arrays(),
        shuffled in Just(vec![Field::Kind, Field::Name, Field::To, Field::Unknown]).prop_shuffle(),
        is_usual in prop::bool::weighted(0.8),
        node_fields in 5..9u32,
        is_large: bool,
        threads in 1..3usize,
    ) {
        let fields = if is_usual { vec![Field::Kind, Field::Name, Field::To] } else { shuffled };
        let text = text_of(&array, &fields, node_fields.into());
        let expected = edges_plainly(&text, &fields, node_fields.into());
        let rows = text.matches(',').count().div_ceil(fields.len());
        match read_edges(&text, &fields, node_fields, rows, is_large, threads) {
            Ok(read) => prop_assert_eq!(Some(read), expected),
            Err(error) => prop_assert!(expected.is_none(), "{}", error),
        }
    }

    #[test]
    fn places_are_what_their_numbers_say(
        array in arrays(),
        shuffled in Just(vec![Field::Node, Field::ScriptId, Field::Line, Field::Column]).prop_shuffle(),
        order in 0..3,
        node_fields in 5..9u32,
    ) {
        let mut fields = vec![Field::Node, Field::ScriptId, Field::Line, Field::Column];
        match order {
            0 => {}
            1 => fields.insert(2, Field::Unknown),
            _ => fields = shuffled,
        }
        let text = text_of(&array, &fields, node_fields.into());
        let expected = places_plainly(&text, &fields, node_fields.into());
        let table = LocationTable { fields: &fields, node_fields };
        match scan(&mut stream(&text), table, 1, &Task::new()) {
            Ok(scanned) => {
                let places = scanned.yields.concat();
                let read = places.iter().map(|at| [at.node, at.script_id, at.line, at.column]);
                prop_assert_eq!(Some(read.collect::<Vec<_>>()), expected);
            }
            Err(error) => prop_assert!(expected.is_none(), "{}", error),
        }
    }
}
