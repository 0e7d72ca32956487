/**
 * The FHIR R4 API over HTTP (FHIR R4 "RESTful API"); `interactions.mjs` lists the supported interactions.
 *
 * Discovery is public; everything else requires an access token, which is looked up on every request, so that a revoked
 * or expired one is refused at once.
 *
 * @typedef {import('koa').Context} Context
 * @typedef {import('./access.mjs').Access} Access
 */

import { formBody, resourceBody, UnreadableBody } from '../body.mjs';
import { FILES } from './export.mjs';
import { invalid, Outcome } from './outcome.mjs';
import { FHIR_JSON } from './request.mjs';
import { fhirServer } from './server.mjs';

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
  const respond = fhirServer({ fhirBaseUrl, records });

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
        sendJson(ctx, document, path === 'metadata' ? FHIR_JSON : 'application/json');
      } else {
        await interact(ctx, path.split('/').map(decoded));
      }
    } catch (error) {
      const outcome = outcomeOf(error);
      ctx.status = outcome.status;
      ctx.set(outcome.headers);
      sendJson(ctx, outcome.toJSON());
    }
  };

  /** @param {Context} ctx @param {string[]} path below the base */
  async function interact(ctx, path) {
    const access = await authenticate(ctx);
    ctx.set('Cache-Control', 'no-store');
    if (exports.respond(ctx, access, path)) return;
    /** @type {import('./request.mjs').FhirRequest} */
    const request = {
      method: ctx.method,
      path,
      query: [...new URLSearchParams(ctx.querystring)],
      header: (name) => ctx.get(name),
      access,
    };
    if (ctx.method === 'POST' && path[1] === '_search') request.query.push(...(await formBody(ctx)));
    else if (['POST', 'PUT', 'PATCH'].includes(ctx.method)) request.body = await resourceBody(ctx);

    const { status, headers, resource, raw } = respond(request);
    ctx.set(headers);
    ctx.status = status;
    if (raw) {
      ctx.set('Content-Type', raw.type);
      // A client wrote the content, which must not run as a page of this origin.
      ctx.set({ 'Content-Security-Policy': 'sandbox', 'X-Content-Type-Options': 'nosniff' });
      ctx.body = raw.bytes;
    } else if (resource) sendJson(ctx, resource);
    else ctx.body = null;
    ctx.status = status;
  }
}

/** @param {unknown} error */
function outcomeOf(error) {
  if (error instanceof Outcome) return error;
  if (error instanceof UnreadableBody) return invalid(error.status, error.message);
  console.error(error);
  return new Outcome(500, 'exception', 'The sandbox has a defect; its output has the error.');
}

/** @param {string} segment */
function decoded(segment) {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/**
 * SMART App Launch 2.2 requires CORS for the app's origin; like most servers, this one allows every origin.
 *
 * @param {Context} ctx
 */
function allowEveryOrigin(ctx) {
  ctx.set('Access-Control-Allow-Origin', '*');
  ctx.set('Access-Control-Expose-Headers', EXPOSED);
  if (ctx.method === 'OPTIONS') {
    ctx.set('Access-Control-Allow-Methods', 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS');
    ctx.set('Access-Control-Allow-Headers', ALLOWED);
    ctx.set('Access-Control-Max-Age', '3600');
  }
}

const EXPOSED =
  'Location, Content-Location, ETag, Last-Modified, Retry-After, WWW-Authenticate, Accept-Patch, Allow, X-Progress, DPoP-Nonce, Date';
const ALLOWED =
  'Authorization, Content-Type, Accept, Prefer, DPoP, If-Match, If-None-Match, If-None-Exist, X-Security-Context';

/** @param {Context} ctx @param {object} body */
function sendJson(ctx, body, type = FHIR_JSON) {
  ctx.type = `${type}; charset=utf-8`;
  ctx.body = JSON.stringify(body);
}
