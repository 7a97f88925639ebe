//! What the tools read: heaps within a budget of memory, and what was found in the series.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::analysis::describe::Scripts;
use crate::error::{Error, Result};
use crate::graph::NodeId;
use crate::heap::Heap;
use crate::report::Study;
use crate::series::{Dump, Failure, Opened, growth_of, sources_of, state_of, suspicion};
use crate::task::Task;

use super::Served;

/// The dumps that are served, and what is known of them.
pub(super) struct Dumps {
    pub served: Served,
    /// The complete ones, in time order.
    pub dumps: Vec<Dump>,
    opened: Opened,
    scripts: Vec<(PathBuf, Arc<Scripts>)>,
    study: Option<Arc<Study>>,
}

/// A dump that is looked at.
pub(super) struct Looked {
    pub dump: Dump,
    pub heap: Arc<Heap>,
    pub scripts: Arc<Scripts>,
}

impl Dumps {
    pub fn new(served: Served) -> Self {
        Self {
            dumps: served.series.usable().cloned().collect(),
            opened: served
                .memory
                .map_or_else(Opened::default, Opened::with_budget),
            served,
            scripts: Vec::new(),
            study: None,
        }
    }

    /// The dump that is named by its label or file name; the last one if none is.
    pub fn find(&self, named: Option<&str>) -> Result<Dump> {
        let found = match named {
            None => self.dumps.last(),
            Some(named) => self
                .dumps
                .iter()
                .find(|dump| dump.title() == named || dump.name == named),
        };
        found.cloned().ok_or_else(|| {
            let titles: Vec<&str> = self.dumps.iter().map(Dump::title).collect();
            Error::usage("no such dump").advise(format!("there are {}", titles.join(", ")))
        })
    }

    /// Its heap.
    pub fn heap(&mut self, path: &Path, task: &Task) -> Result<Arc<Heap>> {
        let load = &self.served.load;
        self.opened
            .fetch(path, |path| load(path, task).map(Arc::new))
    }

    /// Its heap and names.
    pub fn look(&mut self, named: Option<&str>, task: &Task) -> Result<Looked> {
        let dump = self.find(named)?;
        let heap = self.heap(&dump.path, task)?;
        let known = self.scripts.iter().find(|(path, _)| *path == dump.path);
        let scripts = match known {
            Some((_, scripts)) => Arc::clone(scripts),
            None => {
                let mut sources = dump.sources(self.served.source.clone());
                let scripts = Arc::new(sources.scripts(&heap, task)?);
                self.scripts.push((dump.path.clone(), Arc::clone(&scripts)));
                scripts
            }
        };
        Ok(Looked {
            dump,
            heap,
            scripts,
        })
    }

    /// The suspects and the growth of the series; found once. Dumps that turn out to be broken drop out of it.
    pub fn study(&mut self, task: &Task) -> Result<Arc<Study>> {
        if let Some(study) = &self.study {
            return Ok(Arc::clone(study));
        }
        let mut notes = Vec::new();
        let found = loop {
            let dumps = self.dumps.clone();
            let mut sources = sources_of(dumps.last(), self.served.source.clone());
            match suspicion(
                &dumps,
                |path| self.heap(path, task),
                &mut sources,
                true,
                task,
            ) {
                Ok(found) => break found,
                Err(Failure {
                    dump: Some(at),
                    error,
                }) if state_of(&error).is_some() && self.dumps.len() > 1 => {
                    notes.push(error.to_string());
                    self.dumps.remove(at);
                }
                Err(failure) => return Err(failure.error),
            }
        };
        let study = Arc::new(Study {
            growth: growth_of(&self.dumps, &found.summaries),
            dumps: self.dumps.clone(),
            notes,
            profile: self.served.profile.clone(),
            findings: found.findings,
            heap: found.heap,
            scripts: found.scripts,
            arguments: self.served.words.clone(),
        });
        self.study = Some(Arc::clone(&study));
        Ok(study)
    }

    /// A command line about the dumps.
    pub fn command(&self, command: &str, more: &[&str]) -> Vec<String> {
        let words = std::iter::once(command.to_owned()).chain(self.served.words.clone());
        words
            .chain(more.iter().map(|&word| word.to_owned()))
            .collect()
    }
}

impl Looked {
    /// The object with this id.
    pub fn object(&self, id: u32) -> Result<NodeId> {
        self.heap.find_id(id).ok_or_else(|| {
            Error::usage(format!("no object @{id} in {}", self.dump.title()))
                .advise("ids differ from process to process; suspects, query and paths tell some")
        })
    }
}
