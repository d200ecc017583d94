//! The operations that the policy decides on. `policies/policy.csv` names each as `object, action`.

/// An operation of the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Find a customer in lists, searches and look-ups by other keys.
    CustomerList,
    /// Read a customer's name and ids.
    CustomerRead,
    /// Read a customer's company details and further domains.
    CustomerProfileRead,
    /// Read which partners serve a customer.
    CustomerPartnersRead,
    /// Read a subscription that one's partner sold, is partner of record or support contact of.
    SubscriptionRead,
    /// Read all subscriptions of a tenant in one's own captures.
    SubscriptionTenantRead,
    /// Read the commerce details of a subscription that one's partner sold or is partner of record of.
    SubscriptionCommerceRead,
    /// Read delegated administration relationships.
    DelegationRead,
    /// Read which security groups the roles of a relationship are assigned to.
    DelegationAssignmentsRead,
    /// Read one's own organisation and the partners it names.
    PartnerRead,
}

impl Action {
    /// How many there are.
    pub const COUNT: usize = Self::ALL.len();

    /// All of them, in the order of their masks.
    pub const ALL: [Action; 10] = [
        Action::CustomerList,
        Action::CustomerRead,
        Action::CustomerProfileRead,
        Action::CustomerPartnersRead,
        Action::SubscriptionRead,
        Action::SubscriptionTenantRead,
        Action::SubscriptionCommerceRead,
        Action::DelegationRead,
        Action::DelegationAssignmentsRead,
        Action::PartnerRead,
    ];

    /// Object and action as the policy's lines write them.
    pub fn object_action(self) -> (&'static str, &'static str) {
        match self {
            Action::CustomerList => ("customer", "list"),
            Action::CustomerRead => ("customer", "read"),
            Action::CustomerProfileRead => ("customer.profile", "read"),
            Action::CustomerPartnersRead => ("customer.partners", "read"),
            Action::SubscriptionRead => ("subscription", "read"),
            Action::SubscriptionTenantRead => ("subscription.tenant", "read"),
            Action::SubscriptionCommerceRead => ("subscription.commerce", "read"),
            Action::DelegationRead => ("delegation", "read"),
            Action::DelegationAssignmentsRead => ("delegation.assignments", "read"),
            Action::PartnerRead => ("partner", "read"),
        }
    }

    /// One word for it, such as `customer.profile:read`.
    pub fn name(self) -> &'static str {
        match self {
            Action::CustomerList => "customer:list",
            Action::CustomerRead => "customer:read",
            Action::CustomerProfileRead => "customer.profile:read",
            Action::CustomerPartnersRead => "customer.partners:read",
            Action::SubscriptionRead => "subscription:read",
            Action::SubscriptionTenantRead => "subscription.tenant:read",
            Action::SubscriptionCommerceRead => "subscription.commerce:read",
            Action::DelegationRead => "delegation:read",
            Action::DelegationAssignmentsRead => "delegation.assignments:read",
            Action::PartnerRead => "partner:read",
        }
    }

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
            _ => "needs a role that the policy allows this to",
        }
    }

    /// The operation of that name.
    pub fn parse(name: &str) -> Option<Action> {
        Self::ALL.into_iter().find(|action| action.name() == name)
    }
}
