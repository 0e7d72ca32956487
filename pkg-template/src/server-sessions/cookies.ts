// Cookies: secrets that identify the browser, and one secret for each pending sign-in. All are random and contain no data.

import { ID } from './seal.js';

/** Longest `Cookie` header that is read, in characters. */
const LONGEST = 32_768;
/** Maximum number of pending sign-ins of a browser; older ones are removed. */
const MOST_PENDING = 8;
/** Maximum number of secrets of a browser that are tried: only the newest ones, which browsers send last. */
const MOST_SECRETS = 8;
/** Seconds that a sign-in may take. */
export const PENDING_SECONDS = 600;

export interface BrowserSecret {
  /** End of the cookie's name: random, so that two first sign-ins at the same time do not overwrite each other's cookie. */
  readonly name: string;
  readonly secret: string;
}

export interface Cookies {
  /** The browser's secrets in a `Cookie` header. A browser has several if its first sign-ins were at the same time. */
  browser(header: string | null): BrowserSecret[];
  /** The secret of the sign-in with this name. */
  pending(header: string | null, name: string): string | undefined;
  /** The value of `Set-Cookie` that sets the cookie of a browser. */
  setBrowser(browser: BrowserSecret, seconds: number): string;
  /** Values of `Set-Cookie`: the last sets the cookie of a sign-in, the others remove the oldest cookies above the limit. */
  setPending(header: string | null, name: string, secret: string): string[];
  removePending(name: string): string;
}

/**
 * @param isSecure `false` for http on this machine, where browsers do not accept the prefix `__Host-`
 * @param frames whether the app runs in iframes of an EHR
 * @param isPosted whether an authorization server posts its response (`form_post`): that request comes from the server's site
 */
export function createCookies(isSecure: boolean, frames: boolean, isPosted: boolean): Cookies {
  const base = `${isSecure ? '__Host-' : ''}smart-launch`;
  const [pendingBase, browserBase] = [`${base}-`, `${base}.`];
  const attributes = (sameSite: string) => `Path=/; HttpOnly${isSecure ? '; Secure' : ''}; ${sameSite}`;
  const lax = 'SameSite=Lax';
  const framed = 'SameSite=None; Partitioned';
  const browserAttributes = attributes(frames && isSecure ? framed : lax);
  const pendingAttributes = attributes(frames && isSecure ? framed : isPosted && isSecure ? 'SameSite=None' : lax);
  const remove = (name: string) => `${name}=; Max-Age=0; ${pendingAttributes}`;
  return {
    browser(header) {
      const names = new Set(pairs(header).map(([name]) => name));
      const browserCookies = [...names].filter((name) => name.startsWith(browserBase)).slice(-MOST_SECRETS);
      return browserCookies.flatMap((name) => {
        const secret = singleValue(header, name);
        return secret ? [{ name: name.slice(browserBase.length), secret }] : [];
      });
    },
    pending: (header, name) => singleValue(header, pendingBase + name),
    setBrowser: ({ name, secret }, seconds) => `${browserBase}${name}=${secret}; Max-Age=${seconds}; ${browserAttributes}`,
    setPending(header, name, secret) {
      const names = pairs(header).map(([name]) => name);
      const others = names.filter((other) => other.startsWith(pendingBase) && other !== pendingBase + name);
      // Browsers send older cookies of a path first (RFC 6265 §5.4).
      const tooMany = others.slice(0, Math.max(0, others.length - MOST_PENDING + 1));
      return [...tooMany.map(remove), `${pendingBase}${name}=${secret}; Max-Age=${PENDING_SECONDS}; ${pendingAttributes}`];
    },
    removePending: (name) => remove(pendingBase + name),
  };
}

/** The value of a cookie; nothing if there are several values, because another host of the site may have set one of them. */
function singleValue(header: string | null, name: string): string | undefined {
  const values = new Set(pairs(header).flatMap(([other, value]) => (other === name ? [value] : [])));
  const [value] = values;
  return values.size === 1 && value !== undefined && ID.test(value) ? value : undefined;
}

function pairs(header: string | null): [name: string, value: string][] {
  if (!header || header.length > LONGEST) return [];
  return header.split(';').flatMap((pair) => {
    const at = pair.indexOf('=');
    return at < 0 ? [] : [[pair.slice(0, at).trim(), pair.slice(at + 1).trim()]];
  });
}
