-- 0009_attachments.sql
-- Pictures, voice notes, files and link cards. The facts of an attachment have a table since 0001; its bytes are fetched
-- from the platform once, when somebody first looks, and kept here, where every server finds them.

-- How many a message has, so that reading one without any costs nothing.
alter table messages add column attachments_count integer not null default 0;

create table attachment_files (
  team_id text collate "C" not null,
  message_id text collate "C" not null,
  index integer not null,
  -- 'media' is the thing itself, 'preview' the still of a video or the picture of a card.
  part text not null check (part in ('media', 'preview')),
  content_type text,
  size_bytes integer not null,
  sha256 bytea not null,
  stored_at timestamptz(3) not null,
  primary key (team_id, message_id, index, part),
  foreign key (team_id, message_id, index) references attachments (team_id, message_id, index)
);

-- In pieces of one size, the last one shorter: a part of a film can be read without reading all of it.
create table attachment_chunks (
  team_id text collate "C" not null,
  message_id text collate "C" not null,
  index integer not null,
  part text not null,
  number integer not null,
  bytes bytea not null,
  primary key (team_id, message_id, index, part, number),
  foreign key (team_id, message_id, index, part)
    references attachment_files (team_id, message_id, index, part) on delete cascade
);
-- Media are compressed already.
alter table attachment_chunks alter column bytes set storage external;

-- Made up by the first server that needs one, and shared by all.
create table server_secrets (
  name text primary key,
  secret bytea not null
);

-- What the sandbox's people attach. Bytes are null where they follow from the facts, and where there are none.
create table sandbox.attachments (
  message_id text collate "C" not null references sandbox.messages (platform_id),
  index integer not null,
  kind text not null check (kind in ('image', 'gif', 'video', 'audio', 'file', 'card')),
  state text not null check (state in ('pending', 'processing', 'ready', 'failed')),
  -- MediaFacts or CardFacts of connectors/connector.ts.
  facts json not null,
  bytes bytea,
  preview bytea,
  primary key (message_id, index)
);
alter table sandbox.attachments alter column bytes set storage external;

-- Fetching an attachment can fail on purpose too.
alter table sandbox.faults drop constraint faults_operation_check;
alter table sandbox.faults add constraint faults_operation_check
  check (operation in ('send', 'edit', 'delete', 'react', 'typing', 'fetch'));

-- As before, and with what the message has attached; null = nothing.
drop function sandbox.write(text, text, text, text, timestamptz);
create function sandbox.write(
  account text, person text, content text, reply_to text, at timestamptz, attached json default null,
  out message_id text, out happened_at timestamptz
) language plpgsql as $$
declare
  shown json;
begin
  select greatest(c.news_at, at) into strict happened_at
    from sandbox.feed_counters c where c.account_id = account for no key update;
  message_id := sandbox.new_id(happened_at);
  insert into sandbox.messages (platform_id, account_id, person_id, from_account, content, reply_to_id, sent_at)
    values (message_id, account, person, false, content, reply_to, happened_at);
  insert into sandbox.conversations as c (account_id, person_id, person_wrote_at) values (account, person, happened_at)
    on conflict (account_id, person_id) do update set person_wrote_at = happened_at where c.person_wrote_at is null;
  if attached is not null then
    insert into sandbox.attachments (message_id, index, kind, state, facts, bytes, preview)
      select write.message_id, a.index, a.kind, a.state, a.facts, decode(a.bytes, 'base64'), decode(a.preview, 'base64')
      from json_to_recordset(attached) as a (index integer, kind text, state text, facts json, bytes text, preview text);
    select json_agg(json_build_object('kind', a.kind, 'state', a.state, 'facts', a.facts) order by a.index) into shown
      from sandbox.attachments a where a.message_id = write.message_id;
  end if;
  perform sandbox.append_fact(account, json_build_object(
    'kind', 'message', 'personId', person, 'messageId', message_id,
    'conversationId', sandbox.conversation_id(account, person), 'content', content, 'replyToId', reply_to,
    'attachments', shown, 'at', (extract(epoch from happened_at) * 1000)::bigint), happened_at);
end
$$;
