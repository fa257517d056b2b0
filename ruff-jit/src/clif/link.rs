//! From Cranelift's output to bytes that run at an address: where code begins in a cache line, and relocations.

use super::SELF;
use crate::code::{TRAP_BYTE, UNIT_ALIGNMENT};
use cranelift_codegen::binemit::Reloc;
use cranelift_codegen::ir::{ExternalName, Function, LibCall};
use cranelift_codegen::{CompiledCode, FinalizedRelocTarget};
use std::fmt;
use std::ops::Range;

/// Functions begin at multiples of this, as compilers have them.
const START_STEP: usize = 16;

/// What this linker does not know. It shows a gap in this file, not a bug of the IR.
#[derive(Debug)]
pub enum LinkError {
    UnknownTarget(String),
    UnknownRelocation(Reloc),
    OutOfReach { distance: i64 },
}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LinkError::UnknownTarget(name) => write!(f, "nothing is named {name}"),
            LinkError::UnknownRelocation(kind) => write!(f, "relocation {kind} is unknown"),
            LinkError::OutOfReach { distance } => write!(f, "a branch cannot reach {distance} bytes"),
        }
    }
}

/// The bytes of a unit whose function runs at `address`, which is `start` bytes behind the start of the unit.
pub fn link(compiled: &CompiledCode, function: &Function, start: usize, address: usize) -> Result<Vec<u8>, LinkError> {
    let mut unit = vec![TRAP_BYTE; start];
    unit.extend_from_slice(compiled.code_buffer());
    for relocation in compiled.buffer.relocs() {
        let target = match &relocation.target {
            FinalizedRelocTarget::ExternalName(name) => resolve(name, function, address)?,
            FinalizedRelocTarget::Func(offset) => address + *offset as usize,
        };
        let at = relocation.offset as usize;
        let value = (target as i64).wrapping_add(relocation.addend);
        match relocation.kind {
            Reloc::Abs8 => write(&mut unit, start + at, &value.to_le_bytes()),
            Reloc::X86CallPCRel4 | Reloc::X86PCRel4 => {
                let distance = value.wrapping_sub((address + at) as i64);
                let near = i32::try_from(distance).map_err(|_| LinkError::OutOfReach { distance })?;
                write(&mut unit, start + at, &near.to_le_bytes());
            }
            kind => return Err(LinkError::UnknownRelocation(kind)),
        }
    }
    Ok(unit)
}

fn write(unit: &mut [u8], at: usize, bytes: &[u8]) {
    if let Some(place) = unit.get_mut(at..at + bytes.len()) {
        place.copy_from_slice(bytes);
    }
}

fn resolve(name: &ExternalName, function: &Function, address: usize) -> Result<usize, LinkError> {
    match name {
        ExternalName::User(user) if function.params.user_named_funcs()[*user] == SELF => Ok(address),
        ExternalName::LibCall(call) => library(*call).ok_or_else(|| LinkError::UnknownTarget(call.to_string())),
        other => Err(LinkError::UnknownTarget(other.display(Some(&function.params)).to_string())),
    }
}

/// What Cranelift calls where the machine has no instruction for it.
fn library(call: LibCall) -> Option<usize> {
    extern "C" fn ceil(x: f64) -> f64 {
        x.ceil()
    }
    extern "C" fn floor(x: f64) -> f64 {
        x.floor()
    }
    extern "C" fn trunc(x: f64) -> f64 {
        x.trunc()
    }
    extern "C" fn nearest(x: f64) -> f64 {
        x.round_ties_even()
    }
    extern "C" fn fma(x: f64, y: f64, z: f64) -> f64 {
        x.mul_add(y, z)
    }
    let function = match call {
        LibCall::CeilF64 => ceil as *const (),
        LibCall::FloorF64 => floor as *const (),
        LibCall::TruncF64 => trunc as *const (),
        LibCall::NearestF64 => nearest as *const (),
        LibCall::FmaF64 => fma as *const (),
        LibCall::Memcpy => libc::memcpy as *const (),
        LibCall::Memmove => libc::memmove as *const (),
        LibCall::Memset => libc::memset as *const (),
        _ => return None,
    };
    Some(function.expose_provenance())
}

/// How far behind the start of a cache line a function begins, so that its shortest loop lies on as few lines as it can.
pub fn start_in_line(compiled: &CompiledCode) -> usize {
    let step = START_STEP.max(compiled.buffer.alignment as usize);
    shortest_loop(compiled).map_or(0, |body| best_start(body, step))
}

/// The bytes from the head of a loop to its back-edge.
fn shortest_loop(compiled: &CompiledCode) -> Option<Range<usize>> {
    let ends = compiled.bb_starts.iter().skip(1).copied().chain([compiled.code_buffer().len() as u32]);
    let blocks: Vec<(u32, u32)> = compiled.bb_starts.iter().copied().zip(ends).collect();
    let end_of = |start: u32| blocks.iter().find(|b| b.0 == start).map(|b| b.1);
    let back_edges = compiled.bb_edges.iter().filter(|(from, to)| to <= from);
    let bodies = back_edges.filter_map(|&(from, to)| Some(to as usize..end_of(from)? as usize));
    bodies.min_by_key(|body| body.len())
}

/// The start, of those at a multiple of `step`, with which `body` touches the fewest lines; the first such.
fn best_start(body: Range<usize>, step: usize) -> usize {
    let lines = |start: usize| (start + body.end).div_ceil(UNIT_ALIGNMENT) - (start + body.start) / UNIT_ALIGNMENT;
    (0..UNIT_ALIGNMENT).step_by(step).min_by_key(|start| lines(*start)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::best_start;

    #[test]
    fn a_loop_is_kept_on_one_line_where_it_fits() {
        assert_eq!(best_start(16..60, 16), 0);
        assert_eq!(best_start(50..80, 16), 16);
        assert_eq!(best_start(40..90, 16), 32);
        assert_eq!(best_start(40..400, 64), 0);
    }
}
