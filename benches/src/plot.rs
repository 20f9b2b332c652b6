//! Pictures of a run.

use std::path::Path;

use plotters::coord::Shift;
use plotters::prelude::*;

use crate::rounds::Outcome;

/// Told apart also without colour: each has a shape of its own.
const COLOURS: [RGBColor; 8] = [
    RGBColor(0, 90, 181),
    RGBColor(220, 50, 32),
    RGBColor(26, 133, 80),
    RGBColor(148, 87, 235),
    RGBColor(196, 120, 0),
    RGBColor(90, 90, 90),
    RGBColor(0, 150, 160),
    RGBColor(160, 40, 100),
];

type Result = std::result::Result<(), Box<dyn std::error::Error>>;
type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// The ratios of a table, a panel for each cell: a bar from the smallest to the largest, a dot at the median.
pub fn ratios(outcomes: &[&Outcome], path: &Path) -> Result {
    const WIDTH: u32 = 920;
    let height = |outcome: &Outcome| 64 + 20 * outcome.standings.len() as u32;
    let root = SVGBackend::new(
        path,
        (WIDTH, outcomes.iter().map(|outcome| height(outcome)).sum()),
    )
    .into_drawing_area();
    root.fill(&WHITE)?;
    let mut top = 0;
    for outcome in outcomes {
        let panel = root.clone().shrink((0, top), (WIDTH, height(outcome)));
        top += height(outcome) as i32;
        bars(&panel, outcome)?;
    }
    root.present()?;
    Ok(())
}

fn bars(panel: &Area<'_>, outcome: &Outcome) -> Result {
    let all = outcome
        .standings
        .iter()
        .flat_map(|standing| standing.ratios.iter().copied());
    let usable: Vec<f64> = all
        .filter(|ratio| ratio.is_finite() && *ratio > 0.0)
        .collect();
    let least = usable.iter().copied().fold(0.8, f64::min);
    let most = usable.iter().copied().fold(1.25, f64::max);
    let count = outcome.standings.len();
    let title = format!(
        "{}: {} (to the right is better, 1 is {})",
        outcome.name,
        outcome.metrics[0].name,
        outcome.against.join(" or ")
    );
    let mut chart = ChartBuilder::on(panel)
        .margin(8)
        .caption(title, ("sans-serif", 14))
        .set_label_area_size(LabelAreaPosition::Left, 190)
        .set_label_area_size(LabelAreaPosition::Bottom, 22)
        .build_cartesian_2d(
            (least * 0.9..most * 1.1).log_scale(),
            -0.5..count as f64 - 0.5,
        )?;
    let name = |place: &f64| {
        let at = (count as f64 - 1.0 - place).round();
        let standing = outcome
            .standings
            .get(at as usize)
            .filter(|_| (place - place.round()).abs() < 1e-6 && at >= 0.0);
        standing.map_or_else(String::new, |standing| standing.name.to_owned())
    };
    chart
        .configure_mesh()
        .disable_y_mesh()
        .light_line_style(TRANSPARENT)
        .y_labels(count * 2)
        .y_label_formatter(&name)
        .x_labels(8)
        .x_label_formatter(&|ratio| format!("{ratio:.2}"))
        .draw()?;
    chart.draw_series([PathElement::new(
        [(1.0, -0.5), (1.0, count as f64 - 0.5)],
        BLACK.mix(0.5),
    )])?;
    for (at, standing) in outcome.standings.iter().enumerate() {
        let y = (count - 1 - at) as f64;
        let own = standing.name.starts_with("selvedge");
        let colour = if own { COLOURS[0] } else { COLOURS[5] };
        let finite = standing
            .ratios
            .iter()
            .copied()
            .filter(|ratio| ratio.is_finite());
        let (low, high) = finite.fold((f64::INFINITY, 0.0_f64), |(low, high), ratio| {
            (low.min(ratio), high.max(ratio))
        });
        if low > high {
            continue;
        }
        chart.draw_series([Rectangle::new(
            [(low, y - 0.25), (high.max(low * 1.002), y + 0.25)],
            colour.mix(0.35).filled(),
        )])?;
        chart.draw_series([Circle::new((standing.ratio(), y), 4, colour.filled())])?;
    }
    Ok(())
}

/// The throughput of the grid by the number of threads, a panel for each pair of inside and outside.
pub fn grid(outcomes: &[&Outcome], path: &Path) -> Result {
    let kind = |outcome: &Outcome| {
        outcome
            .name
            .split_once(", ")
            .map(|(_, rest)| rest.to_owned())
            .unwrap_or_default()
    };
    let mut kinds: Vec<String> = Vec::new();
    for outcome in outcomes {
        if !kinds.contains(&kind(outcome)) {
            kinds.push(kind(outcome));
        }
    }
    let rows = kinds.len().div_ceil(3);
    let root = SVGBackend::new(path, (1260, 320 * rows as u32)).into_drawing_area();
    root.fill(&WHITE)?;
    for (panel, kind_of_panel) in root.split_evenly((rows, 3)).iter().zip(&kinds) {
        let cells: Vec<&&Outcome> = outcomes
            .iter()
            .filter(|outcome| kind(outcome) == *kind_of_panel)
            .collect();
        let threads = |outcome: &Outcome| -> f64 {
            outcome
                .name
                .split(' ')
                .next()
                .and_then(|n| n.parse().ok())
                .unwrap_or(1.0)
        };
        let figures = cells
            .iter()
            .flat_map(|cell| cell.standings.iter().map(|standing| standing.median(0)));
        let (low, high) = figures.fold((f64::INFINITY, 0.0_f64), |(low, high), figure| {
            (low.min(figure), high.max(figure))
        });
        let mut chart = ChartBuilder::on(panel)
            .margin(8)
            .caption(kind_of_panel, ("sans-serif", 14))
            .set_label_area_size(LabelAreaPosition::Left, 48)
            .set_label_area_size(LabelAreaPosition::Bottom, 34)
            .build_cartesian_2d(
                (0.9..36.0_f64).log_scale(),
                (low * 0.8..high * 1.3).log_scale(),
            )?;
        chart
            .configure_mesh()
            .light_line_style(TRANSPARENT)
            .x_desc("threads")
            .y_desc("million a second")
            .x_label_formatter(&|threads| format!("{threads:.0}"))
            .y_label_formatter(&|figure| {
                if *figure < 10.0 {
                    format!("{figure:.1}")
                } else {
                    format!("{figure:.0}")
                }
            })
            .draw()?;
        let names: Vec<&str> = cells[0]
            .standings
            .iter()
            .map(|standing| standing.name)
            .collect();
        for (at, name) in names.into_iter().enumerate() {
            let colour = COLOURS[at % COLOURS.len()];
            let points: Vec<(f64, f64)> = cells
                .iter()
                .filter_map(|cell| Some((threads(cell), cell.of(name)?.median(0))))
                .collect();
            let width = if name == "selvedge" { 3 } else { 1 };
            chart
                .draw_series(LineSeries::new(points.clone(), colour.stroke_width(width)))?
                .label(name)
                .legend(move |(x, y)| {
                    PathElement::new([(x, y), (x + 16, y)], colour.stroke_width(width))
                });
            chart.draw_series(points.iter().map(|&(x, y)| match at % 3 {
                0 => Circle::new((x, y), 3, colour.filled()).into_dyn(),
                1 => TriangleMarker::new((x, y), 4, colour.filled()).into_dyn(),
                _ => Cross::new((x, y), 3, colour).into_dyn(),
            }))?;
        }
        if kind_of_panel == &kinds[0] {
            chart
                .configure_series_labels()
                .background_style(WHITE.mix(0.8))
                .label_font(("sans-serif", 11))
                .position(SeriesLabelPosition::UpperRight)
                .draw()?;
        }
    }
    root.present()?;
    Ok(())
}
