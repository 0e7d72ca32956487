import { formatDate } from '../fhir/dates';
import { formatNumber } from '../fhir/quantities';
import type { VitalSign } from '../fhir/vitals';

/** The newest measurement in large figures, and the legend of its lines. */
export function VitalsReadout({ sign }: { readonly sign: VitalSign }) {
  const newest = sign.points.at(-1);
  const oldest = sign.points[0];
  if (newest === undefined || oldest === undefined) return null;
  const numbers = sign.lines.map(({ id }) => newest.values[id]).filter((value) => value !== undefined);
  return (
    <div className="readout">
      <p className="readout-value">
        {numbers.map((value) => formatNumber(value)).join('/')} <span className="readout-unit">{sign.unit}</span>
      </p>
      <p className="readout-note">
        {formatDate(newest.date)}
        {sign.points.length > 1 && `, the last of ${sign.points.length} since ${formatDate(oldest.date)}`}
      </p>
      {sign.lines.length > 1 && (
        <ul className="readout-lines">
          {sign.lines.map(({ id, label }, index) => (
            <li key={id} data-line={index}>
              {label}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
