//! The contract between the compiler and the tiers: operations, functions, programs.

pub mod decl;
pub mod decode;
pub mod disasm;
pub mod edit;
pub mod function;
pub mod instr;
pub mod op;
pub mod pairs;
pub mod program;
#[cfg(test)]
pub(crate) mod testing;
pub mod verify;

pub use decl::{EnumDecl, EnumKind, FieldDefault, OperatorMethod, Operators, StructDecl, VariantDecl};
pub use function::{
    Capture, Function, Handler, IterationKind, KeyList, ParamMode, Parameter, Place, PlaceRoot, PlaceStep, RaiseEntry,
    RangePattern, Site, VariantPattern, VariantSource,
};
pub use instr::Instr;
pub use op::Op;
pub use pairs::PairSource;
pub use program::{Const, Declaration, ExportKind, Global, Module, ModuleProblem, ProgramData};

/// An index of a register in a frame.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub struct Reg(pub u16);

/// An index of an instruction in a function.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub struct Pc(pub u32);

/// An index of a function in a program.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub struct FuncId(pub u32);

/// An index of a module in a program; the main module is 0.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub struct ModuleId(pub u32);

/// An index of a global variable in a program.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub struct GlobalId(pub u32);
