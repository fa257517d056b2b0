//! Loop-invariant code motion: what gives the same in each round of a loop moves to the block before it.
//!
//! Inner loops come first, so that what leaves one may leave the next. Within a loop, blocks are visited in reverse postorder:
//! what is needed first moves first, and stands before what needs it.
//!
//! - Instructions without effect move from anywhere but cold blocks.
//! - Guards and checked arithmetic move from blocks that each round runs, and leave by the exit that the block before the loop
//!   names for its end. They may leave where the loop would have run no round.
//! - Loads move if nothing in the loop may write there, and if it is safe to read there before the loop. What could make it safe
//!   only inside is a condition on the way that does not move as well; [`protect`] decides whether one has to do with the address.
//! - Divisions move if their divisor is a constant that they accept.

mod protect;

use super::memory::{Place, Writes};
use crate::hir::graph::{Graph, Loop, Loops};
use crate::hir::{Binary, Block, Callee, Exit, ExitId, Function, Inst, Terminator, Val};
use protect::{Chain, Homes, Numbers, Protection};

/// Runs the pass.
pub fn run(function: &mut Function) {
    let graph = Graph::new(function);
    let loops = Loops::new(function, &graph);
    if loops.list.is_empty() {
        return;
    }
    let home = graph.homes(function);
    let (homes, numbers) = (Homes::new(function), Numbers::new(function, &graph));
    let is_inside = vec![false; graph.blocks()];
    let mut motion = Motion { f: function, graph: &graph, home, homes, numbers, is_inside, exits: Vec::new() };
    for found in &loops.list {
        motion.run_loop(found);
    }
}

struct Motion<'a> {
    f: &'a mut Function,
    graph: &'a Graph,
    /// The block of each value.
    home: Vec<Block>,
    homes: Homes,
    numbers: Numbers,
    /// The blocks of the loop.
    is_inside: Vec<bool>,
    /// Exits before loops, and those that were made from them.
    exits: Vec<(ExitId, ExitId)>,
}

/// Where things of a loop move to.
struct Site {
    preheader: Block,
    exit: Option<ExitId>,
    writes: Writes,
    /// Conditions passed so far that stay in the loop.
    conditions: Conditions,
    /// What was read in the loop and is read before it now.
    read: Vec<Place>,
}

impl Motion<'_> {
    fn run_loop(&mut self, found: &Loop) {
        let Some(preheader) = found.preheader else { return };
        let mut writes = Writes::default();
        for block in &found.blocks {
            self.is_inside[block.0 as usize] = true;
            writes.add_block(self.f, *block);
        }
        let exit = self.f.block(preheader).loop_entry.map(|entry| entry.exit);
        let mut site = Site { preheader, exit, writes, conditions: Conditions::default(), read: Vec::new() };
        for block in &found.blocks {
            if !self.f.block(*block).is_cold {
                self.run_block(found, *block, &mut site);
            } else {
                self.note_conditions(*block, &mut site);
            }
        }
        for block in &found.blocks {
            self.is_inside[block.0 as usize] = false;
        }
    }

    fn run_block(&mut self, found: &Loop, block: Block, site: &mut Site) {
        let runs_always = found.latches.iter().all(|latch| self.graph.dominates(block, *latch));
        let insts = std::mem::take(&mut self.f.block_mut(block).insts);
        let mut kept = Vec::with_capacity(insts.len());
        for val in insts {
            if self.can_move(val, runs_always, site) {
                if let (Some(before), Some(old)) = (site.exit, self.f.inst(val).exit()) {
                    let exit = self.exit_for(before, old);
                    if let Inst::Guard(_, old, _) | Inst::Checked(.., old) = &mut self.f.values[val.0 as usize].inst {
                        *old = exit;
                    }
                }
                if let Inst::Load(access, address) = *self.f.inst(val) {
                    site.read.push(Place { access, address });
                }
                self.home[val.0 as usize] = site.preheader;
                self.f.block_mut(site.preheader).insts.push(val);
            } else {
                self.note_condition(val, site);
                kept.push(val);
            }
        }
        self.f.block_mut(block).insts = kept;
        self.note_branch(block, site);
    }

    /// The exit before a loop, for an instruction that has left by another one: it is still known as that instruction.
    fn exit_for(&mut self, before: ExitId, old: ExitId) -> ExitId {
        let site = self.f.exit(old).site;
        if self.f.exit(before).site == site {
            return before;
        }
        if let Some((_, exit)) = self.exits.iter().find(|(b, exit)| *b == before && self.f.exit(*exit).site == site) {
            return *exit;
        }
        let exit = Exit { site, ..self.f.exit(before).clone() };
        self.f.exits.push(exit);
        let id = ExitId(self.f.exits.len() as u32 - 1);
        self.exits.push((before, id));
        id
    }

    fn can_move(&self, val: Val, runs_always: bool, site: &Site) -> bool {
        let inst = self.f.inst(val);
        let mut is_invariant = true;
        inst.visit_uses(|used| is_invariant &= !self.is_inside[self.home[used.0 as usize].0 as usize]);
        if !is_invariant {
            return false;
        }
        match *inst {
            Inst::Load(access, address) => {
                let place = Place { access, address };
                !site.writes.may_change(&place) && self.is_safe_before(&place, site)
            }
            Inst::Guard(_, exit, _) => runs_always && site.exit.is_some() && !self.f.exit(exit).is_throw,
            Inst::Checked(..) => runs_always && site.exit.is_some(),
            Inst::Binary(Binary::Div | Binary::Rem, _, b) => self.f.as_int(b).is_some_and(|b| b != 0 && b != -1),
            Inst::Call(ref call) => matches!(call.callee, Callee::Stub(stub) if stub.is_pure()),
            _ => inst.is_pure(),
        }
    }

    /// Can it be read at the end of the block before the loop, though it is read only below some conditions?
    fn is_safe_before(&self, place: &Place, site: &Site) -> bool {
        if site.read.contains(place) || protect::is_always_readable(self.f, place) {
            return true;
        }
        if protect::needs_all_conditions(place) {
            return site.conditions.is_empty();
        }
        let chain = Chain::of(self.f, &self.homes, place.address);
        site.conditions.all(|condition| !condition.may_protect(&chain))
    }

    /// Conditions of a block that nothing moves from.
    fn note_conditions(&self, block: Block, site: &mut Site) {
        for val in &self.f.block(block).insts {
            self.note_condition(*val, site);
        }
        self.note_branch(block, site);
    }

    fn note_condition(&self, val: Val, site: &mut Site) {
        match self.f.inst(val) {
            Inst::Guard(condition, ..) => {
                site.conditions.add(Protection::of(self.f, self.graph, &self.numbers, *condition))
            }
            Inst::Checked(..) => site.conditions.add(Protection::numeric()),
            _ => {}
        }
    }

    fn note_branch(&self, block: Block, site: &mut Site) {
        if let Terminator::Branch(condition, ..) = &self.f.block(block).end {
            site.conditions.add(Protection::of(self.f, self.graph, &self.numbers, *condition));
        }
    }
}

/// Conditions on the way, up to a number; beyond it, one that may protect everything stands for the rest.
#[derive(Default)]
struct Conditions {
    list: Vec<Protection>,
}

/// Conditions of a loop that are told apart.
const CONDITIONS_MAX: usize = 32;

impl Conditions {
    fn add(&mut self, protection: Protection) {
        match self.list.len() {
            CONDITIONS_MAX => {}
            len if len + 1 == CONDITIONS_MAX => self.list.push(Protection::unknown()),
            _ => self.list.push(protection),
        }
    }

    fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    fn all(&self, test: impl FnMut(&Protection) -> bool) -> bool {
        self.list.iter().all(test)
    }
}

#[cfg(test)]
mod tests;
