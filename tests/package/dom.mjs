// What React wants of a browser when it is loaded, so to be imported before it. The page itself is the tab's.

import { Window } from 'happy-dom';

const window = new Window({ url: 'https://app.example/' });
const { navigator, document } = window;
for (const [name, value] of Object.entries({ window, navigator, document })) {
  Object.defineProperty(globalThis, name, { configurable: true, value });
}

export { document };
