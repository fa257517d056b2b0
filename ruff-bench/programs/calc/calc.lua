local LINES = 3000
local VARS = 100
local ROUNDS = 40
local floor = math.floor

local function make_source()
  local seed = 42
  local lines = {}
  for i = 1, LINES do
    seed = seed * 16807 % 2147483647
    local a = "v" .. floor(seed / 7) % VARS
    local b = "v" .. floor(seed / 1000) % VARS
    local c = "v" .. floor(seed / 100000) % VARS
    local d = floor(seed / 11) % 97 + 1
    local k = seed % 4
    if k == 0 then
      lines[i] = a .. " = (" .. b .. " * " .. d .. " + " .. c .. ") % 1009;"
    elseif k == 1 then
      lines[i] = a .. " = (" .. b .. " - (" .. c .. " + " .. d .. ") * -3) % 10007;"
    elseif k == 2 then
      lines[i] = "if " .. a .. " < " .. b .. " { " .. a .. " = " .. a .. " + " .. d .. "; } else { "
        .. b .. " = " .. b .. " - " .. d .. "; }"
    else
      lines[i] = "n = 5; while n > 0 { " .. a .. " = (" .. a .. " + n * " .. d .. ") % 10007; n = n - 1; }"
    end
  end
  return table.concat(lines, "\n")
end

local SOURCE = make_source()

local function tokenize(source)
  local tokens = {}
  local i = 1
  while true do
    i = source:find("%S", i)
    if not i then break end
    local kind, text = "num", source:match("^%d+", i)
    if not text then kind, text = "name", source:match("^%a%w*", i) end
    if not text then kind, text = "op", source:sub(i, i) end
    tokens[#tokens + 1] = { kind = kind, text = text }
    i = i + #text
  end
  tokens[#tokens + 1] = { kind = "eof", text = "" }
  return tokens
end

local function class()
  local c = {}
  c.__index = c
  return c
end

local Num, Var, Neg, Binary = class(), class(), class(), class()

function Num:eval() return self.value end
function Var:eval(env) return env[self.name] end
function Neg:eval(env) return -self.operand:eval(env) end

function Binary:eval(env)
  local left = self.left:eval(env)
  local right = self.right:eval(env)
  local op = self.op
  if op == "+" then return left + right end
  if op == "-" then return left - right end
  if op == "*" then return left * right end
  if op == "%" then return left % right end
  if op == "<" then return left < right and 1 or 0 end
  return left > right and 1 or 0
end

local Assign, If, While = class(), class(), class()

local function run(statements, env)
  for _, s in ipairs(statements) do s:run(env) end
end

function Assign:run(env) env[self.name] = self.value:eval(env) end

function If:run(env)
  if self.cond:eval(env) ~= 0 then run(self.yes, env) else run(self.no, env) end
end

function While:run(env)
  while self.cond:eval(env) ~= 0 do run(self.body, env) end
end

local Parser = class()

function Parser:text() return self.tokens[self.pos].text end

function Parser:advance()
  local token = self.tokens[self.pos]
  self.pos = self.pos + 1
  return token
end

function Parser:expect(text)
  local found = self:advance().text
  if found ~= text then error("expected " .. text .. ", got " .. found) end
end

function Parser:program()
  local out = {}
  while self.tokens[self.pos].kind ~= "eof" do out[#out + 1] = self:statement() end
  return out
end

function Parser:block()
  self:expect("{")
  local out = {}
  while self:text() ~= "}" do out[#out + 1] = self:statement() end
  self:expect("}")
  return out
end

function Parser:statement()
  local word = self:advance().text
  if word == "if" then
    local cond = self:expression()
    local yes = self:block()
    local no = {}
    if self:text() == "else" then
      self:advance()
      no = self:block()
    end
    return setmetatable({ cond = cond, yes = yes, no = no }, If)
  elseif word == "while" then
    local cond = self:expression()
    return setmetatable({ cond = cond, body = self:block() }, While)
  end
  self:expect("=")
  local value = self:expression()
  self:expect(";")
  return setmetatable({ name = word, value = value }, Assign)
end

local function binary(op, left, right)
  return setmetatable({ op = op, left = left, right = right }, Binary)
end

function Parser:expression()
  local left = self:sum()
  local op = self:text()
  if op == "<" or op == ">" then
    self:advance()
    return binary(op, left, self:sum())
  end
  return left
end

function Parser:sum()
  local left = self:term()
  local op = self:text()
  while op == "+" or op == "-" do
    self:advance()
    left = binary(op, left, self:term())
    op = self:text()
  end
  return left
end

function Parser:term()
  local left = self:factor()
  local op = self:text()
  while op == "*" or op == "%" do
    self:advance()
    left = binary(op, left, self:factor())
    op = self:text()
  end
  return left
end

function Parser:factor()
  local token = self:advance()
  if token.kind == "num" then return setmetatable({ value = tonumber(token.text) }, Num) end
  if token.kind == "name" then return setmetatable({ name = token.text }, Var) end
  if token.text == "-" then return setmetatable({ operand = self:factor() }, Neg) end
  if token.text == "(" then
    local inner = self:expression()
    self:expect(")")
    return inner
  end
  error("unexpected " .. token.text)
end

local function bench()
  local program = setmetatable({ tokens = tokenize(SOURCE), pos = 1 }, Parser):program()
  local env = { n = 0 }
  for i = 0, VARS - 1 do env["v" .. i] = i end
  for _ = 1, ROUNDS do run(program, env) end
  local total = 0
  for i = 0, VARS - 1 do total = total + env["v" .. i] * (i + 1) end
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
