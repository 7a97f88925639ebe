//! What lies over the page and has the keyboard: a line being typed, a list to choose from, the help.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::tui::commands::{Command, Context};
use crate::tui::dump_store::DumpStore;
use crate::tui::effect::Effect;
use crate::tui::keymap::Keymap;
use crate::tui::page::{DrawCtx, Page};
use crate::tui::widgets::list::Motion;
use crate::tui::widgets::prompt::Prompt;
use crate::tui::work::Work;

/// What overlays may use when something happens.
pub struct OverlayCtx<'a> {
    /// The workers.
    pub work: &'a mut Work,
    /// What is known of the dumps.
    pub store: &'a DumpStore,
    /// Which keys do what, for sentences that name one.
    pub keys: &'a Keymap,
    /// The page below.
    pub page: &'a dyn Page,
}

/// What becomes of an overlay.
pub enum Outcome {
    /// It stays.
    Stays,
    /// It goes, and this is to be done.
    Goes(Vec<Effect>),
}

/// Something that lies over the page.
pub trait Overlay {
    /// Where the keyboard is.
    fn context(&self) -> Context {
        Context::PROMPT
    }

    /// The line that is typed.
    fn prompt(&mut self) -> &mut Prompt;

    /// What is typed has changed.
    fn typed(&mut self, _ctx: &mut OverlayCtx<'_>) -> Vec<Effect> {
        Vec::new()
    }

    /// What was typed or chosen is taken.
    fn accept(&mut self, ctx: &mut OverlayCtx<'_>) -> Outcome;

    /// Text is about to be pasted into the line.
    fn begin_paste(&mut self) {}

    /// The user backs out.
    fn cancel(&mut self, _ctx: &mut OverlayCtx<'_>) -> Outcome {
        Outcome::Goes(Vec::new())
    }

    /// Moves; says whether there is anything to move in. Where there is not, the page moves.
    fn go(&mut self, _motion: Motion) -> bool {
        false
    }

    /// What is to be remembered of what was typed, when it is accepted.
    fn remembers(&self) -> Option<&str> {
        None
    }

    /// Puts something into the line that was typed before; says whether it did.
    fn recall(&mut self, _motion: Motion) -> bool {
        false
    }

    /// Does what a command asks for, if it is this overlay's; `None` if it is not.
    fn command(&mut self, _command: Command, _ctx: &mut OverlayCtx<'_>) -> Option<Vec<Effect>> {
        None
    }

    /// Whether a command can do something now.
    fn works(&self, command: Command) -> bool {
        !matches!(command, Command::PromptWhat | Command::PromptHow)
    }

    /// Takes what a worker found.
    fn take(&mut self, _store: &DumpStore) {}

    /// Whether nothing of the page can be seen.
    fn covers(&self) -> bool {
        false
    }

    /// Draws it onto the screen, `page` being below; says whether it drew the last line, too.
    fn draw(&mut self, buffer: &mut Buffer, area: Rect, page: &dyn Page, ctx: DrawCtx<'_>) -> bool;
}
