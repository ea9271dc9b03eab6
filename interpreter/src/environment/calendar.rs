//! Time zones, business days and schedules.

use std::str::FromStr;

use croner::Cron;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use scn_grammar::{Diagnostic, Span};

use super::{Calendar, codes};

/// Whether the time zone database has that name.
pub fn zone_exists(name: &str) -> bool {
    TimeZone::get(name).is_ok()
}

/// The names of all time zones, sorted.
pub fn zone_names() -> Vec<String> {
    let mut names: Vec<String> = jiff::tz::db()
        .available()
        .map(|name| name.as_str().to_owned())
        .collect();
    names.sort();
    names
}

/// When something is due: a cron line in a time zone.
#[derive(Clone, Debug)]
pub struct Schedule {
    cron: Cron,
    zone: TimeZone,
}

/// Reads a cron line: five fields, or six with seconds first; names of days and months,
/// `@daily` and its like.
///
/// # Errors
/// Why it is none, or why it never comes due, in a sentence without a full stop.
pub fn validate_cron(text: &str, zone: &str) -> Result<Schedule, String> {
    let zone = self::zone(zone)?;
    let cron = match Cron::from_str(text) {
        Ok(cron) if !text.split_whitespace().any(has_gap) => cron,
        Ok(_) => return Err(cron_fault(text, "")),
        Err(error) => return Err(cron_fault(text, &error.to_string())),
    };
    let schedule = Schedule { cron, zone };
    // From a fixed moment, so that a line is right or wrong whenever it is looked at.
    const NEW_YEAR_2024: i64 = 1_704_067_200_000_000_000;
    match schedule.next_after(NEW_YEAR_2024) {
        Some(_) => Ok(schedule),
        None => Err("no day ever matches this line".to_owned()),
    }
}

/// The time zone of that name.
///
/// # Errors
/// There is none, in a sentence without a full stop.
pub fn zone(name: &str) -> Result<TimeZone, String> {
    TimeZone::get(name).map_err(|_| format!("there is no time zone \"{name}\""))
}

/// The fields of a cron line, and what each takes.
const CRON_FIELDS: [(&str, &str); 7] = [
    ("second", "0 to 59"),
    ("minute", "0 to 59"),
    ("hour", "0 to 23"),
    ("day of the month", "1 to 31, or L"),
    ("month", "1 to 12, or JAN to DEC"),
    ("day of the week", "0 to 7, or SUN to SAT"),
    ("year", "1970 to 2261"),
];

/// Whether nothing stands before or after a comma. `croner` takes that for nothing, and a field of
/// nothing else matches no time, which it finds out minute by minute.
fn has_gap(field: &str) -> bool {
    field.split(',').any(str::is_empty)
}

/// Why a cron line cannot be read: which field it is, where one alone is wrong; else as `croner` says.
fn cron_fault(text: &str, error: &str) -> String {
    let fields: Vec<&str> = text.split_whitespace().collect();
    let first = usize::from(fields.len() == 5);
    if fields.is_empty() {
        return "a cron line is not empty".to_owned();
    }
    if text.trim_start().starts_with('@') {
        return format!(
            "there is no `{}`: @yearly, @monthly, @weekly, @daily, @hourly",
            text.trim()
        );
    }
    if !(5..=7).contains(&fields.len()) {
        return format!(
            "a cron line has five fields (minute, hour, day, month, day of the week), and this one has {}",
            fields.len()
        );
    }
    for (at, field) in fields.iter().enumerate() {
        let mut alone = vec!["*"; fields.len()];
        alone[at] = field;
        if let Some((name, range)) = CRON_FIELDS.get(first + at)
            && (has_gap(field) || Cron::from_str(&alone.join(" ")).is_err())
        {
            return format!("`{field}` is no {name}: {range}");
        }
    }
    error.trim_end_matches('.').to_owned()
}

impl Schedule {
    /// The next time it is due after `after`; both in nanoseconds since 1970 in UTC. `None`
    /// if it never is again.
    pub fn next_after(&self, after: i64) -> Option<i64> {
        let after = Timestamp::from_nanosecond(i128::from(after)).ok()?;
        let after: Zoned = after.to_zoned(self.zone.clone());
        let next = self.cron.find_next_occurrence(&after, false).ok()?;
        i64::try_from(next.timestamp().as_nanosecond()).ok()
    }

    /// The next `count` times it is due after `after`, in nanoseconds since 1970 in UTC.
    pub fn next_times(&self, after: i64, count: usize) -> Vec<i64> {
        std::iter::successors(self.next_after(after), |&last| self.next_after(last))
            .take(count)
            .collect()
    }

    /// The next times as they are shown: local time with the zone's offset.
    pub fn next_texts(&self, after: i64, count: usize) -> Vec<String> {
        let shown = |nanos: i64| {
            let moment = Timestamp::from_nanosecond(i128::from(nanos)).ok()?;
            let local = moment.to_zoned(self.zone.clone());
            Some(local.strftime("%Y-%m-%d %H:%M:%S %Z").to_string())
        };
        let times = self.next_times(after, count);
        times.into_iter().filter_map(shown).collect()
    }

    /// What the line means, in words.
    pub fn explain(&self) -> String {
        self.cron.describe().trim_end_matches('.').to_owned()
    }
}

impl Calendar {
    /// Whether a day is one on which business is done: no Saturday, no Sunday, no holiday.
    pub fn is_business_day(&self, date: Date) -> bool {
        let weekend = matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday);
        !weekend && self.holidays.binary_search(&date.to_string()).is_err()
    }

    /// The next time a cron line is due in this calendar's zone after `after`, in nanoseconds
    /// since 1970 in UTC.
    ///
    /// # Errors
    /// What [`validate_cron`] says of the line.
    pub fn next_run(&self, cron: &str, after: i64) -> Result<Option<i64>, String> {
        Ok(validate_cron(cron, &self.zone)?.next_after(after))
    }
}

/// Reads a CSV file of holidays: the first column is a date. A first line of titles, empty
/// lines and lines that begin with `#` are passed over.
pub(super) fn read_holidays(text: &str) -> (Vec<String>, Vec<Diagnostic>) {
    let mut days = Vec::new();
    let mut found = Vec::new();
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .comment(Some(b'#'))
        .from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let mark = text.len() - text.trim_start_matches('\u{feff}').len();
    for (number, record) in reader.records().enumerate() {
        let Ok(record) = record else {
            let span = Span::new(0, 0);
            found.push(Diagnostic::new(
                &codes::HOLIDAY,
                span,
                "this is no CSV file",
            ));
            break;
        };
        let cell = record.get(0).unwrap_or_default();
        let trimmed = cell.trim();
        if let Ok(day) = trimmed.parse::<Date>()
            && day.to_string() == trimmed
        {
            days.push(trimmed.to_owned());
        } else if number > 0 || trimmed.starts_with(|c: char| c.is_ascii_digit()) {
            let from = record.position().map_or(0, csv::Position::byte);
            let from = usize::try_from(from).unwrap_or(0) + mark;
            found.push(no_date(text, from, cell));
        }
    }
    days.sort();
    days.dedup();
    (days, found)
}

/// `cell` is the first of a record that begins at, or soon after, the byte `from`.
fn no_date(text: &str, from: usize, cell: &str) -> Diagnostic {
    let rest = text.get(from..).unwrap_or_default();
    let at = rest.find(cell).unwrap_or(0);
    let span = Span::new(from + at, from + at + cell.len());
    let message = format!("`{}` is no date", cell.trim());
    Diagnostic::new(&codes::HOLIDAY, span, message).help("a date is written YYYY-MM-DD")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use scn_protocol::quantity::{moment_text, parse_moment};

    fn london(holidays: &[&str]) -> Calendar {
        Calendar {
            zone: "Europe/London".to_owned(),
            holidays: holidays.iter().map(|&day| day.to_owned()).collect(),
        }
    }

    #[test]
    fn weekends_and_holidays_are_no_business_days() {
        let calendar = london(&["2026-12-25", "2026-12-28"]);
        let on = |text: &str| calendar.is_business_day(text.parse().unwrap());
        assert!(on("2026-12-24"));
        assert!(!on("2026-12-25"));
        assert!(!on("2026-12-26"), "a Saturday");
        assert!(!on("2026-12-28"));
        assert!(on("2026-12-29"));
    }

    #[test]
    fn a_schedule_follows_its_zone_through_summer_time() {
        let calendar = london(&[]);
        let after = |text: &str| {
            let next = calendar.next_run("0 9 * * MON-FRI", parse_moment(text).unwrap());
            moment_text(next.unwrap().unwrap())
        };
        assert_eq!(after("2026-03-26T12:00:00Z"), "2026-03-27T09:00:00Z");
        assert_eq!(after("2026-03-28T12:00:00Z"), "2026-03-30T08:00:00Z");
    }

    #[test]
    fn the_next_times_are_listed() {
        let schedule = validate_cron("*/10 * * * *", "UTC").unwrap();
        let start = parse_moment("2026-11-01T00:05:00Z").unwrap();
        assert_eq!(
            schedule.next_texts(start, 2),
            ["2026-11-01 00:10:00 UTC", "2026-11-01 00:20:00 UTC"]
        );
        assert!(schedule.explain().contains("10"), "{}", schedule.explain());
    }

    #[test]
    fn a_wrong_line_is_explained() {
        let wrong = |line| validate_cron(line, "UTC").unwrap_err();
        assert_eq!(wrong("61 * * * *"), "`61` is no minute: 0 to 59");
        assert_eq!(wrong(", * * * *"), "`,` is no minute: 0 to 59");
        assert_eq!(wrong("0 9,,12 * * MON,"), "`9,,12` is no hour: 0 to 23");
        assert_eq!(wrong("0 0 0 1 1 * 9998"), "`9998` is no year: 1970 to 2261");
        assert_eq!(
            wrong("0 * * * * MOO"),
            "`MOO` is no day of the week: 0 to 7, or SUN to SAT"
        );
        assert!(wrong("* * *").contains("has 3"));
        assert!(wrong("@sometimes").starts_with("there is no `@sometimes`"));
        assert_eq!(wrong("0 0 30 2 *"), "no day ever matches this line");
        assert_eq!(
            validate_cron("* * * * *", "Europe/Lodnon").unwrap_err(),
            "there is no time zone \"Europe/Lodnon\""
        );
    }

    #[test]
    fn holidays_are_read_and_each_wrong_line_is_shown() {
        let text = "date,name\n# closed\n2026-12-25,Christmas\n\n\"2026-01-01\",New Year\n2026-13-01,?\nsoon,?\n";
        let (days, found) = read_holidays(text);
        assert_eq!(days, ["2026-01-01", "2026-12-25"]);
        let words: Vec<&str> = found.iter().map(|one| &text[one.span.range()]).collect();
        assert_eq!(words, ["2026-13-01", "soon"]);
    }
}
