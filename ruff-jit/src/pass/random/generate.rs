//! Makes random functions, with guards and as references.
//!
//! All that lives from one statement to the next is in variables; blocks that control comes together in have a parameter for each.

use super::world::{ARRAY_TAG, cell_address};
use crate::hir::sample::Sample;
use crate::hir::*;
use ruff_core::jit::{ExitReason, Stub};

/// Slots with values, of which the function knows nothing.
pub const SLOTS_OF_VALUES: u32 = 4;
/// Behind them, the slots that exits store variables in.
pub const SLOTS: u32 = SLOTS_OF_VALUES + VARS.len() as u32;

/// The types of the variables. The last one counts down, so that loops end.
const VARS: [Ty; 7] = [Ty::Int, Ty::Int, Ty::Int, Ty::Float, Ty::Bool, Ty::Int, Ty::Int];
const INTS: [usize; 4] = [0, 1, 2, 5];
const FUEL: usize = 6;

/// By how much masked arithmetic shifts.
const SHIFT_BITS: i64 = 7;

/// The parameter with the address of the slots.
const BASE: Val = Val(2);
const FIRST_SCALAR: u32 = 5;

/// Numbers by the method xorshift64*.
pub struct Random {
    state: u64,
}

impl Random {
    pub fn new(seed: u64) -> Random {
        Random { state: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1 }
    }

    pub fn next(&mut self) -> u64 {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        self.state.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    pub fn below(&mut self, end: u64) -> u64 {
        (self.next() >> 8) % end
    }

    fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len() as u64) as usize]
    }
}

/// Both forms of a function.
pub struct Generated {
    pub compiled: Function,
    pub reference: Function,
    /// The blocks of the reference that exits name.
    points: Vec<Block>,
}

impl Generated {
    /// The reference, entered at a point with the variables in their slots.
    pub fn resume_at(&self, point: u32) -> Function {
        let mut s = Sample { f: self.reference.clone(), at: Block(0) };
        s.f.block_mut(Block(0)).insts.clear();
        let mut vars = Vec::new();
        for (i, ty) in VARS.iter().enumerate() {
            let offset = (SLOTS_OF_VALUES as usize + i) as i32 * 16 + 8;
            let width = if *ty == Ty::Float { Width::Float } else { Width::Word };
            let word = s.load(width, Region::Slots, BASE, offset);
            vars.push(if *ty == Ty::Bool { s.add(Inst::Unary(Unary::IntToBool, word), Ty::Bool) } else { word });
        }
        s.jump(self.points[point as usize], &vars);
        s.f
    }
}

/// Makes the function of a seed.
pub fn generate(seed: u64) -> Generated {
    let (compiled, _) = Generator::new(seed, false).function();
    let (reference, points) = Generator::new(seed, true).function();
    Generated { compiled, reference, points }
}

struct Generator {
    s: Sample,
    random: Random,
    is_reference: bool,
    vars: Vec<Val>,
    points: Vec<Block>,
    /// How many points there are in both forms.
    points_made: u32,
    statements_left: u32,
    loops: u32,
}

impl Generator {
    fn new(seed: u64, is_reference: bool) -> Generator {
        let mut params = vec![Ty::Ptr; FIRST_SCALAR as usize];
        params.extend([Ty::Int, Ty::Int, Ty::Float]);
        Generator {
            s: Sample::new(&params),
            random: Random::new(seed),
            is_reference,
            vars: Vec::new(),
            points: Vec::new(),
            points_made: 0,
            statements_left: 14,
            loops: 0,
        }
    }

    fn function(mut self) -> (Function, Vec<Block>) {
        let [small, word, float] = [0, 1, 2].map(|i| Val(FIRST_SCALAR + i));
        let (zero, fuel, truth) = (self.s.int(0), self.s.int(40), self.s.bool(true));
        self.vars = vec![small, word, zero, float, truth, small, fuel];
        self.enter_block();
        while self.statements_left > 0 {
            self.statement(0);
        }
        let mut result = self.s.int(0);
        for (ty, var) in VARS.into_iter().zip(self.vars.clone()) {
            let word = match ty {
                Ty::Float => self.s.add(Inst::Unary(Unary::FloatBits, var), Ty::Int),
                Ty::Bool => self.s.add(Inst::Unary(Unary::BoolToInt, var), Ty::Int),
                _ => var,
            };
            let factor = self.s.int(31);
            let product = self.s.op(Binary::Mul, result, factor);
            result = self.s.op(Binary::Add, product, word);
        }
        let tag = self.s.int(3);
        self.s.ret(result, tag);
        (self.s.f, self.points)
    }

    // ---- control

    /// Goes on in a new block that nothing else leads to, so that the reference uses no value of the entry.
    fn enter_block(&mut self) {
        let (next, params) = self.s.block(&VARS);
        let vars = std::mem::replace(&mut self.vars, params);
        self.s.jump(next, &vars);
        self.s.at = next;
    }

    /// A point that exits may name: a block of its own in the reference.
    fn point(&mut self) -> u32 {
        if self.is_reference {
            self.enter_block();
            self.points.push(self.s.at);
        }
        self.points_made += 1;
        self.points_made - 1
    }

    /// An exit to a point, with all variables.
    fn exit_to(&mut self, point: u32) -> ExitId {
        let slot = |i: usize| SLOTS_OF_VALUES + i as u32;
        let values: Vec<(u32, SlotValue)> = (VARS.iter().zip(&self.vars).enumerate())
            .map(|(i, (ty, val))| match ty {
                Ty::Float => (slot(i), SlotValue::Float(*val)),
                Ty::Bool => (slot(i), SlotValue::Bool(*val)),
                _ => (slot(i), SlotValue::Int(*val)),
            })
            .collect();
        self.s.exit(point, &values)
    }

    /// Goes on if the condition holds. Otherwise leaves to the point, where the reference sets a variable and goes on behind
    /// what `rest` makes.
    fn guarded(&mut self, point: u32, condition: Val, reason: ExitReason, rest: impl FnOnce(&mut Generator)) {
        if !self.is_reference {
            let exit = self.exit_to(point);
            self.s.guard(condition, exit, reason);
            return rest(self);
        }
        let (fast, slow) = (self.s.block(&[]).0, self.s.block(&[]).0);
        let (end, params) = self.s.block(&VARS);
        self.s.branch(condition, (fast, &[]), (slow, &[]));
        self.s.at = slow;
        let before = self.vars.clone();
        let seven = self.s.int(7);
        self.vars[2] = seven;
        let vars = self.vars.clone();
        self.s.jump(end, &vars);
        self.s.at = fast;
        self.vars = before;
        rest(self);
        let vars = std::mem::replace(&mut self.vars, params);
        self.s.jump(end, &vars);
        self.s.at = end;
    }

    fn statement(&mut self, depth: u32) {
        self.statements_left = self.statements_left.saturating_sub(1);
        match self.random.below(20) {
            0..=2 => self.assign_int(),
            3 => self.assign_checked(),
            4 => self.assign_masked(),
            5 => self.assign_float(),
            6 => self.vars[4] = self.condition(),
            7 => self.load_int_slot(),
            8..=11 => self.array_access(),
            12 => self.change_slot(),
            13 => self.call(),
            14 => self.machine_word(),
            15 | 16 if depth < 3 => self.branch(depth),
            17..=19 if depth < 3 && self.loops < 4 => self.loop_(depth),
            _ => self.divide(),
        }
    }

    fn branch(&mut self, depth: u32) {
        let condition = match self.random.below(3) {
            0 => self.slot_is_array(0),
            _ => self.condition(),
        };
        let (yes, no) = (self.s.block(&[]).0, self.s.block(&[]).0);
        let (end, params) = self.s.block(&VARS);
        self.s.branch(condition, (yes, &[]), (no, &[]));
        let before = self.vars.clone();
        for side in [yes, no] {
            self.s.at = side;
            self.s.f.block_mut(side).is_cold = side == no && self.random.below(4) == 0;
            self.vars = before.clone();
            for _ in 0..self.random.below(3) {
                self.statement(depth + 1);
            }
            let vars = self.vars.clone();
            self.s.jump(end, &vars);
        }
        self.s.at = end;
        self.vars = params;
    }

    /// A loop that runs while a condition holds and there is fuel.
    fn loop_(&mut self, depth: u32) {
        self.loops += 1;
        let point = self.points_made;
        self.points_made += 1;
        let (before, _) = self.s.block(&[]);
        self.s.jump(before, &[]);
        self.s.at = before;
        if !self.is_reference {
            let exit = self.exit_to(point);
            self.s.f.block_mut(before).loop_entry = Some(LoopEntry { exit, has_small_bounds: true });
        }
        let (header, params) = self.s.block(&VARS);
        let vars = std::mem::replace(&mut self.vars, params.clone());
        self.s.jump(header, &vars);
        if self.is_reference {
            self.points.push(header);
        }
        self.s.at = header;
        let counts = self.random.below(2) == 0;
        let condition = if counts { self.counting_condition() } else { self.condition() };
        let zero = self.s.int(0);
        let has_fuel = self.s.cmp(Cond::Gt, self.vars[FUEL], zero);
        let (body, after) = (self.s.block(&[]).0, self.s.block(&[]).0);
        if self.random.below(2) == 0 {
            let middle = self.s.block(&[]).0;
            self.s.branch(condition, (middle, &[]), (after, &[]));
            self.s.at = middle;
            self.s.branch(has_fuel, (body, &[]), (after, &[]));
        } else {
            let goes_on = self.s.add(Inst::Binary(Binary::BoolAnd, condition, has_fuel), Ty::Bool);
            self.s.branch(goes_on, (body, &[]), (after, &[]));
        }
        self.s.at = body;
        let minus_one = self.s.int(-1);
        self.vars[FUEL] = self.s.op(Binary::Add, self.vars[FUEL], minus_one);
        for _ in 0..1 + self.random.below(4) {
            self.statement(depth + 1);
        }
        if counts {
            self.checked_step(Checked::Add, 1, 0, 0);
        }
        let vars = self.vars.clone();
        self.s.jump(header, &vars);
        self.s.at = after;
        // What a round assigned is not what is known behind the loop.
        self.vars = params;
    }

    /// Variable 0 is below a length or another variable.
    fn counting_condition(&mut self) -> Val {
        let bound = match self.random.below(3) {
            0 => self.vars[1],
            1 => self.s.int(5),
            _ => self.vars[5],
        };
        self.s.cmp(Cond::Lt, self.vars[0], bound)
    }

    // ---- values

    fn int_var(&mut self) -> Val {
        let index = self.random.pick(&INTS);
        self.vars[index]
    }

    fn int_operand(&mut self) -> Val {
        match self.random.below(4) {
            0 => {
                let k = self.random.pick(&[0, 1, 2, 3, -1, 8, 255, i64::MAX, i64::MIN, 1 << 40]);
                self.s.int(k)
            }
            _ => self.int_var(),
        }
    }

    fn set_int(&mut self, val: Val) {
        let index = self.random.pick(&INTS);
        self.vars[index] = val;
    }

    fn assign_int(&mut self) {
        let ops =
            [Binary::Add, Binary::Sub, Binary::Mul, Binary::And, Binary::Or, Binary::Xor, Binary::Shl, Binary::Shr];
        let op = self.random.pick(&ops);
        let (a, mut b) = (self.int_operand(), self.int_operand());
        if matches!(op, Binary::Shl | Binary::Shr) {
            let mask = self.s.int(63);
            b = self.s.op(Binary::And, b, mask);
        }
        let result = match self.random.below(12) {
            0 => self.s.add(Inst::Unary(Unary::Neg, a), Ty::Int),
            1 => self.s.add(Inst::Unary(Unary::Not, a), Ty::Int),
            2 => self.s.add(Inst::Select(self.vars[4], a, b), Ty::Int),
            3 => self.s.add(Inst::Unary(Unary::BoolToInt, self.vars[4]), Ty::Int),
            4 => self.s.add(Inst::Unary(Unary::FloatToInt, self.vars[3]), Ty::Int),
            _ => self.s.op(op, a, b),
        };
        self.set_int(result);
    }

    fn assign_checked(&mut self) {
        let op = self.random.pick(&[Checked::Add, Checked::Sub]);
        let k = self.random.pick(&[1, -1, 2, 3, -7, 1 << 62]);
        let (source, target) = (self.random.pick(&INTS), self.random.pick(&INTS));
        self.checked_step(op, k, source, target);
    }

    /// Checked arithmetic with a constant; the reference compares with the last operand that fits. The result is stored in a
    /// place of its own, because one that nothing needs may go with its exit.
    fn checked_step(&mut self, op: Checked, k: i64, source: usize, target: usize) {
        let point = self.point();
        let place = 32 + point as i32 * 8;
        if !self.is_reference {
            let k_val = self.s.int(k);
            let exit = self.exit_to(point);
            self.vars[target] = self.s.checked(op, self.vars[source], k_val, exit);
            return self.s.store(Width::Word, Region::Machine, Val(0), place, self.vars[target]);
        }
        // `x + k` fits if `x <= MAX - k` or, for a negative `k`, `x >= MIN - k`; `x - k` likewise.
        let step = if op == Checked::Add { k } else { -k };
        let fits = if step > 0 {
            let most = self.s.int(i64::MAX - step);
            self.s.cmp(Cond::Le, self.vars[source], most)
        } else {
            let least = self.s.int(i64::MIN - step);
            self.s.cmp(Cond::Ge, self.vars[source], least)
        };
        self.guarded(point, fits, ExitReason::Overflow, |g| {
            let k_val = g.s.int(k);
            g.vars[target] = g.s.op(op.wrapping(), g.vars[source], k_val);
            g.s.store(Width::Word, Region::Machine, Val(0), place, g.vars[target]);
        });
    }

    /// Checked arithmetic whose high bits a mask takes away; in the reference it wraps.
    fn assign_masked(&mut self) {
        let point = self.point();
        let exit = (!self.is_reference).then(|| self.exit_to(point));
        let k = self.random.pick(&[5, -3, i64::MAX, 0x5851_F42D_4C95_7F2D]);
        let k = self.s.int(k);
        let mut chain = self.int_operand();
        for _ in 0..1 + self.random.below(3) {
            let op = self.random.pick(&[Checked::Add, Checked::Sub, Checked::Mul]);
            let other = if self.random.below(2) == 0 { k } else { self.int_operand() };
            chain = match (exit, self.random.below(4)) {
                (_, 0) => self.s.op(Binary::Xor, chain, other),
                (Some(exit), 1) => self.s.checked_shift(chain, SHIFT_BITS, exit),
                (None, 1) => {
                    let bits = self.s.int(SHIFT_BITS);
                    self.s.op(Binary::Shl, chain, bits)
                }
                (Some(exit), _) => self.s.checked(op, chain, other, exit),
                (None, _) => self.s.op(op.wrapping(), chain, other),
            };
        }
        let mask = self.random.pick(&[0xFF, 0x7FFF_FFFF, i64::MAX]);
        let mask = self.s.int(mask);
        let low = self.s.op(Binary::And, chain, mask);
        self.set_int(low);
    }

    fn assign_float(&mut self) {
        let int = self.int_var();
        let float = self.s.add(Inst::Unary(Unary::IntToFloat, int), Ty::Float);
        let op = self.random.pick(&[Binary::FloatAdd, Binary::FloatSub, Binary::FloatMul]);
        self.vars[3] = match self.random.below(3) {
            0 => self.s.call(Stub::FloatRem, &[self.vars[3], float], Ty::Float),
            1 => float,
            _ => self.s.add(Inst::Binary(op, self.vars[3], float), Ty::Float),
        };
    }

    fn condition(&mut self) -> Val {
        let conds = [Cond::Eq, Cond::Ne, Cond::Lt, Cond::Le, Cond::Gt, Cond::Ge, Cond::Below];
        let cond = self.random.pick(&conds);
        match self.random.below(6) {
            0 => self.vars[4],
            1 => self.s.not(self.vars[4]),
            2 if cond != Cond::Below => {
                let half = self.s.add(Inst::Float(2.5f64.to_bits()), Ty::Float);
                self.s.add(Inst::FloatCompare(cond, self.vars[3], half), Ty::Bool)
            }
            3 => {
                let (a, b) = (self.int_operand(), self.int_operand());
                let first = self.s.cmp(cond, a, b);
                let op = self.random.pick(&[Binary::BoolAnd, Binary::BoolOr]);
                self.s.add(Inst::Binary(op, first, self.vars[4]), Ty::Bool)
            }
            _ => {
                let (a, b) = (self.int_operand(), self.int_operand());
                self.s.cmp(cond, a, b)
            }
        }
    }

    fn divide(&mut self) {
        let (a, b, target) = (self.random.pick(&INTS), self.random.pick(&INTS), self.random.pick(&INTS));
        let op = self.random.pick(&[Binary::Div, Binary::Rem]);
        let by_const = self.random.below(8) > 0;
        let constant = self.random.pick(&[1, 2, 8, 10]);
        if by_const {
            let k = self.s.int(constant);
            self.vars[target] = self.s.op(op, self.vars[a], k);
            return;
        }
        let point = self.point();
        let zero = self.s.int(0);
        let fits = self.s.cmp(Cond::Gt, self.vars[b], zero);
        self.guarded(point, fits, ExitReason::Domain, |g| {
            let result = g.s.op(op, g.vars[a], g.vars[b]);
            g.vars[target] = result;
        });
    }

    // ---- memory

    fn slot_is(&mut self, slot: i32, tag: u64) -> Val {
        let actual = self.s.load(Width::Byte, Region::Slots, BASE, slot * 16);
        let tag = self.s.int(tag as i64);
        self.s.cmp(Cond::Eq, actual, tag)
    }

    fn slot_is_array(&mut self, slot: i32) -> Val {
        self.slot_is(slot, ARRAY_TAG)
    }

    fn slot(&mut self) -> i32 {
        self.random.below(SLOTS_OF_VALUES.into()) as i32
    }

    fn load_int_slot(&mut self) {
        let (slot, target) = (self.slot(), self.random.pick(&INTS));
        let is_branch = self.random.below(8) > 0;
        let point = self.point();
        let is_int = self.slot_is(slot, 3);
        let rest = |g: &mut Generator| g.vars[target] = g.s.load(Width::Word, Region::Slots, BASE, slot * 16 + 8);
        match is_branch {
            true => self.when(is_int, rest),
            false => self.guarded(point, is_int, ExitReason::Kind, rest),
        }
    }

    /// Reads or writes an element of an array in a slot.
    fn array_access(&mut self) {
        let (slot, index_var, target) = (self.slot(), self.random.pick(&INTS), self.random.pick(&INTS));
        let (writes, takes_length) = (self.random.below(3) == 0, self.random.below(4) == 0);
        let form = self.random.below(8);
        let is_branch = self.random.below(4) == 0;
        let point = self.point();
        let is_array = self.slot_is_array(slot);
        let rest = move |g: &mut Generator| {
            let point = g.point();
            let array = g.s.load_ptr(Region::Slots, BASE, slot * 16 + 8);
            let length = g.s.load(Width::Word, Region::Arrays, array, 16);
            if takes_length {
                g.vars[target] = length;
                return;
            }
            let index = g.index(form, index_var);
            let inside = g.s.cmp(Cond::Below, index, length);
            g.guarded(point, inside, ExitReason::Bounds, move |g| {
                let array = g.s.load_ptr(Region::Slots, BASE, slot * 16 + 8);
                let data = g.s.load_ptr(Region::Arrays, array, 8);
                let index = g.index(form, index_var);
                let three = g.s.int(3);
                let distance = g.s.op(Binary::Shl, index, three);
                let element = g.s.offset(data, distance);
                match writes {
                    true => g.s.store(Width::Word, Region::Ints, element, 0, g.vars[target]),
                    false => g.vars[target] = g.s.load(Width::Word, Region::Ints, element, 0),
                }
            });
        };
        match is_branch {
            true => self.when(is_array, rest),
            false => self.guarded(point, is_array, ExitReason::Kind, rest),
        }
    }

    /// An index: a constant, a variable, or one that is small.
    fn index(&mut self, form: u64, var: usize) -> Val {
        match form {
            0 => self.vars[var],
            1 => self.s.int(0),
            _ => {
                let three = self.s.int(3);
                self.s.op(Binary::And, self.vars[var], three)
            }
        }
    }

    /// A branch around what `rest` makes, in both forms.
    fn when(&mut self, condition: Val, rest: impl FnOnce(&mut Generator)) {
        let (inside, _) = self.s.block(&[]);
        let (end, params) = self.s.block(&VARS);
        let vars = self.vars.clone();
        self.s.branch(condition, (inside, &[]), (end, &vars));
        self.s.at = inside;
        rest(self);
        let vars = std::mem::replace(&mut self.vars, params);
        self.s.jump(end, &vars);
        self.s.at = end;
    }

    /// Clears a slot, copies one to another, or stores an int. Clearing leaves the payload.
    fn change_slot(&mut self) {
        let (from, to) = (self.slot(), self.slot());
        let (tag, payload) = match self.random.below(8) {
            0 => (self.s.int(0), None),
            1..=6 => {
                let tag = self.s.load(Width::Byte, Region::Slots, BASE, from * 16);
                (tag, Some(self.s.load_ptr(Region::Slots, BASE, from * 16 + 8)))
            }
            _ => {
                let int = self.int_var();
                (self.s.int(3), Some(int))
            }
        };
        self.s.store(Width::Byte, Region::Slots, BASE, to * 16, tag);
        if let Some(payload) = payload {
            self.s.store(Width::Word, Region::Slots, BASE, to * 16 + 8, payload);
        }
    }

    /// Calls what the cell of the world holds; for the passes it may write anything.
    fn call(&mut self) {
        let (slot, int, target) = (self.int_operand(), self.int_var(), self.random.pick(&INTS));
        let callee = Callee::Cell(cell_address());
        let mask = self.s.int(3);
        let slot = self.s.op(Binary::And, slot, mask);
        let args = vec![BASE, slot, int];
        let first = self.s.add(Inst::Call(Box::new(Call::new(callee, args))), Ty::Int);
        let second = self.s.add(Inst::Second(first), Ty::Int);
        self.vars[target] = self.s.op(Binary::Add, first, second);
    }

    /// Reads and writes a word of the machine.
    fn machine_word(&mut self) {
        let offset = self.random.below(4) as i32 * 8;
        let old = self.s.load(Width::Word, Region::Machine, Val(0), offset);
        let int = self.int_var();
        if self.random.below(2) == 0 {
            self.s.store(Width::Word, Region::Machine, Val(0), offset, int);
        }
        self.set_int(old);
    }
}
