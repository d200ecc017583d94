//! The task that writes a socket, alone: what is to be said comes through a bounded queue, how to part through a channel
//! of its own.
//!
//! - The order of the queue is the order on the wire. What belongs to an operation that its client completed is dropped
//!   here, so that a client that uses an id again is not told the rest of its predecessor.
//! - A close does not wait in the queue unless it is to come after it.
//! - A client that does not read within the time is given up: nothing can be told to it any more.

use super::ws_message::Closing;
use axum::extract::ws::{CloseFrame, Message};
use futures::{Sink, SinkExt};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

/// What an operation, its session and the writer know of each other.
#[derive(Default)]
pub struct Ticket {
    is_over: AtomicBool,
    is_unwanted: AtomicBool,
}

impl Ticket {
    /// The operation's last message is in the queue: its id is free.
    pub fn end(&self) {
        self.is_over.store(true, Ordering::Release);
    }

    /// The client wants no more of it, not even what is in the queue.
    pub fn cancel(&self) {
        self.is_unwanted.store(true, Ordering::Release);
    }

    /// Whether its id is free.
    pub fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Acquire)
    }

    fn is_unwanted(&self) -> bool {
        self.is_unwanted.load(Ordering::Acquire)
    }
}

/// A message on its way out.
pub struct Outgoing {
    text: String,
    operation: Option<Arc<Ticket>>,
}

impl Outgoing {
    /// Of the connection.
    pub fn plain(text: String) -> Self {
        Outgoing { text, operation: None }
    }

    /// Of an operation.
    pub fn of(text: String, operation: Arc<Ticket>) -> Self {
        Outgoing { text, operation: Some(operation) }
    }
}

/// How to part.
pub struct Parting {
    /// The words.
    pub closing: Closing,
    /// Whether what is in the queue goes first.
    pub after_queue: bool,
}

/// Writes until it is told to part, the client does not read, or the other end of `parting` is dropped. Answers whether
/// a close was written.
pub async fn write<S: Sink<Message> + Unpin>(
    mut sink: S,
    mut queue: mpsc::Receiver<Outgoing>,
    mut parting: oneshot::Receiver<Parting>,
    send_wait: Duration,
) -> bool {
    loop {
        let outgoing = tokio::select! {
            biased;
            parting = &mut parting => {
                return match parting {
                    Ok(parting) => part(sink, queue, parting, send_wait).await,
                    Err(_) => false,
                };
            }
            Some(outgoing) = queue.recv() => outgoing,
        };
        if !send(&mut sink, outgoing, send_wait).await {
            return false;
        }
    }
}

async fn part<S: Sink<Message> + Unpin>(
    mut sink: S,
    mut queue: mpsc::Receiver<Outgoing>,
    Parting { closing, after_queue }: Parting,
    send_wait: Duration,
) -> bool {
    while after_queue && let Ok(outgoing) = queue.try_recv() {
        if !send(&mut sink, outgoing, send_wait).await {
            return false;
        }
    }
    let frame = CloseFrame { code: closing.code, reason: closing.reason.into() };
    matches!(timeout(send_wait, sink.send(Message::Close(Some(frame)))).await, Ok(Ok(())))
}

/// Whether the client took it.
async fn send<S: Sink<Message> + Unpin>(sink: &mut S, outgoing: Outgoing, send_wait: Duration) -> bool {
    if outgoing.operation.is_some_and(|operation| operation.is_unwanted()) {
        return true;
    }
    matches!(timeout(send_wait, sink.send(Message::text(outgoing.text))).await, Ok(Ok(())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::StreamExt;
    use futures::channel::mpsc as wire;

    const LONG: Duration = Duration::from_secs(60);

    fn told(messages: Vec<Message>) -> Vec<String> {
        let text = |message: Message| match message {
            Message::Text(text) => text.as_str().to_owned(),
            Message::Close(Some(frame)) => format!("close {} {}", frame.code, frame.reason),
            other => format!("{other:?}"),
        };
        messages.into_iter().map(text).collect()
    }

    /// What is on the wire when these wait in the queue while the writer is told to part.
    async fn written(queued: Vec<Outgoing>, after_queue: bool) -> Vec<String> {
        let (queue, receiver) = mpsc::channel(16);
        for outgoing in queued {
            assert!(queue.try_send(outgoing).is_ok());
        }
        let (part, parting) = oneshot::channel();
        assert!(part.send(Parting { closing: Closing::new(4401, "Unauthorized"), after_queue }).is_ok());
        let (sink, wire) = wire::channel(16);
        assert!(write(sink, receiver, parting, LONG).await);
        told(wire.collect().await)
    }

    #[tokio::test]
    async fn a_close_overtakes_the_queue_unless_it_is_to_follow_it() {
        let queued = || vec![Outgoing::plain("a".into()), Outgoing::plain("b".into())];
        assert_eq!(written(queued(), false).await, ["close 4401 Unauthorized"]);
        assert_eq!(written(queued(), true).await, ["a", "b", "close 4401 Unauthorized"]);
    }

    #[tokio::test]
    async fn nothing_more_is_said_of_an_operation_that_its_client_completed() {
        let (kept, completed) = (Arc::new(Ticket::default()), Arc::new(Ticket::default()));
        let queued = vec![
            Outgoing::of("kept".into(), kept.clone()),
            Outgoing::of("completed".into(), completed.clone()),
            Outgoing::of("last".into(), kept.clone()),
        ];
        kept.end();
        completed.cancel();
        assert_eq!(written(queued, true).await, ["kept", "last", "close 4401 Unauthorized"]);
    }

    #[tokio::test]
    async fn messages_are_written_as_they_come_until_the_session_is_gone() {
        let (queue, receiver) = mpsc::channel(1);
        let (session, parting) = oneshot::channel();
        let (sink, mut wire) = wire::channel(16);
        let writer = tokio::spawn(write(sink, receiver, parting, LONG));
        for text in ["a", "b", "c"] {
            assert!(queue.send(Outgoing::plain(text.into())).await.is_ok());
            assert_eq!(told(vec![wire.next().await.unwrap()]), [text]);
        }
        drop(session);
        assert!(!writer.await.unwrap());
    }

    #[tokio::test]
    async fn a_client_that_does_not_read_is_given_up() {
        let (queue, receiver) = mpsc::channel(16);
        let (_session, parting) = oneshot::channel();
        let (sink, _unread) = wire::channel(0);
        assert!(queue.send(Outgoing::plain("a".into())).await.is_ok());
        assert!(!write(sink, receiver, parting, Duration::from_millis(20)).await);
        assert!(queue.send(Outgoing::plain("b".into())).await.is_err());
    }
}
