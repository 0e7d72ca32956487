import { formatDate } from '../fhir/dates';
import { formatNumber } from '../fhir/quantities';
import type { VitalSign } from '../fhir/vitals';

interface VitalsTooltipProps {
  readonly sign: VitalSign;
  /** Set by the chart: true if a measurement is under the pointer, or selected with the arrow keys. */
  readonly active?: boolean;
  /** Set by the chart: the position of the measurement on the time axis. */
  readonly label?: string | number;
}

/** The measurement under the pointer, or the one selected with the arrow keys. */
export function VitalsTooltip({ sign, active = false, label }: VitalsTooltipProps) {
  const point = sign.points.find(({ at }) => at === Number(label));
  if (!active || point === undefined) return null;
  return (
    <div className="chart-tip">
      <p className="chart-tip-date">{formatDate(point.date)}</p>
      <ul>
        {sign.lines.map(({ id, label: line }, index) => {
          const value = point.values[id];
          return value === undefined ? null : (
            <li key={id} data-line={index}>
              {line} <strong>{formatNumber(value)}</strong> {sign.unit}
            </li>
          );
        })}
      </ul>
    </div>
  );
}
