//! A small program for the unit tests of this folder.

use super::{Const, FuncId, Function, Instr, Module, ModuleId, ProgramData};
use crate::syntax::source::{Source, Span};
use std::sync::Arc;

/// A program whose only function has eight registers, one constant (`"text"`) and the code given.
pub fn program_of(code: Vec<Instr>) -> ProgramData {
    let words = code.len();
    let function = Function {
        id: FuncId(0),
        module: ModuleId(0),
        name: Some("main".into()),
        span: Span::default(),
        is_generator: false,
        is_builtin: false,
        is_method: false,
        has_mut_self: false,
        params: Vec::new(),
        has_rest: false,
        registers: 8,
        captures: 0,
        code,
        spans: vec![Span::new(0, 1); words],
        consts: vec![0],
        closures: Vec::new(),
        places: Vec::new(),
        sites: Vec::new(),
        raises: Vec::new(),
        range_patterns: Vec::new(),
        variant_patterns: Vec::new(),
        key_lists: Vec::new(),
        handlers: Vec::new(),
        variable_names: Vec::new(),
        feedback: (0..words).map(|_| Default::default()).collect(),
        native: Default::default(),
    };
    let source = Source::new("t.ruff", "x");
    ProgramData {
        prelude: Vec::new(),
        modules: vec![Module { name: Arc::from(""), source, body: Ok(FuncId(0)), exports: Vec::new() }],
        functions: vec![function],
        consts: vec![Const::Str("text".into())],
        globals: Vec::new(),
        structs: Vec::new(),
        enums: Vec::new(),
        natives: Vec::new(),
        tests: Vec::new(),
        verification: super::program::Verification::default(),
        native: super::program::NativeData::default(),
    }
}
