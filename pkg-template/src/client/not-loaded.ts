// The error of an engine that was not loaded.

import { NOT_LOADED } from '../error/immediate-errors.js';
import { SmartError } from '../error/smart-error.js';

export function throwNotLoaded(cause: unknown): never {
  throw new SmartError(NOT_LOADED, cause);
}
