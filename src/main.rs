//! The `lanyard` program.

/// A request allocates some 15 times. This allocator executes fewer instructions for that than the
/// one of the system.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    use_small_pages();
    lanyard::cli::run()
}

/// The allocator asks for pages of 2 MiB. A process as small as this one uses a fraction of each, so
/// they would double its resident memory.
fn use_small_pages() {
    #[cfg(target_os = "linux")]
    let _ = rustix::thread::disable_transparent_huge_pages(true);
}
