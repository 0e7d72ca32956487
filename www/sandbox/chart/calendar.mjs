/**
 * Dates of a chart, counted back from the moment the sandbox starts, so that charts always look current.
 */

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/**
 * @param {Date} [anchor] the moment that counts as now
 * @returns {Calendar}
 *
 * @typedef {object} Calendar
 * @property {(days: number, hour?: number) => string} ago an instant that many days back; with `hour`, at that UTC hour
 * @property {(minutes: number) => string} minutesAgo an instant that many minutes back
 * @property {(days: number) => string} dayAgo a date without time
 * @property {(age: number, birthday: string) => string} born the birth date for an age, on the day `MM-DD`
 */
export function calendar(anchor = new Date()) {
  const now = Math.floor(anchor.getTime() / MINUTE) * MINUTE;
  /** @param {number} time */
  const iso = (time) => new Date(time).toISOString().replace('.000Z', 'Z');
  /** @param {number} time */
  const day = (time) => iso(time).slice(0, 10);

  return {
    ago(days, hour) {
      const time = now - Math.round(days * 24 * 60) * MINUTE;
      return hour === undefined ? iso(time) : iso(Date.parse(day(time)) + Math.round(hour * 60) * MINUTE);
    },
    minutesAgo: (minutes) => iso(now - minutes * MINUTE),
    dayAgo: (days) => day(now - days * DAY),
    born(age, birthday) {
      const today = day(now);
      const year = Number(today.slice(0, 4)) - age - (birthday > today.slice(5) ? 1 : 0);
      return `${year}-${birthday}`;
    },
  };
}
