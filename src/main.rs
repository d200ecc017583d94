//! The program: everything is in the library.

// A request allocates thousands of small values on two threads at once; the system's allocator took a quarter of its time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    partner_gateway::cli::run()
}
