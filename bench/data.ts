import pg from 'pg'
import { startEmbedded } from '../server/store/embedded.ts'
import { migrate } from '../server/store/migrate.ts'

/** The first team has most of the threads, the last one few. */
export const teamShares = [0.8, 0.12, 0.05, 0.02, 0.01] as const

/** The newest threads, whose people also exist in the sandbox: messages can be sent to these. */
export const reachableThreads = 20_000

/** Too risky for anybody's data, but right for data that can be made again: no waiting for the disk, and memory as a server has it. */
const fastSettings = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  autovacuum: 'off',
  shared_buffers: '1GB',
  max_wal_size: '8GB',
  work_mem: '256MB',
  maintenance_work_mem: '512MB',
}

/** Fills a new data folder; the same number of threads makes the same data, counted back from now. */
export async function generateData(dataDir: string, threads: number, log: (line: string) => void): Promise<void> {
  const database = await startEmbedded({ dataDir, settings: fastSettings })
  const client = new pg.Client(database.connection)
  try {
    await migrate(database.connection)
    await client.connect()
    await fill(client, threads, log)
  } finally {
    await client.end()
    await database.stop()
  }
}

/** True when the folder was filled to the end with this many threads. */
export async function holdsData(client: pg.Client, threads: number): Promise<boolean> {
  const { rows } = await client.query(`select 1 from pg_class where relname = 'bench_complete'`)
  if (rows.length === 0) return false
  const complete = await client.query<{ threads: number }>('select threads from bench_complete')
  return complete.rows[0]?.threads === threads
}

async function fill(client: pg.Client, threads: number, log: (line: string) => void): Promise<void> {
  // The generator keeps to the foreign keys by construction; checking each row would take longer than making it.
  await client.query(`set session_replication_role = replica; set timezone = 'UTC'`)
  const indexes = await dropPlainIndexes(client)
  for (const [what, statement] of steps(threads)) {
    const startedAt = performance.now()
    await client.query(statement)
    log(`  ${what}: ${((performance.now() - startedAt) / 1000).toFixed(1)} s`)
  }
  const startedAt = performance.now()
  for (const index of indexes) await client.query(index)
  await client.query('drop schema bench cascade')
  await analyzeFilledTables(client)
  await client.query(`create table bench_complete as select ${threads}::int as threads`)
  await client.query('checkpoint')
  log(`  indexes, analyze: ${((performance.now() - startedAt) / 1000).toFixed(1)} s`)
}

/** Not the empty ones: PostgreSQL would believe that they stay empty, which it does not of a table it has not looked at. */
async function analyzeFilledTables(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(`
    select c.oid::regclass::text as name from pg_class c
    where c.relkind = 'r' and c.relnamespace::regnamespace::text in ('public', 'sandbox') and pg_relation_size(c.oid) > 0`)
  for (const { name } of rows) await client.query(`vacuum (analyze) ${name}`)
}

/** An index is made faster in one go than row by row. Returns the statements that bring them back. */
async function dropPlainIndexes(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string; definition: string }>(`
    select i.indexrelid::regclass::text as name, pg_get_indexdef(i.indexrelid) as definition
    from pg_index i
    where i.indrelid::regclass::text in ('threads', 'messages', 'profiles', 'contacts', 'contact_tags')
      and not exists (select from pg_constraint c where c.conindid = i.indexrelid)`)
  for (const { name } of rows) await client.query(`drop index ${name}`)
  return rows.map(({ definition }) => definition)
}

/** Different texts; each message has one of them. */
const texts = 10_000

/** u is a number from 0 to 1 that follows from a row's number and a salt: independent enough, and the same every time. */
const functions = `
  create schema bench;
  create function bench.u(n bigint, salt int) returns float8 language sql immutable parallel safe
    return (hashint8extended(n, salt) & 4503599627370495)::float8 / 4503599627370496;
  create function bench.id(letter text, n bigint, part int) returns text language sql immutable parallel safe
    return letter || substr(md5(letter || n || '.' || part), 1, 23);
  create function bench.pick(choices text[], u float8) returns text language sql immutable parallel safe
    return choices[1 + floor(u * cardinality(choices))::int];
  create table bench.texts as select n, case when n % 20 = 0 then 'https://example.com/plan ' else '' end || left(string_agg(bench.pick(phrases, bench.u(n * 8 + part, 60)), ' ' order by part), 2000) as content
  from generate_series(0, ${texts - 1}) n, lateral generate_series(1, 1 + floor(3 * bench.u(n, 59))::int) part, (select array[
    'Thanks for getting back to me so quickly!', 'That works for us – let’s talk on Thursday?', 'Could you send the price list again?',
    'I saw your post about the launch and wanted to ask how the early access works.', 'Merci beaucoup, c’est très clair maintenant.',
    'Не могли бы вы прислать счёт?', '“Pro” plan or “Team” plan: which one includes exports?', '資料をありがとうございます。', '👍',
    'We are a team of eleven people in Kraków and Zürich, and we answer about 200 messages a day.', 'Perfect 🎉',
    'One more thing… is there a discount for non-profits?', 'I’ll check with my colleague and come back to you.', 'No rush at all.',
    'Quick question: does it also work with two accounts?', 'Danke, das hilft uns sehr weiter.', 'Please stop writing to me.',
    'The demo went well; everybody liked the way conversations are assigned.', 'Noted, thank you.', 'Sounds good!'] as phrases) p
  group by n;`

/** The last but one is rare, the last a handful in the whole inbox. */
const tagChances = Array.from({ length: 20 }, (_, i) => (i === 19 ? 0.00001 : i === 18 ? 0.001 : 0.3 / (i + 1) ** 1.2))

const staging = (threads: number) => `
  create unlogged table bench.teams as select team, bench.id('e', team, 0) as team_id from generate_series(1, ${teamShares.length}) team;

  create unlogged table bench.threads as
  select n, team, bench.id('e', team, 0) as team_id, bench.id('t', n, 0) as id, person, bench.id('p', person, 0) as profile_id, bench.id('c', person, 0) as contact_id,
    case when person = n then link else 1 + link % 3 end as link, created_at, last_at, count, idle, archived, is_request,
    case when is_request then array_fill(true, array[count]) else (array[bench.u(n, 9) < 0.6, bench.u(n, 10) < 0.5, bench.u(n, 11) < 0.5])[1:count - 1]
      || (bench.u(n, 12) < 0.35) end as inbound,
    case when u_status < 0.25 then 1 when u_status < 0.4 then 2 when u_status < 0.5 then 3 when u_status < 0.56 then 4
      when u_status < 0.595 then 5 when u_status < 0.6 then 6 end as status,
    case when u_assignee < 0.15 then 1 when u_assignee < 0.25 then 2 when u_assignee < 0.33 then 3 when u_assignee < 0.38 then 4 when u_assignee < 0.41 then 5
      when u_assignee < 0.43 then 6 when u_assignee < 0.445 then 7 when u_assignee < 0.45 then 8 end as contact_assignee,
    case when bench.u(n, 16) < 0.15 then 1 + floor(8 * bench.u(n, 17) ^ 2)::int end as own_assignee,
    array_remove(array[${tagChances.map((chance, i) => `case when bench.u(person, ${101 + i}) < ${chance} then ${i + 1} end`).join(', ')}], null) as tags,
    case when bench.u(n, 18) < 0.06 then array[bench.id('k', team.team, floor(4 * bench.u(n, 19))::int)] else '{}' end as campaign_ids
  from (
    select n, case when n % 20 = 0 then n - 1 else n end as person, 2 + floor(3 * bench.u(n, 1))::int as count,
      created_at, least(created_at - ln(1 - bench.u(n, 2)) * interval '20 days', now() - bench.u(n, 3) * interval '2 days') as last_at,
      bench.u(n, 4) < 0.05 as is_request, bench.u(n, 4) > 0.7 as archived, bench.u(n, 5) < 0.01 as idle,
      case when n % 20 = 0 then n - 1 else n end as linked
    from (select n, date_trunc('milliseconds', now() - interval '400 days' + interval '397 days' * (n::float8 / ${threads})) as created_at
      from generate_series(1, ${threads}) n) n
  ) thread
  cross join lateral (select bench.u(person, 7) as u_status, bench.u(person, 8) as u_assignee,
    case when bench.u(linked, 6) < 0.7 then 1 when bench.u(linked, 6) < 0.95 then 2 else 3 end as link) drawn
  cross join lateral (select case ${teamShares.map((_, i) => `when bench.u((n + 1) / 2, 0) < ${sum(teamShares.slice(0, i + 1))} then ${i + 1}`).join(' ')} else 1 end as team) team;
  analyze bench.threads;`

const teams = `
  insert into teams (id, name, slug, created_at) select team_id, 'Team ' || team, 'bench-' || team, now() from bench.teams;
  insert into event_counters (team_id) select team_id from bench.teams;
  insert into users (id, email, email_key, name, created_at)
    select bench.id('u', team, n), mail, mail, 'Member ' || n, now()
    from bench.teams, generate_series(1, 8) n, lateral (select 'member-' || n || '@team-' || team || '.example' as mail) m;
  insert into members (team_id, id, user_id, role, created_at)
    select team_id, bench.id('w', team, n), bench.id('u', team, n), case n when 1 then 'owner' else 'user' end, now()
    from bench.teams, generate_series(1, 8) n;
  insert into tags (team_id, id, name, name_key, color, created_at)
    select team_id, bench.id('g', team, n), 'Tag ' || n, 'tag ' || n, '#4f46e5', now() from bench.teams, generate_series(1, 20) n;
  insert into statuses (team_id, id, name, name_key, color, position, created_at)
    select team_id, bench.id('s', team, n), 'Status ' || n, 'status ' || n, '#0ea5e9', n, now() from bench.teams, generate_series(1, 6) n;
  insert into account_links (team_id, id, connector, platform, platform_id, username, display_name, status, synced_at, created_at)
    select team_id, bench.id('l', team, n), 'sandbox', 'twitter', (1100000000000000000 + team * 10 + n)::text, 'bench_' || team || '_' || n, 'Bench ' || n,
      'active', now(), now() from bench.teams, generate_series(1, 3) n;
  insert into account_link_cursors (team_id, account_link_id) select team_id, id from account_links;
  insert into sandbox.accounts (platform_id, world, username, username_key, display_name, created_at)
    select platform_id, team_id, username, username, display_name, created_at from account_links;
  insert into sandbox.feed_counters (account_id, news_at) select platform_id, now() from account_links;`

/** Their usernames are those of people who chose none: the name and eight digits, which the factor keeps apart. */
const people = `
  insert into contacts (team_id, id, status_id, notes, valuation, assignee_id, created_at, updated_at)
    select team_id, contact_id, bench.id('s', team, status), case when bench.u(n, 20) < 0.1 then 'Met at the “Rencontre” in Genève – likes the export.' end,
      case when bench.u(n, 21) < 0.15 then round((bench.u(n, 22) * 20000)::numeric, 2) end, bench.id('w', team, contact_assignee), created_at, created_at
    from bench.threads where person = n;
  insert into contact_tags (team_id, contact_id, tag_id, created_at)
    select team_id, contact_id, bench.id('g', team, tag), created_at + tag * interval '1 millisecond'
    from bench.threads, unnest(tags) tag where person = n;
  insert into profiles (team_id, id, contact_id, platform, platform_id, username_key, search_text, facts, linked_at, created_at, updated_at, enriched_at)
    select team_id, profile_id, contact_id, 'twitter', platform_id, lower(username), lower(regexp_replace(normalize(display_name, nfkd), '[\\u0300-\\u036f]', '', 'g')) || E'\\n' || lower(username), json_build_object(
        'platformId', platform_id, 'username', username, 'displayName', display_name,
        'avatarUrl', '/avatars/' || platform_id || '.svg',
        'bio', bench.pick('{"Founder of a small studio – we build tools for teams.","Écrivain, coureur, père de deux enfants.","Product @ Northwind · opinions are my own ✨","Photographer. Prints: link below ↓"}', bench.u(n, 31)),
        'location', bench.pick('{Kraków,Zürich,São Paulo,東京,NULL}', bench.u(n, 32)),
        'websiteUrl', case when bench.u(n, 33) < 0.4 then 'https://www.example.com/people/' || n end,
        'badge', case when bench.u(n, 34) < 0.15 then 'blue' when bench.u(n, 34) < 0.17 then 'gold' end, 'profileType', case when bench.u(n, 34) between 0.15 and 0.17 then 'business' else 'personal' end,
        'professionalCategory', null, 'isProtected', bench.u(n, 35) < 0.04, 'followerCount', floor(10 ^ (5 * bench.u(n, 36))), 'followingCount', floor(10 ^ (3.5 * bench.u(n, 37))),
        'postCount', floor(10 ^ (4.5 * bench.u(n, 38))), 'engagementCount', floor(10 ^ (4 * bench.u(n, 39))), 'listedCount', floor(10 ^ (2 * bench.u(n, 40))),
        'bannerUrl', null, 'urlEntities', case when bench.u(n, 33) < 0.4 then json_build_array(json_build_object('url', 'https://t.co/' || substr(md5(n::text), 1, 10),
          'expandedUrl', 'https://www.example.com/people/' || n, 'displayUrl', 'example.com/people/' || n, 'indices', json_build_array(0, 23))) else '[]' end,
        'accountStatus', 'active', 'createdAt', '2019-03-04T05:06:07.000Z', 'lastActiveAt', null),
      created_at, created_at, created_at + bench.u(n, 41) * (now() - created_at), created_at + bench.u(n, 41) * (now() - created_at)
    from bench.threads, lateral (select (1200000000000000000 + n)::text as platform_id, bench.pick('{Mina,Jurgen,Lukasz,Ana,Zoe,Misaki,Olena,Tom}', bench.u(n, 30)) || lpad((n::bigint * 48271 % 100000000)::text, 8, '0') as username,
        bench.pick('{Mina Kovač,Jürgen Groß,Łukasz Nowak,Ana Peña,Zoë Lind,田中 美咲,Olena Шевченко,Tom Reed}', bench.u(n, 30)) as display_name) p
    where person = n;`

const sandboxPeople = (threads: number) => `
  insert into sandbox.people (platform_id, world, username, username_key, display_name, accepts_messages, account_status, auto_reply, reply_delay_ms, facts, created_at)
    select p.platform_id, p.team_id, facts ->> 'username', p.username_key, facts ->> 'displayName', true, 'active', 'off', 0,
      (p.facts::jsonb - '{platformId,username,displayName,avatarUrl}'::text[])::json, p.created_at
    from bench.threads t join profiles p on p.team_id = t.team_id and p.id = t.profile_id
    where t.n > ${threads - reachableThreads} and t.person = t.n;`

const threadRows = `
  insert into threads (team_id, id, account_link_id, profile_id, contact_id, platform, platform_id, idle, archived, is_request, acceptance_state, encrypted,
      own_assignee_id, assignee_id, status_id, tag_ids, campaign_ids, first_inbound_at, first_outbound_at, last_message_id, last_message_at,
      activity_preview, activity_direction, activity_at, sort_at, created_at, search_text)
    select team_id, id, bench.id('l', team, link), profile_id, contact_id, 'twitter', (1100000000000000000 + team * 10 + link) || ':' || (1200000000000000000 + person),
      idle, archived, is_request, 'unknown', first_inbound is not null and first_outbound is not null,
      bench.id('w', team, own_assignee), bench.id('w', team, coalesce(own_assignee, contact_assignee)), bench.id('s', team, status),
      array(select bench.id('g', team, tag) from unnest(tags) tag), campaign_ids,
      created_at + (last_at - created_at) * ((first_inbound - 1)::float8 / (count - 1)), created_at + (last_at - created_at) * ((first_outbound - 1)::float8 / (count - 1)),
      bench.id('m', t.n, count), last_at,
      left(content, 200), case when inbound[count] then 'inbound' else 'outbound' end, last_at, last_at, created_at,
      (select p.search_text from profiles p where p.team_id = t.team_id and p.id = t.profile_id) || E'\\n' || lower(left(content, 200))
    from (select *, array_position(inbound, true) as first_inbound, array_position(inbound, false) as first_outbound, floor(${texts} * bench.u(n * 8 + count, 54))::int as text
      from bench.threads) t join bench.texts on texts.n = t.text;`

const messageRows = `
  insert into messages (team_id, id, thread_id, account_link_id, platform_id, direction, content, entities, encrypted, origin, member_id, user_id, campaign_id,
      reactions_version, created_at, recorded_at)
    select team_id, bench.id('m', m.n, i), id, bench.id('l', team, link), (1300000000000000000 + m.n * 8 + i)::text,
      case when inbound[i] then 'inbound' else 'outbound' end, content,
      case when text % 20 = 0 then '{"urls":[{"url":"https://example.com/plan","displayUrl":"example.com/plan","indices":{"start":0,"end":24}}],"postShares":[],"mentions":[],"hashtags":[],"cashtags":[]}'::json end,
      i > 1, origin, case when origin <> 'platform' then bench.id('w', team, member) end, case when origin <> 'platform' then bench.id('u', team, member) end,
      case when not inbound[i] and i = 1 then campaign_ids[1] end,
      case when bench.u(m.n * 8 + i, 51) < 0.02 then 1 else 0 end, at, at
    from (select *, floor(${texts} * bench.u(n * 8 + i, 54))::int as text from bench.threads, generate_series(1, count) i) m
      join bench.texts on texts.n = m.text cross join
      lateral (select case when inbound[i] or bench.u(m.n * 8 + i, 52) < 0.2 then 'platform' when bench.u(m.n * 8 + i, 52) < 0.8 then 'inbox' else 'api' end as origin,
        1 + floor(8 * bench.u(m.n * 8 + i, 53))::int as member, created_at + (last_at - created_at) * ((i - 1)::float8 / (count - 1)) as at) drawn;
  insert into reactions (team_id, message_id, author_platform_id, emoji, created_at)
    select team_id, id, '1200000000000000000', '👍', created_at + interval '1 minute' from messages where reactions_version > 0;`

function steps(threads: number): [what: string, statement: string][] {
  return [
    ['drawing lots', functions + staging(threads)],
    ['teams', teams],
    ['people', people],
    ['people of the sandbox', sandboxPeople(threads)],
    ['threads', threadRows],
    ['messages', messageRows],
  ]
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
