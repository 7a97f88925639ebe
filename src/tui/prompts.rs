//! What lies over the page, if anything does: it gets the keys first.

use crate::tui::commands::{Command, Context};
use crate::tui::dump_store::DumpStore;
use crate::tui::effect::Effect;
use crate::tui::navigator::Navigator;
use crate::tui::overlay::{Outcome, Overlay, OverlayCtx};
use crate::tui::session::Session;
use crate::tui::views::question::Asker;
use crate::tui::widgets::list::Motion;
use crate::tui::widgets::prompt::Prompt;

/// What lies over the page.
#[derive(Default)]
pub struct Prompts {
    over: Option<Box<dyn Overlay>>,
    /// What was searched for before, the last one last.
    searched: Vec<String>,
    /// The questions that were asked before, the last one last.
    asked: Vec<String>,
}

/// How long a line is made by pasting, in bytes.
const LONGEST_PASTE: usize = 1000;

impl Prompts {
    /// Puts something over the page.
    pub fn show(&mut self, overlay: impl Overlay + 'static) {
        self.over = Some(Box::new(overlay));
    }

    /// Whether the page has the keyboard.
    pub fn is_empty(&self) -> bool {
        self.over.is_none()
    }

    /// Where the keyboard is; `None`: on the page.
    pub fn context(&self) -> Option<Context> {
        self.over.as_ref().map(|over| over.context())
    }

    /// What lies over the page.
    pub fn over(&mut self) -> Option<&mut dyn Overlay> {
        match &mut self.over {
            Some(over) => Some(&mut **over),
            None => None,
        }
    }

    /// Moves in it; `None` if there is nothing to move in.
    pub fn go(
        &mut self,
        motion: Motion,
        session: &mut Session,
        nav: &Navigator,
    ) -> Option<Vec<Effect>> {
        let over = self.over.as_mut()?;
        if over.recall(motion) {
            return Some(over.typed(&mut ctx(session, nav)));
        }
        over.go(motion).then(Vec::new)
    }

    /// Has it take what a worker found.
    pub fn take(&mut self, store: &DumpStore) {
        if let Some(over) = &mut self.over {
            over.take(store);
        }
    }

    /// Does what a command asks for; `None` if that is the page's business.
    pub fn run(
        &mut self,
        command: Command,
        session: &mut Session,
        nav: &Navigator,
    ) -> Option<Vec<Effect>> {
        let over = self.over.as_mut()?;
        let mut erased = true;
        let effects = match command {
            Command::PromptAccept => {
                if let Some(text) = over.remembers().map(str::to_owned) {
                    let known = match over.context() {
                        Context::QUESTION => &mut self.asked,
                        _ => &mut self.searched,
                    };
                    known.retain(|other| *other != text);
                    known.push(text);
                }
                let outcome = over.accept(&mut ctx(session, nav));
                return Some(self.become_of(outcome));
            }
            Command::BackOut => return Some(self.cancel(session, nav)),
            Command::Quit => {
                self.over = None;
                Vec::new()
            }
            Command::PromptErase => self.edit(|prompt| erased = prompt.erase(), session, nav),
            Command::PromptEraseWord => self.edit(Prompt::erase_word, session, nav),
            Command::PromptClear => self.edit(Prompt::clear, session, nav),
            Command::PromptDelete => self.edit(Prompt::delete, session, nav),
            Command::PromptLeft => self.point(Prompt::left),
            Command::PromptRight => self.point(Prompt::right),
            Command::PromptStart => self.point(Prompt::start),
            Command::PromptEnd => self.point(Prompt::end),
            command => return over.command(command, &mut ctx(session, nav)),
        };
        match erased {
            true => Some(effects),
            false => Some(self.cancel(session, nav)),
        }
    }

    fn cancel(&mut self, session: &mut Session, nav: &Navigator) -> Vec<Effect> {
        let Some(over) = &mut self.over else {
            return Vec::new();
        };
        let outcome = over.cancel(&mut ctx(session, nav));
        self.become_of(outcome)
    }

    fn become_of(&mut self, outcome: Outcome) -> Vec<Effect> {
        match outcome {
            Outcome::Stays => Vec::new(),
            Outcome::Goes(effects) => {
                self.over = None;
                effects
            }
        }
    }

    /// Begins a line in which a question is typed.
    pub fn ask(&mut self, text: &str, session: &mut Session, nav: &Navigator) {
        let mut asker = Asker::new(text, self.asked.clone());
        asker.typed(&mut ctx(session, nav));
        self.show(asker);
    }

    /// Moves the cursor.
    fn point(&mut self, edit: impl FnOnce(&mut Prompt)) -> Vec<Effect> {
        if let Some(over) = &mut self.over {
            edit(over.prompt());
        }
        Vec::new()
    }

    /// What was searched for before, the last one last.
    pub fn searched(&self) -> Vec<String> {
        self.searched.clone()
    }

    /// Changes what is being typed, and whatever follows from it.
    pub fn edit(
        &mut self,
        edit: impl FnOnce(&mut Prompt),
        session: &mut Session,
        nav: &Navigator,
    ) -> Vec<Effect> {
        let Some(over) = &mut self.over else {
            return Vec::new();
        };
        edit(over.prompt());
        over.typed(&mut ctx(session, nav))
    }

    /// Puts text into the line being typed; it is never run as keys.
    pub fn paste(&mut self, text: &str, session: &mut Session, nav: &Navigator) -> Vec<Effect> {
        if let Some(over) = &mut self.over {
            over.begin_paste();
        }
        // Terminals send a carriage return for the end of a line.
        let words = text.split(['\r', '\n']).map(str::trim);
        let words: Vec<&str> = words.filter(|words| !words.is_empty()).collect();
        let line = words.join(" ");
        let edit = |prompt: &mut Prompt| {
            let room = LONGEST_PASTE.saturating_sub(prompt.text().len());
            let line = line.trim().chars().take(room);
            line.for_each(|character| prompt.push(character));
        };
        self.edit(edit, session, nav)
    }
}

/// What overlays may use.
fn ctx<'a>(session: &'a mut Session, nav: &'a Navigator) -> OverlayCtx<'a> {
    OverlayCtx {
        work: &mut session.work,
        store: &session.store,
        keys: &session.keys,
        page: nav.page(),
    }
}
