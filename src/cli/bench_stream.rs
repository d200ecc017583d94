//! The client's end of a live stream: server-sent events out of the pieces of a body, and the changes that they tell of.
//!
//! Changes are numbered in their incident's title; a frame that shows no number is a failure, as is one with errors and
//! the end of the stream.

use super::bench::body;
use super::bench_load::{Target, beginning, unanswered};
use crate::error::{Error, Result};
use reqwest::{Client, Response};
use serde_json::{Value, json};
use std::time::Instant;

/// What the titles of numbered changes begin with.
pub const TITLE: &str = "Benchmark, change ";

/// Takes the payloads of server-sent events out of the pieces of a body.
#[derive(Default)]
struct Events(Vec<u8>);

impl Events {
    /// The payloads that this piece completes; comments have none.
    fn push(&mut self, piece: &[u8]) -> Result<Vec<Value>> {
        self.0.extend_from_slice(piece);
        let mut payloads = Vec::new();
        while let Some(end) = self.0.windows(2).position(|pair| pair == b"\n\n") {
            let event: Vec<u8> = self.0.drain(..end + 2).collect();
            let text = std::str::from_utf8(&event).map_err(Error::internal)?;
            if text.starts_with("event: complete") {
                return Err(Error::internal("a stream is complete"));
            }
            if let Some(data) = text.lines().find_map(|line| line.strip_prefix("data: ")) {
                payloads.push(serde_json::from_str(data).map_err(Error::internal)?);
            }
        }
        Ok(payloads)
    }
}

/// That a stream told of changes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frame {
    /// Which stream.
    pub stream: usize,
    /// The change that it shows.
    pub number: u64,
    /// How many changes it stands for besides one.
    pub missed: u64,
    /// When it came.
    pub at: Instant,
}

impl Frame {
    fn of(payload: &Value, stream: usize, at: Instant) -> Result<Self> {
        let title = payload.pointer("/data/incidentChanged/incident/title").and_then(Value::as_str);
        let number: Option<u64> = title.and_then(|title| title.strip_prefix(TITLE)?.parse().ok());
        match number.filter(|_| payload.get("errors").is_none()) {
            Some(number) => {
                let missed = payload["extensions"]["missed"].as_u64().unwrap_or_default();
                Ok(Frame { stream, number, missed, at })
            }
            None => {
                let payload = payload.to_string();
                Err(Error::internal(format!("a frame without its change: {}", beginning(payload.as_bytes()))))
            }
        }
    }
}

/// The client's end of one stream.
pub struct Reader {
    response: Response,
    events: Events,
    stream: usize,
}

impl Reader {
    /// Opens a stream; when it listens, it does not say.
    ///
    /// # Errors
    /// The server does not answer with a stream.
    pub async fn open(target: &Target, client: &Client, document: &str, stream: usize) -> Result<Self> {
        let response = target.listen(client, body(document, json!({}))).await?;
        Ok(Reader { response, events: Events::default(), stream })
    }

    /// The frames that the next bytes complete. Cancel safe.
    ///
    /// # Errors
    /// The stream broke off, or tells of something else than changes.
    pub async fn read(&mut self) -> Result<Vec<Frame>> {
        let piece = self.response.chunk().await.map_err(unanswered)?;
        let piece = piece.ok_or_else(|| Error::internal("a stream broke off"))?;
        let at = Instant::now();
        let payloads = self.events.push(&piece)?;
        payloads.iter().map(|payload| Frame::of(payload, self.stream, at)).collect()
    }

    /// Reads until it shows this change or a later one.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub async fn until(&mut self, number: u64) -> Result<()> {
        while !self.read().await?.iter().any(|frame| frame.number >= number) {}
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_found_however_the_body_is_cut() {
        let body =
            ":\n\nevent: next\ndata: {\"a\":\"\\n\\n\u{e9}\"}\n\n:\n\nevent: next\ndata: {\"a\":2}\n\n";
        for size in 1..body.len() {
            let (mut events, mut found) = (Events::default(), Vec::new());
            for piece in body.as_bytes().chunks(size) {
                found.extend(events.push(piece).unwrap());
            }
            assert_eq!(found, [json!({ "a": "\n\n\u{e9}" }), json!({ "a": 2 })], "in pieces of {size}");
        }
    }

    #[test]
    fn the_end_of_a_stream_and_what_is_no_change_are_failures() {
        assert!(Events::default().push(b"event: complete\ndata:\n\n").is_err());
        let at = Instant::now();
        let title = format!("{TITLE}7");
        let data = json!({ "incidentChanged": { "incident": { "title": title } } });
        let frame = Frame::of(&json!({ "data": data, "extensions": { "missed": 3 } }), 2, at);
        assert_eq!(frame.unwrap(), Frame { stream: 2, number: 7, missed: 3, at });
        assert_eq!(Frame::of(&json!({ "data": data }), 2, at).unwrap().missed, 0);
        for wrong in [json!({ "errors": [] }), json!({ "data": data, "errors": [] }), json!({ "data": {} })] {
            assert!(Frame::of(&wrong, 2, at).is_err(), "{wrong}");
        }
    }
}
