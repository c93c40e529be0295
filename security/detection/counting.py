"""The counters in Redis: one script call takes a batch of signals, counts them and says which went over a threshold.

By the hour: requests, misses and probes (a hash), different objects and accounts (HyperLogLog), cost points (GCRA),
numbers that follow each other. Keys are ids and keyed hashes; whatever is there is gone within hours.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings
from redis import Redis
from redis.commands.core import Script

from security import tuning
from security.detection.signal import Signal
from security.thresholds import Counting

# ARGV: thresholds and signals, as JSON. Returns, as JSON, a list of {signal's place, rule, number, limit}.
COUNT = """
local limit, signals, found = cjson.decode(ARGV[1]), cjson.decode(ARGV[2]), {}
local KEPT = 7200
local function tell(place, who, rule, at, number, most, times)
  -- `times`: how many times over the limit this hour; each is told once, however soon after the last
  local key, told = 'watch:t:' .. who, rule .. ':' .. math.floor(at / 3600)
  local last = tonumber(redis.call('HGET', key, rule) or 0)
  local is_more = times and times > tonumber(redis.call('HGET', key, told) or 0)
  if not is_more and at - last < limit.tell_again_seconds and last <= at then return end
  redis.call('HSET', key, rule, at)
  if times then redis.call('HSET', key, told, times) end
  redis.call('EXPIRE', key, KEPT)
  found[#found + 1] = {place, rule, number, most}
end
local function count(key, values)
  if redis.call('PFADD', key, unpack(values)) == 1 then redis.call('EXPIRE', key, KEPT) end
  return redis.call('PFCOUNT', key)
end
for place, s in ipairs(signals) do
  local at, hour = s.at, math.floor(s.at / 3600)
  local who = s.a
  local anonymous = who == ''
  if anonymous then who = 'source:' .. s.s end
  local factor, budget = 1, ''
  if s.d then factor, budget = limit.declared_factor, ':declared' elseif s.k then factor = limit.key_factor end
  -- cost points
  local cost = 1 + math.ceil(s.z / 10)
  if s.m then cost = cost + limit.miss_cost end
  local interval = 3600 / (limit.cost_an_hour * factor)
  local window = limit.cost_at_once * factor * interval
  local key = 'watch:g:' .. who .. budget
  local before = math.max(tonumber(redis.call('GET', key) or at), at)
  local after = before + cost * interval
  if after - at > window then
    tell(place, who, 'cost', at, math.floor((after - at) / interval), limit.cost_at_once * factor)
    after = at + window
  end
  redis.call('SET', key, string.format('%.3f', after), 'EX', math.max(math.ceil(after - at), 1))
  -- different objects
  if #s.o > 0 and not anonymous then
    local objects = count('watch:o:' .. who .. budget .. ':' .. hour, s.o)
    local most = limit.objects_an_hour * factor
    if objects > most then tell(place, who, 'distinct', at, objects, most, math.floor(objects / most)) end
    if s.y and not s.d and objects > limit.young_objects_an_hour then
      tell(place, who, 'young', at, objects, limit.young_objects_an_hour)
    end
  end
  -- misses and probes
  local hash = 'watch:m:' .. who .. ':' .. hour
  local asked = redis.call('HINCRBY', hash, 'n', 1)
  if asked == 1 then redis.call('EXPIRE', hash, KEPT) end
  local missed = 0
  if s.m then
    missed = redis.call('HINCRBY', hash, 'm', 1)
    if missed >= limit.least_misses and missed >= limit.miss_share * asked then
      tell(place, who, 'misses', at, missed, asked)
    end
  end
  if s.p then
    local probes = redis.call('HINCRBY', hash, 'p', 1)
    if probes >= limit.probes_an_hour then tell(place, who, 'probing', at, probes, limit.probes_an_hour) end
  end
  -- one number after another, by whoever is nobody or finds nothing
  if #s.n > 0 and (anonymous or s.m) then
    local last = tonumber(redis.call('HGET', hash, 'last') or 0)
    local run = tonumber(redis.call('HGET', hash, 'run') or 0)
    for _, number in ipairs(s.n) do
      local step = math.abs(number - last)
      if step > 0 and step <= limit.sequence_step then run = run + 1 elseif step > 0 then run = math.max(run - 2, 0) end
      last = number
    end
    if run >= limit.sequence_length then
      tell(place, who, 'sequence', at, run, limit.sequence_length)
      run = 0
    end
    redis.call('HSET', hash, 'last', last, 'run', run)
  end
  -- many accounts at one source, each of them missing
  if s.m and s.c ~= '' and s.s ~= '' and missed >= limit.crowd_misses then
    local crowd = count('watch:w:' .. s.s .. ':' .. hour, {s.c})
    if crowd >= limit.crowd_accounts then tell(place, 'source:' .. s.s, 'crowd', at, crowd, limit.crowd_accounts) end
  end
  -- many e-mails tried from one source
  if s.h ~= '' and s.s ~= '' then
    local emails = count('watch:e:' .. s.s .. ':' .. hour, {s.h})
    if emails >= limit.sprayed_emails then
      tell(place, 'source:' .. s.s, 'spraying', at, emails, limit.sprayed_emails)
    end
    -- many tries of the same one: whoever it belongs to is kept out meanwhile, and gives up
    local tried = 'watch:b:' .. s.s .. ':' .. s.h .. ':' .. hour
    local guesses = redis.call('INCR', tried)
    if guesses == 1 then redis.call('EXPIRE', tried, KEPT) end
    if guesses >= limit.guesses_an_hour then
      tell(place, 'source:' .. s.s, 'guessing', at, guesses, limit.guesses_an_hour)
    end
  end
end
if #found == 0 then return '[]' end
return cjson.encode(found)
"""


@dataclass(frozen=True)
class Crossed:
    """A signal that took a counter over its threshold."""

    signal: Signal
    rule: str
    number: int
    limit: int


def count(signals: Sequence[Signal]) -> list[Crossed]:
    """Count signals, oldest first, in one round trip; return which crossed a threshold. Raises RedisError."""
    if not signals:
        return []
    answer = _script(settings.REDIS_URL)(
        args=[_limits(tuning.current().counting), json.dumps([_short(signal) for signal in signals])]
    )
    return [
        Crossed(signals[place - 1], rule, int(number), int(most)) for place, rule, number, most in json.loads(answer)
    ]


def _short(signal: Signal) -> dict[str, Any]:
    return {
        "at": round(signal.at, 3),
        "a": signal.actor,
        "c": signal.account,
        "s": signal.source,
        "k": bool(signal.key),
        "y": signal.is_young,
        "d": bool(signal.declared),
        "z": max(signal.size, len(signal.objects)),
        "o": signal.objects,
        "m": signal.is_miss,
        "p": signal.is_probe,
        "n": signal.numbers,
        "h": signal.email,
    }


@lru_cache(maxsize=2)
def _limits(counting: Counting) -> str:
    return json.dumps(asdict(counting))


@lru_cache(maxsize=2)
def _script(address: str) -> Script:
    return Redis.from_url(address, socket_connect_timeout=1, socket_timeout=2).register_script(COUNT)
