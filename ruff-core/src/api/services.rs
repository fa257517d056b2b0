//! What an engine's VMs get for services: made anew for each VM.

use crate::vm::services::{Clock, InputSource, OutputSink, RandomSource, Services};
use std::sync::Arc;

/// Makes a service of one kind for a VM.
pub(super) type Factory<T> = Arc<dyn Fn() -> Box<T> + Send + Sync>;

/// What the builder was given.
#[derive(Clone, Default)]
pub(super) struct ServiceFactories {
    pub output: Option<Factory<dyn OutputSink>>,
    pub error_output: Option<Factory<dyn OutputSink>>,
    pub input: Option<Factory<dyn InputSource>>,
    pub clock: Option<Factory<dyn Clock>>,
    pub random: Option<Factory<dyn RandomSource>>,
    pub seed: Option<u64>,
}

impl ServiceFactories {
    /// Gives a VM its services.
    pub fn install(&self, services: &mut Services) {
        if let Some(make) = &self.output {
            services.set_output(make());
        }
        if let Some(make) = &self.error_output {
            services.set_error_output(make());
        }
        if let Some(make) = &self.input {
            services.set_input(make());
        }
        if let Some(make) = &self.clock {
            services.set_clock(make());
        }
        if let Some(make) = &self.random {
            services.set_random(make());
        } else if let Some(seed) = self.seed {
            services.set_random(Box::new(Seeded(seed)));
        }
    }
}

/// One closure as the sink of all VMs.
pub(super) fn shared_sink(write: impl Fn(&str) + Send + Sync + 'static) -> Factory<dyn OutputSink> {
    let write = Arc::new(write);
    Arc::new(move || {
        let write = write.clone();
        Box::new(move |text: &str| write(text))
    })
}

/// Seeds that are the same in every run: those of a SplitMix64 generator.
struct Seeded(u64);

impl RandomSource for Seeded {
    fn seed(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let x = (self.0 ^ self.0 >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let x = (x ^ x >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        x ^ x >> 31
    }
}
