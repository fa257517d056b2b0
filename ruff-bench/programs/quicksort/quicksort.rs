use std::hint::black_box as bb;

pub fn program() -> impl FnMut() -> i64 {
    || {
        let mut values = make(bb(300_000));
        quicksort(&mut values);
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

fn quicksort(arr: &mut [i64]) {
    let mut stack: Vec<i64> = vec![0, arr.len() as i64 - 1];
    while let Some(mut hi) = stack.pop() {
        let lo = stack.pop().unwrap();
        while lo < hi {
            let p = arr[((lo + hi) / 2) as usize];
            let (mut i, mut j) = (lo, hi);
            while i <= j {
                while arr[i as usize] < p {
                    i += 1
                }
                while arr[j as usize] > p {
                    j -= 1
                }
                if i <= j {
                    arr.swap(i as usize, j as usize);
                    i += 1;
                    j -= 1;
                }
            }
            if i < hi {
                stack.push(i);
                stack.push(hi);
            }
            hi = j;
        }
    }
}
