//! Time and chance, as retries need them: parameters, so that tests wait for nothing.

use std::fmt::Debug;
use std::pin::Pin;
use std::time::{Duration, Instant};

/// Time and chance, as retries need them.
pub trait Pace: Debug + Send + Sync {
    /// The time since any fixed moment; it never runs backwards.
    fn elapsed(&self) -> Duration;

    /// A number from 0 to below 1, each equally likely.
    fn chance(&self) -> f64;

    /// Is ready when `time` has passed. It is dropped when the run is called off.
    fn sleep(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}

/// The real one.
#[derive(Debug)]
pub(crate) struct SystemPace {
    begun: Instant,
}

impl SystemPace {
    pub(crate) fn new() -> Self {
        Self { begun: Instant::now() }
    }
}

impl Pace for SystemPace {
    fn elapsed(&self) -> Duration {
        self.begun.elapsed()
    }

    fn chance(&self) -> f64 {
        // Without randomness everybody waits the longest time, which is safe.
        getrandom::u32().map_or(1.0, |number| f64::from(number) / 4_294_967_296.0)
    }

    fn sleep(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        // Made when it is first waited for: only then is there a runtime around it.
        Box::pin(async move { tokio::time::sleep(time).await })
    }
}
