//! The commerce details of a subscription that need commerce rights on that row; wide, so beside it.

use crate::{SubscriptionId, Timestamp};
use sea_orm::entity::prelude::*;

/// The commerce details of a subscription that need commerce rights on that row; wide, so beside it.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "subscription_commerce")]
pub struct Model {
    /// Whose details.
    #[sea_orm(primary_key, auto_increment = false)]
    pub subscription_id: SubscriptionId,
    /// Entitlement.
    pub entitlement_id: Option<String>,
    /// Order.
    pub order_id: Option<String>,
    /// Product order.
    pub product_order_id: Option<String>,
    /// End of the billing cycle.
    pub billing_cycle_ends_at: Option<Timestamp>,
    /// Term after renewal.
    pub renewal_term_duration: Option<String>,
    /// `subscription`, `productKey` or `redemptionCode`.
    pub contract_type: Option<String>,
    /// Publisher.
    pub publisher_name: Option<String>,
    /// Promotion.
    pub promotion_id: Option<String>,
    /// Legacy subscription this one was migrated from.
    pub migrated_from: Option<String>,
    /// Whether add-ons can be bought.
    pub has_purchasable_addons: Option<bool>,
    /// Whether Microsoft makes it.
    pub is_microsoft_product: Option<bool>,
    /// Upstream flag.
    pub attention_needed: Option<bool>,
    /// Upstream flag.
    pub action_taken: Option<bool>,
    /// JSON list of allowed actions.
    pub actions: Option<String>,
    /// JSON list.
    pub suspension_reasons: Option<String>,
    /// JSON list.
    pub refund_options: Option<String>,
    /// JSON object.
    pub refundable_quantity: Option<String>,
    /// JSON object: instructions for the next term.
    pub scheduled_next_term: Option<String>,
    /// JSON object: instructions for the next charge.
    pub next_charge: Option<String>,
    /// PartnerID of the reseller of record as the body gives it, also where this source does not know the partner.
    pub partner_of_record_mpn_id: Option<String>,
    /// Entity tag for later changes.
    pub etag: Option<String>,
}

/// None: joins are written where they are scoped.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
