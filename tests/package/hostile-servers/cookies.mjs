// Group C: cookies that another host of the same site, or the user, has set.

import assert from 'node:assert/strict';

/**
 * @typedef {import('./play.mjs').Play} Play
 * @typedef {import('./play.mjs').Variant} Variant
 * @typedef {import('./play.mjs').Outcome} Outcome
 */

/** A well-formed cookie value that belongs to no session. */
const UNKNOWN = 'A'.repeat(43);

/** The session (or `null`) for each of these `Cookie` headers. @param {Play} play @param {Record<string, string>} headers */
async function sessionsWith({ smart, id }, headers) {
  /** @type {Record<string, Outcome>} */
  const outcomes = {};
  for (const [title, cookie] of Object.entries(headers)) {
    outcomes[title] = await smart.session({ url: '/page', headers: { cookie, 'smart-session': id } });
  }
  return outcomes;
}

/** Cookies that resemble `cookie`, as another host of the same site may be able to set them. @param {string} cookie */
const similarCookies = (cookie) => ({
  'without the prefix': cookie.replace('__Host-', ''),
  '__Secure-': cookie.replace('__Host-', '__Secure-'),
  'lower case': cookie.replace('__Host-', '__host-'),
  'upper case': cookie.replace('__Host-smart', '__HOST-smart'),
  'a space in the name': cookie.replace('__Host-', '__Host- '),
  'a letter before the name': `x${cookie}`,
  'no name': `=${cookie}`,
  'in quotes': `"${cookie}"`,
  'in the value of another cookie': `x="${cookie}`,
  'percent-encoded': cookie.replace('__Host-', '__Host%2D'),
  'comma in place of semicolon': `x=1, ${cookie}`,
});

/** @type {Record<string, Variant[]>} */
export const COOKIES = {
  S030: [
    {
      title: 'another value beside that of the session',
      run: (play) => {
        const sessionCookie = play.browser.cookie();
        const name = sessionCookie.split('=')[0];
        return sessionsWith(play, {
          before: `${name}=${UNKNOWN}; ${sessionCookie}`,
          after: `${sessionCookie}; ${name}=${UNKNOWN}`,
          'with a malformed value': `${sessionCookie}; ${name}=x`,
          'without a value': `${name}; ${sessionCookie}; ${name}=`,
          'three times': `${sessionCookie}; ${name}=${UNKNOWN}; ${sessionCookie}`,
        });
      },
    },
  ],

  S031: [
    {
      title: 'session cookie',
      code: 'signed_out',
      run: (play) => sessionsWith(play, similarCookies(play.browser.cookie())),
    },
    {
      title: 'cookie of a sign-in',
      code: 'state_unknown',
      async run({ attacker }) {
        const callback = await attacker.begin();
        /** @type {Record<string, Outcome>} */
        const outcomes = {};
        for (const [title, cookie] of Object.entries(similarCookies(attacker.cookie()))) {
          outcomes[title] = await attacker.visit(callback, { headers: { cookie, 'sec-fetch-site': 'cross-site' } });
        }
        return outcomes;
      },
    },
  ],

  S032: [
    {
      title: 'one long cookie or many cookies beside the session cookie',
      run: (play) => {
        const sessionCookie = play.browser.cookie();
        const long = 'y'.repeat(40_000);
        return sessionsWith(play, { before: `x=${long}; ${sessionCookie}`, after: `${sessionCookie}; x=${long}`, 'many names': `${sessionCookie}${'; a=b'.repeat(8_000)}` });
      },
    },
  ],

  S033: [
    {
      title: 'each malformed value',
      run: (play) => {
        const [name, value = ''] = play.browser.cookie().split('=');
        return sessionsWith(play, {
          quoted: `${name}="${value}"`,
          longer: `${name}=${value}A`,
          shorter: `${name}=${value.slice(0, -1)}`,
          empty: `${name}=`,
          '= before the value': `${name}==${value}`,
          '= after the value': `${name}=${value}=`,
          'another case': `${name}=${value.replace(/[a-z]/, (letter) => letter.toUpperCase())}`,
          'a NUL': `${name}=${value}\u0000`,
          'a letter above ASCII': `${name}=${value.slice(1)}é`,
          'percent-encoded': `${name}=${encodeURIComponent(`${value}=`)}`,
        });
      },
    },
  ],

  S034: [
    {
      title: 'the session is found if its cookie comes last, and not if it comes first',
      async run(play) {
        const otherCookies = Array.from({ length: 100 }, (_, number) => `__Host-smart-launch.${number}=${UNKNOWN}`).join('; ');
        const sessionCookie = play.browser.cookie();
        const [before, after] = [`${otherCookies}; ${sessionCookie}`, `${sessionCookie}; ${otherCookies}`];
        const sessions = await sessionsWith(play, { before, after });
        assert.equal(sessions['after'], null);
        const { before: session } = sessions;
        assert.equal(/** @type {{ id?: string } | null} */ (session)?.id, play.id);
        return { before: /** @type {Outcome} */ (session ?? null) };
      },
    },
  ],
};
