//! Work side by side on threads of its own. Who waits for it waits, and begins nothing else: a pool would begin other work meanwhile, deeper
//! and deeper in one stack. Knows nothing of the work.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{Builder, scope};

/// Bytes of stack; what is not used is never there.
pub(crate) const STACK: usize = 64 << 20;
/// More threads than that are of no use for what one command does.
const MOST: usize = 4;

/// How many threads are of use.
pub(crate) fn count() -> usize {
    rayon::current_num_threads().min(MOST)
}

/// In how many pieces work is best cut: more than there are threads, so that none of them waits long for the last one.
pub(crate) fn pieces() -> usize {
    match count() {
        0 | 1 => 1,
        count => count * 2,
    }
}

/// What becomes of each item, in order. Whoever is done with one takes the next, so that a slow processor does less. `None`: there is no
/// memory for a thread.
pub(crate) fn each<T: Sync, R: Send>(items: &[T], run: impl Fn(&T) -> R + Sync) -> Option<Vec<R>> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(number) else { return done };
            done.push((number, run(item)));
        }
    };
    let mut out = scope(|scope| {
        let spawned = |_| Builder::new().stack_size(STACK).spawn_scoped(scope, work).ok();
        let threads: Vec<_> = (0..count().min(items.len())).filter_map(spawned).collect();
        let mut out = Vec::with_capacity(items.len());
        for thread in threads {
            out.append(&mut thread.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        out
    });
    out.sort_unstable_by_key(|(number, _)| *number);
    (out.len() == items.len()).then(|| out.into_iter().map(|(_, done)| done).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_done_side_by_side_is_in_order() {
        let items: Vec<usize> = (0..7).collect();
        assert_eq!(each(&items, |n| n * 2).unwrap(), [0, 2, 4, 6, 8, 10, 12]);
        assert!(each(&[], |n: &usize| *n).unwrap().is_empty());
    }
}
