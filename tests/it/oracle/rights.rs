//! The policy's sentences: which roles allow what, over which ground. Written from `policies/README.md` and DESIGN
//! section 4.4, with the vendor's role templates by their ids; knows no masks and no lines.

pub const ADMIN: &str = "admin_agents";
pub const HELPDESK: &str = "helpdesk_agents";
pub const SALES: &str = "sales_agents";
pub const AUDITORS: &str = "auditors";
pub const LEADS: &str = "support_leads";
pub const OWNER: &str = "global_administrator";
pub const OWN_READER: &str = "global_reader";

pub const GLOBAL_ADMINISTRATOR: &str = "62e90394-69f5-4237-9190-012177145e10";
pub const DIRECTORY_WRITERS: &str = "9360feb5-f418-4baa-8175-e2a00bac4301";
pub const GLOBAL_READER: &str = "f2ef992c-3afb-46b9-b7cf-a126ee74c451";
pub const DIRECTORY_READERS: &str = "88d8e3e3-8f55-4a1e-953a-9b9898b8876b";
pub const LICENSE_ADMINISTRATOR: &str = "4d6ac14f-3453-41d0-bef9-a3e0c569773a";
pub const USER_ADMINISTRATOR: &str = "fe930be7-5e62-47db-91af-98c3a49a38b1";
pub const SERVICE_SUPPORT_ADMINISTRATOR: &str = "f023fd81-a637-4b56-95fd-791ac0226033";
pub const HELPDESK_ADMINISTRATOR: &str = "729827e3-9c14-49f7-bb1b-9608f156bbb8";
pub const EXCHANGE_ADMINISTRATOR: &str = "29232cdf-9323-42fd-ade2-1d097af3e4de";
pub const SHAREPOINT_ADMINISTRATOR: &str = "f28a1f50-f6e7-4571-818b-6a12f2af6b6c";
pub const TEAMS_ADMINISTRATOR: &str = "69091246-20e8-4a56-aa4d-066075b2a7a8";
pub const INTUNE_ADMINISTRATOR: &str = "3a2c62db-5318-420d-8d74-23affee5d9d5";
pub const DYNAMICS_ADMINISTRATOR: &str = "44367163-eba1-44c3-98af-f5787879f96a";
pub const MESSAGE_CENTER_READER: &str = "790c1fb9-7f7d-4f88-86a1-ef1f95c05c1b";
pub const BILLING_ADMINISTRATOR: &str = "b0f54661-2d74-4c50-afa3-1ec803f12efe";
/// Gives nothing beyond presence.
pub const PASSWORD_ADMINISTRATOR: &str = "966707d0-3269-4727-9be2-8c3a10f19b9d";

/// Roles whose documented permissions let them create and manage tickets.
const TICKETS: [&str; 10] = [
    GLOBAL_ADMINISTRATOR,
    USER_ADMINISTRATOR,
    SERVICE_SUPPORT_ADMINISTRATOR,
    HELPDESK_ADMINISTRATOR,
    BILLING_ADMINISTRATOR,
    EXCHANGE_ADMINISTRATOR,
    SHAREPOINT_ADMINISTRATOR,
    TEAMS_ADMINISTRATOR,
    DYNAMICS_ADMINISTRATOR,
    INTUNE_ADMINISTRATOR,
];

/// What may be allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    List,
    Read,
    Profile,
    Partners,
    /// Subscriptions that name one's partner.
    Subscriptions,
    /// All subscriptions of the tenant.
    TenantSubscriptions,
    Commerce,
    Delegations,
    Assignments,
    OwnPartners,
    Health,
    Messages,
    Support,
    /// To administer services of an area; so the ones below.
    Microsoft365,
    Exchange,
    SharePoint,
    Teams,
    Intune,
    Identity,
    Dynamics,
    PowerPlatform,
    Azure,
    Security,
    /// To read requests between a customer and its partner; the next three are to raise, work on and escalate them.
    Requests,
    Raise,
    Work,
    Escalate,
    /// To answer for a case that was handed over.
    Answer,
    /// To read one's own records of cases that ended.
    Records,
    Arrangements,
    Contracts,
}

impl Right {
    /// Those that are held on a customer, in the policy's order.
    pub const ON_CUSTOMER: [Right; 26] = [
        Right::List,
        Right::Read,
        Right::Profile,
        Right::Partners,
        Right::Subscriptions,
        Right::TenantSubscriptions,
        Right::Commerce,
        Right::Delegations,
        Right::Health,
        Right::Messages,
        Right::Support,
        Right::Microsoft365,
        Right::Exchange,
        Right::SharePoint,
        Right::Teams,
        Right::Intune,
        Right::Identity,
        Right::Dynamics,
        Right::PowerPlatform,
        Right::Azure,
        Right::Security,
        Right::Requests,
        Right::Raise,
        Right::Work,
        Right::Escalate,
        Right::Answer,
    ];
    /// Those that are held on one's own organisation.
    pub const AT_HOME: [Right; 6] = [
        Right::Delegations,
        Right::Assignments,
        Right::OwnPartners,
        Right::Records,
        Right::Arrangements,
        Right::Contracts,
    ];

    /// The operation's public name.
    pub fn name(self) -> &'static str {
        match self {
            Right::List => "customer:list",
            Right::Read => "customer:read",
            Right::Profile => "customer.profile:read",
            Right::Partners => "customer.partners:read",
            Right::Subscriptions => "subscription:read",
            Right::TenantSubscriptions => "subscription.tenant:read",
            Right::Commerce => "subscription.commerce:read",
            Right::Delegations => "delegation:read",
            Right::Assignments => "delegation.assignments:read",
            Right::OwnPartners => "partner:read",
            Right::Health => "health:read",
            Right::Messages => "health.messages:read",
            Right::Support => "support:read",
            Right::Microsoft365 => "service.microsoft365:administer",
            Right::Exchange => "service.exchange:administer",
            Right::SharePoint => "service.sharepoint:administer",
            Right::Teams => "service.teams:administer",
            Right::Intune => "service.intune:administer",
            Right::Identity => "service.identity:administer",
            Right::Dynamics => "service.dynamics:administer",
            Right::PowerPlatform => "service.power_platform:administer",
            Right::Azure => "service.azure:administer",
            Right::Security => "service.security:administer",
            Right::Requests => "support_request:read",
            Right::Raise => "support_request:raise",
            Right::Work => "support_request:work",
            Right::Escalate => "support_request:escalate",
            Right::Answer => "support_request.case:answer",
            Right::Records => "support_request.record:read",
            Right::Arrangements => "support.arrangement:manage",
            Right::Contracts => "support.contract:read",
        }
    }
}

/// By what a reader holds something on a customer, on the rows of one source: roles, by the ground on which they count.
#[derive(Clone, Debug, Default)]
pub struct Grounds {
    /// Names of the restrictions laid on it.
    pub restrictions: Vec<&'static str>,
    /// Over a reseller relation or a link.
    pub commerce: Vec<&'static str>,
    /// As the provider of a reseller's customer.
    pub downstream: Vec<&'static str>,
    /// By a case that is handed to the reader's partner, on the rows of the partner that the request names.
    pub case: Vec<&'static str>,
    /// Over DAP that nothing silences.
    pub dap: Vec<&'static str>,
    /// Role templates by GDAP, if there is any.
    pub gdap: Option<Vec<&'static str>>,
    /// As the customer's own staff.
    pub own: Vec<&'static str>,
    /// Whether the reader is an agent of its partner.
    pub is_agent: bool,
}

fn any(held: &[&str], wanted: &[&str]) -> bool {
    held.iter().any(|role| wanted.contains(role))
}

impl Grounds {
    pub fn allow(&self, right: Right) -> bool {
        let is_denied = |name: &str| self.restrictions.contains(&name);
        let denied = is_denied("no_access")
            || (right == Right::Commerce && is_denied("no_commerce"))
            || (right == Right::Profile && is_denied("no_profile"));
        if denied {
            return false;
        }
        let gdap = self.gdap.as_deref().unwrap_or_default();
        let (is_present, at_home) = (self.gdap.is_some(), any(&self.own, &[OWNER, OWN_READER]));
        let (commerce, downstream, dap) = (&self.commerce, &self.downstream, &self.dap);
        match right {
            Right::List | Right::Read => {
                let sold = any(commerce, &[ADMIN, HELPDESK, SALES, AUDITORS]);
                let administered = is_present || any(dap, &[ADMIN, HELPDESK]);
                let handed = right == Right::Read && any(&self.case, &[ADMIN, HELPDESK]);
                sold || administered || any(downstream, &[ADMIN, HELPDESK]) || at_home || handed
            }
            Right::Profile => {
                let by_role = any(gdap, &[GLOBAL_ADMINISTRATOR, DIRECTORY_WRITERS, GLOBAL_READER]);
                any(dap, &[ADMIN]) || (by_role && self.is_agent) || at_home
            }
            Right::Partners => {
                let sold = any(commerce, &[ADMIN, HELPDESK, SALES, AUDITORS]);
                sold || is_present || any(downstream, &[ADMIN, HELPDESK]) || at_home
            }
            Right::Subscriptions => {
                any(commerce, &[ADMIN, HELPDESK, SALES]) || any(downstream, &[ADMIN, HELPDESK])
            }
            Right::TenantSubscriptions => {
                let readers = [
                    GLOBAL_ADMINISTRATOR,
                    GLOBAL_READER,
                    DIRECTORY_READERS,
                    LICENSE_ADMINISTRATOR,
                    USER_ADMINISTRATOR,
                ];
                any(dap, &[ADMIN]) || any(gdap, &readers) || at_home
            }
            Right::Commerce => any(commerce, &[ADMIN, HELPDESK, SALES]),
            Right::Delegations => is_present || at_home,
            Right::Requests | Right::Raise | Right::Work | Right::Escalate | Right::Answer => {
                self.request(right)
            }
            Right::Assignments | Right::OwnPartners => false,
            Right::Records | Right::Arrangements | Right::Contracts => false,
            _ => self.serve(right),
        }
    }

    /// Requests between a customer and its partner, who need no delegation for that; a tier has its case alone.
    fn request(&self, right: Right) -> bool {
        let agents = [ADMIN, HELPDESK];
        let gdap = self.gdap.as_deref().unwrap_or_default();
        let by_partner = any(&self.commerce, &agents) || any(&self.dap, &agents) || any(gdap, &TICKETS);
        let by_case = any(&self.case, &agents);
        match right {
            Right::Requests => by_partner || by_case || any(&self.own, &[OWNER, OWN_READER]),
            Right::Raise => by_partner || any(&self.own, &[OWNER]),
            Right::Work | Right::Escalate => by_partner,
            Right::Answer => by_case,
            _ => false,
        }
    }

    /// Service health, messages, support requests and administration: tenant rights, which commerce never gives.
    fn serve(&self, right: Right) -> bool {
        let gdap = self.gdap.as_deref().unwrap_or_default();
        let held = |by_gdap: &[&str], by_dap: &[&str], own: &[&str]| {
            any(gdap, &[GLOBAL_ADMINISTRATOR])
                || any(gdap, by_gdap)
                || any(&self.dap, by_dap)
                || any(&self.own, own)
        };
        let (agents, staff) = ([ADMIN, HELPDESK], [OWNER, OWN_READER]);
        match right {
            Right::Health => {
                let by_role = [
                    GLOBAL_READER,
                    LICENSE_ADMINISTRATOR,
                    USER_ADMINISTRATOR,
                    SERVICE_SUPPORT_ADMINISTRATOR,
                    HELPDESK_ADMINISTRATOR,
                    BILLING_ADMINISTRATOR,
                    EXCHANGE_ADMINISTRATOR,
                    SHAREPOINT_ADMINISTRATOR,
                    TEAMS_ADMINISTRATOR,
                    DYNAMICS_ADMINISTRATOR,
                ];
                held(&by_role, &agents, &staff) || any(&self.downstream, &agents)
            }
            Right::Messages => held(&[GLOBAL_READER, MESSAGE_CENTER_READER], &[ADMIN], &staff),
            Right::Support => held(&TICKETS, &agents, &staff),
            Right::Microsoft365 => {
                let by_role = [
                    LICENSE_ADMINISTRATOR,
                    USER_ADMINISTRATOR,
                    SERVICE_SUPPORT_ADMINISTRATOR,
                    HELPDESK_ADMINISTRATOR,
                    BILLING_ADMINISTRATOR,
                ];
                held(&by_role, &agents, &[OWNER])
            }
            Right::Exchange => held(&[EXCHANGE_ADMINISTRATOR], &[ADMIN], &[OWNER]),
            Right::SharePoint => held(&[SHAREPOINT_ADMINISTRATOR], &[ADMIN], &[OWNER]),
            Right::Teams => held(&[TEAMS_ADMINISTRATOR], &[ADMIN], &[OWNER]),
            Right::Intune => held(&[INTUNE_ADMINISTRATOR], &[ADMIN], &[OWNER]),
            Right::Identity => held(&[USER_ADMINISTRATOR, DIRECTORY_WRITERS], &[ADMIN], &[OWNER]),
            Right::Dynamics => held(&[DYNAMICS_ADMINISTRATOR], &[ADMIN], &[OWNER]),
            Right::PowerPlatform | Right::Security => held(&[], &[ADMIN], &[OWNER]),
            Right::Azure => held(&[], &[], &[OWNER]),
            _ => false,
        }
    }
}
