//! Builtin functions that native code does itself.

use super::state::Abs;
use super::{Builder, Step};
use crate::hir::{Region, Ty, Unary, Width};
use ruff_core::jit::{Decoded, Intrinsic, layout, tag};

impl Builder<'_, '_> {
    /// A call of a builtin whose arguments are in the window.
    pub(super) fn call_intrinsic(
        &mut self,
        at: &Decoded,
        intrinsic: Intrinsic,
        dst: u32,
        window: u32,
        count: u32,
    ) -> Step<bool> {
        let float = |b: &mut Self| match b.get(window).abs {
            Abs::Float(v) if count == 1 => Some(v),
            _ => None,
        };
        let abs = match intrinsic {
            Intrinsic::Sqrt => float(self).map(|v| Abs::Float(self.unary(Unary::FloatSqrt, v))),
            Intrinsic::Len if count == 1 => match self.object(window) {
                Some((shape, ptr)) if shape.tag == tag::ARRAY => {
                    let len = self.load(Width::Word, Region::Arrays, ptr, layout::ARRAY_LEN, Ty::Int);
                    Some(Abs::Int(len))
                }
                _ => None,
            },
            _ => None,
        };
        match abs {
            Some(abs) => {
                self.tick()?;
                self.clear(window);
                self.set(dst, abs);
                Ok(false)
            }
            None => self.interpret(at),
        }
    }
}
