// The FHIR calls: `pages`, `create`, `update`, `patch`, `delete` and `session.user()`. They are in a chunk of their own, which
// the first call loads.

import type { Failure } from '../error/failure.js';
import type { URL } from '../values/platform.js';
import type { SmartError } from '../error/smart-error.js';
import { plain } from '../values/plain.js';
import type { FhirAccess } from './fhir-access.js';
import { missingResponse } from './request-errors.js';
import type { Exchange } from './fhir-exchange.js';
import type { SmartRequestInit } from './fhir-request-options.js';
import type {
  CreateOptions,
  DeleteOptions,
  FhirBundle,
  FhirResource,
  FhirWrite,
  JsonPatchOperation,
  PagesOptions,
  PatchOptions,
  UpdateOptions,
  UserOptions,
} from './fhir-calls.js';

/** The reference of one resource. An empty id would be a search, and dot segments could lead to another resource. */
const REFERENCE = /^(?:https?:\/\/[^?#]*\/)?([A-Z][A-Za-z]*)\/(?!\.+$)([A-Za-z0-9.-]{1,64})$/;
const TYPE = /^[A-Z][A-Za-z]*$/;
/** A version, which has the syntax of an id (FHIR R4, "id"). */
const VERSION = /^[A-Za-z0-9.-]{1,64}$/;
/** `Location` of a created resource (FHIR R4, "create"). */
const LOCATION = /(?:^|\/)([A-Z][A-Za-z]*)\/([A-Za-z0-9.-]{1,64})(?:\/_history\/([A-Za-z0-9.-]{1,64}))?$/;
/** Default of the option `limit`. */
const LIMIT = 1_000;

/** The sign-in whose token a call uses; `undefined` until there is a sign-in, `null` if the session had ended before the call. */
interface SignInOfCall {
  signIn: unknown;
}

/** The resource that a request writes. */
interface Target {
  readonly url: string;
  readonly type: string;
  /** Absent if the server chooses it. */
  readonly id?: string;
}

type WriteInit = Pick<CreateOptions & PatchOptions, 'ifNoneExist' | 'ifMatch' | 'prefer' | 'signal'>;

/** @param signIn the sign-in of the session for which the call was made; `undefined` if there was none */
export function createFhirCalls(access: FhirAccess, signIn: unknown) {
  const { exchange: send, signIn: currentSignIn, settled } = access;
  const { withSmartErrors } = access.errors;
  /**
   * Sends a request for one sign-in, never with the token of another one. The promise rejects as soon as the signal is aborted; a
   * token refresh that the request waits for continues.
   */
  async function exchange(owner: SignInOfCall, url: string, init: SmartRequestInit): ReturnType<Exchange> {
    const { signal } = init;
    const work = async () => {
      // A sign-in that is in progress may replace the session.
      await settled?.()?.catch(() => {});
      checkSignIn(owner);
      return send(url, init);
    };
    if (!signal) return work();
    if (signal.aborted) throw missingResponse(signal.reason, init);
    let onAbort = () => {};
    const aborted = new Promise<never>((_, reject) => {
      onAbort = () => reject(missingResponse(signal.reason, init));
      signal.addEventListener('abort', onAbort);
    });
    return Promise.race([work(), aborted]).finally(() => signal.removeEventListener('abort', onAbort));
  }

  /**
   * Reads for one sign-in: the request is not sent with the token of another sign-in, and its response is not returned after
   * another sign-in.
   */
  async function readFor(owner: SignInOfCall, url: string, { signal }: UserOptions) {
    const result = await exchange(owner, url, plain({ signal })).catch((error) => {
      // The error may contain a response for the earlier sign-in.
      checkSignIn(owner);
      throw error;
    });
    checkSignIn(owner);
    return result;
  }

  /**
   * Throws if the session has ended, or there was another sign-in. A call that began before the first session belongs to it.
   *
   * @param status of the response to a write, which the error then has
   */
  function checkSignIn(owner: SignInOfCall, status?: number) {
    const current = currentSignIn();
    if (owner.signIn === undefined) owner.signIn = current;
    if (current !== owner.signIn) throw { ...REPLACED, ...plain({ status }) };
  }

  async function* pages(url: string | URL, options: PagesOptions = {}): AsyncGenerator<FhirBundle, void, undefined> {
    const visited = new Set<string>();
    let count = 0;
    const owner = { signIn };
    const read = withSmartErrors(async (url: string | URL) => {
      const { limit = LIMIT, signal } = options;
      const address = String(url);
      if (!(limit >= 1)) throw invalid('`limit` is not a number of pages');
      if (count >= limit) throw { code: 'too_many_pages', about: `there are more than ${limit} pages` } satisfies Failure;
      if (visited.has(address)) throw notBundle('the `next` link of a page leads back to an earlier page');
      const { json, response } = await readFor(owner, address, { signal });
      count += 1;
      visited.add(address).add(response.url);
      return pageOf(json);
    });
    for (let next: string | URL | undefined = url; next !== undefined; ) {
      const page = await read(next);
      yield page.bundle;
      next = page.next;
    }
  }

  async function write<T>(
    method: string,
    { url, type, id }: Target,
    { ifMatch, ifNoneExist, prefer, signal }: WriteInit,
    body?: object,
  ): Promise<FhirWrite<T>> {
    const headers = plain({
      'if-match': ifMatch === undefined ? undefined : `W/"${ifMatch}"`,
      'if-none-exist': ifNoneExist,
      prefer: prefer === undefined ? undefined : `return=${prefer}`,
    });
    const owner = { signIn };
    const { json, response } = await exchange(owner, url, plain({ method, headers, body, signal })).catch((error: SmartError) => {
      // Only `http_status` contains the body of the response. A 401 may be the reason why there is no session any more.
      const { code, status } = error;
      if (code === 'http_status' && !(status === 401 && currentSignIn() === null)) checkSignIn(owner, status);
      throw error;
    });
    checkSignIn(owner, response.status);
    const returned = (json ?? {}) as Partial<FhirResource>;
    // A server may return another resource by mistake.
    const isWritten = returned.resourceType === type && typeof returned.id === 'string' && [undefined, returned.id].includes(id);
    const { id: returnedId, meta } = isWritten ? returned : {};
    const [, locationType, locationId, locationVersion] = LOCATION.exec(response.headers.get('location') ?? '') ?? [];
    const [, etag] = /^(?:W\/)?"([^"]+)"$/.exec(response.headers.get('etag') ?? '') ?? [];
    return {
      status: response.status,
      id: id ?? returnedId ?? (locationType === type ? locationId : undefined) ?? null,
      versionId: meta?.versionId ?? etag ?? locationVersion ?? null,
      // Only the app knows the type of a resource.
      resource: isWritten ? (json as T) : null,
      operationOutcome: returned.resourceType === 'OperationOutcome' ? (json as NonNullable<SmartError['operationOutcome']>) : null,
    };
  }

  return {
    pages,

    create: withSmartErrors(<T extends FhirResource>(resource: T, { ifNoneExist, prefer, signal }: CreateOptions = {}) => {
      const type = typeOf(resource);
      // An empty header would create the resource unconditionally.
      if (ifNoneExist !== undefined && !/^[^?]+=./.test(ifNoneExist)) throw invalid('`ifNoneExist` is not a list of search parameters');
      return write<T>('POST', { url: type, type }, { ifNoneExist, prefer, signal }, resource);
    }),

    update: withSmartErrors(<T extends FhirResource>(resource: T, { ifMatch, prefer, signal }: UpdateOptions = {}) => {
      const target = targetOf(`${typeOf(resource)}/${resource.id ?? ''}`);
      const version = ifMatch === false ? undefined : (ifMatch ?? resource.meta?.versionId);
      return write<T>('PUT', target, { ifMatch: checkedVersion(version), prefer, signal }, resource);
    }),

    patch: withSmartErrors(
      <T extends FhirResource>(
        reference: string | URL,
        operations: readonly JsonPatchOperation[],
        { ifMatch, prefer, signal }: PatchOptions = {},
      ) => {
        if (!Array.isArray(operations)) throw invalid('the patch is not a list of operations');
        return write<T>('PATCH', targetOf(reference), { ifMatch: checkedVersion(ifMatch), prefer, signal }, operations);
      },
    ),

    delete: withSmartErrors((reference: string | URL, { ifMatch, signal }: DeleteOptions = {}) =>
      write<never>('DELETE', targetOf(reference), { ifMatch: checkedVersion(ifMatch), signal }),
    ),

    user: withSmartErrors(async (fhirUser: string | null, signIn: unknown, options: UserOptions = {}) => {
      if (fhirUser === null) throw NO_USER;
      return (await readFor({ signIn }, fhirUser, options)).json;
    }),
  };
}

/** A page, and the URL of the next one, which is checked when it is requested. */
function pageOf(json: unknown): { readonly bundle: FhirBundle; readonly next: string | undefined } {
  const bundle = json as FhirBundle | null;
  if (bundle?.resourceType !== 'Bundle') throw notBundle('the response is not a Bundle');
  // A list that cannot be read may have entries, or a link to more.
  const { link, entry } = bundle;
  if (!Array.isArray(entry ?? [])) throw notBundle('`entry` of a page is not a list');
  const isListOfLinks = Array.isArray(link ?? []) && (link ?? []).every((item) => typeof item?.relation === 'string');
  if (!isListOfLinks) throw notBundle('`link` of a page is not a list of links');
  const nextLink = link?.find(({ relation }) => relation === 'next');
  const next = nextLink?.url;
  if (nextLink && (typeof next !== 'string' || next === '')) throw notBundle('the `next` link of a page has no URL');
  return { bundle, next };
}

function typeOf({ resourceType }: FhirResource): string {
  if (!TYPE.test(resourceType)) throw invalid('`resourceType` is not the name of a type');
  return resourceType;
}

function targetOf(reference: string | URL): Target {
  const url = String(reference);
  const [, type, id] = REFERENCE.exec(url) ?? [];
  if (type === undefined || id === undefined) throw invalid('the reference is not that of one resource, such as `Patient/1`');
  return { url, type, id };
}

function checkedVersion(version: string | undefined): string | undefined {
  if (version !== undefined && !VERSION.test(version)) throw invalid('`ifMatch` or `meta.versionId` is not a version');
  return version;
}

const invalid = (about: string) => ({ code: 'config_invalid', about }) satisfies Failure;

const notBundle = (about: string) => ({ code: 'bundle_invalid', about, purpose: 'fhir' }) satisfies Failure;

const REPLACED = {
  code: 'signed_out',
  about: 'the session of this call has ended, or another sign-in has replaced it',
} satisfies Failure;

const NO_USER = {
  code: 'config_invalid',
  about: 'the session does not identify the user',
  hint: 'Request the scopes `openid` and `fhirUser`; if they are granted, see `session.warnings`.',
} satisfies Failure;
