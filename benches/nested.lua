local rows = {3, 1, 4, 1, 5, 9, 2, 6, 5, 3}
local weight = {buy = 2, sell = 3}
local sum = 0
local i = 0
while i < 300000 do
  local j = 0
  while j < 10 do
    sum = sum + rows[j + 1] * weight.buy + weight.sell
    j = j + 1
  end
  i = i + 1
end
