// Names each page after its first heading.

import { Converter } from 'typedoc';

/** @param {import('typedoc').Application} app */
export function load(app) {
  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_, document) => {
    const heading = /^\s*# (.+)\n/.exec(document.content[0]?.text ?? '');
    if (!heading) throw new Error(`${document.name}: a page begins with its heading`);
    document.name = heading[1];
  });
}
