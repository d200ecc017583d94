//! What every command on a support request shares: who acts, what it may do, and how a refusal is told.

use super::case::{Audience, Case, Party};
use super::case_store::{self as store, Acting, Entry, Finished, Work};
use super::words::{Kind, Severity, Visibility};
use crate::access::action::Action;
use crate::audit::Audited;
use crate::error::Error;
use crate::op::Op;
use crate::support::hours::Calendar;
use crate::support::{self, targets};
use crate::writes::{UserError, UserErrorCode};
use entity::{CustomerId, PartnerId, ServiceId, Timestamp};
use sea_orm::{DatabaseTransaction, DbErr};
use std::sync::OnceLock;
use uuid::Uuid;

/// Why a command was not done.
pub enum Stop {
    /// Its sender is told.
    Refused(Vec<UserError>),
    /// A fault.
    Fault(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Stop::Fault(error)
    }
}

impl From<DbErr> for Stop {
    fn from(error: DbErr) -> Self {
        Stop::Fault(error.into())
    }
}

/// Result of a command's parts.
pub type Judged<T> = std::result::Result<T, Stop>;

/// A refusal.
pub fn refuse<T>(code: UserErrorCode, field: Option<&'static str>, message: impl Into<String>) -> Judged<T> {
    Err(Stop::Refused(vec![UserError { field, code, message: message.into() }]))
}

/// The state does not allow it.
pub fn wrong_state<T>(message: impl Into<String>) -> Judged<T> {
    refuse(UserErrorCode::WrongState, None, message)
}

/// Absent, or not the caller's: one answer.
pub fn not_found<T>(field: &'static str, kind: &str) -> Judged<T> {
    refuse(UserErrorCode::NotFound, Some(field), format!("no such {kind}"))
}

/// Refuses if anything was found wrong.
pub fn all_right(errors: Vec<UserError>) -> Judged<()> {
    if errors.is_empty() { Ok(()) } else { Err(Stop::Refused(errors)) }
}

/// What each kind of party needs for a command; none: it is not for that party.
#[derive(Clone, Copy)]
pub struct Needs {
    /// The partner that the request names.
    pub named: Option<Action>,
    /// A partner that holds the case.
    pub tier: Option<Action>,
    /// The customer's staff.
    pub customer: Option<Action>,
}

/// Where commands are carried out: one caller, one transaction, one moment.
pub struct Desk<'a> {
    /// The caller.
    pub op: &'a Op,
    /// The transaction, under the lock of facts.
    pub tx: &'a DatabaseTransaction,
    /// Now.
    pub now: Timestamp,
    /// The mutation.
    pub operation: &'static str,
    /// What was found to be concerned, for the record of a refusal.
    pub concerned: OnceLock<Concerned>,
}

/// Whom a command concerns.
pub struct Concerned {
    /// The customer.
    pub customer: CustomerId,
    /// On whose behalf the caller acts.
    pub on_behalf_of: Uuid,
    /// What its right rests on.
    pub ground: String,
}

/// A request that the caller may act on.
pub struct Open<'a> {
    /// The change under way.
    pub work: Work<'a>,
    /// As whom.
    pub acting: Acting,
}

impl<'a> Desk<'a> {
    /// A request, for what the caller is about to do; `word` tells listeners what happened.
    pub async fn open(&self, request: Uuid, needs: Needs, word: &'static str) -> Judged<Open<'a>> {
        let Some(acting) = store::acting(self.tx, &self.op.scope, request).await? else {
            return not_found("supportRequestId", "support request");
        };
        let Some(case) = store::find(self.tx, request).await? else {
            return not_found("supportRequestId", "support request");
        };
        let (customer, on_behalf_of) = (case.request.customer_id, case.party_id(acting.party));
        let _ = self.concerned.set(Concerned { customer, on_behalf_of, ground: self.ground(acting.held) });
        if !acting.is_current {
            return wrong_state("the case was handed back or is over for you; this is your record of it");
        }
        let action = match acting.party {
            Party::Named => needs.named,
            Party::Tier(_) => needs.tier,
            Party::Customer => needs.customer,
        };
        let Some(action) = action else {
            let whose = match acting.party {
                Party::Customer => "the partners that work on the request",
                Party::Tier(_) => "the partner that the request names",
                Party::Named => "the other side",
            };
            return refuse(UserErrorCode::Forbidden, None, format!("this is for {whose} to do"));
        };
        if !self.op.allows(action, acting.held) {
            let message = format!("not allowed to {}: {}", action.name(), action.missing());
            return refuse(UserErrorCode::Forbidden, None, message);
        }
        let mut work = Work::on(self.tx, self.now, case, word);
        work.note_breaches();
        Ok(Open { work, acting })
    }

    /// The same, and the caller saw the newest version of it.
    pub async fn open_version(
        &self,
        request: Uuid,
        version: i64,
        needs: Needs,
        word: &'static str,
    ) -> Judged<Open<'a>> {
        let open = self.open(request, needs, word).await?;
        let current = open.acting.version;
        if version != current {
            let message =
                format!("the request has changed since version {version}: it is at version {current} now");
            return refuse(UserErrorCode::Conflict, Some("version"), message);
        }
        Ok(open)
    }

    /// The hop's request, for what the caller is about to do. A hop that its party does not read is not there.
    pub async fn open_hop(&self, hop: Uuid, needs: Needs, word: &'static str) -> Judged<Open<'a>> {
        let request = store::request_of_hop(self.tx, hop).await?;
        let acting = match request {
            Some(request) => store::acting(self.tx, &self.op.scope, request).await?,
            None => None,
        };
        let (Some(request), Some(acting)) = (request, acting) else {
            return not_found("escalationId", "escalation");
        };
        let reads = match store::find(self.tx, request).await? {
            Some(case) => case.reads_hop(acting.party, hop),
            None => false,
        };
        if !reads {
            return not_found("escalationId", "escalation");
        }
        self.open(request, needs, word).await
    }

    /// An entry that the caller writes.
    pub fn entry(&self, party: Party, kind: &'static str, visibility: Visibility) -> Entry {
        Entry {
            id: Uuid::new_v4(),
            kind,
            visibility,
            readers: Vec::new(),
            hop: None,
            account: self.op.viewer.account,
            author: Some(party),
            text: None,
            detail: None,
        }
    }

    /// Says something to all that take part. Words pass between customer and named partner, or among the partners: the
    /// other side is told that it happened, and neither who did it nor what was written.
    pub fn say_to_all(&self, open: &mut Open<'a>, entry: Entry) {
        let told = Entry { id: Uuid::new_v4(), account: None, author: None, text: None, ..entry.clone() };
        let tier = open.work.case.provider_hop().and_then(|hop| Some((hop.id, hop.to_partner_id?)));
        let hop = tier.map(|(hop, _)| hop);
        if let Party::Tier(_) = open.acting.party {
            open.work.say(told, Audience::Only(Party::Customer));
            open.work.say(Entry { visibility: Visibility::Chain, hop, ..entry }, Audience::Chain);
            return;
        }
        open.work.say(entry, Audience::Customer);
        if let Some((_, partner)) = tier {
            // That a request was merged tells of another one.
            let is_merge = told.kind == "merged";
            let kind = if is_merge { "closed" } else { told.kind };
            let detail = told.detail.clone().filter(|_| !is_merge);
            let told = Entry { kind, detail, visibility: Visibility::Chain, hop, ..told };
            open.work.say(told, Audience::Only(Party::Tier(partner)));
        }
    }

    /// Writes everything, and says what is to be recorded.
    pub async fn finish(&self, open: Open<'a>, reason: Option<&str>) -> Judged<Audited> {
        let Open { work, acting } = open;
        let request = work.case.request.clone();
        let on_behalf_of = work.case.party_id(acting.party);
        let Finished { told } = Box::pin(work.finish()).await?;
        // The customer does not learn which partners work on its request besides the one that it names.
        let may_know = |party: &Party| !matches!((acting.party, party), (Party::Tier(_), Party::Customer));
        let tenants =
            told.into_iter().filter(|(party, _)| may_know(party)).map(|(_, tenant)| tenant).collect();
        Ok(Audited {
            action: self.operation,
            outcome: "succeeded".to_owned(),
            resource: Some(("SupportRequest", request.id)),
            customer: Some(request.customer_id),
            on_behalf_of: Some(on_behalf_of),
            ground: Some(self.ground(acting.held)),
            reason: reason.map(str::to_owned),
            chains: tenants,
        })
    }

    /// What the caller's right rests on: the tokens it holds there.
    pub fn ground(&self, held: i64) -> String {
        let vocabulary = &self.op.policy().vocabulary;
        let tokens = vocabulary.tokens_in(held as u64).map(|token| token.name.clone());
        tokens.collect::<Vec<_>>().join(", ")
    }

    /// At what pace a partner answers in a case.
    pub async fn pace(&self, case: &Case, partner: PartnerId) -> Judged<Pace> {
        Ok(pace(self.tx, case, partner).await?)
    }
}

/// At what pace a partner answers.
pub struct Pace {
    /// Its hours of service.
    pub calendar: Calendar,
    /// Minutes of service to the first answer.
    pub response: i64,
    /// Minutes of service after which a hop to it times out.
    pub timeout: i64,
}

/// At what pace a partner answers in a case.
pub async fn pace(tx: &DatabaseTransaction, case: &Case, partner: PartnerId) -> crate::error::Result<Pace> {
    let r = &case.request;
    pace_for(tx, partner, r.customer_id, r.service_id, &r.kind, &r.severity).await
}

/// The same before there is a case.
pub async fn pace_for(
    tx: &DatabaseTransaction,
    partner: PartnerId,
    customer: CustomerId,
    service: Option<ServiceId>,
    kind: &str,
    severity: &str,
) -> crate::error::Result<Pace> {
    let (calendar, own) = support::service::calendar(tx, partner, customer, service).await?;
    let kind = Kind::of(kind).unwrap_or(Kind::Technical);
    let severity = Severity::of(severity).unwrap_or(Severity::Minimal);
    Ok(Pace {
        calendar,
        response: targets::response_minutes(kind, severity, own.as_ref()),
        timeout: targets::timeout_minutes(kind, severity, own.as_ref()),
    })
}

/// Opens a request's description: that it is read is recorded, in the reader's own chain alone. Nobody else learns who
/// takes part.
pub async fn open_description(op: &Op, row: &super::store::RequestRow) -> crate::error::Result<()> {
    let is_open = op.allows(Action::RequestRead, row.held);
    let action = if is_open { Action::RequestRead } else { Action::RequestRecordRead };
    op.reads.protected(op, action, row.view.customer_id, row.held, &[]).await
}
