//! A plot of how cost grows, on two logarithmic scales: what is linear goes up as the dashed lines do.

use std::fmt::Write as _;

/// What grows, and what each size cost, in seconds.
pub struct Line {
    /// What it is.
    pub name: &'static str,
    /// Sizes and seconds.
    pub costs: Vec<(f64, f64)>,
}

/// So many pixels for a factor of ten.
const DECADE: f64 = 80.0;

/// The powers of ten that are shown: of sizes, and of seconds.
const SIZES: (i32, i32) = (1, 7);
const SECONDS: (i32, i32) = (-3, 2);

/// Room at the left for what is written there.
const LEFT: f64 = 70.0;

/// Room at the right for names.
const RIGHT: f64 = 300.0;

const COLOURS: [&str; 6] = [
    "#1b6ca8", "#b8442e", "#2f7d3b", "#7b4fa3", "#a06a00", "#4d4d4d",
];

/// The plot, as SVG.
pub fn svg(lines: &[Line]) -> String {
    let width = across(10_f64.powi(SIZES.1)) + RIGHT;
    let height = up(10_f64.powi(SECONDS.0)) + 50.0;
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
    );
    scales(&mut text);
    for (line, colour) in lines.iter().zip(COLOURS.iter().cycle()) {
        let shown = line
            .costs
            .iter()
            .filter(|(_, took)| *took >= 10_f64.powi(SECONDS.0));
        let points: Vec<String> = shown
            .map(|(size, took)| format!("{:.1},{:.1}", across(*size), up(*took)))
            .collect();
        let _ = writeln!(
            text,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.5\"/>",
            points.join(" ")
        );
    }
    names(&mut text, lines);
    text.push_str("</svg>\n");
    text
}

/// The lines of the scales, what they say, and what linear growth would look like.
fn scales(text: &mut String) {
    let (bottom, top) = (up(10_f64.powi(SECONDS.0)), up(10_f64.powi(SECONDS.1)));
    let (left, right) = (across(10_f64.powi(SIZES.0)), across(10_f64.powi(SIZES.1)));
    for power in SIZES.0..=SIZES.1 {
        let x = across(10_f64.powi(power));
        let _ = writeln!(
            text,
            "<path d=\"M{x},{bottom}V{top}\" stroke=\"#ddd\"/><text x=\"{x}\" y=\"{}\" text-anchor=\"middle\">10<tspan dy=\"-4\" font-size=\"9\">{power}</tspan></text>",
            bottom + 20.0
        );
    }
    for power in SECONDS.0..=SECONDS.1 {
        let y = up(10_f64.powi(power));
        let seconds = 10_f64.powi(power);
        let _ = writeln!(
            text,
            "<path d=\"M{left},{y}H{right}\" stroke=\"#ddd\"/><text x=\"{}\" y=\"{}\" text-anchor=\"end\">{seconds} s</text>",
            left - 8.0,
            y + 4.0
        );
    }
    // What costs so much for each, whatever the size.
    for power in -8..=-2 {
        let each = 10_f64.powi(power);
        let from = 10_f64.powi(SIZES.0).max(10_f64.powi(SECONDS.0) / each);
        let to = 10_f64.powi(SIZES.1).min(10_f64.powi(SECONDS.1) / each);
        let _ = writeln!(
            text,
            "<path d=\"M{},{}L{},{}\" stroke=\"#bbb\" stroke-dasharray=\"3 4\"/>",
            across(from),
            up(from * each),
            across(to),
            up(to * each)
        );
    }
}

/// The names, each in its line's colour.
fn names(text: &mut String, lines: &[Line]) {
    let x = across(10_f64.powi(SIZES.1)) + 20.0;
    for (at, (line, colour)) in lines.iter().zip(COLOURS.iter().cycle()).enumerate() {
        let y = 20.0 + 20.0 * at as f64;
        let _ = writeln!(
            text,
            "<text x=\"{x}\" y=\"{y}\" fill=\"{colour}\">{}</text>",
            line.name
        );
    }
}

fn across(size: f64) -> f64 {
    LEFT + (size.log10() - f64::from(SIZES.0)) * DECADE
}

fn up(seconds: f64) -> f64 {
    20.0 + (f64::from(SECONDS.1) - seconds.log10()) * DECADE
}
