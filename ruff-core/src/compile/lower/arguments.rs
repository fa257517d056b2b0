//! The window of a call: arguments in written order, then the loans of `mut` arguments.

use super::Lower;
use super::call::CallArgs;
use super::flow::Stub;
use super::path::Step;
use super::variable::{Access, Root};
use crate::bytecode::{FuncId, Op, ParamMode, PlaceStep, Reg};
use crate::code::Code;
use crate::syntax::ast::*;
use crate::syntax::diagnostic::Diagnostic;
use crate::syntax::source::Span;

/// With more arguments than this, variables are not kept back until the others are evaluated.
const DELAYED_MAX: usize = 16;

/// A value on loan during a call.
#[derive(Clone, Copy, Debug)]
pub(super) struct Loan {
    pub place: u32,
    /// Holds the value; the register before it holds the rest of the root.
    pub value: Reg,
    /// Gets the error if the call fails.
    pub error: Reg,
    /// The register of the window that the value goes to.
    pub window: Option<Reg>,
}

/// How a `mut` argument travels.
#[derive(Clone, Copy, Debug)]
pub(super) enum Lent {
    /// A variable that nothing else can see moves into the window and back.
    Moved {
        variable: Reg,
        window: Reg,
    },
    Loan(Loan),
}

/// What the window of a call holds.
#[derive(Default)]
pub(super) struct Marks {
    pub loans: Vec<Lent>,
    /// Indices of the `mut` arguments.
    pub in_out: Vec<u32>,
    /// Arguments before the first spread.
    pub positional: u32,
    pub names: Vec<Name>,
}

/// Which argument is for which parameter.
#[derive(Clone)]
pub(super) struct BoundArguments {
    /// The index of the parameter of each argument, without the left value of `|>`.
    params: Vec<usize>,
    /// Of each parameter: is there an argument?
    is_given: Vec<bool>,
}

/// Registers below the window for a `mut` argument: the rest, the value, the error, and its indexes.
pub(super) type Reserved = Vec<Reg>;

impl Lower<'_, '_> {
    /// Registers for the `mut` arguments, which must lie below the window.
    pub(super) fn reserve_loans(&mut self, args: &[Arg]) -> Vec<Reserved> {
        let count = |arg: &Arg| match arg {
            Arg::InOut(place) => Some(3 + place.path.len() as u32),
            _ => None,
        };
        let counts: Vec<u32> = args.iter().filter_map(count).collect();
        let run = |this: &mut Self, count: u32| {
            let first = this.frame.code.alloc_run(count);
            (0..count as u16).map(|i| Reg(first.0 + i)).collect()
        };
        counts.into_iter().map(|count| run(self, count)).collect()
    }

    /// Puts plain arguments into the next registers. Variables that the other arguments leave alone are copied last, so that the
    /// last use of a variable can be its argument.
    pub(super) fn plain_window(&mut self, call: CallArgs<'_>, reserved: Vec<Reserved>) -> Marks {
        let mut marks = Marks::default();
        let mut delayed: Vec<(Reg, Reg, Span)> = Vec::new();
        let mut reserved = reserved.into_iter();
        let piped = self.pipe_argument(call);
        for (index, arg) in call.args.iter().enumerate() {
            let reg = self.alloc();
            match arg {
                Arg::Positional(e) => match self.delayed_variable(call.args, index, e) {
                    Some(variable) => delayed.push((reg, variable, e.span)),
                    None => self.expr_to(e, reg),
                },
                Arg::InOut(place) => {
                    marks.in_out.push(index as u32 + piped);
                    let registers = reserved.next().unwrap_or_default();
                    marks.loans.extend(self.lent_argument(place, &registers, reg));
                }
                Arg::Spread(_) | Arg::Named(..) => {}
            }
        }
        for (reg, variable, span) in delayed {
            self.copy_to(reg, variable, span);
        }
        marks.positional = call.args.len() as u32 + piped;
        marks
    }

    /// How the arguments of a call of that function are bound, if some are named or left out, and that is all that binding has to see
    /// to; what is wrong is found when the call is made.
    pub(super) fn bind_arguments(&self, function: FuncId, call: CallArgs<'_>) -> Option<BoundArguments> {
        let params = self.input.program.params.get(&function)?;
        let piped = usize::from(call.piped.is_some());
        let mut is_given: Vec<bool> = (0..params.len()).map(|index| index < piped).collect();
        let mut bound = Vec::with_capacity(call.args.len());
        for (index, arg) in call.args.iter().enumerate() {
            let param = match arg {
                Arg::Positional(_) => index + piped,
                Arg::Named(name, _) => params.iter().position(|param| param.name == name.name)?,
                _ => return None,
            };
            if std::mem::replace(is_given.get_mut(param)?, true) {
                return None;
            }
            bound.push(param);
        }
        let is_bound = params
            .iter()
            .zip(&is_given)
            .all(|(param, is_given)| (*is_given || param.has_default) && param.mode == ParamMode::Value);
        let is_plain = call.is_plain() && bound.len() + piped == params.len();
        (is_bound && !is_plain && piped <= params.len()).then_some(BoundArguments { params: bound, is_given })
    }

    /// Puts the arguments into the registers of their parameters, in the order in which they are written.
    pub(super) fn bound_window(&mut self, call: CallArgs<'_>, bound: &BoundArguments, span: Span) -> Marks {
        let window = self.frame.code.alloc_run(bound.is_given.len() as u32);
        let register = |param: usize| Reg(window.0 + param as u16);
        if let Some(value) = call.piped {
            self.move_to(register(0), value, span);
        }
        for (arg, param) in call.args.iter().zip(&bound.params) {
            if let Arg::Positional(e) | Arg::Named(_, e) = arg {
                self.expr_to(e, register(*param));
            }
        }
        for (param, _) in bound.is_given.iter().enumerate().filter(|(_, is_given)| !**is_given) {
            self.code().a_bc(Op::LoadMissing, register(param), 0, span);
        }
        Marks { positional: bound.is_given.len() as u32, ..Marks::default() }
    }

    /// The left value of `|>` as first argument; gives how many arguments that makes.
    fn pipe_argument(&mut self, call: CallArgs<'_>) -> u32 {
        let Some(value) = call.piped else { return 0 };
        let reg = self.alloc();
        self.move_to(reg, value, Span::default());
        1
    }

    fn delayed_variable(&self, args: &[Arg], index: usize, e: &Expr) -> Option<Reg> {
        let (id, reg) = self.local_variable(e)?;
        let later = args.get(index + 1..)?;
        let is_free = args.len() <= DELAYED_MAX && !later.iter().any(|arg| self.argument_may_change(arg, id));
        is_free.then_some(reg)
    }

    /// Arguments with spread or names: positional ones, an array of those from the first spread on, then the named ones.
    pub(super) fn spread_window(&mut self, call: CallArgs<'_>, reserved: Vec<Reserved>, span: Span) -> Marks {
        let is_plain = |arg: &&Arg| matches!(arg, Arg::Positional(_) | Arg::InOut(_));
        let plain = call.args.iter().take_while(is_plain).count();
        let (head, tail) = call.args.split_at(plain);
        let mut marks = self.plain_window(CallArgs { args: head, ..call }, reserved);
        let array = self.alloc();
        self.code().abc(Op::NewArray, array, array.0, 0, span);
        for arg in tail {
            match arg {
                Arg::Positional(e) => self.scoped(|this| {
                    let value = this.alloc();
                    this.expr_to(e, value);
                    this.code().abc(Op::ArrayPush, array, value.0, 0, span);
                }),
                Arg::Spread(e) => self.scoped(|this| {
                    let operand = this.operand(e);
                    this.code().abc(Op::ArrayExtend, array, operand.reg.0, 0, e.span);
                    this.drop_shared(operand, e.span);
                }),
                Arg::Named(name, e) => {
                    let reg = self.alloc();
                    self.expr_to(e, reg);
                    marks.names.push(name.name.clone());
                }
                Arg::InOut(place) => {
                    let message = "mut arguments after a spread are not supported yet";
                    self.diagnostics.push(Diagnostic::error(Code::UNSUPPORTED, place.span, message));
                }
            }
        }
        marks
    }

    /// The place of a `mut` argument; its indexes are evaluated now, its value is taken when the loans begin.
    fn lent_argument(&mut self, place: &Place, registers: &[Reg], window: Reg) -> Option<Lent> {
        let Some(root) = self.root(&place.root.name, place.root.span) else {
            let name = place.root.name.clone();
            self.raise_unusable_root(&name, place.root.span);
            return None;
        };
        if let (Access::Register(variable), None, true, []) =
            (root.access, root.immutable, self.is_private(root.access), place.path.as_slice())
        {
            self.check_field_root(&root, place.span);
            return Some(Lent::Moved { variable, window });
        }
        let [_, value, error, indexes @ ..] = registers else { return None };
        let steps = self.reserved_steps(&place.path, indexes);
        let place = self.place_of(&root, steps);
        Some(Lent::Loan(Loan { place, value: *value, error: *error, window: Some(window) }))
    }

    fn reserved_steps(&mut self, path: &[PathStep], registers: &[Reg]) -> Vec<PlaceStep> {
        let mut steps = Vec::with_capacity(path.len());
        for (step, reg) in path.iter().map(Step::of_path).zip(registers) {
            steps.push(match step {
                Step::Field(name) => PlaceStep::Field(self.code().named_site(&name.name)),
                Step::Index(e) => {
                    self.expr_to(e, *reg);
                    PlaceStep::Index(*reg)
                }
            });
        }
        steps
    }

    /// A place that begins with a builtin or with nothing.
    pub(super) fn raise_unusable_root(&mut self, name: &Name, span: Span) {
        use crate::bytecode::function::Immutable;
        match self.input.names.name_at(span) {
            crate::compile::resolve::Use::Builtin => self.raise_immutable("mutate", Immutable::Let, name, span),
            _ => self.raise_undefined("variable", name, span),
        }
    }

    /// Takes the values of `mut` arguments, in order. If one cannot be taken, or the call fails, those before it go back.
    pub(super) fn begin_loans(&mut self, loans: &[Lent], span: Span) {
        for lent in loans {
            match lent {
                Lent::Moved { variable, window } => self.move_to(*window, *variable, span),
                Lent::Loan(loan) => {
                    self.code().a_bc(Op::Lend, loan.value, loan.place, span);
                    if let Some(window) = loan.window {
                        self.move_to(window, loan.value, span);
                    }
                    self.protect_loan(loan, span);
                }
            }
        }
    }

    /// Opens a region whose handler gives the loan back and goes on with the error.
    pub(super) fn protect_loan(&mut self, loan: &Loan, span: Span) {
        let label = self.code().label();
        let region = self.code().innermost_region();
        self.frame.stubs.push(Stub::GiveBack { label, loan: *loan, region, span });
        self.code().open_region(label, loan.error, false);
    }

    /// After the call: closes the regions and gives the values back.
    pub(super) fn end_loans(&mut self, loans: &[Lent], span: Span) {
        for lent in loans {
            if let Lent::Loan(_) = lent {
                self.code().close_region();
            }
        }
        for lent in loans {
            match lent {
                Lent::Moved { variable, window } => self.move_to(*variable, *window, span),
                Lent::Loan(loan) => self.give_back(loan, span),
            }
        }
    }

    pub(super) fn give_back(&mut self, loan: &Loan, span: Span) {
        if let Some(window) = loan.window {
            self.move_to(loan.value, window, span);
        }
        self.code().a_bc(Op::Restore, loan.value, loan.place, span);
    }

    /// Does the variable hold its own value, so that no error can observe it while it is away?
    pub(super) fn is_plain_local(&self, root: &Root) -> bool {
        root.immutable.is_none() && !root.is_field && self.is_private(root.access)
    }
}
