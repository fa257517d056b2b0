//! The engine: what the scripts of a host have in common.

use super::error::Error;
use super::function::IntoNative;
use super::host_type::HostType;
use super::loader::ModuleLoader;
use super::module::{EngineDescription, FunctionDescription, Module, ModuleNames, describe, document};
use super::program::Program;
use super::services::{ServiceFactories, shared_sink};
use crate::bytecode::{Const, ModuleProblem, ProgramData};
use crate::code::Code;
use crate::compile::{self, BuiltinScope, CompileInput, CompileOptions, Loaded, Prelude, PreludeTree};
use crate::fault::Fault;
use crate::jit::{ABI_VERSION, JitBackend};
use crate::limits::{Limits, SOURCE_BYTES_CEILING};
use crate::stdlib;
use crate::syntax::diagnostic::{Diagnostic, Diagnostics};
use crate::syntax::source::{Source, Span};
use crate::vm::native::{Capability, CapabilitySet, NativeEntry, catch};
use crate::vm::services::{Clock, InputSource, OutputSink, RandomSource, Services};
use crate::vm::{Library, PreludeSource};
use std::collections::HashSet;
use std::fmt;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::AtomicU32;
use std::sync::{Arc, OnceLock};

/// What scripts have in common: functions, limits, capabilities, services, and where modules come from. Immutable, cheap to
/// clone, and shared by threads. `S` is the type of the state that natives may use; see [`Engine::builder_for`].
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
pub struct Engine<S = ()>(Arc<EngineParts>, PhantomData<fn(S)>);

struct EngineParts {
    library: Arc<Library>,
    prelude: OnceLock<Option<Arc<ProgramData>>>,
    prelude_tree: OnceLock<PreludeTree>,
    limits: Limits,
    capabilities: CapabilitySet,
    loader: Option<Box<dyn ModuleLoader>>,
    modules: Vec<ModuleNames>,
    services: ServiceFactories,
    host_functions: HashSet<Arc<str>>,
    backend: Option<Arc<dyn JitBackend>>,
    tier: Tier,
    declaration_ids: AtomicU32,
}

/// In which tiers scripts run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Tier {
    /// In the interpreter first, and natively what is hot, if the engine has a native tier.
    #[default]
    Auto,
    /// In the interpreter only.
    Interpreter,
    /// Natively from the first call or back-edge on, whatever compiling costs: for tests and measurements.
    Native,
}

/// Collects what an [`Engine`] is made of.
pub struct EngineBuilder<S = ()> {
    library: Library,
    limits: Limits,
    capabilities: CapabilitySet,
    loader: Option<Box<dyn ModuleLoader>>,
    modules: Vec<ModuleNames>,
    services: ServiceFactories,
    host_functions: HashSet<Arc<str>>,
    backend: Option<Arc<dyn JitBackend>>,
    tier: Tier,
    /// The function that was added last.
    last: Option<NativeEntry>,
    state: PhantomData<fn(S)>,
}

impl<S> EngineBuilder<S> {
    fn new() -> EngineBuilder<S> {
        EngineBuilder {
            library: stdlib::library(),
            limits: Limits::trusted(),
            capabilities: CapabilitySet::ALL,
            loader: None,
            modules: Vec::new(),
            services: ServiceFactories::default(),
            host_functions: HashSet::new(),
            backend: None,
            tier: Tier::Auto,
            last: None,
            state: PhantomData,
        }
    }

    /// Adds a function of the host under `name`; it replaces one of the same name. See [`IntoNative`] for what it may be.
    ///
    /// ```
    /// use ruff_core::{Ctx, Engine, Vm};
    /// let engine = Engine::builder()
    ///     .function("shout", |text: &str, times: Option<usize>| text.to_uppercase().repeat(times.unwrap_or(1)))
    ///     .function("here", |ctx: &mut Ctx| ctx.call_site().map(|(source, at)| format!("{source}:{}", at.line)))
    ///     .function("parse", |text: &str| text.parse::<i64>())
    ///     .build();
    /// let mut vm = Vm::new(&engine);
    /// assert_eq!(vm.eval("in", "[shout(\"hi\", 2), here(), parse(\"7\")]")?.as_deref(), Some("[HIHI, in:1, 7]"));
    /// let error = vm.eval("in", "shout(1)").unwrap_err();
    /// assert_eq!(error.message(), "shout() expects string as argument 1, got int");
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    #[must_use]
    pub fn function<Marker>(self, name: &str, function: impl IntoNative<S, Marker>) -> EngineBuilder<S> {
        self.add(function.into_native(name))
    }

    /// Documents the function that was added last: what it does, in one line.
    ///
    /// ```
    /// use ruff_core::Engine;
    /// let engine = Engine::builder().function("half", |x: f64| x / 2.0).doc("half of a number").build();
    /// let half = engine.describe().functions.into_iter().find(|f| f.name == "half").unwrap();
    /// assert_eq!((&*half.signature, &*half.doc), ("half(number) -> float", "half of a number"));
    /// ```
    #[must_use]
    pub fn doc(mut self, text: &str) -> EngineBuilder<S> {
        if let Some(mut entry) = self.last.take() {
            document(&mut entry, text);
            return self.add(entry);
        }
        self
    }

    /// Lets the function that was added last be called only where `capability` is granted.
    ///
    /// ```
    /// use ruff_core::{Capability, CapabilitySet, Engine, Vm};
    /// let engine = Engine::builder()
    ///     .function("download", |address: String| address)
    ///     .needs(Capability::Net)
    ///     .capabilities(CapabilitySet::NONE)
    ///     .build();
    /// let error = Vm::new(&engine).eval("1", "download(\"a.example\")").unwrap_err();
    /// assert_eq!(error.message(), "Capability denied: net required for download");
    /// ```
    #[must_use]
    pub fn needs(mut self, capability: Capability) -> EngineBuilder<S> {
        match self.last.take() {
            Some(entry) => self.add(entry.needs(capability)),
            None => self,
        }
    }

    /// Adds a native function that works on values of the engine: see [`crate::native`].
    ///
    /// ```
    /// use ruff_core::native::{Arity, Ctx, NativeEntry, Value};
    /// use ruff_core::{Engine, Vm};
    /// let count = |_: &mut Ctx<'_>, arguments: &mut [Value]| Ok(Value::Int(arguments.len() as i64));
    /// let engine = Engine::builder().native(NativeEntry::new("count", Arity::ANY, count)).build();
    /// assert_eq!(Vm::new(&engine).eval("1", "count(1, [], null)")?.as_deref(), Some("3"));
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    #[must_use]
    pub fn native(self, entry: NativeEntry) -> EngineBuilder<S> {
        self.add(entry.of_host())
    }

    fn add(mut self, entry: NativeEntry) -> EngineBuilder<S> {
        self.host_functions.insert(entry.name.clone());
        self.library.add(entry.clone());
        self.last = Some(entry);
        self
    }

    /// Adds a module of host functions, which scripts import. It comes before a module of that path that the loader finds.
    ///
    /// ```
    /// use ruff_core::{Engine, Module, Vm};
    /// let engine = Engine::builder().module(Module::new("shop").function("price", |item: &str| item.len())).build();
    /// assert_eq!(Vm::new(&engine).eval("1", "import shop\nshop.price(\"tea\")")?.as_deref(), Some("3"));
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    #[must_use]
    pub fn module(mut self, module: Module<S>) -> EngineBuilder<S> {
        let (names, entries) = module.into_parts();
        for entry in entries {
            self.host_functions.insert(entry.name.clone());
            self.library.add(entry);
        }
        self.modules.retain(|m| m.name != names.name);
        self.modules.push(names);
        self
    }

    /// Makes a Rust type a type of script objects: see [`HostType`].
    ///
    /// ```
    /// use ruff_core::{Engine, HostType, Vm};
    /// struct Counter(i64);
    /// let counter = HostType::new("Counter").constructor(Counter).method("next", |c: &mut Counter| { c.0 += 1; c.0 });
    /// let engine = Engine::builder().host_type(counter).build();
    /// assert_eq!(Vm::new(&engine).eval("1", "c := Counter(5)  c.next()")?.as_deref(), Some("6"));
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    #[must_use]
    pub fn host_type<T: Send + Sync + 'static>(mut self, host_type: HostType<T>) -> EngineBuilder<S> {
        host_type.install(&mut self.library);
        self
    }

    /// Sets the limits of every VM; [`Limits::trusted`] unless given.
    ///
    /// ```
    /// use ruff_core::{Engine, Limits, Vm};
    /// let limits = Limits { output_bytes: Some(3), ..Limits::untrusted() };
    /// let mut vm = Vm::new(&Engine::builder().limits(limits).output(|_| ()).build());
    /// assert_eq!(vm.eval("1", "print(\"four\")").unwrap_err().message(), "Output limit exceeded: 3 bytes");
    /// ```
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> EngineBuilder<S> {
        self.limits = limits;
        self
    }

    /// Sets what scripts may do; all that a service or function is installed for unless given.
    ///
    /// ```
    /// use ruff_core::{CapabilitySet, Engine, Vm};
    /// let engine = Engine::builder().output(|_| ()).capabilities(CapabilitySet::NONE).build();
    /// let error = Vm::new(&engine).eval("1", "print(1)").unwrap_err();
    /// assert_eq!(error.message(), "Capability denied: output required for print");
    /// ```
    #[must_use]
    pub fn capabilities(mut self, capabilities: CapabilitySet) -> EngineBuilder<S> {
        self.capabilities = capabilities;
        self
    }

    /// Gives the engine a native tier: hot functions and loops run as machine code. It changes nothing but the time that scripts
    /// take. Without one, all scripts are interpreted.
    #[must_use]
    pub fn jit(mut self, backend: impl JitBackend) -> EngineBuilder<S> {
        self.backend = Some(Arc::new(backend));
        self
    }

    /// Sets in which tiers scripts run.
    ///
    /// ```
    /// use ruff_core::{Engine, Tier};
    /// let engine = Engine::builder().tier(Tier::Interpreter).build();
    /// # drop(engine);
    /// ```
    #[must_use]
    pub fn tier(mut self, tier: Tier) -> EngineBuilder<S> {
        self.tier = tier;
        self
    }

    /// Grants one capability more.
    ///
    /// ```
    /// use ruff_core::{Capability, CapabilitySet, Engine, Vm};
    /// let builder = Engine::builder().output(|_| ()).seed(1).capabilities(CapabilitySet::NONE);
    /// let mut vm = Vm::new(&builder.grant(Capability::Output).build());
    /// assert!(vm.eval("1", "print(1)").is_ok());
    /// assert!(vm.eval("2", "random()").is_err());
    /// ```
    #[must_use]
    pub fn grant(mut self, capability: Capability) -> EngineBuilder<S> {
        self.capabilities = self.capabilities.with(capability);
        self
    }

    /// Sets where modules come from; without a loader only the host's own modules can be imported.
    ///
    /// ```
    /// use ruff_core::{Engine, ModuleLoader, Source, Vm};
    /// struct Echo;
    /// impl ModuleLoader for Echo {
    ///     fn load(&self, path: &str, _importer: &str) -> std::io::Result<Option<Source>> {
    ///         Ok(Some(Source::new(path, format!("export name := \"{path}\""))))
    ///     }
    /// }
    /// let engine = Engine::builder().loader(Echo).build();
    /// assert_eq!(Vm::new(&engine).eval("1", "import a.b as m\nm.name")?.as_deref(), Some("a.b"));
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    #[must_use]
    pub fn loader(mut self, loader: impl ModuleLoader + 'static) -> EngineBuilder<S> {
        self.loader = Some(Box::new(loader));
        self
    }

    /// Sends what the scripts of all VMs print to one closure. Without a sink `print` is an error.
    ///
    /// ```
    /// use ruff_core::{Engine, Vm};
    /// let mut vm = Vm::new(&Engine::builder().output(|text| print!("{text}")).build());
    /// vm.eval("1", "print(\"hello\")")?;
    /// let error = Vm::new(&Engine::new()).eval("1", "print(1)").unwrap_err();
    /// assert_eq!(error.message(), "No output is installed: the host did not call `output` of the engine's builder");
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    #[must_use]
    pub fn output(mut self, write: impl Fn(&str) + Send + Sync + 'static) -> EngineBuilder<S> {
        self.services.output = Some(shared_sink(write));
        self
    }

    /// Gives each VM a sink of its own for what scripts print.
    ///
    /// ```
    /// use ruff_core::{Engine, Vm};
    /// let engine = Engine::builder().output_with(|| {
    ///     let mut line = 0;
    ///     move |text: &str| {
    ///         line += 1;
    ///         print!("{line}: {text}");
    ///     }
    /// });
    /// Vm::new(&engine.build()).eval("1", "print(\"hello\")")?;
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    #[must_use]
    pub fn output_with<T: OutputSink + 'static>(
        mut self,
        make: impl Fn() -> T + Send + Sync + 'static,
    ) -> EngineBuilder<S> {
        self.services.output = Some(Arc::new(move || Box::new(make())));
        self
    }

    /// Sends what the scripts of all VMs print to their error output to one closure.
    ///
    /// ```
    /// use ruff_core::{Engine, Vm};
    /// let engine = Engine::builder().error_output(|text| assert_eq!(text, "careful\n")).build();
    /// Vm::new(&engine).eval("1", "eprint(\"careful\")")?;
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    #[must_use]
    pub fn error_output(mut self, write: impl Fn(&str) + Send + Sync + 'static) -> EngineBuilder<S> {
        self.services.error_output = Some(shared_sink(write));
        self
    }

    /// Gives each VM a sink of its own for the error output.
    ///
    /// ```
    /// use ruff_core::{Engine, Vm};
    /// let engine = Engine::builder().error_output_with(|| |text: &str| assert_eq!(text, "careful\n")).build();
    /// Vm::new(&engine).eval("1", "eprint(\"careful\")")?;
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    #[must_use]
    pub fn error_output_with<T: OutputSink + 'static>(
        mut self,
        make: impl Fn() -> T + Send + Sync + 'static,
    ) -> EngineBuilder<S> {
        self.services.error_output = Some(Arc::new(move || Box::new(make())));
        self
    }

    /// Gives each VM an input.
    ///
    /// ```
    /// use ruff_core::native::InputSource;
    /// use ruff_core::{Engine, Vm};
    /// struct Answers(Vec<String>);
    /// impl InputSource for Answers {
    ///     fn read_line(&mut self) -> std::io::Result<Option<String>> { Ok(self.0.pop()) }
    /// }
    /// let engine = Engine::builder().input(|| Answers(vec!["Ada".to_owned()])).build();
    /// assert_eq!(Vm::new(&engine).eval("1", "input()")?.as_deref(), Some("Ada"));
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    #[must_use]
    pub fn input<T: InputSource + 'static>(mut self, make: impl Fn() -> T + Send + Sync + 'static) -> EngineBuilder<S> {
        self.services.input = Some(Arc::new(move || Box::new(make())));
        self
    }

    /// Gives each VM a clock: scripts see time by it, and [`Limits::run_time`] needs it. The engine itself reads no clock.
    ///
    /// ```
    /// use ruff_core::native::Clock;
    /// use ruff_core::{Engine, Limits, Vm};
    /// use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
    /// struct SystemClock(Instant);
    /// impl Clock for SystemClock {
    ///     fn unix_time(&mut self) -> Duration { SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default() }
    ///     fn monotonic(&mut self) -> Duration { self.0.elapsed() }
    ///     fn sleep(&mut self, duration: Duration) { std::thread::sleep(duration) }
    /// }
    /// let limits = Limits { run_time: Some(Duration::from_millis(20)), ..Limits::trusted() };
    /// let engine = Engine::builder().limits(limits).clock(|| SystemClock(Instant::now())).build();
    /// let error = Vm::new(&engine).eval("1", "while true {}").unwrap_err();
    /// assert_eq!(error.message(), "Time limit exceeded: 20 ms");
    /// ```
    #[must_use]
    pub fn clock<T: Clock + 'static>(mut self, make: impl Fn() -> T + Send + Sync + 'static) -> EngineBuilder<S> {
        self.services.clock = Some(Arc::new(move || Box::new(make())));
        self
    }

    /// Gives each VM a source of seeds for random numbers.
    ///
    /// ```
    /// use ruff_core::native::RandomSource;
    /// use ruff_core::{Engine, Vm};
    /// struct Fixed;
    /// impl RandomSource for Fixed {
    ///     fn seed(&mut self) -> u64 { 7 }
    /// }
    /// let engine = Engine::builder().random(|| Fixed).build();
    /// assert_eq!(Vm::new(&engine).eval("1", "random()")?, Vm::new(&engine).eval("1", "random()")?);
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    #[must_use]
    pub fn random<T: RandomSource + 'static>(
        mut self,
        make: impl Fn() -> T + Send + Sync + 'static,
    ) -> EngineBuilder<S> {
        self.services.random = Some(Arc::new(move || Box::new(make())));
        self
    }

    /// Makes every VM the same in every run: random numbers begin with this seed, unless a source of seeds is given, and hashes
    /// are keyed with it. Hosts that run scripts of strangers should leave the keys of hashes to chance.
    ///
    /// ```
    /// use ruff_core::{Engine, Vm};
    /// let engine = Engine::builder().seed(7).build();
    /// let first = Vm::new(&engine).eval("1", "random()")?;
    /// assert_eq!(first, Vm::new(&engine).eval("1", "random()")?);
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    #[must_use]
    pub fn seed(mut self, seed: u64) -> EngineBuilder<S> {
        self.services.seed = Some(seed);
        self
    }

    /// The engine.
    ///
    /// ```
    /// let engine: ruff_core::Engine = ruff_core::Engine::builder().build();
    /// assert!(engine.compile("a.ruff", "1 + 1").is_ok());
    /// ```
    ///
    /// # Panics
    /// If the native tier was built for another version of this crate, which is a mistake in how the host is put together.
    pub fn build(self) -> Engine<S> {
        if let Some(backend) = &self.backend {
            let version = backend.abi_version();
            assert!(version == ABI_VERSION, "the native tier has version {version} of the contract, not {ABI_VERSION}");
        }
        let parts = EngineParts {
            library: Arc::new(self.library),
            prelude: OnceLock::new(),
            prelude_tree: OnceLock::new(),
            limits: self.limits,
            capabilities: self.capabilities,
            loader: self.loader,
            modules: self.modules,
            services: self.services,
            host_functions: self.host_functions,
            backend: self.backend,
            tier: self.tier,
            declaration_ids: AtomicU32::new(FIRST_DECLARATION_ID),
        };
        Engine(Arc::new(parts), PhantomData)
    }
}

/// Ids below belong to the built-in declarations.
const FIRST_DECLARATION_ID: u32 = 16;

impl Engine {
    /// A builder with the standard library and nothing of the host, for VMs without a state.
    ///
    /// ```
    /// use ruff_core::{Engine, Vm};
    /// let engine = Engine::builder().function("answer", || 42).build();
    /// assert_eq!(Vm::new(&engine).eval("1", "answer()")?.as_deref(), Some("42"));
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    pub fn builder() -> EngineBuilder {
        EngineBuilder::new()
    }

    /// A builder for VMs that have a state of type `S`, which natives reach through [`Ctx<S>`](crate::Ctx).
    ///
    /// ```
    /// use ruff_core::{Ctx, Engine, Vm};
    /// #[derive(Default)]
    /// struct Log(Vec<String>);
    /// let log = |ctx: &mut Ctx<Log>, line: String| ctx.state_mut().0.push(line);
    /// let engine = Engine::builder_for::<Log>().function("log", log).build();
    /// let mut vm = Vm::new(&engine);
    /// vm.run(&engine.compile("a.ruff", "log(\"started\")")?)?;
    /// assert_eq!(vm.state().0, ["started"]);
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    pub fn builder_for<S>() -> EngineBuilder<S> {
        EngineBuilder::new()
    }

    /// An engine with the standard library only.
    ///
    /// ```
    /// use ruff_core::{Engine, Vm};
    /// assert_eq!(Vm::new(&Engine::new()).eval("1", "len([1, 2])")?.as_deref(), Some("2"));
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    pub fn new() -> Engine {
        Engine::builder().build()
    }
}

impl<S> Engine<S> {
    /// The limits of every VM.
    ///
    /// ```
    /// use ruff_core::{Engine, Limits};
    /// assert_eq!(Engine::new().limits(), &Limits::trusted());
    /// ```
    pub fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// The names that every script knows: builtins and functions of the host.
    ///
    /// ```
    /// let engine = ruff_core::Engine::builder().function("price", || 1).build();
    /// assert!(["len", "map", "price"].iter().all(|name| engine.builtin_names().any(|known| known == *name)));
    /// ```
    pub fn builtin_names(&self) -> impl Iterator<Item = &str> {
        function_names(&self.0.library)
    }

    /// What the engine offers to scripts, for tools: functions with signatures, documentation and capabilities, methods, modules.
    ///
    /// ```
    /// use ruff_core::Engine;
    /// let description = Engine::new().describe();
    /// let sqrt = description.functions.iter().find(|f| f.name == "sqrt").unwrap();
    /// assert!(sqrt.signature.starts_with("sqrt("));
    /// ```
    pub fn describe(&self) -> EngineDescription {
        let parts = &self.0;
        let natives = parts.library.natives().filter(|e| !stdlib::prelude::is_private(&e.name));
        let mut functions: Vec<FunctionDescription> =
            natives.map(|e| describe(e, &parts.modules, parts.host_functions.contains(&e.name))).collect();
        functions.extend(stdlib::prelude::functions().map(FunctionDescription::of_prelude));
        functions.sort_by(|a, b| (&a.module, &a.name).cmp(&(&b.module, &b.name)));
        let methods =
            parts.library.method_entries().map(|m| (format!("{:?}", m.kind).to_lowercase(), m.name.to_string()));
        let mut methods: Vec<(String, String)> = methods.collect();
        methods.sort();
        let modules = parts.modules.iter().map(|m| (m.name.clone(), m.doc.clone())).collect();
        EngineDescription { functions, methods, modules }
    }

    /// Compiles a program. `name` is shown in messages, usually a path.
    ///
    /// ```
    /// use ruff_core::{Engine, ErrorKind};
    /// let engine = Engine::new();
    /// assert!(engine.compile("a.ruff", "x := 1").is_ok());
    /// assert_eq!(engine.compile("a.ruff", "x := ").unwrap_err().kind(), ErrorKind::Syntax);
    /// ```
    ///
    /// # Errors
    /// An [`Error`] with all diagnostics if the source has errors.
    pub fn compile(&self, name: &str, text: &str) -> Result<Program, Error> {
        self.compile_with(&Source::new(name, text), CompileOptions::default(), None)
    }

    /// Compiles a program for the test runner: its test blocks become [`Program::tests`].
    ///
    /// ```
    /// let engine = ruff_core::Engine::new();
    /// let program = engine.compile_tests("a.ruff", "test \"adds\" { assert(1 + 1 == 2) }")?;
    /// assert_eq!(program.tests().collect::<Vec<_>>(), ["adds"]);
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Engine::compile`].
    pub fn compile_tests(&self, name: &str, text: &str) -> Result<Program, Error> {
        let options = CompileOptions { tests: true, ..CompileOptions::default() };
        self.compile_with(&Source::new(name, text), options, None)
    }

    /// The diagnostics of a program in the order of their places, those that only a check reports and warnings among them, and
    /// how many more there were than are kept.
    ///
    /// ```
    /// let (_, diagnostics, dropped) = ruff_core::Engine::new().check("a.ruff", "x := y + 1");
    /// assert_eq!((diagnostics[0].message.as_str(), dropped), ("Undefined variable: y", 0));
    /// ```
    pub fn check(&self, name: &str, text: &str) -> (Source, Vec<Diagnostic>, usize) {
        let source = Source::new(name, text);
        let mut diagnostics = Diagnostics::default();
        let options = CompileOptions { check: true, ..CompileOptions::default() };
        self.0.compile_into(&source, options, None, &mut diagnostics);
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
        self.0.compile_with(source, options, session)
    }

    /// The native tier that machines use.
    pub(crate) fn backend(&self) -> Option<Arc<dyn JitBackend>> {
        if self.0.tier == Tier::Interpreter { None } else { self.0.backend.clone() }
    }

    /// How many ticks make code hot; `None` if the native tier is to decide.
    pub(crate) fn native_threshold(&self) -> Option<u32> {
        (self.0.tier == Tier::Native).then_some(1)
    }

    /// The part of the library that is written in Ruff, once a script has needed it; for the reports of a native tier.
    #[doc(hidden)]
    pub fn library_bytecode(&self) -> Option<&ProgramData> {
        self.0.prelude.get()?.as_deref()
    }

    pub(crate) fn library(&self) -> &Arc<Library> {
        &self.0.library
    }

    pub(super) fn seed(&self) -> Option<u64> {
        self.0.services.seed
    }

    pub(super) fn install_services(&self, services: &mut Services) {
        self.0.services.install(services);
    }

    pub(crate) fn capabilities(&self) -> CapabilitySet {
        self.0.capabilities
    }

    /// The part of the library that is written in Ruff.
    pub(crate) fn prelude_source(&self) -> Arc<dyn PreludeSource> {
        self.0.clone()
    }
}

impl EngineParts {
    /// Compiles a source; `session` knows the variables of earlier lines.
    fn compile_with(
        &self,
        source: &Source,
        options: CompileOptions,
        session: Option<&dyn Fn(&str) -> bool>,
    ) -> Result<Program, Error> {
        let mut diagnostics = Diagnostics::default();
        let compile = || self.compile_into(source, options, session, &mut diagnostics);
        let data = catch_unwind(AssertUnwindSafe(compile)).map_err(|_| bug())?;
        let (list, dropped) = diagnostics.sorted();
        match data {
            Some(data) => {
                let capabilities = self.needed_by(&data);
                Ok(Program::new(data, list, capabilities, self.library.clone()))
            }
            None => Err(Error::from_diagnostics(source, list, dropped)),
        }
    }

    /// The capabilities of the functions that a program names.
    fn needed_by(&self, data: &ProgramData) -> CapabilitySet {
        let constants = data.consts.iter().filter_map(|c| match c {
            Const::Native(name) => Some(name),
            _ => None,
        });
        let library = &self.library;
        let natives = data.natives.iter().chain(constants).filter_map(|name| library.native(library.find(name)?));
        natives.filter_map(|entry| entry.capability).fold(CapabilitySet::NONE, CapabilitySet::with)
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
        let builtins = Builtins { library: &self.library, is_prelude: options.builtin, session };
        let prelude =
            Compiled { engine: self, builtins: Builtins { library: &self.library, is_prelude: true, session: None } };
        let mut loader = |path: &str, importer: &Source| self.load(path, importer);
        let input = CompileInput {
            source: source.clone(),
            builtins: &builtins,
            loader: &mut loader,
            prelude: (!options.builtin).then_some(&prelude),
            declaration_ids: &self.declaration_ids,
            options,
        };
        compile::compile(input, diagnostics)
    }

    fn too_large(&self, source: &Source) -> Option<String> {
        let max = self.limits.source_bytes.min(SOURCE_BYTES_CEILING);
        (source.text().len() > max).then(|| format!("Source too large: {max} bytes"))
    }

    fn load(&self, path: &str, importer: &Source) -> Loaded {
        if let Some(module) = self.modules.iter().find(|m| m.name == path) {
            let (source, tree) = module.source();
            return Loaded::Tree(source, tree);
        }
        let Some(loader) = &self.loader else { return Loaded::NoLoader };
        let load = || Ok(loader.load(path, importer.name()));
        let loaded = match catch("load", load) {
            Ok(loaded) => loaded,
            Err(fault) => {
                return Loaded::Problem(ModuleProblem::new(fault.code, &*fault.message));
            }
        };
        match loaded {
            Ok(None) => Loaded::NotFound,
            Ok(Some(source)) => match self.too_large(&source) {
                None => Loaded::Source(source),
                Some(message) => Loaded::Problem(ModuleProblem::new(Code::LIMIT_SOURCE, message)),
            },
            Err(error) => {
                let message = format!("Cannot read module '{path}': {error}");
                Loaded::Problem(ModuleProblem::new(Code::IO, message))
            }
        }
    }
}

/// The error of a compiler that panicked.
#[cold]
fn bug() -> Error {
    Error::without_values(Fault::bug("the compiler panicked"))
}

impl PreludeSource for EngineParts {
    fn contains(&self, name: &str) -> bool {
        stdlib::prelude::is_function(name)
    }

    /// Compiled once for all machines of the engine.
    fn program(&self) -> Option<Arc<ProgramData>> {
        let compile = || {
            let options = CompileOptions { builtin: true, ..CompileOptions::default() };
            let mut diagnostics = Diagnostics::default();
            let data = self.compile_into(&prelude_text(), options, None, &mut diagnostics);
            debug_assert!(data.is_some(), "the prelude does not compile: {:?}", diagnostics.as_slice());
            data.map(Arc::new)
        };
        self.prelude.get_or_init(compile).clone()
    }
}

impl Default for Engine {
    fn default() -> Engine {
        Engine::new()
    }
}

impl<S> Clone for Engine<S> {
    fn clone(&self) -> Engine<S> {
        Engine(self.0.clone(), PhantomData)
    }
}

impl<S> fmt::Debug for Engine<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Engine({:?})", self.0.library)
    }
}

/// The functions that every script may call.
fn function_names(library: &Library) -> impl Iterator<Item = &str> {
    let prelude = stdlib::prelude::functions().map(|name| -> &str { name });
    let natives = library.natives().map(|entry| &*entry.name);
    natives.chain(prelude).filter(|name| !stdlib::prelude::is_private(name))
}

fn prelude_text() -> Source {
    Source::new(stdlib::prelude::SOURCE_NAME, stdlib::prelude::SOURCE)
}

/// The prelude as what programs are compiled with.
struct Compiled<'a> {
    engine: &'a EngineParts,
    builtins: Builtins<'a>,
}

impl Prelude for Compiled<'_> {
    fn function<'n>(&'n self, name: &'n str) -> Option<&'n str> {
        (self.engine.library.find(name).is_none() && stdlib::prelude::is_function(name)).then_some(name)
    }

    fn method(&self, name: &str) -> Option<&str> {
        self.engine.library.prelude_function_of_method(name)
    }

    fn tree(&self) -> &PreludeTree {
        self.engine.prelude_tree.get_or_init(|| PreludeTree::parse(prelude_text()))
    }

    fn builtins(&self) -> &dyn BuiltinScope {
        &self.builtins
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
        stdlib::constant(name)
    }

    fn names(&self) -> Box<dyn Iterator<Item = &str> + '_> {
        Box::new(function_names(self.library).chain(stdlib::CONSTANTS.iter().copied()))
    }

    fn signature(&self, name: &str) -> Option<&str> {
        let native = self.library.find(name).and_then(|id| self.library.native(id));
        native.map(|entry| &*entry.docs).or_else(|| stdlib::prelude::signature(name))
    }

    fn variable(&self, name: &str) -> Option<Option<crate::bytecode::function::Immutable>> {
        self.session.is_some_and(|knows| knows(name)).then_some(None)
    }

    fn has_host_member(&self, name: &str) -> bool {
        self.library.host_types().have_member(name)
    }
}
