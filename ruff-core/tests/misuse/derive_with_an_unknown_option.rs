//! Fails: an option with a typing error is not ignored.
//! says: expected `name = "…"`, `skip`, `readonly` or `part`

use ruff_core::HostType;

#[derive(HostType)]
struct Player {
    #[host(read_only)]
    name: String,
}

fn main() {}
