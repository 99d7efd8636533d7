import { avatarSvg } from '../../connectors/sandbox/avatar.ts'
import { refuseChanges } from '../methods.ts'
import type { HttpServer } from '../server.ts'

/** The faces of the sandbox, for everybody: they follow from the id in the address and tell nothing. */
export function serveAvatars(app: HttpServer): void {
  const url = '/avatars/:id(^\\d{1,20}).svg'
  app.get<{ Params: { id: string } }>(url, (request, reply) => {
    reply
      .header('content-type', 'image/svg+xml')
      .header('cache-control', 'public, max-age=604800, immutable')
      .header('content-security-policy', "default-src 'none'")
      .send(avatarSvg(request.params.id))
  })
  refuseChanges(app, url)
}
