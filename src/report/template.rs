//! The sections of a report that people fill in.

/// Whether a report has sections that people fill in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Template {
    /// What was found, and nothing else.
    #[default]
    Without,
    /// Sections for what only people know, each with what belongs there.
    ToFillIn,
}

/// The sections that only people can fill: heading, what to write.
pub(super) const TO_FILL_IN: [(&str, &str); 6] = [
    (
        "Timeline",
        "When did it begin, who noticed it and how, what was done when? When was which version deployed?",
    ),
    (
        "Impact on users",
        "What did users see (slow answers, errors, restarts), how many of them, for how long?",
    ),
    (
        "Fix",
        "What was changed, where (commit, version), and why does that release the objects?",
    ),
    (
        VALIDATION,
        "Take three dumps after the fix, under the same load; `heaptui report` with `--after DIR` compares the growth.",
    ),
    (
        "Lessons",
        "What went well, what was luck, what took long? Why was it not found before it was deployed?",
    ),
    (
        "Prevention",
        "What keeps this from coming again: a test, an alert, a limit?",
    ),
];
/// The section on whether a fix helped, which a report has where it was given the dumps from after it.
pub(super) const VALIDATION: &str = "Validation";
