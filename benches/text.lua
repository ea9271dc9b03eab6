-- Lua's way: appending to a string copies all of it each time.
local parts = {}
local i = 0
while i < 1000000 do
  parts[#parts + 1] = 'ten bytes.'
  i = i + 1
end
local text = table.concat(parts)
