import { formatDate } from '../fhir/dates';
import { formatNumber } from '../fhir/quantities';
import type { VitalSign } from '../fhir/vitals';

/** The measurements of one vital sign as numbers, newest first. */
export function VitalsTable({ sign }: { readonly sign: VitalSign }) {
  return (
    // The table may be longer than its frame; keyboard users can only scroll elements that can be focused.
    <div className="vitals-table" tabIndex={0} role="region" aria-label={`${sign.label} as a table`}>
      <table data-testid="vitals-table">
        <caption>
          {sign.label} in {sign.unit}
        </caption>
        <thead>
          <tr>
            <th scope="col">Date</th>
            {sign.lines.map(({ id, label }) => (
              <th scope="col" key={id}>
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {sign.points.toReversed().map((point) => (
            <tr key={`${point.date} ${JSON.stringify(point.values)}`}>
              <th scope="row">{formatDate(point.date)}</th>
              {sign.lines.map(({ id }) => {
                const value = point.values[id];
                return <td key={id}>{value === undefined ? '' : formatNumber(value)}</td>;
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
