-- 0013_sandbox_unread_marks.sql
-- What an account of ours has marked as unread, as the platform's own inbox would show it.
alter table sandbox.conversations add column marked_unread boolean not null default false;
alter table sandbox.faults drop constraint faults_operation_check;
alter table sandbox.faults add constraint faults_operation_check
  check (operation in ('send', 'edit', 'delete', 'react', 'typing', 'fetch', 'mark'));
