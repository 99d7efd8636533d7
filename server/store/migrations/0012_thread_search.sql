-- 0012_thread_search.sql
-- Threads are found by what people are called and by the line the inbox shows; docs/decisions/0013-search.md says how.

do $$
begin
  create extension if not exists pg_trgm;
exception when others then
  raise exception 'open-inbox needs the PostgreSQL extension pg_trgm, and could not create it: %', sqlerrm
    using hint = 'Install the contrib modules of your PostgreSQL and run "create extension pg_trgm" in this database as somebody who may, then start again.';
end
$$;

-- What foldName in domain/text.ts makes of a text, but for a few letters that PostgreSQL cannot fold: rows that are here already read the
-- same until they are next written, and then exactly as that says.
create function pg_temp.folded(name text) returns text language sql immutable as $$
  select btrim(regexp_replace(
    translate(replace(lower(regexp_replace(normalize(name, nfkd), '[\u0300-\u036f\u00ad\u200b\u200e\u200f\u2060]', '', 'g')), 'ß', 'ss'), 'øłđħŧς', 'oldhtσ'),
    '\s+', ' ', 'g'))
$$;

-- Written by `alter ... using`, which makes each table anew once: an update of every row would move each of them in every index.
-- The person's display name and username, folded, a line each.
alter table profiles add column search_text text;
alter table profiles alter column search_text type text
  using pg_temp.folded(facts ->> 'displayName') || E'\n' || pg_temp.folded(facts ->> 'username');

create function pg_temp.names_of(team text, profile text) returns text language sql stable as $$
  select search_text from profiles where team_id = team and id = profile
$$;

-- The profile's lines, then the activity's preview. Without line breaks of their own, no search can match across two of them.
alter table threads add column search_text text;

alter table threads
  alter column search_text type text
    using pg_temp.names_of(team_id, profile_id) || E'\n' || coalesce(pg_temp.folded(activity_preview), '');

-- With the labels beside it, a search within one team, or one that other filters narrow, passes over everybody else's matches.
-- A message brings some eighty entries: they wait in a short list, which every reader looks through, and are sorted in together.
create index threads_by_text on threads using gin (labels, search_text gin_trgm_ops) with (fastupdate = on, gin_pending_list_limit = 512)
  where folder is not null and search_text is not null;

-- A table that was made anew is not looked at again by itself.
analyze profiles;
analyze threads;

drop function pg_temp.names_of(text, text), pg_temp.folded(text);
