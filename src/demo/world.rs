//! The demo world as data: who exists, and what each source says. Times are whole days before or after the load.
//!
//! Never says what follows from the facts: rights, links and lists are derived from them as from any capture. A
//! customer's `situation` is what the README tells of it.

/// A partner of the demo.
pub struct Partner {
    /// What accounts and commands call it.
    pub key: &'static str,
    /// Organisation name.
    pub name: &'static str,
    /// `direct_bill`, `indirect_provider` or `indirect_reseller`.
    pub kind: &'static str,
    /// PartnerID, digits.
    pub mpn_id: &'static str,
    /// Country code; links exist only within a region.
    pub location: &'static str,
}

/// A kind of account: everybody at a partner has one, with the groups that make it what it is.
pub(super) struct Staff {
    pub(super) account: &'static str,
    /// `member`, `guest` or `application`.
    pub(super) kind: &'static str,
    pub(super) title: &'static str,
    pub(super) groups: &'static [&'static str],
}

/// A security group of an organisation: key, name, and the role that membership gives.
pub(super) type Group = (&'static str, &'static str, Option<&'static str>);

/// A partnership as both sides say it.
pub(super) struct Partnership {
    pub(super) provider: &'static str,
    pub(super) reseller: &'static str,
    /// Begun so many days ago.
    pub(super) since: i64,
    /// Ended so many days ago; 0 while it lives.
    pub(super) until: i64,
}

/// How a source is tied to a customer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Tie {
    /// May resell.
    Reseller,
    /// May support, not resell.
    Advisor,
    /// Knows the customer by delegated administration alone: Graph's word, not Partner Center's.
    Delegation,
}

/// What one source says of one customer.
#[derive(Clone, Copy)]
pub(super) struct Word {
    /// The source.
    pub(super) by: &'static str,
    /// The name there, if it is another than the customer's own.
    pub(super) name: &'static str,
    pub(super) tie: Tie,
    /// Whether legacy delegated administration privileges exist.
    pub(super) dap: bool,
    /// Whether the body has company details and further domains; with DAP it has.
    pub(super) detail: bool,
    /// The partners at the other end of "serves through" or "served by".
    pub(super) with: &'static [&'static str],
    /// First said so many days ago.
    pub(super) since: i64,
    /// The relation ended so many days ago; 0 while it lives.
    pub(super) until: i64,
    /// Last captured so many days ago.
    pub(super) seen: i64,
}

impl Word {
    /// Days since the last capture: nothing is said after an ending.
    pub(super) fn last(&self) -> i64 {
        if self.until > 0 { self.until } else { self.seen }
    }
}

/// A customer and the one situation that it shows.
pub(super) struct Customer {
    pub(super) key: &'static str,
    pub(super) name: &'static str,
    pub(super) domain: &'static str,
    /// Verified domains besides the default one.
    pub(super) further: &'static [&'static str],
    /// Whether its own administrators use the gateway.
    pub(super) admins: bool,
    pub(super) words: &'static [Word],
    pub(super) situation: &'static str,
}

/// What is sold: its id, a GUID in legacy commerce and `product:sku:availability` in new commerce, and its name.
#[derive(Clone, Copy)]
pub(super) struct Offer(pub(super) &'static str, pub(super) &'static str);

impl Offer {
    /// Metered instead of by licence: neither term nor end.
    pub(super) fn is_metered(&self) -> bool {
        self.0 == AZURE.0
    }
}

/// A subscription, and which sources have captured it.
#[derive(Clone, Copy)]
pub(super) struct Subscription {
    pub(super) of: &'static str,
    pub(super) by: &'static [&'static str],
    pub(super) offer: Offer,
    /// The name that the partner gave it, if any.
    pub(super) label: &'static str,
    pub(super) seats: i64,
    pub(super) used: i64,
    pub(super) status: &'static str,
    /// Days until the commitment ends; `OPEN` for none.
    pub(super) ends: i64,
    pub(super) renews: bool,
    pub(super) term: &'static str,
    pub(super) cycle: &'static str,
    pub(super) trial: bool,
    /// Licences of the next term, where a change is scheduled; else 0.
    pub(super) next: i64,
    /// Partner of record: a partner's key, a PartnerID that no source knows, or empty.
    pub(super) por: &'static str,
    /// Who bought it, where the bodies say so: a partner's key, or empty.
    pub(super) sold: &'static str,
    /// Support contact, where another than the seller: a partner's key, or empty.
    pub(super) support: &'static str,
}

/// A delegated administration relationship as one source has captured it.
#[derive(Clone, Copy)]
pub(super) struct Relationship {
    pub(super) by: &'static str,
    /// The customer; empty until one approves.
    pub(super) of: &'static str,
    pub(super) name: &'static str,
    /// The provider that created it for a reseller; empty for a partner's own.
    pub(super) provider: &'static str,
    pub(super) pending_consent: bool,
    pub(super) roles: &'static [&'static str],
    pub(super) status: &'static str,
    /// Its duration in days.
    pub(super) days: i64,
    /// Activated so many days ago, or made, if it is not active yet.
    pub(super) age: i64,
    /// Ended so many days ago, if before its time; else 0.
    pub(super) ended: i64,
    pub(super) extends: bool,
    pub(super) assigned: &'static [Assignment],
}

/// Roles of a relationship given to one group of its source: group, roles, status.
pub(super) type Assignment = (&'static str, &'static [&'static str], &'static str);

/// A restriction: partner, group, customer, name.
pub(super) type Restriction = (&'static str, &'static str, &'static str, &'static str);

/// No end.
pub(super) const OPEN: i64 = i64::MAX;

/// Days before the load at which something was captured, from the oldest to the load itself.
pub(super) const ERAS: [i64; 6] = [700, 400, 100, 60, 9, 0];

const INDIRECT_PROVIDER: &str = "indirect_provider";
const INDIRECT_RESELLER: &str = "indirect_reseller";

/// The partners.
#[rustfmt::skip]
pub const PARTNERS: &[Partner] = &[
    Partner { key: "northwind", name: "Northwind Distribution", kind: INDIRECT_PROVIDER, mpn_id: "4617001", location: "US" },
    Partner { key: "litware", name: "Litware Distribution", kind: INDIRECT_PROVIDER, mpn_id: "4617002", location: "US" },
    Partner { key: "fabrikam", name: "Fabrikam Cloud", kind: INDIRECT_RESELLER, mpn_id: "5228101", location: "US" },
    Partner { key: "tailspin", name: "Tailspin IT", kind: INDIRECT_RESELLER, mpn_id: "5228102", location: "US" },
    Partner { key: "wingtip", name: "Wingtip Managed Services", kind: "direct_bill", mpn_id: "5228103", location: "US" },
    Partner { key: "lamna", name: "Lamna Partners", kind: INDIRECT_RESELLER, mpn_id: "5228104", location: "US" },
];

/// The accounts of every partner.
#[rustfmt::skip]
pub(super) const STAFF: &[Staff] = &[
    Staff { account: "admin", kind: "member", title: "Admin agent", groups: &["admin_agents"] },
    Staff { account: "helpdesk", kind: "member", title: "Helpdesk agent", groups: &["helpdesk_agents"] },
    Staff { account: "sales", kind: "member", title: "Sales agent", groups: &["sales_agents"] },
    Staff { account: "support", kind: "member", title: "Service support by delegated group, no agent", groups: &["service_support"] },
    Staff { account: "engineer", kind: "member", title: "Admin agent and in the delegated group", groups: &["admin_agents", "service_support"] },
    Staff { account: "reader", kind: "member", title: "Global Reader by delegated group", groups: &["global_readers"] },
    Staff { account: "lead", kind: "member", title: "Helpdesk agent who leads support", groups: &["helpdesk_agents", "support_leads"] },
    Staff { account: "auditor", kind: "member", title: "Auditor", groups: &["auditors"] },
    Staff { account: "guest", kind: "guest", title: "Guest in Admin agents, who holds nothing", groups: &["admin_agents"] },
];

/// Further accounts of one partner, [`FORMER`] among them.
#[rustfmt::skip]
pub(super) const FABRIKAM_STAFF: &[Staff] = &[
    Staff { account: "automation", kind: "application", title: "Application in Admin agents", groups: &["admin_agents"] },
    Staff { account: FORMER, kind: "member", title: "Left all groups 30 days ago", groups: &["admin_agents", "service_support"] },
];

/// The account whose memberships have ended, and how many days ago.
pub(super) const FORMER: &str = "former";
pub(super) const FORMER_LEFT: i64 = 30;

/// The accounts of a customer; others than the first only at Contoso.
#[rustfmt::skip]
pub(super) const CUSTOMER_STAFF: &[Staff] = &[
    Staff { account: "admin", kind: "member", title: "Global administrator", groups: &["global_administrator"] },
    Staff { account: "reader", kind: "member", title: "Global reader", groups: &["global_reader"] },
    Staff { account: "user", kind: "member", title: "User without any role", groups: &[] },
];

/// The groups of every partner; those without a role count by what is assigned to them.
#[rustfmt::skip]
pub(super) const GROUPS: &[Group] = &[
    ("admin_agents", "Admin agents", Some("admin_agents")),
    ("helpdesk_agents", "Helpdesk agents", Some("helpdesk_agents")),
    ("sales_agents", "Sales agents", Some("sales_agents")),
    ("support_leads", "Support leads", Some("support_leads")),
    ("auditors", "Auditors", Some("auditors")),
    ("service_support", "Service support", None),
    ("global_readers", "Global readers", None),
];

/// The groups of a customer's own tenant.
#[rustfmt::skip]
pub(super) const CUSTOMER_GROUPS: &[Group] = &[
    ("global_administrator", "Global administrators", Some("global_administrator")),
    ("global_reader", "Global readers", Some("global_reader")),
];

/// Fabrikam left Litware; what it had there lives on.
#[rustfmt::skip]
pub(super) const PARTNERSHIPS: &[Partnership] = &[
    Partnership { provider: "northwind", reseller: "fabrikam", since: 700, until: 0 },
    Partnership { provider: "litware", reseller: "tailspin", since: 700, until: 0 },
    Partnership { provider: "litware", reseller: "fabrikam", since: 700, until: 100 },
    Partnership { provider: "northwind", reseller: "tailspin", since: 400, until: 0 },
];

/// Consents: reseller, provider, given so many days ago.
pub(super) const CONSENTS: &[(&str, &str, i64)] = &[("fabrikam", "northwind", 200)];

pub(super) const RESTRICTIONS: &[Restriction] = &[
    ("fabrikam", "helpdesk_agents", "school-of-fine-art", "no_access"),
    ("fabrikam", "sales_agents", "tasmanian-traders", "no_commerce"),
    ("fabrikam", "admin_agents", "coho-vineyard", "no_profile"),
];

// The usual words: who says it, and through or for whom.
const F_ALONE: Word = word("fabrikam", &[]);
const F_VIA_N: Word = word("fabrikam", &["northwind"]);
const F_VIA_L: Word = word("fabrikam", &["litware"]);
const T_ALONE: Word = word("tailspin", &[]);
const T_VIA_N: Word = word("tailspin", &["northwind"]);
const T_VIA_L: Word = word("tailspin", &["litware"]);
const T_VIA_BOTH: Word = word("tailspin", &["northwind", "litware"]);
const N_ALONE: Word = word("northwind", &[]);
const N_FOR_F: Word = word("northwind", &["fabrikam"]);
const N_FOR_T: Word = word("northwind", &["tailspin"]);
const L_FOR_F: Word = word("litware", &["fabrikam"]);
const L_FOR_T: Word = word("litware", &["tailspin"]);
const W_ALONE: Word = word("wingtip", &[]);

#[rustfmt::skip]
const fn word(by: &'static str, with: &'static [&'static str]) -> Word {
    Word { by, name: "", tie: Tie::Reseller, dap: false, detail: false, with, since: 400, until: 0, seen: 0 }
}

#[rustfmt::skip]
const CUSTOMER: Customer = Customer { key: "", name: "", domain: "", further: &[], admins: false, words: &[], situation: "" };

/// The customers, by the reseller that shows their situation.
#[rustfmt::skip]
pub(super) const CUSTOMERS: &[Customer] = &[
    Customer { key: "contoso", name: "Contoso", domain: "contoso.com", further: &["contoso.co.uk", "contoso.onmicrosoft.com"], admins: true,
        words: &[Word { detail: true, since: 700, ..F_VIA_N }, Word { since: 700, ..N_FOR_F }, W_ALONE],
        situation: "two partners that are strangers to each other: Fabrikam (through Northwind, with GDAP) and Wingtip (with GDAP)" },
    Customer { key: "adventure-works", name: "Adventure Works", domain: "adventure-works.com", further: &["adventureworks.cycles"], admins: true,
        words: &[Word { dap: true, since: 700, ..F_VIA_N }, N_FOR_F],
        situation: "DAP only (cells c1: admin and engineer by DAP, support nothing)" },
    Customer { key: "fourth-coffee", name: "Fourth Coffee", domain: "fourthcoffee.com", further: &["fourthcoffee.shop"], admins: true,
        words: &[Word { dap: true, ..F_VIA_N }, N_FOR_F],
        situation: "DAP and a weaker GDAP (cells c2: admin by DAP, engineer and support by GDAP, so engineer loses the company details)" },
    Customer { key: "woodgrove-bank", name: "Woodgrove Bank", domain: "woodgrovebank.com", further: &["woodgrove.bank"], admins: true,
        words: &[Word { tie: Tie::Delegation, detail: true, ..F_ALONE }],
        situation: "GDAP only, no reseller relation (cells c3: admin nothing, engineer and support by GDAP)" },
    Customer { key: "relecloud", name: "Relecloud", domain: "relecloud.com", admins: true,
        words: &[Word { dap: true, ..F_VIA_N }, N_FOR_F],
        situation: "DAP and a stronger GDAP (Global Administrator): support gets it too, engineer by GDAP", ..CUSTOMER },
    Customer { key: "proseware", name: "Proseware", domain: "proseware.com",
        words: &[F_VIA_N, N_FOR_F],
        situation: "reseller relation only: names, subscriptions and commerce, nothing of the tenant", ..CUSTOMER },
    Customer { key: "trey-research", name: "Trey Research", domain: "treyresearch.net", admins: true,
        words: &[F_VIA_N, N_FOR_F],
        situation: "GDAP expired 35 days ago: its assignment grants nothing, the reseller relation stays", ..CUSTOMER },
    Customer { key: "margies-travel", name: "Margie's Travel", domain: "margiestravel.com",
        words: &[F_VIA_N, N_FOR_F],
        situation: "GDAP expires in 5 days", ..CUSTOMER },
    Customer { key: "graphic-design-institute", name: "Graphic Design Institute", domain: "graphicdesigninstitute.com",
        words: &[F_VIA_N, N_FOR_F],
        situation: "GDAP waits for the customer's approval", ..CUSTOMER },
    Customer { key: "humongous-insurance", name: "Humongous Insurance", domain: "humongousinsurance.com",
        words: &[F_VIA_N, N_FOR_F, Word { name: "Humongous Holdings", ..W_ALONE }],
        situation: "one tenant under two names: Humongous Insurance to Fabrikam, Humongous Holdings to Wingtip", ..CUSTOMER },
    Customer { key: "lucerne-publishing", name: "Lucerne Publishing", domain: "lucernepublishing.com", admins: true,
        words: &[Word { dap: true, ..F_VIA_N }, N_FOR_F],
        situation: "GDAP terminated 20 days ago: DAP counts again", ..CUSTOMER },
    Customer { key: "southridge-video", name: "Southridge Video", domain: "southridgevideo.com",
        words: &[Word { dap: true, ..F_VIA_N }, N_FOR_F],
        situation: "GDAP with a pending assignment: neither grants nor silences DAP", ..CUSTOMER },
    Customer { key: "vanarsdel", name: "VanArsdel", domain: "vanarsdelltd.com",
        words: &[F_VIA_N, N_FOR_F],
        situation: "GDAP whose assignment failed: grants nothing", ..CUSTOMER },
    Customer { key: "bellows-college", name: "Bellows College", domain: "bellowscollege.com",
        words: &[Word { dap: true, ..F_VIA_N }, N_FOR_F],
        situation: "GDAP whose assignment is being deleted: neither grants nor silences DAP", ..CUSTOMER },
    Customer { key: "best-for-you-organics", name: "Best For You Organics", domain: "bestforyouorganics.com",
        words: &[Word { detail: true, ..F_VIA_N }, N_FOR_F],
        situation: "GDAP created by the provider, active: grants to Fabrikam; to Northwind it is information", ..CUSTOMER },
    Customer { key: "munsons-pickles", name: "Munson's Pickles", domain: "munsonspickles.com",
        words: &[F_VIA_N, N_FOR_F],
        situation: "GDAP created by the provider, Fabrikam's consent pending: grants nothing", ..CUSTOMER },
    Customer { key: "nod-publishers", name: "Nod Publishers", domain: "nodpublishers.com",
        words: &[F_ALONE, N_FOR_F],
        situation: "Northwind alone names the link; Fabrikam's consent to Northwind covers it, since Fabrikam names no provider here", ..CUSTOMER },
    Customer { key: "school-of-fine-art", name: "School of Fine Art", domain: "fineartschool.net",
        words: &[Word { dap: true, ..F_VIA_N }, N_FOR_F],
        situation: "restriction no_access on Fabrikam's Helpdesk agents: helpdesk and lead do not find it", ..CUSTOMER },
    Customer { key: "tasmanian-traders", name: "Tasmanian Traders", domain: "tasmaniantraders.com",
        words: &[F_VIA_N, N_FOR_F],
        situation: "restriction no_commerce on Fabrikam's Sales agents: subscriptions without commerce details", ..CUSTOMER },
    Customer { key: "coho-vineyard", name: "Coho Vineyard", domain: "cohovineyard.com", further: &["cohowines.example"],
        words: &[Word { dap: true, ..F_VIA_N }, N_FOR_F],
        situation: "restriction no_profile on Fabrikam's Admin agents: DAP without company details", ..CUSTOMER },
    Customer { key: "alpine-ski-house", name: "Alpine Ski House", domain: "alpineskihouse.com",
        words: &[F_VIA_L, L_FOR_F],
        situation: "a link that outlives its partnership: Litware and Fabrikam parted 100 days ago", ..CUSTOMER },
    Customer { key: "blue-yonder-airlines", name: "Blue Yonder Airlines", domain: "blueyonderairlines.com",
        words: &[F_VIA_L, Word { since: 60, ..N_FOR_F }],
        situation: "Fabrikam still names Litware, Northwind names Fabrikam: no link with either, and the consent does not cover it", ..CUSTOMER },
    Customer { key: "city-power-and-light", name: "City Power & Light", domain: "cpandl.com",
        words: &[Word { until: 60, ..F_ALONE }],
        situation: "reseller relation ended 60 days ago: nobody at Fabrikam sees it", ..CUSTOMER },
    Customer { key: "consolidated-messenger", name: "Consolidated Messenger", domain: "consolidatedmessenger.com",
        words: &[Word { dap: true, until: 60, ..F_ALONE }],
        situation: "DAP without a live reseller relation: grants nothing", ..CUSTOMER },
    Customer { key: "the-phone-company", name: "The Phone Company", domain: "thephone-company.com",
        words: &[F_VIA_N, N_FOR_F],
        situation: "GDAP that its capture still calls active, but whose end was yesterday: grants nothing", ..CUSTOMER },
    Customer { key: "libertys-bakery", name: "Liberty's Delightful Sinful Bakery", domain: "libertysdelightfulsinfulbakeryandcafe.com",
        words: &[Word { tie: Tie::Advisor, ..F_ALONE }],
        situation: "advisor relation, which grants nothing, and GDAP: support sees it, admin and sales do not", ..CUSTOMER },
    Customer { key: "first-up-consultants", name: "First Up Consultants", domain: "firstupconsultants.com",
        words: &[F_VIA_N, N_FOR_F],
        situation: "subscriptions in every state of new commerce", ..CUSTOMER },
    Customer { key: "terra-firma", name: "Terra Firma", domain: "terrafirma.com",
        words: &[F_VIA_N, N_FOR_F],
        situation: "two GDAP: the end of the one with Global Reader was requested, the other does not keep its role alive", ..CUSTOMER },
    Customer { key: "fincher-architects", name: "Fincher Architects", domain: "fincherarchitects.com",
        words: &[Word { dap: true, seen: 9, ..F_ALONE }],
        situation: "last captured 9 days ago: provenance says STALE", ..CUSTOMER },
    Customer { key: "wide-world-importers", name: "Wide World Importers", domain: "wideworldimporters.com", admins: true,
        words: &[Word { detail: true, ..T_VIA_BOTH }, N_FOR_T, L_FOR_T],
        situation: "Tailspin serves it through both providers: each sees its own subscriptions, none the other's", ..CUSTOMER },
    Customer { key: "contoso-retail", name: "Contoso Retail", domain: "contoso-retail.com", further: &["contoso.store"],
        words: &[Word { detail: true, ..T_VIA_L }, L_FOR_T],
        situation: "name and domain like Contoso's, but Tailspin's customer: Fabrikam's searches never find it", ..CUSTOMER },
    Customer { key: "tailwind-traders", name: "Tailwind Traders", domain: "tailwindtraders.com", admins: true,
        words: &[T_VIA_N, N_FOR_T],
        situation: "partner of record and support contact in all variants: Tailspin, Northwind, none, and a PartnerID nobody knows", ..CUSTOMER },
    Customer { key: "lakeshore-retail", name: "Lakeshore Retail", domain: "lakeshoreretail.com",
        words: &[T_VIA_L, Word { detail: true, ..L_FOR_T }],
        situation: "GDAP of the provider Litware itself: Tailspin does not inherit it", ..CUSTOMER },
    Customer { key: "coho-winery", name: "Coho Winery", domain: "cohowinery.com",
        words: &[T_ALONE, L_FOR_T],
        situation: "link said by the provider only: Litware and Tailspin each see their own rows", ..CUSTOMER },
    Customer { key: "baldwin-museum", name: "Baldwin Museum of Science", domain: "baldwinmuseumofscience.com",
        words: &[T_VIA_N],
        situation: "link said by the reseller only: Northwind sees nothing", ..CUSTOMER },
    Customer { key: "parnell-aerospace", name: "Parnell Aerospace", domain: "parnellaerospace.com",
        words: &[T_VIA_N, N_FOR_T],
        situation: "subscriptions that Northwind alone captured: Tailspin sees those that name it", ..CUSTOMER },
    Customer { key: "tailspin-toys", name: "Tailspin Toys", domain: "tailspintoys.com",
        words: &[T_VIA_L, L_FOR_T],
        situation: "GDAP active, assigned to no group: grants nothing", ..CUSTOMER },
    Customer { key: "adatum", name: "A. Datum", domain: "adatum.com", further: &["adatum.health"],
        words: &[Word { detail: true, ..W_ALONE }],
        situation: "customer of one partner only: Wingtip", ..CUSTOMER },
    Customer { key: "fabrikam-residences", name: "Fabrikam Residences", domain: "fabrikamresidences.com",
        words: &[Word { dap: true, since: 700, ..W_ALONE }],
        situation: "named like a partner, with DAP to Wingtip", ..CUSTOMER },
    Customer { key: "wingtip", name: "Wingtip Managed Services", domain: "wingtipms.com",
        words: &[N_ALONE],
        situation: "a partner's tenant that is Northwind's customer too: Wingtip's staff get nothing from that side", ..CUSTOMER },
];

const BASIC: Offer = Offer("CFQ7TTC0LH18:0001:CFQ7TTC0K971", "Microsoft 365 Business Basic");
const STANDARD: Offer = Offer("CFQ7TTC0LDPB:0001:CFQ7TTC0K5J4", "Microsoft 365 Business Standard");
const PREMIUM: Offer = Offer("CFQ7TTC0LCHC:0002:CFQ7TTC0JN4R", "Microsoft 365 Business Premium");
const E3: Offer = Offer("CFQ7TTC0LFLX:0001:CFQ7TTC0P9V2", "Microsoft 365 E3");
const E5: Offer = Offer("CFQ7TTC0LFLZ:0002:CFQ7TTC0Q4C7", "Microsoft 365 E5");
const EXCHANGE: Offer = Offer("CFQ7TTC0LH16:0001:CFQ7TTC0KTG6", "Exchange Online (Plan 1)");
const POWER_BI: Offer = Offer("CFQ7TTC0H9MP:0001:CFQ7TTC0R8S3", "Power BI Pro");
const INTUNE: Offer = Offer("CFQ7TTC0LCH4:0002:CFQ7TTC0M2F8", "Microsoft Intune Plan 1");
const SALES: Offer = Offer("CFQ7TTC0LFF1:0001:CFQ7TTC0N6D5", "Dynamics 365 Sales");
const VISIO: Offer = Offer("CFQ7TTC0HD32:0002:CFQ7TTC0S7H1", "Visio Plan 2");
const COPILOT: Offer = Offer("CFQ7TTC0MM8R:0002:CFQ7TTC0T3K9", "Microsoft 365 Copilot");
const AZURE: Offer = Offer("DZH318Z0BPS6:0001:DZH318Z0BMC6", "Azure plan");
const OLD_E3: Offer = Offer("796b6b5f-613c-4e24-a17c-eba730d49c02", "Office 365 Enterprise E3");
const OLD_EXCHANGE: Offer = Offer("195416c1-3447-423a-b37b-ee59a99a19c4", "Exchange Online (Plan 1)");

// The usual captures: by whom, and whose PartnerID they carry.
const F: Subscription = captured(&["fabrikam"], "fabrikam");
const F_N: Subscription = captured(&["fabrikam", "northwind"], "fabrikam");
const F_L: Subscription = captured(&["fabrikam", "litware"], "fabrikam");
const T: Subscription = captured(&["tailspin"], "tailspin");
const T_N: Subscription = captured(&["tailspin", "northwind"], "tailspin");
const T_L: Subscription = captured(&["tailspin", "litware"], "tailspin");
const N: Subscription = captured(&["northwind"], "");
const L: Subscription = captured(&["litware"], "");
const W: Subscription = captured(&["wingtip"], "");

#[rustfmt::skip]
const fn captured(by: &'static [&'static str], por: &'static str) -> Subscription {
    Subscription {
        of: "", by, offer: E3, label: "", seats: 1, used: 0, status: "active", ends: OPEN, renews: true, term: "P1Y", cycle: "monthly",
        trial: false, next: 0, por, sold: "", support: "",
    }
}

/// The subscriptions, by customer.
#[rustfmt::skip]
pub(super) const SUBSCRIPTIONS: &[Subscription] = &[
    Subscription { of: "contoso", offer: E5, seats: 120, used: 97, ends: 21, renews: false, cycle: "annual", ..F_N },
    Subscription { of: "contoso", offer: AZURE, label: "Contoso production", ..F_N },
    Subscription { of: "contoso", offer: VISIO, seats: 12, used: 9, ends: 140, ..F_N },
    Subscription { of: "contoso", offer: COPILOT, seats: 40, used: 40, ends: 300, next: 60, support: "fabrikam", ..F_N },
    Subscription { of: "contoso", offer: POWER_BI, seats: 25, used: 19, ends: 45, renews: false, ..W },
    Subscription { of: "contoso", offer: SALES, seats: 10, used: 10, ends: 200, ..W },
    Subscription { of: "adventure-works", offer: PREMIUM, seats: 48, used: 45, ends: 9, renews: false, ..F_N },
    Subscription { of: "adventure-works", offer: EXCHANGE, label: "Shop mailboxes", seats: 6, used: 6, ends: 9, ..F_N },
    Subscription { of: "adventure-works", offer: AZURE, ..F_N },
    Subscription { of: "fourth-coffee", offer: PREMIUM, seats: 35, used: 31, ends: 27, renews: false, ..F_N },
    Subscription { of: "fourth-coffee", offer: POWER_BI, seats: 4, used: 2, ends: 80, ..F_N },
    Subscription { of: "woodgrove-bank", offer: E5, seats: 900, used: 871, ends: 180, por: "", ..F },
    Subscription { of: "woodgrove-bank", offer: COPILOT, seats: 250, used: 212, ends: 180, por: "", ..F },
    Subscription { of: "woodgrove-bank", offer: INTUNE, seats: 900, used: 640, ends: 95, renews: false, por: "", ..F },
    Subscription { of: "relecloud", offer: E3, seats: 210, used: 198, ends: 33, renews: false, cycle: "annual", ..F_N },
    Subscription { of: "relecloud", offer: VISIO, seats: 15, used: 6, ends: 33, renews: false, ..F_N },
    Subscription { of: "relecloud", offer: AZURE, label: "Relecloud landing zone", ..F_N },
    Subscription { of: "proseware", offer: STANDARD, seats: 22, used: 20, ends: 5, renews: false, ..F_N },
    Subscription { of: "proseware", offer: VISIO, seats: 2, used: 2, ends: 90, ..F_N },
    Subscription { of: "trey-research", offer: E3, seats: 64, used: 60, ends: 58, renews: false, ..F_N },
    Subscription { of: "trey-research", offer: POWER_BI, seats: 20, used: 17, ends: 260, ..F_N },
    Subscription { of: "margies-travel", offer: STANDARD, seats: 18, used: 17, ends: 12, renews: false, ..F_N },
    Subscription { of: "margies-travel", offer: COPILOT, seats: 5, used: 5, ends: 180, ..F_N },
    Subscription { of: "graphic-design-institute", offer: PREMIUM, label: "New studio", seats: 26, used: 3, ends: 361, ..F_N },
    Subscription { of: "humongous-insurance", offer: E5, seats: 300, used: 288, ends: 75, renews: false, cycle: "annual", ..F_N },
    Subscription { of: "humongous-insurance", offer: SALES, seats: 40, used: 37, ends: 75, ..W },
    Subscription { of: "lucerne-publishing", offer: OLD_E3, seats: 55, used: 55, ends: 62, renews: false, ..F_N },
    Subscription { of: "lucerne-publishing", offer: OLD_EXCHANGE, label: "Freelancers", seats: 30, used: 11, ends: 62, ..F_N },
    Subscription { of: "southridge-video", offer: EXCHANGE, seats: 3, used: 3, ends: 2, renews: false, term: "P1M", ..F_N },
    Subscription { of: "southridge-video", offer: PREMIUM, seats: 14, used: 11, ends: 110, ..F_N },
    Subscription { of: "vanarsdel", offer: E3, seats: 140, used: 133, ends: 160, ..F_N },
    Subscription { of: "vanarsdel", offer: VISIO, seats: 8, used: 8, ends: 18, renews: false, ..F_N },
    Subscription { of: "bellows-college", offer: E3, label: "Faculty", seats: 420, used: 401, ends: 240, cycle: "annual", ..F_N },
    Subscription { of: "bellows-college", offer: INTUNE, seats: 420, used: 377, ends: 240, cycle: "annual", ..F_N },
    Subscription { of: "best-for-you-organics", offer: STANDARD, seats: 30, used: 28, ends: 48, renews: false, ..F_N },
    Subscription { of: "best-for-you-organics", offer: COPILOT, seats: 25, used: 4, ends: 16, renews: false, term: "P1M", trial: true, ..F_N },
    Subscription { of: "munsons-pickles", offer: STANDARD, seats: 9, used: 9, ends: 88, renews: false, ..F_N },
    Subscription { of: "nod-publishers", offer: STANDARD, seats: 16, used: 14, ends: 130, ..F_N },
    Subscription { of: "school-of-fine-art", offer: BASIC, label: "Students", seats: 75, used: 70, ends: 96, ..F_N },
    Subscription { of: "school-of-fine-art", offer: STANDARD, label: "Teachers", seats: 12, used: 12, ends: 96, ..F_N },
    Subscription { of: "tasmanian-traders", offer: PREMIUM, seats: 33, used: 30, ends: 66, renews: false, ..F_N },
    Subscription { of: "tasmanian-traders", offer: POWER_BI, seats: 6, used: 5, ends: 190, ..F_N },
    Subscription { of: "coho-vineyard", offer: PREMIUM, seats: 12, used: 12, ends: 39, renews: false, ..F_N },
    Subscription { of: "alpine-ski-house", offer: STANDARD, seats: 44, used: 41, ends: 150, ..F_L },
    Subscription { of: "alpine-ski-house", offer: EXCHANGE, label: "Season staff", seats: 60, used: 0, ends: 52, renews: false, ..F_L },
    Subscription { of: "blue-yonder-airlines", offer: E5, seats: 260, used: 251, ends: 71, renews: false, ..F },
    Subscription { of: "blue-yonder-airlines", offer: AZURE, por: "fabrikam", ..N },
    Subscription { of: "city-power-and-light", offer: E3, seats: 180, used: 0, status: "suspended", ends: 25, renews: false, ..F },
    Subscription { of: "consolidated-messenger", offer: BASIC, seats: 20, used: 0, status: "deleted", ends: -70, renews: false, ..F },
    Subscription { of: "the-phone-company", offer: E5, label: "Call centre", seats: 150, used: 146, ends: 220, ..F_N },
    Subscription { of: "the-phone-company", offer: SALES, seats: 70, used: 66, ends: 29, next: 80, ..F_N },
    Subscription { of: "libertys-bakery", offer: BASIC, seats: 7, used: 6, ends: 54, por: "", ..F },
    Subscription { of: "first-up-consultants", offer: E3, seats: 32, used: 32, ends: 700, term: "P3Y", cycle: "triennial", ..F_N },
    Subscription { of: "first-up-consultants", offer: POWER_BI, seats: 5, used: 0, status: "suspended", ends: 120, ..F_N },
    Subscription { of: "first-up-consultants", offer: VISIO, seats: 3, used: 0, status: "expired", ends: -12, renews: false, ..F_N },
    Subscription { of: "first-up-consultants", offer: EXCHANGE, seats: 4, used: 0, status: "disabled", ends: -65, renews: false, ..F_N },
    Subscription { of: "first-up-consultants", offer: BASIC, seats: 9, used: 0, status: "deleted", ends: -190, renews: false, ..F_N },
    Subscription { of: "first-up-consultants", offer: COPILOT, seats: 10, used: 0, status: "pending", ends: 365, ..F_N },
    Subscription { of: "terra-firma", offer: PREMIUM, seats: 27, used: 25, ends: 310, ..F_N },
    Subscription { of: "terra-firma", offer: AZURE, status: "none", ..F_N },
    Subscription { of: "fincher-architects", offer: STANDARD, seats: 11, used: 11, ends: 52, renews: false, ..F },
    Subscription { of: "wide-world-importers", offer: E3, seats: 95, used: 90, ends: 24, renews: false, sold: "northwind", ..T_N },
    Subscription { of: "wide-world-importers", offer: AZURE, label: "Warehouse", sold: "northwind", ..T_N },
    Subscription { of: "wide-world-importers", offer: SALES, seats: 22, used: 21, ends: 170, sold: "litware", ..T_L },
    Subscription { of: "wide-world-importers", offer: POWER_BI, seats: 22, used: 12, ends: 36, renews: false, sold: "litware", ..T_L },
    Subscription { of: "contoso-retail", offer: STANDARD, seats: 130, used: 124, ends: 84, ..T_L },
    Subscription { of: "contoso-retail", offer: EXCHANGE, label: "Kiosks", seats: 40, used: 38, ends: 15, renews: false, ..T_L },
    Subscription { of: "tailwind-traders", offer: PREMIUM, seats: 52, used: 49, ends: 41, renews: false, ..T_N },
    Subscription { of: "tailwind-traders", offer: EXCHANGE, seats: 10, used: 8, ends: 41, support: "tailspin", ..T_N },
    Subscription { of: "tailwind-traders", offer: VISIO, seats: 6, used: 5, ends: 41, por: "", support: "tailspin", ..T_N },
    Subscription { of: "tailwind-traders", offer: POWER_BI, seats: 14, used: 13, ends: 230, por: "6999999", ..T_N },
    Subscription { of: "tailwind-traders", offer: AZURE, ..T_N },
    Subscription { of: "lakeshore-retail", offer: BASIC, seats: 60, used: 58, ends: 118, ..T_L },
    Subscription { of: "lakeshore-retail", offer: INTUNE, seats: 60, used: 33, ends: 118, ..T_L },
    Subscription { of: "coho-winery", offer: PREMIUM, seats: 19, used: 18, ends: 77, por: "tailspin", ..L },
    Subscription { of: "coho-winery", offer: EXCHANGE, seats: 5, used: 5, ends: 31, renews: false, ..T },
    Subscription { of: "baldwin-museum", offer: E3, seats: 85, used: 80, ends: 101, ..T },
    Subscription { of: "parnell-aerospace", offer: E5, seats: 310, used: 305, ends: 59, renews: false, por: "tailspin", ..N },
    Subscription { of: "parnell-aerospace", offer: INTUNE, seats: 310, used: 280, ends: 59, ..N },
    Subscription { of: "parnell-aerospace", offer: VISIO, seats: 20, used: 20, ends: 205, ..T_N },
    Subscription { of: "tailspin-toys", offer: STANDARD, seats: 24, used: 24, ends: 270, ..T_L },
    Subscription { of: "adatum", offer: E5, seats: 410, used: 399, ends: 19, renews: false, cycle: "annual", ..W },
    Subscription { of: "adatum", offer: AZURE, label: "Imaging", ..W },
    Subscription { of: "adatum", offer: SALES, seats: 55, used: 51, ends: 290, ..W },
    Subscription { of: "fabrikam-residences", offer: PREMIUM, seats: 38, used: 36, ends: 145, ..W },
    Subscription { of: "fabrikam-residences", offer: OLD_EXCHANGE, seats: 8, used: 8, ends: 20, renews: false, ..W },
    Subscription { of: "wingtip", offer: E3, seats: 46, used: 44, ends: 155, ..N },
];

const SERVICE_SUPPORT: &str = "f023fd81-a637-4b56-95fd-791ac0226033";
const HELPDESK: &str = "729827e3-9c14-49f7-bb1b-9608f156bbb8";
const GLOBAL_READER: &str = "f2ef992c-3afb-46b9-b7cf-a126ee74c451";
const GLOBAL_ADMINISTRATOR: &str = "62e90394-69f5-4237-9190-012177145e10";
const DIRECTORY_READERS: &str = "88d8e3e3-8f55-4a1e-953a-9b9898b8876b";
const DIRECTORY_WRITERS: &str = "9360feb5-f418-4baa-8175-e2a00bac4301";
const LICENSE: &str = "4d6ac14f-3453-41d0-bef9-a3e0c569773a";
const USER: &str = "fe930be7-5e62-47db-91af-98c3a49a38b1";
const EXCHANGE_ROLE: &str = "29232cdf-9323-42fd-ade2-1d097af3e4de";
const INTUNE_ROLE: &str = "3a2c62db-5318-420d-8d74-23affee5d9d5";

const SUPPORT_ONLY: &[&str] = &[SERVICE_SUPPORT];
const SUPPORT_AND_DIRECTORY: &[&str] = &[SERVICE_SUPPORT, DIRECTORY_READERS];
const TO_SUPPORT: &[Assignment] = &[("service_support", SUPPORT_ONLY, "active")];

#[rustfmt::skip]
const GDAP: Relationship = Relationship {
    by: "fabrikam", of: "", name: "", provider: "", pending_consent: false, roles: SUPPORT_ONLY, status: "active", days: 730, age: 120,
    ended: 0, extends: false, assigned: &[],
};
#[rustfmt::skip]
const BEST_FOR_YOU: Relationship = Relationship { of: "best-for-you-organics", name: "Northwind onboarding, Best For You", provider: "northwind",
    roles: &[SERVICE_SUPPORT, DIRECTORY_WRITERS], age: 45, ..GDAP };
#[rustfmt::skip]
const MUNSONS: Relationship = Relationship { of: "munsons-pickles", name: "Northwind onboarding, Munson's", provider: "northwind",
    pending_consent: true, status: "approval_pending", age: 4, ..GDAP };

/// The delegated administration relationships.
#[rustfmt::skip]
pub(super) const RELATIONSHIPS: &[Relationship] = &[
    Relationship { of: "contoso", name: "Contoso support", roles: &[SERVICE_SUPPORT, HELPDESK, DIRECTORY_WRITERS, LICENSE, GLOBAL_READER], age: 300, extends: true,
        assigned: &[("service_support", &[SERVICE_SUPPORT, HELPDESK, DIRECTORY_WRITERS, LICENSE], "active"), ("global_readers", &[GLOBAL_READER], "active")], ..GDAP },
    Relationship { by: "wingtip", of: "contoso", name: "Contoso messaging", roles: &[EXCHANGE_ROLE, SERVICE_SUPPORT], days: 365, age: 200,
        assigned: &[("service_support", &[EXCHANGE_ROLE, SERVICE_SUPPORT], "active")], ..GDAP },
    Relationship { of: "fourth-coffee", name: "Fourth Coffee support", assigned: TO_SUPPORT, ..GDAP },
    Relationship { of: "woodgrove-bank", name: "Woodgrove operations", roles: &[SERVICE_SUPPORT, GLOBAL_READER], extends: true,
        assigned: &[("service_support", &[SERVICE_SUPPORT, GLOBAL_READER], "active")], ..GDAP },
    Relationship { of: "relecloud", name: "Relecloud migration", roles: &[GLOBAL_ADMINISTRATOR], days: 180, age: 100,
        assigned: &[("service_support", &[GLOBAL_ADMINISTRATOR], "active")], ..GDAP },
    Relationship { of: "trey-research", name: "Trey Research support", status: "expired", days: 365, age: 400, assigned: TO_SUPPORT, ..GDAP },
    Relationship { of: "margies-travel", name: "Margie's Travel support", roles: &[SERVICE_SUPPORT, USER], days: 365, age: 360,
        assigned: &[("service_support", &[SERVICE_SUPPORT, USER], "active")], ..GDAP },
    Relationship { of: "graphic-design-institute", name: "Graphic Design Institute support", status: "approval_pending", age: 3, ..GDAP },
    Relationship { of: "lucerne-publishing", name: "Lucerne trial", roles: &[SERVICE_SUPPORT, GLOBAL_READER], status: "terminated", age: 200, ended: 20,
        assigned: &[("service_support", &[SERVICE_SUPPORT, GLOBAL_READER], "active")], ..GDAP },
    Relationship { of: "southridge-video", name: "Southridge support", age: 1, assigned: &[("service_support", SUPPORT_ONLY, "pending")], ..GDAP },
    Relationship { of: "vanarsdel", name: "VanArsdel support", age: 30, assigned: &[("service_support", SUPPORT_ONLY, "error")], ..GDAP },
    Relationship { of: "bellows-college", name: "Bellows support", age: 250, assigned: &[("service_support", SUPPORT_ONLY, "deleting")], ..GDAP },
    Relationship { assigned: &[("service_support", &[SERVICE_SUPPORT, DIRECTORY_WRITERS], "active")], ..BEST_FOR_YOU },
    Relationship { by: "northwind", ..BEST_FOR_YOU },
    MUNSONS,
    Relationship { by: "northwind", ..MUNSONS },
    Relationship { of: "the-phone-company", name: "Phone Company support", days: 365, age: 366, assigned: TO_SUPPORT, ..GDAP },
    Relationship { of: "libertys-bakery", name: "Liberty's support", roles: SUPPORT_AND_DIRECTORY, days: 365, age: 347,
        assigned: &[("service_support", SUPPORT_AND_DIRECTORY, "active")], ..GDAP },
    Relationship { of: "terra-firma", name: "Terra Firma review", roles: &[GLOBAL_READER], status: "termination_requested", age: 90,
        assigned: &[("service_support", &[GLOBAL_READER], "active")], ..GDAP },
    Relationship { of: "terra-firma", name: "Terra Firma support", assigned: TO_SUPPORT, days: 180, age: 152, extends: true, ..GDAP },
    Relationship { name: "Fabrikam standard support", status: "approval_pending", age: 6, ..GDAP },
    Relationship { name: "Fabrikam device management", roles: &[INTUNE_ROLE, SERVICE_SUPPORT], status: "created", days: 365, age: 1, ..GDAP },
    Relationship { by: "tailspin", of: "wide-world-importers", name: "Wide World support", roles: &[SERVICE_SUPPORT, DIRECTORY_WRITERS, GLOBAL_READER], age: 330,
        assigned: &[("service_support", &[SERVICE_SUPPORT, DIRECTORY_WRITERS], "active"), ("global_readers", &[GLOBAL_READER], "active")], ..GDAP },
    Relationship { by: "tailspin", of: "contoso-retail", name: "Contoso Retail support", roles: &[SERVICE_SUPPORT, DIRECTORY_WRITERS], days: 365, age: 340,
        assigned: &[("service_support", &[SERVICE_SUPPORT, DIRECTORY_WRITERS], "active")], ..GDAP },
    Relationship { by: "tailspin", of: "tailwind-traders", name: "Tailwind licences", roles: &[LICENSE], assigned: &[("service_support", &[LICENSE], "active")], ..GDAP },
    Relationship { by: "litware", of: "lakeshore-retail", name: "Lakeshore operations", roles: &[SERVICE_SUPPORT, GLOBAL_READER],
        assigned: &[("service_support", &[SERVICE_SUPPORT, GLOBAL_READER], "active")], ..GDAP },
    Relationship { by: "tailspin", of: "tailspin-toys", name: "Tailspin Toys default", roles: SUPPORT_AND_DIRECTORY, age: 10, ..GDAP },
    Relationship { by: "wingtip", of: "adatum", name: "A. Datum operations", roles: &[SERVICE_SUPPORT, GLOBAL_READER], extends: true,
        assigned: &[("service_support", &[SERVICE_SUPPORT, GLOBAL_READER], "active"), ("global_readers", &[GLOBAL_READER], "active")], ..GDAP },
];
