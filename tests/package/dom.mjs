// Browser globals that frameworks read when they are loaded. Import this file before the frameworks. Pages are opened by tab.mjs or
// browser-history.mjs.

import { Window } from 'happy-dom';

const window = new Window({ url: 'https://app.example/' });
const { navigator, document } = window;
for (const [name, value] of Object.entries({ window, navigator, document })) {
  Object.defineProperty(globalThis, name, { configurable: true, value });
}

export { document };
