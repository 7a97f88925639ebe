//! Narrowing the rows of an object, of the roots and of the dominators to those that answer what was typed.

use crate::analysis::describe::edge_label;
use crate::analysis::pattern::Pattern;
use crate::error::Result;
use crate::task::{CHECK_EVERY, Task};
use crate::tui::branches::Listed;
use crate::tui::source::{Source, Subject};
use crate::tui::view::{Order, View};

impl Order {
    /// What was typed, if it narrows the rows of this branch.
    fn narrowing(&self, source: Source) -> Option<&str> {
        let typed = self.filter.trim();
        (self.narrows == Some(source) && !typed.is_empty()).then_some(typed)
    }
}

impl View {
    /// Makes the list of a branch, in the order asked for, of the rows that answer what was typed for it. Rows that
    /// others would be folded into give way to these.
    ///
    /// # Errors
    /// When cancelled.
    pub fn rows(&self, source: Source, order: &Order, task: &Task) -> Result<Listed> {
        let Some(typed) = order.narrowing(source) else {
            return self.branch(source, order, task);
        };
        let unfolded = Order {
            internals: true,
            ..order.clone()
        };
        let listed = self.branch(source, &unfolded, task)?;
        let pattern = Pattern::typed(typed);
        let mut list = Vec::new();
        for (at, value) in listed.list.into_iter().enumerate() {
            if at.is_multiple_of(CHECK_EVERY) {
                task.check()?;
            }
            if self
                .text(source, value)
                .is_some_and(|text| pattern.is_match(&text))
            {
                list.push(value);
            }
        }
        Ok(Listed {
            list,
            ..Listed::default()
        })
    }

    /// What can be typed to find a row: the reference's name and the class of what it leads to.
    fn text(&self, source: Source, value: u32) -> Option<String> {
        let (heap, scripts) = (&self.heap, self.names.scripts());
        Some(match source.subject(heap, value)? {
            Subject::Class(class) => scripts.class(heap.class(class)).plain(),
            Subject::Object(node, Some(edge)) => {
                let class = scripts.class_of(heap, node);
                format!("{} {}", edge_label(heap, edge).plain(), class.plain())
            }
            Subject::Object(node, None) => scripts.class_of(heap, node).plain(),
        })
    }
}
