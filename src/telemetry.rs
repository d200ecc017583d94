//! Log set-up. Fields are dotted and the same everywhere: `viewer.id`, `partner.id`, `request.id`. No personal data.

use crate::config::LogFormat;
use tracing_subscriber::EnvFilter;

/// Starts logging to standard error; `RUST_LOG` chooses what.
pub fn start(format: LogFormat) {
    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn,partner_gateway=info"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A second start in one process keeps the first.
    let _ = match format {
        LogFormat::Json => builder.json().try_init(),
        LogFormat::Text => builder.try_init(),
    };
}
