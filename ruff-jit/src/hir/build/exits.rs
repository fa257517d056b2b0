//! Exits: the frames and slots with which the interpreter goes on.

use super::state::Abs;
use super::virtuals::PART_SLOTS;
use super::{Builder, Context};
use crate::hir::{Exit, ExitId, SlotValue, Terminator};
use ruff_core::jit::{ExitFrame, ExitReason, InlinedFrame, MadeObject, Pc};
use std::ops::Range;
use std::sync::Arc;

/// What an exit stores.
#[derive(Default)]
pub(super) struct Stored {
    slots: Vec<(u32, SlotValue)>,
    made: Vec<(u32, MadeObject)>,
    /// Slots of parts of objects among them.
    parts: u32,
}

impl Builder<'_, '_> {
    /// The exit before any effect of the instruction.
    pub(super) fn exit(&mut self) -> ExitId {
        match self.before {
            Some(exit) => exit,
            None => {
                let exit = self.new_exit(self.pc, self.pc, false);
                self.before = Some(exit);
                exit
            }
        }
    }

    /// An exit behind the instruction, which is done.
    pub(super) fn exit_after(&mut self) -> ExitId {
        self.new_exit(self.next, self.next, false)
    }

    /// The exit of a fault that the instruction raises. The machine holds it.
    pub(super) fn exit_thrown(&mut self) -> ExitId {
        self.new_exit(self.next, self.pc, true)
    }

    /// An exit to the start of a node, which is at `pc`.
    pub(super) fn exit_to(&mut self, pc: u32) -> ExitId {
        self.new_exit(pc, pc, false)
    }

    /// Leaves here for the interpreter, for good.
    pub(super) fn leave(&mut self, reason: ExitReason) {
        let exit = self.exit();
        self.f.block_mut(self.block).end = Terminator::Exit(exit, reason);
    }

    /// Leaves unless the condition holds.
    pub(super) fn expect(&mut self, condition: crate::hir::Val, reason: ExitReason) {
        let exit = self.exit();
        self.guard(condition, exit, reason);
    }

    /// Where the innermost call is if it goes on at `pc`; `None` if that is the function itself.
    pub(super) fn inlined_frame(&self, pc: u32) -> Option<Arc<InlinedFrame>> {
        let level = self.contexts.len() as u32 - 1;
        let context = self.context();
        (level > 0).then(|| {
            let (return_pc, caller) = (Pc(context.return_pc), context.caller.clone());
            Arc::new(InlinedFrame { frame: context.frame_at(pc), level, return_pc, caller })
        })
    }

    /// `pc` is where the innermost frame goes on, and what is live before `live_pc` is stored.
    fn new_exit(&mut self, pc: u32, live_pc: u32, is_throw: bool) -> ExitId {
        let mut stored = Stored::default();
        let last = self.contexts.len() - 1;
        for (level, context) in self.contexts.iter().enumerate() {
            let inner = self.contexts.get(level + 1);
            // A fault that no handler of the frame can see needs its registers only where they are in-out.
            let at = inner.map_or(live_pc, |c| c.call_pc);
            let only_in_out = is_throw && !self.contexts.iter().any(|c| has_handlers(c)) && !keeps_something(context);
            if only_in_out {
                continue;
            }
            let end = inner.map_or(context.base + context.function.registers, |c| c.base);
            let end = end.min(context.base + context.function.registers);
            self.exit_slots(context.base..end, |slot| context.needs(slot, at, inner), &mut stored);
            debug_assert!(level <= last);
        }
        let site = match self.contexts.last() {
            Some(context) => (context.function.id, Pc(self.pc)),
            None => (self.root, Pc(pc)),
        };
        let Stored { slots, made, .. } = stored;
        self.exit_slots += slots.len();
        let pcs = self.contexts.iter().skip(1).map(|inner| inner.return_pc).chain([pc]);
        let frames = self.contexts.iter().zip(pcs).map(|(context, pc)| context.frame_at(pc)).collect();
        self.f.exits.push(Exit { frames, slots, made, quantum: self.state.quantum, is_throw, site });
        ExitId(self.f.exits.len() as u32 - 1)
    }

    /// Those of a frame's slots that are needed and are not in memory.
    fn exit_slots(&self, of: Range<u32>, is_needed: impl Fn(u32) -> bool, stored: &mut Stored) {
        for slot in of {
            let state = self.get(slot);
            if state.synced || !is_needed(slot) {
                continue;
            }
            let value = match state.abs {
                Abs::Int(v) => SlotValue::Int(v),
                Abs::Float(v) => SlotValue::Float(v),
                Abs::Bool(v) => SlotValue::Bool(v),
                Abs::Null => SlotValue::Null,
                Abs::Absent(absence) => SlotValue::Absent(absence),
                Abs::Borrowed(shape, ptr, _) => SlotValue::Shared(shape.tag, ptr),
                Abs::Read(words, _) => SlotValue::SharedPair(words.tag, words.payload),
                Abs::Virtual(_, id) => {
                    let object = self.made_at_exit(id, stored);
                    stored.made.push((slot, object));
                    continue;
                }
                Abs::Empty | Abs::Object(..) | Abs::Memory(_) | Abs::Left(_) => continue,
            };
            stored.slots.push((slot, value));
        }
    }
}

impl Stored {
    /// Stores a part of an object that is not made: the number of its slot, until [`Builder::place_parts`].
    pub(super) fn add_part(&mut self, value: SlotValue) -> u32 {
        let slot = PART_SLOTS + self.parts;
        self.parts += 1;
        self.slots.push((slot, value));
        slot
    }
}

impl Context<'_> {
    /// The frame where it goes on at `pc`.
    fn frame_at(&self, pc: u32) -> ExitFrame {
        ExitFrame {
            function: self.function.id,
            base: self.base,
            pc: Pc(pc),
            dst: self.dst,
            closure: self.closure,
            keeps_receiver: self.keeps_receiver,
            mode: self.mode,
        }
    }
}

fn has_handlers(context: &Context<'_>) -> bool {
    !context.function.handlers.is_empty()
}

/// Does the frame keep registers when it is left?
fn keeps_something(context: &Context<'_>) -> bool {
    context.keeps_receiver || context.function.has_mut_self || context.function.has_in_out()
}
