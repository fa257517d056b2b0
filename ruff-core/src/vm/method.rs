//! Calls of methods: lookup in the order of section 7, receivers that change, builtin methods.

use super::Machine;
use super::bind::{LooseArguments, check_method_arity};
use super::call::{Call, Outcome, arity, held, is_callable};
use super::coroutine::Asker;
use super::frame::Callee;
use super::library::{MethodAction, MethodEntry, ReceiverKind};
use super::native::{Arity, Ctx, MutatingMethod};
use super::path::{SLOW_METHOD, method_slot};
use super::stack::Parts;
use crate::bytecode::decl::Receiver;
use crate::bytecode::function::feedback;
use crate::bytecode::{Instr, Place, Site};
use crate::code::Code;
use crate::fault::{Fault, Result};
use crate::help;
use crate::value::closure::ClosureObject;
use crate::value::{Absence, NativeId, Ref, Value};

/// Keys of inline caches for builtin methods: above all shapes but that of `Error`.
pub(super) const KIND_KEYS: u32 = 0xFFFF_FF00;

/// Keys of inline caches for the definitions of structs, whose functions are called by the name of the struct: their ids, from here on.
pub(super) const DEFINITION_KEYS: u32 = 1 << 31;

/// The id of the struct whose definition a key of an inline cache stands for, if it is one.
pub fn definition_of_key(key: u32) -> Option<u32> {
    (DEFINITION_KEYS..KIND_KEYS).contains(&key).then(|| key - DEFINITION_KEYS)
}

/// The kind of receivers that a key of an inline cache stands for, if it is no shape.
pub fn receiver_of_key(key: u32) -> Option<ReceiverKind> {
    ReceiverKind::ALL.get(key.checked_sub(KIND_KEYS)? as usize).copied()
}

/// What a method name stands for on a receiver.
enum Target {
    /// A method of a struct.
    Script(Ref<ClosureObject>, Receiver),
    /// A static function of a struct.
    Static(Ref<ClosureObject>),
    /// A function in a field or a module: called without the receiver.
    Member(Value),
    /// A method of a type of the host.
    Host(NativeId),
    /// The slot of a builtin method.
    Builtin(u32),
}

/// The arguments of a method call that follow the receiver.
enum Arguments<'a> {
    /// That many registers behind the receiver's.
    Window(usize),
    Loose(LooseArguments<'a>),
}

impl Machine {
    // ---- instructions

    /// `CallMethod`.
    #[inline(never)]
    pub(super) fn call_method_op(&mut self, i: Instr) -> Result<()> {
        let site = self.site(self.extension().x());
        match self.seen_on(site, ReceiverKind::of(self.value(i.b()))) {
            Some(MethodAction::Native(id)) => self.call_seen(i, site, *id),
            _ => self.call_temporary(i, site, Arguments::Window(i.c() as usize)),
        }
    }

    /// `CallMethodSpread`.
    pub(super) fn call_method_spread(&mut self, i: Instr) -> Result<()> {
        let site = self.site(self.extension().x());
        let loose = self.take_loose(site, i.b() + 1, i.c() as usize);
        self.call_temporary(i, site, Arguments::Loose(loose))
    }

    /// `CallPlaceMethod`.
    #[inline(never)]
    pub(super) fn call_place_method(&mut self, i: Instr) -> Result<()> {
        let ext = self.extension();
        let (site, place) = (self.site(ext.x()), self.place(ext.y())?);
        self.put(i.b().wrapping_sub(1), Value::Null);
        match self.seen_at(site, place) {
            Some((_, MethodAction::Mutating(arity, method))) if arity.accepts(i.c() as usize) => {
                self.update_receiver(i, place, &**method)
            }
            Some((receiver, MethodAction::Native(id))) => {
                self.put(i.b(), receiver.clone());
                self.call_seen(i, site, *id)
            }
            _ => self.call_at_place(i, site, place, Arguments::Window(i.c() as usize)),
        }
    }

    /// `CallPlaceMethodSpread`.
    pub(super) fn call_place_method_spread(&mut self, i: Instr) -> Result<()> {
        let ext = self.extension();
        let (site, place) = (self.site(ext.x()), self.place(ext.y())?);
        self.put(i.b().wrapping_sub(1), Value::Null);
        let loose = self.take_loose(site, i.b() + 1, i.c() as usize);
        self.call_at_place(i, site, place, Arguments::Loose(loose))
    }

    /// `PrepareMethod`.
    #[inline(never)]
    pub(super) fn prepare_method(&mut self, i: Instr) -> Result<()> {
        let ext = self.extension();
        let (site, place) = (self.site(ext.x()), self.place(ext.y())?);
        if self.seen_mutating(site, place).is_some() || self.lends_receiver(site, place) {
            self.put(i.a(), Value::Absent(Absence::Undefined));
            return Ok(());
        }
        let receiver = self.read_place(place)?;
        let changes = self.is_mutating(site, &receiver);
        self.put(i.a(), if changes { Value::Absent(Absence::Undefined) } else { receiver });
        Ok(())
    }

    /// `CallPreparedMethod`.
    #[inline(never)]
    pub(super) fn call_prepared_method(&mut self, i: Instr) -> Result<()> {
        let ext = self.extension();
        let site = self.site(ext.x());
        self.put(i.b().wrapping_sub(1), Value::Null);
        if let Value::Absent(_) = self.value(i.b()) {
            let place = self.place(ext.y())?;
            return match self.seen_mutating(site, place) {
                Some((arity, method)) if arity.accepts(i.c() as usize) => self.update_receiver(i, place, method),
                _ => self.call_at_place(i, site, place, Arguments::Window(i.c() as usize)),
            };
        }
        match self.seen_on(site, ReceiverKind::of(self.value(i.b()))) {
            Some(MethodAction::Native(id)) => self.call_seen(i, site, *id),
            _ => self.call_temporary(i, site, Arguments::Window(i.c() as usize)),
        }
    }

    // ---- lookup

    /// Does the method of that name change this receiver?
    fn is_mutating(&self, site: &Site, receiver: &Value) -> bool {
        match self.find_method(site, receiver) {
            Ok(Target::Script(_, receiver)) => receiver == Receiver::InOut,
            Ok(Target::Builtin(slot)) => self.library.method_at(slot).is_some_and(|m| m.action.is_mutating()),
            _ => false,
        }
    }

    fn find_method(&self, site: &Site, receiver: &Value) -> Result<Target> {
        let name = site.name.as_deref().unwrap_or("");
        match receiver {
            Value::Struct(object) => {
                let decl = object.def().decl();
                let cached = site.cache.get(object.shape()).map(|slot| (slot & !SLOW_METHOD) as usize);
                let index = cached.or_else(|| {
                    let index = decl.method_index(name)?;
                    let receiver = decl.methods.get(index)?.receiver;
                    site.cache.put(object.shape(), method_slot(site, index, receiver));
                    Some(index)
                });
                if let Some(index) = index
                    && let (Some(closure), Some(method)) = (object.def().methods().get(index), decl.methods.get(index))
                {
                    return Ok(Target::Script(closure.clone(), method.receiver));
                }
                if let Some(field) = object.field(name).filter(|f| is_callable(f)) {
                    return Ok(Target::Member(field.clone()));
                }
            }
            Value::StructDef(def) => {
                let key = DEFINITION_KEYS + def.decl().id;
                let cached = site.cache.get(key).map(|slot| slot as usize);
                let index = cached.or_else(|| def.decl().method_index(name));
                if let Some(index) = index
                    && let (Some(closure), Some(method)) = (def.methods().get(index), def.decl().methods.get(index))
                {
                    return match method.receiver {
                        Receiver::Fields => {
                            if cached.is_none() {
                                site.cache.put(key, index as u32);
                            }
                            Ok(Target::Static(closure.clone()))
                        }
                        _ => Err(member_error(format!("{}.{name} needs an instance", def.decl().name))),
                    };
                }
            }
            Value::Module(module) => match module.get(name) {
                Some(Value::Absent(_)) | None => {}
                Some(member) => return Ok(Target::Member(member)),
            },
            Value::Host(object) => {
                if let Some(method) = object.method(name) {
                    return Ok(Target::Host(method));
                }
            }
            _ => {}
        }
        let kind = ReceiverKind::of(receiver);
        let key = KIND_KEYS + kind as u32;
        if let Some(slot) = site.cache.get(key) {
            return Ok(Target::Builtin(slot));
        }
        match (self.library.find_method(kind, name), receiver) {
            (Some(slot), _) => {
                site.cache.put(key, slot);
                Ok(Target::Builtin(slot))
            }
            (None, Value::Module(_)) => crate::value::ops::get_field(receiver, name).map(Target::Member),
            (None, _) => Err(self.unknown_method(receiver, kind, name)),
        }
    }

    #[cold]
    fn unknown_method(&self, receiver: &Value, kind: ReceiverKind, name: &str) -> Fault {
        let mut known: Vec<&str> = self.library.method_names(kind).collect();
        match receiver {
            Value::Struct(object) => known.extend(object.def().decl().method_names()),
            Value::StructDef(def) => known.extend(def.decl().method_names()),
            Value::Host(object) => known.extend(object.decl().methods.keys().map(|name| &**name)),
            _ => {}
        }
        let own = match receiver {
            Value::EnumDef(def) => help::variant(&def.decl().name, name, def.decl().variant_names()),
            Value::Dict(dict) if dict.get_str(name).is_some() => {
                Some(format!("what an entry holds is called as `d[\"{name}\"](…)`").into())
            }
            Value::Null => Some(help::GIVES_NULL.into()),
            _ => None,
        };
        let is_of_arrays = || self.library.method_names(ReceiverKind::Array).any(|of_arrays| of_arrays == name);
        let collected = || (known.contains(&"collect") && is_of_arrays()).then(|| help::COLLECT.into());
        let help = own.or_else(|| help::member(name, known.iter().copied())).or_else(collected);
        member_error(format!("Unknown method: {name}")).with_help(help)
    }

    /// An error of a field that is a method.
    #[cold]
    pub(super) fn with_help_for_method(&self, fault: Fault, subject: &Value, name: &str) -> Fault {
        let is_method = fault.code == Code::NO_SUCH_MEMBER
            && fault.help.is_none()
            && self.library.find_method(ReceiverKind::of(subject), name).is_some();
        if is_method {
            fault.with_help(Some(format!("a method is called with parentheses: `.{name}()`")))
        } else {
            fault
        }
    }

    /// The builtin method that changes the value at a place, if the site has seen it on this kind before: the way of `xs.push(v)`
    /// in a loop.
    #[inline(always)]
    fn seen_mutating<'a>(&self, site: &Site, place: &Place) -> Option<(Arity, &'a dyn MutatingMethod)> {
        match self.seen_at(site, place)?.1 {
            MethodAction::Mutating(arity, method) => Some((*arity, &**method)),
            _ => None,
        }
    }

    /// The value at a place, and what the builtin method is that the site has seen on values of its kind.
    #[inline(always)]
    fn seen_at<'a>(&self, site: &Site, place: &Place) -> Option<(&'a Value, &'a MethodAction)> {
        let value = self.value_at(place)?;
        Some((value, self.seen_on(site, ReceiverKind::of(value))?))
    }

    /// The same for a kind. Where values may have methods of their own, those come first.
    #[inline(always)]
    fn seen_on<'a>(&self, site: &Site, kind: ReceiverKind) -> Option<&'a MethodAction> {
        if kind.has_members() {
            return None;
        }
        let slot = site.cache.get(KIND_KEYS + kind as u32)?;
        Some(&self.library_for_ever().method_at(slot)?.action)
    }

    // ---- calls

    /// Calls a builtin method that changes the value at a place, with the right number of arguments in the window.
    fn update_receiver(&mut self, i: Instr, place: &Place, method: &dyn MutatingMethod) -> Result<()> {
        Self::check_mutable(place)?;
        self.tick()?;
        let values = self.window(i.b() + 1, i.c() as usize);
        let result =
            self.update_place(place, |machine, receiver| machine.call_mutating_method(method, receiver, values));
        self.finish_change(i, result)
    }

    /// The same for a receiver in a register that is not in the window, and that may be changed.
    #[inline(always)]
    pub(super) fn change_receiver(
        &mut self,
        i: Instr,
        method: &dyn MutatingMethod,
        receiver: &mut Value,
    ) -> Result<()> {
        self.put(i.b().wrapping_sub(1), Value::Null);
        self.tick()?;
        let values = self.window(i.b() + 1, i.c() as usize);
        let result = self.call_mutating_method(method, receiver, values);
        self.finish_change(i, result)
    }

    /// Releases the arguments of a method that has changed its receiver, unless it failed, and stores what it gave.
    #[inline(always)]
    fn finish_change(&mut self, i: Instr, result: Result<Parts>) -> Result<()> {
        if result.is_ok() {
            self.clear_window(i.b() + 1, i.c() as usize);
        }
        self.put_mutating_result(i.a(), result)
    }

    /// Stores what a builtin method that changes its receiver gave: elements that were in it, as often as not.
    #[inline(always)]
    fn put_mutating_result(&mut self, dst: u16, result: Result<Parts>) -> Result<()> {
        let value = result?.join();
        self.record(feedback::kind(value.tag()));
        self.put(dst, value);
        Ok(())
    }

    fn call_mutating_method(
        &mut self,
        method: &dyn MutatingMethod,
        receiver: &mut Value,
        values: &mut [Value],
    ) -> Result<Parts> {
        let result = Parts::of(method.call(&mut Ctx { machine: self }, receiver, values));
        self.charged(result)
    }

    /// Calls the native that a builtin method is with the receiver and the arguments in the window.
    #[inline(always)]
    fn call_seen(&mut self, i: Instr, site: &Site, id: NativeId) -> Result<()> {
        let count = i.c() as usize;
        match self.library_for_ever().native(id) {
            Some(entry) if entry.is_free() && entry.arity.accepts(count + 1) => {
                self.call_free(entry, self.call_of(i, count + 1, &[]))
            }
            _ => self.call_temporary(i, site, Arguments::Window(count)),
        }
    }

    /// Calls a method of the receiver in the window, which is not a place.
    fn call_temporary(&mut self, i: Instr, site: &Site, arguments: Arguments<'_>) -> Result<()> {
        let receiver = self.value(i.b());
        let target = self.find_method(site, receiver)?;
        self.call_target(i, site, target, arguments)
    }

    /// Calls a method of the receiver in the window.
    fn call_target(&mut self, i: Instr, site: &Site, target: Target, arguments: Arguments<'_>) -> Result<()> {
        let name = site.name.as_deref().unwrap_or("");
        let outcome = match target {
            Target::Script(_, Receiver::InOut) => return Err(temporary_error(name)),
            Target::Script(method, _) => self.call_script(i, site, &method, false, arguments)?,
            Target::Static(function) => {
                self.put(i.b(), Value::Absent(Absence::Undefined));
                self.call_script(i, site, &function, false, arguments)?
            }
            Target::Member(member) => {
                self.put(i.b(), Value::Null);
                match arguments {
                    Arguments::Window(count) => {
                        let call = self.call_of(i, count, &site.in_out);
                        self.call_value(&member, Call { window: self.register(i.b() + 1), ..call })?
                    }
                    Arguments::Loose(loose) => {
                        let call = self.call_of(i, 0, &site.in_out);
                        self.call_loose(&member, loose, call)?
                    }
                }
            }
            Target::Host(method) => {
                let kind = self.value(i.b()).kind_name();
                let arguments = self.without_names(kind, name, arguments)?;
                self.call_native_method(i, method, (kind, name), arguments)?
            }
            Target::Builtin(slot) => self.call_builtin(i, slot, name, arguments)?,
        };
        self.finish(i.a(), outcome);
        Ok(())
    }

    fn call_script(
        &mut self,
        i: Instr,
        site: &Site,
        method: &Ref<ClosureObject>,
        keeps_receiver: bool,
        arguments: Arguments<'_>,
    ) -> Result<Outcome> {
        match arguments {
            Arguments::Window(count) => {
                let call = self.call_of(i, count + 1, &site.in_out);
                self.call_method_closure(method, keeps_receiver, call)
            }
            Arguments::Loose(loose) => {
                let call = self.call_of(i, 0, &[]);
                let receiver = Some(self.take(i.b()));
                let callee = Callee { linked: method.linked(), closure: held(method), keeps_receiver };
                self.call_linked_loose(callee, LooseArguments { receiver, ..loose }, call)
            }
        }
    }

    fn method_entry<'a>(&self, slot: u32) -> Result<&'a MethodEntry> {
        self.library_for_ever().method_at(slot).ok_or_else(|| Fault::bug("a method of another engine"))
    }

    /// Calls a native with the receiver in the window as its first argument.
    fn call_native_method(
        &mut self,
        i: Instr,
        id: NativeId,
        (kind, name): (&str, &str),
        arguments: Arguments<'_>,
    ) -> Result<Outcome> {
        check_method_arity(self.method_arity(id), kind, name, arguments.count())?;
        match arguments {
            Arguments::Window(count) => {
                let call = self.call_of(i, count + 1, &[]);
                self.call_native(id, call).map(Outcome::Value)
            }
            Arguments::Loose(loose) => {
                let mut values = vec![self.take(i.b())];
                values.extend(loose.positional);
                self.call_native_with(id, &mut values, &[]).map(Outcome::Value)
            }
        }
    }

    /// Calls a builtin method that does not change its receiver.
    fn call_builtin(&mut self, i: Instr, slot: u32, name: &str, arguments: Arguments<'_>) -> Result<Outcome> {
        let entry = self.method_entry(slot)?;
        let kind = self.value(i.b()).kind_name();
        let arguments = self.without_names(kind, name, arguments)?;
        let given = arguments.count();
        match &entry.action {
            MethodAction::Native(id) => self.call_native_method(i, *id, (kind, name), arguments),
            MethodAction::Prelude(_) => {
                let linked = self.prelude_method(slot, name)?;
                check_method_arity(arity(self.function_of(linked)).without_receiver(), kind, name, given)?;
                let callee = Callee { linked, closure: None, keeps_receiver: false };
                match arguments {
                    Arguments::Window(count) => {
                        let call = self.call_of(i, count + 1, &[]);
                        self.call_linked(callee, call)
                    }
                    Arguments::Loose(mut loose) => {
                        loose.positional.insert(0, self.take(i.b()));
                        let call = self.call_of(i, 0, &[]);
                        self.call_linked_loose(callee, loose, call)
                    }
                }
            }
            MethodAction::GeneratorNext => {
                check_method_arity(Arity::exactly(0), kind, name, given)?;
                self.tick()?;
                match self.take(i.b()) {
                    Value::Generator(generator) => self.resume(&generator, Asker::Next { dst: i.a() }),
                    _ => Err(Fault::bug("next() of what is not a generator")),
                }
            }
            MethodAction::Mutating(..) | MethodAction::MutatingPrelude(..) => Err(temporary_error(name)),
        }
    }

    /// Calls a method of the value at a place; one that changes its receiver works on the place.
    fn call_at_place(&mut self, i: Instr, site: &Site, place: &Place, arguments: Arguments<'_>) -> Result<()> {
        let receiver = self.read_place(place)?;
        let target = self.find_method(site, &receiver)?;
        let name = site.name.as_deref().unwrap_or("");
        match target {
            Target::Script(method, Receiver::InOut) => {
                drop(receiver);
                self.lend(i.b(), self.extension().y())?;
                let outcome = self.call_script(i, site, &method, true, arguments)?;
                self.finish(i.a(), outcome);
                Ok(())
            }
            Target::Builtin(slot) if self.method_entry(slot)?.action.is_mutating() => {
                let kind = receiver.kind_name();
                drop(receiver);
                self.call_mutating(i, slot, (kind, name), place, arguments)
            }
            target => {
                self.put(i.b(), receiver);
                self.call_target(i, site, target, arguments)
            }
        }
    }

    /// Calls a builtin method that changes the value at a place.
    fn call_mutating(
        &mut self,
        i: Instr,
        slot: u32,
        (kind, name): (&'static str, &str),
        place: &Place,
        arguments: Arguments<'_>,
    ) -> Result<()> {
        Self::check_mutable(place)?;
        let arguments = self.without_names(kind, name, arguments)?;
        let given = arguments.count();
        let action = &self.method_entry(slot)?.action;
        match action {
            MethodAction::MutatingPrelude(..) if given > 0 => {
                let linked = self.prelude_method(slot, name)?;
                check_method_arity(arity(self.function_of(linked)).without_receiver(), kind, name, given)?;
                if let Arguments::Loose(loose) = arguments {
                    for (index, value) in loose.positional.into_iter().enumerate() {
                        self.put(i.b() + 1 + index as u16, value);
                    }
                }
                self.lend(i.b(), self.extension().y())?;
                let call = self.call_of(i, given + 1, &[0]);
                let outcome = self.call_linked(Callee { linked, closure: None, keeps_receiver: false }, call)?;
                self.finish(i.a(), outcome);
                Ok(())
            }
            MethodAction::Mutating(_, method) | MethodAction::MutatingPrelude(_, method) => {
                if let MethodAction::Mutating(arity, _) = action {
                    check_method_arity(*arity, kind, name, given)?;
                }
                self.tick()?;
                let mut owned;
                let values: &mut [Value] = match arguments {
                    Arguments::Window(count) => self.window(i.b() + 1, count),
                    Arguments::Loose(loose) => {
                        owned = loose.positional;
                        &mut owned
                    }
                };
                let result = self
                    .update_place(place, |machine, receiver| machine.call_mutating_method(&**method, receiver, values));
                if result.is_ok() {
                    values.iter_mut().for_each(|v| *v = Value::Null);
                }
                self.put_mutating_result(i.a(), result)
            }
            _ => Err(Fault::bug("a method that does not change its receiver")),
        }
    }

    /// Builtins take positional arguments only.
    fn without_names<'a>(&self, kind: &str, name: &str, arguments: Arguments<'a>) -> Result<Arguments<'a>> {
        match &arguments {
            Arguments::Loose(LooseArguments { names: [first, ..], .. }) => {
                Err(Fault::error(Code::ARGUMENTS, format!("{kind}.{name} has no parameter named '{first}'")))
            }
            _ => Ok(arguments),
        }
    }
}

impl Arguments<'_> {
    fn count(&self) -> usize {
        match self {
            Arguments::Window(count) => *count,
            Arguments::Loose(loose) => loose.positional.len(),
        }
    }
}

#[cold]
fn member_error(message: String) -> Fault {
    Fault::error(Code::NO_SUCH_MEMBER, message)
}

#[cold]
fn temporary_error(name: &str) -> Fault {
    let help = match name {
        "sort" => "`sort(xs)` gives a sorted copy; a variable is sorted in place",
        "reverse" => "`reverse(xs)` gives a reversed copy; a variable is reversed in place",
        _ => "only what a variable holds can be changed: give the value a name first",
    };
    Fault::error(Code::IMMUTABLE_BINDING, format!("Cannot call mutating method '{name}' on a temporary value"))
        .with_help(Some(help))
}
