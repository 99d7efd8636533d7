-- 0006_demo_team.sql
-- The demo finds its team again by this mark. A slug is no proof: somebody's real team may be called the same, and the
-- demo would let people write to it by themselves and hand out a token for it.
alter table teams add column is_demo boolean not null default false;

-- One per database.
create unique index teams_demo_key on teams (is_demo) where is_demo;

-- Demos from before have their owner's address, which is in a domain that nobody can have.
update teams set is_demo = true where slug = 'harbor-co' and exists (
  select from members m join users u on u.id = m.user_id
  where m.team_id = teams.id and m.role = 'owner' and u.email_key = 'ines.carvalho@example.com');
