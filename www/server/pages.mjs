// The pages of the demo that is signed in on the server.

import { html } from '../sandbox/pages/html.mjs';

/** @param {string} title @param {unknown} main */
const page = (title, main) => html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>${title}</title>
    <link rel="stylesheet" href="/style.css" />
  </head>
  <body>
    <header>smart-launch <span>server-side demo</span></header>
    <main>${main}</main>
  </body>
</html>`;

/** @param {{ otherDemo: string, fhirBaseUrl: string }} urls */
export const startPage = ({ otherDemo, fhirBaseUrl }) =>
  page(
    'smart-launch: server-side demo',
    html`<h1>Open a health record</h1>
      <p class="lead">
        This demo signs you in on its server with <code>smart-launch/server</code>, as a confidential client. The tokens stay in the
        session store of the server; the page has none, and no script.
      </p>
      <p><a class="button main" href="/auth/login" data-testid="sign-in">Sign in</a></p>
      <p class="note">Server: <code>${fhirBaseUrl}</code>. <a href="${otherDemo}">The demo that signs in in the browser</a></p>`,
  );

/** @param {string} message */
export const failurePage = (message) =>
  page('smart-launch: server-side demo', html`<h1>Not available</h1>
      <p class="lead">${message}</p>
      <p><a class="button" href="/">Back to the start</a></p>`);

/**
 * @param {{
 *   session: import('smart-launch/server').ServerSession,
 *   person: any, conditions: any[] | undefined, observations: any[] | undefined,
 * }} record resources as the server returns them
 */
export function recordPage({ session, person, conditions, observations }) {
  const name = nameOf(person);
  return page(
    `${name} – smart-launch`,
    html`<div class="banner">
        <div>
          <h1 data-testid="patient-name">${name}</h1>
          <p class="note">${[person.gender, person.birthDate && `born ${person.birthDate}`].filter(Boolean).join(', ')}</p>
        </div>
        <div class="actions">
          <a class="button" href="/auth/login" target="_blank" data-testid="other-patient">Open another patient in a new tab</a>
          <form method="post" action="/auth/logout?smart_session=${session.id}">
            <button class="button" data-testid="sign-out">Sign out</button>
          </form>
        </div>
      </div>
      <p class="hint" data-testid="no-token">
        This page has no token. Its server keeps the tokens; the browser has a cookie that scripts cannot read, and the id of this
        tab’s session in the URL. Another tab may show another patient.
      </p>
      <section aria-labelledby="conditions">
        <h2 id="conditions">Conditions</h2>
        ${listOf(conditions, (items) => html`<ul data-testid="conditions">
          ${items.map((condition) => html`<li>
            <strong>${textOf(condition.code)}</strong>
            <span class="note">${[textOf(condition.clinicalStatus), since(condition)].filter(Boolean).join(', ')}</span>
          </li>`)}
        </ul>`)}
      </section>
      <section aria-labelledby="vitals">
        <h2 id="vitals">Latest vital signs</h2>
        ${listOf(observations && latest(observations), (items) => html`<dl data-testid="vitals">
          ${items.map((observation) => html`<div>
            <dt>${textOf(observation.code)}</dt>
            <dd>${valueOf(observation)} <span class="note">${dayOf(observation.effectiveDateTime)}</span></dd>
          </div>`)}
        </dl>`)}
      </section>`,
  );
}

/**
 * @param {any[] | undefined} items
 * @param {(items: any[]) => unknown} list
 */
function listOf(items, list) {
  if (!items) return html`<p class="note">Not shared with this app.</p>`;
  return items.length > 0 ? list(items) : html`<p class="note">None recorded.</p>`;
}

/** @param {any} person */
function nameOf({ name = [] }) {
  const { text, given = [], family = '' } = name.find((/** @type {any} */ { use }) => use === 'official') ?? name[0] ?? {};
  return text ?? ([...given, family].join(' ').trim() || 'Unnamed patient');
}

/** @param {any} concept */
const textOf = (concept) => concept?.text ?? concept?.coding?.[0]?.display ?? concept?.coding?.[0]?.code ?? 'unknown';

/** @param {any} condition */
const since = ({ onsetDateTime }) => onsetDateTime && `since ${dayOf(onsetDateTime)}`;

/** @param {string | undefined} date */
const dayOf = (date) => date?.slice(0, 10);

/** The newest observation of each code. `observations` is sorted, newest first. @param {any[]} observations */
function latest(observations) {
  const byCode = new Map(observations.toReversed().map((observation) => [textOf(observation.code), observation]));
  return [...byCode.values()].sort((a, b) => textOf(a.code).localeCompare(textOf(b.code)));
}

/** @param {any} observation */
function valueOf({ valueQuantity, component = [] }) {
  const quantities = valueQuantity ? [valueQuantity] : component.map((/** @type {any} */ { valueQuantity: quantity }) => quantity);
  const present = quantities.filter(Boolean);
  return present.length > 0 ? `${present.map((/** @type {any} */ { value }) => value).join('/')} ${present[0].unit ?? ''}` : 'no value';
}
