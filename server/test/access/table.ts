/** One of each, all of one team. */
export interface Ids {
  member: string
  account: string
  thread: string
  message: string
  /** A message with a picture. */
  picture: string
  /** v1's id of the person, the profile's. */
  prospect: string
  contact: string
  /** The platform's id of the person. */
  person: string
  username: string
  tag: string
  status: string
  webhookEndpoint: string
  /** Of that endpoint. */
  webhookDelivery: string
}

export interface Call {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  path: string
  body?: object
}

/**
 * Every operation of an API, with an id in each place where it takes one. Deletions come last: at the end all of this is done once, in this
 * order, by the team itself.
 */
export type AccessTable = Record<string, ((ids: Ids) => Call)[]>
