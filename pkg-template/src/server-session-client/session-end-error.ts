// Errors that say that a session has ended.

import { SmartError } from '../error/smart-error.js';
import type { SmartErrorCode } from '../error/smart-error-code.js';

/** Codes of the server for a session that has ended. */
const ENDED: readonly SmartErrorCode[] = ['signed_out', 'session_expired', 'refresh_rejected', 'refresh_in_doubt'];

/** Whether an error of the server says that the session of the request has ended. */
export const isSessionEndError = (error: unknown): error is SmartError =>
  SmartError.is(error) && error.status === 401 && ENDED.includes(error.code);
