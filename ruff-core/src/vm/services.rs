//! What the host gives a machine beside functions: output, input, clock, randomness, and state for library modules.

use super::native::catch;
use crate::code::Code;
use crate::fault::{Fault, Result};
use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::time::Duration;

/// Where output goes.
pub trait OutputSink: Send {
    /// Writes text.
    ///
    /// # Errors
    /// What the host's device reports; the script sees `RUF4003`.
    fn write(&mut self, text: &str) -> std::io::Result<()>;
}

impl<F: FnMut(&str) + Send> OutputSink for F {
    fn write(&mut self, text: &str) -> std::io::Result<()> {
        self(text);
        Ok(())
    }
}

/// Where input comes from.
pub trait InputSource: Send {
    /// The next line without its line end; `None` at the end.
    ///
    /// # Errors
    /// What the host's device reports.
    fn read_line(&mut self) -> std::io::Result<Option<String>>;
}

/// Real or logical time.
pub trait Clock: Send {
    /// Time since the Unix epoch.
    fn unix_time(&mut self) -> Duration;

    /// Time since a fixed moment; never decreasing.
    fn monotonic(&mut self) -> Duration;

    /// Waits. A script that sleeps is told so again and again, for at most 20 ms each time, so that it can be stopped.
    fn sleep(&mut self, duration: Duration);
}

/// Where seeds of random numbers come from.
pub trait RandomSource: Send {
    /// A fresh seed.
    fn seed(&mut self) -> u64;
}

/// The services of one machine.
#[derive(Default)]
pub struct Services {
    output: Option<Box<dyn OutputSink>>,
    error_output: Option<Box<dyn OutputSink>>,
    input: Option<Box<dyn InputSource>>,
    clock: Option<Box<dyn Clock>>,
    random: Option<Box<dyn RandomSource>>,
    output_bytes: u64,
    output_bytes_max: Option<u64>,
    states: HashMap<TypeId, Box<dyn Any + Send>>,
    /// The state of the host, of the type that its engine names.
    host_state: Option<Box<dyn Any + Send>>,
}

impl Services {
    /// Sends `print` to a sink.
    pub fn set_output(&mut self, sink: Box<dyn OutputSink>) {
        self.output = Some(sink);
    }

    /// Sends `eprint` to a sink.
    pub fn set_error_output(&mut self, sink: Box<dyn OutputSink>) {
        self.error_output = Some(sink);
    }

    /// Lets `input` read.
    pub fn set_input(&mut self, input: Box<dyn InputSource>) {
        self.input = Some(input);
    }

    /// Lets the script see time.
    pub fn set_clock(&mut self, clock: Box<dyn Clock>) {
        self.clock = Some(clock);
    }

    /// Lets random numbers be random.
    pub fn set_random(&mut self, random: Box<dyn RandomSource>) {
        self.random = Some(random);
    }

    /// Limits the bytes of both outputs together, from now on.
    pub fn set_output_bytes_max(&mut self, bytes: Option<u64>) {
        self.output_bytes_max = bytes;
        self.output_bytes = 0;
    }

    /// Sets the state of the host.
    pub fn set_host_state(&mut self, state: Box<dyn Any + Send>) {
        self.host_state = Some(state);
    }

    /// The state of the host, if it has this type.
    #[inline]
    pub fn host_state<S: 'static>(&self) -> Option<&S> {
        self.host_state.as_deref()?.downcast_ref()
    }

    /// The state of the host for changing, if it has this type.
    #[inline]
    pub fn host_state_mut<S: 'static>(&mut self) -> Option<&mut S> {
        self.host_state.as_deref_mut()?.downcast_mut()
    }

    /// Bytes written since the limit was set.
    pub fn output_bytes(&self) -> u64 {
        self.output_bytes
    }

    /// Puts state for natives into the machine; it replaces state of the same type.
    pub fn set_state<T: Any + Send>(&mut self, state: T) -> Option<Box<dyn Any + Send>> {
        self.states.insert(TypeId::of::<T>(), Box::new(state))
    }

    pub(super) fn write_output(&mut self, text: &str) -> Result<()> {
        self.count_output(text)?;
        write_to(self.output.as_deref_mut(), "output", text)
    }

    pub(super) fn write_error_output(&mut self, text: &str) -> Result<()> {
        self.count_output(text)?;
        write_to(self.error_output.as_deref_mut(), "error_output", text)
    }

    fn count_output(&mut self, text: &str) -> Result<()> {
        let total = self.output_bytes.saturating_add(text.len() as u64);
        if let Some(max) = self.output_bytes_max
            && total > max
        {
            return Err(Fault::trap(Code::LIMIT_OUTPUT, format!("Output limit exceeded: {max} bytes")));
        }
        self.output_bytes = total;
        Ok(())
    }

    pub(super) fn input(&mut self) -> Result<&mut (dyn InputSource + 'static)> {
        self.input.as_deref_mut().ok_or_else(|| missing("input"))
    }

    pub(super) fn clock(&mut self) -> Result<&mut (dyn Clock + 'static)> {
        self.clock.as_deref_mut().ok_or_else(|| missing("clock"))
    }

    /// The clock of the limit of run time; none if there is no clock and a limit of ticks bounds the run alone.
    pub(super) fn limit_clock(&mut self, ticks_max: Option<u64>) -> Result<Option<&mut (dyn Clock + 'static)>> {
        if self.clock.is_none() && ticks_max.is_none() {
            let message = "The limit of run time needs a clock, or a limit of ticks beside it: \
                           the host did not call `clock` of the engine's builder";
            return Err(Fault::error(Code::HOST, message));
        }
        Ok(self.clock.as_deref_mut())
    }

    pub(super) fn random(&mut self) -> Result<&mut (dyn RandomSource + 'static)> {
        self.random.as_deref_mut().ok_or_else(|| missing("random"))
    }

    /// State of the given type, made on first use.
    pub fn state<T: Any + Send + Default>(&mut self) -> &mut T {
        let state = self.states.entry(TypeId::of::<T>()).or_insert_with(|| Box::<T>::default());
        match state.downcast_mut() {
            Some(state) => state,
            None => unreachable!("states are listed by their own type"),
        }
    }

    /// State of the given type, if some was set or made.
    pub fn state_if_set<T: Any + Send>(&mut self) -> Option<&mut T> {
        self.states.get_mut(&TypeId::of::<T>())?.downcast_mut()
    }
}

#[cold]
fn missing(service: &str) -> Fault {
    let message = format!("No {service} is installed: the host did not call `{service}` of the engine's builder");
    Fault::error(Code::HOST, message)
}

fn write_to(sink: Option<&mut (dyn OutputSink + 'static)>, service: &str, text: &str) -> Result<()> {
    let Some(sink) = sink else { return Err(missing(service)) };
    catch(service, || sink.write(text).map_err(|e| Fault::error(Code::IO, format!("Cannot write output: {e}"))))
}
