//! The engine: what the scripts of a host have in common.

use super::error::Error;
use super::function::IntoNative;
use super::host_type::HostType;
use super::limits::Limits;
use super::loader::ModuleLoader;
use super::program::Program;
use crate::bytecode::{Const, ModuleProblem, ProgramData};
use crate::code::Code;
use crate::compile::{self, BuiltinScope, CompileInput, CompileOptions, Loaded};
use crate::stdlib;
use crate::syntax::diagnostic::{Diagnostic, Diagnostics};
use crate::syntax::source::{Source, Span};
use crate::vm::native::{Capability, CapabilitySet, NativeEntry};
use crate::vm::{Library, PreludeSource};
use std::sync::atomic::AtomicU32;
use std::sync::{Arc, OnceLock};

/// What scripts have in common: functions, limits, capabilities, and where modules come from. Immutable, cheap to clone, and
/// shared by threads.
///
/// ```
/// use ruff_core::{Engine, Vm};
/// let engine = Engine::builder().function("twice", |n: i64| n * 2).build();
/// let program = engine.compile("a.ruff", "func main() { return twice(21) }")?;
/// let mut vm = Vm::new(&engine);
/// vm.run(&program)?;
/// assert_eq!(vm.call::<i64>("main", ())?, 42);
/// # Ok::<(), ruff_core::Error>(())
/// ```
#[derive(Clone)]
pub struct Engine(Arc<EngineParts>);

struct EngineParts {
    library: Arc<Library>,
    prelude: OnceLock<Option<Arc<ProgramData>>>,
    limits: Limits,
    capabilities: CapabilitySet,
    loader: Option<Box<dyn ModuleLoader>>,
    declaration_ids: AtomicU32,
}

/// Collects what an [`Engine`] is made of.
pub struct EngineBuilder {
    library: Library,
    limits: Limits,
    capabilities: CapabilitySet,
    loader: Option<Box<dyn ModuleLoader>>,
}

impl EngineBuilder {
    /// Adds a function of the host under `name`; it replaces one of the same name. See [`IntoNative`] for what it may be.
    #[must_use]
    pub fn function<Marker>(mut self, name: &str, function: impl IntoNative<Marker>) -> EngineBuilder {
        self.library.add(function.into_native(name));
        self
    }

    /// Adds a native function that works on values of the engine: see [`crate::native`].
    #[must_use]
    pub fn native(mut self, entry: NativeEntry) -> EngineBuilder {
        self.library.add(entry);
        self
    }

    /// Makes a Rust type a type of script objects: see [`HostType`].
    #[must_use]
    pub fn host_type<T: Send + Sync + 'static>(mut self, host_type: HostType<T>) -> EngineBuilder {
        host_type.install(&mut self.library);
        self
    }

    /// Sets the limits of every VM; [`Limits::trusted`] unless given.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> EngineBuilder {
        self.limits = limits;
        self
    }

    /// Sets what scripts may do; all that a service or function is installed for unless given.
    #[must_use]
    pub fn capabilities(mut self, capabilities: CapabilitySet) -> EngineBuilder {
        self.capabilities = capabilities;
        self
    }

    /// Grants one capability more.
    #[must_use]
    pub fn grant(mut self, capability: Capability) -> EngineBuilder {
        self.capabilities = self.capabilities.with(capability);
        self
    }

    /// Sets where modules come from; without a loader every import fails.
    #[must_use]
    pub fn loader(mut self, loader: impl ModuleLoader + 'static) -> EngineBuilder {
        self.loader = Some(Box::new(loader));
        self
    }

    /// The engine.
    pub fn build(self) -> Engine {
        Engine(Arc::new(EngineParts {
            library: Arc::new(self.library),
            prelude: OnceLock::new(),
            limits: self.limits,
            capabilities: self.capabilities,
            loader: self.loader,
            declaration_ids: AtomicU32::new(FIRST_DECLARATION_ID),
        }))
    }
}

/// Ids below belong to the built-in declarations.
const FIRST_DECLARATION_ID: u32 = 16;

impl Engine {
    /// A builder with the standard library and nothing of the host.
    pub fn builder() -> EngineBuilder {
        EngineBuilder {
            library: stdlib::library(),
            limits: Limits::trusted(),
            capabilities: CapabilitySet::ALL,
            loader: None,
        }
    }

    /// An engine with the standard library only.
    pub fn new() -> Engine {
        Engine::builder().build()
    }

    /// The limits of every VM.
    pub fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// The names that every script knows: builtins and functions of the host.
    pub fn builtin_names(&self) -> impl Iterator<Item = &str> {
        let prelude = stdlib::prelude::functions().map(|name| -> &str { name });
        self.0
            .library
            .natives()
            .map(|entry| &*entry.name)
            .chain(prelude)
            .filter(|name| !stdlib::prelude::is_private(name))
    }

    /// Compiles a program. `name` is shown in messages, usually a path.
    ///
    /// # Errors
    /// An [`Error`] with all diagnostics if the source has errors.
    pub fn compile(&self, name: &str, text: &str) -> Result<Program, Error> {
        self.compile_with(&Source::new(name, text), CompileOptions::default(), None)
    }

    /// Compiles a program for the test runner: its test blocks become [`Program::tests`].
    ///
    /// # Errors
    /// As [`Engine::compile`].
    pub fn compile_tests(&self, name: &str, text: &str) -> Result<Program, Error> {
        let options = CompileOptions { tests: true, ..CompileOptions::default() };
        self.compile_with(&Source::new(name, text), options, None)
    }

    /// The diagnostics of a program in the order of their places, those that only a check reports and warnings among them, and
    /// how many more there were than are kept.
    pub fn check(&self, name: &str, text: &str) -> (Source, Vec<Diagnostic>, usize) {
        let source = Source::new(name, text);
        let mut diagnostics = Diagnostics::default();
        let options = CompileOptions { check: true, ..CompileOptions::default() };
        self.compile_into(&source, options, None, &mut diagnostics);
        let (list, dropped) = diagnostics.sorted();
        (source, list, dropped)
    }

    /// Compiles a source; `session` knows the variables of earlier lines.
    pub(crate) fn compile_with(
        &self,
        source: &Source,
        options: CompileOptions,
        session: Option<&dyn Fn(&str) -> bool>,
    ) -> Result<Program, Error> {
        let mut diagnostics = Diagnostics::default();
        let data = self.compile_into(source, options, session, &mut diagnostics);
        let (list, dropped) = diagnostics.sorted();
        match data {
            Some(data) => Ok(Program::new(data, list, self.0.library.clone())),
            None => Err(Error::from_diagnostics(source, list, dropped)),
        }
    }

    fn compile_into(
        &self,
        source: &Source,
        options: CompileOptions,
        session: Option<&dyn Fn(&str) -> bool>,
        diagnostics: &mut Diagnostics,
    ) -> Option<ProgramData> {
        if let Some(message) = self.too_large(source) {
            diagnostics.push(Diagnostic::error(Code::LIMIT_SOURCE, Span::default(), message));
            return None;
        }
        let builtins = Builtins { library: &self.0.library, is_prelude: options.builtin, session };
        let mut loader = |path: &str, importer: &Source| self.load(path, importer);
        let input = CompileInput {
            source: source.clone(),
            builtins: &builtins,
            loader: &mut loader,
            declaration_ids: &self.0.declaration_ids,
            options,
        };
        compile::compile(input, diagnostics)
    }

    fn too_large(&self, source: &Source) -> Option<String> {
        let max = self.0.limits.source_bytes;
        (source.text().len() > max).then(|| format!("Source too large: {max} bytes"))
    }

    fn load(&self, path: &str, importer: &Source) -> Loaded {
        let Some(loader) = &self.0.loader else { return Loaded::NoLoader };
        match loader.load(path, importer.name()) {
            Ok(None) => Loaded::NotFound,
            Ok(Some(source)) => match self.too_large(&source) {
                None => Loaded::Source(source),
                Some(message) => Loaded::Problem(ModuleProblem { code: Code::LIMIT_SOURCE, message: message.into() }),
            },
            Err(error) => {
                let message = format!("Cannot read module '{path}': {error}");
                Loaded::Problem(ModuleProblem { code: Code::IO, message: message.into() })
            }
        }
    }

    pub(crate) fn library(&self) -> &Arc<Library> {
        &self.0.library
    }

    pub(crate) fn capabilities(&self) -> CapabilitySet {
        self.0.capabilities
    }

    /// The part of the library that is written in Ruff.
    pub(crate) fn prelude_source(&self) -> Arc<dyn PreludeSource> {
        Arc::new(Prelude(self.clone()))
    }
}

struct Prelude(Engine);

impl PreludeSource for Prelude {
    fn contains(&self, name: &str) -> bool {
        stdlib::prelude::is_function(name)
    }

    /// Compiled once for all machines of the engine.
    fn program(&self) -> Option<Arc<ProgramData>> {
        let compile = || {
            let source = Source::new(stdlib::prelude::SOURCE_NAME, stdlib::prelude::SOURCE);
            let options = CompileOptions { builtin: true, ..CompileOptions::default() };
            let mut diagnostics = Diagnostics::default();
            let data = self.0.compile_into(&source, options, None, &mut diagnostics);
            debug_assert!(data.is_some(), "the prelude does not compile: {:?}", diagnostics.as_slice());
            data.map(Arc::new)
        };
        self.0.0.prelude.get_or_init(compile).clone()
    }
}

impl Default for Engine {
    fn default() -> Engine {
        Engine::new()
    }
}

struct Builtins<'a> {
    library: &'a Library,
    is_prelude: bool,
    session: Option<&'a dyn Fn(&str) -> bool>,
}

impl BuiltinScope for Builtins<'_> {
    fn contains(&self, name: &str) -> bool {
        if stdlib::prelude::is_private(name) && !self.is_prelude {
            return false;
        }
        self.library.find(name).is_some() || stdlib::prelude::is_function(name) || self.constant(name).is_some()
    }

    fn constant(&self, name: &str) -> Option<Const> {
        match name {
            "PI" => Some(Const::Float(std::f64::consts::PI)),
            "E" => Some(Const::Float(std::f64::consts::E)),
            "None" => Some(Const::None),
            "Error" => Some(Const::ErrorDef),
            "Result" => Some(Const::ResultDef),
            "Option" => Some(Const::OptionDef),
            _ => None,
        }
    }

    fn signature(&self, name: &str) -> Option<&str> {
        let native = self.library.find(name).and_then(|id| self.library.native(id));
        native.map(|entry| entry.docs).or_else(|| stdlib::prelude::signature(name))
    }

    fn variable(&self, name: &str) -> Option<Option<crate::bytecode::function::Immutable>> {
        self.session.is_some_and(|knows| knows(name)).then_some(None)
    }
}
