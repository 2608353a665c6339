//! Welch's t: whether two samples have the same mean, though not the same variance.

/// Returns t. Its absolute value exceeds 4.5 by chance about once in 100,000 comparisons.
fn t(a: &[f64], b: &[f64]) -> f64 {
    let [a, b] = [a, b].map(|sample| {
        let count = sample.len() as f64;
        let mean = sample.iter().sum::<f64>() / count;
        let squares = sample.iter().map(|value| (value - mean).powi(2));
        (mean, squares.sum::<f64>() / (count - 1.0) / count)
    });
    (a.0 - b.0) / (a.1 + b.1).sqrt()
}

/// Returns the t that is farthest from 0 among those of all answers, of the fastest nine tenths and
/// of the faster half: a few slow answers hide a difference of the others.
pub(crate) fn worst(a: &[f64], b: &[f64]) -> f64 {
    let mut all = [a, b].concat();
    all.sort_by(f64::total_cmp);
    let of_the_fastest = |part: f64| {
        let limit = all[(((all.len() - 1) as f64) * part) as usize];
        let [a, b] = [a, b].map(|sample| {
            let fast = sample.iter().copied().filter(|value| *value <= limit);
            fast.collect::<Vec<_>>()
        });
        // If one of the two is never among the fastest, the whole samples show it.
        if a.len() < 10 || b.len() < 10 {
            0.0
        } else {
            t(&a, &b)
        }
    };
    let ts = [1.0, 0.9, 0.5].map(of_the_fastest);
    ts.into_iter()
        .max_by(|one, other| one.abs().total_cmp(&other.abs()))
        .unwrap()
}

/// Returns the median.
pub(crate) fn median(sample: &[f64]) -> f64 {
    let mut sorted = sample.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

#[test]
fn t_is_that_of_an_example() {
    // Means 2 and 5, variances 1 and 4, three values each: 3 / sqrt(5 / 3).
    let t = t(&[1.0, 2.0, 3.0], &[3.0, 5.0, 7.0]);
    assert!((t + 2.323_79).abs() < 1e-4, "{t}");
}

#[test]
fn a_difference_behind_a_few_slow_answers_is_found() {
    let sample = |shift: f64| {
        let values = (0..300).map(|number| {
            let noise = f64::from(number * 7_919 % 101) / 100.0;
            let slow = if number % 20 == 0 { 500.0 } else { 0.0 };
            10.0 + noise + slow + shift
        });
        values.collect::<Vec<_>>()
    };
    assert!(worst(&sample(0.0), &sample(0.0)).abs() < 4.5);
    assert!(t(&sample(0.0), &sample(0.5)).abs() < 4.5);
    assert!(worst(&sample(0.0), &sample(0.5)).abs() > 4.5);
}
