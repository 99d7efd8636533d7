import { lookup, Resolver } from 'node:dns/promises'

export interface Names {
  /** Addresses of a name anybody chose. Rejects with the code of the name server. */
  addressesOf(name: string): Promise<string[]>
  /** Addresses of a name the operator chose. */
  addressesOfOwn(name: string): Promise<string[]>
  close(): void
}

/**
 * A strange name is asked of the name servers alone: no file of this machine has a say, and a server that does not answer occupies no
 * thread. The operator's own names are found as the system finds them, with `/etc/hosts` and search domains.
 */
export function systemNames(servers?: string[]): Names {
  const resolver = new Resolver({ timeout: 2_000, tries: 2 })
  if (servers) resolver.setServers(servers)
  return {
    async addressesOf(name) {
      const [four, six] = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)])
      const found = [four, six].flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
      if (found.length === 0 && four.status === 'rejected') throw four.reason
      return found
    },
    async addressesOfOwn(name) {
      return (await lookup(name, { all: true })).map(({ address }) => address)
    },
    close: () => resolver.cancel(),
  }
}
