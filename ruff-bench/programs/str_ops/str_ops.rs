use std::hint::black_box as bb;

pub fn program() -> impl FnMut() -> i64 {
    {
        let text = so_text(200_000);
        move || str_ops(bb(&text))
    }
}

fn so_text(n: i64) -> String {
    (0..n).map(|i| format!("item{}", i % 1000)).collect::<Vec<_>>().join(",")
}

fn str_ops(text: &str) -> i64 {
    let mut total = 0;
    for _ in 0..5 {
        let parts: Vec<&str> = text.split(',').collect();
        let joined = parts.join("-");
        let rep = joined.replace("item1", "thing");
        let up = rep.to_uppercase();
        total += parts.len() as i64 + rep.len() as i64 + up.find("THING99").unwrap() as i64;
        let mut n = 0;
        for p in &parts {
            if p.starts_with("item9") {
                n += p.len() as i64;
            }
        }
        total += n;
    }
    total
}
