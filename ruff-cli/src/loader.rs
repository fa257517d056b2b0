//! Modules in files: `a.b.ruff` or `a/b.ruff` beside the importing file, in the current directory, and in `./modules`.
//!
//! A symbolic link must not lead out of the folder that a module is sought in.

use ruff_core::{ModuleLoader, Source};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Finds modules in the file system.
pub struct FileLoader;

impl ModuleLoader for FileLoader {
    fn load(&self, path: &str, importer: &str) -> io::Result<Option<Source>> {
        for (folder, file) in candidates(path, importer) {
            match read_inside(&folder, &file) {
                Ok(text) => return Ok(Some(Source::new(file.to_string_lossy(), text))),
                Err(error) if is_absent(&error) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }
}

/// The folders that are searched, each with a file in it.
fn candidates(path: &str, importer: &str) -> impl Iterator<Item = (PathBuf, PathBuf)> {
    let names = [format!("{path}.ruff"), format!("{}.ruff", path.replace('.', "/"))];
    let beside = Path::new(importer).parent().unwrap_or(Path::new("")).to_path_buf();
    let folders = [beside, PathBuf::new(), PathBuf::from("modules")];
    folders.into_iter().flat_map(move |folder| {
        let files = names.clone().map(|name| folder.join(name));
        files.map(|file| (folder.clone(), file))
    })
}

/// The text of a file that really is in the folder.
fn read_inside(folder: &Path, file: &Path) -> io::Result<String> {
    let real = fs::canonicalize(file)?;
    let root = fs::canonicalize(if folder.as_os_str().is_empty() { Path::new(".") } else { folder })?;
    if !real.starts_with(&root) {
        let message = format!("'{}' leads out of its folder", file.display());
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, message));
    }
    fs::read_to_string(real)
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::IsADirectory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_are_sought_in_order() {
        let found: Vec<String> = candidates("a.b", "src/main.ruff").map(|(_, p)| p.display().to_string()).collect();
        let expected = ["src/a.b.ruff", "src/a/b.ruff", "a.b.ruff", "a/b.ruff", "modules/a.b.ruff", "modules/a/b.ruff"];
        assert_eq!(found, expected);
    }
}
