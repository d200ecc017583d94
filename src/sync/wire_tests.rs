#![allow(clippy::unwrap_used)]

use super::*;
use serde_json::json;

const CYCLES: Words = Words::numbered(&["unknown", "monthly", "one_time"]);
const STATES: Words = Words::of(&["active", "approval_pending"]);
const ID: &str = "3b33e682-00c3-41ee-9dd2-a548adf56438";

fn whole(value: &Value) -> Object<'_> {
    Object::new(value, String::new()).unwrap()
}

fn at(text: &str) -> Timestamp {
    Timestamp(DateTime::parse_from_rfc3339(text).unwrap().timestamp_micros())
}

fn time(text: &str) -> Read<Option<Timestamp>> {
    let value = json!({ "t": text });
    whole(&value).time("t")
}

#[test]
fn words_match_in_every_writing() {
    for text in ["approvalPending", "ApprovalPending", "approval_pending", "APPROVAL-PENDING"] {
        let value = json!({ "status": text });
        let word = whole(&value).word("status", &STATES).unwrap();
        assert_eq!(word, Some(Word::Known("approval_pending")), "{text}");
    }
}

#[test]
fn numbered_words_match_by_number_and_by_digits() {
    for value in [json!({ "b": 2 }), json!({ "b": "2" }), json!({ "b": "OneTime" })] {
        let word = whole(&value).word("b", &CYCLES).unwrap();
        assert_eq!(word, Some(Word::Known("one_time")), "{value}");
    }
}

#[test]
fn unknown_words_are_kept_as_they_came() {
    let value = json!({ "a": "Hibernating", "b": 17, "c": 1 });
    let object = whole(&value);
    let other = |raw: &str| ("other", Some(raw.to_owned()));
    assert_eq!(object.state("a", &STATES).unwrap(), other("Hibernating"));
    assert_eq!(object.state("b", &CYCLES).unwrap(), other("17"));
    // Not a numbered enumeration: 1 means nothing.
    assert_eq!(object.state("c", &STATES).unwrap(), other("1"));
    assert_eq!(object.state("d", &STATES).unwrap(), ("other", None));
}

#[test]
fn terms_keep_unknown_words_in_lower_case_and_drop_unknown_itself() {
    let value = json!({ "a": "Weekly", "b": "Monthly", "c": 0, "d": "Unknown" });
    let object = whole(&value);
    assert_eq!(object.term("a", &CYCLES).unwrap().as_deref(), Some("weekly"));
    assert_eq!(object.term("b", &CYCLES).unwrap().as_deref(), Some("monthly"));
    assert_eq!(object.term("c", &CYCLES).unwrap(), None);
    assert_eq!(object.term("d", &CYCLES).unwrap(), None);
}

#[test]
fn absent_null_and_empty_say_nothing() {
    for value in [json!({}), json!({ "m": null }), json!({ "m": "" }), json!({ "m": " \t" })] {
        let object = whole(&value);
        assert_eq!(object.text("m").unwrap(), None);
        assert_eq!(object.name("m").unwrap(), None);
        assert_eq!(object.id("m").unwrap(), None);
        assert_eq!(object.guid("m").unwrap(), None);
        assert_eq!(object.time("m").unwrap(), None);
        assert_eq!(object.flag("m").unwrap(), None);
        assert_eq!(object.count("m").unwrap(), None);
        assert_eq!(object.word("m", &STATES).unwrap(), None);
        assert_eq!(object.json("m").unwrap(), None);
        assert_eq!(object.partner_number("m").unwrap(), None);
        assert_eq!(object.lower_list("m").unwrap(), Vec::<String>::new());
        assert!(object.child("m").unwrap().is_none());
        assert!(object.children("m").unwrap().is_empty());
        assert!(object.objects("m", &mut Vec::new()).is_empty());
        assert!(object.name_list("m").is_empty());
        assert_eq!(object.prose("m"), None);
    }
}

#[test]
fn text_is_trimmed_and_loses_control_characters() {
    let value = json!({ "m": "  Con\u{0}to\u{7}so\r\n " });
    assert_eq!(whole(&value).text("m").unwrap().as_deref(), Some("Contoso"));
}

#[test]
fn text_of_another_shape_is_refused() {
    let value = json!({ "m": { "x": 1 } });
    let fault = whole(&value).text("m").unwrap_err();
    assert_eq!(fault.place, "m");
    assert_eq!(fault.reason, "is an object, not text");
}

#[test]
fn long_name_is_cut_and_long_id_is_refused() {
    let value = json!({ "name": "ä".repeat(300), "id": "a".repeat(1025), "fits": "a".repeat(1024) });
    let object = whole(&value);
    assert_eq!(object.name("name").unwrap().unwrap(), "ä".repeat(256));
    assert_eq!(object.id("id").unwrap_err().reason, "is longer than 1024 characters");
    assert_eq!(object.id("fits").unwrap().unwrap().len(), 1024);
}

#[test]
fn ids_may_be_numbers() {
    let value = json!({ "id": 615112491169010_u64 });
    assert_eq!(whole(&value).id("id").unwrap().as_deref(), Some("615112491169010"));
}

#[test]
fn guids_read_in_either_case_and_the_nil_guid_is_none() {
    let value = json!({ "a": ID.to_uppercase(), "b": Uuid::nil().to_string() });
    let object = whole(&value);
    assert_eq!(object.guid("a").unwrap().unwrap().to_string(), ID);
    assert_eq!(object.guid("b").unwrap(), None);
    assert_eq!(object.id("b").unwrap(), None);
}

#[test]
fn placeholders_are_no_ids() {
    for text in ["<guid>", "{customer-tenant-id}"] {
        let value = json!({ "id": text });
        assert!(whole(&value).guid("id").is_err(), "{text}");
        let fault = whole(&value).id("id").unwrap_err();
        assert_eq!(fault.place, "id");
        assert!(fault.reason.contains("placeholder"), "{}", fault.reason);
    }
}

#[test]
fn references_keep_their_case_unless_they_are_guids() {
    let value = json!({ "offer": "DG7GMGF0FKZV:0003", "guid": ID.to_uppercase() });
    let object = whole(&value);
    assert_eq!(object.reference("offer").unwrap().as_deref(), Some("DG7GMGF0FKZV:0003"));
    assert_eq!(object.reference("guid").unwrap().as_deref(), Some(ID));
    assert_eq!(object.id("offer").unwrap().as_deref(), Some("dg7gmgf0fkzv:0003"));
}

#[test]
fn partner_numbers_are_digits_as_text_or_number() {
    let value = json!({ "a": "4847383", "b": 4847383, "c": "<mpn>" });
    let object = whole(&value);
    assert_eq!(object.partner_number("a").unwrap().as_deref(), Some("4847383"));
    assert_eq!(object.partner_number("b").unwrap().as_deref(), Some("4847383"));
    assert!(object.partner_number("c").is_err());
}

#[test]
fn tenant_placeholder_is_made_good_by_the_other_member() {
    let value = json!({ "id": "<guid>", "tenantId": ID });
    let object = whole(&value);
    let tenant = object.tenant("id", object.guid("tenantId")).unwrap();
    assert_eq!(tenant.to_string(), ID);
    let tenant = object.tenant("tenantId", object.guid("id")).unwrap();
    assert_eq!(tenant.to_string(), ID);
    assert!(object.tenant("id", Ok(None)).is_err());
    assert!(object.tenant("absent", Ok(None)).is_err());
}

#[test]
fn contradicting_tenants_are_refused() {
    let value = json!({ "id": ID, "tenantId": "eebd1b55-5360-4438-a11d-5c06918c3014" });
    let object = whole(&value);
    assert!(object.tenant("id", object.guid("tenantId")).is_err());
}

#[test]
fn times_with_spaces_inside_are_read() {
    let wanted = Ok(Some(at("2015-11-25T06:41:12Z")));
    assert_eq!(time("2015-11-25T06: 41: 12Z"), wanted);
    assert_eq!(time("2015-11-25 06:41:12Z"), wanted);
}

#[test]
fn times_without_zone_are_utc() {
    assert_eq!(time("2015-11-24T01:07:00.863"), Ok(Some(at("2015-11-24T01:07:00.863Z"))));
    assert_eq!(time("2015-11-24"), Ok(Some(at("2015-11-24T00:00:00Z"))));
}

#[test]
fn times_with_zone_are_moved_to_utc() {
    assert_eq!(time("2015-11-24T01:07:00+02:00"), Ok(Some(at("2015-11-23T23:07:00Z"))));
}

#[test]
fn fractions_of_seven_digits_are_cut_to_microseconds() {
    let wanted = Ok(Some(at("2022-02-10T11:26:44.994188Z")));
    assert_eq!(time("2022-02-10T11:26:44.9941889Z"), wanted);
    assert_eq!(time("2022-02-10T11:26:44.9941889"), wanted);
}

#[test]
fn year_one_is_unset_and_year_9999_is_open_ended() {
    for text in
        ["0001-01-01T00:00:00", "0001-01-01T00:00:00Z", "9999-12-14T00:00:00Z", "9999-12-31T23:59:59.9999999"]
    {
        assert_eq!(time(text), Ok(None), "{text}");
    }
}

#[test]
fn what_is_no_time_is_refused_never_open_ended() {
    for text in ["yesterday", "2015-13-01T00:00:00Z", "+12015-01-01T00:00:00", "2015-11-25T06:41:12ZZ"] {
        assert!(time(text).is_err(), "{text}");
    }
}

#[test]
fn counts_read_from_numbers_and_from_text() {
    let value = json!({ "a": 5, "b": " 5 ", "c": 5.0 });
    for name in ["a", "b", "c"] {
        assert_eq!(whole(&value).count(name), Ok(Some(5)), "{name}");
    }
}

#[test]
fn negative_and_fractional_counts_are_refused() {
    let value = json!({ "a": -1, "b": 1.5, "c": "-1", "d": "many", "e": [1], "f": 1e30 });
    for name in ["a", "b", "c", "d", "e", "f"] {
        assert_eq!(whole(&value).count(name).unwrap_err().place, name);
    }
}

#[test]
fn flags_read_from_text_too() {
    let value = json!({ "a": true, "b": "False", "c": "perhaps" });
    let object = whole(&value);
    assert_eq!(object.flag("a"), Ok(Some(true)));
    assert_eq!(object.flag("b"), Ok(Some(false)));
    assert!(object.flag("c").is_err());
}

#[test]
fn json_is_compact_and_empty_lists_say_nothing() {
    let value = json!({ "a": [ "edit", "cancel" ], "b": [], "c": {}, "d": "x".repeat(20_000) });
    let object = whole(&value);
    assert_eq!(object.json("a").unwrap().as_deref(), Some(r#"["edit","cancel"]"#));
    assert_eq!(object.json("b").unwrap(), None);
    assert_eq!(object.json("c").unwrap(), None);
    assert!(object.json("d").is_err());
}

#[test]
fn lists_of_text_are_lower_case_and_hold_each_once() {
    let value = json!({ "a": ["Contoso.com", null, "", "contoso.COM", "b.example"], "b": [1], "c": "x" });
    let object = whole(&value);
    assert_eq!(object.lower_list("a").unwrap(), ["contoso.com", "b.example"]);
    assert_eq!(object.lower_list("b").unwrap_err().place, "b[0]");
    assert_eq!(object.lower_list("c").unwrap_err().reason, "is text, not a list");
}

#[test]
fn faults_name_the_whole_place() {
    let value = json!({ "roles": [{ "id": ID }, { "id": "<guid>" }, 3] });
    let object = Object::new(&value, "items[3].details".to_owned()).unwrap();
    assert_eq!(object.children("roles").unwrap_err().place, "items[3].details.roles[2]");
    let value = json!({ "roles": [{ "id": ID }, { "id": "<guid>" }] });
    let object = Object::new(&value, "items[3].details".to_owned()).unwrap();
    let roles = object.children("roles").unwrap();
    assert_eq!(roles[1].guid("id").unwrap_err().place, "items[3].details.roles[1].id");
}

#[test]
fn pascal_case_members_are_read_and_the_exact_name_wins() {
    let value = json!({ "Id": "a", "NAME": "b", "name": "c" });
    let object = whole(&value);
    assert_eq!(object.text("id").unwrap().as_deref(), Some("a"));
    assert_eq!(object.text("name").unwrap().as_deref(), Some("c"));
}

#[test]
fn etag_of_either_system_is_read_and_a_placeholder_is_none() {
    let graph = json!({ "@odata.etag": "W/\"JyI=\"" });
    let center = json!({ "attributes": { "etag": "-4242348048554929329" } });
    let example = json!({ "attributes": { "etag": "<etag>" } });
    assert_eq!(whole(&graph).etag().as_deref(), Some("W/\"JyI=\""));
    assert_eq!(whole(&center).etag().as_deref(), Some("-4242348048554929329"));
    assert_eq!(whole(&example).etag(), None);
}

#[test]
fn segments_are_found_in_links_with_and_without_host() {
    for link in [
        "/customers/abc/subscriptions?size=1",
        "/v1/Customers/abc",
        "https://api.partnercenter.microsoft.com/v1/customers/abc?x=/customers/def",
    ] {
        assert_eq!(segment_after(link, "customers"), Some("abc"), "{link}");
    }
    assert_eq!(segment_after("/subscriptions?key=/customers/abc", "customers"), None);
    assert_eq!(segment_after("/customers/", "customers"), None);
}

#[test]
fn prose_keeps_its_lines_and_loses_what_nobody_sees() {
    let value = json!({ "p": "  One\r\n\tTwo\u{0}\u{7}  ", "n": 3, "b": true, "o": {}, "l": [] });
    let object = whole(&value);
    assert_eq!(object.prose("p").as_deref(), Some("  One\r\n\tTwo  "));
    assert_eq!(object.prose("n").as_deref(), Some("3"));
    assert_eq!(object.prose("b").as_deref(), Some("true"));
    assert_eq!((object.prose("o"), object.prose("l")), (None, None));
}

#[test]
fn prose_is_cut_only_beyond_its_limit_and_says_so() {
    let value = json!({ "fits": "ä".repeat(PROSE_CHARS), "long": "ä".repeat(PROSE_CHARS + 1) });
    let object = whole(&value);
    assert_eq!(object.prose("fits"), Some("ä".repeat(PROSE_CHARS)));
    assert_eq!(object.prose("long"), Some("ä".repeat(PROSE_CHARS - 1) + "…"));
}

#[test]
fn name_lists_hold_each_text_once_and_nothing_else() {
    let value =
        json!({ "l": [" Teams ", "Teams", null, "", 7, {}, "Exchange Online"], "one": "Teams", "n": 7 });
    let object = whole(&value);
    assert_eq!(object.name_list("l"), ["Teams", "Exchange Online"]);
    assert_eq!(object.name_list("one"), ["Teams"]);
    assert!(object.name_list("n").is_empty());
}

#[test]
fn objects_that_are_none_are_left_out_of_a_list_and_reported() {
    let value = json!({ "l": [{ "a": 1 }, null, "x", { "a": 2 }], "t": "text" });
    let object = whole(&value);
    let mut skipped = Vec::new();
    let places: Vec<_> = object.objects("l", &mut skipped).iter().map(Object::place).collect();
    assert_eq!(places, ["l[0]", "l[3]"]);
    assert!(object.objects("t", &mut skipped).is_empty());
    let places: Vec<_> = skipped.iter().map(|s| s.place.as_str()).collect();
    assert_eq!(places, ["l[1]", "l[2]", "t"]);
}
