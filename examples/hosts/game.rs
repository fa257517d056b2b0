//! A game loop: the world is made of Rust objects, which the game owns and lends to a script for each frame. The script is
//! replaced while the game runs; the objects stay.

use ruff_core::{Engine, Error, HostRef, HostType, ScriptObject, Vm};

#[derive(HostType)]
struct Position {
    x: f64,
    y: f64,
}

#[derive(HostType)]
struct Player {
    #[host(readonly)]
    name: String,
    #[host(readonly)]
    health: i64,
    #[host(part)]
    position: Position,
}

const FIRST: &str = r#"
func update(player, frame) {
    player.position.x += 1
}
"#;

const SECOND: &str = r#"
func update(player, frame) {
    player.position.y += 2
    if frame % 2 == 0 { player.hurt(5) }
}
"#;

fn engine() -> Engine {
    let player = Player::host_type()
        .method("hurt", |p: &mut Player, points: i64| p.health -= points)
        .display(|p: &Player| format!("{} ({})", p.name, p.health));
    Engine::builder().host_type(Position::host_type()).host_type(player).build()
}

fn main() -> Result<(), Error> {
    let engine = engine();
    let mut player = Player { name: "Ada".into(), health: 100, position: Position { x: 0.0, y: 0.0 } };
    let mut vm = load(&engine, FIRST)?;
    for frame in 0..8i64 {
        if frame == 4 {
            // A script with an error does not stop the game: the one before goes on.
            if let Err(error) = load(&engine, "func update(") {
                println!("reload failed: {}", error.code());
            }
            vm = load(&engine, SECOND)?;
            println!("reloaded at frame {frame}");
        }
        HostRef::lend(&mut player, |player| vm.call::<()>("update", (player.clone(), frame)))?;
    }
    let Player { name, health, position } = player;
    println!("{name} at {}, {} with {health}", position.x, position.y);
    Ok(())
}

fn load(engine: &Engine, text: &str) -> Result<Vm, Error> {
    let program = engine.compile("update.ruff", text)?;
    let mut vm = Vm::new(engine);
    vm.run(&program)?;
    Ok(vm)
}
