// Reads, writes and deletes app state at the EHR.

import { signInOf } from '../client/sign-in.js';
import { withSmartErrors, smartError, withChunk } from '../error/create-error.js';
import type { Failure } from '../error/failure.js';
import { createFhirCalls } from '../session/create-fhir-calls.js';
import type { FhirResource } from '../session/fhir-calls.js';
import { createExchange } from '../session/fhir-exchange.js';
import type { Exchange } from '../session/fhir-exchange.js';
import { deepFreeze } from '../values/freeze.js';
import type { AppState, AppStateClient, AppStateEntry, AppStateOptions } from './state.js';
import { transportOf } from './endpoint.js';

/** A resource of the profile `smart-app-state-basic`. */
interface Basic extends FhirResource {
  readonly subject?: { readonly reference?: unknown };
  readonly code?: { readonly coding?: unknown };
  readonly extension?: unknown;
}

/** Maximum size of a resource in bytes (SMART App Launch 2.2, "Persisting App State", "Create"). */
const MAX_BYTES = 262_144;
/** A URI without characters that separate values in a search (FHIR R4, "Escaping Search Parameters"). */
const SYSTEM = /^[a-z][a-z\d+.-]*:[^\s,|$\\]+$/i;
const CODE = /^[^\s,|$\\]+$/;
const URL_OF_VALUE = /^[a-z][a-z\d+.-]*:\S+$/i;
const SUBJECTS: readonly unknown[] = ['user', 'patient', 'app'];

/**
 * Creates the calls for state with one code and one kind of subject. Sends no request.
 *
 * @throws {SmartError} each call rejects with `config_invalid` if the options are invalid
 * @example
 * const preferences = createAppState(smart, { system: 'https://app.example', code: 'display-preferences', subject: 'user' });
 * const [stored = null] = await preferences.list();
 * await preferences.write({ 'https://app.example/display-preferences': JSON.stringify({ view: 'labs' }) }, stored);
 */
export function createAppState(client: AppStateClient, { system, code, subject: subjectKind }: AppStateOptions): AppState {
  /** Returns the FHIR calls to the server's endpoint for app state, and the URL of the subject, both for the current session. */
  async function begin() {
    if (!SYSTEM.test(system) || typeof code !== 'string' || !CODE.test(code)) throw invalid('`system` is not a URI, or `code` is not a code');
    if (!SUBJECTS.includes(subjectKind)) throw invalid('`subject` is not one of user, patient and app');
    const signIn = signInOf(client);
    // Waits for a sign-in that is in progress, because it may replace the session.
    if (client.getState().session && 'getAccessToken' in client) await client.getAccessToken();
    const { session } = client.getState();
    if (!session || signIn !== signInOf(client)) throw { code: 'signed_out' } satisfies Failure;
    const patient = session.patient === null ? null : `${session.serverUrl.replace(/\/$/, '')}/Patient/${session.patient}`;
    const subject = { user: session.fhirUser, patient, app: undefined }[subjectKind];
    if (subject === null) throw invalid(`the session has no ${subjectKind}`);
    const { endpoint, fetch, mask } = await transportOf(client, session, () => signIn === signInOf(client));
    // The subject must not be sent with the token of another session.
    if (signIn !== signInOf(client)) throw { code: 'signed_out' } satisfies Failure;
    const send = createExchange(fetch, smartError, mask);
    const exchange: Exchange = (url, init) => send(URL.canParse(String(url), endpoint) ? new URL(url, endpoint) : url, init);
    // Before each request, `settled` waits for a sign-in that has begun meanwhile, because it may replace the session.
    const settled = () => client.ready();
    const errors = { withSmartErrors, withChunk };
    const calls = createFhirCalls({ exchange, signIn: () => signInOf(client), settled, errors }, signIn);
    return { calls, subject };
  }

  /** The state in a resource; `undefined` if the resource has another code or subject, or cannot be read. */
  function entryOf({ id, meta, subject: basicSubject, code: basicCode, extension }: Basic, subject: string | undefined): AppStateEntry | undefined {
    const [coding, ...others] = objects(basicCode?.coding);
    const isMatch =
      coding?.['system'] === system && coding['code'] === code && others.length === 0 && basicSubject?.reference === subject;
    if (!isMatch || typeof id !== 'string' || typeof meta?.versionId !== 'string') return undefined;
    const values = objects(extension).flatMap(({ url, valueString }): [string, string][] =>
      typeof url === 'string' && typeof valueString === 'string' ? [[url, valueString]] : [],
    );
    return deepFreeze<AppStateEntry>({ id, versionId: meta.versionId, subject: subject ?? null, values: Object.fromEntries(values) });
  }

  return Object.freeze<AppState>({
    list: withSmartErrors(async (options = {}) => {
      const { calls, subject } = await begin();
      const bySubject = subject === undefined ? 'subject:missing=true' : `subject=${encodeURIComponent(subject)}`;
      const states: AppStateEntry[] = [];
      for await (const { entry } of calls.pages(`Basic?code=${encodeURIComponent(`${system}|${code}`)}&${bySubject}`, options)) {
        for (const { resource } of objects(entry)) {
          const [basic] = objects([resource]);
          // `entryOf` checks each member that it reads.
          const state = basic?.['resourceType'] === 'Basic' && entryOf(basic as unknown as Basic, subject);
          if (state) states.push(state);
        }
      }
      return Object.freeze(states);
    }),

    write: withSmartErrors(async (values, previous, { signal } = {}) => {
      const { calls, subject } = await begin();
      if (previous) checkSubject(previous, subject);
      const entries = Object.entries(values);
      if (!entries.every(([url, value]) => URL_OF_VALUE.test(url) && typeof value === 'string')) {
        throw invalid('a value is not a string, or its key is not a URL');
      }
      const resource = {
        resourceType: 'Basic',
        ...(previous && { id: previous.id }),
        ...(subject !== undefined && { subject: { reference: subject } }),
        code: { coding: [{ system, code }] },
        // FHIR has no empty lists.
        ...(entries.length > 0 && { extension: entries.map(([url, valueString]) => ({ url, valueString })) }),
      };
      const { byteLength } = new TextEncoder().encode(JSON.stringify(resource));
      if (byteLength > MAX_BYTES) throw invalid('the state is larger than 256 KB');
      const written = previous
        ? await calls.update(resource, { ifMatch: previous.versionId, signal })
        : await calls.create(resource, { signal });
      const { id, versionId } = written;
      if (id === null || versionId === null) throw { code: 'json_invalid', ...NO_VERSION, status: written.status } satisfies Failure;
      return deepFreeze<AppStateEntry>({ id, versionId, subject: subject ?? null, values: Object.fromEntries(entries) });
    }),

    delete: withSmartErrors(async (previous, { signal } = {}) => {
      const { calls, subject } = await begin();
      checkSubject(previous, subject);
      await calls.delete(`Basic/${previous.id}`, { ifMatch: previous.versionId, signal });
    }),
  });
}

/** Throws if a state has another subject than the session: it must not be written or deleted for another user or patient. */
function checkSubject(previous: AppStateEntry, subject: string | undefined): void {
  if (previous.subject !== (subject ?? null)) throw invalid('the state belongs to another user or patient than the session');
}

const objects = (value: unknown): Readonly<Record<string, unknown>>[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === 'object' && item !== null) : [];

const invalid = (about: string) => ({ code: 'config_invalid', about }) satisfies Failure;

const NO_VERSION = {
  about: 'the state is stored, but the response states no id or version',
  hint: 'Read it with `list()`. A server at another origin has to expose `Location` and `ETag` (CORS).',
};
