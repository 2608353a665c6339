//! The `lanyard` program.

/// A request allocates some 15 times. This allocator executes fewer instructions for that than the
/// one of the system.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    lanyard::cli::run()
}
