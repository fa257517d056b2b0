use std::hint::black_box as bb;

pub fn program() -> impl FnMut() -> i64 {
    {
        let text = json_text(6000);
        move || json_rt(bb(&text), 5)
    }
}

fn json_text(n: i64) -> String {
    use serde_json::{Value, json};
    let users: Vec<Value> = (0..n)
        .map(|i| {
            json!({
                "id": i,
                "name": format!("User{i}"),
                "email": format!("user{i}@example.com"),
                "age": 20 + i % 50,
                "score": (i % 100) as f64 + 0.5,
                "active": i % 2 == 0,
                "tags": [format!("tag{}", i % 5), format!("tag{}", (i + 1) % 5)],
                "profile": {"bio": format!("This is \"user\" {i}"), "posts": i * 3, "next": null},
            })
        })
        .collect();
    serde_json::to_string(&json!({"version": "1.0", "total": n, "users": users})).unwrap()
}

fn json_rt(text: &str, rounds: i64) -> i64 {
    use serde_json::Value;
    let mut text = text.to_string();
    let mut total = 0;
    for _ in 0..rounds {
        let doc: Value = serde_json::from_str(&text).unwrap();
        for u in doc["users"].as_array().unwrap() {
            total += u["id"].as_i64().unwrap()
                + u["profile"]["posts"].as_i64().unwrap()
                + u["tags"].as_array().unwrap().len() as i64;
        }
        text = serde_json::to_string(&doc).unwrap();
        if text.len() > 900_000 {
            total += 1;
        }
    }
    total
}
