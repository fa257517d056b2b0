from time import process_time as clock
import json

N = 6000
ROUNDS = 5

def make():
    users = []
    for i in range(N):
        users.append({
            "id": i,
            "name": "User" + str(i),
            "email": "user" + str(i) + "@example.com",
            "age": 20 + i % 50,
            "score": i % 100 + 0.5,
            "active": i % 2 == 0,
            "tags": ["tag" + str(i % 5), "tag" + str((i + 1) % 5)],
            "profile": {"bio": "This is \"user\" " + str(i), "posts": i * 3, "next": None},
        })
    return {"version": "1.0", "total": N, "users": users}

TEXT = json.dumps(make(), separators=(",", ":"))

def bench():
    text = TEXT
    total = 0
    for _ in range(ROUNDS):
        doc = json.loads(text)
        for u in doc["users"]:
            total += u["id"] + u["profile"]["posts"] + len(u["tags"])
        text = json.dumps(doc, separators=(",", ":"))
        total += 1 if len(text) > 900000 else 0
    return total

REPS = 1
for _rep in range(REPS):
    _t = clock()
    _r = bench()
    _t = clock() - _t
    print("R", _r)
    print("T", "%.6f" % _t)
