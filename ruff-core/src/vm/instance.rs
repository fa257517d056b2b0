//! Linking: a program becomes an instance in one machine.
//!
//! An instance has the constants as values, the addresses of its global variables, and for each function what a call needs.
//! Instances live as long as their machine, at fixed addresses.
//!
//! This file is unsafe: linked functions hold pointers into their instance.

#![allow(unsafe_code)]

use super::Machine;
use super::access::absence_error;
use super::library::Library;
use super::unwind::place_in;
use crate::bytecode::{Const, Declaration, FuncId, Instr, ModuleId, ProgramData};
use crate::code::Code;
use crate::fault::{Fault, Result};
use crate::value::closure::{ClosureObject, LinkedFunction};
use crate::value::{Absence, NativeId, Value};
use std::cell::{Cell, OnceCell, UnsafeCell};
use std::ptr::NonNull;
use std::sync::Arc;

/// An instance in a machine.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct InstanceId(pub u32);

/// What the name of a builtin function stands for.
#[derive(Clone, Copy, Debug)]
pub enum NativeTarget {
    Native(NativeId),
    /// A function of the prelude.
    Prelude(NonNull<LinkedFunction>),
    /// Neither the library nor the prelude has it.
    Missing,
}

/// A program in a machine.
#[repr(C)]
pub struct Instance {
    /// Where `linked` starts: the first word, so that a call finds its callee with two loads.
    functions: *const LinkedFunction,
    pub natives: Box<[NativeTarget]>,
    pub program: Arc<ProgramData>,
    linked: Box<[LinkedFunction]>,
    /// The constants of all functions, one after the other.
    consts: Vec<Value>,
    globals: Box<[*mut Value]>,
    /// The variables that no other program sees.
    own_globals: Box<[UnsafeCell<Value>]>,
    /// Functions without captures as values, made on first use.
    closures: Box<[UnsafeCell<Value>]>,
    modules: Box<[Cell<ModuleState>]>,
    namespaces: Box<[UnsafeCell<Value>]>,
    /// The functions of the prelude that the program was compiled with, by the slots of the methods that they are; made on first
    /// use.
    prelude_methods: OnceCell<Box<[Option<NonNull<LinkedFunction>>]>>,
}

/// How far the import of a module has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ModuleState {
    New,
    Loading,
    Loaded,
}

/// A function of the same program.
///
/// # Safety
/// `function` is linked and the program has a function `id`.
#[inline(always)]
pub unsafe fn sibling(function: *const LinkedFunction, id: u32) -> *const LinkedFunction {
    // SAFETY: the instance of a linked function lives as long as the machine, and `functions` is as long as the program's list.
    unsafe {
        let instance = &*(*function).instance.cast::<Instance>();
        debug_assert!((id as usize) < instance.linked.len());
        instance.functions.add(id as usize)
    }
}

/// The instance of a linked function.
pub fn instance_of(function: &LinkedFunction) -> &Instance {
    // SAFETY: the instance of a linked function lives as long as the machine, as the function itself does.
    unsafe { &*function.instance.cast::<Instance>() }
}

impl Instance {
    /// Links `program`. Public globals of the main module are those of the session, by name, if it takes part in it.
    ///
    /// # Errors
    /// The traps of section 21, which a constant may meet; a program that the verifier refuses is a bug.
    pub(super) fn link(
        machine: &mut Machine,
        program: Arc<ProgramData>,
        in_session: bool,
    ) -> Result<NonNull<Instance>> {
        if let Err(error) = program.verify() {
            return Err(Fault::bug(format!("the compiler made a program that must not run: {error}")));
        }
        let program_consts = (0..).zip(&program.consts).map(|(index, constant)| {
            machine.constant(constant).map_err(|mut fault| {
                let place = program.use_of_constant(index);
                fault.trace.extend(place.map(|(function, span)| place_in(&program, function, span)));
                fault
            })
        });
        let program_consts: Vec<Value> = program_consts.collect::<Result<_>>()?;
        let own_globals: Box<[UnsafeCell<Value>]> = program.globals.iter().map(|_| undefined()).collect();
        let globals = program.globals.iter().zip(&own_globals).map(|(global, own)| {
            if global.is_public && in_session { machine.session_variable(&global.name) } else { own.get() }
        });
        let globals: Box<[*mut Value]> = globals.collect();
        machine.tier.note_frames(&program);
        if machine.tier.is_active() {
            machine.heap().make_shared_strings();
        }
        let natives = program.natives.iter().map(|name| machine.native_target(name)).collect();
        let consts = program.functions.iter().flat_map(|f| f.consts.iter());
        let consts = consts.map(|c| program_consts.get(*c as usize).cloned().unwrap_or(Value::Null)).collect();
        let none = || UnsafeCell::new(Value::Null);
        let instance = Instance {
            functions: std::ptr::null(),
            natives,
            linked: Box::new([]),
            consts,
            globals,
            own_globals,
            closures: program.functions.iter().map(|_| none()).collect(),
            modules: program.modules.iter().map(|_| Cell::new(ModuleState::New)).collect(),
            namespaces: program.modules.iter().map(|_| none()).collect(),
            prelude_methods: OnceCell::new(),
            program,
        };
        let mut instance = NonNull::from(Box::leak(Box::new(instance)));
        // SAFETY: the instance was just made and nothing else refers to it.
        unsafe { instance.as_mut().link_functions() };
        Ok(instance)
    }

    fn link_functions(&mut self) {
        let instance: *const () = std::ptr::from_mut(self).cast();
        let mut first_const = self.consts.as_ptr();
        let linked = self.program.functions.iter().map(|function| {
            let receiver = function.is_method as u32;
            let is_interpreted = function.native.entry().is_none();
            let linked = LinkedFunction {
                code: function.code.as_ptr(),
                consts: first_const,
                globals: self.globals.as_ptr(),
                sites: function.sites.as_ptr(),
                places: function.places.as_ptr(),
                registers: function.registers,
                params: function.params.len() as u32 + receiver,
                is_simple: function.is_simple(),
                is_direct: Cell::new(is_interpreted && function.is_simple()),
                is_interpreted: Cell::new(is_interpreted && !function.is_generator),
                in_out: function.in_out_registers(),
                feedback: function.feedback.as_ptr().wrapping_sub(function.code.as_ptr().addr() / size_of::<Instr>()),
                function,
                instance,
            };
            first_const = first_const.wrapping_add(function.consts.len());
            linked
        });
        self.linked = linked.collect();
        self.functions = self.linked.as_ptr();
        for (target, name) in self.natives.iter_mut().zip(&self.program.natives) {
            let own = self.program.prelude_function(name).and_then(|id| self.linked.get(id.0 as usize));
            if let (NativeTarget::Missing | NativeTarget::Prelude(_), Some(function)) = (&target, own) {
                *target = NativeTarget::Prelude(NonNull::from(function));
            }
        }
    }

    /// The program's own function of the prelude that is the method in a slot of the library.
    fn prelude_method(&self, library: &Library, slot: u32) -> Option<NonNull<LinkedFunction>> {
        if self.program.prelude.is_empty() {
            return None;
        }
        let methods = self.prelude_methods.get_or_init(|| {
            let functions = library.method_entries().map(|entry| {
                let id = self.program.prelude_function(entry.action.prelude_function()?)?;
                self.linked.get(id.0 as usize).map(NonNull::from)
            });
            functions.collect()
        });
        methods.get(slot as usize).copied().flatten()
    }

    /// A function.
    pub fn function(&self, id: FuncId) -> Result<NonNull<LinkedFunction>> {
        let linked = self.linked.get(id.0 as usize);
        linked.map(NonNull::from).ok_or_else(|| Fault::bug("a function that the program does not have"))
    }

    /// A function that captures nothing, as a value.
    pub(super) fn closure(&self, machine: &Machine, id: u32) -> Value {
        let (Some(slot), Some(linked)) = (self.closures.get(id as usize), self.linked.get(id as usize)) else {
            return Value::Null;
        };
        // SAFETY: no reference to the slot is alive: it is only read and written here and in `clear`.
        unsafe {
            if matches!(*slot.get(), Value::Null) {
                *slot.get() =
                    Value::Closure(ClosureObject::alloc(machine.heap(), NonNull::from(linked), std::iter::empty()));
            }
            (*slot.get()).clone()
        }
    }

    /// The address of a global variable.
    pub fn global(&self, index: usize) -> Option<*mut Value> {
        self.globals.get(index).copied()
    }

    /// The definition that an earlier run of the program has made of a hoisted declaration. It stays: native code relies on it.
    pub(super) fn definition(&self, declaration: Declaration) -> Option<Value> {
        let index = self.program.globals.iter().position(|global| global.constant == Some(declaration))?;
        // SAFETY: globals live as long as the machine, and none is being written.
        let value = unsafe { (*self.global(index)?).clone() };
        (!matches!(value, Value::Absent(_))).then_some(value)
    }

    /// The address of a global variable that a verified place names.
    ///
    /// # Safety
    /// The program has that many globals.
    #[inline(always)]
    pub unsafe fn global_unchecked(&self, index: usize) -> *mut Value {
        // SAFETY: the caller's.
        unsafe { *self.globals.get_unchecked(index) }
    }

    /// How far the import of a module has come.
    pub fn module_state(&self, module: ModuleId) -> ModuleState {
        self.modules.get(module.0 as usize).map_or(ModuleState::New, Cell::get)
    }

    pub(super) fn set_module_state(&self, module: ModuleId, state: ModuleState) {
        if let Some(cell) = self.modules.get(module.0 as usize) {
            cell.set(state);
        }
    }

    /// The namespace of a module, made on first use.
    pub(super) fn namespace(&self, machine: &Machine, module: ModuleId) -> Value {
        let index = module.0 as usize;
        let (Some(slot), Some(data)) = (self.namespaces.get(index), self.program.modules.get(index)) else {
            return Value::Null;
        };
        // SAFETY: as for `closure`.
        unsafe {
            if matches!(*slot.get(), Value::Null) {
                let exports = data.exports.iter();
                let exports =
                    exports.filter_map(|e| Some((e.name.clone(), self.global(e.global.0 as usize)?))).collect();
                let name = data.name.clone();
                *slot.get() = Value::Module(crate::value::module::ModuleObject::alloc(machine.heap(), name, exports));
            }
            (*slot.get()).clone()
        }
    }

    /// Releases all values. The instance must not run afterwards.
    pub(super) fn clear(&mut self) {
        for slot in self.own_globals.iter_mut().chain(&mut self.closures).chain(&mut self.namespaces) {
            drop(std::mem::replace(slot.get_mut(), Value::Null));
        }
        // The constants keep their addresses: linked functions point to them.
        for value in &mut self.consts {
            drop(std::mem::replace(value, Value::Null));
        }
    }
}

fn undefined() -> UnsafeCell<Value> {
    UnsafeCell::new(Value::Absent(Absence::Undefined))
}

/// A global variable of the session, found by name.
pub(super) struct SessionVariable(NonNull<Value>);

impl SessionVariable {
    pub(super) fn new() -> SessionVariable {
        SessionVariable(NonNull::from(Box::leak(Box::new(Value::Absent(Absence::Undefined)))))
    }

    /// The address of the variable, which does not change.
    pub(super) fn as_ptr(&self) -> *mut Value {
        self.0.as_ptr()
    }

    pub(super) fn get(&self) -> Value {
        // SAFETY: the variable is alive, and no borrow of a variable outlives an instruction.
        unsafe { self.0.as_ref().clone() }
    }

    pub(super) fn set(&self, value: Value) {
        // SAFETY: as for `get`; the old value is dropped after it has left the variable.
        drop(unsafe { std::ptr::replace(self.0.as_ptr(), value) });
    }
}

impl Drop for SessionVariable {
    fn drop(&mut self) {
        // SAFETY: made from a box in `new`, dropped once.
        drop(unsafe { Box::from_raw(self.0.as_ptr()) });
    }
}

impl Machine {
    /// Links a program. Its top-level code has not run.
    ///
    /// # Errors
    /// The traps of section 21, at the place of the constant that meets the limit.
    pub fn load(&mut self, program: Arc<ProgramData>) -> Result<InstanceId> {
        self.begin()?;
        if self.names_prelude(&program) {
            self.need_prelude()?;
        }
        let instance = Instance::link(self, program, true)?;
        self.instances.push(instance);
        Ok(InstanceId(self.instances.len() as u32 - 1))
    }

    /// An instance.
    pub(super) fn instance(&self, id: InstanceId) -> Result<&Instance> {
        let instance = self.instances.get(id.0 as usize);
        // SAFETY: instances live as long as the machine.
        instance.map(|i| unsafe { i.as_ref() }).ok_or_else(|| Fault::bug("an instance of another machine"))
    }

    /// The program of an instance.
    ///
    /// # Errors
    /// If the instance is not of this machine.
    pub fn program(&self, id: InstanceId) -> Result<&Arc<ProgramData>> {
        self.instance(id).map(|i| &i.program)
    }

    /// Runs the top-level code of the main module.
    ///
    /// # Errors
    /// What it does not catch.
    pub fn run_main(&mut self, id: InstanceId) -> Result<Value> {
        let main = self.instance(id)?.program.modules.first();
        let body = main.map(|m| m.body.clone()).ok_or_else(|| Fault::bug("a program without modules"))?;
        match body {
            Ok(function) => self.run_function(id, function),
            Err(problem) => Err(Fault::error(problem.code, problem.message.to_string())),
        }
    }

    /// Runs a function of a program that takes no arguments.
    ///
    /// # Errors
    /// What it does not catch.
    pub fn run_function(&mut self, id: InstanceId, function: FuncId) -> Result<Value> {
        let callee = self.instance(id)?.function(function)?;
        self.begin()?;
        self.run_linked(callee)
    }

    /// A public global variable, if it has a value.
    ///
    /// # Errors
    /// `RUF1017` if it is lent.
    pub fn global(&self, name: &str) -> Result<Option<Value>> {
        match self.session.get(name).map(SessionVariable::get) {
            Some(lent @ Value::Absent(Absence::OnLoan)) => Err(absence_error(&lent, name)),
            None | Some(Value::Absent(_)) => Ok(None),
            value => Ok(value),
        }
    }

    /// Gives a public global variable a value.
    ///
    /// # Errors
    /// `RUF1017` if it is lent.
    pub fn set_global(&mut self, name: &str, value: Value) -> Result<()> {
        self.global(name)?;
        self.keep_definition(name);
        self.session_slot(name).set(value);
        Ok(())
    }

    /// The names of the public global variables that have values.
    pub fn global_names(&self) -> impl Iterator<Item = &str> {
        let defined = self.session.iter().filter(|(_, v)| !matches!(v.get(), Value::Absent(_)));
        defined.map(|(name, _)| &**name)
    }

    fn session_slot(&mut self, name: &str) -> &SessionVariable {
        self.session.entry(name.into()).or_insert_with(SessionVariable::new)
    }

    fn session_variable(&mut self, name: &Arc<str>) -> *mut Value {
        self.keep_definition(name);
        self.session_slot(name).as_ptr()
    }

    /// A session variable may change. If it holds a definition, native code that runs relies on that until it has returned.
    fn keep_definition(&mut self, name: &str) {
        if self.native_depth == 0 {
            self.kept_definitions.clear();
        } else if let Some(value @ Value::StructDef(_)) = self.session.get(name).map(|v| v.get()) {
            self.kept_definitions.push(value);
        }
    }

    /// What the name of a builtin stands for.
    pub(super) fn native_target(&self, name: &str) -> NativeTarget {
        if let Some(id) = self.library.find(name) {
            return NativeTarget::Native(id);
        }
        self.prelude_function(name).map_or(NativeTarget::Missing, NativeTarget::Prelude)
    }

    /// A function of the prelude.
    pub(super) fn prelude_function(&self, name: &str) -> Option<NonNull<LinkedFunction>> {
        self.prelude.get(name).copied()
    }

    /// The value of a builtin's name; `RUF1001` when nothing has that name.
    ///
    /// # Errors
    /// `RUF1001`.
    pub fn builtin(&self, name: &str) -> Result<Value> {
        match self.native_target(name) {
            NativeTarget::Native(id) => Ok(Value::Native(id)),
            NativeTarget::Prelude(function) => Ok(self.linked_value(function)),
            NativeTarget::Missing => Err(Fault::error(Code::UNDEFINED, format!("Undefined variable: {name}"))),
        }
    }

    /// The function of the prelude that a builtin method calls: that of the running program, if it was compiled with it.
    pub(super) fn prelude_method(&mut self, slot: u32, name: &str) -> Result<NonNull<LinkedFunction>> {
        if let Some(own) = self.running().prelude_method(&self.library, slot) {
            return Ok(own);
        }
        self.need_prelude()?;
        match self.prelude_methods.get(slot as usize) {
            Some(Some(function)) => Ok(*function),
            _ => Err(Fault::error(Code::NO_SUCH_MEMBER, format!("Unknown method: {name}"))),
        }
    }

    /// A function without captures as a value.
    pub(super) fn linked_value(&self, function: NonNull<LinkedFunction>) -> Value {
        // SAFETY: linked functions live as long as the machine.
        let linked = unsafe { function.as_ref() };
        instance_of(linked).closure(self, linked.function().id.0)
    }

    /// Does the program name a function of the prelude that it was not compiled with?
    fn names_prelude(&self, program: &ProgramData) -> bool {
        let Some(source) = &self.prelude_source else { return false };
        let values = program.consts.iter().filter_map(|c| if let Const::Native(name) = c { Some(name) } else { None });
        let called = program.natives.iter().filter(|name| program.prelude_function(name).is_none());
        called.chain(values).any(|name| source.contains(name))
    }

    /// Links the prelude, unless it is linked.
    fn need_prelude(&mut self) -> Result<()> {
        let Some(source) = self.prelude_source.take() else { return Ok(()) };
        let program = source.program().ok_or_else(|| Fault::bug("the prelude does not compile"))?;
        // The prelude is no data of the script, so that the memory limit does not concern it.
        let limit = self.heap.limit_bytes();
        self.heap.set_limit_bytes(usize::MAX);
        let loaded = self.load_prelude(program);
        self.heap.set_limit_bytes(limit);
        loaded
    }

    /// Links the prelude and lists its functions by name.
    fn load_prelude(&mut self, program: Arc<ProgramData>) -> Result<()> {
        let instance = Instance::link(self, program.clone(), false)?;
        self.instances.push(instance);
        let id = InstanceId(self.instances.len() as u32 - 1);
        for global in &program.globals {
            if let Some(function) = global.function() {
                let linked = self.instance(id)?.function(function)?;
                self.prelude.insert(global.name.clone(), linked);
            }
        }
        let functions =
            self.library.method_entries().map(|entry| self.prelude_function(entry.action.prelude_function()?));
        self.prelude_methods = functions.collect();
        Ok(())
    }

    /// Releases the values of all instances.
    pub(super) fn clear_instances(&mut self) {
        for instance in &mut self.instances {
            // SAFETY: no frame is active, so nothing refers to the instance but the list.
            unsafe { instance.as_mut().clear() };
        }
    }

    /// Frees the instances; no value refers to their functions any more.
    pub(super) fn free_instances(&mut self) {
        for instance in self.instances.drain(..) {
            // SAFETY: made from a box in `link`, freed once, and no closure is alive.
            drop(unsafe { Box::from_raw(instance.as_ptr()) });
        }
    }
}

// SAFETY: a machine owns everything that its pointers lead to (stack, frames, instances, variables, heap) or shares it
// immutably (programs, library); its services are `Send`. Values and references never leave it without its borrow.
unsafe impl Send for Machine {}
