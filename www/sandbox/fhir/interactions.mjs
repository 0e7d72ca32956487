/**
 * The interactions that the API supports, as in the CapabilityStatement and in the table of the README. Each has a test
 * whose title begins with its name.
 *
 * @typedef {object} Interaction
 * @property {string} name
 * @property {string} request
 * @property {string} about one line for the README
 * @property {'type' | 'system'} [level] the level at which the CapabilityStatement lists the interaction; absent for operations
 *   and Binary, which are not in its lists of interactions
 */

/** @type {readonly Interaction[]} */
export const INTERACTIONS = [
  {
    name: 'read',
    request: 'GET [type]/[id]',
    about: '`ETag`, `If-None-Match`, `_elements`, `_summary`; 410 if the resource is deleted',
    level: 'type',
  },
  { name: 'vread', request: 'GET [type]/[id]/_history/[version]', about: 'an earlier version', level: 'type' },
  {
    name: 'history-instance',
    request: 'GET [type]/[id]/_history',
    about: 'all versions, newest first',
    level: 'type',
  },
  {
    name: 'create',
    request: 'POST [type]',
    about: '`If-None-Exist`; `Prefer: return=minimal`, `representation` or `OperationOutcome`',
    level: 'type',
  },
  {
    name: 'update',
    request: 'PUT [type]/[id]',
    about: '`If-Match`: 412 if the version differs; creates a resource with an id that the client chooses',
    level: 'type',
  },
  {
    name: 'patch',
    request: 'PATCH [type]/[id]',
    about: 'JSON Patch (`application/json-patch+json`), `If-Match`',
    level: 'type',
  },
  {
    name: 'delete',
    request: 'DELETE [type]/[id]',
    about: '204; 409 if another resource refers to it',
    level: 'type',
  },
  {
    name: 'search-type',
    request: 'GET [type]?… or POST [type]/_search',
    about:
      'parameters of the CapabilityStatement; `_sort`, `_count`, `_include`, `_revinclude`, `_elements`, `_summary`; `next` links. Unsupported parameters are ignored, or refused with `Prefer: handling=strict`',
    level: 'type',
  },
  {
    name: '$everything',
    request: 'GET Patient/[id]/$everything',
    about: '`_type`, `_since`, `_count`',
  },
  {
    name: '$export',
    request: 'GET $export, Patient/$export, Group/[id]/$export',
    about: 'Bulk Data, for clients without a user',
  },
  { name: 'batch', request: 'POST /', about: 'each entry on its own', level: 'system' },
  {
    name: 'transaction',
    request: 'POST /',
    about: 'all entries or none; references to `urn:uuid:` URLs of entries',
    level: 'system',
  },
  {
    name: 'Binary',
    request: 'GET, POST and PUT Binary',
    about: 'in its own media type, with `X-Security-Context`, or as JSON',
  },
];
