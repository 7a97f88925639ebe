//! What the page of a profile says of the selected frame: its sizes, and the code where it was written.

use crate::profile::{CallSite, Profile, ROOT};
use crate::text::span::Spans;
use crate::text::units::{bytes, grouped, percent};
use crate::tui::page::{PageCtx, said};
use crate::tui::views::callers::Message;
use crate::tui::views::code::job_of_function;
use crate::tui::views::profile::{CODE, ProfilePage, profiles};

impl ProfilePage {
    /// Looks for the code of the selected function, unless that is known or being looked for.
    pub(super) fn look_for_code(&mut self, ctx: &mut PageCtx<'_>) {
        let Some((profile, function)) = self.profile.as_ref().zip(self.function()) else {
            return;
        };
        if self
            .code
            .as_ref()
            .is_some_and(|(known, _)| *known == function)
        {
            return;
        }
        let call_site = CallSite::of(profile.frame(function));
        let profiles = profiles(ctx.store);
        let mut files = profiles.files.iter();
        let own = files.find(|file| *file.dump.path == *self.file);
        let taken_at = own.and_then(|own| own.dump.taken_at);
        self.code = Some((function, None));
        if let Some(job) = job_of_function(&call_site, taken_at, ctx.store) {
            let message = move |found| Message::Code(function, found);
            ctx.work.start(self.slot(CODE), &self.inbox, job, message);
        }
    }

    /// The selected frame in words: name, place, sizes.
    pub(super) fn words(&self, profile: &Profile) -> Spans {
        let (node, frames) = self.graph.selected();
        if profile.total() == 0 {
            return "no samples: the program allocated too little meanwhile".into();
        }
        if node == ROOT {
            return said(format!(
                "all · {} in {} functions, {} levels",
                bytes(profile.total()),
                grouped(profile.function_count() as u64),
                grouped(u64::from(profile.depth()))
            ));
        }
        let frame = profile.frame(profile.function(node));
        if frames > 1 {
            let frames = grouped(u64::from(frames));
            return said(format!(
                "{frames} frames too narrow to draw; the largest is "
            ))
            .function(frame.shown_name().to_owned())
            .note(format!(", {}", bytes(profile.total_size(node))));
        }
        let (own, total) = (profile.self_size(node), profile.total_size(node));
        let name = Spans::new().function(frame.shown_name().to_owned());
        let name = name.note(format!(
            " · total {} {} · self {} · ",
            bytes(total),
            percent(total, profile.total()),
            bytes(own)
        ));
        match frame.shown_place() {
            Some(place) => name.place(place),
            None => name.note("(engine)"),
        }
    }
}
