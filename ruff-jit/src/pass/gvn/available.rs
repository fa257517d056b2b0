//! What memory is known to hold where the walk stands, and what the engine has found in dicts.

use super::super::memory::{Place, Writes};
use crate::hir::graph::Graph;
use crate::hir::{Block, Call, Callee, Function, Inst, Region, Val, Width};
use ruff_core::jit::Stub;

/// Places that are remembered at a time; the oldest is forgotten first.
const PLACES_MAX: usize = 96;

/// A look for a key in a dict, which changes nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Lookup {
    dict: Val,
    key: Key,
}

/// What is looked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Key {
    Int(Val),
    Text(Val),
    /// A short text by its two words.
    Name(Val, Val),
}

impl Lookup {
    /// What a call looks up, and whether it puts the key in if it is not there.
    pub fn of(call: &Call) -> Option<(Lookup, bool)> {
        let Callee::Stub(stub) = call.callee else { return None };
        let (key, inserts) = match (stub, call.args.as_slice()) {
            (Stub::FindIntEntry, &[_, key]) => (Key::Int(key), false),
            (Stub::FindStringEntry | Stub::FindShortEntry, &[_, key, ..]) => (Key::Text(key), false),
            (Stub::FindNamedEntry, &[_, low, high, _]) => (Key::Name(low, high), false),
            (Stub::IntEntry, &[_, key, _]) => (Key::Int(key), true),
            (Stub::StringEntry, &[_, key, _]) => (Key::Text(key), true),
            _ => return None,
        };
        Some((Lookup { dict: *call.args.first()?, key }, inserts))
    }

    /// May the answer be another one once something was written there? The text of a key may grow in place.
    fn depends_on(&self, mut is_written: impl FnMut(Region) -> bool) -> bool {
        is_written(Region::Dicts) || matches!(self.key, Key::Text(_)) && is_written(Region::Strings)
    }
}

/// Known contents: places with the values that a load there gives, and lookups with what they give.
#[derive(Clone, Debug, Default)]
pub struct Available {
    known: Vec<(Place, Val)>,
    lookups: Vec<(Lookup, Val)>,
}

impl Available {
    /// What a load there would give.
    pub fn find(&self, place: &Place) -> Option<Val> {
        self.known.iter().rev().find(|(known, _)| known == place).map(|(_, val)| *val)
    }

    /// A place holds the value.
    pub fn add(&mut self, place: Place, val: Val) {
        if self.known.len() == PLACES_MAX {
            self.known.remove(0);
        }
        self.known.push((place, val));
    }

    /// What a lookup would give.
    pub fn found(&self, lookup: &Lookup) -> Option<Val> {
        self.lookups.iter().find(|(known, _)| known == lookup).map(|(_, val)| *val)
    }

    /// A lookup gives the value.
    pub fn add_lookup(&mut self, lookup: Lookup, val: Val) {
        if self.lookups.len() < PLACES_MAX {
            self.lookups.push((lookup, val));
        }
    }

    /// Nothing at all?
    fn is_empty(&self) -> bool {
        self.known.is_empty() && self.lookups.is_empty()
    }

    /// Something was stored there.
    pub fn forget_place(&mut self, place: &Place) {
        self.known.retain(|(known, _)| !place.may_change(known));
        self.lookups.retain(|(lookup, _)| !lookup.depends_on(|region| region == place.access.region));
    }

    /// All that was written.
    pub fn forget(&mut self, writes: &Writes) {
        if !writes.is_empty() {
            self.known.retain(|(known, _)| !writes.may_change(known));
            self.lookups.retain(|(lookup, _)| !lookup.depends_on(|region| writes.may_write(region)));
        }
    }
}

/// Does a load of that width give the stored value back as it is?
pub fn is_kept_by(function: &Function, width: Width, value: Val) -> bool {
    let fits = |max: i64| function.as_int(value).is_some_and(|k| (0..=max).contains(&k));
    let loaded = match function.inst(value) {
        Inst::Load(access, _) => Some(access.width),
        _ => None,
    };
    match width {
        Width::Byte => fits(0xFF) || loaded == Some(Width::Byte),
        Width::Half => fits(0xFFFF_FFFF) || matches!(loaded, Some(Width::Byte | Width::Half)),
        Width::Word | Width::Float => true,
    }
}

/// What each block writes, to carry contents over the ways between a block and its dominator.
pub struct Ways {
    writes: Vec<Writes>,
    seen: Vec<u32>,
    stamp: u32,
    work: Vec<Block>,
}

impl Ways {
    /// Looks at all blocks.
    pub fn new(function: &Function) -> Ways {
        let writes = function.block_ids().map(|block| Writes::of_block(function, block)).collect();
        Ways { writes, seen: vec![0; function.blocks.len()], stamp: 0, work: Vec::new() }
    }

    /// What is known at the start of a block, from what is known at the end of its dominator.
    pub fn carry(&mut self, graph: &Graph, dominator: Block, block: Block, at_end: &Available) -> Available {
        let mut available = at_end.clone();
        if graph.preds(block) == [dominator] || available.is_empty() {
            return available;
        }
        self.stamp += 1;
        self.seen[dominator.0 as usize] = self.stamp;
        self.work.extend(graph.preds(block));
        while let Some(between) = self.work.pop() {
            if std::mem::replace(&mut self.seen[between.0 as usize], self.stamp) != self.stamp {
                available.forget(&self.writes[between.0 as usize]);
                self.work.extend(graph.preds(between));
            }
        }
        available
    }
}

/// The stores of a block that are overwritten before anything can read them: neither a load, nor a call, nor an exit.
pub fn dead_stores(function: &Function, insts: &[Val]) -> Vec<Val> {
    let mut overwritten: Vec<Place> = Vec::new();
    let mut dead = Vec::new();
    for val in insts.iter().rev() {
        let inst = function.inst(*val);
        match (inst, Place::of(inst)) {
            (Inst::Store(..), Some(place)) => match overwritten.iter().any(|later| later.covers(&place)) {
                true => dead.push(*val),
                false if overwritten.len() < PLACES_MAX => overwritten.push(place),
                false => {}
            },
            (_, Some(place)) => overwritten.retain(|later| !later.may_meet(&place)),
            (Inst::Call(_), _) if inst.has_effect() => overwritten.clear(),
            _ if inst.exit().is_some() => overwritten.clear(),
            _ => {}
        }
    }
    dead
}
