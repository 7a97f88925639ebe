//! The page of what grows: constructors × dumps.

use std::sync::Arc;

use jiff::Timestamp;

use crate::analysis::growth::{Growth, GrowthRow, Measure, Rung, Step, Verdict, growth};
use crate::analysis::search::{Fuzzy, Matcher};
use crate::tui::widgets::list::{Cursor, Motion};
use crate::tui::work::DumpId;

/// What grows over which dumps.
pub struct Table {
    /// The dumps, in time order.
    pub dumps: Vec<DumpId>,
    /// Their growth.
    pub growth: Growth,
    /// How the whole heap goes.
    pub verdict: Verdict,
}

/// The page.
#[derive(Default)]
pub struct GrowthPage {
    /// What grows; nothing until two dumps were read.
    pub table: Option<Table>,
    /// Which figure is shown.
    pub measure: Measure,
    /// What was typed to find constructors.
    pub filter: String,
    /// The rows that answer it, as places in the table.
    rows: Vec<usize>,
    /// Where the cursor is.
    pub cursor: Cursor,
}

/// A dump on its way into the table.
pub type Known = (DumpId, Option<Arc<Rung>>, Option<Timestamp>);

impl Table {
    /// The table of these dumps; takes time that grows with the number of classes.
    pub fn of(dumps: Vec<Known>) -> Self {
        let steps: Vec<Step<'_>> = dumps
            .iter()
            .map(|(_, rung, time)| Step {
                rung: rung.as_deref(),
                time: *time,
            })
            .collect();
        let growth = growth(&steps);
        let totals: Vec<_> = growth.totals.iter().flatten().copied().collect();
        Self {
            verdict: Verdict::of(&totals),
            growth,
            dumps: dumps.into_iter().map(|(id, ..)| id).collect(),
        }
    }
}

impl GrowthPage {
    /// Takes another table; the cursor stays on its class.
    pub fn take(&mut self, table: Option<Table>) {
        let class = self.selected().map(|row| row.class.clone());
        self.table = table;
        self.narrow();
        let again = class.and_then(|class| {
            let mut rows = self.rows.iter();
            rows.position(|&row| self.at(row).is_some_and(|row| row.class == class))
        });
        // Who has not moved wants to see the worst.
        let at_top = self.cursor.selected == 0;
        match again {
            Some(row) if !at_top => self.cursor.follow(row, self.rows.len()),
            _ => self.cursor.go(Motion::By(0), self.rows.len()),
        }
    }

    fn narrow(&mut self) {
        let Some(table) = &self.table else {
            self.rows.clear();
            return;
        };
        let query = self.filter.trim();
        let matcher = Fuzzy::default();
        let answers =
            |row: &GrowthRow| query.is_empty() || matcher.matches(&row.class.name, query).is_some();
        let rows = table.growth.rows.iter().enumerate();
        self.rows = rows
            .filter(|(_, row)| answers(row))
            .map(|(index, _)| index)
            .collect();
        if !query.is_empty() {
            let lower = query.to_lowercase();
            let named = |row: &usize| {
                let name = &table.growth.rows[*row].class.name;
                !name.to_lowercase().contains(&lower)
            };
            self.rows.sort_by_key(named);
        }
    }

    /// Narrows the rows to constructors that answer `filter`.
    pub fn find(&mut self, filter: &str) {
        filter.clone_into(&mut self.filter);
        self.narrow();
        self.cursor.go(Motion::To(0), self.rows.len());
    }

    /// How many rows there are on the screen, and in all.
    pub fn rows(&self) -> (usize, usize) {
        let all = self
            .table
            .as_ref()
            .map_or(0, |table| table.growth.rows.len());
        (self.rows.len(), all)
    }

    fn at(&self, row: usize) -> Option<&GrowthRow> {
        self.table.as_ref()?.growth.rows.get(row)
    }

    /// The row on this line of the list.
    pub fn row(&self, line: usize) -> Option<&GrowthRow> {
        self.at(*self.rows.get(line)?)
    }

    /// The selected row.
    pub fn selected(&self) -> Option<&GrowthRow> {
        self.row(self.cursor.selected)
    }

    /// Moves the cursor.
    pub fn go(&mut self, motion: Motion) {
        self.cursor.go(motion, self.rows.len());
    }

    /// Shows the next figure.
    pub fn next_measure(&mut self) {
        self.measure = match self.measure {
            Measure::Retained => Measure::Count,
            Measure::Count => Measure::Shallow,
            Measure::Shallow => Measure::Retained,
        };
    }
}

/// What a figure is called.
pub fn measure_name(measure: Measure) -> &'static str {
    match measure {
        Measure::Retained => "retained",
        Measure::Shallow => "shallow",
        Measure::Count => "count",
    }
}
