//! What code tests, and relies on, at instructions: when it is made without a guard, and what the interpreter has learnt there.

use super::{EXITS_MAX, Unit};
use crate::hir::build::graph::instructions;
use ruff_core::jit::{
    Decoded, ExitPoint, ExitReason, FuncId, Function, InlineCache, Op, Operand, Pc, PlaceRoot, PlaceStep, ProgramData,
};
use std::sync::atomic::Ordering;

/// What some code tests at an instruction, by the word that it begins with.
pub type Guard = (FuncId, u32, ExitReason);

/// Exits that have cost this share of what one has that takes code away are done without as well.
const COST_SHARE: u32 = 8;

impl Unit {
    /// The guards to do without after the code was left at `last` once too often: that one, and those that have cost nearly as much, each of
    /// which would soon be the next. Where the interpreter has learnt something since the code was made, that may be enough.
    pub(super) fn failing_guards(&self, program: &ProgramData, last: &ExitPoint, reason: ExitReason) -> Vec<Guard> {
        let is_learnt = |exit: &ExitPoint, known| known != knowledge(program, exit.site.0, exit.site.1.0);
        let has_failed = |exit: &ExitPoint, why: ExitReason| {
            let is_last = std::ptr::eq(exit, last) && why == reason;
            is_last || why.is_of_guard() && exit.count(why) >= EXITS_MAX
        };
        let costly = self.exits.iter().zip(&self.known).filter(|(exit, _)| exit.cost() >= last.cost() / COST_SHARE);
        let failing = costly.filter(|(exit, known)| !is_learnt(exit, **known)).flat_map(|(exit, _)| {
            let reasons = ExitReason::ALL.iter().filter(move |why| has_failed(exit, **why));
            reasons.map(|why| (exit.site.0, exit.site.1.0, *why))
        });
        failing.flat_map(|guard| [guard].into_iter().chain(on_same_array(program, guard))).collect()
    }
}

/// The guards of the ways in which an array stores its elements, at other instructions on the variable that has turned out to hold
/// arrays with more than one way.
fn on_same_array(program: &ProgramData, (id, pc, reason): Guard) -> impl Iterator<Item = Guard> {
    let function = program.functions.get(id.0 as usize).filter(|_| reason == ExitReason::Elements);
    let used = function.and_then(|f| Some((f, array_of(f, &Decoded::at(&f.code, Pc(pc)).ok()?)?)));
    used.into_iter().flat_map(move |(function, variable)| {
        let all = instructions(function, 0, function.code.len() as u32).into_iter().flatten();
        all.filter(move |at| array_of(function, at) == Some(variable)).map(move |at| (id, at.pc.0, reason))
    })
}

/// The register with the array whose elements an instruction reads or changes.
fn array_of(function: &Function, at: &Decoded) -> Option<u32> {
    match at.op {
        Op::GetIndex | Op::GetIndexOrNull => return Some(at.b),
        Op::SetIndex => return at.operand(Operand::Update).map(|array| array.bits),
        _ => {}
    }
    let place = function.places.get(at.operand(Operand::Place)?.bits as usize)?;
    match (&place.root, place.steps.as_slice(), at.op) {
        (PlaceRoot::Register(register), [PlaceStep::Index(_)], Op::GetPath | Op::SetPath)
        | (PlaceRoot::Register(register), [], Op::CallPlaceMethod | Op::CallPreparedMethod) => Some(register.0 as u32),
        _ => None,
    }
}

/// What the interpreter has learnt at an instruction: its feedback, and what its inline caches hold.
pub fn knowledge(program: &ProgramData, function: FuncId, pc: u32) -> u64 {
    let Some(function) = program.functions.get(function.0 as usize) else { return 0 };
    let Ok(at) = Decoded::at(&function.code, Pc(pc)) else { return 0 };
    let mut known = 0u64;
    let mut add = |word: u64| known = (known.rotate_left(9) ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let words = function.feedback.get(at.pc.0 as usize..at.next().0 as usize).unwrap_or_default();
    words.iter().for_each(|feedback| add(feedback.load(Ordering::Relaxed) as u64));
    if let Some(asked) = function.native.asked(at.next().0 - 1) {
        add_cache(asked, &mut add);
    }
    let mut sites = Vec::new();
    for operand in at.operands() {
        match operand.kind {
            Operand::Site => sites.push(operand.bits),
            Operand::Place => {
                let place = function.places.get(operand.bits as usize);
                let steps = place.map_or(&[][..], |p| &p.steps);
                add(place.map_or(0, |p| p.subjects.load(Ordering::Relaxed) as u64));
                sites.extend(
                    steps.iter().filter_map(|s| if let PlaceStep::Field(site) = s { Some(*site) } else { None }),
                );
            }
            _ => {}
        }
    }
    for site in sites.into_iter().filter_map(|s| function.sites.get(s as usize)) {
        add_cache(&site.cache, &mut add);
    }
    known
}

fn add_cache(cache: &InlineCache, add: &mut impl FnMut(u64)) {
    cache.entries().for_each(|(key, _)| add(key as u64));
    add(cache.is_megamorphic() as u64);
}
