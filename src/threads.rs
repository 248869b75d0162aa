//! Work side by side on threads of its own. Who waits for it waits, and begins nothing else: a pool would begin other work meanwhile, deeper
//! and deeper in one stack. Knows nothing of the work.

use std::panic::resume_unwind;
use std::thread::{Builder, scope};

/// Bytes of stack; what is not used is never there.
pub(crate) const STACK: usize = 64 << 20;
/// More threads than that are of no use for what one command does.
const MOST: usize = 4;

/// How many threads are of use.
pub(crate) fn count() -> usize {
    rayon::current_num_threads().min(MOST)
}

/// What becomes of each item, in order. The first is of this thread, each other has one.
pub(crate) fn each<T: Sync, R: Send>(items: &[T], run: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let Some((first, others)) = items.split_first() else { return Vec::new() };
    scope(|scope| {
        let run = &run;
        let others: Vec<_> =
            others.iter().map(|item| (item, Builder::new().stack_size(STACK).spawn_scoped(scope, move || run(item)))).collect();
        let mut out = vec![run(first)];
        for (item, thread) in others {
            out.push(match thread {
                Ok(thread) => thread.join().unwrap_or_else(|panic| resume_unwind(panic)),
                // There is no thread for it.
                Err(_) => run(item),
            });
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_done_side_by_side_is_in_order() {
        let items: Vec<usize> = (0..7).collect();
        assert_eq!(each(&items, |n| n * 2), [0, 2, 4, 6, 8, 10, 12]);
        assert!(each(&[], |n: &usize| *n).is_empty());
    }
}
