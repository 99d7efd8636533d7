-- 0011_deletion_for_all.sql
-- A message deleted on our side can be deleted for everybody later: the two moments differ, and both are shown.
alter table messages add column deleted_for_all_at timestamptz(3);
update messages set deleted_for_all_at = deleted_at where deletion_scope = 'all';
