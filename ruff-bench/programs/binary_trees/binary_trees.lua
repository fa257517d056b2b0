local DEPTH = 14

local function make(d)
  if d == 0 then
    return { left = nil, right = nil }
  end
  return { left = make(d - 1), right = make(d - 1) }
end

local function check(t)
  if t.left == nil then return 1 end
  return 1 + check(t.left) + check(t.right)
end

local function bench()
  local total = check(make(DEPTH + 1))
  local long_lived = make(DEPTH)
  local d = 4
  while d <= DEPTH do
    local iters = 2 ^ (DEPTH - d + 4)
    local c = 0
    for _ = 1, iters do
      c = c + check(make(d))
    end
    total = total + c
    d = d + 2
  end
  return total + check(long_lived)
end

local REPS = 1
for _rep = 1, REPS do
  local t = os.clock()
  local r = bench()
  t = os.clock() - t
  print(string.format("R %.0f", r))
  print(string.format("T %.6f", t))
end
