//! Work on many items, spread over threads. What comes of it is in the order of the items,
//! however many threads there are.

use std::{num::NonZeroUsize, thread};

/// Fewer items than this are not worth a thread.
const ITEMS_MIN: usize = 1_024;

/// What `of_chunk` makes of each stretch of `items`, one after the other.
pub(crate) fn over<I: Sync, T: Send>(
    threads: NonZeroUsize,
    items: &[I],
    of_chunk: impl Fn(&[I]) -> Vec<T> + Sync,
) -> Vec<T> {
    let chunks = threads.get().min(items.len() / ITEMS_MIN).max(1);
    if chunks == 1 {
        return of_chunk(items);
    }
    let size = items.len().div_ceil(chunks).max(1);
    let of_chunk = &of_chunk;
    let made = thread::scope(|scope| {
        let work = |chunk| scope.spawn(move || of_chunk(chunk));
        let running: Vec<_> = items.chunks(size).map(work).collect();
        let done = running.into_iter().map(|thread| match thread.join() {
            Ok(made) => made,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        done.collect::<Vec<_>>()
    });
    made.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_that_of_the_items() {
        let items: Vec<u32> = (0..20_000).collect();
        for threads in [1, 2, 3, 7] {
            let threads = NonZeroUsize::new(threads).unwrap();
            let made = over(threads, &items, |chunk| chunk.iter().map(|item| item + 1).collect());
            assert_eq!(made, (1..=20_000).collect::<Vec<u32>>());
        }
        let none: Vec<u32> = over(NonZeroUsize::MIN, &[], |chunk: &[u32]| chunk.to_vec());
        assert_eq!(none, [] as [u32; 0]);
    }
}
