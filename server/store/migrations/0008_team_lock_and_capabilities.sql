-- 0008_team_lock_and_capabilities.sql
-- What the platform offers and this account cannot do, as the platform reports it. Empty = it can do everything its platform can.
alter table account_links add column missing_capabilities text[] not null default '{}';
alter table sandbox.accounts add column missing_capabilities text[] not null default '{}';
-- An operator can lock a team: its data can be read and not changed. Null = it is not locked.
alter table teams add column locked_at timestamptz(3);
-- Which platforms the team can use; null = every one this server speaks to.
alter table teams add column platforms text[];
