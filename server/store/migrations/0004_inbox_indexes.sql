-- 0004_inbox_indexes.sql
-- What the lists of threads are read from; docs/decisions/0005-inbox-indexes.md says why these and no others.
alter table threads
  -- The view a thread is in; null = in none. "noReply" is the part of "inbox" where the person wrote last.
  add column folder text collate "C" generated always as (
    case when deleted_at is not null or idle then null when archived then 'archived' when is_request then 'requests' else 'inbox' end
  ) stored,
  -- Everything a list can filter by, in one array, so that one index can intersect it. Ids are unique over all teams; what is not an
  -- id carries the team's. What is in no view has none.
  add column labels text[] collate "C" generated always as (
    case when deleted_at is not null or idle then '{}'::text[] else
      case when tag_ids = '{}' then array['no tags:' || team_id] else tag_ids end
      || case when campaign_ids = '{}' then array['no campaigns:' || team_id] else campaign_ids end
      || array[
        coalesce(status_id, 'no statuses:' || team_id), coalesce(assignee_id, 'no assignees:' || team_id), account_link_id,
        case when archived then 'archived:' when is_request then 'requests:' else 'inbox:' end || team_id]
      || case when not archived and not is_request and last_message_direction = 'inbound' then array['noReply:' || team_id] else '{}' end
    end
  ) stored;

create index threads_in_folder on threads (team_id, folder, sort_at, id) where folder is not null;
create index threads_without_reply on threads (team_id, sort_at, id) where folder = 'inbox' and last_message_direction = 'inbound';
create index threads_by_assignee on threads (team_id, folder, assignee_id, sort_at, id) where folder is not null and assignee_id is not null;
create index threads_by_status on threads (team_id, folder, status_id, sort_at, id) where folder is not null and status_id is not null;
create index threads_by_assignee_and_status on threads (team_id, folder, assignee_id, status_id, sort_at, id)
  where folder is not null and assignee_id is not null and status_id is not null;
-- Without fastupdate: entries waiting to be sorted in would be searched one by one, by every reader.
create index threads_by_label on threads using gin (labels) with (fastupdate = off) where folder is not null;
