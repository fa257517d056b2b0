local LINES = 25000

local function make()
  local seed = 42
  local lines = {}
  for i = 0, LINES - 1 do
    seed = seed * 16807 % 2147483647
    lines[#lines + 1] = string.format("let value_%d = (total + %d) * 3.25; // note %d", seed % 100, seed % 977, i % 10)
    lines[#lines + 1] = string.format('if value_%d >= limit { print("case %d"); }', seed % 50, seed % 7)
  end
  return table.concat(lines, "\n")
end

local TEXT = make()
local KEYWORDS = { ["let"] = true, ["if"] = true, ["else"] = true, ["while"] = true, ["return"] = true }

local function tokenize(text)
  local tokens = {}
  local i, n = 1, #text
  while i <= n do
    local c = text:sub(i, i)
    if c == " " or c == "\n" then
      i = i + 1
    elseif c:find("^[a-z_]") then
      local word = text:match("^[a-z_0-9]+", i)
      tokens[#tokens + 1] = { kind = KEYWORDS[word] and "keyword" or "name", text = word }
      i = i + #word
    elseif c:find("^%d") then
      local number = text:match("^[0-9.]+", i)
      tokens[#tokens + 1] = { kind = "number", text = number }
      i = i + #number
    elseif c == '"' then
      local stop = text:find('"', i + 1, true)
      tokens[#tokens + 1] = { kind = "string", text = text:sub(i + 1, stop - 1) }
      i = stop + 1
    elseif text:sub(i, i + 1) == "//" then
      i = text:find("\n", i, true) or n + 1
    elseif text:sub(i, i + 1) == ">=" then
      tokens[#tokens + 1] = { kind = "operator", text = ">=" }
      i = i + 2
    else
      tokens[#tokens + 1] = { kind = "operator", text = c }
      i = i + 1
    end
  end
  return tokens
end

local function bench()
  local counts = {}
  local length = 0
  for _, token in ipairs(tokenize(TEXT)) do
    counts[token.kind] = (counts[token.kind] or 0) + 1
    length = length + #token.text
  end
  return counts.keyword * 7 + counts.name * 5 + counts.number * 3 + counts.string * 2 + counts.operator + length
end

local REPS = 1
for _rep = 1, REPS do
  local t = os.clock()
  local r = bench()
  t = os.clock() - t
  print(string.format("R %.0f", r))
  print(string.format("T %.6f", t))
end
