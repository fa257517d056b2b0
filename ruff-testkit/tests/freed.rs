//! Native code is freed with its program. The one test of its process: it looks at the memory of the whole.

use ruff_core::{Engine, Vm};
use ruff_jit::{Cranelift, Options};
use std::fs;

#[test]
fn code_is_freed_with_its_program() {
    const PROGRAMS: usize = if cfg!(debug_assertions) { 500 } else { 10_000 };
    /// Room for the code of some programs, but not of many.
    const CODE_BYTES: usize = 1 << 20;
    /// What the allocator may add after a tenth of the programs.
    const GROWTH_MAX: u64 = 4 << 20;
    let backend = Cranelift::with_options(Options { threshold: 1, code_bytes_max: CODE_BYTES, ..Options::default() });
    let backend = backend.unwrap();
    let statistics = backend.statistics();
    let engine = Engine::builder().output(|_| ()).jit(backend).build();
    let mut before = 0;
    for at in 0..PROGRAMS {
        if at == PROGRAMS / 10 {
            before = resident_bytes();
        }
        let text =
            format!("func twice(n) {{ return n * 2 + {at} }}\nt := 0\nfor i in 0..20 {{ t += twice(i) }}\nprint(t)");
        let program = engine.compile("small", &text).unwrap();
        Vm::new(&engine).run(&program).unwrap();
    }
    let after = resident_bytes();
    assert!(statistics.entries() as usize >= PROGRAMS, "not every program became native");
    assert_eq!(statistics.refusals(), 0, "the code of earlier programs is in the way");
    assert!(after <= before + GROWTH_MAX, "resident memory grows from {before} to {after} bytes");
}

/// Bytes of memory that the process uses now.
fn resident_bytes() -> u64 {
    let text = fs::read_to_string("/proc/self/statm").unwrap();
    let pages: u64 = text.split(' ').nth(1).unwrap().parse().unwrap();
    pages * 4096
}
