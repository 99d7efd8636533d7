import type { Answer, Api } from '../../harness.ts'
import type { Request, Said } from './call.ts'

/** Makes a request of either version. */
export function ask(api: Api, { call, says }: Request): Promise<Answer> {
  const [method = '', template = ''] = call.split(' ')
  const path = template.replace(/\{\w+\}/g, (name) => encodeURIComponent(String(says[name]))) + queryOf(says)
  const body = bodyOf(says)
  switch (method) {
    case 'GET':
      return api.get(path)
    case 'POST':
      return api.post(path, body)
    case 'PUT':
      return api.put(path, body)
    case 'PATCH':
      // v1 takes none for an empty one, v2 does not.
      return api.patch(path, body ?? {})
    case 'DELETE':
      return api.delete(path, body)
    default:
      throw new Error(`${call} is no call`)
  }
}

function queryOf(says: Said): string {
  const query = new URLSearchParams(
    Object.entries(says)
      .filter(([name]) => name.startsWith('?'))
      .flatMap(([name, value]) => [value].flat().map((one): [string, string] => [name.slice(1), String(one)])),
  )
  return query.size > 0 ? `?${query}` : ''
}

/** `target.type` is the `type` within the `target`. Undefined when nothing is in the body. */
function bodyOf(says: Said): object | undefined {
  const fields = Object.entries(says).filter(([name]) => !/^[?{]/.test(name))
  if (fields.length === 0) return undefined
  const body: Record<string, unknown> = {}
  for (const [name, value] of fields) {
    const [outer = '', inner] = name.split('.')
    body[outer] = inner === undefined ? value : { ...(body[outer] as object), [inner]: value }
  }
  return body
}
