local LENGTH = 500000

local function make()
  local alphabet = { "a", "c", "g", "t" }
  local seed = 42
  local letters = {}
  for i = 1, LENGTH do
    seed = seed * 16807 % 2147483647
    letters[i] = alphabet[math.floor(seed / 16) % 4 + 1]
  end
  return table.concat(letters)
end

local TEXT = make()

local function count(text, k)
  local counts = {}
  for i = 1, #text - k + 1 do
    local kmer = text:sub(i, i + k - 1)
    counts[kmer] = (counts[kmer] or 0) + 1
  end
  return counts
end

local function bench()
  local total = 0
  for _, k in ipairs({ 3, 6, 9 }) do
    for _, n in pairs(count(TEXT, k)) do
      total = total + 1 + n * n % 1000
    end
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
