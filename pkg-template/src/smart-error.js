// The one error.

const MARK = Symbol.for('smart-launch.SmartError');

export class SmartError extends Error {
  // Its name in stack traces, whatever a minifier makes of the class.
  static name = 'SmartError';

  static is(value) {
    return Boolean(value?.[MARK]);
  }

  constructor({ code, message, hint = '', retryable = false, ...rest }, cause) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'SmartError';
    Object.assign(this, { code, hint, retryable, ...rest });
    Object.defineProperty(this, MARK, { value: true });
  }
}
