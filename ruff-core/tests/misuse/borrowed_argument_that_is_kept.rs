//! Fails: a borrowed argument is the script's, for the time of the call.
//! says: borrowed data escapes outside of closure

use ruff_core::Engine;
use std::sync::Mutex;

fn main() {
    let kept: Mutex<Vec<&str>> = Mutex::new(Vec::new());
    Engine::builder().function("keep", move |text: &str| kept.lock().unwrap().push(text)).build();
}
