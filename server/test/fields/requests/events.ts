import { type Call, same } from './call.ts'

export const list: Call = {
  v1: 'GET /events',
  v2: 'GET /events',
  always: {},
  rows: [same('?afterSeq'), { ...same('?limit'), rule: 'the same; each version counts what it shows' }],
}
