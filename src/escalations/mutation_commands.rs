//! From an input to a command: opens its ids, and judges nothing else. What is wrong with an id is told at its field,
//! all of it at once, and then there is no command. Whether an id names something that the caller may know is for the
//! rules to say, in the words in which they say that there is nothing.

use super::command::{Attachment, Command, Contact, Edit, Escalate, Raise};
use super::mutation_inputs::*;
use crate::db::cursor::Sealer;
use crate::graphql::Kind;
use crate::writes::{UserError, UserErrorCode};
use async_graphql::{ID, MaybeUndefined};
use entity::{AccountId, CustomerId, IncidentId, PartnerId, ServiceId, SubscriptionId};
use serde::Serialize;
use uuid::Uuid;

/// An input of a mutation. It serializes to what its idempotency key stands for, so without that key.
pub trait Write: Serialize + Send {
    /// The mutation's name: keys of one mutation are no keys of another.
    const OPERATION: &'static str;

    /// The client's key.
    fn idempotency_key(&self) -> &str;

    /// What is to be done. Means nothing unless `Reading::errors` is empty afterwards.
    fn command(self, read: &mut Reading<'_>) -> Command;
}

/// What the input is about, as far as its ids could be read: shown as it is, where nothing could be done.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct About {
    /// The support request.
    pub request: Option<Uuid>,
    /// The hop.
    pub escalation: Option<Uuid>,
}

/// Reads an input's ids, and gathers what is wrong with them.
pub struct Reading<'a> {
    sealer: &'a Sealer,
    /// What the input is about.
    pub about: About,
    /// What is wrong with it.
    pub errors: Vec<UserError>,
}

impl<'a> Reading<'a> {
    /// With the key that the ids were sealed by.
    pub fn new(sealer: &'a Sealer) -> Self {
        Reading { sealer, about: About::default(), errors: Vec::new() }
    }

    fn refuse(&mut self, field: &'static str, message: impl Into<String>) {
        let code = UserErrorCode::Invalid;
        self.errors.push(UserError { field: Some(field), code, message: message.into() });
    }

    fn opened(&mut self, field: &'static str, id: &ID, kind: Kind) -> Option<Uuid> {
        match self.sealer.open_id(id) {
            Some((tag, id)) if tag == kind as u8 => Some(id),
            _ => {
                let message = format!("is not an id of type {kind:?}: send the `id` as the graph showed it");
                self.refuse(field, message);
                None
            }
        }
    }

    /// An id; nil stands for one that is wrong, and is used by nobody, since there is an error then.
    fn id(&mut self, field: &'static str, id: &ID, kind: Kind) -> Uuid {
        self.opened(field, id, kind).unwrap_or_default()
    }

    fn maybe(&mut self, field: &'static str, id: &Option<ID>, kind: Kind) -> Option<Uuid> {
        id.as_ref().and_then(|id| self.opened(field, id, kind))
    }

    fn request(&mut self, id: &ID) -> Uuid {
        self.about.request = self.opened("supportRequestId", id, Kind::SupportRequest);
        self.about.request.unwrap_or_default()
    }

    fn escalation(&mut self, id: &ID) -> Uuid {
        self.about.escalation = self.opened("escalationId", id, Kind::Escalation);
        self.about.escalation.unwrap_or_default()
    }

    fn subscription(&mut self, id: &Option<ID>) -> Option<SubscriptionId> {
        self.maybe("subscriptionId", id, Kind::CustomerSubscription).map(SubscriptionId)
    }

    fn service(&mut self, id: &Option<ID>) -> Option<ServiceId> {
        self.maybe("serviceId", id, Kind::Service).map(ServiceId)
    }

    /// Who is to work on it. An account that was forgotten is not taken for nobody.
    fn assignee(&mut self, id: &MaybeUndefined<ID>) -> Option<AccountId> {
        match id {
            MaybeUndefined::Value(id) => self.opened("accountId", id, Kind::Account).map(AccountId),
            MaybeUndefined::Null => None,
            MaybeUndefined::Undefined => {
                let message = "is missing: name an account of your organisation, or send null for nobody";
                self.refuse("accountId", message);
                None
            }
        }
    }
}

fn contact(input: SupportRequestContactInput) -> Contact {
    Contact { name: input.name, email: input.email, phone: input.phone }
}

fn attachments(listed: Vec<SupportRequestAttachmentInput>) -> Vec<Attachment> {
    let attachment = |one: SupportRequestAttachmentInput| Attachment {
        name: one.name,
        content_type: one.content_type,
        size_bytes: one.size_bytes,
    };
    listed.into_iter().map(attachment).collect()
}

fn raise(input: RaiseSupportRequestInput, read: &mut Reading<'_>) -> Command {
    Command::Raise(Raise {
        customer: CustomerId(read.id("customerId", &input.customer_id, Kind::Customer)),
        partner: read.maybe("partnerId", &input.partner_id, Kind::Partner).map(PartnerId),
        kind: input.kind.word(),
        severity: input.severity.word(),
        title: input.title,
        description: input.description,
        service: read.service(&input.service_id),
        subscription: read.subscription(&input.subscription_id),
        contact: input.contact.map(contact),
        attachments: attachments(input.attachments.unwrap_or_default()),
        incident: read.maybe("incidentId", &input.incident_id, Kind::Incident).map(IncidentId),
    })
}

fn edit(input: UpdateSupportRequestInput, read: &mut Reading<'_>) -> Command {
    Command::Edit(Edit {
        request: read.request(&input.support_request_id),
        version: input.version.into(),
        kind: input.kind.map(|kind| kind.word()),
        severity: input.severity.map(|severity| severity.word()),
        title: input.title,
        description: input.description,
        service: read.service(&input.service_id),
        subscription: read.subscription(&input.subscription_id),
        contact: input.contact.map(contact),
        attachments: input.attachments.map(attachments),
    })
}

fn escalate(input: EscalateSupportRequestInput, read: &mut Reading<'_>) -> Command {
    Command::Escalate(Escalate {
        request: read.request(&input.support_request_id),
        version: input.version.into(),
        reason: input.reason,
        vehicle: input.vehicle.map(|vehicle| vehicle.word()),
        partner: read.maybe("partnerId", &input.partner_id, Kind::Partner).map(PartnerId),
        other_than_incident: input.other_than_incident,
    })
}

/// Declares what becomes of each input.
macro_rules! writes {
    ($($input:ident, $operation:literal, |$this:ident, $read:ident| $command:expr;)*) => {
        $(
            impl Write for $input {
                const OPERATION: &'static str = $operation;

                fn idempotency_key(&self) -> &str {
                    &self.idempotency_key
                }

                fn command(self, $read: &mut Reading<'_>) -> Command {
                    let $this = self;
                    $command
                }
            }
        )*

        /// The names of all mutations.
        #[cfg(test)]
        const OPERATIONS: &[&str] = &[$($operation),*];
    };
}

writes! {
    RaiseSupportRequestInput, "raiseSupportRequest", |it, read| raise(it, read);
    UpdateSupportRequestInput, "updateSupportRequest", |it, read| edit(it, read);
    DiagnoseSupportRequestInput, "diagnoseSupportRequest", |it, read| Command::Diagnose {
        request: read.request(&it.support_request_id),
        version: it.version.into(),
        text: it.text,
    };
    AddSupportNoteInput, "addSupportNote", |it, read| Command::Note {
        request: read.request(&it.support_request_id),
        visibility: it.visibility.word(),
        text: it.text,
    };
    LinkIncidentInput, "linkIncident", |it, read| Command::LinkIncident {
        request: read.request(&it.support_request_id),
        version: it.version.into(),
        incident: IncidentId(read.id("incidentId", &it.incident_id, Kind::Incident)),
    };
    UnlinkIncidentInput, "unlinkIncident", |it, read| Command::UnlinkIncident {
        request: read.request(&it.support_request_id),
        version: it.version.into(),
    };
    AssignSupportRequestInput, "assignSupportRequest", |it, read| Command::Assign {
        request: read.request(&it.support_request_id),
        version: it.version.into(),
        account: read.assignee(&it.account_id),
    };
    WaitForCustomerInput, "waitForCustomer", |it, read| Command::WaitForCustomer {
        request: read.request(&it.support_request_id),
        version: it.version.into(),
        question: it.question,
    };
    ResumeSupportRequestInput, "resumeSupportRequest", |it, read| Command::Resume {
        request: read.request(&it.support_request_id),
        version: it.version.into(),
    };
    EscalateSupportRequestInput, "escalateSupportRequest", |it, read| escalate(it, read);
    AcceptEscalationInput, "acceptEscalation", |it, read| Command::Accept {
        escalation: read.escalation(&it.escalation_id),
    };
    ReturnEscalationInput, "returnEscalation", |it, read| Command::Return {
        escalation: read.escalation(&it.escalation_id),
        reason: it.reason,
    };
    TransferEscalationInput, "transferEscalation", |it, read| Command::Transfer {
        escalation: read.escalation(&it.escalation_id),
        partner: PartnerId(read.id("partnerId", &it.partner_id, Kind::Partner)),
        reason: it.reason,
        other_than_incident: it.other_than_incident,
    };
    WithdrawEscalationInput, "withdrawEscalation", |it, read| Command::Withdraw {
        escalation: read.escalation(&it.escalation_id),
        reason: it.reason,
    };
    RecordVendorRequestInput, "recordVendorRequest", |it, read| Command::RecordVendorRequest {
        escalation: read.escalation(&it.escalation_id),
        number: it.number,
    };
    RecordVendorAnswerInput, "recordVendorAnswer", |it, read| Command::RecordVendorAnswer {
        escalation: read.escalation(&it.escalation_id),
        text: it.text,
    };
    ResolveSupportRequestInput, "resolveSupportRequest", |it, read| Command::Resolve {
        request: read.request(&it.support_request_id),
        version: it.version.into(),
        kind: it.kind.word(),
        text: it.text,
    };
    ConfirmSupportRequestInput, "confirmSupportRequest", |it, read| Command::Confirm {
        request: read.request(&it.support_request_id),
        version: it.version.into(),
    };
    ReopenSupportRequestInput, "reopenSupportRequest", |it, read| Command::Reopen {
        request: read.request(&it.support_request_id),
        version: it.version.into(),
        reason: it.reason,
    };
    CloseSupportRequestInput, "closeSupportRequest", |it, read| Command::Close {
        request: read.request(&it.support_request_id),
        version: it.version.into(),
        kind: it.kind.map(|kind| kind.word()),
        text: it.text,
    };
    MergeSupportRequestsInput, "mergeSupportRequests", |it, read| Command::Merge {
        request: read.request(&it.support_request_id),
        version: it.version.into(),
        into: read.id("intoId", &it.into_id, Kind::SupportRequest),
    };
}

#[cfg(test)]
mod tests {
    use super::super::schema_words::{SupportKind, SupportSeverity};
    use super::super::words;
    use super::*;
    use std::collections::BTreeSet;

    fn sealer() -> Sealer {
        Sealer::new(&[7; 32]).unwrap()
    }

    fn sealed(kind: Kind, id: u128) -> ID {
        ID(sealer().id(kind as u8, Uuid::from_u128(id)).unwrap())
    }

    fn raised(key: &str) -> RaiseSupportRequestInput {
        RaiseSupportRequestInput {
            idempotency_key: key.to_owned(),
            customer_id: sealed(Kind::Customer, 1),
            partner_id: None,
            kind: SupportKind::Technical,
            severity: SupportSeverity::Critical,
            title: "Mail is late".to_owned(),
            description: "Since nine".to_owned(),
            service_id: Some(sealed(Kind::Service, 2)),
            subscription_id: None,
            contact: None,
            attachments: None,
            incident_id: None,
        }
    }

    fn assigned(account_id: MaybeUndefined<ID>) -> (Command, Vec<UserError>) {
        let input = AssignSupportRequestInput {
            idempotency_key: "1".to_owned(),
            support_request_id: sealed(Kind::SupportRequest, 3),
            version: 4,
            account_id,
        };
        let sealer = sealer();
        let mut read = Reading::new(&sealer);
        (input.command(&mut read), read.errors)
    }

    #[test]
    fn an_input_becomes_the_command_that_it_describes() {
        let sealer = sealer();
        let mut read = Reading::new(&sealer);
        let command = raised("1").command(&mut read);
        assert!(read.errors.is_empty(), "{:?}", read.errors);
        let Command::Raise(raise) = command else { panic!("nothing is raised") };
        assert_eq!(raise.customer, CustomerId(Uuid::from_u128(1)));
        assert_eq!(raise.service, Some(ServiceId(Uuid::from_u128(2))));
        assert_eq!((raise.kind, raise.severity), (words::Kind::Technical, words::Severity::Critical));
        assert_eq!((raise.title.as_str(), raise.partner), ("Mail is late", None));
    }

    #[test]
    fn all_ids_that_are_wrong_are_told_at_once_each_at_its_field() {
        let input = RaiseSupportRequestInput {
            customer_id: ID("nonsense".to_owned()),
            partner_id: Some(sealed(Kind::Customer, 5)),
            incident_id: Some(ID(String::new())),
            ..raised("1")
        };
        let sealer = sealer();
        let mut read = Reading::new(&sealer);
        input.command(&mut read);
        let told: Vec<_> = read.errors.iter().map(|error| error.field).collect();
        assert_eq!(told, [Some("customerId"), Some("partnerId"), Some("incidentId")]);
        assert!(read.errors.iter().all(|error| error.code == UserErrorCode::Invalid), "{:?}", read.errors);
    }

    #[test]
    fn what_an_input_is_about_is_known_even_where_something_else_is_wrong_with_it() {
        let input = MergeSupportRequestsInput {
            idempotency_key: "1".to_owned(),
            support_request_id: sealed(Kind::SupportRequest, 3),
            version: 1,
            into_id: sealed(Kind::Escalation, 3),
        };
        let sealer = sealer();
        let mut read = Reading::new(&sealer);
        input.command(&mut read);
        assert_eq!(read.about, About { request: Some(Uuid::from_u128(3)), escalation: None });
        assert_eq!(read.errors.len(), 1);
        assert_eq!(read.errors[0].field, Some("intoId"));
    }

    #[test]
    fn an_account_that_was_forgotten_is_not_nobody() {
        let (_, errors) = assigned(MaybeUndefined::Undefined);
        assert_eq!(errors.iter().map(|error| error.field).collect::<Vec<_>>(), [Some("accountId")]);
        let (command, errors) = assigned(MaybeUndefined::Null);
        assert!(errors.is_empty(), "{errors:?}");
        assert_eq!(command, Command::Assign { request: Uuid::from_u128(3), version: 4, account: None });
    }

    #[test]
    fn what_a_key_stands_for_does_not_hold_the_key() {
        let digested = |input| serde_json::to_value(input).unwrap();
        assert_eq!(digested(raised("one")), digested(raised("another")));
        let other = RaiseSupportRequestInput { title: "Mail is lost".to_owned(), ..raised("one") };
        assert_ne!(digested(raised("one")), digested(other));
    }

    #[test]
    fn no_two_mutations_share_their_keys() {
        assert_eq!(OPERATIONS.iter().collect::<BTreeSet<_>>().len(), OPERATIONS.len());
        assert_eq!(OPERATIONS.len(), 21);
    }
}
