// Names in the requests and responses between pages and the routes of a server.

/** Header with the id of a session, in requests of pages and in the responses to them. */
export const SESSION_HEADER = 'smart-session';
/** Query parameter with the id of a session. */
export const SESSION_PARAMETER = 'smart_session';
/** Header of responses: seconds after which the session ends if it is not used meanwhile. */
export const ENDS_HEADER = 'smart-session-ends';
/** Header of the error responses of the routes, except error pages, with the code. Responses of a FHIR server never have it. */
export const ERROR_HEADER = 'smart-error';
/** Query parameter of the route `session`: whether the request counts as a use of the session. */
export const USE_PARAMETER = 'use';
