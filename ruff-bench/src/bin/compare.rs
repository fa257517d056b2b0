//! Runs the same programs in Ruff and in the peers found on this machine, side by side, and says who needs how much.
//!
//! In each round every runner runs every program once, so that a drift of the machine meets all of them. Each run is a
//! process of its own. A program prints its result and its time; a row whose results differ is an error.

use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use ruff_bench::machine::{Machine, first_line};
use ruff_bench::measure::{Laboratory, Outcome};
use ruff_bench::programs::{self, Program};
use ruff_bench::report::{Cell, Metric, ProgramRecord, Report, RunnerRecord};
use ruff_bench::runner::{self, Runner};
use ruff_bench::table::{Table, metric_table, seed_table};
use ruff_bench::{baseline, build, chart, document};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

/// How often a process makes the call whose warm time is wanted.
const WARM_REPETITIONS: usize = 5;
/// The program that measures a process.
const METER: &str = "meter";
const RUFF: &str = "ruff";

type Fallible<T> = Result<T, Box<dyn Error>>;

#[derive(Parser)]
#[command(about = "Compares Ruff with other languages on the same programs")]
struct Options {
    /// Programs to run (default: all)
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    only: Vec<String>,
    /// Peers to compare with (default: all that are found)
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    peers: Option<Vec<String>>,
    /// How often each runner runs each program
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..))]
    rounds: u16,
    /// What to measure
    #[arg(long, value_delimiter = ',', default_values_t = Metric::ALL.map(Name), value_name = "METRICS")]
    metric: Vec<Name>,
    /// Seconds that one run may take
    #[arg(long, default_value_t = 60)]
    timeout: u64,
    /// The ruff program to measure (default: the one of this workspace, built with the profile of this program)
    #[arg(long, value_name = "FILE")]
    ruff: Option<PathBuf>,
    /// Do not build; use what the last build left
    #[arg(long)]
    no_build: bool,
    /// Write the tables as Markdown
    #[arg(long, value_name = "FILE")]
    md: Option<PathBuf>,
    /// Write all samples as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Draw the first metric as a chart
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Put the tables and the chart into the marked parts of a document; the chart goes into a file beside it
    #[arg(long, value_name = "FILE")]
    document: Option<PathBuf>,
    /// Measure nothing: show the samples of an earlier JSON file
    #[arg(long, value_name = "FILE", conflicts_with_all = ["only", "peers", "rounds", "ruff", "json"])]
    from: Option<PathBuf>,
    /// Show what changed since an earlier JSON file
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
}

/// A metric by its name on the command line.
#[derive(Clone, Copy)]
struct Name(Metric);

impl std::str::FromStr for Name {
    type Err = String;

    fn from_str(text: &str) -> Result<Name, String> {
        <Metric as clap::ValueEnum>::from_str(text, true).map(Name).map_err(|_| "not user, warm or memory".into())
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str(&format!("{:?}", self.0).to_lowercase())
    }
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("compare: {error}");
            ExitCode::from(2)
        }
    }
}

/// Whether all rows are right.
fn run(options: &Options) -> Fallible<bool> {
    let earlier = options.baseline.as_deref().map(read_report).transpose()?;
    let report = match &options.from {
        Some(file) => read_report(file)?,
        None => measure(options, &chosen_programs(options)?, &runners(options)?)?,
    };
    let metrics: Vec<Metric> = options.metrics().filter(|metric| report.has(*metric)).collect();
    if let Some(file) = &options.json {
        std::fs::write(file, serde_json::to_string_pretty(&report)? + "\n")?;
    }
    let mut tables: Vec<Table> = seed_table(&report, &metrics).into_iter().collect();
    tables.extend(metrics.iter().map(|metric| metric_table(&report, *metric)));
    tables.extend(earlier.map(|earlier| baseline::changes(&earlier, &report, &metrics)));
    tables.iter().for_each(|table| println!("{}", table.terminal()));
    if let Some(file) = &options.md {
        std::fs::write(file, document::page(&report, &tables))?;
    }
    if let (Some(file), Some(metric)) = (&options.svg, metrics.first()) {
        chart::draw(&report, *metric, file)?;
    }
    if let Some(file) = &options.document {
        fill_document(file, &report)?;
    }
    document::notes(&report).iter().for_each(|note| println!("{note}"));
    let problems = report.problems();
    problems.iter().for_each(|problem| eprintln!("error: {problem}"));
    Ok(problems.is_empty())
}

impl Options {
    fn metrics(&self) -> impl Iterator<Item = Metric> {
        self.metric.iter().map(|name| name.0)
    }
}

/// Writes the report into the marked parts of a document, and the chart of user times beside it.
fn fill_document(file: &Path, report: &Report) -> Fallible<()> {
    let chart = file.with_extension("svg");
    chart::draw(report, Metric::User, &chart)?;
    let text = std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let link = chart.file_name().unwrap_or_default().to_string_lossy();
    let text = document::fill(&text, report, &link).map_err(|error| format!("{}: {error}", file.display()))?;
    Ok(std::fs::write(file, text)?)
}

fn read_report(file: &Path) -> Fallible<Report> {
    let text = std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    Ok(serde_json::from_str(&text).map_err(|error| format!("{}: {error}", file.display()))?)
}

fn chosen_programs(options: &Options) -> Fallible<Vec<Program>> {
    let all = programs::all()?;
    if let Some(name) = options.only.iter().find(|name| !all.iter().any(|program| program.name == **name)) {
        return Err(format!("no program is named '{name}'").into());
    }
    let wanted = |program: &Program| options.only.is_empty() || options.only.contains(&program.name);
    Ok(all.into_iter().filter(wanted).collect())
}

/// The tiers of Ruff, then the peers that were found and chosen.
fn runners(options: &Options) -> Fallible<Vec<Runner>> {
    let names: Vec<&str> = runner::peer_names().collect();
    let chosen = |name: &str| options.peers.as_ref().is_none_or(|peers| peers.iter().any(|peer| peer == name));
    if let Some(name) = options.peers.iter().flatten().find(|name| !names.contains(&name.as_str())) {
        return Err(format!("no peer is named '{name}'; there are {}", names.join(", ")).into());
    }
    let built = build::folder()?;
    if !options.no_build {
        let own = [runner::RUST_PROGRAM, METER];
        build::programs(if options.ruff.is_none() { &[RUFF, runner::RUST_PROGRAM, METER] } else { &own })?;
    }
    let ruff = options.ruff.clone().unwrap_or_else(|| built.join(RUFF));
    if !ruff.is_file() {
        return Err(format!("{} does not exist", ruff.display()).into());
    }
    let found = runner::peers(&built.join(runner::RUST_PROGRAM));
    for name in names.iter().filter(|name| chosen(name) && !found.iter().any(|peer| peer.name == **name)) {
        eprintln!("{name}: not on this machine");
    }
    Ok(runner::ruff_tiers(&ruff).into_iter().chain(found.into_iter().filter(|peer| chosen(&peer.name))).collect())
}

fn measure(options: &Options, programs: &[Program], runners: &[Runner]) -> Fallible<Report> {
    let metrics: Vec<Metric> = options.metrics().collect();
    let laboratory = Laboratory::new(build::folder()?.join(METER), Duration::from_secs(options.timeout))?;
    let rounds = usize::from(options.rounds);
    let mut report = Report {
        machine: Machine::here(),
        commit: first_line("git", &["describe", "--always", "--dirty", "--exclude=*"]).unwrap_or_default(),
        profile: if options.ruff.is_some() { "unknown".into() } else { build::profile()? },
        rounds,
        runners: runners.iter().map(|r| RunnerRecord { name: r.name.clone(), version: r.version.clone() }).collect(),
        programs: programs.iter().map(|p| ProgramRecord { name: p.name.clone(), ..ProgramRecord::default() }).collect(),
    };
    let bar = ProgressBar::new((rounds * programs.len() * runners.len()) as u64);
    bar.set_style(ProgressStyle::with_template("{wide_bar} {pos}/{len} {eta} {msg}")?);
    for _ in 0..rounds {
        for (program, record) in programs.iter().zip(&mut report.programs) {
            for runner in runners {
                bar.set_message(format!("{} {}", program.name, runner.name));
                let cell = record.cells.entry(runner.name.clone()).or_default();
                if cell.is_usable() {
                    sample(&laboratory, runner, program, &metrics, cell)?;
                }
                bar.inc(1);
            }
        }
    }
    bar.finish_and_clear();
    Ok(report)
}

/// Adds one sample of each metric to a cell.
fn sample(
    laboratory: &Laboratory,
    runner: &Runner,
    program: &Program,
    metrics: &[Metric],
    cell: &mut Cell,
) -> Fallible<()> {
    if metrics.iter().any(|metric| *metric != Metric::Warm) {
        match laboratory.run(runner, program, 1)? {
            Outcome::Done(run) => {
                cell.add_checksum(run.checksum);
                cell.add(Metric::User, run.user_seconds);
                cell.add(Metric::Memory, run.peak_bytes as f64);
            }
            Outcome::Missing(what) => cell.missing = Some(what),
            Outcome::Failed(why) => cell.failure = Some(why),
        }
    }
    if metrics.contains(&Metric::Warm) && !program.is_start_up() && cell.is_usable() {
        match laboratory.run(runner, program, WARM_REPETITIONS)? {
            Outcome::Done(run) => {
                cell.add_checksum(run.checksum);
                let warm = run.seconds.iter().skip(1).copied().reduce(f64::min);
                cell.delay.push(run.delay);
                warm.into_iter().for_each(|seconds| cell.add(Metric::Warm, seconds));
            }
            Outcome::Missing(what) => cell.missing = Some(what),
            Outcome::Failed(why) => cell.failure = Some(why),
        }
    }
    Ok(())
}
