/** The home page: the URLs of the FHIR server, the EHR and the apps, for a developer who opens the sandbox's address. */

import { html } from './html.mjs';
import { keyIds } from '../oauth/assertion.mjs';
import { dialog } from './layout.mjs';

/**
 * @param {object} page
 * @param {string} page.fhirBaseUrl
 * @param {string} page.ehrUrl
 * @param {import('../sandbox.d.ts').App[]} page.apps
 */
export function homePage({ fhirBaseUrl, ehrUrl, apps }) {
  return dialog({
    title: 'Overview',
    width: 'wide',
    content: html`<h1>SMART on FHIR sandbox</h1>
<p class="lead">An authorization server, a FHIR R4 API and a small EHR, with synthetic patients.</p>
<dl class="addresses">
  <dt>FHIR base URL</dt><dd><code>${fhirBaseUrl}</code></dd>
  <dt>Described at</dt>
  ${['.well-known/smart-configuration', 'metadata'].map(
    (path) => html`<dd><a href="${fhirBaseUrl}/${path}"><code>…/${path}</code></a></dd>`,
  )}
</dl>
<h2 class="group">Registered apps</h2>
<dl class="addresses">
  ${apps.map(
    ({ clientId, redirectUris = [], launchUrl, backend, jwks }) => html`<dt>Client id</dt><dd><code>${clientId}</code></dd>
  ${backend ? html`<dt>Type</dt><dd>without a user</dd>` : html`<dt>Redirect URIs</dt>${redirectUris.map((uri) => html`<dd><code>${uri}</code></dd>`)}`}
  ${jwks && html`<dt>Key ids</dt>${keyIds(jwks).map((kid) => html`<dd><code>${kid}</code></dd>`)}`}
  ${launchUrl && html`<dt>Launch URL</dt><dd><code>${launchUrl}</code></dd>`}`,
  )}
</dl>
<p class="actions"><a class="button primary" href="${ehrUrl}">Open the EHR</a></p>`,
  });
}
