-- 0016_webhooks.sql
-- A team's events go to addresses it names, and everybody can see what became of each. An endpoint has a place in the team's log; what it is
-- to get becomes deliveries, which outlive the events; whoever holds the endpoint's lease sends them.
create table webhook_endpoints (
  team_id text collate "C" not null references teams (id),
  id text collate "C" not null,
  url text not null,
  description text,
  -- As the team wrote them: types of the version and `noun.*`. Null: all of the version's own.
  types text[],
  api_version text not null check (api_version in ('1', '2')),
  delivery_mode text not null check (delivery_mode in ('ordered', 'parallel')),
  -- Of the headers that are sent along, in their order; their values are sealed, in the same order. Null once it is deleted.
  header_names text[] not null default '{}',
  header_values bytea,
  -- Sealed with a key the database does not have. Null once it is deleted.
  secret bytea,
  previous_secret bytea,
  previous_secret_until timestamptz(3),
  -- Null while it is enabled.
  disabled_reason text check (disabled_reason in ('byMember', 'gone', 'failing', 'secretUnreadable')),
  disabled_at timestamptz(3),
  -- When it began anew: what was tried before is due at once, and by a schedule that begins anew.
  enabled_at timestamptz(3) not null,
  -- Its log goes in batches afterwards, and the row with the last of it.
  deleted_at timestamptz(3),
  -- All of the team's log up to here has become deliveries, or was not asked for.
  position bigint not null,
  -- Events, of any type, that were forgotten before they could.
  missed_events bigint not null default 0,
  -- Since when nothing arrived; null = the last did.
  failing_since timestamptz(3),
  -- Deliveries that were last tried before are due at once, as soon as somebody has told them; null = nothing to tell.
  hurry_before timestamptz(3),
  -- When there is something to do next, but for new events; null = nothing. Never null under a lease, so that it is found when that ends.
  due_at timestamptz(3),
  -- Changes with everything that whoever holds the lease must learn of.
  version bigint not null default 0,
  -- One process works for an endpoint at a time. A lease that was taken over has another number.
  lease_number bigint not null default 0,
  lease_until timestamptz(3),
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  primary key (team_id, id)
) with (fillfactor = 60);
create index webhook_endpoints_due on webhook_endpoints (due_at) where due_at is not null;

-- What is sent, rendered once for all endpoints of a version, and the same in every attempt.
create table webhook_payloads (
  team_id text collate "C" not null references teams (id),
  event_id text collate "C" not null,
  api_version text not null,
  -- The event's; null: made up for a test.
  seq bigint,
  -- In the version's words.
  type text not null,
  body text not null,
  -- When a delivery of it was last made.
  used_at timestamptz(3) not null,
  primary key (team_id, event_id, api_version)
);
create index webhook_payloads_by_seq on webhook_payloads (team_id, api_version, seq) where seq is not null;
create index webhook_payloads_by_age on webhook_payloads (used_at);

create table webhook_deliveries (
  team_id text collate "C" not null,
  id text collate "C" not null,
  endpoint_id text collate "C" not null,
  event_id text collate "C" not null,
  api_version text not null,
  seq bigint,
  type text not null,
  cause text not null check (cause in ('event', 'test', 'redelivery')),
  state text not null check (state in ('pending', 'delivered', 'failed')),
  -- All that were made, and those by the schedule it is on now, which began with the first of them.
  attempts_count integer not null default 0,
  tries integer not null default 0,
  tried_since timestamptz(3),
  -- Null while it waits for its turn, and once it is settled.
  next_attempt_at timestamptz(3),
  last_attempt_at timestamptz(3),
  settled_at timestamptz(3),
  created_at timestamptz(3) not null,
  primary key (team_id, id),
  foreign key (team_id, endpoint_id) references webhook_endpoints (team_id, id)
) with (fillfactor = 90);
-- The line of those that go one after the other, what else is due, and what a payload is needed for.
create index webhook_deliveries_in_line on webhook_deliveries (team_id, endpoint_id, seq, id) where state = 'pending' and cause = 'event';
create index webhook_deliveries_due on webhook_deliveries (team_id, endpoint_id, next_attempt_at) where state = 'pending';
create index webhook_deliveries_waiting on webhook_deliveries (team_id, event_id) where state = 'pending';
-- The log: all of it, of one type, and what did not arrive.
create index webhook_deliveries_log on webhook_deliveries (team_id, endpoint_id, created_at, id);
create index webhook_deliveries_by_type on webhook_deliveries (team_id, endpoint_id, type, created_at, id);
create index webhook_deliveries_failed on webhook_deliveries (team_id, endpoint_id, created_at, id) where state = 'failed';
create index webhook_deliveries_settled on webhook_deliveries (settled_at) where settled_at is not null;

create table webhook_attempts (
  team_id text collate "C" not null,
  delivery_id text collate "C" not null,
  -- 1, 2, 3, ... in the order they were made.
  number integer not null,
  at timestamptz(3) not null,
  duration_ms integer not null,
  -- Of the answer; null = there was none.
  status integer,
  -- Why it did not arrive; null = it did.
  error text,
  -- The beginning of the answer, or what is known about the error.
  answer text not null,
  primary key (team_id, delivery_id, number),
  foreign key (team_id, delivery_id) references webhook_deliveries (team_id, id) on delete cascade
);
