//! The words of support requests as enumerations of the graph, for input and output alike: one value for each of
//! `words`, and none besides. The tables hold what the gateway itself wrote, so no upstream word ever stands there.

use super::words;

/// Declares the graph's twin of an enumeration of `words`. The value after `else` stands for a word that is not
/// known, which only a newer replica can have written: the one that tells and promises least.
macro_rules! graph_words {
    ($($(#[$doc:meta])* $name:ident of $word:ident else $least:ident { $($(#[$value_doc:meta])* $value:ident,)* })*) => {$(
        $(#[$doc])*
        ///
        /// May grow: be ready for values that you do not know.
        #[derive(async_graphql::Enum, serde::Serialize, Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$value_doc])* $value,)*
        }

        impl $name {
            /// The value of a stored code.
            pub fn of(code: &str) -> Self {
                words::$word::of(code).map_or($name::$least, $name::from)
            }

            /// The stored code.
            pub fn code(self) -> &'static str {
                self.word().code()
            }

            /// The word of the rules.
            pub fn word(self) -> words::$word {
                match self {
                    $($name::$value => words::$word::$value,)*
                }
            }
        }

        impl From<words::$word> for $name {
            fn from(word: words::$word) -> Self {
                match word {
                    $(words::$word::$value => $name::$value,)*
                }
            }
        }

        impl From<$name> for words::$word {
            fn from(value: $name) -> Self {
                value.word()
            }
        }
    )*};
}

graph_words! {
    /// What kind of support is asked for. It decides on the response target and on the vehicles that the vendor can
    /// be asked through.
    SupportKind of Kind else Technical {
        /// Invoices, payment, credit.
        Billing,
        /// Buying, changing, renewing and ending subscriptions.
        SubscriptionManagement,
        /// Something does not work.
        Technical,
    }

    /// How grave a support request is: the graver, the sooner the first answer is due.
    SupportSeverity of Severity else Minimal {
        /// Work has stopped (the vendor's severity A).
        Critical,
        /// Work is impaired (the vendor's severity B).
        Moderate,
        /// Little is impaired (the vendor's severity C).
        Minimal,
    }

    /// Where a support request stands.
    SupportRequestStatus of Status else InProgress {
        /// Nobody has answered yet.
        New,
        /// Somebody works on it.
        InProgress,
        /// The customer was asked something; the partner's clock stands still until it answers.
        WaitingForCustomer,
        /// Solved, as its partner says; the customer can confirm or reopen it.
        Resolved,
        /// Over: all its hops have ended.
        Closed,
    }

    /// Where a support request is worked on. The customer always sees PARTNER.
    SupportTier of Tier else Partner {
        /// The partner that the request names.
        Partner,
        /// An indirect provider, to whom the partner handed it.
        Provider,
        /// The vendor, through one of its support vehicles.
        Vendor,
    }

    /// Where a hop of a support request stands: REQUESTED and ACCEPTED last, the others are over.
    EscalationState of HopState else Ended {
        /// Not answered yet; its clock runs.
        Requested,
        /// Taken on.
        Accepted,
        /// Given back, with a reason.
        Returned,
        /// Taken back by its sender and handed to another provider.
        Transferred,
        /// Taken back by its sender.
        Withdrawn,
        /// Never answered within its time.
        TimedOut,
        /// Over with the request, or with the hop that it rests on.
        Ended,
    }

    /// Who may read a note or an entry of a timeline. Decided when it is written, among those who take part then, and
    /// for good. A partner that is handed the request later reads of what was written before only what the named
    /// partner wrote as CHAIN or VENDOR before any hop.
    SupportVisibility of Visibility else Org {
        /// Your own organisation, and nobody else.
        Org,
        /// The partners that take part when it is written: the one that the request names and the tier that it is
        /// handed to. Never the customer.
        Chain,
        /// The same partners; and it is meant to be passed on to the vendor.
        Vendor,
        /// The customer and the partner that the request names; no other tier.
        Customer,
    }

    /// Through what a partner asks the vendor for support.
    SupportVehicle of Vehicle else Commercial {
        /// What every partner has: billing and subscription management.
        Commercial,
        /// Premier Support for Partners: a paid contract for all products.
        PremierSupportForPartners,
        /// Advanced Support for Partners: a paid contract for cloud services.
        AdvancedSupportForPartners,
        /// Signature Cloud Support: a benefit for cloud services, with its allowance of incidents.
        SignatureCloudSupport,
        /// Product incidents: for products that run on premises.
        ProductIncidents,
    }

    /// How a support request was resolved.
    ResolutionKind of Resolution else Solved {
        /// Solved.
        Solved,
        /// There is a way around it.
        Workaround,
        /// The vendor mended it.
        VendorFix,
        /// There was no fault.
        NoFaultFound,
        /// Another request is about the same.
        Duplicate,
        /// Not asked for any more.
        Withdrawn,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    macro_rules! whole {
        ($($name:ident of $word:ident)*) => {$(
            for word in words::$word::ALL.iter().copied() {
                assert_eq!($name::from(word).word(), word);
                assert_eq!($name::of(word.code()).code(), word.code());
            }
        )*};
    }

    #[test]
    fn every_word_of_the_rules_is_a_value_of_the_graph_and_back() {
        whole! {
            SupportKind of Kind
            SupportSeverity of Severity
            SupportRequestStatus of Status
            SupportTier of Tier
            EscalationState of HopState
            SupportVisibility of Visibility
            SupportVehicle of Vehicle
            ResolutionKind of Resolution
        }
    }

    #[test]
    fn an_unknown_word_of_a_visibility_is_read_as_the_narrowest() {
        assert_eq!(SupportVisibility::of("everybody"), SupportVisibility::Org);
    }

    #[test]
    fn the_graph_writes_the_values_in_capitals() {
        use async_graphql::InputType;
        let written = SupportVehicle::PremierSupportForPartners.to_value().to_string();
        assert_eq!(written, "PREMIER_SUPPORT_FOR_PARTNERS");
        assert_eq!(EscalationState::TimedOut.to_value().to_string(), "TIMED_OUT");
    }
}
