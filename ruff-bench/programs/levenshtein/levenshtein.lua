local LENGTH = 900
local PAIRS = 4

local function make(seed)
  local alphabet = { "a", "c", "g", "t" }
  local letters = {}
  for i = 1, LENGTH do
    seed = seed * 16807 % 2147483647
    letters[i] = alphabet[math.floor(seed / 16) % 4 + 1]
  end
  return table.concat(letters)
end

local function distance(a, b)
  local previous = {}
  for j = 0, #b do previous[j] = j end
  for i = 1, #a do
    local row = { [0] = i }
    for j = 1, #b do
      local cost = string.byte(a, i) == string.byte(b, j) and 0 or 1
      row[j] = math.min(previous[j] + 1, row[j - 1] + 1, previous[j - 1] + cost)
    end
    previous = row
  end
  return previous[#b]
end

local function bench()
  local total = 0
  for k = 0, PAIRS - 1 do
    total = total + distance(make(k + 1), make(k + 1000)) * (k + 1)
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
