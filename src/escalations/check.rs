//! What texts, contacts and numbers of support requests may be: stored as given, limited in length, never markup.

use super::command::{Attachment, Contact};
use crate::support::draft::{is_email, is_phone};
use crate::writes::{UserError, UserErrorCode};
use uuid::Uuid;

/// Most characters of a title.
pub const TITLE_CHARS: usize = 200;
/// Most characters of a description, a note, findings or an answer.
pub const TEXT_CHARS: usize = 20_000;
/// Most characters of a reason.
pub const REASON_CHARS: usize = 4_000;
/// Most attachments.
pub const ATTACHMENTS: usize = 20;

/// A refusal of a field's value.
pub fn invalid(field: &'static str, message: impl Into<String>) -> UserError {
    UserError { field: Some(field), code: UserErrorCode::Invalid, message: message.into() }
}

/// A text that says something, of limited length, without characters that no text holds.
pub fn text(field: &'static str, text: &str, most: usize, errors: &mut Vec<UserError>) {
    let length = text.chars().count();
    if text.trim().is_empty() {
        errors.push(invalid(field, "is empty; say it in words"));
    } else if length > most {
        errors.push(invalid(field, format!("has {length} characters; at most {most} are kept")));
    } else if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t' | '\r')) {
        errors
            .push(invalid(field, "holds control characters; line breaks and tabs are the only ones allowed"));
    }
}

/// A text of one line.
pub fn line(field: &'static str, value: &str, most: usize, errors: &mut Vec<UserError>) {
    if value.chars().any(char::is_control) {
        errors.push(invalid(field, "holds control characters or line breaks; it is one line"));
    } else {
        text(field, value, most, errors);
    }
}

/// A contact that the vendor can reach.
pub fn contact(contact: &Contact, errors: &mut Vec<UserError>) {
    line("contact.name", &contact.name, TITLE_CHARS, errors);
    if !is_email(&contact.email) {
        errors.push(invalid("contact.email", "is no mail address such as support@partner.example"));
    }
    if contact.phone.as_deref().is_some_and(|phone| !is_phone(phone)) {
        errors.push(invalid("contact.phone", "is no telephone number such as +49 30 1234567"));
    }
}

/// What is attached elsewhere.
pub fn attachments(all: &[Attachment], errors: &mut Vec<UserError>) {
    if all.len() > ATTACHMENTS {
        errors.push(invalid("attachments", format!("are {}; at most {ATTACHMENTS} are kept", all.len())));
    }
    for attachment in all {
        line("attachments.name", &attachment.name, TITLE_CHARS, errors);
        line("attachments.contentType", &attachment.content_type, 100, errors);
        if attachment.size_bytes < 0 {
            errors.push(invalid("attachments.sizeBytes", "is negative; give the size in bytes"));
        }
    }
}

/// The vendor's number of a request: digits, and what vendors put between them.
pub fn vendor_number(number: &str, errors: &mut Vec<UserError>) {
    let may = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if number.is_empty() || number.len() > 64 || !number.chars().all(may) {
        errors.push(invalid("number", "is no number of the vendor: letters, digits and hyphens, at most 64"));
    }
}

/// A number for a request: `SR`, nine digits of a random id, and Luhn's check digit.
pub fn request_number(random: Uuid) -> String {
    let digits = format!("{:09}", random.as_u128() % 1_000_000_000);
    let check = luhn(&digits);
    format!("SR{digits}{check}")
}

/// Whether a number can be one: what is mistyped in one place, or has two neighbours swapped, mostly cannot.
pub fn is_request_number(number: &str) -> bool {
    let Some(digits) = number.strip_prefix("SR") else { return false };
    if digits.len() != 10 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return false;
    }
    let (digits, check) = digits.split_at(9);
    luhn(digits).to_string() == check
}

fn luhn(digits: &str) -> u32 {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(i, byte)| {
            let digit = u32::from(byte - b'0') * if i % 2 == 0 { 2 } else { 1 };
            if digit > 9 { digit - 9 } else { digit }
        })
        .sum();
    (10 - sum % 10) % 10
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_random_and_checks_itself() {
        let number = request_number(Uuid::from_u128(799_273_987));
        assert_eq!(number, "SR7992739875");
        assert!(is_request_number(&number));
        for wrong in
            ["SR7992739872", "SR7992739857", "7992739875", "SR799273987", "SR79927398755", "SR799273987x"]
        {
            assert!(!is_request_number(wrong), "{wrong}");
        }
    }

    #[test]
    fn a_text_is_refused_when_it_says_nothing_or_too_much() {
        let refused = |given: &str| {
            let mut errors = Vec::new();
            text("text", given, 10, &mut errors);
            errors.first().map(|error| error.message.clone())
        };
        assert_eq!(refused("fine\n\tas"), None);
        assert!(refused("  \n").is_some_and(|why| why.contains("empty")));
        assert!(refused("12345678901").is_some_and(|why| why.contains("11 characters")));
        assert!(refused("a\u{0}b").is_some_and(|why| why.contains("control")));
        assert_eq!(refused("<b>&amp;"), None, "markup is text");
    }

    #[test]
    fn a_contact_is_an_address_that_one_can_write_to() {
        let refused = |email: &str, phone: Option<&str>| {
            let given = Contact { name: "Desk".into(), email: email.into(), phone: phone.map(str::to_owned) };
            let mut errors = Vec::new();
            contact(&given, &mut errors);
            errors.len()
        };
        assert_eq!(refused("desk@fabrikam.example", Some("+49 30 1234-567")), 0);
        for wrong in ["", "desk", "@fabrikam.example", "desk@fabrikam", "a b@c.example", "a@b@c.example"] {
            assert_eq!(refused(wrong, None), 1, "{wrong}");
        }
        assert_eq!(refused("desk@fabrikam.example", Some("call me")), 1);
    }
}
