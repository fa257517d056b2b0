use std::hint::black_box as bb;

pub fn program() -> impl FnMut() -> i64 {
    bench
}

const N: i64 = 120_000;

struct Person {
    ident: i64,
    name: String,
    score: i64,
}

fn make(n: i64) -> Vec<Person> {
    let mut seed = 42i64;
    let mut people = Vec::new();
    for i in 0..n {
        seed = seed * 16807 % 2147483647;
        people.push(Person { ident: i, name: format!("name{}", seed % 5000), score: seed / 7 % 100 });
    }
    people
}

fn check(people: &[&Person]) -> i64 {
    people.iter().enumerate().map(|(i, p)| p.ident * (i as i64 % 10)).sum()
}

fn bench() -> i64 {
    let people = make(bb(N));
    let mut by_score: Vec<&Person> = people.iter().collect();
    by_score.sort_by(|a, b| b.score.cmp(&a.score).then_with(|| a.name.cmp(&b.name)).then(a.ident.cmp(&b.ident)));
    let mut by_key: Vec<&Person> = people.iter().collect();
    by_key.sort_by_key(|p| p.score * N + p.ident);
    check(&by_score) + check(&by_key)
}
