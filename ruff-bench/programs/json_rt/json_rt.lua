-- Lua has no JSON in its standard library; this uses the C module lua-cjson
local cjson = require("cjson")
local null = cjson.null

local N = 6000
local ROUNDS = 5

local function make()
  local users = {}
  for i = 0, N - 1 do
    users[#users + 1] = {
      id = i,
      name = "User" .. i,
      email = "user" .. i .. "@example.com",
      age = 20 + i % 50,
      score = i % 100 + 0.5,
      active = i % 2 == 0,
      tags = { "tag" .. (i % 5), "tag" .. ((i + 1) % 5) },
      profile = { bio = 'This is "user" ' .. i, posts = i * 3, next = null },
    }
  end
  return { version = "1.0", total = N, users = users }
end

local TEXT = cjson.encode(make())

local function bench()
  local text = TEXT
  local total = 0
  for _ = 1, ROUNDS do
    local doc = cjson.decode(text)
    for _, u in ipairs(doc.users) do
      total = total + u.id + u.profile.posts + #u.tags
    end
    text = cjson.encode(doc)
    if #text > 900000 then total = total + 1 end
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
