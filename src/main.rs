//! The `lanyard` program.

/// A request allocates some 15 times, which costs a third of the instructions of the system's
/// allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    lanyard::cli::run()
}
