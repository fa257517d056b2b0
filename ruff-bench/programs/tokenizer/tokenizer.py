from time import process_time as clock

LINES = 25000

def make():
    seed = 42
    lines = []
    for i in range(LINES):
        seed = seed * 16807 % 2147483647
        lines.append("let value_%d = (total + %d) * 3.25; // note %d" % (seed % 100, seed % 977, i % 10))
        lines.append('if value_%d >= limit { print("case %d"); }' % (seed % 50, seed % 7))
    return "\n".join(lines)

TEXT = make()
KEYWORDS = {"let", "if", "else", "while", "return"}

def is_word(c):
    return "a" <= c <= "z" or c == "_"

def tokenize(text):
    tokens = []
    i = 0
    n = len(text)
    while i < n:
        c = text[i]
        if c == " " or c == "\n":
            i += 1
        elif is_word(c):
            start = i
            while i < n and (is_word(text[i]) or "0" <= text[i] <= "9"):
                i += 1
            word = text[start:i]
            tokens.append(("keyword" if word in KEYWORDS else "name", word))
        elif "0" <= c <= "9":
            start = i
            while i < n and ("0" <= text[i] <= "9" or text[i] == "."):
                i += 1
            tokens.append(("number", text[start:i]))
        elif c == '"':
            start = i + 1
            i = text.index('"', start)
            tokens.append(("string", text[start:i]))
            i += 1
        elif text.startswith("//", i):
            while i < n and text[i] != "\n":
                i += 1
        elif text.startswith(">=", i):
            tokens.append(("operator", ">="))
            i += 2
        else:
            tokens.append(("operator", c))
            i += 1
    return tokens

def bench():
    counts = {}
    length = 0
    for kind, text in tokenize(TEXT):
        counts[kind] = counts.get(kind, 0) + 1
        length += len(text)
    return (counts["keyword"] * 7 + counts["name"] * 5 + counts["number"] * 3
            + counts["string"] * 2 + counts["operator"] + length)

REPS = 1
for _rep in range(REPS):
    _t = clock()
    _r = bench()
    _t = clock() - _t
    print("R", _r)
    print("T", "%.6f" % _t)
