//! The operations that the policy decides on. `policies/policy.csv` names each as `object, action`.
//!
//! Each stands once in the list below; its place there is its place in the masks and in the matrix.

macro_rules! actions {
    ($($(#[$doc:meta])* $variant:ident = $object:literal, $action:literal;)*) => {
        /// An operation of the policy.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Action {
            $($(#[$doc])* $variant,)*
        }

        impl Action {
            /// How many there are.
            pub const COUNT: usize = [$($object),*].len();

            /// All of them, in the order of their masks.
            pub const ALL: [Action; Self::COUNT] = [$(Action::$variant),*];

            /// Object and action as the policy's lines write them.
            pub fn object_action(self) -> (&'static str, &'static str) {
                match self {
                    $(Action::$variant => ($object, $action),)*
                }
            }

            /// One word for it, such as `customer.profile:read`.
            pub fn name(self) -> &'static str {
                match self {
                    $(Action::$variant => concat!($object, ":", $action),)*
                }
            }
        }
    };
}

actions! {
    /// Find a customer in lists, searches and look-ups by other keys.
    CustomerList = "customer", "list";
    /// Read a customer's name and ids.
    CustomerRead = "customer", "read";
    /// Read a customer's company details and further domains.
    CustomerProfileRead = "customer.profile", "read";
    /// Read which partners serve a customer.
    CustomerPartnersRead = "customer.partners", "read";
    /// Read a subscription that one's partner sold, is partner of record or support contact of.
    SubscriptionRead = "subscription", "read";
    /// Read all subscriptions of a tenant in one's own captures.
    SubscriptionTenantRead = "subscription.tenant", "read";
    /// Read the commerce details of a subscription that one's partner sold or is partner of record of.
    SubscriptionCommerceRead = "subscription.commerce", "read";
    /// Read delegated administration relationships.
    DelegationRead = "delegation", "read";
    /// Read which security groups the roles of a relationship are assigned to.
    DelegationAssignmentsRead = "delegation.assignments", "read";
    /// Read one's own organisation and the partners it names.
    PartnerRead = "partner", "read";
    /// Read the status of a customer's services, and the incidents and advisories that affect it.
    HealthRead = "health", "read";
    /// Read what the vendor announced to a customer in the message center.
    HealthMessagesRead = "health.messages", "read";
    /// Read a customer's support requests with the vendor.
    SupportRead = "support", "read";
    /// Change users, licences, billing or settings of a customer in the Microsoft 365 admin center.
    ServiceMicrosoft365Administer = "service.microsoft365", "administer";
    /// Change something in a customer's Exchange.
    ServiceExchangeAdminister = "service.exchange", "administer";
    /// Change something in a customer's SharePoint and OneDrive.
    ServiceSharePointAdminister = "service.sharepoint", "administer";
    /// Change something in a customer's Teams.
    ServiceTeamsAdminister = "service.teams", "administer";
    /// Change something in a customer's Intune.
    ServiceIntuneAdminister = "service.intune", "administer";
    /// Change users and groups of a customer's directory.
    ServiceIdentityAdminister = "service.identity", "administer";
    /// Change something in a customer's Dynamics 365.
    ServiceDynamicsAdminister = "service.dynamics", "administer";
    /// Change something in a customer's Power Platform.
    ServicePowerPlatformAdminister = "service.power_platform", "administer";
    /// Change something in a customer's Azure.
    ServiceAzureAdminister = "service.azure", "administer";
    /// Change something in a customer's security and compliance portals.
    ServiceSecurityAdminister = "service.security", "administer";
    /// Read a support request between a customer and its partner: one's own party's copy of it.
    RequestRead = "support_request", "read";
    /// Raise a support request; answer, confirm and reopen it.
    RequestRaise = "support_request", "raise";
    /// Work on a support request as the partner that it names: notes, diagnosis, incident, owner, changes, resolution.
    RequestWork = "support_request", "work";
    /// Hand a support request to the next tier, as the partner that it names.
    RequestEscalate = "support_request", "escalate";
    /// Answer for a case that was handed over: accept, return, note, pass on, resolve.
    CaseAnswer = "support_request.case", "answer";
    /// Read one's own organisation's records of cases that it was handed and that have ended.
    RequestRecordRead = "support_request.record", "read";
    /// Change one's own organisation's support arrangements and contracts.
    ArrangementManage = "support.arrangement", "manage";
    /// Read one's own organisation's support contracts with the vendor.
    ContractRead = "support.contract", "read";
}

impl Action {
    /// What a caller without it would have to hold, in words.
    pub fn missing(self) -> &'static str {
        match self {
            Action::CustomerProfileRead => {
                "needs DAP as an Admin agent, or GDAP with Global Administrator, Directory Writers or Global Reader held by an agent"
            }
            Action::SubscriptionCommerceRead => {
                "needs an agent role of a partner that sold this subscription or is its partner of record"
            }
            Action::CustomerPartnersRead => "needs a live relation to this customer",
            Action::DelegationAssignmentsRead => "needs Admin agent or auditor of the relationship's partner",
            Action::HealthRead => {
                "needs GDAP with a role that reads service health, such as Service Support Administrator; or DAP as an Admin or Helpdesk agent; or to be such an agent of the provider that the customer is served through"
            }
            Action::HealthMessagesRead => {
                "needs GDAP with a role that reads the message center, such as Message Center Reader; or DAP as an Admin agent"
            }
            Action::SupportRead => {
                "needs GDAP with a role that manages support requests, such as Service Support Administrator; or DAP as an Admin or Helpdesk agent"
            }
            Action::ServiceMicrosoft365Administer => {
                "needs GDAP with a role that administers Microsoft 365, such as Helpdesk Administrator or User Administrator; or DAP as an Admin or Helpdesk agent"
            }
            Action::ServiceExchangeAdminister => {
                "needs GDAP with Exchange Administrator or Global Administrator, or DAP as an Admin agent"
            }
            Action::ServiceSharePointAdminister => {
                "needs GDAP with SharePoint Administrator or Global Administrator, or DAP as an Admin agent"
            }
            Action::ServiceTeamsAdminister => {
                "needs GDAP with Teams Administrator or Global Administrator, or DAP as an Admin agent"
            }
            Action::ServiceIntuneAdminister => {
                "needs GDAP with Intune Administrator or Global Administrator, or DAP as an Admin agent"
            }
            Action::ServiceIdentityAdminister => {
                "needs GDAP with User Administrator, Directory Writers or Global Administrator, or DAP as an Admin agent"
            }
            Action::ServiceDynamicsAdminister => {
                "needs GDAP with Dynamics 365 Administrator or Global Administrator, or DAP as an Admin agent"
            }
            Action::ServicePowerPlatformAdminister => {
                "needs GDAP with Global Administrator, or DAP as an Admin agent"
            }
            Action::ServiceAzureAdminister => {
                "needs GDAP with Global Administrator; a role on an Azure subscription, such as Owner, opens that subscription by itself, and this gateway does not know of it"
            }
            Action::ServiceSecurityAdminister => {
                "needs GDAP with Global Administrator, or DAP as an Admin agent; Security Administrator opens these portals with the vendor, and this gateway does not count it"
            }
            _ => self.missing_of_requests(),
        }
    }

    /// The same, of support requests, arrangements and contracts.
    fn missing_of_requests(self) -> &'static str {
        match self {
            Action::RequestRead => {
                "needs an Admin or Helpdesk agent of a partner with a live reseller relation to this customer, or GDAP with a role that manages support requests, such as Service Support Administrator; or a case of this customer that is handed to one's partner, as such an agent; or to be Global Administrator or Global Reader of the customer's own tenant"
            }
            Action::RequestRaise => {
                "needs an Admin or Helpdesk agent of a partner with a live reseller relation to this customer, or GDAP with a role that manages support requests, such as Service Support Administrator; or to be Global Administrator of the customer's own tenant"
            }
            Action::RequestWork | Action::RequestEscalate => {
                "needs an Admin or Helpdesk agent of the partner that the request names, with a live reseller relation to this customer, or GDAP with a role that manages support requests, such as Service Support Administrator"
            }
            Action::CaseAnswer => {
                "needs a case that is handed to one's partner and has not ended, and to be its Admin or Helpdesk agent"
            }
            Action::RequestRecordRead => {
                "needs Admin agent, Helpdesk agent, support lead or auditor of the partner that the case was handed to"
            }
            Action::ArrangementManage => {
                "needs Admin agent of the partner whose arrangement or contract it is"
            }
            Action::ContractRead => {
                "needs Admin agent, Helpdesk agent, support lead or auditor of the partner that holds the contract"
            }
            _ => "needs a role that the policy allows this to",
        }
    }

    /// The operation of that name.
    pub fn parse(name: &str) -> Option<Action> {
        Self::ALL.into_iter().find(|action| action.name() == name)
    }
}
