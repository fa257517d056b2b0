local ACCOUNTS = 500
local TRANSFERS = 500000
local floor = math.floor

local Account = {}
Account.__index = Account

function Account.new(owner, balance)
  return setmetatable({ owner = owner, balance = balance, operations = 0 }, Account)
end

function Account:withdraw(amount)
  if amount > self.balance then return nil, "insufficient funds: " .. self.owner end
  self.balance = self.balance - amount
  self.operations = self.operations + 1
  return true
end

function Account:deposit(amount)
  self.balance = self.balance + amount
  self.operations = self.operations + 1
end

local Bank = {}
Bank.__index = Bank

function Bank.new()
  local accounts = {}
  for i = 0, ACCOUNTS - 1 do accounts[i] = Account.new("owner" .. i, 1000 + i) end
  return setmetatable({ accounts = accounts, ledger = {} }, Bank)
end

function Bank:transfer(source, target, amount)
  local ok, err = self.accounts[source]:withdraw(amount)
  if not ok then return nil, err end
  self.accounts[target]:deposit(amount)
  self.ledger[#self.ledger + 1] = { source = source, target = target, amount = amount }
  return true
end

local function bench()
  local bank = Bank.new()
  local refused = 0
  local seed = 42
  for _ = 1, TRANSFERS do
    seed = seed * 16807 % 2147483647
    if not bank:transfer(seed % ACCOUNTS, floor(seed / 1000) % ACCOUNTS, floor(seed / 7) % 900) then
      refused = refused + 1
    end
  end
  local total = refused
  for _, entry in ipairs(bank.ledger) do
    total = total + entry.amount * (entry.source % 3 + entry.target % 5)
  end
  for i = 0, ACCOUNTS - 1 do
    local account = bank.accounts[i]
    total = total + account.balance * (i % 7) + account.operations
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
