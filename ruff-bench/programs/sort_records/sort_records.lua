local N = 120000

local function make()
  local seed = 42
  local people = {}
  for i = 0, N - 1 do
    seed = seed * 16807 % 2147483647
    people[#people + 1] = { ident = i, name = "name" .. seed % 5000, score = math.floor(seed / 7) % 100 }
  end
  return people
end

local function by_score(a, b)
  if a.score ~= b.score then return a.score > b.score end
  if a.name ~= b.name then return a.name < b.name end
  return a.ident < b.ident
end

local function by_key(a, b)
  return a.score * N + a.ident < b.score * N + b.ident
end

local function check(people)
  local total = 0
  for i, p in ipairs(people) do total = total + p.ident * ((i - 1) % 10) end
  return total
end

local function sorted(people, compare)
  local copy = {}
  for i, p in ipairs(people) do copy[i] = p end
  table.sort(copy, compare)
  return copy
end

local function bench()
  local people = make()
  return check(sorted(people, by_score)) + check(sorted(people, by_key))
end

local REPS = 1
for _rep = 1, REPS do
  local t = os.clock()
  local r = bench()
  t = os.clock() - t
  print(string.format("R %.0f", r))
  print(string.format("T %.6f", t))
end
