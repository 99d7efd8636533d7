/** What follows from the facts of a profile. */

/** Pictures have their size in the file's name: photo_normal.jpg. */
export function fullSizeImage(avatarUrl: string | null): string | null {
  return avatarUrl?.replace(/_(normal|bigger|mini)(\.\w+)$/, '$2') ?? null
}

/** Null when there is no website, or its address is none. */
export function domainOf(websiteUrl: string | null): string | null {
  try {
    return websiteUrl && new URL(websiteUrl).hostname.replace(/^www\./, '')
  } catch {
    return null
  }
}
