import type { PlatformProfile } from '../connectors/connector.ts'
import type { Queryable, Tx } from './database.ts'
import { readAfter, sql } from './database.ts'
import type {
  AccountLinkId,
  ContactId,
  MemberId,
  ProfileId,
  StatusId,
  TagId,
  TeamId,
  ThreadId,
  Timestamp,
} from './ids.ts'
import { newId } from './ids.ts'
import { LimitedMap } from './limited-map.ts'

/** A person's account on one platform. */
export interface Profile {
  id: ProfileId
  contactId: ContactId
  platform: string
  profile: PlatformProfile
  firstSeenAt: Timestamp
  /** Of the profile's facts. */
  updatedAt: Timestamp
  /** When the facts were last read from the platform; null = never. */
  enrichedAt: Timestamp | null
}

/** What the team says about a person. */
export interface ContactFields {
  /** In the order they were attached. */
  tagIds: TagId[]
  statusId: StatusId | null
  /** In the team's currency. */
  valuation: number | null
  notes: string | null
  /** For threads without an assignee of their own. */
  assigneeId: MemberId | null
}

/** A person as v1 sees them: one profile and what the team's contact says about its owner. */
export interface Prospect extends Profile, ContactFields {}

const profileColumns = sql`p.id as "profileId", p.contact_id as "contactId", p.platform, p.facts::text as "profileText",
  p.created_at as "firstSeenAt", p.updated_at as "profileUpdatedAt", p.enriched_at as "enrichedAt"`

/** Columns of a prospect in a row that joins `p` (profiles) and `c` (contacts) and selects the tags as "tagIds". */
export const prospectColumns = sql`${profileColumns}, c.status_id as "statusId", c.valuation, c.notes, c.assignee_id as "contactAssigneeId"`

interface ProfileRow {
  profileId: ProfileId
  contactId: ContactId
  platform: string
  profileText: string
  firstSeenAt: Timestamp
  profileUpdatedAt: Timestamp
  enrichedAt: Timestamp | null
}

export interface ProspectRow extends ProfileRow {
  statusId: StatusId | null
  valuation: number | null
  notes: string | null
  contactAssigneeId: MemberId | null
  tagIds: TagId[]
}

export function prospectOf(row: ProspectRow): Prospect {
  return {
    // Not those of `profileOf`, spread: copying them was a twentieth of a page of threads.
    id: row.profileId,
    contactId: row.contactId,
    platform: row.platform,
    profile: factsOf(row.profileText),
    firstSeenAt: row.firstSeenAt,
    updatedAt: row.profileUpdatedAt,
    enrichedAt: row.enrichedAt,
    tagIds: row.tagIds,
    statusId: row.statusId,
    valuation: row.valuation,
    notes: row.notes,
    assigneeId: row.contactAssigneeId,
  }
}

function profileOf(row: ProfileRow): Profile {
  return {
    id: row.profileId,
    contactId: row.contactId,
    platform: row.platform,
    profile: factsOf(row.profileText),
    firstSeenAt: row.firstSeenAt,
    updatedAt: row.profileUpdatedAt,
    enrichedAt: row.enrichedAt,
  }
}

/** How many are remembered: some 30 MB at the most. */
const PROFILES_MAX = 10_000
const profilesByText = new LimitedMap<string, PlatformProfile>(PROFILES_MAX)

/**
 * The same facts are the same object. People at the top of an inbox are read again and again, and whoever presents one can remember what it
 * made of it.
 */
function factsOf(text: string): PlatformProfile {
  const known = profilesByText.get(text)
  if (known) return known
  const profile: PlatformProfile = Object.freeze(JSON.parse(text))
  profilesByText.set(text, profile)
  return profile
}

const selectProspect = sql`
  select ${prospectColumns},
    array(select tag_id from contact_tags ct where ct.team_id = c.team_id and ct.contact_id = c.id order by ct.created_at, ct.tag_id) as "tagIds"
  from profiles p join contacts c on c.team_id = p.team_id and c.id = p.contact_id`

export async function findProspect(db: Queryable, teamId: TeamId, id: string): Promise<Prospect | null> {
  const [row] = await db.query<ProspectRow>`${selectProspect} where p.team_id = ${teamId} and p.id = ${id}`
  return row ? prospectOf(row) : null
}

/** The only profile of a contact; null when it has several. */
export async function findProspectOfContact(
  db: Queryable,
  teamId: TeamId,
  contactId: string,
): Promise<Prospect | null> {
  const [row, ...others] = await db.query<ProspectRow>`
    ${selectProspect} where p.team_id = ${teamId} and p.contact_id = ${contactId} limit 2`
  return row && others.length === 0 ? prospectOf(row) : null
}

/** Those of the ids that the team has. */
export async function findProfiles(db: Queryable, teamId: TeamId, ids: readonly string[]): Promise<Profile[]> {
  const rows = await db.query<ProfileRow>`
    select ${profileColumns} from profiles p where p.team_id = ${teamId} and p.id = any(${ids}::text[])`
  return rows.map(profileOf)
}

/** As it is once nobody else is changing what the team says about the person. */
export function lockProspect(tx: Tx, teamId: TeamId, id: string): Promise<Prospect | null> {
  const lock = tx.query`
    select from contacts
    where team_id = ${teamId} and id = (select contact_id from profiles where team_id = ${teamId} and id = ${id}) for update`
  return readAfter(lock, findProspect(tx, teamId, id))
}

export async function findProspectByPlatformId(
  db: Queryable,
  teamId: TeamId,
  platform: string,
  platformId: string,
): Promise<Prospect | null> {
  const [row] = await db.query<ProspectRow>`
    ${selectProspect} where p.team_id = ${teamId} and p.platform = ${platform} and p.platform_id = ${platformId}`
  return row ? prospectOf(row) : null
}

/** With a contact of its own. Null when the team knows the person already. */
export async function insertProspect(
  tx: Tx,
  teamId: TeamId,
  person: { platform: string; profile: PlatformProfile; searchText: string; now: Date },
): Promise<Prospect | null> {
  const profileId = newId<ProfileId>()
  const contactId = newId<ContactId>()
  const [row] = await tx.query<{ createdAt: Timestamp }>`
    with contact as (
      insert into contacts (team_id, id, created_at, updated_at) values (${teamId}, ${contactId}, ${person.now}, ${person.now})
      returning id
    )
    insert into profiles (team_id, id, contact_id, platform, platform_id, username_key, search_text, facts, linked_at, created_at,
      updated_at, enriched_at)
    select ${teamId}, ${profileId}, contact.id, ${person.platform}, ${person.profile.platformId}, lower(${person.profile.username}),
      ${person.searchText}, ${person.profile}::json, ${person.now}::timestamptz, ${person.now}::timestamptz, ${person.now}::timestamptz, ${person.now}::timestamptz
    from contact
    on conflict (team_id, platform, platform_id) do nothing
    returning created_at as "createdAt"`
  if (!row) {
    // Somebody else met the person at the same moment; the contact made here is nobody's.
    await tx.query`delete from contacts where team_id = ${teamId} and id = ${contactId}`
    return null
  }
  return {
    id: profileId,
    contactId,
    platform: person.platform,
    profile: person.profile,
    firstSeenAt: row.createdAt,
    updatedAt: row.createdAt,
    enrichedAt: row.createdAt,
    tagIds: [],
    statusId: null,
    valuation: null,
    notes: null,
    assigneeId: null,
  }
}

/** Replaces what the platform says about a person. Their threads follow with `renameInThreads`. */
export async function updateProfile(
  tx: Tx,
  teamId: TeamId,
  id: ProfileId,
  change: { profile: PlatformProfile; searchText: string; now: Date },
): Promise<void> {
  await tx.query`
    update profiles
    set facts = ${change.profile}::json, username_key = lower(${change.profile.username}), search_text = ${change.searchText},
      updated_at = ${change.now}, enriched_at = ${change.now}
    where team_id = ${teamId} and id = ${id}`
}

export interface ProspectThread {
  id: ThreadId
  accountLinkId: AccountLinkId
  lastMessageAt: Timestamp | null
  createdAt: Timestamp
}

/** The person's threads over all accounts, oldest first. */
export function listThreadsOfProspect(db: Queryable, teamId: TeamId, id: ProfileId): Promise<ProspectThread[]> {
  return db.query<ProspectThread>`
    select id, account_link_id as "accountLinkId", last_message_at as "lastMessageAt", created_at as "createdAt"
    from threads where team_id = ${teamId} and profile_id = ${id} and deleted_at is null
    order by created_at, id`
}
