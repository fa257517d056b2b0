//! The [`Report`] of a program: what its state says, with names and places.

use super::{At, ProgramCode, State, Unit};
use crate::hir::build::graph::{Graph, instructions};
use crate::report::{
    ExitReport, FunctionReport, GuardReport, Location, LoopReport, Report, ResumptionReport, UnitReport,
};
use ruff_core::Position;
use ruff_core::jit::{ExitReason, FuncId, Function, Pc, ProgramData};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::PoisonError;

impl ProgramCode {
    /// What has been compiled, how often it was left, and why. Waits for a thread that compiles.
    pub fn report(&self, program: &ProgramData) -> Report {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        // Of the library, only what has been compiled is worth a line.
        let is_shown = |function: &&Function| {
            let has_code = |unit: &Unit| unit.function == function.id || unit.inlined.contains(&function.id);
            !function.is_builtin || state.units.iter().any(has_code)
        };
        let functions = program.functions.iter().filter(is_shown);
        let reports = functions.map(|function| Survey { state: &state, program, function }.report());
        Report { functions: reports.collect() }
    }
}

/// The place of an instruction.
pub fn location(program: &ProgramData, function: FuncId, pc: Pc) -> Location {
    let function = program.functions.get(function.0 as usize);
    let span = function.and_then(|f| f.spans.get(pc.0 as usize));
    location_of(program, function, span.map_or(0, |s| s.start))
}

/// The place of the loop that begins at an instruction: that of the jump back to it, since the loop's own words are there.
pub fn loop_location(program: &ProgramData, id: FuncId, start: Pc) -> Location {
    let function = program.functions.get(id.0 as usize);
    let back = function.and_then(|f| back_edges(f).get(&start.0).copied());
    location(program, id, Pc(back.unwrap_or(start.0)))
}

/// The place where a generator goes on: that of the `yield` before, or of the function.
pub fn resume_location(program: &ProgramData, id: FuncId, pc: Pc) -> Location {
    location(program, id, Pc(pc.0.saturating_sub(1)))
}

fn location_of(program: &ProgramData, function: Option<&Function>, offset: u32) -> Location {
    match function.and_then(|f| program.modules.get(f.module.0 as usize)) {
        Some(module) => Location { source: module.source.name().to_string(), position: module.source.position(offset) },
        None => Location { source: String::new(), position: Position { line: 1, column: 1 } },
    }
}

/// A look at a function.
struct Survey<'a> {
    state: &'a State,
    program: &'a ProgramData,
    function: &'a Function,
}

impl Survey<'_> {
    fn report(&self) -> FunctionReport {
        let code = self.state.functions.get(&self.function.id);
        let mut loops: BTreeSet<u32> = back_edges(self.function).into_keys().collect();
        let mut resumptions = BTreeSet::new();
        for (_, unit) in self.units() {
            match unit.at {
                At::Call => {}
                At::Loop(pc) => drop(loops.insert(pc)),
                At::Resume(pc) => drop(resumptions.insert(pc)),
            }
        }
        FunctionReport {
            name: self.function.display_name().to_string(),
            location: location_of(self.program, Some(self.function), self.function.span.start),
            is_inlined: self.state.units.iter().any(|unit| unit.inlined.contains(&self.function.id)),
            refusal: code.and_then(|c| c.refusal.clone()),
            units: self.unit_reports(At::Call),
            loops: loops.into_iter().map(|pc| self.loop_report(pc)).collect(),
            resumptions: resumptions.into_iter().map(|pc| self.resumption_report(pc)).collect(),
            widened: self.widened(),
        }
    }

    /// All code of the function with its numbers.
    fn units(&self) -> impl Iterator<Item = (usize, &Unit)> {
        self.state.units.iter().enumerate().filter(|(_, unit)| unit.function == self.function.id)
    }

    fn loop_report(&self, pc: u32) -> LoopReport {
        let entries: BTreeSet<u32> = self.units().filter(|u| u.1.at != At::Loop(pc)).map(|u| u.1.at.pc()).collect();
        LoopReport {
            location: loop_location(self.program, self.function.id, Pc(pc)),
            units: self.unit_reports(At::Loop(pc)),
            is_in_other_code: entries.into_iter().any(|entry| reaches(self.function, entry, pc)),
        }
    }

    fn resumption_report(&self, pc: u32) -> ResumptionReport {
        ResumptionReport {
            location: resume_location(self.program, self.function.id, Pc(pc)),
            units: self.unit_reports(At::Resume(pc)),
        }
    }

    /// The code with that entry, oldest first.
    fn unit_reports(&self, at: At) -> Vec<UnitReport> {
        let units = self.units().filter(|(_, unit)| unit.at == at);
        units.zip(1..).map(|((number, unit), version)| self.unit_report(number, unit, version)).collect()
    }

    fn unit_report(&self, number: usize, unit: &Unit, version: u32) -> UnitReport {
        let code = self.state.functions.get(&unit.function);
        let present = code.and_then(|code| match unit.at {
            At::Call => code.unit,
            At::Loop(pc) => code.loops.get(&pc).copied(),
            At::Resume(pc) => code.resumptions.get(&pc)?.unit,
        });
        UnitReport {
            version,
            is_retired: present != Some(number),
            code_bytes: unit.code.code_bytes(),
            compile_time: unit.compile_time,
            inlined: unit.inlined.iter().map(|id| self.name(*id)).collect(),
            exits: self.exits(unit),
            listing: unit.listing.clone(),
        }
    }

    fn exits(&self, unit: &Unit) -> Vec<ExitReport> {
        let mut counts: BTreeMap<(u32, u32, u8), u64> = BTreeMap::new();
        for exit in &unit.exits {
            for reason in ExitReason::ALL {
                let (function, pc) = exit.site;
                *counts.entry((function.0, pc.0, *reason as u8)).or_default() += exit.count(*reason) as u64;
            }
        }
        let mut exits: Vec<ExitReport> = counts
            .into_iter()
            .filter(|(_, count)| *count > 0)
            .map(|((function, pc, reason), count)| {
                let guard = self.guard(FuncId(function), pc, ExitReason::ALL[reason as usize]);
                ExitReport { guard, count }
            })
            .collect();
        exits.sort_by_key(|exit| std::cmp::Reverse(exit.count));
        exits
    }

    fn widened(&self) -> Vec<GuardReport> {
        let own = self.state.widened.iter().filter(|(function, ..)| *function == self.function.id);
        let mut sorted: Vec<(u32, u8)> = own.map(|(_, pc, reason)| (*pc, *reason as u8)).collect();
        sorted.sort_unstable();
        let guards = sorted.into_iter();
        guards.map(|(pc, reason)| self.guard(self.function.id, pc, ExitReason::ALL[reason as usize])).collect()
    }

    fn guard(&self, function: FuncId, pc: u32, reason: ExitReason) -> GuardReport {
        GuardReport { reason, location: location(self.program, function, Pc(pc)) }
    }

    fn name(&self, function: FuncId) -> String {
        let function = self.program.functions.get(function.0 as usize);
        function.map_or_else(String::new, |f| f.display_name().to_string())
    }
}

/// The targets of jumps backwards, each with the last jump to it.
fn back_edges(function: &Function) -> BTreeMap<u32, u32> {
    let code = instructions(function, 0, function.code.len() as u32).unwrap_or_default();
    let jumps = code.iter().filter_map(|at| Some((at.target()?.0, at.pc.0)));
    jumps.filter(|(target, from)| target <= from).collect()
}

/// Does code that is entered at an instruction run through another one?
fn reaches(function: &Function, entry: u32, pc: u32) -> bool {
    let graph = Graph::of(function, Pc(entry));
    graph.is_some_and(|graph| graph.order.iter().any(|node| graph.nodes[*node].start == pc))
}
