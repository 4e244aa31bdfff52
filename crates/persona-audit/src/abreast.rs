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
    let share = things.len().div_ceil(threads()).max(SHARE);
    if things.len() <= share {
        return things.iter().map(work).collect();
    }
    let shares = thread::scope(|scope| {
        let work = &work;
        let started: Vec<_> = things
            .chunks(share)
            .map(|share| scope.spawn(move || share.iter().map(work).collect::<Result<Vec<R>, E>>()))
            .collect();
        started.into_iter().map(thread::ScopedJoinHandle::join).collect::<Vec<_>>()
    });
    let mut results = Vec::with_capacity(things.len());
    for share in shares {
        results.extend(share.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?);
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
