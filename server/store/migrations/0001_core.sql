-- 0001_core.sql
-- Every table that belongs to a team has team_id first in its keys, so the database itself refuses a reference
-- across teams. Ids compare byte by byte (collate "C"): they are random, and a cursor must mean the same everywhere.

create table teams (
  id text collate "C" primary key,
  name text not null,
  slug text not null unique,
  image_url text,
  currency text not null default 'USD',
  allow_support_access boolean not null default false,
  -- What a thread with typing_indicators null does.
  typing_indicators boolean not null default true,
  -- First messages to people who never wrote. Off makes such sends fail with "forbidden".
  outbound_enabled boolean not null default true,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3)
);

-- Apart from teams because it is the hottest row of a team: every write bumps it as its last statement.
create table event_counters (
  team_id text collate "C" primary key references teams (id),
  seq bigint not null default 0
) with (fillfactor = 20);

create table users (
  id text collate "C" primary key,
  email text not null,
  email_key text not null unique,
  name text,
  image_url text,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3)
);

create table members (
  team_id text collate "C" not null references teams (id),
  id text collate "C" not null,
  user_id text collate "C" not null references users (id),
  role text not null check (role in ('owner', 'admin', 'user')),
  created_at timestamptz(3) not null,
  updated_at timestamptz(3),
  -- Removed members keep their row: messages they sent still name them.
  removed_at timestamptz(3),
  primary key (team_id, id)
);
create unique index members_team_id_user_id_key on members (team_id, user_id) where removed_at is null;

create table api_tokens (
  team_id text collate "C" not null references teams (id),
  id text collate "C" not null,
  member_id text collate "C" not null,
  name text not null,
  -- SHA-256 of the token; the token itself is shown once and never stored.
  hash bytea not null,
  -- The last characters, so that a person can tell tokens apart.
  hint text not null,
  created_at timestamptz(3) not null,
  last_used_at timestamptz(3),
  expires_at timestamptz(3),
  revoked_at timestamptz(3),
  primary key (team_id, id),
  foreign key (team_id, member_id) references members (team_id, id)
);
-- A request knows its token before it knows its team.
create unique index api_tokens_hash_key on api_tokens (hash);

create table account_links (
  team_id text collate "C" not null references teams (id),
  id text collate "C" not null,
  -- Which connector speaks for the account: 'sandbox' or 'x'. Both present themselves as platform 'twitter'.
  connector text not null,
  platform text not null,
  platform_id text not null,
  username text not null,
  display_name text not null,
  avatar_url text,
  status text not null check (status in ('active', 'offline', 'paused')),
  pause_reasons text[] not null default '{}',
  synced_at timestamptz(3),
  created_at timestamptz(3) not null,
  updated_at timestamptz(3),
  primary key (team_id, id),
  unique (team_id, platform, platform_id)
);
create index account_links_by_platform_account on account_links (connector, platform_id);

-- How far we have read what the platform reports about an account. Advanced in the transaction of the change it caused,
-- and only from the cursor that was read, so two servers reading the same news apply it once.
create table account_link_cursors (
  team_id text collate "C" not null,
  account_link_id text collate "C" not null,
  cursor text,
  primary key (team_id, account_link_id),
  foreign key (team_id, account_link_id) references account_links (team_id, id)
);

create table tags (
  team_id text collate "C" not null references teams (id),
  id text collate "C" not null,
  name text not null,
  -- The name without case and accents: what makes it unique.
  name_key text collate "C" not null,
  color text not null,
  created_at timestamptz(3) not null,
  primary key (team_id, id),
  unique (team_id, name_key)
);

create table statuses (
  team_id text collate "C" not null references teams (id),
  id text collate "C" not null,
  name text not null,
  name_key text collate "C" not null,
  color text,
  -- Board order, smallest first.
  position integer not null,
  created_at timestamptz(3) not null,
  primary key (team_id, id),
  unique (team_id, name_key)
);

-- The team's record of a person, over all their profiles.
create table contacts (
  team_id text collate "C" not null references teams (id),
  id text collate "C" not null,
  status_id text collate "C",
  notes text,
  -- In the team's currency.
  valuation double precision,
  -- For threads of this person that have no assignee of their own.
  assignee_id text collate "C",
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  primary key (team_id, id),
  foreign key (team_id, status_id) references statuses (team_id, id) on delete set null (status_id),
  foreign key (team_id, assignee_id) references members (team_id, id)
);
create index contacts_by_status on contacts (team_id, status_id) where status_id is not null;

create table contact_tags (
  team_id text collate "C" not null,
  contact_id text collate "C" not null,
  tag_id text collate "C" not null,
  created_at timestamptz(3) not null,
  primary key (team_id, contact_id, tag_id),
  foreign key (team_id, contact_id) references contacts (team_id, id) on delete cascade,
  foreign key (team_id, tag_id) references tags (team_id, id) on delete cascade
);
create index contact_tags_by_tag on contact_tags (team_id, tag_id);

-- A person's account on one platform, as this team knows it.
create table profiles (
  team_id text collate "C" not null,
  id text collate "C" not null,
  contact_id text collate "C" not null,
  platform text not null,
  platform_id text not null,
  -- Lower case; what lookups by username compare.
  username_key text not null,
  -- What the platform says about the person (PlatformProfile in connectors/connector.ts), replaced as a whole.
  facts json not null,
  -- When it joined its contact.
  linked_at timestamptz(3) not null,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  -- When the facts were last read from the platform.
  enriched_at timestamptz(3),
  primary key (team_id, id),
  unique (team_id, platform, platform_id),
  foreign key (team_id, contact_id) references contacts (team_id, id)
);
create index profiles_by_contact on profiles (team_id, contact_id);
create index profiles_by_username on profiles (team_id, platform, username_key);

-- One account link × one profile.
create table threads (
  team_id text collate "C" not null,
  id text collate "C" not null,
  account_link_id text collate "C" not null,
  profile_id text collate "C" not null,
  contact_id text collate "C" not null,
  platform text not null,
  -- Null until the first message makes the conversation exist on the platform.
  platform_id text,
  -- Hidden from every inbox view until somebody writes or opens it on purpose.
  idle boolean not null default false,
  archived boolean not null default false,
  -- An explicit mark; a thread nobody opened is not "unread".
  unread boolean not null default false,
  is_request boolean not null default false,
  acceptance_state text not null default 'unknown' check (acceptance_state in ('required', 'notRequired', 'unknown')),
  -- End-to-end encrypted (X Chat) since both sides have written. Never goes back.
  encrypted boolean not null default false,
  syncing boolean not null default false,
  -- Null = what the team does.
  typing_indicators boolean,
  own_assignee_id text collate "C",
  -- Own, else the contact's default: kept here so that the inbox filters one table.
  assignee_id text collate "C",
  -- Copies of the contact's, for the same reason.
  status_id text collate "C",
  tag_ids text[] collate "C" not null default '{}',
  -- Campaigns that sent a message here.
  campaign_ids text[] collate "C" not null default '{}',
  first_inbound_at timestamptz(3),
  first_outbound_at timestamptz(3),
  last_message_id text collate "C",
  last_message_at timestamptz(3),
  last_message_direction text check (last_message_direction in ('inbound', 'outbound')),
  -- The latest message or a later reaction, in one line.
  activity_preview text,
  activity_direction text check (activity_direction in ('inbound', 'outbound')),
  activity_at timestamptz(3),
  -- Place in the inbox: the last message, else the creation; other things may lift a thread without being activity.
  sort_at timestamptz(3) not null,
  typing_sent_at timestamptz(3),
  created_at timestamptz(3) not null,
  deleted_at timestamptz(3),
  primary key (team_id, id),
  foreign key (team_id, account_link_id) references account_links (team_id, id),
  foreign key (team_id, profile_id) references profiles (team_id, id),
  foreign key (team_id, contact_id) references contacts (team_id, id),
  foreign key (team_id, own_assignee_id) references members (team_id, id),
  foreign key (team_id, assignee_id) references members (team_id, id),
  foreign key (team_id, status_id) references statuses (team_id, id) on delete set null (status_id)
) with (fillfactor = 85);
create unique index threads_one_per_person on threads (team_id, account_link_id, profile_id) where deleted_at is null;
create index threads_by_profile on threads (team_id, profile_id);
create index threads_by_contact on threads (team_id, contact_id) where deleted_at is null;
create index threads_by_status_id on threads (team_id, status_id) where status_id is not null;

create table messages (
  team_id text collate "C" not null,
  id text collate "C" not null,
  thread_id text collate "C" not null,
  account_link_id text collate "C" not null,
  platform_id text,
  direction text not null check (direction in ('inbound', 'outbound')),
  content text not null,
  -- MessageEntities of domain/entities.ts; null = none.
  entities json,
  encrypted boolean not null,
  -- Null: written by the person, or by ours outside this product.
  origin text not null check (origin in ('inbox', 'platform', 'api')),
  member_id text collate "C",
  user_id text collate "C" references users (id),
  token_id text collate "C",
  agent_id text collate "C",
  campaign_id text collate "C",
  campaign_step_id text collate "C",
  -- { messageId, platformId, content, authorName } as quoted when it was written.
  reply_to json,
  -- { content } of a forwarded message.
  forwarded json,
  reactions_version integer not null default 0,
  edited_at timestamptz(3),
  -- Set however it was deleted; deletion_scope 'self' leaves it on the other side.
  deleted_at timestamptz(3),
  deletion_scope text check (deletion_scope in ('self', 'all')),
  deletion_origin text check (deletion_origin in ('inbox', 'platform', 'api')),
  deletion_author_platform_id text,
  -- The platform's time.
  created_at timestamptz(3) not null,
  -- When we learnt of it.
  recorded_at timestamptz(3) not null,
  primary key (team_id, id),
  foreign key (team_id, thread_id) references threads (team_id, id),
  foreign key (team_id, account_link_id) references account_links (team_id, id),
  foreign key (team_id, member_id) references members (team_id, id)
);
create index messages_of_thread on messages (team_id, thread_id, created_at desc, id desc);
create unique index messages_platform_id_key on messages (team_id, account_link_id, platform_id) where platform_id is not null;

-- Written from the first edit on: version 0 is the original, the last one is messages.content.
create table message_revisions (
  team_id text collate "C" not null,
  message_id text collate "C" not null,
  version integer not null,
  content text not null,
  -- Null on the original.
  origin text check (origin in ('inbox', 'platform', 'api')),
  created_at timestamptz(3) not null,
  primary key (team_id, message_id, version),
  foreign key (team_id, message_id) references messages (team_id, id)
);

create table reactions (
  team_id text collate "C" not null,
  message_id text collate "C" not null,
  author_platform_id text not null,
  emoji text not null,
  created_at timestamptz(3) not null,
  primary key (team_id, message_id, author_platform_id, emoji),
  foreign key (team_id, message_id) references messages (team_id, id)
);

-- Media and link cards of a message. "index" never changes: it is part of the address of an attachment.
create table attachments (
  team_id text collate "C" not null,
  message_id text collate "C" not null,
  index integer not null,
  kind text not null check (kind in ('image', 'gif', 'video', 'audio', 'file', 'card')),
  state text not null check (state in ('pending', 'processing', 'ready', 'failed')),
  facts json not null,
  primary key (team_id, message_id, index),
  foreign key (team_id, message_id) references messages (team_id, id)
);

-- What we set out to send. The row is committed before the platform is called and says what became of the call; only a
-- send that arrived becomes a message. id is the id its message has or would have.
create table sends (
  team_id text collate "C" not null,
  id text collate "C" not null,
  account_link_id text collate "C" not null,
  -- Null when the message opens a new conversation: the thread is created when it arrived.
  thread_id text collate "C",
  recipient_platform_id text not null,
  content text not null,
  reply_to_message_id text collate "C",
  member_id text collate "C" not null,
  token_id text collate "C",
  origin text not null check (origin in ('inbox', 'api')),
  state text not null check (state in ('sending', 'sent', 'failed', 'unconfirmed')),
  idempotency_key text,
  -- SHA-256 of the request: the same key with another request is a mistake of the caller.
  request_hash bytea,
  -- { message, thread } in domain shape as answered, for replays.
  answer json,
  -- While 'sending', the call may be in flight until then; afterwards another worker asks the platform.
  lease_until timestamptz(3) not null,
  attempts integer not null default 0,
  created_at timestamptz(3) not null,
  finished_at timestamptz(3),
  primary key (team_id, id),
  foreign key (team_id, account_link_id) references account_links (team_id, id),
  foreign key (team_id, thread_id) references threads (team_id, id),
  foreign key (team_id, member_id) references members (team_id, id)
);
-- A key is taken while its send runs and stays taken unless nothing was sent.
create unique index sends_idempotency_key on sends (team_id, idempotency_key) where idempotency_key is not null and state <> 'failed';
create index sends_unresolved on sends (lease_until) where state in ('sending', 'unconfirmed');
create index sends_keyed_by_age on sends (created_at);

create table events (
  team_id text collate "C" not null references teams (id),
  -- 1, 2, 3, ... in the order of commit, without gap.
  seq bigint not null,
  id text collate "C" not null,
  type text not null,
  -- The thing as it was at that moment, in domain shape (domain/events.ts).
  data json not null,
  created_at timestamptz(3) not null,
  primary key (team_id, seq)
);
create index events_by_age on events (created_at);
