//! The demo's page: GraphiQL from its CDN with a token and a first query filled in, and without the CDN the same query
//! to run in place or with curl.
//!
//! - The page holds a valid token: the demo alone may serve it, never a gateway with real data.
//! - Values reach the page as JSON inside a data block, and from there as text: none of them can become markup or code.
//! - What comes from the CDN has a whole version and a digest in `graphiql.html`, and runs under the policy below.

use serde_json::json;

/// The `content-security-policy` of the page: its own script by its digest, three packages of the CDN, requests to the
/// gateway alone. Styles may be inline, since GraphiQL's dialogs add some while they run.
pub const CONTENT_SECURITY_POLICY: &str = concat!(
    "default-src 'none'; ",
    "script-src 'sha256-9gv9Rjmk8zgY7Vr9i88lsyP6oYpf4t6+dOa2Rq23XhA=' https://unpkg.com/graphiql@3.9.0/ ",
    "https://unpkg.com/react@18.3.1/ https://unpkg.com/react-dom@18.3.1/; ",
    "style-src 'unsafe-inline' https://unpkg.com/graphiql@3.9.0/; ",
    "font-src data:; img-src data:; connect-src 'self'; ",
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

const TEMPLATE: &str = include_str!("graphiql.html");

/// The page. Of `endpoint`, the address of the graph, only the path counts, for the page asks its own origin. `token` is
/// a bearer token without the word Bearer, `accounts` are pairs of an account's name and who that is.
pub fn page(endpoint: &str, token: &str, first_query: &str, accounts: &[(String, String)]) -> String {
    let data = json!({ "endpoint": endpoint, "token": token, "query": first_query, "accounts": accounts });
    TEMPLATE.replacen("{{data}}", &inert(&data.to_string()), 1)
}

/// Writes as escapes what could end a data block or a line of a script. In JSON these stand inside strings only.
fn inert(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for character in json.chars() {
        match character {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                text.push_str(&format!("\\u{:04x}", u32::from(character)))
            }
            _ => text.push(character),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::digest::{SHA256, digest};
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde_json::Value;

    fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
        let (_, rest) = text.split_once(start).unwrap();
        rest.split_once(end).unwrap().0
    }

    fn data_block(page: &str) -> &str {
        between(page, r#"<script type="application/json" id="data">"#, "</script>")
    }

    #[test]
    fn values_come_back_as_they_went_in() {
        let accounts = [("helpdesk@fabrikam".to_owned(), "Helpdesk agent".to_owned())];
        let page = page("/graphql", "a.b-c_d", "query First {\n  a(b: \"c\\d\")\n}", &accounts);
        let data: Value = serde_json::from_str(data_block(&page)).unwrap();
        assert_eq!(
            data,
            json!({
                "endpoint": "/graphql",
                "token": "a.b-c_d",
                "query": "query First {\n  a(b: \"c\\d\")\n}",
                "accounts": [["helpdesk@fabrikam", "Helpdesk agent"]],
            })
        );
    }

    #[test]
    fn no_value_can_leave_its_block() {
        let hostile = "</script><script>alert(1)</script><!-- & \u{2028}\u{2029} {{data}} ' \" \\";
        let accounts = [(hostile.to_owned(), hostile.to_owned())];
        let page = page(hostile, hostile, hostile, &accounts);
        let block = data_block(&page);
        assert!(!block.contains(['<', '>', '&', '\u{2028}', '\u{2029}']), "{block}");
        let data: Value = serde_json::from_str(block).unwrap();
        for value in [&data["endpoint"], &data["token"], &data["query"], &data["accounts"][0][1]] {
            assert_eq!(value, hostile);
        }
        assert_eq!(page.replacen(block, "{{data}}", 1), TEMPLATE);
    }

    #[test]
    fn the_policy_admits_the_scripts_of_the_page_and_no_other() {
        let own = digest(&SHA256, between(TEMPLATE, "<script>", "</script>").as_bytes());
        let own = format!("'sha256-{}'", STANDARD.encode(own));
        let scripts = between(CONTENT_SECURITY_POLICY, "script-src ", ";");
        let mut sources = scripts.split(' ');
        assert_eq!(sources.next(), Some(own.as_str()));
        let packages: Vec<_> =
            sources.map(|source| source.strip_prefix("https://unpkg.com/").unwrap()).collect();
        let loaded = TEMPLATE.lines().filter_map(|line| line.trim().strip_prefix("[\"script\", \""));
        for path in loaded {
            assert!(packages.iter().any(|package| path.starts_with(package)), "{path}");
        }
        assert_eq!((packages.len(), TEMPLATE.matches("<script").count()), (3, 2));
        assert_eq!(TEMPLATE.matches("\"sha384-").count(), 4);
    }

    #[test]
    fn the_page_says_when_the_cdn_is_out_of_reach() {
        let page = page("/graphql", "t", "{a}", &[]);
        assert!(page.contains("GraphiQL could not be loaded from its CDN"));
        assert!(page.contains("setTimeout(reject, 5000)"));
        assert!(page.contains("curl -sS"));
        assert!(!page.contains("{{data}}"));
    }
}
