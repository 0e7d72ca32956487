// jose, of the tools that the build has.

import { createRequire } from 'node:module';

export const { createRemoteJWKSet, jwtVerify } = createRequire(`${process.env.SMART_LAUNCH_TOOLS}/`)('jose');
