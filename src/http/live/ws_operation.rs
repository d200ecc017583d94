//! One operation of a socket: opens it and says what it has to say, as a task that its client or the end of the socket
//! aborts. A mutation that was begun goes on all the same: `crate::live` sees to that.
//!
//! - It asks its stream for the next frame only after the last one is in the queue.
//! - The last message marks the operation over at the moment it enters the queue: a client that sees it may use the id
//!   again at once.

use super::super::answer;
use super::ws_message::{Closing, ServerMessage};
use super::ws_writer::{Outgoing, Ticket};
use super::{failure, was_refused};
use crate::access::issuer::Claims;
use crate::app::App;
use crate::live::{self, LiveFrame, Opened, Operation};
use std::sync::Arc;
use tokio::sync::mpsc;
use uuid::Uuid;

/// How an operation speaks to its client.
pub struct Voice {
    /// The client's name for the operation.
    pub id: String,
    /// The way to the writer.
    pub queue: mpsc::Sender<Outgoing>,
    /// What session and writer know of it.
    pub ticket: Arc<Ticket>,
}

/// Why something could not be said.
enum Unsaid {
    /// Nobody writes any more.
    Gone,
    /// It could not be put into words.
    Unwritable,
}

impl Voice {
    async fn next(&self, response: &async_graphql::Response) -> Result<(), Unsaid> {
        let text = text(&ServerMessage::Next { id: &self.id, payload: response })?;
        let outgoing = Outgoing::of(text, self.ticket.clone());
        self.queue.send(outgoing).await.map_err(|_| Unsaid::Gone)
    }

    async fn complete(&self) -> Result<(), Unsaid> {
        self.last(text(&ServerMessage::Complete { id: &self.id })?).await
    }

    async fn refuse(&self, response: &async_graphql::Response) -> Result<(), Unsaid> {
        self.last(text(&ServerMessage::Error { id: &self.id, payload: &response.errors })?).await
    }

    async fn last(&self, text: String) -> Result<(), Unsaid> {
        let place = self.queue.reserve().await.map_err(|_| Unsaid::Gone)?;
        self.ticket.end();
        place.send(Outgoing::of(text, self.ticket.clone()));
        Ok(())
    }
}

fn text(message: &ServerMessage<'_>) -> Result<String, Unsaid> {
    message.encode().map_err(|error| {
        tracing::error!(error = &error as &dyn std::error::Error, "a message could not be written");
        Unsaid::Unwritable
    })
}

/// Runs the operation to its end. Answers how the socket is to be closed, if that end is the socket's too.
pub async fn run(
    app: App,
    claims: Arc<Claims>,
    operation: Operation,
    request_id: Uuid,
    voice: Voice,
) -> Option<Closing> {
    match play(&app, &claims, operation, request_id, &voice).await {
        Ok(closing) => closing,
        Err(Unsaid::Gone) => None,
        Err(Unsaid::Unwritable) => Some(Closing::internal()),
    }
}

async fn play(
    app: &App,
    claims: &Claims,
    operation: Operation,
    request_id: Uuid,
    voice: &Voice,
) -> Result<Option<Closing>, Unsaid> {
    let mut stream = match live::open(app, claims, operation, request_id).await {
        Ok(Opened::Stream(stream)) => stream,
        Ok(Opened::Single(mut response)) => {
            answer::finish(&mut response, request_id);
            if was_refused(&response) {
                voice.refuse(&response).await?;
            } else {
                voice.next(&response).await?;
                voice.complete().await?;
            }
            return Ok(None);
        }
        Err(error) => {
            let closing = Closing::after(&error);
            voice.refuse(&failure(error, request_id)).await?;
            return Ok(closing);
        }
    };
    loop {
        match stream.next().await {
            LiveFrame::Next(mut response) => {
                answer::finish(&mut response, request_id);
                voice.next(&response).await?;
            }
            LiveFrame::Ended(error) => {
                let closing = Closing::after(&error);
                voice.refuse(&failure(error, request_id)).await?;
                return Ok(closing);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_graphql::{Response, value};
    use std::time::Duration;
    use tokio::time::timeout;

    fn voice(places: usize) -> (Arc<Voice>, mpsc::Receiver<Outgoing>) {
        let (queue, queued) = mpsc::channel(places);
        (Arc::new(Voice { id: "1".into(), queue, ticket: Arc::default() }), queued)
    }

    #[tokio::test]
    async fn an_operation_is_over_when_its_last_message_enters_the_queue_and_not_before() {
        let (voice, mut queued) = voice(1);
        assert!(voice.next(&Response::new(value!({ "a": 1 }))).await.is_ok());
        assert!(!voice.ticket.is_over());
        let waiting = tokio::spawn({
            let voice = voice.clone();
            async move { voice.complete().await.is_ok() }
        });
        tokio::task::yield_now().await;
        assert!(!voice.ticket.is_over());
        assert!(queued.recv().await.is_some());
        assert!(waiting.await.unwrap());
        assert!(voice.ticket.is_over());
    }

    #[tokio::test]
    async fn a_full_queue_holds_the_operation_back() {
        let (voice, _queued) = voice(1);
        let response = Response::new(value!({ "a": 1 }));
        assert!(voice.next(&response).await.is_ok());
        assert!(timeout(Duration::from_millis(20), voice.next(&response)).await.is_err());
    }
}
