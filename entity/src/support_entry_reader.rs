//! Which party of a support request may read an entry of its timeline; never taken away, never added to a
//! party that no longer takes part.

use sea_orm::entity::prelude::*;

/// Which party of a support request may read an entry of its timeline; never taken away, never added to a
/// party that no longer takes part.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "support_entry_reader")]
pub struct Model {
    /// The request.
    #[sea_orm(primary_key, auto_increment = false)]
    pub request_id: Uuid,
    /// The party.
    #[sea_orm(primary_key, auto_increment = false)]
    pub party_id: Uuid,
    /// The entry's place in the timeline.
    #[sea_orm(primary_key, auto_increment = false)]
    pub place: i32,
    /// The entry.
    pub entry_id: Uuid,
    /// Whether it is a note.
    pub is_note: bool,
}

/// None: joins are written where they are scoped.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
