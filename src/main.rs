//! The program: everything is in the library.

fn main() -> std::process::ExitCode {
    partner_gateway::cli::run()
}
