//! Host types: what scripts can do with objects of a Rust type.

use super::convert::IntoValue;
use super::copy_out::CopyOut;
use super::function::{Argument, NativeResult, arity_of};
use super::host_object::{AccessError, Host, HostRef, Projection, short_name};
use crate::code::Code;
use crate::fault::{Fault, FaultKind, Result};
use crate::value::host::HostTypeDecl;
use crate::value::{NativeId, Value};
use crate::vm::Library;
use crate::vm::native::{Arity, Ctx, NativeEntry};
use std::any::TypeId;
use std::error::Error as StdError;
use std::marker::PhantomData;
use std::sync::Arc;

/// An operator that a host type defines: see [`HostType::operator`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Operator {
    /// `x + y`
    Add,
    /// `x - y`
    Sub,
    /// `x * y`
    Mul,
    /// `x / y`
    Div,
    /// `x % y`
    Mod,
    /// `x ** y`
    Pow,
    /// `x == y`, and `x != y` unless it is defined too; the result is a bool. A `y` of another kind than the closure takes is unequal.
    Eq,
    /// `x != y`
    Ne,
    /// `x < y`
    Lt,
    /// `x <= y`
    Le,
    /// `x > y`
    Gt,
    /// `x >= y`
    Ge,
    /// `-x`
    Neg,
    /// `!x`
    Not,
    /// `x[y]`
    Index,
    /// `x[y] := z`
    SetIndex,
    /// `x(…)`
    Call,
}

impl Operator {
    /// The name of the method that the machine asks for.
    fn method(self) -> &'static str {
        match self {
            Operator::Add => "op_add",
            Operator::Sub => "op_sub",
            Operator::Mul => "op_mul",
            Operator::Div => "op_div",
            Operator::Mod => "op_mod",
            Operator::Pow => "op_pow",
            Operator::Eq => "op_eq",
            Operator::Ne => "op_ne",
            Operator::Lt => "op_lt",
            Operator::Le => "op_le",
            Operator::Gt => "op_gt",
            Operator::Ge => "op_ge",
            Operator::Neg => "op_neg",
            Operator::Not => "op_not",
            Operator::Index => "op_index",
            Operator::SetIndex => "op_set_index",
            Operator::Call => "op_call",
        }
    }
}

/// Makes a Rust type a type of script objects: `T` needs no `Clone`.
///
/// Objects have identity: copies of a script variable stand for the same object.
///
/// ```
/// use ruff_core::{Engine, HostType, Vm};
/// struct Position { x: f64 }
/// struct Player { name: String, health: i64, position: Position }
///
/// let position = HostType::new("Position").field("x", |p: &Position| p.x, |p: &mut Position, x: f64| p.x = x);
/// let player = HostType::new("Player")
///     .constructor(|name: String| Player { name, health: 100, position: Position { x: 0.0 } })
///     .getter("name", |p: &Player| p.name.clone())
///     .part("position", |p: &Player| &p.position, |p: &mut Player| &mut p.position)
///     .method("hurt", |p: &mut Player, points: i64| { p.health -= points; p.health })
///     .display(|p: &Player| format!("{} ({})", p.name, p.health));
///
/// let engine = Engine::builder().host_type(position).host_type(player).build();
/// let mut vm = Vm::new(&engine);
/// vm.eval("1", r#"p := Player("Ada")  p.position.x += 1.5  p.hurt(30)"#)?;
/// assert_eq!(vm.eval("2", r#""${p} at ${p.position.x}""#)?.as_deref(), Some("Ada (70) at 1.5"));
/// # Ok::<(), ruff_core::Error>(())
/// ```
pub struct HostType<T> {
    name: &'static str,
    constructor: Option<NativeEntry>,
    members: Vec<Member>,
    object: PhantomData<fn(T)>,
}

struct Member {
    name: Box<str>,
    role: Role,
    /// Makes the native; it is told its id.
    make: Box<dyn FnOnce(NativeId) -> NativeEntry>,
}

#[derive(Clone, Copy)]
enum Role {
    Get,
    Set,
    Method,
}

impl<T: Send + Sync + 'static> HostType<T> {
    /// A type without members; `name` is what `type(v)` gives.
    ///
    /// ```
    /// use ruff_core::{Engine, HostType, Vm};
    /// struct Counter(i64);
    /// let counter = HostType::new("Counter").constructor(Counter);
    /// let mut vm = Vm::new(&Engine::builder().host_type(counter).build());
    /// assert_eq!(vm.eval("1", "type(Counter(1))")?.as_deref(), Some("Counter"));
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    pub fn new(name: &'static str) -> HostType<T> {
        HostType { name, constructor: None, members: Vec::new(), object: PhantomData }
    }

    /// Lets scripts make objects by calling the name of the type. The closure gives a `T` or a `Result` of one.
    ///
    /// ```
    /// use ruff_core::{Engine, HostType, Vm};
    /// struct Port(u16);
    /// let port = HostType::new("Port")
    ///     .constructor(|text: &str| text.parse().map(Port))
    ///     .getter("number", |p: &Port| p.0);
    /// let mut vm = Vm::new(&Engine::builder().host_type(port).build());
    /// assert_eq!(vm.eval("1", "Port(\"80\").number")?.as_deref(), Some("80"));
    /// assert!(vm.eval("2", "Port(\"many\")").is_err());
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    #[must_use]
    pub fn constructor<Marker>(mut self, function: impl IntoConstructor<T, Marker>) -> HostType<T> {
        self.constructor = Some(function.into_constructor(self.name));
        self
    }

    /// Adds a field that can be read.
    ///
    /// ```
    /// use ruff_core::{Engine, HostType, Vm};
    /// struct Counter(i64);
    /// let counter = HostType::new("Counter").constructor(Counter).getter("value", |c: &Counter| c.0);
    /// let mut vm = Vm::new(&Engine::builder().host_type(counter).build());
    /// assert_eq!(vm.eval("1", "Counter(7).value")?.as_deref(), Some("7"));
    /// assert!(vm.eval("2", "Counter(7).value := 8").is_err());
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    #[must_use]
    pub fn getter<R: NativeResult>(self, name: &str, get: impl Fn(&T) -> R + Send + Sync + 'static) -> HostType<T> {
        let called = self.member_name(name);
        self.entry(name, Role::Get, Arity::exactly(1), move |ctx, args| {
            let (object, _) = split_receiver::<T>(args, &called)?;
            object.with(|object| get(object)).map_err(AccessError::into_fault)?.into_result(ctx.heap())
        })
    }

    /// Lets a field be written.
    ///
    /// ```
    /// use ruff_core::{Engine, HostType, Vm};
    /// struct Counter(i64);
    /// let counter = HostType::new("Counter").constructor(Counter)
    ///     .getter("value", |c: &Counter| c.0)
    ///     .setter("value", |c: &mut Counter, value: u8| c.0 = value.into());
    /// let mut vm = Vm::new(&Engine::builder().host_type(counter).build());
    /// assert_eq!(vm.eval("1", "c := Counter(7)  c.value += 1  c.value")?.as_deref(), Some("8"));
    /// assert!(vm.eval("2", "c.value := 300").is_err());
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    #[must_use]
    pub fn setter<V, R>(self, name: &str, set: impl IntoMethod<T, fn(V) -> R>) -> HostType<T> {
        let called = self.member_name(name);
        self.member(name, Role::Set, set.into_method(called, None))
    }

    /// Adds a field that can be read and written.
    ///
    /// ```
    /// use ruff_core::{Engine, HostType, Vm};
    /// struct Counter(i64);
    /// let counter = HostType::new("Counter").constructor(Counter)
    ///     .field("value", |c: &Counter| c.0, |c: &mut Counter, value: i64| c.0 = value);
    /// let mut vm = Vm::new(&Engine::builder().host_type(counter).build());
    /// assert_eq!(vm.eval("1", "c := Counter(7)  c.value := 1  c.value")?.as_deref(), Some("1"));
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    #[must_use]
    pub fn field<R: NativeResult, V, W>(
        self,
        name: &str,
        get: impl Fn(&T) -> R + Send + Sync + 'static,
        set: impl IntoMethod<T, fn(V) -> W>,
    ) -> HostType<T> {
        self.getter(name, get).setter(name, set)
    }

    /// Adds a field that is an object of another host type `U` inside this one: scripts change it in place, as in
    /// `player.position.x := 0`.
    ///
    /// ```
    /// use ruff_core::{Engine, HostType, Vm};
    /// #[derive(Default)]
    /// struct Wheel { turns: i64 }
    /// #[derive(Default)]
    /// struct Car { wheel: Wheel }
    /// let wheel = HostType::new("Wheel").field("turns", |w: &Wheel| w.turns, |w: &mut Wheel, turns: i64| w.turns = turns);
    /// let car = HostType::new("Car").constructor(Car::default).part("wheel", |c: &Car| &c.wheel, |c: &mut Car| &mut c.wheel);
    /// let mut vm = Vm::new(&Engine::builder().host_type(wheel).host_type(car).build());
    /// assert_eq!(vm.eval("1", "car := Car()  car.wheel.turns += 2  car.wheel.turns")?.as_deref(), Some("2"));
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    #[must_use]
    pub fn part<U: Send + Sync + 'static>(
        mut self,
        name: &str,
        read: fn(&T) -> &U,
        write: fn(&mut T) -> &mut U,
    ) -> HostType<T> {
        let called = self.member_name(name);
        let projection = Arc::new(Projection { read, write });
        let make = move |id: NativeId| {
            let entry_name = called.clone();
            let get = move |ctx: &mut Ctx<'_>, args: &mut [Value]| {
                split_receiver::<T>(args, &called)?.0.part(id, &projection).into_value(ctx.heap())
            };
            NativeEntry::new(entry_name, Arity::exactly(1), get)
        };
        self.members.push(Member { name: name.into(), role: Role::Get, make: Box::new(make) });
        self
    }

    /// Adds a method that may change the object: `|object: &mut T, a: A, …| …`, with parameters as those of host functions.
    ///
    /// ```
    /// use ruff_core::{Engine, HostType, Vm};
    /// struct Counter(i64);
    /// let counter = HostType::new("Counter").constructor(Counter)
    ///     .method("add", |c: &mut Counter, n: i64, times: Option<i64>| { c.0 += n * times.unwrap_or(1); c.0 });
    /// let mut vm = Vm::new(&Engine::builder().host_type(counter).build());
    /// assert_eq!(vm.eval("1", "c := Counter(0)  c.add(1)  c.add(2, 3)")?.as_deref(), Some("7"));
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    #[must_use]
    pub fn method<Marker>(self, name: &str, method: impl IntoMethod<T, Marker>) -> HostType<T> {
        let called = self.member_name(name);
        self.member(name, Role::Method, method.into_method(called, None))
    }

    /// Adds a method that only reads the object: `|object: &T, a: A, …| …`.
    ///
    /// ```
    /// use ruff_core::{Engine, HostType, Vm};
    /// struct Counter(i64);
    /// let counter = HostType::new("Counter").constructor(Counter).method_ref("is_past", |c: &Counter, n: i64| c.0 > n);
    /// let mut vm = Vm::new(&Engine::builder().host_type(counter).build());
    /// assert_eq!(vm.eval("1", "Counter(3).is_past(2)")?.as_deref(), Some("true"));
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    #[must_use]
    pub fn method_ref<Marker>(self, name: &str, method: impl IntoMethodRef<T, Marker>) -> HostType<T> {
        let called = self.member_name(name);
        self.member(name, Role::Method, method.into_method(called, None))
    }

    /// Defines an operator with an object on its left: `|x: &T, y: Y| …`. The other operand may be a [`HostRef`].
    ///
    /// ```
    /// use ruff_core::{Engine, Host, HostRef, HostType, Operator, Vm};
    /// struct Euro(i64);
    /// let euro = HostType::new("Euro")
    ///     .constructor(Euro)
    ///     .operator(Operator::Add, |a: &Euro, b: HostRef<Euro>| b.with(|b| Host(Euro(a.0 + b.0))))
    ///     .display(|e: &Euro| format!("{} EUR", e.0));
    /// let mut vm = Vm::new(&Engine::builder().host_type(euro).build());
    /// assert_eq!(vm.eval("1", "Euro(2) + Euro(3)")?.as_deref(), Some("5 EUR"));
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    #[must_use]
    pub fn operator<Marker>(self, operator: Operator, function: impl IntoMethodRef<T, Marker>) -> HostType<T> {
        let called = self.member_name(operator.method());
        let for_others = match operator {
            Operator::Eq => Some(false),
            Operator::Ne => Some(true),
            _ => None,
        };
        self.member(operator.method(), Role::Method, function.into_method(called, for_others))
    }

    /// Defines an operator that changes the object: [`Operator::SetIndex`], [`Operator::Call`].
    ///
    /// ```
    /// use ruff_core::{Engine, HostType, Operator, Vm};
    /// #[derive(Default)]
    /// struct Row([i64; 8]);
    /// let row = HostType::new("Row")
    ///     .constructor(Row::default)
    ///     .operator(Operator::Index, |r: &Row, i: usize| r.0.get(i).copied())
    ///     .operator_mut(Operator::SetIndex, |r: &mut Row, i: usize, value: i64| {
    ///         r.0.get_mut(i).map(|place| *place = value).ok_or("a row has eight places")
    ///     });
    /// let mut vm = Vm::new(&Engine::builder().host_type(row).build());
    /// assert_eq!(vm.eval("1", "row := Row()  row[2] := 5  row[2]")?.as_deref(), Some("5"));
    /// assert_eq!(vm.eval("2", "row[9] := 5").unwrap_err().message(), "a row has eight places");
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    #[must_use]
    pub fn operator_mut<Marker>(self, operator: Operator, function: impl IntoMethod<T, Marker>) -> HostType<T> {
        self.method(operator.method(), function)
    }

    /// Lets loops go over the object: the closure gives what they go over, usually a `Vec`.
    ///
    /// ```
    /// use ruff_core::{Engine, HostType, Vm};
    /// struct Counter(i64);
    /// let counter = HostType::new("Counter").constructor(Counter).iterate(|c: &Counter| (0..c.0).collect::<Vec<i64>>());
    /// let mut vm = Vm::new(&Engine::builder().host_type(counter).build());
    /// assert_eq!(vm.eval("1", "sum := 0  for i in Counter(4) { sum += i }  sum")?.as_deref(), Some("6"));
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    #[must_use]
    pub fn iterate<R: NativeResult + 'static>(self, iterate: impl Fn(&T) -> R + Send + Sync + 'static) -> HostType<T> {
        self.method_ref("op_iter", iterate)
    }

    /// Gives objects a text; it is `<host NAME>` otherwise.
    ///
    /// ```
    /// use ruff_core::{Engine, HostType, Vm};
    /// struct Counter(i64);
    /// let counter = HostType::new("Counter").constructor(Counter).display(|c: &Counter| format!("#{}", c.0));
    /// let mut vm = Vm::new(&Engine::builder().host_type(counter).build());
    /// assert_eq!(vm.eval("1", "\"${Counter(4)}\"")?.as_deref(), Some("#4"));
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    #[must_use]
    pub fn display(self, text: impl Fn(&T) -> String + Send + Sync + 'static) -> HostType<T> {
        self.method_ref("to_string", text)
    }

    /// Adds the type to a library.
    pub(super) fn install(self, library: &mut Library) {
        let mut decl = HostTypeDecl::named(self.name);
        for Member { name, role, make } in self.members {
            let id = library.add_member(|id| make(id).of_host());
            match role {
                Role::Method => drop(decl.methods.insert(name, id)),
                Role::Get => decl.fields.entry(name).or_default().get = Some(id),
                Role::Set => decl.fields.entry(name).or_default().set = Some(id),
            }
        }
        if let Some(constructor) = self.constructor {
            library.add(constructor.of_host());
        }
        library.add_host_type(TypeId::of::<T>(), decl);
    }

    /// The name of a member in messages.
    fn member_name(&self, name: &str) -> Arc<str> {
        format!("{}.{name}", self.name).into()
    }

    fn member(mut self, name: &str, role: Role, entry: NativeEntry) -> HostType<T> {
        self.members.push(Member { name: name.into(), role, make: Box::new(move |_| entry) });
        self
    }

    fn entry(
        self,
        name: &str,
        role: Role,
        arity: Arity,
        function: impl Fn(&mut Ctx<'_>, &mut [Value]) -> Result<Value> + Send + Sync + 'static,
    ) -> HostType<T> {
        let entry = NativeEntry::new(self.member_name(name), arity, function);
        self.member(name, role, entry)
    }
}

/// The object that a member is used on, and the other arguments.
fn split_receiver<'a, T: Send + Sync + 'static>(
    args: &'a [Value],
    name: &str,
) -> Result<(&'a HostRef<T>, &'a [Value])> {
    let split = args.split_first().and_then(|(object, rest)| Some((HostRef::of_value(object)?, rest)));
    split.ok_or_else(|| wrong_receiver::<T>(name))
}

/// The arity of a native whose first argument is the object.
fn with_receiver(arity: Arity) -> Arity {
    Arity { min: arity.min + 1, max: arity.max.map(|max| max + 1) }
}

#[cold]
fn wrong_receiver<T>(name: &str) -> Fault {
    Fault::error(Code::INVALID_ARGUMENT, format!("{name}() needs an object of type {}", short_name::<T>()))
}

/// What a constructor may return.
pub trait ConstructorResult<T> {
    /// The object, or why there is none.
    #[doc(hidden)]
    fn into_object(self) -> std::result::Result<T, Box<dyn StdError + Send + Sync>>;
}

impl<T> ConstructorResult<T> for T {
    fn into_object(self) -> std::result::Result<T, Box<dyn StdError + Send + Sync>> {
        Ok(self)
    }
}

impl<T, E: Into<Box<dyn StdError + Send + Sync>>> ConstructorResult<T> for std::result::Result<T, E> {
    fn into_object(self) -> std::result::Result<T, Box<dyn StdError + Send + Sync>> {
        self.map_err(Into::into)
    }
}

/// Closures that can be constructors: up to eight parameters, as of host functions.
#[diagnostic::on_unimplemented(message = "`{Self}` cannot be the constructor of a host type")]
pub trait IntoConstructor<T, Marker> {
    /// The native.
    #[doc(hidden)]
    fn into_constructor(self, name: &'static str) -> NativeEntry;
}

/// Closures that can be methods: `&mut T` and up to eight more parameters, as of host functions.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a method of a host type",
    note = "use a `Fn` closure that is `Send + Sync + 'static`, with an annotated first parameter: `|object: &mut Player, n: i64| …`"
)]
pub trait IntoMethod<T, Marker> {
    /// The native. `for_others` is its result for arguments of other kinds, which are an error otherwise.
    #[doc(hidden)]
    fn into_method(self, name: Arc<str>, for_others: Option<bool>) -> NativeEntry;
}

/// Closures that can be methods that only read: `&T` and up to eight more parameters, as of host functions.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a reading method of a host type",
    note = "use a `Fn` closure that is `Send + Sync + 'static`, with an annotated first parameter: `|object: &Player, n: i64| …`"
)]
pub trait IntoMethodRef<T, Marker> {
    /// The native. `for_others` is its result for arguments of other kinds, which are an error otherwise.
    #[doc(hidden)]
    fn into_method(self, name: Arc<str>, for_others: Option<bool>) -> NativeEntry;
}

macro_rules! methods {
    ($($arg:ident $index:tt),*) => {
        impl<T, F, C, $($arg),*> IntoConstructor<T, fn($($arg),*) -> C> for F
        where
            T: Send + Sync + 'static,
            F: Fn($($arg),*) -> C + for<'a> Fn($($arg::Item<'a>),*) -> C + Send + Sync + 'static,
            C: ConstructorResult<T>,
            $($arg: Argument,)*
        {
            fn into_constructor(self, name: &'static str) -> NativeEntry {
                #[allow(non_snake_case)]
                #[allow(clippy::too_many_arguments)]
                fn invoke<C, $($arg),*>(function: &impl Fn($($arg),*) -> C, $($arg: $arg),*) -> C {
                    function($($arg),*)
                }
                let arity = arity_of(&[$(($arg::OPTIONAL, $arg::REST)),*]);
                NativeEntry::new(name, arity, move |ctx: &mut Ctx<'_>, args: &mut [Value]| {
                    let mut out = CopyOut::running(ctx.reborrow());
                    let _ = (&args, &mut out);
                    let object = invoke(&self, $($arg::get(args, $index, name, &mut out)?),*).into_object();
                    object.map(Host).into_result(out.heap())
                })
            }
        }

        methods!(IntoMethod, with_mut, [mut]; $($arg $index),*);
        methods!(IntoMethodRef, with, []; $($arg $index),*);
    };
    ($trait:ident, $with:ident, [$($mut:ident)?]; $($arg:ident $index:tt),*) => {
        impl<T, F, R, $($arg),*> $trait<T, fn($($arg),*) -> R> for F
        where
            T: Send + Sync + 'static,
            F: Fn(&$($mut)? T, $($arg),*) -> R + for<'a> Fn(&$($mut)? T, $($arg::Item<'a>),*) -> R + Send + Sync + 'static,
            R: NativeResult,
            $($arg: Argument,)*
        {
            fn into_method(self, name: Arc<str>, for_others: Option<bool>) -> NativeEntry {
                #[allow(non_snake_case)]
                #[allow(clippy::too_many_arguments)]
                fn invoke<T, R, $($arg),*>(
                    method: &impl Fn(&$($mut)? T, $($arg),*) -> R,
                    object: &$($mut)? T,
                    $($arg: $arg),*
                ) -> R {
                    method(object, $($arg),*)
                }
                let arity = with_receiver(arity_of(&[$(($arg::OPTIONAL, $arg::REST)),*]));
                NativeEntry::new(name.clone(), arity, move |ctx: &mut Ctx<'_>, args: &mut [Value]| {
                    let (object, args) = split_receiver::<T>(args, &name)?;
                    let mut out = CopyOut::running(ctx.reborrow());
                    let _ = (args, &mut out);
                    let _ = for_others;
                    $(
                        #[allow(non_snake_case)]
                        let $arg = match $arg::get(args, $index, &name, &mut out) {
                            Ok(argument) => argument,
                            Err(fault) if fault.kind != FaultKind::Error => return Err(fault),
                            Err(fault) => return for_others.map(Value::Bool).ok_or(fault),
                        };
                    )*
                    let result = object.$with(|object| invoke(&self, object, $($arg),*));
                    result.map_err(AccessError::into_fault)?.into_result(out.heap())
                })
            }
        }
    };
}

methods!();
methods!(A 0);
methods!(A 0, B 1);
methods!(A 0, B 1, D 2);
methods!(A 0, B 1, D 2, E 3);
methods!(A 0, B 1, D 2, E 3, G 4);
methods!(A 0, B 1, D 2, E 3, G 4, H 5);
methods!(A 0, B 1, D 2, E 3, G 4, H 5, I 6);
methods!(A 0, B 1, D 2, E 3, G 4, H 5, I 6, J 7);

/// Rust types that describe their own host type; `#[derive(HostType)]` of the feature `derive` implements it.
///
/// The attributes `#[host(name = "…")]`, `#[host(skip)]`, `#[host(readonly)]` and `#[host(part)]` say how scripts see a field.
#[cfg_attr(
    feature = "derive",
    doc = r##"
```
use ruff_core::{Engine, HostType, ScriptObject, Vm};
#[derive(HostType)]
struct Position { x: f64 }
#[derive(HostType)]
struct Player { #[host(readonly)] name: String, #[host(part)] position: Position, #[host(skip)] secret: u64 }

let player = Player::host_type()
    .constructor(|name: String| Player { name, position: Position { x: 0.0 }, secret: 7 })
    .method_ref("secret_is_odd", |p: &Player| p.secret % 2 == 1);
let engine = Engine::builder().host_type(Position::host_type()).host_type(player).build();
let mut vm = Vm::new(&engine);
vm.eval("1", r#"p := Player("Ada")  p.position.x += 2"#)?;
assert_eq!(vm.eval("2", r#""${p.name} ${p.position.x} ${p.secret_is_odd()}""#)?.as_deref(), Some("Ada 2 true"));
# Ok::<(), ruff_core::Error>(())
```
"##
)]
pub trait ScriptObject: Send + Sync + Sized + 'static {
    /// The type, ready for [`EngineBuilder::host_type`](crate::EngineBuilder::host_type) or for more members.
    fn host_type() -> HostType<Self>;
}
