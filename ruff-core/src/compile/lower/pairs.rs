//! `for [i, x] in enumerate(xs)` and the like: a loop that takes the pairs of a builtin apart at once needs none of them.

use super::call::CallArgs;
use super::effects::name_of;
use super::postfix::Suffixes;
use super::{Lower, Operand, Origin};
use crate::bytecode::{Op, PairSource, Reg};
use crate::syntax::ast::*;

/// A call of a [`PairSource`], whose values can be evaluated before it is known whether it must be called.
struct PairCall<'a> {
    source: PairSource,
    base: &'a Expr,
    suffixes: &'a [Suffix],
    args: &'a [Arg],
    form: Form<'a>,
}

#[derive(Clone, Copy)]
enum Form<'a> {
    /// Of the builtin by its name.
    Function,
    /// Of a method, on what evaluates to the same value again.
    Repeatable,
    /// Of the method of this name on a value that is evaluated once and is no place.
    Value(&'a Ident),
}

impl Lower<'_, '_> {
    /// Starts the iteration of a loop over pairs, and gives the patterns of their parts; `None`, with nothing emitted, for other loops.
    pub(super) fn prepare_pairs<'a>(&mut self, f: &'a For, iterator: Reg) -> Option<[&'a BindPattern; 2]> {
        let BindPattern::Array { items, rest: None, .. } = &f.first else { return None };
        let ([first, second], None) = (items.as_slice(), &f.second) else { return None };
        let call = self.pair_call(&f.subject)?;
        let span = f.subject.span;
        let (other, ready) = (self.code().label(), self.code().label());
        self.pair_subjects(&call, iterator);
        self.code().ext_jump_y(Op::ForPreparePairs, (iterator, 0, call.source as u16), 0, other, span);
        self.code().jump_to(ready, span);
        self.code().place_label(other);
        self.call_for_pairs(&call, &f.subject, iterator);
        self.code().a_bc(Op::ForPrepare, iterator, 0, span);
        self.code().a_bc(Op::LoadNull, Reg(iterator.0 + 2), 0, span);
        self.code().place_label(ready);
        Some([first, second])
    }

    fn pair_call<'a>(&self, subject: &'a Expr) -> Option<PairCall<'a>> {
        let ExprKind::Postfix { base, suffixes } = &subject.kind else { return None };
        let (last, before) = suffixes.split_last()?;
        let SuffixKind::Call(args) = &last.kind else { return None };
        if !args.iter().all(|arg| matches!(arg, Arg::Positional(_))) {
            return None;
        }
        let Some((Suffix { kind: SuffixKind::Field(method), .. }, receiver)) = before.split_last() else {
            let (name, _) = name_of(base).filter(|(name, span)| before.is_empty() && self.is_native(name, *span))?;
            let source = PairSource::of_name(name).filter(|source| source.arguments() == args.len())?;
            return Some(PairCall { source, base, suffixes: before, args, form: Form::Function });
        };
        let source = PairSource::of_name(&method.name).filter(|source| source.arguments() == args.len() + 1)?;
        let is_value = matches!(receiver.last(), Some(Suffix { kind: SuffixKind::Call(_), .. }));
        let form = match is_value {
            true => Form::Value(method),
            false if self.is_repeatable(base, receiver) => Form::Repeatable,
            false => return None,
        };
        let are_args_repeatable = args.iter().all(|arg| match arg {
            Arg::Positional(Expr { kind: ExprKind::Postfix { base, suffixes }, .. }) => {
                self.is_repeatable(base, suffixes)
            }
            Arg::Positional(e) => self.is_repeatable(e, &[]),
            _ => false,
        });
        are_args_repeatable.then_some(PairCall { source, base, suffixes: receiver, args, form })
    }

    /// Is it a variable, or a field of one?
    fn is_repeatable(&self, base: &Expr, suffixes: &[Suffix]) -> bool {
        let is_variable = |(name, span)| self.root(name, span).is_some_and(|root| !self.is_definition(root.access));
        name_of(base).is_some_and(is_variable)
            && suffixes.iter().all(|suffix| matches!(suffix.kind, SuffixKind::Field(_)))
    }

    /// Evaluates the values that the pairs are made of.
    fn pair_subjects(&mut self, call: &PairCall<'_>, iterator: Reg) {
        let mut to = iterator;
        if let Form::Repeatable | Form::Value(_) = call.form {
            let list = call.suffixes;
            match list {
                [] => self.expr_to(call.base, to),
                list => self.suffixes_to(call.base, Suffixes { list, begin: call.base.span, piped: None }, to),
            }
            to = Reg(to.0 + 1);
        }
        for (index, arg) in call.args.iter().enumerate() {
            if let Arg::Positional(e) = arg {
                self.expr_to(e, Reg(to.0 + index as u16));
            }
        }
    }

    /// The call, where its values are not of the usual kinds: its result goes into `iterator`.
    fn call_for_pairs(&mut self, call: &PairCall<'_>, subject: &Expr, iterator: Reg) {
        match call.form {
            Form::Function => self.scoped(|this| {
                let count = call.args.len() as u16;
                let window = this.frame.code.alloc_run(count.into());
                for index in 0..count {
                    this.move_to(Reg(window.0 + index), Reg(iterator.0 + index), subject.span);
                }
                let native = this.input.program.native(&call.source.name().into());
                this.code().ext(Op::CallNative, (iterator, window.0, count), native, 0, subject.span);
            }),
            Form::Repeatable => self.expr_to(subject, iterator),
            Form::Value(method) => {
                let receiver = Operand { reg: iterator, origin: Origin::Temporary };
                let args = CallArgs { piped: None, args: call.args };
                self.value_method(receiver, method, args, subject.span, iterator);
            }
        }
    }
}
