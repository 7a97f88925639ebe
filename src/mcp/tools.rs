//! The tools: what each is for, and what it takes.

use crate::error::Result;
use crate::task::Task;

use super::answer::Answer;
use super::arguments::{Arguments, Kind, Parameter};
use super::dumps::Dumps;
use super::{objects, series};

/// A tool.
pub(super) struct Tool {
    pub name: &'static str,
    pub about: &'static str,
    pub parameters: &'static [Parameter],
    pub run: fn(&mut Dumps, &Arguments, &Task) -> Result<Answer>,
}

const fn parameter(name: &'static str, kind: Kind, about: &'static str) -> Parameter {
    Parameter {
        name,
        kind,
        about,
        required: false,
    }
}

const fn required(name: &'static str, kind: Kind, about: &'static str) -> Parameter {
    Parameter {
        name,
        kind,
        about,
        required: true,
    }
}

const AT: Parameter = parameter(
    "at",
    Kind::Text,
    "the dump, such as s2; the last one if not given",
);
const ID: Parameter = required("id", Kind::Number, "the object's id");

/// All tools, in the order in which one asks.
pub(super) const TOOLS: [Tool; 12] = [
    Tool {
        name: "overview",
        about: "Lists the dumps, and of the last one the sizes and the classes that retain most.",
        parameters: &[],
        run: series::overview,
    },
    Tool {
        name: "suspects",
        about: "Finds the memory leak over all dumps: the holder, what piles up, why it stays, what to change, with a confidence. \
                Begin here.",
        parameters: &[],
        run: series::suspects,
    },
    Tool {
        name: "owners",
        about: "Lists whose code keeps how much memory, and how that grows over the dumps.",
        parameters: &[parameter(
            "by",
            Kind::Text,
            "package (the default), script or folder",
        )],
        run: series::owners,
    },
    Tool {
        name: "trend",
        about: "Lists the classes by how they grow over the dumps: counts, shallow and retained sizes in each.",
        parameters: &[],
        run: series::trend,
    },
    Tool {
        name: "query",
        about: "Finds objects by a question. Filters: Session (a class), ~regex, \"(string)\", type=closure, has(prop), \
                value~regex, owner~package, shallow>1kB, retained=1MB..10MB, count>1000, distance<5, new(s1,s2), \
                retained-by(Class|@id|detached-dom|contexts|console|event-handlers), detached, unreachable (no distance from the global objects); and, or, not, \
                parentheses. Steps: | group class|type|owner|holder|shape|dominator | where count>10 | sort \
                retained|shallow|count|distance|name | top 20.",
        parameters: &[required("question", Kind::Text, "the question"), AT],
        run: objects::query,
    },
    Tool {
        name: "object",
        about: "Shows an object: sizes, where its class was written, what it refers to, and who refers to it.",
        parameters: &[ID, AT],
        run: objects::object,
    },
    Tool {
        name: "why",
        about: "Explains why an object is alive: the chain from the root, what each step would free, where to cut.",
        parameters: &[ID, AT],
        run: objects::why,
    },
    Tool {
        name: "paths",
        about: "Shows how all objects of a class are reached from the root: paths merged by their shape.",
        parameters: &[
            required("class", Kind::Text, "the exact name of the class"),
            AT,
        ],
        run: objects::paths,
    },
    Tool {
        name: "retained_if_cut",
        about: "Says what would be freed if these objects went or these references were cut, all at once.",
        parameters: &[
            parameter("ids", Kind::Numbers, "ids of objects that go"),
            parameter(
                "edges",
                Kind::Texts,
                "references that are cut, such as 1234:_events, or 1234:* for all of the object's",
            ),
            AT,
        ],
        run: objects::retained_if_cut,
    },
    Tool {
        name: "strings",
        about: "Lists the texts that are in the heap more than once, with what their copies cost.",
        parameters: &[AT],
        run: objects::strings,
    },
    Tool {
        name: "compare",
        about: "Compares two dumps by class: what is new, and what is gone.",
        parameters: &[
            parameter(
                "from",
                Kind::Text,
                "the base, such as s1; the dump before the other if not given",
            ),
            parameter(
                "to",
                Kind::Text,
                "the dump to compare with it; the last one if not given",
            ),
        ],
        run: series::compare,
    },
    Tool {
        name: "report",
        about: "Writes the report of an incident in Markdown, line by line; a larger max_bytes shows it whole.",
        parameters: &[],
        run: series::report,
    },
];
