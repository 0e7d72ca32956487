// An authorization request, as the page sends it.

/** An authorization request to send: navigate to `url` by GET, or submit `fields` to `action` as a form. */
export type AuthorizationRequest =
  | { readonly method: 'GET'; readonly url: string; readonly state: string }
  | { readonly method: 'POST'; readonly action: string; readonly fields: ReadonlyArray<readonly [string, string]>; readonly state: string };
