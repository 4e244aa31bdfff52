//! The connections to one database, and the thread that drives them.

use std::collections::BTreeSet;
use std::fmt;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use deadpool_postgres::{
    Hook, HookError, Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod,
    Runtime as PoolRuntime, TimeoutType,
};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Mutex as AsyncMutex;
use tokio_postgres::Config;

use crate::database_url::{DatabaseUrl, Parameters, UrlFault};
use crate::store::Obstacle;
use crate::store::postgres::fault::{Fault, is_silence};
use crate::store::postgres::tls;

/// Connections that a process keeps at most: a writer, a reader and a spare one for each of 16 threads.
const CONNECTIONS: usize = 48;
/// How long a server may take to accept a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// For how long a server that did not answer is not asked again, so that several questions wait once.
const SILENCE: Duration = Duration::from_secs(1);
/// How long a server may leave what was sent to it unacknowledged.
const USER_TIMEOUT: Duration = Duration::from_secs(20);
/// How long one answer may take at the very most; the server gives up earlier.
const ANSWER: Duration = Duration::from_mins(20);

/// What every connection is set to, whatever the server, the database or the role has set. No name is
/// looked for outside the system's own schema, so that nobody's functions or operators come in between;
/// nothing is filtered without an error; a commit is on disk when it is acknowledged (`remote_apply` is
/// stronger, and stays); an index is used where there is one, also before the server knows how large a
/// table has become; and no statement waits for ever.
const SETUP: &str = "SET search_path = ''; SET row_security = off; SET enable_seqscan = off; \
     SET jit = off; SET standard_conforming_strings = on; \
     SET plan_cache_mode = force_generic_plan; SET lock_timeout = '5s'; SET statement_timeout = '60s'; \
     SET idle_in_transaction_session_timeout = '60s'; \
     SELECT pg_catalog.set_config('synchronous_commit', \
       CASE pg_catalog.current_setting('synchronous_commit') \
       WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END, false); \
     SELECT pg_catalog.set_config(s.name, '0', false) FROM pg_catalog.pg_settings s \
     WHERE s.name = 'idle_session_timeout'";

/// One database and the connections to it.
pub(crate) struct Database {
    /// `None` only while it is dropped.
    runtime: Option<Runtime>,
    pool: Pool,
    /// The connection that holds the locks of this process's runs.
    pub(super) presence: AsyncMutex<Option<Arc<Object>>>,
    /// The keys of this process's own runs.
    runs: Mutex<BTreeSet<i64>>,
    /// When the server last left somebody waiting until the time was up.
    silent: Mutex<Option<Instant>>,
    /// The stamp of the schema's catalog, and what was found wrong with the schema then.
    pub(super) layout: Mutex<Option<(String, Vec<String>)>>,
}

impl Database {
    /// Returns the database of an address, which its clones share; nobody is connected to yet.
    pub(super) fn of(url: &DatabaseUrl) -> Result<Arc<Self>, Fault> {
        if let Some(database) = url.shared().get() {
            return Ok(Arc::clone(database));
        }
        let parameters = url.parameters().map_err(unreadable)?;
        let database = Arc::new(Self::new(parameters)?);
        Ok(Arc::clone(url.shared().get_or_init(|| database)))
    }

    fn new(parameters: &Parameters) -> Result<Self, Fault> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("persona-postgres")
            .enable_io()
            .enable_time()
            .build()
            .map_err(|error| Fault::Refused(format!("no thread for the connections: {error}")))?;
        let config = configuration(parameters);
        let patience = *config.get_connect_timeout().unwrap_or(&CONNECT_TIMEOUT);
        let servers = u32::try_from(config.get_hosts().len()).unwrap_or(u32::MAX);
        let recycling_method = RecyclingMethod::Fast;
        let manager = Manager::from_config(
            config,
            tls::connector(parameters).map_err(|it| Fault::Denied(Obstacle::Encryption, it))?,
            ManagerConfig { recycling_method },
        );
        let pool = Pool::builder(manager)
            .max_size(CONNECTIONS)
            .runtime(PoolRuntime::Tokio1)
            .wait_timeout(Some(patience.saturating_mul(4)))
            .create_timeout(Some(patience.saturating_mul(servers)))
            .recycle_timeout(Some(patience))
            .post_create(Hook::async_fn(|client, _| {
                Box::pin(
                    async move { client.batch_execute(SETUP).await.map_err(HookError::Backend) },
                )
            }))
            .build()
            .map_err(|error| Fault::Refused(error.to_string()))?;
        let (presence, runs, silent, layout) = Default::default();
        Ok(Self { runtime: Some(runtime), pool, presence, runs, silent, layout })
    }

    /// Returns a connection: one that is idle, or a new one.
    pub(super) async fn connect(&self) -> Result<Object, Fault> {
        if self.silent().is_some_and(|since| since.elapsed() < SILENCE) {
            return Err(PoolError::Timeout(TimeoutType::Create).into());
        }
        let got = self.pool.get().await;
        if got.as_ref().is_err_and(is_silence) {
            *self.silent() = Some(Instant::now());
        }
        Ok(got?)
    }

    fn silent(&self) -> MutexGuard<'_, Option<Instant>> {
        self.silent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets connections that are gone.
    pub(super) fn forget_closed(&self) {
        self.pool.retain(|client, _| !client.is_closed());
    }

    /// Waits for `work` on the caller's thread, whatever else that thread drives; the connections are
    /// driven by their own.
    pub(super) fn wait<T>(&self, work: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
        let Some(runtime) = &self.runtime else {
            return Err(Fault::Refused("the connections are closed".to_owned()));
        };
        let _timers_and_sockets = runtime.enter();
        let late = |_| Fault::Cut("the server does not answer".to_owned());
        parked(async { tokio::time::timeout(ANSWER, work).await.map_err(late)? })
    }

    /// Returns the keys of this process's own runs.
    pub(super) fn runs(&self) -> MutexGuard<'_, BTreeSet<i64>> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database").field("pool", &self.pool.status()).finish_non_exhaustive()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.pool.close();
        if let Some(runtime) = self.runtime.take() {
            // Whoever drops it may be on a thread that must not block.
            runtime.shutdown_background();
        }
    }
}

/// The fault of an address; its text quotes nothing of it.
pub(super) fn unreadable(fault: UrlFault) -> Fault {
    let reason = format!("the address of the database does not read: {fault}");
    Fault::Denied(Obstacle::Address, reason)
}

/// Sleeps until `work` is done. A runtime's own way of doing so refuses threads that belong to another.
fn parked<T>(work: impl Future<Output = T>) -> T {
    let waker = Waker::from(Arc::new(Waiting(thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut work = pin!(work);
    loop {
        match work.as_mut().poll(&mut context) {
            Poll::Ready(done) => return done,
            Poll::Pending => thread::park(),
        }
    }
}

struct Waiting(Thread);

impl Wake for Waiting {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn configuration(parameters: &Parameters) -> Config {
    let mut config = Config::new();
    let pairs = parameters.iter().filter_map(pair).collect::<Vec<_>>().join(" ");
    // Every value was looked at when the address was read.
    if let Ok(read) = pairs.parse::<Config>() {
        config = read;
    }
    config.ssl_mode(tls::mode(parameters));
    if parameters.get("application_name").is_none() {
        config.application_name("persona");
    }
    if parameters.get("connect_timeout").is_none() {
        config.connect_timeout(CONNECT_TIMEOUT);
    }
    if parameters.get("dbname").is_none() {
        config.dbname(parameters.database());
    }
    config.tcp_user_timeout(USER_TIMEOUT);
    config
}

/// A parameter as the client's own reader takes it; TLS is set up here.
fn pair((name, value): (&'static str, &str)) -> Option<String> {
    if matches!(name, "sslmode" | "sslrootcert" | "sslpassword") {
        return None;
    }
    Some(format!("{name}='{}'", value.replace('\\', "\\\\").replace('\'', "\\'")))
}
