//! The file read section by section, and its header.

use crate::error::Result;
use crate::snapshot::layout::Layout;
use crate::snapshot::meta::Meta;
use crate::snapshot::opening::open;
use crate::snapshot::read::MAX_HEADER;
use crate::snapshot::source::Source;
use crate::snapshot::stream::Stream;
use crate::task::Task;

/// The header with the names of the fields.
pub(super) struct Header {
    /// As it stands in the file.
    pub json: Vec<u8>,
    pub layout: Layout,
    /// What the numbers of an allocation's function mean.
    pub function_fields: Vec<String>,
}

/// Reads the header, whose value is next.
pub(super) fn header(stream: &mut Stream<'_>) -> Result<Header> {
    let mut json = Vec::new();
    stream.enter("the header");
    stream.token()?;
    let offset = stream.offset();
    stream.value(Some(&mut json), MAX_HEADER)?;
    let (_, layout) = Meta::parse(&json, offset)?;
    let value: serde_json::Value = serde_json::from_slice(&json).unwrap_or_default();
    let fields = value["meta"]["trace_function_info_fields"].as_array();
    let name = |field: &serde_json::Value| field.as_str().unwrap_or_default().to_owned();
    Ok(Header {
        layout,
        function_fields: fields.map_or(Vec::new(), |fields| fields.iter().map(name).collect()),
        json,
    })
}

/// Reads a file from its start to its end, section by section.
pub(super) fn sections(
    source: &Source<'_>,
    stage: &'static str,
    task: &Task,
    mut read: impl FnMut(&mut Stream<'_>, &str) -> Result<()>,
) -> Result<()> {
    task.stage(stage, source.stored_bytes());
    let mut stream = Stream::new(source.reader(task)?, task.clone());
    open(&mut stream, "heap snapshot")?;
    while let Some(key) = stream.key()? {
        stream.enter(format!("\"{key}\""));
        stream.token()?;
        read(&mut stream, &key)?;
    }
    Ok(())
}
