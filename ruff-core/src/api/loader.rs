//! Where the sources of imported modules come from.

use crate::syntax::source::Source;
use std::collections::HashMap;

/// Finds modules. It is asked when a program is compiled, once for each module that the program can reach.
pub trait ModuleLoader: Send + Sync {
    /// The source of the module `path` (`a.b`), imported by the source named `importer`; `None` if there is none.
    ///
    /// A panic is an error of the import, as those of functions of the host are.
    ///
    /// # Errors
    /// Why a module that exists cannot be read.
    fn load(&self, path: &str, importer: &str) -> std::io::Result<Option<Source>>;
}

/// Modules in memory.
///
/// ```
/// use ruff_core::{Engine, MapLoader, Vm};
/// let modules = MapLoader::new().module("shapes", "export func area(w, h) { return w * h }");
/// let engine = Engine::builder().loader(modules).build();
/// let program = engine.compile("main.ruff", "import shapes\nfunc main() { return shapes.area(2, 3) }")?;
/// let mut vm = Vm::new(&engine);
/// vm.run(&program)?;
/// assert_eq!(vm.call::<i64>("main", ())?, 6);
/// # Ok::<(), ruff_core::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct MapLoader(HashMap<String, String>);

impl MapLoader {
    /// A loader without modules.
    ///
    /// ```
    /// use ruff_core::{Engine, MapLoader, Vm};
    /// let engine = Engine::builder().loader(MapLoader::new()).build();
    /// assert_eq!(Vm::new(&engine).eval("1", "import a").unwrap_err().message(), "Module not found: a");
    /// ```
    pub fn new() -> MapLoader {
        MapLoader::default()
    }

    /// The same with one more module.
    ///
    /// ```
    /// use ruff_core::{Engine, MapLoader, Vm};
    /// let modules = MapLoader::new().module("base", "export one := 1").module("app.sums", "import base\nexport two := base.one * 2");
    /// let engine = Engine::builder().loader(modules).build();
    /// assert_eq!(Vm::new(&engine).eval("1", "from app.sums import two\ntwo")?.as_deref(), Some("2"));
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    #[must_use]
    pub fn module(mut self, path: impl Into<String>, text: impl Into<String>) -> MapLoader {
        self.0.insert(path.into(), text.into());
        self
    }
}

impl ModuleLoader for MapLoader {
    fn load(&self, path: &str, _importer: &str) -> std::io::Result<Option<Source>> {
        Ok(self.0.get(path).map(|text| Source::new(path, text.as_str())))
    }
}
