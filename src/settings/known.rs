//! Known leaks: those that a gate lets pass, each with a reason, for a while or up to a rate.

use std::fmt::Write as _;
use std::path::Path;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::values::wrong;
use crate::analysis::suspects::{SignatureId, Suspect};
use crate::error::{Error, ErrorKind, Result};
use crate::text::escape::one_line;
use crate::text::mask::Reveal;
use crate::text::size::parse_size;
use crate::text::units::bytes;

/// The largest file that can be meant, in bytes.
const LARGEST: u64 = 1 << 20;

/// A leak that is known, and why it may stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownLeak {
    /// Which leak.
    pub signature: SignatureId,
    /// Why it is accepted.
    pub reason: String,
    /// The last day on which it is, in UTC.
    pub until: Option<Date>,
    /// The most that it may grow by in an hour, in bytes.
    pub max_growth_per_hour: Option<u64>,
}

/// The known leaks of a file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KnownLeaks(Vec<KnownLeak>);

/// What is to be said of a leak that is in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It may stay.
    Accepted,
    /// It may not stay any longer, or not at this rate; in words.
    Refused(String),
    /// Whether it stays below its rate is not known.
    Unknown,
}

impl KnownLeak {
    /// Whether a leak may stay today.
    pub fn standing(&self, growth_per_hour: Option<f64>, today: Date) -> Standing {
        if let Some(until) = self.until.filter(|&until| today > until) {
            return Standing::Refused(format!("it was accepted until {until}"));
        }
        match (self.max_growth_per_hour, growth_per_hour) {
            (Some(limit), Some(rate)) if rate > limit as f64 => Standing::Refused(format!(
                "it grows by {} an hour, more than {}",
                bytes(rate as u64),
                bytes(limit)
            )),
            (Some(_), None) => Standing::Unknown,
            _ => Standing::Accepted,
        }
    }

    /// Why a leak may stay or not, and until when.
    pub fn in_words(&self, growth_per_hour: Option<f64>, today: Date) -> String {
        let limit = self.max_growth_per_hour.map(bytes).unwrap_or_default();
        let reason = &self.reason;
        match (self.standing(growth_per_hour, today), self.until) {
            (Standing::Refused(why), _) => format!("known, but {why} ({reason})"),
            (Standing::Unknown, _) => {
                format!("known up to {limit} an hour, but its rate is not known ({reason})")
            }
            (Standing::Accepted, Some(until)) => format!("known until {until}: {reason}"),
            (Standing::Accepted, None) => format!("known: {reason}"),
        }
    }
}

impl KnownLeaks {
    /// Reads the file of this name.
    ///
    /// # Errors
    /// When it cannot be read, or for the first thing in it that is not understood, with its line.
    pub fn load(path: &Path) -> Result<Self> {
        let failed = |error: &std::io::Error| {
            Error::io("cannot read the known leaks", error)
                .in_file(path)
                .advise("heaptui check --write-known FILE begins such a file")
        };
        let found = std::fs::metadata(path).map_err(|error| failed(&error))?;
        if !found.is_file() || found.len() > LARGEST {
            let error = Error::new(ErrorKind::Usage, "this is no file of known leaks");
            return Err(error.in_file(path));
        }
        crate::save::note_input(path);
        let text = std::fs::read_to_string(path).map_err(|error| failed(&error))?;
        Self::parse(&text).map_err(|error| error.in_file(path))
    }

    /// Reads the text of such a file.
    ///
    /// # Errors
    /// The first thing in it that is not understood, with its line.
    pub fn parse(text: &str) -> Result<Self> {
        let line = |at: usize| 1 + text.bytes().take(at).filter(|&byte| byte == b'\n').count();
        let table = DeTable::parse(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            wrong(line(at), error.message())
        })?;
        let mut known: Vec<KnownLeak> = Vec::new();
        for (name, value) in table.get_ref() {
            let at = line(name.span().start);
            let leaks = match value.get_ref() {
                DeValue::Array(leaks) if name.get_ref() == "leak" => leaks,
                _ => {
                    let words = format!("expected [[leak]], found {}", name.get_ref());
                    return Err(wrong(at, &words));
                }
            };
            for leak in leaks.iter() {
                let at = line(leak.span().start);
                let Some(fields) = leak.get_ref().as_table() else {
                    return Err(wrong(at, "expected [[leak]] and its fields below"));
                };
                let leak = read(fields, at, line)?;
                if known.iter().any(|other| other.signature == leak.signature) {
                    let words = format!("{} is in this file twice", leak.signature);
                    return Err(wrong(at, &words).advise("remove one of them"));
                }
                known.push(leak);
            }
        }
        Ok(Self(known))
    }

    /// The leak of this signature.
    pub fn find(&self, signature: SignatureId) -> Option<&KnownLeak> {
        self.0.iter().find(|leak| leak.signature == signature)
    }

    /// All of them, in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = &KnownLeak> {
        self.0.iter()
    }

    /// What is to be added to the file for those of `suspects` that are not in it; reasons are left to be written.
    pub fn missing<'a>(&self, suspects: impl Iterator<Item = &'a Suspect>) -> String {
        let mut text = String::new();
        let mut added: Vec<SignatureId> = Vec::new();
        for suspect in suspects {
            let id = suspect.signature.id;
            if self.find(id).is_some() || added.contains(&id) {
                continue;
            }
            added.push(id);
            let holder = suspect.holder_name.told(Reveal::Nothing);
            // Writing to a String cannot fail.
            let _ = write!(
                text,
                "\n# {}: {}\n[[leak]]\nsignature = \"{id}\"\nreason = \"\"\n# until = \"2099-12-31\"\n\
                 # max_growth_per_hour = \"10M\"\n",
                suspect.pattern.words(),
                one_line(&holder),
            );
        }
        text
    }
}

/// What stands above the entries of a file that `check --write-known` begins.
pub const KNOWN_HEADER: &str = "\
# Leaks that heaptui check --known FILE lets pass. Each needs a reason. After the day `until` (UTC), or when it grows
# by more than `max_growth_per_hour`, the check fails again.
";

/// The day it is, in UTC.
pub fn today() -> Date {
    TimeZone::UTC.to_datetime(Timestamp::now()).date()
}

fn read(fields: &DeTable<'_>, at: usize, line: impl Fn(usize) -> usize) -> Result<KnownLeak> {
    let (mut signature, mut reason, mut until, mut limit) = (None, None, None, None);
    for (name, value) in fields {
        let at = line(name.span().start);
        let text = || text_of(name.get_ref(), value, at);
        let not = |what: &str| wrong(at, &format!("{} is not {what}", name.get_ref()));
        match name.get_ref().as_ref() {
            "signature" => {
                let id = text()?.parse::<SignatureId>();
                signature = Some(id.map_err(|words| wrong(at, &words))?);
            }
            "reason" => {
                let words = text()?.trim().to_owned();
                if words.is_empty() {
                    return Err(
                        wrong(at, "the reason is empty").advise("write why this leak is accepted")
                    );
                }
                reason = Some(words);
            }
            "until" => {
                let date = match value.get_ref() {
                    DeValue::Datetime(date) => date.to_string(),
                    _ => text()?,
                };
                let date = date.parse::<Date>();
                until = Some(date.map_err(|_| not("a date such as \"2027-01-31\""))?);
            }
            "max_growth_per_hour" => {
                let size = parse_size(&text()?);
                limit = Some(size.map_err(|_| not("a size such as \"10M\""))?);
            }
            other => {
                return Err(wrong(at, &format!("unknown field {other}"))
                    .advise("the fields are signature, reason, until and max_growth_per_hour"));
            }
        }
    }
    let missing = |what: &str| wrong(at, &format!("this leak has no {what}"));
    Ok(KnownLeak {
        signature: signature.ok_or_else(|| missing("signature"))?,
        reason: reason.ok_or_else(|| {
            missing("reason").advise("write why this leak is accepted: reason = \"…\"")
        })?,
        until,
        max_growth_per_hour: limit,
    })
}

fn text_of(name: &str, value: &Spanned<DeValue<'_>>, line: usize) -> Result<String> {
    let text = value.get_ref().as_str().map(str::to_owned);
    text.ok_or_else(|| wrong(line, &format!("{name} is a text in quotes")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAK: &str =
        "# known\n[[leak]]\nsignature = \"LK-7f3a90c1\"\nreason = \"upstream #12\"\n";

    #[test]
    fn a_leak_stands_until_its_day_and_below_its_rate() {
        let known = KnownLeaks::parse(&format!(
            "{LEAK}until = 2027-01-31\nmax_growth_per_hour = \"10M\"\n"
        ))
        .unwrap();
        let leak = known.find(SignatureId(0x7f3a_90c1)).unwrap();
        assert_eq!(leak.reason, "upstream #12");
        let last: Date = "2027-01-31".parse().unwrap();
        assert_eq!(leak.standing(Some(1e7), last), Standing::Accepted);
        assert_eq!(leak.standing(None, last), Standing::Unknown);
        assert_eq!(
            leak.standing(Some(1.2e7), last),
            Standing::Refused("it grows by 12.0 MB an hour, more than 10.0 MB".to_owned())
        );
        assert_eq!(
            leak.standing(Some(0.0), last.tomorrow().unwrap()),
            Standing::Refused("it was accepted until 2027-01-31".to_owned())
        );
        assert_eq!(
            leak.in_words(Some(1e7), last),
            "known until 2027-01-31: upstream #12"
        );
        assert_eq!(
            leak.in_words(Some(0.0), last.tomorrow().unwrap()),
            "known, but it was accepted until 2027-01-31 (upstream #12)"
        );
        assert_eq!(
            leak.in_words(None, last),
            "known up to 10.0 MB an hour, but its rate is not known (upstream #12)"
        );
        assert_eq!(known.find(SignatureId(1)), None);
    }

    #[test]
    fn what_is_not_understood_is_named_with_its_line() {
        for (text, expected) in [
            (
                format!("{LEAK}until = \"soon\"\n"),
                "line 5: until is not a date",
            ),
            (
                format!("{LEAK}max_growth_per_hour = 10\n"),
                "line 5: max_growth_per_hour is a text",
            ),
            (
                format!("{LEAK}untill = \"2027-01-31\"\n"),
                "line 5: unknown field untill",
            ),
            (
                format!("{LEAK}{LEAK}"),
                "line 6: LK-7f3a90c1 is in this file twice",
            ),
            (
                "[[leak]]\nreason = \"x\"\n".to_owned(),
                "line 1: this leak has no signature",
            ),
            (
                "[[leak]]\nsignature = \"LK-1\"\n".to_owned(),
                "line 2: a signature is LK-",
            ),
            (
                LEAK.replace("upstream #12", " "),
                "line 4: the reason is empty",
            ),
            (
                LEAK.replace("reason = \"upstream #12\"\n", ""),
                "line 2: this leak has no reason",
            ),
            (
                "leaks = []\n".to_owned(),
                "line 1: expected [[leak]], found leaks",
            ),
            ("[[leak]\n".to_owned(), "line 1: "),
        ] {
            let error = KnownLeaks::parse(&text).unwrap_err();
            assert!(error.message.starts_with(expected), "{text}: {error}");
        }
        assert_eq!(
            KnownLeaks::parse(KNOWN_HEADER).unwrap(),
            KnownLeaks::default()
        );
    }
}
