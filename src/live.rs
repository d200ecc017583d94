//! Live streams: a subscription is run anew for every event, each time as an operation of its own under the scope that
//! holds then. Nothing is remembered between two events but the place in the log.
//!
//! - A document is run first without an event: so its mistakes, and what the viewer may not listen to, show at once.
//! - A mutation that was begun is finished, and recorded, whoever still waits for its answer.
//! - An event that the viewer may not read gives no frame, and leaves no gap in anything that it is told.
//! - A stream ends when its token has expired or its ground is gone, within a second, and names only its own ground.
//! - Events of one object that gather while a client is busy become one frame, which says how many it stands for.

use crate::access::action::Action;
use crate::access::issuer::Claims;
use crate::access::policy::Policy;
use crate::app::App;
use crate::error::{Error, Result};
use crate::events::hub::{Listener, going_away};
use crate::events::{Event, Kind};
use crate::graphql::order::{Order, arrange_errors};
use crate::graphql::scan::{self, Limits, ScanError};
use crate::op::Op;
use async_graphql::parser::types::{ExecutableDocument, OperationType};
use async_graphql::{Request, Response, ServerError, Variables};
use entity::{CustomerId, IncidentId, ServiceId, Timestamp};
use futures::StreamExt;
use sea_orm::FromQueryResult;
use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use uuid::Uuid;

/// An operation as a client sends it: nothing has looked into it yet.
#[derive(Clone, Debug)]
pub struct Operation {
    /// The document.
    pub query: String,
    /// The operation to run where the document has several.
    pub operation_name: Option<String>,
    /// Values for the operation's variables.
    pub variables: Variables,
}

/// What opening an operation gives.
#[allow(clippy::large_enum_variant)] // one a request, and mostly an answer
pub enum Opened {
    /// A query, or an operation that was refused or failed at once: one answer and no more.
    Single(Response),
    /// A subscription.
    Stream(Box<LiveStream>),
}

/// What a subscription listens to: said by its root field when it is run without an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// Incidents of any customer.
    Incidents,
    /// The services of one customer.
    Services(CustomerId),
    /// Support requests of any customer.
    SupportRequests,
}

impl Topic {
    /// What kind of events it is about.
    fn takes(self, event: &Event) -> bool {
        match self {
            Topic::Incidents => event.is(Kind::Incident),
            Topic::Services(customer) => event.is(Kind::ServiceStatus) && event.customer_id == Some(customer),
            Topic::SupportRequests => event.is(Kind::SupportRequest),
        }
    }

    /// The operation of its ground.
    fn action(self) -> Action {
        match self {
            Topic::Incidents | Topic::Services(_) => Action::HealthRead,
            Topic::SupportRequests => Action::RequestRead,
        }
    }
}

/// What a root field finds out when it is run without an event.
#[derive(Clone, Debug)]
pub struct Wish {
    /// What to listen to.
    pub topic: Topic,
    /// From where, if not from now on.
    pub after: Option<i64>,
}

/// Why a root field of a subscription is run.
#[derive(Clone)]
pub enum Phase {
    /// To be checked: it says what it listens to, and gives nothing.
    Check(Arc<Mutex<Option<Wish>>>),
    /// For an event.
    Deliver(Arc<Happening>),
}

/// The events of one object that are delivered together, in their order; never none.
#[derive(Debug)]
pub struct Happening {
    events: Vec<Arc<Event>>,
    /// How many of them the viewer could see besides the newest such: found out when they are delivered, for those that
    /// it may not see do not count.
    missed: AtomicU32,
    /// From where a stream that has got this one resumes.
    resume: AtomicI64,
}

impl Happening {
    /// All events.
    pub fn events(&self) -> &[Arc<Event>] {
        &self.events
    }

    /// How many of them the viewer may see, one at least.
    pub fn saw(&self, count: usize) {
        self.missed.store(count.saturating_sub(1) as u32, Ordering::Relaxed);
    }

    /// How many the frame stands for besides one.
    pub fn missed(&self) -> u32 {
        self.missed.load(Ordering::Relaxed)
    }

    /// The place from which a stream that has got this one resumes.
    pub fn position(&self) -> i64 {
        self.resume.load(Ordering::Relaxed)
    }

    fn first(&self) -> i64 {
        self.events.first().map_or(0, |event| event.seq)
    }
}

impl Phase {
    /// Says what is listened to, and from where.
    ///
    /// # Errors
    /// FORBIDDEN where its ground is not there; BAD_USER_INPUT for a position that is none.
    pub async fn listen(&self, op: &Op, topic: Topic, after: Option<String>) -> Result<()> {
        let after = after.map(|text| open_position(op, &text)).transpose()?;
        require_ground(op, topic).await?;
        if let Phase::Check(cell) = self {
            *cell.lock().unwrap_or_else(PoisonError::into_inner) = Some(Wish { topic, after });
        }
        Ok(())
    }

    /// The event, if there is one.
    pub fn happening(&self) -> Option<Arc<Happening>> {
        match self {
            Phase::Check(_) => None,
            Phase::Deliver(happening) => Some(happening.clone()),
        }
    }
}

/// A position that a client may resume from, bound to the account.
pub fn seal_position(op: &Op, seq: i64) -> Result<String> {
    op.sealer.cursor(&position_context(op), &crate::db::cursor::Position::Time(seq, Uuid::nil()))
}

/// The place of a position.
fn open_position(op: &Op, text: &str) -> Result<i64> {
    match op.sealer.open_cursor(&position_context(op), text) {
        Some(crate::db::cursor::Position::Time(seq, _)) => Ok(seq),
        _ => Err(Error::invalid("after", "is not a position of a live stream of this account")),
    }
}

fn position_context(op: &Op) -> String {
    format!("live {}", op.scope.account.0)
}

/// Scans and parses a document.
pub fn parse(operation: &Operation) -> std::result::Result<ExecutableDocument, ScanError> {
    let limits = Limits::default();
    let scanned = scan::scan(&operation.query, &limits)?;
    scan::scan_variables(&operation.variables, &scanned, &limits)?;
    Ok(scanned.document)
}

/// What a document that was refused before it ran is answered with.
pub fn refused(error: &ScanError) -> Response {
    let mut refused = ServerError::new(error.to_string(), None);
    refused.extensions.get_or_insert_default().set("code", error.code());
    Response::from_errors(vec![refused])
}

/// The kind of the operation that is to run; none if the document has no such one.
fn kind_of(document: &ExecutableDocument, name: Option<&str>) -> Option<OperationType> {
    let mut operations = document.operations.iter();
    let chosen =
        operations.find(|(known, _)| name.is_none_or(|name| known.is_some_and(|known| known == name)))?;
    Some(chosen.1.node.ty)
}

/// Opens an operation for somebody. Dropping it ends a query; a mutation that was begun goes on to its end.
///
/// # Errors
/// The database does not answer; there are too many streams; the process is about to end.
pub async fn open(app: &App, claims: &Claims, operation: Operation, request_id: Uuid) -> Result<Opened> {
    let document = match parse(&operation) {
        Ok(document) => document,
        Err(error) => return Ok(Opened::Single(refused(&error))),
    };
    let order = Arc::new(Order::of(&document, operation.operation_name.as_deref()));
    let prepared = Prepared { operation, document, order };
    let kind = kind_of(&prepared.document, prepared.operation.operation_name.as_deref());
    if kind != Some(OperationType::Subscription) {
        let op = app.operation(claims, request_id).await?;
        let mut response = match kind {
            Some(OperationType::Mutation) => app.finish(prepared.request(), op).await?,
            _ => app.execute(prepared.request(), op).await,
        };
        prepared.order.apply(&mut response.data);
        arrange_errors(&mut response.errors);
        return Ok(Opened::Single(response));
    }
    if prepared.order.width() != 1 {
        let error = Error::invalid("subscription", "selects exactly one field at its root");
        return Ok(Opened::Single(error_response(error)));
    }
    listen(app, claims, prepared, request_id).await
}

async fn listen(app: &App, claims: &Claims, prepared: Prepared, request_id: Uuid) -> Result<Opened> {
    let op = app.operation(claims, request_id).await?;
    if op.viewer.account.is_none() {
        return Ok(Opened::Single(error_response(no_ground(None))));
    }
    let mut listener = app.hub.listen(op.viewer.tenant, op.scope.account.0).await?;
    // Its ground is looked at from here on only: what changes later raises the signal, what changed before is seen.
    let checked = listener.signal().access;
    let op = app.operation(claims, request_id).await?;
    if op.viewer.account.is_none() {
        return Ok(Opened::Single(error_response(no_ground(None))));
    }
    let policy = op.scope.policy.clone();
    let cell = Arc::new(Mutex::new(None));
    if let Some(mut response) = app.deliver(prepared.request(), op, Phase::Check(cell.clone())).await {
        // The stream never began: a refusal of the whole, at no path.
        response.errors.iter_mut().for_each(|error| error.path.clear());
        return Ok(Opened::Single(response));
    }
    let wish = cell.lock().unwrap_or_else(PoisonError::into_inner).take();
    let Some(wish) = wish else {
        return Ok(Opened::Single(error_response(Error::invalid("subscription", "selects no field"))));
    };
    if let Some(after) = wish.after
        && let Err(error) = listener.resume(after).await
    {
        return Ok(Opened::Single(error_response(error)));
    }
    listener.opened();
    let claims = claims.clone();
    Ok(Opened::Stream(Box::new(LiveStream {
        app: app.clone(),
        claims,
        prepared,
        topic: wish.topic,
        listener,
        pending: VecDeque::new(),
        checked,
        policy,
        is_over: false,
        has_failed: false,
    })))
}

fn error_response(error: Error) -> Response {
    let denied = crate::graphql::error::Denied::from(error);
    Response::from_errors(vec![async_graphql::Error::from(denied).into_server_error(Default::default())])
}

/// What an account that is not registered, or not any more, is told. Before it is known what it wants to listen to, it
/// is told so of health.
fn no_ground(topic: Option<Topic>) -> Error {
    let missing = "this account is not registered here, or not any more";
    Error::Forbidden { action: topic.map_or(Action::HealthRead, Topic::action).name(), missing }
}

/// A document ready to run, any number of times.
struct Prepared {
    operation: Operation,
    document: ExecutableDocument,
    order: Arc<Order>,
}

impl Prepared {
    fn request(&self) -> Request {
        let Operation { query, operation_name, variables } = &self.operation;
        let mut request = Request::new(query.as_str()).variables(variables.clone());
        request.set_parsed_query(self.document.clone());
        match operation_name {
            Some(name) => request.operation_name(name),
            None => request,
        }
    }
}

impl App {
    /// Runs a subscription's document once: its answer, or none where it gives nothing.
    async fn deliver(&self, request: Request, op: Op, phase: Phase) -> Option<Response> {
        let request = crate::schema::request(request, op).data(phase);
        let mut answers = self.schema.execute_stream(request).boxed();
        answers.next().await
    }
}

/// What a stream gives next.
pub enum LiveFrame {
    /// An event's payload.
    Next(Response),
    /// The stream is over, and why.
    Ended(Error),
}

/// A subscription under way. Dropping it ends it.
pub struct LiveStream {
    app: App,
    claims: Claims,
    prepared: Prepared,
    topic: Topic,
    listener: Listener,
    /// Events that were taken and not yet delivered.
    pending: VecDeque<Arc<Happening>>,
    /// The signal of the last look at its ground.
    checked: u64,
    policy: Arc<Policy>,
    is_over: bool,
    /// An event could not be read.
    has_failed: bool,
}

/// Whether a fault of ours, or a bad time, kept something from being read.
fn has_failed(response: &Response) -> bool {
    response.errors.iter().any(|error| {
        let code = error.extensions.as_ref().and_then(|extensions| extensions.get("code"));
        ["INTERNAL", "UNAVAILABLE"].iter().any(|it| code == Some(&async_graphql::Value::from(*it)))
    })
}

impl LiveStream {
    /// The next frame. Cancel safe: what was taken is kept until its frame is given.
    pub async fn next(&mut self) -> LiveFrame {
        loop {
            match self.step().await {
                Ok(Some(response)) => return LiveFrame::Next(response),
                Ok(None) => {}
                Err(error) => {
                    self.is_over = true;
                    self.pending.clear();
                    return LiveFrame::Ended(error);
                }
            }
        }
    }

    async fn step(&mut self) -> Result<Option<Response>> {
        if self.is_over {
            return std::future::pending().await;
        }
        if self.has_failed {
            let reason = "an event could not be read; subscribe again from the last position";
            return Err(Error::Unavailable { reason });
        }
        let signal = self.listener.signal();
        if signal.is_draining {
            return Err(going_away());
        }
        let now = self.app.db.clock().now();
        if now.0 >= self.claims.expires_at.saturating_mul(Timestamp::SECOND) {
            let how = "the token has expired; subscribe again with a new one";
            return Err(Error::Unauthenticated(how));
        }
        if signal.access != self.checked || !Arc::ptr_eq(&self.policy, &self.app.policy.current()) {
            self.check_ground().await?;
            self.checked = signal.access;
        }
        if let Some(happening) = self.pending.front().cloned() {
            // Others that wait may have begun before this one ended.
            let waiting = self.pending.iter().skip(1).map(|other| other.first() - 1).min();
            happening.resume.store(waiting.unwrap_or(self.listener.position()), Ordering::Relaxed);
            let response = self.run(happening).await?;
            // A fault of ours is told as it is; the event stays untold, and the client resumes from what it got before.
            self.has_failed = response.as_ref().is_some_and(has_failed);
            if !self.has_failed {
                self.pending.pop_front();
            }
            return Ok(response);
        }
        if self.listener.is_behind() {
            let events = self.listener.take().await?;
            let mine = events.into_iter().filter(|event| self.topic.takes(event));
            self.pending = gathered(mine);
            return Ok(None);
        }
        self.listener.changed().await;
        Ok(None)
    }

    /// Whether what the stream rests on is still there.
    async fn check_ground(&mut self) -> Result<()> {
        let op = self.app.operation(&self.claims, Uuid::new_v4()).await?;
        if op.viewer.account.is_none() {
            return Err(no_ground(Some(self.topic)));
        }
        require_ground(&op, self.topic).await?;
        self.policy = op.scope.policy.clone();
        Ok(())
    }

    async fn run(&self, happening: Arc<Happening>) -> Result<Option<Response>> {
        let op = self.app.operation(&self.claims, Uuid::new_v4()).await?;
        let position = seal_position(&op, happening.position())?;
        let answer = self.app.deliver(self.prepared.request(), op, Phase::Deliver(happening.clone())).await;
        Ok(answer.map(|mut response| {
            self.prepared.order.apply(&mut response.data);
            arrange_errors(&mut response.errors);
            if !has_failed(&response) {
                response.extensions.insert("position".into(), position.into());
            }
            if happening.missed() > 0 {
                response.extensions.insert("missed".into(), happening.missed().into());
            }
            response
        }))
    }
}

/// The ground of a stream: health may be read on the customer, or on any; support requests on any, or one's own
/// organisation's records of them, for a provider waits for cases before it has any.
///
/// # Errors
/// FORBIDDEN where it is not there.
async fn require_ground(op: &Op, topic: Topic) -> Result<()> {
    let action = topic.action();
    let is_there = match topic {
        Topic::Incidents => is_allowed_somewhere(op, action).await?,
        Topic::Services(customer) => match crate::incidents::service::require_health(op, customer).await {
            Ok(()) => true,
            Err(Error::Forbidden { .. } | Error::NotFound { .. }) => false,
            Err(error) => return Err(error),
        },
        Topic::SupportRequests => {
            is_allowed_at_home(op, Action::RequestRecordRead).await?
                || is_allowed_somewhere(op, action).await?
        }
    };
    if is_there { Ok(()) } else { Err(Error::Forbidden { action: action.name(), missing: action.missing() }) }
}

/// Whether the operation is allowed on some customer.
async fn is_allowed_somewhere(op: &Op, action: Action) -> Result<bool> {
    #[derive(FromQueryResult)]
    struct Held {
        #[allow(dead_code)]
        held: i32,
    }
    Ok(!op.scope.allowed_somewhere(action).rows::<Held>(&op.db).await?.is_empty())
}

/// Whether the operation is allowed on one's own organisation.
async fn is_allowed_at_home(op: &Op, action: Action) -> Result<bool> {
    #[derive(FromQueryResult)]
    struct Held {
        held: i64,
    }
    let held: Vec<Held> = op.scope.own_organization().rows(&op.db).await?;
    Ok(held.first().is_some_and(|row| op.allows(action, row.held)))
}

/// What an event is about.
#[derive(PartialEq, Eq, Hash, Clone, Copy)]
enum Subject {
    Incident(Option<IncidentId>),
    Service(Option<CustomerId>, Option<ServiceId>),
    SupportRequest(Option<Uuid>),
}

impl Subject {
    fn of(event: &Event) -> Self {
        if event.is(Kind::Incident) {
            Subject::Incident(event.incident_id)
        } else if event.is(Kind::SupportRequest) {
            Subject::SupportRequest(event.support_request_id)
        } else {
            Subject::Service(event.customer_id, event.service_id)
        }
    }
}

/// One happening for each object, in the order of their oldest events.
fn gathered(events: impl Iterator<Item = Arc<Event>>) -> VecDeque<Arc<Happening>> {
    let mut by_subject: HashMap<Subject, Vec<Arc<Event>>> = HashMap::new();
    for event in events {
        by_subject.entry(Subject::of(&event)).or_default().push(event);
    }
    let happening = |events| Happening { events, missed: AtomicU32::new(0), resume: AtomicI64::new(0) };
    let happenings = by_subject.into_values().map(happening);
    let mut all: Vec<Arc<Happening>> = happenings.map(Arc::new).collect();
    all.sort_by_key(|happening| happening.first());
    all.into()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn event(seq: i64, kind: &str, request: u128) -> Arc<Event> {
        Arc::new(Event {
            seq,
            kind: kind.into(),
            source_id: None,
            customer_id: Some(CustomerId(Uuid::from_u128(1))),
            incident_id: None,
            service_id: None,
            change: "updated".into(),
            at: Timestamp(seq),
            support_request_id: (request > 0).then_some(Uuid::from_u128(request)),
            reader_tenant_id: None,
        })
    }

    #[test]
    fn changes_of_one_support_request_gather_and_those_of_another_stand_apart() {
        let events = [(1, 7), (2, 8), (3, 7)].map(|(seq, request)| event(seq, "support_request", request));
        let told: Vec<Vec<i64>> = gathered(events.into_iter())
            .iter()
            .map(|happening| happening.events().iter().map(|event| event.seq).collect())
            .collect();
        assert_eq!(told, [vec![1, 3], vec![2]]);
    }

    #[test]
    fn a_stream_takes_the_events_of_its_topic_alone() {
        let of_request = event(1, "support_request", 7);
        let (of_service, of_incident) = (event(2, "service_status", 0), event(3, "incident", 0));
        assert!(Topic::SupportRequests.takes(&of_request));
        assert!(!Topic::SupportRequests.takes(&of_service) && !Topic::SupportRequests.takes(&of_incident));
        let customer = of_request.customer_id.unwrap();
        assert!(!Topic::Services(customer).takes(&of_request) && !Topic::Incidents.takes(&of_request));
        assert!(Topic::Services(customer).takes(&of_service) && Topic::Incidents.takes(&of_incident));
    }
}
