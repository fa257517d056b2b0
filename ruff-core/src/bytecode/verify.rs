//! The verifier: every function passes it before it runs.
//!
//! After it, the interpreter and native code may rely on these facts without looking: operands lie within the frame and within
//! the tables of the function and the program, windows and iterators lie within the frame, jumps and handlers go to beginnings
//! of instructions, extension words are present, and control cannot run off the end of the code.

use super::decode::{DecodeError, Decoded, DecodedOperand, Slot};
use super::op::{Op, Operand};
use super::{
    Capture, Declaration, FuncId, Function, PairSource, Pc, Place, PlaceRoot, PlaceStep, ProgramData, Reg, Site,
};
use std::fmt;

/// A function that must not run: which, where and why. It shows a bug in the compiler, never one in a script.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VerifyError {
    /// The function.
    pub function: FuncId,
    /// The instruction; `None` for a fault of a table.
    pub pc: Option<Pc>,
    /// The operation there.
    pub op: Option<Op>,
    /// The operand at fault.
    pub operand: Option<(Slot, Operand, u32)>,
    /// What is wrong.
    pub problem: Problem,
}

/// What the verifier can object to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Problem {
    /// The function's id is not its index.
    WrongId,
    /// There is no code.
    Empty,
    /// No operation has that number.
    UnknownOp(u16),
    /// The extension word is missing.
    MissingExtension,
    /// Control can run off the end.
    RunsOffEnd,
    /// A register, or a register of a window, is outside the frame.
    OutsideFrame,
    /// An index is outside its table.
    OutsideTable,
    /// A jump or a handler does not go to the beginning of an instruction.
    NotAnInstruction,
    /// The site has no name, and the operation needs one.
    NamelessSite,
    /// The window and the table that describes it differ in their length.
    WrongCount,
    /// A function that captures variables is used without a closure, or a closure captures another number of them.
    WrongCaptures,
    /// `Yield` outside a generator.
    YieldOutsideGenerator,
    /// A global that always is a definition is assigned something else.
    WrongDefinition,
    /// A table with an entry per word of code has another length.
    TableLength,
    /// The handler is empty, or can never be reached because one before it covers it.
    BadHandler,
    /// A table that must be sorted is not.
    Unsorted,
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "function {}", self.function.0)?;
        if let Some(pc) = self.pc {
            write!(f, ", pc {}", pc.0)?;
        }
        if let Some(op) = self.op {
            write!(f, ", {}", op.name())?;
        }
        if let Some((slot, kind, bits)) = self.operand {
            write!(f, ", operand {} ({kind:?} {bits})", slot.name())?;
        }
        write!(f, ": {:?}", self.problem)
    }
}

impl std::error::Error for VerifyError {}

/// Checks all functions of a program and the tables that lead to them.
///
/// # Errors
/// The first fault found.
pub fn verify_program(program: &ProgramData) -> Result<(), VerifyError> {
    for (index, function) in program.functions.iter().enumerate() {
        if function.id.0 as usize != index {
            return Err(table_error(function, Problem::WrongId));
        }
        verify_function(program, function)?;
    }
    let bodies = program.modules.iter().filter_map(|m| m.body.as_ref().ok().copied());
    let tests = program.tests.iter().map(|t| t.function);
    let constants = program.globals.iter().filter_map(|g| g.function());
    for id in bodies.chain(tests).chain(constants) {
        let problem = match program.functions.get(id.0 as usize) {
            None => Problem::OutsideTable,
            Some(function) if function.captures > 0 => Problem::WrongCaptures,
            Some(_) => continue,
        };
        return Err(VerifyError { function: id, pc: None, op: None, operand: None, problem });
    }
    Ok(())
}

/// Checks one function.
///
/// # Errors
/// The first fault found.
pub fn verify_function(program: &ProgramData, function: &Function) -> Result<(), VerifyError> {
    let verifier = Verifier { program, function, starts: instruction_starts(function)? };
    verifier.tables().map_err(|problem| table_error(function, problem))?;
    let (mut pc, mut before) = (Pc(0), None);
    while (pc.0 as usize) < function.code.len() {
        let decoded = Decoded::at(&function.code, pc).map_err(|e| decode_error(function, pc, e))?;
        verifier.instruction(&decoded, before)?;
        pc = decoded.next();
        before = Some(decoded);
    }
    Ok(())
}

/// Which words begin an instruction; also finds unknown ops and a missing last jump.
fn instruction_starts(function: &Function) -> Result<Vec<bool>, VerifyError> {
    let mut starts = vec![false; function.code.len()];
    let mut pc = Pc(0);
    let mut runs_off = None;
    while let Some(start) = starts.get_mut(pc.0 as usize) {
        *start = true;
        let decoded = Decoded::at(&function.code, pc).map_err(|e| decode_error(function, pc, e))?;
        runs_off = decoded.falls_through().then_some((pc, decoded.op));
        pc = decoded.next();
    }
    match runs_off {
        _ if starts.is_empty() => Err(table_error(function, Problem::Empty)),
        Some((pc, op)) => {
            let problem = Problem::RunsOffEnd;
            Err(VerifyError { function: function.id, pc: Some(pc), op: Some(op), operand: None, problem })
        }
        None => Ok(starts),
    }
}

fn decode_error(function: &Function, pc: Pc, error: DecodeError) -> VerifyError {
    let (op, problem) = match error {
        DecodeError::PastEnd => (None, Problem::RunsOffEnd),
        DecodeError::UnknownOp(number) => (None, Problem::UnknownOp(number)),
        DecodeError::MissingExtension(op) => (Some(op), Problem::MissingExtension),
    };
    VerifyError { function: function.id, pc: Some(pc), op, operand: None, problem }
}

fn table_error(function: &Function, problem: Problem) -> VerifyError {
    VerifyError { function: function.id, pc: None, op: None, operand: None, problem }
}

struct Verifier<'a> {
    program: &'a ProgramData,
    function: &'a Function,
    starts: Vec<bool>,
}

impl Verifier<'_> {
    /// `count` registers from `first` on lie within the frame.
    fn registers(&self, first: u32, count: u32) -> Result<(), Problem> {
        match first.checked_add(count) {
            Some(end) if end <= self.function.registers => Ok(()),
            _ => Err(Problem::OutsideFrame),
        }
    }

    fn target(&self, pc: Option<Pc>) -> Result<(), Problem> {
        let start = pc.and_then(|pc| self.starts.get(pc.0 as usize)).copied();
        if start == Some(true) { Ok(()) } else { Err(Problem::NotAnInstruction) }
    }

    fn site(&self, index: u32) -> Result<&Site, Problem> {
        self.function.sites.get(index as usize).ok_or(Problem::OutsideTable)
    }

    fn function_without_captures(&self, index: u32) -> Result<(), Problem> {
        match self.program.functions.get(index as usize) {
            Some(callee) if callee.captures == 0 => Ok(()),
            Some(_) => Err(Problem::WrongCaptures),
            None => Err(Problem::OutsideTable),
        }
    }

    /// Checks an instruction; `before` is the one that stands before it.
    fn instruction(&self, decoded: &Decoded, before: Option<Decoded>) -> Result<(), VerifyError> {
        let error = |operand: Option<DecodedOperand>, problem| VerifyError {
            function: self.function.id,
            pc: Some(decoded.pc),
            op: Some(decoded.op),
            operand: operand.map(|o| (o.slot, o.kind, o.bits)),
            problem,
        };
        for operand in decoded.operands() {
            self.operand(decoded, operand).map_err(|problem| error(Some(operand), problem))?;
        }
        self.relations(decoded).map_err(|problem| error(None, problem))?;
        match decoded.op {
            Op::SetGlobal => self.declaration(decoded, before).map_err(|problem| error(None, problem)),
            _ => Ok(()),
        }
    }

    /// What the kind of an operand promises by itself.
    fn operand(&self, decoded: &Decoded, operand: DecodedOperand) -> Result<(), Problem> {
        let bits = operand.bits;
        let (program, function) = (self.program, self.function);
        match operand.kind {
            Operand::None | Operand::Number | Operand::Count => Ok(()),
            Operand::Write | Operand::Read | Operand::Take | Operand::Update => self.registers(bits, 1),
            Operand::ExtRead | Operand::ExtWrite => self.registers(bits, 1),
            Operand::Window => self.registers(bits, decoded.c),
            Operand::MethodWindow => self.registers(bits, decoded.c + 1),
            Operand::PairWindow => self.registers(bits, decoded.c * 2),
            Operand::BoundsWindow => self.registers(bits, 2),
            Operand::Loan if bits == 0 => Err(Problem::OutsideFrame),
            Operand::Loan => self.registers(bits - 1, 2),
            Operand::Iterator => self.registers(bits, 3),
            Operand::Jump => self.target(decoded.target()),
            Operand::Const => within(bits, function.consts.len()),
            Operand::Global => within(bits, program.globals.len()),
            Operand::Capture => within(bits, function.captures as usize),
            Operand::Function => self.function_without_captures(bits),
            Operand::Closure => within(bits, function.closures.len()),
            Operand::Place => within(bits, function.places.len()),
            Operand::Site if decoded.op == Op::CallFunction && bits == u32::MAX => Ok(()),
            Operand::Site => match self.site(bits)? {
                site if site.name.is_none() && needs_name(decoded.op) => Err(Problem::NamelessSite),
                _ => Ok(()),
            },
            Operand::StructDecl => within(bits, program.structs.len()),
            Operand::EnumDecl => within(bits, program.enums.len()),
            Operand::NativeName => within(bits, program.natives.len()),
            Operand::Raise => within(bits, function.raises.len()),
            Operand::RangePattern => within(bits, function.range_patterns.len()),
            Operand::VariantPattern => within(bits, function.variant_patterns.len()),
            Operand::KeyList => within(bits, function.key_lists.len()),
            Operand::Module => within(bits, program.modules.len()),
        }
    }

    /// What must hold between the operands of an instruction.
    fn relations(&self, decoded: &Decoded) -> Result<(), Problem> {
        let bits = |kind| decoded.operand(kind).map_or(u32::MAX, |o| o.bits);
        match decoded.op {
            Op::NewStruct if self.site(bits(Operand::Site))?.names.len() != decoded.c as usize => {
                Err(Problem::WrongCount)
            }
            Op::NewStructDef => self.struct_window(bits(Operand::StructDecl), decoded.c),
            Op::CallSpread => self.spread_window(bits(Operand::Window), 0, self.site(bits(Operand::Site))?),
            Op::CallMethodSpread | Op::CallPlaceMethodSpread => {
                let window = bits(Operand::MethodWindow);
                self.loan_before(decoded.op, window)?;
                self.spread_window(window, 1, self.site(bits(Operand::Site))?)
            }
            Op::CallPlaceMethod | Op::CallPreparedMethod => {
                self.loan_before(decoded.op, bits(Operand::MethodWindow))?;
                self.marks_within(bits(Operand::Site), decoded.c)
            }
            Op::Call | Op::CallMethod => self.marks_within(bits(Operand::Site), decoded.c),
            Op::CallFunction if bits(Operand::Site) != u32::MAX => self.marks_within(bits(Operand::Site), decoded.c),
            Op::ForPrepareRange if decoded.c > 3 => Err(Problem::WrongCount),
            Op::ForPrepareSpan if decoded.c > 1 => Err(Problem::WrongCount),
            Op::ForPreparePairs if PairSource::from_number(decoded.c).is_none() => Err(Problem::WrongCount),
            Op::Yield if !self.function.is_generator => Err(Problem::YieldOutsideGenerator),
            _ => Ok(()),
        }
    }

    /// A global that always is a definition is assigned by its declaration only, right after the instruction that has made it.
    fn declaration(&self, decoded: &Decoded, before: Option<Decoded>) -> Result<(), Problem> {
        let bits = |of: &Decoded, kind| of.operand(kind).map(|o| o.bits);
        let global = bits(decoded, Operand::Global).and_then(|id| self.program.globals.get(id as usize));
        let constant = global.and_then(|global| global.constant);
        let Some(wanted @ (Declaration::Struct(_) | Declaration::Enum(_))) = constant else { return Ok(()) };
        let made = before.filter(|made| bits(made, Operand::Write) == bits(decoded, Operand::Take)).and_then(|made| {
            let decl = |kind| bits(&made, kind);
            decl(Operand::StructDecl).map(Declaration::Struct).or(decl(Operand::EnumDecl).map(Declaration::Enum))
        });
        if made == Some(wanted) { Ok(()) } else { Err(Problem::WrongDefinition) }
    }

    /// The marks of in-out arguments name arguments of the call.
    fn marks_within(&self, site: u32, count: u32) -> Result<(), Problem> {
        let marks = &self.site(site)?.in_out;
        if marks.iter().all(|mark| *mark < count) { Ok(()) } else { Err(Problem::WrongCount) }
    }

    /// The methods and the computed defaults come from the window.
    fn struct_window(&self, decl: u32, count: u32) -> Result<(), Problem> {
        let decl = self.program.structs.get(decl as usize).ok_or(Problem::OutsideTable)?;
        let computed = decl.fields.iter().filter(|f| matches!(f.default, super::FieldDefault::Computed)).count();
        if decl.methods.len() + computed == count as usize { Ok(()) } else { Err(Problem::WrongCount) }
    }

    /// Positional arguments, the array of the rest and the named ones, after `receivers` registers.
    fn spread_window(&self, first: u32, receivers: u32, site: &Site) -> Result<(), Problem> {
        let count = (site.positional as usize).saturating_add(site.names.len()).saturating_add(1);
        self.registers(first, u32::try_from(count).unwrap_or(u32::MAX).saturating_add(receivers))
    }

    /// A call through a place keeps the rest of a lent root in the register before its window.
    fn loan_before(&self, op: Op, window: u32) -> Result<(), Problem> {
        if window == 0 && op != Op::CallMethodSpread { Err(Problem::OutsideFrame) } else { Ok(()) }
    }

    /// The tables of the function that no instruction checks.
    fn tables(&self) -> Result<(), Problem> {
        let function = self.function;
        if function.spans.len() != function.code.len() || function.feedback.len() != function.code.len() {
            return Err(Problem::TableLength);
        }
        self.registers(0, function.params.len() as u32 + function.is_method as u32)?;
        function.consts.iter().try_for_each(|index| within(*index, self.program.consts.len()))?;
        function.places.iter().try_for_each(|place| self.place(place))?;
        self.closures()?;
        self.patterns()?;
        self.handlers()?;
        if !function.variable_names.is_sorted_by_key(|(pc, _)| *pc) {
            return Err(Problem::Unsorted);
        }
        within(function.module.0, self.program.modules.len())
    }

    fn place(&self, place: &Place) -> Result<(), Problem> {
        match place.root {
            PlaceRoot::Register(reg) | PlaceRoot::Cell(reg) => self.register(reg)?,
            PlaceRoot::Capture(index) => within(index, self.function.captures as usize)?,
            PlaceRoot::Global(id) => within(id.0, self.program.globals.len())?,
        }
        place.steps.iter().try_for_each(|step| match *step {
            PlaceStep::Index(reg) => self.register(reg),
            PlaceStep::Field(site) if self.site(site)?.name.is_none() => Err(Problem::NamelessSite),
            PlaceStep::Field(_) => Ok(()),
        })
    }

    fn register(&self, reg: Reg) -> Result<(), Problem> {
        self.registers(reg.0 as u32, 1)
    }

    fn closures(&self) -> Result<(), Problem> {
        for template in &self.function.closures {
            let callee = self.program.functions.get(template.function.0 as usize).ok_or(Problem::OutsideTable)?;
            if callee.captures as usize != template.captures.len() {
                return Err(Problem::WrongCaptures);
            }
            template.captures.iter().try_for_each(|capture| match *capture {
                Capture::Register(reg) => self.register(reg),
                Capture::Capture(index) => within(index, self.function.captures as usize),
            })?;
        }
        Ok(())
    }

    fn patterns(&self) -> Result<(), Problem> {
        let consts = self.function.consts.len();
        let bounds = self.function.range_patterns.iter().flat_map(|r| [r.start, r.end]).flatten();
        let keys = self.function.key_lists.iter().flatten().copied();
        bounds.chain(keys).try_for_each(|index| within(index, consts))
    }

    /// Handlers cover whole instructions, and one that is inside another stands before it.
    fn handlers(&self) -> Result<(), Problem> {
        let handlers = &self.function.handlers;
        let mut covered = Covered::new(self.starts.len());
        for handler in handlers {
            if handler.start >= handler.end {
                return Err(Problem::BadHandler);
            }
            self.target(Some(handler.start))?;
            self.target(Some(handler.target))?;
            if handler.end.0 as usize != self.starts.len() {
                self.target(Some(handler.end))?;
            }
            self.register(handler.register)?;
            if covered.end_of_any_from(handler.start) >= handler.end.0 {
                return Err(Problem::BadHandler);
            }
            covered.add(handler.start, handler.end);
        }
        Ok(())
    }
}

/// The greatest end of the ranges that start at or before a word: a tree of prefix maxima.
struct Covered(Vec<u32>);

impl Covered {
    fn new(words: usize) -> Covered {
        Covered(vec![0; words + 1])
    }

    fn add(&mut self, start: Pc, end: Pc) {
        let mut at = start.0 as usize + 1;
        while let Some(max) = self.0.get_mut(at) {
            *max = (*max).max(end.0);
            at += at & at.wrapping_neg();
        }
    }

    fn end_of_any_from(&self, start: Pc) -> u32 {
        let mut at = start.0 as usize + 1;
        let mut max = 0;
        while at > 0 {
            max = max.max(self.0.get(at).copied().unwrap_or(0));
            at &= at - 1;
        }
        max
    }
}

fn within(index: u32, len: usize) -> Result<(), Problem> {
    if (index as usize) < len { Ok(()) } else { Err(Problem::OutsideTable) }
}

/// Does the operation look something up by the name of its site?
fn needs_name(op: Op) -> bool {
    !matches!(op, Op::Call | Op::CallFunction | Op::CallSpread | Op::NewStruct)
}

#[cfg(test)]
mod tests {
    use super::super::testing::program_of;
    use super::*;
    use crate::bytecode::{Handler, Instr};

    fn problem_of(code: Vec<Instr>) -> Option<Problem> {
        verify_program(&program_of(code)).err().map(|e| e.problem)
    }

    #[test]
    fn a_plain_function_passes() {
        assert_eq!(problem_of(vec![Instr::a_bc(Op::LoadInt, 1, 7), Instr::a_bc(Op::Return, 1, 0)]), None);
    }

    #[test]
    fn control_stays_inside_the_code() {
        assert_eq!(problem_of(vec![]), Some(Problem::Empty));
        assert_eq!(problem_of(vec![Instr::a_bc(Op::LoadInt, 1, 7)]), Some(Problem::RunsOffEnd));
        assert_eq!(problem_of(vec![Instr(0xFFFF)]), Some(Problem::UnknownOp(0xFFFF)));
        assert_eq!(problem_of(vec![Instr::a_bc(Op::Jump, 0, 0)]), Some(Problem::NotAnInstruction));
        assert_eq!(problem_of(vec![Instr::a_bc(Op::Jump, 0, -1i32 as u32)]), None);
        assert_eq!(problem_of(vec![Instr::abc(Op::GetField, 0, 0, 0)]), Some(Problem::MissingExtension));
        let into_extension = vec![
            Instr::a_bc(Op::Jump, 0, 1),
            Instr::abc(Op::GetEntry, 0, 0, 0),
            Instr::extension(0, 0),
            Instr::a_bc(Op::ReturnNull, 0, 0),
        ];
        assert_eq!(problem_of(into_extension), Some(Problem::NotAnInstruction));
    }

    #[test]
    fn operands_stay_inside_the_frame_and_the_tables() {
        let with = |instr| problem_of(vec![instr, Instr::a_bc(Op::ReturnNull, 0, 0)]);
        assert_eq!(with(Instr::abc(Op::Add, 0, 1, 8)), Some(Problem::OutsideFrame));
        assert_eq!(with(Instr::abc(Op::NewArray, 0, 6, 3)), Some(Problem::OutsideFrame));
        assert_eq!(with(Instr::abc(Op::NewArray, 0, 5, 3)), None);
        assert_eq!(with(Instr::abc(Op::NewDict, 0, 3, 3)), Some(Problem::OutsideFrame));
        assert_eq!(with(Instr::a_bc(Op::ForPrepare, 6, 0)), Some(Problem::OutsideFrame));
        assert_eq!(with(Instr::a_bc(Op::LoadConst, 0, 0)), None);
        assert_eq!(with(Instr::a_bc(Op::LoadConst, 0, 1)), Some(Problem::OutsideTable));
        assert_eq!(with(Instr::a_bc(Op::LoadConst, 0, 9)), Some(Problem::OutsideTable));
        assert_eq!(with(Instr::abc(Op::Yield, 0, 1, 0)), Some(Problem::YieldOutsideGenerator));
    }

    #[test]
    fn an_error_names_function_instruction_and_operand() {
        let program = program_of(vec![Instr::abc(Op::Add, 0, 1, 8), Instr::a_bc(Op::ReturnNull, 0, 0)]);
        let error = verify_program(&program).unwrap_err();
        assert_eq!(error.to_string(), "function 0, pc 0, Add, operand c (Read 8): OutsideFrame");
    }

    #[test]
    fn inner_handlers_stand_before_outer_ones() {
        let handler = |start, end| Handler {
            start: Pc(start),
            end: Pc(end),
            target: Pc(2),
            register: Reg(0),
            is_catch: true,
            ignores_error: false,
        };
        let check = |handlers| {
            let code =
                vec![Instr::a_bc(Op::LoadInt, 1, 7), Instr::a_bc(Op::LoadInt, 1, 8), Instr::a_bc(Op::Return, 1, 0)];
            let mut program = program_of(code);
            program.functions[0].handlers = handlers;
            verify_program(&program).err().map(|e| e.problem)
        };
        assert_eq!(check(vec![handler(0, 1), handler(0, 2)]), None);
        assert_eq!(check(vec![handler(0, 2), handler(0, 1)]), Some(Problem::BadHandler));
        assert_eq!(check(vec![handler(1, 1)]), Some(Problem::BadHandler));
    }
}
