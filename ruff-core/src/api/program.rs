//! Compiled programs.

use crate::bytecode::{ProgramData, disasm};
use crate::syntax::diagnostic::Diagnostic;
use crate::syntax::source::Source;
use crate::vm::Library;
use crate::vm::native::CapabilitySet;
use std::sync::Arc;

/// A compiled program. Holds no live values, is cheap to clone, and runs in any number of VMs of its engine, on any thread.
///
/// ```
/// use ruff_core::{Engine, Vm};
/// let engine = Engine::new();
/// let program = engine.compile("a.ruff", "x := 6 * 7")?;
/// let threads = [(); 2].map(|()| {
///     let (engine, program) = (engine.clone(), program.clone());
///     std::thread::spawn(move || {
///         let mut vm = Vm::new(&engine);
///         vm.run(&program).and_then(|()| vm.global::<i64>("x"))
///     })
/// });
/// for thread in threads {
///     assert_eq!(thread.join().unwrap()?, 42);
/// }
/// # Ok::<(), ruff_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Program {
    data: Arc<ProgramData>,
    warnings: Arc<[Diagnostic]>,
    capabilities: CapabilitySet,
    /// The library of its engine, by which VMs know their own programs.
    library: Arc<Library>,
}

impl Program {
    pub(crate) fn new(
        data: ProgramData,
        warnings: Vec<Diagnostic>,
        capabilities: CapabilitySet,
        library: Arc<Library>,
    ) -> Program {
        Program { data: Arc::new(data), warnings: warnings.into(), capabilities, library }
    }

    /// Was it compiled by the engine with that library? Ids of declarations, which inline caches compare, are an engine's own.
    pub(crate) fn belongs_to(&self, library: &Arc<Library>) -> bool {
        Arc::ptr_eq(&self.library, library)
    }

    /// What a native tier sees of it, for its reports.
    #[doc(hidden)]
    pub fn bytecode(&self) -> &ProgramData {
        &self.data
    }

    pub(crate) fn data(&self) -> &Arc<ProgramData> {
        &self.data
    }

    /// The source of the main module.
    ///
    /// ```
    /// let program = ruff_core::Engine::new().compile("a.ruff", "x := 1")?;
    /// assert_eq!(program.source().map(|source| (source.name(), source.text())), Some(("a.ruff", "x := 1")));
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    pub fn source(&self) -> Option<&Source> {
        self.data.modules.first().map(|m| &m.source)
    }

    /// The capabilities of the builtins and host functions that the program names; without them it may fail.
    ///
    /// ```
    /// use ruff_core::{Capability, Engine};
    /// let program = Engine::new().compile("a.ruff", "print(random())")?;
    /// assert_eq!(program.capabilities().iter().collect::<Vec<_>>(), [Capability::Output, Capability::Random]);
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    pub fn capabilities(&self) -> CapabilitySet {
        self.capabilities
    }

    /// What the compiler warned of.
    ///
    /// ```
    /// let program = ruff_core::Engine::new().compile("a.ruff", "x := 1")?;
    /// assert!(program.warnings().is_empty());
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }

    /// The names that the main module exports.
    ///
    /// ```
    /// let program = ruff_core::Engine::new().compile("a.ruff", "export func area(w, h) { return w * h }")?;
    /// assert_eq!(program.exports().collect::<Vec<_>>(), ["area"]);
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    pub fn exports(&self) -> impl Iterator<Item = &str> {
        self.data.modules.first().into_iter().flat_map(|m| m.exports.iter().map(|e| &*e.name))
    }

    /// The modules that the program imports, by their dotted paths.
    ///
    /// ```
    /// use ruff_core::{Engine, MapLoader};
    /// let engine = Engine::builder().loader(MapLoader::new().module("a.b", "export x := 1")).build();
    /// assert_eq!(engine.compile("main.ruff", "import a.b")?.imports().collect::<Vec<_>>(), ["a.b"]);
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    pub fn imports(&self) -> impl Iterator<Item = &str> {
        self.data.modules.iter().map(|m| &*m.name).filter(|name| !name.is_empty())
    }

    /// The names of the tests, in order, for a program made by [`crate::Engine::compile_tests`].
    ///
    /// ```
    /// let program = ruff_core::Engine::new().compile_tests("a.ruff", "test \"one\" {}\ntest \"two\" {}")?;
    /// assert_eq!(program.tests().collect::<Vec<_>>(), ["one", "two"]);
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    pub fn tests(&self) -> impl ExactSizeIterator<Item = &str> {
        self.data.tests.iter().map(|t| &*t.name)
    }

    /// The bytecode as text.
    ///
    /// ```
    /// let program = ruff_core::Engine::new().compile("a.ruff", "func f(n) { return n + 1 }")?;
    /// assert!(program.disassemble().contains("Return"));
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    pub fn disassemble(&self) -> String {
        disasm::disassemble(&self.data)
    }
}
