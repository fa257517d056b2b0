#![allow(unsafe_code)]

use super::*;

/// `mov eax, 42; ret`
const RETURN_42: [u8; 6] = [0xB8, 42, 0, 0, 0, 0xC3];

fn refuse(_bytes: usize, _near: Option<usize>) -> io::Result<Mapping> {
    Err(io::ErrorKind::PermissionDenied.into())
}

/// A memory of each kind.
fn memories(limit: usize) -> [CodeMemory; 2] {
    let mapped_twice = CodeMemory::with_mappers(limit, None, &[map::twice]).unwrap();
    [mapped_twice, CodeMemory::with_mappers(limit, None, &[map::with_changing_permission]).unwrap()]
}

fn publish(memory: &CodeMemory, code: &[u8]) -> CodeUnit {
    memory.reserve(code.len()).unwrap().publish(code).unwrap()
}

fn run(unit: &CodeUnit) -> u32 {
    // SAFETY: the unit holds a whole function of this type and is alive.
    unsafe { std::mem::transmute::<NonNull<u8>, extern "C" fn() -> u32>(unit.address())() }
}

#[test]
fn code_runs() {
    for memory in memories(1 << 20) {
        let unit = publish(&memory, &RETURN_42);
        assert_eq!(run(&unit), 42);
        assert_eq!(unit.bytes(), RETURN_42);
        assert_eq!(unit.address().addr().get() % UNIT_ALIGNMENT, 0);
    }
}

#[test]
fn a_unit_outlives_the_handle_of_its_memory() {
    let unit = publish(&CodeMemory::new(1 << 20).unwrap(), &RETURN_42);
    assert_eq!(run(&unit), 42);
}

#[test]
fn units_are_written_while_others_run() {
    for memory in memories(1 << 22) {
        std::thread::scope(|scope| {
            for value in 0..4u8 {
                let memory = &memory;
                scope.spawn(move || {
                    let code = [0xB8, value, 0, 0, 0, 0xC3];
                    for _ in 0..500 {
                        let unit = publish(memory, &code);
                        assert_eq!(run(&unit), value as u32);
                    }
                });
            }
        });
        assert_eq!((memory.used_bytes(), memory.units(), memory.free_runs()), (0, 0, 1));
    }
}

#[test]
fn the_region_stays_flat() {
    for memory in memories(1 << 20) {
        let first = publish(&memory, &RETURN_42);
        let start = first.address();
        drop(first);
        for i in 0..10_000usize {
            let code = vec![0x90; 1 + i % 3000];
            let unit = publish(&memory, &code);
            assert_eq!(unit.address(), start);
        }
        assert_eq!((memory.used_bytes(), memory.units(), memory.free_runs()), (0, 0, 1));
    }
}

#[test]
fn neighbours_are_joined_in_any_order() {
    let memory = CodeMemory::new(1 << 20).unwrap();
    let mut state = 7u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let mut units: Vec<CodeUnit> = Vec::new();
    for _ in 0..10_000 {
        if units.len() > 100 || !units.is_empty() && random(3) == 0 {
            let at = random(units.len());
            let unit = units.swap_remove(at);
            assert!(unit.bytes().iter().all(|b| *b == unit.len() as u8), "another unit was written over it");
        } else {
            let len = 1 + random(2000);
            units.push(publish(&memory, &vec![len as u8; len]));
        }
        let used: usize = units.iter().map(|u| u.len().next_multiple_of(UNIT_ALIGNMENT)).sum();
        assert_eq!((memory.used_bytes(), memory.units()), (used, units.len()));
    }
    drop(units);
    assert_eq!((memory.used_bytes(), memory.free_runs()), (0, 1));
}

#[test]
fn the_limit_is_exact() {
    let memory = CodeMemory::with_mappers(1024, None, &[map::twice]).unwrap();
    let unit = publish(&memory, &[0x90; 960]);
    let last = publish(&memory, &RETURN_42);
    let error = memory.reserve(1).map(|_| ()).unwrap_err();
    assert!(matches!(error, CodeError::LimitExceeded { bytes: 1, used: 1024, limit: 1024 }), "{error}");
    assert_eq!(error.to_string(), "code of 1 bytes exceeds the limit of 1024 bytes, of which 1024 are in use");
    drop(unit);
    assert_eq!(run(&last), 42);
    assert!(memory.reserve(960).is_ok());
    assert!(memory.reserve(usize::MAX).is_err());
}

#[test]
fn no_region_is_larger_than_branches_reach() {
    let memory = CodeMemory::new(usize::MAX).unwrap();
    let error = memory.reserve(REGION_BYTES_MAX + 1).map(|_| ()).unwrap_err();
    assert!(matches!(error, CodeError::LimitExceeded { limit: REGION_BYTES_MAX, .. }), "{error}");
    assert!(memory.reserve(REGION_BYTES_MAX).is_ok());
}

#[test]
fn a_limit_of_zero_lets_nothing_in() {
    for memory in memories(0) {
        assert!(matches!(memory.reserve(1).map(|_| ()), Err(CodeError::LimitExceeded { limit: 0, .. })));
    }
}

#[test]
fn code_longer_than_its_space_is_not_written() {
    let memory = CodeMemory::new(1 << 20).unwrap();
    assert!(memory.reserve(5).unwrap().publish(&RETURN_42).is_err());
    assert_eq!(memory.units(), 0);
}

#[test]
fn where_one_way_is_refused_the_other_is_taken() {
    let memory = CodeMemory::with_mappers(1 << 20, None, &[refuse, map::with_changing_permission]).unwrap();
    assert_eq!(run(&publish(&memory, &RETURN_42)), 42);
}

#[test]
fn refusal_is_an_error_with_its_cause() {
    let error = CodeMemory::with_mappers(1 << 20, None, &[refuse, refuse]).unwrap_err();
    assert!(matches!(&error, CodeError::Refused(cause) if cause.kind() == io::ErrorKind::PermissionDenied));
    assert_eq!(error.to_string(), "executable memory is refused: permission denied");
}

#[test]
fn space_without_code_traps() {
    let memory = CodeMemory::with_mappers(4096, None, &[map::twice]).unwrap();
    let unit = publish(&memory, &RETURN_42);
    let address = unit.address();
    drop(unit);
    // SAFETY: the region is readable as long as `memory` lives.
    let left = unsafe { std::slice::from_raw_parts(address.as_ptr(), UNIT_ALIGNMENT) };
    assert!(left.iter().all(|b| *b == TRAP_BYTE));
}
