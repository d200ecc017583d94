//! All settings of production `serve`: read once at start from a TOML file and the environment, checked, then never
//! read again.
//!
//! - A setting that is wrong, unsafe or unknown is refused with one line that names it, and the variable it came from.
//! - No error repeats the value of a setting that may be secret, and `Debug` of a [`Secret`] prints `***`.
//! - Imports nothing of ours. The environment is handed in, and the only file opened is the settings file: keys and
//!   policies are read by those who use them.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

/// The `iss` of tokens that the demo makes for itself. Production refuses an issuer of this name.
pub const DEMO_ISSUER: &str = "urn:partner-gateway:demo";

/// The shortest secret that is accepted, in bytes.
pub const MIN_SECRET_BYTES: usize = 32;

const ENV_PREFIX: &str = "PARTNER_GATEWAY_";
const KEYS: &str = "listen database_url secret policies stale_after max_db_connections log_format issuers";
const ALGORITHMS: [&str; 9] =
    ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"];
const DAY_SECS: u64 = 86_400;

/// A value that must not reach a log: `Debug` prints `***`, and there is no `Display`.
#[derive(Clone)]
pub struct Secret<T>(T);

impl<T> Secret<T> {
    /// Wraps a value.
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself, for the one place that needs it.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object per line.
    Json,
}

/// Where an issuer's public keys (a JSON Web Key Set, RFC 7517) come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Jwks {
    /// A file, read at start and again when it may have been rotated.
    File(PathBuf),
    /// An address, fetched when a key is first needed: `https://`, or `http://` on a loopback host.
    Url(String),
}

/// One issuer whose tokens are accepted.
#[derive(Clone, Debug)]
pub struct IssuerSettings {
    /// What the logs call it.
    pub name: String,
    /// The token's `iss`; `{tid}` stands for the token's tenant id.
    pub issuer: String,
    /// The accepted `aud` values, at least one.
    pub audience: Vec<String>,
    /// Where its keys come from.
    pub jwks: Jwks,
    /// The accepted signature algorithms (RFC 7518 names), all asymmetric.
    pub algorithms: Vec<String>,
    /// Tolerated difference of clocks, in seconds, at most 300.
    pub leeway_secs: u64,
    /// Age in seconds at which keys are fetched anew, from 60 to a week.
    pub refresh_secs: u64,
    /// The tenants it may speak for; `None` for all.
    pub tenants: Option<Vec<Uuid>>,
}

/// The settings of production `serve`.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Address and port to listen on.
    pub listen: SocketAddr,
    /// `sqlite://path` or `postgres://...`; may hold a password.
    pub database_url: Secret<String>,
    /// At least [`MIN_SECRET_BYTES`] bytes; the keys for ids and cursors derive from it, so replicas share it.
    pub secret: Secret<Vec<u8>>,
    /// A folder that replaces the embedded policy.
    pub policies: Option<PathBuf>,
    /// Age at which ingested data counts as STALE.
    pub stale_after: Duration,
    /// Most connections to the database.
    pub max_db_connections: u32,
    /// How log lines are written.
    pub log_format: LogFormat,
    /// The issuers whose tokens are accepted, at least one.
    pub issuers: Vec<IssuerSettings>,
}

/// Why the settings were refused: one line that names the setting and, if it came from there, the variable.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(String);

type Checked<T> = Result<T, ConfigError>;

impl Settings {
    /// Reads `file`, if there is one, then the environment, which wins: `PARTNER_GATEWAY_<SETTING>` for each top-level
    /// setting (`PARTNER_GATEWAY_ISSUERS` as a TOML array), and `DATABASE_URL` where there is no
    /// `PARTNER_GATEWAY_DATABASE_URL`.
    ///
    /// Other variables of that prefix are left alone: Kubernetes makes some for a service named like the gateway.
    ///
    /// # Errors
    /// The first setting that is unknown, missing, malformed or unsafe.
    pub fn load(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let mut table = file.map(read_file).transpose()?.unwrap_or_default();
        let mut variables = BTreeMap::new();
        let mut environment: Vec<_> = environment.into_iter().collect();
        // DATABASE_URL sorts first, so that our own variable replaces it.
        environment.sort();
        for (variable, text) in environment {
            if let Some(key) = setting_of(&variable) {
                table.insert(key.to_owned(), environment_value(key, text));
                variables.insert(key.to_owned(), variable);
            }
        }
        let mut reader = Reader { table, prefix: String::new(), variables: &variables };
        let settings = read_settings(&mut reader)?;
        reader.finish()?;
        Ok(settings)
    }
}

fn setting_of(variable: &str) -> Option<&'static str> {
    if variable == "DATABASE_URL" {
        return Some("database_url");
    }
    let name = variable.strip_prefix(ENV_PREFIX)?;
    KEYS.split(' ').find(|key| key.to_uppercase() == name)
}

/// A text that is not the number or list it should be stays a text, for the reader to refuse by name.
fn environment_value(key: &str, text: String) -> toml::Value {
    let parsed = match key {
        "stale_after" | "max_db_connections" => text.trim().parse().ok().map(toml::Value::Integer),
        "issuers" => text.trim().parse().ok(),
        _ => None,
    };
    parsed.unwrap_or(toml::Value::String(text))
}

fn read_file(path: &Path) -> Checked<toml::Table> {
    let refuse = |reason| ConfigError(format!("settings file {}: {reason}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| refuse(error.to_string()))?;
    text.parse().map_err(|error: toml::de::Error| {
        // The library's own text spans lines and quotes the source, which may be the secret.
        let start = error.span().map_or(0, |span| span.start);
        let line = 1 + text.bytes().take(start).filter(|b| *b == b'\n').count();
        let message = error.message().replace('\n', " ");
        refuse(format!("line {line}: {message}"))
    })
}

/// One table of settings. What has been taken is gone, so what remains at the end is unknown.
struct Reader<'a> {
    table: toml::Table,
    prefix: String,
    variables: &'a BTreeMap<String, String>,
}

impl Reader<'_> {
    fn refuse(&self, key: &str, reason: impl fmt::Display) -> ConfigError {
        let setting = format!("{}{key}", self.prefix);
        let top_level = setting.split(['[', '.']).next().unwrap_or_default();
        ConfigError(match self.variables.get(top_level) {
            Some(variable) => format!("setting {setting} (from {variable}): {reason}"),
            None => format!("setting {setting}: {reason}"),
        })
    }

    fn check(&self, key: &str, right: bool, must: &str) -> Checked<()> {
        right.then_some(()).ok_or_else(|| self.refuse(key, must))
    }

    fn take<T: DeserializeOwned>(&mut self, key: &str, must: &str) -> Checked<Option<T>> {
        let value = self.table.remove(key).map(toml::Value::try_into);
        value.transpose().map_err(|_| self.refuse(key, must))
    }

    fn require<T: DeserializeOwned>(&mut self, key: &str, must: &str) -> Checked<T> {
        let value = self.take(key, must)?;
        value.ok_or_else(|| self.refuse(key, "is required"))
    }

    fn number(&mut self, key: &str, default: u64, range: RangeInclusive<u64>) -> Checked<u64> {
        let (least, most) = (range.start(), range.end());
        let must = format!("must be a whole number from {least} to {most}");
        let number = self.take(key, &must)?.unwrap_or(default);
        self.check(key, range.contains(&number), &must)?;
        Ok(number)
    }

    /// A text that is not empty.
    fn text(&mut self, key: &str) -> Checked<String> {
        let text: String = self.require(key, "must be a text")?;
        self.check(key, !text.trim().is_empty(), "must not be empty")?;
        Ok(text)
    }

    /// A list of such texts; `missing` is said of an absent and of an empty list.
    fn texts(&mut self, key: &str, missing: &str) -> Checked<Vec<String>> {
        let texts: Option<Vec<String>> = self.take(key, "must be a list of texts")?;
        let texts = texts.unwrap_or_default();
        let filled = texts.iter().all(|text| !text.trim().is_empty());
        self.check(key, !texts.is_empty(), missing)?;
        self.check(key, filled, "must not hold an empty text")?;
        Ok(texts)
    }

    fn finish(self) -> Checked<()> {
        match self.table.keys().next() {
            Some(key) => Err(self.refuse(key, "is not a known setting")),
            None => Ok(()),
        }
    }
}

fn read_settings(reader: &mut Reader<'_>) -> Checked<Settings> {
    const LISTEN: &str = "must be an address and port, such as 127.0.0.1:8080";
    const POLICIES: &str = "must be the path of a folder that exists";
    let listen: Option<SocketAddr> = reader.take("listen", LISTEN)?;
    let policies: Option<PathBuf> = reader.take("policies", POLICIES)?;
    let exists = policies.as_ref().is_none_or(|folder| folder.is_dir());
    reader.check("policies", exists, POLICIES)?;
    let max_db_connections = reader.number("max_db_connections", 8, 1..=1000)?;
    let stale_after_secs = reader.number("stale_after", DAY_SECS, 1..=366 * DAY_SECS)?;
    let log_format: Option<LogFormat> = reader.take("log_format", "must be text or json")?;
    Ok(Settings {
        listen: listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8080))),
        database_url: read_database_url(reader)?,
        secret: read_secret(reader)?,
        policies,
        stale_after: Duration::from_secs(stale_after_secs),
        max_db_connections: u32::try_from(max_db_connections).unwrap_or(u32::MAX),
        log_format: log_format.unwrap_or_default(),
        issuers: read_issuers(reader)?,
    })
}

fn read_database_url(reader: &mut Reader<'_>) -> Checked<Secret<String>> {
    const MUST: &str = "must be sqlite://<path> or postgres://<host>/<database>";
    let url: String = reader.require("database_url", MUST)?;
    let known = match url.split_once("://") {
        Some(("sqlite" | "postgres" | "postgresql", rest)) => !rest.is_empty(),
        _ => false,
    };
    reader.check("database_url", known, MUST)?;
    Ok(Secret::new(url))
}

fn read_secret(reader: &mut Reader<'_>) -> Checked<Secret<Vec<u8>>> {
    let must = format!("must be base64 of at least {MIN_SECRET_BYTES} random bytes");
    let text: String = reader.require("secret", &must)?;
    match STANDARD.decode(text.trim()) {
        Ok(bytes) if bytes.len() >= MIN_SECRET_BYTES => Ok(Secret::new(bytes)),
        Ok(_) => Err(reader.refuse("secret", format!("is too short: {must}"))),
        Err(_) => Err(reader.refuse("secret", must)),
    }
}

fn read_issuers(reader: &mut Reader<'_>) -> Checked<Vec<IssuerSettings>> {
    let tables: Option<Vec<toml::Table>> = reader.take("issuers", "must be a list of tables")?;
    let tables = tables.unwrap_or_default();
    let some = !tables.is_empty();
    reader.check("issuers", some, "must name at least one issuer")?;
    let mut issuers: Vec<IssuerSettings> = Vec::with_capacity(tables.len());
    for (index, table) in tables.into_iter().enumerate() {
        let mut one = Reader { table, prefix: format!("issuers[{index}]."), variables: reader.variables };
        let issuer = read_issuer(&mut one)?;
        if let Some(twin) = issuers.iter().position(|i| i.issuer == issuer.issuer) {
            return Err(one.refuse("issuer", format!("is the same as issuers[{twin}].issuer")));
        }
        one.finish()?;
        issuers.push(issuer);
    }
    Ok(issuers)
}

fn read_issuer(reader: &mut Reader<'_>) -> Checked<IssuerSettings> {
    const ONE_TENANT: &str = "must name at least one tenant; leave it out to accept all";
    let name = reader.text("name")?;
    let issuer = reader.text("issuer")?;
    let ours = issuer.trim() == DEMO_ISSUER;
    let known = !issuer.replace("{tid}", "").contains(['{', '}']);
    reader.check("issuer", !ours, "production refuses the demo issuer")?;
    reader.check("issuer", known, "must hold no placeholder but {tid}")?;
    let tenants: Option<Vec<Uuid>> = reader.take("tenants", "must be a list of tenant UUIDs")?;
    let some = tenants.as_ref().is_none_or(|tenants| !tenants.is_empty());
    reader.check("tenants", some, ONE_TENANT)?;
    Ok(IssuerSettings {
        name,
        issuer,
        audience: reader.texts("audience", "must name at least one audience")?,
        jwks: read_jwks(reader)?,
        algorithms: read_algorithms(reader)?,
        leeway_secs: reader.number("leeway_secs", 60, 0..=300)?,
        refresh_secs: reader.number("refresh_secs", DAY_SECS, 60..=7 * DAY_SECS)?,
        tenants,
    })
}

fn read_algorithms(reader: &mut Reader<'_>) -> Checked<Vec<String>> {
    const KEY: &str = "algorithms";
    if !reader.table.contains_key(KEY) {
        return Ok(vec!["RS256".to_owned()]);
    }
    let algorithms = reader.texts(KEY, "must name at least one algorithm")?;
    for name in &algorithms {
        let reason = match name.to_ascii_lowercase().as_str() {
            _ if ALGORITHMS.contains(&name.as_str()) => continue,
            "none" => "must not hold none: such a token is not signed".to_owned(),
            lower if lower.starts_with("hs") => {
                format!("must not hold {name}: it is symmetric, so who checks a token can make one")
            }
            _ => format!("must be chosen from {}", ALGORITHMS.join(", ")),
        };
        return Err(reader.refuse(KEY, reason));
    }
    Ok(algorithms)
}

fn read_jwks(reader: &mut Reader<'_>) -> Checked<Jwks> {
    let file: Option<PathBuf> = reader.take("jwks_file", "must be the path of a file")?;
    let url: Option<String> = reader.take("jwks_url", "must be an address")?;
    match (file, url) {
        (Some(file), None) => Ok(Jwks::File(file)),
        (None, Some(url)) => match check_jwks_url(&url) {
            Ok(()) => Ok(Jwks::Url(url)),
            Err(reason) => Err(reader.refuse("jwks_url", reason)),
        },
        (Some(_), Some(_)) => Err(reader.refuse("jwks_file", "excludes jwks_url")),
        (None, None) => Err(reader.refuse("jwks_url", "is required, or jwks_file in its place")),
    }
}

/// Keys that arrive unprotected would let whoever is in between sign tokens.
fn check_jwks_url(url: &str) -> Result<(), &'static str> {
    let (secure, rest) = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
        (Some(rest), _) => (true, rest),
        (None, Some(rest)) => (false, rest),
        (None, None) => return Err("must begin with https://"),
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.is_empty() {
        return Err("must name a host");
    }
    if authority.contains('@') {
        return Err("must not carry a user name or password");
    }
    if !secure && !is_loopback(authority) {
        return Err("must begin with https:// (http:// is for loopback hosts only)");
    }
    Ok(())
}

fn is_loopback(authority: &str) -> bool {
    let host = match authority.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    let address: Result<IpAddr, _> = host.parse();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const SECRET: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
    const BASE: &str = r#"
database_url = "postgres://db/gateway"
secret = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
"#;
    const ISSUER: &str = r#"
name = "entra"
issuer = "https://login.microsoftonline.com/{tid}/v2.0"
audience = ["api://gateway"]
jwks_url = "https://login.microsoftonline.com/common/discovery/v2.0/keys"
"#;

    fn load(text: &str, environment: &[(&str, &str)]) -> Result<Settings, ConfigError> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("settings.toml");
        std::fs::write(&file, text).unwrap();
        let environment = environment.iter();
        let owned = environment.map(|(name, value)| (name.to_string(), value.to_string()));
        Settings::load(Some(&file), owned)
    }

    fn whole(base: &str, issuer: &str) -> String {
        format!("{base}\n[[issuers]]\n{issuer}\n")
    }

    fn refusal(text: &str) -> String {
        load(text, &[]).unwrap_err().to_string()
    }

    /// `text` with `line` in place of the line that sets the same key, or without that line if only a key is given.
    fn with(text: &str, line: &str) -> String {
        let (key, value) = line.split_once(" =").unwrap_or((line, ""));
        let key = format!("{key} =");
        let others = text.lines().filter(|other| !other.starts_with(&key));
        let line = (!value.is_empty()).then_some(line);
        others.chain(line).map(|line| format!("{line}\n")).collect()
    }

    /// Each line but the first is `<setting> => <refusal>`.
    fn cases(text: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
        let lines = text.lines().skip(1);
        lines.map(|line| line.split_once(" => ").unwrap())
    }

    #[test]
    fn a_short_file_is_enough_and_the_rest_has_defaults() {
        let settings = load(&whole(BASE, ISSUER), &[]).unwrap();
        assert_eq!(settings.listen.to_string(), "127.0.0.1:8080");
        assert_eq!(settings.database_url.expose(), "postgres://db/gateway");
        let secret = b"0123456789abcdef0123456789abcdef";
        assert_eq!(settings.secret.expose(), secret);
        assert_eq!(settings.stale_after.as_secs(), 86_400);
        assert_eq!(settings.max_db_connections, 8);
        assert_eq!(settings.log_format, LogFormat::Text);
        assert_eq!(settings.policies, None);
        let issuer = &settings.issuers[0];
        assert_eq!(issuer.algorithms, ["RS256"]);
        assert_eq!((issuer.leeway_secs, issuer.refresh_secs), (60, 86_400));
        assert_eq!(issuer.tenants, None);
    }

    #[test]
    fn the_environment_alone_is_enough_and_wins_over_the_file() {
        let issuers = r#"[{ name = "a", issuer = "https://a", audience = ["x"], jwks_file = "k.json",
            tenants = ["11111111-1111-1111-1111-111111111111"] }]"#;
        let environment = [
            ("PARTNER_GATEWAY_PORT_80_TCP", "tcp://10.0.0.1:80"),
            ("DATABASE_URL", "sqlite://gateway.db"),
            ("PARTNER_GATEWAY_STALE_AFTER", "60"),
            ("PARTNER_GATEWAY_LOG_FORMAT", "json"),
            ("PARTNER_GATEWAY_SECRET", SECRET),
            ("PARTNER_GATEWAY_ISSUERS", issuers),
        ];
        let file = whole(BASE, ISSUER);
        for file in ["", file.as_str()] {
            let settings = load(file, &environment).unwrap();
            assert_eq!(settings.database_url.expose(), "sqlite://gateway.db");
            assert_eq!(settings.stale_after.as_secs(), 60);
            assert_eq!(settings.log_format, LogFormat::Json);
            assert_eq!(settings.issuers[0].jwks, Jwks::File("k.json".into()));
            assert_eq!(settings.issuers[0].tenants.as_ref().unwrap().len(), 1);
        }
        let own = ("PARTNER_GATEWAY_DATABASE_URL", "postgres://own/db");
        let settings = load("", &[&environment[..], &[own]].concat()).unwrap();
        assert_eq!(settings.database_url.expose(), "postgres://own/db");
    }

    #[test]
    fn debug_output_shows_no_secret() {
        let shown = format!("{:?}", load(&whole(BASE, ISSUER), &[]).unwrap());
        assert!(shown.contains("database_url: ***, secret: ***"), "{shown}");
    }

    #[test]
    fn each_missing_or_wrong_setting_is_refused_by_name() {
        let wrong = r#"
database_url => database_url: is required
secret => secret: is required
name => issuers[0].name: is required
issuer => issuers[0].issuer: is required
audience => issuers[0].audience: must name at least one audience
jwks_url => issuers[0].jwks_url: is required, or jwks_file in its place
lisen = 1 => lisen: is not a known setting
listen = 8080 => listen: must be an address and port, such as 127.0.0.1:8080
database_url = "mysql://x" => database_url: must be sqlite://<path> or postgres://<host>/<database>
database_url = "sqlite://" => database_url: must be sqlite://<path> or postgres://<host>/<database>
secret = "c2hvcnQ=" => secret: is too short: must be base64 of at least 32 random bytes
secret = "not base64" => secret: must be base64 of at least 32 random bytes
policies = "/no/such/folder" => policies: must be the path of a folder that exists
stale_after = 0 => stale_after: must be a whole number from 1 to 31622400
stale_after = -5 => stale_after: must be a whole number from 1 to 31622400
max_db_connections = 0 => max_db_connections: must be a whole number from 1 to 1000
log_format = "xml" => log_format: must be text or json
colour = 1 => issuers[0].colour: is not a known setting
name = "" => issuers[0].name: must not be empty
issuer = "urn:partner-gateway:demo" => issuers[0].issuer: production refuses the demo issuer
issuer = "https://x/{tenantid}" => issuers[0].issuer: must hold no placeholder but {tid}
audience = [] => issuers[0].audience: must name at least one audience
audience = [""] => issuers[0].audience: must not hold an empty text
audience = "x" => issuers[0].audience: must be a list of texts
algorithms = [] => issuers[0].algorithms: must name at least one algorithm
algorithms = ["none"] => issuers[0].algorithms: must not hold none: such a token is not signed
algorithms = ["RS256", "HS256"] => issuers[0].algorithms: must not hold HS256: it is symmetric, so who checks a token can make one
algorithms = ["RS9"] => issuers[0].algorithms: must be chosen from RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, EdDSA
leeway_secs = 301 => issuers[0].leeway_secs: must be a whole number from 0 to 300
refresh_secs = 5 => issuers[0].refresh_secs: must be a whole number from 60 to 604800
tenants = [] => issuers[0].tenants: must name at least one tenant; leave it out to accept all
tenants = ["contoso"] => issuers[0].tenants: must be a list of tenant UUIDs
jwks_file = "k.json" => issuers[0].jwks_file: excludes jwks_url
jwks_url = "ftp://x" => issuers[0].jwks_url: must begin with https://
jwks_url = "https:///x" => issuers[0].jwks_url: must name a host
jwks_url = "https://a:b@x" => issuers[0].jwks_url: must not carry a user name or password
jwks_url = "http://keys.example/" => issuers[0].jwks_url: must begin with https:// (http:// is for loopback hosts only)"#;
        for (line, expected) in cases(wrong) {
            let text = if expected.starts_with("issuers[0]") {
                whole(BASE, &with(ISSUER, line))
            } else {
                whole(&with(BASE, line), ISSUER)
            };
            assert_eq!(refusal(&text), format!("setting {expected}"));
        }
        let none = refusal(BASE);
        assert_eq!(none, "setting issuers: must name at least one issuer");
        let twins = refusal(&whole(&whole(BASE, ISSUER), ISSUER));
        let expected = "setting issuers[1].issuer: is the same as issuers[0].issuer";
        assert_eq!(twins, expected);
    }

    #[test]
    fn only_loopback_hosts_may_serve_keys_unprotected() {
        for host in ["127.0.0.1:9", "localhost", "[::1]:9"] {
            assert_eq!(check_jwks_url(&format!("http://{host}/keys")), Ok(()));
        }
        for host in ["localhost.example", "127.0.0.1.example", "[::2]"] {
            assert!(check_jwks_url(&format!("http://{host}/keys")).is_err());
            assert_eq!(check_jwks_url(&format!("https://{host}/keys")), Ok(()));
        }
    }

    #[test]
    fn a_wrong_variable_is_named_beside_its_setting() {
        let wrong = r#"
PARTNER_GATEWAY_STALE_AFTER=soon => stale_after (from PARTNER_GATEWAY_STALE_AFTER): must be a whole number from 1 to 31622400
DATABASE_URL=oracle://x => database_url (from DATABASE_URL): must be sqlite://<path> or postgres://<host>/<database>
PARTNER_GATEWAY_ISSUERS=[{ name = "a" }] => issuers[0].issuer (from PARTNER_GATEWAY_ISSUERS): is required
PARTNER_GATEWAY_ISSUERS=entra => issuers (from PARTNER_GATEWAY_ISSUERS): must be a list of tables"#;
        for (assignment, expected) in cases(wrong) {
            let variable = assignment.split_once('=').unwrap();
            let refused = load(&whole(BASE, ISSUER), &[variable]).unwrap_err();
            assert_eq!(refused.to_string(), format!("setting {expected}"));
        }
    }

    #[test]
    fn a_file_that_is_not_toml_is_refused_in_one_line_without_quoting_it() {
        let refused = refusal("listen = \"127.0.0.1:1\"\nsecret = topsecret\n");
        assert!(refused.starts_with("settings file "), "{refused}");
        assert!(refused.contains("settings.toml: line 2: "), "{refused}");
        assert!(!refused.contains('\n'), "{refused}");
        assert!(!refused.contains("topsecret"), "{refused}");
        let missing = Settings::load(Some(Path::new("/no/such.toml")), []).unwrap_err();
        let text = missing.to_string();
        assert!(text.starts_with("settings file /no/such.toml: "), "{text}");
    }
}
