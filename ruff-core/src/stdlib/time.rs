//! Section 14: time. The clock is the host's; calendar arithmetic is here.

use super::argument::{invalid, string};
use super::{Builtin, builtin};
use crate::code::Code;
use crate::fault::{Fault, Result};
use crate::value::text::clip;
use crate::value::{Value, int, ops};
use crate::vm::{Capability, Ctx};
use std::time::Duration;

fn unix_time(ctx: &mut Ctx<'_>) -> Result<Duration> {
    Ok(ctx.clock()?.unix_time())
}

fn now(ctx: &mut Ctx<'_>, _args: &mut [Value]) -> Result<Value> {
    Ok(Value::Float(unix_time(ctx)?.as_secs() as f64))
}

fn now_unix(ctx: &mut Ctx<'_>, _args: &mut [Value]) -> Result<Value> {
    Ok(Value::Int(unix_time(ctx)?.as_secs() as i64))
}

fn now_utc(ctx: &mut Ctx<'_>, _args: &mut [Value]) -> Result<Value> {
    let seconds = unix_time(ctx)?.as_secs() as f64;
    string(ctx, &format_timestamp(seconds, "YYYY-MM-DDTHH:mm:ssZ").unwrap_or_default())
}

fn current_timestamp(ctx: &mut Ctx<'_>, _args: &mut [Value]) -> Result<Value> {
    Ok(Value::Int(unix_time(ctx)?.as_millis() as i64))
}

/// When the machine first asked for monotonic time.
#[derive(Default)]
struct FirstAsked(Option<Duration>);

fn since_first_asked(ctx: &mut Ctx<'_>) -> Result<Duration> {
    let now = ctx.clock()?.monotonic();
    let first = *ctx.state::<FirstAsked>().0.get_or_insert(now);
    Ok(now.saturating_sub(first))
}

fn performance_now(ctx: &mut Ctx<'_>, _args: &mut [Value]) -> Result<Value> {
    Ok(Value::Float(since_first_asked(ctx)?.as_nanos() as f64 / 1e6))
}

fn time_us(ctx: &mut Ctx<'_>, _args: &mut [Value]) -> Result<Value> {
    Ok(Value::Float(since_first_asked(ctx)?.as_nanos() as f64 / 1e3))
}

fn time_ns(ctx: &mut Ctx<'_>, _args: &mut [Value]) -> Result<Value> {
    Ok(Value::Float(since_first_asked(ctx)?.as_nanos() as f64))
}

/// There are no tasks, so that waiting stops the whole machine.
fn sleep(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let Some(ms) = args.first().and_then(int::to_f64) else {
        return Err(invalid("sleep() requires a number argument"));
    };
    if ms.is_nan() || ms < 0.0 {
        return Err(invalid("sleep() requires non-negative milliseconds"));
    }
    ctx.wait(Duration::try_from_secs_f64(ms / 1000.0).unwrap_or(Duration::MAX))?;
    Ok(Value::Int(0))
}

fn elapsed(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    match &args[..] {
        [start, end] if int::to_f64(start).is_some() && int::to_f64(end).is_some() => ops::sub(ctx, end, start),
        _ => Err(invalid("elapsed requires number arguments")),
    }
}

fn format_duration(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    match args.first().and_then(int::to_f64) {
        Some(ms) => string(ctx, &duration_text(ms)),
        None => Err(invalid("format_duration requires a number argument")),
    }
}

fn format_date(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let [timestamp, Value::Str(format)] = &args[..] else {
        return Err(invalid("format_date requires timestamp (number) and format (string)"));
    };
    let Some(seconds) = int::to_f64(timestamp) else {
        return Err(invalid("format_date requires a number timestamp"));
    };
    // No part is longer than the word it replaces.
    ctx.heap().check_room(format.len())?;
    ctx.charge_for(format.len())?;
    match format_timestamp(seconds, format.as_str()) {
        Some(text) => string(ctx, &text),
        None => string(ctx, "Invalid timestamp: value is out of supported range"),
    }
}

fn parse_date(_ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let [Value::Str(text), Value::Str(format)] = &args[..] else {
        return Err(invalid("parse_date requires date string and format string"));
    };
    let (text, format) = (text.as_str(), format.as_str());
    if format != DATE_FORMAT {
        let message = format!("parse_date failed: unsupported format '{}' (expected '{DATE_FORMAT}')", clip(format));
        return Err(Fault::error(Code::CONVERSION, message));
    }
    match parse_civil_date(text) {
        Ok(seconds) => Ok(Value::Float(seconds as f64)),
        Err(reason) => {
            let text = clip(text);
            let message = format!("parse_date failed: '{text}' does not match format '{DATE_FORMAT}' ({reason})");
            Err(Fault::error(Code::CONVERSION, message))
        }
    }
}

/// The only format that `parse_date` knows.
const DATE_FORMAT: &str = "YYYY-MM-DD";

/// The seconds of one day.
const DAY: i64 = 86_400;
/// The first second of year 0 and the first one after year 9999.
const YEAR_0: i64 = -62_167_219_200;
const YEAR_10000: i64 = 253_402_300_800;

/// A moment in the proleptic Gregorian calendar, UTC.
struct Civil {
    year: i64,
    month: u32,
    day: u32,
    hour: u32,
    minute: u32,
    second: u32,
}

/// The days from 1970-01-01 to a date (the algorithm is Howard Hinnant's `days_from_civil`).
fn days_from_civil(year: i64, month: u32, day: u32) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = i64::from((month + 9) % 12);
    let day_of_year = (153 * month_from_march + 2) / 5 + i64::from(day) - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The date of a Unix time in seconds (the inverse of [`days_from_civil`]).
fn civil_from_seconds(seconds: i64) -> Civil {
    let days = seconds.div_euclid(DAY) + 719_468;
    let rest = seconds.rem_euclid(DAY) as u32;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = (day_of_year - (153 * month_from_march + 2) / 5 + 1) as u32;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 } as u32;
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    Civil { year, month, day, hour: rest / 3600, minute: rest / 60 % 60, second: rest % 60 }
}

fn days_in_month(year: i64, month: u32) -> u32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Replaces `YYYY MM DD HH mm ss` in `format` by the parts of a Unix time; `None` outside the years 0 to 9999.
fn format_timestamp(seconds: f64, format: &str) -> Option<String> {
    let seconds = seconds.floor();
    if !(seconds >= YEAR_0 as f64 && seconds < YEAR_10000 as f64) {
        return None;
    }
    let civil = civil_from_seconds(seconds as i64);
    let mut out = String::with_capacity(format.len());
    let mut rest = format;
    while let Some(c) = rest.chars().next() {
        let parts = [
            ("YYYY", civil.year as u32),
            ("MM", civil.month),
            ("DD", civil.day),
            ("HH", civil.hour),
            ("mm", civil.minute),
            ("ss", civil.second),
        ];
        match parts.iter().find_map(|(word, value)| rest.strip_prefix(word).map(|after| (word, value, after))) {
            Some((word, value, after)) => {
                out.push_str(&format!("{value:0width$}", width = word.len()));
                rest = after;
            }
            None => {
                out.push(c);
                rest = &rest[c.len_utf8()..];
            }
        }
    }
    Some(out)
}

/// A duration in milliseconds for people.
fn duration_text(ms: f64) -> String {
    if ms >= 1000.0 {
        format!("{:.2}s", ms / 1000.0)
    } else if ms >= 1.0 {
        format!("{ms:.2}ms")
    } else if ms >= 0.001 {
        format!("{:.2}μs", ms * 1000.0)
    } else {
        format!("{:.0}ns", ms * 1_000_000.0)
    }
}

/// Why a date text is refused.
type Reason = &'static str;
const INVALID: Reason = "input contains invalid characters";
const OUT_OF_RANGE: Reason = "input is out of range";
const PREMATURE_END: Reason = "premature end of input";
const TRAILING: Reason = "trailing input";

/// The seconds at midnight UTC of a date `YYYY-MM-DD`.
fn parse_civil_date(text: &str) -> Result<i64, Reason> {
    let (year, rest) = take_number(text, 4)?;
    let (month, rest) = take_number(take_dash(rest)?, 2)?;
    if !(1..=12).contains(&month) {
        return Err(OUT_OF_RANGE);
    }
    let (day, rest) = take_number(take_dash(rest)?, 2)?;
    if !(1..=31).contains(&day) {
        return Err(OUT_OF_RANGE);
    }
    if !rest.is_empty() {
        return Err(TRAILING);
    }
    if day > days_in_month(i64::from(year), month) {
        return Err(OUT_OF_RANGE);
    }
    Ok(days_from_civil(i64::from(year), month, day) * DAY)
}

/// Splits off up to `digits_max` digits.
fn take_number(text: &str, digits_max: usize) -> Result<(u32, &str), Reason> {
    if text.is_empty() {
        return Err(PREMATURE_END);
    }
    let digits = text.bytes().take(digits_max).take_while(u8::is_ascii_digit).count();
    if digits == 0 {
        return Err(INVALID);
    }
    let (number, rest) = text.split_at(digits);
    Ok((number.parse().map_err(|_| OUT_OF_RANGE)?, rest))
}

fn take_dash(text: &str) -> Result<&str, Reason> {
    if text.is_empty() {
        return Err(PREMATURE_END);
    }
    text.strip_prefix('-').ok_or(INVALID)
}

/// The rows of this section.
pub const ENTRIES: &[Builtin] = &[
    builtin!("now", 0, now, "now() -> float: whole Unix seconds").needs(Capability::Clock),
    builtin!("now_unix", 0, now_unix, "now_unix() -> int: Unix seconds").needs(Capability::Clock),
    builtin!("now_utc_seconds", 0, now_unix, "now_utc_seconds() -> int: Unix seconds").needs(Capability::Clock),
    builtin!("now_utc", 0, now_utc, "now_utc() -> string: YYYY-MM-DDTHH:MM:SSZ").needs(Capability::Clock),
    builtin!("current_timestamp", 0, current_timestamp, "current_timestamp() -> int: Unix milliseconds")
        .needs(Capability::Clock),
    builtin!("time", 0, current_timestamp, "time() -> int: Unix milliseconds").needs(Capability::Clock),
    builtin!("performance_now", 0, performance_now, "performance_now() -> float: milliseconds since first asked")
        .needs(Capability::Clock),
    builtin!("time_us", 0, time_us, "time_us() -> float: microseconds since first asked").needs(Capability::Clock),
    builtin!("time_ns", 0, time_ns, "time_ns() -> float: nanoseconds since first asked").needs(Capability::Clock),
    builtin!("sleep", 1, sleep, "sleep(ms) -> int: waits").needs(Capability::Clock),
    builtin!("elapsed", 2, elapsed, "elapsed(start, end) -> number: end - start"),
    builtin!("format_duration", 1, format_duration, "format_duration(ms) -> string: with a unit that fits"),
    builtin!("format_date", 2, format_date, "format_date(ts, format) -> string: replaces YYYY MM DD HH mm ss"),
    builtin!("parse_date", 2, parse_date, "parse_date(s, format) -> float: midnight UTC of a date YYYY-MM-DD"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_days_are_inverse() {
        for days in (-719_528..2_932_897).step_by(97) {
            let civil = civil_from_seconds(days * DAY);
            assert_eq!(days_from_civil(civil.year, civil.month, civil.day), days);
        }
    }

    #[test]
    fn timestamps_are_formatted_in_utc() {
        assert_eq!(format_timestamp(0.0, "YYYY-MM-DD HH:mm:ss").as_deref(), Some("1970-01-01 00:00:00"));
        assert_eq!(format_timestamp(951_827_696.5, "DD.MM.YYYY ss mm HH é").as_deref(), Some("29.02.2000 56 34 12 é"));
        assert_eq!(format_timestamp(-1.0, "YYYYss").as_deref(), Some("196959"));
        assert_eq!(format_timestamp(YEAR_0 as f64, "YYYY").as_deref(), Some("0000"));
        assert_eq!(format_timestamp(YEAR_10000 as f64 - 1.0, "YYYY").as_deref(), Some("9999"));
        assert_eq!(format_timestamp(YEAR_10000 as f64, "YYYY"), None);
        assert_eq!(format_timestamp(f64::NAN, "YYYY"), None);
    }

    #[test]
    fn dates_are_parsed_with_reasons() {
        assert_eq!(parse_civil_date("1970-01-02"), Ok(DAY));
        assert_eq!(parse_civil_date("2000-2-9"), Ok(950_054_400));
        assert_eq!(parse_civil_date(""), Err(PREMATURE_END));
        assert_eq!(parse_civil_date("2000-01"), Err(PREMATURE_END));
        assert_eq!(parse_civil_date("x"), Err(INVALID));
        assert_eq!(parse_civil_date("2000/01/01"), Err(INVALID));
        assert_eq!(parse_civil_date("2001-02-29"), Err(OUT_OF_RANGE));
        assert_eq!(parse_civil_date("2001-13-01"), Err(OUT_OF_RANGE));
        assert_eq!(parse_civil_date("2001-12-01 "), Err(TRAILING));
    }

    #[test]
    fn durations_choose_their_unit() {
        assert_eq!(duration_text(1500.0), "1.50s");
        assert_eq!(duration_text(1.5), "1.50ms");
        assert_eq!(duration_text(0.5), "500.00μs");
        assert_eq!(duration_text(0.0001), "100ns");
    }
}
