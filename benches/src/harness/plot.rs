//! Curves: what a unit costs, over what the races of a plot differ in.

use super::rounds::Outcome;
use plotters::prelude::*;
use std::{collections::BTreeMap, fs, path::Path};

/// A plot that was drawn.
pub(super) struct Plot {
    pub(super) workload: String,
    pub(super) title: String,
    pub(super) file: String,
}

type Curve = Vec<(f64, f64)>;

/// Draws each plot into a file of its own.
pub(super) fn draw(directory: &Path, outcomes: &[Outcome]) -> Result<Vec<Plot>, String> {
    fs::create_dir_all(directory).map_err(|error| format!("{}: {error}", directory.display()))?;
    let mut plots: BTreeMap<&str, Vec<&Outcome>> = BTreeMap::new();
    for outcome in outcomes {
        if let Some(point) = &outcome.point {
            plots.entry(point.plot).or_default().push(outcome);
        }
    }
    let several = plots.into_iter().filter(|(_, races)| races.len() > 1);
    several
        .map(|(title, races)| {
            let words = title.split(|c: char| !c.is_alphanumeric());
            let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
            let file = format!("{}.svg", words.join("-"));
            let path = directory.join(&file);
            one(&path, title, &races).map_err(|error| format!("{}: {error}", path.display()))?;
            Ok(Plot {
                workload: races[0].workload.clone(),
                title: title.into(),
                file,
            })
        })
        .collect()
}

fn one(path: &Path, title: &str, races: &[&Outcome]) -> Result<(), Box<dyn std::error::Error>> {
    let curves = curves(races);
    let points = || curves.values().flatten();
    let (left, right) = bounds(points().map(|point| point.0), 1.0);
    let (low, high) = bounds(points().map(|point| point.1), 1.3);
    let axis = races[0].point.as_ref().map_or("", |point| point.axis);
    let area = SVGBackend::new(path, (900, 520)).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .caption(title, ("sans-serif", 20))
        .margin(14)
        .margin_right(190)
        .x_label_area_size(42)
        .y_label_area_size(64)
        .build_cartesian_2d((left..right).log_scale(), (low..high).log_scale())?;
    chart
        .configure_mesh()
        .light_line_style(WHITE)
        .x_desc(axis)
        .y_desc(format!(
            "{} per {}",
            races[0].metric.symbol(),
            races[0].unit
        ))
        .x_label_formatter(&|x| number(*x))
        .y_label_formatter(&|y| number(*y))
        .draw()?;
    let mut ends: Vec<(f64, &str, RGBColor)> = Vec::new();
    for (number, (name, curve)) in curves.iter().enumerate() {
        let ours = name.starts_with(super::race::OURS);
        let color = if ours {
            OURS_IN
        } else {
            COLORS[number % COLORS.len()]
        };
        let style = color.stroke_width(if ours { 4 } else { 2 });
        chart.draw_series(LineSeries::new(curve.iter().copied(), style).point_size(3))?;
        if let Some((_, y)) = curve.last() {
            ends.push((*y, name, color));
        }
    }
    name_curves(&area, &ends, (low, high))?;
    area.present()?;
    Ok(())
}

/// Writes each name beside the end of its curve, and none over another.
fn name_curves(
    area: &DrawingArea<SVGBackend<'_>, plotters::coord::Shift>,
    ends: &[(f64, &str, RGBColor)],
    (low, high): (f64, f64),
) -> Result<(), Box<dyn std::error::Error>> {
    let (top, bottom) = (42.0, 464.0);
    let mut ends = ends.to_vec();
    ends.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut above = top - 16.0;
    for (y, name, color) in ends {
        let share = (y.ln() - low.ln()) / (high.ln() - low.ln());
        let at = (bottom - share * (bottom - top)).max(above + 16.0);
        above = at;
        let style = ("sans-serif", 14).into_font().color(&color);
        #[expect(clippy::cast_possible_truncation, reason = "a pixel")]
        area.draw_text(name, &style, (716, at as i32 - 8))?;
    }
    Ok(())
}

fn curves<'o>(races: &[&'o Outcome]) -> BTreeMap<&'o str, Curve> {
    let mut curves: BTreeMap<&str, Curve> = BTreeMap::new();
    for race in races {
        let Some(point) = &race.point else { continue };
        for figure in &race.figures {
            let curve = curves.entry(figure.name.as_str()).or_default();
            curve.push((point.x as f64, figure.median()));
        }
    }
    curves.retain(|_, curve| curve.len() > 1);
    for curve in curves.values_mut() {
        curve.sort_by(|a, b| a.0.total_cmp(&b.0));
    }
    curves
}

fn bounds(values: impl Iterator<Item = f64>, room: f64) -> (f64, f64) {
    let (low, high) = values.fold((f64::INFINITY, 0.0_f64), |(low, high), value| {
        (low.min(value), high.max(value))
    });
    (low / room, high * room)
}

fn number(value: f64) -> String {
    match value {
        large if large >= 1e6 => format!("{}M", large / 1e6),
        large if large >= 1e3 => format!("{}k", large / 1e3),
        small => format!("{small}"),
    }
}

const OURS_IN: RGBColor = RGBColor(20, 140, 60);
const COLORS: [RGBColor; 8] = [
    RGBColor(31, 119, 180),
    RGBColor(255, 127, 14),
    RGBColor(148, 103, 189),
    RGBColor(140, 86, 75),
    RGBColor(227, 119, 194),
    RGBColor(127, 127, 127),
    RGBColor(188, 189, 34),
    RGBColor(23, 190, 207),
];
