-- 0007_label_masks.sql
-- A filter that no ordered index answers is looked for in such an index. With a thread's labels in it, as 64 bits, a thread that cannot match
-- is passed over without being fetched; docs/decisions/0005-inbox-indexes.md has the figures.

-- Each label sets one of 64 bits: two sets without a common bit have no common label.
create function label_bits(labels text[]) returns bigint language sql immutable parallel safe
  return (select coalesce(bit_or(1::bigint << (('x' || left(md5(label), 2))::bit(8)::int & 63)), 0) from unnest(labels) label);

alter table threads
  -- The bits of `labels`, whose expression this is: a generated column cannot be made from another.
  add column label_mask bigint generated always as (label_bits(
    case when deleted_at is not null or idle then '{}'::text[] else
      case when tag_ids = '{}' then array['no tags:' || team_id] else tag_ids end
      || case when campaign_ids = '{}' then array['no campaigns:' || team_id] else campaign_ids end
      || array[
        coalesce(status_id, 'no statuses:' || team_id), coalesce(assignee_id, 'no assignees:' || team_id), account_link_id,
        case when archived then 'archived:' when is_request then 'requests:' else 'inbox:' end || team_id]
      || case when not archived and not is_request and last_message_direction = 'inbound' then array['noReply:' || team_id] else '{}' end
    end
  )) stored;

drop index threads_in_folder, threads_without_reply, threads_by_assignee, threads_by_status, threads_by_assignee_and_status;
create index threads_in_folder on threads (team_id, folder, sort_at, id) include (label_mask) where folder is not null;
create index threads_without_reply on threads (team_id, sort_at, id) include (label_mask)
  where folder = 'inbox' and last_message_direction = 'inbound';
create index threads_by_assignee on threads (team_id, folder, assignee_id, sort_at, id) include (label_mask)
  where folder is not null and assignee_id is not null;
create index threads_by_status on threads (team_id, folder, status_id, sort_at, id) include (label_mask)
  where folder is not null and status_id is not null;
create index threads_by_assignee_and_status on threads (team_id, folder, assignee_id, status_id, sort_at, id) include (label_mask)
  where folder is not null and assignee_id is not null and status_id is not null;
