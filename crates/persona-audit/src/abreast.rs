//! The same work on many things side by side; its results come in the order of the things: of things that
//! are all there by [`each`], of things that are still being read by a [`Crew`].

use std::num::NonZero;
use std::thread;

mod crew;

pub(crate) use crew::Crew;

/// Fewer things than this for each thread are not worth one.
const SHARE: usize = 64;
/// More threads than this wait for the disk anyway.
const MOST: usize = 8;

/// Does `work` on each of `things`; the first error in their order is returned.
pub(crate) fn each<T, R, E>(
    things: &[T],
    work: impl Fn(&T) -> Result<R, E> + Sync,
) -> Result<Vec<R>, E>
where
    T: Sync,
    R: Send,
    E: Send,
{
    each_of(things.iter().collect(), work)
}

/// The same with things that are used up: what is left of them is put away side by side too.
pub(crate) fn each_of<T, R, E>(
    things: Vec<T>,
    work: impl Fn(T) -> Result<R, E> + Sync,
) -> Result<Vec<R>, E>
where
    T: Send,
    R: Send,
    E: Send,
{
    let (all, share) = (things.len(), things.len().div_ceil(threads()).max(SHARE));
    if all <= share {
        return things.into_iter().map(work).collect();
    }
    let mut things = things.into_iter();
    let shares = thread::scope(|scope| {
        let work = &work;
        let mut started = Vec::new();
        while things.len() > 0 {
            let share: Vec<T> = things.by_ref().take(share).collect();
            started.push(scope.spawn(move || share.into_iter().map(work).collect()));
        }
        started.into_iter().map(thread::ScopedJoinHandle::join).collect::<Vec<_>>()
    });
    let mut results = Vec::with_capacity(all);
    for share in shares {
        let share: Result<Vec<R>, E> =
            share.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        results.extend(share?);
    }
    Ok(results)
}

fn threads() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get).min(MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_and_so_do_errors() {
        let things: Vec<usize> = (0..1000).collect();
        let doubled = each(&things, |n| Ok::<_, usize>(n * 2)).unwrap();
        assert!(doubled.iter().enumerate().all(|(n, doubled)| n * 2 == *doubled));
        let odd = |n: &usize| if *n > 500 && n % 2 == 1 { Err(*n) } else { Ok(*n) };
        assert_eq!(each(&things, odd), Err(501));
        assert_eq!(each(&[], odd), Ok(vec![]));
    }
}
