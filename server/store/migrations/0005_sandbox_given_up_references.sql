-- 0005_sandbox_given_up_references.sql
-- Whoever was told that a message was not sent may write it again. A call that was held up on the way could still arrive
-- afterwards, and the person would read it twice. So the platform remembers what it gave up, and refuses it.
create table sandbox.given_up_references (
  account_id text collate "C" not null,
  reference text collate "C" not null,
  created_at timestamptz(3) not null,
  primary key (account_id, reference)
);
create index given_up_references_by_age on sandbox.given_up_references (account_id, created_at);

-- As in 0002, and a reference that was given up is refused.
create or replace function sandbox.send(
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
  if outcome = 'expired' or exists (
    select from sandbox.given_up_references g where g.account_id = account and g.reference = with_reference
  ) then
    outcome := 'expired'; return;
  end if;

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

-- As in 0002, and 'notSent' is final.
create or replace function sandbox.find_sent(
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
  if exists (
    select from sandbox.slow_sends s where s.account_id = account and s.reference = with_reference
  ) then
    outcome := 'unknown'; return;
  end if;
  outcome := 'notSent';
  insert into sandbox.given_up_references (account_id, reference, created_at) values (account, with_reference, at)
    on conflict do nothing;
  -- No call is that late; questions are rare, so this is where the table is kept bounded.
  delete from sandbox.given_up_references g where g.account_id = account and g.created_at < at - interval '30 days';
end
$$;
