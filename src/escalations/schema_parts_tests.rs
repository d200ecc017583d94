//! Pages of a timeline: two lists, each read by key, are one list.

use super::*;
use entity::{CustomerId, Timestamp, incident_post};

fn entry(at: i64, number: i32) -> EntryRow {
    EntryRow {
        id: Uuid::from_u128(number as u128),
        request_id: Uuid::nil(),
        customer_id: CustomerId(Uuid::nil()),
        escalation_id: None,
        number,
        at: Timestamp(at),
        kind: "note".into(),
        visibility: "org".into(),
        author_account_id: None,
        author_party_id: None,
        text: None,
        detail: None,
        author_name: None,
        author_organization: None,
    }
}

fn post(at: i64, number: i32) -> PostRow {
    PostRow {
        post: incident_post::Model {
            source_id: PartnerId(Uuid::nil()),
            incident_id: IncidentId(Uuid::nil()),
            created_at: Timestamp(at),
            number,
            kind: "regular".into(),
            kind_raw: None,
            content_type: "text".into(),
            content: String::new(),
            text: String::new(),
            as_of: Timestamp(at),
        },
    }
}

/// As the stores read them: from a place on, the extra row cut off.
fn entries(all: &[(i64, i32)], page: &Page) -> Slice<EntryRow> {
    let (at, number) = match page.position {
        Some(Position::Time(at, place)) if place.as_u128() < BESIDE => (at, place.as_u128() as i32),
        Some(Position::Time(at, _)) => (at, i32::MAX),
        _ => (if page.backward { i64::MAX } else { i64::MIN }, 0),
    };
    let beyond = |key: &(i64, i32)| if page.backward { *key < (at, number) } else { *key > (at, number) };
    let mut rows: Vec<EntryRow> = all.iter().copied().filter(beyond).map(|(at, n)| entry(at, n)).collect();
    rows.sort_by_key(|row| (row.at.0, row.number));
    if page.backward {
        rows.reverse();
    }
    page.slice(rows)
}

fn posts(all: &[(i64, i32)], page: &Page) -> Slice<PostRow> {
    let (at, number) = match page.position {
        Some(Position::Time(at, place)) => (at, place.as_u128() as i32),
        _ => (if page.backward { i64::MIN } else { i64::MAX }, 0),
    };
    let beyond = |key: &(i64, i32)| if page.backward { *key > (at, number) } else { *key < (at, number) };
    let mut rows: Vec<PostRow> = all.iter().copied().filter(beyond).map(|(at, n)| post(at, n)).collect();
    rows.sort_by_key(|row| (row.post.created_at.0, row.post.number));
    if !page.backward {
        rows.reverse();
    }
    page.slice(rows)
}

const ENTRIES: [(i64, i32); 6] = [(10, 0), (10, 1), (20, 2), (30, 3), (30, 4), (50, 5)];
const POSTS: [(i64, i32); 6] = [(5, 0), (10, 0), (10, 1), (30, 0), (40, 0), (60, 0)];

/// Walks the whole timeline in pages of one size.
fn walk(size: usize, backward: bool) -> Vec<(i64, u128)> {
    let mut page = Page { size, position: None, backward, context: String::new() };
    let mut seen: Vec<(i64, u128)> = Vec::new();
    loop {
        let slice =
            TimelineRow::merged(&page, entries(&ENTRIES, &page), posts(&POSTS, &page_of_posts(&page)));
        let places: Vec<(i64, u128)> = slice.rows.iter().map(TimelineRow::place).collect();
        assert!(places.is_sorted() && places.len() <= size && !places.is_empty(), "{places:?}");
        let next = if backward { slice.rows.first() } else { slice.rows.last() };
        page.position = next.map(Placed::position);
        seen = if backward { [places, seen].concat() } else { [seen, places].concat() };
        if !slice.has_more {
            return seen;
        }
    }
}

#[test]
fn pages_of_every_size_and_both_directions_show_each_row_once_and_in_one_order() {
    let mut whole: Vec<TimelineRow> =
        ENTRIES.iter().map(|(at, n)| TimelineRow::Entry(entry(*at, *n))).collect();
    whole.extend(POSTS.iter().map(|(at, n)| TimelineRow::Post(post(*at, *n))));
    let mut whole: Vec<(i64, u128)> = whole.iter().map(TimelineRow::place).collect();
    whole.sort();
    for size in 1..=13 {
        assert_eq!(walk(size, false), whole, "forward by {size}");
        assert_eq!(walk(size, true), whole, "backward by {size}");
    }
}

#[test]
fn a_publication_stands_after_the_entries_of_its_instant() {
    let page = Page { size: 9, position: None, backward: false, context: String::new() };
    let entries = Slice { rows: vec![entry(10, 7)], has_more: false };
    let posts = Slice { rows: vec![post(10, 0)], has_more: false };
    let slice = TimelineRow::merged(&page, entries, posts);
    assert!(matches!(slice.rows[..], [TimelineRow::Entry(_), TimelineRow::Post(_)]));
    assert!(!slice.has_more);
}
