//! Scenarios that are cut at each of their instants, whose commands are those of `engine`.

pub const SCENARIOS: &[&str] = &[
    // Variables, loops, jumps, what is owed.
    r##"
open a
set n = 0
again:
set n = n + 1
set got act "step #{n}"
assert got == "step #{n}"
if n < 3 then goto again
for x in ['p', 'q']
  act #{x}
  defer act "undo #{x}"
end
open b
close a
act last
finally
  act "finally #{n}"
end
"##,
    // What looks outside, and depends on it.
    r##"
mark start
set r = random(1, 1000000)
act "r #{r}"
set t = now() - start
act "x #{t > 0s}"
if r % 2 == 0 then act even else act odd
set u = uuid()
act #{u}
"##,
    // Branches, one of which fails and ends the others.
    r##"
parallel
  do
    act a1
    rest 5ms
    act a2
  end
  do
    open branch
    rest 1ms
    act b1
  end
end
try retry 3 fails thrice
parallel
  do
    rest 40ms
    act never
  end
  do
    rest 1ms
    fails here
  end
end
"##,
    // Attempts and times.
    r##"
step flaky n
  set times nth "flaky #{n}"
  if times < 3 then fail 'not yet'
  return times
end
step work n
  set times nth "work #{n}"
  assert times >= 3
  return times
end
set w retry 5 every 1ms work 1
retry within 5s every 1ms
  set k nth block
  assert k >= 2
end
try timeout 5ms rest 10s
act after
step slow
  rest 10s
end
set s timeout 5ms slow
act "timed out #{s.timed_out}"
case 'one'
  act in-case
  assert 1 == 2
end
case 'two'
  act in-case-2
end
"##,
    // Jobs.
    r##"
background one rest 5ms
background two rest 10s
act started
await one
act awaited
cancel two
background three rest 10s
act three
"##,
    // Waits and watches.
    r##"
set n = 0
do
  always n < 2
  eventually n == 3 within 5s
  act w1
  set n = 1
  act w2
  set n = 2
  act w3
  set n = 3
  act w4
end
set began = now()
wait until now() - began > 20ms within 5s
act waited
case 'too late'
  wait until now() - began > 1h within 5ms
end
hold now() - began > 1ms for 5ms
act held
check 1 == 2
pass
"##,
    // Steps named by values, in branches and jobs, with limits; branches in branches.
    r##"
step work n
  open "w#{n}"
  rest 2ms
  act "did #{n}"
  if n == 2 then fail "two"
  return n * 10
end
set name = 'work'
for n in [1, 2]
  set got try call #{name} #{n}
  act "got #{got}"
end
parallel
  call work 3
  do
    parallel
      act p1
      do
        set x timeout 1s call work 4
        act "x #{x}"
      end
    end
  end
end
background job call work 5
soft call work 2
await job
act "job #{job}"
timeout 4ms retry within 10s every 1ms work 2
finally
  call work 6
end
"##,
    // Rows, each with its own undos.
    r##"
@each row in [1, 2, 3]
open "row #{row}"
set mark = row * 2
check mark != 4
act "m #{mark}"
finally
  act "end #{row}"
end
"##,
    // A loop in which nothing happens, and the limit that ends it.
    r##"
step spin
  set i = 0
  while true
    set i = i + 1
  end
end
act before
set s timeout 20ms spin
act "spun #{s.timed_out}"
parallel
  do
    rest 5ms
    act a
    fails here
  end
  do
    set i = 0
    while true
      set i = i + 1
    end
  end
end
"##,
    // It ends in the middle of branches, by its own words.
    r##"
open x
parallel
  do
    rest 2ms
    act stops
    pass done
  end
  do
    rest 50ms
    act late
  end
end
finally
  act cleaned
end
"##,
];
