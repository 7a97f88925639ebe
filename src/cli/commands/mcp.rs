//! `mcp`: dumps served to a coding agent.

use crate::cli::args::Mcp;
use crate::cli::choose::{Notes, choose, keep, load};
use crate::cli::stop::Stop;
use crate::cli::suspicion::words_of;
use crate::mcp::{Served, serve};
use crate::save;
use crate::series::allocating::profile_of;
use crate::task::Task;
use crate::text::mask::Reveal;

pub(super) fn run(arguments: &Mcp) -> Result<(), Stop> {
    save::check_stdout()?;
    let chosen = choose(&arguments.series, &[], &Task::new())?;
    chosen.say_notes();
    chosen.series.last()?;
    let (cache, memory) = (chosen.cache.clone(), chosen.memory());
    serve(Served {
        words: words_of(&arguments.series),
        profile: profile_of(&chosen.folder.groups, &chosen.series.dumps).cloned(),
        series: chosen.series,
        load: Box::new(move |path, task| {
            let loaded = load(&cache, path, memory, task)?;
            keep(&cache, path, &loaded.heap, loaded.fresh, &Notes::default());
            Ok(loaded.heap)
        }),
        memory: arguments.series.memory,
        reveal: match arguments.reveal {
            true => Reveal::All,
            false => Reveal::Nothing,
        },
        source: arguments.source.options(),
    })?;
    Ok(())
}
