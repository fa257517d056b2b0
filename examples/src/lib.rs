//! Host programs in `hosts/`, each an example target: `cargo run -p ruff-examples --example hello`.
