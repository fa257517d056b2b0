local N = 9
local ROUNDS = 10

local function safe(queens, row, col)
  for r = 1, row - 1 do
    local c = queens[r]
    if c == col or c - col == row - r or col - c == row - r then
      return false
    end
  end
  return true
end

local function place(queens, row, n)
  if row > n then return 1 end
  local count = 0
  for col = 1, n do
    if safe(queens, row, col) then
      queens[row] = col
      count = count + place(queens, row + 1, n)
    end
  end
  return count
end

local function bench()
  local total = 0
  for _ = 1, ROUNDS do
    total = total + place({}, 1, N)
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
