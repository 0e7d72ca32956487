/**
 * The FHIR R4 API (FHIR R4 "RESTful API"): read and search of every type, create for Observation, and `$export`.
 *
 * Discovery is public; everything else requires an access token, which is looked up on every request, so that a revoked
 * or expired one is refused at once.
 *
 * @typedef {import('koa').Context} Context
 * @typedef {import('./access.mjs').Access} Access
 * @typedef {import('./records.mjs').ResourceType} ResourceType
 */

import { formBody, jsonBody, UnreadableBody } from '../body.mjs';
import { reach } from './access.mjs';
import { RESULT_PARAMETERS, searchset } from './bundle.mjs';
import { patientOf } from './compartment.mjs';
import { FILES } from './export.mjs';
import { malformedElement } from './observation.mjs';
import { insufficientScope, invalid, notFound, Outcome } from './outcome.mjs';
import { isResourceType } from './records.mjs';
import { matches, PARAMETERS, sorted, SORTS } from './search.mjs';

const FHIR_JSON = 'application/fhir+json';

/**
 * @param {object} options
 * @param {string} options.fhirBaseUrl
 * @param {import('./records.mjs').Records} options.records
 * @param {ReturnType<typeof import('./export.mjs').bulkExports>} options.exports
 * @param {Record<string, object>} options.documents open to everyone, by path below the base
 * @param {(ctx: Context) => Promise<Access>} options.authenticate
 * @returns {import('koa').Middleware}
 */
export function fhirApi({ fhirBaseUrl, records, exports, documents, authenticate }) {
  const { pathname: base } = new URL(fhirBaseUrl);

  return async (ctx, next) => {
    const isFile = ctx.path.startsWith(`${FILES}/`);
    if (!isFile && ctx.path !== base && !ctx.path.startsWith(`${base}/`)) return next();
    allowEveryOrigin(ctx);
    if (ctx.method === 'OPTIONS') {
      ctx.status = 204;
      return;
    }

    const path = ctx.path.slice(base.length + 1);
    try {
      const document = Object.hasOwn(documents, path) ? documents[path] : undefined;
      if (isFile) {
        const access = await authenticate(ctx);
        ctx.set('Cache-Control', 'no-store');
        exports.file(ctx, access, ctx.path.slice(FILES.length));
      } else if (document) {
        answer(ctx, document, path === 'metadata' ? FHIR_JSON : 'application/json');
      } else {
        await interact(ctx, path.split('/'));
      }
    } catch (error) {
      const outcome = error instanceof UnreadableBody ? invalid(error.status, error.message) : error;
      if (!(outcome instanceof Outcome)) throw error;
      ctx.status = outcome.status;
      ctx.set(outcome.headers);
      answer(ctx, outcome.toJSON());
    }
  };

  /** @param {Context} ctx @param {string[]} path below the base */
  async function interact(ctx, path) {
    const [type, id, ...rest] = path;
    const access = await authenticate(ctx);
    ctx.set('Cache-Control', 'no-store');
    if (exports.respond(ctx, access, path)) return;
    if (!isResourceType(type)) throw notFound(`This server has no ${type || 'such'} resources.`);
    if (rest.length > 0) throw notFound('There is nothing at this address.');

    const reading = ctx.method === 'GET' || ctx.method === 'HEAD';
    if (reading && id) return read(ctx, access, type, id);
    if (reading) return search(ctx, access, type, [...new URLSearchParams(ctx.querystring)]);
    if (ctx.method === 'POST' && id === '_search') return search(ctx, access, type, [...(await formBody(ctx))]);
    if (ctx.method === 'POST' && !id && type === 'Observation') return create(ctx, access, type);
    throw new Outcome(405, 'not-supported', `The sandbox does not ${ctx.method} here.`, {
      Allow: 'GET, HEAD, OPTIONS',
    });
  }

  /** @param {Context} ctx @param {Access} access @param {ResourceType} type @param {string} id */
  function read(ctx, access, type, id) {
    const reached = reach(access, 'read', type);
    const resource = records.read(type, id);
    if (!resource) throw notFound(`There is no ${type}/${id}.`);
    if (!reached.includes(resource)) throw outOfReach(`${type}/${id}`, access);
    versioned(ctx, resource);
    answer(ctx, resource);
  }

  /** @param {Context} ctx @param {Access} access @param {ResourceType} type @param {[string, string][]} asked */
  function search(ctx, access, type, asked) {
    const reached = reach(access, 'search', type);
    const parameters = asked.filter(
      ([name]) => Object.hasOwn(PARAMETERS[type], name) || RESULT_PARAMETERS.includes(name),
    );
    for (const [name, value] of parameters) {
      const patient = ['patient', 'subject'].includes(name) && /([^/]+)$/.exec(value)?.[1];
      // An empty response would suggest that the patient has no data.
      if (patient && !reached.sees(patient)) throw outOfReach(`Patient/${patient}`, access);
    }

    const found = records.all(type).filter((resource) => reached.includes(resource) && matches(resource, parameters));
    const sort = new URLSearchParams(parameters).get('_sort');
    if (sort !== null && !SORTS.test(sort)) throw invalid(400, `The sandbox cannot sort by '${sort}'.`);

    const url = `${fhirBaseUrl}/${type}`;
    answer(ctx, searchset({ url, parameters, found: sort ? sorted(found, sort) : found, fhirBaseUrl }));
  }

  /** @param {Context} ctx @param {Access} access @param {'Observation'} type */
  async function create(ctx, access, type) {
    const reached = reach(access, 'create', type);
    const body = /** @type {Record<string, unknown>} */ (Object(await jsonBody(ctx)));
    if (body.resourceType !== type) throw invalid(400, `The body must be of resourceType '${type}'.`);
    const malformed = malformedElement(body);
    if (malformed) throw invalid(422, `'${malformed}' is missing or malformed.`);
    // An id sent by the app is ignored.
    const resource = /** @type {import('./observation.mjs').Observation} */ (/** @type {unknown} */ (body));
    const patient = patientOf(resource);
    if (!records.read('Patient', patient)) throw invalid(422, `'subject' must refer to a patient of this server.`);
    if (!reached.includes(resource)) throw outOfReach(`This ${type}`, access);

    const created = records.create(resource);
    ctx.status = 201;
    ctx.set('Location', `${fhirBaseUrl}/${type}/${created.id}/_history/1`);
    versioned(ctx, created);
    answer(ctx, created);
  }
}

/**
 * SMART App Launch 2.2 requires CORS for the app's origin; like most servers, this one allows every origin.
 *
 * @param {Context} ctx
 */
function allowEveryOrigin(ctx) {
  ctx.set('Access-Control-Allow-Origin', '*');
  ctx.set('Access-Control-Expose-Headers', 'Location, Content-Location, ETag, Last-Modified, Retry-After, WWW-Authenticate, X-Progress, DPoP-Nonce, Date');
  if (ctx.method === 'OPTIONS') {
    ctx.set('Access-Control-Allow-Methods', 'GET, HEAD, POST, DELETE, OPTIONS');
    ctx.set('Access-Control-Allow-Headers', 'Authorization, Content-Type, Accept, Prefer, DPoP');
    ctx.set('Access-Control-Max-Age', '3600');
  }
}

/** @param {string} what @param {Access} access */
const outOfReach = (what, { scope }) => insufficientScope(`${what} is out of this token's reach.`, scope);

/** @param {Context} ctx @param {import('./records.mjs').Kept} resource */
function versioned(ctx, { meta }) {
  ctx.set('ETag', `W/"${meta.versionId}"`);
  ctx.set('Last-Modified', new Date(meta.lastUpdated).toUTCString());
}

/** @param {Context} ctx @param {object} body */
function answer(ctx, body, type = FHIR_JSON) {
  ctx.type = `${type}; charset=utf-8`;
  ctx.body = JSON.stringify(body);
}
