// Global variables of the pages of bench/, servers/ and tabs/, for scripts that tests run in these pages.

import type { AuthorizeOptions, SmartClient, SmartSession } from 'smart-launch';

declare global {
  /** The error of a failed call. */
  interface Failure {
    code: string;
    message: string;
    oauth?: object;
  }
  interface SignInResult {
    session?: SmartSession | null;
    failure?: Failure;
  }

  var smart: SmartClient;
  var loaded: boolean | undefined;

  // Of the page in servers/.
  var failureOf: (error: unknown) => { failure: Failure };
  /** The result of a sign-in, when it has ended. */
  var signInResult: Promise<SignInResult>;
  /** The result of a sign-in that ended without leaving the page. */
  var localResult: SignInResult | undefined;
  var session: SmartSession;
  var signIn: (request: AuthorizeOptions) => Promise<void>;
  /** Sends a refresh token, as an attacker who has it could. */
  var sendRefreshToken: (refreshToken: string) => Promise<unknown>;

  // Of the pages in tabs/.
  /** The outcome of a call, as data. */
  var outcome: <T>(promise: Promise<T>) => Promise<{ value?: T; code?: string }>;
  var moveClock: (seconds: number) => void;
  /** Milliseconds by a clock that all tabs of a machine share. */
  var instant: () => number;
  var changes: { status: string; at: number }[];
  /** Reasons of the `signedOut` events. */
  var signOutReasons: string[];
  var blockBefore: (number: number) => void;
  /** Names of the calls whose effects other tabs may see. */
  var visibleCalls: string[];
  var isUsable: (token: string) => Promise<boolean>;
  var attempt: Promise<{ code?: string }>;
  var restored: { value?: boolean; code?: string };
  var runInAllTabs: (task: string, input: unknown, count: number, milliseconds?: number) => Promise<unknown[]>;
  var shareStorage: () => void;
  var signInOften: (count: number) => Promise<void>;
  type FrameReport = Record<'page' | 'cookie' | 'script', string> &
    Record<'patient' | 'read' | 'session' | 'proxied', string | null>;
  /** By frame: its page, its cookies, and its patient according to the server, the session's route and the proxy. */
  var frameReports: FrameReport[];
  var postJob: (frame: number, job: string) => void;

  // Of the page in bench/.
  var linearMemory: () => number;
  var measuredSignIn: (number: number) => Promise<string>;
}
