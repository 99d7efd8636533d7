import { becomes, type Call, type RequestRow, same } from './call.ts'

const reference = (field: string, name: string): RequestRow => ({ ...same(field, name), rule: 'the same; or its name' })

/** The same calls for both kinds of labels. */
function callsOf(
  path: string,
  colors: { create: RequestRow; update: RequestRow },
  [id, ref]: [string, string],
): Call[] {
  const [inV1, inV2] = [`${path}/${id}`, `${path}/${ref}`]
  const addressed = reference(id, ref)
  return [
    { v1: `POST ${path}`, v2: `POST ${path}`, always: {}, rows: [same('name'), colors.create] },
    { v1: `GET ${inV1}`, v2: `GET ${inV2}`, always: {}, rows: [addressed] },
    { v1: `PATCH ${inV1}`, v2: `PATCH ${inV2}`, always: {}, rows: [addressed, same('name'), colors.update] },
    { v1: `DELETE ${inV1}`, v2: `DELETE ${inV2}`, always: {}, rows: [addressed] },
  ]
}

const colorOfNewTag: RequestRow = {
  ...becomes('color', 'color', 'the same; null: leave it out', (color) => color),
  says: (color) => (color === null ? {} : { color }),
}

const colorOfTag: RequestRow = {
  ...same('color'),
  rule: 'the same; null, for which v1 takes a colour of the palette, is refused',
}

export const tags = callsOf('/tags', { create: colorOfNewTag, update: colorOfTag }, ['{tagId}', '{tagRef}'])

export const statuses = callsOf('/statuses', { create: same('color'), update: same('color') }, [
  '{statusId}',
  '{statusRef}',
])
