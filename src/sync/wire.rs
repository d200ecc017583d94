//! Tolerant readers of upstream JSON. What is absent, null or "" is not said; what is said but cannot be read makes its
//! object one to skip, with place and reason. Never guesses a value, never fails on a member that nobody asks for.

use super::Skipped;
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};
use entity::Timestamp;
use serde_json::{Map, Value};
use uuid::Uuid;

/// Names are cut after so many characters.
const NAME_CHARS: usize = 256;

/// What people wrote is cut after so many characters.
const PROSE_CHARS: usize = 65_536;

/// Longer text is refused, not cut: half an id is another id.
const TEXT_CHARS: usize = 1024;

/// Longer JSON text is refused.
const JSON_BYTES: usize = 16_384;

/// A value, or why its object is skipped.
pub(super) type Read<T> = Result<T, Skipped>;

/// The words that the documentation lists for one enumeration, in the form that is stored.
pub(super) struct Words {
    known: &'static [&'static str],
    numbered: bool,
}

impl Words {
    /// Words that travel as text only.
    pub(super) const fn of(known: &'static [&'static str]) -> Self {
        Words { known, numbered: false }
    }

    /// Words that travel as integers too: the place in the list, from 0, is the number.
    pub(super) const fn numbered(known: &'static [&'static str]) -> Self {
        Words { known, numbered: true }
    }

    /// PascalCase, camelCase and snake_case are one word.
    fn find(&self, text: &str) -> Option<&'static str> {
        if self.numbered
            && let Ok(number) = text.parse::<usize>()
        {
            return self.known.get(number).copied();
        }
        let mut known = self.known.iter().copied();
        known.find(|word| letters(word).eq(letters(text)))
    }
}

/// What a body says where the documentation lists words.
#[derive(Debug, PartialEq)]
pub(super) enum Word {
    /// A listed word, in its stored form.
    Known(&'static str),
    /// The body's own word.
    Other(String),
}

/// One object of a body and where it stands.
#[derive(Debug)]
pub(super) struct Object<'a> {
    members: &'a Map<String, Value>,
    place: String,
}

impl<'a> Object<'a> {
    /// `None` when the value is no object. The whole body stands at "".
    pub(super) fn new(value: &'a Value, place: String) -> Option<Self> {
        value.as_object().map(|members| Object { members, place })
    }

    /// Where it stands, for people.
    pub(super) fn place(&self) -> String {
        if self.place.is_empty() { "body".to_owned() } else { self.place.clone() }
    }

    /// The first five member names, shortened, for people.
    pub(super) fn names(&self) -> String {
        let mut names: Vec<String> = self.members.keys().take(5).map(|n| shortened(n)).collect();
        if self.members.len() > names.len() {
            names.push("…".to_owned());
        }
        if names.is_empty() { "no members".to_owned() } else { names.join(", ") }
    }

    /// This object is skipped because of one member.
    pub(super) fn fault(&self, name: &str, reason: impl Into<String>) -> Skipped {
        Skipped { place: self.at(name), reason: reason.into() }
    }

    /// This object is skipped as a whole.
    pub(super) fn unfit(&self, reason: impl Into<String>) -> Skipped {
        Skipped { place: self.place(), reason: reason.into() }
    }

    /// The value of a member that records cannot do without.
    pub(super) fn needed<T>(&self, name: &str, value: Option<T>) -> Read<T> {
        value.ok_or_else(|| self.fault(name, "is absent"))
    }

    /// Whether the member is there, whatever it holds.
    pub(super) fn has(&self, name: &str) -> bool {
        find(self.members, name).is_some()
    }

    /// The member's value; null and "" count as absent.
    pub(super) fn get(&self, name: &str) -> Option<&'a Value> {
        find(self.members, name).filter(|value| match value {
            Value::Null => false,
            Value::String(text) => !text.trim().is_empty(),
            _ => true,
        })
    }

    /// Text below nested members, for what never makes an object unfit: types, links, tags.
    pub(super) fn peek(&self, path: &[&str]) -> Option<&'a str> {
        let (last, parents) = path.split_last()?;
        let mut members = self.members;
        for parent in parents {
            members = find(members, parent)?.as_object()?;
        }
        find(members, last)?.as_str().filter(|text| !text.trim().is_empty())
    }

    /// The address of one of the object's links.
    pub(super) fn link(&self, relation: &str) -> Option<&'a str> {
        self.peek(&["links", relation, "uri"])
    }

    /// The entity tag, of either system.
    pub(super) fn etag(&self) -> Option<String> {
        self.peek(&["@odata.etag"])
            .or_else(|| self.peek(&["attributes", "etag"]))
            .and_then(clean)
            .filter(|tag| !tag.starts_with('<') && tag.chars().count() <= TEXT_CHARS)
    }

    /// Text or a number, trimmed, without control characters.
    pub(super) fn text(&self, name: &str) -> Read<Option<String>> {
        match self.uncut(name)? {
            Some(text) if text.chars().count() > TEXT_CHARS => {
                Err(self.fault(name, format!("is longer than {TEXT_CHARS} characters")))
            }
            text => Ok(text),
        }
    }

    /// Text that people read; a long one is cut.
    pub(super) fn name(&self, name: &str) -> Read<Option<String>> {
        Ok(self.uncut(name)?.map(|text| cut(&text)))
    }

    /// What people wrote, as given with its line breaks; a very long one is cut and says so. Never makes an object unfit.
    pub(super) fn prose(&self, name: &str) -> Option<String> {
        let text = match self.get(name)? {
            Value::String(text) => text.as_str(),
            other @ (Value::Number(_) | Value::Bool(_)) => return Some(other.to_string()),
            _ => return None,
        };
        // PostgreSQL takes no NUL, and no reader shows the others.
        let mut kept = text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\r' | '\t'));
        let mut prose: String = kept.by_ref().take(PROSE_CHARS).collect();
        if kept.next().is_some() {
            prose.pop();
            prose.push('…');
        }
        Some(prose)
    }

    /// The names in a list that a member holds, each once; a name alone is a list of one. Never makes an object unfit.
    pub(super) fn name_list(&self, name: &str) -> Vec<String> {
        let values = match self.get(name) {
            Some(Value::Array(values)) => values.as_slice(),
            Some(value) => std::slice::from_ref(value),
            None => return Vec::new(),
        };
        let mut names = Vec::new();
        for text in values.iter().filter_map(Value::as_str).filter_map(clean) {
            let text = cut(&text);
            if !names.contains(&text) {
                names.push(text);
            }
        }
        names
    }

    /// Text in lower case: domains, which are compared so.
    pub(super) fn lower(&self, name: &str) -> Read<Option<String>> {
        Ok(self.text(name)?.map(|text| text.to_lowercase()))
    }

    /// An id of any form; a GUID in lower case, everything else as given. The nil GUID stands for none.
    pub(super) fn reference(&self, name: &str) -> Read<Option<String>> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        match Uuid::try_parse(&text) {
            Ok(id) if id.is_nil() => Ok(None),
            Ok(id) if text.contains('-') => Ok(Some(id.to_string())),
            _ if is_placeholder(&text) => {
                let reason = format!("{} is a placeholder, not an id", quoted(&text));
                Err(self.fault(name, reason))
            }
            _ => Ok(Some(text)),
        }
    }

    /// An id of any form in lower case, as rows are found by it.
    pub(super) fn id(&self, name: &str) -> Read<Option<String>> {
        Ok(self.reference(name)?.map(|id| id.to_lowercase()))
    }

    /// A GUID in either case; the nil GUID stands for none.
    pub(super) fn guid(&self, name: &str) -> Read<Option<Uuid>> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        match Uuid::try_parse(&text) {
            Ok(id) => Ok((!id.is_nil()).then_some(id)),
            Err(_) => Err(self.fault(name, format!("{} is not a GUID", quoted(&text)))),
        }
    }

    /// A tenant that two members may give: a placeholder in one is made good by the other, a contradiction is not.
    pub(super) fn tenant(&self, name: &str, other: Read<Option<Uuid>>) -> Read<Uuid> {
        match (self.guid(name), other) {
            (Ok(Some(one)), Ok(Some(two))) if one != two => {
                Err(self.fault(name, format!("is {one}, while the tenant id is {two}")))
            }
            (Ok(Some(id)), _) | (_, Ok(Some(id))) => Ok(id),
            (Err(fault), _) | (_, Err(fault)) => Err(fault),
            (Ok(None), Ok(None)) => Err(self.fault(name, "is absent")),
        }
    }

    /// A PartnerID: digits, as text or as a number.
    pub(super) fn partner_number(&self, name: &str) -> Read<Option<String>> {
        match self.text(name)? {
            Some(text) if !text.bytes().all(|byte| byte.is_ascii_digit()) => {
                Err(self.fault(name, format!("{} is not a PartnerID", quoted(&text))))
            }
            text => Ok(text),
        }
    }

    /// A point in time, with or without zone (then UTC), cut to microseconds. Year 1 is unset and year 9999 is open ended:
    /// neither is a time.
    pub(super) fn time(&self, name: &str) -> Read<Option<Timestamp>> {
        match self.text(name)? {
            None => Ok(None),
            Some(text) if text.starts_with("0001-") || text.starts_with("9999-") => Ok(None),
            Some(text) => match instant(&text) {
                Some(time) => Ok(Some(time)),
                None => Err(self.fault(name, format!("{} is not a time", quoted(&text)))),
            },
        }
    }

    /// True or false, also as text.
    pub(super) fn flag(&self, name: &str) -> Read<Option<bool>> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(Value::String(text)) if text.trim().eq_ignore_ascii_case("true") => Ok(Some(true)),
            Some(Value::String(text)) if text.trim().eq_ignore_ascii_case("false") => Ok(Some(false)),
            Some(_) => Err(self.fault(name, "is neither true nor false")),
        }
    }

    /// A whole number from 0, also as text.
    pub(super) fn count(&self, name: &str) -> Read<Option<i64>> {
        let whole: Option<i64> = match self.get(name) {
            None => return Ok(None),
            Some(Value::Number(number)) => number.as_i64().or_else(|| {
                let float = number.as_f64()?;
                (float.fract() == 0.0 && float.abs() < 9e15).then_some(float as i64)
            }),
            Some(Value::String(text)) => text.trim().parse().ok(),
            Some(_) => None,
        };
        match whole {
            Some(number) if number < 0 => Err(self.fault(name, format!("is negative: {number}"))),
            Some(number) => Ok(Some(number)),
            None => Err(self.fault(name, "is not a whole number")),
        }
    }

    /// A word of an enumeration.
    pub(super) fn word(&self, name: &str, words: &Words) -> Read<Option<Word>> {
        let text = self.text(name)?;
        Ok(text.map(|text| match words.find(&text) {
            Some(known) => Word::Known(known),
            None => Word::Other(text),
        }))
    }

    /// A state as it is stored: its code, or `other` with the body's own word.
    pub(super) fn state(&self, name: &str, words: &Words) -> Read<(&'static str, Option<String>)> {
        Ok(match self.word(name, words)? {
            Some(Word::Known(code)) => (code, None),
            Some(Word::Other(raw)) => ("other", Some(raw)),
            None => ("other", None),
        })
    }

    /// A word as it is stored where unknown ones are kept in lower case; `unknown` says nothing.
    pub(super) fn term(&self, name: &str, words: &Words) -> Read<Option<String>> {
        let term = self.word(name, words)?.map(|word| match word {
            Word::Known(code) => code.to_owned(),
            Word::Other(raw) => raw.to_lowercase(),
        });
        Ok(term.filter(|term| term != "unknown"))
    }

    /// The member as compact JSON; an empty list or object says nothing.
    pub(super) fn json(&self, name: &str) -> Read<Option<String>> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        let empty = match value {
            Value::Array(values) => values.is_empty(),
            Value::Object(members) => members.is_empty(),
            _ => false,
        };
        let text = value.to_string();
        if text.len() > JSON_BYTES {
            return Err(self.fault(name, format!("is longer than {JSON_BYTES} bytes")));
        }
        Ok((!empty).then_some(text))
    }

    /// The object that a member holds.
    pub(super) fn child(&self, name: &str) -> Read<Option<Object<'a>>> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        match Object::new(value, self.at(name)) {
            Some(child) => Ok(Some(child)),
            None => Err(self.fault(name, format!("is {}, not an object", shape(value)))),
        }
    }

    /// The objects of a list that a member holds.
    pub(super) fn children(&self, name: &str) -> Read<Vec<Object<'a>>> {
        let entries = self.entries(name)?.iter().enumerate();
        entries
            .map(|(index, value)| {
                let place = format!("{name}[{index}]");
                Object::new(value, self.at(&place))
                    .ok_or_else(|| self.fault(&place, format!("is {}, not an object", shape(value))))
            })
            .collect()
    }

    /// The objects of a list that a member holds; what is none is left out and reported, for the rest stands without it.
    pub(super) fn objects(&self, name: &str, skipped: &mut Vec<Skipped>) -> Vec<Object<'a>> {
        let entries = match self.entries(name) {
            Ok(entries) => entries,
            Err(fault) => {
                skipped.push(fault);
                return Vec::new();
            }
        };
        let mut objects = Vec::with_capacity(entries.len());
        for (index, value) in entries.iter().enumerate() {
            let place = format!("{name}[{index}]");
            match Object::new(value, self.at(&place)) {
                Some(object) => objects.push(object),
                None => skipped.push(self.fault(&place, format!("is {}, not an object", shape(value)))),
            }
        }
        objects
    }

    /// The texts of a list that a member holds, in lower case, each once.
    pub(super) fn lower_list(&self, name: &str) -> Read<Vec<String>> {
        let mut texts = Vec::new();
        for (index, value) in self.entries(name)?.iter().enumerate() {
            let reason = match value {
                Value::Null => continue,
                Value::String(text) => match clean(text).map(|text| text.to_lowercase()) {
                    Some(text) if text.chars().count() <= TEXT_CHARS => {
                        if !texts.contains(&text) {
                            texts.push(text);
                        }
                        continue;
                    }
                    Some(_) => format!("is longer than {TEXT_CHARS} characters"),
                    None => continue,
                },
                other => format!("is {}, not text", shape(other)),
            };
            return Err(self.fault(&format!("{name}[{index}]"), reason));
        }
        Ok(texts)
    }

    fn entries(&self, name: &str) -> Read<&'a [Value]> {
        match self.get(name) {
            None => Ok(&[]),
            Some(Value::Array(values)) => Ok(values.as_slice()),
            Some(other) => Err(self.fault(name, format!("is {}, not a list", shape(other)))),
        }
    }

    fn uncut(&self, name: &str) -> Read<Option<String>> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(clean(text)),
            Some(Value::Number(number)) => Ok(Some(number.to_string())),
            Some(other) => Err(self.fault(name, format!("is {}, not text", shape(other)))),
        }
    }

    fn at(&self, name: &str) -> String {
        if self.place.is_empty() { name.to_owned() } else { format!("{}.{name}", self.place) }
    }
}

/// What a value is, for people.
pub(super) fn shape(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// The text in quotes, shortened, for people.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", shortened(text))
}

/// Whether the text is an example's stand-in: `<guid>`, `{customer-id}`.
pub(super) fn is_placeholder(text: &str) -> bool {
    text.contains(['<', '>', '{', '}'])
}

/// The path segment that follows `name` in a link.
pub(super) fn segment_after<'t>(link: &'t str, name: &str) -> Option<&'t str> {
    let path = link.split('?').next()?;
    let mut segments = path.split('/');
    segments.find(|segment| segment.eq_ignore_ascii_case(name))?;
    segments.next().filter(|segment| !segment.is_empty())
}

/// Responses are camelCase and examples of requests PascalCase; the exact name wins.
fn find<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    members.get(name).or_else(|| {
        let mut all = members.iter();
        all.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    })
}

fn clean(text: &str) -> Option<String> {
    let printable: String = text.chars().filter(|c| !c.is_control()).collect();
    let trimmed = printable.trim();
    (!trimmed.is_empty()).then(|| trimmed.to_owned())
}

fn cut(text: &str) -> String {
    let cut: String = text.chars().take(NAME_CHARS).collect();
    cut.trim_end().to_owned()
}

fn shortened(text: &str) -> String {
    let mut short: String = text.chars().filter(|c| !c.is_control()).take(40).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

fn letters(word: &str) -> impl Iterator<Item = char> + '_ {
    word.chars().filter(|c| !matches!(c, '_' | '-' | ' ')).map(|c| c.to_ascii_lowercase())
}

/// The documentation's own examples hold spaces: `2015-11-25T06: 41: 12Z`.
fn instant(text: &str) -> Option<Timestamp> {
    let mut text = text.to_ascii_uppercase();
    if !text.contains('T') {
        text = text.replacen(' ', "T", 1);
    }
    text.retain(|c| !c.is_whitespace());
    // Without this a sign would open years of five digits, which no RFC 3339 text can show again.
    if !text.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let zoned = DateTime::parse_from_rfc3339(&text).map(|time| time.to_utc());
    let time = zoned
        .or_else(|_| NaiveDateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M:%S%.f").map(|time| time.and_utc()))
        .or_else(|_| {
            NaiveDate::parse_from_str(&text, "%Y-%m-%d").map(|date| date.and_time(NaiveTime::MIN).and_utc())
        })
        .ok()?;
    Some(Timestamp(time.timestamp_micros()))
}

#[cfg(test)]
#[path = "wire_tests.rs"]
mod tests;
