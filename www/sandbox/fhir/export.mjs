/**
 * `$export` (FHIR Bulk Data Access 2.0) for clients without a user: of all patients, of a group, or of everything.
 *
 * The resources are selected when the export is requested. The first status request finds it unfinished, so that clients
 * have to poll.
 *
 * @typedef {import('koa').Context} Context
 * @typedef {import('./access.mjs').Access} Access
 * @typedef {import('./records.mjs').Content} Content
 * @typedef {import('./records.mjs').ResourceType} ResourceType
 */

import { randomUUID } from 'node:crypto';
import { accessibleIfAny, accessibleResources } from './access.mjs';
import { patientOf } from './compartment.mjs';
import { insufficientScope, invalid, methodNotAllowed, notFound, notSupported } from './outcome.mjs';
import { TYPES } from './records.mjs';

/** Path of the status of exports, below the FHIR base. */
const STATUS = 'export-status';
/** Path of the files, below the origin: as at many servers, files are not under the FHIR base. */
export const FILES = '/export-files';

/** Binary is not exported: clients read files at the URLs in DocumentReferences. */
const EXPORTED = TYPES.filter((type) => type !== 'Binary');
const NDJSON = 'application/fhir+ndjson';
const FORMATS = [NDJSON, 'application/ndjson', 'ndjson'];
const PARAMETERS = ['_outputFormat', '_since', '_type'];
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;
const RETRY_AFTER_SECONDS = 1;
/** The maximum number of exports. The oldest one is deleted when there are more. */
const MAX_EXPORTS = 100;

/**
 * @param {object} options
 * @param {string} options.origin
 * @param {string} options.fhirBaseUrl
 * @param {import('./records.mjs').Records} options.records
 *
 * @typedef {object} Export
 * @property {string | undefined} clientId
 * @property {string} request URL of the request that started the export
 * @property {string} transactionTime
 * @property {Map<ResourceType, Content[]>} files
 * @property {boolean} isPolled whether its status was requested before
 */
export function bulkExports({ origin, fhirBaseUrl, records }) {
  /** @type {Map<string, Export>} */
  const exports = new Map();

  /**
   * Responds to a request below the FHIR base if it belongs to an export.
   *
   * @param {Context} ctx
   * @param {Access} access
   * @param {string[]} path
   * @returns {boolean} whether the request belongs to an export
   */
  function respond(ctx, access, path) {
    const [segment, id, ...rest] = path;
    if (segment === STATUS) {
      requireMethod(ctx, 'GET', 'DELETE');
      if (ctx.method === 'GET') status(ctx, access, id);
      else remove(ctx, access, id);
      return true;
    }
    if (path.at(-1) !== '$export') return false;
    requireMethod(ctx, 'GET');
    if (path.length === 1) start(ctx, access);
    else if (segment === 'Patient' && path.length === 2) start(ctx, access, allPatients());
    else if (segment === 'Group' && id && rest.length === 1) start(ctx, access, membersOf(id, access));
    else throw notFound('The sandbox exports everything, all patients, or a group.');
    return true;
  }

  /**
   * @param {Context} ctx
   * @param {Access} access
   * @param {Set<string>} [patients] whose resources are exported; all resources if absent
   */
  function start(ctx, access, patients) {
    if (!access.isSystem) throw insufficientScope('Only a client without a user can start an export.', 'system/*.rs');
    const preferences = ctx.get('Prefer').split(/[,;]\s*/);
    if (!preferences.includes('respond-async')) throw invalid(400, `The header 'Prefer: respond-async' is required.`);
    const parameters = new URLSearchParams(ctx.querystring);
    const unknown = [...parameters.keys()].find((name) => !PARAMETERS.includes(name));
    if (unknown && !preferences.includes('handling=lenient')) {
      throw notSupported(`The sandbox does not support '${unknown}' here.`);
    }
    if (!FORMATS.includes(parameters.get('_outputFormat') ?? NDJSON)) {
      throw notSupported(`The only format is '${NDJSON}'.`);
    }
    const since = parameters.get('_since');
    if (since !== null && !(INSTANT.test(since) && Date.parse(since))) {
      throw invalid(400, `'_since' must be an instant with a time zone.`);
    }

    const id = randomUUID();
    exports.set(id, {
      clientId: access.clientId,
      request: `${origin}${ctx.url}`,
      transactionTime: new Date().toISOString(),
      files: filesFor(access, parameters.getAll('_type'), (resource) => {
        const owner = patientOf(resource);
        const isUnchanged = since !== null && Date.parse(resource.meta?.lastUpdated ?? '') < Date.parse(since);
        return !isUnchanged && (!patients || (owner !== undefined && patients.has(owner)));
      }),
      isPolled: false,
    });
    for (const oldest of [...exports.keys()].slice(0, -MAX_EXPORTS)) exports.delete(oldest);
    ctx.status = 202;
    ctx.set('Content-Location', `${fhirBaseUrl}/${STATUS}/${id}`);
    ctx.body = '';
  }

  /**
   * The resources that the scopes permit, by type. A type that was requested by `_type` and is not permitted is an error.
   *
   * @param {Access} access
   * @param {string[]} lists of types
   * @param {(resource: Content) => boolean} isWanted
   */
  function filesFor(access, lists, isWanted) {
    const requested = lists.flatMap((list) => list.split(','));
    const unknown = requested.find((type) => !EXPORTED.some((exportedType) => exportedType === type));
    if (unknown !== undefined) throw invalid(400, `The sandbox does not export ${unknown || 'such'} resources.`);
    /** @type {Map<ResourceType, Content[]>} */
    const files = new Map();
    for (const type of EXPORTED.filter((type) => requested.length === 0 || requested.includes(type))) {
      const permittedFor = requested.includes(type) ? accessibleResources : accessibleIfAny;
      const permitted = permittedFor(access, 'search', type);
      const resources = records.all(type).filter((resource) => permitted?.includes(resource) && isWanted(resource));
      if (resources.length > 0) files.set(type, resources);
    }
    return files;
  }

  /** @param {Context} ctx @param {Access} access @param {string | undefined} id */
  function status(ctx, access, id) {
    const job = findExport(access, id);
    if (!job.isPolled) {
      job.isPolled = true;
      ctx.status = 202;
      ctx.set({ 'X-Progress': 'in progress', 'Retry-After': String(RETRY_AFTER_SECONDS) });
      ctx.body = '';
      return;
    }
    ctx.type = 'application/json';
    ctx.body = JSON.stringify({
      transactionTime: job.transactionTime,
      request: job.request,
      requiresAccessToken: true,
      output: [...job.files].map(([type, { length: count }]) => ({
        type,
        url: `${origin}${FILES}/${id}/${type}.ndjson`,
        count,
      })),
      error: [],
    });
  }

  /** @param {Context} ctx @param {Access} access @param {string | undefined} id */
  function remove(ctx, access, id) {
    findExport(access, id);
    exports.delete(String(id));
    ctx.status = 202;
    ctx.body = '';
  }

  /**
   * @param {Context} ctx
   * @param {Access} access
   * @param {string} path below FILES
   */
  function file(ctx, access, path) {
    const [, id, type] = /^\/([^/]+)\/(\w+)\.ndjson$/.exec(path) ?? [];
    const resources = findExport(access, id).files.get(/** @type {ResourceType} */ (type));
    if (!resources) throw notFound('There is no such file.');
    requireMethod(ctx, 'GET');
    ctx.type = NDJSON;
    ctx.body = resources.map((resource) => `${JSON.stringify(resource)}\n`).join('');
  }

  /** @param {Access} access @param {string | undefined} id */
  function findExport(access, id) {
    const job = exports.get(String(id));
    if (!job || job.clientId !== access.clientId) throw notFound('There is no such export.');
    return job;
  }

  const allPatients = () => new Set(records.all('Patient').map(({ id }) => id));

  /** @param {string} id @param {Access} access */
  function membersOf(id, access) {
    const permitted = accessibleResources(access, 'read', 'Group');
    const group = records.all('Group').find((group) => group.id === id && permitted.includes(group));
    if (!group) throw notFound(`There is no Group/${id}.`);
    return new Set(group.member?.map(({ entity }) => entity?.reference?.replace(/^Patient\//, '') ?? ''));
  }

  return { respond, file };
}

/** @param {Context} ctx @param {string[]} methods */
function requireMethod(ctx, ...methods) {
  if (!methods.includes(ctx.method)) throw methodNotAllowed(ctx.method, methods);
}
