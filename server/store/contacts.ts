import type { Queryable, Sql, Tx } from './database.ts'
import { readAfter, sql } from './database.ts'
import type { ContactId, ProfileId, TeamId, Timestamp } from './ids.ts'
import type { ContactFields, Profile } from './prospects.ts'

/** The team's record of a person, over all their profiles. */
export interface Contact extends ContactFields {
  id: ContactId
  /** Oldest link first. */
  profiles: Profile[]
  createdAt: Timestamp
  updatedAt: Timestamp
}

/** A contact and one of its profiles. */
interface ContactRow extends ContactFields {
  contactId: ContactId
  contactCreatedAt: Timestamp
  contactUpdatedAt: Timestamp
  profileId: ProfileId
  platform: string
  profile: Profile['profile']
  firstSeenAt: Timestamp
  updatedAt: Timestamp
  enrichedAt: Timestamp | null
}

/** What a selection of contacts has to give. */
const fields = sql`id, status_id, valuation, notes, assignee_id, created_at, updated_at`

/** The contacts `which` selects as `c`, with all their profiles. */
function selectContacts(teamId: TeamId, which: Sql): Sql {
  return sql`
    select c.id as "contactId", c.status_id as "statusId", c.valuation, c.notes, c.assignee_id as "assigneeId",
      c.created_at as "contactCreatedAt", c.updated_at as "contactUpdatedAt",
      array(select tag_id from contact_tags ct where ct.team_id = ${teamId} and ct.contact_id = c.id order by ct.created_at, ct.tag_id) as "tagIds",
      p.id as "profileId", p.platform, p.facts as profile, p.created_at as "firstSeenAt", p.updated_at as "updatedAt",
      p.enriched_at as "enrichedAt"
    from (${which}) c join profiles p on p.team_id = ${teamId} and p.contact_id = c.id
    order by c.created_at, c.id, p.linked_at, p.id`
}

function contactsOf(rows: readonly ContactRow[]): Contact[] {
  const contacts = new Map<ContactId, Contact>()
  for (const row of rows) {
    const { contactId, contactCreatedAt, contactUpdatedAt, profileId, platform, profile, ...rest } = row
    const { firstSeenAt, updatedAt, enrichedAt, ...fields } = rest
    const contact = contacts.get(contactId) ?? {
      ...fields,
      id: contactId,
      profiles: [],
      createdAt: contactCreatedAt,
      updatedAt: contactUpdatedAt,
    }
    contact.profiles.push({ id: profileId, contactId, platform, profile, firstSeenAt, updatedAt, enrichedAt })
    contacts.set(contactId, contact)
  }
  return [...contacts.values()]
}

export async function findContact(db: Queryable, teamId: TeamId, id: string): Promise<Contact | null> {
  const [contact] = await findContacts(db, teamId, [id])
  return contact ?? null
}

/** Those of the ids that the team has. */
export async function findContacts(db: Queryable, teamId: TeamId, ids: readonly string[]): Promise<Contact[]> {
  const which = sql`select ${fields} from contacts where team_id = ${teamId} and id = any(${ids}::text[])`
  return contactsOf(await db.query<ContactRow>`${selectContacts(teamId, which)}`)
}

/** As it is once nobody else is changing what the team says about the person. */
export function lockContact(tx: Tx, teamId: TeamId, id: string): Promise<Contact | null> {
  const lock = tx.query`select from contacts where team_id = ${teamId} and id = ${id} for update`
  return readAfter(lock, findContact(tx, teamId, id))
}

/** People on one platform: by the platform's ids, or by usernames whatever their case. */
export type PeopleSearch = { platform: string } & (
  | { platformIds: readonly string[]; usernames: null }
  | { platformIds: null; usernames: readonly string[] }
)

/** Who has such a profile, oldest contact first. */
export async function listContactsOf(
  db: Queryable,
  teamId: TeamId,
  search: PeopleSearch,
  page: { after: { timestamp: Timestamp; id: string } | null; limit: number },
): Promise<Contact[]> {
  const matching = search.platformIds
    ? sql`platform_id = any(${search.platformIds}::text[])`
    : sql`username_key = any(array(select lower(name) from unnest(${search.usernames}::text[]) as name))`
  const which = sql`
    select ${fields} from contacts
    where team_id = ${teamId}
      and id in (select contact_id from profiles where team_id = ${teamId} and platform = ${search.platform} and ${matching})
      and (${page.after?.timestamp ?? null}::timestamptz is null
        or (created_at, id) > (${page.after?.timestamp ?? null}::timestamptz, ${page.after?.id ?? null}::text collate "C"))
    order by created_at, id limit ${page.limit}`
  return contactsOf(await db.query<ContactRow>`${selectContacts(teamId, which)}`)
}

/** Writes a contact's fields and copies the status to its threads. */
export async function updateContact(
  tx: Tx,
  teamId: TeamId,
  contact: Omit<ContactFields, 'tagIds'> & { id: ContactId; now: Date },
): Promise<void> {
  await tx.query`
    with inherited as (
      update threads set status_id = ${contact.statusId}, assignee_id = coalesce(own_assignee_id, ${contact.assigneeId})
      where team_id = ${teamId} and contact_id = ${contact.id} and deleted_at is null
        and (status_id is distinct from ${contact.statusId} or assignee_id is distinct from coalesce(own_assignee_id, ${contact.assigneeId}))
    )
    update contacts
    set status_id = ${contact.statusId}, notes = ${contact.notes}, valuation = ${contact.valuation}, assignee_id = ${contact.assigneeId},
      updated_at = ${contact.now}
    where team_id = ${teamId} and id = ${contact.id}`
}

/** Makes `tagIds` the contact's tags, in this order, on its threads too. */
export async function replaceContactTags(
  tx: Tx,
  teamId: TeamId,
  contactId: ContactId,
  change: { add: readonly string[]; remove: readonly string[]; tagIds: readonly string[]; now: Date },
): Promise<void> {
  await tx.query`
    with removed as (
      delete from contact_tags where team_id = ${teamId} and contact_id = ${contactId} and tag_id = any(${change.remove}::text[])
    ), touched as (
      update contacts set updated_at = ${change.now} where team_id = ${teamId} and id = ${contactId}
    ), copied as (
      update threads set tag_ids = ${change.tagIds}::text[] where team_id = ${teamId} and contact_id = ${contactId} and deleted_at is null
    )
    insert into contact_tags (team_id, contact_id, tag_id, created_at)
    select ${teamId}, ${contactId}, added.tag_id, ${change.now}::timestamptz + added.position * interval '1 millisecond'
    from unnest(${change.add}::text[]) with ordinality as added (tag_id, position)
    on conflict do nothing`
}
