//! Literals: constants, strings with interpolations, arrays, dicts, ranges.

use super::Lower;
use crate::bytecode::{Const, Op, Reg};
use crate::syntax::ast::*;
use crate::syntax::source::Span;

/// A literal with more elements is built in parts, so that its window stays small.
const WINDOW_MAX: usize = 256;

impl Lower<'_, '_> {
    /// The function's index of a constant.
    pub(super) fn constant_index(&mut self, constant: Const) -> u32 {
        let index = self.input.program.constant(constant);
        self.code().constant(index)
    }

    pub(super) fn constant_to(&mut self, constant: Const, dst: Reg, span: Span) {
        match constant {
            Const::Null => self.code().a_bc(Op::LoadNull, dst, 0, span),
            Const::Bool(b) => self.code().abc(Op::LoadBool, dst, b as u16, 0, span),
            Const::Int(i) if i32::try_from(i).is_ok() => self.code().a_bc(Op::LoadInt, dst, i as i32 as u32, span),
            other => {
                let index = self.constant_index(other);
                self.code().a_bc(Op::LoadConst, dst, index, span);
            }
        }
    }

    pub(super) fn template_to(&mut self, parts: &[TemplatePart], span: Span, dst: Reg) {
        let mut parts = parts.chunks(WINDOW_MAX - 1);
        let first = parts.next().unwrap_or_default();
        if parts.len() == 0 {
            return self.scoped(|this| this.concat(None, first, span, dst));
        }
        self.scoped(|this| {
            let sofar = this.alloc();
            this.scoped(|this| this.concat(None, first, span, sofar));
            for chunk in parts {
                this.scoped(|this| this.concat(Some(sofar), chunk, span, sofar));
            }
            this.move_to(dst, sofar, span);
        });
    }

    fn concat(&mut self, before: Option<Reg>, parts: &[TemplatePart], span: Span, dst: Reg) {
        let window = self.mark();
        if let Some(before) = before {
            let reg = self.alloc();
            self.move_to(reg, before, span);
        }
        for part in parts {
            let reg = self.alloc();
            match part {
                TemplatePart::Text(text) => self.constant_to(Const::Str(text.clone()), reg, span),
                TemplatePart::Expr(e) => self.expr_to(e, reg),
            }
        }
        let count = self.mark() - window;
        self.code().abc(Op::Concat, dst, window as u16, count as u16, span);
    }

    pub(super) fn array_to(&mut self, elements: &[Element], span: Span, dst: Reg) {
        let is_plain = |e: &Element| matches!(e, Element::Value(_));
        if elements.len() <= WINDOW_MAX && elements.iter().all(is_plain) {
            return self.scoped(|this| this.array_window(elements, span, dst));
        }
        self.scoped(|this| {
            let array = this.scratch_for(dst);
            let mut rest = elements;
            let mut is_first = true;
            while !rest.is_empty() {
                let run = rest.iter().take(WINDOW_MAX).take_while(|e| is_plain(e)).count();
                let (head, tail) = rest.split_at(run.max(1));
                rest = tail;
                if is_first && run == 0 {
                    this.code().abc(Op::NewArray, array, array.0, 0, span);
                }
                this.scoped(|this| this.extend_array(head, std::mem::take(&mut is_first) && run > 0, span, array));
            }
            this.move_to(dst, array, span);
        });
    }

    /// Adds plain elements, or one spread.
    fn extend_array(&mut self, elements: &[Element], is_new: bool, span: Span, array: Reg) {
        match elements {
            [Element::Spread(e)] => {
                let operand = self.operand(e);
                self.code().abc(Op::ArrayExtend, array, operand.reg.0, 0, e.span);
                self.drop_shared(operand, e.span);
            }
            _ if is_new => self.array_window(elements, span, array),
            [Element::Value(e)] => {
                let value = self.alloc();
                self.expr_to(e, value);
                self.code().abc(Op::ArrayPush, array, value.0, 0, span);
            }
            _ => {
                let part = self.alloc();
                self.scoped(|this| this.array_window(elements, span, part));
                self.code().abc(Op::ArrayExtend, array, part.0, 0, span);
                self.code().a_bc(Op::Drop, part, 0, span);
            }
        }
    }

    fn array_window(&mut self, elements: &[Element], span: Span, dst: Reg) {
        let window = self.mark();
        for element in elements {
            if let Element::Value(e) = element {
                let reg = self.alloc();
                self.expr_to(e, reg);
            }
        }
        self.code().abc(Op::NewArray, dst, window as u16, elements.len() as u16, span);
    }

    pub(super) fn dict_to(&mut self, entries: &[DictEntry], span: Span, dst: Reg) {
        let plain = entries.iter().take(WINDOW_MAX / 2).take_while(|e| matches!(e, DictEntry::Pair(..))).count();
        let (head, tail) = entries.split_at(plain);
        if tail.is_empty() {
            return self.scoped(|this| this.dict_window(head, span, dst));
        }
        self.scoped(|this| {
            let dict = this.scratch_for(dst);
            this.scoped(|this| this.dict_window(head, span, dict));
            for entry in tail {
                this.scoped(|this| this.dict_entry(entry, dict));
            }
            this.move_to(dst, dict, span);
        });
    }

    fn dict_entry(&mut self, entry: &DictEntry, dict: Reg) {
        match entry {
            DictEntry::Pair(key, value) => {
                let (key_reg, value_reg) = (self.alloc(), self.alloc());
                self.expr_to(key, key_reg);
                self.expr_to(value, value_reg);
                self.code().abc(Op::DictPut, dict, key_reg.0, value_reg.0, key.span);
            }
            DictEntry::Spread(e) => {
                let operand = self.operand(e);
                self.code().abc(Op::DictExtend, dict, operand.reg.0, 0, e.span);
                self.drop_shared(operand, e.span);
            }
        }
    }

    fn dict_window(&mut self, entries: &[DictEntry], span: Span, dst: Reg) {
        let window = self.mark();
        for entry in entries {
            if let DictEntry::Pair(key, value) = entry {
                for e in [key, value] {
                    let reg = self.alloc();
                    self.expr_to(e, reg);
                }
            }
        }
        self.code().abc(Op::NewDict, dst, window as u16, entries.len() as u16, span);
    }

    pub(super) fn range_to(&mut self, (start, end): (&Expr, &Expr), inclusive: bool, span: Span, dst: Reg) {
        self.scoped(|this| {
            let start = this.operand_before(start, end);
            let end = this.operand(end);
            let op = if inclusive { Op::NewRangeInclusive } else { Op::NewRange };
            this.code().abc(op, dst, start.reg.0, end.reg.0, span);
        });
    }
}
