//! The same work on several threads at once.

use std::thread;

use crate::Fallible;

/// Runs `work` on `count` threads, each with its number. Returns their results, or the first error.
pub(crate) fn threads<T: Send>(
    count: usize,
    work: impl Fn(usize) -> Fallible<T> + Sync,
) -> Fallible<Vec<T>> {
    // An error of any type cannot be sent between threads; its text can.
    let work = |number| work(number).map_err(|error| error.to_string());
    let results: Result<Vec<T>, String> = thread::scope(|scope| {
        let threads: Vec<_> = (0..count)
            .map(|number| scope.spawn(move || work(number)))
            .collect();
        threads
            .into_iter()
            .map(|thread| {
                thread
                    .join()
                    .map_err(|_| "a thread of the bench panicked")?
            })
            .collect()
    });
    Ok(results?)
}
