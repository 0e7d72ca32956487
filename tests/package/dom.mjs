// Browser globals that React reads when it is loaded, so import this file before React. The page itself is from tab.mjs.

import { Window } from 'happy-dom';

const window = new Window({ url: 'https://app.example/' });
const { navigator, document } = window;
for (const [name, value] of Object.entries({ window, navigator, document })) {
  Object.defineProperty(globalThis, name, { configurable: true, value });
}

export { document };
