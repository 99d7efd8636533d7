-- 0010_message_event_types.sql
-- The log tells sent messages from received ones: a reader who wants one kind must not open every event to find it.
update events
set type = case data -> 'message' ->> 'direction' when 'outbound' then 'message.sent' else 'message.received' end,
  data = (data::jsonb || jsonb_build_object('type',
    case data -> 'message' ->> 'direction' when 'outbound' then 'message.sent' else 'message.received' end))::json
where type = 'message.created';
