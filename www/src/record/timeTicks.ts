/**
 * Labels for a time axis: whole years, months or days, at most `maxTicks` of them. A chart library would divide the span
 * evenly instead, which puts labels on odd days. A span within one day has its day as the only label.
 */
export function timeTicks(from: number, to: number, maxTicks = 6): { ticks: number[]; format: (at: number) => string } {
  const start = new Date(from);
  if (start.toDateString() === new Date(to).toDateString()) return { ticks: [from], format: (tick) => DAY.format(tick) };
  for (const { months, days, format } of STEPS) {
    const ticks: number[] = [];
    let at =
      months > 0
        ? new Date(start.getFullYear(), months >= 12 ? 0 : start.getMonth() - (start.getMonth() % months), 1)
        : new Date(start.getFullYear(), start.getMonth(), start.getDate());
    while (at.getTime() <= to && ticks.length <= maxTicks) {
      if (at.getTime() >= from) ticks.push(at.getTime());
      at = new Date(at.getFullYear(), at.getMonth() + months, at.getDate() + days);
    }
    if (ticks.length <= maxTicks) return { ticks, format: (tick) => format.format(tick) };
  }
  return { ticks: [from, to], format: (tick) => YEAR.format(tick) };
}

const YEAR = new Intl.DateTimeFormat('en-GB', { year: 'numeric' });
const MONTH = new Intl.DateTimeFormat('en-GB', { month: 'short', year: 'numeric' });
const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });

const STEPS = [
  { months: 0, days: 1, format: DAY },
  { months: 0, days: 7, format: DAY },
  { months: 1, days: 0, format: MONTH },
  { months: 3, days: 0, format: MONTH },
  { months: 6, days: 0, format: MONTH },
  { months: 12, days: 0, format: YEAR },
  { months: 24, days: 0, format: YEAR },
  { months: 60, days: 0, format: YEAR },
  { months: 120, days: 0, format: YEAR },
] as const;
