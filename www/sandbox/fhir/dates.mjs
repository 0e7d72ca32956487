/** Dates and times of FHIR as intervals (FHIR R4 Search, "date"): `2024-05` is the whole of that month. */

const DATE =
  /^(?<year>\d{4})(?:-(?<month>0[1-9]|1[0-2])(?:-(?<day>0[1-9]|[12]\d|3[01])(?:T(?<time>(?:[01]\d|2[0-3]):[0-5]\d(?<seconds>:[0-5]\d(?<fraction>\.\d+)?)?)(?<zone>Z|[+-]\d{2}:\d{2})?)?)?)?$/;

/**
 * An interval in milliseconds since 1970, from `from` up to, not including, `to`. A time without a zone is in UTC.
 *
 * @param {string} text
 * @returns {Interval | undefined} `undefined` if the text is no date
 *
 * @typedef {{ from: number, to: number }} Interval
 */
export function interval(text) {
  const { year, month, day, time, seconds, fraction, zone = 'Z' } = DATE.exec(text)?.groups ?? {};
  if (year === undefined) return undefined;
  const from = Date.parse(`${year}-${month ?? '01'}-${day ?? '01'}T${time ?? '00:00'}${zone}`);
  if (Number.isNaN(from)) return undefined;
  if (time !== undefined) return { from, to: from + (fraction ? 1 : seconds ? 1000 : 60_000) };
  if (day !== undefined) return { from, to: from + 86_400_000 };
  const [years, months] = [Number(year), Number(month ?? 12)];
  return { from, to: Date.UTC(years, months) };
}

/**
 * @param {import('./datatypes.mjs').Period} period
 * @returns {Interval | undefined} open on the side that is missing; `undefined` if both are missing
 */
export function intervalOfPeriod({ start, end }) {
  const [startInterval, endInterval] = [start, end].map((text) => (text === undefined ? undefined : interval(text)));
  return startInterval || endInterval ? { from: startInterval?.from ?? -Infinity, to: endInterval?.to ?? Infinity } : undefined;
}

/**
 * Compares the interval of a resource with that of a search, by a prefix such as `ge`.
 *
 * @type {Record<string, (actual: Interval, searched: Interval) => boolean>}
 */
export const COMPARISONS = {
  eq: (actual, searched) => searched.from <= actual.from && actual.to <= searched.to,
  ne: (actual, searched) => !COMPARISONS.eq?.(actual, searched),
  gt: (actual, searched) => actual.to > searched.to,
  lt: (actual, searched) => actual.from < searched.from,
  ge: (actual, searched) => actual.to > searched.to || actual.from >= searched.from,
  le: (actual, searched) => actual.from < searched.from || actual.to <= searched.to,
  sa: (actual, searched) => actual.from >= searched.to,
  eb: (actual, searched) => actual.to <= searched.from,
  ap: (actual, searched) => actual.from < searched.to && searched.from < actual.to,
};
