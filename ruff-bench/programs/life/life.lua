local W = 64
local H = 64
local GENERATIONS = 800

local function make()
  local seed = 42
  local grid = {}
  for y = 1, H do
    local row = {}
    for x = 1, W do
      seed = seed * 16807 % 2147483647
      row[x] = seed % 3 == 0 and 1 or 0
    end
    grid[y] = row
  end
  return grid
end

local function step(grid)
  local out = {}
  for y = 1, H do
    local up, mid, down = grid[(y - 2) % H + 1], grid[y], grid[y % H + 1]
    local row = {}
    for x = 1, W do
      local l = (x - 2) % W + 1
      local r = x % W + 1
      local n = up[l] + up[x] + up[r] + mid[l] + mid[r] + down[l] + down[x] + down[r]
      row[x] = (n == 3 or (n == 2 and mid[x] == 1)) and 1 or 0
    end
    out[y] = row
  end
  return out
end

local function bench()
  local grid = make()
  for _ = 1, GENERATIONS do grid = step(grid) end
  local total = 0
  for _, row in ipairs(grid) do
    for _, cell in ipairs(row) do total = total + cell end
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
