local N = 3000000

local function numbers(n)
  return coroutine.wrap(function()
    local x = 42
    for _ = 1, n do
      x = (x * 1103 + 12345) % 65536
      coroutine.yield(x)
    end
  end)
end

local function odd(source)
  return coroutine.wrap(function()
    for x in source do
      if x % 2 == 1 then coroutine.yield(x) end
    end
  end)
end

local function scaled(source, factor)
  return coroutine.wrap(function()
    for x in source do coroutine.yield(x * factor % 10007) end
  end)
end

local function running(source)
  return coroutine.wrap(function()
    local total = 0
    for x in source do
      total = (total + x) % 1000003
      coroutine.yield(total)
    end
  end)
end

local function bench()
  local total = 0
  for x in running(scaled(odd(numbers(N)), 7)) do total = total + x end
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
