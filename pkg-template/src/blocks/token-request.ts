// Requests of a client to the authorization server, with a form as body.

/** A request to the token endpoint, or to another endpoint that takes a form, ready for `fetch(url, init)`. */
export interface TokenRequest {
  readonly url: string;
  readonly init: {
    readonly method: 'POST';
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
    readonly redirect: 'manual';
    readonly credentials: 'omit';
    readonly referrerPolicy: 'no-referrer';
    readonly cache: 'no-store';
  };
}

/** The members of `init` except the body. */
export const TOKEN_REQUEST: Omit<TokenRequest['init'], 'body'> = {
  method: 'POST',
  headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
  redirect: 'manual',
  credentials: 'omit',
  referrerPolicy: 'no-referrer',
  cache: 'no-store',
};
