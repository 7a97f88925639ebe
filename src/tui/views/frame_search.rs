//! The search through the frames of an icicle, for the pages that show one.

use std::sync::Arc;

use crate::analysis::pattern::How;
use crate::error::Result;
use crate::profile::Profile;
use crate::profile::search::{Found, find};
use crate::task::Task;
use crate::tui::work::{Inbox, Slot, Work};

/// Looks for the frames that answer what was typed, in place of what was looked for before; nothing is looked for where
/// there is no profile yet, or no text.
pub fn look_for<M: Send + 'static>(
    profile: Option<&Arc<Profile>>,
    text: &str,
    (slot, inbox): (Slot, &Inbox<M>),
    message: fn(Result<(String, Found)>) -> M,
    work: &mut Work,
) {
    work.abandon(&slot);
    let (_, plain) = How::of(text);
    if let (Some(profile), false) = (profile, plain.is_empty()) {
        let (text, plain) = (text.to_owned(), plain.to_owned());
        let profile = Arc::clone(profile);
        let job = move |task: &Task| Ok((text, find(&profile, &plain, task)?));
        work.start(slot, inbox, job, message);
    }
}
