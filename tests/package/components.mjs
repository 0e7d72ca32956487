// Components as an app has them.

import { Component, createElement as h, StrictMode, Suspense } from 'react';
import { RequireSmart, SmartProvider, useSmart, useSmartRequest, useSmartSession } from 'smart-launch/react';

/** Shows the state, and remembers what it was given each time. */
export function watcher() {
  const seen = [];
  function Status() {
    const smart = useSmart();
    seen.push(smart);
    const { status, session, error } = smart;
    return [status, session?.patient, error?.code].filter(Boolean).join(' ');
  }
  return { seen, Status, status: h(Status) };
}

/** Shows who the session is about. */
export const Patient = () => useSmartSession().patient;

/** Shows the code of what was thrown inside. */
export class Boundary extends Component {
  state = {};

  static getDerivedStateFromError(error) {
    return { error };
  }

  render() {
    return this.state.error ? `failed: ${this.state.error.code}` : this.props.children;
  }
}

/** Pages that are rendered on a server and in a browser. */
export const PAGES = {
  whole: (provided, status) =>
    page(provided, status, ' ', h(RequireSmart, { loading: 'wait', redirect: 'always' }, h(Patient)), ' ', h(Reader)),
  suspending: (provided) => page(provided, h(Suspense, { fallback: 'waiting' }, h(Patient))),
};

const page = (provided, ...children) => h(StrictMode, null, h(SmartProvider, provided, h('p', null, ...children)));

function Reader() {
  return useSmartRequest('Patient/zoe').status;
}
