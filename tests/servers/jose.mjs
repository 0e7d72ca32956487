// jose, from the tools of the build.

import { createRequire } from 'node:module';

/** @type {typeof import('jose')} */
const jose = createRequire(`${process.env.SMART_LAUNCH_TOOLS}/`)('jose');
export const { EmbeddedJWK, calculateJwkThumbprint, createRemoteJWKSet, jwtVerify } = jose;
