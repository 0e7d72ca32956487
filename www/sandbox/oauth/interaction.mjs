/**
 * The pages between the authorization request and its response: the user, the patient, and the app's permissions.
 *
 * oidc-provider redirects the browser to `/interaction/:uid` until it has a user and a consent. A standalone launch shows
 * pages for them; an EHR launch already contains both and shows no pages.
 */

import { formBody } from '../body.mjs';
import { userById, users } from '../people/users.mjs';
import { consentPage } from '../pages/consent.mjs';
import { patientPicker } from '../pages/patient-picker.mjs';
import { signInPage } from '../pages/sign-in.mjs';
import { asksForPatient, standaloneContext } from './context.mjs';
import { saveGrant } from './grant.mjs';
import { paramsOf } from './parameters.mjs';
import { isKnownScope, scopeList } from './scope.mjs';

const PATH = /^\/interaction\/[\w-]+(?:\/(?<step>user|consent|denial))?$/;

/**
 * @param {object} options
 * @param {import('oidc-provider').Provider} options.provider
 * @param {string} options.fhirBaseUrl
 * @param {import('./launches.mjs').Launches} options.launches
 * @param {Map<string, import('./context.mjs').LaunchContext>} options.contexts by grant
 * @param {import('../ehr/roster.mjs').Roster} options.roster
 * @param {(error: { error: string, error_description: string }) => string} options.errorPage
 * @returns {import('koa').Middleware}
 *
 * @typedef {import('koa').Context} Context
 * @typedef {Awaited<ReturnType<import('oidc-provider').Provider['interactionDetails']>>} Interaction
 */
export function interactions({ provider, fhirBaseUrl, launches, contexts, roster, errorPage }) {
  return async (ctx, next) => {
    const path = PATH.exec(ctx.path);
    if (!path) return next();
    ctx.set('Cache-Control', 'no-store');

    const interaction = await provider.interactionDetails(ctx.req, ctx.res).catch(undefinedIfNotFound);
    if (!interaction) {
      ctx.status = 400;
      show(ctx, errorPage({ error: 'expired', error_description: 'This sign-in is over. Begin again in the app.' }));
      return;
    }

    if (paramsOf(interaction).launch !== undefined) return completeEhrLaunch(ctx, interaction);
    if (ctx.method !== 'POST') return showNextPage(ctx, interaction);

    const form = await formBody(ctx);
    switch (path.groups?.step) {
      case 'user':
        return signIn(ctx, form);
      case 'consent':
        return consent(ctx, interaction, form);
      case 'denial':
        return finish(ctx, { error: 'access_denied', error_description: 'the user denied access' });
      default:
        ctx.status = 404;
    }
  };

  /**
   * Completes an EHR launch: the EHR has authenticated the user and chosen the context.
   *
   * @param {Context} ctx
   * @param {Interaction} interaction
   */
  async function completeEhrLaunch(ctx, interaction) {
    const { session } = interaction;
    const { launch: handle = '', ...params } = paramsOf(interaction);
    const launch = launches.find(handle, params.client_id);
    // Another request has used the same handle meanwhile.
    if (!launch) return finish(ctx, { error: 'invalid_request', error_description: 'launch was used before' });

    launches.use(handle);

    const { accountId, context } = launch;
    if (session && session.accountId !== accountId) await leaveSession(ctx, interaction);
    const granted = scopeList(params.scope).filter(isKnownScope);
    const grantId = await saveGrant(provider, {
      clientId: params.client_id,
      accountId,
      resource: fhirBaseUrl,
      granted,
    });
    contexts.set(grantId, context);
    return finish(ctx, { login: { accountId }, consent: { grantId } });
  }

  /**
   * Shows the page for the first of these that is missing: the user, the patient, the consent.
   *
   * @param {Context} ctx
   * @param {Interaction} interaction
   */
  async function showNextPage(ctx, interaction) {
    const { uid, prompt, session } = interaction;
    const params = paramsOf(interaction);
    const client = await provider.Client.find(params.client_id);
    const clientName = client?.clientName ?? params.client_id;
    const user = userById(session?.accountId);
    const action = `/interaction/${uid}`;

    if (prompt.name === 'login' || !user || ctx.query.switch !== undefined) {
      return show(ctx, signInPage({ action, clientName, users }));
    }
    const patient = patientOf(user, params.scope, ctx.query.patient);
    if (asksForPatient(params.scope) && !patient) {
      return show(ctx, patientPicker({ action, clientName, user, patients: roster.patients() }));
    }
    const scopes = scopeList(params.scope).filter(isKnownScope);
    return show(ctx, consentPage({ action, clientName, user, patient, scopes }));
  }

  /** @param {Context} ctx @param {URLSearchParams} form */
  function signIn(ctx, form) {
    const user = userById(form.get('user'));
    if (!user) return ctx.throw(400, 'There is no such user.');
    return finish(ctx, { login: { accountId: user.id } });
  }

  /** @param {Context} ctx @param {Interaction} interaction @param {URLSearchParams} form */
  async function consent(ctx, interaction, form) {
    const { session } = interaction;
    const params = paramsOf(interaction);
    const user = userById(session?.accountId);
    if (!user) return ctx.throw(400, 'Nobody is signed in.');

    const requested = scopeList(params.scope).filter(isKnownScope);
    const granted = requested.filter((scope) => form.getAll('scope').includes(scope));
    const refused = requested.filter((scope) => !granted.includes(scope));
    const decision = { clientId: params.client_id, accountId: user.id, resource: fhirBaseUrl, granted, refused };
    const grantId = await saveGrant(provider, decision);

    const patient = patientOf(user, params.scope, form.get('patient'));
    /** @param {string} id */
    const encounterOf = (id) => roster.encounter(id)?.id;
    contexts.set(grantId, standaloneContext({ scopes: granted, patient: patient?.id, encounterOf }));
    return finish(ctx, { consent: { grantId } });
  }

  /**
   * For a patient who signs in, that patient; for a practitioner, the chosen patient.
   *
   * @param {import('../people/users.mjs').User} user
   * @param {string | undefined} scope
   * @param {string | string[] | null | undefined} chosen
   */
  function patientOf(user, scope, chosen) {
    if (!asksForPatient(scope)) return undefined;
    return roster.patient(user.role === 'patient' ? user.id : chosen);
  }

  /**
   * Redirects back to the authorization endpoint, which continues with the result.
   *
   * @param {Context} ctx
   * @param {import('oidc-provider').InteractionResults} result
   */
  async function finish(ctx, result) {
    ctx.status = 303;
    ctx.redirect(await provider.interactionResult(ctx.req, ctx.res, result));
  }

  /**
   * The browser is still signed in as another user, perhaps in another tab. That session and its tokens stay valid;
   * this launch starts a separate session.
   *
   * @param {Context} ctx
   * @param {Interaction} interaction
   */
  async function leaveSession(ctx, interaction) {
    interaction.session = undefined;
    await interaction.persist();
    ctx.cookies.set(provider.cookieName('session'), null);
  }
}

/** @param {Error} error */
function undefinedIfNotFound(error) {
  if (error.name === 'SessionNotFound') return undefined;
  throw error;
}

/** @param {Context} ctx @param {string} page */
function show(ctx, page) {
  ctx.type = 'html';
  ctx.body = page;
}
