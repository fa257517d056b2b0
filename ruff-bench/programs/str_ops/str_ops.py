from time import process_time as clock

TEXT = ",".join("item" + str(i % 1000) for i in range(200000))

def bench():
    total = 0
    for _ in range(5):
        parts = TEXT.split(",")
        joined = "-".join(parts)
        replaced = joined.replace("item1", "thing")
        upper = replaced.upper()
        total += len(parts) + len(replaced) + upper.find("THING99")
        for p in parts:
            if p.startswith("item9"):
                total += len(p)
    return total

REPS = 1
for _rep in range(REPS):
    _t = clock()
    _r = bench()
    _t = clock() - _t
    print("R", _r)
    print("T", "%.6f" % _t)
