//! The programs of this workspace as a release build leaves them.

use std::env;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where a release build leaves its programs: beside the folder of the running one.
pub fn folder() -> io::Result<PathBuf> {
    let this = env::current_exe()?;
    let target = this.parent().and_then(Path::parent);
    Ok(target.ok_or_else(|| io::Error::other("this program is not in a build folder"))?.join("release"))
}

/// Builds programs of this workspace for release.
pub fn programs(names: &[&str]) -> io::Result<()> {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["build", "--release", "--quiet", "-p", "ruff-bench", "-p", "ruff-cli"]);
    command.args(names.iter().flat_map(|name| ["--bin", name]));
    let folder = folder()?;
    command.current_dir(env!("CARGO_MANIFEST_DIR")).env("CARGO_TARGET_DIR", folder.parent().unwrap_or(&folder));
    if command.status()?.success() { Ok(()) } else { Err(io::Error::other("the build failed")) }
}
