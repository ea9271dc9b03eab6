local i = 0
::again::
i = i + 1
if i < 10000000 then goto again end
