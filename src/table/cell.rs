//! A value of a row, and how it is told: to people, in CSV, in JSON.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::table::head::Head;
use crate::text::escape::csv_cell;
use crate::text::mask::{self, Reveal};
use crate::text::span::Spans;
use crate::text::units::{bytes, bytes_delta, grouped, grouped_delta, percent};

/// One value of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Text, which is masked by its kinds.
    Text(Spans),
    /// A path of the user's, whose end says most; only credentials in it are masked.
    Path(String),
    /// A count.
    Count(u64),
    /// An object id.
    Id(u32),
    /// Bytes.
    Size(u64),
    /// A change of a count.
    Change(i64),
    /// A change in bytes.
    SizeChange(i64),
    /// A distance, if it is shown.
    Distance(Option<u32>),
    /// A part of a total, both in bytes.
    Percent(u64, u64),
    /// How sure something is, in thousandths; people see whole percents, cut so that 50 % are that.
    Sure(u16),
    /// A part of a total as a bar, on a screen.
    Bar(u64, u64),
    /// Where something was written.
    Location(Location),
    /// A figure of each dump or profile, oldest first.
    Course(Vec<Option<u64>>, Unit),
    /// Several texts.
    List(Vec<Spans>),
    /// Whether something is so.
    Flag(bool),
    /// A time in µs, which is told in seconds.
    Micros(u64),
    /// When something was.
    Time(Timestamp),
    /// A figure of each dump as a line of blocks, on a screen.
    Sparks(Vec<Option<u64>>),
    /// Rows within the row.
    Rows(Nested),
    /// Not known yet, as a screen says.
    Later,
    /// Nothing known.
    Nothing,
}

/// Where something was written, counted from 0 as in the dump.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// The number of the script in its process.
    pub script_id: u32,
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
    /// For people: with the script's name, counted from 1.
    pub shown: Option<String>,
}

/// What the figures of a course are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Objects.
    Count,
    /// Bytes.
    Size,
}

/// Rows within a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nested {
    pub(super) heads: Vec<Head>,
    pub(super) rows: Vec<Vec<Cell>>,
}

/// How many figures of a course people see; of more the middle is left out.
const SHOWN: usize = 5;

impl Cell {
    /// Words of this program. Text of a dump is never a note.
    pub fn note(text: impl Into<Cow<'static, str>>) -> Self {
        Self::Text(Spans::new().note(text))
    }

    /// The name of a class.
    pub fn name(text: impl Into<Cow<'static, str>>) -> Self {
        Self::Text(Spans::new().name(text))
    }

    /// The name of a function.
    pub fn function(text: impl Into<Cow<'static, str>>) -> Self {
        Self::Text(Spans::new().function(text))
    }

    /// Data of the program.
    pub fn value(text: impl Into<Cow<'static, str>>) -> Self {
        Self::Text(Spans::new().value(text))
    }

    /// A place in the source.
    pub fn place(text: impl Into<Cow<'static, str>>) -> Self {
        Self::Text(Spans::new().place(text))
    }

    /// A count.
    pub fn count(count: impl Into<u64>) -> Self {
        Self::Count(count.into())
    }

    /// Where something was written, where that is known; without a number for programs too, if only its name is.
    pub fn location(location: Option<Location>) -> Self {
        Self::known(location, Self::Location)
    }

    /// Counts, all of which are known.
    pub fn counts(figures: &[u64]) -> Self {
        Self::Course(figures.iter().copied().map(Some).collect(), Unit::Count)
    }

    /// Sizes, all of which are known.
    pub fn sizes(figures: &[u64]) -> Self {
        Self::Course(figures.iter().copied().map(Some).collect(), Unit::Size)
    }

    /// A figure that may not be known.
    pub fn known<T>(figure: Option<T>, cell: impl FnOnce(T) -> Self) -> Self {
        figure.map_or(Self::Nothing, cell)
    }

    /// For people, as far as it may be shown; not escaped.
    pub fn shown(&self, reveal: Reveal) -> String {
        match self {
            Self::Text(text) => text.shown(reveal),
            Self::Path(path) => mask::words(path, reveal).into_owned(),
            Self::Count(count) => grouped(*count),
            Self::Id(id) => format!("@{id}"),
            Self::Size(size) => bytes(*size),
            Self::Change(change) => grouped_delta(*change),
            Self::SizeChange(change) => bytes_delta(*change),
            Self::Distance(Some(distance)) => distance.to_string(),
            Self::Distance(None) => "−".to_owned(),
            Self::Percent(part, total) => percent(*part, *total),
            Self::Sure(thousandths) => format!("{}%", thousandths / 10),
            Self::Location(location) => {
                let shown = location.shown.clone();
                let shown = shown.unwrap_or_else(|| self.plain(reveal));
                Spans::new().place(shown).shown(reveal)
            }
            Self::Course(figures, unit) => course(figures, *unit),
            Self::List(texts) if texts.is_empty() => "(none)".to_owned(),
            Self::List(texts) => joined(texts, ", ", reveal),
            Self::Flag(flag) => (if *flag { "yes" } else { "no" }).to_owned(),
            Self::Micros(time) => seconds(*time),
            Self::Time(time) => time.to_string(),
            Self::Rows(nested) => {
                let rows = nested.rows.iter().map(|row| {
                    let cells = row.iter().map(|cell| cell.shown(reveal));
                    cells.collect::<Vec<_>>().join(" ")
                });
                rows.collect::<Vec<_>>().join("; ")
            }
            Self::Bar(..) | Self::Sparks(_) | Self::Later | Self::Nothing => String::new(),
        }
    }

    /// For programs, as far as it may be shown; escaped for CSV.
    pub fn plain(&self, reveal: Reveal) -> String {
        match self {
            Self::Text(_) | Self::Path(_) | Self::Rows(_) => {
                csv_cell(&self.shown(reveal)).into_owned()
            }
            Self::Location(at) => format!("{}:{}:{}", at.script_id, at.line, at.column),
            Self::Course(figures, _) => {
                let plain = |figure: &Option<u64>| figure.map_or(String::new(), |n| n.to_string());
                figures.iter().map(plain).collect::<Vec<_>>().join(" ")
            }
            Self::List(texts) => csv_cell(&joined(texts, " ", reveal)).into_owned(),
            Self::Flag(flag) => flag.to_string(),
            Self::Micros(time) => seconds(*time),
            Self::Time(time) => time.to_string(),
            Self::Count(number) | Self::Size(number) => number.to_string(),
            Self::Change(number) | Self::SizeChange(number) => number.to_string(),
            Self::Id(id) => id.to_string(),
            Self::Distance(Some(distance)) => distance.to_string(),
            Self::Sure(thousandths) => format!("{:.3}", f64::from(*thousandths) / 1e3),
            Self::Percent(part, total) if *total > 0 => {
                format!("{:.2}", *part as f64 * 100.0 / *total as f64)
            }
            Self::Distance(None)
            | Self::Percent(..)
            | Self::Bar(..)
            | Self::Sparks(_)
            | Self::Later
            | Self::Nothing => String::new(),
        }
    }
}

fn seconds(micros: u64) -> String {
    format!("{:.3}", micros as f64 / 1e6)
}

fn joined(texts: &[Spans], between: &str, reveal: Reveal) -> String {
    let texts = texts.iter().map(|text| text.shown(reveal));
    texts.collect::<Vec<_>>().join(between)
}

/// Figures one after the other: `1 → 2 → 3`, those left out of many in the middle; `?` where one is not known.
fn course(figures: &[Option<u64>], unit: Unit) -> String {
    let show = |figure: &Option<u64>| match (figure, unit) {
        (None, _) => "?".to_owned(),
        (Some(figure), Unit::Count) => grouped(*figure),
        (Some(figure), Unit::Size) => bytes(*figure),
    };
    let mut shown: Vec<String> = Vec::new();
    for (number, figure) in figures.iter().enumerate() {
        let from_end = figures.len() - number;
        if figures.len() <= SHOWN || number < SHOWN / 2 || from_end <= SHOWN / 2 {
            shown.push(show(figure));
        } else if number == SHOWN / 2 {
            shown.push("…".to_owned());
        }
    }
    shown.join(" → ")
}

/// A row as JSON; neighbouring columns of one group make an object within it.
pub(super) struct Record<'a> {
    pub heads: &'a [Head],
    pub cells: Vec<Cell>,
    pub reveal: Reveal,
}

impl Serialize for Record<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut record = serializer.serialize_map(None)?;
        let (mut heads, mut cells) = (self.heads, &self.cells[..]);
        while let ([head, ..], [cell, ..]) = (heads, cells) {
            let alike = heads.iter().take_while(|other| other.group == head.group);
            let many = match head.group {
                Some(_) => alike.count().min(cells.len()),
                None => 1,
            };
            let (these, of_these) = (&heads[..many], &cells[..many]);
            match head.group {
                None => record.serialize_entry(&*head.name, &Shown(cell, self.reveal))?,
                Some(group) => {
                    record.serialize_entry(group, &Part(group, these, of_these, self.reveal))?;
                }
            }
            (heads, cells) = (&heads[many..], &cells[many..]);
        }
        record.end()
    }
}

/// The columns of a group as an object; nothing where nothing of it is known.
struct Part<'a>(&'static str, &'a [Head], &'a [Cell], Reveal);

impl Serialize for Part<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let &Self(group, heads, cells, reveal) = self;
        if cells.iter().all(|cell| *cell == Cell::Nothing) {
            return serializer.serialize_none();
        }
        let fields = heads.iter().zip(cells).map(|(head, cell)| {
            let within = head.name.strip_prefix(group);
            let within = within.and_then(|name| name.strip_prefix('_'));
            (within.unwrap_or(&head.name), Shown(cell, reveal))
        });
        serializer.collect_map(fields)
    }
}

/// A cell, as far as it may be shown.
struct Shown<'a>(&'a Cell, Reveal);

impl Serialize for Shown<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            cell @ (Cell::Text(_) | Cell::Path(_)) => serializer.serialize_str(&cell.shown(self.1)),
            Cell::Count(number) | Cell::Size(number) => serializer.serialize_u64(*number),
            Cell::Change(number) | Cell::SizeChange(number) => serializer.serialize_i64(*number),
            Cell::Id(id) => serializer.serialize_u32(*id),
            Cell::Distance(distance) => distance.serialize(serializer),
            Cell::Percent(part, total) if *total > 0 => {
                serializer.serialize_f64(*part as f64 * 100.0 / *total as f64)
            }
            Cell::Location(at) => {
                let mut place = serializer.serialize_map(Some(3))?;
                place.serialize_entry("script_id", &at.script_id)?;
                place.serialize_entry("line", &at.line)?;
                place.serialize_entry("column", &at.column)?;
                place.end()
            }
            Cell::Course(figures, _) => figures.serialize(serializer),
            Cell::List(texts) => {
                serializer.collect_seq(texts.iter().map(|text| text.shown(self.1)))
            }
            Cell::Flag(flag) => serializer.serialize_bool(*flag),
            Cell::Sure(thousandths) => serializer.serialize_f64(f64::from(*thousandths) / 1e3),
            Cell::Micros(time) => serializer.serialize_f64(*time as f64 / 1e6),
            Cell::Rows(nested) => serializer.collect_seq(nested.rows.iter().map(|cells| Record {
                heads: &nested.heads,
                cells: cells.clone(),
                reveal: self.1,
            })),
            Cell::Time(time) => serializer.collect_str(time),
            Cell::Percent(..) | Cell::Bar(..) | Cell::Sparks(_) | Cell::Later | Cell::Nothing => {
                serializer.serialize_none()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{Column, JSON, PEOPLE, Records, Table, json, write_csv, write_markdown};

    struct Link(Option<&'static str>, u32, Vec<Option<u64>>);

    const COLUMNS: &[Column<Link>] = &[
        Head::text("Edge", "edge_name")
            .within("edge")
            .of(|row, ()| Cell::known(row.0, Cell::note)),
        Head::number("Id", "id")
            .within("object")
            .of(|row, ()| Cell::Id(row.1)),
        Head::text("Sizes", "sizes").of(|row, ()| Cell::Course(row.2.clone(), Unit::Size)),
        Head::text("Place", "place")
            .only_for(PEOPLE)
            .of(|_, ()| Cell::note("here")),
        Head::text("Place", "place")
            .only_for(JSON.and(crate::table::CSV))
            .of(|row, ()| {
                Cell::Location(Location {
                    script_id: row.1,
                    line: 2,
                    column: 3,
                    shown: None,
                })
            }),
        Head::text("", "below").only_for(JSON).of(|row, ()| {
            let below = [Link(None, row.1 + 1, Vec::new())];
            Cell::rows(Records::of(&COLUMNS[..2], &below, &()))
        }),
    ];

    #[test]
    fn each_reader_has_columns_of_its_own() {
        let course = [1, 2, 3, 4, 5, 6].map(|size| Some(size * 1000));
        let rows = [
            Link(Some("a"), 7, vec![Some(1), None]),
            Link(None, 8, course.to_vec()),
        ];
        let records = Records::of(COLUMNS, &rows, &());
        let mut out = Vec::new();
        json::write(&mut out, &records).unwrap();
        let place = |id| format!("{{\"script_id\":{id},\"line\":2,\"column\":3}}");
        let below = |id| format!("[{{\"edge\":null,\"object\":{{\"id\":{id}}}}}]");
        let expected = format!(
            "[{{\"edge\":{{\"name\":\"a\"}},\"object\":{{\"id\":7}},\"sizes\":[1,null],\"place\":{},\"below\":{}}},\
             {{\"edge\":null,\"object\":{{\"id\":8}},\"sizes\":[1000,2000,3000,4000,5000,6000],\"place\":{},\"below\":{}}}]\n",
            place(7),
            below(8),
            place(8),
            below(9)
        );
        assert_eq!(String::from_utf8(out).unwrap(), expected);
        let text = |write: fn(&mut Vec<u8>, &Table<'_>, Reveal) -> std::io::Result<()>| {
            let mut out = Vec::new();
            write(&mut out, &Table::of(Vec::new(), records, 0), Reveal::All).unwrap();
            String::from_utf8(out).unwrap()
        };
        assert_eq!(
            text(write_csv),
            "edge_name,id,sizes,place\na,7,1 ,7:2:3\n,8,1000 2000 3000 4000 5000 6000,8:2:3\n"
        );
        let markdown = text(write_markdown);
        assert!(
            markdown.contains("| Edge | Id | Sizes | Place |"),
            "{markdown}"
        );
        assert!(
            markdown.contains("| a | @7 | 1 B → ? | here |"),
            "{markdown}"
        );
        assert!(
            markdown.contains("| 1.0 kB → 2.0 kB → … → 5.0 kB → 6.0 kB | here |"),
            "{markdown}"
        );
    }
}
