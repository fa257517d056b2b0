local ROUNDS = 1000

local function fib(n)
  local a, b = 0, 1
  for i = 0, n - 1 do
    print("fib number", i, "is", a)
    a, b = b, a + b
  end
  return a
end

local function bench()
  local total = 0
  for _ = 1, ROUNDS do total = total + fib(30) end
  return total
end

local REPS = 1
for _rep = 1, REPS do
  local t = os.clock()
  local r = bench()
  t = os.clock() - t
  print(string.format("R %.0f", r))
  print(string.format("T %.6f", t))
end
