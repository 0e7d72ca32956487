// The recipes of the docs in a browser, against the sandbox, with the Content-Security-Policy of the docs. Data of one patient is
// never shown, cached or sent in a session of another patient.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { openBrowser, openPage } from '../e2e/sandbox.mjs';
import { openApp } from './app.mjs';
import { bundle, createDirectory, launchFromEhr, signIn, signInOn, startSandbox } from './docs.mjs';
import { fillWithRecipes, recipeFiles, startRecorder } from './recipes.mjs';

const EHR = 'https://ehr.example';
const CLIENT_ID = 'growth-chart';

/** Mounts the app of the recipes. */
const MOUNT = `import { createElement } from 'react';
import { createRoot } from 'react-dom/client';
const mount = (component: any) => createRoot(document.body.appendChild(document.createElement('main'))).render(createElement(component));
`;

const PACKAGES_BY_PAGE = {
  'recipes-requests': ['@tanstack/react-query', 'swr', 'axios', 'ky', 'openapi-fetch'],
  'recipes-routing': ['react-router', '@tanstack/react-router'],
  monitoring: ['@sentry/browser', '@opentelemetry/sdk-trace-web', '@opentelemetry/instrumentation-fetch'],
  testing: ['vitest', 'msw'],
};

it('the versions on the pages are the installed versions', async () => {
  const read = (path) => readFile(new URL(`../../${path}`, import.meta.url), 'utf8');
  const { devDependencies } = JSON.parse(await read('xtask/docs/package.json'));
  for (const [page, names] of Object.entries(PACKAGES_BY_PAGE)) {
    const text = await read(`docs/${page}.md`);
    for (const name of names) assert.ok(text.includes(` ${devDependencies[name]}`) || text.includes(`(${devDependencies[name]})`), name);
  }
});

describe('recipes', () => {
  let browser, app, sandbox, recorder, page;
  before(async () => {
    [browser, app, recorder] = await Promise.all([openBrowser(), openApp(), startRecorder()]);
    const redirectUris = [app.url, `${app.url}portal/back/lakeside`];
    sandbox = await startSandbox({
      apps: [{ clientId: CLIENT_ID, redirectUris, launchUrl: `${app.url}portal/launch` }],
    });
  });
  after(async () => {
    await browser.close();
    await sandbox.close();
    for (const { close } of [app, recorder]) close();
  });
  beforeEach(async () => {
    sandbox.requests.length = 0;
    recorder.requests.length = 0;
    page = await openPage(browser);
  });
  afterEach(async () => {
    await page.context().close();
  });

  const replacements = () => ({ [`${EHR}/fhir`]: sandbox.fhirBaseUrl });
  const waitForText = (text) =>
    page.waitForFunction((text) => document.querySelector('main')?.textContent.includes(text), text, { timeout: 15_000 });
  /** Opens the app from the chart of a patient. */
  const launch = async (patient) => page.goto(await launchFromEhr({ ehrUrl: sandbox.ehrUrl, clientId: CLIENT_ID, patient }));
  /** Signs in again, with another patient, without leaving the page. */
  const signInAgain = async (patient) => {
    const request = await page.evaluate((iss) => smart.authorize({ iss, navigate: false }), sandbox.fhirBaseUrl);
    await page.evaluate((callback) => smart.ready({ callback }), await signIn(request, { patient }));
  };
  /** Opens the app from the chart of a patient, and waits until the app has a session. */
  const openAndSignIn = async (patient) => {
    await launch(patient);
    await page.waitForFunction(() => globalThis.smart?.getState().session);
  };
  /** Records the texts on the screen, with the patient of the session. */
  const recordTexts = () =>
    page.evaluate(() => {
      globalThis.recordedTexts = [];
      const record = () => {
        const { session } = smart.getState();
        const text = document.querySelector('main').textContent;
        const last = recordedTexts.at(-1);
        if (last?.patient !== session?.patient || last?.text !== text) recordedTexts.push({ patient: session?.patient, text });
      };
      new MutationObserver(record).observe(document.body, { childList: true, subtree: true, characterData: true });
      record();
    });
  /** Whether this text was on the screen in a session of this patient. */
  const wasShown = (patient, text) =>
    page.evaluate(
      ([patient, text]) => recordedTexts.some((shown) => shown.patient === patient && shown.text.includes(text)),
      [patient, text],
    );
  /** Delays the responses to requests for a URL until `release` is called. `firstRequest` resolves to the first such request. */
  const delayResponses = async (url) => {
    let release;
    const released = new Promise((resolve) => (release = resolve));
    const firstRequest = page.waitForRequest(url);
    await page.route(url, async (route) => {
      await released;
      await route.continue().catch(() => {});
    });
    return { firstRequest, release };
  };
  const failureOf = (request) =>
    new Promise((resolve) => page.on('requestfailed', (failed) => failed === request && resolve(failed.failure().errorText)));

  /** Shows a patient, then a second one whose response is late, then a third one: no session shows the name of another patient. */
  async function changePatients(url) {
    await launch('noah-adeyemi');
    await waitForText('Adeyemi');
    await recordTexts();
    const { firstRequest, release } = await delayResponses(url);
    await signInAgain('hannah-berg');
    const request = await firstRequest;
    const aborted = failureOf(request);
    await signInAgain('walter-nowak');
    assert.match(await aborted, /ABORTED/);
    release();
    await waitForText('Nowak');
    await signInAgain('hannah-berg');
    await waitForText('Berg');
    await page.evaluate(() => smart.refresh().catch(() => {}));
    for (const [patient, others] of [
      ['noah-adeyemi', ['Berg', 'Nowak']],
      ['hannah-berg', ['Adeyemi', 'Nowak']],
      ['walter-nowak', ['Adeyemi', 'Berg']],
    ]) {
      for (const other of others) assert.equal(await wasShown(patient, other), false, `${other} in the session of ${patient}`);
    }
    assert.ok(await wasShown('walter-nowak', 'Nowak'));
    const reads = sandbox.requests.filter(({ method, path }) => method === 'GET' && path.startsWith('/fhir/Patient'));
    assert.ok(reads.every(({ status }) => status === 200 || status === undefined), JSON.stringify(reads));
  }

  for (const [library, file] of [
    ['TanStack Query', 'query'],
    ['SWR', 'swr'],
  ]) {
    it(`${library}: after a sign-in for another patient, no data of the previous patient is shown, even for the same URL`, async () => {
      const code = `${MOUNT}import { RequireSmart, SmartProvider } from 'smart-launch/react';
        import { Records, useFhir } from './${file}'; import { smart } from './smart';
        const h = createElement;
        const Name = () => h('h1', null, useFhir<any>('Patient?_elements=name').data?.entry[0].resource.name[0].family);
        const guard = { redirect: 'launch', unauthenticated: 'Signed out' };
        Object.assign(globalThis, { smart });
        mount(() => h(SmartProvider, { client: smart }, h(RequireSmart, guard, h(Records, null, h(Name)))));`;
      await fillWithRecipes(app, { code, replacements: replacements() });
      await changePatients('**/fhir/Patient?*');
      await page.evaluate(() => smart.logout());
      await waitForText('Signed out');
      assert.equal(await page.textContent('main'), 'Signed out');
      assert.deepEqual(page.problems, []);
    });
  }

  it('TanStack Query: a retry waits for Retry-After, and errors that are not retryable are shown at once', async () => {
    const code = `${MOUNT}import { App } from './app'; import { smart } from './smart';
      Object.assign(globalThis, { smart }); mount(App);`;
    await fillWithRecipes(app, { code, replacements: replacements() });
    const responses = [
      { status: 503, headers: { 'retry-after': '1' } },
      { status: 404, contentType: 'application/fhir+json', body: '{"resourceType":"OperationOutcome"}' },
    ];
    const requestTimes = [];
    await page.route('**/fhir/Patient/*', (route) => {
      requestTimes.push(Date.now());
      const { headers, ...response } = responses.shift();
      const cors = { 'access-control-allow-origin': '*', 'access-control-expose-headers': '*' };
      return route.fulfill({ ...response, headers: { ...headers, ...cors } });
    });
    await launch('noah-adeyemi');
    await waitForText('There is a problem with the health record system');
    assert.equal(requestTimes.length, 2);
    // Timers may be a few milliseconds early.
    assert.ok(requestTimes[1] - requestTimes[0] >= 990);
  });

  it('writing: a form of an ended session sends nothing, and an update of an earlier version is refused', async () => {
    const code = `${MOUNT}import { Records } from './query'; import { useSave } from './save'; import { smart } from './smart';
      const Form = () => { Object.assign(globalThis, { save: useSave() }); return null; };
      const Root = () => createElement(Records, null, createElement(Form));
      Object.assign(globalThis, { smart });
      if (!(await smart.ready())) await smart.authorize();
      mount(Root);`;
    await fillWithRecipes(app, { code, replacements: replacements() });
    await openAndSignIn('noah-adeyemi');
    await page.waitForFunction(() => globalThis.save);
    const outcome = await page.evaluate(async () => {
      const { entry } = await smart.request('Observation?_count=1');
      const [{ resource }] = entry;
      const saved = await save.mutateAsync({ ...resource, note: [{ text: 'first' }] });
      const error = await save.mutateAsync({ ...resource, note: [{ text: 'second' }] }).catch((error) => error);
      Object.assign(globalThis, { saved, form: save });
      return [saved.note[0].text, saved.meta.versionId !== resource.meta.versionId, error.code, error.status];
    });
    assert.deepEqual(outcome, ['first', true, 'http_status', 412]);
    await signInAgain('hannah-berg');
    await page.waitForFunction(() => save !== form);
    sandbox.requests.length = 0;
    assert.equal(await page.evaluate(() => form.mutateAsync(saved).catch(({ code }) => code)), 'aborted');
    assert.deepEqual(sandbox.requests.filter(({ method }) => method === 'PUT'), []);
    assert.deepEqual(page.problems, []);
  });

  describe('other HTTP clients', () => {
    const code = `import * as axios from './axios'; import * as ky from './ky'; import * as openapi from './openapi';
      import { smart } from './smart';
      const patient = (id: string) => ({ params: { path: { id } } });
      const clients = {
        axios: {
          read: async (id: string, signal?: AbortSignal) => (await axios.fhir.get('Patient/' + id, { signal })).data,
          open: (url: string) => axios.fhir.get(url),
        },
        ky: {
          read: (id: string, signal?: AbortSignal) => ky.fhir('Patient/' + id, { signal }).json(),
          open: (url: string) => ky.fhir(url),
        },
        'openapi-fetch': {
          async read(id: string, signal?: AbortSignal) {
            const { data, error } = await openapi.fhir.GET('/Patient/{id}', { ...patient(id), signal });
            if (error) throw error;
            return data;
          },
          open: (url: string) => openapi.fhir.GET('/Patient/{id}', { ...patient('1'), baseUrl: url }),
        },
      };
      Object.assign(globalThis, { smart, clients });
      if (!(await smart.ready())) await smart.authorize();`;
    before(() => fillWithRecipes(app, { code, replacements: replacements() }));

    for (const name of ['axios', 'ky', 'openapi-fetch']) {
      it(`${name}: sends the token only under the FHIR base, aborts requests, and its errors contain the SmartError`, async () => {
        await openAndSignIn('noah-adeyemi');
        const read = (id) => page.evaluate(([name, id]) => clients[name].read(id), [name, id]);
        await page.evaluate(() => {
          const { fetch } = globalThis;
          globalThis.sentHeaders = [];
          globalThis.fetch = (input, init) => {
            sentHeaders.push([...new Request(input, init).headers.keys()]);
            return fetch(input, init);
          };
        });
        assert.equal((await read('noah-adeyemi')).birthDate.length, 10);
        // Other headers might be refused by the CORS settings of a FHIR server.
        assert.deepEqual(await page.evaluate(() => sentHeaders), [['accept', 'authorization']]);

        const refused = await page.evaluate(
          async ([name, url]) => {
            const error = await clients[name].open(url).catch((error) => error);
            const token = smart.getState().session.tokenResponse.access_token;
            const texts = [String(error), error.stack, JSON.stringify(error.toJSON?.() ?? error)];
            return { code: (error.cause ?? error).code, leaks: texts.some((text) => text?.includes(token)) };
          },
          [name, `${recorder.origin}/fhir`],
        );
        assert.deepEqual(refused, { code: 'origin_not_allowed', leaks: false });
        assert.deepEqual(recorder.requests, []);

        const { firstRequest, release } = await delayResponses('**/fhir/Patient/noah-adeyemi');
        await page.evaluate((name) => {
          globalThis.abort = new AbortController();
          globalThis.outcome = clients[name].read('noah-adeyemi', abort.signal).catch((error) => error);
        }, name);
        const aborted = failureOf(await firstRequest);
        await page.evaluate(() => abort.abort());
        assert.match(await aborted, /ABORTED/);
        assert.match(await page.evaluate(async () => (({ name, code, cause }) => `${name} ${code} ${cause?.code}`)(await outcome)), /abort|cancel/i);
        release();
        await page.unroute('**/fhir/Patient/noah-adeyemi');

        let attempts = 0;
        await page.route('**/fhir/Patient/noah-adeyemi', (route) => {
          attempts += 1;
          return attempts === 1 && name === 'ky' ? route.abort() : route.continue();
        });
        // ky repeats requests with retryable errors.
        if (name === 'ky') assert.equal((await read('noah-adeyemi')).id, 'noah-adeyemi');
        await page.route('**/fhir/Patient/noah-adeyemi', (route) => route.abort());
        const errorCode = await page.evaluate(async (name) => {
          const error = await clients[name].read('noah-adeyemi').catch((error) => error);
          return (error.cause?.code ? error.cause : error).code;
        }, name);
        assert.equal(errorCode, 'network');
        await page.unroute('**/fhir/Patient/noah-adeyemi');
      });
    }
  });

  // Node and Firefox send a `User-Agent` header that a script sets, Chromium does not.
  it('axios: adds no header of its own', async () => {
    const smart = `import { createFakeSmartClient } from 'smart-launch/testing';
      const resources = ({ headers }: Request) => ({ resourceType: 'Patient', id: String([...headers.keys()]) });
      export const smart = createFakeSmartClient({ session: { serverUrl: '${EHR}/fhir' }, resources });
      await smart.ready();`;
    const { 'axios.ts': axios } = await recipeFiles({});
    const built = await bundle('axios', { 'start.tsx': "export { fhir } from './axios';", 'axios.ts': axios, 'smart.ts': smart });
    const directory = await createDirectory('axios', { ...Object.fromEntries(built), 'package.json': '{ "type": "module" }' });
    const { fhir } = await import(pathToFileURL(`${directory}/app.js`));
    assert.equal((await fhir.get('Patient/1')).data.id, 'accept');
  });

  it('PDFs: reads them from data, a Binary or a file, and returns nothing that is not a PDF', async () => {
    const code = `import { readPdf } from './pdf'; import { smart } from './smart';
      Object.assign(globalThis, { smart, readPdf });
      if (!(await smart.ready())) await smart.authorize();`;
    await fillWithRecipes(app, { code, replacements: replacements() });
    await openAndSignIn('noah-adeyemi');
    const read = (attachment) =>
      page.evaluate(async (attachment) => {
        const { signal } = new AbortController();
        const pdfAttachment = attachment ?? (await smart.request('DocumentReference')).entry[0].resource.content[0].attachment;
        const document = { content: [{ attachment: { contentType: 'text/html' } }, { attachment: pdfAttachment }] };
        const blob = await readPdf(document, signal).catch((error) => error);
        return blob instanceof Blob ? [blob.type, (await blob.text()).slice(0, 5)] : (blob.code ?? blob.message);
      }, attachment);
    const pdf = { contentType: 'application/pdf' };
    const isPdf = ['application/pdf', '%PDF-'];
    assert.deepEqual(await read(), isPdf);
    assert.deepEqual(await read({ ...pdf, data: btoa('%PDF-1.7') }), isPdf);
    assert.equal(await read({ contentType: 'image/png' }), 'the document has no PDF');
    assert.equal(await read({ ...pdf, url: `${recorder.origin}/Binary/1` }), 'origin_not_allowed');
    assert.deepEqual(recorder.requests, []);
    const cors = { 'access-control-allow-origin': '*' };
    const responses = [
      { headers: cors, contentType: 'application/fhir+json', body: JSON.stringify({ resourceType: 'Binary', data: btoa('%PDF-1.7') }) },
      { headers: cors, contentType: 'application/pdf', body: '<script>document.title = sessionStorage.length</script>' },
      { headers: cors, status: 403 },
    ];
    await page.route('**/fhir/Binary/*', (route) => route.fulfill(responses.shift()));
    assert.deepEqual(await read({ ...pdf, url: 'Binary/1' }), isPdf);
    assert.equal(await read({ ...pdf, url: `${sandbox.fhirBaseUrl}/Binary/1` }), 'the file is no PDF');
    assert.equal(await read({ ...pdf, url: 'Binary/1' }), 'the server responded with the status 403');
  });

  it('patient picker: shows the results for the current text, sends no name in a URL, and reports the choice', async () => {
    const code = `${MOUNT}import { PatientPicker } from './patient-picker'; import { Records } from './query'; import { smart } from './smart';
      const onChoose = ({ id = '' }) => { document.title = id; };
      const Root = () => createElement(Records, null, createElement(PatientPicker, { onChoose }));
      Object.assign(globalThis, { smart });
      if (!(await smart.ready())) await smart.authorize();
      mount(Root);`;
    const scope = 'launch launch/patient openid fhirUser patient/*.rs patient/Observation.u';
    const changes = [['smart.ts', scope, 'openid fhirUser user/*.rs']];
    await fillWithRecipes(app, { code, replacements: replacements(), changes });
    await page.goto(app.url);
    await signInOn(page);
    const urls = [];
    page.on('request', (request) => urls.push(request.url()));
    const search = page.getByLabel('Name of the patient');
    const { firstRequest, release } = await delayResponses('**/fhir/Patient/_search');
    await search.fill('adeyemi');
    const aborted = failureOf(await firstRequest);
    await search.fill('berg');
    assert.match(await aborted, /ABORTED/);
    release();
    await page.unroute('**/fhir/Patient/_search');
    await page.click('text=/Berg, Hannah.*, born \\d{4}-\\d\\d-\\d\\d/');
    assert.equal(await page.title(), 'hannah-berg');
    assert.equal(await page.locator('main button').count(), 1);
    await search.fill('nobody of this name');
    await waitForText('No patient has this name.');
    assert.ok(urls.some((url) => url.endsWith('/_search')));
    assert.ok(!urls.some((url) => /berg|adeyemi/i.test(url)), String(urls));
    assert.deepEqual(page.problems, []);
  });

  for (const router of ['react-router', 'tanstack-router']) {
    describe(router, () => {
      let otherSandbox;
      before(async () => {
        const redirectUris = [`${app.url}portal/back/other`];
        otherSandbox = await startSandbox({ host: '127.0.0.1', apps: [{ clientId: 'growth-chart', redirectUris }] });
        const code = `import { smart } from './portal'; Object.assign(globalThis, { smart }); await import('./${router}');`;
        const allReplacements = { ...replacements(), 'https://other.example/r4': otherSandbox.fhirBaseUrl };
        await fillWithRecipes(app, { code, replacements: allReplacements });
      });
      after(() => otherSandbox.close());
      const path = () => page.evaluate(() => location.pathname + location.search + location.hash);
      const signInAt = async (name, choices) => {
        await page.click(`text=${name}`);
        await signInOn(page, choices);
      };

      it('signs in at the chosen EHR, returns to the requested page, and signs out', async () => {
        await page.goto(`${app.url}portal/chart?unit=cm#growth`);
        await waitForText('Where is your record?');
        assert.match(await path(), /^\/portal\/sign-in\?returnTo=/);
        await signInAt('Other Clinic', { patient: 'noah-adeyemi' });
        await waitForText('Adeyemi');
        assert.equal(await path(), '/portal/chart?unit=cm#growth');
        assert.deepEqual(sandbox.requests, []);
        await page.reload();
        await waitForText('Adeyemi');
        await page.click('text=Sign out');
        await waitForText('Where is your record?');
        assert.deepEqual(page.problems, []);
      });

      it('after a sign-in for another patient, no data of the previous patient is shown', async () => {
        await changePatients('**/fhir/Patient/*');
        assert.equal(await path(), '/portal/chart');
        assert.deepEqual(page.problems, []);
      });

      it('an EHR launch signs in without a choice of EHR, and a launch from an unknown EHR is an error', async () => {
        await launch('walter-nowak');
        await waitForText('Nowak');
        assert.equal(await path(), '/portal/chart');
        // Opens the redirect URI without a response.
        await page.goto(`${app.url}portal/back/lakeside`);
        await waitForText('Nowak');
        assert.equal(await path(), '/portal/chart');
        await page.goto(`${app.url}portal/launch?iss=https%3A%2F%2Fevil.example%2Ffhir&launch=1`);
        await page.waitForSelector('[role=alert]');
        await waitForText('Where is your record?');
        assert.equal(await path(), '/portal/sign-in');
      });

      it('after a refused sign-in the page shows the error, and the response is removed from the URL', async () => {
        await page.goto(`${app.url}portal/chart`);
        await signInAt('Lakeside Health', { deny: true });
        await page.waitForSelector('[role=alert]');
        assert.match(await path(), /^\/portal\/sign-in\?returnTo=[^&]*%2Fportal%2Fchart$/);
      });

      it('`returnTo` in a link does not lead to another site', async () => {
        await page.goto(`${app.url}portal/sign-in?returnTo=https%3A%2F%2Fevil.example%2F`);
        await signInAt('Lakeside Health', { patient: 'noah-adeyemi' });
        await waitForText('Adeyemi');
        assert.equal(await path(), '/portal/chart');
      });
    });
  }

  describe('monitoring', () => {
    const code = `import './sentry'; import './measure'; import { trace } from './opentelemetry';
      import { captureException, flush } from '@sentry/browser'; import { InMemorySpanExporter } from '@opentelemetry/sdk-trace-web';
      import { smart } from './smart';
      const exporter = new InMemorySpanExporter();
      const provider = trace(exporter);
      const finish = async () => {
        // A span ends a moment after its response. There are three requests.
        do {
          await new Promise((resolve) => setTimeout(resolve, 20));
          await provider.forceFlush();
        } while (exporter.getFinishedSpans().length < 3);
        await flush(5000);
        return exporter.getFinishedSpans().map(({ name, attributes, events, status }) => ({ name, attributes, events, status }));
      };
      Object.assign(globalThis, { smart, finish, captureException });
      if (!(await smart.ready())) await smart.authorize();`;
    /** Runs the app: returns everything that was sent, and the words that no report may contain. */
    async function report(changes) {
      await fillWithRecipes(app, { code, replacements: { ...replacements(), 'https://key@errors.example': recorder.origin.replace('://', '://key@') }, changes });
      const callbacks = new Set();
      const metrics = [];
      page.on('request', (request) => {
        const { origin, pathname, searchParams } = new URL(request.url());
        if (origin !== sandbox.origin && searchParams.has('code')) callbacks.add(searchParams.get('code')).add(searchParams.get('state'));
        if (pathname === '/metrics') metrics.push(request.postData());
      });
      await openAndSignIn('noah-adeyemi');
      const token = await page.evaluate(async () => {
        const { session } = smart.getState();
        await smart.request(`Patient/${session.patient}`);
        await smart.request('Observation?code=29463-7&_count=1');
        await smart.request('Patient/hannah-berg').catch(() => {});
        history.pushState(null, '', '/portal/patients/noah-adeyemi?name=Adeyemi#Adeyemi');
        history.pushState(null, '', '/portal/chart');
        const button = document.createElement('button');
        button.id = 'chart-of-noah-adeyemi';
        button.setAttribute('aria-label', 'Chart of Adeyemi');
        button.textContent = 'Open';
        document.body.append(button);
        console.log('Adeyemi', session.tokenResponse.access_token);
        return session.tokenResponse.access_token;
      });
      await page.click('text=Open');
      const pageError = page.waitForEvent('pageerror');
      await page.evaluate((token) => {
        setTimeout(() => {
          throw new Error(`no Observation/weight-7 of noah-adeyemi for amara-okafor with ${token} at ${smart.getState().session.serverUrl}/Patient/x-9?a=Adeyemi, Observation?code=x-10,x-11&name=(Adeyemi)Jones`);
        });
      }, token);
      await pageError;
      await page.evaluate(() => {
        captureException(new Error('with an attachment'), (scope) => scope.addAttachment({ filename: 'screen.txt', data: 'Adeyemi' }));
      });
      const spans = await page.evaluate(() => finish());
      const envelopes = recorder.requests.map(({ url, headers, body }) => url + JSON.stringify(headers) + body);
      return {
        sent: { envelopes: envelopes.join('\n'), spans: JSON.stringify(spans), metrics: metrics.join('\n') },
        words: ['noah-adeyemi', 'hannah-berg', 'Adeyemi', 'amara-okafor', 'weight-7', 'x-9', 'x-10', 'x-11', 'Jones', 'screen.txt', '29463-7', token, ...callbacks],
      };
    }

    it('no report has an id, a name, a query, a code or a token', async () => {
      const { sent, words } = await report();
      assert.equal(words.length, 14);
      for (const [where, text] of Object.entries(sent)) {
        for (const word of words) assert.ok(!text.includes(word), `${word} in ${where}: ${text}`);
      }
      assert.match(sent.envelopes, /no Observation\/\* of \* for \* with \* at http:\/\/localhost:\d+\/fhir\/Patient\/\* Observation"/);
      assert.match(sent.envelopes, /"\/portal\/\*\/\*"/);
      assert.match(sent.envelopes, /with an attachment/);
      assert.match(sent.envelopes, /HeadlessChrome/);
      assert.match(sent.spans, /\/fhir\/Patient\/\*"/);
      assert.match(sent.metrics, /"purpose":"fhir","method":"GET","url":"http:\/\/localhost:\d+\/fhir\/Patient\/\*","status":200/);
    });

    it('if the data is not cleaned, each id, name, query, code and token is in a report', async () => {
      const { sent, words } = await report([
        ['clean.ts', "if (typeof value === 'string')", "if (value) return value;\n  if (typeof value === 'string')"],
        ['sentry.ts', 'urlQueryParams: false', 'urlQueryParams: true'],
        ['sentry.ts', "typeof item === 'object' && !ArrayBuffer.isView(item)", 'Boolean(item)'],
      ]);
      for (const word of words) assert.ok(Object.values(sent).some((text) => text.includes(word)), word);
    });
  });
});
