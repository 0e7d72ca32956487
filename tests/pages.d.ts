// The global objects of the tests' pages, for scripts that tests run there: of bench,
// servers/app/index.html and tabs/page.html.

import type { AuthorizeOptions, SmartClient, SmartSession } from 'smart-launch';

declare global {
  /** Why a call failed. */
  interface Refused {
    code: string;
    message: string;
    oauth?: object;
  }
  interface Outcome {
    session?: SmartSession | null;
    refused?: Refused;
  }

  var smart: SmartClient;
  var loaded: boolean | undefined;

  // Of the page in servers/.
  var reason: (error: unknown) => { refused: Refused };
  /** What a sign-in brought, once it has. */
  var outcome: Promise<Outcome>;
  /** The same where it ended without leaving the page. */
  var stopped: Outcome | undefined;
  var session: SmartSession;
  var signIn: (request: AuthorizeOptions) => Promise<void>;
  /** Sends a refresh token as anybody could who has it. */
  var send: (refreshToken: string) => Promise<unknown>;

  // Of the page in tabs/.
  var moveClock: (seconds: number) => void;

  // Of the page in bench/.
  var linearMemory: () => number;
  var measuredSignIn: (time: number) => Promise<string>;
}
