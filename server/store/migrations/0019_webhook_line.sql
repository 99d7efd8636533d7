-- 0019_webhook_line.sql
-- The line in words that no other partial index knows. Until there are statistics of a burst the planner takes all of them for nearly empty,
-- and read everything that waits for the endpoint, sorted it, and took a page.
drop index webhook_deliveries_in_line;
create index webhook_deliveries_in_line on webhook_deliveries (team_id, endpoint_id, seq, id) where settled_at is null and cause = 'event';
