-- 0002_sandbox.sql
-- The truth of the sandbox platform: a simulated X. It lives in this database for convenience only. Nothing here refers
-- to a table of ours or the other way round, and it commits apart from ours, as the real platform would.
create schema sandbox;

create sequence sandbox.ids;

-- 19 digits like X's own: milliseconds above, a running number below, so ids sort by time and never repeat.
-- Times before 2018 would give fewer digits; they count as the first moment that gives 19.
create function sandbox.new_id(at timestamptz) returns text language sql volatile as $$
  select (
    (greatest((extract(epoch from at) * 1000)::bigint - 1288834974657, 238418579102) << 22)
    | (nextval('sandbox.ids') & 4194303)
  )::text
$$;

-- Both user ids, the smaller first. All have 19 digits, so comparing text compares numbers.
create function sandbox.conversation_id(one text, other text) returns text language sql immutable as $$
  select least(one collate "C", other collate "C") || ':' || greatest(one collate "C", other collate "C")
$$;

-- Accounts and people of different worlds do not see each other.
create table sandbox.accounts (
  platform_id text collate "C" primary key,
  world text not null,
  username text not null,
  username_key text not null,
  display_name text not null,
  status text not null default 'active' check (status in ('active', 'offline', 'paused')),
  pause_reasons text[] not null default '{}',
  created_at timestamptz(3) not null,
  unique (world, username_key)
);

create table sandbox.people (
  platform_id text collate "C" primary key,
  world text not null,
  username text not null,
  -- Lower case: usernames are unique whatever their case.
  username_key text not null,
  display_name text not null,
  accepts_messages boolean not null,
  account_status text not null check (account_status in ('active', 'suspended', 'notFound')),
  auto_reply text not null check (auto_reply in ('off', 'echo', 'friendly')),
  reply_delay_ms integer not null check (reply_delay_ms between 0 and 600000),
  -- The rest of PlatformProfile.
  facts json not null,
  created_at timestamptz(3) not null,
  unique (world, username_key)
);
create index people_of_world on sandbox.people (world, platform_id);

create table sandbox.conversations (
  account_id text collate "C" not null references sandbox.accounts (platform_id),
  person_id text collate "C" not null references sandbox.people (platform_id),
  -- Both set: the conversation is an X Chat, for good.
  account_wrote_at timestamptz(3),
  person_wrote_at timestamptz(3),
  -- A friendly person's answers since chat_began_at: people get tired.
  chat_replies integer not null default 0,
  chat_began_at timestamptz(3),
  primary key (account_id, person_id)
);
create index conversations_of_person on sandbox.conversations (person_id, account_id);

-- Without foreign keys: a send is a hot path, and sandbox.send has looked at both sides already.
create table sandbox.messages (
  platform_id text collate "C" primary key,
  account_id text collate "C" not null,
  person_id text collate "C" not null,
  from_account boolean not null,
  content text not null,
  reply_to_id text collate "C",
  -- Set on what came in through send: a repeated reference is the same message.
  reference text collate "C",
  sent_at timestamptz(3) not null,
  edited_at timestamptz(3),
  -- Gone for both sides.
  deleted_at timestamptz(3),
  -- Gone for its author only.
  hidden_at timestamptz(3)
);
create index messages_of_conversation on sandbox.messages (account_id, person_id, platform_id);
create unique index messages_reference_key on sandbox.messages (account_id, reference) where reference is not null;
create index messages_delivered on sandbox.messages (account_id, platform_id) where reference is not null;

create table sandbox.reactions (
  message_id text collate "C" not null references sandbox.messages (platform_id),
  author_id text collate "C" not null,
  emoji text not null,
  created_at timestamptz(3) not null,
  -- One per author: another emoji replaces it.
  primary key (message_id, author_id)
);

-- What others did, per account, in the order in which it became visible.
create table sandbox.feed (
  account_id text collate "C" not null,
  seq bigint not null,
  fact json not null,
  created_at timestamptz(3) not null,
  primary key (account_id, seq)
);

-- The row lock makes writers of one feed queue up: a reader never sees 7 before 6 is there too.
create table sandbox.feed_counters (
  account_id text collate "C" primary key references sandbox.accounts (platform_id),
  seq bigint not null default 0,
  -- Known to have been applied by whoever reads; news beyond it is announced again and again.
  read_seq bigint not null default 0,
  news_at timestamptz(3) not null
) with (fillfactor = 50);

-- The transaction that calls it should be about to end: it holds the feed until then.
create function sandbox.append_fact(account text, fact json, at timestamptz) returns void language plpgsql as $$
declare
  next_seq bigint;
begin
  update sandbox.feed_counters c set seq = c.seq + 1, news_at = greatest(c.news_at, at)
    where c.account_id = account returning c.seq into strict next_seq;
  insert into sandbox.feed (account_id, seq, fact, created_at) values (account, next_seq, fact, at);
  -- Nobody is that far behind; cleaning up now and then keeps the table bounded.
  if next_seq % 500 = 0 then
    delete from sandbox.feed f where f.account_id = account and f.created_at < at - interval '30 days';
  end if;
  perform pg_notify('sandbox_feed', account);
end
$$;

create table sandbox.faults (
  id bigint generated always as identity primary key,
  world text not null,
  -- Null = whichever account calls next.
  account_id text collate "C",
  operation text not null check (operation in ('send', 'edit', 'delete', 'react', 'typing')),
  outcome text not null check (outcome in ('rejected', 'rateLimited', 'down', 'ambiguous', 'slow')),
  -- How many calls are still to fail.
  times integer not null check (times > 0),
  retry_after_ms integer,
  delay_ms integer not null,
  created_at timestamptz(3) not null
);
create index faults_of_world on sandbox.faults (world, operation, id);

-- The oldest fault that is meant for this call, used up by one. Concurrent calls queue at the row, so none is used twice.
create function sandbox.take_fault(of_world text, account text, for_operation text) returns sandbox.faults
language plpgsql as $$
declare
  fault sandbox.faults;
begin
  select * into fault from sandbox.faults f
    where f.world = of_world and f.operation = for_operation and (f.account_id is null or f.account_id = account)
    order by f.id limit 1 for update;
  if not found then return null; end if;
  if fault.times = 1 then
    delete from sandbox.faults f where f.id = fault.id;
  else
    update sandbox.faults f set times = f.times - 1 where f.id = fault.id;
  end if;
  return fault;
end
$$;

-- Sends that a 'slow' fault holds back. While the row is there the outcome is open; whoever deletes it decides it.
create table sandbox.slow_sends (
  account_id text collate "C" not null,
  reference text collate "C" not null,
  until timestamptz(3) not null,
  primary key (account_id, reference)
);

-- What people are going to do.
create table sandbox.plans (
  id bigint generated always as identity primary key,
  due_at timestamptz(3) not null,
  kind text not null,
  payload json not null,
  attempts integer not null default 0
);
create index plans_by_due on sandbox.plans (due_at);

create function sandbox.plan(due timestamptz, kind text, payload json) returns void language plpgsql as $$
begin
  insert into sandbox.plans (due_at, kind, payload) values (due, kind, payload);
  perform pg_notify('sandbox_plans', ((extract(epoch from due) * 1000)::bigint)::text);
end
$$;

-- Worlds in which people write by themselves.
create table sandbox.lively_worlds (
  world text primary key,
  every_ms integer not null check (every_ms > 0),
  -- Counts what happened: the seed of what happens next.
  turn integer not null default 0
);

-- Serialises everything that concerns one reference, so that a question about it waits for a send in progress.
create function sandbox.lock_reference(account text, reference text) returns void language sql volatile as $$
  select pg_advisory_xact_lock(hashtextextended('sandbox ' || account || ' ' || reference, 0))
$$;

-- A message of an account to a person, in one round trip. Any outcome but 'sent' and 'lostAnswer' means that there is
-- no message of this reference: that is why a repeated reference is looked up before everything else, faults included.
create function sandbox.send(
  account text, person text, with_reference text, content text, reply_to text, at timestamptz, waited boolean,
  out outcome text, out message_id text, out conversation_id text, out happened_at timestamptz,
  out detail text, out wait_ms integer
) language plpgsql as $$
declare
  sender sandbox.accounts;
  recipient sandbox.people;
  fault sandbox.faults;
  answer_lost boolean := false;
begin
  perform sandbox.lock_reference(account, with_reference);
  if waited then
    delete from sandbox.slow_sends s where s.account_id = account and s.reference = with_reference;
    if not found then outcome := 'expired'; end if;
  end if;

  select m.platform_id, sandbox.conversation_id(account, m.person_id), m.sent_at
    into message_id, conversation_id, happened_at
    from sandbox.messages m where m.account_id = account and m.reference = with_reference;
  if found then outcome := 'sent'; return; end if;
  if outcome = 'expired' then return; end if;

  select * into sender from sandbox.accounts a where a.platform_id = account;
  if not found then outcome := 'accountUnavailable'; detail := 'offline'; return; end if;

  if not waited then
    fault := sandbox.take_fault(sender.world, account, 'send');
    answer_lost := fault.outcome is not distinct from 'ambiguous';
    if fault.outcome = 'slow' then
      outcome := 'slow'; wait_ms := fault.delay_ms;
      insert into sandbox.slow_sends as s (account_id, reference, until)
        values (account, with_reference, at + fault.delay_ms * interval '1 millisecond')
        on conflict (account_id, reference) do update set until = greatest(s.until, excluded.until);
      return;
    elsif fault.outcome is not null and not answer_lost then
      outcome := fault.outcome; wait_ms := fault.retry_after_ms; return;
    end if;
  end if;
  outcome := case when answer_lost then 'lostAnswer' else 'sent' end;

  if sender.status <> 'active' then
    if not answer_lost then outcome := 'accountUnavailable'; detail := sender.status; end if;
    return;
  end if;

  select * into recipient from sandbox.people p where p.platform_id = person and p.world = sender.world;
  if not found or recipient.account_status <> 'active' or not recipient.accepts_messages then
    if not answer_lost then
      outcome := 'recipientUnavailable';
      detail := case
        when recipient.platform_id is null or recipient.account_status = 'notFound' then 'there is no such person'
        when recipient.account_status = 'suspended' then 'the person''s account is suspended'
        else 'the person accepts no messages'
      end;
    end if;
    return;
  end if;

  if reply_to is not null and not exists (
    select from sandbox.messages m where m.platform_id = reply_to and m.account_id = account and m.person_id = person
  ) then
    if not answer_lost then outcome := 'rejected'; detail := 'the quoted message is not in this conversation'; end if;
    return;
  end if;

  message_id := sandbox.new_id(at);
  conversation_id := sandbox.conversation_id(account, person);
  happened_at := at;
  insert into sandbox.messages (platform_id, account_id, person_id, from_account, content, reply_to_id, reference, sent_at)
    values (message_id, account, person, true, content, reply_to, with_reference, at);
  if not exists (
    select from sandbox.conversations c
      where c.account_id = account and c.person_id = person and c.account_wrote_at is not null
  ) then
    insert into sandbox.conversations as c (account_id, person_id, account_wrote_at) values (account, person, at)
      on conflict (account_id, person_id) do update set account_wrote_at = coalesce(c.account_wrote_at, at);
  end if;
  if recipient.auto_reply <> 'off' then
    perform sandbox.plan(at + recipient.reply_delay_ms * interval '1 millisecond', 'answer',
      json_build_object('messageId', message_id));
  end if;
end
$$;

-- What became of a send: 'sent', 'notSent' or 'unknown'. A held-back send that should have ended long ago died with its
-- process; taking its row away makes sure that it cannot arrive after we said 'notSent'.
create function sandbox.find_sent(
  account text, with_reference text, at timestamptz,
  out outcome text, out message_id text, out conversation_id text, out happened_at timestamptz
) language plpgsql as $$
begin
  perform sandbox.lock_reference(account, with_reference);
  select 'sent', m.platform_id, sandbox.conversation_id(account, m.person_id), m.sent_at
    into outcome, message_id, conversation_id, happened_at
    from sandbox.messages m where m.account_id = account and m.reference = with_reference;
  if found then return; end if;
  delete from sandbox.slow_sends s
    where s.account_id = account and s.reference = with_reference and s.until < at - interval '10 seconds';
  outcome := case when exists (
    select from sandbox.slow_sends s where s.account_id = account and s.reference = with_reference
  ) then 'unknown' else 'notSent' end;
end
$$;

-- A message of a person to an account; the caller knows that both exist. The feed is taken before the id, so that ids
-- and times follow the order of the feed.
create function sandbox.write(
  account text, person text, content text, reply_to text, at timestamptz,
  out message_id text, out happened_at timestamptz
) language plpgsql as $$
begin
  select greatest(c.news_at, at) into strict happened_at
    from sandbox.feed_counters c where c.account_id = account for no key update;
  message_id := sandbox.new_id(happened_at);
  insert into sandbox.messages (platform_id, account_id, person_id, from_account, content, reply_to_id, sent_at)
    values (message_id, account, person, false, content, reply_to, happened_at);
  insert into sandbox.conversations as c (account_id, person_id, person_wrote_at) values (account, person, happened_at)
    on conflict (account_id, person_id) do update set person_wrote_at = happened_at where c.person_wrote_at is null;
  perform sandbox.append_fact(account, json_build_object(
    'kind', 'message', 'personId', person, 'messageId', message_id,
    'conversationId', sandbox.conversation_id(account, person), 'content', content, 'replyToId', reply_to,
    'at', (extract(epoch from happened_at) * 1000)::bigint), happened_at);
end
$$;
