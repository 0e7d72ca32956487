// The servers of all clients of the page.

/** Where they are, whichever copy of the library made the clients. */
export const SERVERS = Symbol.for('smart-launch:clients');

/** What clients with one redirect URI have to know of each other's servers. */
export interface Server {
  readonly fhirBaseUrl: string;
  readonly redirectUri: string;
  readonly issuer: string | undefined;
  readonly metadataIssuer: string | undefined;
}

/** What has them: the document, or in a worker the global object. */
interface Holder {
  [SERVERS]?: Map<string, Server>;
}

/**
 * Registers the servers of a client, and gives those of the other clients of the page: two that share a redirect URI take
 * each other's answers. Elsewhere many users have a client each, which do not know each other.
 *
 * @param entry of the package that the client is of, if it is not the first
 */
export function registerServers(
  clients: readonly (Partial<Server> & Pick<Server, 'fhirBaseUrl' | 'redirectUri'>)[] = [],
  entry: string | null = null,
): Server[] {
  // A member of ours, on the document or, in a worker, on the global object.
  const { document } = globalThis as { document?: Holder };
  const known = document ? (document[SERVERS] ??= new Map()) : (globalThis as Holder)[SERVERS];
  if (!known) return [];
  const own = new Set<string>();
  for (const { fhirBaseUrl, redirectUri, issuer, metadataIssuer } of clients) {
    // A client whose settings are refused signs in nowhere.
    if (!/^https?:/i.test(fhirBaseUrl)) continue;
    const key = JSON.stringify([entry, fhirBaseUrl, redirectUri]);
    own.add(key);
    known.set(key, { fhirBaseUrl, redirectUri, issuer, metadataIssuer });
  }
  return [...known].flatMap(([key, other]) => (own.has(key) ? [] : [other]));
}

/** Removes those of one entry, whose apps sign in to one server after another and have one client at a time. */
export function removeServers(entry: string): void {
  // That member, if there is a document.
  const known = (globalThis.document as Holder | undefined)?.[SERVERS];
  for (const key of known?.keys() ?? []) if (String(key).startsWith(`["${entry}",`)) known?.delete(key);
}
