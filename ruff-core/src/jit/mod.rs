//! What a native tier may see of the engine, by name: bytecode with its tables and feedback, liveness, and the layout of values.
//!
//! A tier in another crate imports from here and from nowhere else. What is not named here may change without regard to native
//! code. The offsets of [`layout`] come from the types themselves; the assertions below it hold what native code also relies on
//! but takes no constant for.

mod backend;
mod exit;
mod intrinsic;
pub mod layout;
mod region;
mod stub;

pub use backend::{ABI_VERSION, CallEntry, JitBackend, LoopEntry, NativeProgram, Pair, TAG_RESUME, TAG_THROWN};
pub use exit::{ExitFrame, ExitPoint, ExitReason, InlinedFrame, MadeObject, MadePart};
pub use intrinsic::{Builtins, FreeBuiltin, Intrinsic};
pub use region::{Region, Regions};
pub use stub::{Stub, StubResult, StubType};

pub use crate::bytecode::decl::{FieldDecl, MethodDecl, OperatorMethod, Receiver};
pub use crate::bytecode::decode::{DecodeError, Decoded, DecodedOperand, Slot};
pub use crate::bytecode::function::{ClosureTemplate, Immutable, InlineCache, feedback};
pub use crate::bytecode::op::{Flow, Op, Operand, Shape};
pub use crate::bytecode::{
    Capture, Const, Declaration, EnumDecl, FuncId, Function, Global, GlobalId, Handler, Instr, IterationKind, KeyList,
    Module, ModuleId, PairSource, ParamMode, Parameter, Pc, Place, PlaceRoot, PlaceStep, ProgramData, RangePattern,
    Reg, Site, StructDecl, VariantPattern, VariantSource,
};
pub use crate::compile::liveness::{Liveness, RegSet};
pub use crate::value::array::ElementKind;
pub use crate::value::dict::short_key;
pub use crate::value::ops::{BinaryOperator, Search, UnaryOperator};
pub use crate::value::repr::{Absence, Value, tag};
pub use crate::vm::call::FOREIGN_CALLEE;
pub use crate::vm::dispatch::LITERAL_IN_ORDER;
pub use crate::vm::method::{definition_of_key, receiver_of_key};
pub use crate::vm::tier::native_program;
pub use crate::vm::{ReceiverKind, ReturnMode};

#[cfg(test)]
mod tests {
    use super::{ElementKind, layout, tag};
    use crate::value::array::ArrayObject;
    use crate::value::closure::CellObject;
    use crate::value::string::StrObject;
    use crate::value::{Heap, Value};

    #[test]
    fn tags_are_those_of_values() {
        let heap = Heap::new(usize::MAX, 1);
        let array = ArrayObject::new(&heap);
        let text = StrObject::new(&heap, "text").unwrap();
        let cell = CellObject::alloc(&heap, Value::Null);
        let values = [
            (Value::Null, tag::NULL),
            (Value::Bool(true), tag::BOOL),
            (Value::Int(1), tag::INT),
            (Value::Float(1.0), tag::FLOAT),
            (Value::Str(text), tag::STR),
            (Value::Array(array), tag::ARRAY),
            (Value::Cell(cell), tag::CELL),
        ];
        for (value, tag) in &values {
            assert_eq!(value.tag(), *tag, "{value:?}");
            assert_eq!(value.is_heap(), *tag >= tag::FIRST_HEAP, "{value:?}");
        }
    }

    #[test]
    fn element_kinds_are_the_words_of_arrays() {
        let kinds = [ElementKind::Ints, ElementKind::Floats, ElementKind::Values, ElementKind::Bools];
        assert_eq!(kinds.map(|k| k as u32), [0, 1, 2, 3]);
    }

    #[test]
    fn closures_and_their_functions_are_made_of_words() {
        assert_eq!(layout::CLOSURE_FUNCTION % 8, 0);
        assert_eq!(layout::FUNCTION_CODE, 0, "calls load the code first");
    }
}
