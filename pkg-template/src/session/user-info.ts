// The response of the UserInfo endpoint.

/** Claims of a UserInfo response; `sub` equals that of the ID token. */
export interface UserInfo {
  readonly sub: string;
  readonly name?: string;
  readonly [claim: string]: unknown;
}
