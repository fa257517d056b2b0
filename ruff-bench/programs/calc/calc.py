from time import process_time as clock

LINES = 3000
VARS = 100
ROUNDS = 40

def make_source():
    seed = 42
    lines = []
    for _ in range(LINES):
        seed = seed * 16807 % 2147483647
        a = "v%d" % (seed // 7 % VARS)
        b = "v%d" % (seed // 1000 % VARS)
        c = "v%d" % (seed // 100000 % VARS)
        d = seed // 11 % 97 + 1
        k = seed % 4
        if k == 0:
            lines.append(f"{a} = ({b} * {d} + {c}) % 1009;")
        elif k == 1:
            lines.append(f"{a} = ({b} - ({c} + {d}) * -3) % 10007;")
        elif k == 2:
            lines.append(f"if {a} < {b} {{ {a} = {a} + {d}; }} else {{ {b} = {b} - {d}; }}")
        else:
            lines.append(f"n = 5; while n > 0 {{ {a} = ({a} + n * {d}) % 10007; n = n - 1; }}")
    return "\n".join(lines)

SOURCE = make_source()

def tokenize(source):
    tokens = []
    for line in source.split("\n"):
        i = 0
        while i < len(line):
            c = line[i]
            start = i
            i += 1
            if c == " ":
                continue
            if c.isdigit():
                while i < len(line) and line[i].isdigit():
                    i += 1
                tokens.append(("num", line[start:i]))
            elif c.isalpha():
                while i < len(line) and line[i].isalnum():
                    i += 1
                tokens.append(("name", line[start:i]))
            else:
                tokens.append(("op", c))
    tokens.append(("eof", ""))
    return tokens

class Num:
    def __init__(self, value):
        self.value = value

    def eval(self, env):
        return self.value

class Var:
    def __init__(self, name):
        self.name = name

    def eval(self, env):
        return env[self.name]

class Neg:
    def __init__(self, operand):
        self.operand = operand

    def eval(self, env):
        return -self.operand.eval(env)

class Binary:
    def __init__(self, op, left, right):
        self.op = op
        self.left = left
        self.right = right

    def eval(self, env):
        left = self.left.eval(env)
        right = self.right.eval(env)
        op = self.op
        if op == "+":
            return left + right
        if op == "-":
            return left - right
        if op == "*":
            return left * right
        if op == "%":
            return left % right
        if op == "<":
            return 1 if left < right else 0
        return 1 if left > right else 0

class Assign:
    def __init__(self, name, value):
        self.name = name
        self.value = value

    def run(self, env):
        env[self.name] = self.value.eval(env)

class If:
    def __init__(self, cond, then, other):
        self.cond = cond
        self.then = then
        self.other = other

    def run(self, env):
        for s in self.then if self.cond.eval(env) != 0 else self.other:
            s.run(env)

class While:
    def __init__(self, cond, body):
        self.cond = cond
        self.body = body

    def run(self, env):
        while self.cond.eval(env) != 0:
            for s in self.body:
                s.run(env)

class Parser:
    def __init__(self, tokens):
        self.tokens = tokens
        self.pos = 0

    def text(self):
        return self.tokens[self.pos][1]

    def advance(self):
        token = self.tokens[self.pos]
        self.pos += 1
        return token

    def expect(self, text):
        found = self.advance()[1]
        if found != text:
            raise SyntaxError(f"expected {text}, got {found}")

    def program(self):
        out = []
        while self.tokens[self.pos][0] != "eof":
            out.append(self.statement())
        return out

    def block(self):
        self.expect("{")
        out = []
        while self.text() != "}":
            out.append(self.statement())
        self.expect("}")
        return out

    def statement(self):
        word = self.advance()[1]
        if word == "if":
            cond = self.expression()
            then = self.block()
            other = []
            if self.text() == "else":
                self.advance()
                other = self.block()
            return If(cond, then, other)
        if word == "while":
            cond = self.expression()
            return While(cond, self.block())
        self.expect("=")
        value = self.expression()
        self.expect(";")
        return Assign(word, value)

    def expression(self):
        left = self.sum()
        if self.text() in ("<", ">"):
            op = self.advance()[1]
            left = Binary(op, left, self.sum())
        return left

    def sum(self):
        left = self.term()
        while self.text() in ("+", "-"):
            op = self.advance()[1]
            left = Binary(op, left, self.term())
        return left

    def term(self):
        left = self.factor()
        while self.text() in ("*", "%"):
            op = self.advance()[1]
            left = Binary(op, left, self.factor())
        return left

    def factor(self):
        kind, text = self.advance()
        if kind == "num":
            return Num(int(text))
        if kind == "name":
            return Var(text)
        if text == "-":
            return Neg(self.factor())
        if text == "(":
            inner = self.expression()
            self.expect(")")
            return inner
        raise SyntaxError(f"unexpected {text}")

def bench():
    program = Parser(tokenize(SOURCE)).program()
    env = {"n": 0}
    for i in range(VARS):
        env["v%d" % i] = i
    for _ in range(ROUNDS):
        for s in program:
            s.run(env)
    total = 0
    for i in range(VARS):
        total += env["v%d" % i] * (i + 1)
    return total

REPS = 1
for _rep in range(REPS):
    _t = clock()
    _r = bench()
    _t = clock() - _t
    print("R", _r)
    print("T", "%.6f" % _t)
