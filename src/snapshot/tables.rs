//! The arrays of numbers that heaptui keeps: nodes, edges, samples; locations are beside.

use super::columns::{front, front_of_optional};
use super::digits::{four_numbers, two_numbers};
use super::labels::{LabelWriter, OddLabel};
use super::layout::{Field, Ordinal};
use super::numbers::{Rows, Table};
use super::spans::{Batch, SPAN, digit, digits, number, number32};
use super::{EdgeKind, Sample};
use crate::available;
use crate::error::{Error, Result};

/// How a file's numbers for types translate, and where rows go wrong.
#[inline]
fn kind_of(table: &[u8], number: u64, at: u64, what: &str) -> Result<u8> {
    match table.get(number as usize) {
        Some(&kind) => Ok(kind),
        None => Err(no_such_kind(table, number, at, what)),
    }
}

#[cold]
fn no_such_kind(table: &[u8], number: u64, at: u64, what: &str) -> Error {
    Error::malformed(
        at,
        format!(
            "{what} type {number}, but the header lists only {}",
            table.len()
        ),
    )
}

/// The node columns while they are filled, or the part of them that one block fills.
pub struct NodeTable<'c> {
    pub fields: &'c [Field],
    pub kinds: &'c [u8],
    pub kind: &'c mut [u8],
    pub name: &'c mut [u32],
    pub id: &'c mut [u32],
    pub self_size: &'c mut [u32],
    pub edge_count: &'c mut [u32],
    /// Empty unless the file has the field.
    pub detachedness: &'c mut [u8],
    /// Empty unless allocations were recorded.
    pub trace_node: &'c mut [u32],
}

/// What a block of nodes leaves behind.
#[derive(Default)]
pub struct NodeYield {
    /// Sum of the self sizes in bytes.
    pub total: u64,
    /// The nodes whose self size does not fit 32 bits.
    pub wide: Vec<(u64, u64)>,
    /// How many self sizes were negative, and taken for 0.
    pub negative: u64,
    /// How many object ids do not fit 32 bits: their low half is kept, as DevTools does. What does not fit 64 bits either
    /// is the greatest number that does.
    pub wide_ids: u64,
    /// The greatest name.
    pub greatest_name: u32,
}

impl<'c> Table for NodeTable<'c> {
    type Part = NodeTable<'c>;
    type Yield = NodeYield;

    fn fields(&self) -> usize {
        self.fields.len()
    }

    fn part(&mut self, rows: usize) -> Option<NodeTable<'c>> {
        (rows <= self.kind.len()).then(|| NodeTable {
            fields: self.fields,
            kinds: self.kinds,
            kind: front(&mut self.kind, rows),
            name: front(&mut self.name, rows),
            id: front(&mut self.id, rows),
            self_size: front(&mut self.self_size, rows),
            edge_count: front(&mut self.edge_count, rows),
            detachedness: front_of_optional(&mut self.detachedness, rows),
            trace_node: front_of_optional(&mut self.trace_node, rows),
        })
    }

    fn read(part: NodeTable<'c>, mut rows: Rows<'_>) -> Result<NodeYield> {
        let fields = part.fields.len();
        let mut filling = (part, NodeYield::default());
        let (kept, unkept) = filling.0.fields.split_at(fields.min(USUAL_NODE.len()));
        let plain = filling.0.trace_node.is_empty()
            && unkept
                .iter()
                .all(|field| matches!(field, Field::TraceNode | Field::Detachedness));
        match fields {
            5 if kept == USUAL_NODE && plain => each_node::<5>(&mut filling, &mut rows)?,
            6 if kept == USUAL_NODE && plain => each_node::<6>(&mut filling, &mut rows)?,
            7 if kept == USUAL_NODE && plain => each_node::<7>(&mut filling, &mut rows)?,
            _ => {
                for row in 0..rows.count {
                    filling.0.unusual(row, &mut rows, &mut filling.1)?;
                }
            }
        }
        Ok(filling.1)
    }
}

/// The fields that every V8 so far has written first.
const USUAL_NODE: [Field; 5] = [
    Field::Kind,
    Field::Name,
    Field::Id,
    Field::SelfSize,
    Field::EdgeCount,
];

/// Reads rows of so many fields, which begin with [`USUAL_NODE`].
fn each_node<const N: usize>(
    filling: &mut (NodeTable<'_>, NodeYield),
    rows: &mut Rows<'_>,
) -> Result<()> {
    rows.each::<_, N>(
        filling,
        |(part, left), row, batch| part.usual(row, batch, left),
        |(part, left), row, rows| part.unusual(row, rows, left),
    )
}

impl NodeTable<'_> {
    /// Rows of [`USUAL_NODE`] and what needs no column but the DOM state; gives how many there are before one that
    /// holds something else.
    #[inline(always)]
    fn usual<const N: usize>(
        &mut self,
        first: usize,
        batch: Batch<'_, N>,
        left: &mut NodeYield,
    ) -> usize {
        let range = first..first + batch.rows.len();
        let (Some(kinds), Some(names), Some(ids), Some(sizes), Some(counts)) = (
            self.kind.get_mut(range.clone()),
            self.name.get_mut(range.clone()),
            self.id.get_mut(range.clone()),
            self.self_size.get_mut(range.clone()),
            self.edge_count.get_mut(range.clone()),
        ) else {
            return 0;
        };
        let state_at = self.fields.iter().position(|&f| f == Field::Detachedness);
        let mut state_at = state_at.zip(self.detachedness.get_mut(range));
        let (text, mut start) = (batch.text, batch.start);
        for (row, ends) in batch.rows.iter().enumerate() {
            let end = |field: usize| usize::from(ends[field]);
            let read = || {
                let kind = digit(text, start, end(0))?;
                let numbers = four(text, ends.first_chunk()?)?;
                Some((*self.kinds.get(kind as usize)?, numbers))
            };
            let Some((kind, [name, id, size, edge_count])) = read() else {
                return row;
            };
            if let Some((at, states)) = &mut state_at {
                let (Some(&before), Some(&end)) = (ends.get(*at - 1), ends.get(*at)) else {
                    return row;
                };
                let Some(state) = digit(text, before as usize + 1, end as usize) else {
                    return row;
                };
                // What is never written takes no memory.
                if let 1..=2 = state {
                    states[row] = state as u8;
                }
            }
            kinds[row] = kind;
            names[row] = name;
            ids[row] = id;
            sizes[row] = size;
            counts[row] = edge_count;
            left.greatest_name = left.greatest_name.max(name);
            left.total = left.total.saturating_add(u64::from(size));
            start = end(N - 1) + batch.gap;
        }
        batch.rows.len()
    }

    /// A row of any fields, spelled in any way.
    fn unusual(&mut self, row: usize, rows: &mut Rows<'_>, left: &mut NodeYield) -> Result<()> {
        for &field in self.fields {
            match field {
                Field::Kind => {
                    let at = rows.offset();
                    self.kind[row] = kind_of(self.kinds, rows.number()?, at, "node")?;
                }
                Field::Name => {
                    let name = rows.number32()?;
                    left.greatest_name = left.greatest_name.max(name);
                    self.name[row] = name;
                }
                Field::Id => {
                    let id = rows.number()?;
                    left.wide_ids += u64::from(id > u64::from(u32::MAX));
                    self.id[row] = id as u32;
                }
                Field::EdgeCount => self.edge_count[row] = rows.number32()?,
                Field::SelfSize => {
                    let size = rows.signed()?.unwrap_or_else(|| {
                        left.negative += 1;
                        0
                    });
                    left.total = left.total.saturating_add(size);
                    self.self_size[row] = u32::try_from(size).unwrap_or_else(|_| {
                        left.wide.push((rows.first + row as u64, size));
                        u32::MAX
                    });
                }
                Field::Detachedness => {
                    let state = rows.signed()?.unwrap_or(0);
                    if let Some(place) = self.detachedness.get_mut(row) {
                        *place = if state <= 2 { state as u8 } else { 0 };
                    }
                }
                Field::TraceNode => {
                    let trace = rows.signed()?.unwrap_or(0);
                    if let Some(place) = self.trace_node.get_mut(row) {
                        *place = u32::try_from(trace).unwrap_or(0);
                    }
                }
                _ => {
                    rows.signed()?;
                }
            }
        }
        Ok(())
    }
}

/// Four numbers that follow each other: the ends are those of the number before them and their own.
#[inline(always)]
fn four(text: &[u8; SPAN], ends: &[u16; 5]) -> Option<[u32; 4]> {
    let short = || {
        let [a, b, c, d, e] = ends.map(usize::from);
        Some([
            digits(text, a + 1, b)?,
            digits(text, b + 1, c)?,
            digits(text, c + 1, d)?,
            digits(text, d + 1, e)?,
        ])
    };
    match short() {
        Some(digits) => Some(four_numbers(digits)),
        None => long_four(text, ends),
    }
}

#[inline(never)]
fn long_four(text: &[u8; SPAN], ends: &[u16; 5]) -> Option<[u32; 4]> {
    let [a, b, c, d, e] = ends.map(usize::from);
    Some([
        number32(text, a + 1, b)?,
        number32(text, b + 1, c)?,
        number32(text, c + 1, d)?,
        number32(text, d + 1, e)?,
    ])
}

/// The edge columns while they are filled, or the part of them that one block fills.
pub struct EdgeTable<'c> {
    pub fields: &'c [Field],
    pub kinds: &'c [u8],
    /// Fields of a node: targets are offsets into the flat array of nodes.
    pub node_fields: u32,
    pub labels: LabelWriter<'c>,
    pub to: &'c mut [u32],
}

/// What a block of edges leaves behind.
#[derive(Default)]
pub struct EdgeYield {
    /// The edges whose labels do not fit the columns.
    pub odd: Vec<OddLabel>,
    /// The greatest name that is an index into the string table.
    pub greatest_name: u32,
    /// The greatest target.
    pub greatest_target: u32,
}

impl<'c> Table for EdgeTable<'c> {
    type Part = EdgeTable<'c>;
    type Yield = EdgeYield;

    fn fields(&self) -> usize {
        self.fields.len()
    }

    fn part(&mut self, rows: usize) -> Option<EdgeTable<'c>> {
        (rows <= self.to.len() && rows <= self.labels.len()).then(|| EdgeTable {
            fields: self.fields,
            kinds: self.kinds,
            node_fields: self.node_fields,
            labels: self.labels.part(rows),
            to: front(&mut self.to, rows),
        })
    }

    fn read(part: EdgeTable<'c>, mut rows: Rows<'_>) -> Result<EdgeYield> {
        let ordinal = Ordinal::new(part.node_fields);
        let fields = part.fields;
        let mut filling = (part, EdgeYield::default());
        // The only order that V8 has ever written.
        if fields == [Field::Kind, Field::Name, Field::To] {
            rows.each::<_, 3>(
                &mut filling,
                |(part, left), row, batch| part.usual(row, batch, &ordinal, left),
                |(part, left), row, rows| part.unusual(row, rows, &ordinal, left),
            )?;
        } else {
            for row in 0..rows.count {
                filling
                    .0
                    .unusual(row, &mut rows, &ordinal, &mut filling.1)?;
            }
        }
        let (part, mut left) = filling;
        left.odd = part.labels.into_odd();
        Ok(left)
    }
}

impl EdgeTable<'_> {
    /// Rows of type, name and target; gives how many there are before one that does not fit the columns, or is none.
    #[inline(always)]
    fn usual(
        &mut self,
        first: usize,
        batch: Batch<'_, 3>,
        ordinal: &Ordinal,
        left: &mut EdgeYield,
    ) -> usize {
        let rows = batch.rows.len();
        let (Some(mut labels), Some(targets)) = (
            self.labels.places(first, rows),
            self.to.get_mut(first..first + rows),
        ) else {
            return 0;
        };
        let kinds = UsualKinds::of(self.kinds);
        let (text, mut start) = (batch.text, batch.start);
        for (row, ends) in batch.rows.iter().enumerate() {
            let [kind, name, target] = ends.map(usize::from);
            let read = || {
                let numbers = two(text, [kind, name, target])?;
                Some((
                    kinds.digit(text, start, kind)?,
                    numbers.0,
                    ordinal.exactly(numbers.1)?,
                ))
            };
            let Some(((kind, strings), name, to)) = read() else {
                return row;
            };
            if !labels.put(row, kind, name) {
                return row;
            }
            targets[row] = to;
            left.greatest_target = left.greatest_target.max(to);
            left.greatest_name = left.greatest_name.max(name & strings);
            start = target + batch.gap;
        }
        rows
    }

    /// A row of any fields, spelled in any way.
    fn unusual(
        &mut self,
        row: usize,
        rows: &mut Rows<'_>,
        ordinal: &Ordinal,
        left: &mut EdgeYield,
    ) -> Result<()> {
        let (mut kind, mut name, mut to) = (0, 0, 0);
        for &field in self.fields {
            let at = rows.offset();
            match field {
                Field::Kind => kind = kind_of(self.kinds, rows.number()?, at, "edge")?,
                Field::Name => name = rows.number32()?,
                Field::To => to = ordinal.of(rows.number()?, at)?,
                _ => {
                    rows.signed()?;
                }
            }
        }
        self.put(row, kind, name, to, left);
        Ok(())
    }

    fn put(&mut self, row: usize, kind: u8, name: u32, to: u32, left: &mut EdgeYield) {
        self.labels.put(row, kind, name);
        self.to[row] = to;
        left.greatest_target = left.greatest_target.max(to);
        if EdgeKind(kind).has_string_name() {
            left.greatest_name = left.greatest_name.max(name);
        }
    }
}

/// Two numbers that follow each other: the places are those of the separators around them.
#[inline(always)]
fn two(text: &[u8; SPAN], [before, between, behind]: [usize; 3]) -> Option<(u32, u64)> {
    let short = || {
        let first = digits(text, before + 1, between)?;
        Some([first, digits(text, between + 1, behind)?])
    };
    if let Some(digits) = short() {
        let [first, second] = two_numbers(digits);
        return Some((first, u64::from(second)));
    }
    long_two(text, [before, between, behind])
}

#[inline(never)]
fn long_two(text: &[u8; SPAN], [before, between, behind]: [usize; 3]) -> Option<(u32, u64)> {
    Some((
        number32(text, before + 1, between)?,
        number(text, between + 1, behind)?,
    ))
}

/// What the types are that one digit tells.
struct UsualKinds([(u8, u32); 16]);

impl UsualKinds {
    /// The first of the header's types; those without a number have one that no column takes.
    fn of(kinds: &[u8]) -> Self {
        let mut usual = [(u8::MAX, 0); 16];
        for (&kind, usual) in kinds.iter().zip(&mut usual) {
            let is_string = EdgeKind(kind).has_string_name();
            *usual = (kind, if is_string { u32::MAX } else { 0 });
        }
        Self(usual)
    }

    /// The type that one digit tells, and the bits of a name that is a string.
    #[inline(always)]
    fn digit(&self, text: &[u8; SPAN], start: usize, end: usize) -> Option<(u8, u32)> {
        let digit = *text.get(start)?;
        (end == start + 1).then(|| self.0[usize::from(digit & 0x0f)])
    }
}

/// Samples of an allocation timeline.
pub struct SampleTable<'c> {
    pub fields: &'c [Field],
}

impl<'c> Table for SampleTable<'c> {
    type Part = &'c [Field];
    type Yield = Vec<Sample>;

    fn fields(&self) -> usize {
        self.fields.len()
    }

    fn part(&mut self, _: usize) -> Option<Self::Part> {
        Some(self.fields)
    }

    fn read(fields: Self::Part, mut rows: Rows<'_>) -> Result<Vec<Sample>> {
        // Nothing tells how many there are; later they are put side by side in as much memory again.
        available::check((rows.first + rows.count as u64) * size_of::<Sample>() as u64)?;
        let mut samples = Vec::with_capacity(rows.count);
        for _ in 0..rows.count {
            let mut sample = Sample {
                timestamp_us: 0,
                last_assigned_id: 0,
            };
            for &field in fields {
                let number = rows.signed()?.unwrap_or(0);
                match field {
                    Field::Timestamp => sample.timestamp_us = number,
                    Field::LastId => {
                        sample.last_assigned_id = u32::try_from(number).unwrap_or(u32::MAX)
                    }
                    _ => {}
                }
            }
            samples.push(sample);
        }
        Ok(samples)
    }
}

#[cfg(test)]
#[path = "tables_tests.rs"]
mod tests;
