//! That a customer's tenant got a message, as one source says it.

use crate::{CustomerId, PartnerId, Timestamp};
use sea_orm::entity::prelude::*;

/// That a customer's tenant got a message, as one source says it.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "message_tenant")]
pub struct Model {
    /// The customer's shell.
    #[sea_orm(primary_key, auto_increment = false)]
    pub customer_id: CustomerId,
    /// The partner in whose name this row came; from the argument or connector, never from the body.
    #[sea_orm(primary_key, auto_increment = false)]
    pub source_id: PartnerId,
    /// Upstream id of the message.
    #[sea_orm(primary_key, auto_increment = false)]
    pub external_id: String,
    /// When the upstream said so.
    pub as_of: Timestamp,
}

/// None: joins are written where they are scoped.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
