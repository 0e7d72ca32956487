// React components of an app.

import { Component, createElement as h, StrictMode, Suspense } from 'react';
import { RequireSmart, SmartProvider, useSmart, useSmartRequest, useSmartSession } from 'smart-launch/react';

/**
 * @typedef {import('react').ReactNode} ReactNode
 * @typedef {import('react').ComponentProps<typeof SmartProvider>} Provided
 */

/** Creates a component that shows the state. `seen` has the state of each rendering. */
export function watcher() {
  /** @type {ReturnType<typeof useSmart>[]} */
  const seen = [];
  function Status() {
    const smart = useSmart();
    seen.push(smart);
    const { status, session, error } = smart;
    return [status, session?.patient, error?.code].filter(Boolean).join(' ');
  }
  return { seen, Status, status: h(Status) };
}

/** Shows the session's patient. */
export const Patient = () => useSmartSession().patient;

/**
 * Shows the code of an error that one of its children has thrown.
 *
 * @extends {Component<{ children?: ReactNode }, { error?: { code: string } }>}
 */
export class Boundary extends Component {
  /** @type {{ error?: { code: string } }} */
  state = {};

  /** @param {{ code: string }} error */
  static getDerivedStateFromError(error) {
    return { error };
  }

  render() {
    return this.state.error ? `failed: ${this.state.error.code}` : this.props.children;
  }
}

/**
 * Pages that are rendered on a server and in a browser.
 *
 * @satisfies {Record<string, (provided: Provided, status: ReactNode) => import('react').ReactElement>}
 */
export const PAGES = {
  whole: (provided, status) =>
    page(provided, status, ' ', h(RequireSmart, { loading: 'wait', redirect: 'always' }, h(Patient)), ' ', h(Reader)),
  suspending: (provided) => page(provided, h(Suspense, { fallback: 'waiting' }, h(Patient))),
};

/** @param {Provided} provided @param {ReactNode[]} children */
const page = (provided, ...children) => h(StrictMode, null, h(SmartProvider, provided, h('p', null, ...children)));

function Reader() {
  return useSmartRequest('Patient/zoe').status;
}
