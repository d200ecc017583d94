//! The closed words of support requests, as the tables hold them.

use serde::{Deserialize, Serialize};

/// Declares an enumeration with the code word of each value.
macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$value_doc:meta])* $value:ident = $code:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$value_doc])* $value,)*
        }

        impl $name {
            /// All of them.
            pub const ALL: &'static [$name] = &[$($name::$value),*];

            /// The word that the tables hold.
            pub fn code(self) -> &'static str {
                match self {
                    $($name::$value => $code,)*
                }
            }

            /// The value of a word; none for another word.
            pub fn of(code: &str) -> Option<$name> {
                Self::ALL.iter().copied().find(|value| value.code() == code)
            }
        }
    )*};
}

words! {
    /// What kind of support is asked for.
    Kind {
        /// Invoices, payment, credit.
        Billing = "billing",
        /// Buying, changing, renewing and ending subscriptions.
        SubscriptionManagement = "subscription_management",
        /// Something does not work.
        Technical = "technical",
    }

    /// How grave it is.
    Severity {
        /// Work has stopped (A).
        Critical = "critical",
        /// Work is impaired (B).
        Moderate = "moderate",
        /// Little is impaired (C).
        Minimal = "minimal",
    }

    /// Where a request stands.
    Status {
        /// Nobody has answered yet.
        New = "new",
        /// Somebody works on it.
        InProgress = "in_progress",
        /// The customer was asked something.
        WaitingForCustomer = "waiting_for_customer",
        /// Solved, as its partner says.
        Resolved = "resolved",
        /// Over.
        Closed = "closed",
    }

    /// Where a request is worked on.
    Tier {
        /// The partner that it names.
        Partner = "partner",
        /// An indirect provider.
        Provider = "provider",
        /// The vendor.
        Vendor = "vendor",
    }

    /// Where a hop stands.
    HopState {
        /// Not answered yet.
        Requested = "requested",
        /// Taken on.
        Accepted = "accepted",
        /// Given back.
        Returned = "returned",
        /// Taken back and handed to another.
        Transferred = "transferred",
        /// Taken back.
        Withdrawn = "withdrawn",
        /// Never answered.
        TimedOut = "timed_out",
        /// Over, with the request or with the hop that it rests on.
        Ended = "ended",
    }

    /// Who may read something.
    Visibility {
        /// The author's organisation.
        Org = "org",
        /// The partners that take part.
        Chain = "chain",
        /// The same, and it may be passed to the vendor.
        Vendor = "vendor",
        /// The customer and the partner that the request names.
        Customer = "customer",
    }

    /// Through what the vendor is asked.
    Vehicle {
        /// What every partner has.
        Commercial = "commercial",
        /// Premier Support for Partners.
        PremierSupportForPartners = "premier_support_for_partners",
        /// Advanced Support for Partners.
        AdvancedSupportForPartners = "advanced_support_for_partners",
        /// Signature Cloud Support.
        SignatureCloudSupport = "signature_cloud_support",
        /// Product incidents of on-premises products.
        ProductIncidents = "product_incidents",
    }

    /// How a request was resolved.
    Resolution {
        /// Solved.
        Solved = "solved",
        /// There is a way around it.
        Workaround = "workaround",
        /// The vendor mended it.
        VendorFix = "vendor_fix",
        /// There was no fault.
        NoFaultFound = "no_fault_found",
        /// Another request is about the same.
        Duplicate = "duplicate",
        /// Not asked for any more.
        Withdrawn = "withdrawn",
    }
}
