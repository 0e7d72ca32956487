// What apps look for in `sessionStorage`: `SMART_KEY` names the record of a sign-in. They tell by them whether there is a
// session, and sign out by removing them. No token is in them.

const SMART_KEY = 'SMART_KEY';

/** @param {{ key: string }} state as apps see it */
export function writeState(state) {
  sessionStorage.setItem(SMART_KEY, JSON.stringify(state.key));
  sessionStorage.setItem(state.key, JSON.stringify(state));
}

/** Whether the app has left both there. Of several frames each has a record, and `SMART_KEY` names the latest. */
export const hasState = (key) => sessionStorage.getItem(SMART_KEY) !== null && sessionStorage.getItem(key) !== null;

export function removeState(key) {
  try {
    if (sessionStorage.getItem(SMART_KEY) === JSON.stringify(key)) sessionStorage.removeItem(SMART_KEY);
    sessionStorage.removeItem(key);
  } catch {
    // The page is gone, and its storage with it.
  }
}
