// The servers of all clients of the page.

/** Name of the member that holds the servers; all copies of the library in a page share it. */
export const SERVERS = Symbol.for('smart-launch:clients');

/** The members of a server that clients with the same redirect URI need to know. */
export interface Server {
  readonly fhirBaseUrl: string;
  readonly redirectUri: string;
  readonly issuer: string | undefined;
  readonly metadataIssuer: string | undefined;
}

/** The object that has the member: the document, or in a worker the global object. */
interface Holder {
  [SERVERS]?: Map<string, Server>;
}

/**
 * Registers the servers of a client, and returns those of the page's other clients: clients that share a redirect URI get each
 * other's responses. On the app's server nothing is registered, since there each user has a client.
 *
 * @param entry the name of the package's entry, if its apps sign in to one server after another: see {@link removeServers}
 */
export function registerServers(
  clients: readonly (Partial<Server> & Pick<Server, 'fhirBaseUrl' | 'redirectUri'>)[] = [],
  entry: string | null = null,
): Server[] {
  // A member that this library adds to the document or, in a worker, to the global object.
  const { document } = globalThis as { document?: Holder };
  const servers = document ? (document[SERVERS] ??= new Map()) : (globalThis as Holder)[SERVERS];
  if (!servers) return [];
  const ownKeys = new Set<string>();
  for (const { fhirBaseUrl, redirectUri, issuer, metadataIssuer } of clients) {
    // A client with invalid settings never signs in.
    if (!/^https?:/i.test(fhirBaseUrl)) continue;
    const key = JSON.stringify([entry, fhirBaseUrl, redirectUri]);
    ownKeys.add(key);
    servers.set(key, { fhirBaseUrl, redirectUri, issuer, metadataIssuer });
  }
  return [...servers].flatMap(([key, other]) => (ownKeys.has(key) ? [] : [other]));
}

/** Removes the servers of one entry, whose apps sign in to one server after another and have one client at a time. */
export function removeServers(entry: string): void {
  // The member, if there is a document.
  const servers = (globalThis.document as Holder | undefined)?.[SERVERS];
  for (const key of servers?.keys() ?? []) if (String(key).startsWith(`["${entry}",`)) servers?.delete(key);
}
