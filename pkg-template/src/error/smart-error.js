// The one error.

const MARK = Symbol.for('smart-launch.SmartError');
const USER_MESSAGE = 'Something went wrong. Please try again.';

export class SmartError extends Error {
  // Its name in stack traces, whatever a minifier makes of the class.
  static name = 'SmartError';

  static is(value) {
    try {
      return Boolean(value?.[MARK]);
    } catch {
      // What an app or a page throws may be anything.
      return false;
    }
  }

  constructor(members, cause) {
    const { code, message, hint = '', retryable = false, fault = 'app', userMessage = USER_MESSAGE, ...rest } = members;
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'SmartError';
    Object.assign(this, { code, hint, retryable, fault, userMessage, ...rest });
    Object.defineProperty(this, MARK, { value: true });
  }
}
