//! The chart of a comparison: a bar for each program and runner, on a logarithmic scale.

use crate::report::{Metric, Report};
use crate::table::ranking;
use plotters::coord::combinators::IntoLogRange;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use std::error::Error;
use std::path::Path;

const WIDTH: u32 = 1000;
const BAR_HEIGHT: u32 = 7;
const GAP_HEIGHT: u32 = 9;
/// Space for the title, the legend and the axis.
const FRAME_HEIGHT: u32 = 110;
const BACKGROUND: RGBColor = RGBColor(255, 255, 255);
/// Ruff's tiers take the first colours, the native one the strong one, the peers the others; chosen to differ also without hue.
const COLOURS: [RGBColor; 9] = [
    RGBColor(240, 160, 120),
    RGBColor(214, 69, 32),
    RGBColor(55, 94, 151),
    RGBColor(120, 160, 210),
    RGBColor(70, 130, 70),
    RGBColor(20, 60, 40),
    RGBColor(150, 190, 140),
    RGBColor(200, 170, 40),
    RGBColor(130, 130, 130),
];

/// Draws the figures of a metric into an SVG file. Rows with an error have no bars.
pub fn draw(report: &Report, metric: Metric, file: &Path) -> Result<(), Box<dyn Error>> {
    let runners: Vec<&str> = report.runner_names().collect();
    let figures = || report.programs.iter().flat_map(|p| runners.iter().filter_map(|name| p.figure(name, metric)));
    let Some((least, greatest)) = bounds(figures()) else { return Err("there is nothing to draw".into()) };
    let programs = ranking(report, metric);
    let rows = programs.len();
    let row_height = runners.len() as u32 * BAR_HEIGHT + GAP_HEIGHT;
    let root = SVGBackend::new(file, (WIDTH, FRAME_HEIGHT + rows as u32 * row_height)).into_drawing_area();
    root.fill(&BACKGROUND)?;
    let mut chart = ChartBuilder::on(&root)
        .caption(format!("{} (logarithmic; shorter is better)", metric.title()), ("sans-serif", 18))
        .margin(10)
        .x_label_area_size(30)
        .y_label_area_size(120)
        .build_cartesian_2d((least..greatest).log_scale(), rows as f64..0.0)?;
    chart.configure_mesh().disable_y_mesh().y_labels(0).x_label_formatter(&|x| metric.text(*x)).draw()?;
    let style = ("sans-serif", 13).into_font().color(&BLACK).pos(Pos::new(HPos::Right, VPos::Center));
    for (row, program) in programs.iter().enumerate() {
        let (x, y) = chart.backend_coord(&(least, row as f64 + 0.5));
        root.draw(&Text::new(program.name.as_str(), (x - 6, y), style.clone()))?;
    }
    let bar = row_height_part(row_height);
    for (index, runner) in runners.iter().enumerate() {
        let colour = COLOURS[index % COLOURS.len()];
        let bars = programs.iter().enumerate().filter_map(|(row, program)| {
            let figure = program.figure(runner, metric)?;
            let top = row as f64 + (f64::from(GAP_HEIGHT) / 2.0 / f64::from(row_height)) + index as f64 * bar;
            Some(Rectangle::new([(least, top), (figure, top + bar)], colour.filled()))
        });
        let swatch = move |(x, y)| Rectangle::new([(x, y - 4), (x + 12, y + 4)], colour.filled());
        chart.draw_series(bars)?.label(*runner).legend(swatch);
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::LowerRight)
        .background_style(BACKGROUND.mix(0.9))
        .border_style(BLACK)
        .draw()?;
    root.present()?;
    Ok(())
}

/// The part of a row that a bar takes.
fn row_height_part(row_height: u32) -> f64 {
    f64::from(BAR_HEIGHT) / f64::from(row_height)
}

/// Powers of ten around all positive figures.
fn bounds(figures: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    let positive: Vec<f64> = figures.filter(|figure| *figure > 0.0).collect();
    let least = positive.iter().copied().reduce(f64::min)?;
    let greatest = positive.iter().copied().reduce(f64::max)?;
    Some((10f64.powf(least.log10().floor()), 10f64.powf(greatest.log10().ceil())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_powers_of_ten() {
        assert_eq!(bounds([0.0, 0.02, 3.0].into_iter()), Some((0.01, 10.0)));
        assert_eq!(bounds([0.0].into_iter()), None);
    }
}
