/**
 * What a platform is to us. A connector never sees a team, a tag or a database row of ours: it reports facts, and the
 * domain decides what they mean. Refusals are return values with a kind; exceptions are for surprises.
 */
export interface Connector {
  /** As in account_links.connector. */
  readonly name: string
  /** Where the accounts are, whichever connector speaks for them. */
  readonly platform: Platform
  /** Cheap: opens no connection and asks nothing. */
  open(accountPlatformId: string): Session
  /** Calls `onNews` with the accounts that have something to receive, until stopped. May name an account in vain; never forgets one for good. */
  watch(onNews: (accountPlatformId: string) => void): Promise<() => Promise<void>>
}

/** Everything that some platform can do. */
export const capabilities = [
  'message:send',
  'message:edit',
  'message:delete:self',
  'message:unsend',
  'message:react',
  'message:reply',
  'message:forward',
  'media:image',
  'media:video',
  'media:gif',
  'media:file',
  'media:audio',
  'thread:typing:send',
  'thread:typing:receive',
  'thread:message-requests',
  'thread:delete:remote',
  'directory:typeahead',
  'thread:archive:observe',
  'thread:archive:mutate',
  'thread:read:observe',
  'thread:read:mutate',
  'profile:follow',
  'profile:unfollow',
] as const

export type Capability = (typeof capabilities)[number]

/** What a platform is like: data, asked before anything is attempted, and shown to the user. */
export interface Platform {
  /** As in account_links.platform. */
  id: string
  /** What people call it. */
  name: string
  /** Goes before a username where it is shown; empty when nothing does. */
  usernamePrefix: string
  /** With a username after it, where anybody sees the profile; null = nowhere. */
  profileUrlBase: string | null
  /** An account may miss some of them, a conversation may be without others. */
  capabilities: readonly Capability[]
  /** What it takes away from a conversation that is not end-to-end encrypted. */
  plainThreadRestrictions: readonly Capability[]
  limits: PlatformLimits
  /** Seconds after a message was written in which something can be done to it; without an entry, always. */
  mutationWindows: Readonly<Partial<Record<Capability, number>>>
  /** What it knows of our inbox, and whether it tells us and can be told. Null = it has no such state. */
  threadState: { archive: ThreadStateAccess | null; read: ThreadStateAccess | null }
  /** 'observed' = it does not tell when a message was edited or deleted, so that is when the connector noticed. */
  changeTimes: 'platform' | 'observed'
  /** Pause reasons that go away when the account's owner sets something up on the platform. */
  setupReasons: readonly string[]
}

export interface PlatformLimits {
  /** Longest message, counted in grapheme clusters: an emoji counts one. Null = any length. */
  characters: number | null
  /** Attachments of one message; null = any number. */
  mediaCount: number | null
  /** Of one attachment; null = any size. */
  mediaBytes: number | null
  /** Accepted kinds of attachments: a MIME type, `image/*` or `.pdf`. A kind left out is not accepted; null = everything is. */
  mediaTypes: Readonly<Partial<Record<MediaKind, readonly string[]>>> | null
}

export type MediaKind = 'image' | 'video' | 'gif' | 'file' | 'audio'

export interface ThreadStateAccess {
  observe: boolean
  mutate: boolean
}

/** One account of ours on the platform. */
export interface Session {
  send(message: OutgoingMessage): Promise<SendOutcome>
  /**
   * What became of a send whose answer was lost. 'notSent' is final: if the call is still on its way, it is refused when
   * it comes. 'unknown' = the platform cannot tell (yet), or cannot promise that.
   */
  findSent(reference: string): Promise<SendReceipt | 'notSent' | 'unknown'>
  /** Null: nobody there has this id. */
  findPerson(personPlatformId: string): Promise<PlatformProfile | null>
  editMessage(edit: { messagePlatformId: string; content: string }): Promise<ActionOutcome>
  deleteMessage(deletion: { messagePlatformId: string; scope: 'self' | 'all' }): Promise<ActionOutcome>
  addReaction(reaction: { messagePlatformId: string; emoji: string }): Promise<ActionOutcome>
  removeReaction(reaction: { messagePlatformId: string; emoji: string }): Promise<ActionOutcome>
  showTyping(personPlatformId: string): Promise<ActionOutcome>
  /** From our side only, with all its messages; the person keeps theirs. Fine when it is gone already. Only with `thread:delete:remote`. */
  deleteConversation(personPlatformId: string): Promise<ActionOutcome>
  /** What the platform keeps of our inbox; undefined = stays. Only with `thread:archive:mutate`, `thread:read:mutate`. */
  updateConversation(conversation: ConversationState): Promise<ActionOutcome>
  /** The bytes of something attached to a message the account can see. */
  fetchAttachment(request: AttachmentRequest): Promise<FetchOutcome>
  /** Oldest first. Ends when there is nothing newer; safe to call again with the last cursor that was applied. */
  receive(after: Cursor | null): AsyncIterable<Incoming>
}

/** Opaque to everybody but the connector that made it. */
export type Cursor = string

export interface OutgoingMessage {
  /** Ours, unique: lets the platform recognise, and us find again, a send whose answer was lost. */
  reference: string
  personPlatformId: string
  content: string
  replyToPlatformId: string | null
}

export interface SendReceipt {
  kind: 'sent'
  messagePlatformId: string
  conversationPlatformId: string
  sentAt: Date
}

export interface ConversationState {
  personPlatformId: string
  archived?: boolean | undefined
  unread?: boolean | undefined
}

export type Refusal =
  /** The person accepts no messages from us, or is gone. */
  | { kind: 'recipientUnavailable'; reason: string }
  | { kind: 'contentRejected'; detail: string }
  /** Signed out ('offline') or stopped by the platform ('paused'). */
  | { kind: 'accountUnavailable'; status: 'offline' | 'paused' }
  | { kind: 'notModifiable'; reason: string }
  | { kind: 'rateLimited'; retryAfterMs: number | null }
  | { kind: 'unavailable'; retryAfterMs: number | null }
  /** The platform answered something it should not; nothing happened there. */
  | { kind: 'failed'; detail: string }

/** 'lostAnswer': the call may or may not have arrived; only `findSent` can tell. */
export type SendOutcome = SendReceipt | Refusal | { kind: 'lostAnswer' }
/** Doing the same again does no harm, so it is also the way out of a lost answer. */
export type ActionOutcome = { kind: 'done'; at: Date } | Refusal | { kind: 'lostAnswer' }

/** `media` is the thing itself, `preview` the still of a video or the picture of a card. */
export type AttachmentPart = 'media' | 'preview'

export interface AttachmentRequest {
  messagePlatformId: string
  /** Its place in the message. */
  index: number
  part: AttachmentPart
  /** A longer file is 'tooLarge'. */
  bytesMax: number
  /** For everything, the last byte included. */
  timeoutMs: number
}

export type FetchOutcome =
  /** `bytes` can be read once, and throws when the platform breaks off or sends more than was allowed. */
  | { kind: 'fetched'; contentType: string | null; bytes: AsyncIterable<Uint8Array> }
  /** There is none, or no longer. */
  | { kind: 'gone' }
  | { kind: 'tooLarge' }
  | Refusal

export type IncomingAttachment = IncomingMedia | IncomingCard

export interface IncomingMedia extends MediaFacts {
  kind: MediaKind
  state: MediaState
}

/** 'pending' and 'processing': it has no bytes yet. 'failed': it never will. */
export type MediaState = 'pending' | 'processing' | 'ready' | 'failed'

/** As the sender or the platform describes it, unchecked. Null = not known, or not yet. */
export interface MediaFacts {
  filename: string | null
  contentType: string | null
  sizeBytes: number | null
  width: number | null
  height: number | null
  /** Of video and audio. */
  durationSeconds: number | null
  /** The still of a video. Null: there is none. */
  poster: { width: number | null; height: number | null } | null
}

/** A link shown as a card. */
export interface IncomingCard extends CardFacts {
  kind: 'card'
}

export interface CardFacts {
  url: string
  title: string | null
  description: string | null
  domain: string | null
  /** Its picture. Null: there is none. */
  thumbnail: { width: number; height: number; alt: string | null } | null
}

/** A person as the platform describes them. Null = the platform does not say. */
export interface PlatformProfile {
  platformId: string
  /** Without prefix, as the platform spells it. */
  username: string
  displayName: string
  avatarUrl: string | null
  bio: string | null
  location: string | null
  websiteUrl: string | null
  badge: 'blue' | 'gold' | 'gray' | null
  profileType: 'personal' | 'business' | 'government'
  professionalCategory: string | null
  isProtected: boolean
  followerCount: number
  followingCount: number
  postCount: number
  /** Posts liked. */
  engagementCount: number | null
  listedCount: number | null
  bannerUrl: string | null
  urlEntities: { url: string; expandedUrl: string; displayUrl: string; indices: [number, number] }[]
  accountStatus: 'active' | 'suspended' | 'notFound'
  /** ISO 8601. */
  createdAt: string | null
  lastActiveAt: string | null
}

/** Something happened on the platform. `cursor` is where to go on once it has been applied. */
export type Incoming = { cursor: Cursor } & IncomingFact

export type IncomingFact =
  | {
      kind: 'message'
      messagePlatformId: string
      conversationPlatformId: string
      /** Who wrote to us. */
      author: PlatformProfile
      /** May be empty when something is attached. */
      content: string
      /** In the message's own order, which never changes; at most one card. */
      attachments: IncomingAttachment[]
      replyToPlatformId: string | null
      sentAt: Date
    }
  /** What became of something attached earlier. `index` is its place in the message. */
  | { kind: 'attachment'; messagePlatformId: string; index: number; media: IncomingMedia }
  | { kind: 'edit'; messagePlatformId: string; content: string; at: Date }
  | { kind: 'deletion'; messagePlatformId: string; authorPlatformId: string; at: Date }
  | {
      kind: 'reactionAdded' | 'reactionRemoved'
      messagePlatformId: string
      authorPlatformId: string
      emoji: string
      at: Date
    }
  | { kind: 'typing'; personPlatformId: string; at: Date }
  /** The person changed their profile. */
  | { kind: 'profile'; profile: PlatformProfile }
  | {
      kind: 'account'
      status: 'active' | 'offline' | 'paused'
      pauseReasons: string[]
      /** What the platform offers and this account cannot do. */
      missingCapabilities: Capability[]
    }
