//! What can be done now: which commands the footer, the tabs and the menu of actions offer.

use crate::tui::commands::{COMMANDS, Command, Context, Spec};
use crate::tui::navigator::Navigator;
use crate::tui::place::PageKey;
use crate::tui::session::Session;

/// Where the user is.
#[derive(Clone, Copy)]
pub struct Offers<'a> {
    /// The pages.
    pub nav: &'a Navigator,
    /// The dumps.
    pub session: &'a Session,
}

impl Offers<'_> {
    /// Whether a command of the page can do something now, and something worth a word in the footer.
    pub fn hints(self, command: Command) -> bool {
        let session = self.session;
        let page = self.nav.page();
        let context = page.context();
        match command {
            Command::Help | Command::Quit => true,
            Command::Back => self.nav.can_go_back(),
            // Elsewhere it is what everybody expects of it.
            Command::BackOut => match context {
                Context::DUMPS => session.loading(None).is_some(),
                Context::SUSPECTS => session.is_searching(),
                _ => self.nav.is_pending(),
            },
            Command::NextProcess => session.store.groups().len() > 1,
            Command::NarrowPrevious => session.store.usable().len() > 2,
            Command::Compare => session.store.usable().len() > 1,
            Command::Narrow => {
                !context.meets(Context::PROFILE) && self.nav.dump_in_question(session).is_some()
            }
            Command::ShowGrowth => session.store.usable().len() > 1,
            Command::WriteReport => *self.nav.key() == PageKey::Suspects,
            // Where growth is in view it is the next question; elsewhere the footer has no room for it.
            Command::ShowSuspects => matches!(self.nav.key(), PageKey::Growth | PageKey::Dumps),
            Command::Filter => page.searched().is_some() || !page.views().is_empty(),
            Command::ShowWhy | Command::ShowInSummary | Command::ShowMakers
                if page.subject().is_none() =>
            {
                false
            }
            _ => page.works(command, &session.store),
        }
    }

    /// Whether the page of a command can be shown now, be it worth a word or not.
    pub fn opens(self, command: Command) -> bool {
        let dumps = self.session.store.usable().len();
        match command {
            Command::ShowGrowth | Command::Compare => dumps > 1,
            Command::ShowSuspects => dumps > 0,
            Command::ShowDumps | Command::WriteReport => true,
            Command::ShowSummary => self.nav.dump_in_question(self.session).is_some(),
            command => match command.spec().and_then(|spec| spec.opens) {
                Some(opens) => {
                    let page = self.nav.page();
                    let subject = match command {
                        Command::ShowMakers | Command::ShowWhy => page.made(),
                        _ => page.subject(),
                    };
                    let of_dump = || self.nav.subject_of_dump(self.session);
                    let key = subject.or_else(of_dump).and_then(opens);
                    key.is_some_and(|key| key != *self.nav.key())
                }
                None => self.hints(command),
            },
        }
    }

    /// What can be done with the selected row, what it is for first.
    pub fn actions(self) -> Vec<&'static Spec> {
        let context = self.nav.page().context();
        let mut found: Vec<&Spec> = Vec::new();
        for spec in COMMANDS {
            let is_of_row = spec.needs.rows()
                && spec.command.motion(None).is_none()
                && !matches!(
                    spec.command,
                    Command::Back
                        | Command::Forward
                        | Command::BackOut
                        | Command::SearchNext
                        | Command::SearchPrevious
                        | Command::Filter
                        | Command::NextList
                        | Command::WriteView
                );
            // What opens without a row is about the dump, but for the tree that goes to the object.
            let dump = self.nav.subject_of_dump(self.session);
            let of_dump = dump.zip(spec.opens).and_then(|(dump, opens)| opens(dump));
            let is_of_row =
                is_of_row && (of_dump.is_none() || spec.command == Command::ShowDominators);
            let is_new = !found.iter().any(|other| other.command == spec.command);
            if is_of_row
                && is_new
                && spec.context.meets(context)
                && self.opens(spec.command)
                && self.nav.page().works(spec.command, &self.session.store)
            {
                found.push(spec);
            }
        }
        found
    }
}
