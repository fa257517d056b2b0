use rustc_hash::FxHashMap;
use std::hint::black_box as bb;

const LINES: usize = 3000;
const VARS: i64 = 100;
const ROUNDS: usize = 40;

fn make_source() -> String {
    let mut seed = 42i64;
    let mut lines = Vec::new();
    for _ in 0..LINES {
        seed = seed * 16807 % 2147483647;
        let k = seed % 4;
        let a = format!("v{}", seed / 7 % VARS);
        let b = format!("v{}", seed / 1000 % VARS);
        let c = format!("v{}", seed / 100000 % VARS);
        let d = (seed / 11 % 97 + 1).to_string();
        lines.push(match k {
            0 => format!("{a} = ({b} * {d} + {c}) % 1009;"),
            1 => format!("{a} = ({b} - ({c} + {d}) * -3) % 10007;"),
            2 => format!("if {a} < {b} {{ {a} = {a} + {d}; }} else {{ {b} = {b} - {d}; }}"),
            _ => format!("n = 5; while n > 0 {{ {a} = ({a} + n * {d}) % 10007; n = n - 1; }}"),
        });
    }
    lines.join("\n")
}

#[derive(PartialEq, Clone, Copy)]
enum Kind {
    Num,
    Name,
    Op,
    Eof,
}

struct Token<'a> {
    kind: Kind,
    text: &'a str,
    value: i64,
}

enum Expr<'a> {
    Num(i64),
    Var(&'a str),
    Neg(Box<Expr<'a>>),
    Bin(u8, Box<Expr<'a>>, Box<Expr<'a>>),
}

enum Stmt<'a> {
    Assign(&'a str, Expr<'a>),
    If(Expr<'a>, Vec<Stmt<'a>>, Vec<Stmt<'a>>),
    While(Expr<'a>, Vec<Stmt<'a>>),
}

fn tokenize(src: &str) -> Vec<Token<'_>> {
    let mut toks = Vec::new();
    for line in src.split('\n') {
        let s = line.as_bytes();
        let mut i = 0;
        while i < s.len() {
            let c = s[i];
            if c == b' ' {
                i += 1;
            } else if c.is_ascii_digit() {
                let start = i;
                while i < s.len() && s[i].is_ascii_digit() {
                    i += 1
                }
                let text = &line[start..i];
                toks.push(Token { kind: Kind::Num, text, value: text.parse().unwrap() });
            } else if c.is_ascii_lowercase() {
                let start = i;
                while i < s.len() && (s[i].is_ascii_lowercase() || s[i].is_ascii_digit()) {
                    i += 1
                }
                toks.push(Token { kind: Kind::Name, text: &line[start..i], value: 0 });
            } else {
                toks.push(Token { kind: Kind::Op, text: &line[i..i + 1], value: 0 });
                i += 1;
            }
        }
    }
    toks.push(Token { kind: Kind::Eof, text: "", value: 0 });
    toks
}

struct Parser<'a> {
    toks: Vec<Token<'a>>,
    pos: usize,
}

impl<'a> Parser<'a> {
    fn text(&self) -> &'a str {
        self.toks[self.pos].text
    }
    fn advance(&mut self) -> (Kind, &'a str, i64) {
        let t = &self.toks[self.pos];
        self.pos += 1;
        (t.kind, t.text, t.value)
    }
    fn expect(&mut self, text: &str) {
        let t = self.advance();
        assert!(t.1 == text, "expected {text}, got {}", t.1);
    }
    fn program(&mut self) -> Vec<Stmt<'a>> {
        let mut out = Vec::new();
        while self.toks[self.pos].kind != Kind::Eof {
            out.push(self.stmt())
        }
        out
    }
    fn block(&mut self) -> Vec<Stmt<'a>> {
        self.expect("{");
        let mut out = Vec::new();
        while self.text() != "}" {
            out.push(self.stmt())
        }
        self.expect("}");
        out
    }
    fn stmt(&mut self) -> Stmt<'a> {
        let t = self.advance();
        match t.1 {
            "if" => {
                let cond = self.expr();
                let then = self.block();
                let mut other = Vec::new();
                if self.text() == "else" {
                    self.advance();
                    other = self.block();
                }
                Stmt::If(cond, then, other)
            }
            "while" => {
                let cond = self.expr();
                Stmt::While(cond, self.block())
            }
            name => {
                self.expect("=");
                let v = self.expr();
                self.expect(";");
                Stmt::Assign(name, v)
            }
        }
    }
    fn expr(&mut self) -> Expr<'a> {
        let left = self.sum();
        let t = self.text();
        if t == "<" || t == ">" {
            self.advance();
            return Expr::Bin(t.as_bytes()[0], Box::new(left), Box::new(self.sum()));
        }
        left
    }
    fn sum(&mut self) -> Expr<'a> {
        let mut left = self.term();
        let mut t = self.text();
        while t == "+" || t == "-" {
            self.advance();
            left = Expr::Bin(t.as_bytes()[0], Box::new(left), Box::new(self.term()));
            t = self.text();
        }
        left
    }
    fn term(&mut self) -> Expr<'a> {
        let mut left = self.factor();
        let mut t = self.text();
        while t == "*" || t == "%" {
            self.advance();
            left = Expr::Bin(t.as_bytes()[0], Box::new(left), Box::new(self.factor()));
            t = self.text();
        }
        left
    }
    fn factor(&mut self) -> Expr<'a> {
        let (kind, text, value) = self.advance();
        match kind {
            Kind::Num => Expr::Num(value),
            Kind::Name => Expr::Var(text),
            _ if text == "-" => Expr::Neg(Box::new(self.factor())),
            _ if text == "(" => {
                let e = self.expr();
                self.expect(")");
                e
            }
            _ => panic!("unexpected {text}"),
        }
    }
}

fn eval(e: &Expr, env: &FxHashMap<String, i64>) -> i64 {
    match e {
        Expr::Num(v) => *v,
        Expr::Var(n) => env[*n],
        Expr::Neg(a) => -eval(a, env),
        Expr::Bin(op, a, b) => {
            let l = eval(a, env);
            let r = eval(b, env);
            match op {
                b'+' => l + r,
                b'-' => l - r,
                b'*' => l * r,
                b'%' => {
                    let m = l % r;
                    if m < 0 { m + r } else { m }
                }
                b'<' => (l < r) as i64,
                _ => (l > r) as i64,
            }
        }
    }
}

fn exec(stmts: &[Stmt], env: &mut FxHashMap<String, i64>) {
    for s in stmts {
        match s {
            Stmt::Assign(n, e) => {
                let v = eval(e, env);
                *env.get_mut(*n).unwrap() = v;
            }
            Stmt::If(c, t, o) => {
                if eval(c, env) != 0 {
                    exec(t, env)
                } else {
                    exec(o, env)
                }
            }
            Stmt::While(c, b) => {
                while eval(c, env) != 0 {
                    exec(b, env)
                }
            }
        }
    }
}

fn bench(src: &str) -> i64 {
    let mut p = Parser { toks: tokenize(src), pos: 0 };
    let prog = p.program();
    let mut env: FxHashMap<String, i64> = FxHashMap::default();
    env.insert("n".into(), 0);
    for i in 0..VARS {
        env.insert(format!("v{i}"), i);
    }
    for _ in 0..ROUNDS {
        exec(&prog, &mut env);
    }
    let mut total = 0;
    for i in 0..VARS {
        total += env[&format!("v{i}")] * (i + 1);
    }
    total
}

pub fn program() -> impl FnMut() -> i64 {
    {
        let source = make_source();
        move || bench(bb(&source))
    }
}
