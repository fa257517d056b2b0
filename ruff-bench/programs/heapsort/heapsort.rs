use std::hint::black_box as bb;

pub fn program() -> impl FnMut() -> i64 {
    || {
        let mut values = make(bb(300_000));
        heapsort(&mut values);
        check_sorted(&values)
    }
}

fn make(n: usize) -> Vec<i64> {
    let mut seed = 42i64;
    let mut arr = Vec::new();
    for _ in 0..n {
        seed = seed * 16807 % 2147483647;
        arr.push(seed);
    }
    arr
}

fn check_sorted(arr: &[i64]) -> i64 {
    let mut s = 0;
    for (i, v) in arr.iter().enumerate() {
        s += v % 1000 * (i as i64 % 10);
    }
    s
}

fn heapsort(a: &mut [i64]) {
    let n = a.len();
    let mut start = n / 2;
    let mut end = n;
    while end > 1 {
        let (mut root, v);
        if start > 0 {
            start -= 1;
            root = start;
            v = a[root];
        } else {
            end -= 1;
            root = 0;
            v = a[end];
            a[end] = a[0];
        }
        let mut child = 2 * root + 1;
        while child < end {
            if child + 1 < end && a[child] < a[child + 1] {
                child += 1;
            }
            if v >= a[child] {
                break;
            }
            a[root] = a[child];
            root = child;
            child = 2 * root + 1;
        }
        a[root] = v;
    }
}
