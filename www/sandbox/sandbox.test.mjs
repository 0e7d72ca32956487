/** Tests the sandbox through its public endpoints: sign-in, launches, and the metadata that it publishes. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startSandbox } from './sandbox.mjs';
import { APP_ORIGIN, claimsOf, EHR_SCOPE, REDIRECT_URI, registration, SCOPE, scopes, testApp } from './testing/app.mjs';
import { Browser } from './user/browser.mjs';

/** @type {import('./sandbox.mjs').Sandbox} */
let sandbox;
/** @type {Awaited<ReturnType<typeof testApp>>} */
let app;

before(async () => {
  sandbox = await startSandbox({
    apps: [registration('demo'), registration('other'), registration('pushing', { requirePar: true })],
  });
  app = await testApp(sandbox);
});

after(() => sandbox.close());

describe('standalone launch', () => {
  test('shows sign-in, patient picker and consent, then returns a code, and tokens with the patient', async () => {
    const browser = new Browser();
    const request = app.authorizationRequest();

    const page = await browser.open(app.authorizationUrl(request));
    assert.match(page.text, /data-testid="user-amara-okafor"/);
    assert.match(page.text, /Demo &lt;app&gt;/);
    const picker = await browser.submit(page, 'user', { user: 'amara-okafor' });
    assert.match(picker.text, /data-testid="patient-zoe-nguyen-mueller"/);
    assert.match(picker.text, /Nguyễn-Müller, Zoë/);
    const consent = await browser.open(`${picker.url}?patient=zoe-nguyen-mueller`);
    assert.match(consent.text, /data-testid="scope-patient\/\*\.rs"/);
    const returned = await browser.submit(consent, 'consent', { patient: 'zoe-nguyen-mueller', scope: SCOPE.split(' ') });

    const parameters = returned.redirect.searchParams;
    assert.equal(returned.redirect.origin + returned.redirect.pathname, REDIRECT_URI);
    assert.equal(parameters.get('state'), request.state);
    assert.equal(parameters.get('iss'), sandbox.origin);

    const response = await app.exchange(request, parameters.get('code'));
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('cache-control'), 'no-store');
    assert.equal(response.headers.get('pragma'), 'no-cache');
    const tokens = await response.json();
    assert.equal(tokens.token_type, 'Bearer');
    assert.equal(tokens.expires_in, 300);
    assert.equal(tokens.patient, 'zoe-nguyen-mueller');
    assert.equal(tokens.need_patient_banner, true);
    assert.deepEqual(scopes(tokens), scopes({ scope: SCOPE }));
    const claims = claimsOf(tokens.id_token);
    assert.equal(claims.sub, 'amara-okafor');
    assert.equal(claims.nonce, request.nonce);
    assert.equal(claims.fhirUser, `${sandbox.fhirBaseUrl}/Practitioner/amara-okafor`);
  });

  test('by a patient opens their own record without a picker', async () => {
    const tokens = await app.signIn({ user: 'maria-alvarez' });
    assert.equal(tokens.patient, 'maria-alvarez');
    assert.equal(claimsOf(tokens.id_token).fhirUser, `${sandbox.fhirBaseUrl}/Patient/maria-alvarez`);
  });

  test('grants only the scopes whose boxes stay checked', async () => {
    const granted = ['openid', 'launch/patient', 'patient/Condition.rs'];
    const tokens = await app.signIn({
      scope: 'openid fhirUser launch/patient patient/Condition.rs patient/Observation.rs offline_access',
      granted,
    });
    assert.deepEqual(scopes(tokens), granted.toSorted());
    assert.equal(tokens.refresh_token, undefined);
    assert.equal(claimsOf(tokens.id_token).fhirUser, undefined);
    assert.equal((await app.fhir(tokens, 'Condition')).status, 200);
    assert.equal((await app.fhir(tokens, 'Observation')).status, 403);
  });

  test('returns no patient if the user denies launch/patient', async () => {
    const tokens = await app.signIn({ granted: ['openid', 'patient/*.rs'] });
    assert.equal(tokens.patient, undefined);
    const response = await app.fhir(tokens, 'Condition');
    assert.equal(response.status, 403);
    assert.match((await response.json()).issue[0].diagnostics, /needs a patient in context/);
  });

  test('that is denied redirects with access_denied', async () => {
    const browser = new Browser();
    const request = app.authorizationRequest();
    const page = await browser.open(app.authorizationUrl(request));
    const picker = await browser.submit(page, 'user', { user: 'amara-okafor' });
    const { redirect } = await browser.submit(picker, 'denial', {});
    assert.equal(redirect.searchParams.get('error'), 'access_denied');
    assert.equal(redirect.searchParams.get('state'), request.state);
  });

  test('asks for the patient again, but not for the user, in the same browser', async () => {
    const browser = new Browser();
    await app.signIn({ browser });
    const page = await browser.open(app.authorizationUrl(app.authorizationRequest()));
    assert.match(page.text, /Choose a patient/);
    assert.match(page.text, /Signed in as Dr\. Amara Okafor/);
  });

  test('accepts scopes of version 1 and 2, with and without a query, for any resource type', async () => {
    const scope =
      'launch/patient patient/*.read user/Observation.write patient/CarePlan.cu patient/Observation.rs?category=laboratory';
    const tokens = await app.signIn({ scope: `${scope} patient/Observation.sr nonsense` });
    assert.deepEqual(scopes(tokens), scopes({ scope }));
  });
});

describe('EHR launch', () => {
  test('shows no page and returns tokens with the whole context', async () => {
    const { launch, url } = await app.launchFromEhr({ patient: 'walter-nowak', intent: 'review-results' });
    assert.equal(url.searchParams.get('theme'), 'blue');
    assert.equal(url.searchParams.get('iss'), sandbox.fhirBaseUrl);

    const request = app.authorizationRequest({ launch, scope: EHR_SCOPE });
    const { redirect } = await new Browser().open(app.authorizationUrl(request));
    assert.ok(redirect, 'no page is shown');
    const tokens = await (await app.exchange(request, redirect.searchParams.get('code'))).json();

    assert.equal(tokens.patient, 'walter-nowak');
    assert.equal(tokens.encounter, 'walter-nowak-visit-today');
    assert.deepEqual(tokens.fhirContext, [{ reference: 'Condition/walter-nowak-heartFailure', type: 'Condition' }]);
    assert.equal(tokens.need_patient_banner, true);
    assert.equal(tokens.intent, 'review-results');
    assert.equal(tokens.tenant, 'lakeside-health');
    const style = await (await fetch(tokens.smart_style_url)).json();
    assert.match(style.color_highlight, /^#/);
    assert.ok(tokens.refresh_token, 'online_access gives a refresh token');
    const refreshed = await (await app.refresh(tokens.refresh_token)).json();
    assert.equal(refreshed.encounter, tokens.encounter);
    assert.deepEqual(scopes(refreshed), scopes(tokens));
  });

  test('inside the chart needs no patient banner', async () => {
    const page = await (await fetch(`${sandbox.ehrUrl}/hannah-berg/demo`)).text();
    const src = new URL(/<iframe[^>]* src="([^"]+)"/.exec(page)[1].replaceAll('&amp;', '&'));
    const tokens = await app.signIn({ launch: src.searchParams.get('launch') });
    assert.equal(tokens.patient, 'hannah-berg');
    assert.equal(tokens.need_patient_banner, false);
  });

  test('works only once with the same handle', async () => {
    const { launch } = await app.launchFromEhr();
    await app.signIn({ launch });
    const { redirect } = await new Browser().open(
      app.authorizationUrl(app.authorizationRequest({ launch, scope: EHR_SCOPE })),
    );
    assert.equal(redirect.searchParams.get('error'), 'invalid_request');
  });

  test('is refused for a handle that the EHR did not create, or created for another app', async () => {
    const { launch } = await app.launchFromEhr({ clientId: 'other' });
    for (const handle of ['made-up', launch]) {
      const { redirect } = await new Browser().open(
        app.authorizationUrl(app.authorizationRequest({ launch: handle, scope: EHR_SCOPE })),
      );
      assert.equal(redirect.searchParams.get('error'), 'invalid_request');
    }
  });

  test('works only once even if two requests come at the same time', async () => {
    const { launch } = await app.launchFromEhr();
    const attempt = async () =>
      (await new Browser().open(app.authorizationUrl(app.authorizationRequest({ launch, scope: EHR_SCOPE })))).redirect;
    const redirects = await Promise.all([attempt(), attempt()]);
    assert.deepEqual(redirects.map(({ searchParams }) => searchParams.has('code')).toSorted(), [false, true]);
  });

  test('without the launch scope is refused', async () => {
    const { launch } = await app.launchFromEhr();
    const { redirect } = await new Browser().open(app.authorizationUrl(app.authorizationRequest({ launch })));
    assert.equal(redirect.searchParams.get('error'), 'invalid_scope');
  });

  test('replaces another user in the browser, whose tokens stay valid', async () => {
    const browser = new Browser();
    const patientTokens = await app.signIn({
      browser,
      user: 'maria-alvarez',
      scope: 'openid launch/patient patient/*.rs online_access',
    });
    const { launch } = await app.launchFromEhr({ patient: 'noah-adeyemi' });
    const practitionerTokens = await app.signIn({ browser, launch });
    assert.equal(claimsOf(practitionerTokens.id_token).sub, 'amara-okafor');
    assert.equal((await app.fhir(patientTokens, 'Patient/maria-alvarez')).status, 200);
    assert.equal((await app.fhir(practitionerTokens, 'Patient/noah-adeyemi')).status, 200);
  });
});

describe('authorization request', () => {
  test('may be sent as a form by POST', async () => {
    const request = app.authorizationRequest();
    const page = await new Browser().open(app.server.authorization_endpoint, { form: request.parameters });
    assert.equal(page.status, 200);
    assert.match(page.text, /data-testid="user-amara-okafor"/);
    const tokens = await app.signIn({ byPost: true });
    assert.ok(tokens.refresh_token, 'offline_access gives a refresh token');
  });

  test('gets the response in the fragment if requested', async () => {
    const { redirect } = await app.authorize(app.authorizationRequest({ response_mode: 'fragment' }));
    assert.equal(redirect.search, '');
    assert.ok(new URLSearchParams(redirect.hash.slice(1)).get('code'));
  });

  test('gets the response as a form that submits itself if requested', async () => {
    const { text } = await app.authorize(app.authorizationRequest({ response_mode: 'form_post' }));
    assert.match(text, new RegExp(`action="${REDIRECT_URI}"`));
    assert.match(text, /name="code" value="[^"]+"/);
    assert.match(text, new RegExp(`name="iss" value="${sandbox.origin}"`));
  });

  test('with a wrong or missing aud is refused', async () => {
    for (const aud of [`${sandbox.fhirBaseUrl}/`, 'https://elsewhere.example/fhir', undefined]) {
      const { redirect } = await new Browser().open(app.authorizationUrl(app.authorizationRequest({ aud })));
      assert.equal(redirect.searchParams.get('error'), 'invalid_request');
      assert.match(redirect.searchParams.get('error_description'), /aud/);
    }
  });

  test('without PKCE is refused', async () => {
    const request = app.authorizationRequest({ code_challenge: undefined, code_challenge_method: undefined });
    const { redirect } = await new Browser().open(app.authorizationUrl(request));
    assert.equal(redirect.searchParams.get('error'), 'invalid_request');
  });

  test('with a redirect URI that is not registered gets an error page, and no redirect', async () => {
    const page = await new Browser().open(
      app.authorizationUrl(app.authorizationRequest({ redirect_uri: 'http://localhost:1/' })),
    );
    assert.equal(page.status, 400);
    assert.match(page.text, /invalid_redirect_uri/);
  });

  test('must be pushed by an app with requirePar, and a pushed one gets offline access too', async () => {
    const notPushed = await new Browser().open(app.authorizationUrl(app.authorizationRequest({ client_id: 'pushing' })));
    assert.equal(notPushed.redirect.searchParams.get('error'), 'invalid_request');

    const request = app.authorizationRequest({ client_id: 'pushing' });
    const pushed = await app.post(app.server.pushed_authorization_request_endpoint, request.parameters);
    assert.equal(pushed.status, 201);
    const { request_uri } = await pushed.json();
    const { redirect } = await app.authorize({ ...request, parameters: { client_id: 'pushing', request_uri } });
    const tokens = await (await app.exchange(request, redirect.searchParams.get('code'))).json();
    assert.equal(tokens.patient, 'maria-alvarez');
    assert.ok(tokens.refresh_token);

    const wrongAudience = await app.post(app.server.pushed_authorization_request_endpoint, {
      ...request.parameters,
      aud: 'https://elsewhere.example',
    });
    assert.equal((await wrongAudience.json()).error, 'invalid_request');
  });

  test('with prompt=none uses the session, and never the context of another launch', async () => {
    const browser = new Browser();
    const scope = 'openid launch launch/patient patient/*.rs';
    await app.signIn({ browser, scope });
    const silent = await browser.open(app.authorizationUrl(app.authorizationRequest({ scope, prompt: 'none' })));
    assert.ok(silent.redirect.searchParams.get('code'));
    const { launch } = await app.launchFromEhr({ patient: 'walter-nowak' });
    const launched = await browser.open(
      app.authorizationUrl(app.authorizationRequest({ scope, prompt: 'none', launch })),
    );
    assert.equal(launched.redirect.searchParams.get('error'), 'consent_required');
  });
});

describe('sandbox', () => {
  test('records every request without its query', async () => {
    sandbox.requests.length = 0;
    const request = app.authorizationRequest();
    const { redirect } = await app.authorize(request);
    await app.exchange(request, redirect.searchParams.get('code'), { origin: APP_ORIGIN });
    const count = (purpose) => sandbox.requests.filter((entry) => entry.purpose === purpose).length;
    assert.equal(count('authorize'), 1);
    assert.equal(count('token'), 1);
    const { method, path, status, origin, grantType, at } = sandbox.requests.at(-1);
    assert.deepEqual(
      [method, path, status, origin, grantType],
      ['POST', '/token', 200, APP_ORIGIN, 'authorization_code'],
    );
    assert.ok(Date.now() - at < 60_000);
    assert.ok(!JSON.stringify(sandbox.requests).includes(redirect.searchParams.get('code')));
  });

  test('responds only under its own host name', async () => {
    const response = await fetch(sandbox.origin.replace('localhost', '127.0.0.1'));
    assert.equal(response.status, 421);
  });

  test('responds to requests while it starts', async () => {
    const stopped = await startSandbox();
    const { port } = new URL(stopped.origin);
    await stopped.close();
    const starting = startSandbox({ port: Number(port) });
    const response = await fetchWhenListening(`${stopped.fhirBaseUrl}/metadata`);
    assert.equal(response.status, 200);
    await (await starting).close();
  });

  test('rejects if its port is in use', async () => {
    await assert.rejects(startSandbox({ port: Number(new URL(sandbox.origin).port) }), { code: 'EADDRINUSE' });
  });
});

/** The response to the first request that the server accepts. */
async function fetchWhenListening(url) {
  for (;;) {
    try {
      return await fetch(url, { signal: AbortSignal.timeout(10_000) });
    } catch (error) {
      if (error.cause?.code !== 'ECONNREFUSED') throw error;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

test('metadata links to the user-access brands, which any page may read; the sandbox’s own brand has this server', async () => {
  const { fhirBaseUrl } = sandbox;
  const configuration = await (await fetch(`${fhirBaseUrl}/.well-known/smart-configuration`)).json();
  const response = await fetch(configuration.user_access_brand_bundle);
  assert.deepEqual([response.status, response.headers.get('access-control-allow-origin')], [200, '*']);
  const { resourceType, entry } = await response.json();
  assert.equal(resourceType, 'Bundle');
  const resources = new Map(entry.map(({ resource }) => [`${resource.resourceType}/${resource.id}`, resource]));
  assert.equal(resources.size, entry.length);
  const { value } = configuration.user_access_brand_identifier;
  const organization = [...resources.values()].find(({ identifier }) => identifier?.[0].value === value);
  assert.equal(resources.get(organization.endpoint[0].reference).address, fhirBaseUrl);
  for (const { endpoint = [], partOf } of resources.values()) {
    for (const { reference } of [...endpoint, ...(partOf ? [partOf] : [])]) assert.ok(resources.has(reference), reference);
  }
});

test('metadata requires pushed requests if every app with a user has to push', async () => {
  const pushing = registration('pushing', { requirePar: true });
  for (const [apps, expected] of [
    [[pushing, { clientId: 'nightly', backend: true, jwks: { keys: [] } }], true],
    [[pushing, registration('other')], false],
    [[], false],
  ]) {
    const { fhirBaseUrl, close } = await startSandbox({ apps: /** @type {import('./sandbox.d.ts').App[]} */ (apps) });
    const response = await fetch(`${fhirBaseUrl}/.well-known/smart-configuration`);
    assert.equal((await response.json()).require_pushed_authorization_requests, expected);
    await close();
  }
});
