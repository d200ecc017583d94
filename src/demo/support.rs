//! Loads the demo's support: arrangements and contracts, then the diary of its requests, each line at its own moment by
//! the account that it names, and between them what follows when a time has passed.
//!
//! Never writes a row around the rules: every line is a command that anybody could send, and one that is refused fails
//! the load. Keys follow from the diary, so that a line which was carried out is not carried out again.

use super::load::{row_id, shell};
use super::support_cases::{
    ARRANGED, ARRANGEMENTS, Arranged, Asked, CONTRACTS, Does, PASSING, REQUESTS, STEPS, Step,
};
use super::{PARTNERS, account};
use crate::access::authenticate;
use crate::access::driving::Drivings;
use crate::access::issuer::Claims;
use crate::access::policy::{Policy, PolicyInForce};
use crate::audit::recorder::{Reads, Recorder};
use crate::db::Db;
use crate::db::cursor::Sealer;
use crate::db::first;
use crate::db::sql::Sql;
use crate::error::{Error, Result};
use crate::escalations::command::{Attachment, Command, Contact, Done, Edit, Escalate, Raise};
use crate::escalations::due;
use crate::escalations::perform::perform;
use crate::escalations::words::{Kind, Vehicle};
use crate::health::catalogue;
use crate::op::Op;
use crate::support::draft::{ArrangementDraft, ContractDraft, HoursDraft, OpeningDraft};
use crate::support::record::{self, Day, Pricing};
use crate::support::service::{SetArrangement, SetContract, save_arrangement, save_contract};
use crate::writes::UserError;
use chrono::{DateTime, Datelike};
use entity::{CustomerId, IncidentId, PartnerId, Timestamp};
use sea_orm::FromQueryResult;
use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;
use uuid::Uuid;

/// No id that it seals leaves the load.
const SECRET: &[u8] = b"seals what the demo's diary never shows";

/// Brings in what was arranged and asked for until `loaded`. Repeated with the same `loaded`, it changes nothing.
///
/// # Errors
/// The database fails, or the rules refuse a line.
pub(super) async fn load(db: &Db, loaded: Timestamp) -> Result<()> {
    let policy = PolicyInForce::load(None).await.map_err(Error::internal)?.current();
    let sealer = Sealer::new(SECRET)?;
    let recorder = Recorder::start(db.clone());
    let requests = HashMap::new();
    let mut stage = Stage { db, loaded, policy, sealer, recorder, requests, hops: HashMap::new() };
    for arrangement in ARRANGEMENTS {
        stage.arrange(arrangement).await?;
    }
    for contract in CONTRACTS {
        stage.contract(contract).await?;
    }
    for (ago, line) in diary() {
        // What has passed before somebody acts, has passed.
        while due::sweep(&db.at(stage.moment(ago))).await? == due::MOST {}
        match line {
            Line::Asked(asked) => stage.raise(asked).await?,
            Line::Step(step) => stage.step(step).await?,
            Line::Passing => {}
        }
    }
    stage.recorder.close().await
}

/// A line of the diary.
enum Line {
    Asked(&'static Asked),
    Step(&'static Step),
    Passing,
}

/// All lines with how long ago they were, the oldest first.
fn diary() -> Vec<(i64, Line)> {
    let asked = REQUESTS.iter().map(|asked| (asked.ago, Line::Asked(asked)));
    let steps = STEPS.iter().map(|step| (step.ago, Line::Step(step)));
    let passing = PASSING.iter().map(|ago| (*ago, Line::Passing));
    let mut lines: Vec<(i64, Line)> = asked.chain(steps).chain(passing).collect();
    lines.sort_by_key(|(ago, _)| Reverse(*ago));
    lines
}

/// Where the diary is carried out, and what came of it so far.
struct Stage<'a> {
    db: &'a Db,
    loaded: Timestamp,
    policy: Arc<Policy>,
    sealer: Sealer,
    recorder: Recorder,
    requests: HashMap<&'static str, Uuid>,
    /// By request, in their order.
    hops: HashMap<&'static str, Vec<Uuid>>,
}

#[derive(FromQueryResult)]
struct Version {
    version: i64,
}

impl Stage<'_> {
    fn moment(&self, ago: i64) -> Timestamp {
        Timestamp(self.loaded.0 - ago * 60 * Timestamp::SECOND)
    }

    /// The operation of an account at a moment, as a request of its own would get it.
    async fn op(&self, name: &str, ago: i64) -> Result<Op> {
        let known = account(name).ok_or_else(|| lacks("account", name))?;
        let db = self.db.at(self.moment(ago));
        let claims = Claims {
            tenant_id: known.tenant,
            object_id: known.object_id,
            guest: false,
            groups: None,
            expires_at: i64::MAX,
        };
        let viewer = authenticate::viewer(&db, &claims, &Drivings::default()).await?;
        let scope = authenticate::scope(&db, &viewer, None, self.policy.clone());
        Ok(Op {
            viewer: Arc::new(viewer),
            scope: Arc::new(scope),
            db,
            sealer: self.sealer.clone(),
            stale_after_secs: Timestamp::DAY / Timestamp::SECOND,
            reads: Reads::new(self.recorder.clone()),
            request_id: Uuid::new_v4(),
        })
    }

    async fn partner(&self, key: &str) -> Result<PartnerId> {
        Ok(PartnerId(row_id(self.db, shell("partner", key)).await?))
    }

    async fn customer(&self, key: &str) -> Result<CustomerId> {
        Ok(CustomerId(row_id(self.db, shell("customer", key)).await?))
    }

    async fn arrange(&self, said: &Arranged) -> Result<()> {
        let op = self.op(&format!("admin@{}", said.by), ARRANGED).await?;
        let customer = if said.of.is_empty() { None } else { Some(self.customer(said.of).await?) };
        let asked = SetArrangement { customer, service: None, version: None, draft: self.draft(said) };
        let key = format!("demo-arrangement-{}-{}", said.by, said.of);
        allowed(&key, save_arrangement(&op, &key, &key, Ok(asked)).await?.errors)
    }

    fn draft(&self, said: &Arranged) -> ArrangementDraft {
        let week = said.weekdays.into_iter().flat_map(|(opens, closes)| {
            Day::ALL.iter().take(5).map(move |day| OpeningDraft {
                day: *day,
                opens: opens.to_owned(),
                closes: closes.to_owned(),
            })
        });
        let contact = |(channel, value): &(record::Channel, &str)| record::Contact {
            channel: *channel,
            value: (*value).to_owned(),
        };
        let (model, amount) = said.price;
        ArrangementDraft {
            provision: said.provision,
            provided_by: (!said.provided_by.is_empty()).then(|| said.provided_by.to_owned()),
            kinds: Kind::ALL.to_vec(),
            hours: HoursDraft {
                time_zone: said.zone.to_owned(),
                weekly: week.collect(),
                holidays: if said.weekdays.is_some() { self.holidays() } else { Vec::new() },
            },
            contacts: said.contacts.iter().map(contact).collect(),
            pricing: Some(Pricing {
                model,
                amount: amount.map(|(amount, _)| amount.to_owned()),
                currency: amount.map(|(_, currency)| currency.to_owned()),
            }),
            targets: said.targets.to_vec(),
        }
    }

    /// Two days of the next turn of the year.
    fn holidays(&self) -> Vec<String> {
        let year = DateTime::from_timestamp_micros(self.loaded.0).unwrap_or_default().year();
        vec![format!("{year}-12-25"), format!("{}-01-01", year + 1)]
    }

    async fn contract(&self, said: &(&str, Vehicle, i32, i32)) -> Result<()> {
        let (by, vehicle, included, used) = *said;
        let op = self.op(&format!("admin@{by}"), ARRANGED).await?;
        let number = PARTNERS.iter().find(|partner| partner.key == by).map(|partner| partner.mpn_id);
        let draft = ContractDraft {
            vehicle,
            contract_id: number.map(|number| format!("C-{number}")),
            access_id: number.map(|number| format!("A-{number}")),
            incidents_included: (included > 0).then_some(included),
            incidents_used: (included > 0).then_some(used),
            starts_at: Some(self.loaded.plus_days(-200)),
            ends_at: Some(self.loaded.plus_days(165)),
        };
        let key = format!("demo-contract-{by}");
        allowed(
            &key,
            save_contract(&op, &key, &key, Ok(SetContract { id: None, version: None, draft })).await?.errors,
        )
    }

    async fn raise(&mut self, asked: &'static Asked) -> Result<()> {
        let op = self.op(asked.who, asked.ago).await?;
        let raise = Raise {
            customer: self.customer(asked.of).await?,
            partner: Some(self.partner(asked.by).await?),
            kind: asked.kind,
            severity: asked.severity,
            title: asked.title.to_owned(),
            description: asked.text.to_owned(),
            service: (!asked.service.is_empty()).then(|| catalogue::id_of(asked.service)),
            subscription: None,
            contact: None,
            attachments: attached(asked.key),
            incident: None,
        };
        let done = said(&op, "raiseSupportRequest", asked.key, asked.ago, Command::Raise(raise)).await?;
        let id = done.request.ok_or_else(|| lacks("request", asked.key))?;
        self.requests.insert(asked.key, id);
        Ok(())
    }

    async fn step(&mut self, step: &'static Step) -> Result<()> {
        let op = self.op(step.who, step.ago).await?;
        let command = self.command(step, &op).await?;
        let is_new_hop = matches!(command, Command::Escalate(_));
        let done = said(&op, operation(&step.does), step.of, step.ago, command).await?;
        if is_new_hop {
            let hop = done.escalation.ok_or_else(|| lacks("hop", step.of))?;
            self.hops.entry(step.of).or_default().push(hop);
        }
        Ok(())
    }

    fn request(&self, key: &str) -> Result<Uuid> {
        self.requests.get(key).copied().ok_or_else(|| lacks("request", key))
    }

    fn hop(&self, key: &str, number: usize) -> Result<Uuid> {
        let hops = self.hops.get(key).map_or(&[][..], Vec::as_slice);
        hops.get(number - 1).copied().ok_or_else(|| lacks("hop", key))
    }

    /// The version that the account sees.
    async fn version(&self, request: Uuid, op: &Op) -> Result<i64> {
        let sql = Sql::new("SELECT version FROM support_view WHERE request_id = ").bind(request);
        let sql = sql.push(" AND reader_tenant_id = ").bind(op.viewer.tenant);
        let row: Option<Version> = first(self.db.unscoped_rows(sql).await?);
        Ok(row.map_or(0, |row| row.version))
    }

    async fn incident(&self, external_id: &str) -> Result<IncidentId> {
        let sql = Sql::new("SELECT id FROM incident WHERE external_id = ").bind(external_id);
        Ok(IncidentId(row_id(self.db, sql).await?))
    }

    async fn command(&self, step: &Step, op: &Op) -> Result<Command> {
        let (of, request) = (step.of, self.request(step.of)?);
        let version = self.version(request, op).await?;
        Ok(match step.does {
            Does::Takes => Command::Assign { request, version, account: op.viewer.account },
            Does::Diagnoses(text) => Command::Diagnose { request, version, text: text.to_owned() },
            Does::NamesContact => {
                let contact = Some(contact(step.who));
                Command::Edit(Edit { request, version, contact, ..Edit::default() })
            }
            Does::Links(incident) => {
                Command::LinkIncident { request, version, incident: self.incident(incident).await? }
            }
            Does::Notes(visibility, text) => Command::Note { request, visibility, text: text.to_owned() },
            Does::Asks(question) => {
                Command::WaitForCustomer { request, version, question: question.to_owned() }
            }
            Does::HandsOn(to, why, other) => {
                let partner = if to.is_empty() { None } else { Some(self.partner(to).await?) };
                Command::Escalate(Escalate { partner, ..escalation(request, version, why, other) })
            }
            Does::AsksVendor(vehicle, why, other) => {
                let vehicle = Some(vehicle);
                Command::Escalate(Escalate { vehicle, ..escalation(request, version, why, other) })
            }
            Does::Accepts(hop) => Command::Accept { escalation: self.hop(of, hop)? },
            Does::Returns(hop, why) => {
                Command::Return { escalation: self.hop(of, hop)?, reason: why.to_owned() }
            }
            Does::Files(hop, number) => {
                Command::RecordVendorRequest { escalation: self.hop(of, hop)?, number: number.to_owned() }
            }
            Does::IsAnswered(hop, text) => {
                Command::RecordVendorAnswer { escalation: self.hop(of, hop)?, text: text.to_owned() }
            }
            Does::Resolves(kind, text) => Command::Resolve { request, version, kind, text: text.to_owned() },
            Does::Confirms => Command::Confirm { request, version },
            Does::MergesInto(other) => Command::Merge { request, version, into: self.request(other)? },
        })
    }
}

/// The desk of whoever hands on.
fn contact(who: &str) -> Contact {
    let organization = who.split_once('@').map_or(who, |(_, organization)| organization);
    Contact {
        name: "Support desk".to_owned(),
        email: format!("desk@{organization}.example"),
        phone: Some("+1 425 555 0199".to_owned()),
    }
}

fn escalation(request: Uuid, version: i64, why: &str, other: &str) -> Escalate {
    Escalate {
        request,
        version,
        reason: why.to_owned(),
        vehicle: None,
        partner: None,
        other_than_incident: (!other.is_empty()).then(|| other.to_owned()),
    }
}

/// The mutation that a client would send.
fn operation(does: &Does) -> &'static str {
    match does {
        Does::Takes => "assignSupportRequest",
        Does::Diagnoses(_) => "diagnoseSupportRequest",
        Does::NamesContact => "updateSupportRequest",
        Does::Links(_) => "linkIncident",
        Does::Notes(..) => "addSupportNote",
        Does::Asks(_) => "waitForCustomer",
        Does::HandsOn(..) | Does::AsksVendor(..) => "escalateSupportRequest",
        Does::Accepts(_) => "acceptEscalation",
        Does::Returns(..) => "returnEscalation",
        Does::Files(..) => "recordVendorRequest",
        Does::IsAnswered(..) => "recordVendorAnswer",
        Does::Resolves(..) => "resolveSupportRequest",
        Does::Confirms => "confirmSupportRequest",
        Does::MergesInto(_) => "mergeSupportRequests",
    }
}

/// Carries a line out, once: its key is its place in the diary.
async fn said(op: &Op, operation: &'static str, of: &str, ago: i64, command: Command) -> Result<Done> {
    let key = format!("demo-{of}-{ago}");
    let done = perform(op, operation, &key, &key, command).await?;
    allowed(&key, done.errors.clone())?;
    Ok(done)
}

fn allowed(key: &str, errors: Vec<UserError>) -> Result<()> {
    if errors.is_empty() {
        return Ok(());
    }
    Err(Error::internal(format!("the rules refuse what the demo does at {key}: {errors:?}")))
}

fn lacks(what: &str, name: &str) -> Error {
    Error::internal(format!("the demo's diary lacks the {what} of {name}"))
}

/// What is attached to a request elsewhere.
fn attached(key: &str) -> Vec<Attachment> {
    if key != "presence" {
        return Vec::new();
    }
    vec![Attachment {
        name: "presence.png".to_owned(),
        content_type: "image/png".to_owned(),
        size_bytes: 48_213,
    }]
}
