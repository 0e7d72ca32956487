import { hasEnded } from './dates';

/** The name to display: the official one, else the usual one, else the first. Old names are never shown. */
export function currentName(names: readonly fhir4.HumanName[] = []): fhir4.HumanName | undefined {
  const current = names.filter((name) => name.use !== 'old' && !hasEnded(name.period));
  return current.find((name) => name.use === 'official') ?? current.find((name) => name.use === 'usual') ?? current[0];
}

/** A name in spoken order: "Amy V. Shaw". */
export function nameText(name: fhir4.HumanName | undefined): string {
  if (name === undefined) return 'Name not recorded';
  const parts = [...(name.prefix ?? []), ...(name.given ?? []), name.family, ...(name.suffix ?? [])];
  return name.text ?? (parts.filter(Boolean).join(' ') || 'Name not recorded');
}

/** At most two initials: "AS". */
export function initials(name: fhir4.HumanName | undefined): string {
  const words = nameText(name).split(/\s+/);
  const first = name?.given?.[0] ?? words[0] ?? '';
  const last = name?.family ?? (words.length > 1 ? words.at(-1) : '') ?? '';
  return `${first.charAt(0)}${last.charAt(0)}`.toUpperCase();
}
