local N = 300000
local VOCAB = 5000

local function make_text()
  local seed = 42
  local words = {}
  for i = 1, N do
    seed = seed * 16807 % 2147483647
    words[i] = "word" .. (seed % VOCAB)
  end
  return table.concat(words, " ")
end

local TEXT = make_text()

local function bench()
  local counts = {}
  for w in string.gmatch(TEXT, "[^ ]+") do
    if counts[w] then
      counts[w] = counts[w] + 1
    else
      counts[w] = 1
    end
  end
  local check = 0
  for _, v in pairs(counts) do
    check = check + 1 + v * v
  end
  return check
end

local REPS = 1
for _rep = 1, REPS do
  local t = os.clock()
  local r = bench()
  t = os.clock() - t
  print(string.format("R %.0f", r))
  print(string.format("T %.6f", t))
end
