//! Medians, spreads and means of few samples.

/// The middle of the samples; none for no sample.
pub fn median(samples: &[f64]) -> Option<f64> {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    let upper = *sorted.get(middle)?;
    if sorted.len() % 2 == 1 { Some(upper) } else { Some((sorted[middle - 1] + upper) / 2.0) }
}

/// Half the distance from the least to the greatest sample, as a part of the median: what a run differs by without cause.
pub fn noise(samples: &[f64]) -> Option<f64> {
    let median = median(samples)?;
    let least = samples.iter().copied().fold(f64::INFINITY, f64::min);
    let greatest = samples.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    (median > 0.0).then(|| (greatest - least) / 2.0 / median)
}

/// The mean that suits ratios; none if there is no positive ratio.
pub fn geometric_mean(ratios: &[f64]) -> Option<f64> {
    let logs: Vec<f64> = ratios.iter().filter(|ratio| **ratio > 0.0).map(|ratio| ratio.ln()).collect();
    (!logs.is_empty()).then(|| (logs.iter().sum::<f64>() / logs.len() as f64).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
    }

    #[test]
    fn noise_is_relative() {
        assert_eq!(noise(&[]), None);
        assert_eq!(noise(&[2.0]), Some(0.0));
        assert_eq!(noise(&[1.8, 2.0, 2.2]).map(|x| (x * 1000.0).round()), Some(100.0));
    }

    #[test]
    fn geometric_means() {
        assert_eq!(geometric_mean(&[]), None);
        assert_eq!(geometric_mean(&[0.0]), None);
        assert_eq!(geometric_mean(&[0.5, 2.0]), Some(1.0));
    }
}
