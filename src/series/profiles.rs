//! The sampling profiles among the files of a folder: in time order, labelled, found by name.

use std::path::Path;

use super::Series;
use super::dump::{Dump, State};
use super::folder::Folder;
use super::names::{self, Kind};
use crate::error::{Error, Result};

/// The sampling profiles of one process.
#[derive(Debug, Clone, Default)]
pub struct Profiles {
    /// The profiles that look whole, in time order.
    pub files: Vec<ProfileFile>,
    /// Those that do not.
    pub broken: Vec<Dump>,
    /// The profiles of other processes that were left out, in words; nothing when there are none.
    pub others: Option<String>,
}

/// A sampling profile.
#[derive(Debug, Clone)]
pub struct ProfileFile {
    /// `p1`, `p2`, … in time order.
    pub label: String,
    /// The file.
    pub dump: Dump,
    /// Size of the heap when it was taken, in MB, where the name tells.
    pub heap_mb: Option<u64>,
}

impl Profiles {
    /// The profiles among `found`: those of `process`, else those of the process that has most.
    ///
    /// # Errors
    /// When there are none of that process.
    pub fn of(found: &Series, process: Option<&str>) -> Result<Self> {
        let is_profile = |dump: &&Dump| dump.kind == Kind::HeapProfile;
        let dumps = found.dumps.iter().filter(is_profile).cloned().collect();
        let mut folder = Folder::of(Series::of(dumps, Vec::new()));
        let at = match process {
            Some(process) => folder.find(process)?,
            None => {
                let counts = folder.groups.iter().map(|group| group.series.dumps.len());
                let largest = counts
                    .enumerate()
                    .max_by_key(|&(at, count)| (count, usize::MAX - at));
                largest.map_or(0, |(at, _)| at)
            }
        };
        let group = folder.groups.swap_remove(at);
        let others = folder
            .groups
            .iter()
            .map(|other| format!("{} ({})", other.name, other.series.dumps.len()))
            .collect::<Vec<_>>();
        let (whole, broken): (Vec<Dump>, Vec<Dump>) = group
            .series
            .dumps
            .into_iter()
            .partition(|dump| dump.state == State::Complete);
        let files = (1..).zip(whole).map(|(number, dump)| ProfileFile {
            label: format!("p{number}"),
            heap_mb: names::heap_mb(&dump.name),
            dump,
        });
        Ok(Self {
            files: files.collect(),
            broken,
            others: (!others.is_empty() && process.is_none()).then(|| others.join(", ")),
        })
    }

    /// The place of the profile that is named by a label (`p2`), a path or a file name.
    ///
    /// # Errors
    /// When there is none such, or several; the message lists the labels.
    pub fn find(&self, named: &str) -> Result<usize> {
        let path = Path::new(named);
        let canonical = path.canonicalize().ok();
        let same = |dump: &Dump| {
            dump.path == path || canonical.is_some() && dump.path.canonicalize().ok() == canonical
        };
        let find = |is: &dyn Fn(&ProfileFile) -> bool| {
            let mut found = (0..self.files.len()).filter(|&at| is(&self.files[at]));
            (found.next(), found.next())
        };
        if let (Some(at), _) = find(&|file| file.label == named || same(&file.dump)) {
            return Ok(at);
        }
        match find(&|file| file.dump.name == named) {
            (Some(at), None) => Ok(at),
            (Some(_), Some(_)) => Err(Error::usage(format!("several profiles are named {named}"))
                .advise(format!("name one by its label or path: {}", self.listing()))),
            (None, _) => Err(Error::usage(format!("no profile {named}"))
                .advise(format!("there are {}", self.listing()))),
        }
    }

    fn listing(&self) -> String {
        const LISTED: usize = 12;
        let entry = |file: &ProfileFile| format!("{} ({})", file.label, file.dump.name);
        let mut entries: Vec<String> = self.files.iter().take(LISTED).map(entry).collect();
        match self.files.len() {
            0 => entries.push("none".to_owned()),
            count if count > LISTED => entries.push(format!("{} more", count - LISTED)),
            _ => {}
        }
        entries.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::series::discover;

    #[test]
    fn profiles_in_time_order_apart_from_dumps() {
        let folder = tempfile::tempdir().unwrap();
        let write =
            |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write("sample_1795003600000_52.heapprofile", "{\"head\":{}}");
        write("sample_1795000000000_48.heapprofile", "{\"head\":{}}");
        write("sample_1795007200000_60.heapprofile", "{\"head\":{");
        write("a.heapsnapshot", "{}");
        let found = discover(&[folder.path().to_owned()]).unwrap();
        let profiles = Profiles::of(&found, None).unwrap();
        let shown: Vec<_> = profiles
            .files
            .iter()
            .map(|file| (file.label.as_str(), file.heap_mb))
            .collect();
        assert_eq!(shown, [("p1", Some(48)), ("p2", Some(52))]);
        assert_eq!(profiles.broken.len(), 1);
        assert_eq!(profiles.find("p2").unwrap(), 1);
        assert_eq!(
            profiles
                .find("sample_1795000000000_48.heapprofile")
                .unwrap(),
            0
        );
        let error = profiles.find("p9").unwrap_err().to_string();
        assert!(error.contains("p1 (sample_1795000000000_48"), "{error}");
    }
}
