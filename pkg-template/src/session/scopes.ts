// Whether granted scopes cover others, as in src/protocol/scope.rs, for pages without WebAssembly: `can` is synchronous. A test
// compares this file with scope.rs.

import { wordsOf } from '../values/words.js';

interface Resource {
  readonly level: string;
  /** The resource type, or `*`. */
  readonly kind: string;
  /** Some of `cruds`. */
  readonly letters: string;
  readonly query: readonly string[] | undefined;
}

/** Prefixes of scopes that are written as URIs. */
const PREFIXES = ['http://smarthealthit.org/fhir/scopes/', 'http://openid.net/specs/openid-connect-core-1_0#'];
const RESOURCE = /^(patient|user|system)\/(\*|[A-Z][A-Za-z0-9]*)\.([^?]*)(?:\?(.*))?$/s;
/** Letters of a suffix: those of version 1, or of version 2 in their order. */
const VERSION_1: Readonly<Record<string, string>> = { read: 'rs', write: 'cud', '*': 'cruds' };
const VERSION_2 = /^(?=.)c?r?u?d?s?$/;
/** Maximum number of parameters of a query. */
const MAX_PARAMETERS = 64;

/** Whether the granted scopes together cover every needed scope (SMART App Launch 2.2, "Scope Equivalence"). */
export function covers(granted: string, needed: string): boolean {
  const grantedScopes = wordsOf(granted).map(nameOf);
  const resources = grantedScopes.map(resourceOf).filter((resource) => resource !== undefined);
  return wordsOf(needed)
    .map(nameOf)
    .every((scope) => {
      const resource = resourceOf(scope);
      if (!resource) return grantedScopes.includes(scope);
      const matchingLetters = resources.filter((other) => reaches(other, resource)).map(({ letters }) => letters);
      return [...resource.letters].every((letter) => matchingLetters.some((letters) => letters.includes(letter)));
    });
}

/** Whether `scope` applies to all resources to which `other` applies. A query restricts a scope. */
const reaches = (scope: Resource, other: Resource): boolean =>
  scope.level === other.level &&
  (scope.kind === '*' || scope.kind === other.kind) &&
  (!scope.query || scope.query.every((pair) => other.query?.includes(pair)));

/** A scope without the prefix that makes it a URI. */
function nameOf(scope: string): string {
  const prefix = PREFIXES.find((prefix) => scope.startsWith(prefix));
  const name = prefix && scope.slice(prefix.length);
  return name && !name.startsWith('http') ? name : scope;
}

/** A scope for resources; `undefined` for any other scope, and for one that is malformed. */
function resourceOf(scope: string): Resource | undefined {
  const [, level, kind, suffix, search] = RESOURCE.exec(scope) ?? [];
  if (level === undefined || kind === undefined || suffix === undefined) return undefined;
  const letters = Object.hasOwn(VERSION_1, suffix) ? VERSION_1[suffix] : VERSION_2.test(suffix) ? suffix : undefined;
  const query = search?.split('&');
  return letters && (query?.length ?? 0) <= MAX_PARAMETERS ? { level, kind, letters, query } : undefined;
}
