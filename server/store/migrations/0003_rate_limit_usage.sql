-- 0003_rate_limit_usage.sql
-- What each server has accepted, per team and second, and again per minute: servers tell each other through this table, and
-- a restarted one reads what it had counted. Seconds are kept for minutes, minutes for a day. Unlogged, because a count lost
-- in a crash of the database lets a team make a few more requests and nothing else.
create unlogged table rate_limit_usage (
  team_id text collate "C" not null,
  -- Seconds that the row covers: 1 or 60.
  span integer not null check (span in (1, 60)),
  starts_at timestamptz(0) not null,
  -- A server from its start to its end.
  node_id text collate "C" not null,
  requests integer not null,
  -- By the database's clock, which is the same for all servers: what tells a reader which rows are news.
  written_at timestamptz(3) not null,
  primary key (team_id, span, starts_at, node_id)
) with (fillfactor = 70);
-- Without written_at, so that raising a count touches no index.
create index rate_limit_usage_by_time on rate_limit_usage (span, starts_at);
