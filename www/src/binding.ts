/** Whether this tab signs in with tokens that are bound to a key (DPoP), also after a reload or a redirect. */
export function areTokensBound(): boolean {
  try {
    return sessionStorage.getItem(KEY) !== null;
  } catch {
    // Storage is blocked.
    return false;
  }
}

/** Stores the choice, and reloads the page, because the client is created when the page loads. */
export function setTokensBound(bound: boolean): void {
  try {
    if (bound) sessionStorage.setItem(KEY, 'true');
    else sessionStorage.removeItem(KEY);
  } catch {
    // Without storage the choice is lost.
  }
  location.reload();
}

const KEY = 'smart-launch-demo.bound-tokens';
