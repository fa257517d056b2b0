local ROUNDS = 30000

local function fib(n, memo)
  if n < 2 then return n end
  local known = memo[n]
  if known then return known end
  local value = (fib(n - 1, memo) + fib(n - 2, memo)) % 1000000007
  memo[n] = value
  return value
end

local function bench()
  local total = 0
  for i = 0, ROUNDS - 1 do
    local memo = {}
    total = total + fib(90 + i % 5, memo)
    for _ in pairs(memo) do total = total + 1 end
  end
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
