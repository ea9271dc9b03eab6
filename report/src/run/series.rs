//! What was observed of a component over time.

use serde_json::Value as Json;

/// More points than this are thinned out: a report shows hundreds.
const MOST: usize = 4_096;

/// One metric of one component.
#[derive(Clone, Debug)]
pub struct Series {
    /// The component.
    pub subject: String,
    /// The metric.
    pub metric: String,
    /// When and what: nanoseconds since 1970, tagged values. A value that stays is there once.
    pub points: Vec<(i64, Json)>,
    /// Only every so many-th change is kept.
    every: usize,
    skipped: usize,
    last: Option<(i64, Json)>,
}

impl Series {
    /// Nothing of it has been observed yet.
    pub fn new(subject: &str, metric: &str) -> Self {
        Self {
            subject: subject.to_owned(),
            metric: metric.to_owned(),
            points: Vec::new(),
            every: 1,
            skipped: 0,
            last: None,
        }
    }

    /// Takes the next report.
    pub fn push(&mut self, at: i64, value: &Json) {
        if self.last.as_ref().is_some_and(|(_, last)| last == value) {
            return;
        }
        self.last = Some((at, value.clone()));
        self.skipped += 1;
        if self.skipped < self.every && !self.points.is_empty() {
            return;
        }
        self.skipped = 0;
        self.points.push((at, value.clone()));
        if self.points.len() > MOST {
            let mut number = 0;
            self.points.retain(|_| {
                number += 1;
                number % 2 == 1
            });
            self.every *= 2;
        }
    }

    /// No more is to come: the last one is there whatever was thinned out.
    pub fn finish(&mut self) {
        if let Some(last) = self.last.take()
            && self.points.last() != Some(&last)
        {
            self.points.push(last);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_points_are_thinned_out_and_first_and_last_stay() {
        let mut series = Series::new("Engine", "load");
        for at in 0..100_000 {
            series.push(at, &Json::from(at));
            series.push(at, &Json::from(at));
        }
        series.finish();
        assert!(series.points.len() <= MOST + 1);
        assert_eq!(series.points.first().map(|(at, _)| *at), Some(0));
        assert_eq!(series.points.last().map(|(at, _)| *at), Some(99_999));
    }
}
