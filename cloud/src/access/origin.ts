const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Whether a browser sent this from another site. `hono/csrf` lets JSON POST and PUT through (THREATS finding 7);
 * here every unsafe method must come from our own origin, or from no browser at all.
 */
export function isForeign(
  method: string,
  origin: string | undefined,
  fetchSite: string | undefined,
  ownOrigin: string,
): boolean {
  if (SAFE.has(method)) return false;
  if (fetchSite !== undefined && fetchSite !== 'same-origin' && fetchSite !== 'none') return true;
  return origin !== undefined && origin !== ownOrigin;
}

/** Whether a request that changes something does not say where it comes from. Every browser of ours does. */
export function isUnnamed(
  method: string,
  origin: string | undefined,
  fetchSite: string | undefined,
): boolean {
  return !SAFE.has(method) && origin === undefined && fetchSite !== 'same-origin';
}
