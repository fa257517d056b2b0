//! The built-in types `Result`, `Option` and `Error`: one definition each in a heap, made on first use and not charged.

use super::heap::{Heap, HeapObject};
use super::record::{EnumDefObject, StructDefObject, VariantObject};
use super::repr::{Ref, Value};
use crate::bytecode::decl::FieldDecl;
use crate::bytecode::{Const, EnumDecl, EnumKind, FieldDefault, Operators, StructDecl, VariantDecl};
use std::cell::OnceCell;
use std::sync::Arc;

/// The definitions that a heap has made.
#[derive(Default)]
pub(super) struct BuiltinTypes {
    result: OnceCell<Ref<EnumDefObject>>,
    option: OnceCell<Ref<EnumDefObject>>,
    error: OnceCell<Ref<StructDefObject>>,
    none: OnceCell<Ref<VariantObject>>,
}

impl BuiltinTypes {
    /// Releases everything; called before the memory goes.
    pub fn clear(&mut self) {
        release(&mut self.none);
        release(&mut self.result);
        release(&mut self.option);
        release(&mut self.error);
    }
}

/// Makes an object that is not charged.
fn uncharged<T: HeapObject>(heap: &Heap, object: Ref<T>) -> Ref<T> {
    heap.discharge_outside(object.object_bytes().next_multiple_of(16));
    object
}

fn release<T: HeapObject>(slot: &mut OnceCell<Ref<T>>) {
    if let Some(object) = slot.take() {
        object.heap().charge_outside(object.object_bytes().next_multiple_of(16));
    }
}

fn enum_def(heap: &Heap, id: u32, name: &str, kind: EnumKind, variants: [(&str, u32); 2]) -> Ref<EnumDefObject> {
    let variants = variants.map(|(name, arity)| VariantDecl { name: name.into(), arity: Some(arity) });
    let decl = EnumDecl { id, name: name.into(), kind, variants: variants.into() };
    uncharged(heap, EnumDefObject::alloc(heap, Arc::new(decl)))
}

/// The fields of `Error` (section 13 of the language reference).
const ERROR_FIELDS: [&str; 7] = ["message", "kind", "line", "column", "stack", "value", "cause"];

fn error_def(heap: &Heap) -> Ref<StructDefObject> {
    let fields = ERROR_FIELDS.map(|name| FieldDecl { name: name.into(), default: FieldDefault::Const(Const::Null) });
    let mut sorted_fields: Vec<u32> = (0..ERROR_FIELDS.len() as u32).collect();
    sorted_fields.sort_by_key(|i| ERROR_FIELDS[*i as usize]);
    let decl = StructDecl {
        id: StructDecl::ERROR_ID,
        name: "Error".into(),
        fields: fields.into(),
        methods: Vec::new(),
        operators: Operators::of(&[]),
        sorted_fields,
    };
    let defaults = ERROR_FIELDS.map(|_| None);
    uncharged(heap, StructDefObject::alloc(heap, Arc::new(decl), Box::new([]), Box::new(defaults)))
}

impl Heap {
    /// The definition of `Result`: `Ok` is variant 0, `Err` variant 1.
    pub fn result_def(&self) -> &Ref<EnumDefObject> {
        self.shared
            .builtin_types
            .result
            .get_or_init(|| enum_def(self, EnumDecl::RESULT_ID, "Result", EnumKind::Result, [("Ok", 1), ("Err", 1)]))
    }

    /// The definition of `Option`: `Some` is variant 0, `None` variant 1.
    pub fn option_def(&self) -> &Ref<EnumDefObject> {
        self.shared
            .builtin_types
            .option
            .get_or_init(|| enum_def(self, EnumDecl::OPTION_ID, "Option", EnumKind::Option, [("Some", 1), ("None", 0)]))
    }

    /// The definition of the struct `Error`.
    pub fn error_def(&self) -> &Ref<StructDefObject> {
        self.shared.builtin_types.error.get_or_init(|| error_def(self))
    }

    /// `Ok(value)`.
    pub fn ok(&self, value: Value) -> Value {
        Value::Variant(VariantObject::alloc(self.result_def(), 0, [value].into_iter()))
    }

    /// `Err(value)`.
    pub fn err(&self, value: Value) -> Value {
        Value::Variant(VariantObject::alloc(self.result_def(), 1, [value].into_iter()))
    }

    /// `Some(value)`.
    pub fn some(&self, value: Value) -> Value {
        Value::Variant(VariantObject::alloc(self.option_def(), 0, [value].into_iter()))
    }

    /// `None`.
    pub fn none(&self) -> Value {
        let make = || uncharged(self, VariantObject::alloc(self.option_def(), 1, [].into_iter()));
        Value::Variant(self.shared.builtin_types.none.get_or_init(make).clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn definitions_are_made_once_and_not_charged() {
        let heap = Heap::new(usize::MAX, 1);
        assert!(heap.result_def().same(heap.result_def()));
        assert_eq!(heap.error_def().decl().field_index("cause"), Some(6));
        assert_eq!(heap.error_def().decl().sorted_fields[0], 6);
        drop((heap.none(), heap.some(Value::Int(1)), heap.ok(Value::Null), heap.err(Value::Null)));
        assert_eq!(heap.used_bytes(), 0);
    }
}
