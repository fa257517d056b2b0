//! The functions and builtin methods that the scripts of an engine can call.
//!
//! A library is built once per engine and shared by its machines. Functions written in Ruff (the prelude) are not listed here;
//! a method may name one.

use super::native::{Arity, MutatingMethod, NativeEntry, NativeFunction};
use crate::bytecode::EnumKind;
use crate::jit::Intrinsic;
use crate::value::host::{HostTypeDecl, HostTypes};
use crate::value::{NativeId, Value};
use smallvec::SmallVec;
use std::any::TypeId;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

/// The kinds that builtin methods distinguish.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub enum ReceiverKind {
    Null,
    Bool,
    Int,
    Float,
    Function,
    String,
    Array,
    Dict,
    Struct,
    Enum,
    Result,
    Option,
    Range,
    Bytes,
    Set,
    Queue,
    Stack,
    Generator,
    StructDef,
    EnumDef,
    Module,
    Host,
}

impl ReceiverKind {
    /// May values of the kind have methods, fields or functions of their own?
    #[inline]
    pub fn has_members(self) -> bool {
        use ReceiverKind::{EnumDef, Host, Module, Struct, StructDef};
        matches!(self, Struct | StructDef | EnumDef | Module | Host)
    }

    /// Every kind: for methods of `any`.
    pub const ALL: &'static [ReceiverKind] = &[
        ReceiverKind::Null,
        ReceiverKind::Bool,
        ReceiverKind::Int,
        ReceiverKind::Float,
        ReceiverKind::Function,
        ReceiverKind::String,
        ReceiverKind::Array,
        ReceiverKind::Dict,
        ReceiverKind::Struct,
        ReceiverKind::Enum,
        ReceiverKind::Result,
        ReceiverKind::Option,
        ReceiverKind::Range,
        ReceiverKind::Bytes,
        ReceiverKind::Set,
        ReceiverKind::Queue,
        ReceiverKind::Stack,
        ReceiverKind::Generator,
        ReceiverKind::StructDef,
        ReceiverKind::EnumDef,
        ReceiverKind::Module,
        ReceiverKind::Host,
    ];

    /// The kind of a value.
    pub fn of(value: &Value) -> ReceiverKind {
        match value {
            Value::Null | Value::Absent(_) | Value::Cell(_) => ReceiverKind::Null,
            Value::Bool(_) => ReceiverKind::Bool,
            Value::Int(_) | Value::BigInt(_) => ReceiverKind::Int,
            Value::Float(_) => ReceiverKind::Float,
            Value::Native(_) | Value::Closure(_) | Value::Constructor(_) => ReceiverKind::Function,
            Value::Str(_) => ReceiverKind::String,
            Value::Array(_) => ReceiverKind::Array,
            Value::Dict(_) => ReceiverKind::Dict,
            Value::Struct(_) => ReceiverKind::Struct,
            Value::Variant(v) => match v.def().decl().kind {
                EnumKind::Declared => ReceiverKind::Enum,
                EnumKind::Result => ReceiverKind::Result,
                EnumKind::Option => ReceiverKind::Option,
            },
            Value::Range(_) => ReceiverKind::Range,
            Value::Bytes(_) => ReceiverKind::Bytes,
            Value::Set(_) => ReceiverKind::Set,
            Value::Queue(_) => ReceiverKind::Queue,
            Value::Stack(_) => ReceiverKind::Stack,
            Value::Generator(_) => ReceiverKind::Generator,
            Value::StructDef(_) => ReceiverKind::StructDef,
            Value::EnumDef(_) => ReceiverKind::EnumDef,
            Value::Module(_) => ReceiverKind::Module,
            Value::Host(_) => ReceiverKind::Host,
        }
    }
}

/// A builtin method of a kind.
#[derive(Clone)]
pub struct MethodEntry {
    pub kind: ReceiverKind,
    pub name: Arc<str>,
    pub action: MethodAction,
    /// What a method that changes its receiver is to native code.
    pub(crate) intrinsic: Option<Intrinsic>,
}

/// What a builtin method does.
#[derive(Clone)]
pub enum MethodAction {
    /// Calls a native as `name(receiver, args)`.
    Native(NativeId),
    /// Changes the receiver in place; needs an assignable receiver. The arity does not count the receiver.
    Mutating(Arity, Arc<dyn MutatingMethod>),
    /// Calls a function of the prelude as `name(receiver, args)`.
    Prelude(Arc<str>),
    /// Calls a function of the prelude whose first parameter is `mut`: it changes the receiver in place. Without arguments it does the
    /// same as a method that needs no function of the prelude.
    MutatingPrelude(Arc<str>, Arc<dyn MutatingMethod>),
    /// `next()` of a generator.
    GeneratorNext,
}

impl MethodAction {
    /// Does it change its receiver?
    pub fn is_mutating(&self) -> bool {
        matches!(self, MethodAction::Mutating(..) | MethodAction::MutatingPrelude(..))
    }

    /// The function of the prelude that it calls.
    pub fn prelude_function(&self) -> Option<&str> {
        match self {
            MethodAction::Prelude(function) | MethodAction::MutatingPrelude(function, _) => Some(function),
            MethodAction::Native(_) | MethodAction::Mutating(..) | MethodAction::GeneratorNext => None,
        }
    }
}

/// The functions of an engine and a command are about as many.
const NATIVES_EXPECTED: usize = 400;
/// Their methods, counted for each kind.
const METHODS_EXPECTED: usize = 400;

/// The functions and methods of an engine.
#[derive(Clone, Default)]
pub struct Library {
    natives: Vec<NativeEntry>,
    by_name: HashMap<Arc<str>, NativeId>,
    methods: Vec<MethodEntry>,
    methods_by_name: HashMap<Arc<str>, SmallVec<[u32; 4]>>,
    host_types: Arc<HostTypes>,
}

impl Library {
    /// A library without functions, with room for those of the engine and some of the host.
    pub fn new() -> Library {
        Library {
            natives: Vec::with_capacity(NATIVES_EXPECTED),
            by_name: HashMap::with_capacity(NATIVES_EXPECTED),
            methods: Vec::with_capacity(METHODS_EXPECTED),
            methods_by_name: HashMap::with_capacity(NATIVES_EXPECTED),
            host_types: Arc::default(),
        }
    }

    /// Adds a function; it replaces one of the same name.
    pub fn add(&mut self, entry: NativeEntry) -> NativeId {
        let id = NativeId(self.natives.len() as u32);
        self.by_name.insert(entry.name.clone(), id);
        self.natives.push(entry);
        id
    }

    /// Adds a function that no name stands for: a member of a host type. `make` is told its id.
    pub fn add_member(&mut self, make: impl FnOnce(NativeId) -> NativeEntry) -> NativeId {
        let id = NativeId(self.natives.len() as u32);
        self.natives.push(make(id));
        id
    }

    /// Adds a type of the host whose objects have the Rust type `id`.
    pub fn add_host_type(&mut self, id: TypeId, decl: HostTypeDecl) {
        Arc::make_mut(&mut self.host_types).add(id, decl);
    }

    /// The types of the host.
    pub fn host_types(&self) -> &Arc<HostTypes> {
        &self.host_types
    }

    /// Adds a function without capability.
    pub fn function(&mut self, name: &str, arity: Arity, function: impl NativeFunction + 'static) -> NativeId {
        self.add(NativeEntry::new(name, arity, function))
    }

    /// Adds a method that calls the native `function` as `function(receiver, args)`. It must have been added before.
    pub fn method(&mut self, kinds: &[ReceiverKind], name: &str, function: &str) {
        let Some(id) = self.find(function) else {
            debug_assert!(false, "method {name} of an unknown function {function}");
            return;
        };
        self.add_method(kinds, name, MethodAction::Native(id));
    }

    /// Adds a method of a native's name that calls it.
    pub fn method_of(&mut self, kinds: &[ReceiverKind], id: NativeId) {
        if let Some(name) = self.native(id).map(|entry| entry.name.clone()) {
            self.add_method(kinds, name, MethodAction::Native(id));
        }
    }

    /// Adds a method that changes its receiver in place; `arity` does not count the receiver.
    pub fn mutating_method(
        &mut self,
        kinds: &[ReceiverKind],
        name: &str,
        arity: Arity,
        method: impl MutatingMethod + 'static,
    ) {
        self.add_method(kinds, name, MethodAction::Mutating(arity, Arc::new(method)));
    }

    /// Adds a method that calls a function of the prelude as `function(receiver, args)`.
    pub fn prelude_method(&mut self, kinds: &[ReceiverKind], name: &str, function: &str) {
        self.add_method(kinds, name, MethodAction::Prelude(function.into()));
    }

    /// Adds a method for each kind; it replaces one of the same name.
    pub fn add_method(&mut self, kinds: &[ReceiverKind], name: impl Into<Arc<str>>, action: MethodAction) {
        if kinds.is_empty() {
            return;
        }
        let name = name.into();
        let slots = self.methods_by_name.entry(name.clone()).or_default();
        for &kind in kinds {
            let entry = MethodEntry { kind, name: name.clone(), action: action.clone(), intrinsic: None };
            match slots.iter().find(|slot| self.methods[**slot as usize].kind == kind) {
                Some(slot) => self.methods[*slot as usize] = entry,
                None => {
                    slots.push(self.methods.len() as u32);
                    self.methods.push(entry);
                }
            }
        }
    }

    /// Says what a method that changes its receiver is to native code.
    pub(crate) fn known_as(&mut self, kind: ReceiverKind, name: &str, intrinsic: Intrinsic) {
        if let Some(slot) = self.find_method(kind, name)
            && let Some(entry) = self.methods.get_mut(slot as usize)
        {
            entry.intrinsic = Some(intrinsic);
        }
    }

    /// The function of that name.
    pub fn find(&self, name: &str) -> Option<NativeId> {
        self.by_name.get(name).copied()
    }

    /// A function by its id.
    #[inline(always)]
    pub fn native(&self, id: NativeId) -> Option<&NativeEntry> {
        self.natives.get(id.0 as usize)
    }

    /// The name of a function.
    pub fn native_name(&self, id: NativeId) -> &str {
        self.native(id).map_or("", |entry| &entry.name)
    }

    /// All functions.
    pub fn natives(&self) -> impl Iterator<Item = &NativeEntry> {
        self.by_name.values().filter_map(|id| self.native(*id))
    }

    /// The slot of a method.
    pub fn find_method(&self, kind: ReceiverKind, name: &str) -> Option<u32> {
        let slots = self.methods_by_name.get(name)?;
        slots.iter().copied().find(|slot| self.methods[*slot as usize].kind == kind)
    }

    /// The names of the methods of a kind.
    pub fn method_names(&self, kind: ReceiverKind) -> impl Iterator<Item = &str> {
        self.methods.iter().filter(move |method| method.kind == kind).map(|method| &*method.name)
    }

    /// The method in a slot.
    #[inline(always)]
    pub fn method_at(&self, slot: u32) -> Option<&MethodEntry> {
        self.methods.get(slot as usize)
    }

    /// Does any kind have a method of that name that changes its receiver?
    pub fn has_mutating_method(&self, name: &str) -> bool {
        let slots = self.methods_by_name.get(name);
        slots.is_some_and(|slots| slots.iter().any(|slot| self.methods[*slot as usize].action.is_mutating()))
    }

    /// The function of the prelude that methods of that name call, which is one for all kinds.
    pub fn prelude_function_of_method(&self, name: &str) -> Option<&str> {
        let slots = self.methods_by_name.get(name)?;
        slots.iter().find_map(|slot| self.methods[*slot as usize].action.prelude_function())
    }

    /// All methods.
    pub fn method_entries(&self) -> impl Iterator<Item = &MethodEntry> {
        self.methods.iter()
    }
}

impl fmt::Debug for Library {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Library({} functions, {} methods)", self.natives.len(), self.methods.len())
    }
}
