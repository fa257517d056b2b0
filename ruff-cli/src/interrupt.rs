//! Ctrl-C. It sets a flag that the machine looks at; where the process waits for input, it ends it.

use crate::status::Status;
use signal_hook::SigId;
use signal_hook::consts::SIGINT;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

struct State {
    /// The next Ctrl-C ends the process.
    ends_process: Arc<AtomicBool>,
    /// The registration of the machine that runs.
    machine: Mutex<Option<SigId>>,
}

/// Signals arrive once in a process, so that this is too.
static STATE: OnceLock<State> = OnceLock::new();

/// Lets Ctrl-C set the flag of a machine, and of no other machine any more.
pub fn stops(machine: Arc<AtomicBool>) {
    let state = STATE.get_or_init(|| {
        let state = State { ends_process: Arc::default(), machine: Mutex::default() };
        report(register(&state));
        state
    });
    let mut current = state.machine.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(old) = current.take() {
        signal_hook::low_level::unregister(old);
    }
    *current = report(signal_hook::flag::register(SIGINT, machine));
}

/// The actions run in this order, so that a second Ctrl-C, before the machine has seen the first, ends the process.
fn register(state: &State) -> io::Result<()> {
    let status = Status::Interrupted.number();
    signal_hook::flag::register_conditional_shutdown(SIGINT, status, state.ends_process.clone())?;
    signal_hook::flag::register(SIGINT, state.ends_process.clone())?;
    Ok(())
}

fn report<T>(result: io::Result<T>) -> Option<T> {
    result.inspect_err(|error| eprintln!("ruff: Ctrl-C will not stop scripts: {error}")).ok()
}

/// Forgets a Ctrl-C that has done its work.
pub fn clear() {
    if let Some(state) = STATE.get() {
        state.ends_process.store(false, Ordering::Relaxed);
    }
}

/// Runs something that blocks: Ctrl-C ends the process during it.
pub fn while_waiting<T>(block: impl FnOnce() -> T) -> T {
    let flag = STATE.get().map(|f| &f.ends_process);
    flag.inspect(|f| f.store(true, Ordering::Relaxed));
    let result = block();
    flag.inspect(|f| f.store(false, Ordering::Relaxed));
    result
}
