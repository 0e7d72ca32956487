/**
 * A FHIR date or dateTime for display, as precise as it was recorded but without the time: "2021", "March 2021", "14 Mar 2021".
 *
 * Dates without a time are parsed part by part. `new Date('2021-03-14')` means midnight UTC and would show the day
 * before in the Americas.
 */
export function formatDate(value: string | undefined): string | null {
  const date = readDate(value);
  if (date === null || value === undefined) return null;
  if (/^\d{4}$/.test(value)) return value;
  if (/^\d{4}-\d{2}$/.test(value)) return MONTH.format(date);
  return DAY.format(date);
}

/** A FHIR date or dateTime in local time; the start of the year or month if it is not more precise. */
export function readDate(value: string | undefined): Date | null {
  if (value === undefined) return null;
  const [, year, month, day] = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$/.exec(value) ?? [];
  const date = year === undefined ? new Date(value) : new Date(Number(year), Number(month ?? 1) - 1, Number(day ?? 1));
  return Number.isNaN(date.getTime()) ? null : date;
}

/** True if a period is over. A day, month or year in which it ends belongs to it. */
export function hasEnded({ end }: fhir4.Period = {}): boolean {
  const after = readDate(end);
  if (after === null || end === undefined) return false;
  if (/^\d{4}$/.test(end)) after.setFullYear(after.getFullYear() + 1);
  if (/^\d{4}-\d{2}$/.test(end)) after.setMonth(after.getMonth() + 1);
  if (/^\d{4}-\d{2}-\d{2}$/.test(end)) after.setDate(after.getDate() + 1);
  return after <= new Date();
}

/** Time of day, to the second. */
export function formatTime(date: Date | number): string {
  return TIME.format(date);
}

// British order with a spelled-out month is unambiguous for all readers.
const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
const MONTH = new Intl.DateTimeFormat('en-GB', { month: 'long', year: 'numeric' });
const TIME = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
