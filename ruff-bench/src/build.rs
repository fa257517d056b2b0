//! The programs of this workspace as an optimised build leaves them.

use std::env;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The cargo profile that the running program was built with; `release` for one without optimisation, which measures nothing.
pub fn profile() -> io::Result<String> {
    let folder = own_folder()?;
    let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok(if name == "debug" { "release".into() } else { name })
}

/// Where a build of [`profile`] leaves its programs: beside the running one, or in a folder beside its folder.
pub fn folder() -> io::Result<PathBuf> {
    Ok(own_folder()?.with_file_name(profile()?))
}

fn own_folder() -> io::Result<PathBuf> {
    let this = env::current_exe()?;
    this.parent().map(Path::to_path_buf).ok_or_else(|| io::Error::other("this program is not in a build folder"))
}

/// Builds programs of this workspace with [`profile`].
pub fn programs(names: &[&str]) -> io::Result<()> {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["build", "--profile", &profile()?, "--quiet", "-p", "ruff-bench", "-p", "ruff-cli"]);
    command.args(names.iter().flat_map(|name| ["--bin", name]));
    let folder = folder()?;
    command.current_dir(env!("CARGO_MANIFEST_DIR")).env("CARGO_TARGET_DIR", folder.parent().unwrap_or(&folder));
    if command.status()?.success() { Ok(()) } else { Err(io::Error::other("the build failed")) }
}
