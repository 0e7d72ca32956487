/** The EHR: a practitioner is signed in, opens charts, and launches apps from them. */

import { formBody } from '../body.mjs';
import { chartPage, welcomePage } from '../pages/ehr.mjs';
import { users } from '../people/users.mjs';
import { launchAddress } from './launch.mjs';

/**
 * `/ehr/:patient/:clientId` launches an app: inside the chart on GET, by a redirect on POST.
 *
 * @param {object} options
 * @param {string} options.fhirBaseUrl
 * @param {import('../sandbox.d.ts').App[]} options.apps
 * @param {import('../oauth/launches.mjs').Launches} options.launches
 * @param {import('./roster.mjs').Roster} options.roster
 * @returns {import('koa').Middleware}
 *
 * @typedef {import('koa').Context} Context
 * @typedef {import('./launch.mjs').LaunchableApp} LaunchableApp
 * @typedef {import('./roster.mjs').PatientSummary} PatientSummary
 */
export function ehr({ fhirBaseUrl, apps, launches, roster }) {
  const user = practitioner();
  const launchable = apps.filter(isLaunchable);
  /** @param {{ app: LaunchableApp, patient: string, intent: string | null | undefined, embedded: boolean }} launch */
  const open = (launch) => launchAddress({ launches, roster, fhirBaseUrl, user, ...launch });

  return async (ctx, next) => {
    const [root, ...path] = ctx.path.slice(1).split('/').map(decoded);
    if (root !== 'ehr') return next();
    // A chart with an app contains a launch handle, which works once.
    ctx.set('Cache-Control', 'no-store');

    const [patientId, clientId, ...rest] = path;
    if (!patientId && ctx.method === 'GET') return show(ctx, welcomePage({ user, roster }));
    const patient = roster.patient(patientId);
    const app = launchable.find((candidate) => candidate.clientId === clientId);
    if (!patient || (clientId && !app) || rest.length > 0) return next();

    if (ctx.method === 'GET') return showChart(ctx, patient, app);
    if (ctx.method === 'POST' && app) return redirectToApp(ctx, patient, app);
    return next();
  };

  /** @param {Context} ctx @param {PatientSummary} patient @param {LaunchableApp | undefined} app */
  function showChart(ctx, patient, app) {
    const intent = typeof ctx.query.intent === 'string' ? ctx.query.intent : undefined;
    const frame = app && { app, src: open({ app, patient: patient.id, intent, embedded: true }) };
    show(ctx, chartPage({ user, roster, patient, apps: launchable, frame, intent }));
  }

  /** @param {Context} ctx @param {PatientSummary} patient @param {LaunchableApp} app */
  async function redirectToApp(ctx, patient, app) {
    const intent = (await formBody(ctx)).get('intent');
    ctx.status = 303;
    ctx.redirect(open({ app, patient: patient.id, intent, embedded: false }));
  }
}

/** @param {import('../sandbox.d.ts').App} app @returns {app is LaunchableApp} */
const isLaunchable = (app) => Boolean(app.launchUrl);

/** The user who is signed in. */
function practitioner() {
  const user = users.find(({ role }) => role === 'practitioner');
  if (!user) throw new Error('The sandbox has no practitioner.');
  return user;
}

/** @param {string} segment */
function decoded(segment) {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** @param {Context} ctx @param {string} page */
function show(ctx, page) {
  ctx.type = 'html';
  ctx.body = page;
}
