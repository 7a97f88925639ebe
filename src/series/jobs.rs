//! Long work off the screen's thread.
//!
//! A job runs in a slot: "the heap of this dump", "the rows of this screen". A newer job in a slot replaces the older
//! one, whose result is then never seen. Results come back as [`Done`], to be taken by whoever owns the [`Jobs`].

use std::any::Any;
use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::error::{Error, ErrorKind, Result};
use crate::log;
use crate::priority;
use crate::task::{Progress, Task};

/// The name of worker threads.
const WORKER: &str = "heaptui-worker";

/// A small pool of workers. `S` names slots, `T` is what becomes of the outcome of a job.
///
/// Dropping it cancels everything and waits for nothing.
pub struct Jobs<S, T> {
    queue: Arc<Queue<S, T>>,
    done: Receiver<Done<S, T>>,
    running: HashMap<S, Running>,
    last_generation: u64,
}

/// The result of a job.
#[derive(Debug)]
pub struct Done<S, T> {
    /// The slot that it ran in.
    pub slot: S,
    /// The number that [`Jobs::spawn`] gave it.
    pub generation: u64,
    /// What became of its outcome.
    pub outcome: T,
}

/// How a slot's job is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    /// How far it is; no stage at all while it waits for a worker.
    pub progress: Progress,
    /// Time since it was asked for.
    pub elapsed: Duration,
}

struct Running {
    generation: u64,
    task: Task,
    since: Instant,
}

type Work<T> = Box<dyn FnOnce(&Task) -> T + Send>;

struct Job<S, T> {
    slot: S,
    generation: u64,
    task: Task,
    work: Work<T>,
}

struct Queue<S, T> {
    waiting: Mutex<Waiting<S, T>>,
    changed: Condvar,
}

struct Waiting<S, T> {
    jobs: VecDeque<Job<S, T>>,
    closed: bool,
}

impl<S, T> Jobs<S, T>
where
    S: Clone + Eq + Hash + Send + 'static,
    T: Send + 'static,
{
    /// A pool of `workers` threads (at least one).
    ///
    /// # Errors
    /// When not even one thread can be started.
    pub fn new(workers: usize) -> Result<Self> {
        Self::with_waker(workers, || {})
    }

    /// A pool that calls `wake` from a worker whenever a result is ready to be taken.
    ///
    /// # Errors
    /// When not even one thread can be started.
    pub fn with_waker(workers: usize, wake: impl Fn() + Clone + Send + 'static) -> Result<Self> {
        Self::start(workers, || {}, wake)
    }

    /// The same with workers that leave the host's processors and disks to others first.
    ///
    /// # Errors
    /// When not even one thread can be started.
    pub fn in_background(workers: usize, wake: impl Fn() + Clone + Send + 'static) -> Result<Self> {
        Self::start(workers, priority::lower, wake)
    }

    fn start(
        workers: usize,
        prepare: impl Fn() + Clone + Send + 'static,
        wake: impl Fn() + Clone + Send + 'static,
    ) -> Result<Self> {
        let queue = Arc::new(Queue {
            waiting: Mutex::new(Waiting {
                jobs: VecDeque::new(),
                closed: false,
            }),
            changed: Condvar::new(),
        });
        let (sender, done) = channel();
        for number in 0..workers.max(1) {
            let (queue, sender, wake) = (Arc::clone(&queue), sender.clone(), wake.clone());
            let prepare = prepare.clone();
            let started = thread::Builder::new()
                .name(WORKER.to_owned())
                .spawn(move || {
                    prepare();
                    work(&queue, &sender, &wake);
                });
            if let Err(error) = started
                && number == 0
            {
                return Err(Error::io("cannot start a thread", &error));
            }
        }
        Ok(Self {
            queue,
            done,
            running: HashMap::new(),
            last_generation: 0,
        })
    }

    /// Asks for `work` in `slot`, and for what becomes of its outcome `then`, on the worker too; cancelled jobs and
    /// panics are errors. An older job there is cancelled and its result dropped. Returns the job's number, larger than
    /// all before.
    pub fn spawn_then<R: 'static>(
        &mut self,
        slot: S,
        work: impl FnOnce(&Task) -> Result<R> + Send + 'static,
        then: impl FnOnce(Result<R>) -> T + Send + 'static,
    ) -> u64 {
        self.last_generation += 1;
        let generation = self.last_generation;
        let task = Task::new();
        let running = Running {
            generation,
            task: task.clone(),
            since: Instant::now(),
        };
        if let Some(older) = self.running.insert(slot.clone(), running) {
            older.task.cancel();
        }
        let mut waiting = self.queue.lock();
        waiting.jobs.push_back(Job {
            slot,
            generation,
            task,
            work: Box::new(move |task| then(run(generation, task, work))),
        });
        drop(waiting);
        self.queue.changed.notify_one();
        generation
    }

    /// Asks the slot's job to stop; its result will be [`ErrorKind::Cancelled`], unless it was ready already.
    pub fn cancel(&self, slot: &S) {
        if let Some(running) = self.running.get(slot) {
            running.task.cancel();
        }
    }

    /// Asks all jobs to stop, and waits for those that do so soon: what they would leave half-done they clean up.
    pub fn finish(&mut self, wait: Duration) {
        for running in self.running.values() {
            running.task.cancel();
        }
        let until = Instant::now() + wait;
        while self.is_busy() {
            let left = until.saturating_duration_since(Instant::now());
            if self.recv_timeout(left).is_none() {
                return;
            }
        }
    }

    /// Asks the slot's job to stop and drops its result.
    pub fn abandon(&mut self, slot: &S) {
        if let Some(running) = self.running.remove(slot) {
            running.task.cancel();
        }
    }

    /// How the slot's job is doing; nothing when there is none whose result is still to be taken.
    pub fn status(&self, slot: &S) -> Option<Status> {
        self.running.get(slot).map(|running| Status {
            progress: running.task.progress(),
            elapsed: running.since.elapsed(),
        })
    }

    /// How far the slot's job is.
    pub fn progress(&self, slot: &S) -> Option<Progress> {
        self.status(slot).map(|status| status.progress)
    }

    /// Whether results are still to come.
    pub fn is_busy(&self) -> bool {
        !self.running.is_empty()
    }

    /// The next result that is ready, if any.
    pub fn try_recv(&mut self) -> Option<Done<S, T>> {
        loop {
            let done = self.done.try_recv().ok()?;
            if self.is_current(&done) {
                return Some(done);
            }
        }
    }

    /// The next result, waiting for it as long as `timeout`.
    pub fn recv_timeout(&mut self, timeout: Duration) -> Option<Done<S, T>> {
        let until = Instant::now() + timeout;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match self.done.recv_timeout(left) {
                Ok(done) if self.is_current(&done) => return Some(done),
                Ok(_) => {}
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return None,
            }
        }
    }

    /// Whether this is the newest job of its slot, which then is free.
    fn is_current(&mut self, done: &Done<S, T>) -> bool {
        let current = self
            .running
            .get(&done.slot)
            .is_some_and(|running| running.generation == done.generation);
        if current {
            self.running.remove(&done.slot);
        }
        current
    }
}

impl<S, T> Jobs<S, Result<T>>
where
    S: Clone + Eq + Hash + Send + 'static,
    T: Send + 'static,
{
    /// Asks for `work` in `slot`, whose outcome is the result.
    pub fn spawn(
        &mut self,
        slot: S,
        work: impl FnOnce(&Task) -> Result<T> + Send + 'static,
    ) -> u64 {
        self.spawn_then(slot, work, |outcome| outcome)
    }
}

impl<S, T> Drop for Jobs<S, T> {
    fn drop(&mut self) {
        for running in self.running.values() {
            running.task.cancel();
        }
        let mut waiting = self.queue.lock();
        waiting.closed = true;
        waiting.jobs.clear();
        drop(waiting);
        self.queue.changed.notify_all();
    }
}

impl<S, T> Queue<S, T> {
    /// Jobs run outside the lock, so that a lock that was poisoned still guards a sound queue.
    fn lock(&self) -> MutexGuard<'_, Waiting<S, T>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next job; nothing when the pool is closed.
    fn next(&self) -> Option<Job<S, T>> {
        let mut waiting = self.lock();
        loop {
            if waiting.closed {
                return None;
            }
            if let Some(job) = waiting.jobs.pop_front() {
                return Some(job);
            }
            waiting = self
                .changed
                .wait(waiting)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

fn work<S, T>(queue: &Queue<S, T>, done: &Sender<Done<S, T>>, wake: &dyn Fn()) {
    while let Some(job) = queue.next() {
        let Job {
            slot,
            generation,
            task,
            work,
        } = job;
        let outcome = work(&task);
        let sent = done.send(Done {
            slot,
            generation,
            outcome,
        });
        if sent.is_err() {
            return;
        }
        wake();
    }
}

/// Does a job, and logs how it ends.
fn run<R>(generation: u64, task: &Task, work: impl FnOnce(&Task) -> Result<R> + Send) -> Result<R> {
    log::write("job", format_args!("{generation} begins"));
    let since = Instant::now();
    let outcome = task.check().and_then(|()| {
        catch_unwind(AssertUnwindSafe(|| work(task)))
            .unwrap_or_else(|payload| Err(died(payload.as_ref())))
    });
    let end = match &outcome {
        Ok(_) => "done",
        Err(error) if error.is_cancelled() => "cancelled",
        Err(_) => "failed",
    };
    let took = since.elapsed().as_secs_f64();
    log::write("job", format_args!("{generation} {end} after {took:.6} s"));
    outcome
}

fn died(payload: &(dyn Any + Send)) -> Error {
    let message = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("for no stated reason");
    Error::new(ErrorKind::Internal, format!("a worker died: {message}"))
        .advise("this is a defect of heaptui; please report it")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Long enough that only a defect reaches it.
    const EVER: Duration = Duration::from_secs(60);

    fn wait_for_cancel(task: &Task) -> Result<u32> {
        task.stage("waiting", 7);
        loop {
            task.check()?;
            thread::yield_now();
        }
    }

    #[test]
    fn results_come_back() {
        let (sender, woken) = channel();
        let mut jobs = Jobs::with_waker(2, move || sender.send(()).unwrap()).unwrap();
        assert!(!jobs.is_busy());
        let one = jobs.spawn("a", |_| Ok(1));
        let two = jobs.spawn("b", |_| Ok(2));
        assert!(one < two && jobs.is_busy());
        let mut results = [
            jobs.recv_timeout(EVER).unwrap(),
            jobs.recv_timeout(EVER).unwrap(),
        ];
        results.sort_by_key(|done| done.generation);
        assert_eq!(results[0].slot, "a");
        assert!(matches!(results[1].outcome, Ok(2)));
        assert!(!jobs.is_busy() && jobs.try_recv().is_none());
        woken.recv_timeout(EVER).unwrap();
    }

    #[test]
    fn the_newest_of_a_slot_wins() {
        let mut jobs = Jobs::new(1).unwrap();
        jobs.spawn("rows", wait_for_cancel);
        jobs.spawn("rows", |_| Ok(2));
        let newest = jobs.spawn("rows", |_| Ok(3));
        let done = jobs.recv_timeout(EVER).unwrap();
        assert_eq!(done.generation, newest);
        assert!(matches!(done.outcome, Ok(3)));
        assert!(!jobs.is_busy());
    }

    #[test]
    fn cancelled_jobs_say_so() {
        let mut jobs = Jobs::new(1).unwrap();
        jobs.spawn("a", wait_for_cancel);
        jobs.spawn("never begun", wait_for_cancel);
        while jobs.progress(&"a").unwrap().total != 7 {
            thread::yield_now();
        }
        assert_eq!(jobs.status(&"a").unwrap().progress.stage, "waiting");
        assert_eq!(jobs.progress(&"never begun"), Some(Progress::default()));
        jobs.cancel(&"never begun");
        jobs.cancel(&"a");
        for slot in ["a", "never begun"] {
            let done = jobs.recv_timeout(EVER).unwrap();
            assert_eq!(done.slot, slot);
            assert!(done.outcome.unwrap_err().is_cancelled());
        }
        assert_eq!(jobs.status(&"a"), None);
    }

    #[test]
    fn abandoned_jobs_are_not_heard_of() {
        let mut jobs = Jobs::new(1).unwrap();
        jobs.spawn("a", wait_for_cancel);
        jobs.spawn("b", |_| Ok(2));
        jobs.abandon(&"a");
        assert_eq!(jobs.recv_timeout(EVER).unwrap().slot, "b");
        assert!(!jobs.is_busy());
    }

    #[test]
    fn a_panic_is_an_error_and_the_worker_lives_on() {
        let mut jobs = Jobs::new(1).unwrap();
        jobs.spawn("a", |_| panic!("index {} out of range", 7));
        jobs.spawn("b", |_| Ok(1));
        let error = jobs.recv_timeout(EVER).unwrap().outcome.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Internal);
        assert!(error.to_string().contains("index 7 out of range"));
        assert!(jobs.recv_timeout(EVER).unwrap().outcome.is_ok());
    }

    #[test]
    fn dropping_the_pool_stops_its_jobs() {
        let (sender, stopped) = channel();
        let mut jobs = Jobs::new(1).unwrap();
        jobs.spawn("a", move |task| {
            let result = wait_for_cancel(task);
            sender.send(()).unwrap();
            result
        });
        while jobs.progress(&"a").unwrap().total != 7 {
            thread::yield_now();
        }
        drop(jobs);
        stopped.recv_timeout(EVER).unwrap();
    }
}
