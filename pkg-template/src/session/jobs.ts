// The engine's jobs for a client: parameters, results and errors (src/js/client.rs).

import type { EngineFailure, Environment } from '../engine/module.js';
import type { SmartError } from '../error/smart-error.js';
import type { AuthorizationRequest } from '../page/authorization-request.js';
import type { EngineServer } from '../server/engine-server.js';
import type { IntrospectionResponse } from './introspection.js';
import type { SessionRecord } from './session-record.js';
import type { SmartEvents } from './smart-events.js';
import type { UserInfo } from './user-info.js';

export interface Outcomes {
  ready: SessionRecord | null;
  restore: SessionRecord | null;
  authorize: { readonly request: AuthorizationRequest; readonly persisted: boolean };
  token: SessionOutcome;
  adopt: SessionRecord;
  end: null;
  logout: SignOutOutcome;
  discover: EngineServer;
  /** The URL of a FHIR request, and the session. If `until` is absent, the token has to be renewed before the request is sent. */
  resource: SessionOutcome & { readonly url: string };
  userinfo: UserInfo;
  introspect: IntrospectionResponse;
}

/** The session that `token` or `resource` found. Only `token` renews an access token that is not valid. */
export interface SessionOutcome extends SessionRecord {
  /** FHIR base in normal form, if a URL under it was requested. */
  readonly base?: string;
  /** The error of a refresh that was attempted. */
  readonly failure?: EngineFailure;
  /** The time in milliseconds since 1970 until which the job has the same outcome, while the stored records are unchanged. */
  readonly until?: number;
}

export interface SignOutOutcome {
  readonly revoked?: boolean | null;
  readonly logoutUrl?: string | null;
  readonly error?: EngineFailure;
}

export interface JobInput {
  /** Key of the session that the job is for. */
  readonly key?: string | undefined;
  readonly [member: string]: unknown;
}

/** Runs a job with the settings that it needs, in a new environment or the one given. */
export type RunJob = <Job extends keyof Outcomes>(
  job: Job,
  input?: JobInput,
  environment?: Environment,
) => Promise<Outcomes[Job]>;

/** The error of a job; jobs reject only with this type. */
export interface JobError extends SmartError {
  /** The engine's reason why the session has ended; the value `'ended'` means a sign-out. Not for apps. */
  readonly ended?: Ended;
}

export type Ended = 'ended' | Exclude<SmartEvents['signedOut']['reason'], 'logout'>;
