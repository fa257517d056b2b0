//! The bench programs in Rust, as the limit of what the machine can do: `native NAME [REPS]`. Built with overflow checks
//! (the workspace's release profile of this package), so that integers are as exact as those of the other languages.

use ruff_bench::cpu::process_seconds;

macro_rules! programs {
    ($($name:ident $file:literal,)*) => {
        $(#[path = $file] mod $name;)*

        fn run(name: &str, reps: usize) -> bool {
            match name {
                "hello" => println!("hello"),
                $(stringify!($name) => repeat(reps, $name::program()),)*
                _ => return false,
            }
            true
        }
    };
}

programs! {
    array_build "../../programs/array_build/array_build.rs",
    bank "../../programs/bank/bank.rs",
    binary_trees "../../programs/binary_trees/binary_trees.rs",
    calc "../../programs/calc/calc.rs",
    closure_counter "../../programs/closure_counter/closure_counter.rs",
    dijkstra "../../programs/dijkstra/dijkstra.rs",
    dispatch "../../programs/dispatch/dispatch.rs",
    exceptions "../../programs/exceptions/exceptions.rs",
    factorial "../../programs/factorial/factorial.rs",
    fannkuch "../../programs/fannkuch/fannkuch.rs",
    fib30 "../../programs/fib30/fib30.rs",
    fib35 "../../programs/fib35/fib35.rs",
    fib_big "../../programs/fib_big/fib_big.rs",
    fib_memo "../../programs/fib_memo/fib_memo.rs",
    fib_prints "../../programs/fib_prints/fib_prints.rs",
    generators "../../programs/generators/generators.rs",
    heapsort "../../programs/heapsort/heapsort.rs",
    hof "../../programs/hof/hof.rs",
    interpolation "../../programs/interpolation/interpolation.rs",
    json_rt "../../programs/json_rt/json_rt.rs",
    kmers "../../programs/kmers/kmers.rs",
    levenshtein "../../programs/levenshtein/levenshtein.rs",
    life "../../programs/life/life.rs",
    mandelbrot "../../programs/mandelbrot/mandelbrot.rs",
    map_100k "../../programs/map_100k/map_100k.rs",
    map_int "../../programs/map_int/map_int.rs",
    matmul "../../programs/matmul/matmul.rs",
    mutual_recursion "../../programs/mutual_recursion/mutual_recursion.rs",
    nbody "../../programs/nbody/nbody.rs",
    nested_loops "../../programs/nested_loops/nested_loops.rs",
    nqueens "../../programs/nqueens/nqueens.rs",
    particles "../../programs/particles/particles.rs",
    predators "../../programs/predators/predators.rs",
    quicksort "../../programs/quicksort/quicksort.rs",
    richards "../../programs/richards/richards.rs",
    sieve "../../programs/sieve/sieve.rs",
    sort_builtin "../../programs/sort_builtin/sort_builtin.rs",
    sort_records "../../programs/sort_records/sort_records.rs",
    spectral "../../programs/spectral/spectral.rs",
    str_build "../../programs/str_build/str_build.rs",
    str_concat "../../programs/str_concat/str_concat.rs",
    str_ops "../../programs/str_ops/str_ops.rs",
    sum_100m "../../programs/sum_100m/sum_100m.rs",
    sum_1m "../../programs/sum_1m/sum_1m.rs",
    tokenizer "../../programs/tokenizer/tokenizer.rs",
    wordcount "../../programs/wordcount/wordcount.rs",
    xorshift "../../programs/xorshift/xorshift.rs",
}

fn repeat(reps: usize, mut program: impl FnMut() -> i64) {
    for _ in 0..reps {
        let start = process_seconds();
        let checksum = program();
        let seconds = process_seconds() - start;
        println!("R {checksum}");
        println!("T {seconds:.6}");
    }
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().unwrap_or_default();
    let reps = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(1);
    if !run(&name, reps) {
        eprintln!("no program is named '{name}'");
        std::process::exit(3);
    }
}
