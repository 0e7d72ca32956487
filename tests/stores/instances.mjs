// Processes of an app, and their users.

import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';

/** The client secret of a process, by which the server of the tests identifies the sender of a request. @param {unknown} pid */
export const secretOf = (pid) => `secret-of-${pid}`;

/**
 * Starts a process of the app.
 *
 * @param {import('node:test').TestContext} t
 * @param {{ kind: string, url: string, fhirBaseUrl: string }} options
 */
export async function startInstance(t, options) {
  const child = fork(new URL('./instance.mjs', import.meta.url), [JSON.stringify(options)]);
  t.after(() => child.kill('SIGKILL'));
  /** @type {Promise<never>} */
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the instance has ended with ${code}`);
  });
  ended.catch(() => {});
  const [port] = await Promise.race([once(child, 'message'), ended]);
  return { child, origin: `http://127.0.0.1:${port}`, secret: secretOf(child.pid) };
}

/**
 * Signs in: the login at the instance `first`, the callback at the instance `second`.
 *
 * @param {Awaited<ReturnType<typeof import('./rotating-server.mjs').startRotatingServer>>} server
 * @param {string} patient
 * @param {string} first
 * @param {string} second
 */
export async function signIn(server, patient, first, second) {
  const login = await fetch(`${first}/auth/login`, { redirect: 'manual' });
  assert.equal(login.status, 303, await login.text());
  const parameters = new URL(String(login.headers.get('location'))).searchParams;
  const cookie = cookieOf(login);
  const query = new URLSearchParams({ code: server.approve(parameters, patient), state: String(parameters.get('state')) });
  const callback = await fetch(`${second}/auth/callback?${query}`, { redirect: 'manual', headers: { cookie } });
  assert.equal(callback.status, 303, await callback.text());
  const id = String(new URL(String(callback.headers.get('location'))).searchParams.get('smart_session'));
  return { patient, headers: { cookie: cookieOf(callback), 'smart-session': id } };
}

/** @param {Response} response */
const cookieOf = (response) => response.headers.getSetCookie().map((line) => line.split(';')[0]).join('; ');

/**
 * Requests a page of the app as the user.
 *
 * @param {string} origin
 * @param {Awaited<ReturnType<typeof signIn>>} user
 * @returns {Promise<{ status: number, code?: string, patient?: string, read?: string, id?: string, error?: { code: string } }>}
 */
export async function read(origin, { headers }, path = '/page') {
  const response = await fetch(origin + path, { headers });
  return { status: response.status, ...(await response.json()) };
}
