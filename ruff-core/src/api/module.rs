//! Modules of host functions, and what an engine can tell of its functions.

use super::function::IntoNative;
use crate::syntax::ast::{BindPattern, Binding, BindingMode, Expr, ExprKind, Ident, Module as Tree, Stmt, StmtKind};
use crate::syntax::source::{Source, Span};
use crate::vm::native::{Capability, NativeEntry};
use std::marker::PhantomData;
use std::sync::Arc;

/// Host functions that scripts import: `import geometry`, `from geometry import area`.
///
/// ```
/// use ruff_core::{Engine, Module, Vm};
/// let geometry = Module::new("geometry").function("area", |w: f64, h: f64| w * h).doc("the area of a rectangle");
/// let engine = Engine::builder().module(geometry).build();
/// let mut vm = Vm::new(&engine);
/// let program = engine.compile("a.ruff", "from geometry import area\nx := area(2, 3)")?;
/// vm.run(&program)?;
/// assert_eq!(vm.global::<f64>("x")?, 6.0);
/// assert_eq!(program.imports().collect::<Vec<_>>(), ["geometry"]);
/// # Ok::<(), ruff_core::Error>(())
/// ```
pub struct Module<S = ()> {
    name: String,
    doc: String,
    entries: Vec<NativeEntry>,
    state: PhantomData<fn(S)>,
}

impl Module<()> {
    /// A module without functions. `name` is its path in import statements: `shop` or `shop.orders`.
    ///
    /// ```
    /// use ruff_core::{Engine, Module, Vm};
    /// let orders = Module::new("shop.orders").function("count", || 3);
    /// let mut vm = Vm::new(&Engine::builder().module(orders).build());
    /// assert_eq!(vm.eval("1", "import shop.orders as orders\norders.count()")?.as_deref(), Some("3"));
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    pub fn new(name: impl Into<String>) -> Module<()> {
        Module::for_state(name)
    }
}

impl<S> Module<S> {
    /// The same for the engines with a state of type `S`, which its functions may use.
    ///
    /// ```
    /// use ruff_core::{Ctx, Engine, Module, Vm};
    /// let stock = Module::for_state("stock").function("left", |ctx: &mut Ctx<u32>| *ctx.state());
    /// let mut vm = Vm::with_host_state(&Engine::builder_for::<u32>().module(stock).build(), 12);
    /// assert_eq!(vm.eval("1", "import stock\nstock.left()")?.as_deref(), Some("12"));
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    pub fn for_state(name: impl Into<String>) -> Module<S> {
        Module { name: name.into(), doc: String::new(), entries: Vec::new(), state: PhantomData }
    }

    /// Adds a function: see [`EngineBuilder::function`](crate::EngineBuilder::function).
    ///
    /// ```
    /// use ruff_core::{Engine, Module, Vm};
    /// let text = Module::new("words").function("first", |text: &str| text.split(' ').next().map(str::to_owned));
    /// let mut vm = Vm::new(&Engine::builder().module(text).build());
    /// assert_eq!(vm.eval("1", "import words\nwords.first(\"a b\")")?.as_deref(), Some("a"));
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    #[must_use]
    pub fn function<Marker>(mut self, name: &str, function: impl IntoNative<S, Marker>) -> Module<S> {
        self.entries.push(function.into_native(&format!("{}.{name}", self.name)));
        self
    }

    /// Documents the function that was added last, or the module if it has none yet.
    ///
    /// ```
    /// use ruff_core::{Engine, Module};
    /// let module = Module::new("shop").doc("what is sold").function("price", |item: &str| item.len()).doc("in cents");
    /// let description = Engine::builder().module(module).build().describe();
    /// assert_eq!(description.modules, [("shop".to_owned(), "what is sold".to_owned())]);
    /// assert!(description.functions.iter().any(|f| f.name == "price" && f.doc == "in cents"));
    /// ```
    #[must_use]
    pub fn doc(mut self, text: &str) -> Module<S> {
        match self.entries.last_mut() {
            Some(entry) => document(entry, text),
            None => self.doc = text.to_owned(),
        }
        self
    }

    /// Lets the function that was added last be called only where the host grants `capability`.
    ///
    /// ```
    /// use ruff_core::{Capability, Engine, Module};
    /// let mail = Module::new("mail").function("send", |text: &str| text.len()).needs(Capability::Net);
    /// let program = Engine::builder().module(mail).build().compile("a.ruff", "import mail\nmail.send(\"hello\")")?;
    /// assert!(program.capabilities().contains(Capability::Net));
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    #[must_use]
    pub fn needs(mut self, capability: Capability) -> Module<S> {
        if let Some(entry) = self.entries.last_mut() {
            entry.capability = Some(capability);
        }
        self
    }

    pub(super) fn into_parts(self) -> (ModuleNames, Vec<NativeEntry>) {
        let names = self.entries.iter().map(|e| e.name.clone()).collect();
        (ModuleNames { name: self.name, doc: self.doc, entries: names }, self.entries)
    }
}

/// A module of the engine: its functions by their names in the library, `module.function`.
#[derive(Clone)]
pub(super) struct ModuleNames {
    pub name: String,
    pub doc: String,
    entries: Vec<Arc<str>>,
}

impl ModuleNames {
    /// The module as if it were written in Ruff, with `export const f := module.f` for each function: its text, which no script
    /// could contain, and its tree. Names are told apart by their places.
    pub fn source(&self) -> (Source, Tree) {
        let mut text = String::new();
        let mut body = Vec::new();
        for entry in &self.entries {
            let name: Arc<str> = entry.get(self.name.len() + 1..).unwrap_or_default().into();
            let start = text.len();
            text.push_str("export const ");
            let name_span = append(&mut text, &name);
            text.push_str(" := ");
            let value_span = append(&mut text, entry);
            text.push('\n');
            let pattern = BindPattern::Name(Ident { name, span: name_span });
            let value = Expr { kind: ExprKind::Name(entry.clone()), span: value_span };
            let binding = Binding { mode: BindingMode::Const, pattern, ty: None, value, export: true };
            let span = Span { start: start as u32, end: value_span.end };
            body.push(Stmt { kind: StmtKind::Binding(binding), span });
        }
        let span = Span { start: 0, end: text.len() as u32 };
        (Source::new(format!("<{}>", self.name), text), Tree { body, span })
    }
}

fn append(text: &mut String, part: &str) -> Span {
    let start = text.len() as u32;
    text.push_str(part);
    Span { start, end: text.len() as u32 }
}

/// Adds to the signature of an entry what it does.
pub(super) fn document(entry: &mut NativeEntry, text: &str) {
    let signature = entry.docs.split(": ").next().unwrap_or_default();
    entry.docs = format!("{signature}: {text}").into();
}

/// A function that scripts can call, for tools that complete names and show documentation.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FunctionDescription {
    /// The name.
    pub name: String,
    /// The module to import it from; none if every script knows it.
    pub module: Option<String>,
    /// Parameters and result: `area(float, float) -> float`.
    pub signature: String,
    /// What it does, in one line; empty if nobody has said.
    pub doc: String,
    /// What the host must have granted.
    pub capability: Option<Capability>,
    /// Is it a function of the host?
    pub is_host: bool,
}

impl FunctionDescription {
    /// A function of the library that is written in Ruff.
    pub(super) fn of_prelude(name: &str) -> FunctionDescription {
        let (name, signature) = (name.to_owned(), format!("{name}(...)"));
        FunctionDescription { name, module: None, signature, doc: String::new(), capability: None, is_host: false }
    }
}

/// What an engine offers to scripts, made by [`Engine::describe`](crate::Engine::describe).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EngineDescription {
    /// The functions in the order of their names.
    pub functions: Vec<FunctionDescription>,
    /// The methods of the builtin kinds: kind and name, in order.
    pub methods: Vec<(String, String)>,
    /// The modules of the host with their documentation.
    pub modules: Vec<(String, String)>,
}

pub(super) fn describe(entry: &NativeEntry, modules: &[ModuleNames], is_host: bool) -> FunctionDescription {
    let module = modules.iter().find(|m| m.entries.contains(&entry.name)).map(|m| m.name.clone());
    let name = match &module {
        Some(module) => entry.name.get(module.len() + 1..).unwrap_or_default().to_owned(),
        None => entry.name.to_string(),
    };
    let (signature, doc) = entry.docs.split_once(": ").unwrap_or((&entry.docs, ""));
    let (signature, doc) = (signature.to_owned(), doc.to_owned());
    FunctionDescription { name, module, signature, doc, capability: entry.capability, is_host }
}
