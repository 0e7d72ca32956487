// Launch URLs.

import { pageUrl } from './address.js';
import { fieldsOf, partsOf } from './url-parts.js';

/** Whether the page was opened by an EHR launch: by its query, or that of a hash router's path. */
export function isLaunch(): boolean {
  const { query, route, fields } = partsOf(pageUrl() ?? '');
  return [query, route && fields].some((part) => {
    const found = fieldsOf(part);
    return found.has('iss') && found.has('launch');
  });
}
