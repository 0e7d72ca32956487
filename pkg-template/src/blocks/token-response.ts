// Token responses.

import { secondsFrom } from '../../../src/web/env.js';
import { withSmartErrors, warnings } from '../error/create-error.js';
import { deepFreeze } from '../values/freeze.js';
import { wordsOf } from '../values/words.js';
import { run } from './run-block.js';
import type { SmartTokens } from './smart-tokens.js';

/**
 * Reads a token response.
 *
 * @throws {SmartError} `token_refused` (the server's reason in `oauth`), `http_status`, `content_type`, `json_invalid`,
 * `token_response_invalid`, `token_type_unsupported`, `launch_context_invalid`, `redirected`.
 */
export function readTokenResponse(input: {
  status: number;
  contentType: string | null;
  body: string;
  retryAfter?: string | null | undefined;
  strict?: boolean | undefined;
}): Promise<SmartTokens> {
  return withSmartErrors(async () => {
    const tokens = await run('tokenResponse', { ...input, retryAfter: secondsFrom(input.retryAfter) });
    return deepFreeze<SmartTokens>({
      accessToken: tokens.access_token,
      refreshToken: tokens.refresh_token ?? null,
      idToken: tokens.id_token ?? null,
      expiresIn: tokens.expiresIn ?? null,
      scopes: tokens.granted === undefined ? null : wordsOf(tokens.granted),
      patient: tokens.patient ?? null,
      encounter: tokens.encounter ?? null,
      fhirContext: tokens.fhirContext ?? [],
      intent: tokens.intent ?? null,
      needPatientBanner: tokens.needPatientBanner ?? null,
      smartStyleUrl: tokens.smartStyleUrl ?? null,
      tenant: tokens.tenant ?? null,
      warnings: await warnings(tokens.warnings),
      tokenResponse: tokens.tokenResponse,
    });
  })();
}
