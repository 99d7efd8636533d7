-- 0015_no_reply_by_activity.sql
-- Who awaits a reply is the person whose turn was the last: a message, or a reaction since. It was the last message alone. What is generated
-- cannot be given another expression before PostgreSQL 17, so these columns and what is built on them are made anew; nothing else changes.
drop index threads_in_folder, threads_without_reply, threads_by_assignee, threads_by_status, threads_by_assignee_and_status, threads_by_label,
  threads_by_text;
alter table threads drop column labels, drop column label_mask, drop column last_message_direction;

alter table threads
  -- Everything a list can filter by, in one array, so that one index can intersect it. Ids are unique over all teams; what is not an
  -- id carries the team's. What is in no view has none.
  add column labels text[] collate "C" generated always as (
    case when deleted_at is not null or idle then '{}'::text[] else
      case when tag_ids = '{}' then array['no tags:' || team_id] else tag_ids end
      || case when campaign_ids = '{}' then array['no campaigns:' || team_id] else campaign_ids end
      || array[
        coalesce(status_id, 'no statuses:' || team_id), coalesce(assignee_id, 'no assignees:' || team_id), account_link_id,
        case when archived then 'archived:' when is_request then 'requests:' else 'inbox:' end || team_id]
      || case when not archived and not is_request and activity_direction = 'inbound' then array['noReply:' || team_id] else '{}' end
    end
  ) stored,
  -- The bits of `labels`, whose expression this is: a generated column cannot be made from another.
  add column label_mask bigint generated always as (label_bits(
    case when deleted_at is not null or idle then '{}'::text[] else
      case when tag_ids = '{}' then array['no tags:' || team_id] else tag_ids end
      || case when campaign_ids = '{}' then array['no campaigns:' || team_id] else campaign_ids end
      || array[
        coalesce(status_id, 'no statuses:' || team_id), coalesce(assignee_id, 'no assignees:' || team_id), account_link_id,
        case when archived then 'archived:' when is_request then 'requests:' else 'inbox:' end || team_id]
      || case when not archived and not is_request and activity_direction = 'inbound' then array['noReply:' || team_id] else '{}' end
    end
  )) stored;

create index threads_in_folder on threads (team_id, folder, sort_at, id) include (label_mask) where folder is not null;
create index threads_without_reply on threads (team_id, sort_at, id) include (label_mask)
  where folder = 'inbox' and activity_direction = 'inbound';
create index threads_by_assignee on threads (team_id, folder, assignee_id, sort_at, id) include (label_mask)
  where folder is not null and assignee_id is not null;
create index threads_by_status on threads (team_id, folder, status_id, sort_at, id) include (label_mask)
  where folder is not null and status_id is not null;
create index threads_by_assignee_and_status on threads (team_id, folder, assignee_id, status_id, sort_at, id) include (label_mask)
  where folder is not null and assignee_id is not null and status_id is not null;
create index threads_by_label on threads using gin (labels) with (fastupdate = off) where folder is not null;
create index threads_by_text on threads using gin (labels, search_text gin_trgm_ops) with (fastupdate = on, gin_pending_list_limit = 16384)
  where folder is not null and search_text is not null;

analyze threads;
