-- 0018_webhook_waits.sql
-- A delivery that the receiver itself put off stays put off when others arrive. Null: it did not, or the delivery was tried again since.
alter table webhook_deliveries add column wait_until timestamptz(3);
