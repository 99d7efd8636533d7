import { Type } from 'typebox'
import { id, nullable, object, ref } from './schemas.ts'

const named = object({ id: id(), name: Type.String({ examples: ['Order robot'] }) })
const member = Type.Optional(ref('Member'))

/** The means is told by `type`. */
export const SenderSchema = Type.Union(
  [
    object({ type: Type.Unsafe<'member'>({ const: 'member' }), memberId: id(), member }),
    object({
      type: Type.Unsafe<'agent'>({ const: 'agent' }),
      agentId: id('A program that acted for the member.'),
      memberId: id(),
      agent: Type.Optional(named),
      member,
    }),
    object({ type: Type.Unsafe<'campaign'>({ const: 'campaign' }), campaignId: id(), stepId: nullable(id()) }),
    object({
      type: Type.Unsafe<'api'>({ const: 'api' }),
      tokenId: nullable(id('Null: it is not known any more.')),
      token: Type.Optional(named),
    }),
  ],
  {
    description: 'Who of ours sent it. Null: the person did, or it was sent outside this product.',
    examples: [{ type: 'api', tokenId: 't7o9k1e3n5a7b9c1d3e5f7g9' }],
  },
)
